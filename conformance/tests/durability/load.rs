//! Four publishers and four consumers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use async_nats::Client;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull, push};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, RetentionPolicy};
use async_nats::jetstream::{self, Message};
use conformance::wait::{SOON, until_async};
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::book::{Book, Key, PUBLISHERS, READERS, STREAMS};

/// Messages that a publisher has on their way at most.
const WINDOW: usize = 32;
/// Acknowledgements that a consumer has on their way at most.
const ACKS: usize = 16;
const ACK_WAIT: Duration = Duration::from_millis(300);

/// The parties of one round.
#[derive(Clone)]
pub struct Load {
    js: jetstream::Context,
    book: Arc<Mutex<Book>>,
    round: u64,
}

/// A round that goes on.
pub struct Running(JoinSet<()>);

impl Running {
    pub async fn stop(mut self) {
        self.0.shutdown().await;
    }
}

impl Load {
    pub fn new(client: Client, book: &Arc<Mutex<Book>>, round: u64) -> Self {
        Self {
            js: jetstream::new(client),
            book: Arc::clone(book),
            round,
        }
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    pub async fn make_assets(&self) -> anyhow::Result<()> {
        for name in STREAMS {
            let config = Config {
                name: name.to_owned(),
                subjects: vec![format!("{name}.*")],
                retention: match name {
                    "W" => RetentionPolicy::WorkQueue,
                    "I" => RetentionPolicy::Interest,
                    _ => RetentionPolicy::Limits,
                },
                ..Config::default()
            };
            self.js.create_stream(config).await?;
        }
        for reader in &READERS {
            let stream = self.js.get_stream(reader.stream).await?;
            let filter_subject = match reader.only {
                Some(publisher) => format!("{}.{publisher}", reader.stream),
                None => String::new(),
            };
            let durable_name = Some(reader.name.to_owned());
            if reader.only.is_some() {
                let config = push::Config {
                    durable_name,
                    filter_subject,
                    deliver_subject: format!("deliver.{}", reader.name),
                    ack_policy: AckPolicy::Explicit,
                    ack_wait: ACK_WAIT,
                    ..push::Config::default()
                };
                stream.create_consumer(config).await?;
            } else {
                let config = pull::Config {
                    durable_name,
                    filter_subject,
                    ack_policy: AckPolicy::Explicit,
                    ack_wait: ACK_WAIT,
                    ..pull::Config::default()
                };
                stream.create_consumer(config).await?;
            }
        }
        Ok(())
    }

    /// Looks at what came to the stream with limits since it was last looked at: it
    /// has no gaps, and all payloads are whole.
    pub async fn check_stored(&self) -> anyhow::Result<()> {
        let mut stream = self.js.get_stream("S").await?;
        let state = stream.info().await?.state.clone();
        ensure!(
            state.messages == state.last_sequence && state.deleted_count.is_none_or(|n| n == 0),
            "{state:?}"
        );
        let from = self.book().looked_through;
        ensure!(state.last_sequence >= from, "{from} is not in {state:?}");
        if state.last_sequence == from {
            return Ok(());
        }
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: from + 1,
            },
            ..pull::OrderedConfig::default()
        };
        let mut messages = stream.create_consumer(config).await?.messages().await?;
        for expected in from + 1..=state.last_sequence {
            let message = tokio::time::timeout(SOON, messages.next()).await;
            let message = message?.context("a message")??;
            let (key, seq) = read(&message)?;
            ensure!(seq == expected, "{seq} in the place of {expected}");
            self.book().saw(key, seq);
        }
        self.book().looked_through = state.last_sequence;
        Ok(())
    }

    /// Lets everybody work. Returns when a message was stored and one delivered.
    pub async fn run(&self) -> anyhow::Result<Running> {
        let mut tasks = JoinSet::new();
        let begun = Arc::new(Notify::new());
        for publisher in 0..PUBLISHERS {
            let (load, begun) = (self.clone(), Arc::clone(&begun));
            tasks.spawn(async move {
                // It ends with the server.
                let _ = load.publish(publisher, &begun).await;
            });
        }
        for reader in 0..READERS.len() {
            let load = self.clone();
            tasks.spawn(async move {
                let _ = load.consume(reader, false).await;
            });
        }
        tokio::time::timeout(SOON, begun.notified()).await?;
        Ok(Running(tasks))
    }

    async fn publish(&self, publisher: usize, begun: &Notify) -> anyhow::Result<()> {
        let mut acks = FuturesUnordered::new();
        let again = self.book().in_flight(publisher);
        let mut again = again.into_iter();
        let mut turn = 0;
        loop {
            while acks.len() < WINDOW {
                let key = again.next().unwrap_or_else(|| {
                    turn += 1;
                    self.book().next(STREAMS[turn % STREAMS.len()], publisher)
                });
                let (stream, _, number) = key;
                let text = format!("{stream} {publisher} {number}");
                let message = PublishMessage::build()
                    .message_id(&text)
                    .payload(text.clone().into());
                let subject = format!("{stream}.{publisher}");
                let ack = self.js.send_publish(subject, message).await?;
                acks.push(async move { (key, ack.await) });
            }
            let Some((key, ack)) = acks.next().await else {
                continue;
            };
            self.book().stored(key, ack?.sequence);
            begun.notify_one();
        }
    }

    /// Gets messages and acknowledges them, when it is not the end some of them not.
    async fn consume(&self, reader: usize, is_end: bool) -> anyhow::Result<()> {
        let name = READERS[reader].name;
        let stream = self.js.get_stream(READERS[reader].stream).await?;
        if READERS[reader].only.is_some() {
            let consumer: jetstream::consumer::PushConsumer = stream
                .get_consumer(name)
                .await
                .map_err(anyhow::Error::from_boxed)?;
            self.take(reader, consumer.messages().await?, is_end).await;
        } else {
            let consumer: PullConsumer = stream
                .get_consumer(name)
                .await
                .map_err(anyhow::Error::from_boxed)?;
            self.take(reader, consumer.messages().await?, is_end).await;
        }
        Ok(())
    }

    async fn take<E>(
        &self,
        reader: usize,
        messages: impl Stream<Item = Result<Message, E>>,
        is_end: bool,
    ) {
        messages
            .for_each_concurrent(ACKS, async |message| {
                let Ok(message) = message else { return };
                let (key, seq) = read(&message).expect("a message of ours");
                self.book().delivered(reader, key, seq, self.round);
                let count = message.info().expect("of a consumer").delivered;
                if count == 1 && seq % 7 == 0 && !is_end {
                    return;
                }
                self.book().acknowledging(reader, seq);
                // The library takes it for an answer that nobody is there.
                let Some(reply) = &message.reply else { return };
                let client = self.js.client();
                if client.request(reply.clone(), "+ACK".into()).await.is_ok() {
                    self.book().confirmed(reader, seq, self.round);
                }
            })
            .await;
    }

    /// Lets the consumers get all there is.
    pub async fn drain(&self) -> anyhow::Result<()> {
        let mut tasks = JoinSet::new();
        for reader in 0..READERS.len() {
            let load = self.clone();
            tasks.spawn(async move { load.consume(reader, true).await });
        }
        for reader in &READERS {
            let what = format!("{} has got everything", reader.name);
            until_async(Duration::from_secs(120), &what, async || {
                self.is_done(reader.stream, reader.name)
                    .await
                    .unwrap_or(false)
            })
            .await;
        }
        for name in ["W", "I"] {
            let mut stream = self.js.get_stream(name).await?;
            let state = &stream.info().await?.state;
            ensure!(state.messages == 0, "{name} keeps {state:?}");
        }
        tasks.shutdown().await;
        Ok(())
    }

    async fn is_done(&self, stream: &str, name: &str) -> anyhow::Result<bool> {
        let stream = self.js.get_stream(stream).await?;
        let info = stream.consumer_info(name).await?;
        Ok((info.num_pending, info.num_ack_pending) == (0, 0))
    }
}

fn read(message: &Message) -> anyhow::Result<(Key, u64)> {
    let info = message.info().map_err(anyhow::Error::from_boxed)?;
    let text = std::str::from_utf8(&message.payload)?;
    let mut words = text.split(' ');
    let mut word = || words.next().with_context(|| format!("{text:?}"));
    let name = word()?;
    let stream = STREAMS
        .into_iter()
        .find(|stream| *stream == name && *stream == info.stream)
        .with_context(|| format!("{text:?} in {}", info.stream))?;
    let (publisher, number) = (word()?.parse()?, word()?.parse()?);
    ensure!(
        *message.subject == *format!("{stream}.{publisher}"),
        "{text:?}"
    );
    Ok(((stream, publisher, number), info.stream_sequence))
}
