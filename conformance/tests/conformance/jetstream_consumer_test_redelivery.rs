//! Go: `server/jetstream_consumer_test.go`: acknowledgements, and what is delivered
//! again.

use std::time::{Duration, Instant};

use async_nats::Message;
use conformance::client::{block_on, expect_nothing, next};
use conformance::go_test;
use serde_json::{Value, json};

use crate::js_consumer_support::{QUIET, SECOND, millis, take, take_all, text};
use crate::js_stream_support::{STORAGES, delivery, with};
use crate::js_support::{Js, err_code, eventually, eventually_within};

/// A stream with one durable consumer called `dur`, unless it is `null`.
async fn with_consumer(stream: Value, config: Value) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    let name = json!({ "name": "TEST" });
    js.add_stream(with(&name, stream)).await?;
    if !config.is_null() {
        let durable = json!({ "durable_name": "dur", "ack_policy": "explicit" });
        js.add_consumer("TEST", with(&durable, config)).await?;
    }
    Ok(js)
}

fn subjects(subjects: &[&str]) -> Value {
    json!({ "subjects": subjects })
}

/// Stream sequence, consumer sequence and number of a delivery.
fn of(message: &Message) -> (u64, u64, u64) {
    let delivery = delivery(message).unwrap();
    (delivery.stream_seq, delivery.consumer_seq, delivery.count)
}

go_test!(
    1238,
    "jetstream_consumer_test",
    "TestJetStreamConsumerStuckAckPending",
    stuck_pending
);
/// Items that are put off until they expire, each replaced soon by one that expires
/// earlier.
fn stuck_pending() -> anyhow::Result<()> {
    const COUNT: usize = 25_000;
    fn expiry(after: Duration) -> String {
        let at = jiff::Timestamp::now() + after;
        at.as_nanosecond().to_string()
    }
    async fn work(js: &Js) -> anyhow::Result<()> {
        loop {
            for message in js.fetch("TEST", "dur", 200, SECOND).await? {
                let left = text(&message).parse::<i128>()?;
                let left = left - jiff::Timestamp::now().as_nanosecond();
                let answer = match left > 0 {
                    true => format!("-NAK {{\"delay\": {left}}}"),
                    false => "+ACK".to_owned(),
                };
                js.respond(&message, &answer).await?;
            }
        }
    }
    block_on(async {
        let stream = json!({ "subjects": ["items.>"], "max_msgs_per_subject": 1 });
        let config = json!({
            "max_ack_pending": -1, "max_waiting": 20_000, "ack_wait": millis(15_000),
        });
        let js = with_consumer(stream, config).await?;
        let check = async {
            for n in 0..COUNT {
                let subject = format!("items.{n}");
                js.store(&subject, &expiry(Duration::from_secs(30))).await?;
                js.store(&subject, &expiry(3 * SECOND)).await?;
            }
            eventually_within(60 * SECOND, "all are done with", async || {
                let info = js.consumer("TEST", "dur").await?;
                let open = &info["num_ack_pending"];
                Ok((*open == 0 && info["num_pending"] == 0).then_some(()))
            })
            .await
        };
        tokio::select! {
            checked = check => checked,
            worked = work(&js) => worked,
        }
    })
}

go_test!(
    1252,
    "jetstream_consumer_test",
    "TestJetStreamConsumerBackoffNotRespectedWithMultipleInflightRedeliveries",
    backoff_with_several_in_flight
);
fn backoff_with_several_in_flight() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(subjects(&["events.>"]), Value::Null).await?;
        let backoff = [SECOND, 3 * SECOND];
        let config = json!({
            "name": "C", "max_deliver": 3, "ack_policy": "explicit",
            "backoff": [millis(1_000), millis(3_000)],
        });
        let mut deliveries = js.push("TEST", config).await?;
        // How long after the message a delivery comes, give or take.
        let in_time = |count: u64, since: Instant| {
            let count = usize::try_from(count).unwrap() - 1;
            let due: Duration = backoff.iter().take(count).sum();
            let elapsed = since.elapsed();
            assert!(elapsed >= due, "delivery {count} after {elapsed:?}");
            assert!(elapsed < due + SECOND, "delivery {count} after {elapsed:?}");
        };
        let first_sent = Instant::now();
        js.store("events.first", "msg-1").await?;
        for count in 1..=2 {
            assert_eq!(of(&next(&mut deliveries).await?).2, count);
            in_time(count, first_sent);
        }
        // The first waits for long now, and the second for a short time.
        let second_sent = Instant::now();
        js.store("events.second", "msg-2").await?;
        loop {
            let message = next(&mut deliveries).await?;
            let count = of(&message).2;
            if message.subject.as_str() == "events.first" {
                in_time(3, first_sent);
                continue;
            }
            in_time(count, second_sent);
            if count == 3 {
                return Ok(());
            }
        }
    })
}

