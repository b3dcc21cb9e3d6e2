//! What tests of streams share: streams in memory and in files, their state, floods
//! of messages, consumers, and servers that find what others left.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use async_nats::{Message, Subscriber};
use bytes::Bytes;
use conformance::client::{as_json, next, request_with};
use nats_server::jetstream::assets::AccountAssets;
use nats_server::jetstream::model::StreamState;
use nats_server::jetstream::store::MemoryStore;
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::stream::Stream;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::js_support::{Js, eventually, request};

/// Where streams can be.
pub const STORAGES: [&str; 2] = ["memory", "file"];

/// Messages that are on their way at once.
const INFLIGHT: usize = 1000;

/// A configuration with more in it.
pub fn with(config: &Value, more: Value) -> Value {
    let mut config = config.clone();
    if let (Some(fields), Value::Object(more)) = (config.as_object_mut(), more) {
        fields.extend(more);
    }
    config
}

/// A server with the stream `TEST`.
pub async fn with_stream(config: Value) -> anyhow::Result<Js> {
    let js = Js::start().await?;
    let name = json!({ "name": "TEST" });
    js.add_stream(with(&name, config)).await?;
    Ok(js)
}

/// The text of the error in an answer; empty if there is none.
pub fn description(answer: &Value) -> String {
    answer["error"]["description"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// What the reply subject of a delivery tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    pub count: u64,
    pub stream_seq: u64,
    pub consumer_seq: u64,
    pub time: i64,
    pub pending: u64,
}

/// Reads a delivery's reply subject.
pub fn delivery(message: &Message) -> anyhow::Result<Delivery> {
    let reply = message.reply.as_ref().context("deliveries have a reply")?;
    let numbers: Vec<i64> = reply
        .split('.')
        .skip(4)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let [count, stream_seq, consumer_seq, time, pending] = numbers[..] else {
        anyhow::bail!("unexpected reply {reply}");
    };
    Ok(Delivery {
        count: u64::try_from(count)?,
        stream_seq: u64::try_from(stream_seq)?,
        consumer_seq: u64::try_from(consumer_seq)?,
        time,
        pending: u64::try_from(pending)?,
    })
}

impl Js {
    /// Streams and consumers of the global account.
    pub fn account(&self) -> Arc<AccountAssets> {
        let jetstream = self.server.server().jetstream();
        let account = jetstream.and_then(|jetstream| jetstream.account("$G"));
        account.expect("JetStream is on")
    }

    /// A stream that is there.
    pub fn stream(&self, name: &str) -> Arc<Stream> {
        self.account().stream(name).expect("the stream is there")
    }

    /// What a stream holds, by its handle.
    pub fn held(&self, name: &str) -> StreamState {
        self.stream(name).state(false)
    }

    /// Makes a stream if it can be, and gives the answer.
    pub async fn try_stream(&self, config: &Value) -> anyhow::Result<Value> {
        let name = config["name"].as_str().unwrap_or_default();
        self.api(&format!("STREAM.CREATE.{name}"), config.clone())
            .await
    }

    /// Changes a stream if it can be, and gives the answer.
    pub async fn try_update(&self, config: &Value) -> anyhow::Result<Value> {
        let name = config["name"].as_str().unwrap_or_default();
        self.api(&format!("STREAM.UPDATE.{name}"), config.clone())
            .await
    }

    /// Changes a stream, which has to be possible.
    pub async fn update(&self, config: &Value) -> anyhow::Result<Value> {
        let changed = self.try_update(config).await?;
        ensure!(changed["error"].is_null(), "{changed}");
        Ok(changed)
    }

    /// Everything about a stream.
    pub async fn info(&self, stream: &str, wanted: Value) -> anyhow::Result<Value> {
        let info = self.api(&format!("STREAM.INFO.{stream}"), wanted).await?;
        ensure!(info["error"].is_null(), "{info}");
        Ok(info)
    }

    /// Purges a stream and says how many messages there were.
    pub async fn purge(&self, stream: &str, wanted: Value) -> anyhow::Result<u64> {
        let purged = self.api(&format!("STREAM.PURGE.{stream}"), wanted).await?;
        ensure!(purged["error"].is_null(), "{purged}");
        purged["purged"].as_u64().context("purges are counted")
    }

    /// Deletes a message, which has to be there.
    pub async fn delete_message(&self, stream: &str, seq: u64) -> anyhow::Result<()> {
        let subject = format!("STREAM.MSG.DELETE.{stream}");
        let deleted = self.api(&subject, json!({ "seq": seq })).await?;
        ensure!(deleted["success"] == true, "{deleted}");
        Ok(())
    }

    /// Publishes many messages without waiting for each and gives the answers.
    pub async fn flood(
        &self,
        messages: impl Iterator<Item = (String, String)>,
    ) -> anyhow::Result<Vec<Value>> {
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await?;
        let mut acks = Vec::new();
        let mut open = 0;
        for (subject, payload) in messages {
            self.client
                .publish_with_reply(subject, inbox.clone(), payload.into())
                .await?;
            open += 1;
            if open == INFLIGHT {
                acks.push(serde_json::from_slice(&next(&mut answers).await?.payload)?);
                open -= 1;
            }
        }
        for _ in 0..open {
            acks.push(serde_json::from_slice(&next(&mut answers).await?.payload)?);
        }
        Ok(acks)
    }

    /// Publishes as many messages, all of which have to be stored.
    pub async fn fill(&self, subject: &str, payload: &str, count: usize) -> anyhow::Result<()> {
        let messages = (0..count).map(|_| (subject.to_owned(), payload.to_owned()));
        for ack in self.flood(messages).await? {
            ensure!(ack["error"].is_null(), "{ack}");
        }
        Ok(())
    }

    /// Publishes bytes with headers; they have to be stored.
    pub async fn store_with(
        &self,
        subject: &str,
        headers: &[(&str, &str)],
        payload: impl Into<Bytes>,
    ) -> anyhow::Result<Value> {
        let ack = as_json(&request_with(&self.client, subject, headers, payload).await?)?;
        ensure!(ack["error"].is_null(), "{ack}");
        Ok(ack)
    }

    /// Makes a consumer that delivers to a subject of its own, and listens there.
    pub async fn push(&self, stream: &str, config: Value) -> anyhow::Result<Subscriber> {
        let inbox = self.client.new_inbox();
        let deliveries = self.client.subscribe(inbox.clone()).await?;
        self.client.flush().await?;
        self.add_consumer(stream, with(&config, json!({ "deliver_subject": inbox })))
            .await?;
        Ok(deliveries)
    }

    /// Asks a consumer for one message, which has to come. It comes with its own
    /// subject, so that an answer would not be known as such.
    pub async fn pull(&self, stream: &str, consumer: &str) -> anyhow::Result<Message> {
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await?;
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}");
        self.client
            .publish_with_reply(subject, inbox, "".into())
            .await?;
        let message = next(&mut answers).await?;
        ensure!(message.status.is_none(), "{message:?}");
        Ok(message)
    }

    /// Acknowledges a delivery and waits until that is known.
    pub async fn ack(&self, message: &Message) -> anyhow::Result<()> {
        let reply = message.reply.clone().context("deliveries have a reply")?;
        self.client.request(reply, "+ACK".into()).await?;
        Ok(())
    }

    /// Everything about a consumer.
    pub async fn consumer(&self, stream: &str, name: &str) -> anyhow::Result<Value> {
        let subject = format!("CONSUMER.INFO.{stream}.{name}");
        let info = self.api(&subject, Value::Null).await?;
        ensure!(info["error"].is_null(), "{info}");
        Ok(info)
    }

    /// Waits until a stream holds as many messages.
    pub async fn until_held(&self, stream: &str, msgs: u64) -> anyhow::Result<Value> {
        eventually(&format!("{msgs} messages in {stream}"), async || {
            let state = self.state(stream).await?;
            Ok((state["messages"] == msgs).then_some(state))
        })
        .await
    }

    /// What the account uses.
    pub async fn account_info(&self) -> anyhow::Result<Value> {
        request(&self.client, "$JS.API.INFO", &Value::Null).await
    }

    /// Stops the server and starts another on what it left.
    pub async fn restarted(self) -> anyhow::Result<Self> {
        self.restarted_after(|_| Ok(())).await
    }

    /// The same, after `meanwhile` has done something to the files.
    pub async fn restarted_after(
        self,
        meanwhile: impl FnOnce(&Path) -> std::io::Result<()>,
    ) -> anyhow::Result<Self> {
        let directory = self.stopped();
        meanwhile(directory.path())?;
        Self::within(directory, |_| {}).await
    }

    /// Stops the server and gives its directory.
    pub fn stopped(self) -> TempDir {
        let Self {
            client,
            server,
            directory,
        } = self;
        drop((client, server));
        directory
    }

    /// Sends the archive of a stream in chunks, each of which has to be taken, and gives
    /// the last answer.
    pub async fn restore(
        &self,
        config: &Value,
        archive: &[u8],
        chunk: usize,
    ) -> anyhow::Result<Value> {
        let name = config["name"].as_str().context("a stream has a name")?;
        let wanted = json!({ "config": config });
        let begun = self.api(&format!("STREAM.RESTORE.{name}"), wanted).await?;
        ensure!(begun["error"].is_null(), "{begun}");
        let to = begun["deliver_subject"].as_str().context("a subject")?;
        let send = async |payload: &[u8]| {
            let payload = Bytes::copy_from_slice(payload);
            self.client.request(to.to_owned(), payload).await
        };
        for part in archive.chunks(chunk) {
            let answer = send(part).await?;
            ensure!(answer.payload.is_empty(), "{:?}", answer.payload);
        }
        Ok(serde_json::from_slice(&send(b"").await?.payload)?)
    }
}

/// Messages, first and last sequence of the stream `TEST`.
pub fn bounds(js: &Js) -> (u64, u64, u64) {
    let held = js.held("TEST");
    (held.msgs, held.first_seq, held.last_seq)
}

/// Where a stream of the global account is kept in a server's directory.
pub fn stream_dir(directory: &Path, name: &str) -> PathBuf {
    directory.join("jetstream/$G/streams").join(name)
}

/// How many messages of a stream have a limit of their own.
pub fn ttl_count(stream: &Stream) -> u64 {
    let store: &dyn Any = &**stream.store();
    if let Some(store) = store.downcast_ref::<FileStore>() {
        return store.ttl_count();
    }
    let store = store.downcast_ref::<MemoryStore>();
    store.expect("there are two kinds of stores").ttl_count()
}

/// The files of a stream.
pub fn file_store(stream: &Stream) -> &FileStore {
    let store: &dyn Any = &**stream.store();
    store.downcast_ref().expect("the stream is in files")
}
