//! Go: `server/jetstream_test.go`: what streams may be like, and what may change.

use conformance::client::block_on;
use conformance::go_test;
use conformance::stream_config::{alone, named};
use conformance::wait::wait_until;
use nats_server::jetstream::model::{
    Nanos, Placement, Republish, StreamConfig, StreamSource, SubjectTransformConfig,
};
use nats_server::jetstream::stream::config::check_update;
use serde_json::{Value, json};

use crate::js_stream_support::{STORAGES, description, with};
use crate::js_support::{Js, status};

const HOUR: u64 = 3_600_000_000_000;
const SECOND: u64 = 1_000_000_000;

go_test!(
    1479,
    "jetstream_test",
    "TestJetStreamAddStreamOverlapWithJSAPISubjects",
    overlap_with_api_subjects
);
fn overlap_with_api_subjects() -> anyhow::Result<()> {
    const API: &str = "subjects that overlap with jetstream api require no-ack to be true";
    block_on(async {
        let js = Js::start().await?;
        let refused = [
            (&["$JS.API.foo", "$JS.API.bar"][..], API),
            (&["$JS.API.>"], API),
            (&["$JS.API.*"], API),
            (&["$JS.>"], API),
            (
                &["$SYS.>"],
                "subjects that overlap with system api require no-ack to be true",
            ),
            (&["*.>"], API),
            (&[">"], "capturing all subjects requires no-ack to be true"),
        ];
        for (subjects, expected) in refused {
            let config = json!({ "name": "a", "subjects": subjects });
            let answer = js.try_stream(&config).await?;
            assert_eq!(description(&answer), expected, "{subjects:?}");
        }
        for (name, subject) in [("h", "$JS.EVENT.>"), ("i", "$SYS.ACCOUNT.>")] {
            js.add_stream(json!({ "name": name, "subjects": [subject] }))
                .await?;
        }
        for name in ["h", "i"] {
            js.account().delete_stream(name)?;
        }
        let config = json!({ "name": "j", "subjects": [">"], "no_ack": true });
        let config = serde_json::from_value(config)?;
        js.account().add_stream(&config, false)?;
        Ok(())
    })
}

async fn hold(js: &Js, msgs: u64, bytes: u64) {
    let held = js.held("foo");
    assert_eq!((held.msgs, held.bytes), (msgs, bytes));
}

/// What of a stream can not change.
async fn check_fixed(js: &Js, base: &Value, storage: &str) -> anyhow::Result<()> {
    let old = js.stream("foo").config();
    let renamed = check_update(&old, &named("bar"), &alone(false)).unwrap_err();
    assert!(renamed.description.contains("name must match"));
    let other = if storage == "file" { "memory" } else { "file" };
    let fixed = [
        (json!({ "storage": other }), "can not change"),
        (json!({ "num_replicas": 10 }), "maximum replicas"),
        (json!({ "retention": "workqueue" }), "can not change"),
    ];
    for (change, text) in fixed {
        let refused = js.try_update(&with(base, change)).await?;
        assert!(description(&refused).contains(text), "{refused}");
    }
    Ok(())
}

/// Limits that change remove what is beyond them.
async fn check_limits(js: &Js, base: &Value) -> anyhow::Result<()> {
    js.fill("foo", "0123456789", 100).await?;
    let bytes = js.held("foo").bytes;
    let config = || js.stream("foo").config();
    js.update(&with(base, json!({ "max_msgs": 200 }))).await?;
    assert_eq!(config().max_msgs, 200);
    hold(js, 100, bytes).await;
    js.update(&with(base, json!({ "max_msgs": 50 }))).await?;
    assert_eq!(config().max_msgs, 50);
    hold(js, 50, bytes / 2).await;
    js.update(&with(base, json!({ "max_bytes": bytes / 4 })))
        .await?;
    assert_eq!(config().max_bytes, i64::try_from(bytes / 4)?);
    hold(js, 25, bytes / 4).await;
    js.update(&with(base, json!({ "max_age": SECOND }))).await?;
    assert_eq!(config().max_age, Nanos::from_secs(1));
    wait_until("all are too old", || js.held("foo").msgs == 0);
    hold(js, 0, 0).await;
    js.update(base).await?;
    js.fill("foo", "0123456789", 100).await
}

/// Subjects come and go.
async fn check_subjects(js: &Js, base: &Value) -> anyhow::Result<()> {
    js.update(&with(base, json!({ "subjects": ["foo", "bar"] })))
        .await?;
    js.store("foo", "0123456789").await?;
    js.store("bar", "0123456789").await?;
    js.update(&with(base, json!({ "subjects": ["baz"] })))
        .await?;
    for gone in ["foo", "bar"] {
        let answer = js.client.request(gone, "".into()).await;
        assert!(answer.is_err(), "nobody listens on {gone}");
    }
    js.store("baz", "0123456789").await?;
    assert_eq!(js.held("foo").msgs, 103);
    Ok(())
}

