//! Go: `server/jetstream_test.go`: push consumers: where they begin, flow control and
//! heartbeats, and who listens.

use std::time::{Duration, Instant};

use async_nats::Subscriber;
use conformance::client::{block_on, expect_nothing, next};
use conformance::go_test;
use serde_json::{Value, json};

use crate::js_consumer_support::{SECOND, millis, take, take_all, text};
use crate::js_stream_support::{STORAGES, delivery, description, with, with_stream};
use crate::js_support::{Js, err_code, eventually, status};

go_test!(
    1484,
    "jetstream_test",
    "TestJetStreamBasicDeliverSubject",
    basic_deliver_subject
);
fn basic_deliver_subject() -> anyhow::Result<()> {
    const COUNT: usize = 100;
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            for n in 1..=COUNT {
                js.store("foo.bar", &n.to_string()).await?;
            }
            let mut deliveries = js.push("TEST", json!({ "name": "ALL" })).await?;
            // So many come, the first of them as this delivery.
            let check = async |deliveries: &mut Subscriber, count: usize, from: u64| {
                for (seq, message) in (from..).zip(take_all(deliveries, count).await?) {
                    assert_eq!(message.subject.as_str(), "foo.bar");
                    assert_eq!(delivery(&message)?.consumer_seq, seq);
                    js.respond(&message, "").await?;
                }
                anyhow::Ok(())
            };
            check(&mut deliveries, COUNT, 1).await?;
            for n in COUNT + 1..=2 * COUNT {
                js.store("foo.bar", &n.to_string()).await?;
            }
            assert_eq!(js.held("TEST").msgs, 200);
            check(&mut deliveries, COUNT, 101).await?;
            js.delete_consumer("TEST", "ALL").await?;
            // The last one.
            let last = json!({ "name": "LAST", "deliver_policy": "last" });
            let mut deliveries = js.push("TEST", last).await?;
            let message = take_all(&mut deliveries, 1).await?.remove(0);
            assert_eq!(
                (delivery(&message)?.consumer_seq, text(&message)),
                (1, "200".into())
            );
            // From a sequence on.
            let second = json!({ "name": "SEQ", "deliver_policy": "by_start_sequence", "opt_start_seq": 101 });
            let mut deliveries = js.push("TEST", second).await?;
            check(&mut deliveries, COUNT, 1).await?;
            // For a queue group.
            let mut deliveries = js.client.queue_subscribe("_qg_", "dev".to_owned()).await?;
            let queue = json!({ "name": "Q", "deliver_subject": "_qg_", "deliver_group": "dev" });
            js.add_consumer("TEST", queue).await?;
            check(&mut deliveries, 2 * COUNT, 1).await?;
        }
        Ok(())
    })
}

go_test!(
    1497,
    "jetstream_test",
    "TestJetStreamAckReplyStreamPendingWithAcks",
    pending_with_acks
);
fn pending_with_acks() -> anyhow::Result<()> {
    const EACH: usize = 500;
    block_on(async {
        for storage in STORAGES {
            let config = json!({ "subjects": ["foo", "bar", "baz"], "storage": storage });
            let js = with_stream(config).await?;
            let subjects = ["foo", "bar", "baz"].into_iter().cycle().take(3 * EACH);
            js.flood(subjects.map(|subject| (subject.to_owned(), "Hello!".to_owned())))
                .await?;
            assert_eq!(js.held("TEST").msgs, 3 * EACH as u64);
            let config = json!({
                "durable_name": "D-1", "ack_policy": "explicit", "filter_subject": "foo",
                "deliver_subject": "_d_",
            });
            let made = js.add_consumer("TEST", config).await?;
            assert_eq!(made["num_pending"], EACH);
            let mut deliveries = js.listen("_d_").await?;
            take_all(&mut deliveries, EACH).await?;
            let info = js.consumer("TEST", "D-1").await?;
            assert_eq!(
                (&info["num_pending"], &info["num_ack_pending"]),
                (&json!(0), &json!(EACH))
            );
        }
        Ok(())
    })
}

