//! Go: `server/jetstream_test.go`: accounts with JetStream, their limits, what they
//! share with others, and new configurations.

use std::time::Duration;

use async_nats::jetstream::kv::{self, Operation};
use async_nats::{Client, Subscriber};
use conformance::client::{block_on, next, options, synced};
use conformance::go_test;
use conformance::wait::wait_until;
use futures_util::StreamExt as _;
use nats_server::Server;
use nats_server::config::options::{JetStreamAccountLimits, JetStreamTiers};
use nats_server::jetstream::assets::AccountAssets;
use nats_server::jetstream::model::StorageType;
use nats_server::jetstream::stream::Stream;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::js_stream_support::{STORAGES, with};
use crate::js_support::{Configured, Js, err_code, request};

fn add_stream(account: &AccountAssets, config: Value) -> Arc<Stream> {
    let config = serde_json::from_value(config).unwrap();
    account.add_stream(&config, false).unwrap()
}

/// Sets what the global account may use.
fn limit(server: &Server, max_memory: i64, max_store: i64, max_streams: i64) {
    let limits = JetStreamAccountLimits {
        max_memory,
        max_store,
        max_streams,
        ..JetStreamAccountLimits::UNLIMITED
    };
    let tiers = JetStreamTiers::from([(String::new(), limits)]);
    let jetstream = server.jetstream().unwrap();
    jetstream.update_limits("$G", tiers).unwrap();
}

go_test!(
    1529,
    "jetstream_test",
    "TestJetStreamStreamLimitUpdate",
    stream_limit_update
);
fn stream_limit_update() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        limit(js.server.server(), 128, 128, 1);
        for storage in STORAGES {
            let config = json!({
                "name": "TEST", "subjects": ["foo"], "storage": storage, "max_bytes": 32,
            });
            js.add_stream(config.clone()).await?;
            // It is there already, and so not one more.
            js.add_stream(config.clone()).await?;
            js.update(&with(&config, json!({ "max_bytes": 16 })))
                .await?;
            js.account().delete_stream("TEST")?;
        }
        Ok(())
    })
}

/// What an account uses is what its streams hold, and no more than its limit.
fn check_tracking(storage: &str, max_store: i64) -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        limit(js.server.server(), 8192, max_store, -1);
        let config =
            |name: &str| json!({ "name": name, "storage": storage, "retention": "workqueue" });
        let used = || {
            let stats = js.account().stats();
            if storage == "memory" {
                stats.total.memory
            } else {
                stats.total.storage
            }
        };
        js.add_stream(config("LIMITS")).await?;
        js.fill("LIMITS", "Hello World!", 100).await?;
        let first = js.held("LIMITS").bytes;
        assert_eq!(used(), first);
        assert_eq!(js.account().stats().total.streams, 1);
        js.add_stream(config("NUM22")).await?;
        js.fill("NUM22", "Hello World!", 100).await?;
        assert_eq!(used(), first + js.held("NUM22").bytes);
        js.account().delete_stream("NUM22")?;
        assert_eq!(used(), first);
        js.add_consumer(
            "LIMITS",
            json!({ "durable_name": "WQ", "ack_policy": "explicit" }),
        )
        .await?;
        for _ in 0..100 {
            let message = js.pull("LIMITS", "WQ").await?;
            js.ack(&message).await?;
        }
        wait_until("nothing is used", || used() == 0);
        let payload = "The quick brown fox jumped over the...".repeat(2);
        let mut refused = Value::Null;
        for _ in 0..200 {
            let ack = js.publish("LIMITS", &[], &payload).await?;
            if !ack["error"].is_null() {
                refused = ack;
                break;
            }
        }
        assert_eq!(err_code(&refused), 10002, "{refused}");
        let most = if storage == "memory" { 8192 } else { max_store };
        assert!(used() <= u64::try_from(most)?);
        limit(js.server.server(), -1, -1, -1);
        js.fill("LIMITS", "Hello World!", 100).await
    })
}

go_test!(
    1530,
    "jetstream_test",
    "TestJetStreamStreamStorageTrackingAndLimits",
    memory_storage_tracking
);
fn memory_storage_tracking() -> anyhow::Result<()> {
    check_tracking("memory", -1)
}

