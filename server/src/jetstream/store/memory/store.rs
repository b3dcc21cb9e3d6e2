//! The memory store: a lock around its state, timers and handlers.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;

use super::consumer::{MemoryConsumerStore, count_out};
use super::load::lookup;
use super::state::State;
use super::subjects::SubjectState;
use crate::jetstream::model::{
    ConsumerConfig, Nanos, SimpleState, StorageType, StreamConfig, StreamState,
};
use crate::jetstream::store::clock::Clock;
use crate::jetstream::store::consumer_store::ConsumerStore;
use crate::jetstream::store::delete_block::DeleteBlock;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::Expiring;
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::handlers::{
    ProcessMsgHandler, RemoveMsgHandler, StorageUpdateHandler,
};
use crate::jetstream::store::message::{Lookup, RawMsg, StoredMsg};
use crate::jetstream::store::msg_run::{MsgRun, RunLimits};
use crate::jetstream::store::stream_state_codec::{ReplicatedState, encode_stream_state};
use crate::jetstream::store::stream_store::{Snapshot, StreamStore};
use crate::subject::sublist::Sublist;

/// Keeps the messages of a stream in memory (`memStore`).
///
/// One lock, taken for each call and never while a handler runs; nothing else is
/// locked under it but the clock's timers.
pub struct MemoryStore {
    state: Mutex<State>,
    pub(super) clock: Arc<dyn Clock>,
    consumers: Arc<AtomicUsize>,
    pub(super) this: Weak<Self>,
}

/// What a message counts for in a stream's bytes: its parts and 16 bytes for its
/// sequence and time.
#[must_use]
pub const fn msg_size(subject_len: usize, header_len: usize, payload_len: usize) -> u64 {
    (subject_len + header_len + payload_len + 16) as u64
}

impl MemoryStore {
    /// An empty store.
    ///
    /// # Errors
    /// [`StoreError::WrongType`] if the configuration does not ask for memory.
    pub fn new(config: &StreamConfig, clock: Arc<dyn Clock>) -> Result<Arc<Self>, StoreError> {
        if config.storage != StorageType::Memory {
            return Err(StoreError::WrongType);
        }
        let mut state = State {
            config: config.clone(),
            ..State::default()
        };
        if config.allow_msg_ttl {
            state.recover_ttls();
        }
        if config.allow_msg_schedules {
            state.recover_schedules(clock.now());
        }
        if config.first_seq > 0 {
            state.purge(config.first_seq)?;
        }
        Ok(Arc::new_cyclic(|this| Self {
            state: Mutex::new(state),
            clock,
            consumers: Arc::default(),
            this: this.clone(),
        }))
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How many sequences it remembers as deleted.
    #[must_use]
    pub fn deleted_len(&self) -> usize {
        self.lock().deleted.len()
    }

    /// Whether messages may have a limit of their own.
    #[must_use]
    pub fn tracks_ttls(&self) -> bool {
        self.lock().expiry.wheel.is_some()
    }

    /// How many messages have a limit of their own.
    #[must_use]
    pub fn ttl_count(&self) -> u64 {
        let state = self.lock();
        state.expiry.wheel.as_ref().map_or(0, |wheel| wheel.count())
    }

    /// The heap memory of the messages in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.lock().messages.memory()
    }

    /// What is noted of a subject, perhaps stale.
    #[must_use]
    pub fn subject_state(&self, subject: &[u8]) -> Option<SubjectState> {
        self.lock().subjects.noted(subject)
    }

    /// Between which sequences the messages from `start` on lie that `filter`
    /// matches, as far as the subjects say.
    #[must_use]
    pub fn match_bounds(&self, filter: &[u8], start: u64) -> Option<(u64, u64)> {
        self.lock().match_bounds(Filter::new(filter), start)
    }

