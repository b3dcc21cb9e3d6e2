//! What tests of consumers share: pull requests, acknowledgements of all kinds, and
//! waiting until a consumer is where it should be.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use async_nats::{Message, Subscriber};
use conformance::client::{expect_nothing, next};
use conformance::effort::effort_of_all;
use jiff::Timestamp;
use nats_server::jetstream::assets::as_consumer;
use nats_server::jetstream::consumer::Consumer;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::js_support::{Js, eventually, status};

/// A short while in which nothing may happen.
pub const QUIET: Duration = Duration::from_millis(150);

pub const SECOND: Duration = Duration::from_secs(1);

/// A duration as configurations have it.
pub fn millis(count: u64) -> Value {
    Value::from(count * 1_000_000)
}

/// A time from now on.
pub fn in_future(after: Duration) -> Timestamp {
    Timestamp::now() + after
}

/// Takes as many messages, all of which have to come.
pub async fn take(subscriber: &mut Subscriber, count: usize) -> anyhow::Result<Vec<Message>> {
    let mut messages = Vec::with_capacity(count);
    for number in 0..count {
        let message = next(subscriber).await.with_context(|| {
            let last = messages.last().map(status);
            format!("message {number} of {count}, after one with {last:?}")
        })?;
        messages.push(message);
    }
    Ok(messages)
}

/// Takes as many messages, and there may be no more.
pub async fn take_all(subscriber: &mut Subscriber, count: usize) -> anyhow::Result<Vec<Message>> {
    let messages = take(subscriber, count).await?;
    expect_nothing(subscriber, QUIET).await?;
    Ok(messages)
}

/// What must not be more work than this, for client and server together.
pub async fn within<T>(
    limit: Duration,
    what: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let (done, took) = effort_of_all(tokio::time::timeout(60 * SECOND, what)).await;
    let done = done.context("it does not come to an end")??;
    ensure!(took <= limit, "{took:?} of work, more than {limit:?}");
    Ok(done)
}

/// The payload of a message as text.
pub fn text(message: &Message) -> String {
    String::from_utf8_lossy(&message.payload).into_owned()
}

impl Js {
    /// A subject of its own, and who listens there.
    pub async fn inbox(&self) -> anyhow::Result<(String, Subscriber)> {
        let subject = self.client.new_inbox();
        let subscriber = self.listen(&subject).await?;
        Ok((subject, subscriber))
    }

    /// Listens on a subject, which the server knows when this returns.
    pub async fn listen(&self, subject: &str) -> anyhow::Result<Subscriber> {
        let subscriber = self.client.subscribe(subject.to_owned()).await?;
        self.synced().await?;
        Ok(subscriber)
    }

    /// Waits until the server has seen everything that the client did.
    pub async fn synced(&self) -> anyhow::Result<()> {
        self.api("INFO", Value::Null).await?;
        Ok(())
    }

