//! Go: `server/jetstream_test.go`: making streams, storing, reading and removing
//! messages.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::HeaderMap;
use conformance::client::{block_on, next};
use conformance::go_test;
use conformance::wait::{elapse, wait_until};
use nats_server::jetstream::model::{ErrorId, StreamState};
use nats_server::jetstream::store::StoredMsg;
use nats_server::jetstream::stream::PurgeRequest;
use rand::seq::index;
use serde_json::{Value, json};

use crate::js_stream_support::{STORAGES, delivery, description, with};
use crate::js_support::{Js, eventually};

const HOUR: u64 = 3_600_000_000_000;

go_test!(1468, "jetstream_test", "TestJetStreamAddStream", add_stream);
fn add_stream() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let start = jiff::Timestamp::now();
            js.add_stream(json!({ "name": "foo", "storage": storage, "max_age": HOUR }))
                .await?;
            assert!(js.stream("foo").created() >= start);
            js.store("foo", "Hello World!").await?;
            let held = js.held("foo");
            assert_eq!(held.msgs, 1);
            assert!(held.bytes > 0);
            js.store("foo", "Hello World Again!").await?;
            assert_eq!(js.held("foo").msgs, 2);
            js.account().delete_stream("foo")?;
            assert!(js.account().stream("foo").is_err());
        }
        Ok(())
    })
}

go_test!(
    1469,
    "jetstream_test",
    "TestJetStreamAddStreamDiscardNew",
    add_stream_discard_new
);
fn add_stream_discard_new() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let config = json!({
                "name": "foo", "storage": storage, "max_msgs": 10, "max_bytes": 4096,
                "discard": "new",
            });
            js.add_stream(config).await?;
            for number in 1..=10 {
                assert_eq!(js.store("foo", &format!("MSG: {number}")).await?, number);
            }
            let refused = js.publish("foo", &[], "discard me").await?;
            assert_eq!(description(&refused), "maximum messages exceeded");
            assert_eq!(refused["stream"], "foo");
            js.stream("foo").purge(&PurgeRequest::default())?;
            let refused = js.publish("foo", &[], &"x".repeat(8192)).await?;
            assert_eq!(description(&refused), "maximum bytes exceeded");
            assert_eq!(refused["stream"], "foo");
        }
        Ok(())
    })
}

go_test!(
    1474,
    "jetstream_test",
    "TestJetStreamAddStreamMaxMsgSize",
    add_stream_max_msg_size
);
fn add_stream_max_msg_size() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let config = json!({
                "name": "foo", "storage": storage, "max_age": HOUR, "max_msg_size": 22,
            });
            js.add_stream(config).await?;
            js.store("foo", "Hello World!").await?;
            let large = "1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ";
            let refused = js.publish("foo", &[], large).await?;
            let expected = "message size exceeds maximum allowed";
            assert_eq!(description(&refused), expected);
        }
        Ok(())
    })
}

go_test!(
    1475,
    "jetstream_test",
    "TestJetStreamAddStreamCanonicalNames",
    add_stream_canonical_names
);
fn add_stream_canonical_names() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for name in ["foo.bar", "foo.bar.", "foo.*", "foo.>", "*", ">", "*>"] {
            let config = serde_json::from_value(json!({ "name": name }))?;
            let refused = js.account().add_stream(&config, false).unwrap_err();
            assert!(refused.is(&[ErrorId::STREAM_INVALID_CONFIG]), "{name}");
        }
        Ok(())
    })
}

go_test!(
    1476,
    "jetstream_test",
    "TestJetStreamAddStreamBadSubjects",
    add_stream_bad_subjects
);
fn add_stream_bad_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for subject in ["foo.bar.", "..", ".*", ".>", " x", "y "] {
            let config = json!({
                "name": "MyStream", "storage": "memory", "subjects": [subject],
            });
            let refused = js.try_stream(&config).await?;
            assert_eq!(description(&refused), "invalid subject", "{subject:?}");
            assert_eq!(refused["error"]["err_code"], 10052);
        }
        Ok(())
    })
}

