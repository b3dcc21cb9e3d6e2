//! Go: `server/jetstream_consumer_test.go`: push consumers, where they begin, and how
//! fast messages are played back.

use std::time::{Duration, Instant};

use async_nats::{Message, Subscriber};
use conformance::client::{block_on, connect, next};
use conformance::go_test;
use conformance::wait::elapse_async;
use serde_json::{Value, json};

use crate::js_consumer_support::{millis, take, take_all, text};
use crate::js_stream_support::{STORAGES, delivery, with, with_stream};
use crate::js_support::{err_code, eventually, header};

/// Stream sequence, consumer sequence and number of a delivery.
fn of(message: &Message) -> (u64, u64, u64) {
    let delivery = delivery(message).unwrap();
    (delivery.stream_seq, delivery.consumer_seq, delivery.count)
}

go_test!(
    1236,
    "jetstream_consumer_test",
    "TestJetStreamConsumerLongSubjectHang",
    long_subject
);
fn long_subject() -> anyhow::Result<()> {
    block_on(async {
        let js =
            with_stream(json!({ "subjects": ["a1.>", "a2.>"], "allow_rollup_hdrs": true })).await?;
        for n in 0..2 {
            js.store(&format!("a1.{}{n}", "a".repeat(22)), "hello")
                .await?;
            js.store(&format!("a2.{n}"), "contents").await?;
        }
        js.purge("TEST", json!({ "filter": "a2.>" })).await?;
        assert_eq!(js.held("TEST").msgs, 2);
        let ordered = json!({
            "name": "C", "filter_subject": "a1.>", "deliver_policy": "last_per_subject",
            "ack_policy": "none", "max_deliver": 1, "flow_control": true, "mem_storage": true,
            "idle_heartbeat": millis(5_000), "num_replicas": 1,
        });
        let mut deliveries = js.push("TEST", ordered).await?;
        for message in take(&mut deliveries, 2).await? {
            assert_eq!(text(&message), "hello");
        }
        Ok(())
    })
}

go_test!(
    1261,
    "jetstream_consumer_test",
    "TestJetStreamConsumerWithStartTime",
    start_time
);
fn start_time() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "storage": storage })).await?;
            js.fill("TEST", "MSG", 250).await?;
            elapse_async(
                Duration::from_millis(10),
                "the start lies between the messages",
            )
            .await;
            let start = jiff::Timestamp::now().to_string();
            js.fill("TEST", "MSG", 250).await?;
            assert_eq!(js.held("TEST").msgs, 500);
            let config = json!({
                "durable_name": "d", "deliver_policy": "by_start_time",
                "opt_start_time": start, "ack_policy": "explicit",
            });
            js.add_consumer("TEST", config).await?;
            let (seq, consumer_seq, _) = of(&js.pull("TEST", "d").await?);
            assert_eq!((seq, consumer_seq), (251, 1));
        }
        Ok(())
    })
}

go_test!(
    1268,
    "jetstream_consumer_test",
    "TestJetStreamConsumerRateLimit",
    rate_limit
);
fn rate_limit() -> anyhow::Result<()> {
    const SIZE: usize = 128 * 1024;
    const COUNT: usize = 10 * 1024 * 1024 / SIZE;
    const BITS_PER_SECOND: u32 = 100 * 1024 * 1024;
    block_on(async {
        let js = with_stream(json!({})).await?;
        let payload = "x".repeat(SIZE);
        for _ in 0..COUNT {
            js.store("TEST", &payload).await?;
        }
        // Who asks gets messages as fast as it asks.
        let config = json!({
            "durable_name": "to", "ack_policy": "explicit", "rate_limit_bps": BITS_PER_SECOND,
        });
        let refused = js.try_consumer("TEST", config).await?;
        assert_eq!(err_code(&refused), 10086, "{refused}");
        let config = json!({
            "durable_name": "rate", "ack_policy": "none", "rate_limit_bps": BITS_PER_SECOND,
        });
        let started = Instant::now();
        let mut deliveries = js.push("TEST", config).await?;
        take(&mut deliveries, COUNT).await?;
        let seconds = started.elapsed().as_secs_f64();
        assert!(seconds < 5.0, "took {seconds} s");
        let rate = (8 * COUNT * SIZE) as f64 / seconds;
        let most = f64::from(BITS_PER_SECOND) * 1.25;
        assert!(rate <= most, "{rate} of {most} bits in a second");
        Ok(())
    })
}

