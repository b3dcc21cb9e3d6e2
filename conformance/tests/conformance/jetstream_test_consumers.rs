//! Go: `server/jetstream_test.go`: acknowledgements of publishers, and consumers in
//! odd places: of mirrors and sources, behind permissions, abandoned, in the end.

use std::time::{Duration, Instant};

use conformance::client::{block_on, expect_nothing, next};
use conformance::go_test;
use nats_server::jetstream::assets::ConsumerAction;
use nats_server::jetstream::model::ConsumerConfig;
use serde_json::{Value, json};

use crate::js_consumer_support::{QUIET, SECOND, millis, take};
use crate::js_stream_support::{STORAGES, delivery, with, with_stream};
use crate::js_support::{Js, err_code, eventually, header, status};

go_test!(1471, "jetstream_test", "TestJetStreamPubAck", pub_ack);
fn pub_ack() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo"], "storage": "memory" })).await?;
        for seq in 1..=1_000 {
            let ack = js.publish("foo", &[], "HELLO").await?;
            assert_eq!(ack, json!({ "stream": "TEST", "seq": seq }));
        }
        Ok(())
    })
}

go_test!(
    1472,
    "jetstream_test",
    "TestJetStreamNextReqFromMsg",
    expiry_of_requests
);
fn expiry_of_requests() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({})).await?;
        js.add_consumer("TEST", json!({ "durable_name": "C" }))
            .await?;
        let asked = Instant::now();
        // In nanoseconds.
        let mut answers = js
            .asked("TEST", "C", json!({ "expires": 5_000_000_000_u64 }))
            .await?;
        assert_eq!(status(&next(&mut answers).await?).0, 408);
        let elapsed = asked.elapsed();
        assert!(elapsed >= 5 * SECOND && elapsed < 7 * SECOND, "{elapsed:?}");
        Ok(())
    })
}

go_test!(
    1473,
    "jetstream_test",
    "TestJetStreamNoPanicOnRaceBetweenShutdownAndConsumerDelete",
    shutdown_while_consumers_are_deleted
);
fn shutdown_while_consumers_are_deleted() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "storage": storage })).await?;
            let mut consumers = Vec::new();
            for n in 0..100 {
                let name = format!("d{n}");
                let config = json!({ "durable_name": name, "ack_policy": "explicit" });
                js.add_consumer("TEST", config).await?;
                consumers.push(js.handle("TEST", &name));
            }
            let all = consumers.clone();
            let deleting = tokio::task::spawn_blocking(move || {
                for consumer in all {
                    consumer.delete();
                }
            });
            js.server.server().shutdown();
            js.server.server().wait_for_shutdown();
            deleting.await?;
            assert!(consumers.iter().all(|consumer| consumer.is_closed()));
            // Those that were deleted are gone, the others are there.
            let js = js.restarted().await?;
            if storage == "file" {
                js.state("TEST").await?;
            }
        }
        Ok(())
    })
}

go_test!(
    1477,
    "jetstream_test",
    "TestJetStreamMaxConsumers",
    max_consumers
);
fn max_consumers() -> anyhow::Result<()> {
    block_on(async {
        let config = json!({
            "storage": "memory", "subjects": ["in.maxc.>"], "max_consumers": 2,
        });
        let js = with_stream(config).await?;
        let info = js.info("TEST", Value::Null).await?;
        assert_eq!(info["config"]["max_consumers"], 2);
        let foo = json!({
            "durable_name": "maxc_foo", "filter_subject": "in.maxc.foo",
            "ack_policy": "explicit",
        });
        // What is there already does not count again.
        js.add_consumer("TEST", foo.clone()).await?;
        js.add_consumer("TEST", foo).await?;
        let baz = json!({ "durable_name": "maxc_baz" });
        for _ in 0..2 {
            let made = js.consumer_with("TEST", baz.clone(), "create").await?;
            assert!(made["error"].is_null(), "{made}");
        }
        let bar = json!({ "filter_subject": "in.maxc.bar", "deliver_subject": "to" });
        assert_eq!(err_code(&js.try_consumer("TEST", bar).await?), 10026);
        Ok(())
    })
}

