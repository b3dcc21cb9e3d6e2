//! What single messages ask of a stream, as the client library publishes them: batches
//! that are stored as one, counters, schedules, limits of their own.

use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::{self, kv, stream};
use conformance::client::{block_on, header_map};
use conformance::wait::{SOON, until_async};
use futures_util::StreamExt as _;

use super::Running;

async fn publish(
    js: &jetstream::Context,
    subject: &str,
    headers: &[(&str, &str)],
    payload: &str,
) -> anyhow::Result<PublishAck> {
    let message = PublishMessage::build()
        .headers(header_map(headers))
        .payload(payload.to_owned().into());
    Ok(js.send_publish(subject.to_owned(), message).await?.await?)
}

/// All messages of a stream on some subjects.
async fn in_order(stream: &stream::Stream, subjects: &str) -> anyhow::Result<pull::Ordered> {
    let config = pull::OrderedConfig {
        filter_subject: subjects.to_owned(),
        ..Default::default()
    };
    Ok(stream.create_consumer(config).await?.messages().await?)
}

async fn next(messages: &mut pull::Ordered) -> anyhow::Result<jetstream::Message> {
    let message = tokio::time::timeout(SOON, messages.next()).await?;
    Ok(message.context("a message")??)
}

fn config(subjects: &str) -> stream::Config {
    stream::Config {
        name: "S".to_owned(),
        subjects: vec![subjects.to_owned()],
        allow_direct: true,
        ..Default::default()
    }
}

#[test]
fn a_batch_is_stored_as_one() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        let mut stream = js
            .create_stream(stream::Config {
                allow_atomic_publish: true,
                ..config("s.*")
            })
            .await?;
        for (id, commits) in [("left", false), ("done", true)] {
            for seq in 1..=4_u64 {
                let number = seq.to_string();
                let headers = [("Nats-Batch-Id", id), ("Nats-Batch-Sequence", &number)];
                let subject = format!("s.{seq}");
                let client = js.client();
                // Only the last is acknowledged.
                if seq < 4 {
                    let headers = header_map(&headers);
                    client
                        .publish_with_headers(subject, headers, number.into())
                        .await?;
                } else if commits {
                    let headers = [&headers[..], &[("Nats-Batch-Commit", "1")]].concat();
                    let ack = publish(js, &subject, &headers, &number).await?;
                    assert_eq!((ack.sequence, ack.batch_size), (4, Some(4)));
                    assert_eq!(ack.batch_id.as_deref(), Some("done"));
                }
            }
        }
        let state = stream.info().await?.state.clone();
        assert_eq!((state.messages, state.last_sequence), (4, 4));
        for seq in 1..=4 {
            let message = stream.direct_get(seq).await?;
            assert_eq!(message.subject.as_str(), format!("s.{seq}"));
            let id = message.headers.get("Nats-Batch-Id");
            assert_eq!(id.context("of a batch")?.as_str(), "done");
        }
        Ok(())
    })
}

#[test]
fn counters_count() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        let stream = js
            .create_stream(stream::Config {
                allow_message_counter: true,
                ..config("votes.*")
            })
            .await?;
        let steps = [
            ("votes.a", "+1", "1"),
            ("votes.b", "10", "10"),
            ("votes.a", "41", "42"),
            ("votes.a", "-50", "-8"),
        ];
        for (subject, by, total) in steps {
            let ack = publish(js, subject, &[("Nats-Incr", by)], "").await?;
            assert_eq!(ack.value.as_deref(), Some(total), "{subject} {by}");
        }
        for (subject, total) in [("votes.a", "-8"), ("votes.b", "10")] {
            let last = stream.direct_get_last_for_subject(subject).await?;
            let value: serde_json::Value = serde_json::from_slice(&last.payload)?;
            assert_eq!(value["val"], total);
        }
        let refused = publish(js, "votes.a", &[("Nats-Incr", "one")], "").await;
        assert!(refused.is_err(), "{refused:?}");
        Ok(())
    })
}

