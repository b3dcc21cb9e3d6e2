//! Go: `server/jetstream_consumer_test.go`: which messages filters let through.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use conformance::client::{block_on, connect, expect_nothing, next};
use conformance::go_test;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::js_consumer_support::{QUIET, SECOND, in_future, take, take_all, text};
use crate::js_stream_support::delivery;
use crate::js_support::{Js, err_code};

async fn with_stream(subjects: Value) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    js.add_stream(json!({ "name": "TEST", "subjects": subjects }))
        .await?;
    Ok(js)
}

/// Stores messages in order, given as subject and payload.
async fn store_all(js: &Js, messages: &[(&str, &str)]) -> anyhow::Result<()> {
    for (subject, payload) in messages {
        js.store(subject, payload).await?;
    }
    Ok(())
}

go_test!(
    1220,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleFiltersRemoveFilters",
    multiple_filters_remove_filters
);
fn multiple_filters_remove_filters() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["one", "two", "three"])).await?;
        let filtered = json!({ "durable_name": "consumer", "filter_subjects": ["one", "two"] });
        js.add_consumer("TEST", filtered).await?;
        store_all(&js, &[("one", "data"), ("two", "data"), ("three", "data")]).await?;
        let first = js.pull("TEST", "consumer").await?;
        assert_eq!(first.subject.as_str(), "one");
        js.add_consumer("TEST", json!({ "durable_name": "consumer" }))
            .await?;
        assert_eq!(js.pull("TEST", "consumer").await?.subject.as_str(), "two");
        assert_eq!(js.pull("TEST", "consumer").await?.subject.as_str(), "three");
        Ok(())
    })
}

go_test!(
    1221,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleFiltersRace",
    multiple_filters_race
);
fn multiple_filters_race() -> anyhow::Result<()> {
    const EACH: usize = 10_000;
    block_on(async {
        let js = with_stream(json!(["one", "two", "three", "four"])).await?;
        let subjects = ["one", "two", "three", "four"];
        let messages = (0..4 * EACH).map(|n| (subjects[n % 4].to_owned(), "data".to_owned()));
        js.flood(messages).await?;
        let filters = json!(["one", "two", "three"]);
        let config = json!({
            "durable_name": "consumer", "filter_subjects": filters, "ack_policy": "explicit",
        });
        js.add_consumer("TEST", config).await?;
        let wanted = 3 * EACH as u64;
        let got = Arc::new(AtomicU64::new(0));
        let mut pullers = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let client = connect(&js.server.url()).await?;
            let got = Arc::clone(&got);
            pullers.spawn(async move {
                let mut seqs = Vec::new();
                let inbox = client.new_inbox();
                let mut answers = client.subscribe(inbox.clone()).await?;
                while got.load(Ordering::Relaxed) < wanted {
                    let subject = "$JS.API.CONSUMER.MSG.NEXT.TEST.consumer";
                    let request = r#"{"batch":10,"expires":500000000}"#;
                    client
                        .publish_with_reply(subject, inbox.clone(), request.into())
                        .await?;
                    for _ in 0..10 {
                        let message = next(&mut answers).await?;
                        if message.status.is_some() {
                            break;
                        }
                        seqs.push(delivery(&message)?.consumer_seq);
                        got.fetch_add(1, Ordering::Relaxed);
                        let reply = message.reply.clone().unwrap();
                        client.publish(reply, "".into()).await?;
                    }
                }
                anyhow::Ok(seqs)
            });
        }
        let mut seqs = Vec::new();
        while let Some(of_puller) = pullers.join_next().await {
            seqs.extend(of_puller??);
        }
        seqs.sort_unstable();
        let expected: Vec<u64> = (1..=wanted).collect();
        assert_eq!(seqs, expected, "each once, and no other");
        Ok(())
    })
}

