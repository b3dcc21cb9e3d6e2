//! Go: `server/jetstream_test.go`: messages that are published at their time.

use std::time::Duration;

use conformance::client::block_on;
use conformance::go_test;
use conformance::wait::elapse;
use nats_server::jetstream::store::parse_schedule;
use serde_json::json;

use crate::js_stream_support::STORAGES;
use crate::js_support::{Js, eventually};

const SECOND: i64 = 1_000_000_000;

go_test!(
    1774,
    "jetstream_test",
    "TestJetStreamScheduledMessageParse",
    parse
);
fn parse() {
    let time = jiff::Timestamp::now();
    let now = i64::try_from(time.as_nanosecond()).unwrap();
    let at = parse_schedule(&format!("@at {time}"), 0, now).unwrap();
    assert_eq!((at.at, at.repeats), (now, false));
    let whole = now / SECOND * SECOND;
    let every = parse_schedule("@every 5s", whole, whole).unwrap();
    assert_eq!((every.at, every.repeats), (whole + 5 * SECOND, true));
    // Runs that were missed are not made up for.
    let late = parse_schedule("@every 5s", 0, now).unwrap();
    assert!(late.repeats && late.at >= whole + 5 * SECOND, "{late:?}");
    assert_eq!(parse_schedule("@every 999ms", 0, now), None);
}

async fn schedules(storage: &str) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    let config = json!({
        "name": "TEST", "subjects": ["foo.>"], "storage": storage, "allow_msg_schedules": true,
    });
    js.add_stream(config).await?;
    Ok(js)
}

/// Schedules a message; returns the sequence of what is stored for that.
async fn schedule(js: &Js, subject: &str, delay: Duration, target: &str) -> anyhow::Result<u64> {
    let at = format!("@at {}", jiff::Timestamp::now().checked_add(delay)?);
    let headers = [
        ("Nats-Schedule", at.as_str()),
        ("Nats-Schedule-Target", target),
    ];
    let ack = js.store_with(subject, &headers, "").await?;
    Ok(ack["seq"].as_u64().unwrap_or(0))
}

/// The sequence of the last message of a subject.
async fn last_of(js: &Js, subject: &str) -> anyhow::Result<Option<u64>> {
    let request = json!({ "last_by_subj": subject });
    let got = js.api("STREAM.MSG.GET.TEST", request).await?;
    Ok(got["message"]["seq"].as_u64())
}

go_test!(
    1772,
    "jetstream_test",
    "TestJetStreamScheduledMessageNotTriggering",
    other_schedules_do_not_put_it_off
);
fn other_schedules_do_not_put_it_off() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = schedules(storage).await?;
            let hour = Duration::from_secs(3600);
            schedule(&js, "foo.schedule.first", hour, "foo.msg").await?;
            let wanted = Duration::from_secs(1);
            let seq = schedule(&js, "foo.schedule.validate", wanted, "foo.msg").await?;
            let start = std::time::Instant::now();
            let mut others = 0;
            while js.message("TEST", seq).await?["error"]["err_code"] != 10037 {
                assert!(start.elapsed() < Duration::from_secs(3), "it is late");
                others += 1;
                let subject = format!("foo.schedule.{others}");
                schedule(&js, &subject, hour, "foo.msg").await?;
                elapse(Duration::from_millis(100), "messages come now and then");
            }
            assert!(others > 5);
            assert!(last_of(&js, "foo.msg").await?.is_some());
        }
        Ok(())
    })
}

go_test!(
    1773,
    "jetstream_test",
    "TestJetStreamScheduledMessageNotDeactivated",
    another_message_ends_a_schedule
);
fn another_message_ends_a_schedule() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = schedules(storage).await?;
            let second = Duration::from_secs(1);
            schedule(&js, "foo.schedule", second, "foo.msg1").await?;
            eventually("the message is published", async || {
                last_of(&js, "foo.msg1").await
            })
            .await?;
            schedule(&js, "foo.schedule", second, "foo.msg2").await?;
            js.store("foo.schedule", "").await?;
            elapse(Duration::from_millis(1500), "the schedule would have run");
            assert_eq!(last_of(&js, "foo.msg2").await?, None);
        }
        Ok(())
    })
}
