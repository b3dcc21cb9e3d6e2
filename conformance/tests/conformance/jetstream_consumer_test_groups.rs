//! Go: `server/jetstream_consumer_test.go`: priority groups (ADR-42).

use std::time::{Duration, Instant};

use async_nats::{Message, Subscriber};
use conformance::client::{block_on, expect_nothing, next};
use conformance::go_test;
use conformance::wait::elapse_async;
use serde_json::{Value, json};

use crate::js_consumer_support::{QUIET, SECOND, millis, take, take_all, text};
use crate::js_stream_support::with;
use crate::js_support::{Js, eventually, header, status};

/// A stream with one consumer that has the group `A`.
async fn with_group(policy: &str, config: Value) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    js.add_stream(json!({ "name": "TEST", "subjects": ["foo", "foo.>", "bar", "baz"] }))
        .await?;
    let group = json!({
        "durable_name": "C", "priority_groups": ["A"], "priority_policy": policy,
        "ack_policy": "explicit",
    });
    js.add_consumer("TEST", with(&group, config)).await?;
    Ok(js)
}

async fn pinned(ttl: u64) -> anyhow::Result<Js> {
    with_group("pinned_client", json!({ "priority_timeout": millis(ttl) })).await
}

/// A pull request of the group.
async fn ask(js: &Js, batch: u64, more: Value) -> anyhow::Result<Subscriber> {
    let wanted = json!({ "batch": batch, "expires": millis(60_000), "group": "A" });
    js.asked("TEST", "C", with(&wanted, more)).await
}

async fn unpin(js: &Js) -> anyhow::Result<()> {
    let answer = js
        .api("CONSUMER.UNPIN.TEST.C", json!({ "group": "A" }))
        .await?;
    assert!(answer["error"].is_null(), "{answer}");
    Ok(())
}

/// The pin that a delivery names.
fn pin_of(message: &Message) -> String {
    let pin = header(message, "Nats-Pin-Id");
    assert!(!pin.is_empty(), "{message:?}");
    pin
}

/// The pin that the consumer tells of.
async fn current_pin(js: &Js) -> anyhow::Result<String> {
    let info = js.consumer("TEST", "C").await?;
    let pin = &info["priority_groups"][0]["pinned_client_id"];
    Ok(pin.as_str().unwrap_or_default().to_owned())
}

go_test!(
    1239,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPinned",
    consumer_pinned
);
fn consumer_pinned() -> anyhow::Result<()> {
    block_on(async {
        let js = pinned(2_000).await?;
        for n in 0..100 {
            // The pin goes into headers that are there, and into none.
            let headers: &[_] = if n % 2 == 0 {
                &[("Some-Header", "Value")]
            } else {
                &[]
            };
            let ack = js
                .publish(&format!("foo.{n}"), headers, &format!("msg-{n}"))
                .await?;
            assert_eq!(ack["seq"], n + 1);
        }
        let mut first = ask(&js, 3, json!({})).await?;
        let message = next(&mut first).await?;
        let pin = pin_of(&message);
        assert_eq!(
            (header(&message, "Some-Header"), text(&message)),
            ("Value".into(), "msg-0".into())
        );
        let mut second = ask(&js, 3, json!({})).await?;
        for message in take(&mut first, 2).await? {
            assert_eq!(pin_of(&message), pin);
        }
        expect_nothing(&mut second, QUIET).await?;
        // Another pin is none.
        let mut wrong = ask(&js, 3, json!({ "id": "WRONG" })).await?;
        assert_eq!(status(&next(&mut wrong).await?).0, 423);
        let mut right = ask(&js, 3, json!({ "id": pin })).await?;
        assert_eq!(pin_of(&next(&mut right).await?), pin);
        // Whoever waits gets the pin when it was not used for too long.
        let mut advisories = js.listen("$JS.EVENT.ADVISORY.CONSUMER.*.TEST.C").await?;
        let message = next(&mut second).await?;
        let newer = pin_of(&message);
        assert_ne!(newer, pin);
        let advised = async |advisories: &mut Subscriber, what: &str| {
            let advisory = next(advisories).await?;
            let subject = format!("$JS.EVENT.ADVISORY.CONSUMER.{what}.TEST.C");
            assert_eq!(advisory.subject.as_str(), subject);
            anyhow::Ok(serde_json::from_slice::<Value>(&advisory.payload)?)
        };
        let gone = advised(&mut advisories, "UNPINNED").await?;
        assert_eq!(
            (&gone["group"], &gone["reason"]),
            (&json!("A"), &json!("timeout"))
        );
        let came = advised(&mut advisories, "PINNED").await?;
        assert_eq!(
            (&came["group"], &came["pinned_id"]),
            (&json!("A"), &json!(newer))
        );
        // An administrator can take it away.
        unpin(&js).await?;
        let gone = advised(&mut advisories, "UNPINNED").await?;
        assert_eq!(gone["reason"], "admin");
        let mut wrong = ask(&js, 3, json!({ "id": "WRONG" })).await?;
        assert_eq!(status(&next(&mut wrong).await?).0, 423);
        Ok(())
    })
}

