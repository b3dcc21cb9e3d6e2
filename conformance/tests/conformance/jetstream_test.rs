//! Go: `server/jetstream_test.go`: the service, accounts, limits and the API.

use std::time::Duration;

use async_nats::Client;
use conformance::accounts::configured;
use conformance::client::{block_on, connect, next};
use conformance::go_test;
use conformance::server::RunningServer;
use nats_server::config::options::{JetStreamAccountLimits, JetStreamTiers};
use nats_server::jetstream::api;
use nats_server::jetstream::assets::{AccountAssets, ConsumerAction, JetStream};
use nats_server::jetstream::model::{
    AckPolicy, ApiError, ConsumerConfig, StorageType, StreamConfig,
};
use nats_server::monitor::HealthzOptions;
use nats_server::platform::memory;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::js_support::{Configured, Js, err_code, request, with_jetstream};

fn tiers(limits: JetStreamAccountLimits) -> JetStreamTiers {
    JetStreamTiers::from([(String::new(), limits)])
}

fn limits(max_memory: i64, max_store: i64) -> JetStreamAccountLimits {
    JetStreamAccountLimits {
        max_memory,
        max_store,
        ..JetStreamAccountLimits::UNLIMITED
    }
}

go_test!(
    1466,
    "jetstream_test",
    "TestJetStreamBasicNilConfig",
    basic_nil_config
);
fn basic_nil_config() {
    let server = RunningServer::start();
    let server = server.server();
    assert!(server.jetstream().is_none());
    server.enable_jetstream().unwrap();
    let jetstream = server.jetstream().unwrap();
    assert!(server.context().accounts().system().is_some());
    let config = &jetstream.host().config;
    let expected = i64::try_from(memory::total() / 4 * 3).unwrap();
    assert_eq!(config.max_memory, expected);
    assert!(config.store_dir.is_dir());
    assert!(server.enable_jetstream().is_err(), "it is on");
}

go_test!(
    1467,
    "jetstream_test",
    "TestJetStreamEnableAndDisableAccount",
    enable_and_disable_account
);
fn enable_and_disable_account() {
    let directory = TempDir::new().unwrap();
    let server = RunningServer::with(|options| {
        with_jetstream(options, &directory);
    });
    let jetstream = server.server().jetstream().unwrap();
    assert!(jetstream.account("$G").is_some());
    assert_eq!(jetstream.accounts().len(), 1);
    jetstream.disable_account("$G").unwrap();
    assert_eq!(jetstream.accounts().len(), 0);
    let usage = jetstream.usage();
    assert_eq!((usage.reserved_memory, usage.reserved_store), (0, 0));
    let registered = nats_server::account::Account::new("$FOO");
    let foo = server
        .server()
        .context()
        .accounts()
        .add(registered)
        .unwrap();
    jetstream
        .enable_account(&foo, JetStreamTiers::new())
        .unwrap();
    assert_eq!(jetstream.accounts().len(), 1);
    jetstream.disable_account("$FOO").unwrap();
    assert_eq!(jetstream.accounts().len(), 0);
    assert_eq!(
        jetstream.disable_account("$BAR"),
        Err(ApiError::not_enabled_for_account())
    );
}

go_test!(
    1548,
    "jetstream_test",
    "TestJetStreamCanNotEnableOnSystemAccount",
    can_not_enable_on_system_account
);
fn can_not_enable_on_system_account() {
    let directory = TempDir::new().unwrap();
    let server = RunningServer::with(|options| with_jetstream(options, &directory));
    let system = server.server().context().accounts().system().unwrap();
    let jetstream = server.server().jetstream().unwrap();
    let refused = jetstream.enable_account(&system, JetStreamTiers::new());
    assert_eq!(
        refused.unwrap_err().to_string(),
        "jetstream can not be enabled on the system account"
    );
}

fn stream(name: &str, subject: &str) -> StreamConfig {
    StreamConfig {
        name: name.to_owned(),
        subjects: vec![subject.to_owned()],
        storage: StorageType::Memory,
        ..StreamConfig::default()
    }
}

/// Adds consumers until one is refused, and says how many there were.
fn fill_with_consumers(account: &AccountAssets, name: &str) -> usize {
    let stream = account.stream(name).unwrap();
    for count in 0..100 {
        let config = ConsumerConfig {
            durable_name: format!("O:{count}"),
            ack_policy: AckPolicy::Explicit,
            ..ConsumerConfig::default()
        };
        let added = account.add_consumer(&stream, config, ConsumerAction::CreateOrUpdate, false);
        if let Err(error) = added {
            assert_eq!(error, ApiError::maximum_consumers_limit());
            return count;
        }
    }
    100
}

