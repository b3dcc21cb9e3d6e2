//! A consumer from its making to its end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use hashbrown::HashMap;
use jiff::Timestamp;

use super::inactive::inactive_after;
use super::info::ConsumerInfo;
use super::inner::{Inner, Mode, resumes_at};
use super::pull::WaitQueue;
use super::push::Push;
use super::redeliver_queue::RedeliverQueue;
use super::signal::Signal;
use super::task::{self, ConsumerEvent, EventHandler, EventKind};
use crate::client::{InternalSubscription, Outgoing};
use crate::collections::ip_queue::{IpQueue, IpQueueOptions};
use crate::jetstream::advisory::Action;
use crate::jetstream::host::nanos;
use crate::jetstream::model::{ApiError, ConsumerConfig, RetentionPolicy, StreamState};
use crate::jetstream::store::StoreError;
use crate::jetstream::stream::{NewMessages, PurgeRequest, Stream, StreamConsumer};

/// What a consumer is made of.
pub struct ConsumerParts {
    /// Its stream.
    pub stream: Arc<Stream>,
    /// Its name.
    pub name: String,
    /// Its configuration, checked.
    pub config: ConsumerConfig,
    /// When it was created.
    pub created: Timestamp,
}

/// One consumer.
pub struct Consumer {
    stream: Arc<Stream>,
    name: String,
    created: Timestamp,
    ack_prefix: Vec<u8>,
    config: RwLock<Arc<ConsumerConfig>>,
    pub(super) events: Arc<IpQueue<ConsumerEvent>>,
    signal: Arc<Signal>,
    inner: Mutex<Inner>,
    subscriptions: Mutex<Vec<InternalSubscription>>,
    /// Set when the deliver subject has changed.
    pub(super) rewatch: AtomicBool,
    closed: AtomicBool,
    /// What it was like before it delivered anything.
    initial: Mutex<Option<Box<ConsumerInfo>>>,
}

impl Consumer {
    /// Makes a consumer that goes on where its store says. It delivers after
    /// [`start`](Self::start).
    ///
    /// # Errors
    /// [`ApiError::consumer_store_failed`].
    pub fn new(parts: ConsumerParts) -> Result<Arc<Self>, ApiError> {
        let ConsumerParts {
            stream,
            name,
            mut config,
            created,
        } = parts;
        let failed = |error: StoreError| ApiError::consumer_store_failed(error);
        let store = if config.direct {
            None
        } else {
            let store = stream
                .store()
                .consumer_store(&name, Some(created), &config)
                .map_err(failed)?;
            Some(store)
        };
        let now = stream.host().clock.now();
        let inactive_after = inactive_after(&mut config);
        let stream_config = stream.config();
        let burst = burst_of(&stream);
        let mode = if config.deliver_subject.is_empty() {
            Mode::Pull(WaitQueue::new(config.max_waiting, now))
        } else {
            Mode::Push(Push::new(&config, burst, now))
        };
        let config = Arc::new(config);
        let mut inner = Inner {
            config: Arc::clone(&config),
            store,
            messages: Arc::clone(stream.store()),
            retention: stream_config.retention,
            filters: Vec::new(),
            filter_list: None,
            stream_seq: 1,
            delivery_seq: 1,
            floor: (0, 0),
            pending: BTreeMap::new(),
            pending_at: None,
            redeliver: RedeliverQueue::default(),
            redelivered: HashMap::new(),
            to_come: 0,
            counted_to: 0,
            skip_list: None,
            mode,
            replay: None,
            not_before: 0,
            resumes_at: resumes_at(&config, now),
            last_delivered: None,
            last_acked: None,
            inactive_at: None,
            inactive_after,
            pin: None,
            to_release: Vec::new(),
            to_note: Vec::new(),
            to_answer: Vec::new(),
            closed: false,
        };
        inner.set_filters();
        if inner.store.as_ref().is_some_and(|store| store.has_state()) {
            inner.read_state(now).map_err(failed)?;
        } else {
            inner.select_start(&stream_config).map_err(failed)?;
        }
        let mut state = StreamState::default();
        inner.messages.fast_state(&mut state);
        inner.starts_replay(state.last_seq);
        let label = format!(
            "[ACC:{}] consumer '{name}' on stream '{}' events",
            stream.account().name(),
            stream.name()
        );
        Ok(Arc::new(Self {
            ack_prefix: format!("$JS.ACK.{}.{name}", stream.name()).into_bytes(),
            events: Arc::new(IpQueue::new(&label, IpQueueOptions::default())),
            signal: Arc::default(),
            inner: Mutex::new(inner),
            subscriptions: Mutex::default(),
            rewatch: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            initial: Mutex::default(),
            config: RwLock::new(config),
            stream,
            name,
            created,
        }))
    }

