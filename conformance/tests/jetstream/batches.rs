//! Atomic batches on one server, in memory and in files (ADR-50).

use std::time::Duration;

use conformance::client::{block_on, next};
use serde_json::{Value, json};

use super::raw::{Headers, Raw, code};

/// A payload or subject, and what goes with it.
type Sent<'a> = (&'a str, Headers<'a>);

const COMMIT: (&str, &str) = ("Nats-Batch-Commit", "1");
const EOB: (&str, &str) = ("Nats-Batch-Commit", "eob");

/// Publishes a message of the batch `id`.
async fn part(
    js: &Raw,
    id: &str,
    subject: &str,
    seq: u64,
    more: Headers<'_>,
) -> anyhow::Result<Value> {
    let seq = seq.to_string();
    let mut headers = vec![("Nats-Batch-Id", id), ("Nats-Batch-Sequence", &seq)];
    headers.extend_from_slice(more);
    js.publish(subject, &headers, subject).await
}

fn stream(storage: &str, retention: &str) -> Value {
    json!({
        "name": "TEST", "subjects": ["foo.*"], "storage": storage, "retention": retention,
        "allow_atomic": true,
    })
}

#[test]
fn batches_are_stored_as_one() -> anyhow::Result<()> {
    block_on(async {
        for storage in ["memory", "file"] {
            for retention in ["limits", "interest", "workqueue"] {
                let js = Raw::start().await?;
                let mut config = stream(storage, retention);
                config["allow_atomic"] = json!(false);
                js.stream(config.clone()).await?;
                let headers = [("Nats-Batch-Id", "uuid")];
                assert_eq!(code(&js.publish("foo.0", &headers, "").await?), 10174);
                config["allow_atomic"] = json!(true);
                js.api("STREAM.UPDATE.TEST", &config).await?;
                assert_eq!(code(&js.publish("foo.0", &headers, "").await?), 10175);
                assert_eq!(code(&part(&js, "uuid", "foo.0", 2, &[]).await?), 10176);
                let ack = part(&js, "uuid", "foo.0", 1, &[COMMIT]).await?;
                let one = json!({ "stream": "TEST", "seq": 1, "batch": "uuid", "count": 1 });
                assert_eq!(ack, one);
                // A gap ends a batch.
                assert_eq!(part(&js, "uuid", "foo.0", 1, &[]).await?, Value::Null);
                assert_eq!(code(&part(&js, "uuid", "foo.0", 3, &[]).await?), 10176);
                for seq in 1..5 {
                    let subject = format!("foo.{seq}");
                    assert_eq!(part(&js, "uuid", &subject, seq, &[]).await?, Value::Null);
                }
                let ack = part(&js, "uuid", "foo.5", 5, &[COMMIT]).await?;
                assert_eq!((&ack["seq"], &ack["count"]), (&json!(6), &json!(5)));
                if retention == "interest" {
                    js.until_held("TEST", 0).await?;
                    continue;
                }
                for at in 0..6 {
                    let (subject, _, payload) = js.message("TEST", at + 1).await?;
                    assert_eq!(subject, format!("foo.{at}"));
                    assert!(at == 0 || payload == subject);
                }
            }
        }
        Ok(())
    })
}

#[test]
fn an_end_of_a_batch_is_not_stored() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::start().await?;
        js.stream(stream("file", "limits")).await?;
        part(&js, "uuid", "foo.a", 1, &[]).await?;
        part(&js, "uuid", "foo.a", 2, &[]).await?;
        let ack = part(&js, "uuid", "foo.a", 3, &[EOB]).await?;
        assert_eq!((&ack["seq"], &ack["count"]), (&json!(2), &json!(2)));
        for seq in 1..=2 {
            let (_, header, _) = js.message("TEST", seq).await?;
            assert!(header.contains(&format!("Nats-Batch-Sequence: {seq}\r\n")));
            assert_eq!(header.contains("Nats-Batch-Commit: 1\r\n"), seq == 2);
        }
        js.until_held("TEST", 2).await
    })
}