go_test!(
    1478,
    "jetstream_test",
    "TestJetStreamAddStreamOverlappingSubjects",
    add_stream_overlapping_subjects
);
fn add_stream_overlapping_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let subjects = json!(["foo", "bar", "baz.*", "foo.bar.baz.>"]);
        js.add_stream(json!({ "name": "ok", "storage": "memory", "subjects": subjects }))
            .await?;
        // Some would collide with the API as well, but for acknowledgements.
        let overlapping: [(&str, &[&str], bool); 7] = [
            ("foo", &[], false),
            ("a", &["baz", "bar"], false),
            ("b", &[">"], true),
            ("c", &["baz.33"], false),
            ("d", &["*.33"], true),
            ("e", &["*.>"], true),
            ("f", &["foo.bar", "*.bar.>"], true),
        ];
        for (name, subjects, no_ack) in overlapping {
            let config = json!({ "name": name, "subjects": subjects, "no_ack": no_ack });
            let refused = js.try_stream(&config).await?;
            assert!(
                description(&refused).contains("subjects overlap"),
                "{name}: {refused}"
            );
        }
        Ok(())
    })
}

go_test!(
    1480,
    "jetstream_test",
    "TestJetStreamAddStreamSameConfigOK",
    add_stream_same_config
);
fn add_stream_same_config() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = serde_json::from_value(json!({
            "name": "ok", "storage": "memory",
            "subjects": ["foo", "bar", "baz.*", "foo.bar.baz.>"],
        }))?;
        let first = js.account().add_stream(&config, false)?;
        let again = js.account().add_stream(&config, false)?;
        assert!(std::sync::Arc::ptr_eq(&first, &again));
        Ok(())
    })
}

go_test!(
    1482,
    "jetstream_test",
    "TestJetStreamStateTimestamps",
    state_timestamps
);
fn state_timestamps() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "foo", "storage": storage, "subjects": ["foo.*"] }))
                .await?;
            let start = jiff::Timestamp::now();
            js.store("foo.bar", "Hello World!").await?;
            let delay = Duration::from_millis(250);
            elapse(delay, "the second message is that much younger");
            js.store("foo.bar", "Hello World Again!").await?;
            let held = js.held("foo");
            assert!(held.first_time.unwrap() >= start);
            assert!(held.last_time.unwrap() >= start.checked_add(delay)?);
        }
        Ok(())
    })
}

go_test!(
    1489,
    "jetstream_test",
    "TestJetStreamSubjectFiltering",
    subject_filtering
);
fn subject_filtering() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "MSET", "storage": storage, "subjects": ["foo.*"] }))
                .await?;
            for _ in 0..50 {
                js.store("foo.A", "Hello World!").await?;
                js.store("foo.B", "Hello World!").await?;
            }
            assert_eq!(js.held("MSET").msgs, 100);
            let mut deliveries = js
                .push("MSET", json!({ "filter_subject": "foo.B" }))
                .await?;
            for number in 1..=50 {
                let message = next(&mut deliveries).await?;
                assert_eq!(message.subject.as_str(), "foo.B");
                assert_eq!(delivery(&message)?.consumer_seq, number);
                assert_eq!(delivery(&message)?.pending, 50 - number);
            }
            // Whatever else there is for the subscription is there after this.
            js.store("foo.A", "not for it").await?;
            js.store("foo.B", "the end").await?;
            assert_eq!(&*next(&mut deliveries).await?.payload, b"the end");
        }
        Ok(())
    })
}

go_test!(
    1491,
    "jetstream_test",
    "TestJetStreamWildcardSubjectFiltering",
    wildcard_subject_filtering
);
fn wildcard_subject_filtering() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(
                json!({ "name": "ORDERS", "storage": storage, "subjects": ["orders.*.*"] }),
            )
            .await?;
            for number in 1..=100 {
                js.store(&format!("orders.{number}.NEW"), "new order")
                    .await?;
            }
            let shipped: Vec<usize> = index::sample(&mut rand::rng(), 99, 25)
                .iter()
                .map(|at| at + 1)
                .collect();
            for number in &shipped {
                js.store(&format!("orders.{number}.SHIPPED"), "shipped order")
                    .await?;
            }
            assert_eq!(js.held("ORDERS").msgs, 125);
            let one = format!("orders.{}.*", shipped[0]);
            let filters = [
                ("orders.*.SHIPPED", 25),
                ("orders.*.NEW", 100),
                (one.as_str(), 2),
            ];
            for (filter, count) in filters {
                let mut deliveries = js
                    .push("ORDERS", json!({ "filter_subject": filter }))
                    .await?;
                let mut subjects = BTreeSet::new();
                for left in (0..count).rev() {
                    let message = next(&mut deliveries).await?;
                    assert_eq!(delivery(&message)?.pending, left, "{filter}");
                    subjects.insert(message.subject.to_string());
                }
                assert_eq!(subjects.len() as u64, count);
                let tail = filter.trim_start_matches("orders.*");
                let of_one = filter.trim_end_matches('*');
                assert!(
                    subjects
                        .iter()
                        .all(|subject| subject.ends_with(tail) || subject.starts_with(of_one))
                );
            }
        }
        Ok(())
    })
}

