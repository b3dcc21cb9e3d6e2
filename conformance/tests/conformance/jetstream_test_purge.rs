//! Go: `server/jetstream_test.go`: streams that are purged.

use std::time::Duration;

use conformance::client::block_on;
use conformance::go_test;
use conformance::wait::elapse;
use nats_server::jetstream::stream::PurgeRequest;
use serde_json::json;

use crate::js_stream_support::STORAGES;
use crate::js_support::Js;

go_test!(
    1520,
    "jetstream_test",
    "TestJetStreamStreamPurge",
    stream_purge
);
fn stream_purge() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "DC", "storage": storage }))
                .await?;
            js.fill("DC", "OK!", 100).await?;
            assert_eq!(js.held("DC").msgs, 100);
            js.stream("DC").purge(&PurgeRequest::default())?;
            let held = js.held("DC");
            assert_eq!((held.msgs, held.first_time), (0, None));
            elapse(Duration::from_millis(10), "a new message is younger");
            let now = jiff::Timestamp::now();
            js.store("DC", "OK!").await?;
            let held = js.held("DC");
            assert_eq!(held.msgs, 1);
            assert!(held.first_time.unwrap() >= now);
            assert_eq!(held.first_time, held.last_time);
        }
        Ok(())
    })
}

go_test!(
    1720,
    "jetstream_test",
    "TestJetStreamMemoryPurgeClearsSubjectsState",
    memory_purge_clears_subjects
);
fn memory_purge_clears_subjects() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"], "storage": "memory" }))
            .await?;
        assert_eq!(js.store("foo", "").await?, 1);
        let wanted = json!({ "subjects_filter": ">" });
        let info = js.info("TEST", wanted.clone()).await?;
        assert_eq!(info["state"]["subjects"], json!({ "foo": 1 }));
        js.purge("TEST", json!({ "seq": 100 })).await?;
        let info = js.info("TEST", wanted).await?;
        assert!(info["state"]["subjects"].is_null(), "{info}");
        Ok(())
    })
}

go_test!(
    1677,
    "jetstream_test",
    "TestJetStreamPurgeExAndAccounting",
    purge_and_accounting
);
fn purge_and_accounting() -> anyhow::Result<()> {
    block_on(async {
        for (storage, field) in [("memory", "memory"), ("file", "storage")] {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "TEST", "storage": storage, "subjects": ["*"] }))
                .await?;
            for _ in 0..100 {
                js.store("foo", "accounting").await?;
                js.store("bar", "accounting").await?;
            }
            let before = js.account_info().await?[field].as_u64().unwrap();
            assert!(before > 0);
            js.purge("TEST", json!({ "filter": "foo" })).await?;
            let after = js.account_info().await?[field].as_u64().unwrap();
            assert_eq!(after, before / 2, "{storage}");
        }
        Ok(())
    })
}

go_test!(
    1749,
    "jetstream_test",
    "TestJetStreamPurgeExSeqSimple",
    purge_before_sequence
);
fn purge_before_sequence() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "TEST", "storage": storage, "subjects": ["test"] }))
                .await?;
            js.fill("test", &"\0".repeat(1024), 10_000).await?;
            assert_eq!(js.state("TEST").await?["messages"], 10_000);
            js.purge("TEST", json!({ "seq": 9_000 })).await?;
            let state = js.state("TEST").await?;
            assert_eq!(state["messages"], 1_001);
            assert!(state["num_deleted"].is_null());
            assert_eq!(state["first_seq"], 9_000);
            assert_eq!(state["last_seq"], 10_000);
        }
        Ok(())
    })
}

go_test!(
    1750,
    "jetstream_test",
    "TestJetStreamPurgeExSeqInInteriorDeleteGap",
    purge_before_sequence_in_a_gap
);
fn purge_before_sequence_in_a_gap() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            js.add_stream(json!({ "name": "TEST", "storage": storage, "subjects": ["test.*"] }))
                .await?;
            let payload = "\0".repeat(1024);
            js.store("test.start", &payload).await?;
            js.fill("test.mid", &payload, 10_000).await?;
            js.store("test.end", &payload).await?;
            assert_eq!(js.state("TEST").await?["messages"], 10_002);
            js.purge("TEST", json!({ "filter": "test.mid" })).await?;
            let state = js.state("TEST").await?;
            assert_eq!(state["messages"], 2);
            assert_eq!(state["num_deleted"], 10_000);
            js.purge("TEST", json!({ "seq": 9_000 })).await?;
            let state = js.state("TEST").await?;
            assert_eq!(state["messages"], 1);
            assert!(state["num_deleted"].is_null(), "{state}");
            assert_eq!(state["first_seq"], 10_002);
            assert_eq!(state["last_seq"], 10_002);
        }
        Ok(())
    })
}
