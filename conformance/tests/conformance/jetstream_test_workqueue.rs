//! Go: `server/jetstream_test.go`: work queues, and the ways to acknowledge.

use std::time::{Duration, Instant};

use async_nats::Message;
use conformance::client::{block_on, expect_nothing, next};
use conformance::go_test;
use conformance::wait::elapse_async;
use serde_json::{Value, json};

use crate::js_consumer_support::{QUIET, millis, take, take_all, text};
use crate::js_stream_support::{STORAGES, delivery, with};
use crate::js_support::{Js, err_code, status};

/// A stream in memory or in files, with one durable pull consumer called `WQ`.
async fn with_worker(storage: &str, stream: Value, consumer: Value) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    let named = json!({ "name": "WORK", "storage": storage });
    js.add_stream(with(&named, stream)).await?;
    let named = json!({ "durable_name": "WQ", "ack_policy": "explicit" });
    js.add_consumer("WORK", with(&named, consumer)).await?;
    Ok(js)
}

fn two_subjects() -> Value {
    json!({ "subjects": ["foo", "bar"] })
}

fn work_queue() -> Value {
    json!({ "retention": "workqueue" })
}

/// Stream and consumer sequence of a delivery.
fn seqs(message: &Message) -> (u64, u64) {
    let delivery = delivery(message).unwrap();
    (delivery.stream_seq, delivery.consumer_seq)
}

async fn waiting(js: &Js, count: u64) -> anyhow::Result<()> {
    let is = move |info: &Value| info["num_waiting"] == count;
    let what = format!("{count} requests wait");
    js.until_consumer("WORK", "WQ", &what, is).await?;
    Ok(())
}

go_test!(
    1485,
    "jetstream_test",
    "TestJetStreamBasicWorkQueue",
    basic_work_queue
);
fn basic_work_queue() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(storage, two_subjects(), json!({})).await?;
            assert_eq!(
                js.consumer("WORK", "WQ").await?["delivered"]["consumer_seq"],
                0
            );
            js.fill("bar", "Hello World!", 100).await?;
            assert_eq!(js.held("WORK").msgs, 100);
            let get = async |seq: u64| {
                let message = js.pull("WORK", "WQ").await?;
                assert_eq!(message.subject.as_str(), "bar");
                assert_eq!(seqs(&message).1, seq);
                anyhow::Ok(())
            };
            for seq in 1..=100 {
                get(seq).await?;
            }
            // One that comes while it is waited for, and many.
            let publisher = js.client.clone();
            let publishing = tokio::spawn(async move {
                elapse_async(
                    Duration::from_millis(50),
                    "somebody waits when the messages come",
                )
                .await;
                for _ in 0..101 {
                    publisher.request("bar", "Hello World!".into()).await?;
                }
                anyhow::Ok(())
            });
            let started = Instant::now();
            get(101).await?;
            assert!(started.elapsed() >= Duration::from_millis(50));
            for seq in 102..=201 {
                get(seq).await?;
            }
            publishing.await??;
        }
        Ok(())
    })
}

go_test!(
    1486,
    "jetstream_test",
    "TestJetStreamWorkQueueMaxWaiting",
    work_queue_max_waiting
);
fn work_queue_max_waiting() -> anyhow::Result<()> {
    const MAX: u64 = 512;
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(storage, two_subjects(), json!({})).await?;
            let push = json!({
                "durable_name": "foo", "ack_policy": "explicit", "max_waiting": 10,
                "deliver_subject": "_INBOX.22",
            });
            assert_eq!(err_code(&js.try_consumer("WORK", push).await?), 10080);
            let info = js.consumer("WORK", "WQ").await?;
            assert_eq!(info["config"]["max_waiting"], MAX);
            let mut answers = js.listen("req.*").await?;
            for n in 0..MAX {
                js.ask("WORK", "WQ", &format!("req.{n}"), Value::Null)
                    .await?;
            }
            waiting(&js, MAX).await?;
            let mut refused = js.asked("WORK", "WQ", Value::Null).await?;
            assert_eq!(status(&next(&mut refused).await?).0, 409);
            expect_nothing(&mut answers, QUIET).await?;
            js.store("foo", "Hello World!").await?;
            js.store("bar", "Hello World!").await?;
            waiting(&js, MAX - 2).await?;
            take_all(&mut answers, 2).await?;
        }
        Ok(())
    })
}