go_test!(
    1253,
    "jetstream_consumer_test",
    "TestJetStreamConsumerBackoffWhenBackoffLengthIsEqualToMaxDeliverConfig",
    backoff_as_long_as_max_deliver
);
fn backoff_as_long_as_max_deliver() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(subjects(&["events.>"]), Value::Null).await?;
        let config = json!({
            "name": "C", "max_deliver": 3, "ack_policy": "explicit",
            "backoff": [millis(500), millis(1_000), millis(1_500)],
        });
        let mut deliveries = js.push("TEST", config).await?;
        let sent = Instant::now();
        js.store("events.first", "msg-1").await?;
        for (count, due) in [(1, 0), (2, 500), (3, 1_500)] {
            assert_eq!(of(&next(&mut deliveries).await?).2, count);
            let (due, elapsed) = (Duration::from_millis(due), sent.elapsed());
            assert!(elapsed >= due && elapsed < due + SECOND, "{elapsed:?}");
        }
        expect_nothing(&mut deliveries, 2 * SECOND).await
    })
}

go_test!(
    1254,
    "jetstream_consumer_test",
    "TestJetStreamConsumerRetryAckAfterTimeout",
    retry_ack_after_timeout
);
fn retry_ack_after_timeout() -> anyhow::Result<()> {
    block_on(async {
        for policy in ["explicit", "all"] {
            let js = with_consumer(subjects(&["foo"]), json!({ "ack_policy": policy })).await?;
            js.store("foo", "").await?;
            let message = js.pull("TEST", "dur").await?;
            for _ in 0..2 {
                js.respond_sync(&message, "").await?;
            }
            assert_eq!(js.consumer("TEST", "dur").await?["num_ack_pending"], 0);
        }
        Ok(())
    })
}

go_test!(
    1257,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDeliveryCount",
    delivery_count
);
fn delivery_count() -> anyhow::Result<()> {
    block_on(async {
        let config = json!({ "ack_wait": millis(500), "max_deliver": 1 });
        let js = with_consumer(subjects(&["foo"]), config).await?;
        js.fill("foo", "", 2).await?;
        let mut advisories = js
            .listen("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.TEST.dur")
            .await?;
        let messages = js.fetch_all("TEST", "dur", 2).await?;
        js.respond(&messages[1], "-NAK").await?;
        // There is no second delivery, refused or not.
        let wait = Duration::from_millis(250);
        assert!(js.fetch("TEST", "dur", 1, wait).await?.is_empty());
        for seq in [2, 1] {
            let advisory = next(&mut advisories).await?;
            let advisory: Value = serde_json::from_slice(&advisory.payload)?;
            assert_eq!(advisory["stream_seq"], seq);
            assert_eq!(advisory["deliveries"], 1);
        }
        assert_eq!(js.consumer("TEST", "dur").await?["num_redelivered"], 0);
        Ok(())
    })
}

go_test!(
    1263,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMaxDeliveries",
    max_deliveries
);
fn max_deliveries() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_consumer(json!({ "storage": storage }), Value::Null).await?;
            js.store("TEST", "Hello World!").await?;
            let config = json!({
                "name": "C", "ack_policy": "explicit", "ack_wait": millis(10), "max_deliver": 5,
            });
            let mut deliveries = js.push("TEST", config).await?;
            let messages = take_all(&mut deliveries, 5).await?;
            let counts: Vec<u64> = messages.iter().map(|message| of(message).2).collect();
            assert_eq!(counts, [1, 2, 3, 4, 5]);
        }
        Ok(())
    })
}