go_test!(
    1513,
    "jetstream_test",
    "TestJetStreamActiveDelivery",
    active_delivery
);
fn active_delivery() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            js.fill("foo.22", "Hello World!", 100).await?;
            assert_eq!(js.held("TEST").msgs, 100);
            let config = json!({ "durable_name": "to", "deliver_subject": "d" });
            let made = js.add_consumer("TEST", config).await?;
            assert!(made["push_bound"].is_null());
            let mut deliveries = js.listen("d").await?;
            take_all(&mut deliveries, 100).await?;
        }
        Ok(())
    })
}

go_test!(
    1514,
    "jetstream_test",
    "TestJetStreamEphemeralConsumers",
    ephemeral_consumers
);
fn ephemeral_consumers() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            let config = json!({ "name": "E", "inactive_threshold": millis(500) });
            let mut deliveries = js.push("TEST", config).await?;
            assert_eq!(js.consumer("TEST", "E").await?["push_bound"], true);
            assert_eq!(js.consumers_of("TEST").await?, 1);
            js.store("foo.22", "").await?;
            take_all(&mut deliveries, 1).await?;
            let gone = Instant::now();
            deliveries.unsubscribe().await?;
            js.until_inactive("TEST", "E").await?;
            // It waits whether somebody comes back, and then it goes.
            assert_eq!(js.consumers_of("TEST").await?, 1);
            eventually("it is gone", async || {
                Ok((js.consumers_of("TEST").await? == 0).then_some(()))
            })
            .await?;
            assert!(gone.elapsed() >= SECOND / 2);
        }
        Ok(())
    })
}

go_test!(
    1534,
    "jetstream_test",
    "TestJetStreamPushConsumerFlowControl",
    push_consumer_flow_control
);
fn push_consumer_flow_control() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        let config = json!({
            "durable_name": "dlc", "flow_control": true, "idle_heartbeat": millis(5_000),
        });
        let mut deliveries = js.push("TEST", config).await?;
        let consumer = js.handle("TEST", "dlc");
        consumer.set_max_pending_bytes(16 * 1024);
        js.fill("TEST", &"x".repeat(1024), 100).await?;
        // The window is full after one message, and so it is asked.
        let mut messages = take_all(&mut deliveries, 2).await?;
        let mut count = 0;
        loop {
            for message in messages {
                if message.subject.as_str() == "TEST" {
                    count += 1;
                    continue;
                }
                let expected = (100, "FlowControl Request".to_owned());
                assert_eq!(status(&message), expected);
                js.respond(&message, "").await?;
            }
            if count == 100 {
                break;
            }
            messages = take(&mut deliveries, 1).await?;
        }
        assert_eq!(consumer.max_pending_bytes(), Some((16 * 1024, 16 * 1024)));
        Ok(())
    })
}

go_test!(
    1535,
    "jetstream_test",
    "TestJetStreamFlowControlRequiresHeartbeats",
    flow_control_requires_heartbeats
);
fn flow_control_requires_heartbeats() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        let config =
            json!({ "durable_name": "dlc", "deliver_subject": "to", "flow_control": true });
        assert_eq!(err_code(&js.try_consumer("TEST", config).await?), 10108);
        Ok(())
    })
}

go_test!(
    1536,
    "jetstream_test",
    "TestJetStreamPushConsumerIdleHeartbeats",
    idle_heartbeats
);
fn idle_heartbeats() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        let short = json!({ "deliver_subject": "to", "idle_heartbeat": millis(1) });
        assert_eq!(err_code(&js.try_consumer("TEST", short).await?), 10083);
        let started = Instant::now();
        let config = json!({ "name": "C", "idle_heartbeat": millis(100) });
        let mut deliveries = js.push("TEST", config).await?;
        for message in take(&mut deliveries, 9).await? {
            assert_eq!(status(&message), (100, "Idle Heartbeat".to_owned()));
        }
        let elapsed = started.elapsed();
        assert!(
            elapsed >= 9 * SECOND / 10 && elapsed < 3 * SECOND,
            "{elapsed:?}"
        );
        Ok(())
    })
}

