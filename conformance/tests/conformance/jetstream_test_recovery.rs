//! Go: `server/jetstream_test.go`: servers that find what others left, damaged or not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use conformance::client::block_on;
use conformance::go_test;
use nats_server::jetstream::assets::{TierStats, as_consumer};
use nats_server::jetstream::model::{StreamConfig, StreamSource, StreamState};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{
    StreamStore as _, decode_consumer_state, encode_consumer_state,
};
use nats_server::jetstream::stream::Stream;
use nats_server::monitor::HealthzOptions;
use rand::Rng as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::js_stream_support::{bounds, file_store, stream_dir};
use crate::js_support::{Js, err_code};

/// The block files of a stream, by name.
fn blocks(directory: &Path, stream: &str) -> Vec<PathBuf> {
    let msgs = stream_dir(directory, stream).join("msgs");
    let entries = fs::read_dir(msgs)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|ext| ext == "blk"))
        .collect()
}

/// Takes so many bytes off the end of all blocks.
fn shorten_blocks(directory: &Path, stream: &str, by: u64) -> std::io::Result<()> {
    let blocks = blocks(directory, stream);
    assert!(!blocks.is_empty());
    for block in blocks {
        let file = fs::File::options().write(true).open(block)?;
        file.set_len(file.metadata()?.len() - by)?;
    }
    Ok(())
}

/// Leaves a stream as a server would that took whatever it was given.
fn leave_stream(directory: &Path, config: &StreamConfig) -> std::io::Result<()> {
    let options = FileStoreConfig::new(stream_dir(directory, &config.name));
    let store = FileStore::open(options, config).map_err(std::io::Error::other)?;
    store.stop().map_err(std::io::Error::other)
}

/// What a stream is like, with its consumers and what each of them delivered.
type Picture = (StreamConfig, StreamState, BTreeMap<String, u64>);

fn picture(stream: &Stream) -> Picture {
    let consumers = stream.all_consumers().into_iter().map(|consumer| {
        let info = as_consumer(consumer).unwrap().info().unwrap();
        (info.name, info.delivered.consumer_seq)
    });
    (
        (*stream.config()).clone(),
        stream.state(true),
        consumers.collect(),
    )
}

/// What the account uses, but for requests.
fn usage(js: &Js) -> TierStats {
    js.account().stats().total
}

go_test!(
    1533,
    "jetstream_test",
    "TestJetStreamSimpleFileRecovery",
    simple_file_recovery
);
fn simple_file_recovery() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let mut before = BTreeMap::new();
        let random = |max: usize| rand::rng().random_range(1..=max);
        for number in 1..=10 {
            let name = format!("MMS-{number}");
            let subjects: Vec<String> = (0..3)
                .map(|_| format!("SUBJ.{}", js.client.new_inbox().replace('.', "-")))
                .collect();
            js.add_stream(json!({ "name": name, "subjects": subjects, "max_msgs": 100 }))
                .await?;
            let stored = random(100);
            for at in 1..=stored {
                let subject = &subjects[random(3) - 1];
                js.store(subject, &format!("Hello {}", at * number)).await?;
            }
            let stream = js.stream(&name);
            for at in 1..=random(5) {
                let consumer = format!("WQ-{number}-{at}");
                let config = json!({ "durable_name": consumer, "ack_policy": "explicit" });
                js.add_consumer(&name, config).await?;
                for _ in 0..random(stored) {
                    let message = js.pull(&name, &consumer).await?;
                    js.ack(&message).await?;
                }
            }
            before.insert(name, picture(&stream));
        }
        let used = usage(&js);
        let js = js.restarted().await?;
        assert_eq!(usage(&js), used);
        for (name, expected) in before {
            assert_eq!(picture(&js.stream(&name)), expected);
        }
        Ok(())
    })
}