go_test!(
    1265,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullDelayedFirstPullWithReplayOriginal",
    delayed_first_pull_with_replay_original
);
fn delayed_first_pull_with_replay_original() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_consumer(json!({ "storage": storage }), Value::Null).await?;
            js.store("TEST", "Hello World!").await?;
            let config = json!({ "durable_name": "d", "ack_policy": "explicit", "replay_policy": "original" });
            js.add_consumer("TEST", config).await?;
            tokio::time::sleep(Duration::from_millis(250)).await;
            assert_eq!(text(&js.pull("TEST", "d").await?), "Hello World!");
        }
        Ok(())
    })
}

go_test!(
    1266,
    "jetstream_consumer_test",
    "TestJetStreamConsumerAckFloorFill",
    ack_floor_fill
);
fn ack_floor_fill() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_consumer(json!({ "storage": storage }), Value::Null).await?;
            js.fill("TEST", "msg", 4).await?;
            let config = json!({ "durable_name": "d", "ack_policy": "explicit" });
            let mut deliveries = js.push("TEST", config).await?;
            let messages = take(&mut deliveries, 4).await?;
            for message in &messages[1..3] {
                js.respond_sync(message, "").await?;
            }
            let floor = async || {
                let info = js.consumer("TEST", "d").await?;
                anyhow::Ok(info["ack_floor"]["consumer_seq"].clone())
            };
            assert_eq!(floor().await?, 0);
            js.respond_sync(&messages[0], "").await?;
            assert_eq!(floor().await?, 3);
        }
        Ok(())
    })
}

go_test!(
    1267,
    "jetstream_consumer_test",
    "TestJetStreamConsumerAckAck",
    ack_ack
);
fn ack_ack() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!({ "storage": "memory" }), json!({})).await?;
        js.fill("TEST", "Hello World!", 4).await?;
        for kind in ["+ACK", "-NAK", "+WPI", "+TERM"] {
            let message = js.pull("TEST", "dur").await?;
            let reply = message.reply.unwrap();
            let answer = js.client.request(reply, kind.into()).await?;
            assert!(
                answer.payload.is_empty() && answer.status.is_none(),
                "{kind}"
            );
        }
        Ok(())
    })
}

go_test!(
    1283,
    "jetstream_consumer_test",
    "TestJetStreamConsumerUpdateRedelivery",
    update_redelivery
);
fn update_redelivery() -> anyhow::Result<()> {
    const COUNT: u64 = 20;
    block_on(async {
        for storage in STORAGES {
            let config =
                json!({ "subjects": ["foo.>"], "retention": "interest", "storage": storage });
            let js = with_consumer(config, Value::Null).await?;
            let config = json!({
                "durable_name": "dur22", "filter_subject": "foo.bar", "ack_policy": "explicit",
                "ack_wait": millis(1_000), "max_deliver": 3,
            });
            let mut deliveries = js.push("TEST", config.clone()).await?;
            for n in 1..=COUNT {
                js.store("foo.bar", &format!("msg-{n}")).await?;
            }
            assert_eq!(js.held("TEST").msgs, COUNT);
            for message in take(&mut deliveries, 20).await? {
                if of(&message).0.is_multiple_of(4) {
                    js.respond(&message, "").await?;
                }
            }
            deliveries.unsubscribe().await?;
            js.until_inactive("TEST", "dur22").await?;
            js.fill("foo.bar", "more", 20).await?;
            // Elsewhere all that is pending comes again, and then what is new.
            let mut deliveries = js.push("TEST", config.clone()).await?;
            let again: Vec<u64> = (1..=COUNT).filter(|seq| seq % 4 != 0).collect();
            let expected: Vec<(u64, u64)> = again
                .iter()
                .map(|seq| (*seq, 2))
                .chain((COUNT + 1..=2 * COUNT).map(|seq| (seq, 1)))
                .collect();
            let mut got = Vec::new();
            for message in take(&mut deliveries, 35).await? {
                let (seq, _, count) = of(&message);
                got.push((seq, count));
                if seq > COUNT {
                    js.respond(&message, "").await?;
                }
            }
            assert_eq!(got, expected);
            // And what was not acknowledged comes once more.
            let third: Vec<(u64, u64)> = take_all(&mut deliveries, again.len())
                .await?
                .iter()
                .map(|message| (of(message).0, of(message).2))
                .collect();
            let expected: Vec<(u64, u64)> = again.iter().map(|seq| (*seq, 3)).collect();
            assert_eq!(third, expected);
        }
        Ok(())
    })
}