#[test]
fn schedules_publish_once_and_again_and_again() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        let mut stream = js
            .create_stream(stream::Config {
                allow_message_schedules: true,
                allow_message_ttl: true,
                ..config("s.>")
            })
            .await?;
        let mut arrivals = in_order(&stream, "s.target.*").await?;
        let soon = jiff::Timestamp::now() + Duration::from_secs(1);
        let plans = [
            ("s.plan.once", format!("@at {soon}"), "s.target.once"),
            ("s.plan.often", "@every 1s".to_owned(), "s.target.often"),
        ];
        for (subject, when, target) in &plans {
            let headers = [
                ("Nats-Schedule", when.as_str()),
                ("Nats-Schedule-Target", target),
            ];
            publish(js, subject, &headers, "tick").await?;
        }
        let (mut once, mut often) = (0, 0);
        while once < 1 || often < 2 {
            let message = next(&mut arrivals).await?;
            assert_eq!(message.payload, "tick");
            let headers = message.headers.as_ref().context("headers")?;
            let scheduler = headers.get("Nats-Scheduler").context("a scheduler")?;
            match message.subject.as_str() {
                "s.target.once" => {
                    assert_eq!(scheduler.as_str(), "s.plan.once");
                    once += 1;
                }
                "s.target.often" => {
                    assert_eq!(scheduler.as_str(), "s.plan.often");
                    often += 1;
                }
                other => anyhow::bail!("a message on {other}"),
            }
        }
        assert_eq!(once, 1);
        // What was for one time only is gone, and what repeats stays.
        let gone = stream.direct_get_last_for_subject("s.plan.once").await;
        assert!(gone.is_err(), "{gone:?}");
        stream.direct_get_last_for_subject("s.plan.often").await?;
        assert!(stream.info().await?.state.messages >= 3);
        Ok(())
    })
}

#[test]
fn messages_go_after_their_time() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        let second = Duration::from_secs(1);
        let mut stream = js
            .create_stream(stream::Config {
                allow_message_ttl: true,
                subject_delete_marker_ttl: Some(second),
                ..config("s.*")
            })
            .await?;
        let mut messages = in_order(&stream, "s.*").await?;
        let of_a_second = PublishMessage::build().ttl(second);
        js.send_publish("s.short", of_a_second).await?.await?;
        js.publish("s.long", "stays".into()).await?.await?;
        stream.direct_get(1).await?;
        assert_eq!(next(&mut messages).await?.subject.as_str(), "s.short");
        assert_eq!(next(&mut messages).await?.subject.as_str(), "s.long");
        // It goes, and a marker says so for as long as markers live.
        let marker = next(&mut messages).await?;
        assert_eq!(marker.subject.as_str(), "s.short");
        let headers = marker.headers.as_ref().context("headers")?;
        let value = |name| headers.get(name).map(async_nats::HeaderValue::as_str);
        assert_eq!(value("Nats-Marker-Reason"), Some("MaxAge"));
        assert_eq!(value("Nats-TTL"), Some("1s"));
        assert!(stream.direct_get(1).await.is_err());
        until_async(SOON, "the marker is gone", || async {
            let info = stream.get_info().await;
            info.is_ok_and(|info| info.state.messages == 1)
        })
        .await;
        assert_eq!(stream.info().await?.state.last_sequence, 3);
        assert_eq!(stream.direct_get(2).await?.payload, "stays");
        Ok(())
    })
}

#[test]
fn keys_go_after_their_time_and_watchers_are_told() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        let bucket = js
            .create_key_value(kv::Config {
                bucket: "K".to_owned(),
                history: 5,
                limit_markers: Some(Duration::from_secs(2)),
                ..Default::default()
            })
            .await?;
        let mut watch = bucket.watch_all().await?;
        let second = Duration::from_secs(1);
        bucket.create_with_ttl("short", "1".into(), second).await?;
        assert!(bucket.create("short", "2".into()).await.is_err());
        bucket.put("long", "3".into()).await?;
        bucket.purge_with_ttl("long", second).await?;
        let mut told = Vec::new();
        while told.len() < 4 {
            let entry = tokio::time::timeout(SOON, watch.next()).await?;
            let entry = entry.context("a change")??;
            told.push((entry.key, entry.operation));
        }
        let expected = [
            ("short", kv::Operation::Put),
            ("long", kv::Operation::Put),
            ("long", kv::Operation::Purge),
            // The limit of the key, which a marker tells of.
            ("short", kv::Operation::Purge),
        ];
        assert_eq!(told, expected.map(|(key, what)| (key.to_owned(), what)));
        assert_eq!(bucket.get("short").await?, None);
        // It can be made anew, and markers go as well.
        bucket.create("short", "4".into()).await?;
        let mut left = js.get_stream("KV_K").await?;
        until_async(SOON, "markers are gone", || async {
            left.get_info()
                .await
                .is_ok_and(|info| info.state.subjects_count == 1)
        })
        .await;
        assert!(left.info().await?.state.messages >= 1);
        assert_eq!(bucket.get("short").await?.context("a value")?, "4");
        Ok(())
    })
}
