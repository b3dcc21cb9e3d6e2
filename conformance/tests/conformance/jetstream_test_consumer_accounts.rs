//! Go: `server/jetstream_test.go`: consumers of servers with a configuration: several
//! accounts, permissions, limits.

use anyhow::Context as _;
use conformance::client::{block_on, expect_nothing, next};
use conformance::go_test;
use nats_server::jetstream::assets::as_consumer;
use serde_json::{Value, json};

use crate::js_consumer_support::{QUIET, take, take_all};
use crate::js_support::{Configured, err_code, eventually, request, status};

go_test!(
    1610,
    "jetstream_test",
    "TestJetStreamCrossAccountsDeliverSubjectInterest",
    deliver_subject_of_another_account
);
fn deliver_subject_of_another_account() -> anyhow::Result<()> {
    block_on(async {
        let server = Configured::new(
            r#"
            listen: 127.0.0.1:-1
            jetstream: { store_dir: STORE }
            accounts: {
                A: {
                    jetstream: enabled
                    users: [{ user: a, password: pwd }]
                    exports: [{ stream: "_d_" }]
                }
                B: {
                    users: [{ user: b, password: pwd }]
                    imports: [{ stream: { account: A, subject: "_d_" }, to: "foo" }]
                }
            }
            "#,
        );
        let a = server.user("a").await?;
        let stream = json!({ "name": "TEST", "subjects": ["foo"] });
        request(&a, "$JS.API.STREAM.CREATE.TEST", &stream).await?;
        for _ in 0..100 {
            request(&a, "foo", &json!("OK")).await?;
        }
        let config = json!({ "durable_name": "dlc", "deliver_subject": "_d_" });
        let config = json!({ "stream_name": "TEST", "config": config });
        let made = request(&a, "$JS.API.CONSUMER.CREATE.TEST.dlc", &config).await?;
        assert!(made["error"].is_null(), "{made}");
        // The import alone is nobody who listens.
        tokio::time::sleep(QUIET).await;
        let counts = async || {
            let info = request(&a, "$JS.API.CONSUMER.INFO.TEST.dlc", &Value::Null).await?;
            let delivered = info["delivered"]["consumer_seq"].clone();
            anyhow::Ok((info["num_pending"].clone(), delivered))
        };
        assert_eq!(counts().await?, (json!(100), json!(0)));
        let b = server.user("b").await?;
        let mut deliveries = b.subscribe("foo").await?;
        take_all(&mut deliveries, 100).await?;
        assert_eq!(counts().await?, (json!(0), json!(100)));
        Ok(())
    })
}

go_test!(
    1630,
    "jetstream_test",
    "TestJetStreamImportConsumerStreamSubjectRemapSingle",
    imported_deliveries
);
fn imported_deliveries() -> anyhow::Result<()> {
    block_on(async {
        for queue in [None, Some("queue")] {
            let server = Configured::new(
                r#"
                listen: 127.0.0.1:-1
                jetstream: { store_dir: STORE }
                accounts: {
                    JS: {
                        jetstream: enabled
                        users: [{ user: js, password: pwd }]
                        exports: [
                            { stream: "deliver.*" }
                            { stream: "foo.*" }
                            { service: "$JS.ACK.ORDERS.*.>" }
                            { service: "$JS.FC.>" }
                        ]
                    }
                    IM: {
                        users: [{ user: im, password: pwd }]
                        imports: [
                            { stream: { account: JS, subject: "deliver.ORDERS" }, to: "d.*" }
                            { stream: { account: JS, subject: "foo.*" }, to: "bar.*" }
                            { service: { account: JS, subject: "$JS.FC.>" } }
                        ]
                    }
                }
                "#,
            );
            let js = server.user("js").await?;
            let im = server.user("im").await?;
            let stream = json!({ "name": "ORDERS", "subjects": ["foo"], "storage": "memory" });
            request(&js, "$JS.API.STREAM.CREATE.ORDERS", &stream).await?;
            request(&js, "foo", &json!("OK")).await?;
            for (to, listens) in [("deliver.ORDERS", "d.ORDERS"), ("foo.ORDERS", "bar.ORDERS")] {
                let config = json!({
                    "deliver_subject": to, "ack_policy": "explicit", "deliver_group": queue,
                });
                let config = json!({ "stream_name": "ORDERS", "config": config });
                let made = request(&js, "$JS.API.CONSUMER.CREATE.ORDERS", &config).await?;
                assert!(made["error"].is_null(), "{made}");
                let mut deliveries = match queue {
                    Some(queue) => im.queue_subscribe(listens, queue.to_owned()).await?,
                    None => im.subscribe(listens).await?,
                };
                let message = next(&mut deliveries).await;
                let message = message.with_context(|| format!("to {listens} of {queue:?}"))?;
                assert_eq!(message.subject.as_str(), "foo");
                assert_eq!(message.payload, "OK");
            }
        }
        Ok(())
    })
}