go_test!(
    1487,
    "jetstream_test",
    "TestJetStreamWorkQueueWrapWaiting",
    work_queue_wrap_waiting
);
fn work_queue_wrap_waiting() -> anyhow::Result<()> {
    const MAX: u64 = 8;
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(storage, two_subjects(), json!({ "max_waiting": MAX })).await?;
            let mut answers = js.listen("req.*").await?;
            let ask = async |from: u64, to: u64| {
                for n in from..to {
                    js.ask("WORK", "WQ", &format!("req.{n}"), Value::Null)
                        .await?;
                }
                anyhow::Ok(())
            };
            ask(0, MAX).await?;
            waiting(&js, MAX).await?;
            js.fill("foo", "Hello World!", 4).await?;
            waiting(&js, MAX / 2).await?;
            ask(MAX, MAX + 2).await?;
            waiting(&js, MAX / 2 + 2).await?;
            js.fill("bar", "Hello World!", 6).await?;
            waiting(&js, 0).await?;
            take_all(&mut answers, 10).await?;
        }
        Ok(())
    })
}

go_test!(
    1488,
    "jetstream_test",
    "TestJetStreamWorkQueueRequest",
    work_queue_request
);
fn work_queue_request() -> anyhow::Result<()> {
    const COUNT: usize = 25;
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(storage, two_subjects(), json!({})).await?;
            js.fill("bar", "Hello World!", COUNT).await?;
            let mut answers = js.asked("WORK", "WQ", json!({ "batch": COUNT })).await?;
            take_all(&mut answers, COUNT).await?;
            let no_wait = |batch: usize| json!({ "batch": batch, "no_wait": true });
            let mut answers = js.asked("WORK", "WQ", no_wait(1)).await?;
            assert_eq!(status(&next(&mut answers).await?).0, 404);
            // More than there are: those that are there, and that there are no more.
            js.fill("foo", "Hello World!", COUNT).await?;
            let mut answers = js.asked("WORK", "WQ", no_wait(COUNT + 10)).await?;
            let messages = take_all(&mut answers, COUNT + 1).await?;
            let statuses: Vec<u16> = messages.iter().map(|message| status(message).0).collect();
            assert_eq!(statuses[..COUNT], [0; COUNT]);
            assert_eq!(statuses[COUNT], 404);
            js.purge("WORK", Value::Null).await?;
            // What has expired gets nothing more.
            let wanted = json!({ "batch": 1, "expires": millis(100) });
            let mut answers = js.asked("WORK", "WQ", wanted.clone()).await?;
            assert_eq!(status(&next(&mut answers).await?).0, 408);
            js.store("foo", "Hello World!").await?;
            js.store("bar", "Hello World!").await?;
            expect_nothing(&mut answers, QUIET).await?;
            let mut answers = js.asked("WORK", "WQ", wanted).await?;
            let messages = take_all(&mut answers, 1).await?;
            assert_eq!(status(&messages[0]).0, 0);
        }
        Ok(())
    })
}

go_test!(
    1490,
    "jetstream_test",
    "TestJetStreamWorkQueueSubjectFiltering",
    work_queue_subject_filtering
);
fn work_queue_subject_filtering() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let subjects = json!({ "subjects": ["foo.*"] });
            let js = with_worker(storage, subjects, json!({ "filter_subject": "foo.A" })).await?;
            let subjects = (0..100).map(|n| if n % 2 == 0 { "foo.A" } else { "foo.B" });
            js.flood(subjects.map(|subject| (subject.to_owned(), "Hello World!".to_owned())))
                .await?;
            assert_eq!(js.held("WORK").msgs, 100);
            for seq in 1..=50 {
                let message = js.pull("WORK", "WQ").await?;
                assert_eq!(message.subject.as_str(), "foo.A");
                assert_eq!(seqs(&message), (2 * seq - 1, seq));
                js.respond(&message, "").await?;
            }
        }
        Ok(())
    })
}