go_test!(
    1515,
    "jetstream_test",
    "TestJetStreamMetadata",
    metadata_of_deliveries
);
fn metadata_of_deliveries() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "DC", "storage": storage, "retention": "workqueue" }))
                .await?;
            for _ in 0..10 {
                js.store("DC", "OK!").await?;
            }
            assert_eq!(js.held("DC").msgs, 10);
            js.add_consumer(
                "DC",
                json!({ "durable_name": "WQ", "ack_policy": "explicit" }),
            )
            .await?;
            for number in 1..=10 {
                let message = js.pull("DC", "WQ").await?;
                let told = delivery(&message)?;
                let stored = js.message("DC", told.stream_seq).await?;
                let time: jiff::Timestamp = stored["message"]["time"].as_str().unwrap().parse()?;
                assert_eq!(i128::from(told.time), time.as_nanosecond());
                assert_eq!((told.stream_seq, told.consumer_seq), (number, number));
                assert_eq!(told.count, 1);
                js.ack(&message).await?;
            }
            let gone = js.message("DC", 1).await?;
            assert_eq!(gone["error"]["code"], 404);
            assert_eq!(description(&gone), "no message found");
        }
        Ok(())
    })
}

/// Deletes a message and checks what that changes.
fn delete_and_check(js: &Js, seq: u64, first: u64, bytes: u64) {
    let mut expected = js.held("foo");
    let stream = js.stream("foo");
    assert!(stream.remove(seq, false).unwrap(), "{seq} is there");
    let mut msg = StoredMsg::new();
    stream.store().load_msg(first, &mut msg).unwrap();
    expected.msgs -= 1;
    expected.bytes -= bytes;
    expected.first_seq = first;
    expected.first_time = jiff::Timestamp::from_nanosecond(i128::from(msg.ts)).ok();
    expected.num_deleted = 0;
    let mut held = js.held("foo");
    held.num_deleted = 0;
    assert_eq!(held, expected, "after {seq}");
}

go_test!(1543, "jetstream_test", "TestJetStreamDeleteMsg", delete_msg);
fn delete_msg() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "foo", "storage": storage, "max_age": HOUR }))
                .await?;
            js.fill("foo", "Hello World!", 10).await?;
            let held = js.held("foo");
            let bytes = held.bytes / 10;
            assert!(held.msgs == 10 && bytes > 0);
            for (seq, first) in [(5, 1), (1, 2), (10, 2), (3, 2), (2, 4)] {
                delete_and_check(&js, seq, first, bytes);
            }
            js.stream("foo").purge(&PurgeRequest::default())?;
            js.fill("foo", "Hello World!", 10).await?;
            for (seq, first) in [(11, 12), (15, 12), (16, 12), (20, 12)] {
                delete_and_check(&js, seq, first, bytes);
            }
            if storage == "memory" {
                continue;
            }
            let js = js.restarted().await?;
            let held = StreamState {
                first_time: None,
                last_time: None,
                num_deleted: 0,
                ..js.held("foo")
            };
            let expected = StreamState {
                msgs: 6,
                bytes: 6 * bytes,
                first_seq: 12,
                last_seq: 20,
                num_subjects: 1,
                ..StreamState::default()
            };
            assert_eq!(held, expected);
            let mut deliveries = js.push("foo", json!({ "filter_subject": "foo" })).await?;
            for seq in [12, 13, 14, 17, 18, 19] {
                let message = next(&mut deliveries).await?;
                assert_eq!(delivery(&message)?.stream_seq, seq);
            }
        }
        Ok(())
    })
}

