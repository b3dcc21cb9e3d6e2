//! Streams, consumers, key-value and object stores as a client library uses them,
//! before and after a restart.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod advisories;
mod api;
mod backup;
mod bad_input;
mod batches;
mod config_values;
mod counters;
mod direct;
mod groups;
mod imports;
mod limits;
mod messages;
mod origins;
mod raw;
mod streams;

use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::{self, AckKind, consumer, kv, object_store, stream};
use conformance::client::{block_on, connect};
use conformance::server::RunningServer;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;

fn server(directory: &TempDir) -> RunningServer {
    RunningServer::with(|options| {
        options.jetstream = true;
        options.store_dir = directory.path().display().to_string();
    })
}

async fn context(server: &RunningServer) -> anyhow::Result<jetstream::Context> {
    Ok(jetstream::new(connect(&server.url()).await?))
}

/// A server with JetStream and a client of it.
struct Running {
    js: jetstream::Context,
    _server: RunningServer,
    _directory: TempDir,
}

impl Running {
    async fn start() -> anyhow::Result<Self> {
        let directory = TempDir::new()?;
        let server = server(&directory);
        Ok(Self {
            js: context(&server).await?,
            _server: server,
            _directory: directory,
        })
    }
}

/// Which message of its stream was delivered, and for the how manieth time.
fn position(message: &jetstream::Message) -> anyhow::Result<(u64, i64)> {
    let info = message.info().map_err(anyhow::Error::from_boxed)?;
    Ok((info.stream_sequence, info.delivered))
}

fn both() -> [stream::StorageType; 2] {
    [stream::StorageType::Memory, stream::StorageType::File]
}

#[test]
fn pull_consumers_deliver_acknowledge_and_redeliver() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        for storage in both() {
            let name = format!("S{storage:?}");
            let config = stream::Config {
                name: name.clone(),
                subjects: vec![format!("{name}.>")],
                storage,
                ..Default::default()
            };
            let mut stream = js.create_stream(config).await?;
            for n in 0..100_u64 {
                let ack = js
                    .publish(format!("{name}.{}", n % 10), format!("{n}").into())
                    .await?
                    .await?;
                assert_eq!((ack.stream.as_str(), ack.sequence), (name.as_str(), n + 1));
            }
            assert_eq!(stream.info().await?.state.messages, 100);
            let consumer = stream
                .create_consumer(consumer::pull::Config {
                    durable_name: Some("C".to_owned()),
                    filter_subject: format!("{name}.3"),
                    ..Default::default()
                })
                .await?;
            let mut messages = consumer.fetch().max_messages(10).messages().await?;
            let mut seen = Vec::new();
            while let Some(message) = messages.next().await {
                let message = message.map_err(anyhow::Error::from_boxed)?;
                seen.push(position(&message)?.0);
                let kind = if seen.len() == 2 {
                    AckKind::Nak(None)
                } else {
                    AckKind::Ack
                };
                message
                    .double_ack_with(kind)
                    .await
                    .map_err(anyhow::Error::from_boxed)
                    .or_else(|error| if seen.len() == 2 { Ok(()) } else { Err(error) })?;
            }
            let expected: Vec<u64> = (0..10).map(|n| n * 10 + 4).collect();
            assert_eq!(seen, expected);
            let mut again = consumer.fetch().max_messages(1).messages().await?;
            let message = again.next().await.context("it comes again")?;
            let message = message.map_err(anyhow::Error::from_boxed)?;
            assert_eq!(position(&message)?, (14, 2));
            message
                .double_ack()
                .await
                .map_err(anyhow::Error::from_boxed)?;
            let mut consumer = consumer;
            let info = consumer.info().await?;
            assert_eq!((info.num_ack_pending, info.num_pending), (0, 0));
        }
        Ok(())
    })
}

#[test]
fn ordered_consumers_get_everything_in_order() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        for storage in both() {
            let name = format!("O{storage:?}");
            let stream = js
                .create_stream(stream::Config {
                    name: name.clone(),
                    subjects: vec![name.clone()],
                    storage,
                    ..Default::default()
                })
                .await?;
            let mut acks = Vec::new();
            for n in 0..5_000_u32 {
                acks.push(js.publish(name.clone(), n.to_string().into()).await?);
            }
            for ack in acks {
                ack.await?;
            }
            let consumer = stream
                .create_consumer(consumer::push::OrderedConfig {
                    deliver_subject: js.client().new_inbox(),
                    ..Default::default()
                })
                .await?;
            let messages = consumer.messages().await?;
            let mut messages = messages.take(5_000).enumerate();
            let mut count = 0;
            while let Some((n, message)) = messages.next().await {
                assert_eq!(message?.payload, n.to_string());
                count += 1;
            }
            assert_eq!(count, 5_000);
            let pull = stream
                .create_consumer(consumer::pull::OrderedConfig::default())
                .await?;
            let messages: Vec<_> = pull.messages().await?.take(5_000).try_collect().await?;
            assert_eq!(messages.len(), 5_000);
        }
        Ok(())
    })
}