/// Push consumers get what their filters let through while messages are published
/// from several connections.
async fn published_meanwhile(
    subjects: &[(&str, usize)],
    consumers: &[(&str, Value, u64)],
) -> anyhow::Result<()> {
    let js = with_stream(json!(["one", "two", "three", "four", "five.>"])).await?;
    let mut receivers = Vec::new();
    let client = Arc::new(js.client.clone());
    for (name, filters, expected) in consumers {
        let config = json!({
            "durable_name": name, "filter_subjects": filters, "ack_policy": "explicit",
            "ack_wait": 30_000_000_000_u64,
        });
        let mut deliveries = js.push("TEST", config).await?;
        let client = Arc::clone(&client);
        let delivered = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&delivered);
        let receiver = tokio::spawn(async move {
            while let Some(message) = deliveries.next().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let reply = message.reply.unwrap();
                client.publish(reply, "".into()).await.unwrap();
            }
        });
        receivers.push((*name, *expected, delivered, receiver));
    }
    let mut publishers = tokio::task::JoinSet::new();
    for (subject, count) in subjects {
        let publisher = connect(&js.server.url()).await?;
        let (subject, count) = ((*subject).to_owned(), *count);
        publishers.spawn(async move {
            let inbox = publisher.new_inbox();
            let mut acks = publisher.subscribe(inbox.clone()).await?;
            for n in 0..count {
                let subject = subject.replace('>', &(n % 10).to_string());
                publisher
                    .publish_with_reply(subject, inbox.clone(), "data".into())
                    .await?;
                if n % 7 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            take(&mut acks, count).await
        });
    }
    while let Some(published) = publishers.join_next().await {
        published??;
    }
    for (name, expected, delivered, receiver) in receivers {
        let all = |info: &Value| {
            info["delivered"]["consumer_seq"] == expected
                && info["ack_floor"]["consumer_seq"] == expected
        };
        js.until_consumer("TEST", name, "everything is acknowledged", all)
            .await?;
        assert_eq!(delivered.load(Ordering::Relaxed), expected, "{name}");
        receiver.abort();
        assert!(receiver.await.unwrap_err().is_cancelled());
    }
    Ok(())
}

go_test!(
    1222,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleConsumersSingleFilter",
    multiple_consumers_single_filter
);
fn multiple_consumers_single_filter() -> anyhow::Result<()> {
    block_on(async {
        let subjects = [
            ("one", 5000),
            ("two", 7500),
            ("three", 2500),
            ("four", 1000),
            ("five.>", 3000),
        ];
        let consumers = [
            ("C1", json!(["one"]), 5000),
            ("C2", json!(["two"]), 7500),
            ("C3", json!(["one"]), 5000),
            ("C4", json!(["one"]), 5000),
        ];
        published_meanwhile(&subjects, &consumers).await
    })
}

go_test!(
    1223,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleConsumersMultipleFilters",
    multiple_consumers_multiple_filters
);
fn multiple_consumers_multiple_filters() -> anyhow::Result<()> {
    block_on(async {
        let subjects = [
            ("one", 50),
            ("two", 75),
            ("three", 250),
            ("four", 10),
            ("five.>", 300),
        ];
        let consumers = [
            ("C1", json!(["one", "two"]), 125),
            ("C2", json!(["two", "three"]), 325),
            ("C3", json!(["one", "three"]), 300),
            ("C4", json!(["one", "five.>"]), 350),
        ];
        published_meanwhile(&subjects, &consumers).await
    })
}

go_test!(
    1224,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleFiltersSequence",
    multiple_filters_sequence
);
fn multiple_filters_sequence() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["one", "two", "three", "four", "five.>"])).await?;
        let config = json!({
            "durable_name": "DUR", "filter_subjects": ["one", "two"], "ack_policy": "explicit",
            "deliver_subject": "to",
        });
        js.add_consumer("TEST", config).await?;
        for n in 0..60 {
            let subject = if (20..40).contains(&n) { "two" } else { "one" };
            js.store(subject, &n.to_string()).await?;
        }
        let mut deliveries = js.listen("to").await?;
        for (n, message) in take(&mut deliveries, 60).await?.iter().enumerate() {
            assert_eq!(text(message), n.to_string());
        }
        Ok(())
    })
}