go_test!(
    1546,
    "jetstream_test",
    "TestJetStreamMsgHeaders",
    msg_headers
);
fn msg_headers() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "foo", "storage": storage, "max_age": HOUR }))
                .await?;
            let mut headers = HeaderMap::new();
            headers.insert("Accept-Encoding", "json");
            headers.insert("Authorization", "s3cr3t");
            let payload = "Hello JetStream Headers - #1!";
            js.client
                .publish_with_headers("foo", headers, payload.into())
                .await?;
            js.client.flush().await?;
            wait_until("the message is stored", || {
                let held = js.held("foo");
                held.msgs == 1 && held.bytes > 0
            });
            let mut msg = StoredMsg::new();
            js.stream("foo").store().load_msg(1, &mut msg)?;
            let lines: BTreeSet<&str> = std::str::from_utf8(msg.header())?.split("\r\n").collect();
            let expected = [
                "",
                "NATS/1.0",
                "Accept-Encoding: json",
                "Authorization: s3cr3t",
            ];
            assert_eq!(lines, BTreeSet::from(expected));
            assert!(msg.header().starts_with(b"NATS/1.0\r\n"));
            assert!(msg.header().ends_with(b"\r\n\r\n"));
            assert_eq!(msg.payload(), payload.as_bytes());
            let mut deliveries = js.push("foo", json!({})).await?;
            let message = next(&mut deliveries).await?;
            let headers = message.headers.unwrap();
            assert_eq!(headers.get("Accept-Encoding").unwrap().as_str(), "json");
            assert_eq!(headers.get("Authorization").unwrap().as_str(), "s3cr3t");
            assert_eq!(&*message.payload, payload.as_bytes());
        }
        Ok(())
    })
}

async fn store_and_count(js: &Js, subject: &str, count: usize, held: u64) -> anyhow::Result<()> {
    js.fill(subject, "TSLA", count).await?;
    assert_eq!(js.state("TEST").await?["messages"], held, "{subject}");
    Ok(())
}

go_test!(
    1567,
    "jetstream_test",
    "TestJetStreamMaxMsgsPerSubject",
    max_msgs_per_subject
);
fn max_msgs_per_subject() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let config = json!({
                "name": "TEST", "storage": storage, "subjects": ["foo", "bar", "baz.*"],
                "max_msgs_per_subject": 5,
            });
            js.add_stream(config).await?;
            let steps = [
                ("foo", 1, 1),
                ("foo", 4, 5),
                ("foo", 2, 5),
                ("baz.22", 5, 10),
                ("baz.33", 5, 15),
                ("baz.22", 5, 15),
                ("baz.33", 5, 15),
            ];
            for (subject, count, held) in steps {
                store_and_count(&js, subject, count, held).await?;
            }
            js.stream("TEST").purge(&PurgeRequest::default())?;
            let steps = [
                ("foo", 1, 1),
                ("foo", 4, 5),
                ("baz.22", 5, 10),
                ("baz.33", 5, 15),
            ];
            for (subject, count, held) in steps {
                store_and_count(&js, subject, count, held).await?;
            }
        }
        Ok(())
    })
}

go_test!(
    1614,
    "jetstream_test",
    "TestJetStreamMaxMsgsPerSubjectWithDiscardNew",
    max_msgs_per_subject_with_discard_new
);
fn max_msgs_per_subject_with_discard_new() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let config = json!({
                "name": "TEST", "storage": storage, "subjects": ["foo", "bar", "baz", "x"],
                "discard": "new", "max_msgs_per_subject": 4, "max_msgs": 10, "max_bytes": 500,
            });
            js.add_stream(config).await?;
            let steps = [
                ("foo", 1, 1),
                ("foo", 4, 4),
                ("bar", 8, 8),
                ("baz", 2, 10),
                ("foo", 1, 10),
                ("bar", 1, 10),
            ];
            for (subject, count, held) in steps {
                store_and_count(&js, subject, count, held).await?;
            }
            let refused = js.publish("bar", &[], &"X".repeat(300)).await?;
            assert_eq!(description(&refused), "maximum bytes exceeded");
            let refused = js.publish("x", &[], "XX").await?;
            assert_eq!(description(&refused), "maximum messages exceeded");
        }
        Ok(())
    })
}

go_test!(
    1605,
    "jetstream_test",
    "TestJetStreamMessagePerSubjectKeepBug",
    message_per_subject_keep
);
fn message_per_subject_keep() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            for keep in [10, 1] {
                let js = Js::start().await?;
                let config = json!({
                    "name": "TEST", "storage": storage, "max_msgs_per_subject": keep,
                });
                js.add_stream(config).await?;
                for number in 0..100 {
                    js.store("TEST", &format!("test {number}")).await?;
                }
                assert_eq!(js.state("TEST").await?["messages"], keep, "{storage}");
            }
        }
        Ok(())
    })
}

