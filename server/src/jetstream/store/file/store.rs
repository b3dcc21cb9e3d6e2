//! The file store: a lock around its state, timers and handlers.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::config::FileStoreConfig;
use super::consumers::Consumer;
use super::open::open;
use super::state::State;
use super::sync::Commits;
use crate::jetstream::model::{LostStreamData, Nanos, StreamConfig};
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::Expiring;
use crate::jetstream::store::message::RawMsg;

/// Keeps the messages of a stream in files (`fileStore`).
///
/// Locks in order: that of the rounds of syncing, that of the state, the clock's
/// timers. The state is locked for each call and never while a handler runs or the
/// disk syncs; it is while blocks are read and written.
pub struct FileStore {
    state: Mutex<State>,
    pub(super) commits: Commits,
    pub(super) config: FileStoreConfig,
    pub(super) consumers: Mutex<Vec<Consumer>>,
    pub(super) this: Weak<Self>,
}

impl FileStore {
    /// Opens the store in a directory, which is made if it is missing.
    ///
    /// # Errors
    /// [`StoreError::NameRequired`], [`StoreError::WrongType`],
    /// [`StoreError::BlockSize`], [`StoreError::StoreDir`],
    /// [`StoreError::NoMainKey`], and those of the disk.
    pub fn open(options: FileStoreConfig, config: &StreamConfig) -> Result<Arc<Self>, StoreError> {
        let state = open(&options, config)?;
        let store = Arc::new_cyclic(|this| Self {
            state: Mutex::new(state),
            commits: Commits::default(),
            config: options,
            consumers: Mutex::default(),
            this: this.clone(),
        });
        store.with(|state| {
            state.handlers.report.clone_from(&store.config.on_report);
            if state.config.max_age > Nanos::ZERO {
                let first = state.figures.first_ts;
                let oldest = store.clock().now().saturating_sub(state.config.max_age.0);
                let delta = first.saturating_sub(oldest).max(0);
                store.set_age_timer(state, delta);
            } else {
                store.set_age_timer(state, 0);
            }
            store.set_schedule_timer(state);
        });
        store.set_timers();
        Ok(store)
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How it is kept.
    #[must_use]
    pub const fn options(&self) -> &FileStoreConfig {
        &self.config
    }

    /// The name of the stream.
    #[must_use]
    pub fn stream_name(&self) -> String {
        self.lock().config.name.clone()
    }

    /// Stores a message without waiting until the disk has it for good, whatever the
    /// configuration says; [`sync_pending`](Self::sync_pending) waits for all such
    /// messages together. Returns its sequence and time.
    ///
    /// # Errors
    /// As [`store_msg`](crate::jetstream::store::StreamStore::store_msg).
    pub fn store_msg_unsynced(
        &self,
        subject: &[u8],
        header: &[u8],
        payload: &[u8],
        ttl: i64,
    ) -> Result<(u64, i64), StoreError> {
        self.with(|state| self.append_now(state, subject, header, payload, ttl))
    }

    /// How many sequences the blocks remember as deleted.
    #[must_use]
    pub fn deleted_len(&self) -> usize {
        let state = self.lock();
        let blocks = state.blocks.list.iter();
        blocks.map(|block| block.deleted.len()).sum()
    }

    /// How many bytes a block has.
    #[must_use]
    pub fn block_size(&self) -> u64 {
        self.lock().blocks.env.block_size
    }

    /// How many blocks there are.
    #[must_use]
    pub fn block_count(&self) -> usize {
        self.lock().blocks.list.len()
    }

    /// The numbers of the blocks.
    #[must_use]
    pub fn block_indices(&self) -> Vec<u32> {
        let state = self.lock();
        state.blocks.list.iter().map(|block| block.index).collect()
    }

    /// Writes the state file, if something has changed since.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn write_full_state(&self) -> Result<(), StoreError> {
        self.with(|state| state.write_state(true))
    }

    /// The bytes that caches take.
    #[must_use]
    pub fn cache_memory(&self) -> usize {
        self.lock().blocks.cached()
    }

    /// How often a block was read.
    #[must_use]
    pub fn cache_loads(&self) -> u64 {
        self.lock().blocks.loads
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

    /// What was lost by damage.
    #[must_use]
    pub fn lost_data(&self) -> Option<LostStreamData> {
        let lost = self.lock().lost.clone();
        (lost != LostStreamData::default()).then_some(lost)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something under the lock and then tells what has changed.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.lock();
        self.mend(&mut state);
        let result = act(&mut state);
        self.mend(&mut state);
        if !state.blocks.damage.is_empty() || state.subjects.are_skewed {
            let settled = state.settle_damage();
            state.report_failure("accounting for damage", settled);
        }
        self.set_timers_for(&mut state);
        if state.changes.is_empty() && state.reports.is_empty() {
            return result;
        }
        let changes = std::mem::take(&mut state.changes);
        let reports = std::mem::take(&mut state.reports);
        let on_update = state.handlers.update.clone();
        let on_report = state.handlers.report.clone();
        drop(state);
        if let Some(handler) = on_update {
            for change in changes {
                change.tell(&handler);
            }
        }
        if let Some(handler) = on_report {
            for report in reports {
                handler(&report);
            }
        }
        result
    }

    /// Makes a change and waits until it is there for good, if that is wanted.
    pub(super) fn change<R>(
        &self,
        act: impl FnOnce(&mut State) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let mut target = None;
        let result = self.with(|state| {
            let result = act(state);
            target = state.sync_always.then_some(state.writes);
            result
        })?;
        if let Some(target) = target {
            self.commit(target)?;
        }
        Ok(result)
    }

    /// Appends a message of the present.
    pub(super) fn append_now(
        &self,
        state: &mut State,
        subject: &[u8],
        header: &[u8],
        payload: &[u8],
        ttl: i64,
    ) -> Result<(u64, i64), StoreError> {
        let ts = self.config.clock.now();
        let msg = RawMsg::next([subject, header, payload], ts, ttl);
        Ok((self.append(state, msg, ts, true)?, ts))
    }

    pub(super) fn append(
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

impl fmt::Debug for FileStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        out.debug_struct("FileStore")
            .field("dir", &self.config.dir)
            .field("msgs", &state.figures.msgs)
            .field("first_seq", &state.figures.first_seq)
            .field("last_seq", &state.figures.last_seq)
            .finish_non_exhaustive()
    }
}