go_test!(
    1249,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleFitersWithStartDate",
    multiple_filters_with_start_date
);
fn multiple_filters_with_start_date() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["events.>"])).await?;
        for subject in ["foo", "bar", "baz", "biz", "faz", "foo", "biz"] {
            js.store(&format!("events.{subject}"), "msg").await?;
        }
        let past = (jiff::Timestamp::now() - std::time::Duration::from_secs(90)).to_string();
        let future = in_future(std::time::Duration::from_secs(60)).to_string();
        let cases = [
            ("first", json!(["events.foo"]), &past, 2, 0),
            (
                "several",
                json!(["events.foo", "events.bar", "events.baz"]),
                &past,
                4,
                0,
            ),
            ("second", json!(["events.bar", "events.baz"]), &past, 2, 1),
            ("ends", json!(["events.foo", "events.biz"]), &past, 4, 0),
            ("future", json!(["events.foo", "events.biz"]), &future, 0, 7),
        ];
        for (name, filters, start, pending, delivered) in cases {
            let config = json!({
                "durable_name": name, "filter_subjects": filters,
                "deliver_policy": "by_start_time", "opt_start_time": start,
            });
            let info = js.add_consumer("TEST", config).await?;
            assert_eq!(info["delivered"]["stream_seq"], delivered, "{name}");
            assert_eq!(info["num_pending"], pending, "{name}");
        }
        Ok(())
    })
}

go_test!(
    1305,
    "jetstream_consumer_test",
    "TestJetStreamConsumerUpdateFilterSubject",
    update_filter_subject
);
fn update_filter_subject() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["foo", "bar", "baz"])).await?;
        js.fill("foo", "OK", 10).await?;
        js.fill("bar", "OK", 20).await?;
        let filtered = |subject| json!({ "durable_name": "d", "filter_subject": subject, "ack_policy": "explicit" });
        js.add_consumer("TEST", filtered("foo")).await?;
        js.fetch_all("TEST", "d", 5).await?;
        js.update_consumer("TEST", filtered("bar")).await?;
        let delivered = delivery(&js.pull("TEST", "d").await?)?;
        assert_eq!((delivered.consumer_seq, delivered.stream_seq), (6, 11));
        assert_eq!((delivered.count, delivered.pending), (1, 19));
        Ok(())
    })
}

go_test!(
    1311,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleSubjectsLast",
    multiple_subjects_last
);
fn multiple_subjects_last() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["events", "data", "other"])).await?;
        let subjects = [
            "events", "data", "other", "events", "data", "data", "other", "other",
        ];
        for (n, subject) in subjects.into_iter().enumerate() {
            js.store(subject, &(n + 1).to_string()).await?;
        }
        let config = json!({
            "durable_name": "durable", "deliver_policy": "last", "ack_policy": "explicit",
            "filter_subjects": ["events", "data"],
        });
        let mut deliveries = js.push("TEST", config).await?;
        let message = next(&mut deliveries).await?;
        assert_eq!(text(&message), "6");
        js.ack(&message).await?;
        expect_nothing(&mut deliveries, QUIET).await?;
        let info = js.consumer("TEST", "durable").await?;
        assert_eq!(info["num_ack_pending"], 0);
        assert_eq!(info["ack_floor"]["stream_seq"], 6);
        assert_eq!(info["ack_floor"]["consumer_seq"], 1);
        assert_eq!(info["num_pending"], 0);
        Ok(())
    })
}