    /// Begins to deliver.
    ///
    /// # Errors
    /// [`ApiError`] if its subjects can not be subscribed to.
    pub fn start(self: &Arc<Self>) -> Result<(), ApiError> {
        self.subscribe()?;
        let this: Arc<dyn StreamConsumer> = Arc::clone(self) as _;
        let filters = {
            let inner = self.lock();
            inner.filters.clone()
        };
        self.stream.add_consumer(&this, &filters);
        {
            let mut inner = self.lock();
            inner.recount().map_err(ApiError::consumer_store_failed)?;
            let now = self.now();
            self.on_interest(&mut inner, now);
            if inner.inactive_after > 0 && (!inner.is_push() || inner.inactive_at.is_some()) {
                inner.inactive_at = Some(now.saturating_add(inner.inactive_after));
            }
        }
        let initial = self.info().map(Box::new);
        *self.initial.lock().unwrap_or_else(PoisonError::into_inner) = initial;
        self.stream
            .host()
            .runtime
            .spawn(task::run(Arc::clone(self)));
        Ok(())
    }

    /// What it was like when it began, which is told once, to whoever made it.
    pub fn take_initial_info(&self) -> Option<ConsumerInfo> {
        let mut initial = self.initial.lock().unwrap_or_else(PoisonError::into_inner);
        initial.take().map(|info| *info)
    }