go_test!(
    1542,
    "jetstream_test",
    "TestJetStreamUpdateStream",
    update_stream
);
fn update_stream() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let base = json!({ "name": "foo", "max_age": HOUR, "storage": storage });
            js.add_stream(base.clone()).await?;
            check_fixed(&js, &base, storage).await?;
            check_limits(&js, &base).await?;
            check_subjects(&js, &base).await?;
            if storage == "memory" {
                continue;
            }
            let change = json!({
                "subjects": ["foo", "bar"], "max_msgs": 2222, "max_bytes": 3_333_333,
                "max_age": 22 * HOUR,
            });
            js.update(&with(&base, change)).await?;
            let config = js.stream("foo").config();
            let js = js.restarted().await?;
            assert_eq!(*js.stream("foo").config(), *config);
        }
        Ok(())
    })
}

go_test!(
    1599,
    "jetstream_test",
    "TestJetStreamNegativeDupeWindow",
    negative_duplicate_window
);
fn negative_duplicate_window() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "retention": "workqueue", "max_consumers": 1, "max_msgs": -1,
            "max_bytes": -1, "discard": "new", "max_age": 0, "duplicate_window": -1,
            "max_msgs_per_subject": -1, "max_msg_size": -1, "storage": "file",
            "num_replicas": 1, "no_ack": false,
        });
        let refused = js.try_stream(&config).await?;
        let expected = "duplicates window can not be negative";
        assert_eq!(description(&refused), expected);
        Ok(())
    })
}

/// Asks for the last message of a subject without the API.
async fn get_directly(js: &Js, subject: &str) -> anyhow::Result<async_nats::Message> {
    let request = json!({ "last_by_subj": subject }).to_string();
    let wanted = js
        .client
        .request("$JS.API.DIRECT.GET.TEST", request.into())
        .await?;
    Ok(wanted)
}

go_test!(
    1660,
    "jetstream_test",
    "TestJetStreamAllowDirectAfterUpdate",
    allow_direct_after_update
);
fn allow_direct_after_update() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": ["*"] });
        js.add_stream(config.clone()).await?;
        js.store("foo", "msg").await?;
        let told = js
            .update(&with(&config, json!({ "allow_direct": true })))
            .await?;
        assert_eq!(told["config"]["allow_direct"], true);
        let message = get_directly(&js, "foo").await?;
        assert_eq!((status(&message).0, &*message.payload), (0, &b"msg"[..]));
        let told = js
            .update(&with(&config, json!({ "allow_direct": false })))
            .await?;
        assert_eq!(told["config"]["allow_direct"], false);
        assert!(get_directly(&js, "foo").await.is_err());
        Ok(())
    })
}

go_test!(
    1664,
    "jetstream_test",
    "TestJetStreamSuppressAllowDirect",
    suppress_allow_direct
);
fn suppress_allow_direct() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["key.*"], "max_msgs_per_subject": 1,
            "allow_direct": true,
        });
        let told = js.add_stream(config.clone()).await?;
        assert_eq!(told["config"]["allow_direct"], true);
        let told = js
            .update(&with(&config, json!({ "allow_direct": false })))
            .await?;
        assert_eq!(told["config"]["allow_direct"], false);
        js.store("key.22", "msg").await?;
        assert!(get_directly(&js, "foo").await.is_err());
        assert!(get_directly(&js, "key.22").await.is_err());
        Ok(())
    })
}

go_test!(
    1662,
    "jetstream_test",
    "TestJetStreamStreamSubjectsOverlap",
    stream_subjects_overlap
);
fn stream_subjects_overlap() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = |subjects: [&str; 2]| json!({ "name": "TEST", "subjects": subjects });
        let refused = js.try_stream(&config(["foo.*", "foo.A"])).await?;
        assert!(description(&refused).contains("overlaps"), "{refused}");
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo.*"] }))
            .await?;
        for subjects in [["foo.*", "foo.A"], ["foo.bar.*", "foo.*.bar"]] {
            let refused = js.try_update(&config(subjects)).await?;
            assert!(description(&refused).contains("overlaps"), "{refused}");
        }
        Ok(())
    })
}