go_test!(
    1284,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMaxAckPending",
    max_ack_pending
);
fn max_ack_pending() -> anyhow::Result<()> {
    const MAX: usize = 33;
    block_on(async {
        for storage in STORAGES {
            let config = json!({ "subjects": ["foo.*"], "storage": storage });
            let js = with_consumer(config, Value::Null).await?;
            let none = json!({
                "durable_name": "d22", "deliver_subject": "to", "ack_policy": "none",
                "max_ack_pending": 1,
            });
            assert_eq!(err_code(&js.try_consumer("TEST", none).await?), 10082);
            js.fill("foo.bar", "MSG", 100).await?;
            let limited = |name| {
                json!({
                    "durable_name": name, "ack_policy": "explicit", "max_ack_pending": MAX,
                })
            };
            let mut deliveries = js.push("TEST", limited("d22")).await?;
            for message in take_all(&mut deliveries, MAX).await? {
                js.respond(&message, "").await?;
            }
            take_all(&mut deliveries, MAX).await?;
            js.delete_consumer("TEST", "d22").await?;
            js.purge("TEST", Value::Null).await?;
            // The same with messages that come while it listens.
            let mut deliveries = js.push("TEST", limited("d33")).await?;
            expect_nothing(&mut deliveries, QUIET).await?;
            js.fill("foo.baz", "MSG", 100).await?;
            take_all(&mut deliveries, MAX).await?;
        }
        Ok(())
    })
}

go_test!(
    1285,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullMaxAckPending",
    pull_max_ack_pending
);
fn pull_max_ack_pending() -> anyhow::Result<()> {
    const MAX: usize = 33;
    block_on(async {
        for storage in STORAGES {
            let config = json!({ "subjects": ["foo.*"], "storage": storage });
            let js = with_consumer(config, json!({ "max_ack_pending": MAX })).await?;
            js.fill("foo.bar", "MSG", 100).await?;
            let mut messages = Vec::new();
            for _ in 0..MAX {
                messages.push(js.pull("TEST", "dur").await?);
            }
            for message in &messages {
                js.respond(message, "").await?;
            }
            let wanted = json!({ "batch": MAX + 10 });
            let mut deliveries = js.asked("TEST", "dur", wanted).await?;
            take_all(&mut deliveries, MAX).await?;
        }
        Ok(())
    })
}

go_test!(
    1286,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullMaxAckPendingRedeliveries",
    pull_max_ack_pending_redeliveries
);
fn pull_max_ack_pending_redeliveries() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let config = json!({ "subjects": ["foo.*"], "storage": storage });
            let js = with_consumer(config, Value::Null).await?;
            js.fill("foo.bar", "MSG", 10).await?;
            let config = json!({
                "durable_name": "d22", "deliver_policy": "by_start_sequence",
                "opt_start_seq": 4, "ack_policy": "explicit", "ack_wait": millis(20),
                "max_ack_pending": 1,
            });
            js.add_consumer("TEST", config).await?;
            for n in 1..=5 {
                let message = js.pull("TEST", "d22").await?;
                assert_eq!(of(&message), (4, n, n));
                assert_eq!(delivery(&message)?.pending, 6);
            }
        }
        Ok(())
    })
}

go_test!(
    1296,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPendingCountWithRedeliveries",
    pending_count_with_redeliveries
);
fn pending_count_with_redeliveries() -> anyhow::Result<()> {
    block_on(async {
        let config = json!({ "ack_wait": millis(50), "max_deliver": 1 });
        let js = with_consumer(subjects(&["foo"]), config).await?;
        for payload in ["msg1", "msg2"] {
            js.store("foo", payload).await?;
            let message = js.pull("TEST", "dur").await?;
            assert_eq!((text(&message), of(&message).2), (payload.to_owned(), 1));
            assert_eq!(js.consumer("TEST", "dur").await?["num_pending"], 0);
            // Until its acknowledgement is not waited for any more.
            let over = |info: &Value| info["num_ack_pending"] == 0;
            js.until_consumer("TEST", "dur", "it is given up", over)
                .await?;
        }
        Ok(())
    })
}

