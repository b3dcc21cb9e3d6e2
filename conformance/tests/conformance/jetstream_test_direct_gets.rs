//! Go: `server/jetstream_test.go`: messages that are asked for without the API.

use conformance::client::{block_on, next};
use conformance::go_test;
use serde_json::{Value, json};

use crate::js_support::{Js, eventually, header, status};

go_test!(
    1642,
    "jetstream_test",
    "TestJetStreamDirectMsgGet",
    direct_msg_get
);
fn direct_msg_get() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "DSMG", "subjects": ["foo"], "storage": "memory",
            "max_msgs_per_subject": 1, "allow_direct": true,
        });
        let made = js.add_stream(config).await?;
        assert_eq!(made["config"]["allow_direct"], true);
        js.publish("foo", &[("foo", "bar")], "abc").await?;
        let get = async |payload: Value| {
            let payload = if payload.is_null() {
                String::new()
            } else {
                payload.to_string()
            };
            js.request_with("$JS.API.DIRECT.GET.DSMG", &[], &payload)
                .await
        };
        let check = |message: &async_nats::Message| {
            assert_eq!(&*message.payload, b"abc");
            assert_eq!(header(message, "foo"), "bar");
            assert_eq!(header(message, "Nats-Stream"), "DSMG");
            assert_eq!(header(message, "Nats-Sequence"), "1");
            assert_eq!(header(message, "Nats-Subject"), "foo");
            assert!(!header(message, "Nats-Time-Stamp").is_empty());
        };
        check(&get(json!({ "seq": 1 })).await?);
        check(&get(json!({ "last_by_subj": "foo" })).await?);
        let wrong = [
            (Value::Null, 408, "Empty Request"),
            (json!({}), 408, "Empty Request"),
            (
                json!({ "seq": 1, "last_by_subj": "foo" }),
                408,
                "Bad Request",
            ),
            (
                json!({ "last_by_subj": "foo", "next_by_subj": "foo" }),
                408,
                "Bad Request",
            ),
            (json!({ "seq": "x" }), 408, "Malformed Request"),
            (json!({ "seq": 2 }), 404, "Message Not Found"),
            (json!({ "last_by_subj": "bar" }), 404, "Message Not Found"),
        ];
        for (payload, code, text) in wrong {
            let answer = get(payload.clone()).await?;
            assert_eq!(status(&answer), (code, text.to_owned()), "{payload}");
        }
        Ok(())
    })
}

go_test!(
    1643,
    "jetstream_test",
    "TestJetStreamDirectMsgGetNext",
    direct_msg_get_next
);
fn direct_msg_get_next() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "DSMG", "subjects": ["foo", "bar", "baz"], "storage": "memory",
            "allow_direct": true,
        });
        js.add_stream(config).await?;
        for (subject, count) in [("foo", 10), ("bar", 10), ("baz", 10), ("foo", 10)] {
            for _ in 0..count {
                js.store(subject, "x").await?;
            }
        }
        let get = async |seq: u64, subject: &str| {
            let payload = json!({ "seq": seq, "next_by_subj": subject }).to_string();
            js.request_with("$JS.API.DIRECT.GET.DSMG", &[], &payload)
                .await
        };
        let cases = [
            (0, "foo", "1"),
            (1, "foo", "1"),
            (11, "foo", "31"),
            (0, "bar", "11"),
            (11, "bar", "11"),
            (15, "bar", "15"),
            (0, "baz", "21"),
            (1, "baz", "21"),
        ];
        for (seq, subject, found) in cases {
            let answer = get(seq, subject).await?;
            assert_eq!(header(&answer, "Nats-Sequence"), found, "{seq} {subject}");
            assert_eq!(header(&answer, "Nats-Subject"), subject);
        }
        assert_eq!(status(&get(21, "bar").await?).0, 404);
        Ok(())
    })
}

/// Collects answers up to the one that ends a batch; its header is the last.
async fn batch(js: &Js, subject: &str, wanted: Value) -> anyhow::Result<Vec<async_nats::Message>> {
    let inbox = js.client.new_inbox();
    let mut answers = js.client.subscribe(inbox.clone()).await?;
    js.client
        .publish_with_reply(subject.to_owned(), inbox, wanted.to_string().into())
        .await?;
    let mut messages = Vec::new();
    loop {
        let message = next(&mut answers).await?;
        let ended = message.status.is_some();
        messages.push(message);
        if ended {
            return Ok(messages);
        }
    }
}