go_test!(
    1240,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPinnedUnsetsAfterAtMostPinnedTTL",
    pin_is_unset_after_its_time
);
fn pin_is_unset_after_its_time() -> anyhow::Result<()> {
    block_on(async {
        for publish in [true, false] {
            let js = pinned(1_000).await?;
            if publish {
                js.store("foo", "").await?;
            }
            let started = Instant::now();
            let wanted = json!({ "expires": millis(3_000) });
            let mut answers = ask(&js, 2, wanted).await?;
            if publish {
                let message = next(&mut answers).await?;
                assert_eq!(message.subject.as_str(), "foo");
                assert_eq!(current_pin(&js).await?, pin_of(&message));
                // Although the request goes on for longer.
                eventually("the pin is unset", async || {
                    Ok(current_pin(&js).await?.is_empty().then_some(()))
                })
                .await?;
                assert!(started.elapsed() >= SECOND);
                assert!(started.elapsed() < 3 * SECOND, "before the request ends");
            } else {
                while started.elapsed() < Duration::from_millis(750) {
                    assert_eq!(current_pin(&js).await?, "");
                    elapse_async(Duration::from_millis(50), "nobody is pinned all the while").await;
                }
            }
            let end = next(&mut answers).await?;
            assert_eq!(status(&end), (408, "Request Timeout".to_owned()));
        }
        Ok(())
    })
}

go_test!(
    1241,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPinnedUnsubscribeOnPinned",
    pinned_client_goes_away
);
fn pinned_client_goes_away() -> anyhow::Result<()> {
    block_on(async {
        let js = pinned(1_000).await?;
        js.store("foo.1", "hello").await?;
        let heartbeats = json!({ "idle_heartbeat": millis(250), "expires": millis(8_000) });
        let mut first = ask(&js, 3, heartbeats.clone()).await?;
        let pin = pin_of(&next(&mut first).await?);
        let mut second = ask(&js, 3, heartbeats).await?;
        first.unsubscribe().await?;
        js.store("foo.1", "hello").await?;
        let mut beats = 0;
        let message = loop {
            let message = next(&mut second).await?;
            if status(&message).0 != 100 {
                break message;
            }
            beats += 1;
        };
        assert!(beats > 0, "it is told that there is nothing for it");
        assert_ne!(pin_of(&message), pin);
        Ok(())
    })
}