go_test!(
    1298,
    "jetstream_consumer_test",
    "TestJetStreamConsumerAckSampling",
    ack_sampling
);
fn ack_sampling() -> anyhow::Result<()> {
    const COUNT: usize = 500;
    block_on(async {
        let all = json!({ "filter_subject": "foo", "sample_freq": "100%" });
        let js = with_consumer(subjects(&["foo"]), all).await?;
        let mut metrics = js.listen("$JS.EVENT.METRIC.>").await?;
        acknowledged_is_reported(&js, &mut metrics).await?;
        // A share of them.
        let half = json!({
            "durable_name": "alps", "ack_policy": "explicit", "filter_subject": "foo",
            "sample_freq": "50%",
        });
        js.add_consumer("TEST", half).await?;
        js.fill("foo", "Hello", COUNT).await?;
        for message in js.fetch_all("TEST", "alps", COUNT).await? {
            js.ack(&message).await?;
        }
        let mut reported = 0;
        while tokio::time::timeout(QUIET, next(&mut metrics))
            .await
            .is_ok()
        {
            reported += 1;
        }
        assert!((200..=300).contains(&reported), "{reported}");
        Ok(())
    })
}

/// One message is acknowledged, and its metric says so.
async fn acknowledged_is_reported(
    js: &Js,
    metrics: &mut async_nats::Subscriber,
) -> anyhow::Result<()> {
    js.store("foo", "Hello").await?;
    js.ack(&js.pull("TEST", "dur").await?).await?;
    let metric = next(metrics).await?;
    assert_eq!(
        metric.subject.as_str(),
        "$JS.EVENT.METRIC.CONSUMER.ACK.TEST.dur"
    );
    let metric: Value = serde_json::from_slice(&metric.payload)?;
    assert_eq!(metric["type"], "io.nats.jetstream.metric.v1.consumer_ack");
    assert_eq!(metric["stream"], "TEST");
    assert_eq!(metric["consumer"], "dur");
    assert_eq!(metric["consumer_seq"], 1);
    assert_eq!(metric["deliveries"], 1);
    Ok(())
}

go_test!(
    1299,
    "jetstream_consumer_test",
    "TestJetStreamConsumerAckSamplingSpecifiedUsingUpdateConsumer",
    ack_sampling_by_update
);
fn ack_sampling_by_update() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(subjects(&["foo"]), json!({ "filter_subject": "foo" })).await?;
        let sampled = json!({
            "durable_name": "dur", "ack_policy": "explicit", "filter_subject": "foo",
            "sample_freq": "100%",
        });
        js.update_consumer("TEST", sampled).await?;
        let mut metrics = js.listen("$JS.EVENT.METRIC.>").await?;
        acknowledged_is_reported(&js, &mut metrics).await
    })
}

go_test!(
    1300,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMaxDeliverUpdate",
    max_deliver_update
);
fn max_deliver_update() -> anyhow::Result<()> {
    block_on(async {
        let config = |max: u64| {
            json!({
                "durable_name": "ard", "ack_policy": "explicit", "filter_subject": "foo",
                "max_deliver": max,
            })
        };
        let js = with_consumer(subjects(&["foo"]), Value::Null).await?;
        js.add_consumer("TEST", config(2)).await?;
        for max in [2, 3] {
            js.update_consumer("TEST", config(max)).await?;
            js.store("foo", "Hello").await?;
            for count in 1..=max {
                let message = js.pull("TEST", "ard").await?;
                assert_eq!(of(&message).2, count);
                js.respond_sync(&message, "-NAK").await?;
            }
            let wait = Duration::from_millis(200);
            assert!(js.fetch("TEST", "ard", 1, wait).await?.is_empty());
        }
        Ok(())
    })
}

go_test!(
    1316,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleSubjectsAck",
    multiple_subjects_ack
);
fn multiple_subjects_ack() -> anyhow::Result<()> {
    block_on(async {
        let config = json!({ "filter_subjects": ["events", "data"], "num_replicas": 1 });
        let js = with_consumer(subjects(&["events", "data", "other"]), config).await?;
        for subject in ["events", "data", "data", "data", "events", "data", "data"] {
            js.store(subject, "").await?;
        }
        let messages = js.fetch_all("TEST", "dur", 3).await?;
        for message in &messages[..2] {
            js.ack(message).await?;
        }
        let info = js.consumer("TEST", "dur").await?;
        assert_eq!(info["ack_floor"]["consumer_seq"], 2);
        assert_eq!(info["ack_floor"]["stream_seq"], 2);
        assert_eq!(info["num_pending"], 4);
        Ok(())
    })
}