go_test!(
    1481,
    "jetstream_test",
    "TestJetStreamBasicAckPublish",
    basic_ack_publish
);
fn basic_ack_publish() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "subjects": ["foo.*"], "storage": storage })).await?;
            for seq in 1..=50 {
                assert_eq!(js.store("foo.bar", "Hello World!").await?, seq);
            }
            assert_eq!(js.held("TEST").msgs, 50);
        }
        Ok(())
    })
}

go_test!(
    1483,
    "jetstream_test",
    "TestJetStreamNoAckStream",
    no_ack_stream
);
fn no_ack_stream() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = with_stream(json!({ "storage": storage, "no_ack": true })).await?;
            let (inbox, mut answers) = js.inbox().await?;
            js.client
                .publish_with_reply("TEST", inbox, "Hello World!".into())
                .await?;
            expect_nothing(&mut answers, QUIET).await?;
            assert_eq!(js.held("TEST").msgs, 1);
        }
        Ok(())
    })
}

go_test!(
    1573,
    "jetstream_test",
    "TestJetStreamMirrorAndSourcesFilteredConsumers",
    filtered_consumers_of_mirrors_and_sources
);
fn filtered_consumers_of_mirrors_and_sources() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo", "bar", "baz.*"] })).await?;
        let mirror = |name, of| json!({ "name": name, "mirror": { "name": of } });
        let (inbox, mut deliveries) = js.inbox().await?;
        let filtered = async |stream: &'static str, filter: &'static str| {
            let config = json!({ "deliver_subject": inbox, "filter_subject": filter });
            js.add_consumer(stream, config).await
        };
        js.add_stream(mirror("M", "TEST")).await?;
        for filter in ["foo", "bar", "baz.foo"] {
            filtered("M", filter).await?;
        }
        js.add_stream(json!({ "name": "O1", "subjects": ["foo.*"] }))
            .await?;
        js.add_stream(json!({ "name": "O2", "subjects": ["bar.*"] }))
            .await?;
        let sources = json!([{ "name": "O1" }, { "name": "O2" }]);
        js.add_stream(json!({ "name": "S", "sources": sources }))
            .await?;
        filtered("S", "foo.1").await?;
        filtered("S", "bar.1").await?;
        js.add_stream(mirror("M2", "M")).await?;
        for filter in ["foo", "bar", "baz.foo"] {
            filtered("M2", filter).await?;
        }
        // And they deliver: twice from the mirrors, once from the sources.
        for subject in ["foo", "baz.foo", "foo.1"] {
            js.store(subject, "").await?;
        }
        let mut subjects = Vec::new();
        for message in take(&mut deliveries, 5).await? {
            subjects.push(message.subject.to_string());
        }
        subjects.sort_unstable();
        assert_eq!(subjects, ["baz.foo", "baz.foo", "foo", "foo", "foo.1"]);
        Ok(())
    })
}

go_test!(
    1586,
    "jetstream_test",
    "TestJetStreamDirectConsumersBeingReported",
    direct_consumers_are_not_reported
);
fn direct_consumers_are_not_reported() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo"] })).await?;
        js.add_stream(json!({ "name": "S", "sources": [{ "name": "TEST" }] }))
            .await?;
        js.store("foo", "").await?;
        js.until_held("S", 1).await?;
        assert_eq!(js.stream("TEST").all_consumers().len(), 1, "there is one");
        assert_eq!(js.consumers_of("TEST").await?, 0);
        for request in ["NAMES", "LIST"] {
            let answer = js
                .api(&format!("CONSUMER.{request}.TEST"), Value::Null)
                .await?;
            assert_eq!(
                (&answer["total"], &answer["consumers"]),
                (&json!(0), &json!([]))
            );
        }
        Ok(())
    })
}

go_test!(
    1600,
    "jetstream_test",
    "TestJetStreamMirroredConsumerFailAfterRestart",
    consumer_of_a_mirror_after_restart
);
fn consumer_of_a_mirror_after_restart() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo", "bar", "baz"] })).await?;
        js.add_stream(json!({ "name": "M1", "mirror": { "name": "TEST" } }))
            .await?;
        let config =
            json!({ "durable_name": "C1", "filter_subject": ">", "ack_policy": "explicit" });
        js.add_consumer("M1", config).await?;
        let js = js.restarted().await?;
        js.state("M1").await?;
        js.consumer("M1", "C1").await?;
        js.store("foo", "").await?;
        assert_eq!(js.pull("M1", "C1").await?.subject.as_str(), "foo");
        Ok(())
    })
}

