//! The task that owns a stream's writes.

use std::sync::Arc;
use std::time::Duration;

use super::ingest::{Ingest, Output};
use super::lifecycle::Stream;
use super::origin::OriginEvent;
use crate::client::InternalPublisher;
use crate::conn::Kind;
use crate::jetstream::model::{ApiError, StorageType};
use crate::jetstream::store::{ProposedMsg, StoreError};

/// What there is to do for a stream beside taking messages of publishers.
#[derive(Debug)]
pub(super) enum StreamEvent {
    /// The store wants a message removed.
    Remove(u64),
    /// The store wants a message stored.
    Proposed(ProposedMsg),
    /// A message did not fit into the queue; its reply subject.
    TooMany(Box<[u8]>),
    /// A message came from a stream that this one copies or takes messages from.
    Origin(OriginEvent),
}

/// Most messages that are stored before their answers go out.
const RUN: usize = 512;

/// Works until the stream is stopped.
pub(super) async fn run(stream: Arc<Stream>) {
    let account = Arc::clone(stream.account());
    let context = Arc::clone(&stream.host.context);
    let mut publisher = InternalPublisher::new(context, account, Kind::JetStream);
    let mut out = Output::default();
    while !stream.is_closed() {
        let pause = stream.next_deadline();
        tokio::select! {
            () = stream.publishes.ready() => stream.store_published(&mut out, &mut publisher),
            () = stream.events.ready() => stream.work_off_events(&mut out, &mut publisher),
            () = sleep(pause) => stream.on_deadline(),
            () = stream.wake.notified() => {}
            () = stream.stopped.notified() => return,
        }
    }
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

impl Stream {
    fn store_published(&self, out: &mut Output, publisher: &mut InternalPublisher) {
        let Some(mut batch) = self.publishes.pop() else {
            return;
        };
        self.blocking(|| {
            let mut messages = batch.drain().peekable();
            while messages.peek().is_some() {
                if self.is_closed() {
                    return;
                }
                self.begin_run();
                self.ingest(messages.by_ref().take(RUN), out);
                self.finish_run(out, publisher);
            }
        });
    }

    /// What is stored is made safe, answered and told to consumers.
    fn finish_run(&self, out: &mut Output, publisher: &mut InternalPublisher) {
        if let Err(error) = self.store.sync_run() {
            // Nobody may believe that they are stored.
            self.log_store_error("sync", &error);
            out.clear();
            return;
        }
        self.end_run();
        if out.keeps_batch
            && let Err(error) = self.store.forget_batch()
        {
            // It is known to be stored when it is found again.
            self.log_store_error("forget a batch of", &error);
        }
        let consumers = self.consumers();
        if !consumers.is_empty() {
            consumers.stored(out.all_stored());
        }
        drop(consumers);
        out.send(publisher);
    }

    fn work_off_events(self: &Arc<Self>, out: &mut Output, publisher: &mut InternalPublisher) {
        let Some(mut batch) = self.events.pop() else {
            return;
        };
        self.begin_run();
        self.blocking(|| {
            for event in batch.drain() {
                self.work_off(event, out);
            }
        });
        self.finish_run(out, publisher);
    }

    fn work_off(self: &Arc<Self>, event: StreamEvent, out: &mut Output) {
        match event {
            StreamEvent::Remove(seq) => match self.remove(seq, false) {
                Ok(_) | Err(StoreError::Closed | StoreError::MsgNotFound) => {}
                Err(error) => self.log_store_error("remove a msg from", &error),
            },
            StreamEvent::Proposed(msg) => {
                let config = self.config();
                let mut state = self.lock();
                let mut ingest = Ingest::new(&msg.subject, &msg.header, &msg.payload, None);
                self.take(&mut ingest, &config, &mut state, out);
            }
            StreamEvent::TooMany(reply) => {
                self.host.context.logger.limited(
                    crate::logging::Level::Warn,
                    "js-ingest",
                    format_args!(
                        "Dropping messages due to excessive stream ingest rate on '{}' > '{}'",
                        self.account().name(),
                        self.name()
                    ),
                );
                if !reply.is_empty() {
                    out.refuse(&reply, self.name(), &ApiError::stream_too_many_requests());
                }
            }
            StreamEvent::Origin(event) => self.on_origin(&event, out),
        }
    }

    /// Runs what may wait for the disk without holding up other tasks.
    pub(super) fn blocking<R>(&self, work: impl FnOnce() -> R) -> R {
        if self.store.storage_type() == StorageType::File {
            tokio::task::block_in_place(work)
        } else {
            work()
        }
    }

    fn next_deadline(&self) -> Option<Duration> {
        let state = self.lock();
        let deadlines = [state.dedupe.deadline(), state.batches.deadline()];
        drop(state);
        let next = deadlines
            .into_iter()
            .flatten()
            .chain(self.origin_deadline())
            .min()?;
        let left = next.saturating_sub(self.host.clock.now());
        // Not so often that it is felt.
        Some(Duration::from_nanos(left.max(0).unsigned_abs()).max(PAUSE_MIN))
    }

    fn on_deadline(self: &Arc<Self>) {
        let now = self.host.clock.now();
        let late = {
            let mut state = self.lock();
            state.dedupe.expire(now);
            state.batches.expire(&self.host, now)
        };
        for id in late {
            self.advise_abandoned(&id, super::ingest::Abandoned::Timeout);
        }
        self.check_origins(now);
    }
}

const PAUSE_MIN: Duration = Duration::from_millis(20);
