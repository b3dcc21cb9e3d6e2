//! Go: `server/norace_1_test.go`: long lists of JetStream.

use std::sync::Arc;
use std::time::{Duration, Instant};

use conformance::accounts::configured;
use conformance::client::{block_on, options};
use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::jetstream::model::StoreCompression;
use nats_server::jetstream::store::StreamStore as _;
use nats_server::jetstream::store::file::cipher::StoreCipher;
use nats_server::monitor::SubszOptions;
use rand::seq::SliceRandom as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::filestore_support::{Setup, put};
use crate::js_support::{Js, eventually, request};

/// Names in one answer.
const NAMES_MAX: usize = 1024;

/// Pages through a list of names: what is asked for, how many there are to be and where
/// they begin.
async fn check_pages(
    js: &Js,
    (subject, field): (&str, &str),
    total: usize,
    pages: &[(usize, usize, usize)],
) -> anyhow::Result<Vec<Value>> {
    let mut answers = Vec::new();
    for (wanted, count, offset) in pages {
        let payload = if *wanted > 0 {
            json!({ "offset": wanted })
        } else {
            Value::Null
        };
        let answer = js.api(subject, payload).await?;
        let names = answer[field].as_array().map_or(0, Vec::len);
        assert_eq!(names, *count, "from {wanted}");
        assert_eq!(
            (&answer["total"], &answer["offset"]),
            (&json!(total), &json!(offset))
        );
        answers.push(answer);
    }
    Ok(answers)
}

go_test!(
    2387,
    "norace_1_test",
    "TestNoRaceJetStreamAPIStreamListPaging",
    stream_list_paging
);
fn stream_list_paging() -> anyhow::Result<()> {
    const TOTAL: usize = 2 * NAMES_MAX;
    block_on(async {
        let js = Js::start().await?;
        for number in 1..=TOTAL {
            let name = format!("STREAM-{number:06}");
            let config = serde_json::from_value(json!({ "name": name, "storage": "memory" }))?;
            js.account().add_stream(&config, false)?;
        }
        let pages = [
            (0, NAMES_MAX, 0),
            (NAMES_MAX, NAMES_MAX, NAMES_MAX),
            (TOTAL, 0, TOTAL),
            (TOTAL - 22, 22, TOTAL - 22),
            (TOTAL + 22, 0, TOTAL),
        ];
        let answers = check_pages(&js, ("STREAM.NAMES", "streams"), TOTAL, &pages).await?;
        for (answer, (_, count, offset)) in answers.iter().zip(pages) {
            if count > 0 {
                assert_eq!(answer["streams"][0], format!("STREAM-{:06}", offset + 1));
            }
        }
        Ok(())
    })
}

go_test!(
    2388,
    "norace_1_test",
    "TestNoRaceJetStreamAPIConsumerListPaging",
    consumer_list_paging
);
fn consumer_list_paging() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "MYSTREAM", "storage": "memory" }))
            .await?;
        // A consumer without a name goes soon if nobody listens to just its subject.
        let mut listeners = Vec::new();
        for number in 1..=NAMES_MAX {
            listeners.push(js.client.subscribe(format!("d.{number}")).await?);
        }
        js.synced().await?;
        let stream = js.stream("MYSTREAM");
        for number in 1..=NAMES_MAX {
            let config = json!({ "deliver_subject": format!("d.{number}") });
            let config = serde_json::from_value(config)?;
            let action = nats_server::jetstream::assets::ConsumerAction::CreateOrUpdate;
            js.account().add_consumer(&stream, config, action, false)?;
        }
        let pages = [
            (0, NAMES_MAX, 0),
            (NAMES_MAX - 22, 22, NAMES_MAX - 22),
            (NAMES_MAX + 22, 0, NAMES_MAX),
        ];
        let list = ("CONSUMER.NAMES.MYSTREAM", "consumers");
        check_pages(&js, list, NAMES_MAX, &pages).await?;
        drop(listeners);
        Ok(())
    })
}

