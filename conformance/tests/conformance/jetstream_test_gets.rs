//! Go: `server/jetstream_test.go`: what the API tells of
//! streams, and single messages by it and without it.

use std::time::Duration;

use async_nats::Message;
use conformance::client::{block_on, next};
use conformance::go_test;
use conformance::wait::elapse;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::js_stream_support::STORAGES;
use crate::js_support::{Js, err_code, eventually, header, status};

go_test!(
    1587,
    "jetstream_test",
    "TestJetStreamTemplatedErrorsBug",
    errors_are_filled_in
);
fn errors_are_filled_in() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"] }))
            .await?;
        // A pull consumer without a name is as good as any.
        let made = js
            .try_consumer(
                "TEST",
                json!({ "filter_subject": "foo", "ack_policy": "explicit" }),
            )
            .await?;
        assert!(!made.to_string().contains("{err}"), "{made}");
        let refused = js
            .try_consumer(
                "TEST",
                json!({ "deliver_subject": "a.>", "rate_limit_bps": -1 }),
            )
            .await?;
        assert_ne!(err_code(&refused), 0);
        assert!(!refused.to_string().contains("{err}"), "{refused}");
        Ok(())
    })
}

/// How many messages each subject has that a filter matches, and how many there are.
async fn subjects(js: &Js, filter: &str) -> anyhow::Result<(Value, Value)> {
    let info = js
        .info("TEST", json!({ "subjects_filter": filter }))
        .await?;
    let state = &info["state"];
    Ok((state["subjects"].clone(), state["num_subjects"].clone()))
}

go_test!(
    1615,
    "jetstream_test",
    "TestJetStreamStreamInfoSubjectsDetails",
    subjects_details
);
fn subjects_details() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "TEST", "subjects": ["*"], "storage": storage }))
                .await?;
            for (subject, count) in [("foo", 22), ("bar", 33), ("baz", 44)] {
                js.fill(subject, "ok", count).await?;
            }
            let all = json!({ "foo": 22, "bar": 33, "baz": 44 });
            for (filter, expected) in [(">", &all), ("*", &all), ("foo", &json!({ "foo": 22 }))] {
                let told = subjects(&js, filter).await?;
                assert_eq!(told, (expected.clone(), json!(3)), "{filter}");
            }
        }
        Ok(())
    })
}

go_test!(
    1616,
    "jetstream_test",
    "TestJetStreamStreamInfoSubjectsDetailsWithDeleteAndPurge",
    subjects_details_of_what_is_left
);
fn subjects_details_of_what_is_left() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "TEST", "subjects": ["*"], "storage": storage }))
                .await?;
            for subject in ["foo", "foo", "bar", "baz", "baz", "bar", "bar"] {
                js.store(subject, "ok").await?;
            }
            let check = async |expected: Value| -> anyhow::Result<()> {
                let count = expected.as_object().unwrap().len();
                assert_eq!(subjects(&js, ">").await?, (expected, json!(count)));
                Ok(())
            };
            check(json!({ "foo": 2, "bar": 3, "baz": 2 })).await?;
            js.delete_message("TEST", 6).await?;
            check(json!({ "foo": 2, "bar": 2, "baz": 2 })).await?;
            js.delete_message("TEST", 5).await?;
            js.store("baz", "ok").await?;
            check(json!({ "foo": 2, "bar": 2, "baz": 2 })).await?;
            js.purge("TEST", json!({ "filter": "bar" })).await?;
            check(json!({ "foo": 2, "baz": 2 })).await?;
            js.purge("TEST", Value::Null).await?;
            assert_eq!(subjects(&js, ">").await?, (Value::Null, Value::Null));
        }
        Ok(())
    })
}

go_test!(
    1617,
    "jetstream_test",
    "TestJetStreamStreamInfoSubjectsDetailsAfterRestart",
    subjects_details_after_restart
);
fn subjects_details_after_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["*"] }))
            .await?;
        for subject in ["foo", "foo", "bar", "baz", "baz"] {
            js.store(subject, "ok").await?;
        }
        let expected = (json!({ "foo": 2, "bar": 1, "baz": 2 }), json!(3));
        assert_eq!(subjects(&js, ">").await?, expected);
        let js = js.restarted().await?;
        assert_eq!(subjects(&js, ">").await?, expected);
        Ok(())
    })
}

/// Asks for messages without the API and gives the answers up to one with a status.
async fn direct(js: &Js, wanted: Value) -> anyhow::Result<Vec<Message>> {
    let inbox = js.client.new_inbox();
    let mut answers = js.client.subscribe(inbox.clone()).await?;
    js.client
        .publish_with_reply("$JS.API.DIRECT.GET.TEST", inbox, wanted.to_string().into())
        .await?;
    let mut messages = Vec::new();
    loop {
        let message = next(&mut answers).await?;
        let is_last = message.status.is_some();
        messages.push(message);
        if is_last {
            return Ok(messages);
        }
    }
}