go_test!(
    1492,
    "jetstream_test",
    "TestJetStreamWorkQueueAckAndNext",
    work_queue_ack_and_next
);
fn work_queue_ack_and_next() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(storage, two_subjects(), json!({})).await?;
            js.fill("bar", "Hello World!", 100).await?;
            assert_eq!(js.held("WORK").msgs, 100);
            let (inbox, mut answers) = js.inbox().await?;
            js.ask("WORK", "WQ", &inbox, Value::Null).await?;
            for seq in 1..=100 {
                let message = next(&mut answers).await?;
                assert_eq!(text(&message), "Hello World!");
                assert_eq!(seqs(&message), (seq, seq));
                js.ack_and_ask(&message, &inbox, "+NXT").await?;
            }
        }
        Ok(())
    })
}

go_test!(
    1493,
    "jetstream_test",
    "TestJetStreamWorkQueueRequestBatch",
    work_queue_request_batch
);
fn work_queue_request_batch() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(storage, two_subjects(), json!({})).await?;
            js.fill("bar", "Hello World!", 100).await?;
            assert_eq!(js.held("WORK").msgs, 100);
            // A number is enough.
            let mut answers = js.asked("WORK", "WQ", json!(50)).await?;
            take_all(&mut answers, 50).await?;
            js.purge("WORK", Value::Null).await?;
            let mut answers = js.asked("WORK", "WQ", json!(50)).await?;
            waiting(&js, 1).await?;
            js.fill("bar", "Hello World!", 100).await?;
            take_all(&mut answers, 50).await?;
        }
        Ok(())
    })
}

go_test!(
    1494,
    "jetstream_test",
    "TestJetStreamWorkQueueRetentionStream",
    work_queue_retention_stream
);
fn work_queue_retention_stream() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let config = json!({
                "name": "MWQ", "subjects": ["MY_WORK_QUEUE.>"], "retention": "workqueue",
                "storage": storage,
            });
            js.add_stream(config).await?;
            let last = json!({ "deliver_policy": "last" });
            assert_eq!(
                err_code(&js.try_consumer("MWQ", last.clone()).await?),
                10084
            );
            let last = with(&last, json!({ "ack_policy": "explicit" }));
            assert_eq!(err_code(&js.try_consumer("MWQ", last).await?), 10101);
            let mut count = 0;
            let mut filtered = |filter: &str| {
                count += 1;
                json!({
                    "durable_name": format!("PPBO-{count}"), "ack_policy": "explicit",
                    "filter_subject": filter,
                })
            };
            // Each step is made or refused; in the end all are deleted.
            let steps = |possible: &'static str, configs: Vec<Value>| (possible, configs);
            let all = json!({ "durable_name": "PBO", "ack_policy": "explicit" });
            let second = json!({ "ack_policy": "explicit" });
            let pushed = with(&all, json!({ "deliver_subject": "SOME.SUBJ" }));
            let listener = json!({ "ack_policy": "explicit", "deliver_subject": "to" });
            let groups = [
                steps("yn", vec![all, second]),
                steps(
                    "yynny",
                    ["A", "B", "A", "B", "C"]
                        .map(|token| filtered(&format!("MY_WORK_QUEUE.{token}")))
                        .to_vec(),
                ),
                steps(
                    "yn",
                    ["MY_WORK_QUEUE.>", "MY_WORK_QUEUE.*.BAR"]
                        .map(&mut filtered)
                        .to_vec(),
                ),
                steps(
                    "yn",
                    ["MY_WORK_QUEUE.*.BAR", "MY_WORK_QUEUE.>"]
                        .map(&mut filtered)
                        .to_vec(),
                ),
                steps("yn", vec![pushed, listener.clone()]),
                steps("y", vec![listener]),
            ];
            let _listening = js.listen("to").await?;
            for (possible, configs) in groups {
                let mut made = Vec::new();
                for (possible, config) in possible.chars().zip(configs) {
                    let answer = js.try_consumer("MWQ", config.clone()).await?;
                    let is_made = answer["error"].is_null();
                    assert_eq!(is_made, possible == 'y', "{config}: {answer}");
                    if is_made {
                        made.push(answer["name"].as_str().unwrap().to_owned());
                    } else {
                        assert!([10099, 10100].contains(&err_code(&answer)), "{answer}");
                    }
                }
                for name in made {
                    js.delete_consumer("MWQ", &name).await?;
                }
                assert_eq!(js.consumers_of("MWQ").await?, 0);
            }
        }
        Ok(())
    })
}

