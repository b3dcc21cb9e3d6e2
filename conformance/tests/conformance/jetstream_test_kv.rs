//! Go: `server/jetstream_test.go`: buckets of keys and values.

use std::time::Duration;

use async_nats::jetstream::kv::{self, Operation};
use async_nats::jetstream::stream::StorageType;
use conformance::client::{block_on, expect_nothing, next};
use conformance::go_test;
use futures_util::{StreamExt as _, TryStreamExt as _};
use rand::Rng as _;
use serde_json::{Value, json};

use crate::js_stream_support::{STORAGES, with};
use crate::js_support::{Js, eventually};

async fn bucket(js: &Js, config: kv::Config) -> anyhow::Result<kv::Store> {
    let context = async_nats::jetstream::new(js.client.clone());
    Ok(context.create_key_value(config).await?)
}

fn storage_of(name: &str) -> StorageType {
    if name == "file" {
        StorageType::File
    } else {
        StorageType::Memory
    }
}

async fn keys(bucket: &kv::Store) -> anyhow::Result<Vec<String>> {
    let mut keys: Vec<String> = bucket.keys().await?.try_collect().await?;
    keys.sort();
    Ok(keys)
}

go_test!(1672, "jetstream_test", "TestJetStreamKVDelete", kv_delete);
fn kv_delete() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let store = bucket(
            &js,
            kv::Config {
                bucket: "deletion".to_owned(),
                history: 10,
                ..kv::Config::default()
            },
        )
        .await?;
        for key in ["a", "a.a", "a.b", "a.b.c"] {
            store.put(key, "".into()).await?;
        }
        assert_eq!(keys(&store).await?.len(), 4);
        let mut deliveries = js.client.subscribe("keys").await?;
        let config = json!({
            "name": "keys", "filter_subject": "$KV.deletion.a.*",
            "deliver_policy": "last_per_subject", "deliver_subject": "keys", "max_deliver": 1,
            "ack_policy": "none", "mem_storage": true, "flow_control": true,
            "idle_heartbeat": 5_000_000_000_u64,
        });
        let made = js.add_consumer("KV_deletion", config).await?;
        // Deliveries may have begun when the answer was made.
        assert_eq!(made["num_pending"], 2);
        next(&mut deliveries).await?;
        next(&mut deliveries).await?;
        expect_nothing(&mut deliveries, Duration::from_secs(1)).await?;
        for key in ["a.a", "a.b"] {
            store.delete(key).await?;
        }
        let mut deleted = Vec::new();
        let mut watch = store.watch_all_from_revision(1).await?;
        while let Some(entry) = watch.try_next().await? {
            if entry.operation == Operation::Delete {
                deleted.push(entry.key);
            }
            if entry.delta == 0 {
                break;
            }
        }
        assert_eq!(deleted, ["a.a", "a.b"]);
        Ok(())
    })
}

go_test!(
    1682,
    "jetstream_test",
    "TestJetStreamKVHistoryRegression",
    kv_history
);
fn kv_history() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for storage in STORAGES {
            let config = kv::Config {
                bucket: "TEST".to_owned(),
                history: 4,
                storage: storage_of(storage),
                ..kv::Config::default()
            };
            let store = bucket(&js, config).await?;
            let history = async || -> anyhow::Result<Vec<kv::Entry>> {
                Ok(store.history("foo").await?.try_collect().await?)
            };
            let first = store.create("foo", "a".into()).await?;
            store.update("foo", "ab".into(), first).await?;
            store.delete("foo").await?;
            store.create("foo", "abc".into()).await?;
            store.delete("foo").await?;
            let entries = history().await?;
            assert_eq!(entries.len(), 4);
            let last = entries.last().unwrap().revision;
            store.update("foo", "abcd".into(), last).await?;
            store.purge("foo").await?;
            store.create("foo", "abcde".into()).await?;
            store.purge("foo").await?;
            let entries = history().await?;
            assert_eq!(entries.len(), 1);
            assert_eq!(entries[0].operation, Operation::Purge);
            js.account().delete_stream("KV_TEST")?;
        }
        Ok(())
    })
}

go_test!(
    1693,
    "jetstream_test",
    "TestJetStreamKVReductionInHistory",
    kv_with_less_history
);
fn kv_with_less_history() -> anyhow::Result<()> {
    const HISTORY: u64 = 4;
    const KEYS: u64 = 1000;
    block_on(async {
        let js = Js::start().await?;
        let store = bucket(
            &js,
            kv::Config {
                bucket: "TEST".to_owned(),
                history: 4,
                ..kv::Config::default()
            },
        )
        .await?;
        let payload = "ABC".repeat(330);
        while js.held("KV_TEST").msgs < HISTORY * KEYS {
            let subject = || format!("$KV.TEST.{:X}", rand::rng().random_range(1..=KEYS));
            let messages = (0..500).map(|_| (subject(), payload.clone()));
            js.flood(messages).await?;
        }
        let check_all = async || -> anyhow::Result<()> {
            let keys = keys(&store).await?;
            assert_eq!(keys.len() as u64, KEYS);
            for key in keys {
                assert_eq!(store.get(key).await?.unwrap(), payload);
            }
            Ok(())
        };
        check_all().await?;
        let before = js.account_info().await?["storage"].as_u64().unwrap();
        let info = js.info("KV_TEST", Value::Null).await?;
        js.update(&with(&info["config"], json!({ "max_msgs_per_subject": 1 })))
            .await?;
        let after = js.account_info().await?["storage"].as_u64().unwrap();
        assert!(after < before, "{after} {before}");
        assert_eq!(js.held("KV_TEST").msgs, KEYS);
        check_all().await
    })
}