go_test!(
    1324,
    "jetstream_consumer_test",
    "TestJetStreamConsumerAckFloorWithExpired",
    ack_floor_with_expired
);
fn ack_floor_with_expired() -> anyhow::Result<()> {
    const COUNT: usize = 100;
    block_on(async {
        let config = json!({ "subjects": ["foo"], "max_age": millis(2_000) });
        let js = with_consumer(config, json!({ "ack_wait": millis(1_000) })).await?;
        js.fill("foo", "OK", COUNT).await?;
        js.fetch_all("TEST", "dur", COUNT).await?;
        js.until_held("TEST", 0).await?;
        let none = |info: &Value| info["num_ack_pending"] == 0;
        let info = js
            .until_consumer("TEST", "dur", "nothing is waited for", none)
            .await?;
        for place in ["delivered", "ack_floor"] {
            assert_eq!(info[place]["consumer_seq"], COUNT, "{place}");
            assert_eq!(info[place]["stream_seq"], COUNT, "{place}");
        }
        assert_eq!(info["num_pending"], 0);
        assert_eq!(info["num_redelivered"], 0);
        Ok(())
    })
}

go_test!(
    1329,
    "jetstream_consumer_test",
    "TestJetStreamConsumerNakThenAckFloorMove",
    nak_then_ack_floor_move
);
fn nak_then_ack_floor_move() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(subjects(&["foo"]), json!({ "ack_wait": millis(60_000) })).await?;
        js.fill("foo", "OK", 11).await?;
        let messages = js.fetch_all("TEST", "dur", 11).await?;
        js.respond_sync(&messages[0], "-NAK").await?;
        for message in &messages[1..10] {
            js.ack(message).await?;
        }
        let info = async |delivered: (u64, u64), floor: (u64, u64), pending: u64| {
            let info = js.consumer("TEST", "dur").await?;
            let at = |place: &str, (consumer, stream): (u64, u64)| {
                assert_eq!(info[place]["consumer_seq"], consumer, "{place}");
                assert_eq!(info[place]["stream_seq"], stream, "{place}");
            };
            at("delivered", delivered);
            at("ack_floor", floor);
            assert_eq!(info["num_ack_pending"], pending);
            anyhow::Ok(())
        };
        info((11, 11), (0, 0), 2).await?;
        let again = js.pull("TEST", "dur").await?;
        assert_eq!(of(&again), (1, 12, 2));
        js.ack(&again).await?;
        info((12, 11), (10, 10), 1).await?;
        js.ack(&messages[10]).await?;
        info((12, 11), (12, 11), 0).await
    })
}

go_test!(
    1338,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPendingCountAfterMsgAckAboveFloor",
    pending_count_after_ack_above_floor
);
fn pending_count_after_ack_above_floor() -> anyhow::Result<()> {
    block_on(async {
        let config = json!({ "subjects": ["foo"], "retention": "workqueue" });
        let js = with_consumer(config, json!({})).await?;
        js.fill("foo", "", 2).await?;
        let pending = async |count: u64| {
            eventually("messages to come", async || {
                let info = js.consumer("TEST", "dur").await?;
                Ok((info["num_pending"] == count).then_some(()))
            })
            .await
        };
        pending(2).await?;
        let messages = js.fetch_all("TEST", "dur", 2).await?;
        js.ack(&messages[1]).await?;
        pending(0).await
    })
}

go_test!(
    1351,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullLastPerSubjectRedeliveries",
    last_per_subject_redeliveries
);
fn last_per_subject_redeliveries() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(subjects(&["foo.>"]), Value::Null).await?;
        for n in 0..20 {
            js.store(&format!("foo.{n}"), "msg").await?;
        }
        let config = json!({
            "durable_name": "dur", "ack_policy": "explicit", "filter_subject": ">",
            "deliver_policy": "last_per_subject", "max_ack_pending": 10, "max_batch": 10,
            "ack_wait": millis(250),
        });
        js.add_consumer("TEST", config).await?;
        js.fetch_all("TEST", "dur", 10).await?;
        // The same come again, in the same order.
        let mut again = Vec::new();
        while again.len() < 10 {
            again.push(js.pull("TEST", "dur").await?);
        }
        for (n, message) in again.iter().enumerate() {
            assert_eq!(message.subject.as_str(), format!("foo.{n}"));
            assert_eq!(of(message).2, 2);
            js.respond(message, "").await?;
        }
        Ok(())
    })
}
