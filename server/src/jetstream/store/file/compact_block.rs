//! Rewriting a block without what is no longer needed.

use super::block::cache::Cache;
use super::block::record::{Kind, Record};
use super::block::scan::{Item, Scan};
use super::blocks::Blocks;
use super::state::State;
use crate::jetstream::store::error::StoreError;

impl State {
    /// Rewrites a block without deleted messages and without tombstones that no
    /// block before it needs.
    ///
    /// Go: `compactWithFloor`.
    pub(super) fn compact_block(&mut self, at: usize) -> Result<(), StoreError> {
        let Some(index) = self.blocks.list.get(at).map(|block| block.index) else {
            return Ok(());
        };
        self.blocks.load_to_rewrite(at)?;
        // As long as it is there to be seen how much is lost.
        self.settle_damage()?;
        let Some(at) = self.blocks.position_of(index) else {
            return Ok(());
        };
        let floor = self.blocks.floor();
        let Some(first_in_block) = self.blocks.list.get(at).map(|block| block.tally.first_seq)
        else {
            return Ok(());
        };
        // Which tombstones are for messages that are still in some block.
        let mut needed = Vec::new();
        for (seq, _) in self.blocks.tombstones(at)? {
            let is_needed = seq >= floor && seq < first_in_block && self.blocks.hides(seq);
            if is_needed {
                needed.push(seq);
            }
        }
        needed.sort_unstable();
        if !self.blocks.contains(self.figures.last_seq) {
            self.keep_last_seq(at)?;
        }
        let is_empty = |block: &super::block::Block| block.tally.msgs == 0;
        if needed.is_empty()
            && self.blocks.list.get(at).is_some_and(is_empty)
            && at + 1 < self.blocks.list.len()
        {
            // An empty file in its place would look like a lost one.
            return self.remove_block(at);
        }
        self.blocks.filter_records(at, |record| match record.kind {
            Kind::Message => true,
            Kind::Erased => false,
            Kind::Tombstone => needed.binary_search(&record.seq).is_ok(),
        })
    }

    /// Rewrites all blocks but the last of which half or more is not needed.
    pub(super) fn compact_blocks(&mut self) -> Result<(), StoreError> {
        let first_seq = self.figures.first_seq;
        if std::mem::replace(&mut self.compacted_from, first_seq) != first_seq {
            // Fewer tombstones are needed.
            for block in &mut self.blocks.list {
                block.is_compact = false;
            }
        }
        let mut at = 0;
        while at + 1 < self.blocks.list.len() {
            let Some(block) = self.blocks.list.get(at) else {
                break;
            };
            let index = block.index;
            if block.is_wasteful() {
                self.compact_block(at)?;
                self.is_dirty = true;
            }
            // The block may be gone.
            let is_there = self.blocks.list.get(at).is_some_and(|b| b.index == index);
            at += usize::from(is_there);
        }
        Ok(())
    }
}

impl Blocks {
    /// Whether a message that is deleted may still stand in some block.
    pub(super) fn hides(&self, seq: u64) -> bool {
        let block = self.position(seq).and_then(|at| self.list.get(at));
        block.is_some_and(|block| {
            let is_deleted = block.deleted.contains(seq) || seq < block.tally.first_seq;
            is_deleted && block.lowest.is_none_or(|lowest| lowest <= seq)
        })
    }

    /// Rewrites a block with those of its live records that `keep` wants, and all
    /// figures that depend on where records are.
    pub(super) fn filter_records(
        &mut self,
        at: usize,
        keep: impl Fn(&Record<'_>) -> bool,
    ) -> Result<(), StoreError> {
        self.load_to_rewrite(at)?;
        let Some(block) = self.list.get_mut(at) else {
            return Ok(());
        };
        let Some(cache) = &block.cache else {
            return Ok(());
        };
        let mut kept = Vec::new();
        let mut places = Vec::new();
        let (mut ttls, mut schedules) = (0, 0);
        let mut last_checksum = block.tally.last_checksum;
        let mut last_ts = 0;
        for item in Scan::checked(cache.bytes(), &block.sums) {
            let Item::Record(_, record) = item else {
                continue;
            };
            let is_gone = record.kind == Kind::Message && !block.contains(record.seq);
            if is_gone || !keep(&record) {
                continue;
            }
            if record.kind == Kind::Message {
                places.push((record.seq, kept.len() as u64));
                last_ts = record.ts;
                let mut counted = super::block::Tally::default();
                counted.count_headers(record.header);
                ttls += counted.ttls;
                schedules += counted.schedules;
            }
            last_checksum = record.checksum();
            kept.extend_from_slice(record.whole());
        }
        let is_last = at + 1 == self.list.len();
        let block_before = at.checked_sub(1).and_then(|at| self.list.get(at));
        let end_before = block_before.map(|block| (block.tally.last_seq, block.tally.last_ts));
        let Some(block) = self.list.get(at) else {
            return Ok(());
        };
        let before = block.tally.len;
        if kept.len() as u64 != before {
            // What says that the rest was removed has to be there for good before.
            self.flush()?;
            self.sync_now()?;
        }
        let Some(block) = self.list.get_mut(at) else {
            return Ok(());
        };
        let replaced = self.env.replace_records(block, &kept, !is_last, |_| false);
        self.is_torn |= block.is_torn;
        replaced?;
        let tally = &mut block.tally;
        tally.len = kept.len() as u64;
        (tally.ttls, tally.schedules) = (ttls, schedules);
        tally.last_checksum = last_checksum;
        block.is_compact = tally.len == before;
        block.compacted = tally.bytes;
        block.lowest = Some(places.first().map_or(u64::MAX, |(seq, _)| *seq));
        if tally.msgs == 0 {
            block.deleted.clear();
            if !is_last && let Some(end) = end_before {
                // Nothing is left in it that says anything of its sequences.
                (tally.last_seq, tally.last_ts) = end;
                (tally.first_seq, tally.first_ts) = (end.0 + 1, 0);
            }
        } else if !is_last && let Some((last, _)) = places.last() {
            // Nothing is left that says so of sequences after the last message.
            if tally.last_seq > *last {
                block.deleted.remove_from(last + 1);
                (tally.last_seq, tally.last_ts) = (*last, last_ts);
            }
        }
        let mut cache = Cache::new(0, tally.first_seq, kept);
        for (seq, offset) in places {
            cache.note(seq, offset, true);
        }
        block.cache = Some(cache);
        block.subjects = None;
        Ok(())
    }
}