go_test!(
    1531,
    "jetstream_test",
    "TestJetStreamStreamFileTrackingAndLimits",
    file_tracking_and_limits
);
fn file_tracking_and_limits() -> anyhow::Result<()> {
    check_tracking("file", 9600)
}

go_test!(
    1544,
    "jetstream_test",
    "TestJetStreamLimitLockBug",
    limit_and_lock
);
fn limit_and_lock() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "foo", "max_msgs": 10, "storage": storage }))
                .await?;
            for number in 1..=100 {
                assert_eq!(js.store("foo", "ok").await?, number);
            }
            assert_eq!(js.held("foo").msgs, 10);
        }
        Ok(())
    })
}

go_test!(
    1689,
    "jetstream_test",
    "TestJetStreamUsageSyncDeadlock",
    wrong_usage_does_no_harm
);
fn wrong_usage_does_no_harm() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["*"] }))
            .await?;
        js.store("foo", "hello").await?;
        let held = i64::try_from(js.held("TEST").bytes)?;
        js.account()
            .usage()
            .add("", StorageType::File, -1000 - held);
        assert_eq!(js.store("foo", "hello").await?, 2);
        Ok(())
    })
}

go_test!(
    1582,
    "jetstream_test",
    "TestJetStreamServerDomainBadConfig",
    bad_domains
);
fn bad_domains() {
    for domain in [
        "HU..B",
        "HU B",
        " ",
        "\t",
        "CORE.",
        ".CORE",
        "C.*.O. RE",
        "C.ORE",
    ] {
        let mut options = conformance::server::local_options();
        domain.clone_into(&mut options.js.domain);
        let refused = Server::check(&options).unwrap_err().to_string();
        assert!(refused.contains("invalid domain name"), "{refused}");
    }
}

/// A third of what is reserved is left, the system's limit or the account's is reached
/// or passed: what a stream has at first and then, and whether it may.
const RESERVATIONS: [(i64, i64, i64, bool); 6] = [
    (-1, 682, 683, true),
    (-1, 1024, 1025, false),
    (-1, 1023, 1024, true),
    (512, 341, 342, true),
    (512, 512, 513, false),
    (512, 511, 512, true),
];

go_test!(
    1620,
    "jetstream_test",
    "TestJetStreamStorageReservedBytes",
    reserved_bytes
);
fn reserved_bytes() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::with(|options| {
            options.js.max_memory = 1024;
            options.js.max_store = 1024;
        })
        .await?;
        let server = js.server.server();
        let varz = || serde_json::to_value(server.varz().jetstream);
        let config = varz()?["config"].clone();
        assert_eq!(
            (&config["max_memory"], &config["max_storage"]),
            (&json!(1024), &json!(1024))
        );
        for (of_account, first, then, fits) in RESERVATIONS {
            for (storage, field) in [("file", "reserved_storage"), ("memory", "reserved_memory")] {
                limit(server, of_account, of_account, -1);
                let config = json!({
                    "name": "TEST", "subjects": ["foo"], "storage": storage,
                    "max_bytes": first,
                });
                js.add_stream(config.clone()).await?;
                let changed = js
                    .try_update(&with(&config, json!({ "max_bytes": then })))
                    .await?;
                assert_eq!(
                    changed["error"].is_null(),
                    fits,
                    "{storage} {then}: {changed}"
                );
                let reserved = if fits { then } else { first };
                assert_eq!(varz()?["stats"][field], reserved, "{storage} {then}");
                js.account().delete_stream("TEST")?;
                assert_eq!(varz()?["stats"][field], 0, "{storage}");
            }
        }
        Ok(())
    })
}

/// Checks the answer to `$JS.API.INFO`: its limits, or that it is an error.
async fn check_limits(client: &Client, expected: Option<[i64; 4]>) -> anyhow::Result<()> {
    let info = request(client, "$JS.API.INFO", &Value::Null).await?;
    let Some(expected) = expected else {
        assert!(!info["error"].is_null(), "{info}");
        return Ok(());
    };
    assert!(info["error"].is_null(), "{info}");
    let fields = ["max_streams", "max_consumers", "max_memory", "max_storage"];
    let limits = fields.map(|field| info["limits"][field].as_i64().unwrap());
    assert_eq!(limits, expected);
    Ok(())
}