go_test!(
    1272,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDurableReconnectWithOnlyPending",
    reconnect_with_only_pending
);
fn reconnect_with_only_pending() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            let config =
                json!({ "durable_name": "d22", "ack_policy": "explicit", "ack_wait": millis(25) });
            let mut deliveries = js.push("TEST", config.clone()).await?;
            js.store("foo.22", "1").await?;
            next(&mut deliveries).await?;
            deliveries.unsubscribe().await?;
            js.until_inactive("TEST", "d22").await?;
            js.store("foo.22", "2").await?;
            let mut deliveries = js.push("TEST", config).await?;
            let mut seen = [false; 2];
            while seen != [true; 2] {
                let (seq, _, count) = of(&next(&mut deliveries).await?);
                assert!(
                    seq == 2 || seq == 1 && count > 1,
                    "{seq} for the {count}th time"
                );
                seen[usize::try_from(seq)? - 1] = true;
            }
        }
        Ok(())
    })
}

go_test!(
    1273,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDurableFilteredSubjectReconnect",
    durable_filtered_subject
);
fn durable_filtered_subject() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            let send = async || {
                let subjects = (0..50).map(|n| if n % 2 == 0 { "foo.AA" } else { "foo.ZZ" });
                js.flood(subjects.map(|subject| (subject.to_owned(), "OK!".to_owned())))
                    .await
            };
            send().await?;
            let config = json!({
                "durable_name": "d33", "filter_subject": "foo.AA", "deliver_policy": "last",
                "ack_policy": "explicit", "ack_wait": millis(1_000),
            });
            let mut deliveries = js.push("TEST", config).await?;
            let mut seq = 1;
            let mut offset = 47;
            let first = next(&mut deliveries).await?;
            assert_eq!(of(&first), (2 * seq + offset, seq, 1));
            js.respond(&first, "").await?;
            send().await?;
            assert_eq!(js.held("TEST").msgs, 100);
            let mut unacknowledged = 0;
            for n in 0..25 {
                seq += 1;
                let message = next(&mut deliveries).await?;
                assert_eq!(of(&message), (2 * seq + offset, seq, 1));
                if n % 2 == 0 {
                    js.respond(&message, "").await?;
                } else {
                    unacknowledged += 1;
                }
            }
            for _ in 0..unacknowledged {
                seq += 1;
                let message = next(&mut deliveries).await?;
                let (_, consumer_seq, count) = of(&message);
                assert_eq!((consumer_seq, count), (seq, 2));
                js.respond(&message, "").await?;
            }
            offset -= 2 * unacknowledged;
            send().await?;
            for _ in 0..25 {
                seq += 1;
                let message = next(&mut deliveries).await?;
                assert_eq!(of(&message), (2 * seq + offset, seq, 1));
                js.respond(&message, "").await?;
            }
        }
        Ok(())
    })
}

go_test!(
    1274,
    "jetstream_consumer_test",
    "TestJetStreamConsumerInactiveNoDeadlock",
    inactive_without_deadlock
);
fn inactive_without_deadlock() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "storage": storage })).await?;
            js.fill("TEST", "OK!", 10_000).await?;
            assert_eq!(js.held("TEST").msgs, 10_000);
            let mut deliveries = js.push("TEST", json!({ "name": "C" })).await?;
            take(&mut deliveries, 10).await?;
            deliveries.unsubscribe().await?;
            // The stream and the consumer still answer.
            js.until_inactive("TEST", "C").await?;
            js.delete_consumer("TEST", "C").await?;
            js.store("TEST", "OK!").await?;
        }
        Ok(())
    })
}

