//! Go: `server/jetstream_test.go`: what is delivered again, and what a purge means for
//! it.

use std::time::{Duration, Instant};

use async_nats::Message;
use conformance::client::{block_on, expect_nothing, next};
use conformance::go_test;
use conformance::wait::elapse_async;
use serde_json::{Value, json};

use crate::js_consumer_support::{QUIET, SECOND, millis, take, take_all, text, within};
use crate::js_stream_support::{STORAGES, delivery, with};
use crate::js_support::{Js, status};

/// A stream in memory or in files, with one durable pull consumer called `WQ`, unless
/// it is `null`.
async fn with_worker(stream: Value, consumer: Value) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    js.add_stream(with(&json!({ "name": "DC" }), stream))
        .await?;
    if !consumer.is_null() {
        let named = json!({ "durable_name": "WQ", "ack_policy": "explicit" });
        js.add_consumer("DC", with(&named, consumer)).await?;
    }
    Ok(js)
}

/// Stream sequence, consumer sequence and number of a delivery.
fn of(message: &Message) -> (u64, u64, u64) {
    let delivery = delivery(message).unwrap();
    (delivery.stream_seq, delivery.consumer_seq, delivery.count)
}

/// Checks where a consumer is: delivered and floor as consumer and stream sequence,
/// and what is pending, to come and delivered again.
async fn is_at(
    js: &Js,
    delivered: (u64, u64),
    floor: (u64, u64),
    counts: (u64, u64, u64),
) -> anyhow::Result<()> {
    let info = js.consumer("DC", "WQ").await?;
    let pair = |place: &str| {
        let value = |field| info[place][field].as_u64().unwrap();
        (value("consumer_seq"), value("stream_seq"))
    };
    let count = |field: &str| info[field].as_u64().unwrap();
    assert_eq!(pair("delivered"), delivered, "{info}");
    assert_eq!(pair("ack_floor"), floor, "{info}");
    let (pending, to_come) = (count("num_ack_pending"), count("num_pending"));
    assert_eq!(
        (pending, to_come, count("num_redelivered")),
        counts,
        "{info}"
    );
    Ok(())
}

go_test!(
    1495,
    "jetstream_test",
    "TestJetStreamAckAllRedelivery",
    ack_all_redelivery
);
fn ack_all_redelivery() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(json!({ "storage": storage }), Value::Null).await?;
            js.fill("DC", "Hello World!", 100).await?;
            assert_eq!(js.held("DC").msgs, 100);
            let config = json!({ "name": "C", "ack_policy": "all", "ack_wait": millis(200) });
            let mut deliveries = js.push("DC", config).await?;
            for count in 1..=5 {
                for (seq, message) in (1..=100).zip(take(&mut deliveries, 100).await?) {
                    let (stream_seq, _, delivered) = of(&message);
                    assert_eq!((stream_seq, delivered), (seq, count));
                }
            }
        }
        Ok(())
    })
}

go_test!(
    1505,
    "jetstream_test",
    "TestJetStreamRedeliveryAfterServerRestart",
    redelivery_after_restart
);
fn redelivery_after_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = with_worker(json!({}), Value::Null).await?;
        js.fill("DC", "Hello World!", 25).await?;
        let config = json!({
            "durable_name": "TO", "deliver_subject": "to", "ack_policy": "explicit",
            "ack_wait": millis(1_000),
        });
        let mut deliveries = js.listen("to").await?;
        js.add_consumer("DC", config).await?;
        take(&mut deliveries, 25).await?;
        let js = js.restarted().await?;
        let mut deliveries = js.listen("to").await?;
        for (seq, message) in (1..=25).zip(take(&mut deliveries, 25).await?) {
            let (stream_seq, _, count) = of(&message);
            assert_eq!((stream_seq, count), (seq, 2));
        }
        Ok(())
    })
}

go_test!(
    1516,
    "jetstream_test",
    "TestJetStreamRedeliverCount",
    redeliver_count
);
fn redeliver_count() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(json!({ "storage": storage }), json!({})).await?;
            js.store("DC", "OK!").await?;
            assert_eq!(js.held("DC").msgs, 1);
            for n in 1..=10 {
                let message = js.pull("DC", "WQ").await?;
                assert_eq!(of(&message), (1, n, n));
                js.respond(&message, "-NAK").await?;
            }
        }
        Ok(())
    })
}