go_test!(
    1549,
    "jetstream_test",
    "TestJetStreamMultipleAccountsBasics",
    several_accounts
);
fn several_accounts() -> anyhow::Result<()> {
    const GB: i64 = 1 << 30;
    const SMALL: &str =
        "jetstream: {max_mem: 1GB, max_store: 1TB, max_streams: 10, max_consumers: 1k}";
    const LARGE: &str =
        "jetstream: {max_mem: 32GB, max_store: 512GB, max_streams: 100, max_consumers: 4k}";
    block_on(async {
        let text = |a: &str, b: &str, c: &str| {
            format!(
                "listen: 127.0.0.1:-1
                jetstream: {{max_mem_store: 64GB, max_file_store: 10TB, store_dir: STORE}}
                accounts: {{
                    A: {{ {a}, users: [ {{user: ua, password: pwd}} ] }}
                    B: {{ {b}, users: [ {{user: ub, password: pwd}} ] }}
                    C: {{ {c}, users: [ {{user: uc, password: pwd}} ] }}
                }}"
            )
        };
        let nothing = "limits: {}";
        let server = Configured::new(&text("jetstream: enabled", SMALL, nothing));
        let a = server.connect("ua", "pwd").await?;
        let b = server.connect("ub", "pwd").await?;
        let c = server.connect("uc", "pwd").await?;
        let small = [10, 1000, GB, 1024 * GB];
        check_limits(&a, Some([-1, -1, -1, -1])).await?;
        check_limits(&b, Some(small)).await?;
        check_limits(&c, None).await?;
        server.reload(&text("jetstream: disabled", LARGE, SMALL));
        check_limits(&a, None).await?;
        check_limits(&b, Some([100, 4000, 32 * GB, 512 * GB])).await?;
        check_limits(&c, Some(small)).await
    })
}

go_test!(
    1565,
    "jetstream_test",
    "TestJetStreamServerReload",
    server_reload
);
fn server_reload() -> anyhow::Result<()> {
    const TEXT: &str = "
        listen: 127.0.0.1:-1
        jetstream: {max_mem_store: 64GB, max_file_store: 10TB, store_dir: STORE }
        accounts: {
            A: { users: [ {user: ua, password: pwd} ] },
            B: {
                jetstream: {max_mem: 1GB, max_store: 1TB, max_streams: 10, max_consumers: 1k}
                users: [ {user: ub, password: pwd} ]
            },
            SYS: { users: [ {user: uc, password: pwd} ] },
        }
        no_auth_user: ub
        system_account: SYS
    ";
    block_on(async {
        let server = Configured::new(TEXT);
        let client = server.anonymous().await?;
        let limits = Some([10, 1000, 1 << 30, 1 << 40]);
        check_limits(&client, limits).await?;
        let stream = add_stream(&server.account("B"), json!({ "name": "22" }));
        for number in 1..=10 {
            let ack = request(&client, "22", &json!(format!("MSG: {number}"))).await?;
            assert_eq!(ack["seq"], number);
        }
        assert_eq!(stream.state(false).msgs, 10);
        // The client stays what it is.
        server.reload(TEXT);
        check_limits(&client, limits).await?;
        let ack = request(&client, "22", &json!("MSG: 22")).await?;
        assert_eq!(ack["seq"], 11);
        Ok(())
    })
}

go_test!(
    1566,
    "jetstream_test",
    "TestJetStreamConfigReloadWithGlobalAccount",
    reload_with_the_global_account
);
fn reload_with_the_global_account() -> anyhow::Result<()> {
    block_on(async {
        let text = |password: &str| {
            format!(
                "listen: 127.0.0.1:-1
                authorization {{
                    users [ {{user: anonymous}}, {{user: user1, password: {password}}} ]
                }}
                no_auth_user: anonymous
                jetstream {{ store_dir = STORE }}"
            )
        };
        let server = Configured::new(&text("pwd"));
        let client = server.anonymous().await?;
        let unlimited = Some([-1; 4]);
        check_limits(&client, unlimited).await?;
        let make = async |client: &Client, name: &str| -> anyhow::Result<()> {
            let subject = format!("$JS.API.STREAM.CREATE.{name}");
            let made = request(client, &subject, &json!({ "name": name })).await?;
            assert!(made["error"].is_null(), "{made}");
            Ok(())
        };
        make(&client, "foo").await?;
        for number in 1..=10 {
            request(&client, "foo", &json!(format!("MSG: {number}"))).await?;
        }
        assert_eq!(server.account("$G").stream("foo")?.state(false).msgs, 10);
        server.reload(&text("pwd2"));
        let client = server.anonymous().await?;
        make(&client, "bar").await?;
        check_limits(&client, unlimited).await
    })
}