go_test!(
    1608,
    "jetstream_test",
    "TestJetStreamRecoverBadStreamSubjects",
    recover_bad_subjects
);
fn recover_bad_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?.restarted_after(|directory| {
            let config = StreamConfig {
                name: "TEST".to_owned(),
                subjects: ["foo", "bar", " baz "].map(str::to_owned).to_vec(),
                ..StreamConfig::default()
            };
            leave_stream(directory, &config)
        });
        let info = js.await?.info("TEST", Value::Null).await?;
        assert_eq!(info["config"]["subjects"], json!(["foo", "bar", "baz"]));
        Ok(())
    })
}

go_test!(
    1609,
    "jetstream_test",
    "TestJetStreamRecoverBadMirrorConfigWithSubjects",
    recover_mirror_with_subjects
);
fn recover_mirror_with_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "S", "subjects": ["foo"] }))
            .await?;
        let js = js.restarted_after(|directory| {
            let config = StreamConfig {
                name: "M".to_owned(),
                subjects: ["foo", "bar", "baz"].map(str::to_owned).to_vec(),
                mirror: Some(StreamSource {
                    name: "S".to_owned(),
                    ..StreamSource::default()
                }),
                ..StreamConfig::default()
            };
            leave_stream(directory, &config)
        });
        let info = js.await?.info("M", Value::Null).await?;
        assert!(info["config"]["subjects"].is_null(), "{info}");
        assert_eq!(info["config"]["mirror"]["name"], "S");
        Ok(())
    })
}

go_test!(
    1629,
    "jetstream_test",
    "TestJetStreamRecoverSealedAfterServerRestart",
    recover_sealed
);
fn recover_sealed() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "foo" })).await?;
        js.fill("foo", "OK", 100).await?;
        js.update(&json!({ "name": "foo", "sealed": true })).await?;
        let js = js.restarted().await?;
        assert_eq!(js.state("foo").await?["messages"], 100);
        let refused = js.publish("foo", &[], "more").await?;
        assert_eq!(err_code(&refused), 10109);
        Ok(())
    })
}

go_test!(
    1666,
    "jetstream_test",
    "TestJetStreamDanglingMessageAutoCleanup",
    nobody_needs_dangling_messages
);
fn nobody_needs_dangling_messages() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"], "retention": "interest" }))
            .await?;
        let config = json!({
            "durable_name": "dlc", "ack_policy": "explicit", "max_ack_pending": 10,
        });
        js.add_consumer("TEST", config).await?;
        js.fill("foo", "msg", 100).await?;
        for _ in 0..10 {
            let message = js.pull("TEST", "dlc").await?;
            js.ack(&message).await?;
        }
        let info = js.consumer("TEST", "dlc").await?;
        assert_eq!(info["ack_floor"]["stream_seq"], 10);
        // As if more had been acknowledged than the messages show.
        let js = js
            .restarted_after(|directory| {
                let file = stream_dir(directory, "TEST").join("obs/dlc/o.dat");
                let mut state =
                    decode_consumer_state(&fs::read(&file)?).map_err(std::io::Error::other)?;
                for place in [&mut state.delivered, &mut state.ack_floor] {
                    (place.stream, place.consumer) = (90, 90);
                }
                let now = jiff::Timestamp::now().as_nanosecond();
                let now = i64::try_from(now).map_err(std::io::Error::other)?;
                fs::write(&file, encode_consumer_state(&state, now))
            })
            .await?;
        assert_eq!(js.state("TEST").await?["messages"], 10);
        Ok(())
    })
}

go_test!(
    1675,
    "jetstream_test",
    "TestJetStreamMetaDataFailOnKernelFault",
    lost_meta_data
);
fn lost_meta_data() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": ["foo"] });
        js.add_stream(config.clone()).await?;
        js.fill("foo", "OK", 10).await?;
        let js = js
            .restarted_after(|directory| {
                let dir = stream_dir(directory, "TEST");
                fs::write(dir.join("meta.inf"), "")?;
                fs::write(dir.join("meta.sum"), "")
            })
            .await?;
        let info = js.api("STREAM.INFO.TEST", Value::Null).await?;
        assert_eq!(err_code(&info), 10059);
        let health = js.server.server().healthz(&HealthzOptions::default());
        assert_eq!(health.status, "unavailable");
        let expected = "JetStream stream '$G > TEST' could not be recovered";
        assert_eq!(health.error, expected);
        // Made again, it has its messages.
        js.add_stream(config).await?;
        assert_eq!(js.state("TEST").await?["messages"], 10);
        let health = js.server.server().healthz(&HealthzOptions::default());
        assert_eq!(health.status, "ok");
        let js = js.restarted().await?;
        assert_eq!(js.state("TEST").await?["messages"], 10);
        Ok(())
    })
}

