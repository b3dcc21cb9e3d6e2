//! Go: `server/jetstream_consumer_test.go`: pull requests and what ends them.

use std::time::{Duration, Instant};

use conformance::client::{block_on, connect, expect_nothing, next};
use conformance::go_test;
use serde_json::{Value, json};

use crate::js_consumer_support::{SECOND, millis, take, take_all, text};
use crate::js_stream_support::delivery;
use crate::js_support::{Js, header, status};

/// A stream with one durable pull consumer called `dur`.
async fn with_consumer(subjects: Value, config: Value) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    js.add_stream(json!({ "name": "TEST", "subjects": subjects }))
        .await?;
    let durable = json!({ "durable_name": "dur", "ack_policy": "explicit" });
    let config = crate::js_stream_support::with(&durable, config);
    js.add_consumer("TEST", config).await?;
    Ok(js)
}

fn timeout() -> (u16, String) {
    (408, "Request Timeout".to_owned())
}

go_test!(
    1297,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullHeartBeats",
    pull_heartbeats
);
fn pull_heartbeats() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({})).await?;
        let too_large = (400, "Bad Request - heartbeat value too large".to_owned());
        for (heartbeat, expires) in [(100, 0), (75, 100)] {
            let wanted = json!({
                "batch": 1, "idle_heartbeat": millis(heartbeat), "expires": millis(expires),
            });
            let mut answers = js.asked("TEST", "dur", wanted).await?;
            let answer = take_all(&mut answers, 1).await?.remove(0);
            assert_eq!(status(&answer), too_large);
            assert!(answer.headers.is_none_or(|headers| headers.is_empty()));
        }
        // Nothing but heartbeats, each after its time.
        let started = Instant::now();
        let wanted = json!({ "batch": 1, "idle_heartbeat": millis(100), "expires": millis(550) });
        let mut answers = js.asked("TEST", "dur", wanted).await?;
        let mut heartbeats = 0;
        loop {
            let answer = next(&mut answers).await?;
            if status(&answer) == timeout() {
                break;
            }
            heartbeats += 1;
            assert_eq!(status(&answer), (100, "Idle Heartbeat".to_owned()));
            assert!(started.elapsed() >= Duration::from_millis(100 * heartbeats));
        }
        assert!((4..=5).contains(&heartbeats), "{heartbeats}");
        // None while there are messages.
        let wanted =
            json!({ "batch": 10, "idle_heartbeat": millis(1_000), "expires": millis(2_900) });
        let mut answers = js.asked("TEST", "dur", wanted).await?;
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            js.store("TEST", "").await?;
        }
        for answer in take(&mut answers, 5).await? {
            assert_eq!(status(&answer).0, 0, "{answer:?}");
            assert!(answer.headers.is_none());
        }
        assert_eq!(status(&next(&mut answers).await?), timeout());
        Ok(())
    })
}

go_test!(
    1306,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullConsumerFIFO",
    pull_consumer_fifo
);
fn pull_consumer_fifo() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({})).await?;
        let mut pullers = Vec::new();
        for _ in 0..10 {
            let wanted = json!({ "batch": 10, "expires": millis(60_000) });
            pullers.push(js.asked("TEST", "dur", wanted).await?);
        }
        let waiting = |info: &Value| info["num_waiting"] == 10;
        js.until_consumer("TEST", "dur", "all wait", waiting)
            .await?;
        js.fill("TEST", "FIFO FTW!", 100).await?;
        for (at, puller) in pullers.iter_mut().enumerate() {
            for (n, message) in take(puller, 10).await?.iter().enumerate() {
                let expected = (at + 1 + 10 * n) as u64;
                assert_eq!(delivery(message)?.stream_seq, expected, "puller {at}");
            }
        }
        Ok(())
    })
}

go_test!(
    1307,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullConsumerOneShotOnMaxAckLimit",
    one_shot_on_max_ack_limit
);
fn one_shot_on_max_ack_limit() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({ "max_ack_pending": 5 })).await?;
        js.fill("TEST", "OK", 10).await?;
        let started = Instant::now();
        let wait = Duration::from_secs(2);
        let messages = js.fetch("TEST", "dur", 10, wait).await?;
        assert_eq!(messages.len(), 5);
        assert!(
            started.elapsed() < wait + SECOND,
            "the request ends by itself"
        );
        Ok(())
    })
}