go_test!(
    1694,
    "jetstream_test",
    "TestJetStreamDirectGetBatch",
    direct_get_batch
);
fn direct_get_batch() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["foo.*"], "storage": "memory", "allow_direct": true,
        });
        js.add_stream(config).await?;
        // 333 of each of three subjects, after one another, with one more at the end.
        for seq in 1..=1000 {
            let subject = ["foo.foo", "foo.bar", "foo.baz"][(seq - 1) % 3];
            js.send(subject, &[("a", "b")], "OK").await?;
        }
        js.client.flush().await?;
        eventually("all are stored", async || {
            Ok((js.state("TEST").await?["messages"] == 1000).then_some(()))
        })
        .await?;
        let get = async |wanted: Value| batch(&js, "$JS.API.DIRECT.GET.TEST", wanted).await;
        let check = |got: &[async_nats::Message], count: usize, pending: u64, last: u64| {
            let (end, messages) = got.split_last().unwrap();
            assert_eq!(messages.len(), count);
            assert_eq!(status(end), (204, "EOB".to_owned()));
            assert_eq!(header(end, "Nats-Num-Pending"), pending.to_string());
            assert_eq!(header(end, "Nats-Last-Sequence"), last.to_string());
            let mut left = pending + count as u64;
            let mut before = "0".to_owned();
            for message in messages {
                left -= 1;
                assert_eq!(header(message, "Nats-Num-Pending"), left.to_string());
                assert_eq!(header(message, "Nats-Last-Sequence"), before);
                before = header(message, "Nats-Sequence");
            }
            assert_eq!(before, last.to_string());
        };
        check(&get(json!({ "seq": 1, "batch": 10 })).await?, 10, 990, 10);
        check(&get(json!({ "seq": 999, "batch": 10 })).await?, 2, 0, 1000);
        let foo = json!({ "next_by_subj": "foo.foo", "batch": 5 });
        check(&get(foo).await?, 5, 329, 13);
        let wide = json!({ "next_by_subj": "foo.*", "batch": 5 });
        check(&get(wide).await?, 5, 995, 5);
        let late = json!({ "next_by_subj": "foo.bar", "batch": 200, "seq": 900 });
        check(&get(late).await?, 33, 0, 998);
        let none = get(json!({ "next_by_subj": "foo.none", "batch": 5 })).await?;
        assert_eq!(status(&none[0]), (404, "Message Not Found".to_owned()));
        Ok(())
    })
}

/// Streams with the last messages of subjects `foo.foo`, `foo.bar` and `foo.baz`.
async fn stream_of_three(js: &Js, count: usize) -> anyhow::Result<()> {
    let config = json!({
        "name": "TEST", "subjects": ["foo.*"], "storage": "memory", "allow_direct": true,
    });
    js.add_stream(config).await?;
    for at in 0..count {
        js.store(["foo.foo", "foo.bar", "foo.baz"][at % 3], "OK")
            .await?;
    }
    Ok(())
}

go_test!(
    1701,
    "jetstream_test",
    "TestJetStreamDirectGetMultiMaxAllowed",
    direct_get_multi_max_allowed
);
fn direct_get_multi_max_allowed() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["foo.*"], "storage": "memory", "allow_direct": true,
        });
        js.add_stream(config).await?;
        for number in 1..=1025 {
            js.send(&format!("foo.{number}"), &[("a", "b")], "OK")
                .await?;
        }
        js.client.flush().await?;
        eventually("all are stored", async || {
            Ok((js.state("TEST").await?["messages"] == 1025).then_some(()))
        })
        .await?;
        let payload = json!({ "multi_last": ["foo.*"] }).to_string();
        let answer = js
            .request_with("$JS.API.DIRECT.GET.TEST", &[], &payload)
            .await?;
        assert_eq!(status(&answer), (413, "Too Many Results".to_owned()));
        Ok(())
    })
}

