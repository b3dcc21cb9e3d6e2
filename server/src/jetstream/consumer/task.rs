//! The task that owns a consumer's deliveries.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;

use super::deliver::{Progress, Scratch};
use super::flow_control::FlowControl;
use super::inner::{Inner, Mode};
use super::lifecycle::Consumer;
use crate::account::{Delivery, MessageHandler};
use crate::client::{InternalMessage, InternalPublisher, Outgoing};
use crate::collections::ip_queue::IpQueue;
use crate::conn::Kind;
use crate::jetstream::model::StorageType;
use crate::jetstream::store::StoreError;
use crate::jetstream::stream::StreamConsumer;

/// What a message to the consumer is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum EventKind {
    Ack,
    Next,
    FlowControl,
}

/// A message to the consumer.
#[derive(Debug)]
pub(super) struct ConsumerEvent {
    kind: EventKind,
    message: InternalMessage,
}

/// Puts messages into the consumer's queue. It has no limit: acknowledgements are
/// bounded by what was delivered, and requests are refused by the task at once.
pub(super) struct EventHandler {
    kind: EventKind,
    queue: Arc<IpQueue<ConsumerEvent>>,
}

impl EventHandler {
    pub(super) const fn new(kind: EventKind, queue: Arc<IpQueue<ConsumerEvent>>) -> Self {
        Self { kind, queue }
    }
}

impl MessageHandler for EventHandler {
    fn handle(&self, message: &Delivery<'_>) -> bool {
        let event = ConsumerEvent {
            kind: self.kind,
            message: InternalMessage::new(message),
        };
        self.queue.push(event).is_ok()
    }
}

/// Works until the consumer has ended.
pub(super) async fn run(consumer: Arc<Consumer>) {
    let stream = consumer.stream();
    let context = Arc::clone(&stream.host().context);
    let account = Arc::clone(stream.account());
    let mut publisher = InternalPublisher::new(context, account, Kind::JetStream);
    let mut scratch = Scratch::default();
    let mut interest = consumer.watch_interest(&consumer.config());
    loop {
        if consumer.rewatch.swap(false, Ordering::AcqRel) {
            interest = consumer.watch_interest(&consumer.config());
        }
        let step = consumer.steps(&mut scratch, &mut publisher);
        match step {
            Step::Ended => return,
            Step::Abandoned => {
                consumer.delete();
                return;
            }
            Step::Again => tokio::task::yield_now().await,
            // Perhaps meanwhile, with a runtime that has no timers any more.
            Step::Wait(_) if consumer.is_closed() => return,
            Step::Wait(pause) => {
                tokio::select! {
                    () = consumer.events.ready() => {}
                    () = consumer.signal().woken() => {}
                    () = changed(&mut interest) => {}
                    () = publisher.caught_up() => {}
                    () = sleep(pause) => {}
                }
            }
        }
    }
}

