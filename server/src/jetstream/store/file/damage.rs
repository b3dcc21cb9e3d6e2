//! What is done about damage: it counts as lost, and nothing else does.

use super::block::cache::Found;
use super::report::{Report, Trouble};
use super::state::State;
use crate::jetstream::store::error::StoreError;

impl State {
    /// Notes that something that runs by itself has failed.
    pub(super) fn report_failure(&mut self, what: &str, result: Result<(), StoreError>) {
        if let Err(error) = result {
            self.report(Trouble::Failed(format!("{what}: {error}")));
        }
    }

    /// Notes what somebody has to be told. Messages of a block that are lost one after the
    /// other are one report.
    pub(super) fn report(&mut self, what: Trouble) {
        let before = self.reports.last_mut().map(|report| &mut report.what);
        if let Some(Trouble::Damage {
            block,
            last_seq,
            bytes,
            ..
        }) = before
            && let Trouble::Damage {
                block: same,
                first_seq: next,
                last_seq: end,
                bytes: more,
            } = what
            && *block == same
            && next > 1
            && *last_seq + 1 == next
        {
            *last_seq = end;
            *bytes += more;
            return;
        }
        self.reports.push(Report {
            stream: self.config.name.clone(),
            what,
        });
    }

    /// Counts a message whose record is damaged as lost.
    pub(super) fn lose_msg(&mut self, index: u32, seq: u64) -> Result<(), StoreError> {
        let Some(at) = self.blocks.position_of(index) else {
            return Ok(());
        };
        let Some(block) = self.blocks.list.get(at).filter(|block| block.contains(seq)) else {
            return Ok(());
        };
        // What is left of it tells at least how long it was.
        let sums = &block.sums;
        let cache = block.cache.as_ref();
        let damaged = cache.filter(|cache| matches!(cache.get(seq, sums), Found::Damaged));
        let len = damaged.map_or(0, |cache| cache.span(seq));
        self.lose(at, seq, len)?;
        self.subjects.are_skewed = true;
        Ok(())
    }

    /// Finds out what a block whose file is not what it should be has lost.
    pub(super) fn lose_from_block(&mut self, index: u32) -> Result<(), StoreError> {
        let Some(at) = self.blocks.position_of(index) else {
            return Ok(());
        };
        let Some(block) = self.blocks.list.get(at) else {
            return Ok(());
        };
        let tally = block.tally;
        let mut there = Vec::new();
        let mut bytes = 0;
        if let Some(cache) = &block.cache {
            for (seq, found) in cache.up(tally.first_seq, &block.sums) {
                if let Found::Message(record) = found
                    && block.contains(seq)
                {
                    there.push(seq);
                    bytes += record.len() as u64;
                }
            }
        }
        let is_lost = |seq: &u64| there.binary_search(seq).is_err();
        let lost: Vec<u64> = match tally.msgs {
            0 => Vec::new(),
            _ => block.live().filter(is_lost).collect(),
        };
        let share = tally.bytes.saturating_sub(bytes);
        let count = lost.len() as u64;
        for (nth, seq) in (0..).zip(lost) {
            // Of the bytes only the sum is known.
            let len = if nth + 1 == count { share } else { 0 };
            self.lose(at, seq, len)?;
        }
        self.subjects.are_skewed = true;
        Ok(())
    }

    fn lose(&mut self, at: usize, seq: u64, len: u64) -> Result<(), StoreError> {
        let Some(block) = self.blocks.list.get_mut(at) else {
            return Ok(());
        };
        let len = len.min(block.tally.bytes);
        let index = block.index;
        block.discount(seq, len);
        if seq == block.tally.first_seq {
            block.advance_first();
            let next = block.tally.first_seq;
            if block.tally.msgs > 0
                && let Some(cache) = &block.cache
                && let Found::Message(record) = cache.get(next, &block.sums)
            {
                block.tally.first_ts = record.ts;
            }
        } else {
            block.deleted.insert(seq);
        }
        self.figures.msgs = self.figures.msgs.saturating_sub(1);
        self.figures.bytes = self.figures.bytes.saturating_sub(len);
        if let Err(place) = self.lost.msgs.binary_search(&seq) {
            self.lost.msgs.insert(place, seq);
            self.lost.bytes += len;
        }
        self.report(Trouble::Damage {
            block: index,
            first_seq: seq,
            last_seq: seq,
            bytes: len,
        });
        self.is_dirty = true;
        if seq == self.figures.first_seq {
            let front = self.blocks.list.front().map(|block| block.tally.msgs);
            if front == Some(0) && self.blocks.list.len() > 1 {
                // The damaged file stays where it is, to be looked at.
                self.skip_to_first();
            } else {
                let selected = self.select_first();
                self.tears(selected)?;
            }
        }
        Ok(())
    }

    /// Moves to the first message without removing anything.
    pub(super) fn skip_to_first(&mut self) {
        let first = self.blocks.list.iter().find(|block| block.tally.msgs > 0);
        let first = first.map(|block| (block.tally.first_seq, block.tally.first_ts));
        let none = (self.figures.last_seq + 1, 0);
        (self.figures.first_seq, self.figures.first_ts) = first.unwrap_or(none);
    }

    /// Reads from the blocks what is stored under each subject.
    pub(super) fn rebuild_subjects(&mut self) -> Result<(), StoreError> {
        let rebuilt = self.read_subjects();
        // If that fails half way it has to be done again.
        self.subjects.are_skewed = rebuilt.is_err();
        rebuilt
    }

    fn read_subjects(&mut self) -> Result<(), StoreError> {
        self.subjects.clear();
        for at in 0..self.blocks.list.len() {
            let Self {
                blocks, subjects, ..
            } = self;
            if blocks
                .list
                .get(at)
                .is_none_or(|block| block.tally.msgs == 0)
            {
                continue;
            }
            blocks.for_each_in(at, 0, u64::MAX, |record| {
                subjects.add(record.subject, record.seq);
            })?;
        }
        Ok(())
    }
}
