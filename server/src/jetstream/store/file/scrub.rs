//! Looking at every block, for damage that nobody has come upon yet.

use std::time::Duration;

use super::block::Block;
use super::state::State;
use super::store::FileStore;
use crate::jetstream::store::error::StoreError;

/// Two blocks are looked at no sooner than this after each other.
const SCRUB_PAUSE: Duration = Duration::from_millis(100);

impl FileStore {
    /// Looks at every checksum of a block and rewrites it if one is wrong.
    pub(super) fn check_index(&self, index: u32) -> Result<(), StoreError> {
        self.with(|state| {
            state.blocks.flush()?;
            let Some(at) = state.blocks.position_of(index) else {
                return Ok(());
            };
            if state.blocks.check_block(at)? {
                state.settle_damage()?;
                state.blocks.repair(index)?;
                // The last record may be another now.
                state.is_dirty = true;
            }
            Ok(())
        })
    }

    /// Sets the timer that looks at the next block, if that is wanted: at all of them, one
    /// at a time, in the configured time.
    pub(super) fn set_scrub_timer(&self, state: &mut State) {
        let interval = self.config.scrub_interval;
        if interval.is_zero() || state.closed || state.timers.scrub.is_some() {
            return;
        }
        let blocks = u32::try_from(state.blocks.list.len()).unwrap_or(u32::MAX);
        let delay = (interval / blocks.max(1)).max(SCRUB_PAUSE);
        state.timers.scrub = Some(self.call_after(delay, Self::scrub_next));
    }

    fn scrub_next(&self) {
        let next = self.with(|state| {
            state.timers.scrub = None;
            if state.closed {
                return None;
            }
            let list = &state.blocks.list;
            let after = |block: &&Block| block.index > state.scrubbed;
            // After the last one again from the first.
            let next = list.iter().find(after).or_else(|| list.front());
            let index = next.map(|block| block.index);
            state.scrubbed = index.unwrap_or(0);
            index
        });
        let checked = next.map_or(Ok(()), |index| self.check_index(index));
        self.with(|state| {
            state.report_failure("looking at a block", checked);
            self.set_scrub_timer(state);
        });
    }
}
