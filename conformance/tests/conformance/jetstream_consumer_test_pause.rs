//! Go: `server/jetstream_consumer_test.go`: consumers that rest, and consumers that
//! begin anew.

use std::time::Duration;

use async_nats::Subscriber;
use conformance::client::{block_on, next};
use conformance::go_test;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::js_consumer_support::{SECOND, in_future, millis, take, text};
use crate::js_stream_support::with;
use crate::js_support::{Js, err_code, status};

const HOUR: Duration = Duration::from_secs(3600);
/// Go's zero time.
const NEVER: &str = "0001-01-01T00:00:00Z";

async fn with_stream(subjects: Value) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    js.add_stream(json!({ "name": "TEST", "subjects": subjects }))
        .await?;
    Ok(js)
}

/// The time until which an answer says that its consumer rests.
fn pause_until(answer: &Value) -> Option<Timestamp> {
    let until = answer["config"]["pause_until"].as_str()?;
    Some(until.parse().unwrap())
}

go_test!(
    1330,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPauseViaConfig",
    pause_via_config
);
fn pause_via_config() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["foo"])).await?;
        let deadline = in_future(HOUR);
        let paused = json!({ "name": "my_consumer_1", "pause_until": deadline.to_string() });
        let made = js.consumer_with("TEST", paused, "create").await?;
        assert_eq!(pause_until(&made), Some(deadline));
        // What is there is not paused by another configuration.
        let running = json!({ "name": "my_consumer_2" });
        let made = js.consumer_with("TEST", running, "create").await?;
        assert_eq!(pause_until(&made), None);
        let paused = with(
            &made["config"],
            json!({ "pause_until": deadline.to_string() }),
        );
        let changed = js.update_consumer("TEST", paused).await?;
        assert_eq!(pause_until(&changed), None);
        Ok(())
    })
}

go_test!(
    1331,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPauseViaEndpoint",
    pause_via_endpoint
);
fn pause_via_endpoint() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["push", "pull"])).await?;
        let rests = async |name: &str| {
            let deadline = in_future(2 * SECOND);
            let until = js.pause("TEST", name, &deadline.to_string()).await?;
            assert_eq!(until, deadline);
            anyhow::Ok(deadline)
        };
        let goes_on = async |name: &str| {
            let until = js.pause("TEST", name, NEVER).await?;
            assert_eq!(until.to_string(), NEVER);
            anyhow::Ok(())
        };
        let filtered = |name, subject| json!({ "name": name, "filter_subject": subject });
        js.add_consumer("TEST", filtered("puller", "pull")).await?;
        let get = async || {
            js.fill("pull", "OK", 10).await?;
            js.fetch_all("TEST", "puller", 10).await
        };
        get().await?;
        let deadline = rests("puller").await?;
        js.fill("pull", "OK", 10).await?;
        let early = js.fetch("TEST", "puller", 10, SECOND / 2).await?;
        assert!(early.is_empty());
        js.fetch_all("TEST", "puller", 10).await?;
        assert!(Timestamp::now() >= deadline);
        get().await?;
        goes_on("puller").await?;
        get().await?;
        // The same for one that listens.
        let mut deliveries = js.push("TEST", filtered("pusher", "push")).await?;
        let get = async |deliveries: &mut Subscriber| {
            js.fill("push", "OK", 10).await?;
            take(deliveries, 10).await
        };
        get(&mut deliveries).await?;
        let deadline = rests("pusher").await?;
        js.fill("push", "OK", 10).await?;
        for _ in 0..10 {
            next(&mut deliveries).await?;
            assert!(Timestamp::now() >= deadline);
        }
        get(&mut deliveries).await?;
        goes_on("pusher").await?;
        get(&mut deliveries).await?;
        Ok(())
    })
}

go_test!(
    1332,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPauseResumeViaEndpoint",
    pause_and_resume_via_endpoint
);
fn pause_and_resume_via_endpoint() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["TEST"])).await?;
        js.add_consumer("TEST", json!({ "name": "C" })).await?;
        let is_paused = async || {
            let info = js.consumer("TEST", "C").await?;
            anyhow::Ok(info["paused"] == true)
        };
        assert!(!is_paused().await?);
        let deadline = in_future(30 * SECOND);
        let until = js.pause("TEST", "C", &deadline.to_string()).await?;
        assert_eq!(until, deadline);
        assert!(is_paused().await?);
        js.api("CONSUMER.PAUSE.TEST.C", Value::Null).await?;
        assert!(!is_paused().await?);
        Ok(())
    })
}

go_test!(
    1333,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPauseHeartbeats",
    heartbeats_of_a_paused_consumer
);
fn heartbeats_of_a_paused_consumer() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["foo"])).await?;
        let deadline = in_future(HOUR);
        let config = json!({
            "name": "C", "pause_until": deadline.to_string(), "idle_heartbeat": millis(100),
        });
        let mut deliveries = js.push("TEST", config).await?;
        let made = js.consumer("TEST", "C").await?;
        assert_eq!(pause_until(&made), Some(deadline));
        js.store("foo", "").await?;
        for message in take(&mut deliveries, 20).await? {
            assert_eq!(status(&message), (100, "Idle Heartbeat".to_owned()));
        }
        Ok(())
    })
}