go_test!(
    1594,
    "jetstream_test",
    "TestJetStreamDefaultMaxMsgsPer",
    default_max_msgs_per
);
fn default_max_msgs_per() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["foo.*"], "storage": "memory", "max_msgs": 10,
        });
        let made = js.add_stream(config).await?;
        assert_eq!(made["config"]["max_msgs_per_subject"], -1);
        Ok(())
    })
}

/// A new consumer gets as many messages and no more.
async fn expect_all(js: &Js, count: u64) -> anyhow::Result<()> {
    let wanted = json!({ "filter_subject": "one.>", "ack_policy": "explicit" });
    let mut deliveries = js.push("TEST", wanted).await?;
    for left in (0..count).rev() {
        let message = next(&mut deliveries).await?;
        assert_eq!(delivery(&message)?.pending, left);
        js.ack(&message).await?;
    }
    Ok(())
}

go_test!(
    1690,
    "jetstream_test",
    "TestJetStreamChangeMaxMessagesPerSubject",
    change_max_messages_per_subject
);
fn change_max_messages_per_subject() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": ["one.>"], "max_msgs_per_subject": 5 });
        js.add_stream(config.clone()).await?;
        js.fill("one.data", "data", 10).await?;
        expect_all(&js, 5).await?;
        js.update(&with(&config, json!({ "max_msgs_per_subject": 3 })))
            .await?;
        let info = js.info("TEST", Value::Null).await?;
        assert_eq!(info["config"]["max_msgs_per_subject"], 3);
        assert_eq!(info["state"]["messages"], 3);
        expect_all(&js, 3).await?;
        js.fill("one.data", "data", 10).await?;
        expect_all(&js, 3).await
    })
}

go_test!(
    1593,
    "jetstream_test",
    "TestJetStreamExpireCausesDeadlock",
    limits_do_not_deadlock
);
fn limits_do_not_deadlock() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["foo.*"], "storage": "memory", "max_msgs": 10,
            "retention": "interest",
        });
        js.add_stream(config).await?;
        let _deliveries = js
            .push(
                "TEST",
                json!({ "filter_subject": "foo.bar", "ack_policy": "explicit" }),
            )
            .await?;
        let other = conformance::client::connect(&js.server.url()).await?;
        for _ in 0..1000 {
            let inbox = js.client.new_inbox();
            for client in [&js.client, &other] {
                client
                    .publish_with_reply("foo.bar", inbox.clone(), "HELLO".into())
                    .await?;
            }
        }
        js.client.flush().await?;
        other.flush().await?;
        eventually("all have been stored", async || {
            Ok((js.state("TEST").await?["last_seq"] == 2000).then_some(()))
        })
        .await
    })
}

go_test!(
    1762,
    "jetstream_test",
    "TestJetStreamGetNoHeaders",
    get_no_headers
);
fn get_no_headers() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"], "allow_direct": true }))
            .await?;
        let payload = [1, 2, 3, 4, 5];
        js.store_with("foo", &[("test", "something")], payload.to_vec())
            .await?;
        for no_hdr in [false, true] {
            let request = json!({ "seq": 1, "no_hdr": no_hdr });
            let got = js.api("STREAM.MSG.GET.TEST", request).await?;
            assert_eq!(got["message"]["data"], "AQIDBAU=");
            assert_eq!(got["message"]["hdrs"].is_null(), no_hdr, "{got}");
        }
        let direct = [
            ("$JS.API.DIRECT.GET.TEST", json!({ "seq": 1 })),
            ("$JS.API.DIRECT.GET.TEST.foo", json!({})),
        ];
        for (subject, request) in direct {
            for no_hdr in [false, true] {
                let request = with(&request, json!({ "no_hdr": no_hdr })).to_string();
                let answer = js.request_with(subject, &[], &request).await?;
                assert_eq!(&*answer.payload, payload);
                let own = crate::js_support::header(&answer, "test");
                assert_eq!(own, if no_hdr { "" } else { "something" });
                assert_eq!(answer.headers.is_none(), no_hdr, "{subject}");
            }
        }
        Ok(())
    })
}