    /// Asks a consumer for messages to `reply`.
    pub async fn ask(
        &self,
        stream: &str,
        consumer: &str,
        reply: &str,
        wanted: Value,
    ) -> anyhow::Result<()> {
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}");
        let payload = match wanted {
            Value::Null => String::new(),
            other => other.to_string(),
        };
        self.client
            .publish_with_reply(subject, reply.to_owned(), payload.into())
            .await?;
        Ok(())
    }

    /// Asks a consumer for messages, and gives whatever comes.
    pub async fn asked(
        &self,
        stream: &str,
        consumer: &str,
        wanted: Value,
    ) -> anyhow::Result<Subscriber> {
        let (inbox, answers) = self.inbox().await?;
        self.ask(stream, consumer, &inbox, wanted).await?;
        Ok(answers)
    }

    /// Gets up to `count` messages as client libraries do: at once if there are some,
    /// or the first that come within `wait`.
    pub async fn fetch(
        &self,
        stream: &str,
        consumer: &str,
        count: usize,
        wait: Duration,
    ) -> anyhow::Result<Vec<Message>> {
        let deadline = Instant::now() + wait;
        let (inbox, mut answers) = self.inbox().await?;
        let mut no_wait = count > 1;
        let mut messages = Vec::new();
        let request = |no_wait| {
            let left = deadline.saturating_duration_since(Instant::now());
            let expires = u64::try_from(left.as_nanos()).unwrap_or(u64::MAX).max(1);
            json!({ "batch": count, "expires": expires, "no_wait": no_wait })
        };
        self.ask(stream, consumer, &inbox, request(no_wait)).await?;
        while messages.len() < count {
            let message = next(&mut answers).await?;
            match status(&message).0 {
                0 => messages.push(message),
                404 | 408 if no_wait && messages.is_empty() => {
                    no_wait = false;
                    self.ask(stream, consumer, &inbox, request(false)).await?;
                }
                404 | 408 => break,
                409 if !messages.is_empty() => break,
                other => anyhow::bail!("status {other}: {message:?}"),
            }
        }
        Ok(messages)
    }

    /// Gets just as many messages.
    pub async fn fetch_all(
        &self,
        stream: &str,
        consumer: &str,
        count: usize,
    ) -> anyhow::Result<Vec<Message>> {
        let messages = self
            .fetch(stream, consumer, count, Duration::from_secs(8))
            .await?;
        ensure!(
            messages.len() == count,
            "{} messages of {count}",
            messages.len()
        );
        Ok(messages)
    }

    /// Acknowledges a delivery in some way, without waiting for more.
    pub async fn respond(&self, message: &Message, payload: &str) -> anyhow::Result<()> {
        let reply = message.reply.clone().context("deliveries have a reply")?;
        self.client
            .publish(reply, payload.to_owned().into())
            .await?;
        Ok(())
    }

    /// The same, and the consumer has taken it in when this returns.
    pub async fn respond_sync(&self, message: &Message, payload: &str) -> anyhow::Result<()> {
        let reply = message.reply.clone().context("deliveries have a reply")?;
        self.client
            .request(reply, payload.to_owned().into())
            .await?;
        Ok(())
    }

    /// Acknowledges and asks for more messages to `reply`.
    pub async fn ack_and_ask(
        &self,
        message: &Message,
        reply: &str,
        payload: &str,
    ) -> anyhow::Result<()> {
        let subject = message.reply.clone().context("deliveries have a reply")?;
        self.client
            .publish_with_reply(subject, reply.to_owned(), payload.to_owned().into())
            .await?;
        Ok(())
    }

    /// A consumer that is there.
    pub fn handle(&self, stream: &str, name: &str) -> Arc<Consumer> {
        let consumer = self.stream(stream).consumer(name).and_then(as_consumer);
        consumer.expect("the consumer is there")
    }

    /// Makes or changes a consumer as `action` allows, and gives the answer.
    pub async fn consumer_with(
        &self,
        stream: &str,
        config: Value,
        action: &str,
    ) -> anyhow::Result<Value> {
        let name = config["durable_name"].as_str().or(config["name"].as_str());
        let subject = match name {
            Some(name) => format!("CONSUMER.CREATE.{stream}.{name}"),
            None => format!("CONSUMER.CREATE.{stream}"),
        };
        let payload = json!({ "stream_name": stream, "config": config, "action": action });
        self.api(&subject, payload).await
    }

    /// Changes a consumer, which has to be possible.
    pub async fn update_consumer(&self, stream: &str, config: Value) -> anyhow::Result<Value> {
        let changed = self.consumer_with(stream, config, "update").await?;
        ensure!(changed["error"].is_null(), "{changed}");
        Ok(changed)
    }

    /// Deletes a consumer, which has to be there.
    pub async fn delete_consumer(&self, stream: &str, name: &str) -> anyhow::Result<()> {
        let subject = format!("CONSUMER.DELETE.{stream}.{name}");
        let deleted = self.api(&subject, Value::Null).await?;
        ensure!(deleted["success"] == true, "{deleted}");
        Ok(())
    }

    /// Pauses a consumer until a time and gives that as the server has it.
    pub async fn pause(&self, stream: &str, name: &str, until: &str) -> anyhow::Result<Timestamp> {
        let subject = format!("CONSUMER.PAUSE.{stream}.{name}");
        let paused = self.api(&subject, json!({ "pause_until": until })).await?;
        ensure!(paused["error"].is_null(), "{paused}");
        let until = paused["pause_until"].as_str().context("a time is given")?;
        Ok(until.parse()?)
    }

    /// Waits until a consumer's information is as `check` wants it.
    pub async fn until_consumer(
        &self,
        stream: &str,
        name: &str,
        what: &str,
        check: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        eventually(what, async || {
            let info = self.consumer(stream, name).await?;
            Ok(check(&info).then_some(info))
        })
        .await
    }

    /// Waits until nobody listens to a push consumer.
    pub async fn until_inactive(&self, stream: &str, name: &str) -> anyhow::Result<()> {
        let check = |info: &Value| info["push_bound"].is_null();
        self.until_consumer(stream, name, "nobody listens", check)
            .await?;
        Ok(())
    }

    /// How many consumers a stream has.
    pub async fn consumers_of(&self, stream: &str) -> anyhow::Result<u64> {
        let state = self.state(stream).await?;
        state["consumer_count"].as_u64().context("they are counted")
    }
}
