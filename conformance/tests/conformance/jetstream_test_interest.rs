//! Go: `server/jetstream_test.go`: streams that keep what somebody wants.

use conformance::client::{block_on, connect, next};
use conformance::go_test;
use conformance::wait::elapse_async;
use serde_json::{Value, json};

use crate::js_consumer_support::{SECOND, millis, take, take_all, text, within};
use crate::js_stream_support::{STORAGES, delivery, with};
use crate::js_support::{Js, eventually_within};

/// A stream that keeps what somebody wants.
async fn of_interest(config: Value) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    let interest = json!({ "name": "TEST", "retention": "interest" });
    js.add_stream(with(&interest, config)).await?;
    Ok(js)
}

go_test!(
    1523,
    "jetstream_test",
    "TestJetStreamInterestRetentionStream",
    interest_retention_stream
);
fn interest_retention_stream() -> anyhow::Result<()> {
    const COUNT: usize = 100;
    block_on(async {
        for storage in STORAGES {
            let js = of_interest(json!({ "storage": storage })).await?;
            js.fill("TEST", "OK!", COUNT).await?;
            assert_eq!(js.held("TEST").msgs, 0, "nobody wants them");
            let consumer = |name, policy| json!({ "name": name, "ack_policy": policy });
            let mut explicit = js.push("TEST", consumer("E", "explicit")).await?;
            let mut all = js.push("TEST", consumer("A", "all")).await?;
            let mut none = js.push("TEST", consumer("N", "none")).await?;
            js.fill("TEST", "OK!", COUNT).await?;
            let explicit = take(&mut explicit, COUNT).await?;
            let all = take(&mut all, COUNT).await?;
            take_all(&mut none, COUNT).await?;
            js.until_held("TEST", 100).await?;
            for message in explicit.iter().skip(1).step_by(2) {
                js.respond_sync(message, "").await?;
            }
            assert_eq!(js.held("TEST").msgs, 100, "only one has acknowledged them");
            // The second was acknowledged by both, and the third not.
            for (at, left) in [(0, 100), (1, 99), (2, 99)] {
                js.respond_sync(&all[at], "").await?;
                js.until_held("TEST", left).await?;
            }
            for message in explicit.iter().step_by(2) {
                js.respond_sync(message, "").await?;
            }
            js.until_held("TEST", 97).await?;
            js.respond_sync(&all[COUNT - 1], "").await?;
            js.until_held("TEST", 0).await?;
        }
        Ok(())
    })
}

go_test!(
    1524,
    "jetstream_test",
    "TestJetStreamInterestRetentionStreamWithFilteredConsumers",
    interest_with_filtered_consumers
);
fn interest_with_filtered_consumers() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = of_interest(json!({ "subjects": ["*"], "storage": storage })).await?;
            let filtered = |subject: &str| json!({ "name": subject, "filter_subject": subject, "ack_policy": "explicit" });
            let mut foo = js.push("TEST", filtered("foo")).await?;
            let mut bar = js.push("TEST", filtered("bar")).await?;
            js.store("foo", "FILTERED").await?;
            js.until_held("TEST", 1).await?;
            js.ack(&next(&mut foo).await?).await?;
            js.until_held("TEST", 0).await?;
            js.store("bar", "FILTERED").await?;
            js.store("foo", "FILTERED").await?;
            js.until_held("TEST", 2).await?;
            js.ack(&next(&mut bar).await?).await?;
            js.until_held("TEST", 1).await?;
            js.ack(&next(&mut foo).await?).await?;
            js.until_held("TEST", 0).await?;
        }
        Ok(())
    })
}

go_test!(
    1525,
    "jetstream_test",
    "TestJetStreamInterestRetentionWithWildcardsAndFilteredConsumers",
    interest_with_wildcards_and_filtered_consumers
);
fn interest_with_wildcards_and_filtered_consumers() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = of_interest(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            js.fill("foo.bar", "Hello World!", 10).await?;
            assert_eq!(js.held("TEST").msgs, 0);
            let config = json!({
                "durable_name": "ddd", "filter_subject": "foo.bar", "ack_policy": "explicit",
            });
            js.add_consumer("TEST", config).await?;
            js.store("foo.bar", "Hello World!").await?;
            let state = js.held("TEST");
            assert_eq!((state.msgs, state.first_seq), (1, 11));
            js.store("foo.baz", "Hello World!").await?;
            assert_eq!(js.held("TEST").msgs, 1);
        }
        Ok(())
    })
}