go_test!(
    1312,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleSubjectsLastPerSubject",
    multiple_subjects_last_per_subject
);
fn multiple_subjects_last_per_subject() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["events.*", "data.>", "other"])).await?;
        let counts = [
            ("events.1", 2),
            ("data.1", 5),
            ("events.2", 3),
            ("other", 2),
        ];
        for (subject, count) in counts {
            for n in 1..=count {
                let payload = if n == count { subject } else { "bad" };
                js.store(subject, payload).await?;
            }
        }
        let config = json!({
            "durable_name": "durable", "deliver_policy": "last_per_subject",
            "ack_policy": "explicit", "filter_subjects": ["events.*", "data.>"],
        });
        let mut deliveries = js.push("TEST", config).await?;
        for (subject, acked) in [("events.1", true), ("data.1", true), ("events.2", false)] {
            let message = next(&mut deliveries).await?;
            assert_eq!(
                (message.subject.as_str(), text(&message)),
                (subject, subject.to_owned())
            );
            if acked {
                js.ack(&message).await?;
            }
        }
        let info = js.consumer("TEST", "durable").await?;
        assert_eq!(info["ack_floor"]["consumer_seq"], 2);
        assert_eq!(info["ack_floor"]["stream_seq"], 9);
        assert_eq!(info["delivered"]["stream_seq"], 10);
        assert_eq!(info["delivered"]["consumer_seq"], 3);
        Ok(())
    })
}

go_test!(
    1313,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleSubjects",
    multiple_subjects
);
fn multiple_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["events.>", "data.>"])).await?;
        for n in (0..20).step_by(2) {
            js.store("events.created", &format!("created {n}")).await?;
            js.store("data.processed", &format!("processed {}", n + 1))
                .await?;
        }
        let config = json!({
            "durable_name": "durable", "ack_policy": "explicit",
            "filter_subjects": ["events.created", "data.processed"],
        });
        let mut deliveries = js.push("TEST", config).await?;
        for message in take(&mut deliveries, 20).await? {
            js.ack(&message).await?;
        }
        let info = js.consumer("TEST", "durable").await?;
        assert_eq!(info["num_ack_pending"], 0);
        assert_eq!(info["num_pending"], 0);
        assert_eq!(info["ack_floor"]["consumer_seq"], 20);
        assert_eq!(info["ack_floor"]["stream_seq"], 20);
        Ok(())
    })
}

go_test!(
    1314,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleSubjectsWithEmpty",
    multiple_subjects_with_empty
);
fn multiple_subjects_with_empty() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["events.>"])).await?;
        for n in 0..10 {
            js.store("events.created", &n.to_string()).await?;
        }
        let config = json!({
            "durable_name": "durable", "ack_policy": "explicit", "filter_subject": "",
        });
        let mut deliveries = js.push("TEST", config).await?;
        for (n, message) in take(&mut deliveries, 9).await?.iter().enumerate() {
            assert_eq!(text(message), n.to_string());
            js.ack(message).await?;
        }
        let info = js.consumer("TEST", "durable").await?;
        assert_eq!(info["delivered"]["stream_seq"], 10);
        assert_eq!(info["delivered"]["consumer_seq"], 10);
        assert_eq!(info["ack_floor"]["stream_seq"], 9);
        assert_eq!(info["ack_floor"]["consumer_seq"], 9);
        assert_eq!(info["num_ack_pending"], 1);
        let empty = json!({
            "durable_name": "multiple", "deliver_subject": "multiple",
            "filter_subjects": [""], "ack_policy": "explicit",
        });
        assert_eq!(err_code(&js.try_consumer("TEST", empty).await?), 10139);
        Ok(())
    })
}

