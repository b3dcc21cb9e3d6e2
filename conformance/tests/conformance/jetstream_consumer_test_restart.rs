//! Go: `server/jetstream_consumer_test.go`: what a consumer knows after a restart.

use std::fs;
use std::time::Duration;

use conformance::client::{block_on, expect_nothing, next};
use conformance::effort::effort;
use conformance::go_test;
use nats_server::jetstream::model::StreamState;
use serde_json::{Value, json};

use crate::js_consumer_support::{SECOND, millis, take};
use crate::js_stream_support::{delivery, stream_dir, with_stream};
use crate::js_support::{Js, eventually};

go_test!(
    1269,
    "jetstream_consumer_test",
    "TestJetStreamConsumerEphemeralRecoveryAfterServerRestart",
    ephemeral_recovery
);
fn ephemeral_recovery() -> anyhow::Result<()> {
    block_on(async {
        let mut js = with_stream(json!({})).await?;
        let mut deliveries = js.listen("to").await?;
        let config = json!({
            "deliver_subject": "to", "ack_policy": "explicit", "inactive_threshold": millis(500),
        });
        let made = js.add_consumer("TEST", config).await?;
        let name = made["name"].as_str().unwrap().to_owned();
        js.fill("TEST", "Hello World!", 100).await?;
        assert_eq!(js.held("TEST").msgs, 100);
        for message in take(&mut deliveries, 7).await? {
            js.respond_sync(&message, "").await?;
        }
        for _ in 0..2 {
            js = js.restarted().await?;
            let _listening = js.listen("to").await?;
            let is = |info: &Value| info["push_bound"] == true;
            let info = js.until_consumer("TEST", &name, "it is active", is).await?;
            assert!(info["config"]["durable_name"].is_null());
            assert_eq!(info["ack_floor"]["stream_seq"], 7);
        }
        // Nobody listens any more, and so it goes.
        js.until_inactive("TEST", &name).await?;
        eventually("it is gone", async || {
            Ok((js.consumers_of("TEST").await? == 0).then_some(()))
        })
        .await
    })
}

go_test!(
    1270,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMaxDeliveryAndServerRestart",
    max_delivery_and_restart
);
fn max_delivery_and_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        let config = json!({
            "durable_name": "TO", "deliver_subject": "D.TO", "ack_policy": "explicit",
            "ack_wait": millis(300), "max_deliver": 3,
        });
        js.add_consumer("TEST", config).await?;
        let created = (
            js.stream("TEST").created(),
            js.handle("TEST", "TO").created(),
        );
        let mut counts = [0_u64; 3];
        // Counts deliveries, each of which is one more than the last.
        let mut count = |messages: Vec<async_nats::Message>| {
            for message in messages {
                let delivery = delivery(&message).unwrap();
                let at = usize::try_from(delivery.stream_seq).unwrap() - 1;
                counts[at] += 1;
                assert_eq!(delivery.count, counts[at], "message {}", at + 1);
            }
            counts
        };
        let mut deliveries = js.listen("D.TO").await?;
        js.store("TEST", "order-1").await?;
        assert_eq!(count(take(&mut deliveries, 3).await?), [3, 0, 0]);
        js.store("TEST", "order-2").await?;
        assert_eq!(count(take(&mut deliveries, 2).await?), [3, 2, 0]);
        let js = js.restarted().await?;
        assert_eq!(js.held("TEST").msgs, 2);
        let mut deliveries = js.listen("D.TO").await?;
        assert_eq!(count(take(&mut deliveries, 1).await?), [3, 3, 0]);
        js.store("TEST", "order-3").await?;
        assert_eq!(count(take(&mut deliveries, 1).await?), [3, 3, 1]);
        let js = js.restarted().await?;
        assert_eq!(js.held("TEST").msgs, 3);
        let mut deliveries = js.listen("D.TO").await?;
        assert_eq!(count(take(&mut deliveries, 2).await?), [3, 3, 3]);
        expect_nothing(&mut deliveries, SECOND).await?;
        let now = (
            js.stream("TEST").created(),
            js.handle("TEST", "TO").created(),
        );
        assert_eq!(now, created);
        Ok(())
    })
}

