//! The API of one account, used from another.

use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::{self, consumer, stream};
use conformance::accounts;
use conformance::client::{block_on, next, options};
use conformance::files::ConfigFile;
use conformance::server::RunningServer;
use conformance::wait::{SOON, until_async, wait_until};
use nats_server::Options;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server with the account `JS`, which exports its API, and `IM` with some imports.
struct Importing {
    file: ConfigFile,
    server: RunningServer,
    directory: TempDir,
}

fn config(directory: &TempDir, imports: &str) -> String {
    format!(
        "listen: 127.0.0.1:-1
         jetstream {{ store_dir: {:?} }}
         accounts {{
           JS {{
             jetstream: enabled, users [{{user: js, password: p}}]
             exports [{{service: '$JS.API.>', response: stream}}, {{service: 's.>'}}]
           }}
           IM {{ users [{{user: im, password: p}}], imports [{imports}] }}
         }}",
        directory.path().display().to_string()
    )
}

impl Importing {
    fn start(imports: &str) -> anyhow::Result<Self> {
        let directory = TempDir::new()?;
        let file = ConfigFile::new(&config(&directory, imports));
        let loaded = Options::from_file(file.path())?;
        let server = RunningServer::with(|options| {
            *options = Options {
                no_log: true,
                no_sigs: true,
                ..loaded
            };
        });
        Ok(Self {
            file,
            server,
            directory,
        })
    }

    fn reload(&self, imports: &str) -> anyhow::Result<()> {
        self.file.rewrite(&config(&self.directory, imports));
        Ok(self.server.server().reload()?)
    }

    async fn user(&self, name: &str) -> anyhow::Result<Client> {
        let own = options().user_and_password(name.to_owned(), "p".to_owned());
        let own = own.request_timeout(Some(Duration::from_secs(5)));
        Ok(own.connect(self.server.url()).await?)
    }
}

const API: &str = "{service: {account: JS, subject: '$JS.API.>'}}";
const AS_HUB: &str = "{service: {account: JS, subject: '$JS.API.>'}, to: '$JS.hub.API.>'}";
const SUBJECTS: &str = "{service: {account: JS, subject: 's.>'}}";

#[test]
fn an_import_of_the_api_works_from_the_reload_on_that_adds_it() -> anyhow::Result<()> {
    block_on(async {
        let running = Importing::start("")?;
        let (js, im) = (running.user("js").await?, running.user("im").await?);
        let own = jetstream::new(js);
        let config = stream::Config {
            name: "S".to_owned(),
            subjects: vec!["s.>".to_owned()],
            ..Default::default()
        };
        own.create_stream(config).await?;
        let streams = async |subject: &'static str| -> anyhow::Result<Value> {
            let answer = im.request(subject, "".into()).await?;
            Ok(serde_json::from_slice(&answer.payload)?)
        };
        // The account has nothing of its own, and nothing of another.
        let refused = streams("$JS.API.STREAM.NAMES").await?;
        assert_eq!(refused["error"]["err_code"], 10039, "{refused}");
        assert!(streams("$JS.hub.API.STREAM.NAMES").await.is_err());

        // The clients stay. All there is to be done can be done.
        running.reload(&format!("{API}, {SUBJECTS}"))?;
        assert_eq!(
            streams("$JS.API.STREAM.NAMES").await?["streams"],
            json!(["S"])
        );
        let there = jetstream::new(im.clone());
        there.publish("s.1", "one".into()).await?.await?;
        let stream = there.get_stream("S").await?;
        let consumer = stream
            .create_consumer(consumer::pull::Config {
                durable_name: Some("C".to_owned()),
                ack_policy: consumer::AckPolicy::None,
                ..Default::default()
            })
            .await?;
        let mut answers = im.subscribe("answers").await?;
        im.publish_with_reply("$JS.API.CONSUMER.MSG.NEXT.S.C", "answers", "".into())
            .await?;
        assert_eq!(next(&mut answers).await?.payload, "one");
        assert_eq!(consumer.get_info().await?.num_pending, 0);

        // With another name, and then not at all.
        running.reload(&format!("{AS_HUB}, {SUBJECTS}"))?;
        let names = streams("$JS.hub.API.STREAM.NAMES").await?;
        assert_eq!(names["streams"], json!(["S"]));
        let hub = jetstream::with_domain(im.clone(), "hub");
        assert_eq!(hub.get_stream("S").await?.cached_info().state.messages, 1);
        running.reload("")?;
        assert!(streams("$JS.hub.API.STREAM.NAMES").await.is_err());
        let refused = streams("$JS.API.STREAM.NAMES").await?;
        assert_eq!(refused["error"]["err_code"], 10039, "{refused}");
        Ok(())
    })
}

/// Who asks through an import and goes at once leaves nothing that others wait behind.
#[test]
fn abandoned_requests_of_another_account_hold_nobody_up() -> anyhow::Result<()> {
    const MANY: usize = 200;
    block_on(async {
        let running = Importing::start(&format!("{API}, {SUBJECTS}"))?;
        let js = jetstream::new(running.user("js").await?);
        let config = stream::Config {
            name: "S".to_owned(),
            subjects: vec!["s.>".to_owned()],
            ..Default::default()
        };
        let stream = js.create_stream(config).await?;
        let consumer = stream
            .create_consumer(consumer::pull::Config {
                durable_name: Some("C".to_owned()),
                ..Default::default()
            })
            .await?;
        for _ in 0..3 {
            js.publish("s.1", "one".into()).await?.await?;
        }
        for _ in 0..10 {
            let mut leaving = accounts::connect(&running.server, "im", "p", false);
            let ask = "PUB $JS.API.CONSUMER.MSG.NEXT.S.C answers 0\r\n\r\n";
            // What comes first is looked at when the last has been read, or before.
            leaving.send(&format!("SUB answers 1\r\n{}UNSUB 1\r\n", ask.repeat(MANY)));
            leaving.send("PING\r\n");
        }
        // Before they are gone they may take what comes.
        let server = running.server.server();
        wait_until("they are gone", || server.client_count() == 1);
        until_async(SOON, "no request waits", || async {
            let info = consumer.get_info().await;
            info.is_ok_and(|info| info.num_waiting == 0)
        })
        .await;
        // And who is there gets a message, whatever became of the first ones.
        js.publish("s.1", "one".into()).await?.await?;
        let mut inbox = js.client().subscribe("mine").await?;
        js.client()
            .publish_with_reply("$JS.API.CONSUMER.MSG.NEXT.S.C", "mine", "".into())
            .await?;
        assert_eq!(next(&mut inbox).await?.payload, "one");
        Ok(())
    })
}
