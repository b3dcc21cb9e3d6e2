//! Go: `server/jetstream_consumer_test.go`: how consumers may be made and changed.

use conformance::client::block_on;
use conformance::go_test;
use nats_server::jetstream::assets::ConsumerAction;
use nats_server::jetstream::consumer::is_valid_group;
use nats_server::jetstream::model::{AckPolicy, ApiError, ConsumerConfig};
use serde_json::{Value, json};

use crate::js_consumer_support::millis;
use crate::js_stream_support::{STORAGES, description, with};
use crate::js_support::{Js, err_code};

const SUBJECTS: [&str; 5] = ["one", "two", "three", "four", "five.>"];

/// A pull consumer with these filters.
fn filtered(name: &str, filters: &[&str]) -> Value {
    json!({ "durable_name": name, "filter_subjects": filters, "ack_policy": "explicit" })
}

fn is_made(answer: &Value) -> bool {
    answer["error"].is_null() && answer["name"].is_string()
}

go_test!(
    1225,
    "jetstream_consumer_test",
    "TestJetStreamConsumerActions",
    actions
);
fn actions() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": SUBJECTS }))
            .await?;
        let both = filtered("DUR", &["one", "two"]);
        let one = filtered("DUR", &["one"]);
        let ephemeral =
            json!({ "name": "EPH", "filter_subjects": ["one"], "ack_policy": "explicit" });
        let steps = [
            ("it is new", "create", &both, true),
            ("it is just so", "create", &both, true),
            ("it is another", "create", &one, false),
            ("it is there", "update", &one, true),
            (
                "it is not there",
                "update",
                &filtered("NEW", &["one"]),
                false,
            ),
            ("it is new", "create", &ephemeral, true),
            ("it is there, with a threshold", "create", &ephemeral, false),
        ];
        for (what, action, config, possible) in steps {
            let answer = js.consumer_with("TEST", config.clone(), action).await?;
            assert_eq!(is_made(&answer), possible, "{what}: {answer}");
        }
        Ok(())
    })
}

go_test!(
    1226,
    "jetstream_consumer_test",
    "TestJetStreamConsumerActionsOnWorkQueuePolicyStream",
    actions_on_work_queue_policy_stream
);
fn actions_on_work_queue_policy_stream() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": SUBJECTS, "retention": "workqueue" });
        js.add_stream(config).await?;
        let steps = [
            ("create", filtered("C1", &["one", "two"]), true),
            ("create", filtered("C2", &["three", "four"]), true),
            ("create", filtered("C3", &["five.*"]), true),
            ("update", filtered("C1", &["one"]), true),
            ("update", filtered("C2", &["three", "four", "two"]), true),
            (
                "create",
                filtered("C4", &["one", "two", "three", "four"]),
                false,
            ),
            (
                "update",
                filtered("C3", &["one", "two", "three", "four"]),
                false,
            ),
        ];
        for (action, config, possible) in steps {
            let answer = js.consumer_with("TEST", config.clone(), action).await?;
            assert_eq!(is_made(&answer), possible, "{action} {config}: {answer}");
            if !possible {
                assert_eq!(err_code(&answer), 10100, "{answer}");
            }
        }
        Ok(())
    })
}

go_test!(
    1227,
    "jetstream_consumer_test",
    "TestJetStreamConsumerActionsViaAPI",
    actions_via_api
);
fn actions_via_api() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["one"] }))
            .await?;
        let durable = "CONSUMER.DURABLE.CREATE.TEST.hello";
        let named = "CONSUMER.CREATE.TEST.ephemeral";
        let hello = json!({ "durable_name": "hello" });
        let other = json!({ "durable_name": "hello", "filter_subject": "one" });
        let ephemeral = json!({ "name": "ephemeral", "filter_subject": "one" });
        let steps = [
            (durable, "update", &hello, false),
            (durable, "create", &hello, true),
            (durable, "create", &other, false),
            (named, "create", &ephemeral, true),
            (named, "create", &ephemeral, false),
        ];
        for (subject, action, config, possible) in steps {
            let request = json!({ "stream_name": "TEST", "config": config, "action": action });
            let answer = js.api(subject, request).await?;
            assert_eq!(is_made(&answer), possible, "{action} {config}: {answer}");
        }
        Ok(())
    })
}

