//! What a stream takes, keeps and tells.

use std::time::Duration;

use async_nats::HeaderMap;
use conformance::client::{block_on, connect, expect_nothing, next};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::raw::Raw;
use crate::server;

#[test]
fn a_message_is_answered_once() -> anyhow::Result<()> {
    const MESSAGES: u64 = 200;
    block_on(async {
        let js = Raw::start().await?;
        js.stream(json!({ "name": "S", "subjects": ["s"] })).await?;
        let inbox = js.client.new_inbox();
        let mut acks = js.client.subscribe(inbox.clone()).await?;
        for _ in 0..MESSAGES {
            js.client
                .publish_with_reply("s", inbox.clone(), "x".into())
                .await?;
        }
        for seq in 1..=MESSAGES {
            let ack: Value = serde_json::from_slice(&next(&mut acks).await?.payload)?;
            assert_eq!(ack, json!({ "stream": "S", "seq": seq }));
        }
        expect_nothing(&mut acks, Duration::from_millis(100)).await
    })
}

#[test]
fn a_stream_tells_its_state_with_and_without_details() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = server(&directory);
        let js = async_nats::jetstream::new(connect(&server.url()).await?);
        let stream = js
            .create_stream(async_nats::jetstream::stream::Config {
                name: "S".to_owned(),
                subjects: vec!["s.*".to_owned()],
                ..Default::default()
            })
            .await?;
        for at in 0..5 {
            let headers = HeaderMap::new();
            js.publish_with_headers(format!("s.{}", at % 2), headers, "x".into())
                .await?
                .await?;
        }
        stream.delete_message(2).await?;
        stream
            .create_consumer(async_nats::jetstream::consumer::pull::Config {
                durable_name: Some("C".to_owned()),
                ..Default::default()
            })
            .await?;
        let account = server.server().jetstream().unwrap().account("$G").unwrap();
        let held = account.stream("S")?;
        for details in [false, true] {
            let state = held.state(details);
            assert_eq!((state.msgs, state.first_seq, state.last_seq), (4, 1, 5));
            assert_eq!((state.num_deleted, state.consumers), (1, 1));
            let deleted: &[u64] = if details { &[2] } else { &[] };
            assert_eq!(state.deleted, deleted);
        }
        Ok(())
    })
}

#[test]
fn nothing_is_kept_for_consumers_that_are_gone() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::start().await?;
        js.stream(json!({ "name": "S", "subjects": ["s.*"], "retention": "interest" }))
            .await?;
        let create = |name: &str, filters: Value| {
            let config = json!({
                "name": name, "durable_name": name, "ack_policy": "explicit",
                "filter_subjects": filters,
            });
            json!({ "stream_name": "S", "config": config })
        };
        let made = js
            .api("CONSUMER.CREATE.S.A", &create("A", json!(["s.a", "s.b"])))
            .await?;
        assert!(made["error"].is_null(), "{made}");
        let made = js
            .api("CONSUMER.CREATE.S.C", &create("C", json!(["s.c"])))
            .await?;
        assert!(made["error"].is_null(), "{made}");
        let held = async || {
            for subject in ["s.a", "s.b", "s.c"] {
                js.publish(subject, &[], "x").await?;
            }
            let info = js.api("STREAM.INFO.S", &json!({})).await?;
            anyhow::Ok(info["state"]["messages"].clone())
        };
        assert_eq!(held().await?, 3);
        let gone = js.api("CONSUMER.DELETE.S.A", &json!({})).await?;
        assert_eq!(gone["success"], true);
        // The other consumer's of then, and of now.
        assert_eq!(held().await?, 2);
        let gone = js.api("CONSUMER.DELETE.S.C", &json!({})).await?;
        assert_eq!(gone["success"], true);
        assert_eq!(held().await?, 0);
        Ok(())
    })
}