go_test!(
    1275,
    "jetstream_consumer_test",
    "TestJetStreamConsumerReconnect",
    reconnect
);
fn reconnect() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            let mut deliveries = js.listen("to").await?;
            let config = json!({ "name": "C", "deliver_subject": "to", "ack_policy": "explicit" });
            let made = js.add_consumer("TEST", config).await?;
            assert_eq!(made["push_bound"], true);
            assert_eq!(js.consumers_of("TEST").await?, 1);
            let get = async |deliveries: &mut Subscriber, seq: u64| {
                let message = next(deliveries).await?;
                assert_eq!(of(&message).1, seq);
                js.respond(&message, "").await
            };
            js.store("foo.22", "OK!").await?;
            get(&mut deliveries, 1).await?;
            deliveries.unsubscribe().await?;
            let mut deliveries = js.listen("to").await?;
            js.store("foo.22", "OK!").await?;
            get(&mut deliveries, 2).await?;
            deliveries.unsubscribe().await?;
            js.until_inactive("TEST", "C").await?;
            js.fill("foo.22", "OK!", 8).await?;
            let mut deliveries = js.listen("to").await?;
            for seq in 3..=10 {
                get(&mut deliveries, seq).await?;
            }
        }
        Ok(())
    })
}

go_test!(
    1276,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDurableReconnect",
    durable_reconnect
);
fn durable_reconnect() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            let config = json!({
                "durable_name": "d22", "ack_policy": "explicit", "ack_wait": millis(60_000),
            });
            let mut deliveries = js.push("TEST", config.clone()).await?;
            js.fill("foo.22", "OK!", 10).await?;
            for message in &take_all(&mut deliveries, 10).await?[..5] {
                js.respond_sync(message, "").await?;
            }
            deliveries.unsubscribe().await?;
            js.until_inactive("TEST", "d22").await?;
            let mut deliveries = js.push("TEST", config).await?;
            for (seq, message) in (6..=10).zip(take_all(&mut deliveries, 5).await?) {
                assert_eq!(of(&message).0, seq);
            }
        }
        Ok(())
    })
}

go_test!(
    1277,
    "jetstream_consumer_test",
    "TestJetStreamConsumerReplayRate",
    replay_rate
);
fn replay_rate() -> anyhow::Result<()> {
    const PAUSES: [u64; 5] = [0, 150, 300, 200, 250];
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "storage": storage })).await?;
            for pause in PAUSES {
                elapse_async(
                    Duration::from_millis(pause),
                    "the pauses between messages are what is played back",
                )
                .await;
                js.store("TEST", "OK!").await?;
            }
            let all: Duration = PAUSES.iter().copied().map(Duration::from_millis).sum();
            // At once.
            let started = Instant::now();
            let mut deliveries = js.push("TEST", json!({ "name": "A" })).await?;
            take(&mut deliveries, PAUSES.len()).await?;
            assert!(started.elapsed() < all, "{:?}", started.elapsed());
            // As they came, for who listens and for who asks.
            let original = json!({ "replay_policy": "original" });
            let mut pauses = Pauses::begin();
            let mut deliveries = js
                .push("TEST", with(&original, json!({ "name": "B" })))
                .await?;
            next(&mut deliveries).await?;
            pauses.last = Instant::now();
            for pause in &PAUSES[1..] {
                next(&mut deliveries).await?;
                pauses.ended(*pause);
            }
            let pull = json!({ "durable_name": "PM", "ack_policy": "explicit" });
            js.add_consumer("TEST", with(&original, pull)).await?;
            let mut pauses = Pauses::begin();
            js.pull("TEST", "PM").await?;
            pauses.last = Instant::now();
            for pause in &PAUSES[1..] {
                js.pull("TEST", "PM").await?;
                pauses.ended(*pause);
            }
        }
        Ok(())
    })
}

/// Pauses between messages, counted from before the first and from the one before.
struct Pauses {
    began: Instant,
    last: Instant,
    all: Duration,
}

