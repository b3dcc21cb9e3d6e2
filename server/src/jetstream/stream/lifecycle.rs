//! A stream from its making to its end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, Weak};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::consumer_set::ConsumerSet;
use super::ingest::{BadTransform, IngestState, Unfinished, look_for_partial_batch};
use super::origin::Origins;
use super::stream_consumer::StreamConsumer;
use super::subscribe::DirectSubscriptions;
use super::task::{self, StreamEvent};
use crate::account::Account;
use crate::client::{InternalClient, InternalMessage, InternalSubscription};
use crate::collections::ip_queue::{IpQueue, IpQueueOptions};
use crate::conn::Kind;
use crate::jetstream::advisory::{self, Action, StreamAction, TypedEvent};
use crate::jetstream::host::{Host, nanos, timestamp};
use crate::jetstream::limits::AccountUsage;
use crate::jetstream::model::{ApiError, StreamConfig, StreamState};
use crate::jetstream::store::{StoreError, StreamStore};

/// What a stream is made of.
pub struct StreamParts {
    /// The server.
    pub host: Arc<Host>,
    /// Its account.
    pub account: Arc<Account>,
    /// What the account uses.
    pub usage: Arc<AccountUsage>,
    /// The tier that its bytes count for.
    pub tier: String,
    /// Its configuration, checked.
    pub config: StreamConfig,
    /// When it was created.
    pub created: Timestamp,
}

/// One stream.
pub struct Stream {
    pub(super) host: Arc<Host>,
    pub(super) client: InternalClient,
    pub(super) usage: Arc<AccountUsage>,
    pub(super) store: Arc<dyn StreamStore>,
    /// Messages of publishers; bounded, beyond that they are refused.
    pub(super) publishes: Arc<IpQueue<InternalMessage>>,
    /// What else there is to do.
    pub(super) events: Arc<IpQueue<StreamEvent>>,
    pub(super) gets: Arc<IpQueue<InternalMessage>>,
    pub(super) inner: Mutex<IngestState>,
    /// Held while it is decided whether a message is still of interest, so that of
    /// two consumers that acknowledge at once the second sees the first.
    pub(super) retention: Mutex<()>,
    pub(super) consumers: RwLock<ConsumerSet>,
    pub(super) subscriptions: Mutex<HashMap<String, InternalSubscription>>,
    pub(super) direct: Mutex<DirectSubscriptions>,
    pub(super) origins: Mutex<Origins>,
    /// Lets the task look for deadlines again.
    pub(super) wake: Notify,
    pub(super) stopped: Notify,
    pub(super) stopped_gets: Notify,
    name: String,
    config: RwLock<Arc<StreamConfig>>,
    tier: RwLock<String>,
    created: AtomicI64,
    /// The first sequence of a run that is being stored; beyond all if there is none.
    run_start: AtomicU64,
    closed: AtomicBool,
}

/// Why a stream can not be made.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// Its store can not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its transforms make no sense.
    #[error(transparent)]
    Transform(#[from] BadTransform),
    /// It can not take messages.
    #[error(transparent)]
    Subscribe(#[from] crate::subject::sublist::SublistError),
}

impl From<StreamError> for ApiError {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Store(error) => Self::stream_store_failed(error),
            other => Self::stream_create(other),
        }
    }
}