go_test!(
    1526,
    "jetstream_test",
    "TestJetStreamInterestRetentionStreamWithDurableRestart",
    interest_with_durable_restart
);
fn interest_with_durable_restart() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = of_interest(json!({ "storage": storage })).await?;
            let ivan = json!({ "durable_name": "ivan", "deliver_policy": "new" });
            let mut deliveries = js.push("TEST", ivan.clone()).await?;
            js.fill("TEST", "M", 2).await?;
            take_all(&mut deliveries, 2).await?;
            js.until_held("TEST", 0).await?;
            deliveries.unsubscribe().await?;
            js.until_inactive("TEST", "ivan").await?;
            js.store("TEST", "M3").await?;
            js.store("TEST", "M4").await?;
            js.until_held("TEST", 2).await?;
            let mut deliveries = js.push("TEST", ivan.clone()).await?;
            let messages = take_all(&mut deliveries, 2).await?;
            let texts: Vec<String> = messages.iter().map(text).collect();
            assert_eq!(texts, ["M3", "M4"]);
            js.until_held("TEST", 0).await?;
            deliveries.unsubscribe().await?;
            js.until_inactive("TEST", "ivan").await?;
            js.delete_consumer("TEST", "ivan").await?;
            // A new one gets nothing of that.
            let explicit = json!({ "ack_policy": "explicit" });
            let ivan = with(&ivan, explicit.clone());
            let mut deliveries = js.push("TEST", ivan.clone()).await?;
            take_all(&mut deliveries, 0).await?;
            js.fill("TEST", "M", 10).await?;
            take(&mut deliveries, 10).await?;
            js.until_held("TEST", 10).await?;
            let derek = with(&ivan, json!({ "durable_name": "derek" }));
            let mut others = js.push("TEST", derek).await?;
            js.fill("TEST", "M", 10).await?;
            take_all(&mut deliveries, 10).await?;
            take_all(&mut others, 10).await?;
            js.until_held("TEST", 20).await?;
            // What only one wanted goes with it.
            js.delete_consumer("TEST", "ivan").await?;
            js.until_held("TEST", 10).await?;
            js.delete_consumer("TEST", "derek").await?;
            js.until_held("TEST", 0).await?;
        }
        Ok(())
    })
}

go_test!(
    1558,
    "jetstream_test",
    "TestJetStreamAckExplicitMsgRemoval",
    ack_explicit_message_removal
);
fn ack_explicit_message_removal() -> anyhow::Result<()> {
    const BURST: u64 = 20;
    block_on(async {
        for storage in STORAGES {
            let js = of_interest(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            let second = connect(&js.server.url()).await?;
            let durable = |name: &str, wait: u64| {
                json!({
                    "durable_name": name, "filter_subject": "foo.bar", "ack_policy": "explicit",
                    "ack_wait": millis(wait),
                })
            };
            let mut first = js.push("TEST", durable("dur1", 30_000)).await?;
            let inbox = second.new_inbox();
            let mut other = second.subscribe(inbox.clone()).await?;
            let config = with(&durable("dur2", 100), json!({ "deliver_subject": inbox }));
            js.add_consumer("TEST", config).await?;
            let is = |info: &Value| info["push_bound"] == true;
            js.until_consumer("TEST", "dur2", "it is active", is)
                .await?;
            let send = async |from: u64| {
                for seq in from..from + BURST {
                    let ack = js.publish("foo.bar", &[], &format!("msg_{seq}")).await?;
                    assert_eq!(ack["seq"], seq);
                }
                anyhow::Ok(())
            };
            // All of a burst come and are acknowledged, some perhaps more than once.
            let get = async |deliveries: &mut async_nats::Subscriber, from: u64| {
                let mut missing: std::collections::BTreeSet<u64> = (from..from + BURST).collect();
                while !missing.is_empty() {
                    let message = next(deliveries).await?;
                    js.respond(&message, "").await?;
                    missing.remove(&delivery(&message)?.stream_seq);
                }
                anyhow::Ok(())
            };
            send(1).await?;
            get(&mut first, 1).await?;
            get(&mut other, 1).await?;
            js.until_held("TEST", 0).await?;
            drop(other);
            js.until_inactive("TEST", "dur2").await?;
            send(BURST + 1).await?;
            assert_eq!(js.held("TEST").msgs, BURST);
            get(&mut first, BURST + 1).await?;
            // The other goes on elsewhere.
            let mut other = js.push("TEST", durable("dur2", 100)).await?;
            get(&mut other, BURST + 1).await?;
            js.until_held("TEST", 0).await?;
        }
        Ok(())
    })
}

go_test!(
    1560,
    "jetstream_test",
    "TestJetStreamDeliveryAfterServerRestart",
    delivery_after_restart
);
fn delivery_after_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = of_interest(json!({ "subjects": ["foo.>"] })).await?;
        let config =
            json!({ "durable_name": "dur", "deliver_policy": "new", "ack_policy": "explicit" });
        let mut deliveries = js.push("TEST", config.clone()).await?;
        js.store("foo.bar", "msg1").await?;
        js.ack(&next(&mut deliveries).await?).await?;
        let js = js.restarted().await?;
        let elsewhere = with(&config, json!({ "deliver_subject": "to" }));
        js.add_consumer("TEST", elsewhere).await?;
        js.store("foo.bar", "msg2").await?;
        let mut deliveries = js.listen("to").await?;
        assert_eq!(text(&next(&mut deliveries).await?), "msg2");
        Ok(())
    })
}

