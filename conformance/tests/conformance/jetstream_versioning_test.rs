//! Go: `server/jetstream_versioning_test.go`.

use std::collections::BTreeMap;
use std::io::Write as _;

use conformance::client::block_on;
use conformance::go_test;
use nats_server::jetstream::api;
use nats_server::jetstream::model::versioning::{
    REQUIRED_LEVEL, SERVER_LEVEL, SERVER_VERSION, add_dynamic, copy_level, is_supported,
    set_consumer_level, set_stream_level,
};
use nats_server::jetstream::model::{
    ConsumerConfig, Nanos, PersistMode, PriorityPolicy, StreamConfig,
};
use nats_server::protocol::constants::{JS_API_LEVEL, VERSION};
use nats_server::protocol::s2::FrameWriter;
use serde_json::{Value, json};

use crate::js_support::{Js, err_code, status};

type Metadata = BTreeMap<String, String>;

fn at_level(level: &str) -> Metadata {
    Metadata::from([(REQUIRED_LEVEL.to_owned(), level.to_owned())])
}

fn dynamic() -> Metadata {
    Metadata::from([
        (SERVER_VERSION.to_owned(), "dynamic-version".to_owned()),
        (SERVER_LEVEL.to_owned(), "dynamic-version".to_owned()),
    ])
}

go_test!(
    1791,
    "jetstream_versioning_test",
    "TestGetAndSupportsRequiredApiLevel",
    supports_required_api_level
);
fn supports_required_api_level() {
    let level = |metadata: &Metadata| metadata.get(REQUIRED_LEVEL).cloned();
    assert_eq!(level(&Metadata::new()), None);
    assert_eq!(level(&at_level("1")).as_deref(), Some("1"));
    assert_eq!(level(&at_level("text")).as_deref(), Some("text"));
    assert!(is_supported(&Metadata::new()));
    assert!(is_supported(&at_level("1")));
    assert!(is_supported(&at_level(&JS_API_LEVEL.to_string())));
    assert!(!is_supported(&at_level(&(JS_API_LEVEL + 1).to_string())));
    assert!(!is_supported(&at_level("text")));
}

go_test!(
    1792,
    "jetstream_versioning_test",
    "TestJetStreamSetStaticStreamMetadata",
    static_stream_metadata
);
fn static_stream_metadata() {
    type Change = fn(&mut StreamConfig);
    let cases: [(&str, Change); 8] = [
        ("0", |_| {}),
        ("0", |c| c.metadata = at_level("previous-level")),
        ("1", |c| c.allow_msg_ttl = true),
        ("1", |c| c.subject_delete_marker_ttl = Nanos::from_secs(1)),
        ("2", |c| c.allow_msg_counter = true),
        ("2", |c| c.allow_atomic = true),
        ("2", |c| c.allow_msg_schedules = true),
        ("2", |c| c.persist_mode = PersistMode::Async),
    ];
    for (expected, change) in cases {
        let mut config = StreamConfig::default();
        change(&mut config);
        set_stream_level(&mut config);
        assert_eq!(config.metadata, at_level(expected));
        let level: i32 = config.metadata[REQUIRED_LEVEL].parse().unwrap();
        assert!(level <= JS_API_LEVEL);
    }
}

go_test!(
    1793,
    "jetstream_versioning_test",
    "TestJetStreamSetStaticStreamMetadataRemoveDynamicFields",
    static_stream_metadata_has_no_dynamic_fields
);
fn static_stream_metadata_has_no_dynamic_fields() {
    let mut config = StreamConfig {
        metadata: dynamic(),
        ..StreamConfig::default()
    };
    set_stream_level(&mut config);
    assert_eq!(config.metadata, at_level("0"));
}

/// What an answer adds is there, and nothing else has changed.
fn check_dynamic(stored: &Metadata, told: &Metadata) {
    let mut expected = at_level("0");
    assert_eq!(*stored, expected);
    expected.insert(SERVER_VERSION.to_owned(), VERSION.to_owned());
    expected.insert(SERVER_LEVEL.to_owned(), JS_API_LEVEL.to_string());
    assert_eq!(*told, expected);
}

go_test!(
    1794,
    "jetstream_versioning_test",
    "TestJetStreamSetDynamicStreamMetadata",
    dynamic_stream_metadata
);
fn dynamic_stream_metadata() -> anyhow::Result<()> {
    let stored = at_level("0");
    let mut told = stored.clone();
    add_dynamic(&mut told);
    check_dynamic(&stored, &told);
    // The same through a stream: what it keeps and what it tells.
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "S", "subjects": ["s"], "storage": "memory" });
        let made = js.add_stream(config).await?;
        let told: Metadata = serde_json::from_value(made["config"]["metadata"].clone())?;
        let jetstream = js.server.server().jetstream().unwrap();
        let stream = jetstream.account("$G").unwrap().stream("S")?;
        check_dynamic(&stream.config().metadata, &told);
        Ok(())
    })
}

