//! What tests of JetStream share: a server with it, requests to its API, messages
//! with headers, and pull requests.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use async_nats::{Client, Message};
use bytes::Bytes;
use conformance::client::{as_json, connect, header_map, options, request_with};
use conformance::files::ConfigFile;
use conformance::server::RunningServer;
use conformance::wait::SOON;
use nats_server::Options;
use nats_server::jetstream::assets::AccountAssets;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server with JetStream and a client of it.
pub struct Js {
    pub client: Client,
    pub server: RunningServer,
    /// Removed after the server has stopped.
    pub directory: TempDir,
}

/// Turns JetStream on, with a directory of its own.
pub fn with_jetstream(options: &mut Options, directory: &TempDir) {
    options.jetstream = true;
    options.store_dir = directory.path().display().to_string();
}

/// A server that can read its configuration again.
pub struct Configured {
    file: ConfigFile,
    pub server: RunningServer,
    directory: TempDir,
}

impl Configured {
    /// `text` has `STORE` where the directory goes.
    pub fn new(text: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let file = ConfigFile::new(&placed(text, &directory));
        let loaded = quiet(Options::from_file(file.path()).unwrap());
        let server = RunningServer::with(|options| *options = loaded);
        Self {
            file,
            server,
            directory,
        }
    }

    pub fn reload(&self, text: &str) {
        self.file.rewrite(&placed(text, &self.directory));
        self.server.server().reload().unwrap();
    }

    pub async fn connect(&self, user: &str, password: &str) -> anyhow::Result<Client> {
        let own = options().user_and_password(user.to_owned(), password.to_owned());
        Ok(own.connect(self.server.url()).await?)
    }

    /// A client of one of the users, all of which have the same password.
    pub async fn user(&self, name: &str) -> anyhow::Result<Client> {
        self.connect(name, "pwd").await
    }

    pub async fn anonymous(&self) -> anyhow::Result<Client> {
        Ok(options().connect(self.server.url()).await?)
    }

    pub fn account(&self, name: &str) -> Arc<AccountAssets> {
        let jetstream = self.server.server().jetstream().unwrap();
        jetstream.account(name).unwrap()
    }
}

/// Options of a file for a server within a test.
fn quiet(loaded: Options) -> Options {
    Options {
        no_log: true,
        no_sigs: true,
        ..loaded
    }
}

fn placed(text: &str, directory: &TempDir) -> String {
    let quoted = format!("{:?}", directory.path().display().to_string());
    text.replace("STORE", &quoted)
}

impl Js {
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> anyhow::Result<Self> {
        Self::within(TempDir::new()?, change).await
    }

    /// A server that finds what another left in the directory.
    pub async fn within(
        directory: TempDir,
        change: impl FnOnce(&mut Options),
    ) -> anyhow::Result<Self> {
        let server = RunningServer::with(|options| {
            with_jetstream(options, &directory);
            change(options);
        });
        let client = connect(&server.url()).await?;
        Ok(Self {
            client,
            server,
            directory,
        })
    }

    /// A server as a configuration wants it; `text` has `STORE` where the directory goes.
    pub async fn configured(directory: TempDir, text: &str) -> anyhow::Result<Self> {
        let file = ConfigFile::new(&placed(text, &directory));
        let loaded = quiet(Options::from_file(file.path())?);
        Self::within(directory, |options| *options = loaded).await
    }

    /// A request to the API, after `$JS.API.`.
    pub async fn api(&self, subject: &str, payload: impl Into<Value>) -> anyhow::Result<Value> {
        request(&self.client, &format!("$JS.API.{subject}"), &payload.into()).await
    }

    /// Makes a stream that has to be made.
    pub async fn add_stream(&self, config: Value) -> anyhow::Result<Value> {
        let name = config["name"].as_str().context("a stream has a name")?;
        let made = self
            .api(&format!("STREAM.CREATE.{name}"), config.clone())
            .await?;
        ensure!(made["error"].is_null(), "{made}");
        Ok(made)
    }

    /// The state of a stream.
    pub async fn state(&self, stream: &str) -> anyhow::Result<Value> {
        let info = self
            .api(&format!("STREAM.INFO.{stream}"), Value::Null)
            .await?;
        ensure!(info["error"].is_null(), "{info}");
        Ok(info["state"].clone())
    }

