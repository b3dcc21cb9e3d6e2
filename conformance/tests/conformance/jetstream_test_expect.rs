//! Go: `server/jetstream_test.go`: what publishers expect, messages that come twice,
//! and messages that replace others.

use std::time::Duration;

use conformance::client::block_on;
use conformance::go_test;
use conformance::wait::{elapse, wait_until};
use nats_server::jetstream::model::Nanos;
use nats_server::jetstream::stream::PurgeRequest;
use serde_json::{Value, json};

use crate::js_stream_support::{description, with};
use crate::js_support::{Js, err_code};

const HOUR: u64 = 3_600_000_000_000;

/// Publishes on a subject that tells the sequence, and checks that it is so.
async fn send(js: &Js, seq: u64, id: &str) -> anyhow::Result<Value> {
    let ack = js
        .store_with(
            &format!("foo.{seq}"),
            &[("Nats-Msg-Id", id)],
            "Hello DeDupe!",
        )
        .await?;
    assert_eq!(ack["seq"], seq, "{id}");
    Ok(ack)
}

fn until_ids(js: &Js, count: usize) {
    wait_until(&format!("{count} IDs are known"), || {
        js.stream("DeDupe").msg_id_count() == count
    });
}

/// IDs are known for as long as the window says.
async fn check_window(js: &Js, base: &Value) -> anyhow::Result<()> {
    let negative = with(base, json!({ "duplicate_window": -25_000_000 }));
    let long = with(base, json!({ "duplicate_window": 2 * HOUR }));
    for config in [negative, long] {
        assert_eq!(err_code(&js.try_update(&config).await?), 10052);
    }
    let ids = ["AA", "BB", "CC", "ZZ"];
    for (seq, id) in (1..).zip(ids) {
        send(js, seq, id).await?;
    }
    assert_eq!(js.held("DeDupe").msgs, 4);
    for (seq, id) in [(1, "AA"), (2, "BB"), (4, "ZZ")] {
        assert_eq!(send(js, seq, id).await?["duplicate"], true);
    }
    assert_eq!(js.held("DeDupe").msgs, 4);
    until_ids(js, 4);
    js.update(&with(base, json!({ "duplicate_window": 100_000_000 })))
        .await?;
    elapse(Duration::from_millis(200), "the IDs are forgotten");
    for (seq, id) in (5..).zip(["AAA", "BBB", "CCC", "DDD", "ZZZ"]) {
        send(js, seq, id).await?;
    }
    until_ids(js, 0);
    assert_eq!(js.held("DeDupe").msgs, 9);
    Ok(())
}

go_test!(
    1503,
    "jetstream_test",
    "TestJetStreamPublishDeDupe",
    publish_dedupe
);
fn publish_dedupe() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let base = json!({ "name": "DeDupe", "max_age": HOUR, "subjects": ["foo.*"] });
        js.add_stream(base.clone()).await?;
        let window = js.stream("DeDupe").config().duplicate_window;
        assert_eq!(window, Nanos::from_secs(120));
        check_window(&js, &base).await?;
        js.update(&with(&base, json!({ "duplicate_window": HOUR / 2 })))
            .await?;
        js.stream("DeDupe").purge(&PurgeRequest::default())?;
        let ids = ["AAAA", "BBBB", "CCCC", "DDDD", "EEEE"];
        for (seq, id) in (10..).zip(ids) {
            send(&js, seq, id).await?;
        }
        let js = js.restarted().await?;
        assert_eq!(js.held("DeDupe").msgs, 5);
        until_ids(&js, 5);
        for (seq, id) in (10..).zip(ids) {
            assert_eq!(send(&js, seq, id).await?["duplicate"], true);
        }
        assert_eq!(js.held("DeDupe").msgs, 5);
        until_ids(&js, 5);
        assert_eq!(send(&js, 10, "AAAA").await?["duplicate"], true);
        js.stream("DeDupe").purge(&PurgeRequest::default())?;
        until_ids(&js, 5);
        Ok(())
    })
}