    fn subscribe(&self) -> Result<(), ApiError> {
        let config = self.config();
        let (stream, name) = (self.stream.name(), &self.name);
        let mut wanted = Vec::new();
        if config.ack_policy != crate::jetstream::model::AckPolicy::None {
            wanted.push((format!("$JS.ACK.{stream}.{name}.*.*.*.*.*"), EventKind::Ack));
        }
        let next = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}");
        wanted.push((next, EventKind::Next));
        if config.flow_control {
            wanted.push((format!("$JS.FC.{stream}.{name}.*"), EventKind::FlowControl));
        }
        let mut subscriptions = Vec::with_capacity(wanted.len());
        for (subject, kind) in wanted {
            let handler = EventHandler::new(kind, Arc::clone(&self.events));
            let subscription = self
                .stream
                .client()
                .subscribe(subject.as_bytes(), None, Arc::new(handler))
                .map_err(ApiError::consumer_create)?;
            subscriptions.push(subscription);
        }
        *self
            .subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = subscriptions;
        Ok(())
    }

    /// Its stream.
    #[must_use]
    pub const fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// Its name.
    #[must_use]
    pub fn name_str(&self) -> &str {
        &self.name
    }

    /// When it was created.
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.created
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn ack_prefix(&self) -> &[u8] {
        &self.ack_prefix
    }

    pub(super) fn signal(&self) -> &Signal {
        &self.signal
    }

    pub(super) fn now(&self) -> i64 {
        self.stream.host().clock.now()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_config(&self, config: Arc<ConsumerConfig>) {
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    pub(super) fn burst(&self) -> u64 {
        burst_of(&self.stream)
    }

    /// The deliver subject has changed.
    pub(super) fn rewatch(&self) {
        self.rewatch.store(true, Ordering::Release);
        self.signal.wake();
    }

    pub(super) fn log_error(&self, what: &str, error: &StoreError) {
        if matches!(error, StoreError::Closed) {
            return;
        }
        self.stream.host().context.logger.error(format_args!(
            "Error {what} consumer '{} > {} > {}': {error}",
            self.stream.account().name(),
            self.stream.name(),
            self.name
        ));
    }

    /// Tells that the consumer was created, and if so that it rests.
    pub fn advise_created(&self) {
        self.advise(Action::Create);
        let config = self.config();
        let now = self.now();
        if config.pause_until.is_some_and(|until| now < nanos(until)) {
            self.advise_pause(&config, now);
        }
    }

    /// Ends the consumer for good: it is deleted from the stream, and what only it
    /// kept goes too.
    pub fn delete(&self) {
        self.end(true);
        self.stream.remove_consumer(&self.name);
        self.stream.consumer_is_gone();
    }

    /// Ends the consumer; with `delete` nothing of its state is left.
    fn end(&self, delete: bool) {
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let (store, waiting) = {
            let mut inner = self.lock();
            inner.closed = true;
            let waiting: Vec<(Arc<[u8]>, Vec<u8>)> = match &mut inner.mode {
                Mode::Pull(waiting) => waiting
                    .drain()
                    .map(|request| {
                        let status = if delete {
                            b"NATS/1.0 409 Consumer Deleted\r\n\r\n".to_vec()
                        } else {
                            request.status("409 Server Shutdown")
                        };
                        (request.reply, status)
                    })
                    .collect(),
                Mode::Push(_) => Vec::new(),
            };
            (inner.store.take(), waiting)
        };
        self.stream
            .client()
            .publish_all(waiting.iter().map(|(reply, status)| Outgoing {
                subject: reply,
                header: status,
                ..Outgoing::default()
            }));
        if delete {
            self.advise(Action::Delete);
        }
        if let Some(store) = store {
            let result = if delete { store.delete() } else { store.stop() };
            if let Err(error) = result {
                self.log_error("stopping", &error);
            }
        }
        self.signal.wake();
    }
}

/// Bytes that may go at once in spite of a rate limit: one message.
fn burst_of(stream: &Stream) -> u64 {
    match u64::try_from(stream.config().max_msg_size) {
        Ok(max) if max > 0 => max,
        _ => stream.host().context.options().max_payload as u64,
    }
}

impl StreamConsumer for Consumer {
    fn name(&self) -> &str {
        &self.name
    }

    fn config(&self) -> Arc<ConsumerConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn as_any(self: Arc<Self>) -> Arc<dyn std::any::Any + Send + Sync> {
        self
    }

    fn stored(&self, messages: NewMessages) {
        self.signal.add(messages);
    }

    fn removed(&self, seq: u64, subject: &[u8]) {
        let mut inner = self.lock();
        inner.absorb(&self.signal);
        if seq >= inner.stream_seq && inner.wants(subject) {
            inner.to_come -= 1;
        }
        if inner.pending.contains_key(&seq) {
            self.end_removed(&mut inner, seq);
        }
    }

    fn recount(&self) {
        let mut inner = self.lock();
        if let Err(error) = inner.recount() {
            self.log_error("counting messages of", &error);
        }
    }

    fn purged(&self, request: &PurgeRequest, state: &StreamState, subject_first: u64) {
        let mut inner = self.lock();
        self.on_purge(&mut inner, request, state, subject_first);
    }

    fn needs_ack(&self, seq: u64, subject: &mut dyn FnMut() -> Option<Vec<u8>>) -> bool {
        use crate::jetstream::model::AckPolicy;
        let inner = self.lock();
        if !inner.filters.is_empty() {
            match subject() {
                Some(subject) if inner.wants(&subject) => {}
                _ => return false,
            }
        }
        let above = seq > inner.floor.1;
        let needed = match inner.config.ack_policy {
            AckPolicy::None | AckPolicy::All => above,
            AckPolicy::Explicit => {
                above && (seq >= inner.stream_seq || inner.pending.contains_key(&seq))
            }
        };
        // What was delivered as often as it may stays.
        needed || inner.redelivered.contains_key(&seq)
    }

    fn ack_floor(&self) -> u64 {
        self.lock().floor.1
    }

    fn retention_changed(&self, retention: RetentionPolicy) {
        self.lock().retention = retention;
    }

    fn stop(&self, delete: bool) {
        self.end(delete);
    }
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer")
            .field("stream", &self.stream)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