go_test!(
    1674,
    "jetstream_test",
    "TestJetStreamStreamUpdateSubjectsOverlapOthers",
    update_overlaps_others
);
fn update_overlaps_others() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["TEST"] }))
            .await?;
        js.update(&json!({ "name": "TEST", "subjects": ["TEST", "foo.a"] }))
            .await?;
        js.add_stream(json!({ "name": "TEST2", "subjects": ["TEST2"] }))
            .await?;
        for subject in ["foo.a", "foo.*"] {
            let config = json!({ "name": "TEST2", "subjects": ["TEST2", subject] });
            let refused = js.try_update(&config).await?;
            assert!(description(&refused).contains("overlap"), "{refused}");
        }
        Ok(())
    })
}

go_test!(
    1715,
    "jetstream_test",
    "TestJetStreamStreamConfigClone",
    stream_config_clone
);
fn stream_config_clone() {
    let source = |name: &str| StreamSource {
        name: name.to_owned(),
        ..StreamSource::default()
    };
    let config = StreamConfig {
        name: "name".to_owned(),
        placement: Some(Placement {
            cluster: "placement".to_owned(),
            tags: vec!["tag".to_owned()],
            ..Placement::default()
        }),
        mirror: Some(source("mirror")),
        sources: vec![source("source")],
        subject_transform: Some(SubjectTransformConfig {
            source: "source".to_owned(),
            destination: "dest".to_owned(),
        }),
        republish: Some(Republish {
            source: "source".to_owned(),
            destination: "dest".to_owned(),
            headers_only: false,
        }),
        ..StreamConfig::default()
    };
    let mut clone = config.clone();
    assert_eq!(clone, config);
    // Every part is a copy of its own.
    clone.placement.as_mut().unwrap().cluster = "diff".to_owned();
    clone.mirror.as_mut().unwrap().name = "diff".to_owned();
    clone.sources[0].name = "diff".to_owned();
    clone.subject_transform.as_mut().unwrap().source = "diff".to_owned();
    clone.republish.as_mut().unwrap().source = "diff".to_owned();
    clone.metadata.insert("key".to_owned(), "value".to_owned());
    assert_ne!(config.placement, clone.placement);
    assert_ne!(config.mirror, clone.mirror);
    assert_ne!(config.sources, clone.sources);
    assert_ne!(config.subject_transform, clone.subject_transform);
    assert_ne!(config.republish, clone.republish);
    assert_ne!(config.metadata, clone.metadata);
}

go_test!(
    1741,
    "jetstream_test",
    "TestJetStreamUpgradeStreamVersioning",
    upgrade_stream_versioning
);
fn upgrade_stream_versioning() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        // As a server made it that knew of no levels.
        let old = StreamConfig {
            subjects: vec!["foo".to_owned()],
            ..named("TEST")
        };
        let stream = js.account().add_stream(&old, false)?;
        assert!(stream.config().metadata.is_empty());
        let own = |told: &Value| -> Vec<String> {
            let metadata = told["config"]["metadata"].as_object();
            metadata
                .into_iter()
                .flat_map(|all| all.keys().cloned())
                .collect()
        };
        let config = json!({
            "name": "TEST", "subjects": ["foo"],
            "metadata": { "_nats.req.level": "0", "_nats.level": "x", "_nats.ver": "y" },
        });
        let again = js.add_stream(config).await?;
        assert_eq!(own(&again), ["_nats.level", "_nats.ver"]);
        let updated = js
            .update(&json!({ "name": "TEST", "subjects": ["foo"] }))
            .await?;
        assert_eq!(
            own(&updated),
            ["_nats.level", "_nats.req.level", "_nats.ver"]
        );
        Ok(())
    })
}

go_test!(
    1745,
    "jetstream_test",
    "TestJetStreamCreateStreamWithSubjectDeleteMarkersOptions",
    delete_marker_options
);
fn delete_marker_options() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let mut config = json!({
            "name": "PEDANTIC", "storage": "file", "subjects": ["pedantic"], "pedantic": true,
        });
        let steps = [
            (
                json!({ "subject_delete_marker_ttl": -1_000_000 }),
                "subject delete marker TTL must not be negative",
            ),
            (
                json!({ "subject_delete_marker_ttl": 1_000_000 }),
                "subject delete marker TTL must be at least 1 second",
            ),
            (
                json!({ "subject_delete_marker_ttl": SECOND }),
                "subject delete marker cannot be set if message TTLs are disabled",
            ),
            (
                json!({ "allow_msg_ttl": true }),
                "subject delete marker cannot be set if roll-ups are disabled",
            ),
            (
                json!({ "allow_rollup_hdrs": true, "deny_purge": true }),
                "roll-ups require the purge permission",
            ),
        ];
        for (change, expected) in steps {
            config = with(&config, change);
            assert_eq!(description(&js.try_stream(&config).await?), expected);
        }
        js.add_stream(with(&config, json!({ "deny_purge": false })))
            .await?;

        let switches = |told: &Value| {
            let config = &told["config"];
            ["allow_msg_ttl", "allow_rollup_hdrs", "deny_purge"].map(|name| config[name] == true)
        };
        let auto = json!({
            "name": "AUTO", "storage": "file", "subjects": ["auto"],
            "subject_delete_marker_ttl": SECOND,
        });
        let told = js.add_stream(auto).await?;
        assert_eq!(told["config"]["subject_delete_marker_ttl"], SECOND);
        assert_eq!(switches(&told), [true, true, false]);

        let plain = json!({ "name": "UPDATE", "storage": "file", "subjects": ["update"] });
        let told = js.add_stream(plain.clone()).await?;
        assert_eq!(switches(&told), [false, false, false]);
        let marked = with(&plain, json!({ "subject_delete_marker_ttl": SECOND }));
        let told = js.update(&marked).await?;
        assert_eq!(told["config"]["subject_delete_marker_ttl"], SECOND);
        assert_eq!(switches(&told), [true, true, false]);
        let less = json!({
            "subject_delete_marker_ttl": 0, "allow_msg_ttl": false, "pedantic": true,
        });
        let refused = js.try_update(&with(&told["config"], less)).await?;
        let expected = "message TTL status can not be disabled";
        assert_eq!(description(&refused), expected);
        Ok(())
    })
}