/// Levels of a configuration and of the one before it, and what comes of them.
fn check_copies() {
    let none = Metadata::new();
    let cases = [
        (at_level("-1"), none.clone(), none.clone()),
        (none.clone(), at_level("previous"), at_level("previous")),
        (at_level("-1"), at_level("previous"), at_level("previous")),
        (dynamic(), none.clone(), none),
        (dynamic(), at_level("0"), at_level("0")),
    ];
    for (mut metadata, previous, expected) in cases {
        copy_level(&mut metadata, &previous);
        assert_eq!(metadata, expected);
    }
}

go_test!(
    1795,
    "jetstream_versioning_test",
    "TestJetStreamCopyStreamMetadata",
    copy_stream_metadata
);
fn copy_stream_metadata() -> anyhow::Result<()> {
    check_copies();
    // A stream that is asked for again is the same in spite of its level.
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "S", "subjects": ["s"], "storage": "memory" });
        js.add_stream(config.clone()).await?;
        let mut again = config;
        again["metadata"] = json!(at_level("-1"));
        js.add_stream(again.clone()).await?;
        again["metadata"]["own"] = json!("x");
        let other = js.api("STREAM.CREATE.S", again).await?;
        assert_eq!(err_code(&other), 10058);
        Ok(())
    })
}

go_test!(
    1796,
    "jetstream_versioning_test",
    "TestJetStreamCopyStreamMetadataRemoveDynamicFields",
    copy_stream_metadata_has_no_dynamic_fields
);
fn copy_stream_metadata_has_no_dynamic_fields() {
    let mut config = StreamConfig {
        metadata: dynamic(),
        ..StreamConfig::default()
    };
    copy_level(&mut config.metadata, &Metadata::new());
    assert!(config.metadata.is_empty());
    config.metadata = dynamic();
    copy_level(&mut config.metadata, &at_level("0"));
    assert_eq!(config.metadata, at_level("0"));
}

go_test!(
    1797,
    "jetstream_versioning_test",
    "TestJetStreamSetStaticConsumerMetadata",
    static_consumer_metadata
);
fn static_consumer_metadata() {
    type Change = fn(&mut ConsumerConfig);
    let cases: [(&str, Change); 4] = [
        ("0", |_| {}),
        ("0", |c| c.metadata = at_level("previous-level")),
        ("1", |c| c.pause_until = "1970-01-01T00:00:00Z".parse().ok()),
        ("1", |c| {
            c.priority_policy = PriorityPolicy::PinnedClient;
            c.priority_groups = vec!["a".to_owned()];
        }),
    ];
    for (expected, change) in cases {
        let mut config = ConsumerConfig::default();
        change(&mut config);
        set_consumer_level(&mut config);
        assert_eq!(config.metadata, at_level(expected));
    }
    // Go's zero time is no time at all.
    let zero = r#"{"pause_until":"0001-01-01T00:00:00Z"}"#;
    let mut config: ConsumerConfig = serde_json::from_str(zero).unwrap();
    set_consumer_level(&mut config);
    assert_eq!(config.metadata, at_level("0"));
}

go_test!(
    1798,
    "jetstream_versioning_test",
    "TestJetStreamSetStaticConsumerMetadataRemoveDynamicFields",
    static_consumer_metadata_has_no_dynamic_fields
);
fn static_consumer_metadata_has_no_dynamic_fields() {
    let mut config = ConsumerConfig {
        metadata: dynamic(),
        ..ConsumerConfig::default()
    };
    set_consumer_level(&mut config);
    assert_eq!(config.metadata, at_level("0"));
}

go_test!(
    1799,
    "jetstream_versioning_test",
    "TestJetStreamSetDynamicConsumerMetadata",
    dynamic_consumer_metadata
);
fn dynamic_consumer_metadata() {
    let config = ConsumerConfig {
        metadata: at_level("0"),
        ..ConsumerConfig::default()
    };
    let mut told = config.clone();
    add_dynamic(&mut told.metadata);
    check_dynamic(&config.metadata, &told.metadata);
}

go_test!(
    1800,
    "jetstream_versioning_test",
    "TestJetStreamSetDynamicConsumerInfoMetadata",
    dynamic_consumer_info_metadata
);
fn dynamic_consumer_info_metadata() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "S", "subjects": ["s"], "storage": "memory" });
        js.add_stream(config).await?;
        let made = js.add_consumer("S", json!({ "durable_name": "C" })).await?;
        let told: Metadata = serde_json::from_value(made["config"]["metadata"].clone())?;
        let jetstream = js.server.server().jetstream().unwrap();
        let stream = jetstream.account("$G").unwrap().stream("S")?;
        let stored = stream.consumer("C").unwrap().config();
        check_dynamic(&stored.metadata, &told);
        Ok(())
    })
}

go_test!(
    1801,
    "jetstream_versioning_test",
    "TestJetStreamCopyConsumerMetadata",
    copy_consumer_metadata
);
fn copy_consumer_metadata() -> anyhow::Result<()> {
    check_copies();
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "S", "subjects": ["s"], "storage": "memory" });
        js.add_stream(config).await?;
        let create = async |config: Value| {
            let payload = json!({ "stream_name": "S", "config": config, "action": "create" });
            js.api("CONSUMER.CREATE.S.C", payload).await
        };
        let config = json!({ "durable_name": "C", "ack_policy": "explicit" });
        assert_eq!(err_code(&create(config.clone()).await?), 0);
        let mut again = config;
        again["metadata"] = json!(at_level("-1"));
        assert_eq!(err_code(&create(again.clone()).await?), 0);
        again["metadata"]["own"] = json!("x");
        assert_eq!(err_code(&create(again).await?), 10148);
        Ok(())
    })
}