go_test!(
    1537,
    "jetstream_test",
    "TestJetStreamPushConsumerIdleHeartbeatsWithFilterSubject",
    idle_heartbeats_with_filter
);
fn idle_heartbeats_with_filter() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo", "bar"] })).await?;
        let config = json!({ "name": "C", "filter_subject": "bar", "idle_heartbeat": millis(100) });
        let mut deliveries = js.push("TEST", config).await?;
        let publisher = js.client.clone();
        let publishing = tokio::spawn(async move {
            for _ in 0..100 {
                publisher.publish("foo", "HELLO FOO".into()).await?;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            anyhow::Ok(())
        });
        // Although other messages come all the time.
        let first = tokio::time::timeout(SECOND, next(&mut deliveries)).await??;
        assert_eq!(status(&first), (100, "Idle Heartbeat".to_owned()));
        publishing.await??;
        Ok(())
    })
}

go_test!(
    1538,
    "jetstream_test",
    "TestJetStreamPushConsumerIdleHeartbeatsWithNoInterest",
    idle_heartbeats_without_interest
);
fn idle_heartbeats_without_interest() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        let mut all = js.listen("d.>").await?;
        let config =
            json!({ "name": "C", "deliver_subject": "d.22", "idle_heartbeat": millis(100) });
        js.add_consumer("TEST", config).await?;
        expect_nothing(&mut all, Duration::from_millis(400)).await?;
        // They begin with interest in just that subject.
        let _listening = js.listen("d.22").await?;
        assert_eq!(status(&next(&mut all).await?).0, 100);
        Ok(())
    })
}

go_test!(
    1552,
    "jetstream_test",
    "TestJetStreamPushConsumersPullError",
    pull_from_push_consumer
);
fn pull_from_push_consumer() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        js.store("TEST", "TSS").await?;
        let config = json!({ "name": "C", "ack_policy": "explicit" });
        let _deliveries = js.push("TEST", config).await?;
        let mut answers = js.asked("TEST", "C", Value::Null).await?;
        let refused = next(&mut answers).await?;
        assert_eq!(status(&refused), (409, "Consumer is push based".to_owned()));
        Ok(())
    })
}

go_test!(
    1553,
    "jetstream_test",
    "TestJetStreamChangeConsumerType",
    change_consumer_type
);
fn change_consumer_type() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["test.*"] })).await?;
        let pull = |name| json!({ "name": name, "ack_policy": "explicit" });
        let push = |name| with(&pull(name), json!({ "deliver_subject": "foo" }));
        let cases = [
            (
                pull("pull"),
                push("pull"),
                "can not update pull consumer to push based",
            ),
            (
                push("push"),
                pull("push"),
                "can not update push consumer to pull based",
            ),
        ];
        for (before, after, reason) in cases {
            js.add_consumer("TEST", before).await?;
            let refused = js.consumer_with("TEST", after, "update").await?;
            assert!(description(&refused).contains(reason), "{refused}");
        }
        Ok(())
    })
}

go_test!(
    1572,
    "jetstream_test",
    "TestJetStreamFilteredConsumersWithWiderFilter",
    wider_filters
);
fn wider_filters() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo", "bar", "baz", "N.*"] })).await?;
        for subject in ["foo", "bar", "baz"] {
            js.store(subject, "OK").await?;
        }
        for n in 1..=12 {
            js.store(&format!("N.{n}"), "OK").await?;
        }
        for (filter, count) in [("*", 3), ("N.*", 12), ("*.*", 12), ("N.>", 12), (">", 15)] {
            let config = json!({ "filter_subject": filter, "ack_policy": "explicit" });
            let mut deliveries = js.push("TEST", config).await?;
            take_all(&mut deliveries, count).await?;
        }
        Ok(())
    })
}