go_test!(
    1628,
    "jetstream_test",
    "TestJetStreamImportReload",
    import_reload
);
fn import_reload() -> anyhow::Result<()> {
    block_on(async {
        let text = |export: &str, import: &str| {
            format!(
                "listen: 127.0.0.1:-1
                jetstream: {{max_mem_store: 2MB, max_file_store: 8MB, store_dir: STORE}}
                accounts: {{
                    account_a: {{ users: [{{user: user_a, password: pwd}}], {export} }}
                    account_b: {{
                        users: [{{user: user_b, password: pwd}}]
                        jetstream: enabled
                        {import}
                    }}
                }}"
            )
        };
        let import = "imports: [{stream: {subject: news.>, account: account_a}}]";
        let server = Configured::new(&text("exports: [{stream: news.>}]", import));
        let client = server.connect("user_a", "pwd").await?;
        let config = json!({ "name": "news", "subjects": ["news.>"] });
        let stream = add_stream(&server.account("account_b"), config);
        let publish = async |client: &Client| -> anyhow::Result<()> {
            client.publish("news.article", "".into()).await?;
            synced(client).await
        };
        publish(&client).await?;
        wait_until("the message has come", || stream.state(false).msgs == 1);
        server.reload(&text("", ""));
        let client = server.connect("user_a", "pwd").await?;
        publish(&client).await?;
        assert_eq!(stream.state(false).msgs, 1);
        // The stream goes on with what is its own.
        let own = server.connect("user_b", "pwd").await?;
        let ack = request(&own, "news.own", &json!("x")).await?;
        assert_eq!(ack["seq"], 2);
        Ok(())
    })
}

/// A server with an account `JS` that has streams, and one that imports from it, whose
/// user everybody is by default.
fn importing(exports: &str, imports: &str) -> Configured {
    Configured::new(&format!(
        "
        listen: 127.0.0.1:-1
        no_auth_user: rip
        jetstream: {{max_mem_store: 64GB, max_file_store: 10TB, store_dir: STORE}}
        accounts: {{
            JS: {{
                jetstream: enabled
                users: [ {{user: dlc, password: foo}} ]
                exports [ {exports} ]
            }},
            IU: {{
                users: [ {{user: rip, password: bar}} ]
                imports [ {imports} ]
            }},
        }}
        "
    ))
}

go_test!(
    1561,
    "jetstream_test",
    "TestJetStreamAccountImportBasics",
    import_a_stream_and_its_consumers
);
fn import_a_stream_and_its_consumers() -> anyhow::Result<()> {
    use nats_server::jetstream::assets::{ConsumerAction, as_consumer};
    block_on(async {
        let server = importing(
            r#"
                { service: "ORDERS.*" }
                { service: "$JS.API.CONSUMER.MSG.NEXT.*.*" }
                { stream: "deliver.ORDERS" }
                { service: "$JS.ACK.ORDERS.*.>" }
            "#,
            r#"
                { service: { subject: "ORDERS.*", account: JS }, to: "my.orders.$1" }
                { service: { subject: "$JS.API.CONSUMER.MSG.NEXT.ORDERS.d", account: JS }, to: "nxt.msg" }
                { stream:  { subject: "deliver.ORDERS", account: JS }, to: "d" }
                { service: { subject: "$JS.ACK.ORDERS.*.>", account: JS } }
            "#,
        );
        let account = server.account("JS");
        let config = json!({ "name": "ORDERS", "subjects": ["ORDERS.*"] });
        let stream = add_stream(&account, config);
        let client = server.anonymous().await?;
        let ack = request(&client, "my.orders.foo", &json!("ORDERS-1")).await?;
        assert_eq!((&ack["stream"], &ack["seq"]), (&json!("ORDERS"), &json!(1)));
        assert_eq!(stream.state(false).msgs, 1);
        request(&client, "my.orders.bar", &json!("ORDERS-2")).await?;
        assert_eq!(stream.state(false).msgs, 2);
        let consumer = |config: Value| {
            let config = serde_json::from_value(config).unwrap();
            let action = ConsumerAction::CreateOrUpdate;
            account
                .add_consumer(&stream, config, action, false)
                .unwrap()
        };
        consumer(json!({ "durable_name": "d", "ack_policy": "explicit" }));
        let mut answers = client.subscribe("answer").await?;
        client
            .publish_with_reply("nxt.msg", "answer", "".into())
            .await?;
        assert_eq!(&*next(&mut answers).await?.payload, b"ORDERS-1");

        let pushing = consumer(json!({
            "durable_name": "p", "deliver_subject": "deliver.ORDERS", "ack_policy": "explicit",
        }));
        let floor = || {
            let consumer = stream.consumer("p").and_then(as_consumer).unwrap();
            consumer.info().unwrap().ack_floor.consumer_seq
        };
        let mut deliveries = client.subscribe("d").await?;
        let first = next(&mut deliveries).await?;
        assert_eq!(first.subject.as_str(), "ORDERS.foo");
        client.publish(first.reply.unwrap(), "+ACK".into()).await?;
        wait_until("the first is acknowledged", || floor() == 1);
        let second = next(&mut deliveries).await?;
        assert_eq!(second.subject.as_str(), "ORDERS.bar");
        client.request(second.reply.unwrap(), "".into()).await?;
        assert_eq!(floor(), 2);
        drop(pushing);
        Ok(())
    })
}

