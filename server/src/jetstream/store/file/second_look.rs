//! Looking a second time before damage is believed: what comes wrong from a disk once,
//! for a bad cable or bad memory, may be right on it.

use super::block::cache::Found;
use super::blocks::Blocks;
use crate::jetstream::store::error::StoreError;

impl Blocks {
    /// Reads a block anew. False if that was of no avail before, or would lose what waits to
    /// be written.
    pub(super) fn read_anew(&mut self, at: usize) -> Result<bool, StoreError> {
        let Some(block) = self.list.get_mut(at) else {
            return Ok(false);
        };
        if block.is_believed_damaged || block.pending() > 0 {
            return Ok(false);
        }
        block.is_believed_damaged = true;
        block.cache = None;
        block.subjects = None;
        let loaded = self.load(at, 0);
        if matches!(loaded, Err(StoreError::Io(_))) {
            // It was not looked at.
            self.trust(at);
        }
        loaded.map(|()| true)
    }

    /// Notes that reading a block anew has helped.
    pub(super) fn trust(&mut self, at: usize) {
        if let Some(block) = self.list.get_mut(at) {
            block.is_believed_damaged = false;
        }
    }

    /// Whether a message that was found damaged is right on the disk.
    pub(super) fn is_right_after_all(&mut self, index: u32, seq: u64) -> Result<bool, StoreError> {
        let Some(at) = self.position_of(index) else {
            return Ok(false);
        };
        let is_new = self.read_anew(at)?;
        match self.load(at, seq) {
            Err(StoreError::BadMsg { .. }) => return Ok(false),
            loaded => loaded?,
        }
        let block = self.list.get(at).filter(|block| block.contains(seq));
        let is_right = block.is_some_and(|block| {
            let cache = block.cache.as_ref();
            cache.is_some_and(|cache| matches!(cache.get(seq, &block.sums), Found::Message(_)))
        });
        if is_new && is_right {
            self.trust(at);
        }
        Ok(is_right)
    }
}