go_test!(
    1228,
    "jetstream_consumer_test",
    "TestJetStreamConsumerActionsUnmarshal",
    actions_unmarshal
);
fn actions_unmarshal() -> anyhow::Result<()> {
    let read = serde_json::from_str::<ConsumerAction>;
    assert_eq!(read("\"create\"")?, ConsumerAction::Create);
    assert_eq!(read("\"update\"")?, ConsumerAction::Update);
    assert!(read("\"unknown\"").is_err());
    assert_eq!(ConsumerAction::default(), ConsumerAction::CreateOrUpdate);
    // A request that names no action, and one that names an unknown one.
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["one"] }))
            .await?;
        let config = json!({ "durable_name": "hello" });
        let mut request = json!({ "stream_name": "TEST", "config": config });
        let subject = "CONSUMER.CREATE.TEST.hello";
        assert!(is_made(&js.api(subject, request.clone()).await?));
        request["action"] = json!("unknown");
        assert_eq!(err_code(&js.api(subject, request).await?), 10025);
        Ok(())
    })
}

go_test!(
    1231,
    "jetstream_consumer_test",
    "TestJetStreamConsumerWorkQueuePolicyOverlap",
    work_queue_policy_overlap
);
fn work_queue_policy_overlap() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": ["foo.*.*"], "retention": "workqueue" });
        js.add_stream(config).await?;
        let filtered = |name, filter| json!({ "durable_name": name, "filter_subject": filter, "ack_policy": "explicit" });
        js.add_consumer("TEST", filtered("ConsumerA", "foo.bar.*"))
            .await?;
        let refused = js
            .try_consumer("TEST", filtered("ConsumerB", "foo.*.bar"))
            .await?;
        assert!(description(&refused).contains("unique"), "{refused}");
        Ok(())
    })
}

go_test!(
    1233,
    "jetstream_consumer_test",
    "TestJetStreamConsumerBackOff",
    backoff
);
fn backoff() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let (second, minute, hour) = (millis(1_000), millis(60_000), millis(3_600_000));
        let cases = [
            ("less", 3, json!([second, minute]), true),
            ("equal", 3, json!([second, minute, hour]), true),
            ("zero", 0, json!([]), true),
            ("smaller", 2, json!([second, minute, hour]), false),
            ("default", 0, json!([second, minute, hour]), true),
        ];
        for (name, max_deliver, backoff, possible) in cases {
            js.add_stream(json!({ "name": name, "subjects": [name] }))
                .await?;
            let config = json!({ "max_deliver": max_deliver, "backoff": backoff });
            let made = js.try_consumer(name, config.clone()).await?;
            assert_eq!(is_made(&made), possible, "{name}: {made}");
            let durable = json!({ "durable_name": "consumer" });
            js.add_consumer(name, durable.clone()).await?;
            let changed = with(&with(&config, durable), json!({ "description": "Updated" }));
            let changed = js.consumer_with(name, changed, "update").await?;
            assert_eq!(is_made(&changed), possible, "{name}: {changed}");
            for answer in [made, changed] {
                assert_eq!(description(&answer).contains("max deliver"), !possible);
            }
        }
        Ok(())
    })
}

go_test!(
    1250,
    "jetstream_consumer_test",
    "TestPriorityGroupNameRegex",
    priority_group_name
);
fn priority_group_name() {
    let cases = [
        ("A", true),
        ("group/consumer=A", true),
        ("", false),
        ("A B", false),
        ("A\tB", false),
        ("group-name-that-is-too-long", false),
        ("\r\n", false),
    ];
    for (group, valid) in cases {
        assert_eq!(is_valid_group(group), valid, "{group:?}");
    }
}

