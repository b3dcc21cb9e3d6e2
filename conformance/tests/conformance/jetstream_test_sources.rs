//! Go: `server/jetstream_test.go`: streams that take messages from others.

use std::collections::BTreeSet;
use std::time::Duration;

use conformance::client::{block_on, next};
use conformance::go_test;
use conformance::wait::elapse;
use serde_json::{Value, json};

use crate::js_stream_support::{description, with};
use crate::js_support::{Js, err_code, eventually, header};

/// The headers of a stored message.
async fn headers(js: &Js, stream: &str, seq: u64) -> anyhow::Result<(String, String)> {
    use nats_server::jetstream::store::StoredMsg;
    let mut msg = StoredMsg::new();
    js.stream(stream).store().load_msg(seq, &mut msg)?;
    let subject = String::from_utf8_lossy(msg.subject()).into_owned();
    Ok((subject, String::from_utf8_lossy(msg.header()).into_owned()))
}

/// A stream that took messages with their old subjects before servers noted those.
async fn check_old_headers(js: &Js) -> anyhow::Result<()> {
    let transform = json!({ "src": "B.*", "dest": "A.{{Wildcard(1)}}" });
    js.add_stream(json!({ "name": "A", "subjects": ["B.*"], "subject_transform": transform }))
        .await?;
    js.store("B.A", "OK").await?;
    js.store("B.B", "OK").await?;
    let config = json!({ "name": "B", "subjects": ["A.*"] });
    js.add_stream(config.clone()).await?;
    js.store_with("A.A", &[("Nats-Stream-Source", "A 1")], "OK")
        .await?;
    js.update(&with(&config, json!({ "sources": [{ "name": "A" }] })))
        .await?;
    js.until_held("B", 2).await?;
    let (subject, header) = headers(js, "B", 2).await?;
    assert_eq!(subject, "A.B");
    assert!(
        header.contains("Nats-Stream-Source: A 2 > > A.B\r\n"),
        "{header}"
    );
    Ok(())
}

go_test!(
    1577,
    "jetstream_test",
    "TestJetStreamSourceBasics",
    source_basics
);
fn source_basics() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let unnamed = json!({ "name": "test", "sources": [{ "name": "" }] });
        let refused = js.try_stream(&unnamed).await?;
        assert_eq!(description(&refused), "sourced stream name is invalid");
        for (name, count) in [("foo", 10), ("bar", 15), ("baz", 25)] {
            js.add_stream(json!({ "name": name })).await?;
            js.fill(name, "OK", count).await?;
        }
        let transform = |src: &str, dest: &str| json!({ "src": src, "dest": dest });
        let foo = json!({ "name": "foo", "subject_transforms": [transform(">", "foo2.>")] });
        let sources = json!([foo, { "name": "bar" }, { "name": "baz" }]);
        js.add_stream(json!({ "name": "MS", "sources": sources }))
            .await?;
        js.until_held("MS", 50).await?;
        let mut deliveries = js
            .push("MS", json!({ "filter_subject": "foo2.foo" }))
            .await?;
        for _ in 0..10 {
            next(&mut deliveries).await?;
        }
        let sources = json!([{ "name": "foo" }, { "name": "bar" }, { "name": "dlc" }]);
        js.update(&json!({ "name": "MS", "sources": sources }))
            .await?;
        eventually("the missing source is told of", async || {
            let info = js.info("MS", Value::Null).await?;
            let told = info["sources"].as_array().unwrap();
            let names: BTreeSet<&str> = told
                .iter()
                .filter_map(|source| source["name"].as_str())
                .collect();
            assert_eq!(names, BTreeSet::from(["foo", "bar", "dlc"]));
            let missing = told.iter().find(|source| source["name"] == "dlc").unwrap();
            Ok((missing["error"]["err_code"] == 10059).then_some(()))
        })
        .await?;

        js.add_stream(json!({ "name": "TEST", "subjects": ["dlc", "rip", "jnm"] }))
            .await?;
        for (subject, count) in [("dlc", 20), ("rip", 20), ("dlc", 10), ("jnm", 10)] {
            js.fill(subject, "OK", count).await?;
        }
        let take = async |name: &str, more: Value| {
            let source = with(&json!({ "name": "TEST" }), more);
            js.add_stream(json!({ "name": name, "sources": [source] }))
                .await
        };
        take("FMS", json!({ "opt_start_seq": 26 })).await?;
        js.until_held("FMS", 35).await?;
        let (_, header) = headers(&js, "FMS", 1).await?;
        assert!(header.contains("Nats-Stream-Source: TEST 26 "), "{header}");

        let dlc = json!({ "opt_start_seq": 11, "subject_transforms": [transform("dlc", "dlc2")] });
        take("FMS2", dlc).await?;
        js.until_held("FMS2", 20).await?;
        let (subject, header) = headers(&js, "FMS2", 1).await?;
        assert!(header.contains("Nats-Stream-Source: TEST 11 "), "{header}");
        assert_eq!(subject, "dlc2");

        let both = [transform("dlc", "dlc2"), transform("rip", "")];
        take("FMS3", json!({ "subject_transforms": both })).await?;
        js.until_held("FMS3", 50).await?;
        for (seq, expected) in [(1, "dlc2"), (21, "rip")] {
            let (subject, header) = headers(&js, "FMS3", seq).await?;
            assert!(header.contains("Nats-Stream-Source: TEST "), "{header}");
            assert_eq!(subject, expected);
        }
        let info = js.info("FMS3", json!({ "subjects_filter": ">" })).await?;
        let expected = json!({ "dlc2": 30, "rip": 20 });
        assert_eq!(info["state"]["subjects"], expected);
        check_old_headers(&js).await
    })
}