go_test!(
    1334,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPauseAdvisories",
    pause_advisories
);
fn pause_advisories() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["foo"])).await?;
        let mut advisories = js
            .listen("$JS.EVENT.ADVISORY.CONSUMER.PAUSE.TEST.C")
            .await?;
        let told = async |advisories: &mut Subscriber, paused: bool, deadline: Timestamp| {
            let advisory = next(advisories).await?;
            let advisory: Value = serde_json::from_slice(&advisory.payload)?;
            assert_eq!(advisory["stream"], "TEST");
            assert_eq!(advisory["consumer"], "C");
            assert_eq!(advisory["paused"], paused);
            let until: Timestamp = advisory["pause_until"].as_str().unwrap().parse()?;
            assert_eq!(until, deadline);
            anyhow::Ok(())
        };
        let deadline = in_future(SECOND);
        let config = json!({ "name": "C", "pause_until": deadline.to_string() });
        js.consumer_with("TEST", config, "create").await?;
        told(&mut advisories, true, deadline).await?;
        told(&mut advisories, false, deadline).await?;
        assert!(Timestamp::now() >= deadline);
        let deadline = in_future(SECOND);
        js.pause("TEST", "C", &deadline.to_string()).await?;
        told(&mut advisories, true, deadline).await?;
        told(&mut advisories, false, deadline).await
    })
}

go_test!(
    1335,
    "jetstream_consumer_test",
    "TestJetStreamConsumerSurvivesRestart",
    pause_survives_restart
);
fn pause_survives_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["foo"])).await?;
        let deadline = in_future(3 * SECOND);
        let config = json!({
            "name": "C", "pause_until": deadline.to_string(), "inactive_threshold": millis(60_000),
        });
        js.consumer_with("TEST", config, "create").await?;
        js.store("foo", "").await?;
        let js = js.restarted().await?;
        let info = js.consumer("TEST", "C").await?;
        assert_eq!(
            (pause_until(&info), &info["paused"]),
            (Some(deadline), &json!(true))
        );
        // It still knows when to go on.
        js.pull("TEST", "C").await?;
        assert!(Timestamp::now() >= deadline);
        Ok(())
    })
}

/// A reset to the second message is refused for `reason`, one to the third done.
async fn reset_from_third(js: &Js, reason: &str) -> anyhow::Result<()> {
    let first = js.pull("TEST", "C").await?;
    assert_eq!(text(&first), "msg3");
    js.ack(&first).await?;
    let reset = "CONSUMER.RESET.TEST.C";
    let kind = "io.nats.jetstream.api.v1.consumer_reset_response";
    let refused = js.api(reset, json!({ "seq": 2 })).await?;
    assert_eq!(refused["type"], kind);
    assert_eq!(err_code(&refused), 10204, "{refused}");
    assert_eq!(
        refused["error"]["description"],
        format!("invalid reset: {reason}")
    );
    let done = js.api(reset, json!({ "seq": 3 })).await?;
    assert_eq!(done["type"], kind);
    assert_eq!(done["reset_seq"], 3);
    for place in ["delivered", "ack_floor"] {
        assert_eq!(done[place]["stream_seq"], 2);
        assert!(done[place]["last_active"].is_null(), "{done}");
    }
    let again = js.pull("TEST", "C").await?;
    assert_eq!(text(&again), "msg3");
    js.ack(&again).await
}

go_test!(
    1377,
    "jetstream_consumer_test",
    "TestJetStreamConsumerResetToSequenceConstraintOnStartSeq",
    reset_with_start_sequence
);
fn reset_with_start_sequence() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["foo"])).await?;
        let config = json!({
            "durable_name": "C", "ack_policy": "explicit",
            "deliver_policy": "by_start_sequence", "opt_start_seq": 3,
        });
        js.add_consumer("TEST", config).await?;
        for n in 1..=4 {
            js.store("foo", &format!("msg{n}")).await?;
        }
        reset_from_third(&js, "below start seq").await
    })
}

go_test!(
    1378,
    "jetstream_consumer_test",
    "TestJetStreamConsumerResetToSequenceConstraintOnStartTime",
    reset_with_start_time
);
fn reset_with_start_time() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["foo"])).await?;
        js.store("foo", "msg1").await?;
        js.store("foo", "msg2").await?;
        let config = json!({
            "durable_name": "C", "ack_policy": "explicit", "deliver_policy": "by_start_time",
            "opt_start_time": Timestamp::now().to_string(),
        });
        js.add_consumer("TEST", config).await?;
        js.store("foo", "msg3").await?;
        js.store("foo", "msg4").await?;
        reset_from_third(&js, "below start time").await
    })
}
