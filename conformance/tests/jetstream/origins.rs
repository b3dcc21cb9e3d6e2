//! Streams that take from others: what holds beside the Go tests of one server.

use conformance::client::block_on;
use serde_json::{Value, json};

use super::raw::{Raw, code};

#[test]
fn origins_are_told_that_everything_has_arrived() -> anyhow::Result<()> {
    const COUNT: u64 = 3000;
    block_on(async {
        let js = Raw::start().await?;
        js.stream(json!({ "name": "O", "subjects": ["o"], "storage": "memory" }))
            .await?;
        let payload = "x".repeat(4096);
        for _ in 0..COUNT {
            js.client.publish("o", payload.clone().into()).await?;
        }
        js.until_held("O", COUNT).await?;
        // Far more than may be on its way without an answer.
        let config = |name: &str, more: Value| {
            let mut config = json!({ "name": name, "storage": "memory" });
            for (key, value) in more.as_object().into_iter().flatten() {
                config[key] = value.clone();
            }
            config
        };
        js.stream(config("M", json!({ "mirror": { "name": "O" } })))
            .await?;
        js.stream(config("S", json!({ "sources": [{ "name": "O" }] })))
            .await?;
        js.until_held("M", COUNT).await?;
        js.until_held("S", COUNT).await?;
        // The account's consumers are those that streams have made too.
        let account = js.api("INFO", &Value::Null).await?;
        assert_eq!(account["consumers"], 2, "{account}");
        Ok(())
    })
}

#[test]
fn mirrors_answer_for_their_origin() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::start().await?;
        js.stream(json!({ "name": "O", "subjects": ["o"], "allow_direct": true }))
            .await?;
        js.stream(json!({ "name": "M", "mirror": { "name": "O" }, "mirror_direct": true }))
            .await?;
        js.publish("o", &[], "value").await?;
        js.until_held("M", 1).await?;
        let deleted = js.api("STREAM.DELETE.O", &Value::Null).await?;
        assert_eq!(code(&deleted), 0);
        let subject = "$JS.API.DIRECT.GET.O.o";
        let answer = js.client.request(subject, "".into()).await?;
        assert_eq!(&*answer.payload, b"value");
        // Not when it no longer mirrors.
        let promoted = json!({ "name": "M", "subjects": ["m"] });
        assert_eq!(code(&js.api("STREAM.UPDATE.M", &promoted).await?), 0);
        assert!(js.client.request(subject, "".into()).await.is_err());
        Ok(())
    })
}