go_test!(
    1695,
    "jetstream_test",
    "TestJetStreamDirectGetBatchMaxBytes",
    direct_batches_and_bytes
);
fn direct_batches_and_bytes() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["foo.*"], "allow_direct": true, "compression": "s2",
        });
        js.add_stream(config).await?;
        let payload = vec![b'Z'; 512 * 1024];
        for seq in 0..333 * 3 {
            let subject = ["foo.foo", "foo.bar", "foo.baz"][seq % 3];
            js.store_with(subject, &[], payload.clone()).await?;
        }
        let size = payload.len() + "foo.foo".len();
        let count =
            async |wanted: Value| -> anyhow::Result<usize> { Ok(direct(&js, wanted).await?.len()) };
        let one = json!({ "seq": 1, "batch": 3, "max_bytes": size });
        assert_eq!(count(one).await?, 2);
        let two = json!({
            "seq": 1, "next_by_subj": "foo.bar", "batch": 3, "max_bytes": 2 * size,
        });
        assert_eq!(count(two).await?, 3);
        // What a client may have pending limits what is not limited otherwise.
        let max_pending = usize::try_from(js.server.server().options().max_pending)?;
        let many = json!({ "seq": 1, "batch": 200 });
        assert_eq!(count(many).await?, max_pending / size + 2);
        Ok(())
    })
}

/// Requests for the first message from a time on: what is asked for, and the sequence
/// of the answer or, as `0`, that there is none.
async fn check_as_of_time<F>(js: &Js, get: F) -> anyhow::Result<()>
where
    F: AsyncFn(Value) -> anyhow::Result<Result<u64, bool>>,
{
    let pause = || elapse(Duration::from_millis(2), "times differ");
    let (missing, bad) = (Err(false), Err(true));
    let t0 = Timestamp::now();
    pause();
    assert_eq!(
        get(json!({ "start_time": t0, "last_by_subj": "foo.1" })).await?,
        bad
    );
    assert_eq!(get(json!({ "start_time": t0, "seq": 1 })).await?, bad);
    assert_eq!(get(json!({ "start_time": t0 })).await?, missing);
    js.store("foo.1", "").await?;
    assert_eq!(get(json!({ "start_time": t0 })).await?, Ok(1));
    pause();
    let t1 = Timestamp::now();
    js.store("foo.2", "").await?;
    assert_eq!(get(json!({ "start_time": t0 })).await?, Ok(1));
    let next = json!({ "start_time": t0, "next_by_subj": "foo.2" });
    assert_eq!(get(next).await?, Ok(2));
    assert_eq!(get(json!({ "start_time": t1 })).await?, Ok(2));
    pause();
    let t2 = Timestamp::now();
    assert_eq!(get(json!({ "start_time": t2 })).await?, missing);
    Ok(())
}

async fn for_direct_gets() -> anyhow::Result<Js> {
    let js = Js::start().await?;
    js.add_stream(json!({ "name": "TEST", "subjects": ["foo.*"], "allow_direct": true }))
        .await?;
    Ok(js)
}

go_test!(
    1696,
    "jetstream_test",
    "TestJetStreamMsgGetAsOfTime",
    get_as_of_time
);
fn get_as_of_time() -> anyhow::Result<()> {
    block_on(async {
        let js = for_direct_gets().await?;
        check_as_of_time(&js, async |wanted| {
            let got = js.api("STREAM.MSG.GET.TEST", wanted).await?;
            Ok(match err_code(&got) {
                10037 => Err(false),
                10003 => Err(true),
                _ => Ok(got["message"]["seq"].as_u64().unwrap_or(0)),
            })
        })
        .await
    })
}

go_test!(
    1697,
    "jetstream_test",
    "TestJetStreamMsgDirectGetAsOfTime",
    direct_get_as_of_time
);
fn direct_get_as_of_time() -> anyhow::Result<()> {
    block_on(async {
        let js = for_direct_gets().await?;
        check_as_of_time(&js, async |wanted| {
            let subject = "$JS.API.DIRECT.GET.TEST";
            let answer = js.request_with(subject, &[], &wanted.to_string()).await?;
            Ok(match status(&answer).1.as_str() {
                "Message Not Found" => Err(false),
                "Bad Request" => Err(true),
                _ => Ok(header(&answer, "Nats-Sequence").parse()?),
            })
        })
        .await
    })
}

/// The last messages of subjects: their subjects and sequences, and the marker.
fn check_multi(got: &[Message], expected: &[(&str, u64)]) {
    let (end, messages) = got.split_last().unwrap();
    let mut last = "0".to_owned();
    assert_eq!(messages.len(), expected.len());
    for (left, (message, (subject, seq))) in
        (0..expected.len()).rev().zip(messages.iter().zip(expected))
    {
        assert_eq!(header(message, "Nats-Subject"), *subject);
        assert_eq!(header(message, "Nats-Sequence"), seq.to_string());
        assert!(!message.payload.is_empty());
        assert_eq!(header(message, "Nats-Num-Pending"), left.to_string());
        assert_eq!(header(message, "Nats-Last-Sequence"), last);
        last = seq.to_string();
    }
    assert!(end.payload.is_empty());
    assert_eq!(status(end), (204, "EOB".to_owned()));
    assert_eq!(header(end, "Nats-Num-Pending"), "0");
    assert_eq!(header(end, "Nats-Last-Sequence"), last);
}

