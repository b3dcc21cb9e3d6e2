//! Go: `server/jetstream_test.go`: messages with a limit of their own, and markers of
//! subjects that have gone.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use conformance::client::{block_on, next};
use conformance::go_test;
use conformance::wait::{elapse, passes, wait_until};
use nats_server::jetstream::model::{Nanos, StreamState};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{
    Clock, ManualClock, MemoryStore, StoreError, StoredMsg, StreamStore, Task, TimerId,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::js_stream_support::{
    STORAGES, bounds, delivery, stream_dir, ttl_count, with, with_stream,
};
use crate::js_support::{Js, err_code, header};

const SECOND: u64 = 1_000_000_000;

/// A stream whose messages may have a limit of their own.
async fn with_ttls(storage: &str, more: Value) -> anyhow::Result<Js> {
    let config = json!({ "storage": storage, "allow_msg_ttl": true });
    with_stream(with(&config, more)).await
}

/// Markers take the place of what becomes too old.
fn marked(max_age: u64) -> Value {
    json!({
        "subjects": ["test"], "max_age": max_age, "subject_delete_marker_ttl": SECOND,
    })
}

/// A stream with ten messages that live for a second.
async fn ten_for_a_second(storage: &str) -> anyhow::Result<Js> {
    let js = with_ttls(storage, json!({ "subjects": ["test"] })).await?;
    for _ in 0..10 {
        js.store_with("test", &[("Nats-TTL", "1s")], "").await?;
    }
    assert_eq!(bounds(&js), (10, 1, 10));
    Ok(js)
}

fn until_all_are_gone(js: &Js) {
    wait_until("all have outlived their limit", || {
        bounds(js) == (0, 11, 10)
    });
}

go_test!(
    1722,
    "jetstream_test",
    "TestJetStreamMessageTTL",
    message_ttl
);
fn message_ttl() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = ten_for_a_second(storage).await?;
            until_all_are_gone(&js);
        }
        Ok(())
    })
}

go_test!(
    1723,
    "jetstream_test",
    "TestJetStreamMessageTTLRestart",
    message_ttl_after_restart
);
fn message_ttl_after_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = ten_for_a_second("file").await?;
        let js = js.restarted().await?;
        assert_eq!(bounds(&js), (10, 1, 10));
        until_all_are_gone(&js);
        Ok(())
    })
}

go_test!(
    1724,
    "jetstream_test",
    "TestJetStreamMessageTTLRecovered",
    message_ttl_is_recovered
);
fn message_ttl_is_recovered() -> anyhow::Result<()> {
    block_on(async {
        let js = ten_for_a_second("file").await?;
        let js = js
            .restarted_after(|directory| {
                std::fs::remove_file(stream_dir(directory, "TEST").join("msgs/thw.db"))
            })
            .await?;
        assert_eq!(bounds(&js), (10, 1, 10));
        until_all_are_gone(&js);
        Ok(())
    })
}

go_test!(
    1725,
    "jetstream_test",
    "TestJetStreamMessageTTLInvalid",
    message_ttl_invalid
);
fn message_ttl_invalid() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for storage in STORAGES {
            let config = json!({
                "name": storage, "storage": storage, "subjects": [storage],
                "allow_msg_ttl": true,
            });
            js.add_stream(config).await?;
            for ttl in ["500ms", "something"] {
                let refused = js.publish(storage, &[("Nats-TTL", ttl)], "").await?;
                assert_eq!(err_code(&refused), 10165, "{ttl}");
            }
        }
        Ok(())
    })
}