impl Pauses {
    fn begin() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            last: now,
            all: Duration::ZERO,
        }
    }

    /// A message has come `pause` milliseconds after the one before: none of them early,
    /// however late this has heard of the others, and this one not late.
    fn ended(&mut self, pause: u64) {
        let now = Instant::now();
        let (elapsed, pause) = (now - self.last, Duration::from_millis(pause));
        self.all += pause;
        assert!(now - self.began >= self.all, "{elapsed:?} for {pause:?}");
        let slack = Duration::from_millis(500);
        assert!(elapsed < pause + slack, "{elapsed:?} for {pause:?}");
        self.last = now;
    }
}

go_test!(
    1278,
    "jetstream_consumer_test",
    "TestJetStreamConsumerReplayRateNoAck",
    replay_rate_no_ack
);
fn replay_rate_no_ack() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "storage": storage })).await?;
            for pause in [3, 0, 2, 1, 4, 0, 1, 2, 3, 1] {
                js.store("TEST", "Hello World").await?;
                elapse_async(
                    Duration::from_millis(pause),
                    "the pauses between messages are what is played back",
                )
                .await;
            }
            assert_eq!(js.held("TEST").msgs, 10);
            let config = json!({
                "durable_name": "derek", "deliver_subject": "d.dc", "ack_policy": "none",
                "replay_policy": "original",
            });
            js.add_consumer("TEST", config).await?;
            elapse_async(
                Duration::from_millis(13),
                "the replay is under way when somebody listens",
            )
            .await;
            let mut deliveries = js.listen("d.dc").await?;
            take_all(&mut deliveries, 10).await?;
        }
        Ok(())
    })
}

go_test!(
    1279,
    "jetstream_consumer_test",
    "TestJetStreamConsumerReplayQuit",
    replay_quit
);
fn replay_quit() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "storage": storage })).await?;
            js.store("TEST", "OK!").await?;
            elapse_async(
                Duration::from_millis(100),
                "the pause between the messages is what is played back",
            )
            .await;
            js.store("TEST", "OK!").await?;
            let config = json!({ "name": "C", "replay_policy": "original" });
            let mut deliveries = js.push("TEST", config).await?;
            let consumer = js.handle("TEST", "C");
            next(&mut deliveries).await?;
            // In the middle of a pause of the past.
            js.delete_consumer("TEST", "C").await?;
            eventually("its task has ended", async || {
                Ok((std::sync::Arc::strong_count(&consumer) == 1).then_some(()))
            })
            .await?;
        }
        Ok(())
    })
}

go_test!(
    1289,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPendingBugWithKV",
    pending_with_kv
);
fn pending_with_kv() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let config = json!({
                "subjects": ["kv.>"], "storage": storage, "max_msgs_per_subject": 1,
            });
            let js = with_stream(config).await?;
            for (subject, payload) in [("kv.1", "1"), ("kv.2", "2"), ("kv.3", "3"), ("kv.1", "4")] {
                js.store(subject, payload).await?;
            }
            assert_eq!(js.held("TEST").msgs, 3);
            let config = json!({
                "durable_name": "dlc", "deliver_subject": "xxx", "filter_subject": ">",
                "deliver_policy": "last_per_subject",
            });
            let made = js.add_consumer("TEST", config).await?;
            assert_eq!(made["num_pending"], 3);
        }
        Ok(())
    })
}

go_test!(
    1291,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPushBound",
    push_bound
);
fn push_bound() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo"], "storage": "memory" })).await?;
        let made = async |name: &str, deliver_subject: &str| {
            let config = json!({
                "durable_name": name, "deliver_subject": deliver_subject,
                "ack_policy": "explicit",
            });
            js.add_consumer("TEST", config).await
        };
        let bound = async |name: &str| {
            let info = js.consumer("TEST", name).await?;
            anyhow::Ok(info["push_bound"] == true)
        };
        made("dlc", "d.X").await?;
        assert!(!bound("dlc").await?);
        let mut listening = js.listen("d.X").await?;
        let is = |info: &Value| info["push_bound"] == true;
        js.until_consumer("TEST", "dlc", "somebody listens", is)
            .await?;
        listening.unsubscribe().await?;
        js.until_inactive("TEST", "dlc").await?;
        // A queue group is not the consumer's.
        made("ik", "d.Z").await?;
        let queue = js.client.queue_subscribe("d.Z", "g22".to_owned()).await?;
        js.synced().await?;
        assert!(!bound("ik").await?);
        drop(queue);
        js.synced().await?;
        assert!(!bound("ik").await?);
        made("rip", "").await?;
        assert!(!bound("rip").await?);
        Ok(())
    })
}