go_test!(
    1527,
    "jetstream_test",
    "TestJetStreamSystemLimits",
    system_limits
);
fn system_limits() {
    let directory = TempDir::new().unwrap();
    let server = RunningServer::with(|options| {
        with_jetstream(options, &directory);
        options.jetstream = false;
        options.js.max_memory = 1024;
        options.js.max_store = 8192;
    });
    let server = server.server();
    assert!(server.jetstream().is_none());
    let accounts = server.context().accounts();
    let add = |name: &str| {
        accounts
            .add(nats_server::account::Account::new(name))
            .unwrap()
    };
    let (foo, bar, baz) = (add("FOO"), add("BAR"), add("BAZ"));
    server.enable_jetstream().unwrap();
    let jetstream = server.jetstream().unwrap();
    let nothing_reserved = |jetstream: &JetStream| {
        let usage = jetstream.usage();
        assert_eq!((usage.reserved_memory, usage.reserved_store), (0, 0));
    };
    nothing_reserved(&jetstream);
    jetstream
        .enable_account(&foo, tiers(limits(24, 192)))
        .unwrap();
    jetstream
        .enable_account(&bar, tiers(limits(1000, 0)))
        .unwrap();
    assert!(
        jetstream
            .enable_account(&baz, tiers(limits(1000, 0)))
            .is_err()
    );
    assert!(
        jetstream
            .enable_account(&baz, tiers(limits(0, 10_000)))
            .is_err()
    );
    jetstream.disable_account("FOO").unwrap();
    jetstream.disable_account("BAR").unwrap();
    nothing_reserved(&jetstream);

    let foo = jetstream
        .enable_account(&foo, tiers(limits(24, 192)))
        .unwrap();
    let mut all = limits(1024, 8192);
    (all.max_streams, all.max_consumers) = (10, 10);
    jetstream.update_limits("FOO", tiers(all)).unwrap();
    for number in 0..10 {
        let config = stream(&number.to_string(), &format!("foo.{number}"));
        foo.check_stream_count(&config).unwrap();
        foo.add_stream(&config, false).unwrap();
    }
    assert_eq!(
        foo.check_stream_count(&stream("10", "foo.10")),
        Err(ApiError::maximum_streams_limit())
    );
    for number in 0..10 {
        foo.delete_stream(&number.to_string()).unwrap();
    }
    let too_large = StreamConfig {
        max_bytes: 8192 * 2,
        ..stream("22", "foo.22")
    };
    assert!(foo.add_stream(&too_large, false).is_err());
    let replicated = StreamConfig {
        replicas: 10,
        ..stream("22", "foo.22")
    };
    assert!(foo.add_stream(&replicated, false).is_err());

    foo.add_stream(&stream("22", "foo.22"), false).unwrap();
    assert_eq!(fill_with_consumers(&foo, "22"), 10);
    foo.delete_stream("22").unwrap();
    let with_limit = |max_consumers| StreamConfig {
        max_consumers,
        ..stream("22", "foo.22")
    };
    foo.add_stream(&with_limit(5), false).unwrap();
    assert_eq!(fill_with_consumers(&foo, "22"), 5);
    foo.delete_stream("22").unwrap();
    foo.add_stream(&with_limit(10), false).unwrap();
    let fewer = JetStreamAccountLimits {
        max_consumers: 5,
        ..all
    };
    jetstream.update_limits("FOO", tiers(fewer)).unwrap();
    assert_eq!(fill_with_consumers(&foo, "22"), 5);
}

go_test!(
    1532,
    "jetstream_test",
    "TestJetStreamTieredLimits",
    tiered_limits
);
fn tiered_limits() {
    let directory = TempDir::new().unwrap();
    let server = RunningServer::with(|options| with_jetstream(options, &directory));
    let jetstream = server.server().jetstream().unwrap();
    let tier = |name: &str| JetStreamTiers::from([(name.to_owned(), limits(8192, 9600))]);
    jetstream.update_limits("$G", tier("nottheer")).unwrap();
    let account = jetstream.account("$G").unwrap();
    let config = StreamConfig {
        name: "LIMITS".to_owned(),
        retention: nats_server::jetstream::model::RetentionPolicy::WorkQueue,
        ..StreamConfig::default()
    };
    let refused = account.add_stream(&config, false).unwrap_err();
    assert_eq!(
        refused.description,
        "no JetStream default or applicable tiered limit present"
    );
    jetstream.update_limits("$G", tier("R1")).unwrap();
    assert_eq!(account.usage().select(1).unwrap().1, "R1");
}