go_test!(
    1258,
    "jetstream_consumer_test",
    "TestJetStreamConsumerCreate",
    create
);
fn create() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for storage in STORAGES {
            let config = json!({
                "name": "foo", "subjects": ["foo", "bar"], "retention": "workqueue",
                "storage": storage,
            });
            js.add_stream(config).await?;
            let nothing = js.api("CONSUMER.CREATE.foo", Value::Null).await?;
            assert_eq!(err_code(&nothing), 10056, "{nothing}");
            let start = jiff::Timestamp::now().to_string();
            let bad = [
                json!({}),
                json!({ "deliver_subject": "foo.*" }),
                json!({ "deliver_subject": "foo" }),
                json!({ "deliver_subject": "bar" }),
                json!({ "deliver_subject": "*" }),
                json!({ "deliver_subject": "A", "opt_start_seq": 1, "opt_start_time": start }),
                json!({ "deliver_subject": "A", "opt_start_time": start }),
            ];
            let expected = [10084, 10079, 10081, 10081, 10079, 10094, 10094];
            for (config, code) in bad.into_iter().zip(expected) {
                let answer = js.try_consumer("foo", config.clone()).await?;
                assert_eq!(err_code(&answer), code, "{config}: {answer}");
            }
            let (inbox, listener) = js.inbox().await?;
            let config = json!({ "deliver_subject": inbox, "ack_policy": "explicit" });
            let made = js.add_consumer("foo", config.clone()).await?;
            js.delete_consumer("foo", made["name"].as_str().unwrap())
                .await?;
            let durable = with(&config, json!({ "durable_name": "ddd" }));
            js.add_consumer("foo", durable.clone()).await?;
            js.add_consumer("foo", durable.clone()).await?;
            // Nobody listens there any more, so it may move.
            drop(listener);
            js.until_inactive("foo", "ddd").await?;
            let moved = with(&durable, json!({ "deliver_subject": "d.d.d" }));
            let moved = js.add_consumer("foo", moved).await?;
            assert_eq!(moved["config"]["deliver_subject"], "d.d.d");
            js.api("STREAM.DELETE.foo", Value::Null).await?;
        }
        Ok(())
    })
}

go_test!(
    1259,
    "jetstream_consumer_test",
    "TestJetStreamConsumerAndStreamDescriptions",
    descriptions
);
fn descriptions() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let made = js
            .add_stream(json!({ "name": "foo", "description": "foo asset" }))
            .await?;
        assert_eq!(made["config"]["description"], "foo asset");
        let config = json!({ "description": "analytics", "deliver_subject": "to" });
        let made = js.add_consumer("foo", config.clone()).await?;
        assert_eq!(made["config"]["description"], "analytics");
        let long = json!({ "description": "x".repeat(4 * 1024 + 1) });
        let refused = js
            .try_stream(&with(&json!({ "name": "bar" }), long.clone()))
            .await?;
        assert!(description(&refused).contains("description is too long"));
        let refused = js.try_consumer("foo", with(&config, long)).await?;
        assert!(description(&refused).contains("description is too long"));
        Ok(())
    })
}

go_test!(
    1260,
    "jetstream_consumer_test",
    "TestJetStreamConsumerWithNameAndDurable",
    name_and_durable
);
fn name_and_durable() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "foo", "description": "foo asset" }))
            .await?;
        let assets = js.account();
        let stream = js.stream("foo");
        let named = |durable: &str, name: &str| ConsumerConfig {
            deliver_subject: "to".to_owned(),
            durable_name: durable.to_owned(),
            name: name.to_owned(),
            ack_policy: AckPolicy::None,
            ..ConsumerConfig::default()
        };
        let add =
            |config| assets.add_consumer(&stream, config, ConsumerAction::CreateOrUpdate, false);
        add(named("consumer", "consumer"))?;
        let refused = add(named("durable", "name")).unwrap_err();
        assert_eq!(
            refused,
            ApiError::consumer_create_durable_and_name_mismatch()
        );
        let text = refused.to_string();
        assert!(
            text.contains("Consumer Durable and Name have to be equal"),
            "{text}"
        );
        Ok(())
    })
}

go_test!(
    1262,
    "jetstream_consumer_test",
    "TestJetStreamConsumerWithMultipleStartOptions",
    multiple_start_options
);
fn multiple_start_options() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let config = json!({ "name": "S", "subjects": ["foo.>"], "storage": storage });
            js.add_stream(config).await?;
            let config = json!({
                "durable_name": "d", "deliver_policy": "last", "filter_subject": "foo.22",
                "ack_policy": "explicit",
            });
            let request = json!({ "stream_name": "S", "config": config });
            let answer = js.api("CONSUMER.CREATE.S", request).await?;
            assert_eq!(err_code(&answer), 10020, "{answer}");
            let made = js.add_consumer("S", config).await?;
            assert_eq!(made["delivered"]["stream_seq"], 0);
        }
        Ok(())
    })
}

go_test!(
    1264,
    "jetstream_consumer_test",
    "TestJetStreamConsumerSingleTokenSubject",
    single_token_subject
);
fn single_token_subject() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"] }))
            .await?;
        let config = json!({ "filter_subject": "foo", "name": "name" });
        let request = json!({ "stream_name": "TEST", "config": config });
        let subject = "CONSUMER.CREATE.TEST.name.not_filter_subject";
        assert_eq!(err_code(&js.api(subject, request).await?), 10131);
        Ok(())
    })
}

