//! Go: `server/jetstream_batching_test.go`: messages that are published as one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use conformance::client::block_on;
use conformance::files::ConfigFile;
use conformance::go_test;
use conformance::server::RunningServer;
use nats_server::Options;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{StoredMsg, StreamStore as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::js_stream_support::{description, stream_dir};
use crate::js_support::{Js, err_code};

/// A stream that takes batches.
async fn batches(storage: &str, subject: &str) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    let config = json!({
        "name": "TEST", "subjects": [subject], "storage": storage, "allow_atomic": true,
    });
    js.add_stream(config).await?;
    Ok(js)
}

/// Publishes a message of the batch `uuid`; an empty answer is `null`.
async fn part(js: &Js, subject: &str, seq: u64, more: &[(&str, &str)]) -> anyhow::Result<Value> {
    let seq = seq.to_string();
    let mut headers = vec![("Nats-Batch-Id", "uuid"), ("Nats-Batch-Sequence", &seq)];
    headers.extend_from_slice(more);
    js.publish(subject, &headers, "").await
}

const COMMIT: (&str, &str) = ("Nats-Batch-Commit", "1");

go_test!(
    723,
    "jetstream_batching_test",
    "TestJetStreamAtomicBatchPublishConfigOpts",
    batch_config
);
fn batch_config() {
    // What holds when nothing is configured.
    let defaults = Options::default().js.limits;
    assert_eq!(defaults.max_batch_inflight_per_stream, 0);
    assert_eq!(nats_server::jetstream::stream::BATCHES_PER_STREAM_MAX, 50);
    assert_eq!(nats_server::jetstream::stream::BATCHES_MAX, 1000);
    assert_eq!(nats_server::jetstream::stream::BATCH_MSGS_MAX, 1000);
    assert_eq!(
        nats_server::jetstream::stream::BATCH_TIMEOUT,
        Duration::from_secs(10)
    );
    let directory = TempDir::new().unwrap();
    let text = |per_stream: i64, total: i64, msgs: i64, timeout: &str| {
        format!(
            "listen: 127.0.0.1:-1
            jetstream {{
                store_dir: {:?}
                limits {{
                    batch {{
                        max_inflight_per_stream: {per_stream}
                        max_inflight_total: {total}
                        max_msgs: {msgs}
                        timeout: {timeout}
                    }}
                }}
            }}",
            directory.path().display().to_string()
        )
    };
    let file = ConfigFile::new(&text(10, 20, 100, "5s"));
    let loaded = Options::from_file(file.path()).unwrap();
    let server = RunningServer::with(|options| {
        *options = Options {
            no_log: true,
            no_sigs: true,
            ..loaded
        };
    });
    let limits = server.server().options().js.limits;
    assert_eq!(limits.max_batch_inflight_per_stream, 10);
    assert_eq!(limits.max_batch_inflight_total, 20);
    assert_eq!(limits.max_batch_size, 100);
    assert_eq!(limits.max_batch_timeout, Duration::from_secs(5));
    file.rewrite(&text(20, 40, 200, "10s"));
    let refused = server.server().reload().unwrap_err().to_string();
    let expected = "config reload not supported for JetStreamLimits";
    assert!(refused.starts_with(expected), "{refused}");
}

go_test!(
    739,
    "jetstream_batching_test",
    "TestJetStreamAtomicBatchPublishExpectedSeq",
    expected_sequence
);
fn expected_sequence() -> anyhow::Result<()> {
    block_on(async {
        let js = batches("file", "foo").await?;
        js.store("foo", "hello").await?;
        let one = [("Nats-Expected-Last-Sequence", "1")];
        js.store_with("foo", &one, "hello").await?;
        let two = [("Nats-Expected-Last-Sequence", "2"), COMMIT];
        let ack = part(&js, "foo", 1, &two).await?;
        assert!(ack["error"].is_null(), "{ack}");
        assert_eq!((&ack["seq"], &ack["count"]), (&json!(3), &json!(1)));
        assert_eq!(js.held("TEST").last_seq, 3);
        Ok(())
    })
}

go_test!(
    743,
    "jetstream_batching_test",
    "TestJetStreamAtomicBatchPublishExpectedLastSubjectSequence",
    expected_sequences_of_subjects
);
fn expected_sequences_of_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = batches("file", "foo.*").await?;
        js.store("foo.A", "").await?;
        js.store("foo.B", "").await?;
        let first = [
            ("Nats-Expected-Last-Sequence", "2"),
            ("Nats-Expected-Last-Subject-Sequence", "1"),
            ("Nats-Expected-Last-Subject-Sequence-Subject", "foo.A"),
        ];
        assert_eq!(part(&js, "foo.A", 1, &first).await?, Value::Null);
        let second = [
            COMMIT,
            ("Nats-Expected-Last-Subject-Sequence", "2"),
            ("Nats-Expected-Last-Subject-Sequence-Subject", "foo.B"),
        ];
        let ack = part(&js, "foo.B", 2, &second).await?;
        let expected = json!({ "stream": "TEST", "seq": 4, "batch": "uuid", "count": 2 });
        assert_eq!(ack, expected);
        Ok(())
    })
}