    /// Whether a search from `start` on goes through the messages rather than
    /// first through the subjects.
    #[must_use]
    pub fn scans_linearly(&self, filter: &[u8], start: u64) -> bool {
        self.lock().scans_linearly(Filter::new(filter), start)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something under the lock and then tells what has changed.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.lock();
        let result = act(&mut state);
        if state.changes.is_empty() {
            return result;
        }
        let changes = std::mem::take(&mut state.changes);
        let handler = state.on_update.clone();
        drop(state);
        if let Some(handler) = handler {
            for change in changes {
                change.tell(&handler);
            }
        }
        result
    }

    fn append(
        &self,
        state: &mut State,
        msg: RawMsg<'_>,
        now: i64,
        discard_new_check: bool,
    ) -> Result<u64, StoreError> {
        let seq = state.append(msg, now, discard_new_check)?;
        self.set_timers_for_new(state, msg.ttl, !msg.header.is_empty());
        Ok(seq)
    }
}

impl StreamStore for MemoryStore {
    fn store_msg(
        &self,
        subject: &[u8],
        header: &[u8],
        payload: &[u8],
        ttl: i64,
    ) -> Result<(u64, i64), StoreError> {
        self.with(|state| {
            let ts = self.clock.now();
            let msg = RawMsg::next([subject, header, payload], ts, ttl);
            Ok((self.append(state, msg, ts, true)?, ts))
        })
    }

    fn store_raw_msg(&self, msg: RawMsg<'_>, discard_new_check: bool) -> Result<(), StoreError> {
        self.with(|state| {
            let result = self.append(state, msg, self.clock.now(), discard_new_check);
            self.check_raw(state, msg.ts);
            result.map(drop)
        })
    }

    fn skip_msg(&self, seq: u64) -> Result<u64, StoreError> {
        self.lock().skip(seq, 1, self.clock.now())
    }

    fn skip_msgs(&self, seq: u64, num: u64) -> Result<(), StoreError> {
        self.lock().skip(seq, num, self.clock.now()).map(drop)
    }

    /// Nothing waits to be written here.
    fn flush_all_pending(&self) {}

    fn load_msg(&self, seq: u64, into: &mut StoredMsg) -> Result<(), StoreError> {
        self.lock().load(seq)?.copy_to(into);
        Ok(())
    }