go_test!(
    1603,
    "jetstream_test",
    "TestJetStreamPurgeAndFilteredConsumers",
    purge_and_filtered_consumers
);
fn purge_and_filtered_consumers() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["FOO.*"] })).await?;
        for _ in 0..10 {
            js.store("FOO.adam", "M").await?;
            js.store("FOO.eve", "F").await?;
        }
        for (name, filter, pending) in [
            ("adam", "FOO.adam", 10),
            ("eve", "FOO.eve", 10),
            ("all", "", 20),
        ] {
            let config = json!({
                "durable_name": name, "filter_subject": filter, "ack_policy": "explicit",
            });
            assert_eq!(
                js.add_consumer("TEST", config).await?["num_pending"],
                pending
            );
        }
        js.purge("TEST", json!({ "filter": "FOO.adam" })).await?;
        assert_eq!(js.held("TEST").msgs, 10);
        for (name, pending) in [("adam", 0), ("eve", 10), ("all", 10)] {
            let info = js.consumer("TEST", name).await?;
            assert_eq!(info["num_pending"], pending, "{name}");
            if name == "adam" {
                assert_eq!(info["ack_floor"]["stream_seq"], 20);
            }
        }
        Ok(())
    })
}

go_test!(
    1611,
    "jetstream_test",
    "TestJetStreamEphemeralPullConsumers",
    ephemeral_pull_consumers
);
fn ephemeral_pull_consumers() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "storage": "memory" })).await?;
        let ephemeral = |name| json!({ "name": name, "ack_policy": "explicit", "inactive_threshold": millis(50) });
        let gone = async || {
            eventually("it is gone", async || {
                Ok((js.consumers_of("TEST").await? == 0).then_some(()))
            })
            .await
        };
        js.add_consumer("TEST", ephemeral("A")).await?;
        gone().await?;
        // As long as somebody waits it stays.
        js.add_consumer("TEST", ephemeral("B")).await?;
        let wanted = json!({ "batch": 10, "expires": millis(60_000) });
        let mut waiting = js.asked("TEST", "B", wanted).await?;
        tokio::time::sleep(2 * SECOND).await;
        assert_eq!(js.consumers_of("TEST").await?, 1);
        waiting.unsubscribe().await?;
        gone().await
    })
}

go_test!(
    1612,
    "jetstream_test",
    "TestJetStreamEphemeralPullConsumersInactiveThresholdAndNoWait",
    inactive_threshold_and_no_wait
);
fn inactive_threshold_and_no_wait() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "storage": "memory" })).await?;
        let config =
            json!({ "name": "C", "ack_policy": "explicit", "inactive_threshold": millis(100) });
        js.add_consumer("TEST", config).await?;
        // Requests that are refused at once keep it, for longer than it is kept alone.
        for _ in 0..30 {
            js.ask("TEST", "C", "xx", json!({ "batch": 10, "no_wait": true }))
                .await?;
            tokio::time::sleep(Duration::from_millis(75)).await;
        }
        js.consumer("TEST", "C").await?;
        eventually("it is gone", async || {
            Ok((js.consumers_of("TEST").await? == 0).then_some(()))
        })
        .await
    })
}

/// Work that was done stays done after a restart of its sources.
async fn sourced_work(name: &str, origins: &[&str], left: u64) -> anyhow::Result<()> {
    const EACH: u64 = 10;
    let js = Js::start().await?;
    for origin in origins {
        js.add_stream(json!({ "name": origin, "subjects": [format!("{origin}.*")] }))
            .await?;
        for n in 0..EACH {
            js.store(&format!("{origin}.{n}"), "").await?;
        }
    }
    let sources: Vec<Value> = origins.iter().map(|of| json!({ "name": of })).collect();
    js.add_stream(json!({ "name": name, "retention": "workqueue", "sources": sources }))
        .await?;
    let config = json!({ "durable_name": "dur", "ack_policy": "explicit" });
    js.add_consumer(name, config).await?;
    let all = EACH * origins.len() as u64;
    js.until_held(name, all).await?;
    let is = move |info: &Value| info["num_pending"] == all;
    js.until_consumer(name, "dur", "all are to come", is)
        .await?;
    for message in js
        .fetch_all(name, "dur", usize::try_from(all - left)?)
        .await?
    {
        js.ack(&message).await?;
    }
    let check = async |js: &Js| {
        assert_eq!(js.consumer(name, "dur").await?["num_pending"], left);
        assert_eq!(js.held(name).msgs, left);
        anyhow::Ok(())
    };
    check(&js).await?;
    let js = js.restarted().await?;
    check(&js).await?;
    let more = js.fetch(name, "dur", 100, SECOND).await?;
    assert_eq!(more.len() as u64, left);
    check_origin_goes_on(&js, name, origins[0]).await
}

