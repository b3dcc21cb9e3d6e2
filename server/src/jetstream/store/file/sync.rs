//! Waiting until the disk has for good what was written.
//!
//! Whoever wants to know that a change is there for good waits for its number. The
//! first who waits syncs the files for all changes up to then; those who come
//! meanwhile wait for the next round, which is one for all of them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::Rng;

use super::store::FileStore;
use crate::jetstream::store::clock::TimerId;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::Expiring;

/// Who syncs, and up to which change all is there for good.
#[derive(Debug, Default)]
pub(super) struct Commits {
    state: Mutex<Rounds>,
    done: Condvar,
}

#[derive(Debug, Default)]
struct Rounds {
    /// Changes up to this number are there for good.
    done: u64,
    /// Whether somebody is syncing.
    is_running: bool,
    /// Why nothing can be promised any more.
    error: Option<String>,
}

/// The timers of a store that are not about messages.
#[derive(Debug, Default)]
pub(super) struct Timers {
    sync: Option<TimerId>,
    state: Option<TimerId>,
    flush: Option<TimerId>,
    cache: Option<TimerId>,
    compress: Option<TimerId>,
    pub(super) scrub: Option<TimerId>,
}

/// How long written messages wait for more of them at the most.
const FLUSH_AFTER: Duration = Duration::from_millis(8);
/// How often the state file is written, and by how much that varies.
const STATE_AFTER: Duration = Duration::from_secs(120);
const STATE_JITTER: Duration = Duration::from_secs(30);

/// So many bytes of notes on lengths wait at the least until they are written.
const GUARD_MIN: usize = 1_024;

impl FileStore {
    /// Waits until all changes up to now are there for good.
    ///
    /// # Errors
    /// [`StoreError::SyncFailed`] if they may be lost. Nothing can be stored then
    /// until the store is opened anew.
    pub fn sync_pending(&self) -> Result<(), StoreError> {
        let target = self.lock().writes;
        self.commit(target)
    }

    /// Waits until the change with this number is there for good.
    pub(super) fn commit(&self, target: u64) -> Result<(), StoreError> {
        let mut rounds = self.commits.lock();
        loop {
            if let Some(error) = &rounds.error {
                return Err(StoreError::SyncFailed(error.clone()));
            }
            if rounds.done >= target {
                return Ok(());
            }
            if rounds.is_running {
                rounds = self
                    .commits
                    .done
                    .wait(rounds)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            rounds.is_running = true;
            drop(rounds);
            let result = self.sync_files();
            rounds = self.commits.lock();
            rounds.is_running = false;
            match result {
                Ok(done) => rounds.done = rounds.done.max(done),
                Err(error) => rounds.error = Some(error.to_string()),
            }
            self.commits.done.notify_all();
        }
    }

    /// Syncs what was written and returns up to which change. The lock is free
    /// while the disk works.
    fn sync_files(&self) -> Result<u64, StoreError> {
        let (files, dir, target) = {
            let mut state = self.lock();
            state.blocks.flush()?;
            let guarded = state.blocks.write_guard(GUARD_MIN);
            state.report_failure("writing lengths", guarded);
            let files = state.blocks.take_unsynced()?;
            let is_new = std::mem::take(&mut state.blocks.unsynced_dir);
            let env = &state.blocks.env;
            let dir = is_new.then(|| (env.disk.clone(), env.msgs_dir()));
            (files, dir, state.writes)
        };
        let mut result = Ok(());
        for (_, file) in &files {
            result = result.and_then(|()| file.sync_data());
        }
        if let Some((disk, dir)) = &dir {
            result = result.and_then(|()| disk.sync_dir(dir));
        }
        if let Err(error) = result {
            // What the disk has now nobody knows, and it may not say so again.
            let text = error.to_string();
            self.lock().sync_error = Some(text.clone());
            return Err(error.into());
        }
        Ok(target)
    }

    /// Does now what is done from time to time: compacting blocks, syncing files.
    ///
    /// Go: `syncBlocks`.
    pub fn sync_blocks(&self) {
        let is_closed = self.with(|state| {
            if state.closed {
                return true;
            }
            if let Some(timer) = state.timers.sync.take() {
                self.clock().cancel(timer);
            }
            let compacted = state.compact_blocks();
            state.report_failure("compacting blocks", compacted);
            false
        });
        if is_closed {
            return;
        }
        let synced = self.sync_pending();
        self.with(|state| {
            state.report_failure("syncing blocks", synced);
            if !state.sync_always {
                let synced = state.sync_state();
                state.report_failure("syncing the state file", synced);
            }
        });
        self.set_timers();
    }

    /// Sets the timers that run as long as the store is open.
    pub(super) fn set_timers(&self) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        if state.timers.sync.is_none() {
            let interval = self.config.sync_interval;
            // Spread out, so that not all stores of a server sync at once.
            let share = rand::rng().random_range(0.5..1.0);
            let timer = self.call_after(interval.mul_f64(share), Self::sync_blocks);
            state.timers.sync = Some(timer);
        }
        if state.timers.state.is_none() {
            let jitter = STATE_JITTER.mul_f64(rand::rng().random_range(0.0..1.0));
            let timer = self.call_after(STATE_AFTER + jitter, Self::write_state_now_and_then);
            state.timers.state = Some(timer);
        }
        self.set_scrub_timer(&mut state);
    }