    fn load_next_msg(
        &self,
        filter: &[u8],
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError> {
        let mut state = self.lock();
        let last = state.last_seq;
        Ok(lookup(state.next(Filter::new(filter), start), into, last))
    }

    fn load_next_msg_multi(
        &self,
        filters: &Sublist<()>,
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError> {
        let mut state = self.lock();
        let last = state.last_seq;
        Ok(lookup(
            state.next(Filter::Sublist(filters), start),
            into,
            last,
        ))
    }

    fn load_run(
        &self,
        filter: Filter<'_>,
        start: u64,
        limits: RunLimits,
        into: &mut MsgRun,
    ) -> Result<Lookup, StoreError> {
        Ok(self.lock().load_run(filter, start, limits, into))
    }

    fn load_last_msg(&self, filter: &[u8], into: &mut StoredMsg) -> Result<(), StoreError> {
        let mut state = self.lock();
        let found = state.last(Filter::new(filter));
        found.ok_or(StoreError::MsgNotFound)?.copy_to(into);
        Ok(())
    }

    fn load_prev_msg(&self, start: u64, into: &mut StoredMsg) -> Result<(), StoreError> {
        let state = self.lock();
        if state.closed {
            return Err(StoreError::Closed);
        }
        let found = state.prev(Filter::All, start);
        found.ok_or(StoreError::Eof)?.copy_to(into);
        Ok(())
    }

    fn load_prev_msg_multi(
        &self,
        filters: &Sublist<()>,
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError> {
        let state = self.lock();
        let found = state.prev(Filter::Sublist(filters), start);
        Ok(lookup(found, into, state.first_seq))
    }

    fn remove_msg(&self, seq: u64) -> Result<bool, StoreError> {
        Ok(self.with(|state| state.remove(seq, false)))
    }

    fn erase_msg(&self, seq: u64) -> Result<bool, StoreError> {
        Ok(self.with(|state| state.remove(seq, true)))
    }

    fn purge(&self) -> Result<u64, StoreError> {
        self.with(|state| state.purge(0))
    }

    fn purge_ex(&self, filter: &[u8], seq: u64, keep: u64) -> Result<u64, StoreError> {
        self.with(|state| state.purge_ex(filter, seq, keep))
    }

    fn compact(&self, seq: u64) -> Result<u64, StoreError> {
        Ok(self.with(|state| state.compact(seq)))
    }

    fn truncate(&self, seq: u64) -> Result<(), StoreError> {
        self.with(|state| state.truncate(seq, self.clock.now()))
    }

    fn seq_from_time(&self, time: i64) -> u64 {
        self.lock().seq_from_time(time)
    }

    fn filtered_state(&self, seq: u64, filter: &[u8]) -> SimpleState {
        self.lock().filtered_state(seq, Filter::new(filter))
    }

    fn subjects_state(&self, filter: &[u8]) -> HashMap<Vec<u8>, SimpleState> {
        self.lock().subjects_state(Filter::new(filter))
    }

    fn subjects_totals(&self, filter: &[u8]) -> HashMap<Vec<u8>, u64> {
        self.lock().subjects_totals(filter)
    }

    fn all_last_seqs(&self) -> Result<Vec<u64>, StoreError> {
        Ok(self.lock().all_last_seqs())
    }

    fn multi_last_seqs(
        &self,
        filters: &[&[u8]],
        max_seq: u64,
        max_allowed: Option<usize>,
    ) -> Result<Vec<u64>, StoreError> {
        self.lock().multi_last_seqs(filters, max_seq, max_allowed)
    }

    fn subject_for_seq(&self, seq: u64) -> Result<Vec<u8>, StoreError> {
        let state = self.lock();
        let record = state.messages.get(seq).ok_or(StoreError::MsgNotFound)?;
        Ok(record.subject.to_vec())
    }

    fn num_pending(
        &self,
        seq: u64,
        filter: &[u8],
        last_per_subject: bool,
    ) -> Result<(u64, u64), StoreError> {
        let mut state = self.lock();
        let pending = state.num_pending(seq, Filter::new(filter), last_per_subject);
        Ok((pending, state.last_seq))
    }

    fn num_pending_multi(
        &self,
        seq: u64,
        filters: Option<&Sublist<()>>,
        last_per_subject: bool,
    ) -> Result<(u64, u64), StoreError> {
        let filter = filters.map_or(Filter::All, Filter::Sublist);
        let mut state = self.lock();
        let pending = state.num_pending(seq, filter, last_per_subject);
        Ok((pending, state.last_seq))
    }

    fn state(&self) -> StreamState {
        let state = self.lock();
        let mut full = StreamState::default();
        state.fast_state(&mut full, self.consumers.load(Ordering::Relaxed));
        if full.num_deleted > 0 {
            full.deleted = state.deleted.iter().collect();
            full.num_deleted = full.deleted.len();
        }
        full
    }

    fn fast_state(&self, state: &mut StreamState) {
        let consumers = self.consumers.load(Ordering::Relaxed);
        self.lock().fast_state(state, consumers);
    }

    fn encoded_stream_state(&self, failed: u64) -> Result<Vec<u8>, StoreError> {
        let state = self.lock();
        let num_deleted = state.num_deleted();
        let mut deleted = Vec::new();
        if num_deleted > 0 {
            deleted.push(DeleteBlock::Set(state.deleted.clone()));
        }
        let replicated = ReplicatedState {
            msgs: state.messages.len(),
            bytes: state.bytes,
            first_seq: state.first_seq,
            last_seq: state.last_seq,
            failed,
            deleted,
        };
        drop(state);
        Ok(encode_stream_state(&replicated, num_deleted))
    }

    fn sync_deleted(&self, blocks: &[DeleteBlock]) {
        self.with(|state| state.sync_deleted(blocks));
    }

    fn storage_type(&self) -> StorageType {
        StorageType::Memory
    }

    fn register_storage_updates(&self, handler: StorageUpdateHandler) {
        self.lock().on_update = Some(handler);
    }

    fn register_remove_msg(&self, handler: RemoveMsgHandler) {
        self.lock().on_remove = Some(handler);
    }

    fn register_process_msg(&self, handler: ProcessMsgHandler) {
        self.lock().on_process = Some(handler);
    }

    fn update_config(&self, config: &mut StreamConfig) -> Result<(), StoreError> {
        if config.storage != StorageType::Memory {
            return Err(StoreError::WrongType);
        }
        config.max_msgs_per_subject = config.max_msgs_per_subject.max(-1);
        self.with(|state| {
            state.apply_config(config, self.clock.now());
            if state.config.max_age > Nanos::ZERO {
                self.start_age_timer(state);
            } else {
                state.expiry.age_timer.clear(self.clock());
            }
        });
        if config.max_age > Nanos::ZERO || config.allow_msg_ttl {
            self.expire_msgs();
        }
        if config.allow_msg_schedules {
            self.run_schedules();
        }
        Ok(())
    }

    /// Nothing is left of a memory store that has stopped.
    fn delete(&self, _inline: bool) -> Result<(), StoreError> {
        self.stop()
    }

    fn stop(&self) -> Result<(), StoreError> {
        self.with(|state| {
            if state.closed {
                return;
            }
            state.close(self.clock());
        });
        Ok(())
    }

    fn consumer_store(
        &self,
        name: &str,
        _created: Option<Timestamp>,
        config: &ConsumerConfig,
    ) -> Result<Arc<dyn ConsumerStore>, StoreError> {
        if self.is_closed() {
            return Err(StoreError::Closed);
        }
        if name.is_empty() {
            return Err(StoreError::BadConsumerConfig);
        }
        Ok(Arc::new(MemoryConsumerStore::new(
            config.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.consumers),
        )))
    }

    fn add_consumer(&self, _consumer: &Arc<dyn ConsumerStore>) -> Result<(), StoreError> {
        self.consumers.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn remove_consumer(&self, _consumer: &dyn ConsumerStore) -> Result<(), StoreError> {
        count_out(&self.consumers);
        Ok(())
    }

    fn snapshot(
        &self,
        _deadline: Duration,
        _include_consumers: bool,
        _check_msgs: bool,
    ) -> Result<Snapshot, StoreError> {
        Err(StoreError::Unsupported)
    }

    fn utilization(&self) -> Result<(u64, u64), StoreError> {
        let bytes = self.lock().bytes;
        Ok((bytes, bytes))
    }

    fn reset_state(&self) {
        if let Some(schedules) = &mut self.lock().expiry.schedules {
            schedules.clear_inflight();
        }
    }
}

impl State {
    fn apply_config(&mut self, config: &StreamConfig, now: i64) {
        let limit_before = self.max_per_subject();
        self.config = config.clone();
        match (config.allow_msg_ttl, self.expiry.wheel.is_some()) {
            (true, false) => self.recover_ttls(),
            (false, _) => self.expiry.wheel = None,
            _ => {}
        }
        match (config.allow_msg_schedules, self.expiry.schedules.is_some()) {
            (true, false) => self.recover_schedules(now),
            (false, _) => self.expiry.schedules = None,
            _ => {}
        }
        self.enforce_msg_limit();
        self.enforce_bytes_limit();
        if let Some(limit) = self.max_per_subject()
            && limit_before.is_none_or(|before| limit < before)
        {
            let mut over = Vec::new();
            self.subjects.for_each_total(b">", |subject, msgs| {
                if msgs > limit {
                    over.push(subject.to_vec());
                }
            });
            for subject in over {
                self.enforce_subject_limit(&subject);
            }
        }
    }

    fn close(&mut self, clock: &dyn Clock) {
        self.closed = true;
        self.expiry.age_timer.clear(clock);
        self.expiry.schedule_timer.clear(clock);
        self.drop_messages();
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        out.debug_struct("MemoryStore")
            .field("msgs", &state.messages.len())
            .field("first_seq", &state.first_seq)
            .field("last_seq", &state.last_seq)
            .finish_non_exhaustive()
    }
}