impl Stream {
    /// Makes a stream over what its store holds. It takes messages after
    /// [`start`](Self::start).
    ///
    /// # Errors
    /// `StreamError`; then nothing of it is left.
    pub fn new(parts: StreamParts) -> Result<Arc<Self>, StreamError> {
        let StreamParts {
            host,
            account,
            usage,
            tier,
            config,
            created,
        } = parts;
        let mut state = IngestState::new(&config)?;
        let store = host.stores.stream_store(account.name(), &config, created)?;
        let unfinished = look_for_partial_batch(&*store, &config)?;
        if unfinished != Unfinished::Nothing {
            let (what, count) = match &unfinished {
                Unfinished::Rest(rest) => ("Restoring", rest.len() as u64),
                Unfinished::Undone(count) => ("Removed", *count),
                Unfinished::Nothing => ("", 0),
            };
            host.context.logger.notice(format_args!(
                "  {what} partial batch write of {count} messages of stream '{} > {}'",
                account.name(),
                config.name
            ));
        }
        state.recover(&*store, &config, host.clock.now());
        let label = format!("[ACC:{}] stream '{}' ", account.name(), config.name);
        let limits = IpQueueOptions {
            len_max: Some(host.config.stream_queue_msgs),
            size_of: Some(size_of as fn(&InternalMessage) -> u64),
            size_max: Some(host.config.stream_queue_bytes),
            ..IpQueueOptions::default()
        };
        let queues = &host.context.queues;
        let unlimited = IpQueueOptions::default;
        let client = InternalClient::new(Arc::clone(&host.context), account, Kind::JetStream);
        usage.server().reserve_stream(&config);
        let stream = Arc::new(Self {
            publishes: IpQueue::registered(queues, &format!("{label}messages"), limits),
            events: Arc::new(IpQueue::new(&format!("{label}events"), unlimited())),
            gets: Arc::new(IpQueue::new(
                &format!("{label}direct gets"),
                IpQueueOptions::default(),
            )),
            inner: Mutex::new(state),
            retention: Mutex::new(()),
            consumers: RwLock::default(),
            subscriptions: Mutex::default(),
            direct: Mutex::default(),
            origins: Mutex::default(),
            wake: Notify::new(),
            stopped: Notify::new(),
            stopped_gets: Notify::new(),
            name: config.name.clone(),
            config: RwLock::new(Arc::new(config)),
            tier: RwLock::new(tier),
            created: AtomicI64::new(nanos(created)),
            run_start: AtomicU64::new(u64::MAX),
            closed: AtomicBool::new(false),
            host,
            client,
            usage,
            store,
        });
        stream.watch_store();
        if let Unfinished::Rest(rest) = unfinished {
            stream.store_rest(&rest);
        }
        Ok(stream)
    }

    /// Begins to take messages.
    ///
    /// # Errors
    /// `StreamError::Subscribe`.
    pub fn start(self: &Arc<Self>) -> Result<(), StreamError> {
        self.host.runtime.spawn(task::run(Arc::clone(self)));
        let config = self.config();
        for subject in &config.subjects {
            self.subscribe(subject)?;
        }
        self.update_direct(&config)?;
        self.start_origins(&config);
        Ok(())
    }

    /// Counts what the store holds and passes on what it wants.
    fn watch_store(self: &Arc<Self>) {
        let this = Arc::downgrade(self);
        self.store.register_storage_updates(Arc::new(move |update| {
            if let Some(stream) = this.upgrade() {
                stream.storage_changed(update.msgs, update.bytes, update.seq, update.subject);
            }
        }));
        let events: Weak<_> = Arc::downgrade(&self.events);
        self.store.register_remove_msg(Arc::new(move |seq| {
            add_event(&events, StreamEvent::Remove(seq));
        }));
        let events: Weak<_> = Arc::downgrade(&self.events);
        self.store.register_process_msg(Arc::new(move |proposed| {
            add_event(&events, StreamEvent::Proposed(proposed));
        }));
    }