go_test!(
    1271,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDeleteAndServerRestart",
    delete_and_restart
);
fn delete_and_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        let config = json!({ "durable_name": "WQ", "ack_policy": "explicit" });
        js.add_consumer("TEST", config).await?;
        js.delete_consumer("TEST", "WQ").await?;
        assert_eq!(js.consumers_of("TEST").await?, 0);
        let js = js.restarted().await?;
        assert_eq!(js.consumers_of("TEST").await?, 0);
        Ok(())
    })
}

go_test!(
    1295,
    "jetstream_consumer_test",
    "TestJetStreamConsumerUpdateSurvival",
    update_survival
);
fn update_survival() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        let limited = |max: u64| json!({ "durable_name": "dlc", "ack_policy": "explicit", "max_ack_pending": max });
        js.add_consumer("TEST", limited(1024)).await?;
        let changed = js.update_consumer("TEST", limited(22)).await?;
        assert_eq!(changed["config"]["max_ack_pending"], 22);
        let js = js.restarted().await?;
        let info = js.consumer("TEST", "dlc").await?;
        assert_eq!(info["config"]["max_ack_pending"], 22);
        Ok(())
    })
}

go_test!(
    1302,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDeliverNewNotConsumingBeforeRestart",
    deliver_new_not_consuming_before_restart
);
fn deliver_new_not_consuming_before_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo"] })).await?;
        let config = json!({
            "durable_name": "dur", "deliver_subject": "to", "ack_policy": "explicit",
            "deliver_policy": "new", "filter_subject": "foo",
        });
        js.add_consumer("TEST", config).await?;
        js.fill("foo", "msg", 10).await?;
        let pending = async |js: &Js, count: u64| {
            let is = move |info: &Value| info["num_pending"] == count;
            js.until_consumer("TEST", "dur", "messages are to come", is)
                .await
        };
        pending(&js, 10).await?;
        let js = js.restarted().await?;
        pending(&js, 10).await?;
        let mut deliveries = js.listen("to").await?;
        for message in take(&mut deliveries, 10).await? {
            js.ack(&message).await?;
        }
        pending(&js, 0).await?;
        Ok(())
    })
}

go_test!(
    1308,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDeliverNewMaxRedeliveriesAndServerRestart",
    deliver_new_max_redeliveries_and_restart
);
fn deliver_new_max_redeliveries_and_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo.*"] })).await?;
        let config = json!({
            "durable_name": "dur", "deliver_subject": "to", "ack_policy": "explicit",
            "deliver_policy": "new", "max_deliver": 3, "ack_wait": millis(250),
            "filter_subject": "foo.bar",
        });
        js.add_consumer("TEST", config).await?;
        js.store("foo.bar", "msg").await?;
        let mut deliveries = js.listen("to").await?;
        take(&mut deliveries, 3).await?;
        expect_nothing(&mut deliveries, Duration::from_millis(600)).await?;
        let js = js.restarted().await?;
        let mut deliveries = js.listen("to").await?;
        expect_nothing(&mut deliveries, SECOND).await
    })
}