go_test!(
    1590,
    "jetstream_test",
    "TestJetStreamDeliverLastPerSubject",
    deliver_last_per_subject
);
fn deliver_last_per_subject() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let config = json!({
                "subjects": ["kv.>"], "storage": storage, "max_msgs_per_subject": 5,
            });
            let js = with_stream(config).await?;
            for n in 1..=11 {
                for subject in ["b1.foo", "b2.foo", "b1.bar", "b2.bar", "b1.baz", "b2.baz"] {
                    js.store(&format!("kv.{subject}"), &n.to_string()).await?;
                }
            }
            let last = json!({ "name": "C", "deliver_policy": "last_per_subject" });
            let refused = js
                .try_consumer("TEST", with(&last, json!({ "deliver_subject": "b" })))
                .await?;
            assert!(description(&refused).contains("filter subject is not set"));
            let filtered = with(&last, json!({ "filter_subject": "kv.b1.*" }));
            let mut deliveries = js.push("TEST", filtered).await?;
            let expected = [("kv.b1.foo", 61), ("kv.b1.bar", 63), ("kv.b1.baz", 65)];
            let messages = take_all(&mut deliveries, 3).await?;
            for ((subject, seq), message) in expected.into_iter().zip(messages) {
                assert_eq!(message.subject.as_str(), subject);
                assert_eq!(
                    (delivery(&message)?.stream_seq, text(&message)),
                    (seq, "11".into())
                );
            }
            js.store("kv.b1.bar", "22").await?;
            js.store("kv.b2.foo", "22").await?;
            let message = take_all(&mut deliveries, 1).await?.remove(0);
            assert_eq!(message.subject.as_str(), "kv.b1.bar");
            assert_eq!(
                (delivery(&message)?.stream_seq, text(&message)),
                (67, "22".into())
            );
        }
        Ok(())
    })
}

go_test!(
    1591,
    "jetstream_test",
    "TestJetStreamDeliverLastPerSubjectNumPending",
    last_per_subject_num_pending
);
fn last_per_subject_num_pending() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["KV.>"], "max_msgs_per_subject": 5 })).await?;
        for n in 0..5 {
            for subject in ["foo", "bar", "baz", "bat"] {
                js.store(&format!("KV.{subject}"), &format!("msg{n}"))
                    .await?;
            }
        }
        js.delete_message("TEST", 2).await?;
        js.delete_message("TEST", 5).await?;
        let config = json!({
            "deliver_subject": "to", "ack_policy": "explicit", "filter_subject": "KV.>",
            "deliver_policy": "last_per_subject",
        });
        assert_eq!(js.add_consumer("TEST", config).await?["num_pending"], 4);
        Ok(())
    })
}

go_test!(
    1597,
    "jetstream_test",
    "TestJetStreamPerSubjectPending",
    per_subject_pending
);
fn per_subject_pending() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let config = json!({
                "subjects": ["$KV.X.>"], "max_msgs_per_subject": 5, "storage": storage,
            });
            let js = with_stream(config).await?;
            js.store("$KV.X.x.y.z", "hello world").await?;
            js.store("$KV.X.1", "hello world").await?;
            let config = json!({
                "name": "C", "filter_subject": "$KV.X.x.>", "ack_policy": "explicit",
                "deliver_policy": "last_per_subject",
            });
            let mut deliveries = js.push("TEST", config).await?;
            assert_eq!(delivery(&next(&mut deliveries).await?)?.pending, 0);
        }
        Ok(())
    })
}

go_test!(
    1606,
    "jetstream_test",
    "TestJetStreamInvalidDeliverSubject",
    invalid_deliver_subject
);
fn invalid_deliver_subject() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        let config = json!({ "deliver_subject": " x" });
        assert_eq!(err_code(&js.try_consumer("TEST", config).await?), 10112);
        Ok(())
    })
}