go_test!(
    1727,
    "jetstream_test",
    "TestJetStreamMessageTTLNeverExpire",
    message_ttl_never
);
fn message_ttl_never() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let limited = json!({ "subjects": ["test"], "max_age": SECOND });
            let js = with_ttls(storage, limited).await?;
            js.store_with("test", &[("Nats-TTL", "never")], "").await?;
            for _ in 0..10 {
                js.store("test", "").await?;
            }
            assert_eq!(bounds(&js), (11, 1, 11));
            wait_until("all but one are too old", || bounds(&js) == (1, 1, 11));
            elapse(Duration::from_secs(1), "that one is too old as well");
            assert_eq!(bounds(&js), (1, 1, 11));
        }
        Ok(())
    })
}

go_test!(
    1728,
    "jetstream_test",
    "TestJetStreamMessageTTLDisabled",
    message_ttl_disabled
);
fn message_ttl_disabled() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for storage in STORAGES {
            js.add_stream(json!({ "name": storage, "storage": storage, "subjects": [storage] }))
                .await?;
            let refused = js.publish(storage, &[("Nats-TTL", "1s")], "").await?;
            assert_eq!(err_code(&refused), 10166);
        }
        Ok(())
    })
}

go_test!(
    1770,
    "jetstream_test",
    "TestJetStreamRemoveTTLOnRemoveMsg",
    ttl_goes_with_its_message
);
fn ttl_goes_with_its_message() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_ttls(storage, json!({ "subjects": ["foo"] })).await?;
            js.store_with("foo", &[("Nats-TTL", "1h")], "").await?;
            let stream = js.stream("TEST");
            assert_eq!(ttl_count(&stream), 1);
            js.delete_message("TEST", 1).await?;
            assert_eq!(ttl_count(&stream), 0);
        }
        Ok(())
    })
}

/// Does something every 100 ms until it is dropped.
struct Meanwhile {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<u64>>,
}

impl Meanwhile {
    fn new(mut each: impl FnMut(u64) + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut count = 0;
            while !stopped.load(Ordering::Relaxed) {
                elapse(Duration::from_millis(100), "messages come now and then");
                count += 1;
                each(count);
            }
            count
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }

    /// How often it was done.
    fn end(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("it ends once");
        thread.join().expect("it did not fail")
    }
}

go_test!(
    1771,
    "jetstream_test",
    "TestJetStreamMessageTTLNotExpiring",
    other_messages_do_not_put_it_off
);
fn other_messages_do_not_put_it_off() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_ttls(storage, json!({ "subjects": ["foo"] })).await?;
            js.store_with("foo", &[("Nats-TTL", "1h")], "").await?;
            let store = Arc::clone(js.stream("TEST").store());
            let others = Arc::clone(&store);
            let meanwhile = Meanwhile::new(move |_| {
                others.store_msg(b"foo", b"", b"", 3600).unwrap();
            });
            let ack = js.store_with("foo", &[("Nats-TTL", "1s")], "").await?;
            let seq = ack["seq"].as_u64().unwrap();
            let mut msg = StoredMsg::new();
            passes(Duration::from_secs(3), || {
                match store.load_msg(seq, &mut msg) {
                    Ok(()) => Err("the message is not removed yet"),
                    Err(StoreError::MsgNotFound) => Ok(()),
                    Err(_) => Err("the message can not be looked for"),
                }
            });
            assert!(meanwhile.end() > 5);
        }
        Ok(())
    })
}

