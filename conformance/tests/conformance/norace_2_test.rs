//! Go: `server/norace_2_test.go`: acknowledgements of many at once.

use std::sync::Arc;

use conformance::client::block_on;
use conformance::go_test;
use serde_json::json;

use crate::js_support::{Js, eventually};

go_test!(
    2500,
    "norace_2_test",
    "TestNoRaceJetStreamStandaloneDontReplyToAckBeforeProcessingIt",
    no_reply_to_ack_before_it_is_done
);
fn no_reply_to_ack_before_it_is_done() -> anyhow::Result<()> {
    const TOTAL: usize = 10_000;
    block_on(async {
        let js = Arc::new(Js::start().await?);
        let config = json!({
            "name": "WQ", "discard": "new", "max_msgs_per_subject": 1,
            "discard_new_per_subject": true, "retention": "workqueue", "subjects": ["queue.>"],
        });
        js.add_stream(config).await?;
        for number in 0..TOTAL {
            js.store(&format!("queue.{number}"), "hello").await?;
        }
        let consumer = json!({
            "durable_name": "cons", "ack_policy": "explicit", "max_waiting": 20_000,
            "max_ack_pending": -1,
        });
        js.add_consumer("WQ", consumer).await?;
        for _ in 0..3 {
            let mut workers = Vec::new();
            for _ in 0..TOTAL {
                let js = Arc::clone(&js);
                workers.push(tokio::spawn(async move {
                    let message = js.pull("WQ", "cons").await?;
                    js.ack(&message).await?;
                    // The answer says that its place is free.
                    let ack = js.publish(&message.subject, &[], "hello").await?;
                    anyhow::ensure!(ack["error"].is_null(), "{ack}");
                    Ok(())
                }));
            }
            for worker in workers {
                worker.await??;
            }
        }
        let state = js.state("WQ").await?;
        assert_eq!(state["messages"], TOTAL);
        eventually("all were handed out", async || {
            let info = js.consumer("WQ", "cons").await?;
            Ok((info["num_ack_pending"] == 0).then_some(()))
        })
        .await?;
        Ok(())
    })
}