go_test!(
    1699,
    "jetstream_test",
    "TestJetStreamDirectGetMulti",
    direct_get_multi
);
fn direct_get_multi() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let config = json!({
                "name": "TEST", "subjects": ["foo.*"], "allow_direct": true, "storage": storage,
            });
            js.add_stream(config).await?;
            for number in 0..33 {
                for (subject, text) in [
                    ("foo.foo", "HELLO"),
                    ("foo.bar", "WORLD"),
                    ("foo.baz", "AGAIN"),
                ] {
                    js.store(subject, &format!("{text}-{number}")).await?;
                }
            }
            let all = direct(&js, json!({ "multi_last": ["foo.*"] })).await?;
            check_multi(&all, &[("foo.foo", 97), ("foo.bar", 98), ("foo.baz", 99)]);
            let early = direct(&js, json!({ "multi_last": ["foo.*"], "up_to_seq": 3 })).await?;
            check_multi(&early, &[("foo.foo", 1), ("foo.bar", 2), ("foo.baz", 3)]);
            let two = direct(&js, json!({ "multi_last": ["foo.foo", "foo.baz"] })).await?;
            check_multi(&two, &[("foo.foo", 97), ("foo.baz", 99)]);
            let none = direct(&js, json!({ "multi_last": ["bar.*"] })).await?;
            assert_eq!(none.len(), 1);
            assert!(none[0].payload.is_empty());
            assert_eq!(status(&none[0]), (404, "No Results".to_owned()));
        }
        Ok(())
    })
}

go_test!(
    1748,
    "jetstream_test",
    "TestJetStreamDirectGetSubjectDeleteMarker",
    direct_get_of_a_marker
);
fn direct_get_of_a_marker() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let config = json!({
                "name": "TEST", "subjects": ["test"], "storage": storage, "allow_direct": true,
                "subject_delete_marker_ttl": 1_000_000_000, "allow_msg_ttl": true,
            });
            js.add_stream(config).await?;
            js.store_with("test", &[("Nats-TTL", "1s")], "").await?;
            let last = async || -> anyhow::Result<String> {
                let subject = "$JS.API.DIRECT.GET.TEST.test";
                let answer = js.request_with(subject, &[], "").await?;
                Ok(header(&answer, "Nats-Sequence"))
            };
            assert_eq!(last().await?, "1");
            eventually("the marker is there", async || {
                Ok((last().await? == "2").then_some(()))
            })
            .await?;
        }
        Ok(())
    })
}

go_test!(
    1751,
    "jetstream_test",
    "TestJetStreamDirectGetUpToTime",
    direct_get_up_to_time
);
fn direct_get_up_to_time() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"], "allow_direct": true }))
            .await?;
        for number in 1..=10 {
            js.store("foo", &format!("message {number}")).await?;
        }
        let time_of = async |seq: u64| -> anyhow::Result<Value> {
            Ok(js.message("TEST", seq).await?["message"]["time"].clone())
        };
        let cases = [
            (json!("0001-01-01T00:00:00Z"), None),
            (json!("2262-04-11T23:47:16.854775807Z"), Some("message 10")),
            (time_of(1).await?, None),
            (time_of(5).await?, Some("message 4")),
        ];
        for (time, expected) in cases {
            let wanted = json!({ "multi_last": ["foo"], "up_to_time": time });
            let got = direct(&js, wanted).await?;
            let (end, messages) = got.split_last().unwrap();
            let payloads: Vec<&[u8]> = messages.iter().map(|message| &*message.payload).collect();
            let expected: Vec<&[u8]> = expected.iter().map(|text| text.as_bytes()).collect();
            assert_eq!(payloads, expected, "{time}");
            let code = if expected.is_empty() { 404 } else { 204 };
            assert_eq!(status(end).0, code, "{time}");
        }
        Ok(())
    })
}

go_test!(
    1752,
    "jetstream_test",
    "TestJetStreamDirectGetStartTimeSingleMsg",
    direct_get_after_the_end
);
fn direct_get_after_the_end() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let config = json!({
                "name": "TEST", "subjects": ["foo"], "allow_direct": true, "storage": storage,
            });
            js.add_stream(config).await?;
            js.store("foo", "message").await?;
            let first = js.message("TEST", 1).await?["message"]["time"].clone();
            let first: Timestamp = first.as_str().unwrap().parse()?;
            let future = first.checked_add(Duration::from_secs(10))?;
            let wanted = json!({ "start_time": future, "next_by_subj": "foo", "batch": 1 });
            let got = direct(&js, wanted).await?;
            assert_eq!((got.len(), status(&got[0]).0), (1, 404));
        }
        Ok(())
    })
}