go_test!(
    1517,
    "jetstream_test",
    "TestJetStreamRedeliverAndLateAck",
    late_ack
);
fn late_ack() -> anyhow::Result<()> {
    block_on(async {
        let wait = json!({ "ack_wait": millis(100) });
        let js = with_worker(json!({ "storage": "memory" }), wait).await?;
        js.store("DC", "Hello World!").await?;
        let message = js.pull("DC", "WQ").await?;
        elapse_async(Duration::from_millis(150), "the acknowledgement is late").await;
        js.ack(&message).await?;
        let mut answers = js.asked("DC", "WQ", Value::Null).await?;
        expect_nothing(&mut answers, 2 * QUIET).await
    })
}

go_test!(
    1518,
    "jetstream_test",
    "TestJetStreamPendingNextTimer",
    pending_next_timer
);
fn pending_next_timer() -> anyhow::Result<()> {
    block_on(async {
        let stream = json!({ "storage": "memory", "subjects": ["ORDERS.*"] });
        let consumer = json!({ "filter_subject": "ORDERS.test", "ack_wait": millis(100) });
        let js = with_worker(stream, consumer).await?;
        for round in 0..3 {
            js.fill("ORDERS.test", "Hello World!", 2).await?;
            // Those of earlier rounds come again as well.
            for _ in 0..2 * (round + 1) {
                js.pull("DC", "WQ").await?;
            }
            elapse_async(Duration::from_millis(200), "messages become due again").await;
        }
        Ok(())
    })
}

go_test!(
    1519,
    "jetstream_test",
    "TestJetStreamCanNotNakAckd",
    can_not_nak_what_is_acknowledged
);
fn can_not_nak_what_is_acknowledged() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(json!({ "storage": storage }), json!({})).await?;
            js.fill("DC", "OK!", 10).await?;
            assert_eq!(js.held("DC").msgs, 10);
            let mut messages = Vec::new();
            for seq in 1..=10 {
                let message = js.pull("DC", "WQ").await?;
                if seq % 2 == 0 {
                    js.respond(&message, "").await?;
                }
                messages.push(message);
            }
            let mut answers = js.asked("DC", "WQ", Value::Null).await?;
            for message in messages.iter().skip(1).step_by(2) {
                js.respond_sync(message, "-NAK").await?;
            }
            // Nor what there is not.
            let unknown = "$JS.ACK.DC.WQ.1.22.22.1.0";
            js.client.request(unknown, "-NAK".into()).await?;
            expect_nothing(&mut answers, QUIET).await?;
            // One that is pending can be.
            js.respond(&messages[2], "-NAK").await?;
            assert_eq!(of(&next(&mut answers).await?), (3, 11, 2));
        }
        Ok(())
    })
}

go_test!(
    1521,
    "jetstream_test",
    "TestJetStreamStreamPurgeWithConsumer",
    purge_with_consumer
);
fn purge_with_consumer() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(json!({ "storage": storage }), json!({})).await?;
            js.fill("DC", "OK!", 100).await?;
            assert_eq!(js.held("DC").msgs, 100);
            for message in js.fetch_all("DC", "WQ", 50).await? {
                js.respond_sync(&message, "").await?;
            }
            js.fetch_all("DC", "WQ", 25).await?;
            is_at(&js, (75, 75), (50, 50), (25, 25, 0)).await?;
            js.purge("DC", Value::Null).await?;
            assert_eq!(js.held("DC").msgs, 0);
            is_at(&js, (75, 100), (75, 100), (0, 0, 0)).await?;
            js.store("DC", "OK-22").await?;
            assert_eq!(text(&js.pull("DC", "WQ").await?), "OK-22");
        }
        Ok(())
    })
}

go_test!(
    1522,
    "jetstream_test",
    "TestJetStreamStreamPurgeWithConsumerAndRedelivery",
    purge_with_consumer_and_redelivery
);
fn purge_with_consumer_and_redelivery() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let wait = json!({ "ack_wait": millis(20) });
            let js = with_worker(json!({ "storage": storage }), wait).await?;
            js.fill("DC", "OK!", 100).await?;
            let mut deliveries = js.asked("DC", "WQ", json!(50)).await?;
            take(&mut deliveries, 50).await?;
            // Until they are due again.
            elapse_async(Duration::from_millis(60), "messages become due again").await;
            js.purge("DC", Value::Null).await?;
            assert_eq!(js.held("DC").msgs, 0);
            is_at(&js, (50, 100), (50, 100), (0, 0, 0)).await?;
            js.store("DC", "OK-22").await?;
            assert_eq!(text(&js.pull("DC", "WQ").await?), "OK-22");
        }
        Ok(())
    })
}