go_test!(
    1496,
    "jetstream_test",
    "TestJetStreamAckReplyStreamPending",
    ack_reply_stream_pending
);
fn ack_reply_stream_pending() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let config = json!({
                "subjects": ["foo.*"], "max_age": millis(4_000), "retention": "workqueue",
            });
            let js = with_worker(storage, config, json!({})).await?;
            // So many are to come after the next one, by all accounts.
            let pending = async |name: &'static str, count: u64| {
                let is = move |info: &Value| info["num_pending"] == count + 1;
                js.until_consumer("WORK", name, &format!("{count} and one"), is)
                    .await?;
                let message = js.pull("WORK", name).await?;
                assert_eq!(delivery(&message)?.pending, count);
                anyhow::Ok(())
            };
            js.fill("foo.1", "Hello World!", 100).await?;
            pending("WQ", 99).await?;
            js.fill("foo.1", "Hello World!", 100).await?;
            pending("WQ", 198).await?;
            js.purge("WORK", Value::Null).await?;
            js.store("foo.1", "Hello World!").await?;
            pending("WQ", 0).await?;
            js.fill("foo.22", "Hello World!", 100).await?;
            pending("WQ", 99).await?;
            // One that was delivered is deleted, and one that was not.
            let first = js.held("WORK").first_seq;
            js.delete_message("WORK", first).await?;
            pending("WQ", 98).await?;
            js.delete_message("WORK", 250).await?;
            pending("WQ", 96).await?;
            js.purge("WORK", Value::Null).await?;
            js.fill("foo.1", "Hello World!", 100).await?;
            js.until_held("WORK", 0).await?;
            js.store("foo.33", "Hello World!").await?;
            pending("WQ", 0).await?;
            js.delete_consumer("WORK", "WQ").await?;
            // With a filter.
            let filtered = json!({
                "durable_name": "F", "ack_policy": "explicit", "filter_subject": "foo.22",
            });
            js.add_consumer("WORK", filtered).await?;
            js.fill("foo.33", "Hello World!", 100).await?;
            assert_eq!(js.consumer("WORK", "F").await?["num_pending"], 0);
            js.store("foo.22", "Hello World!").await?;
            pending("F", 0).await?;
            let mut last = 0;
            for _ in 0..4 {
                last = js.store("foo.22", "Hello World!").await?;
            }
            pending("F", 3).await?;
            js.delete_message("WORK", last - 1).await?;
            pending("F", 1).await?;
            js.fill("foo.22", "Hello World!", 100).await?;
            pending("F", 100).await?;
            js.purge("WORK", Value::Null).await?;
            js.store("foo.22", "Hello World!").await?;
            pending("F", 0).await?;
        }
        Ok(())
    })
}

go_test!(
    1498,
    "jetstream_test",
    "TestJetStreamWorkQueueAckWaitRedelivery",
    work_queue_ack_wait_redelivery
);
fn work_queue_ack_wait_redelivery() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js =
                with_worker(storage, work_queue(), json!({ "ack_wait": millis(1_500) })).await?;
            js.fill("WORK", "Hello World!", 100).await?;
            assert_eq!(js.held("WORK").msgs, 100);
            let mut answers = js.asked("WORK", "WQ", json!(100)).await?;
            take_all(&mut answers, 100).await?;
            assert_eq!(js.held("WORK").msgs, 100);
            for seq in 1..=100 {
                let message = js.pull("WORK", "WQ").await?;
                assert_eq!(seqs(&message), (seq, 100 + seq));
                assert_eq!(delivery(&message)?.count, 2);
                js.ack(&message).await?;
            }
            assert_eq!(js.held("WORK").msgs, 0);
        }
        Ok(())
    })
}

go_test!(
    1499,
    "jetstream_test",
    "TestJetStreamWorkQueueNakRedelivery",
    work_queue_nak_redelivery
);
fn work_queue_nak_redelivery() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(storage, work_queue(), json!({})).await?;
            js.fill("WORK", "Hello World!", 10).await?;
            assert_eq!(js.held("WORK").msgs, 10);
            let get = async |seq: u64, consumer_seq: u64| {
                let message = js.pull("WORK", "WQ").await?;
                assert_eq!(seqs(&message), (seq, consumer_seq));
                anyhow::Ok(message)
            };
            for seq in 1..=5 {
                js.respond(&get(seq, seq).await?, "").await?;
            }
            js.respond(&get(6, 6).await?, "-NAK").await?;
            for (seq, consumer_seq) in [(6, 7), (7, 8), (8, 9)] {
                get(seq, consumer_seq).await?;
            }
        }
        Ok(())
    })
}