go_test!(
    1702,
    "jetstream_test",
    "TestJetStreamDirectGetMultiPaging",
    direct_get_multi_paging
);
fn direct_get_multi_paging() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["foo.*"], "storage": "memory", "allow_direct": true,
        });
        js.add_stream(config).await?;
        // Two for each of 500 subjects: the last are 501 to 1000.
        for round in 0..2 {
            for number in 1..=500 {
                let payload = format!("{round}");
                js.send(&format!("foo.{number}"), &[("a", "b")], &payload)
                    .await?;
            }
        }
        js.client.flush().await?;
        eventually("all are stored", async || {
            Ok((js.state("TEST").await?["messages"] == 1000).then_some(()))
        })
        .await?;
        let mut start = 0;
        let mut up_to = 0;
        for page in 0..5_u64 {
            let wanted = json!({
                "multi_last": ["foo.*"], "batch": 100, "seq": start, "up_to_seq": up_to,
            });
            let got = batch(&js, "$JS.API.DIRECT.GET.TEST", wanted).await?;
            let (end, messages) = got.split_last().unwrap();
            assert_eq!(messages.len(), 100, "page {page}");
            let last = 600 + page * 100;
            assert_eq!(header(&messages[99], "Nats-Sequence"), last.to_string());
            assert_eq!(header(end, "Nats-Last-Sequence"), last.to_string());
            assert_eq!(header(end, "Nats-Num-Pending"), (1000 - last).to_string());
            assert_eq!(header(end, "Nats-UpTo-Sequence"), "1000");
            (start, up_to) = (last + 1, 1000);
        }
        Ok(())
    })
}

go_test!(
    1657,
    "jetstream_test",
    "TestJetStreamDirectGetBySubject",
    direct_get_by_subject
);
fn direct_get_by_subject() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "KV", "subjects": ["vid.>"], "storage": "memory",
            "max_msgs_per_subject": 1, "allow_direct": true,
        });
        js.add_stream(config).await?;
        for number in 0..100 {
            let subject = format!("vid.{number}");
            js.store(&subject, &format!("last {number}")).await?;
        }
        js.store("vid.22", "newest").await?;
        let get = async |key: &str, payload: &str| {
            let subject = format!("$JS.API.DIRECT.GET.KV.{key}");
            js.request_with(&subject, &[], payload).await
        };
        let answer = get("vid.22", "").await?;
        assert_eq!(&*answer.payload, b"newest");
        assert_eq!(header(&answer, "Nats-Subject"), "vid.22");
        assert_eq!(header(&answer, "Nats-Sequence"), "101");
        assert_eq!(header(&answer, "Nats-Stream"), "KV");
        let bare = get("vid.22", r#"{"no_hdr":true}"#).await?;
        assert!(bare.headers.is_none());
        assert_eq!(&*bare.payload, b"newest");
        let none = get("vid.nope", "").await?;
        assert_eq!(status(&none), (404, "Message Not Found".to_owned()));
        for payload in [r#"{"seq":1}"#, r#"{"last_by_subj":"x"}"#, r#"{"batch":2}"#] {
            let answer = get("vid.22", payload).await?;
            assert_eq!(
                status(&answer),
                (408, "Bad Request".to_owned()),
                "{payload}"
            );
        }
        let broken = get("vid.22", "{").await?;
        assert_eq!(status(&broken), (408, "Malformed Request".to_owned()));
        Ok(())
    })
}

go_test!(
    1700,
    "jetstream_test",
    "TestJetStreamDirectGetMultiUpToTime",
    direct_get_multi_up_to_time
);
fn direct_get_multi_up_to_time() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        stream_of_three(&js, 3).await?;
        let first = js.message("TEST", 1).await?["message"]["time"].clone();
        let start: jiff::Timestamp = first.as_str().unwrap().parse()?;
        let middle = jiff::Timestamp::now();
        for subject in ["foo.foo", "foo.bar", "foo.baz"] {
            js.store(subject, "2").await?;
        }
        let get = async |time: jiff::Timestamp| {
            let wanted = json!({ "multi_last": ["foo.*"], "up_to_time": time });
            batch(&js, "$JS.API.DIRECT.GET.TEST", wanted).await
        };
        let before = get(start).await?;
        assert_eq!(status(&before[0]), (404, "No Results".to_owned()));
        let seqs = |got: &[async_nats::Message]| -> Vec<String> {
            got.iter()
                .filter(|message| message.status.is_none())
                .map(|message| header(message, "Nats-Sequence"))
                .collect()
        };
        assert_eq!(seqs(&get(middle).await?), ["1", "2", "3"]);
        let later = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(60);
        assert_eq!(seqs(&get(later).await?), ["4", "5", "6"]);
        let both = json!({ "multi_last": ["foo.*"], "up_to_time": later, "up_to_seq": 2 });
        let both = batch(&js, "$JS.API.DIRECT.GET.TEST", both).await?;
        assert_eq!(status(&both[0]), (408, "Bad Request".to_owned()));
        Ok(())
    })
}