go_test!(
    1746,
    "jetstream_test",
    "TestJetStreamTHWExpireTasksRace",
    expire_tasks_at_once
);
fn expire_tasks_at_once() -> anyhow::Result<()> {
    const TASKS: usize = 50;
    let directory = TempDir::new()?;
    for storage in STORAGES {
        let clock = Arc::new(LateClock::default());
        let config = serde_json::from_value(json!({
            "name": "TEST", "storage": storage, "subjects": ["foo"], "allow_msg_ttl": true,
        }))?;
        let (store, count): (Arc<dyn StreamStore>, Box<dyn Fn() -> u64>) = if storage == "file" {
            let mut options = FileStoreConfig::new(directory.path());
            options.clock = Arc::<LateClock>::clone(&clock);
            let store = FileStore::open(options, &config)?;
            (store.clone(), Box::new(move || store.ttl_count()))
        } else {
            let store = MemoryStore::new(&config, Arc::<LateClock>::clone(&clock))?;
            (store.clone(), Box::new(move || store.ttl_count()))
        };
        let add = || store.store_msg(b"foo", b"NATS/1.0\r\nNats-TTL: 1s\r\n\r\n", b"", 1);
        for _ in 0..10_000 {
            add()?;
        }
        // Each timer has struck when the next is set, and none has come to the lock.
        for _ in 1..TASKS {
            clock.inner.advance(Nanos::from_secs(2));
            add()?;
        }
        clock.inner.advance(Nanos::from_secs(2));
        let tasks = clock.take();
        // The store in files has some other tasks.
        assert!(tasks.len() >= TASKS, "{}", tasks.len());
        assert_eq!(count(), 10_000 + TASKS as u64 - 1);
        let start = Arc::new(Barrier::new(tasks.len()));
        let expiring: Vec<_> = tasks
            .into_iter()
            .map(|task| {
                let start = Arc::clone(&start);
                std::thread::spawn(move || {
                    start.wait();
                    task();
                })
            })
            .collect();
        for thread in expiring {
            thread.join().expect("expiring does not fail");
        }
        assert_eq!(count(), 0);
        let mut state = StreamState::default();
        store.fast_state(&mut state);
        assert_eq!((state.msgs, state.last_seq), (0, 10_000 + TASKS as u64 - 1));
        store.stop()?;
    }
    Ok(())
}

/// A clock whose timers strike in time, while what they do is held up until it is
/// taken.
#[derive(Default)]
struct LateClock {
    inner: ManualClock,
    tasks: Mutex<Vec<Task>>,
}

impl LateClock {
    fn take(&self) -> Vec<Task> {
        std::mem::take(&mut *self.tasks.lock().unwrap())
    }
}

impl Clock for LateClock {
    fn now(&self) -> i64 {
        self.inner.now()
    }

    fn call_after(&self, delay: Duration, task: Task) -> TimerId {
        self.tasks.lock().unwrap().push(task);
        self.inner.call_after(delay, Box::new(|| {}))
    }

    /// Too late for what is held up.
    fn cancel(&self, timer: TimerId) {
        self.inner.cancel(timer);
    }
}

impl fmt::Debug for LateClock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(out)
    }
}

go_test!(
    1731,
    "jetstream_test",
    "TestJetStreamSubjectDeleteMarkers",
    subject_delete_markers
);
fn subject_delete_markers() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_ttls(storage, marked(SECOND)).await?;
            let mut deliveries = js.push("TEST", json!({ "ack_policy": "explicit" })).await?;
            for _ in 0..3 {
                js.store("test", "").await?;
            }
            for _ in 0..3 {
                let message = next(&mut deliveries).await?;
                js.ack(&message).await?;
            }
            check_marker(&next(&mut deliveries).await?);
        }
        Ok(())
    })
}

fn check_marker(message: &async_nats::Message) {
    assert_eq!(header(message, "Nats-Marker-Reason"), "MaxAge");
    assert_eq!(header(message, "Nats-TTL"), "1s");
}

go_test!(
    1732,
    "jetstream_test",
    "TestJetStreamSubjectDeleteMarkersAfterRestart",
    subject_delete_markers_after_restart
);
fn subject_delete_markers_after_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = with_ttls("file", marked(SECOND)).await?;
        let consumer = json!({
            "name": "test_consumer", "ack_policy": "explicit",
            "inactive_threshold": 60 * SECOND,
        });
        js.add_consumer("TEST", consumer).await?;
        for _ in 0..3 {
            js.store("test", "").await?;
        }
        let js = js.restarted().await?;
        for _ in 0..3 {
            let message = js.pull("TEST", "test_consumer").await?;
            assert_eq!(header(&message, "Nats-Marker-Reason"), "");
            js.ack(&message).await?;
        }
        check_marker(&js.pull("TEST", "test_consumer").await?);
        Ok(())
    })
}