go_test!(
    1282,
    "jetstream_consumer_test",
    "TestJetStreamConsumerFilterSubject",
    filter_subject
);
fn filter_subject() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "MY_STREAM", "subjects": ["foo"] }))
            .await?;
        for deliver_subject in ["A", "B"] {
            let config = json!({
                "durable_name": "d", "deliver_subject": deliver_subject,
                "ack_policy": "explicit", "filter_subject": "foo",
            });
            let made = js.add_consumer("MY_STREAM", config).await?;
            assert_eq!(made["config"]["filter_subject"], "foo");
            assert_eq!(made["config"]["deliver_subject"], deliver_subject);
        }
        Ok(())
    })
}

go_test!(
    1290,
    "jetstream_consumer_test",
    "TestJetStreamConsumerBadCreateErr",
    bad_create_error
);
fn bad_create_error() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": ["foo.*"], "storage": "memory" });
        js.add_stream(config).await?;
        let config =
            json!({ "durable_name": "nowcerr", "deliver_subject": "X", "max_waiting": 100 });
        let refused = js.try_consumer("TEST", config).await?;
        assert!(description(&refused).contains("push mode can not set max waiting"));
        Ok(())
    })
}

go_test!(
    1304,
    "jetstream_consumer_test",
    "TestJetStreamConsumerAndStreamNamesWithPathSeparators",
    names_with_path_separators
);
fn names_with_path_separators() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for name in ["usr/bin", "Documents\\readme"] {
            let refused = js.try_stream(&json!({ "name": name })).await?;
            assert_eq!(err_code(&refused), 10128, "{refused}");
        }
        js.add_stream(json!({ "name": "T" })).await?;
        for name in ["a/b", "a\\b"] {
            let config = json!({ "durable_name": name, "ack_policy": "explicit" });
            let refused = js.try_consumer("T", config).await?;
            assert_eq!(err_code(&refused), 10127, "{refused}");
        }
        Ok(())
    })
}

go_test!(
    1315,
    "jetstream_consumer_test",
    "TestJetStreamConsumerOverlappingSubjects",
    overlapping_subjects
);
fn overlapping_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "deliver", "subjects": ["events.>"] }))
            .await?;
        let config =
            json!({ "durable_name": "name", "filter_subjects": ["events.one", "events.*"] });
        assert_eq!(err_code(&js.try_consumer("deliver", config).await?), 10138);
        Ok(())
    })
}

go_test!(
    1317,
    "jetstream_consumer_test",
    "TestJetStreamConsumerMultipleSubjectAndNewAPI",
    multiple_subjects_and_new_api
);
fn multiple_subjects_and_new_api() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "deliver", "subjects": ["data", "events"] }))
            .await?;
        let config = json!({
            "name": "name", "durable_name": "name", "filter_subjects": ["events", "data"],
        });
        let request = json!({ "stream_name": "deliver", "config": config });
        let answer = js
            .api("CONSUMER.CREATE.deliver.name.data.>", request)
            .await?;
        assert_eq!(err_code(&answer), 10137, "{answer}");
        Ok(())
    })
}

go_test!(
    1321,
    "jetstream_consumer_test",
    "TestJetStreamConsumerAndStreamMetadata",
    metadata
);
fn metadata() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let own = json!({ "key": "value", "_nats_created_version": "2.9.11" });
        let own = json!({ "metadata": own });
        js.add_stream(with(&json!({ "name": "foo" }), own.clone()))
            .await?;
        let consumer = json!({ "name": "C", "deliver_subject": "to" });
        js.add_consumer("foo", with(&consumer, own)).await?;
        let of_stream = js.stream("foo").config().metadata.clone();
        let of_consumer = js.handle("foo", "C").info().unwrap().config.metadata;
        for metadata in [of_stream, of_consumer] {
            assert_eq!(metadata["key"], "value");
            assert_eq!(metadata["_nats_created_version"], "2.9.11");
        }
        let value = "x".repeat(128 * 1024 / 100 + 1);
        let big: serde_json::Map<String, Value> = (0..101)
            .map(|n| (format!("key{n}"), value.clone().into()))
            .collect();
        let big = json!({ "metadata": big });
        let refused = js
            .try_stream(&with(&json!({ "name": "bar" }), big.clone()))
            .await?;
        assert!(description(&refused).contains("stream metadata exceeds"));
        let refused = js.try_consumer("foo", with(&consumer, big)).await?;
        assert!(description(&refused).contains("consumer metadata exceeds"));
        Ok(())
    })
}