go_test!(
    1292,
    "jetstream_consumer_test",
    "TestJetStreamConsumerInternalClientLeak",
    no_internal_client_leaks
);
fn no_internal_client_leaks() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "storage": "memory" })).await?;
        let accounts = js.server.server().context().accounts();
        let (global, system) = (accounts.global(), accounts.system().unwrap());
        let connections = || {
            let subscriptions = global.subscriptions().count();
            (global.client_count(), system.client_count(), subscriptions)
        };
        let before = connections();
        for _ in 0..10 {
            let config = json!({ "deliver_subject": "x", "inactive_threshold": millis(300) });
            js.add_consumer("TEST", config).await?;
        }
        assert_eq!(js.consumers_of("TEST").await?, 10);
        eventually("all are gone", async || {
            Ok((js.consumers_of("TEST").await? == 0).then_some(()))
        })
        .await?;
        assert_eq!(connections(), before);
        Ok(())
    })
}

go_test!(
    1293,
    "jetstream_consumer_test",
    "TestJetStreamConsumerEventingRaceOnShutdown",
    consumers_while_shutting_down
);
fn consumers_while_shutting_down() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo"], "storage": "memory" })).await?;
        let client = connect(&js.server.url()).await?;
        let making = tokio::spawn(async move {
            for n in 0_u64.. {
                let request = json!({
                    "stream_name": "TEST", "config": { "deliver_subject": format!("to.{n}") },
                });
                let request = request.to_string().into();
                let made = client.request("$JS.API.CONSUMER.CREATE.TEST", request);
                let made = tokio::time::timeout(Duration::from_secs(1), made).await;
                if !matches!(made, Ok(Ok(answer)) if answer.payload.starts_with(b"{")) {
                    return n;
                }
            }
            0
        });
        eventually("some are made", async || {
            Ok((js.consumers_of("TEST").await? > 5).then_some(()))
        })
        .await?;
        js.server.server().shutdown();
        js.server.server().wait_for_shutdown();
        // Six were there, each asked for when the one before had been answered.
        assert!(making.await? >= 5);
        Ok(())
    })
}

go_test!(
    1294,
    "jetstream_consumer_test",
    "TestJetStreamConsumerNoMsgPayload",
    no_message_payload
);
fn no_message_payload() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        for _ in 0..10 {
            let ack = js
                .publish("TEST", &[("name", "derek")], &"A".repeat(128))
                .await?;
            assert!(ack["error"].is_null());
        }
        let config = json!({ "durable_name": "d22", "headers_only": true });
        let mut deliveries = js.push("TEST", config).await?;
        for message in take(&mut deliveries, 10).await? {
            assert!(message.payload.is_empty());
            assert_eq!(header(&message, "Nats-Msg-Size"), "128");
            assert_eq!(header(&message, "name"), "derek");
        }
        Ok(())
    })
}

go_test!(
    1303,
    "jetstream_consumer_test",
    "TestJetStreamConsumerNumPendingWithMaxPerSubjectGreaterThanOne",
    pending_with_several_per_subject
);
fn pending_with_several_per_subject() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let config = json!({
                "subjects": ["KV.*.*"], "max_msgs_per_subject": 2, "storage": storage,
            });
            let js = with_stream(config).await?;
            let subjects = [
                "plans.foo",
                "plans.bar",
                "plans.baz",
                "config.foo",
                "config.bar",
                "config.baz",
                "plans.bar",
                "plans.baz",
            ];
            for subject in subjects {
                js.store(&format!("KV.{subject}"), "OK").await?;
            }
            let config = json!({
                "durable_name": "d", "ack_policy": "explicit", "filter_subject": "KV.plans.*",
                "deliver_policy": "last_per_subject",
            });
            let made = js.add_consumer("TEST", config).await?;
            assert_eq!(made["num_pending"], 3);
        }
        Ok(())
    })
}

