//! Reading the stream anew after a change that stopped half way.
//!
//! Whatever call of the disk fails, what is on it is as if the process had been killed at
//! that moment, and recovery makes sense of that. What is in memory may be half of the one
//! and half of the other, so it is given up for what is on the disk.

use std::io;

use super::open::open;
use super::state::State;
use super::store::FileStore;
use crate::jetstream::store::accounting::signed;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::Expiring;

/// How long after it failed it is tried again at the soonest, in nanoseconds.
const PAUSE: i64 = 1_000_000_000;

impl FileStore {
    /// Reads the stream anew if a change stopped half way. As long as that fails, all
    /// changes are refused; what is in memory can be read.
    pub(super) fn mend(&self, state: &mut State) {
        if !state.blocks.is_torn || state.closed || state.is_deleted {
            return;
        }
        let now = self.clock().now();
        if now < state.mends_after {
            return;
        }
        match self.reread(state) {
            Ok(fresh) => state.take_over(fresh),
            Err(error) => {
                state.mends_after = now.saturating_add(PAUSE);
                state.report_failure("reading the stream anew", Err(error));
            }
        }
    }

    fn reread(&self, state: &mut State) -> Result<State, StoreError> {
        // What waits in memory is nowhere else.
        state.blocks.flush()?;
        let guarded = state.blocks.write_guard(0);
        state.report_failure("writing lengths", guarded);
        open(&self.config, &state.config)
    }
}

impl State {
    /// Notes that a change stopped half way if it has failed.
    pub(super) fn tears<R>(&mut self, result: Result<R, StoreError>) -> Result<R, StoreError> {
        self.blocks.is_torn |= result.is_err();
        result
    }

    /// Why nothing can be changed before the stream was read anew.
    pub(super) fn torn() -> StoreError {
        io::Error::other("a change stopped half way, and the stream cannot be read anew").into()
    }

    /// Goes on with what was read.
    fn take_over(&mut self, fresh: Self) {
        let before = self.figures;
        let list = self.blocks.list.iter().filter(|block| block.needs_sync);
        let mut unsynced: Vec<u32> = list.map(|block| block.index).collect();
        unsynced.append(&mut self.blocks.unsynced);
        let (used, loads) = (self.blocks.used(), self.blocks.loads);
        self.blocks = fresh.blocks;
        self.blocks.continue_counts(used, loads);
        self.blocks.unsynced_dir = true;
        for index in unsynced {
            if let Some(at) = self.blocks.position_of(index)
                && let Some(block) = self.blocks.list.get_mut(at)
            {
                block.needs_sync = true;
                self.blocks.unsynced.push(index);
            }
        }
        self.subjects = fresh.subjects;
        self.figures = fresh.figures;
        self.keys = fresh.keys;
        self.outdated_keys = fresh.outdated_keys;
        self.expiry.markers.clear();
        self.expiry.wheel = fresh.expiry.wheel;
        self.expiry.schedules = fresh.expiry.schedules;
        self.has_state_file = fresh.has_state_file;
        self.gone = fresh.gone;
        self.unrecorded = fresh.unrecorded;
        for seq in fresh.lost.msgs {
            if let Err(place) = self.lost.msgs.binary_search(&seq) {
                self.lost.msgs.insert(place, seq);
            }
        }
        self.lost.bytes = self.lost.bytes.max(fresh.lost.bytes);
        self.reports.extend(fresh.reports);
        let change = |after: u64, before: u64| signed(after).saturating_sub(signed(before));
        let msgs = change(self.figures.msgs, before.msgs);
        let bytes = change(self.figures.bytes, before.bytes);
        self.note(msgs, bytes, 0, b"");
    }
}