async fn changed(interest: &mut Option<mpsc::Receiver<bool>>) {
    match interest {
        // The channel is closed only with the account's subscriptions.
        Some(receiver) => {
            if receiver.recv().await.is_none() {
                std::future::pending::<()>().await;
            }
        }
        None => std::future::pending().await,
    }
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

/// What the task does next.
enum Step {
    Wait(Option<Duration>),
    Again,
    Abandoned,
    Ended,
}

impl Consumer {
    /// Takes steps until there is nothing to do, or others should get their turn. What may
    /// wait for the disk does not hold up other tasks; as that takes another thread, a few
    /// steps are taken at once.
    fn steps(&self, scratch: &mut Scratch, publisher: &mut InternalPublisher) -> Step {
        if self.stream().store().storage_type() != StorageType::File {
            return self.step(scratch, publisher);
        }
        tokio::task::block_in_place(|| {
            for _ in 1..STEPS_MAX {
                let step = self.step(scratch, publisher);
                if !matches!(step, Step::Again) || self.rewatch.load(Ordering::Acquire) {
                    return step;
                }
            }
            self.step(scratch, publisher)
        })
    }

    /// Takes in what has happened and delivers a run.
    fn step(&self, scratch: &mut Scratch, publisher: &mut InternalPublisher) -> Step {
        let mut inner = self.lock();
        if inner.closed {
            return Step::Ended;
        }
        inner.absorb(self.signal());
        let now = self.now();
        self.on_interest(&mut inner, now);
        if let Some(mut batch) = self.events.pop() {
            for event in batch.drain() {
                self.on_event(&mut inner, &event, publisher);
            }
        }
        let now = self.now();
        if inner.resumes_at.is_some_and(|at| now >= at) {
            inner.resumes_at = None;
            let config = Arc::clone(&inner.config);
            self.advise_pause(&config, now);
        }
        self.check_pending(&mut inner, now);
        self.check_pin(&mut inner, now);
        if self.is_abandoned(&mut inner, now, publisher) {
            drop(inner);
            publisher.flush();
            return Step::Abandoned;
        }
        let progress = self.deliver_run(&mut inner, scratch, publisher);
        let now = self.now();
        self.check_heartbeat(&mut inner, now, publisher);
        let step = if progress == Progress::More {
            Step::Again
        } else {
            if inner
                .replay
                .as_ref()
                .is_some_and(|replay| inner.stream_seq > replay.until)
            {
                inner.replay = None;
            }
            self.check_waiting(&mut inner, progress == Progress::EndOfStream, publisher);
            Step::Wait(pause(&inner, self.now()))
        };
        let released = std::mem::take(&mut inner.to_release);
        let notes = std::mem::take(&mut inner.to_note);
        let answers = std::mem::take(&mut inner.to_answer);
        drop(inner);
        publisher.flush();
        let settled = self.stream().release(&released);
        let settled = settled.and_then(|()| self.settle(&notes, !answers.is_empty()));
        if let Err(error) = settled {
            // Nobody may believe that their messages are done with.
            self.log_error("writing the state of", &error);
            return step;
        }
        // Whoever is told that a message is acknowledged does not find it any more.
        if !answers.is_empty() {
            for reply in &answers {
                publisher.publish(&Outgoing {
                    subject: reply,
                    ..Outgoing::default()
                });
            }
            publisher.flush();
        }
        step
    }

    /// Notes acknowledgements of messages that the stream has removed, and has all of
    /// them be safe if somebody is told.
    fn settle(&self, notes: &[(u64, u64)], is_told: bool) -> Result<(), StoreError> {
        if notes.is_empty() && !is_told {
            return Ok(());
        }
        let inner = self.lock();
        if inner.closed {
            // Its state was written without them.
            return Err(StoreError::Closed);
        }
        for (dseq, seq) in notes {
            inner.note_acked(*dseq, *seq)?;
        }
        let store = inner.store.clone().filter(|_| is_told);
        drop(inner);
        store.map_or(Ok(()), |store| store.sync_run())
    }

    fn on_event(
        &self,
        inner: &mut Inner,
        event: &ConsumerEvent,
        publisher: &mut InternalPublisher,
    ) {
        let message = &event.message;
        match event.kind {
            EventKind::Ack => self.on_ack(inner, message, publisher),
            EventKind::Next => {
                if let Some(reply) = message.reply() {
                    let (header, payload) = (message.header(), message.payload());
                    self.on_next_request(inner, reply, header, payload, publisher);
                }
            }
            EventKind::FlowControl => {
                if let Mode::Push(push) = &mut inner.mode
                    && let Some(flow) = &mut push.flow
                {
                    // An answer to an older request counts for nothing.
                    FlowControl::answered(flow, message.subject());
                }
            }
        }
    }
}

/// How long nothing will happen by itself.
fn pause(inner: &Inner, now: i64) -> Option<Duration> {
    let of_mode = match &inner.mode {
        Mode::Pull(waiting) => waiting.deadline(),
        Mode::Push(push) => push.heartbeat_at,
    };
    let paced = Some(inner.not_before).filter(|at| *at > now);
    let next = [
        of_mode,
        inner.resumes_at,
        paced,
        inner.pending_at,
        inner.inactive_at,
        inner.pin.as_ref().map(|pin| pin.expires),
    ]
    .into_iter()
    .flatten()
    .min()?;
    let left = next.saturating_sub(now).max(PAUSE_MIN);
    Some(Duration::from_nanos(left.unsigned_abs()))
}

/// Most steps that are taken one after the other.
const STEPS_MAX: usize = 8;

/// What is due now has been done; rounding must not make a hot loop.
const PAUSE_MIN: i64 = 1_000_000;