    /// Called by the store with none of its locks held, perhaps with ours.
    fn storage_changed(&self, msgs: i64, bytes: i64, seq: u64, subject: &[u8]) {
        if msgs == -1 && seq > 0 && !subject.is_empty() {
            self.consumers().removed(seq, subject);
        } else if msgs < 0 {
            self.consumers().recount();
        }
        if bytes != 0 {
            let tier = self.tier.read().unwrap_or_else(PoisonError::into_inner);
            self.usage.add(&tier, self.store.storage_type(), bytes);
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its account.
    #[must_use]
    pub fn account(&self) -> &Arc<Account> {
        self.client.account()
    }

    /// The server.
    #[must_use]
    pub const fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Who publishes for it.
    #[must_use]
    pub const fn client(&self) -> &InternalClient {
        &self.client
    }

    /// Its store.
    #[must_use]
    pub const fn store(&self) -> &Arc<dyn StreamStore> {
        &self.store
    }

    /// Its configuration.
    #[must_use]
    pub fn config(&self) -> Arc<StreamConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set_config(&self, config: StreamConfig) {
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    /// The tier that its bytes count for.
    #[must_use]
    pub fn tier(&self) -> String {
        self.tier
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        timestamp(self.created.load(Ordering::Relaxed))
    }

    /// Whether it takes no more messages.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The sequence of the last message.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.lock().last_seq
    }

    /// Whether a message that is in the store is as safe there as the configuration
    /// wants it, so that it may be shown: one that is lost in a crash would give its
    /// sequence to another.
    #[must_use]
    pub fn is_safe(&self, seq: u64) -> bool {
        seq < self.run_start.load(Ordering::Acquire)
    }

    /// What is stored from now on is not safe until the run ends.
    pub(super) fn begin_run(&self) {
        let next = self.last_seq() + 1;
        self.run_start.fetch_min(next, Ordering::AcqRel);
    }

    /// What was stored is safe now.
    pub(super) fn end_run(&self) {
        self.run_start.store(u64::MAX, Ordering::Release);
    }

    /// How many message IDs are remembered.
    #[must_use]
    pub fn msg_id_count(&self) -> usize {
        self.lock().dedupe.len()
    }

    /// How many batches are being published.
    #[must_use]
    pub fn batches_in_flight(&self) -> usize {
        self.lock().batches.len()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, IngestState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn consumers(&self) -> RwLockReadGuard<'_, ConsumerSet> {
        self.consumers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a consumer or changes its filters.
    pub fn add_consumer(&self, consumer: &Arc<dyn StreamConsumer>, filters: &[String]) {
        self.consumers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(consumer, filters);
    }

    /// Takes a consumer out; false if it was not there.
    pub fn remove_consumer(&self, name: &str) -> bool {
        self.consumers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name)
    }

    /// The consumer called `name`.
    #[must_use]
    pub fn consumer(&self, name: &str) -> Option<Arc<dyn StreamConsumer>> {
        self.consumers().get(name)
    }

    /// All consumers, by name.
    #[must_use]
    pub fn all_consumers(&self) -> Vec<Arc<dyn StreamConsumer>> {
        self.consumers().all()
    }

    /// What it holds, with deleted sequences if wanted.
    #[must_use]
    pub fn state(&self, details: bool) -> StreamState {
        let mut state = if details {
            self.store.state()
        } else {
            let mut state = StreamState::default();
            self.store.fast_state(&mut state);
            state
        };
        let consumers = self.consumers().all();
        state.consumers = consumers
            .iter()
            .filter(|consumer| !consumer.config().direct)
            .count();
        state
    }

    /// Tells the account what happened to the stream.
    pub fn advise(&self, action: Action) {
        let (verb, kind) = match action {
            Action::Create => ("CREATED", "io.nats.jetstream.advisory.v1.stream_action"),
            Action::Delete => ("DELETED", "io.nats.jetstream.advisory.v1.stream_action"),
            Action::Modify => ("UPDATED", "io.nats.jetstream.advisory.v1.stream_action"),
        };
        let subject = format!("$JS.EVENT.ADVISORY.STREAM.{verb}.{}", self.name);
        let event = StreamAction {
            event: TypedEvent::new(&self.host, kind),
            stream: &self.name,
            action,
            domain: &self.host.config.domain,
        };
        advisory::publish(&self.client, &subject, &event);
    }

    /// Ends the stream; with `delete` its messages go too. Its consumers are ended
    /// first. Returns when its store has stopped.
    ///
    /// # Errors
    /// Those of the store.
    pub fn stop(&self, delete: bool) -> Result<(), StoreError> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.stop_direct();
        self.stop_origins();
        let consumers = self.consumers().all();
        for consumer in consumers {
            consumer.stop(delete);
        }
        self.stopped.notify_one();
        self.stopped_gets.notify_one();
        self.publishes.unregister();
        let mut inner = self.lock();
        inner.batches.clear(&self.host);
        drop(inner);
        let config = self.config();
        self.usage.server().release_stream(&config);
        // The store tells that its bytes no longer count.
        if delete {
            self.advise(Action::Delete);
            self.store.delete(true)
        } else {
            self.store.stop()
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("account", &self.account().name())
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Gives the stream's task something to do, if there is a stream.
fn add_event(events: &Weak<IpQueue<StreamEvent>>, event: StreamEvent) {
    if let Some(events) = events.upgrade() {
        let queued = events.push(event);
        debug_assert!(queued.is_ok(), "a queue without limits takes everything");
    }
}

fn size_of(message: &InternalMessage) -> u64 {
    message.size() as u64
}