go_test!(
    744,
    "jetstream_batching_test",
    "TestJetStreamAtomicBatchPublishCommitUnsupported",
    unsupported_commit
);
fn unsupported_commit() -> anyhow::Result<()> {
    block_on(async {
        let js = batches("memory", "foo").await?;
        for commit in ["", "unsupported", "0"] {
            part(&js, "foo", 1, &[]).await?;
            assert_eq!(js.stream("TEST").batches_in_flight(), 1);
            let refused = part(&js, "foo", 2, &[("Nats-Batch-Commit", commit)]).await?;
            assert_eq!(err_code(&refused), 10200, "{commit:?}");
            assert_eq!(js.stream("TEST").batches_in_flight(), 0);
        }
        let level = ("Nats-Required-Api-Level", "9223372036854775807");
        let refused = part(&js, "foo", 1, &[COMMIT, level]).await?;
        assert_eq!(err_code(&refused), 10185);
        let level = ("Nats-Required-Api-Level", "0");
        let ack = part(&js, "foo", 1, &[COMMIT, level]).await?;
        assert_eq!(ack["seq"], 1, "{ack}");
        let mut msg = StoredMsg::new();
        js.stream("TEST").store().load_msg(1, &mut msg)?;
        let header = String::from_utf8_lossy(msg.header());
        assert!(!header.contains("Nats-Required-Api-Level"), "{header}");
        Ok(())
    })
}

/// Copies the file in which a batch is kept while it is stored, as soon as there is
/// one, until it is told to stop.
struct Catcher {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<bool>,
}

impl Catcher {
    fn new(kept: PathBuf, copy: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if fs::hard_link(&kept, &copy).is_ok() {
                    return true;
                }
            }
            false
        });
        Self { stop, thread }
    }

    /// Whether there was one.
    fn end(self) -> bool {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("it does not fail")
    }
}

/// What comes with a message of a batch.
type Part<'a> = &'a [(&'a str, &'a str)];

/// Publishes a batch of two messages to a new stream, again and again until the file
/// in which it is kept was caught.
async fn catch_batch(js: &Js, parts: &[Part<'_>], copy: &Path) -> anyhow::Result<()> {
    let kept = stream_dir(js.directory.path(), "TEST").join("batches/commit");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let config = json!({ "name": "TEST", "subjects": ["foo"], "allow_atomic": true });
        js.add_stream(config).await?;
        let catcher = Catcher::new(kept.clone(), copy.to_owned());
        let mut ack = Value::Null;
        for (seq, headers) in (1..).zip(parts) {
            assert_eq!(ack, Value::Null, "only the last is answered");
            ack = part(js, "foo", seq, headers).await?;
        }
        let expected = json!({ "stream": "TEST", "seq": 2, "batch": "uuid", "count": 2 });
        assert_eq!(ack, expected);
        assert!(!kept.exists(), "it is kept while it is stored");
        if catcher.end() {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < deadline, "a batch is not kept at all");
        js.api("STREAM.DELETE.TEST", Value::Null).await?;
    }
}

/// A batch of two messages is being stored when the server is killed: the first is
/// there. Another server has both.
fn check_recovery(parts: &[Part<'_>]) -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let dir = stream_dir(js.directory.path(), "TEST");
        let kept = dir.join("batches/commit");
        let copy = js.directory.path().join("copy");
        catch_batch(&js, parts, &copy).await?;
        let js = js
            .restarted_after(|_| {
                let config = serde_json::from_value(json!({
                    "name": "TEST", "subjects": ["foo"], "allow_atomic": true,
                }))?;
                let store = FileStore::open(FileStoreConfig::new(&dir), &config)
                    .map_err(std::io::Error::other)?;
                store.truncate(1).map_err(std::io::Error::other)?;
                store.stop().map_err(std::io::Error::other)?;
                fs::create_dir_all(dir.join("batches"))?;
                fs::rename(&copy, &kept)
            })
            .await?;
        let held = js.held("TEST");
        assert_eq!((held.msgs, held.first_seq, held.last_seq), (2, 1, 2));
        for seq in 1..=2 {
            let mut msg = StoredMsg::new();
            js.stream("TEST").store().load_msg(seq, &mut msg)?;
            let header = String::from_utf8_lossy(msg.header()).into_owned();
            assert!(header.contains("Nats-Batch-Id: uuid\r\n"), "{header}");
            let own = format!("Nats-Batch-Sequence: {seq}\r\n");
            assert!(header.contains(&own), "{header}");
            let is_last = header.contains("Nats-Batch-Commit: 1\r\n");
            assert_eq!(is_last, seq == 2, "{header}");
        }
        assert!(!kept.exists(), "nothing is left to be done");
        Ok(())
    })
}

go_test!(
    728,
    "jetstream_batching_test",
    "TestJetStreamAtomicBatchPublishSingleServerRecovery",
    recovery
);
fn recovery() -> anyhow::Result<()> {
    check_recovery(&[&[], &[COMMIT]])
}

const EOB: (&str, &str) = ("Nats-Batch-Commit", "eob");

go_test!(
    729,
    "jetstream_batching_test",
    "TestJetStreamAtomicBatchPublishSingleServerRecoveryCommitEob",
    recovery_after_an_end
);
/// The message that ends the batch is not one of it: the one before is the last.
fn recovery_after_an_end() -> anyhow::Result<()> {
    check_recovery(&[&[], &[], &[EOB]])
}

go_test!(
    742,
    "jetstream_batching_test",
    "TestJetStreamAtomicBatchPublishPersistModeAsync",
    no_async_batch
);
fn no_async_batch() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["foo"], "allow_atomic": true, "persist_mode": "async",
        });
        let refused = js.try_stream(&config).await?;
        let expected = "async persist mode is not supported with atomic batch publish";
        assert_eq!(description(&refused), expected);
        assert_eq!(err_code(&refused), 10052);
        Ok(())
    })
}
