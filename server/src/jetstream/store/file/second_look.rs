//! Looking a second time before damage is believed: what comes wrong from a disk once,
//! for a bad cable or bad memory, may be right on it. Above all before anything is written
//! that was read, for then nothing right would be left.

use super::block::Block;
use super::block::cache::Found;
use super::block::guard::Guard;
use super::block::scan::{Item, Scan};
use super::blocks::{Blocks, Damage};
use super::env::Env;
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

impl Blocks {
    /// Reads a block that is going to be written anew, twice if something in it is not what
    /// was written. The messages that are damaged in the end are noted.
    pub(super) fn load_to_rewrite(&mut self, at: usize) -> Result<(), StoreError> {
        self.load_whole(at)?;
        if !self.is_damaged(at) {
            return Ok(());
        }
        if let Some(block) = self.list.get_mut(at).filter(|block| block.pending() == 0) {
            block.cache = None;
            block.subjects = None;
        }
        self.load_whole(at)?;
        if !self.is_damaged(at) {
            self.trust(at);
            return Ok(());
        }
        let Some(block) = self.list.get_mut(at) else {
            return Ok(());
        };
        block.is_believed_damaged = true;
        let index = block.index;
        let Some(cache) = &block.cache else {
            return Ok(());
        };
        for (seq, found) in cache.up(block.tally.first_seq, &block.sums) {
            let damage = Damage::Msg { block: index, seq };
            if matches!(found, Found::Damaged) && !self.damage.contains(&damage) {
                self.damage.push(damage);
            }
        }
        Ok(())
    }

    /// Whether anything in the cache of a block is not what was written.
    fn is_damaged(&self, at: usize) -> bool {
        let Some(block) = self.list.get(at) else {
            return false;
        };
        block.cache.as_ref().is_some_and(|cache| {
            let mut items = Scan::checked(cache.bytes(), &block.sums);
            cache.has_broken() || items.any(|item| matches!(item, Item::Damage(_)))
        })
    }
}

impl Env {
    /// These records of a block, or those that are read when they are read anew, if there is
    /// less damage in those.
    pub(super) fn looked_at_again(
        &self,
        block: &mut Block,
        records: Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        let damaged = self.damaged_bytes(block, &records)?;
        if damaged == 0 {
            return Ok(records);
        }
        let again = self.read_or_salvage(block)?;
        if self.damaged_bytes(block, &again)? < damaged {
            return Ok(again);
        }
        Ok(records)
    }

    /// How many bytes are not what was written.
    fn damaged_bytes(&self, block: &Block, records: &[u8]) -> Result<usize, StoreError> {
        let (mut guard, _): (Guard, _) = self.read_guard(block, records)?;
        let mut damaged = 0;
        for item in Scan::checked(records, &block.sums) {
            damaged += match item {
                Item::Record(at, record) if guard.allows(at, &record) => 0,
                Item::Record(_, record) => record.len(),
                Item::Damage(bytes) => bytes.len(),
            };
        }
        Ok(damaged)
    }
}