go_test!(
    1545,
    "jetstream_test",
    "TestJetStreamNextMsgNoInterest",
    next_message_without_interest
);
fn next_message_without_interest() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(json!({ "storage": storage }), json!({})).await?;
            // Requests that nobody waits for any more.
            let gone = async |count: usize| {
                for _ in 0..count {
                    js.asked("DC", "WQ", Value::Null)
                        .await?
                        .unsubscribe()
                        .await?;
                }
                anyhow::Ok(())
            };
            gone(1).await?;
            js.store("DC", "OK").await?;
            js.respond(&js.pull("DC", "WQ").await?, "").await?;
            gone(10).await?;
            js.fill("DC", "OK", 10).await?;
            for seq in 2..=11 {
                let message = js.pull("DC", "WQ").await?;
                assert_eq!(of(&message).0, seq);
                js.respond_sync(&message, "").await?;
            }
            is_at(&js, (11, 11), (11, 11), (0, 0, 0)).await?;
        }
        Ok(())
    })
}

go_test!(
    1592,
    "jetstream_test",
    "TestJetStreamPurgeEffectsConsumerDelivery",
    purge_affects_delivery
);
fn purge_affects_delivery() -> anyhow::Result<()> {
    block_on(async {
        let js = with_worker(json!({ "subjects": ["foo.*"] }), Value::Null).await?;
        js.store("foo.a", "show once").await?;
        let config = json!({
            "name": "C", "filter_subject": "foo.*", "ack_policy": "explicit",
            "ack_wait": millis(250),
        });
        let mut deliveries = js.push("DC", config).await?;
        assert_eq!(text(&next(&mut deliveries).await?), "show once");
        js.purge("DC", Value::Null).await?;
        js.store("foo.b", "show twice?").await?;
        let mut seen = 0;
        while seen < 2 {
            // The first may have been on its way again when it was purged.
            seen += usize::from(text(&next(&mut deliveries).await?) == "show twice?");
        }
        Ok(())
    })
}

go_test!(
    1613,
    "jetstream_test",
    "TestJetStreamNakRedeliveryWithNoWait",
    nak_redelivery_with_no_wait
);
fn nak_redelivery_with_no_wait() -> anyhow::Result<()> {
    block_on(async {
        let config = json!({
            "max_deliver": 3, "ack_wait": millis(60_000),
            "backoff": [millis(5_000), millis(10_000)],
        });
        let js = with_worker(json!({ "subjects": ["foo"] }), config).await?;
        js.store("foo", "NAK").await?;
        let message = js.pull("DC", "WQ").await?;
        js.respond_sync(&message, "-NAK  {\"delay\":500000000}")
            .await?;
        let refused = Instant::now();
        loop {
            let mut answers = js
                .asked("DC", "WQ", json!({ "batch": 1, "no_wait": true }))
                .await?;
            let answer = next(&mut answers).await?;
            if status(&answer).0 == 0 {
                assert_eq!((text(&answer).as_str(), of(&answer).2), ("NAK", 2));
                break;
            }
            assert_eq!(status(&answer).0, 404);
            elapse_async(
                Duration::from_millis(50),
                "the delay of the message goes on",
            )
            .await;
        }
        let elapsed = refused.elapsed();
        assert!(elapsed >= SECOND / 2 && elapsed < 4 * SECOND, "{elapsed:?}");
        Ok(())
    })
}

go_test!(
    1679,
    "jetstream_test",
    "TestJetStreamPartialPurgeWithAckPending",
    partial_purge_with_ack_pending
);
fn partial_purge_with_ack_pending() -> anyhow::Result<()> {
    block_on(async {
        let wait = json!({ "ack_wait": millis(1_000) });
        let js = with_worker(json!({ "subjects": ["foo"] }), wait).await?;
        js.fill("foo", "OK", 100).await?;
        js.fetch_all("DC", "WQ", 100).await?;
        js.purge("DC", json!({ "keep": 50 })).await?;
        elapse_async(2 * SECOND, "messages would be due again").await;
        is_at(&js, (100, 100), (50, 50), (50, 0, 0)).await?;
        js.fill("foo", "OK", 100).await?;
        is_at(&js, (100, 100), (50, 50), (50, 100, 0)).await?;
        let messages = js.fetch_all("DC", "WQ", 50).await?;
        is_at(&js, (150, 100), (50, 50), (50, 100, 50)).await?;
        for message in &messages {
            js.respond_sync(message, "").await?;
        }
        is_at(&js, (150, 100), (150, 100), (0, 100, 0)).await?;
        for message in js.fetch_all("DC", "WQ", 100).await? {
            js.respond_sync(&message, "").await?;
        }
        is_at(&js, (250, 200), (250, 200), (0, 0, 0)).await
    })
}

