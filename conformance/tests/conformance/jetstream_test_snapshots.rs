//! Go: `server/jetstream_test.go`: archives of streams.

use std::io::Read as _;
use std::time::Duration;

use conformance::archive::with_files;
use conformance::client::block_on;
use conformance::go_test;
use nats_server::monitor::HealthzOptions;
use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use serde_json::json;

use crate::js_support::Js;

go_test!(1508, "jetstream_test", "TestJetStreamSnapshots", snapshots);
fn snapshots() -> anyhow::Result<()> {
    const NAME: &str = "MY-STREAM";
    block_on(async {
        let js = Js::start().await?;
        let subjects = ["foo", "bar", "baz"];
        let config = json!({ "name": NAME, "subjects": subjects, "max_msgs": 1000 });
        js.add_stream(config).await?;
        let count = rand::rng().random_range(22..222);
        for number in 1..=count {
            let subject = subjects.choose(&mut rand::rng()).unwrap();
            js.store(subject, &format!("Hello World {number}")).await?;
        }
        let mut consumers = Vec::new();
        for number in 1..=rand::rng().random_range(1..=10) {
            let name = format!("WQ-{number}");
            let config = json!({ "durable_name": name, "ack_policy": "explicit" });
            js.add_consumer(NAME, config).await?;
            let taken = rand::rng().random_range(1..=count / 2);
            for _ in 0..taken {
                let message = js.pull(NAME, &name).await?;
                js.ack(&message).await?;
            }
            consumers.push((name, taken));
        }
        let (config, state) = (js.stream(NAME).config(), js.held(NAME));
        let mut archive = Vec::new();
        let patience = Duration::from_secs(5);
        let mut snapshot = js.stream(NAME).store().snapshot(patience, true, false)?;
        snapshot.reader.read_to_end(&mut archive)?;
        let restore = |js: &Js| js.account().restore_stream(&config, &mut &archive[..]);
        let refused = restore(&js).unwrap_err().description;
        assert!(refused.contains("name already in use"), "{refused}");

        let usage = js.account().stats();
        js.account().delete_stream(NAME)?;
        let stream = restore(&js)?;
        assert_eq!(js.account().stats(), usage);
        assert_eq!(js.held(NAME), state);
        assert_eq!(stream.config(), config);
        assert_eq!(stream.all_consumers().len(), consumers.len());
        for (name, taken) in consumers {
            let info = js.consumer(NAME, &name).await?;
            assert_eq!(info["delivered"]["stream_seq"], taken, "{name}");
            // The next is the one after those.
            let message = js.pull(NAME, &name).await?;
            assert_eq!(message.payload, format!("Hello World {}", taken + 1));
        }

        let other = Js::start().await?;
        restore(&other)?;
        other.pull(NAME, "WQ-1").await?;
        Ok(())
    })
}

go_test!(
    1621,
    "jetstream_test",
    "TestJetStreamRestoreBadStream",
    restore_bad_stream
);
fn restore_bad_stream() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"] }))
            .await?;
        js.fill("foo", "a message", 10).await?;
        js.add_consumer("TEST", json!({ "durable_name": "test" }))
            .await?;
        let config = js.stream("TEST").config();
        let mut archive = Vec::new();
        let mut snapshot =
            js.stream("TEST")
                .store()
                .snapshot(Duration::from_secs(5), true, false)?;
        snapshot.reader.read_to_end(&mut archive)?;
        js.account().delete_stream("TEST")?;
        let config = serde_json::to_value(&*config)?;
        let names = ["../../fail1.txt", "obs/test/../../../../fail2.txt"];
        for (more, is_good) in [
            (&names[..], false),
            (&names[..1], false),
            (&names[1..], false),
            (&[], true),
        ] {
            let more: Vec<(&str, &[u8])> = more
                .iter()
                .map(|name| (*name, &b"this should not be there"[..]))
                .collect();
            let restored = js
                .restore(&config, &with_files(&archive, &more)?, 1024)
                .await?;
            let told = restored["error"]["description"]
                .as_str()
                .unwrap_or_default();
            assert_eq!(told.contains("unexpected"), !is_good, "{restored}");
            let account = js.directory.path().join("jetstream/$G");
            for name in ["fail1.txt", "fail2.txt"] {
                assert!(!account.join(name).exists(), "{name}");
            }
        }
        // Without them it is a stream.
        assert_eq!(js.held("TEST").msgs, 10);
        Ok(())
    })
}

go_test!(
    1683,
    "jetstream_test",
    "TestJetStreamSnapshotRestoreStallAndHealthz",
    staging_and_health
);
fn staging_and_health() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "ORDERS", "subjects": ["orders.*"] }))
            .await?;
        js.fill("orders.created", "new order", 1000).await?;
        let check = || {
            let health = js.server.server().healthz(&HealthzOptions::default());
            assert_eq!((health.status.as_str(), health.error.as_str()), ("ok", ""));
        };
        check();
        // As a restore that is under way has it.
        let staging = js.directory.path().join("jetstream/.snap-staging");
        std::fs::create_dir_all(staging)?;
        check();
        Ok(())
    })
}