/// The sources are still taken from, each message once.
async fn check_origin_goes_on(js: &Js, name: &str, origin: &str) -> anyhow::Result<()> {
    let before = js.held(name).last_seq;
    js.store(&format!("{origin}.new"), "").await?;
    let message = js.pull(name, "dur").await?;
    assert_eq!(message.subject.as_str(), format!("{origin}.new"));
    assert_eq!(delivery(&message)?.stream_seq, before + 1);
    Ok(())
}

go_test!(
    1631,
    "jetstream_test",
    "TestJetStreamWorkQueueSourceRestart",
    work_queue_source_restart
);
fn work_queue_source_restart() -> anyhow::Result<()> {
    block_on(async { sourced_work("TEST", &["FOO"], 0).await })
}

go_test!(
    1632,
    "jetstream_test",
    "TestJetStreamWorkQueueSourceNamingRestart",
    work_queue_source_naming_restart
);
fn work_queue_source_naming_restart() -> anyhow::Result<()> {
    block_on(async {
        // Recovered after its sources, and before them.
        for name in ["D", "A"] {
            sourced_work(name, &["C1", "C2"], 2).await?;
        }
        Ok(())
    })
}

go_test!(
    1668,
    "jetstream_test",
    "TestJetStreamServerCrashOnPullConsumerDeleteWithInactiveThresholdAfterAck",
    delete_with_inactive_threshold_after_ack
);
fn delete_with_inactive_threshold_after_ack() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo"] })).await?;
        js.store("foo", "msg").await?;
        let config = json!({
            "durable_name": "dlc", "ack_policy": "explicit",
            "inactive_threshold": millis(10_000),
        });
        js.add_consumer("TEST", config).await?;
        js.respond(&js.pull("TEST", "dlc").await?, "").await?;
        js.delete_consumer("TEST", "dlc").await?;
        assert_eq!(js.consumers_of("TEST").await?, 0);
        Ok(())
    })
}

go_test!(
    1669,
    "jetstream_test",
    "TestJetStreamBothFiltersSet",
    both_filters_set
);
fn both_filters_set() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["events.>"] })).await?;
        let config = json!({
            "durable_name": "name", "filter_subjects": ["events.one", "events.two"],
            "filter_subject": "events.three",
        });
        assert_eq!(err_code(&js.try_consumer("TEST", config).await?), 10136);
        Ok(())
    })
}

go_test!(
    1692,
    "jetstream_test",
    "TestJetStreamFilteredSubjectUsesNewConsumerCreateSubject",
    sources_use_the_subject_with_the_filter
);
fn sources_use_the_subject_with_the_filter() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let mut filtered = js.listen("$JS.API.CONSUMER.CREATE.*.>").await?;
        let mut plain = js.listen("$JS.API.CONSUMER.CREATE.*").await?;
        let transform = |from, to| json!({ "src": from, "dest": to });
        let one = transform("bar.one.>", "bar.two.>");
        let two = transform("baz.one.>", "baz.two.>");
        let cases = [
            ("OneFilter", true, json!({ "filter_subject": "bar.>" })),
            ("OneTransform", true, json!({ "subject_transforms": [one] })),
            (
                "TwoTransforms",
                false,
                json!({ "subject_transforms": [one, two] }),
            ),
        ];
        for (name, has_filter, source) in cases {
            let source = with(&json!({ "name": "source" }), source);
            let config = json!({
                "name": name, "subjects": [format!("foo.{name}")], "storage": "memory",
                "sources": [source],
            });
            js.add_stream(config).await?;
            let (expected, other) = if has_filter {
                (&mut filtered, &mut plain)
            } else {
                (&mut plain, &mut filtered)
            };
            next(expected).await?;
            expect_nothing(other, QUIET).await?;
            js.api(&format!("STREAM.DELETE.{name}"), Value::Null)
                .await?;
            while tokio::time::timeout(QUIET, next(&mut filtered))
                .await
                .is_ok()
            {}
            while tokio::time::timeout(QUIET, next(&mut plain)).await.is_ok() {}
        }
        Ok(())
    })
}