/// Bytes that do not repeat.
fn noise(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    rand::rng().fill(bytes.as_mut_slice());
    bytes
}

const MEGABYTE: usize = 1024 * 1024;

go_test!(
    1676,
    "jetstream_test",
    "TestJetStreamMsgBlkFailOnKernelFault",
    lost_msg_blk
);
fn lost_msg_blk() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let limit = 10 * MEGABYTE as u64;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"], "max_bytes": limit }))
            .await?;
        let payload = noise(MEGABYTE);
        for _ in 0..20 {
            js.store_with("foo", &[], payload.clone()).await?;
        }
        assert!(js.held("TEST").bytes < limit);
        let indices = file_store(&js.stream("TEST")).block_indices();
        assert!(indices.len() > 2);
        let lost = indices[indices.len() - 2];
        let js = js
            .restarted_after(|directory| {
                let msgs = stream_dir(directory, "TEST").join("msgs");
                fs::remove_file(msgs.join(format!("{lost}.blk")))
            })
            .await?;
        assert_eq!(err_code(&js.message("TEST", 17).await?), 10037);
        let state = js.state("TEST").await?;
        assert_eq!(state["num_deleted"], 3);
        let info = js.info("TEST", json!({ "deleted_details": true })).await?;
        assert_eq!(info["state"]["num_deleted"], 3);
        assert_eq!(info["state"]["deleted"], json!([16, 17, 18]));
        for _ in 0..20 {
            js.store_with("foo", &[], payload.clone()).await?;
        }
        assert!(js.held("TEST").bytes <= limit);
        Ok(())
    })
}

go_test!(
    1684,
    "jetstream_test",
    "TestJetStreamMaxBytesIgnored",
    empty_block_and_max_bytes
);
fn empty_block_and_max_bytes() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let limit = 10 * MEGABYTE as u64;
        js.add_stream(json!({ "name": "TEST", "subjects": ["*"], "max_bytes": limit }))
            .await?;
        for _ in 0..10 {
            js.store_with("x", &[], vec![b'A'; MEGABYTE]).await?;
        }
        assert_eq!(js.held("TEST").msgs, 9);
        let js = js
            .restarted_after(|directory| {
                fs::write(stream_dir(directory, "TEST").join("msgs/1.blk"), "")
            })
            .await?;
        for _ in 0..10 {
            js.store_with("x", &[], vec![b'A'; MEGABYTE]).await?;
        }
        assert!(js.held("TEST").bytes <= limit);
        assert_eq!(js.held("TEST").msgs, 9);
        Ok(())
    })
}

/// A stream of interest with a consumer and a thousand messages.
async fn of_interest() -> anyhow::Result<Js> {
    let js = Js::start().await?;
    js.add_stream(json!({ "name": "TEST", "subjects": ["test"], "retention": "interest" }))
        .await?;
    let config = json!({
        "durable_name": "CONSUMER", "filter_subject": "test", "ack_policy": "explicit",
    });
    js.add_consumer("TEST", config).await?;
    js.fill("test", "", 1000).await?;
    assert_eq!(bounds(&js), (1000, 1, 1000));
    Ok(js)
}