/// Configurations that are refused, and the texts of the refusals.
fn check_refused(cases: Vec<(Value, &'static str)>) -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for (config, expected) in cases {
            let refused = js.try_stream(&config).await?;
            assert_eq!(description(&refused), expected, "{config}");
        }
        Ok(())
    })
}

go_test!(
    1757,
    "jetstream_test",
    "TestJetStreamAllowMsgCounterIncompatibleSettings",
    counters_and_other_settings
);
fn counters_and_other_settings() -> anyhow::Result<()> {
    let counters = json!({ "name": "TEST", "subjects": ["foo"], "allow_msg_counter": true });
    let only_limits = "counter stream can only use limits retention";
    check_refused(vec![
        (
            with(&counters, json!({ "discard": "new" })),
            "counter stream cannot use discard new",
        ),
        (
            with(&counters, json!({ "allow_msg_ttl": true })),
            "counter stream cannot use message TTLs",
        ),
        (
            with(&counters, json!({ "retention": "interest" })),
            only_limits,
        ),
        (
            with(&counters, json!({ "retention": "workqueue" })),
            only_limits,
        ),
    ])
}

go_test!(
    1767,
    "jetstream_test",
    "TestJetStreamScheduledMirrorOrSource",
    scheduled_mirror_or_source
);
fn scheduled_mirror_or_source() -> anyhow::Result<()> {
    let scheduled = json!({ "name": "TEST", "allow_msg_schedules": true });
    check_refused(vec![
        (
            with(&scheduled, json!({ "mirror": { "name": "M" } })),
            "stream mirrors can not also schedule messages",
        ),
        (
            with(&scheduled, json!({ "sources": [{ "name": "S" }] })),
            "stream source can not also schedule messages",
        ),
    ])
}

go_test!(
    1782,
    "jetstream_test",
    "TestJetStreamSourceConfigValidation",
    a_source_that_is_null
);
fn a_source_that_is_null() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "crash", "retention": "limits", "max_consumers": -1,
            "max_msgs_per_subject": -1, "max_msgs": -1, "max_bytes": -1, "max_age": 0,
            "max_msg_size": -1, "storage": "file", "discard": "old", "num_replicas": 1,
            "duplicate_window": 120_000_000_000_i64, "sources": [null], "sealed": false,
            "deny_delete": false, "deny_purge": false, "allow_rollup_hdrs": false,
            "allow_direct": true, "mirror_direct": false, "consumer_limits": {},
        });
        let payload = config.to_string();
        let answer = js
            .request_with("$JS.API.STREAM.CREATE.crash", &[], &payload)
            .await?;
        let answer: Value = serde_json::from_slice(&answer.payload)?;
        let expected = json!({
            "type": "io.nats.jetstream.api.v1.stream_create_response",
            "error": {
                "code": 400, "err_code": 10141,
                "description": "sourced stream name is invalid",
            },
        });
        assert_eq!(answer, expected);
        Ok(())
    })
}

go_test!(
    1726,
    "jetstream_test",
    "TestJetStreamMessageTTLNotUpdatable",
    message_ttl_stays
);
fn message_ttl_stays() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": ["test"], "allow_msg_ttl": true });
        js.add_stream(config.clone()).await?;
        let without = with(&config, json!({ "allow_msg_ttl": false }));
        let refused = js.try_update(&without).await?;
        let expected = "message TTL status can not be disabled";
        assert_eq!(description(&refused), expected);
        Ok(())
    })
}