go_test!(
    1618,
    "jetstream_test",
    "TestJetStreamInterestRetentionBug",
    interest_with_a_second_filtered_consumer
);
fn interest_with_a_second_filtered_consumer() -> anyhow::Result<()> {
    block_on(async {
        let js = of_interest(json!({ "subjects": ["foo.>"] })).await?;
        let first = json!({ "durable_name": "c1", "ack_policy": "explicit" });
        js.add_consumer("TEST", first.clone()).await?;
        let stored = async |msgs: u64| {
            js.store("foo.bar", "").await?;
            let state = js.held("TEST");
            assert_eq!((state.first_seq, state.msgs), (1, msgs));
            anyhow::Ok(())
        };
        stored(1).await?;
        let second = json!({ "durable_name": "c2", "filter_subject": "foo.foo" });
        js.add_consumer("TEST", with(&first, second)).await?;
        stored(2).await
    })
}

go_test!(
    1703,
    "jetstream_test",
    "TestJetStreamInterestStreamConsumerFilterEdit",
    interest_filter_edit
);
fn interest_filter_edit() -> anyhow::Result<()> {
    block_on(async {
        let js = of_interest(json!({ "subjects": ["interest.>"] })).await?;
        let filtered = |filter| json!({ "durable_name": "C0", "filter_subject": filter, "ack_policy": "explicit" });
        js.add_consumer("TEST", filtered("interest.>")).await?;
        for n in 0..10 {
            js.store(&format!("interest.{n}"), &n.to_string()).await?;
        }
        assert_eq!(js.held("TEST").msgs, 10);
        js.update_consumer("TEST", filtered("interest.1")).await?;
        assert_eq!(js.held("TEST").msgs, 1);
        Ok(())
    })
}

go_test!(
    1704,
    "jetstream_test",
    "TestJetStreamInterestStreamWithFilterSubjectsConsumer",
    interest_with_filter_subjects
);
fn interest_with_filter_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = of_interest(json!({ "subjects": ["interest.>"] })).await?;
        let config = json!({
            "durable_name": "C", "filter_subjects": ["interest.a", "interest.b"],
            "ack_policy": "explicit",
        });
        js.add_consumer("TEST", config).await?;
        for token in ["a", "b", "c"] {
            js.store(&format!("interest.{token}"), "").await?;
        }
        assert_eq!(js.held("TEST").msgs, 2);
        Ok(())
    })
}

go_test!(
    1706,
    "jetstream_test",
    "TestJetStreamAckAllWithLargeFirstSequenceAndNoAckFloorWithInterestPolicy",
    ack_all_with_large_first_sequence_and_interest
);
fn ack_all_with_large_first_sequence_and_interest() -> anyhow::Result<()> {
    block_on(async {
        let js = of_interest(json!({ "subjects": ["foo.>"] })).await?;
        js.purge("TEST", json!({ "seq": 10_000_000_000_u64 }))
            .await?;
        let config = json!({
            "durable_name": "C1", "ack_policy": "all", "filter_subject": "foo.*",
        });
        js.add_consumer("TEST", config).await?;
        js.fill("foo.bar", "hello", 100).await?;
        let messages = js.fetch_all("TEST", "C1", 10).await?;
        within(SECOND / 4, js.ack(&messages[5])).await?;
        within(SECOND / 10, js.state("TEST")).await?;
        js.until_held("TEST", 94).await?;
        Ok(())
    })
}