/// Waits until a message is gone.
async fn until_gone(js: &Js, seq: u64) -> anyhow::Result<()> {
    eventually(&format!("{seq} is gone"), async || {
        let got = js.message("KV_bucket", seq).await?;
        Ok((got["error"]["err_code"] == 10037).then_some(()))
    })
    .await
}

go_test!(
    1763,
    "jetstream_test",
    "TestJetStreamKVNoSubjectDeleteMarkerOnPurgeMarker",
    purge_markers_leave_nothing
);
fn purge_markers_leave_nothing() -> anyhow::Result<()> {
    block_on(async {
        for storage in STORAGES {
            let js = Js::start().await?;
            let store = bucket(
                &js,
                kv::Config {
                    bucket: "bucket".to_owned(),
                    history: 1,
                    storage: storage_of(storage),
                    max_age: Duration::from_secs(2),
                    limit_markers: Some(Duration::from_secs(60)),
                    ..kv::Config::default()
                },
            )
            .await?;
            store.purge("key").await?;
            let operation = async |seq: u64| -> anyhow::Result<String> {
                use nats_server::jetstream::store::StoredMsg;
                let mut msg = StoredMsg::new();
                js.stream("KV_bucket").store().load_msg(seq, &mut msg)?;
                Ok(String::from_utf8_lossy(msg.header()).into_owned())
            };
            assert!(operation(1).await?.contains("KV-Operation: PURGE"));
            until_gone(&js, 1).await?;
            // Another message in its place would be there at once.
            assert_eq!(js.held("KV_bucket").last_seq, 1);
            store.purge_with_ttl("key", Duration::from_secs(1)).await?;
            assert!(operation(2).await?.contains("KV-Operation: PURGE"));
            until_gone(&js, 2).await?;
            assert_eq!(js.held("KV_bucket").last_seq, 2);
        }
        Ok(())
    })
}

go_test!(
    1607,
    "jetstream_test",
    "TestJetStreamMemoryCorruption",
    headers_only_and_memory
);
fn headers_only_and_memory() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = kv::Config {
            bucket: "bucket".to_owned(),
            storage: StorageType::Memory,
            ..kv::Config::default()
        };
        let bucket = bucket(&js, config).await?;
        let mut all = bucket.watch_all().await?;
        // As a watcher that wants no values makes it.
        let config = json!({
            "filter_subject": "$KV.bucket.>", "headers_only": true, "ack_policy": "none",
            "deliver_policy": "last_per_subject", "max_deliver": 1, "mem_storage": true,
            "flow_control": true, "idle_heartbeat": 5_000_000_000_u64,
        });
        let mut bare = js.push("KV_bucket", config).await?;
        let steps = [
            ("put", "key1", "aaa"),
            ("put", "key1", "aab"),
            ("put", "key2", "zza"),
            ("put", "key2", "zzb"),
            ("delete", "key1", ""),
            ("delete", "key2", ""),
            ("put", "key1", "aac"),
            ("put", "key2", "zzc"),
            ("delete", "key1", ""),
            ("delete", "key2", ""),
            ("purge", "key1", ""),
            ("purge", "key2", ""),
        ];
        for (what, key, value) in steps {
            let operation = match what {
                "put" => {
                    bucket.put(key, value.into()).await?;
                    Operation::Put
                }
                "delete" => {
                    bucket.delete(key).await?;
                    Operation::Delete
                }
                _ => {
                    bucket.purge(key).await?;
                    Operation::Purge
                }
            };
            // The next may take its place before it is delivered.
            let entry = tokio::time::timeout(Duration::from_secs(5), all.next()).await?;
            let entry = entry.unwrap()?;
            assert_eq!((entry.key.as_str(), &*entry.value), (key, value.as_bytes()));
            assert_eq!(entry.operation, operation);
            let message = next(&mut bare).await?;
            assert_eq!(message.subject.as_str(), format!("$KV.bucket.{key}"));
            assert!(message.payload.is_empty());
            let size = crate::js_support::header(&message, "Nats-Msg-Size");
            assert_eq!(size, value.len().to_string());
        }
        Ok(())
    })
}