go_test!(
    1339,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullRemoveInterest",
    pull_remove_interest
);
fn pull_remove_interest() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({})).await?;
        let waits = |count: u64| move |info: &Value| info["num_waiting"] == count;
        let away = connect(&js.server.url()).await?;
        let inbox = away.new_inbox();
        let listening = away.subscribe(inbox.clone()).await?;
        let subject = "$JS.API.CONSUMER.MSG.NEXT.TEST.dur";
        away.publish_with_reply(subject, inbox, "".into()).await?;
        js.until_consumer("TEST", "dur", "it waits", waits(1))
            .await?;
        drop((listening, away));
        js.until_consumer("TEST", "dur", "its client is gone", waits(0))
            .await?;
        js.store("TEST", "Hello World!").await?;
        let first = delivery(&js.pull("TEST", "dur").await?)?;
        assert_eq!((first.consumer_seq, first.count), (1, 1));
        // Several whose subscriptions are gone.
        let mut pullers = Vec::new();
        for _ in 0..10 {
            pullers.push(js.asked("TEST", "dur", Value::Null).await?);
        }
        js.until_consumer("TEST", "dur", "all wait", waits(10))
            .await?;
        for puller in &mut pullers {
            puller.unsubscribe().await?;
        }
        js.store("TEST", "Hello World!").await?;
        let second = delivery(&js.pull("TEST", "dur").await?)?;
        assert_eq!((second.consumer_seq, second.count), (2, 1));
        Ok(())
    })
}

/// A request can time out and another waits, so that there is no room for more.
async fn with_room_for_one() -> anyhow::Result<(Js, async_nats::Subscriber)> {
    let js = with_consumer(json!(["TEST.A"]), json!({ "max_waiting": 1 })).await?;
    let wanted = json!({ "batch": 1, "expires": millis(250) });
    let mut answers = js.asked("TEST", "dur", wanted).await?;
    assert_eq!(status(&next(&mut answers).await?).0, 408);
    let waiting = js.asked("TEST", "dur", json!({ "batch": 1 })).await?;
    Ok((js, waiting))
}

go_test!(
    1340,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullMaxWaitingOfOne",
    max_waiting_of_one
);
fn max_waiting_of_one() -> anyhow::Result<()> {
    block_on(async {
        let (js, _waiting) = with_room_for_one().await?;
        let wanted = json!({ "batch": 1, "expires": millis(250) });
        let mut answers = js.asked("TEST", "dur", wanted).await?;
        let refused = next(&mut answers).await?;
        assert_eq!(status(&refused), (409, "Exceeded MaxWaiting".to_owned()));
        Ok(())
    })
}

go_test!(
    1341,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullMaxWaitingOfOneWithHeartbeatInterval",
    max_waiting_of_one_with_heartbeat
);
fn max_waiting_of_one_with_heartbeat() -> anyhow::Result<()> {
    block_on(async {
        let (js, _waiting) = with_room_for_one().await?;
        // Whoever expects heartbeats misses them.
        let wanted = json!({ "batch": 1, "expires": millis(500), "idle_heartbeat": millis(250) });
        let mut answers = js.asked("TEST", "dur", wanted).await?;
        expect_nothing(&mut answers, Duration::from_millis(300)).await
    })
}

go_test!(
    1343,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullRequestCleanup",
    pull_request_cleanup
);
fn pull_request_cleanup() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({})).await?;
        let mut answers = js.listen("xx").await?;
        for _ in 0..100 {
            let wanted = json!({ "batch": 10, "expires": millis(100) });
            js.ask("TEST", "dur", "xx", wanted).await?;
        }
        for answer in take(&mut answers, 100).await? {
            assert_eq!(status(&answer), timeout());
        }
        assert_eq!(js.consumer("TEST", "dur").await?["num_waiting"], 0);
        Ok(())
    })
}

go_test!(
    1344,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullRequestMaximums",
    pull_request_maximums
);
fn pull_request_maximums() -> anyhow::Result<()> {
    block_on(async {
        let limits = json!({ "max_batch": 10, "max_bytes": 10_000, "max_expires": millis(1_000) });
        let js = with_consumer(json!(["TEST"]), limits).await?;
        let cases = [
            (11, 0, 100, "Exceeded MaxRequestBatch of 10"),
            (1, 0, 600_000, "Exceeded MaxRequestExpires of 1s"),
            (10, 20_000, 100, "Exceeded MaxRequestMaxBytes of 10000"),
        ];
        for (batch, max_bytes, expires, reason) in cases {
            let wanted =
                json!({ "batch": batch, "max_bytes": max_bytes, "expires": millis(expires) });
            let mut answers = js.asked("TEST", "dur", wanted).await?;
            let refused = next(&mut answers).await?;
            assert_eq!(status(&refused), (409, reason.to_owned()));
        }
        Ok(())
    })
}