go_test!(
    1739,
    "jetstream_test",
    "TestJetStreamRecoversStreamFirstSeqWhenNotEmpty",
    first_sequence_with_messages
);
fn first_sequence_with_messages() -> anyhow::Result<()> {
    block_on(async {
        let js = of_interest().await?;
        for _ in 0..500 {
            let message = js.pull("TEST", "CONSUMER").await?;
            js.ack(&message).await?;
        }
        let info = js.consumer("TEST", "CONSUMER").await?;
        assert_eq!(info["ack_floor"]["stream_seq"], 500);
        let js = js
            .restarted_after(|directory| shorten_blocks(directory, "TEST", 1))
            .await?;
        assert_eq!(bounds(&js), (500, 501, 1000));
        Ok(())
    })
}

go_test!(
    1740,
    "jetstream_test",
    "TestJetStreamRecoversStreamFirstSeqWhenEmpty",
    first_sequence_without_messages
);
fn first_sequence_without_messages() -> anyhow::Result<()> {
    block_on(async {
        let js = of_interest().await?;
        js.purge("TEST", Value::Null).await?;
        assert_eq!(bounds(&js), (0, 1001, 1000));
        let info = js.consumer("TEST", "CONSUMER").await?;
        assert_eq!(info["ack_floor"]["stream_seq"], 1000);
        let js = js
            .restarted_after(|directory| shorten_blocks(directory, "TEST", 1))
            .await?;
        assert_eq!(bounds(&js), (0, 1001, 1000));
        Ok(())
    })
}

go_test!(
    1744,
    "jetstream_test",
    "TestJetStreamFileStoreFirstSeqAfterRestart",
    first_sequence_by_configuration
);
fn first_sequence_by_configuration() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": ["foo"], "first_seq": 10_000 });
        let made = js.add_stream(config).await?;
        assert_eq!(made["state"]["first_seq"], 10_000);
        assert_eq!(made["state"]["last_seq"], 9_999);
        assert_eq!(js.store("foo", "").await?, 10_000);
        assert_eq!(bounds(&js), (1, 10_000, 10_000));
        let js = js.restarted().await?;
        assert_eq!(bounds(&js), (1, 10_000, 10_000));
        Ok(())
    })
}

go_test!(
    1781,
    "jetstream_test",
    "TestJetStreamFileStoreErrorOpeningBlockAfterTruncate",
    block_without_messages
);
fn block_without_messages() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"] }))
            .await?;
        assert_eq!(js.store("foo", "").await?, 1);
        let js = js
            .restarted_after(|directory| {
                let msgs = stream_dir(directory, "TEST").join("msgs");
                let block = fs::File::options().write(true).open(msgs.join("1.blk"))?;
                block.set_len(1)?;
                fs::remove_file(msgs.join("index.db"))
            })
            .await?;
        assert_eq!(js.store("foo", "").await?, 1);
        Ok(())
    })
}

go_test!(
    1470,
    "jetstream_test",
    "TestJetStreamAutoTuneFSConfig",
    auto_tune_block_size
);
fn auto_tune_block_size() -> anyhow::Result<()> {
    const SMALLEST: u64 = 32_000;
    const MEDIUM: u64 = 4 * 1024 * 1024;
    const LARGEST: u64 = 8 * 1024 * 1024;
    block_on(async {
        let js = Js::with(|options| {
            options.js.max_memory = -1;
            options.js.max_store = 128 * 1024 * 1024;
        })
        .await?;
        let cases = [
            ("a", 1, 0, SMALLEST),
            ("b", 1, 512, SMALLEST),
            ("c", 1, 1024 * 1024, MEDIUM),
            ("d", 1, 8 * 1024 * 1024, MEDIUM),
            ("e", -1, 32 * 1024 * 1024, LARGEST),
        ];
        for (name, max_msgs, max_bytes, expected) in cases {
            let config = json!({
                "name": name, "max_msg_size": 512, "max_msgs": max_msgs,
                "max_bytes": max_bytes,
            });
            let stream = js
                .account()
                .add_stream(&serde_json::from_value(config)?, false)?;
            assert_eq!(file_store(&stream).block_size(), expected, "{name}");
        }
        Ok(())
    })
}