go_test!(
    1504,
    "jetstream_test",
    "TestJetStreamPublishExpect",
    publish_expect
);
fn publish_expect() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "EXPECT", "max_age": HOUR, "subjects": ["foo.*"] }))
            .await?;
        let mine = ("Nats-Expected-Stream", "EXPECT");
        js.store_with("foo.bar", &[mine], "HELLO").await?;
        let wrong = [
            (&[("Nats-Expected-Stream", "ORDERS")][..], 10060),
            (&[mine, ("Nats-Expected-Last-Sequence", "10")], 10071),
            (&[mine, ("Nats-Expected-Last-Sequence", "0")], 10071),
        ];
        for (headers, expected) in wrong {
            let refused = js.publish("foo.bar", headers, "HELLO").await?;
            assert_eq!(err_code(&refused), expected, "{headers:?}");
        }
        js.store_with("foo.bar", &[("Nats-Msg-Id", "AAA")], "HELLO")
            .await?;
        let other = [("Nats-Msg-Id", "ZZZ"), ("Nats-Expected-Last-Msg-Id", "BBB")];
        let refused = js.publish("foo.bar", &other, "HELLO").await?;
        assert_eq!(err_code(&refused), 10070);
        let js = js.restarted().await?;
        let right = [
            ("Nats-Expected-Last-Sequence", "2"),
            ("Nats-Expected-Last-Msg-Id", "AAA"),
            ("Nats-Msg-Id", "BBB"),
        ];
        let ack = js.store_with("foo.baz", &right, "HELLO AGAIN").await?;
        assert_eq!(ack["seq"], 3);
        Ok(())
    })
}

go_test!(
    1598,
    "jetstream_test",
    "TestJetStreamPublishExpectNoMsg",
    publish_expect_no_message
);
fn publish_expect_no_message() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "KV", "subjects": ["KV.>"], "max_msgs_per_subject": 5 }))
            .await?;
        js.store("KV.22", "hello world").await?;
        let none = [("Nats-Expected-Last-Subject-Sequence", "0")];
        js.store_with("KV.33", &none, "").await?;
        let refused = js.publish("KV.22", &none, "").await?;
        assert_eq!(description(&refused), "wrong last sequence: 1");
        js.purge("KV", Value::Null).await?;
        js.store_with("KV.22", &none, "").await?;
        Ok(())
    })
}

go_test!(
    1667,
    "jetstream_test",
    "TestJetStreamMsgIDHeaderCollision",
    header_that_looks_like_an_id
);
fn header_that_looks_like_an_id() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["ORDERS.*"] }))
            .await?;
        let all = [
            &[("Nats-Msg-Id", "1")][..],
            &[("Orig-Nats-Msg-Id", "1")],
            &[("Original-Nats-Msg-Id", "1")],
            &[
                ("Original-Nats-Msg-Id", "1"),
                ("Really-Original-Nats-Msg-Id", "1"),
            ],
            &[("X", "Nats-Msg-Id:1")],
        ];
        for headers in all {
            js.store_with("ORDERS.test", headers, "ok").await?;
        }
        assert_eq!(js.state("TEST").await?["messages"], 5);
        Ok(())
    })
}

go_test!(1678, "jetstream_test", "TestJetStreamRollup", rollup);
fn rollup() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "S", "subjects": ["S.*"], "allow_rollup_hdrs": true }))
            .await?;
        for number in 1..=10 {
            js.store("S.A", &number.to_string()).await?;
            js.store("S.B", &number.to_string()).await?;
        }
        assert_eq!(js.state("S").await?["messages"], 20);
        let durable = async |name: &str, subject: &str| {
            let config = json!({
                "durable_name": name, "filter_subject": subject, "ack_policy": "explicit",
            });
            js.add_consumer("S", config).await
        };
        assert_eq!(durable("DUR-A", "S.A").await?["num_pending"], 10);
        js.store_with("S.A", &[("Nats-Rollup", "sub")], "").await?;
        assert_eq!(js.consumer("S", "DUR-A").await?["num_pending"], 1);
        assert_eq!(js.state("S").await?["messages"], 11);
        assert_eq!(durable("DUR-B", "S.B").await?["num_pending"], 10);
        Ok(())
    })
}

go_test!(
    1747,
    "jetstream_test",
    "TestJetStreamRejectLargePublishes",
    reject_large_publishes
);
fn reject_large_publishes() -> anyhow::Result<()> {
    /// The largest message that files of messages can have.
    const LARGEST: usize = 32 * 1024 * 1024;
    block_on(async {
        let js = Js::with(|options| options.max_payload = LARGEST + 2048).await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["test"] }))
            .await?;
        js.store_with("test", &[], vec![0; LARGEST - 1024]).await?;
        let answer = js
            .client
            .request("test", vec![0; LARGEST + 1024].into())
            .await?;
        let refused: Value = serde_json::from_slice(&answer.payload)?;
        assert!(
            description(&refused).contains("message too large"),
            "{refused}"
        );
        Ok(())
    })
}
