//! Go: `server/jetstream_test.go`: streams that copy another one.

use std::time::Duration;

use async_nats::ConnectOptions;
use conformance::accounts::configured;
use conformance::client::{block_on, options};
use conformance::go_test;
use conformance::server::RunningServer;
use conformance::wait::elapse;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::js_stream_support::{STORAGES, delivery, description, with};
use crate::js_support::{Js, err_code, eventually, request};

/// Waits until a stream has these messages, first and last sequence.
async fn until_is(
    js: &Js,
    stream: &str,
    (msgs, first, last): (u64, u64, u64),
) -> anyhow::Result<()> {
    let what = format!("{stream} has {msgs} messages from {first} to {last}");
    eventually(&what, async || {
        let held = js.held(stream);
        Ok(((held.msgs, held.first_seq, held.last_seq) == (msgs, first, last)).then_some(()))
    })
    .await
}

/// Mirrors that make no sense, and what is said of them.
async fn check_bad_mirrors(js: &Js) -> anyhow::Result<()> {
    let transform = |src: &str, dest: &str| json!({ "src": src, "dest": dest });
    let bad = [
        (
            json!({
                "filter_subject": "foo", "subject_transforms": [transform("foo", "foo3")],
            }),
            10150,
        ),
        (
            json!({ "subject_transforms": [transform(".*.", "foo3")] }),
            10151,
        ),
        (
            json!({ "subject_transforms": [transform("*", "{{wildcard(2)}}")] }),
            10154,
        ),
        (
            json!({ "subject_transforms": [transform("foo", ""), transform("foo", "bar")] }),
            10152,
        ),
    ];
    for (more, expected) in bad {
        let mirror = with(&json!({ "name": "S1" }), more);
        let refused = js
            .try_stream(&json!({ "name": "MBAD", "mirror": mirror }))
            .await?;
        assert_eq!(err_code(&refused), expected, "{refused}");
    }
    Ok(())
}

/// How many messages each subject of a stream has.
async fn subjects(js: &Js, stream: &str) -> anyhow::Result<Value> {
    let info = js.info(stream, json!({ "subjects_filter": ">" })).await?;
    Ok(info["state"]["subjects"].clone())
}

go_test!(
    1574,
    "jetstream_test",
    "TestJetStreamMirrorBasics",
    mirror_basics
);
fn mirror_basics() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let origin = json!(["foo", "bar", "baz"]);
        let config = json!({ "name": "M1", "subjects": origin, "mirror": { "name": "S1" } });
        let refused = js.try_stream(&config).await?;
        assert!(description(&refused).contains("stream mirrors can not"));
        js.add_stream(json!({ "name": "S1", "subjects": origin }))
            .await?;
        let mirror = async |name: &str, more: Value| {
            let source = with(&json!({ "name": "S1" }), more);
            js.add_stream(json!({ "name": name, "mirror": source }))
                .await
        };
        mirror("M1", json!({})).await?;
        js.fill("foo", "OK", 100).await?;
        until_is(&js, "M1", (100, 1, 100)).await?;
        let told = &js.info("M1", Value::Null).await?["mirror"];
        assert_eq!((&told["name"], &told["lag"]), (&json!("S1"), &json!(0)));
        assert!(told["active"].as_i64().is_some_and(|active| active >= 0));

        js.purge("S1", Value::Null).await?;
        js.fill("bar", "OK", 50).await?;
        mirror("M2", json!({})).await?;
        until_is(&js, "M2", (50, 101, 150)).await?;
        js.fill("baz", "OK", 100).await?;
        mirror("M3", json!({ "opt_start_seq": 150 })).await?;
        until_is(&js, "M3", (101, 150, 250)).await?;
        let start = jiff::Timestamp::now().checked_sub(Duration::from_secs(7200))?;
        mirror("M4", json!({ "opt_start_time": start })).await?;
        until_is(&js, "M4", (150, 101, 250)).await?;

        check_bad_mirrors(&js).await?;
        let transform = |src: &str, dest: &str| json!({ "src": src, "dest": dest });
        mirror(
            "M5",
            json!({ "subject_transforms": [transform("foo", "foo2")] }),
        )
        .await?;
        let both = [transform("bar", "bar2"), transform("baz", "baz2")];
        mirror("M6", json!({ "subject_transforms": both })).await?;
        js.fill("foo", "OK", 100).await?;
        until_is(&js, "M5", (100, 251, 350)).await?;
        assert_eq!(subjects(&js, "M5").await?, json!({ "foo2": 100 }));
        until_is(&js, "M6", (150, 101, 250)).await?;
        let expected = json!({ "bar2": 50, "baz2": 100 });
        assert_eq!(subjects(&js, "M6").await?, expected);
        Ok(())
    })
}