/// Two accounts: what `JS` advises of, `AGG` hears of with its name.
async fn check_advisories(js: &str, agg: &str) -> anyhow::Result<()> {
    let server = Configured::new(&format!(
        "listen=127.0.0.1:-1
        no_auth_user: pp
        jetstream: {{max_mem_store: 64GB, max_file_store: 10TB, store_dir: STORE}}
        accounts {{
            JS {{ jetstream: enabled, users: [ {{user: pp, password: foo}} ], {js} }}
            AGG {{ users: [ {{user: agg, password: foo}} ], {agg} }}
        }}"
    ));
    let client = server.anonymous().await?;
    let aggregator = server.connect("agg", "foo").await?;
    let mut own = client.subscribe("$JS.EVENT.ADVISORY.>").await?;
    let mut all = aggregator.subscribe("$JS.EVENT.ADVISORY.ACC.JS.>").await?;
    synced(&aggregator).await?;
    let config = json!({ "name": "ORDERS", "subjects": ["ORDERS.*"] });
    request(&client, "$JS.API.STREAM.CREATE.ORDERS", &config).await?;
    let two = async |listener: &mut Subscriber| -> anyhow::Result<Vec<String>> {
        let mut subjects = Vec::new();
        for _ in 0..2 {
            let message = next(listener).await?;
            let told: Value = serde_json::from_slice(&message.payload)?;
            // Requests alone are told with who made them.
            let fields = ["host", "user", "lang"].map(|field| told["client"][field].as_str());
            let are_told = fields.map(|text| text.is_some_and(|text| !text.is_empty()));
            assert_eq!(are_told, [message.subject.ends_with(".API"); 3], "{told}");
            subjects.push(message.subject.to_string());
        }
        subjects.sort();
        Ok(subjects)
    };
    let prefix = "$JS.EVENT.ADVISORY";
    let expected = |prefix: &str| {
        [
            format!("{prefix}.API"),
            format!("{prefix}.STREAM.CREATED.ORDERS"),
        ]
    };
    assert_eq!(two(&mut own).await?, expected(prefix));
    assert_eq!(two(&mut all).await?, expected(&format!("{prefix}.ACC.JS")));
    Ok(())
}

go_test!(
    1562,
    "jetstream_test",
    "TestJetStreamAccountImportJSAdvisoriesAsService",
    advisories_as_a_service
);
fn advisories_as_a_service() -> anyhow::Result<()> {
    block_on(check_advisories(
        "imports [
            { service: { account: AGG, subject: '$JS.EVENT.ADVISORY.ACC.JS.>' }, to: '$JS.EVENT.ADVISORY.>' }
        ]",
        "exports: [
            { service: '$JS.EVENT.ADVISORY.ACC.*.>', response: Singleton, account_token_position: 5 }
        ]",
    ))
}