go_test!(
    1348,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullOneShotBehavior",
    one_shot_behavior
);
fn one_shot_behavior() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({ "filter_subject": "TEST" })).await?;
        let request = |batch: u64, expires: u64, no_wait: bool| json!({ "batch": batch, "expires": millis(expires), "no_wait": no_wait });
        let none = (404, "No Messages".to_owned());
        let mut answers = js.asked("TEST", "dur", request(1, 0, true)).await?;
        let answer = next(&mut answers).await?;
        assert_eq!(status(&answer), none);
        assert!(answer.headers.is_none_or(|headers| headers.is_empty()));
        // With an expiry the first message is waited for.
        for (expires, no_wait) in [(250, false), (500, true)] {
            let started = Instant::now();
            let mut answers = js
                .asked("TEST", "dur", request(1, expires, no_wait))
                .await?;
            let answer = next(&mut answers).await?;
            assert_eq!(status(&answer), timeout());
            assert!(started.elapsed() >= Duration::from_millis(expires));
            assert_eq!(header(&answer, "Nats-Pending-Messages"), "1");
            assert_eq!(header(&answer, "Nats-Pending-Bytes"), "0");
        }
        js.fill("TEST", "HELLO", 20).await?;
        for (batch, expires, no_wait) in [(1, 0, true), (5, 60_000, false), (5, 60_000, true)] {
            let mut answers = js
                .asked("TEST", "dur", request(batch, expires, no_wait))
                .await?;
            for answer in take(&mut answers, usize::try_from(batch)?).await? {
                assert_eq!(text(&answer), "HELLO");
            }
        }
        Ok(())
    })
}

go_test!(
    1349,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullMultipleRequestsExpireOutOfOrder",
    requests_expire_out_of_order
);
fn requests_expire_out_of_order() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({ "filter_subject": "TEST" })).await?;
        let mut answers = js.listen("i.*").await?;
        let started = Instant::now();
        for expires in [800, 400, 100, 300] {
            let wanted = json!({ "expires": millis(expires) });
            js.ask("TEST", "dur", &format!("i.{expires}"), wanted)
                .await?;
        }
        let mut order = Vec::new();
        for answer in take(&mut answers, 4).await? {
            assert_eq!(status(&answer), timeout());
            order.push(answer.subject.to_string());
        }
        assert_eq!(order, ["i.100", "i.300", "i.400", "i.800"]);
        assert!(started.elapsed() >= Duration::from_millis(800));
        Ok(())
    })
}

go_test!(
    1352,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullTimeoutHeaders",
    pull_timeout_headers
);
fn pull_timeout_headers() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["foo.>"]), json!({})).await?;
        for (subject, payload) in [("foo.foo", "foo"), ("foo.bar", "bar"), ("foo.else", "baz")] {
            js.store(subject, payload).await?;
        }
        let wanted = |expires: u64| json!({ "batch": 50, "expires": expires, "max_bytes": 1024 });
        let mut answers = js.asked("TEST", "dur", wanted(300_000_000)).await?;
        let mut bytes = 0;
        for message in take(&mut answers, 3).await? {
            bytes += message.payload.len() + message.subject.len();
            bytes += message.reply.unwrap().len();
        }
        let rest = |answer: &async_nats::Message| {
            let value = |key| header(answer, key).parse::<usize>().unwrap();
            (value("Nats-Pending-Messages"), value("Nats-Pending-Bytes"))
        };
        let answer = next(&mut answers).await?;
        assert_eq!(status(&answer), timeout());
        assert_eq!(rest(&answer), (47, 1024 - bytes));
        // The same at the end of the server.
        let mut answers = js.asked("TEST", "dur", wanted(60_000_000_000)).await?;
        let waiting = |info: &Value| info["num_waiting"] == 1;
        js.until_consumer("TEST", "dur", "it waits", waiting)
            .await?;
        js.server.server().shutdown();
        let answer = next(&mut answers).await?;
        assert_eq!(status(&answer), (409, "Server Shutdown".to_owned()));
        assert_eq!(rest(&answer), (50, 1024));
        Ok(())
    })
}

go_test!(
    1353,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullBatchCompleted",
    pull_batch_completed
);
fn pull_batch_completed() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({})).await?;
        js.fill("TEST", &"x".repeat(128), 10).await?;
        let wanted = json!({ "batch": 0, "max_bytes": 1024, "expires": millis(10_000) });
        let mut answers = js.asked("TEST", "dur", wanted).await?;
        let messages = take_all(&mut answers, 2).await?;
        assert_eq!(messages[0].payload.len(), 128);
        assert_eq!(status(&messages[1]), (409, "Batch Completed".to_owned()));
        Ok(())
    })
}

go_test!(
    1354,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullLargeBatchExpired",
    pull_large_batch_expired
);
fn pull_large_batch_expired() -> anyhow::Result<()> {
    block_on(async {
        let limits = json!({ "max_waiting": 10, "max_ack_pending": 500_000_000 });
        let js = with_consumer(json!(["foo"]), limits).await?;
        for _ in 0..10 {
            let wanted = json!({ "batch": 50_000_000, "expires": millis(100) });
            js.ask("TEST", "dur", "bar", wanted).await?;
        }
        js.synced().await?;
        let started = Instant::now();
        let wait = Duration::from_millis(100);
        assert!(js.fetch("TEST", "dur", 1, wait).await?.is_empty());
        js.server.server().shutdown();
        js.server.server().wait_for_shutdown();
        assert!(started.elapsed() < 3 * SECOND, "{:?}", started.elapsed());
        Ok(())
    })
}