go_test!(
    1575,
    "jetstream_test",
    "TestJetStreamMirrorStripExpectedHeaders",
    mirrors_expect_nothing
);
fn mirrors_expect_nothing() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "S", "subjects": ["foo"] }))
            .await?;
        js.add_stream(json!({ "name": "M", "mirror": { "name": "S" } }))
            .await?;
        assert_eq!(js.store("foo", "").await?, 1);
        js.until_held("M", 1).await?;
        let expected = [("Nats-Expected-Stream", "S")];
        assert_eq!(js.store_with("foo", &expected, "").await?["seq"], 2);
        js.until_held("M", 2).await?;
        let copy = js.message("M", 2).await?;
        assert!(copy["message"]["hdrs"].is_null(), "{copy}");
        Ok(())
    })
}

go_test!(
    1576,
    "jetstream_test",
    "TestJetStreamMirrorUpdatePreventsSubjects",
    mirrors_have_no_subjects
);
fn mirrors_have_no_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "ORIGINAL" })).await?;
        let config = json!({ "name": "MIRROR", "mirror": { "name": "ORIGINAL" } });
        js.add_stream(config.clone()).await?;
        let more = with(&config, json!({ "subjects": ["x"] }));
        let refused = js.try_update(&more).await?;
        let expected = "stream mirrors can not contain subjects";
        assert_eq!(description(&refused), expected);
        Ok(())
    })
}

go_test!(
    1655,
    "jetstream_test",
    "TestJetStreamMirrorUpdatesNotSupported",
    mirrors_can_be_promoted
);
fn mirrors_can_be_promoted() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "SOURCE" })).await?;
        js.add_stream(json!({ "name": "M", "mirror": { "name": "SOURCE" } }))
            .await?;
        let promoted = js.update(&json!({ "name": "M" })).await?;
        assert!(promoted["config"]["mirror"].is_null());
        Ok(())
    })
}

go_test!(
    1656,
    "jetstream_test",
    "TestJetStreamMirrorFirstSeqNotSupported",
    mirrors_have_no_first_sequence
);
fn mirrors_have_no_first_sequence() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "SOURCE" })).await?;
        let config = json!({ "name": "M", "mirror": { "name": "SOURCE" }, "first_seq": 123 });
        assert_eq!(err_code(&js.try_stream(&config).await?), 10143);
        Ok(())
    })
}

go_test!(
    1735,
    "jetstream_test",
    "TestJetStreamSubjectDeleteMarkersWithMirror",
    mirrors_make_no_markers
);
fn mirrors_make_no_markers() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let second = 1_000_000_000;
        js.add_stream(json!({ "name": "Origin", "subjects": ["test"], "max_age": second }))
            .await?;
        let config = json!({
            "name": "Mirror", "allow_msg_ttl": true, "subject_delete_marker_ttl": second,
            "mirror": { "name": "Origin" },
        });
        let refused = js.try_stream(&config).await?;
        let expected = "subject delete markers forbidden on mirrors";
        assert_eq!(description(&refused), expected);
        Ok(())
    })
}

/// Where the only consumer of `ORIGIN` is, as soon as there is one.
async fn position_at_origin(js: &Js) -> anyhow::Result<u64> {
    use nats_server::jetstream::assets::as_consumer;
    eventually("the origin has a consumer", async || {
        let consumers = js.stream("ORIGIN").all_consumers();
        let [only] = consumers.as_slice() else {
            return Ok(None);
        };
        let consumer = as_consumer(std::sync::Arc::clone(only)).unwrap();
        Ok(consumer.info().map(|info| info.delivered.stream_seq + 1))
    })
    .await
}

/// A start beyond the origin's end is taken back to what comes next there.
fn check_clipped(kind: &str) -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "ORIGIN", "subjects": ["test"] }))
            .await?;
        js.fill("test", "", 10).await?;
        let source = json!({ "name": "ORIGIN", "opt_start_seq": 20 });
        let config = if kind == "mirror" {
            json!({ "name": "OTHER", "mirror": source })
        } else {
            json!({ "name": "OTHER", "sources": [source] })
        };
        js.add_stream(config).await?;
        assert_eq!(position_at_origin(&js).await?, 11);
        // Such consumers are nobody's business.
        assert_eq!(js.held("ORIGIN").consumers, 0);
        Ok(())
    })
}

go_test!(
    1717,
    "jetstream_test",
    "TestJetStreamSourcingClipStartSeq",
    sourcing_starts_within_the_origin
);
fn sourcing_starts_within_the_origin() -> anyhow::Result<()> {
    check_clipped("source")
}