go_test!(
    1691,
    "jetstream_test",
    "TestJetStreamSyncInterval",
    sync_interval
);
fn sync_interval() -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let cases = [
        ("", Duration::from_secs(120), false),
        ("sync_interval: 10s", Duration::from_secs(10), false),
        ("sync_interval: always", Duration::from_secs(120), true),
    ];
    for (setting, interval, always) in cases {
        let server = conformance::accounts::configured(&format!(
            "listen: 127.0.0.1:-1\njetstream: {{ store_dir: {:?}, {setting} }}",
            directory.path().display().to_string(),
        ));
        assert_eq!(server.server().options().js.sync_interval, interval);
        let account = server.server().jetstream().unwrap().account("$G").unwrap();
        let config = serde_json::from_value(json!({ "name": "TEST", "subjects": ["test.>"] }))?;
        let stream = account.add_stream(&config, false)?;
        let options = file_store(&stream).options();
        assert_eq!(
            (options.sync_interval, options.sync_always),
            (interval, always)
        );
    }
    Ok(())
}

go_test!(
    1769,
    "jetstream_test",
    "TestJetStreamPersistModeAsync",
    persist_mode_async
);
fn persist_mode_async() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = |storage: &str, mode: &str| {
            json!({
                "name": "TEST", "subjects": ["foo"], "storage": storage, "persist_mode": mode,
            })
        };
        let refused = js.try_stream(&config("memory", "async")).await?;
        let expected = "async persist mode is only supported on file storage";
        assert_eq!(refused["error"]["description"], expected);
        let made = js.add_stream(config("file", "async")).await?;
        assert_eq!(made["config"]["persist_mode"], "async");
        assert_eq!(js.store("foo", "").await?, 1);
        assert!(file_store(&js.stream("TEST")).options().async_flush);
        let refused = js.try_update(&config("file", "default")).await?;
        let expected = "stream configuration update can not change persist mode";
        assert_eq!(refused["error"]["description"], expected);
        Ok(())
    })
}

go_test!(
    1784,
    "jetstream_test",
    "TestJetStreamStoreFilterIsAll",
    filters_of_all_subjects
);
fn filters_of_all_subjects() -> anyhow::Result<()> {
    use nats_server::jetstream::store::is_all;
    block_on(async {
        for storage in crate::js_stream_support::STORAGES {
            let js = Js::start().await?;
            let config = json!({
                "name": "TEST", "storage": storage, "subjects": ["c", "b", "a"],
            });
            js.add_stream(config).await?;
            for subject in ["a", "b", "c", "b"] {
                js.store(subject, "").await?;
            }
            let stream = js.stream("TEST");
            let all: [&[u8]; 3] = [b"b", b"a", b"c"];
            assert!(is_all(&stream.config().subjects, &all));
            assert!(!is_all(&stream.config().subjects, &all[..2]));
            let seqs = stream.store().multi_last_seqs(&all, 0, None)?;
            assert_eq!(seqs, [1, 3, 4]);
            assert_eq!(seqs, stream.store().all_last_seqs()?);
        }
        Ok(())
    })
}

go_test!(
    1551,
    "jetstream_test",
    "TestJetStreamStoreDirectoryFix",
    accounts_beside_their_directory
);
fn accounts_beside_their_directory() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST" })).await?;
        js.store("TEST", "TSS").await?;
        let config = json!({ "durable_name": "dlc", "ack_policy": "explicit" });
        let _deliveries = js.push("TEST", config).await?;
        let js = js
            .restarted_after(|directory| {
                let own = directory.join("jetstream");
                for entry in fs::read_dir(&own)? {
                    let entry = entry?;
                    fs::rename(entry.path(), directory.join(entry.file_name()))?;
                }
                fs::remove_dir(own)
            })
            .await?;
        let names = js.api("STREAM.NAMES", Value::Null).await?;
        assert_eq!(names["streams"], json!(["TEST"]));
        let names = js.api("CONSUMER.NAMES.TEST", Value::Null).await?;
        assert_eq!(names["consumers"], json!(["dlc"]));
        assert_eq!(js.held("TEST").msgs, 1);
        Ok(())
    })
}