go_test!(
    1500,
    "jetstream_test",
    "TestJetStreamWorkQueueWorkingIndicator",
    work_queue_working_indicator
);
fn work_queue_working_indicator() -> anyhow::Result<()> {
    const WAIT: Duration = Duration::from_millis(500);
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(storage, work_queue(), json!({ "ack_wait": millis(500) })).await?;
            js.store("WORK", "Hello World!").await?;
            let get = async |seq: u64, consumer_seq: u64| {
                let message = js.pull("WORK", "WQ").await?;
                assert_eq!(seqs(&message), (seq, consumer_seq));
                anyhow::Ok(message)
            };
            get(1, 1).await?;
            let first = get(1, 2).await?;
            js.store("WORK", "Hello World!").await?;
            // It takes longer than that, but somebody is at work.
            let started = Instant::now();
            while started.elapsed() < 3 * WAIT {
                js.respond_sync(&first, "+WPI").await?;
                elapse_async(WAIT / 5, "who says so in time keeps the message").await;
            }
            let second = get(2, 3).await?;
            elapse_async(WAIT / 2, "who says so in time keeps the message").await;
            js.respond_sync(&second, "+WPI").await?;
            let first = get(1, 4).await?;
            js.respond(&first, "").await?;
            get(2, 5).await?;
        }
        Ok(())
    })
}

go_test!(
    1501,
    "jetstream_test",
    "TestJetStreamWorkQueueTerminateDelivery",
    work_queue_terminate_delivery
);
fn work_queue_terminate_delivery() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_worker(storage, work_queue(), json!({ "ack_wait": millis(200) })).await?;
            js.store("WORK", "Hello World!").await?;
            let mut advisories = js
                .listen("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>")
                .await?;
            assert_eq!(seqs(&js.pull("WORK", "WQ").await?), (1, 1));
            let again = js.pull("WORK", "WQ").await?;
            assert_eq!(seqs(&again), (1, 2));
            js.respond_sync(&again, "+TERM with reason").await?;
            js.store("WORK", "Hello World!").await?;
            elapse_async(
                Duration::from_millis(400),
                "a terminated message would be due again",
            )
            .await;
            assert_eq!(seqs(&js.pull("WORK", "WQ").await?), (2, 3));
            let advisory = next(&mut advisories).await?;
            let advisory: Value = serde_json::from_slice(&advisory.payload)?;
            let expected = json!({
                "stream": "WORK", "consumer": "WQ", "stream_seq": 1, "consumer_seq": 2,
                "deliveries": 2, "reason": "with reason",
            });
            for (field, value) in expected.as_object().unwrap() {
                assert_eq!(&advisory[field], value, "{field}");
            }
        }
        Ok(())
    })
}

go_test!(1502, "jetstream_test", "TestJetStreamAckNext", ack_next);
fn ack_next() -> anyhow::Result<()> {
    block_on(async {
        let js = with_worker("memory", json!({}), json!({})).await?;
        for n in 0..12 {
            js.store("WORK", &format!("msg {n}")).await?;
        }
        let (inbox, mut answers) = js.inbox().await?;
        js.ask("WORK", "WQ", &inbox, json!(1)).await?;
        let first = next(&mut answers).await?;
        js.ack_and_ask(&first, &inbox, "+NXT").await?;
        let second = take_all(&mut answers, 1).await?.remove(0);
        assert_eq!(text(&second), "msg 1");
        let floor = async || {
            let info = js.consumer("WORK", "WQ").await?;
            anyhow::Ok(info["ack_floor"]["stream_seq"].clone())
        };
        assert_eq!(floor().await?, 1);
        for (from, request) in [(2, "+NXT 5"), (7, "+NXT{\"batch\": 5}")] {
            js.ack_and_ask(&second, &inbox, request).await?;
            for (n, message) in (from..).zip(take(&mut answers, 5).await?) {
                assert_eq!(text(&message), format!("msg {n}"));
            }
        }
        assert_eq!(floor().await?, 2);
        Ok(())
    })
}
