//! Go: `server/norace_2_test.go`: acknowledgements of many at once, limits and old states.

use std::fs;
use std::sync::Arc;

use conformance::client::block_on;
use conformance::go_test;
use nats_server::jetstream::model::StreamConfig;
use nats_server::jetstream::store::StreamStore as _;
use serde_json::json;

use crate::filestore_support::{plain, put};
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

go_test!(
    2501,
    "norace_2_test",
    "TestNoRaceFileStoreMsgLimitsAndOldRecoverState",
    limits_and_an_old_state
);
/// A tenth of the messages of Go, and the same shape: few messages, the state as it is
/// then, many more, and that state again.
fn limits_and_an_old_state() {
    const FEW: u64 = 1_000;
    const MANY: u64 = 100_001;
    const LAST: u64 = FEW + MANY;
    let payload = [0; 1024];
    let subject = |seq: u64| match seq {
        1..=FEW => format!("foo.{}", seq - 1),
        _ => format!("foo.{}", seq - FEW - 1),
    };
    // A record is 30 bytes and what it holds.
    let size = |seq: u64| 30 + subject(seq).len() as u64 + payload.len() as u64;
    let most: u64 = (FEW - 137..=LAST).map(size).sum();
    type Limit = fn(&mut StreamConfig, u64);
    let limits: [(Limit, u64); 3] = [
        (|config, _| config.max_msgs_per_subject = 1, FEW + 1),
        (|config, _| config.max_msgs = MANY.cast_signed(), FEW + 1),
        (
            |config, most| config.max_bytes = most.cast_signed(),
            FEW - 137,
        ),
    ];
    for (limit, first) in limits {
        let setup = plain().on(&["foo.*"]).with(|config| limit(config, most));
        let store = setup.open();
        for seq in 1..=FEW {
            put(&store, &subject(seq), &payload);
        }
        store.stop().unwrap();
        let old = fs::read(setup.index()).unwrap();
        assert!(!old.is_empty());
        let store = setup.open();
        for seq in FEW + 1..=LAST {
            put(&store, &subject(seq), &payload);
        }
        let expected = (first, LAST, LAST + 1 - first);
        let state = store.state();
        assert_eq!((state.first_seq, state.last_seq, state.msgs), expected);
        store.stop().unwrap();
        fs::write(setup.index(), &old).unwrap();
        let store = setup.open();
        let state = store.state();
        assert_eq!((state.first_seq, state.last_seq, state.msgs), expected);
        store.stop().unwrap();
    }
}