go_test!(
    1721,
    "jetstream_test",
    "TestJetStreamWouldExceedLimits",
    would_exceed_limits
);
fn would_exceed_limits() {
    let directory = TempDir::new().unwrap();
    let server = RunningServer::with(|options| with_jetstream(options, &directory));
    let jetstream = server.server().jetstream().unwrap();
    let host = jetstream.host();
    let maxima = [
        (StorageType::Memory, host.config.max_memory),
        (StorageType::File, host.config.max_store),
    ];
    for (storage, max) in maxima {
        assert!(max > 0);
        assert!(!host.usage.would_exceed(storage, max));
        assert!(host.usage.would_exceed(storage, max + 1));
    }
}

go_test!(
    1633,
    "jetstream_test",
    "TestJetStreamDisabledHealthz",
    disabled_healthz
);
fn disabled_healthz() {
    let directory = TempDir::new().unwrap();
    let server = RunningServer::with(|options| with_jetstream(options, &directory));
    let server = server.server();
    let options = HealthzOptions {
        js_enabled_only: true,
        ..HealthzOptions::default()
    };
    assert!(server.jetstream().is_some());
    assert_eq!(server.healthz(&options).status, "ok");
    server.disable_jetstream();
    let health = server.healthz(&options);
    assert_eq!(health.status, "unavailable");
    assert_eq!(health.error, ApiError::not_enabled().to_string());
}

go_test!(
    1539,
    "jetstream_test",
    "TestJetStreamInfoAPIWithHeaders",
    info_api_with_headers
);
fn info_api_with_headers() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let headers = [("Accept-Encoding", "json"), ("Authorization", "s3cr3t")];
        let answer = js
            .request_with("$JS.API.INFO", &headers, "HELLO-JS!")
            .await?;
        let info: Value = serde_json::from_slice(&answer.payload)?;
        assert!(info["error"].is_null(), "{info}");
        assert_eq!(info["limits"]["max_memory"], -1);
        Ok(())
    })
}

go_test!(
    1716,
    "jetstream_test",
    "TestIsJSONObjectOrArray",
    is_json_object_or_array
);
fn is_json_object_or_array() {
    let yes: [&[u8]; 6] = [b"{}", b"\t\n\r{ }", b"[]", b"\t\n\r[ ]", b"{   }", b"[   ]"];
    let no: [&[u8]; 9] = [
        b"",
        b"\"\"",
        b"   ",
        b"   \"text\"",
        b"123",
        b"true",
        b"false",
        b"null",
        b"invalid",
    ];
    for text in yes {
        assert!(api::is_json_object_or_array(text));
    }
    for text in no {
        assert!(!api::is_json_object_or_array(text));
    }
}

async fn names(client: &Client, filter: &str) -> anyhow::Result<Vec<String>> {
    let answer = request(
        client,
        "$JS.API.STREAM.NAMES",
        &json!({ "subject": filter }),
    )
    .await?;
    let names = answer["streams"].as_array().cloned().unwrap_or_default();
    Ok(names
        .iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect())
}

go_test!(
    1541,
    "jetstream_test",
    "TestJetStreamFilteredStreamNames",
    filtered_stream_names
);
fn filtered_stream_names() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let streams: [(&str, &[&str]); 4] = [
            ("S1", &["foo"]),
            ("S2", &["bar"]),
            ("S3", &["baz"]),
            ("S4", &["foo.*", "bar.*", "baz.*"]),
        ];
        for (name, subjects) in streams {
            js.add_stream(json!({ "name": name, "subjects": subjects, "storage": "memory" }))
                .await?;
        }
        let five = json!({ "name": "S5", "subjects": ["foo.*.*", "bar.*.*"], "storage": "memory" });
        js.add_stream(five).await?;
        let cases: [(&str, &[&str]); 7] = [
            ("", &["S1", "S2", "S3", "S4", "S5"]),
            ("foo", &["S1"]),
            ("bar", &["S2"]),
            ("baz", &["S3"]),
            ("*", &["S1", "S2", "S3"]),
            (">", &["S1", "S2", "S3", "S4", "S5"]),
            ("*.*", &["S4"]),
        ];
        for (filter, expected) in cases {
            assert_eq!(names(&js.client, filter).await?, expected, "{filter}");
        }
        assert_eq!(names(&js.client, "*.*.*").await?, ["S5"]);
        Ok(())
    })
}