go_test!(
    1309,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPendingLowerThanStreamFirstSeq",
    pending_lower_than_first_sequence
);
fn pending_lower_than_first_sequence() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo"] })).await?;
        js.fill("foo", "msg", 10).await?;
        let config = json!({
            "durable_name": "dur", "deliver_subject": "to", "ack_policy": "explicit",
            "idle_heartbeat": millis(100),
        });
        js.add_consumer("TEST", config).await?;
        let mut deliveries = js.listen("to").await?;
        for message in take(&mut deliveries, 10).await? {
            js.ack(&message).await?;
        }
        // Behind the consumer's back.
        js.stream("TEST").store().compact(1_000_000)?;
        let js = js.restarted().await?;
        let mut state = StreamState::default();
        js.stream("TEST").store().fast_state(&mut state);
        assert_eq!((state.first_seq, state.last_seq), (1_000_000, 999_999));
        let mut deliveries = js.listen("to").await?;
        // A heartbeat tells where it is, and its information what was delivered.
        let heartbeat = next(&mut deliveries).await?;
        let last = crate::js_support::header(&heartbeat, "Nats-Last-Stream");
        assert_eq!(last, "999999");
        let info = js.consumer("TEST", "dur").await?;
        assert_eq!(info["num_ack_pending"], 0);
        assert_eq!(info["delivered"]["stream_seq"], 10);
        js.store("foo", "msg").await?;
        let message = loop {
            let message = next(&mut deliveries).await?;
            if message.status.is_none() {
                break message;
            }
        };
        assert_eq!(delivery(&message)?.stream_seq, 1_000_000);
        Ok(())
    })
}

go_test!(
    1336,
    "jetstream_consumer_test",
    "TestJetStreamConsumerInfoNumPending",
    info_num_pending
);
fn info_num_pending() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["js.in.limits"], "max_msgs": 100 })).await?;
        let config = json!({
            "name": "PULL", "ack_policy": "explicit", "inactive_threshold": millis(60_000),
        });
        js.add_consumer("TEST", config).await?;
        js.fill("js.in.limits", "x", 1_000).await?;
        let is = |info: &Value| info["num_pending"] == 100;
        js.until_consumer("TEST", "PULL", "a hundred are to come", is)
            .await?;
        let js = js.restarted().await?;
        assert_eq!(js.consumer("TEST", "PULL").await?["num_pending"], 100);
        Ok(())
    })
}

go_test!(
    1371,
    "jetstream_consumer_test",
    "TestJetStreamConsumerWithCorruptStateIsDeleted",
    corrupt_state_is_deleted
);
fn corrupt_state_is_deleted() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo"] })).await?;
        js.add_consumer("TEST", json!({ "durable_name": "DURABLE" }))
            .await?;
        let names = async |js: &Js| {
            let names = js.api("CONSUMER.NAMES.TEST", Value::Null).await?;
            anyhow::Ok(names["consumers"].clone())
        };
        assert_eq!(names(&js).await?, json!(["DURABLE"]));
        js.consumer("TEST", "DURABLE").await?;
        let js = js
            .restarted_after(|directory| {
                let state = stream_dir(directory, "TEST").join("obs/DURABLE/o.dat");
                let len = usize::try_from(fs::metadata(&state)?.len()).unwrap();
                assert!(len > 0);
                fs::write(state, vec![0; len])
            })
            .await?;
        assert_eq!(names(&js).await?, json!([]));
        let info = js.api("CONSUMER.INFO.TEST.DURABLE", Value::Null).await?;
        assert_eq!(crate::js_support::err_code(&info), 10014, "{info}");
        Ok(())
    })
}

go_test!(
    1370,
    "jetstream_consumer_test",
    "TestJetStreamConsumerEfficientInterestStateCheck",
    check_over_a_gap
);
fn check_over_a_gap() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "retention": "interest", "subjects": ["foo"] });
        js.add_stream(config).await?;
        let config = json!({ "durable_name": "CONSUMER", "ack_policy": "explicit" });
        js.add_consumer("TEST", config).await?;
        let stream = js.stream("TEST");
        let store = stream.store();
        store.store_msg(b"foo", b"", b"", 0)?;
        store.store_msg(b"foo", b"", b"", 0)?;
        store.skip_msgs(3, 10_000_000)?;
        store.store_msg(b"foo", b"", b"", 0)?;
        // The others are delivered too, and what lies between them is looked at.
        let messages = js.fetch_all("TEST", "CONSUMER", 3).await?;
        js.respond_sync(&messages[0], "").await?;
        let ((), took) = effort(|| stream.release_unwanted());
        assert!(took < Duration::from_millis(50), "{took:?}");
        assert_eq!(js.held("TEST").msgs, 2);
        Ok(())
    })
}