go_test!(
    1322,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPurge",
    purge
);
fn purge() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["test.>"] })).await?;
        let explicit = |filter| json!({ "durable_name": "C", "ack_policy": "explicit", "filter_subject": filter });
        js.store("test.1", "hello").await?;
        js.store("test.2", "hello").await?;
        js.add_consumer("TEST", explicit("test.>")).await?;
        assert_eq!(js.purge("TEST", json!({ "filter": "test.2" })).await?, 1);
        assert_eq!(js.consumer("TEST", "C").await?["num_pending"], 1);
        assert_eq!(js.pull("TEST", "C").await?.subject.as_str(), "test.1");
        // All of another.
        js.add_stream(json!({ "name": "OTHER", "subjects": ["other.>"] }))
            .await?;
        js.store("other.1", "hello").await?;
        js.store("other.2", "hello").await?;
        js.add_consumer("OTHER", explicit("other.>")).await?;
        assert_eq!(js.purge("OTHER", Value::Null).await?, 2);
        assert_eq!(js.consumer("OTHER", "C").await?["num_pending"], 0);
        let wait = Duration::from_millis(200);
        assert!(js.fetch("OTHER", "C", 1, wait).await?.is_empty());
        Ok(())
    })
}

go_test!(
    1328,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPendingForKV",
    pending_for_kv
);
fn pending_for_kv() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let config = json!({
                "subjects": ["test.>"], "storage": storage, "max_msgs_per_subject": 10,
                "discard": "new",
            });
            let js = with_stream(config).await?;
            js.store("test.1", "x").await?;
            let ack = js
                .publish("test.1", &[("Nats-Expected-Last-Sequence", "1")], "y")
                .await?;
            assert_eq!(ack["seq"], 2);
            for n in 2..=5 {
                js.store(&format!("test.{n}"), "x").await?;
            }
            let info = js.info("TEST", json!({ "subjects_filter": ">" })).await?;
            assert_eq!(info["state"]["subjects"].as_object().unwrap().len(), 5);
            let config = json!({
                "name": "C", "filter_subject": "test.>", "ack_policy": "explicit",
                "deliver_policy": "last_per_subject",
            });
            let mut deliveries = js.push("TEST", config).await?;
            assert_eq!(delivery(&next(&mut deliveries).await?)?.pending, 4);
        }
        Ok(())
    })
}

go_test!(
    1287,
    "jetstream_consumer_test",
    "TestJetStreamConsumerBadNumPending",
    bad_num_pending
);
fn bad_num_pending() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["orders.*"] })).await?;
        js.fill("orders.created", "NEW", 10).await?;
        let filtered = |name, filter| json!({ "name": name, "filter_subject": filter, "ack_policy": "explicit" });
        let mut created = js.push("TEST", filtered("OP", "orders.created")).await?;
        let client = js.client.clone();
        let approving = tokio::spawn(async move {
            for _ in 0..20 {
                next(&mut created).await?;
                client.publish("orders.approved", "APPROVED".into()).await?;
            }
            anyhow::Ok(created)
        });
        let _all = js.push("TEST", filtered("MON", "orders.*")).await?;
        let none_pending = async |msgs: u64| {
            js.until_held("TEST", msgs).await?;
            for name in ["OP", "MON"] {
                let none = |info: &Value| info["num_pending"] == 0;
                js.until_consumer("TEST", name, "nothing is to come", none)
                    .await?;
            }
            anyhow::Ok(())
        };
        none_pending(20).await?;
        js.fill("orders.created", "NEW", 10).await?;
        none_pending(40).await?;
        approving.await??;
        Ok(())
    })
}