go_test!(
    1680,
    "jetstream_test",
    "TestJetStreamPurgeWithRedeliveredPending",
    purge_with_redelivered_pending
);
fn purge_with_redelivered_pending() -> anyhow::Result<()> {
    block_on(async {
        let wait = json!({ "ack_wait": millis(1_000) });
        let js = with_worker(json!({ "subjects": ["foo"] }), wait).await?;
        js.fill("foo", "OK", 100).await?;
        for _ in 0..2 {
            let mut deliveries = js.asked("DC", "WQ", json!(100)).await?;
            take_all(&mut deliveries, 100).await?;
        }
        js.purge("DC", Value::Null).await?;
        is_at(&js, (200, 100), (200, 100), (0, 0, 0)).await
    })
}

go_test!(
    1698,
    "jetstream_test",
    "TestJetStreamSubjectFilteredPurgeClearsPendingAcks",
    filtered_purge_clears_pending_acks
);
fn filtered_purge_clears_pending_acks() -> anyhow::Result<()> {
    block_on(async {
        let js = with_worker(json!({ "subjects": ["foo", "bar"] }), Value::Null).await?;
        for _ in 0..5 {
            js.store("foo", "OK").await?;
            js.store("bar", "OK").await?;
        }
        let config = json!({ "name": "WQ", "ack_policy": "explicit", "max_ack_pending": 10 });
        let counts = |info: &Value| (info["num_pending"].clone(), info["num_ack_pending"].clone());
        let is = |pending: u64, unacknowledged: u64| (json!(pending), json!(unacknowledged));
        let made = js.add_consumer("DC", config).await?;
        assert_eq!(counts(&made), is(10, 0));
        js.fetch_all("DC", "WQ", 10).await?;
        assert_eq!(counts(&js.consumer("DC", "WQ").await?), is(0, 10));
        js.purge("DC", json!({ "filter": "foo" })).await?;
        assert_eq!(counts(&js.consumer("DC", "WQ").await?), is(0, 5));
        js.fill("foo", "OK", 5).await?;
        js.fetch_all("DC", "WQ", 5).await?;
        assert_eq!(counts(&js.consumer("DC", "WQ").await?), is(0, 10));
        Ok(())
    })
}

go_test!(
    1705,
    "jetstream_test",
    "TestJetStreamAckAllWithLargeFirstSequenceAndNoAckFloor",
    ack_all_with_large_first_sequence
);
fn ack_all_with_large_first_sequence() -> anyhow::Result<()> {
    block_on(async {
        let js = with_worker(json!({ "subjects": ["foo.>"] }), Value::Null).await?;
        js.purge("DC", json!({ "seq": 10_000_000_000_u64 })).await?;
        js.fill("foo.bar", "hello", 100).await?;
        for (name, acknowledged) in [("C1", 9), ("C2", 5)] {
            let config = json!({
                "durable_name": name, "ack_policy": "all", "filter_subject": "foo.*",
            });
            js.add_consumer("DC", config).await?;
            let messages = js.fetch_all("DC", name, 10).await?;
            within(SECOND / 4, js.ack(&messages[acknowledged])).await?;
            within(SECOND / 10, js.fetch_all("DC", name, 10)).await?;
            within(SECOND / 4, js.state("DC")).await?;
            let info = js.consumer("DC", name).await?;
            assert_eq!(info["num_ack_pending"], 20 - acknowledged - 1);
        }
        Ok(())
    })
}

go_test!(
    1738,
    "jetstream_test",
    "TestJetStreamMaxDeliveryRedeliveredReporting",
    max_delivery_redelivered_reporting
);
fn max_delivery_redelivered_reporting() -> anyhow::Result<()> {
    block_on(async {
        let config = |max: i64| {
            json!({
                "durable_name": "WQ", "ack_policy": "explicit", "ack_wait": millis(250),
                "max_deliver": max,
            })
        };
        let js = with_worker(json!({ "subjects": ["foo"] }), config(1)).await?;
        js.store("foo", "").await?;
        assert_eq!(js.held("DC").msgs, 1);
        let counts = |info: &Value| {
            let count = |field: &str| info[field].as_u64().unwrap();
            (count("num_ack_pending"), count("num_redelivered"))
        };
        js.pull("DC", "WQ").await?;
        assert_eq!(counts(&js.consumer("DC", "WQ").await?), (1, 0));
        let none = |info: &Value| info["num_ack_pending"] == 0;
        let info = js
            .until_consumer("DC", "WQ", "it is given up", none)
            .await?;
        assert_eq!(counts(&info), (0, 0));
        assert!(js.fetch("DC", "WQ", 1, SECOND / 4).await?.is_empty());
        // With more deliveries it is told that there was one too many.
        for max in [2, -1] {
            let info = js.update_consumer("DC", config(max)).await?;
            assert_eq!(counts(&info), (0, 1));
        }
        Ok(())
    })
}