go_test!(
    1326,
    "jetstream_consumer_test",
    "TestJetStreamConsumerWithFormattingSymbol",
    formatting_symbol
);
fn formatting_symbol() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "Test%123", "subjects": ["foo"] }))
            .await?;
        js.fill("foo", "OK", 10).await?;
        let config = json!({ "durable_name": "Test%123", "filter_subject": "foo" });
        let mut deliveries = js.push("Test%123", config).await?;
        let message = conformance::client::next(&mut deliveries).await?;
        let reply = message.reply.unwrap();
        assert!(
            reply.starts_with("$JS.ACK.Test%123.Test%123.1.1.1."),
            "{reply}"
        );
        Ok(())
    })
}

go_test!(
    1327,
    "jetstream_consumer_test",
    "TestJetStreamConsumerDefaultsFromStream",
    defaults_from_stream
);
fn defaults_from_stream() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let limits = |max_ack_pending: u64, threshold: u64| {
            json!({
                "name": "test", "subjects": ["test.*"], "consumer_limits": {
                    "max_ack_pending": max_ack_pending, "inactive_threshold": millis(threshold),
                },
            })
        };
        js.add_stream(limits(15, 1_000)).await?;
        let inherits = json!({ "name": "inherits", "ack_policy": "explicit" });
        let made = js.add_consumer("test", inherits).await?;
        assert_eq!(made["config"]["inactive_threshold"], millis(1_000));
        assert_eq!(made["config"]["max_ack_pending"], 15);
        let too_many = json!({ "name": "pending", "max_ack_pending": 30 });
        assert_eq!(err_code(&js.try_consumer("test", too_many).await?), 10121);
        let too_long = json!({ "name": "threshold", "inactive_threshold": millis(2_000) });
        assert_eq!(err_code(&js.try_consumer("test", too_long).await?), 10153);
        let within = json!({ "name": "within", "max_ack_pending": 15 });
        js.add_consumer("test", within).await?;
        let refused = js.try_update(&limits(10, 0)).await?;
        assert!(err_code(&refused) > 0, "{refused}");
        let within = json!({ "name": "short", "inactive_threshold": millis(1_000) });
        js.add_consumer("test", within).await?;
        let refused = js.try_update(&limits(0, 500)).await?;
        assert!(err_code(&refused) > 0, "{refused}");
        Ok(())
    })
}

go_test!(
    1342,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullMaxWaiting",
    pull_max_waiting
);
fn pull_max_waiting() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["test.*"] }))
            .await?;
        let config = json!({ "durable_name": "dur", "ack_policy": "explicit", "max_waiting": 10 });
        js.add_consumer("TEST", config.clone()).await?;
        let changed = with(&config, json!({ "max_waiting": 1 }));
        let refused = js.consumer_with("TEST", changed, "update").await?;
        assert!(description(&refused).contains("can not be updated"));
        Ok(())
    })
}

go_test!(
    1350,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullNoAck",
    pull_no_ack
);
fn pull_no_ack() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["ORDERS.*"] }))
            .await?;
        let config = json!({ "durable_name": "dlc", "ack_policy": "none" });
        let made = js.add_consumer("TEST", config).await?;
        assert_eq!(made["config"]["ack_policy"], "none");
        Ok(())
    })
}

go_test!(
    1379,
    "jetstream_consumer_test",
    "TestJetStreamConsumerLegacyDurableCreateSetsConsumerName",
    legacy_durable_create_sets_name
);
fn legacy_durable_create_sets_name() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"] }))
            .await?;
        let config =
            json!({ "durable_name": "CONSUMER", "ack_policy": "explicit", "num_replicas": 1 });
        let request = json!({ "stream_name": "TEST", "config": config, "action": "create" });
        for subject in ["CONSUMER.CREATE", "CONSUMER.DURABLE.CREATE"] {
            let subject = format!("{subject}.TEST.CONSUMER");
            let made = js.api(&subject, request.clone()).await?;
            assert!(made["error"].is_null(), "{made}");
            assert_eq!(made["config"]["durable_name"], "CONSUMER");
            assert_eq!(made["config"]["name"], "CONSUMER");
        }
        Ok(())
    })
}