#[test]
fn batches_have_limits() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::with(|options| {
            let limits = &mut options.js.limits;
            limits.max_batch_inflight_per_stream = 1;
            limits.max_batch_inflight_total = 1;
            limits.max_batch_size = 2;
            limits.max_batch_timeout = Duration::from_millis(300);
        })
        .await?;
        js.stream(stream("file", "limits")).await?;
        let other = json!({ "name": "BAR", "subjects": ["bar"], "allow_atomic": true });
        js.stream(other).await?;
        let mut advisories = js
            .listen("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.*")
            .await?;
        let ack = part(&js, &"A".repeat(64), "foo.a", 1, &[COMMIT]).await?;
        assert_eq!(code(&ack), 0);
        let ack = part(&js, &"A".repeat(65), "foo.a", 1, &[COMMIT]).await?;
        assert_eq!(code(&ack), 10179);
        part(&js, "first", "foo.a", 1, &[]).await?;
        // One more, of the same stream or another, is too many.
        for subject in ["foo.a", "bar"] {
            let ack = part(&js, "second", subject, 1, &[COMMIT]).await?;
            assert_eq!(code(&ack), 10176, "{subject}");
        }
        let mut advised = async |batch: &str, reason: &str| -> anyhow::Result<()> {
            let message = next(&mut advisories).await?;
            let told: Value = serde_json::from_slice(&message.payload)?;
            let kind = "io.nats.jetstream.advisory.v1.stream_batch_abandoned";
            assert_eq!(
                (&told["type"], &told["stream"]),
                (&json!(kind), &json!("TEST"))
            );
            assert_eq!(
                (&told["batch"], &told["reason"]),
                (&json!(batch), &json!(reason))
            );
            Ok(())
        };
        advised("first", "timeout").await?;
        let late = part(&js, "first", "foo.a", 2, &[COMMIT]).await?;
        assert_eq!(code(&late), 10176);
        part(&js, "two", "foo.a", 1, &[]).await?;
        let ack = part(&js, "two", "foo.a", 2, &[COMMIT]).await?;
        assert_eq!(ack["count"], 2);
        part(&js, "three", "foo.a", 1, &[]).await?;
        part(&js, "three", "foo.a", 2, &[]).await?;
        let ack = part(&js, "three", "foo.a", 3, &[COMMIT]).await?;
        assert_eq!(code(&ack), 10199);
        advised("three", "large").await?;
        part(&js, "gap", "foo.a", 1, &[]).await?;
        part(&js, "gap", "foo.a", 3, &[]).await?;
        advised("gap", "incomplete").await
    })
}

#[test]
fn batches_have_no_duplicates() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::start().await?;
        js.stream(stream("memory", "limits")).await?;
        let id = |id| ("Nats-Msg-Id", id);
        js.publish("foo.a", &[id("known")], "").await?;
        let ack = part(&js, "uuid", "foo.a", 1, &[id("known"), COMMIT]).await?;
        assert_eq!(code(&ack), 10201);
        part(&js, "uuid", "foo.a", 1, &[id("one")]).await?;
        let ack = part(&js, "uuid", "foo.a", 2, &[id("one"), COMMIT]).await?;
        assert_eq!(code(&ack), 10201, "twice in one batch");
        part(&js, "uuid", "foo.a", 1, &[id("one")]).await?;
        let ack = part(&js, "uuid", "foo.a", 2, &[id("two"), COMMIT]).await?;
        assert_eq!((&ack["seq"], &ack["count"]), (&json!(3), &json!(2)));
        assert_eq!(
            js.publish("foo.a", &[id("two")], "").await?["duplicate"],
            true
        );
        js.until_held("TEST", 3).await
    })
}

#[test]
fn other_streams_take_messages_without_their_batch() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::start().await?;
        js.stream(stream("file", "limits")).await?;
        for seq in 1..3 {
            part(&js, "uuid", "foo.a", seq, &[]).await?;
        }
        part(&js, "uuid", "foo.a", 3, &[COMMIT]).await?;
        js.api("STREAM.MSG.DELETE.TEST", &json!({ "seq": 2 }))
            .await?;
        let mirror = json!({ "name": "M", "mirror": { "name": "TEST" }, "allow_atomic": true });
        let refused = js.api("STREAM.CREATE.M", &mirror).await?;
        assert_eq!(code(&refused), 10198);
        js.stream(json!({ "name": "M", "mirror": { "name": "TEST" } }))
            .await?;
        js.stream(json!({ "name": "S", "sources": [{ "name": "TEST" }] }))
            .await?;
        for name in ["M", "S"] {
            js.until_held(name, 2).await?;
        }
        for seq in [1, 3] {
            assert_eq!(js.message("M", seq).await?.1, "");
        }
        for (seq, of) in [(1, 1), (2, 3)] {
            let expected = format!("NATS/1.0\r\nNats-Stream-Source: TEST {of} > > foo.a\r\n\r\n");
            assert_eq!(js.message("S", seq).await?.1, expected);
        }
        Ok(())
    })
}

