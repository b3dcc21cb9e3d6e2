//! Streams of counters on one server (ADR-49).

use conformance::client::block_on;
use serde_json::{Value, json};

use super::raw::{Raw, code};

fn counters(name: &str, more: Value) -> Value {
    let mut config = json!({ "name": name, "allow_msg_counter": true });
    for (key, value) in more.as_object().into_iter().flatten() {
        config[key] = value.clone();
    }
    config
}

async fn increment(js: &Raw, subject: &str, by: &str) -> anyhow::Result<Value> {
    js.publish(subject, &[("Nats-Incr", by)], "").await
}

#[test]
fn counters_add_up() -> anyhow::Result<()> {
    block_on(async {
        for storage in ["memory", "file"] {
            let js = Raw::start().await?;
            js.stream(json!({ "name": "P", "subjects": ["plain"] }))
                .await?;
            assert_eq!(code(&increment(&js, "plain", "1").await?), 10168);
            let more = json!({ "subjects": ["foo", "bar"], "storage": storage });
            js.stream(counters("TEST", more)).await?;
            assert_eq!(code(&js.publish("foo", &[("a", "b")], "").await?), 10169);
            assert_eq!(code(&increment(&js, "foo", "bogus").await?), 10171);
            let payload = js.publish("foo", &[("Nats-Incr", "1")], "payload").await?;
            assert_eq!(code(&payload), 10170);
            for other in [
                "Nats-Rollup",
                "Nats-Expected-Stream",
                "Nats-Expected-Last-Msg-Id",
                "Nats-Expected-Last-Sequence",
                "Nats-Expected-Last-Subject-Sequence",
            ] {
                let both = [("Nats-Incr", "1"), (other, "1")];
                assert_eq!(code(&js.publish("foo", &both, "").await?), 10171, "{other}");
            }
            let steps = [
                ("foo", "1", "1"),
                ("foo", "+2", "3"),
                ("bar", "-7", "-7"),
                ("foo", "0", "3"),
                (
                    "foo",
                    "170141183460469231731687303715884105728",
                    "170141183460469231731687303715884105731",
                ),
                ("foo", "-170141183460469231731687303715884105731", "0"),
            ];
            for (seq, (subject, by, total)) in (1..).zip(steps) {
                let ack = increment(&js, subject, by).await?;
                assert_eq!(
                    (&ack["seq"], &ack["val"]),
                    (&json!(seq), &json!(total)),
                    "{by}"
                );
                let (_, header, payload) = js.message("TEST", seq).await?;
                assert_eq!(payload, format!("{{\"val\":\"{total}\"}}"));
                assert_eq!(header, format!("NATS/1.0\r\nNats-Incr: {by}\r\n\r\n"));
            }
        }
        Ok(())
    })
}

#[test]
fn counters_have_sizes() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::with(|options| options.max_payload = 256).await?;
        js.stream(counters(
            "SMALL",
            json!({ "subjects": ["small"], "max_msg_size": 50 }),
        ))
        .await?;
        js.stream(counters("WIDE", json!({ "subjects": ["wide"] })))
            .await?;
        // Header, payload and what comes of them have to fit.
        let (fits, large) = ("1".to_owned(), "9".repeat(120));
        for subject in ["small", "wide"] {
            assert_eq!(increment(&js, subject, &fits).await?["val"], "1");
            let ack = increment(&js, subject, &large).await?;
            assert_eq!(code(&ack), 10054, "{subject}: {ack}");
        }
        Ok(())
    })
}

#[test]
fn batches_of_counters_add_up() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::start().await?;
        js.stream(counters(
            "TEST",
            json!({ "subjects": ["foo"], "allow_atomic": true }),
        ))
        .await?;
        increment(&js, "foo", "1").await?;
        let batch = |seq, by| {
            [
                ("Nats-Batch-Id", "b"),
                ("Nats-Batch-Sequence", seq),
                ("Nats-Incr", by),
            ]
        };
        assert_eq!(js.publish("foo", &batch("1", "2"), "").await?, Value::Null);
        let mut last = batch("2", "3").to_vec();
        last.push(("Nats-Batch-Commit", "1"));
        let ack = js.publish("foo", &last, "").await?;
        assert_eq!(
            (&ack["seq"], &ack["count"]),
            (&json!(3), &json!(2)),
            "{ack}"
        );
        for (seq, total) in [(2, "3"), (3, "6")] {
            assert_eq!(
                js.message("TEST", seq).await?.2,
                format!("{{\"val\":\"{total}\"}}")
            );
        }
        Ok(())
    })
}

#[test]
fn mirrors_of_counters_are_copies() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::start().await?;
        js.stream(counters("O", json!({ "subjects": ["foo"] })))
            .await?;
        let refused = counters("M", json!({ "mirror": { "name": "O" } }));
        assert_eq!(code(&js.api("STREAM.CREATE.M", &refused).await?), 10173);
        js.stream(json!({ "name": "M", "mirror": { "name": "O" } }))
            .await?;
        for by in ["1", "2"] {
            increment(&js, "foo", by).await?;
        }
        js.until_held("M", 2).await?;
        for seq in [1, 2] {
            assert_eq!(js.message("M", seq).await?, js.message("O", seq).await?);
        }
        Ok(())
    })
}

#[test]
fn sources_of_counters_are_added() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::start().await?;
        for name in ["O1", "O2"] {
            js.stream(counters(name, json!({ "subjects": [format!("{name}.*")] })))
                .await?;
        }
        // One begins above nothing.
        increment(&js, "O1.a", "5").await?;
        js.api("STREAM.PURGE.O1", &json!({ "keep": 1 })).await?;
        let source = |name: &str| json!({ "name": name, "subject_transforms": [{ "src": format!("{name}.*"), "dest": "agg.{{wildcard(1)}}" }] });
        let sources = json!([source("O1"), source("O2")]);
        js.stream(counters("AGG", json!({ "sources": sources })))
            .await?;
        js.until_held("AGG", 1).await?;
        increment(&js, "O2.a", "2").await?;
        js.until_held("AGG", 2).await?;
        increment(&js, "O1.a", "1").await?;
        js.until_held("AGG", 3).await?;
        let (subject, header, payload) = js.message("AGG", 3).await?;
        assert_eq!(
            (subject.as_str(), payload.as_str()),
            ("agg.a", "{\"val\":\"8\"}")
        );
        let sources = header
            .lines()
            .find_map(|line| line.strip_prefix("Nats-Counter-Sources: "))
            .expect("it tells what its sources have");
        let sources: Value = serde_json::from_str(sources)?;
        assert_eq!(
            sources,
            json!({ "O1": { "O1.a": "6" }, "O2": { "O2.a": "2" } })
        );
        assert!(header.contains("Nats-Incr: 1\r\n"), "{header}");
        // A stream that counts nothing takes what there is.
        js.stream(json!({ "name": "COPY", "sources": [{ "name": "O2" }] }))
            .await?;
        js.until_held("COPY", 1).await?;
        let (_, header, payload) = js.message("COPY", 1).await?;
        assert_eq!(payload, "{\"val\":\"2\"}");
        assert!(header.contains("Nats-Incr: 2\r\n"), "{header}");
        Ok(())
    })
}