go_test!(
    1318,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleSubjectsWithAddedMessages",
    multiple_subjects_with_added_messages
);
fn multiple_subjects_with_added_messages() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["events.>"])).await?;
        let config = json!({
            "durable_name": "durable", "ack_policy": "explicit", "deliver_subject": "deliver",
            "filter_subjects": ["events.created", "events.processed"],
        });
        js.add_consumer("TEST", config).await?;
        let (created, processed, other) = ("events.created", "events.processed", "events.other");
        let before = [
            (created, "0"),
            (created, "1"),
            (created, "2"),
            (created, "3"),
            (other, "BAD"),
            (processed, "4"),
            (processed, "5"),
            (processed, "6"),
            (other, "BAD"),
            (processed, "7"),
            (processed, "8"),
        ];
        store_all(&js, &before).await?;
        let mut deliveries = js.listen("deliver").await?;
        for n in 0..10 {
            match n {
                5 => store_all(&js, &[(created, "9")]).await?,
                7 => store_all(&js, &[(processed, "10")]).await?,
                9 => store_all(&js, &[(other, "BAD"), (created, "11")]).await?,
                _ => {}
            }
            let message = next(&mut deliveries).await?;
            assert_eq!(text(&message), n.to_string());
            js.ack(&message).await?;
        }
        let all = |info: &Value| info["delivered"]["consumer_seq"] == 12;
        let info = js
            .until_consumer("TEST", "durable", "all is delivered", all)
            .await?;
        assert_eq!(info["delivered"]["stream_seq"], 15);
        assert_eq!(info["ack_floor"]["stream_seq"], 12);
        assert_eq!(info["ack_floor"]["consumer_seq"], 10);
        Ok(())
    })
}

go_test!(
    1319,
    "jetstream_consumer_test",
    "TestJetStreamConsumerThreeFilters",
    three_filters
);
fn three_filters() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["events", "data", "other", "ignored"])).await?;
        let messages = [
            ("ignored", "100"),
            ("events", "0"),
            ("events", "1"),
            ("data", "2"),
            ("ignored", "100"),
            ("data", "3"),
            ("other", "4"),
            ("data", "5"),
            ("other", "6"),
            ("data", "7"),
            ("ignored", "100"),
        ];
        store_all(&js, &messages).await?;
        let config = json!({
            "durable_name": "multi", "ack_policy": "explicit",
            "filter_subjects": ["events", "data", "other"],
        });
        js.add_consumer("TEST", config).await?;
        for (n, message) in js.fetch_all("TEST", "multi", 6).await?.iter().enumerate() {
            assert_eq!(text(message), n.to_string());
            js.ack(message).await?;
        }
        let info = js.consumer("TEST", "multi").await?;
        assert_eq!(info["delivered"]["stream_seq"], 8);
        assert_eq!(info["delivered"]["consumer_seq"], 6);
        assert_eq!(info["num_pending"], 2);
        assert_eq!(info["num_ack_pending"], 0);
        assert_eq!(info["ack_floor"]["consumer_seq"], 6);
        assert_eq!(info["ack_floor"]["stream_seq"], 8);
        Ok(())
    })
}

go_test!(
    1320,
    "jetstream_consumer_test",
    "TestJetStreamConsumerUpdateFilterSubjects",
    update_filter_subjects
);
fn update_filter_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["events", "data", "other"])).await?;
        let messages = [
            ("other", "100"),
            ("events", "0"),
            ("events", "1"),
            ("data", "2"),
            ("data", "3"),
            ("other", "4"),
            ("data", "5"),
        ];
        store_all(&js, &messages).await?;
        let mut filters = json!(["events", "data"]);
        for (from, to) in [(0, 3), (3, 6)] {
            let config = json!({
                "durable_name": "multi", "ack_policy": "explicit", "filter_subjects": filters,
            });
            js.add_consumer("TEST", config).await?;
            let fetched = js.fetch_all("TEST", "multi", 3).await?;
            for (n, message) in (from..to).zip(&fetched) {
                assert_eq!(text(message), n.to_string());
                js.ack(message).await?;
            }
            filters = json!(["events", "data", "other"]);
        }
        Ok(())
    })
}

go_test!(
    1323,
    "jetstream_consumer_test",
    "TestJetStreamConsumerFilterUpdate",
    filter_update
);
fn filter_update() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["foo.>", "bar.>"])).await?;
        js.fill("foo.data", "OK", 3).await?;
        let mut deliveries = js.listen("deliver").await?;
        let filtered = |subject: &str| {
            json!({
                "durable_name": "consumer", "deliver_subject": "deliver",
                "filter_subject": subject,
            })
        };
        js.add_consumer("TEST", filtered("foo.data")).await?;
        take_all(&mut deliveries, 3).await?;
        js.update_consumer("TEST", filtered("foo.>")).await?;
        js.store("foo.other", "data").await?;
        assert_eq!(next(&mut deliveries).await?.subject.as_str(), "foo.other");
        // Without a filter what has been let through comes from all subjects.
        js.store("bar.other", "data").await?;
        expect_nothing(&mut deliveries, QUIET).await?;
        js.update_consumer("TEST", filtered("")).await?;
        js.store("bar.other", "data").await?;
        assert_eq!(next(&mut deliveries).await?.subject.as_str(), "bar.other");
        Ok(())
    })
}