go_test!(
    1661,
    "jetstream_test",
    "TestJetStreamSubjectBasedFilteredConsumers",
    subject_based_filtered_consumers
);
fn subject_based_filtered_consumers() -> anyhow::Result<()> {
    block_on(async {
        let server = Configured::new(
            r#"
            listen: 127.0.0.1:-1
            jetstream: { store_dir: STORE }
            accounts: {
                A: {
                    jetstream: enabled
                    users: [{
                        user: u, password: pwd
                        permissions: {
                            publish: {
                                allow: [
                                    "ID.>", "$JS.API.INFO", "$JS.API.STREAM.>",
                                    "$JS.API.CONSUMER.INFO.>",
                                    "$JS.API.CONSUMER.CREATE.TEST.VIN-xxx.ID.foo.>",
                                ]
                                deny: [
                                    "$JS.API.CONSUMER.CREATE.*",
                                    "$JS.API.CONSUMER.DURABLE.CREATE.*.*"
                                ]
                            }
                        }
                    }]
                }
            }
            "#,
        );
        let client = server.user("u").await?;
        let stream = json!({ "name": "TEST", "subjects": ["ID.*.*"] });
        request(&client, "$JS.API.STREAM.CREATE.TEST", &stream).await?;
        for n in 0..300 {
            let token = ["foo", "bar", "baz"][n % 3];
            request(&client, &format!("ID.{token}.{n}"), &Value::Null).await?;
        }
        let info = request(&client, "$JS.API.STREAM.INFO.TEST", &Value::Null).await?;
        assert_eq!(info["state"]["messages"], 300);
        let create = |filter: &str| {
            let config = json!({
                "deliver_policy": "last", "filter_subject": filter, "ack_policy": "explicit",
            });
            json!({ "stream_name": "TEST", "config": config })
        };
        // What the permissions do not name is not answered.
        let forbidden = [
            ("CREATE.TEST", "ID.foo.*"),
            ("DURABLE.CREATE.TEST.dlc", "ID.foo.*"),
            ("CREATE.TEST.VIN-zzz.ID.foo.*", "ID.foo.*"),
            ("CREATE.TEST.VIN-xxx.ID.bar.*", "ID.bar.*"),
        ];
        for (subject, filter) in forbidden {
            let inbox = client.new_inbox();
            let mut answers = client.subscribe(inbox.clone()).await?;
            let subject = format!("$JS.API.CONSUMER.{subject}");
            let payload = create(filter).to_string();
            client
                .publish_with_reply(subject, inbox, payload.into())
                .await?;
            expect_nothing(&mut answers, QUIET).await?;
        }
        let allowed = "$JS.API.CONSUMER.CREATE.TEST.VIN-xxx.ID.foo.*";
        let made = request(&client, allowed, &create("ID.foo.*")).await?;
        assert!(made["error"].is_null(), "{made}");
        assert_eq!(made["name"], "VIN-xxx");
        assert!(made["config"]["inactive_threshold"].as_u64() > Some(0));
        let refused = request(&client, allowed, &create("ID.bar.*")).await?;
        assert_eq!(err_code(&refused), 10131, "{refused}");
        Ok(())
    })
}

go_test!(
    1713,
    "jetstream_test",
    "TestJetStreamRateLimitHighStreamIngest",
    ingest_is_limited
);
fn ingest_is_limited() -> anyhow::Result<()> {
    block_on(async {
        let server = Configured::new(
            r#"
            listen: 127.0.0.1:-1
            jetstream: {
                store_dir: STORE
                max_buffered_size: 1kb
                max_buffered_msgs: 1
            }
            "#,
        );
        let jetstream = server.server.server().jetstream().unwrap();
        let config = &jetstream.host().config;
        assert_eq!(
            (config.stream_queue_bytes, config.stream_queue_msgs),
            (1024, 1)
        );
        let client = server.anonymous().await?;
        let stream = json!({ "name": "TEST", "subjects": ["test"] });
        request(&client, "$JS.API.STREAM.CREATE.TEST", &stream).await?;
        let inbox = client.new_inbox();
        let mut answers = client.subscribe(inbox.clone()).await?;
        for _ in 0..1_000 {
            client
                .publish_with_reply("test", inbox.clone(), "".into())
                .await?;
        }
        let answers = take(&mut answers, 1_000).await?;
        let limited = answers.iter().filter(|answer| status(answer).0 == 429);
        assert!(limited.count() > 0, "none was refused");
        assert!(
            answers.iter().any(|answer| status(answer).0 == 0),
            "some were stored"
        );
        Ok(())
    })
}