/// A stream with three messages that a rollup replaced, its deliveries, and when the
/// rollup was stored.
async fn rolled_up(max_age: u64, ttl: &str) -> anyhow::Result<(Js, async_nats::Subscriber, i64)> {
    let config = with(&marked(max_age), json!({ "allow_rollup_hdrs": true }));
    let js = with_ttls("file", config).await?;
    let mut deliveries = js.push("TEST", json!({ "ack_policy": "explicit" })).await?;
    for _ in 0..3 {
        js.store("test", "").await?;
    }
    for _ in 0..3 {
        let message = next(&mut deliveries).await?;
        js.ack(&message).await?;
    }
    js.store_with("test", &[("Nats-TTL", ttl), ("Nats-Rollup", "sub")], "")
        .await?;
    let state = js.state("TEST").await?;
    assert_eq!(
        (&state["messages"], &state["first_seq"]),
        (&json!(1), &json!(4))
    );
    let message = next(&mut deliveries).await?;
    assert_eq!(header(&message, "Nats-Rollup"), "sub");
    assert_eq!(header(&message, "Nats-TTL"), ttl);
    js.ack(&message).await?;
    let stored = delivery(&message)?.time;
    Ok((js, deliveries, stored))
}

go_test!(
    1733,
    "jetstream_test",
    "TestJetStreamSubjectDeleteMarkersTTLRollupWithMaxAge",
    rollups_and_max_age
);
fn rollups_and_max_age() -> anyhow::Result<()> {
    block_on(async {
        // The age gets there first.
        let (_js, mut deliveries, stored) = rolled_up(SECOND, "2s").await?;
        check_marker(&next(&mut deliveries).await?);
        let now = jiff::Timestamp::now().as_nanosecond();
        assert!(now - i128::from(stored) > i128::from(SECOND));
        Ok(())
    })
}

go_test!(
    1734,
    "jetstream_test",
    "TestJetStreamSubjectDeleteMarkersTTLRollupWithoutMaxAge",
    rollups_without_max_age
);
fn rollups_without_max_age() -> anyhow::Result<()> {
    block_on(async {
        let (js, _deliveries, _) = rolled_up(0, "1s").await?;
        // The marker that took its place goes as well.
        wait_until("the marker is gone", || bounds(&js) == (0, 6, 5));
        Ok(())
    })
}

go_test!(
    1595,
    "jetstream_test",
    "TestJetStreamExpireAllWhileServerDown",
    all_expires_while_down
);
fn all_expires_while_down() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "max_age": SECOND / 4 }))
            .await?;
        js.fill("TEST", "OK", 10_000).await?;
        let js = js
            .restarted_after(|_| {
                elapse(Duration::from_millis(300), "all are too old");
                Ok(())
            })
            .await?;
        assert_eq!(js.state("TEST").await?["messages"], 0);
        let last = js.held("TEST").last_seq;
        for number in 1..=10 {
            assert_eq!(js.store("TEST", "OK").await?, last + number);
        }
        Ok(())
    })
}

go_test!(
    1604,
    "jetstream_test",
    "TestJetStreamLargeExpiresAndServerRestart",
    long_age_and_restart
);
fn long_age_and_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "S", "subjects": ["foo"], "max_age": 2 * SECOND }))
            .await?;
        let start = std::time::Instant::now();
        js.store("foo", "ok").await?;
        elapse(Duration::from_secs(1), "half of its time is over");
        let js = js.restarted().await?;
        js.until_held("S", 0).await?;
        let waited = start.elapsed();
        assert!(waited < Duration::from_secs(3), "{waited:?}");
        let info = js.info("S", Value::Null).await?;
        assert_eq!(info["state"]["first_seq"], 2);
        Ok(())
    })
}