go_test!(
    1357,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDeliverAllOverlappingFilterSubjects",
    deliver_all_overlapping_filter_subjects
);
fn deliver_all_overlapping_filter_subjects() -> anyhow::Result<()> {
    block_on(async { delivered_through(json!(["stream.A", "stream.A.>"])).await })
}

go_test!(
    1359,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDeliverPartialOverlappingFilterSubjects",
    deliver_partial_overlapping_filter_subjects
);
fn deliver_partial_overlapping_filter_subjects() -> anyhow::Result<()> {
    block_on(async { delivered_through(json!(["stream.A", "stream.*.A"])).await })
}

/// Ten messages on `stream.A` come through filters of which only one matches.
async fn delivered_through(filters: Value) -> anyhow::Result<()> {
    let js = with_stream(json!(["stream.>"])).await?;
    js.fill("stream.A", "", 10).await?;
    let config = json!({ "name": "C", "filter_subjects": filters, "ack_policy": "explicit" });
    js.add_consumer("TEST", config).await?;
    let wanted = json!({ "batch": 20, "expires": 10_000_000_000_u64 });
    let mut deliveries = js.asked("TEST", "C", wanted).await?;
    for message in take(&mut deliveries, 10).await? {
        assert_eq!(message.status, None);
        js.respond(&message, "").await?;
    }
    Ok(())
}

go_test!(
    1358,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDeliverAllNonOverlappingFilterSubjects",
    deliver_all_non_overlapping_filter_subjects
);
fn deliver_all_non_overlapping_filter_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["stream.>"])).await?;
        js.fill("stream.subject", "", 10).await?;
        let filters = json!(["stream.subject.A", "stream.subject.A.>"]);
        let config = json!({ "name": "C", "filter_subjects": filters, "ack_policy": "explicit" });
        js.add_consumer("TEST", config).await?;
        assert_eq!(js.consumer("TEST", "C").await?["num_pending"], 0);
        Ok(())
    })
}

go_test!(
    1375,
    "jetstream_consumer_test",
    "TestJetStreamConsumerAllowOverlappingSubjectsIfNotSubset",
    allow_overlapping_subjects_if_not_subset
);
fn allow_overlapping_subjects_if_not_subset() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!(["event.>"])).await?;
        let parts = ["foo", "bar", "baz", "oth"];
        let subjects: Vec<String> = parts
            .iter()
            .flat_map(|start| parts.iter().map(move |end| format!("event.{start}.{end}")))
            .collect();
        for subject in &subjects {
            js.store(subject, "").await?;
        }
        let subset =
            json!({ "durable_name": "OVERLAP", "filter_subjects": ["event.>", "event.*.foo"] });
        assert_eq!(err_code(&js.try_consumer("TEST", subset).await?), 10138);
        let partial =
            json!({ "durable_name": "DURABLE", "filter_subjects": ["event.foo.*", "event.*.foo"] });
        js.add_consumer("TEST", partial).await?;
        let fetched = js.fetch("TEST", "DURABLE", subjects.len(), SECOND).await?;
        let got: Vec<&str> = fetched.iter().map(|m| m.subject.as_str()).collect();
        let expected: Vec<&str> = subjects
            .iter()
            .map(String::as_str)
            .filter(|subject| subject.contains("foo"))
            .collect();
        assert_eq!(expected.len(), 7);
        assert_eq!(got, expected);
        assert_eq!(got.iter().collect::<BTreeSet<_>>().len(), 7);
        Ok(())
    })
}