go_test!(
    1585,
    "jetstream_test",
    "TestJetStreamDomainInPubAck",
    domain_in_pub_ack
);
fn domain_in_pub_ack() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::with(|options| "HUB".clone_into(&mut options.js.domain)).await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"], "storage": "memory" }))
            .await?;
        let ack = js.publish("foo", &[], "Hello Domains!").await?;
        assert_eq!(ack["domain"], "HUB");
        assert_eq!((&ack["stream"], &ack["seq"]), (&json!("TEST"), &json!(1)));
        // Clients of the domain reach it by its name.
        let info = request(&js.client, "$JS.HUB.API.STREAM.INFO.TEST", &Value::Null).await?;
        assert_eq!(info["domain"], "HUB");
        Ok(())
    })
}

go_test!(
    1584,
    "jetstream_test",
    "TestJetStreamServerDomainConfigButDisabled",
    domain_without_jetstream
);
fn domain_without_jetstream() {
    let server = RunningServer::with(|options| "HUB".clone_into(&mut options.js.domain));
    assert!(server.server().jetstream().is_none());
    assert_eq!(server.server().options().js.domain, "HUB");
    assert!(server.server().varz().jetstream.config.is_none());
}

go_test!(
    1596,
    "jetstream_test",
    "TestJetStreamLongStreamNamesAndPubAck",
    long_stream_names
);
fn long_stream_names() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let name = "ZABCDEF0123456789".repeat(15);
        assert_eq!(name.len(), 255);
        js.add_stream(json!({ "name": name, "subjects": ["foo"], "storage": "memory" }))
            .await?;
        let ack = js.publish("foo", &[], "HELLO").await?;
        assert_eq!((&ack["stream"], &ack["seq"]), (&json!(name), &json!(1)));
        Ok(())
    })
}

go_test!(
    1641,
    "jetstream_test",
    "TestJetStreamMsgGetNoAdvisory",
    msg_get_no_advisory
);
fn msg_get_no_advisory() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let mut advisories = js.client.subscribe("$JS.EVENT.ADVISORY.>").await?;
        js.client.flush().await?;
        js.add_stream(json!({ "name": "foo", "storage": "memory" }))
            .await?;
        // Of the stream, and of the request.
        for _ in 0..2 {
            next(&mut advisories).await?;
        }
        js.store("foo", "ok").await?;
        let got = js.message("foo", 1).await?;
        assert_eq!(got["message"]["seq"], 1);
        conformance::client::expect_nothing(&mut advisories, Duration::from_millis(250)).await?;
        // Other requests are told of.
        js.state("foo").await?;
        let advisory = next(&mut advisories).await?;
        assert_eq!(advisory.subject.as_str(), "$JS.EVENT.ADVISORY.API");
        Ok(())
    })
}

go_test!(
    1710,
    "jetstream_test",
    "TestJetStreamStreamCreatePedanticMode",
    stream_create_pedantic
);
fn stream_create_pedantic() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::with(|options| {
            options.js.max_store = 100 * 1024 * 1024;
            options.js.limits.duplicate_window = Duration::from_secs(60);
            options.js.limits.max_request_batch = 250;
        })
        .await?;
        const SECOND: u64 = 1_000_000_000;
        let cases = [
            ("CREATE", 60 * SECOND, 3_600 * SECOND, true, true),
            ("CREATE", 60 * 3_600 * SECOND, 3_600 * SECOND, false, true),
            ("CREATE", 60 * 3_600 * SECOND, 30 * SECOND, false, false),
            ("UPDATE", 60 * SECOND, 3_600 * SECOND, true, true),
        ];
        for (verb, age, window, pedantic, fails) in cases {
            let config = json!({
                "name": "TEST",
                "storage": "file",
                "max_age": age,
                "duplicate_window": window,
                "pedantic": pedantic,
            });
            let answer = js.api(&format!("STREAM.{verb}.TEST"), config).await?;
            assert_eq!(!answer["error"].is_null(), fails, "{answer}");
        }
        // What is set to a default silently otherwise is refused.
        let cases = [
            json!({ "max_age": SECOND }),
            json!({ "duplicate_window": 0 }),
            json!({ "max_msgs": -2, "duplicate_window": 60 * SECOND }),
            json!({ "max_bytes": -2, "duplicate_window": 60 * SECOND }),
            json!({ "max_msg_size": -2, "duplicate_window": 60 * SECOND }),
            json!({ "max_consumers": -2, "duplicate_window": 60 * SECOND }),
        ];
        for (number, change) in cases.into_iter().enumerate() {
            let name = format!("S{number}");
            let mut config = json!({ "name": name, "subjects": [name], "storage": "memory" });
            for (key, value) in change.as_object().unwrap() {
                config[key] = value.clone();
            }
            let mut pedantic = config.clone();
            pedantic["pedantic"] = json!(true);
            let subject = format!("STREAM.CREATE.{name}");
            let refused = js.api(&subject, pedantic).await?;
            assert_eq!(err_code(&refused), 10157, "{change}");
            js.add_stream(config).await?;
        }
        Ok(())
    })
}