    /// Makes or changes a durable consumer, or one with a name alone.
    pub async fn try_consumer(&self, stream: &str, config: Value) -> anyhow::Result<Value> {
        let name = config["durable_name"].as_str().or(config["name"].as_str());
        let subject = match name {
            Some(name) => format!("CONSUMER.CREATE.{stream}.{name}"),
            None => format!("CONSUMER.CREATE.{stream}"),
        };
        let payload = json!({ "stream_name": stream, "config": config });
        self.api(&subject, payload).await
    }

    /// The same, and it has to be possible.
    pub async fn add_consumer(&self, stream: &str, config: Value) -> anyhow::Result<Value> {
        let made = self.try_consumer(stream, config).await?;
        ensure!(made["error"].is_null(), "{made}");
        Ok(made)
    }

    /// Publishes and gives the acknowledgement, whatever it says.
    pub async fn publish(
        &self,
        subject: &str,
        headers: &[(&str, &str)],
        payload: &str,
    ) -> anyhow::Result<Value> {
        as_json(&self.request_with(subject, headers, payload).await?)
    }

    /// Publishes; it has to be stored.
    pub async fn store(&self, subject: &str, payload: &str) -> anyhow::Result<u64> {
        let ack = self.publish(subject, &[], payload).await?;
        ensure!(ack["error"].is_null(), "{ack}");
        ack["seq"]
            .as_u64()
            .context("acknowledgements have sequences")
    }

    pub async fn request_with(
        &self,
        subject: &str,
        headers: &[(&str, &str)],
        payload: &str,
    ) -> anyhow::Result<Message> {
        request_with(&self.client, subject, headers, payload.to_owned()).await
    }

    /// Publishes without asking for an acknowledgement.
    pub async fn send(
        &self,
        subject: &str,
        headers: &[(&str, &str)],
        payload: &str,
    ) -> anyhow::Result<()> {
        let payload = Bytes::from(payload.to_owned());
        self.client
            .publish_with_headers(subject.to_owned(), header_map(headers), payload)
            .await?;
        Ok(())
    }

    /// A message of a stream by its sequence, as the API has it.
    pub async fn message(&self, stream: &str, seq: u64) -> anyhow::Result<Value> {
        self.api(&format!("STREAM.MSG.GET.{stream}"), json!({ "seq": seq }))
            .await
    }
}

/// A request whose answer is JSON. `null` is an empty request.
pub async fn request(client: &Client, subject: &str, payload: &Value) -> anyhow::Result<Value> {
    let payload = match payload {
        Value::Null => Bytes::new(),
        Value::String(text) => Bytes::from(text.clone()),
        other => Bytes::from(other.to_string()),
    };
    let answer = client
        .request(subject.to_owned(), payload)
        .await
        .with_context(|| format!("{subject} is answered"))?;
    serde_json::from_slice(&answer.payload).context("answers are JSON")
}

/// The number of an error in an answer.
pub fn err_code(answer: &Value) -> u64 {
    answer["error"]["err_code"].as_u64().unwrap_or(0)
}

/// The status of a message and its text.
pub fn status(message: &Message) -> (u16, String) {
    let status = message.status.map_or(0, |status| status.as_u16());
    (status, message.description.clone().unwrap_or_default())
}

/// A header's value; empty if it is not there.
pub fn header(message: &Message, key: &str) -> String {
    message
        .headers
        .as_ref()
        .and_then(|headers| headers.get(key))
        .map(|value| value.as_str().to_owned())
        .unwrap_or_default()
}

/// Waits until a check of the server passes.
pub async fn eventually<F, T>(what: &str, check: F) -> anyhow::Result<T>
where
    F: AsyncFnMut() -> anyhow::Result<Option<T>>,
{
    eventually_within(SOON, what, check).await
}

/// The same, for what takes longer.
pub async fn eventually_within<F, T>(limit: Duration, what: &str, mut check: F) -> anyhow::Result<T>
where
    F: AsyncFnMut() -> anyhow::Result<Option<T>>,
{
    let deadline = tokio::time::Instant::now() + limit;
    loop {
        if let Some(found) = check().await? {
            return Ok(found);
        }
        ensure!(
            tokio::time::Instant::now() < deadline,
            "not in time: {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