go_test!(
    1718,
    "jetstream_test",
    "TestJetStreamMirroringClipStartSeq",
    mirroring_starts_within_the_origin
);
fn mirroring_starts_within_the_origin() -> anyhow::Result<()> {
    check_clipped("mirror")
}

/// A stream that takes what another one has twice under the same ID, which that one
/// has forgotten in between.
fn check_without_duplicate_window(take: Value) -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(
            json!({ "name": "TEST", "subjects": ["foo"], "duplicate_window": 1_000_000_000 }),
        )
        .await?;
        let publish = async || js.store_with("foo", &[("Nats-Msg-Id", "msgId")], "").await;
        let ack = publish().await?;
        assert_eq!((&ack["seq"], ack["duplicate"] == true), (&json!(1), false));
        let ack = publish().await?;
        assert_eq!((&ack["seq"], ack["duplicate"] == true), (&json!(1), true));
        elapse(Duration::from_millis(1200), "the ID is forgotten");
        let ack = publish().await?;
        assert_eq!((&ack["seq"], ack["duplicate"] == true), (&json!(2), false));
        js.add_stream(with(
            &json!({ "name": "OTHER", "duplicate_window": 0 }),
            take,
        ))
        .await?;
        until_is(&js, "OTHER", (2, 1, 2)).await
    })
}

go_test!(
    1778,
    "jetstream_test",
    "TestJetStreamStreamMirrorWithoutDuplicateWindow",
    mirror_without_duplicate_window
);
fn mirror_without_duplicate_window() -> anyhow::Result<()> {
    check_without_duplicate_window(json!({ "mirror": { "name": "TEST" } }))
}

go_test!(
    1779,
    "jetstream_test",
    "TestJetStreamStreamSourceWithoutDuplicateWindow",
    source_without_duplicate_window
);
fn source_without_duplicate_window() -> anyhow::Result<()> {
    check_without_duplicate_window(json!({ "sources": [{ "name": "TEST" }] }))
}

/// What lives for a second in an origin lives as long in a stream that takes from
/// it, if that has limits for messages, and from when it has them.
fn check_ttl(take: fn(&str) -> Value) -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let base = json!({ "storage": storage, "allow_msg_ttl": true });
            js.add_stream(with(
                &base,
                json!({ "name": "Origin", "subjects": ["test"] }),
            ))
            .await?;
            let enabled = with(&base, json!({ "name": "TTLEnabled" }));
            js.add_stream(with(&enabled, take("Origin"))).await?;
            let off = json!({ "name": "TTLDisabled", "allow_msg_ttl": false });
            let disabled = with(&with(&base, off), take("Origin"));
            js.add_stream(disabled.clone()).await?;
            js.store_with("test", &[("Nats-TTL", "1s")], "").await?;
            for stream in ["TTLEnabled", "TTLDisabled"] {
                let consumer = json!({ "durable_name": "consumer", "ack_policy": "explicit" });
                js.add_consumer(stream, consumer).await?;
                let message = js.pull(stream, "consumer").await?;
                assert_eq!(crate::js_support::header(&message, "Nats-TTL"), "1s");
                assert_eq!(delivery(&message)?.stream_seq, 1);
            }
            js.until_held("TTLEnabled", 0).await?;
            elapse(
                Duration::from_millis(500),
                "the other would have removed it",
            );
            assert_eq!(js.held("TTLDisabled").msgs, 1);
            js.update(&with(&disabled, json!({ "allow_msg_ttl": true })))
                .await?;
            js.until_held("TTLDisabled", 0).await?;
        }
        Ok(())
    })
}

go_test!(
    1729,
    "jetstream_test",
    "TestJetStreamMessageTTLWhenSourcing",
    ttl_when_sourcing
);
fn ttl_when_sourcing() -> anyhow::Result<()> {
    check_ttl(|origin| json!({ "sources": [{ "name": origin }] }))
}

go_test!(
    1730,
    "jetstream_test",
    "TestJetStreamMessageTTLWhenMirroring",
    ttl_when_mirroring
);
fn ttl_when_mirroring() -> anyhow::Result<()> {
    check_ttl(|origin| json!({ "mirror": { "name": origin } }))
}