go_test!(
    1785,
    "jetstream_test",
    "TestJetStreamFlowControlCrossAccountFanOut",
    flow_control_across_accounts
);
fn flow_control_across_accounts() -> anyhow::Result<()> {
    block_on(async {
        let origin = |letter: &str| {
            format!(
                r#"
                ACCT_{letter}: {{
                    jetstream: enabled
                    users: [{{ user: usr{letter}, password: pwd }}]
                    exports: [
                        {{ service: "$JS.API.CONSUMER.>" }}
                        {{ stream: "RI.DELIVER.{letter}.>" }}
                        {{ service: "$JS.FC.>" }}
                    ]
                }}
                "#
            )
        };
        let import = |letter: &str| {
            format!(
                r#"
                {{ service: {{ account: ACCT_{letter}, subject: "$JS.API.CONSUMER.>" }},
                  to: "RI.JS.{letter}.API.CONSUMER.>" }}
                {{ stream: {{ account: ACCT_{letter}, subject: "RI.DELIVER.{letter}.>" }} }}
                {{ service: {{ account: ACCT_{letter}, subject: "$JS.FC.>" }} }}
                "#
            )
        };
        let server = Configured::new(&format!(
            r#"
            listen: 127.0.0.1:-1
            jetstream: {{ store_dir: STORE }}
            accounts: {{
                {}
                {}
                SOURCER: {{
                    jetstream: enabled
                    users: [{{ user: src, password: pwd }}]
                    imports: [{}{}]
                }}
                $SYS: {{ users: [{{ user: admin, password: pwd }}] }}
            }}
            "#,
            origin("A"),
            origin("B"),
            import("A"),
            import("B"),
        ));
        // More than half of the window that flow control begins with.
        let payload = "X".repeat(256 * 1024);
        let mut sources = Vec::new();
        for letter in ["A", "B"] {
            let client = server.user(&format!("usr{letter}")).await?;
            let stream = json!({ "name": "TEST", "subjects": [letter] });
            request(&client, "$JS.API.STREAM.CREATE.TEST", &stream).await?;
            for _ in 0..10 {
                let ack = request(&client, letter, &json!(payload)).await?;
                assert!(ack["error"].is_null(), "{ack}");
            }
            sources.push(json!({
                "name": "TEST", "external": {
                    "api": format!("RI.JS.{letter}.API"),
                    "deliver": format!("RI.DELIVER.{letter}"),
                },
            }));
        }
        let client = server.user("src").await?;
        let stream = json!({ "name": "DEST", "sources": sources });
        let made = request(&client, "$JS.API.STREAM.CREATE.DEST", &stream).await?;
        assert!(made["error"].is_null(), "{made}");
        let info = eventually("all have come, and all know", async || {
            let info = request(&client, "$JS.API.STREAM.INFO.DEST", &Value::Null).await?;
            let level = info["sources"]
                .as_array()
                .is_some_and(|all| all.iter().all(|source| source["lag"] == 0));
            Ok((info["state"]["messages"] == 20 && level).then_some(info))
        })
        .await?;
        assert_eq!(info["sources"].as_array().unwrap().len(), 2);
        for account in ["ACCT_A", "ACCT_B"] {
            let jetstream = server.server.server().jetstream().unwrap();
            let stream = jetstream.account(account).unwrap().stream("TEST")?;
            let mut consumers = stream.all_consumers();
            assert_eq!(consumers.len(), 1);
            let consumer = consumers.pop().and_then(as_consumer).unwrap();
            // Its window has grown with the answers.
            eventually("the window grows", async || {
                let (now, limit) = consumer.max_pending_bytes().unwrap();
                Ok((now > limit / 16).then_some(()))
            })
            .await?;
        }
        Ok(())
    })
}