go_test!(
    1619,
    "jetstream_test",
    "TestJetStreamFlowControlStall",
    flow_control_stall
);
fn flow_control_stall() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        for size in [32_768, 8 * 32_768, 8 * 32_768] {
            js.store("TEST", &"X".repeat(size)).await?;
        }
        let ordered = json!({
            "name": "C", "ack_policy": "none", "max_deliver": 1, "flow_control": true,
            "mem_storage": true, "idle_heartbeat": millis(5_000),
        });
        let mut deliveries = js.push("TEST", ordered).await?;
        let sizes: Vec<usize> = take_all(&mut deliveries, 3)
            .await?
            .iter()
            .map(|message| message.payload.len())
            .collect();
        assert_eq!(sizes, [32_768, 8 * 32_768, 8 * 32_768]);
        Ok(())
    })
}

go_test!(
    1670,
    "jetstream_test",
    "TestJetStreamMultipleSubjectsPushBasic",
    multiple_subjects_push
);
fn multiple_subjects_push() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["events", "data", "other"] })).await?;
        let config = json!({ "durable_name": "name", "filter_subjects": ["events", "data"] });
        let mut deliveries = js.push("TEST", config).await?;
        store_eight(&js).await?;
        for (n, message) in take(&mut deliveries, 6).await?.iter().enumerate() {
            assert_eq!(text(message), n.to_string());
        }
        let all = |info: &Value| info["ack_floor"]["consumer_seq"] == 6;
        let info = js
            .until_consumer("TEST", "name", "all is delivered", all)
            .await?;
        assert_eq!(info["ack_floor"]["stream_seq"], 8);
        Ok(())
    })
}

go_test!(
    1671,
    "jetstream_test",
    "TestJetStreamMultipleSubjectsBasic",
    multiple_subjects_pull
);
fn multiple_subjects_pull() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["events", "data", "other"] })).await?;
        let config = json!({ "durable_name": "name", "filter_subjects": ["events", "data"] });
        js.add_consumer("TEST", config).await?;
        store_eight(&js).await?;
        for (n, message) in js.fetch_all("TEST", "name", 6).await?.iter().enumerate() {
            assert_eq!(text(message), n.to_string());
        }
        assert_eq!(js.consumer("TEST", "name").await?["num_pending"], 0);
        Ok(())
    })
}

/// Six messages on `events` and `data`, and two that are neither.
async fn store_eight(js: &Js) -> anyhow::Result<()> {
    let messages = [
        ("other", "10"),
        ("events", "0"),
        ("data", "1"),
        ("events", "2"),
        ("events", "3"),
        ("other", "10"),
        ("data", "4"),
        ("data", "5"),
    ];
    for (subject, payload) in messages {
        js.store(subject, payload).await?;
    }
    Ok(())
}

go_test!(
    1673,
    "jetstream_test",
    "TestJetStreamDeliverLastPerSubjectWithKV",
    last_per_subject_with_kv
);
fn last_per_subject_with_kv() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["kv.>"], "max_msgs_per_subject": 5 })).await?;
        for (subject, count) in [("a", 4), ("a.b", 3), ("a.b.c", 4)] {
            for n in 1..=count {
                let payload = if n == count { subject } else { "bad" };
                js.store(&format!("kv.{subject}"), payload).await?;
            }
        }
        let config = json!({
            "name": "CONSUMER", "filter_subject": "kv.>", "deliver_policy": "last_per_subject",
            "max_deliver": 1, "mem_storage": true, "flow_control": true,
            "idle_heartbeat": millis(5_000),
        });
        let mut deliveries = js.push("TEST", config).await?;
        let messages = take_all(&mut deliveries, 3).await?;
        let texts: Vec<String> = messages.iter().map(text).collect();
        assert_eq!(texts, ["a", "a.b", "a.b.c"]);
        Ok(())
    })
}
