//! Go: `server/filestore_test.go`: what concerns a stream of a server.

use anyhow::Context;
use conformance::client::block_on;
use conformance::go_test;
use nats_server::jetstream::store::file::record_size;
use serde_json::{Value, json};

use super::js_support::Js;

go_test!(
    569,
    "filestore_test",
    "TestFileStorePurgeMsgBlockAccounting",
    blocks_that_go_are_accounted_for
);
fn blocks_that_go_are_accounted_for() -> anyhow::Result<()> {
    const LEN: usize = 1024 * 1024;
    let each = record_size(3, 0, LEN);
    let limits = [json!({ "max_msgs": 1 }), json!({ "max_bytes": each })];
    for limit in limits {
        block_on(async {
            let js = Js::start().await?;
            let mut config = json!({ "name": "TEST", "subjects": ["foo"], "storage": "file" });
            js.add_stream(config.clone()).await?;
            let payload = "x".repeat(LEN);
            for _ in 0..10 {
                js.store("foo", &payload).await?;
            }
            // The bytes of the stream, and those that the account uses.
            let bytes = async || -> anyhow::Result<(u64, u64)> {
                let state = js.state("TEST").await?;
                let account = js.api("INFO", Value::Null).await?;
                Ok((
                    state["bytes"].as_u64().context("bytes")?,
                    account["storage"].as_u64().context("storage")?,
                ))
            };
            assert_eq!(bytes().await?, (10 * each, 10 * each));
            for (key, value) in limit.as_object().context("an object")? {
                config[key] = value.clone();
            }
            let updated = js.api("STREAM.UPDATE.TEST", config).await?;
            assert_eq!(updated["error"], Value::Null);
            assert_eq!(bytes().await?, (each, each));
            anyhow::Ok(())
        })?;
    }
    Ok(())
}

go_test!(
    575,
    "filestore_test",
    "TestJetStreamFileStoreSubjectsRemovedAfterSecureErase",
    subjects_go_with_erased_messages
);
fn subjects_go_with_erased_messages() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({ "name": "TEST", "subjects": ["test.*"], "storage": "file" });
        js.add_stream(config).await?;
        for number in 1..=3 {
            js.store(&format!("test.{number}"), &format!("msg{number}"))
                .await?;
        }
        let state = async || -> anyhow::Result<Value> {
            let filter = json!({ "subjects_filter": ">" });
            let info = js.api("STREAM.INFO.TEST", filter).await?;
            Ok(info["state"].clone())
        };
        let before = state().await?;
        assert_eq!(before["num_subjects"], 3);
        let all = json!({ "test.1": 1, "test.2": 1, "test.3": 1 });
        assert_eq!(before["subjects"], all);
        // Erasing is the default.
        let deleted = js
            .api("STREAM.MSG.DELETE.TEST", json!({ "seq": 1 }))
            .await?;
        assert_eq!(deleted["success"], true);
        let after = state().await?;
        assert_eq!(after["num_subjects"], 2);
        assert_eq!(after["subjects"], json!({ "test.2": 1, "test.3": 1 }));
        anyhow::Ok(())
    })
}