#[test]
fn key_value_and_object_stores_work() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        for storage in both() {
            let bucket = js
                .create_key_value(kv::Config {
                    bucket: format!("K{storage:?}"),
                    history: 5,
                    storage,
                    ..Default::default()
                })
                .await?;
            let mut watch = bucket.watch("a.*").await?;
            let first = bucket.create("a.b", "1".into()).await?;
            assert!(bucket.create("a.b", "2".into()).await.is_err());
            let second = bucket.update("a.b", "2".into(), first).await?;
            assert!(bucket.update("a.b", "3".into(), first).await.is_err());
            bucket.put("c", "x".into()).await?;
            assert_eq!(bucket.get("a.b").await?.context("a value")?, "2");
            for revision in [first, second] {
                let entry = watch.next().await.context("a change")??;
                assert_eq!((entry.key.as_str(), entry.revision), ("a.b", revision));
            }
            let history: Vec<_> = bucket.history("a.b").await?.try_collect().await?;
            assert_eq!(history.len(), 2);
            bucket.delete("a.b").await?;
            assert!(bucket.get("a.b").await?.is_none());
            bucket.purge("a.b").await?;
            let history: Vec<_> = bucket.history("a.b").await?.try_collect().await?;
            assert_eq!(history.len(), 1);
            let keys: Vec<String> = bucket.keys().await?.try_collect().await?;
            assert_eq!(keys, ["c"]);

            let objects = js
                .create_object_store(object_store::Config {
                    bucket: format!("B{storage:?}"),
                    storage,
                    ..Default::default()
                })
                .await?;
            let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
            objects.put("blob", &mut bytes.as_slice()).await?;
            let mut read = Vec::new();
            objects.get("blob").await?.read_to_end(&mut read).await?;
            assert!(read == bytes, "the object is another");
            objects.delete("blob").await?;
            assert!(objects.get("blob").await.is_err());
        }
        Ok(())
    })
}

#[test]
fn files_outlive_the_server() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let running = server(&directory);
        let js = context(&running).await?;
        let stream = js
            .create_stream(stream::Config {
                name: "S".to_owned(),
                subjects: vec!["s.*".to_owned()],
                duplicate_window: Duration::from_secs(60),
                ..Default::default()
            })
            .await?;
        js.create_stream(stream::Config {
            name: "M".to_owned(),
            subjects: vec!["m".to_owned()],
            storage: stream::StorageType::Memory,
            ..Default::default()
        })
        .await?;
        for n in 0..20 {
            let publish = jetstream::message::PublishMessage::build()
                .message_id(format!("id-{n}"))
                .payload(n.to_string().into());
            js.send_publish(format!("s.{n}"), publish).await?.await?;
        }
        stream.delete_message(5).await?;
        let consumer = stream
            .create_consumer(consumer::pull::Config {
                durable_name: Some("C".to_owned()),
                ack_wait: Duration::from_secs(1),
                ..Default::default()
            })
            .await?;
        let mut messages = consumer.fetch().max_messages(3).messages().await?;
        while let Some(message) = messages.next().await {
            let message = message.map_err(anyhow::Error::from_boxed)?;
            if position(&message)?.0 != 2 {
                message
                    .double_ack()
                    .await
                    .map_err(anyhow::Error::from_boxed)?;
            }
        }
        let bucket = js
            .create_key_value(kv::Config {
                bucket: "K".to_owned(),
                ..Default::default()
            })
            .await?;
        bucket.put("key", "value".into()).await?;
        drop((js, running));

        let running = server(&directory);
        let js = context(&running).await?;
        assert!(js.get_stream("M").await.is_err());
        let mut stream = js.get_stream("S").await?;
        let state = &stream.info().await?.state;
        assert_eq!((state.messages, state.last_sequence), (19, 20));
        assert_eq!(state.deleted_count, Some(1));
        assert_eq!(stream.get_raw_message(7).await?.payload, "6");
        let publish = jetstream::message::PublishMessage::build().message_id("id-7");
        let ack = js.send_publish("s.7", publish).await?.await?;
        assert_eq!((ack.duplicate, ack.sequence), (true, 8));
        let mut consumer: consumer::PullConsumer = stream
            .get_consumer("C")
            .await
            .map_err(anyhow::Error::from_boxed)?;
        let info = consumer.info().await?;
        assert_eq!((info.num_ack_pending, info.num_pending), (1, 16));
        let mut messages = consumer
            .batch()
            .max_messages(17)
            .expires(Duration::from_secs(5))
            .messages()
            .await?;
        let mut seen = Vec::new();
        while let Some(message) = messages.next().await {
            let message = message.map_err(anyhow::Error::from_boxed)?;
            seen.push(position(&message)?.0);
        }
        seen.sort_unstable();
        let expected: Vec<u64> = (2..=20).filter(|seq| ![3, 5].contains(seq)).collect();
        assert_eq!(seen, expected);
        let bucket = js.get_key_value("K").await?;
        assert_eq!(bucket.get("key").await?.context("a value")?, "value");
        Ok(())
    })
}

#[test]
fn mirrors_and_sources_follow() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        for name in ["A", "B"] {
            js.create_stream(stream::Config {
                name: name.to_owned(),
                subjects: vec![name.to_lowercase()],
                ..Default::default()
            })
            .await?;
            for n in 0..50 {
                js.publish(name.to_lowercase(), n.to_string().into())
                    .await?
                    .await?;
            }
        }
        let source = |name: &str| stream::Source {
            name: name.to_owned(),
            ..Default::default()
        };
        let mut mirror = js
            .create_stream(stream::Config {
                name: "M".to_owned(),
                mirror: Some(source("A")),
                ..Default::default()
            })
            .await?;
        let mut both = js
            .create_stream(stream::Config {
                name: "AB".to_owned(),
                sources: Some(vec![source("A"), source("B")]),
                ..Default::default()
            })
            .await?;
        js.publish("a", "last".into()).await?.await?;
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let counts = (
                mirror.info().await?.state.messages,
                both.info().await?.state.messages,
            );
            if counts == (51, 101) {
                assert_eq!(mirror.get_raw_message(51).await?.payload, "last");
                return Ok(());
            }
        }
        anyhow::bail!(
            "they do not follow: {:?} {:?}",
            mirror.info().await?,
            both.info().await?
        )
    })
}