go_test!(
    1802,
    "jetstream_versioning_test",
    "TestJetStreamCopyConsumerMetadataRemoveDynamicFields",
    copy_consumer_metadata_has_no_dynamic_fields
);
fn copy_consumer_metadata_has_no_dynamic_fields() {
    let mut config = ConsumerConfig {
        metadata: dynamic(),
        ..ConsumerConfig::default()
    };
    copy_level(&mut config.metadata, &Metadata::new());
    assert!(config.metadata.is_empty());
    config.metadata = dynamic();
    copy_level(&mut config.metadata, &at_level("0"));
    assert_eq!(config.metadata, at_level("0"));
}

/// More than any server has.
const TOO_MUCH: [(&str, &str); 1] = [("Nats-Required-Api-Level", "9223372036854775807")];

go_test!(
    1806,
    "jetstream_versioning_test",
    "TestJetStreamApiErrorOnRequiredApiLevel",
    requests_may_need_a_level
);
fn requests_may_need_a_level() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let subjects: Vec<&str> = api::patterns().collect();
        assert!(subjects.len() > 20);
        for subject in subjects {
            // Servers take wildcards in a request's subject literally.
            let subject = subject.replace('*', "X").replace('>', "Y");
            let answer = js.request_with(&subject, &TOO_MUCH, "").await?;
            let answer: Value = serde_json::from_slice(&answer.payload)?;
            let needs_cluster = subject.contains(".STEPDOWN.") || subject.contains(".PEER.");
            let expected = if needs_cluster { 10010 } else { 10185 };
            assert_eq!(err_code(&answer), expected, "{subject}");
        }
        Ok(())
    })
}

go_test!(
    1807,
    "jetstream_versioning_test",
    "TestJetStreamApiErrorOnRequiredApiLevelDirectGet",
    direct_gets_may_need_a_level
);
fn direct_gets_may_need_a_level() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["foo"], "allow_direct": true, "storage": "memory",
        });
        js.add_stream(config).await?;
        for subject in ["$JS.API.DIRECT.GET.TEST", "$JS.API.DIRECT.GET.TEST.foo"] {
            let answer = js.request_with(subject, &TOO_MUCH, "").await?;
            assert_eq!(status(&answer), (412, "Required Api Level".to_owned()));
        }
        Ok(())
    })
}

go_test!(
    1808,
    "jetstream_versioning_test",
    "TestJetStreamApiErrorOnRequiredApiLevelPullConsumerNextMsg",
    pull_requests_may_need_a_level
);
fn pull_requests_may_need_a_level() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": ["foo"], "storage": "memory" });
        js.add_stream(config).await?;
        js.add_consumer("TEST", json!({ "durable_name": "CONSUMER" }))
            .await?;
        let subject = "$JS.API.CONSUMER.MSG.NEXT.TEST.CONSUMER";
        let answer = js.request_with(subject, &TOO_MUCH, "").await?;
        assert_eq!(status(&answer), (412, "Required Api Level".to_owned()));
        Ok(())
    })
}

go_test!(
    1804,
    "jetstream_versioning_test",
    "TestJetStreamMetadataStreamRestoreAndRestart",
    restored_metadata
);
/// An archive of a server that noted no level: none is added to what is stored.
fn restored_metadata() -> anyhow::Result<()> {
    let config = json!({
        "name": "STREAM", "retention": "limits", "max_consumers": 0, "max_msgs": 0,
        "max_bytes": 0, "max_age": 0, "max_msgs_per_subject": 0, "discard": "old",
        "storage": "file", "num_replicas": 1,
    });
    let mut meta = config.clone();
    meta["created"] = json!("0001-01-01T00:00:00Z");
    let meta = meta.to_string();
    let mut header = tar::Header::new_ustar();
    header.set_path("meta.inf")?;
    header.set_mode(0o600);
    header.set_size(meta.len() as u64);
    header.set_cksum();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append(&header, meta.as_bytes())?;
    let mut frame = FrameWriter::new(Vec::new());
    frame.write_all(&archive.into_inner()?)?;
    let archive = frame.finish()?;
    let expected = json!({ "_nats.ver": VERSION, "_nats.level": JS_API_LEVEL.to_string() });
    block_on(async {
        let js = Js::start().await?;
        let restored = js.restore(&config, &archive, archive.len()).await?;
        assert_eq!(restored["config"]["metadata"], expected, "{restored}");
        let info = js.info("STREAM", Value::Null).await?;
        assert_eq!(info["config"]["metadata"], expected);
        let js = js.restarted().await?;
        let info = js.info("STREAM", Value::Null).await?;
        assert_eq!(info["config"]["metadata"], expected);
        Ok(())
    })
}