go_test!(
    1578,
    "jetstream_test",
    "TestJetStreamSourceWorkingQueueWithLimit",
    source_into_a_full_work_queue
);
fn source_into_a_full_work_queue() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "test", "subjects": ["test"] }))
            .await?;
        let config = json!({
            "name": "wq", "max_msgs": 100, "discard": "new", "retention": "workqueue",
            "sources": [{ "name": "test" }],
        });
        js.add_stream(config).await?;
        js.fill("test", "OK", 300).await?;
        js.until_held("wq", 100).await?;
        let consumer = json!({
            "durable_name": "wqc", "filter_subject": "test", "ack_policy": "explicit",
        });
        js.add_consumer("wq", consumer).await?;
        for number in 1..=300 {
            let message = js.pull("wq", "wqc").await?;
            let source = header(&message, "Nats-Stream-Source");
            assert_eq!(source, format!("test {number} > > test"));
            assert!(js.held("wq").msgs <= 100);
            elapse(Duration::from_millis(11), "work takes its time");
            js.ack(&message).await?;
        }
        js.until_held("wq", 0).await?;
        Ok(())
    })
}

go_test!(
    1579,
    "jetstream_test",
    "TestJetStreamStreamSourceFromKV",
    source_from_a_bucket
);
fn source_from_a_bucket() -> anyhow::Result<()> {
    use async_nats::jetstream::kv;
    block_on(async {
        let js = Js::start().await?;
        let bucket = async_nats::jetstream::new(js.client.clone())
            .create_key_value(kv::Config {
                bucket: "test".to_owned(),
                ..kv::Config::default()
            })
            .await?;
        let config = json!({
            "name": "test", "retention": "interest", "sources": [{ "name": "KV_test" }],
        });
        js.add_stream(config).await?;
        js.add_consumer(
            "test",
            json!({ "durable_name": "durable", "ack_policy": "explicit" }),
        )
        .await?;
        let take = async |expected: &str| -> anyhow::Result<()> {
            let message = js.pull("test", "durable").await?;
            assert_eq!(&*message.payload, expected.as_bytes());
            js.ack(&message).await
        };
        let first = bucket.create("key", "value1".into()).await?;
        take("value1").await?;
        let second = bucket.update("key", "value2".into(), first).await?;
        bucket.update("key", "value3".into(), second).await?;
        take("value2").await?;
        take("value3").await
    })
}

go_test!(
    1712,
    "jetstream_test",
    "TestJetStreamSourceRemovalAndReAdd",
    source_removal_and_return
);
fn source_removal_and_return() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "SRC", "subjects": ["foo.*"] }))
            .await?;
        let taking = json!({ "name": "TEST", "sources": [{ "name": "SRC" }] });
        js.add_stream(taking.clone()).await?;
        for number in 0..10 {
            js.store(&format!("foo.{number}"), "test").await?;
        }
        js.until_held("TEST", 10).await?;
        js.update(&json!({ "name": "TEST" })).await?;
        for number in 10..20 {
            js.store(&format!("foo.{number}"), "test").await?;
        }
        assert_eq!(js.state("TEST").await?["messages"], 10);
        js.update(&taking).await?;
        js.until_held("TEST", 20).await?;
        js.add_consumer(
            "TEST",
            json!({ "durable_name": "d", "filter_subject": "foo.*", "ack_policy": "explicit" }),
        )
        .await?;
        for number in 0..20 {
            let message = js.pull("TEST", "d").await?;
            assert_eq!(message.subject.as_str(), format!("foo.{number}"));
        }
        Ok(())
    })
}

/// A change that is refused, and how.
async fn refused(js: &Js, change: Value, code: u64, text: &str) -> anyhow::Result<()> {
    let config = with(&json!({ "name": "test" }), change);
    let refused = js.try_update(&config).await?;
    assert_eq!(description(&refused), text);
    assert_eq!(err_code(&refused), code, "{text}");
    Ok(())
}

go_test!(
    1708,
    "jetstream_test",
    "TestJetStreamBadSubjectMappingStream",
    bad_mappings
);
fn bad_mappings() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "test" })).await?;
        let map = |dest: &str| json!({ "src": "events.*", "dest": dest });
        let bad_source = json!({ "src": "events.>.*", "dest": "events.{{split(1,1)}}" });
        let of = |transform: Value| json!({ "name": "mapping", "subject_transforms": [transform] });
        let many = "events.{{wildcard(1)}}{{split(3,1)}}";
        refused(
            &js,
            json!({ "sources": [of(map(many))] }),
            10146,
            "source transform: invalid mapping destination: too many arguments passed to the function in {{wildcard(1)}}{{split(3,1)}}",
        )
        .await?;
        refused(
            &js,
            json!({ "sources": [of(bad_source.clone())] }),
            10145,
            "source transform source: invalid subject events.>.*",
        )
        .await?;
        let beyond = "events.{{split(3,1)}}";
        refused(
            &js,
            json!({ "mirror": of(map(beyond)) }),
            10154,
            "mirror transform: invalid mapping destination: wildcard index out of range in {{split(3,1)}}: [3]",
        )
        .await?;
        refused(
            &js,
            json!({ "mirror": of(bad_source.clone()) }),
            10151,
            "mirror transform source: invalid subject events.>.*",
        )
        .await?;
        refused(
            &js,
            json!({ "subject_transform": map(beyond) }),
            10156,
            "stream transform: invalid mapping destination: wildcard index out of range in {{split(3,1)}}: [3]",
        )
        .await?;
        refused(
            &js,
            json!({ "subject_transform": bad_source }),
            10155,
            "stream transform source: invalid subject events.>.*",
        )
        .await
    })
}