go_test!(
    1563,
    "jetstream_test",
    "TestJetStreamAccountImportJSAdvisoriesAsStream",
    advisories_as_a_stream
);
fn advisories_as_a_stream() -> anyhow::Result<()> {
    block_on(check_advisories(
        "exports [ { stream: '$JS.EVENT.ADVISORY.>' } ]",
        "imports: [
            { stream: { account: JS, subject: '$JS.EVENT.ADVISORY.>' }, to: '$JS.EVENT.ADVISORY.ACC.JS.>' }
        ]",
    ))
}

go_test!(
    1564,
    "jetstream_test",
    "TestJetStreamAccountImportAll",
    import_the_api
);
fn import_the_api() -> anyhow::Result<()> {
    block_on(async {
        let server = importing(
            r#"
                { service: "$JS.API.>" }
            "#,
            r#"
                { service: { subject: "$JS.API.>", account: JS }, to: "jsapi.>"}
            "#,
        );
        let config = json!({ "name": "ORDERS", "subjects": ["ORDERS.*"] });
        add_stream(&server.account("JS"), config);
        let client = server.anonymous().await?;
        let info = request(&client, "jsapi.INFO", &Value::Null).await?;
        assert_eq!(info["streams"], 1, "{info}");
        let names = request(&client, "jsapi.STREAM.NAMES", &Value::Null).await?;
        assert_eq!(names["streams"], json!(["ORDERS"]));
        Ok(())
    })
}

async fn watched(watch: &mut kv::Watch) -> anyhow::Result<(Operation, Vec<u8>)> {
    let entry = tokio::time::timeout(Duration::from_secs(5), watch.next()).await?;
    let entry = entry.ok_or_else(|| anyhow::anyhow!("the watch has ended"))??;
    assert_eq!(entry.key, "map");
    Ok((entry.operation, entry.value.to_vec()))
}

go_test!(
    1625,
    "jetstream_test",
    "TestJetStreamCrossAccounts",
    a_bucket_cross_accounts
);
fn a_bucket_cross_accounts() -> anyhow::Result<()> {
    block_on(async {
        let server = Configured::new(
            "listen: 127.0.0.1:-1
            jetstream { store_dir = STORE }
            accounts: {
                A: {
                    users: [ {user: a, password: a} ]
                    jetstream: enabled
                    exports: [ {service: '$JS.API.>' }, {service: '$KV.>'}, {stream: 'accI.>'} ]
                },
                I: {
                    users: [ {user: i, password: i} ]
                    imports: [
                        {service: {account: A, subject: '$JS.API.>'}, to: 'fromA.>' }
                        {service: {account: A, subject: '$KV.>'}, to: 'fromA.$KV.>' }
                        {stream: {subject: 'accI.>', account: A}}
                    ]
                }
            }",
        );
        let config = || kv::Config {
            bucket: "Map".to_owned(),
            history: 10,
            ..kv::Config::default()
        };
        let one = async_nats::jetstream::new(server.connect("a", "a").await?);
        let one = one.create_key_value(config()).await?;
        let mut first = one.watch("map").await?;
        let client = options()
            .user_and_password("i".to_owned(), "i".to_owned())
            .custom_inbox_prefix("accI")
            .connect(server.server.url())
            .await?;
        let context = async_nats::jetstream::with_prefix(client.clone(), "fromA");
        let two = context.create_key_value(config()).await?;
        let mut second = two.watch("map").await?;
        let rev = two.put("map", "value".into()).await?;
        for (step, expected) in [(0, "value"), (1, "updated")] {
            if step == 1 {
                two.update("map", expected.into(), rev).await?;
            }
            for bucket in [&one, &two] {
                assert_eq!(bucket.get("map").await?.unwrap(), expected);
            }
            for watch in [&mut first, &mut second] {
                let put = (Operation::Put, expected.as_bytes().to_vec());
                assert_eq!(watched(watch).await?, put);
            }
        }
        two.purge("map").await?;
        for watch in [&mut first, &mut second] {
            assert_eq!(watched(watch).await?.0, Operation::Purge);
        }
        let purge = json!({ "filter": "$KV.Map.map" });
        request(&client, "fromA.STREAM.PURGE.KV_Map", &purge).await?;
        assert_eq!(server.account("A").stream("KV_Map")?.state(false).msgs, 0);
        two.delete("map").await?;
        assert_eq!(one.get("map").await?, None);
        Ok(())
    })
}