    /// Sets timers that a change has made necessary.
    pub(super) fn set_timers_for(&self, state: &mut super::state::State) {
        if state.closed {
            return;
        }
        if state.timers.flush.is_none() && state.waits(1) {
            state.timers.flush = Some(self.call_after(FLUSH_AFTER, Self::flush_waiting));
        }
        if state.timers.cache.is_none() {
            let expire = self.config.cache_expire;
            state.timers.cache = Some(self.call_after(expire, Self::drop_unused_caches));
        }
        let compresses = self.config.compression != crate::jetstream::model::StoreCompression::None;
        if !state.blocks.uncompressed.is_empty() {
            if !compresses {
                state.blocks.uncompressed.clear();
            } else if state.timers.compress.is_none() {
                let timer = self.call_after(Duration::ZERO, Self::compress_blocks);
                state.timers.compress = Some(timer);
            }
        }
    }

    fn write_state_now_and_then(&self) {
        self.with(|state| {
            state.timers.state = None;
            if !state.closed {
                let written = state.write_state(false);
                state.report_failure("writing the stream state", written);
            }
        });
        self.set_timers();
    }

    fn flush_waiting(&self) {
        self.with(|state| {
            state.timers.flush = None;
            if !state.closed {
                let flushed = state.blocks.flush();
                state.report_failure("writing messages", flushed);
            }
        });
    }

    /// Drops caches that were not used since this ran the last time.
    fn drop_unused_caches(&self) {
        let mut state = self.lock();
        state.timers.cache = None;
        if state.closed {
            return;
        }
        if state.blocks.drop_unused() {
            let expire = self.config.cache_expire;
            state.timers.cache = Some(self.call_after(expire, Self::drop_unused_caches));
        }
    }

    fn compress_blocks(&self) {
        self.with(|state| {
            state.timers.compress = None;
            if state.closed {
                return;
            }
            while let Some(index) = state.blocks.uncompressed.pop() {
                let compressed = state.blocks.compress(index);
                state.report_failure("compressing a block", compressed);
            }
        });
    }

    pub(super) fn call_after(&self, delay: Duration, run: fn(&Self)) -> TimerId {
        let this = self.handle();
        let task = Box::new(move || {
            if let Some(store) = this.upgrade() {
                run(&store);
            }
        });
        self.clock().call_after(delay, task)
    }
}

impl Timers {
    /// Takes all off.
    pub(super) fn take(&mut self) -> impl Iterator<Item = TimerId> {
        let Self {
            sync,
            state,
            flush,
            cache,
            compress,
            scrub,
        } = std::mem::take(self);
        [sync, state, flush, cache, compress, scrub]
            .into_iter()
            .flatten()
    }
}

impl Commits {
    fn lock(&self) -> MutexGuard<'_, Rounds> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