go_test!(
    1242,
    "jetstream_consumer_test",
    "TestJetStreamConsumerUnpinNoMessages",
    unpin_no_messages
);
fn unpin_no_messages() -> anyhow::Result<()> {
    block_on(async {
        let js = pinned(30_000).await?;
        let mut first = ask(&js, 30, json!({})).await?;
        let mut second = ask(&js, 30, json!({})).await?;
        let waiting = |info: &Value| info["num_waiting"] == 2;
        js.until_consumer("TEST", "C", "both wait", waiting).await?;
        js.fill("foo", "data", 2).await?;
        let messages = take(&mut first, 2).await?;
        let pin = pin_of(&messages[0]);
        expect_nothing(&mut second, QUIET).await?;
        unpin(&js).await?;
        js.fill("foo", "data", 2).await?;
        assert_eq!(status(&next(&mut first).await?).0, 423);
        let message = next(&mut second).await?;
        assert_eq!(text(&message), "data");
        assert_ne!(pin_of(&message), pin);
        Ok(())
    })
}

go_test!(
    1243,
    "jetstream_consumer_test",
    "TestJetStreamConsumerUnpinPickDifferentRequest",
    unpin_picks_a_different_request
);
fn unpin_picks_a_different_request() -> anyhow::Result<()> {
    block_on(async {
        let js = pinned(30_000).await?;
        js.store("foo", "data").await?;
        let mut first = ask(&js, 5, json!({})).await?;
        let pin = pin_of(&next(&mut first).await?);
        let mut second = ask(&js, 5, json!({})).await?;
        expect_nothing(&mut second, QUIET).await?;
        unpin(&js).await?;
        // It is told with the next message, not before.
        expect_nothing(&mut first, QUIET).await?;
        js.store("foo", "data").await?;
        let told = next(&mut first).await?;
        assert_eq!(
            (status(&told).0, header(&told, "Nats-Pin-Id")),
            (423, String::new())
        );
        assert_ne!(pin_of(&next(&mut second).await?), pin);
        Ok(())
    })
}

go_test!(
    1244,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPinnedTTL",
    pinned_ttl
);
fn pinned_ttl() -> anyhow::Result<()> {
    block_on(async {
        let js = pinned(1_000).await?;
        js.fill("foo", "data", 10).await?;
        let mut pins: Vec<String> = Vec::new();
        let mut last = Instant::now();
        for _ in 0..3 {
            let mut answers = ask(&js, 1, json!({ "expires": millis(10_000) })).await?;
            let pin = pin_of(&next(&mut answers).await?);
            assert!(!pins.contains(&pin));
            if !pins.is_empty() {
                assert!(last.elapsed() >= SECOND / 2, "the pin before was kept");
            }
            pins.push(pin);
            last = Instant::now();
        }
        Ok(())
    })
}

go_test!(
    1248,
    "jetstream_consumer_test",
    "TestJetStreamConsumerOverflow",
    overflow
);
fn overflow() -> anyhow::Result<()> {
    block_on(async {
        let js = with_group("overflow", json!({ "filter_subject": "foo.>" })).await?;
        js.store("foo.1", "msg-1").await?;
        let mut ack_pending = ask(&js, 1, json!({ "min_ack_pending": 1 })).await?;
        expect_nothing(&mut ack_pending, QUIET).await?;
        let mut one_pending = ask(&js, 1, json!({ "min_pending": 1 })).await?;
        assert_eq!(text(&next(&mut one_pending).await?), "msg-1");
        js.store("foo.1", "msg-2").await?;
        // The first is not acknowledged.
        assert_eq!(text(&next(&mut ack_pending).await?), "msg-2");
        js.store("foo.1", "msg-3").await?;
        let mut ten_pending = ask(&js, 1, json!({ "min_pending": 10 })).await?;
        expect_nothing(&mut ten_pending, QUIET).await?;
        let wanted = json!({ "batch": 1, "expires": millis(60_000) });
        let mut ungrouped = js.asked("TEST", "C", wanted).await?;
        let refused = next(&mut ungrouped).await?;
        let missing = (400, "Bad Request - Priority Group missing".to_owned());
        assert_eq!(status(&refused), missing);
        js.fill("foo.1", "msg-1", 100).await?;
        assert_eq!(status(&next(&mut ten_pending).await?).0, 0);
        let mut fifty = ask(&js, 1, json!({ "min_ack_pending": 50 })).await?;
        expect_nothing(&mut fifty, QUIET).await?;
        let mut all = ask(&js, 200, json!({})).await?;
        take(&mut all, 50).await?;
        assert_eq!(status(&next(&mut fifty).await?).0, 0);
        Ok(())
    })
}