go_test!(
    1709,
    "jetstream_test",
    "TestJetStreamInterestStreamWithDuplicateMessages",
    interest_with_duplicates
);
fn interest_with_duplicates() -> anyhow::Result<()> {
    block_on(async {
        let js = of_interest(json!({ "subjects": ["interest"] })).await?;
        for duplicate in [Value::Null, json!(true)] {
            let ack = js
                .publish("interest", &[("Nats-Msg-Id", "dedupe")], "")
                .await?;
            assert_eq!((&ack["seq"], &ack["duplicate"]), (&json!(1), &duplicate));
        }
        Ok(())
    })
}

go_test!(
    1753,
    "jetstream_test",
    "TestJetStreamStreamRetentionUpdatesConsumers",
    retention_updates_consumers
);
fn retention_updates_consumers() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for (from, to) in [("limits", "interest"), ("interest", "limits")] {
            let config = json!({ "name": from, "subjects": [from], "retention": from });
            js.add_stream(config.clone()).await?;
            let consumer = json!({ "name": "C", "ack_policy": "explicit" });
            js.add_consumer(from, consumer).await?;
            // What is acknowledged goes under one of them, and not under the other.
            for retention in [from, to] {
                let changed = with(&config, json!({ "retention": retention }));
                js.update(&changed).await?;
                js.store(from, "").await?;
                let before = js.held(from).msgs;
                js.ack(&js.pull(from, "C").await?).await?;
                let left = before - u64::from(retention == "interest");
                js.until_held(from, left).await?;
                js.synced().await?;
                assert_eq!(js.held(from).msgs, left);
            }
        }
        Ok(())
    })
}

go_test!(
    1783,
    "jetstream_test",
    "TestJetStreamCleanupNoInterestAboveThreshold",
    cleanup_above_threshold
);
fn cleanup_above_threshold() -> anyhow::Result<()> {
    const EACH: u64 = 100_000;
    block_on(async {
        let js = of_interest(json!({ "subjects": ["a", "b"] })).await?;
        for (name, subject) in [("A", "a"), ("B", "b")] {
            let config = json!({ "durable_name": name, "filter_subject": subject });
            js.add_consumer("TEST", config).await?;
        }
        let stream = js.stream("TEST");
        tokio::task::spawn_blocking(move || {
            for subject in [b"a", b"b"] {
                for _ in 0..EACH {
                    stream.store().store_msg(subject, b"", b"", 0).unwrap();
                }
            }
        })
        .await?;
        assert_eq!(js.held("TEST").msgs, 2 * EACH);
        js.delete_consumer("TEST", "A").await?;
        let gone = eventually_within(60 * SECOND, "what only one wanted is gone", async || {
            Ok((js.held("TEST").msgs == EACH).then_some(()))
        });
        within(4 * SECOND, gone).await
    })
}

go_test!(
    1736,
    "jetstream_test",
    "TestJetStreamInterestMaxDeliveryReached",
    interest_max_delivery_reached
);
fn interest_max_delivery_reached() -> anyhow::Result<()> {
    block_on(async {
        for (nak, fetch) in [(true, true), (true, false), (false, true), (false, false)] {
            let js = of_interest(json!({ "subjects": ["test"] })).await?;
            let config = json!({
                "durable_name": "C", "ack_policy": "explicit", "ack_wait": millis(1_000),
                "max_deliver": 1,
            });
            js.add_consumer("TEST", config).await?;
            js.store("test", "hello").await?;
            assert_eq!(js.held("TEST").msgs, 1);
            let message = js.pull("TEST", "C").await?;
            if nak {
                js.respond_sync(&message, "-NAK").await?;
            }
            assert_eq!(js.consumer("TEST", "C").await?["num_ack_pending"], 1);
            // It is given up by its time, or when somebody asks for it.
            if fetch {
                elapse_async(SECOND, "the last delivery is past its time").await;
            }
            assert!(js.fetch("TEST", "C", 1, SECOND / 4).await?.is_empty());
            let none = |info: &Value| info["num_ack_pending"] == 0;
            js.until_consumer("TEST", "C", "it is given up", none)
                .await?;
            assert!(js.fetch("TEST", "C", 1, SECOND / 4).await?.is_empty());
            // And kept, although another acknowledges it.
            assert_eq!(js.held("TEST").msgs, 1);
            let other = json!({ "durable_name": "C2", "ack_policy": "explicit" });
            js.add_consumer("TEST", other).await?;
            js.ack(&js.pull("TEST", "C2").await?).await?;
            js.synced().await?;
            assert_eq!(js.held("TEST").msgs, 1);
        }
        Ok(())
    })
}