go_test!(
    1355,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullTimeout",
    pull_timeout
);
fn pull_timeout() -> anyhow::Result<()> {
    const COUNT: usize = 1000;
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({})).await?;
        let publisher = js.client.clone();
        let publishing = tokio::spawn(async move {
            for _ in 0..COUNT {
                tokio::time::sleep(Duration::from_millis(10)).await;
                publisher.publish("TEST", "data".into()).await?;
            }
            anyhow::Ok(())
        });
        // A new request only after the old one is said to be over.
        let wanted = json!({ "batch": 200, "expires": millis(100) });
        let mut answers = js.listen("_pr_").await?;
        js.ask("TEST", "dur", "_pr_", wanted.clone()).await?;
        let mut got = 0;
        let mut timeouts = 0;
        while got < COUNT {
            let message = next(&mut answers).await?;
            if status(&message) == timeout() {
                timeouts += 1;
                js.ask("TEST", "dur", "_pr_", wanted.clone()).await?;
            } else {
                got += 1;
                js.respond(&message, "").await?;
            }
        }
        publishing.await??;
        assert!(timeouts > 5, "{timeouts}");
        Ok(())
    })
}

go_test!(
    1356,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullMaxBytes",
    pull_max_bytes
);
fn pull_max_bytes() -> anyhow::Result<()> {
    // With its subjects it is a little less than 100,000.
    const SIZE: usize = 99_940;
    block_on(async {
        let js = with_consumer(json!(["TEST"]), json!({})).await?;
        js.fill("TEST", &"Z".repeat(SIZE), 20).await?;
        let too_small = (409, "Message Size Exceeds MaxBytes".to_owned());
        let completed = (409, "Batch Completed".to_owned());
        // How many messages, and the status after them.
        let cases = [
            (0, 100, 0, too_small.clone()),
            (1, 10_000_000, 1, completed.clone()),
            (5, 10_000_000, 5, completed),
            (1_000, 400_000, 4, too_small.clone()),
            (1_000, 100_000, 1, too_small),
        ];
        let mut answers = js.listen("_pr_").await?;
        for (batch, max_bytes, count, end) in cases {
            let wanted = json!({ "batch": batch, "max_bytes": max_bytes, "no_wait": true });
            js.ask("TEST", "dur", "_pr_", wanted).await?;
            let mut messages = take_all(&mut answers, count + 1).await?;
            let last = messages.pop().unwrap();
            assert_eq!((status(&last), last.payload.len()), (end, 0));
            for message in messages {
                assert_eq!(message.payload.len(), SIZE);
                assert!(message.headers.is_none());
            }
        }
        Ok(())
    })
}

go_test!(
    1360,
    "jetstream_consumer_test",
    "TestJetStreamConsumerStateAlwaysFromStore",
    state_always_from_store
);
fn state_always_from_store() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["foo.>"]), json!({ "filter_subject": "foo.bar" })).await?;
        js.store("foo.bar", "").await?;
        js.store("foo.other", "").await?;
        let seqs = async |delivered: u64, floor: u64| {
            let info = js.consumer("TEST", "dur").await?;
            assert_eq!(info["delivered"]["stream_seq"], delivered);
            assert_eq!(info["ack_floor"]["stream_seq"], floor);
            anyhow::Ok(())
        };
        seqs(0, 0).await?;
        let messages = js.fetch("TEST", "dur", 2, SECOND).await?;
        assert_eq!(messages.len(), 1);
        seqs(1, 0).await?;
        js.ack(&messages[0]).await?;
        seqs(1, 1).await
    })
}

go_test!(
    1369,
    "jetstream_consumer_test",
    "TestJetStreamConsumerNoWaitNoMessagesOnEosWithDeliveredMsgs",
    no_wait_at_the_end_with_delivered_messages
);
fn no_wait_at_the_end_with_delivered_messages() -> anyhow::Result<()> {
    block_on(async {
        let js = with_consumer(json!(["foo"]), json!({ "ack_policy": "none" })).await?;
        js.store("foo", "msg").await?;
        let mut answers = js
            .asked("TEST", "dur", json!({ "batch": 2, "no_wait": true }))
            .await?;
        let messages = take_all(&mut answers, 2).await?;
        assert_eq!(messages[0].subject.as_str(), "foo");
        assert_eq!(text(&messages[0]), "msg");
        assert_eq!(status(&messages[1]), (404, "No Messages".to_owned()));
        Ok(())
    })
}