go_test!(
    1714,
    "jetstream_test",
    "TestJetStreamRateLimitHighStreamIngestDefaults",
    ingest_limits_by_default
);
fn ingest_limits_by_default() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["test"] })).await?;
        let stream = js.stream("TEST");
        let config = &stream.host().config;
        let limits = (config.stream_queue_msgs, config.stream_queue_bytes);
        assert_eq!(limits, (100_000, 128 * 1024 * 1024));
        // So many are taken at once.
        js.fill("test", "", 1_000).await?;
        assert_eq!(js.held("TEST").msgs, 1_000);
        Ok(())
    })
}

go_test!(
    1742,
    "jetstream_test",
    "TestJetStreamUpgradeConsumerVersioning",
    upgrade_versioning
);
fn upgrade_versioning() -> anyhow::Result<()> {
    block_on(async {
        let js = with_stream(json!({ "subjects": ["foo"] })).await?;
        // As one that an older server made, which noted nothing.
        let config = ConsumerConfig {
            durable_name: "C".to_owned(),
            name: "C".to_owned(),
            ..ConsumerConfig::default()
        };
        let either = ConsumerAction::CreateOrUpdate;
        js.account()
            .add_consumer(&js.stream("TEST"), config, either, false)?;
        let keys = |answer: &Value| {
            let metadata = answer["config"]["metadata"].as_object().unwrap();
            metadata.keys().cloned().collect::<Vec<String>>()
        };
        let config = json!({ "durable_name": "C" });
        let made = js.consumer_with("TEST", config.clone(), "create").await?;
        assert_eq!(keys(&made), ["_nats.level", "_nats.ver"], "{made}");
        let changed = js.update_consumer("TEST", config).await?;
        assert_eq!(
            keys(&changed),
            ["_nats.level", "_nats.req.level", "_nats.ver"]
        );
        Ok(())
    })
}

go_test!(
    1754,
    "jetstream_test",
    "TestJetStreamMaxMsgsPerSubjectAndDeliverLastPerSubject",
    last_per_subject_with_gaps
);
fn last_per_subject_with_gaps() -> anyhow::Result<()> {
    const SUBJECTS: usize = 300;
    block_on(async {
        let config = json!({ "subjects": ["foo.>", "bar.>"], "max_msgs_per_subject": 5 });
        let js = with_stream(config).await?;
        // Each subject in an order of its own, so that there are gaps.
        let scattered = |count: usize, of: usize, prefix: &'static str| {
            (0..count).map(move |n| (format!("{prefix}.{}", n * n % 7919 % of), String::new()))
        };
        js.flood(scattered(10 * SUBJECTS, SUBJECTS, "foo")).await?;
        js.flood(scattered(SUBJECTS, SUBJECTS / 10, "bar")).await?;
        let store = std::sync::Arc::clone(js.stream("TEST").store());
        let mut last = store.multi_last_seqs(&[b"foo.>"], 0, None)?;
        let resume = js.held("TEST").last_seq;
        let config = json!({
            "name": "C", "filter_subjects": ["foo.>"], "ack_policy": "explicit",
            "deliver_policy": "last_per_subject", "inactive_threshold": millis(60_000),
        });
        js.add_consumer("TEST", config).await?;
        for message in js.fetch_all("TEST", "C", last.len()).await? {
            assert_eq!(delivery(&message)?.stream_seq, last.remove(0));
            js.ack(&message).await?;
        }
        assert!(last.is_empty());
        // It goes on behind the last message of all.
        let mut waiting = js
            .asked(
                "TEST",
                "C",
                json!({ "batch": 1, "expires": millis(4_000), "idle_heartbeat": millis(500) }),
            )
            .await?;
        let heartbeat = next(&mut waiting).await?;
        assert_eq!(header(&heartbeat, "Nats-Last-Stream"), resume.to_string());
        js.store("foo.new", "").await?;
        loop {
            let message = next(&mut waiting).await?;
            if message.status.is_none() {
                assert_eq!(delivery(&message)?.stream_seq, resume + 1);
                return Ok(());
            }
        }
    })
}