/// A request with a priority, which the consumer has.
async fn prioritized(js: &Js, priority: i64, batch: u64) -> anyhow::Result<Subscriber> {
    let answers = ask(js, batch, json!({ "priority": priority })).await?;
    js.synced().await?;
    Ok(answers)
}

go_test!(
    1366,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPrioritized",
    consumer_prioritized
);
fn consumer_prioritized() -> anyhow::Result<()> {
    block_on(async {
        let js = with_group("prioritized", json!({ "ack_policy": "none" })).await?;
        for priority in [10, -5] {
            let mut answers = prioritized(&js, priority, 1).await?;
            assert_eq!(status(&next(&mut answers).await?).0, 400);
        }
        let waiting = async |count: u64| {
            let all = move |info: &Value| info["num_waiting"] == count;
            js.until_consumer("TEST", "C", "they wait", all).await
        };
        let mut third = prioritized(&js, 3, 1).await?;
        let mut first = prioritized(&js, 1, 1).await?;
        let mut second = prioritized(&js, 2, 2).await?;
        waiting(3).await?;
        js.store("foo", "1").await?;
        assert_eq!(text(&take_all(&mut first, 1).await?[0]), "1");
        for payload in ["2", "3"] {
            js.store("foo", payload).await?;
            assert_eq!(text(&next(&mut second).await?), payload);
        }
        expect_nothing(&mut second, QUIET).await?;
        expect_nothing(&mut third, QUIET).await?;
        js.store("foo", "4").await?;
        assert_eq!(text(&next(&mut third).await?), "4");
        // A new one goes before those of less priority.
        let mut third = prioritized(&js, 3, 3).await?;
        waiting(1).await?;
        js.store("foo", "5").await?;
        assert_eq!(text(&next(&mut third).await?), "5");
        let mut second = prioritized(&js, 2, 2).await?;
        waiting(2).await?;
        js.store("foo", "6").await?;
        assert_eq!(text(&next(&mut second).await?), "6");
        let mut first = prioritized(&js, 1, 1).await?;
        waiting(3).await?;
        for payload in ["7", "8", "9"] {
            js.store("foo", payload).await?;
        }
        assert_eq!(text(&next(&mut first).await?), "7");
        assert_eq!(text(&next(&mut second).await?), "8");
        assert_eq!(text(&next(&mut third).await?), "9");
        Ok(())
    })
}

go_test!(
    1364,
    "jetstream_consumer_test",
    "TestSortingConsumerPullRequests",
    sorting_pull_requests
);
fn sorting_pull_requests() -> anyhow::Result<()> {
    block_on(async {
        let cases: [&[(i64, &str)]; 2] = [
            &[(1, "1a"), (2, "2a"), (1, "1b"), (3, "3a")],
            &[
                (1, "1a"),
                (2, "2a"),
                (1, "1b"),
                (2, "2b"),
                (1, "1c"),
                (3, "3a"),
                (2, "2c"),
            ],
        ];
        for requests in cases {
            let js = with_group("prioritized", json!({ "ack_policy": "none" })).await?;
            let mut waiting = Vec::new();
            for (priority, name) in requests {
                waiting.push((*name, prioritized(&js, *priority, 1).await?));
            }
            let count = requests.len();
            let all = move |info: &Value| info["num_waiting"] == count;
            js.until_consumer("TEST", "C", "all wait", all).await?;
            for n in 0..count {
                js.store("foo", &n.to_string()).await?;
            }
            // Their names say the order.
            waiting.sort_by_key(|(name, _)| *name);
            for (n, (name, answers)) in waiting.iter_mut().enumerate() {
                assert_eq!(text(&next(answers).await?), n.to_string(), "{name}");
            }
        }
        Ok(())
    })
}