go_test!(
    1711,
    "jetstream_test",
    "TestJetStreamStrictMode",
    strict_mode
);
fn strict_mode() -> anyhow::Result<()> {
    const REQUESTS: [(&str, &str); 12] = [
        (
            "STREAM.CREATE.TEST",
            r#"{"name":"TEST","subjects":["foo"],"extra_field":"x"}"#,
        ),
        (
            "STREAM.UPDATE.TEST",
            r#"{"name":"TEST","subjects":["foo"],"extra_field":"x"}"#,
        ),
        ("STREAM.DELETE.TEST", r#"{"extra_field":"x"}"#),
        ("STREAM.INFO.TEST", r#"{"extra_field":"x"}"#),
        ("STREAM.PURGE.TEST", r#"{"extra_field":"x"}"#),
        ("STREAM.MSG.GET.TEST", r#"{"seq":1,"extra_field":"x"}"#),
        ("STREAM.MSG.DELETE.TEST", r#"{"seq":1,"extra_field":"x"}"#),
        (
            "CONSUMER.CREATE.TEST.C",
            r#"{"stream_name":"TEST","extra_field":"x","config":{"name":"C"}}"#,
        ),
        ("CONSUMER.NAMES.TEST", r#"{"extra_field":"x"}"#),
        ("CONSUMER.LIST.TEST", r#"{"extra_field":"x"}"#),
        ("STREAM.NAMES", r#"{"extra_field":"x"}"#),
        ("STREAM.LIST", r#"{"extra_field":"x"}"#),
    ];
    block_on(async {
        for strict in [true, false] {
            let js = Js::with(|options| options.js.no_strict = !strict).await?;
            js.add_stream(json!({ "name": "TEST", "subjects": ["foo"], "storage": "memory" }))
                .await?;
            for (subject, payload) in REQUESTS {
                let answer = js.api(subject, payload).await?;
                // An argument where there must be none is refused either way.
                if strict && subject != "STREAM.DELETE.TEST" {
                    assert_eq!(err_code(&answer), 10025, "{subject}: {answer}");
                } else {
                    assert_ne!(err_code(&answer), 10025, "{subject}: {answer}");
                }
            }
        }
        Ok(())
    })
}

go_test!(
    1602,
    "jetstream_test",
    "TestJetStreamDisabledLimitsEnforcement",
    disabled_limits_enforcement
);
fn disabled_limits_enforcement() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = configured(&format!(
            "
            jetstream: {{max_mem_store: 256MB, max_file_store: 2GB, store_dir: '{}'}}
            accounts {{
                one {{
                    jetstream: {{ mem: 1024, disk: 0, streams: 1, consumers: 2 }}
                    users [{{user: one, password: password}}]
                }}
            }}
            no_auth_user: one
            ",
            directory.path().display()
        ));
        let client = connect(&server.url()).await?;
        let config = json!({ "name": "disk", "storage": "file", "subjects": ["disk"] });
        let refused = request(&client, "$JS.API.STREAM.CREATE.disk", &config).await?;
        assert_eq!(err_code(&refused), 10047, "{refused}");
        Ok(())
    })
}

go_test!(
    1550,
    "jetstream_test",
    "TestJetStreamServerResourcesConfig",
    server_resources_config
);
fn server_resources_config() {
    let server = Configured::new(
        "listen: 127.0.0.1:-1
        jetstream: {max_mem_store: 2GB, max_file_store: 1TB, store_dir: STORE}",
    );
    let jetstream = server.server.server().jetstream().unwrap();
    let config = &jetstream.host().config;
    assert_eq!(config.max_memory, 2 << 30);
    assert_eq!(config.max_store, 1 << 40);
}

go_test!(
    1583,
    "jetstream_test",
    "TestJetStreamServerDomainConfig",
    server_domain_config
);
fn server_domain_config() -> anyhow::Result<()> {
    let server = Configured::new(
        "listen: 127.0.0.1:-1
        jetstream: {domain: \"HUB\", store_dir: STORE}",
    );
    let jetstream = server.server.server().jetstream().unwrap();
    assert_eq!(jetstream.host().config.domain, "HUB");
    block_on(async {
        let client = server.anonymous().await?;
        let info = request(&client, "$JS.API.INFO", &Value::Null).await?;
        assert_eq!(info["domain"], "HUB");
        Ok(())
    })
}