/// A batch with a message for each of these headers, and the error of the whole.
async fn check(js: &Raw, messages: &[Sent<'_>], expected: (u64, &str)) -> anyhow::Result<()> {
    let last = messages.len() as u64;
    for (seq, (subject, headers)) in (1..).zip(messages) {
        let mut headers = headers.to_vec();
        if seq == last {
            headers.push(COMMIT);
        }
        let ack = part(js, "uuid", subject, seq, &headers).await?;
        if seq == last {
            let text = ack["error"]["description"].as_str().unwrap_or_default();
            assert_eq!((code(&ack), text), expected, "{messages:?}");
        } else {
            assert_eq!(ack, Value::Null);
        }
    }
    Ok(())
}

const SUBJECT_SEQ: &str = "Nats-Expected-Last-Subject-Sequence";
const SUBJECT: &str = "Nats-Expected-Last-Subject-Sequence-Subject";
const LAST_SEQ: &str = "Nats-Expected-Last-Sequence";
const ROLLUP: &str = "Nats-Rollup";

#[test]
fn what_batches_expect_is_checked_against_the_stream_before_them() -> anyhow::Result<()> {
    const WRONG: &str = "wrong last sequence";
    block_on(async {
        let js = Raw::start().await?;
        let mut config = stream("memory", "limits");
        config["allow_rollup_hdrs"] = json!(true);
        js.stream(config).await?;
        let zero = |key| (key, "0");
        let cases: [(&[Sent<'_>], (u64, &str)); 10] = [
            (
                &[("foo.a", &[("Nats-Expected-Last-Msg-Id", "x")])],
                (
                    10177,
                    "atomic publish unsupported header used: Nats-Expected-Last-Msg-Id",
                ),
            ),
            // Only the first may expect one, but a wrong one is told first.
            (
                &[("foo.a", &[]), ("foo.b", &[(LAST_SEQ, "1")])],
                (10164, WRONG),
            ),
            (
                &[("foo.a", &[]), ("foo.b", &[zero(LAST_SEQ)])],
                (10071, "wrong last sequence: 1"),
            ),
            (
                &[("foo.a", &[(LAST_SEQ, "1")])],
                (10071, "wrong last sequence: 0"),
            ),
            (
                &[
                    ("foo.a", &[zero(SUBJECT_SEQ)]),
                    ("foo.a", &[zero(SUBJECT_SEQ)]),
                ],
                (10164, WRONG),
            ),
            (
                &[
                    ("foo.a", &[]),
                    ("foo.b", &[zero(SUBJECT_SEQ), (SUBJECT, "foo.a")]),
                ],
                (10164, WRONG),
            ),
            (
                &[("foo.a", &[(SUBJECT_SEQ, "7")])],
                (10071, "wrong last sequence: 0"),
            ),
            (
                &[("foo.a", &[(ROLLUP, "other")])],
                (10111, "rollup value invalid: \"other\""),
            ),
            (
                &[("foo.a", &[]), ("foo.b", &[(ROLLUP, "all")])],
                (10111, "batch rollup all invalid"),
            ),
            (
                &[("foo.a", &[(ROLLUP, "sub")]), ("foo.a", &[(ROLLUP, "sub")])],
                (10111, "batch rollup sub invalid"),
            ),
        ];
        for (messages, expected) in cases {
            check(&js, messages, expected).await?;
            js.until_held("TEST", 0).await?;
        }
        let fine: [&[Sent<'_>]; 4] = [
            &[("foo.a", &[zero(LAST_SEQ)]), ("foo.b", &[])],
            &[
                ("foo.c", &[zero(SUBJECT_SEQ)]),
                ("foo.d", &[zero(SUBJECT_SEQ)]),
            ],
            &[
                ("foo.e", &[zero(SUBJECT_SEQ), (SUBJECT, "foo.z")]),
                ("foo.f", &[zero(SUBJECT_SEQ), (SUBJECT, "foo.z")]),
            ],
            &[("foo.g", &[(ROLLUP, "sub")]), ("foo.h", &[(ROLLUP, "sub")])],
        ];
        for messages in fine {
            check(&js, messages, (0, "")).await?;
        }
        js.until_held("TEST", 8).await?;
        check(&js, &[("foo.x", &[(ROLLUP, "all")])], (0, "")).await?;
        js.until_held("TEST", 1).await
    })
}

#[test]
fn a_full_stream_refuses_the_whole_batch() -> anyhow::Result<()> {
    block_on(async {
        let cases = [
            (
                json!({ "max_msgs": 2 }),
                "foo.a",
                3,
                "maximum messages exceeded",
            ),
            (
                json!({ "max_bytes": 150 }),
                "foo.a",
                3,
                "maximum bytes exceeded",
            ),
            (
                json!({ "max_msgs_per_subject": 1, "discard_new_per_subject": true }),
                "foo.a",
                2,
                "maximum messages per subject exceeded",
            ),
        ];
        for (limits, subject, count, expected) in cases {
            let js = Raw::start().await?;
            let mut config = stream("memory", "limits");
            config["discard"] = json!("new");
            for (key, value) in limits.as_object().into_iter().flatten() {
                config[key] = value.clone();
            }
            js.stream(config).await?;
            let messages: Vec<(&str, &[(&str, &str)])> = vec![(subject, &[]); count];
            check(&js, &messages, (10077, expected)).await?;
            js.until_held("TEST", 0).await?;
            check(&js, &[(subject, &[])], (0, "")).await?;
        }
        Ok(())
    })
}

#[test]
fn schedules_and_limits_of_messages_are_checked_in_batches() -> anyhow::Result<()> {
    const AT: (&str, &str) = ("Nats-Schedule", "@at 2100-01-01T00:00:00Z");
    block_on(async {
        let js = Raw::start().await?;
        let ttl = [("Nats-TTL", "5s")];
        let config = json!({ "name": "PLAIN", "subjects": ["plain"], "allow_atomic": true });
        js.stream(config).await?;
        check(
            &js,
            &[("plain", &ttl)],
            (10166, "per-message TTL is disabled"),
        )
        .await?;
        check(
            &js,
            &[("plain", &[AT])],
            (10188, "message schedules is disabled"),
        )
        .await?;
        let mut config = stream("memory", "limits");
        config["allow_msg_schedules"] = json!(true);
        config["allow_msg_ttl"] = json!(true);
        js.stream(config).await?;
        let target = |target| ("Nats-Schedule-Target", target);
        let cases: [(Headers<'_>, (u64, &str)); 6] = [
            (
                &[("Nats-Schedule", "invalid")],
                (10189, "message schedules pattern is invalid"),
            ),
            (
                &[AT, ("Nats-Schedule-TTL", "invalid")],
                (10191, "message schedules invalid per-message TTL"),
            ),
            (&[AT], (10190, "message schedules target is invalid")),
            (
                &[AT, target("foo.*")],
                (10190, "message schedules target is invalid"),
            ),
            (
                &[AT, target("not.matching.it")],
                (10190, "message schedules target is invalid"),
            ),
            (
                &[AT, target("foo.b"), (ROLLUP, "all")],
                (10192, "message schedules invalid rollup"),
            ),
        ];
        for (headers, expected) in cases {
            check(&js, &[("foo.a", headers)], expected).await?;
        }
        check(
            &js,
            &[
                ("foo.a", &[AT, target("foo.z")]),
                ("foo.b", &[AT, target("foo.z")]),
            ],
            (0, ""),
        )
        .await?;
        let (_, header, _) = js.message("TEST", 1).await?;
        assert!(header.contains("Nats-Rollup: sub\r\n"), "{header}");
        Ok(())
    })
}

#[test]
fn batches_end_when_they_are_no_longer_allowed() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::with(|options| options.js.limits.max_batch_inflight_total = 1).await?;
        let mut config = stream("memory", "limits");
        js.stream(config.clone()).await?;
        part(&js, "uuid", "foo.a", 1, &[]).await?;
        for allowed in [false, true] {
            config["allow_atomic"] = json!(allowed);
            let changed = js.api("STREAM.UPDATE.TEST", &config).await?;
            assert_eq!(code(&changed), 0, "{changed}");
        }
        let late = part(&js, "uuid", "foo.a", 2, &[COMMIT]).await?;
        assert_eq!(code(&late), 10176);
        // And its place is free.
        let ack = part(&js, "other", "foo.a", 1, &[COMMIT]).await?;
        assert_eq!(ack["count"], 1, "{ack}");
        Ok(())
    })
}