go_test!(
    2424,
    "norace_1_test",
    "TestNoRaceJetStreamStreamInfoSubjectDetailsLimits",
    subjects_details_beyond_the_payload
);
fn subjects_details_beyond_the_payload() -> anyhow::Result<()> {
    const SUBJECTS: usize = 100_000;
    block_on(async {
        let directory = TempDir::new()?;
        let server = configured(&format!(
            "listen: 127.0.0.1:-1
            jetstream {{ store_dir = {:?} }}
            accounts: {{
                default: {{
                    jetstream: true
                    users: [ {{user: me, password: pwd}} ]
                    limits {{ max_payload: 512 }}
                }}
            }}",
            directory.path().display().to_string()
        ));
        let client = options()
            .user_and_password("me".to_owned(), "pwd".to_owned())
            .connect(server.url())
            .await?;
        // What is received may be larger than what is sent.
        let mut raw = conformance::accounts::connect(&server, "me", "pwd", true);
        raw.send(&format!("PUB foo 600\r\n{}\r\n", "A".repeat(600)));
        assert_eq!(raw.line(), "-ERR 'Maximum Payload Violation'");
        let config = json!({ "name": "TEST", "subjects": ["*", "X.*"] });
        let made = request(&client, "$JS.API.STREAM.CREATE.TEST", &config).await?;
        assert!(made["error"].is_null(), "{made}");
        let stream = server
            .server()
            .jetstream()
            .and_then(|jetstream| jetstream.account("default"))
            .unwrap()
            .stream("TEST")?;
        for number in 0..SUBJECTS {
            client.publish(format!("X.{number}"), "OK".into()).await?;
            if number % 5_000 == 0 {
                client.flush().await?;
                eventually("they are stored", async || {
                    Ok((stream.last_seq() > number as u64).then_some(()))
                })
                .await?;
            }
        }
        client.flush().await?;
        eventually("all are stored", async || {
            Ok((stream.last_seq() == SUBJECTS as u64).then_some(()))
        })
        .await?;
        let subject = "$JS.API.STREAM.INFO.TEST";
        let info = request(&client, subject, &json!({ "subjects_filter": "X.*" })).await?;
        let count = |info: &Value| {
            info["state"]["subjects"]
                .as_object()
                .map_or(0, |map| map.len())
        };
        assert_eq!(count(&info), SUBJECTS);
        request(&client, "foo", &json!("TOO MUCH")).await?;
        let rest = json!({ "offset": SUBJECTS, "subjects_filter": ">" });
        assert_eq!(count(&request(&client, subject, &rest).await?), 1);
        Ok(())
    })
}

go_test!(
    2427,
    "norace_1_test",
    "TestNoRaceJetStreamFileStoreKeyFileCleanup",
    key_files_go_with_their_blocks
);
fn key_files_go_with_their_blocks() {
    const COUNT: u64 = 10_000;
    let setup = Setup::new(Some(StoreCipher::ChaCha), StoreCompression::None);
    let setup = setup.blocks_of(1024 * 1024);
    let store = setup.open();
    let payload = [b'Z'; 1024];
    for number in 0..COUNT {
        put(&store, &format!("X.{number}"), &payload);
    }
    let keys = || {
        let entries = std::fs::read_dir(setup.msgs()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|ext| ext == "key"))
            .count()
    };
    assert!(keys() > 5, "there are some blocks");
    let mut seqs: Vec<u64> = (1..=COUNT).collect();
    seqs.shuffle(&mut rand::rng());
    for seq in seqs {
        assert!(store.remove_msg(seq).unwrap());
    }
    assert!(keys() <= 1, "{}", keys());
    store.stop().unwrap();
}

go_test!(
    2386,
    "norace_1_test",
    "TestNoRaceJetStreamServiceImportAccountSwapIssue",
    service_import_requests_and_deliveries_at_once
);
fn service_import_requests_and_deliveries_at_once() -> anyhow::Result<()> {
    block_on(async {
        let js = Arc::new(Js::start().await?);
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo", "bar"] }))
            .await?;
        let config = json!({
            "durable_name": "dlc", "filter_subject": "foo", "ack_policy": "explicit",
        });
        js.add_consumer("TEST", config).await?;
        js.synced().await?;
        let subscriptions = || {
            let told = js.server.server().subsz(&SubszOptions::default());
            told.expect("subscriptions can be counted").stats.num_subs
        };
        let before = subscriptions();
        let publishing = {
            let js = Arc::clone(&js);
            tokio::spawn(async move {
                let end = Instant::now() + Duration::from_secs(3);
                let mut sent = 0_u64;
                while Instant::now() < end {
                    js.store("foo", "Hello").await?;
                    // The answer comes out of the account that has asked.
                    js.info("TEST", Value::Null).await?;
                    sent += 1;
                }
                anyhow::Ok(sent)
            })
        };
        let mut received = 0_u64;
        loop {
            let is_last = publishing.is_finished();
            let wait = Duration::from_millis(200);
            let messages = js.fetch("TEST", "dlc", 1, wait).await?;
            for message in &messages {
                received += 1;
                js.ack(message).await?;
            }
            if is_last && messages.is_empty() {
                break;
            }
        }
        let sent = publishing.await??;
        assert!(sent > 0);
        assert_eq!((js.held("TEST").msgs, received), (sent, sent));
        wait_until("subscriptions of requests are gone", || {
            subscriptions() == before
        });
        Ok(())
    })
}