/// Two accounts of which one lets the other copy three subjects of its stream.
fn two_accounts(directory: &TempDir) -> RunningServer {
    let export = |letter: char| {
        format!(
            "{{ service: \"$JS.API.CONSUMER.CREATE.S.*.public.{letter}\", \
             response_type: stream, accounts: [\"INTERNAL_ACCOUNT\"] }}"
        )
    };
    let import = |letter: char| {
        format!(
            "{{ service: {{ account: \"PUBLIC_ACCOUNT\", \
             subject: \"$JS.API.CONSUMER.CREATE.S.*.public.{letter}\" }}, \
             to: \"JS.PUBLIC_ACCOUNT.CONSUMER.CREATE.S.*.public.{letter}\" }}"
        )
    };
    let all = |of: &dyn Fn(char) -> String| ['a', 'b', 'c'].map(of).join("\n");
    configured(&format!(
        r#"
        listen: "127.0.0.1:-1"
        jetstream: {{store_dir: {:?}}}
        accounts: {{
            PUBLIC_ACCOUNT: {{
                jetstream: enabled
                exports: [
                    {}
                    {{ service: "$JS.FC.>" }}
                    {{ stream: "shared.public.>", accounts: ["INTERNAL_ACCOUNT"] }}
                ]
                users: [ {{user: "public", password: "pwd"}} ]
            }}
            INTERNAL_ACCOUNT: {{
                jetstream: enabled
                imports: [
                    {}
                    {{ service: {{ account: "PUBLIC_ACCOUNT", subject: "$JS.FC.>" }}, to: "$JS.FC.>" }}
                    {{ stream: {{ account: "PUBLIC_ACCOUNT", subject: "shared.public.>" }}, to: "shared.public.>" }}
                ]
                users: [ {{user: "internal", password: "pwd"}} ]
            }}
        }}
        "#,
        directory.path().display().to_string(),
        all(&export),
        all(&import),
    ))
}

async fn connect_as(server: &RunningServer, user: &str) -> anyhow::Result<async_nats::Client> {
    let own: ConnectOptions = options().user_and_password(user.to_owned(), "pwd".to_owned());
    Ok(own.connect(server.url()).await?)
}

/// A mirror has this message under this sequence.
async fn until_has(
    client: &async_nats::Client,
    stream: &str,
    seq: u64,
    subject: &str,
    msgs: u64,
) -> anyhow::Result<()> {
    eventually(&format!("{stream} has {seq}"), async || {
        let info = request(
            client,
            &format!("$JS.API.STREAM.INFO.{stream}"),
            &Value::Null,
        )
        .await?;
        Ok((info["state"]["messages"] == msgs).then_some(()))
    })
    .await?;
    let wanted = json!({ "seq": seq });
    let got = request(client, &format!("$JS.API.STREAM.MSG.GET.{stream}"), &wanted).await?;
    assert_eq!(got["message"]["subject"], subject, "{got}");
    Ok(())
}

go_test!(
    1743,
    "jetstream_test",
    "TestJetStreamMirrorCrossAccountWithFilteredSubjectAndSubjectTransform",
    mirror_across_accounts
);
fn mirror_across_accounts() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = two_accounts(&directory);
        let public = connect_as(&server, "public").await?;
        let config = json!({ "name": "S", "subjects": ["public.>"] });
        let made = request(&public, "$JS.API.STREAM.CREATE.S", &config).await?;
        assert!(made["error"].is_null(), "{made}");
        let internal = connect_as(&server, "internal").await?;
        let mirrors = [
            ("M1", "a", json!({ "filter_subject": "public.a" }), "a"),
            (
                "M2",
                "b",
                json!({ "subject_transforms": [{ "src": "public.b" }] }),
                "b",
            ),
            (
                "M3",
                "c",
                json!({ "subject_transforms": [{ "src": "public.c", "dest": "public.d" }] }),
                "d",
            ),
        ];
        for (at, (name, published, filter, stored)) in (1..).zip(&mirrors) {
            let external = json!({ "api": "JS.PUBLIC_ACCOUNT", "deliver": "shared.public" });
            let mirror = with(
                &json!({ "name": "S", "external": external }),
                filter.clone(),
            );
            let config = json!({ "name": name, "mirror": mirror });
            let made =
                request(&internal, &format!("$JS.API.STREAM.CREATE.{name}"), &config).await?;
            assert!(made["error"].is_null(), "{made}");
            let answer = request(&public, &format!("public.{published}"), &json!("hello")).await?;
            assert_eq!(answer["seq"], at);
            until_has(&internal, name, at, &format!("public.{stored}"), 1).await?;
        }
        drop((internal, public));
        drop(server);

        let server = two_accounts(&directory);
        let internal = connect_as(&server, "internal").await?;
        for (at, (name, _, _, stored)) in (1..).zip(&mirrors) {
            until_has(&internal, name, at, &format!("public.{stored}"), 1).await?;
        }
        let public = connect_as(&server, "public").await?;
        for (_, published, _, _) in &mirrors {
            request(&public, &format!("public.{published}"), &json!("hello")).await?;
        }
        for (at, (name, _, _, stored)) in (1..).zip(&mirrors) {
            for seq in [at, at + 3] {
                until_has(&internal, name, seq, &format!("public.{stored}"), 2).await?;
            }
        }
        Ok(())
    })
}
