//! Cutting messages off the end.

use super::block::record::Kind;
use super::block::scan::Item;
use super::blocks::Blocks;
use super::state::{Figures, State};
use crate::jetstream::store::accounting::signed;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;

/// Where a block is cut off, and what has to be written elsewhere before.
#[derive(Debug, Default)]
struct Cut {
    /// Where the first record lies that goes.
    at: usize,
    /// Tombstones behind, of messages that stay deleted.
    tombstones: Vec<(u64, i64)>,
}

impl State {
    /// Removes all messages after `seq`; with 0 it is as if there had never been
    /// one.
    pub(super) fn truncate(&mut self, seq: u64, now: i64) -> Result<(), StoreError> {
        self.check_open()?;
        if seq == 0 {
            return self.reset(now);
        }
        if seq > self.figures.last_seq {
            return Err(StoreError::SequenceMismatch);
        }
        self.record_removals()?;
        self.blocks.flush()?;
        self.remove_state()?;
        let before = self.figures;
        let is_there = self.blocks.contains(seq);
        let last_ts = self.time_before(seq)?;
        // The block that is cut, if not all of it stays.
        let cut_block = self.blocks.position(seq);
        let keeps = cut_block.map_or(self.blocks.list.len(), |at| {
            let stays = self
                .blocks
                .list
                .get(at)
                .is_some_and(|b| b.tally.first_seq <= seq);
            at + usize::from(stays)
        });
        let mut tombstones = Vec::new();
        for at in keeps..self.blocks.list.len() {
            tombstones.extend(self.blocks.tombstones(at)?);
        }
        let cut = match keeps.checked_sub(1) {
            Some(at) => self.blocks.find_cut(at, seq)?,
            None => Cut::default(),
        };
        tombstones.extend(&cut.tombstones);
        let floor = self.blocks.floor();
        tombstones.retain(|(at, _)| (floor..seq).contains(at));
        if !is_there {
            tombstones.push((seq, last_ts));
        }
        let cut = self.cut_end(seq, last_ts, keeps, &cut, tombstones);
        self.tears(cut)?;
        let msgs = before.msgs.saturating_sub(self.figures.msgs);
        let bytes = before.bytes.saturating_sub(self.figures.bytes);
        self.note(-signed(msgs), -signed(bytes), 0, b"");
        Ok(())
    }

    /// Cuts off what is behind `seq`: the first `keeps` blocks stay, of the last of them
    /// what is before the `cut`.
    fn cut_end(
        &mut self,
        seq: u64,
        last_ts: i64,
        keeps: usize,
        cut: &Cut,
        tombstones: Vec<(u64, i64)>,
    ) -> Result<(), StoreError> {
        self.figures.last_seq = seq;
        self.figures.last_ts = last_ts;
        // Before anything goes, what has to stay is written to a block of its own.
        let first_new = self.blocks.list.len();
        if !tombstones.is_empty() || keeps == 0 {
            self.blocks.start_block(seq)?;
            for (seq, ts) in tombstones {
                self.write_tombstone(seq, ts)?;
            }
            self.blocks.flush()?;
        }
        self.blocks.sync_now()?;
        for at in keeps.saturating_sub(1)..first_new {
            self.unlist_block(at, seq + 1, u64::MAX)?;
        }
        // In this order, for tombstones stand behind what they are for: until the
        // last block is gone nothing comes back that was deleted.
        if let Some(at) = keeps.checked_sub(1) {
            let is_last = self.blocks.list.len() == first_new;
            self.blocks.cut(at, cut, seq, last_ts, is_last)?;
        }
        for _ in keeps..first_new {
            self.remove_block(keeps)?;
        }
        self.blocks.sync_now()?;
        self.forget_after(seq);
        self.recount()
    }

    /// Makes the store as new.
    ///
    /// Go: `reset`.
    fn reset(&mut self, now: i64) -> Result<(), StoreError> {
        let before = self.figures;
        self.remove_state()?;
        self.unrecorded.clear();
        while let Some(last) = self.blocks.list.len().checked_sub(1) {
            let removed = self.remove_block(last);
            self.tears(removed)?;
        }
        self.forget_everything();
        self.figures = Figures {
            last_ts: now,
            ..Figures::default()
        };
        self.note(-signed(before.msgs), -signed(before.bytes), 0, b"");
        Ok(())
    }

    /// The time of a message, or of the last one before it.
    fn time_before(&mut self, seq: u64) -> Result<i64, StoreError> {
        let first = self.figures.first_seq;
        match self.blocks.prev(Filter::All, first, seq)? {
            Some(at) => self.blocks.time(at),
            None => Ok(self.figures.last_ts),
        }
    }

    /// Sums up what the blocks hold.
    pub(super) fn recount(&mut self) -> Result<(), StoreError> {
        let tallies = self.blocks.list.iter().map(|block| block.tally);
        let (msgs, bytes) = tallies.fold((0, 0), |(msgs, bytes), tally| {
            (msgs + tally.msgs, bytes + tally.bytes)
        });
        (self.figures.msgs, self.figures.bytes) = (msgs, bytes);
        self.select_first()
    }

    /// Takes off what would hit a message that gets one of these sequences again.
    fn forget_after(&mut self, seq: u64) {
        if let Some(wheel) = &mut self.expiry.wheel {
            let stale: Vec<_> = wheel.iter().filter(|(at, _)| *at > seq).collect();
            for (at, expires) in stale {
                wheel.remove(at, expires).ok();
            }
        }
        if let Some(schedules) = &mut self.expiry.schedules {
            schedules.remove_after(seq);
        }
    }
}

impl Blocks {
    /// Where a block has to be cut off so that nothing after `seq` is in it.
    fn find_cut(&mut self, at: usize, seq: u64) -> Result<Cut, StoreError> {
        self.with_checked(at, |len, scan| {
            let mut cut = Cut {
                at: len,
                tombstones: Vec::new(),
            };
            for item in scan {
                let Item::Record(offset, record) = item else {
                    continue;
                };
                if record.kind == Kind::Tombstone {
                    if offset > cut.at || record.seq > seq {
                        cut.at = cut.at.min(offset);
                        cut.tombstones.push((record.seq, record.ts));
                    }
                } else if record.seq > seq {
                    cut.at = cut.at.min(offset);
                }
            }
            cut
        })
    }

    /// Cuts a block off, so that `seq` is the last in it. `is_last` says whether it
    /// will be the last one.
    fn cut(
        &mut self,
        at: usize,
        cut: &Cut,
        seq: u64,
        last_ts: i64,
        is_last: bool,
    ) -> Result<(), StoreError> {
        if self.list.get(at).is_some_and(|block| block.is_compressed) {
            self.load_to_rewrite(at)?;
        } else {
            self.load_whole(at)?;
        }
        let Some(block) = self.list.get_mut(at) else {
            return Ok(());
        };
        block.deleted.remove_from(seq + 1);
        let Some(cache) = &mut block.cache else {
            return Ok(());
        };
        let (mut msgs, mut bytes) = (0, 0);
        for (at, found) in cache.up(seq + 1, &block.sums) {
            debug_assert!(at > seq);
            msgs += 1;
            if let super::block::cache::Found::Message(record) = found {
                bytes += record.len() as u64;
            }
        }
        let before = block.tally.len;
        cache.cut(cut.at as u64);
        let tally = &mut block.tally;
        tally.len = cache.end();
        tally.msgs = tally.msgs.saturating_sub(msgs);
        tally.bytes = tally.bytes.saturating_sub(bytes);
        (tally.last_seq, tally.last_ts) = (seq.min(tally.last_seq), last_ts);
        if tally.msgs == 0 {
            (tally.first_seq, tally.first_ts) = (tally.last_seq + 1, 0);
            block.deleted.clear();
        }
        tally.last_checksum = cache.bytes().last_chunk().copied().unwrap_or_default();
        if let Some(index) = &mut block.subjects {
            index.truncate(seq);
        }
        if block.is_compressed {
            let is_sealed = !is_last;
            return self.rewrite(at, is_sealed);
        }
        if before != block.tally.len {
            self.env.open_for_writing(block)?;
            if let Some(file) = &block.file {
                file.set_len(block.tally.len)?;
            }
            block.written = block.tally.len;
            block.disk_len = block.written;
            block.needs_sync = true;
            self.unsynced.push(block.index);
            self.env.guard_anew(block)?;
            if !is_last {
                self.sync_now()?;
                if let Some(block) = self.list.get_mut(at) {
                    block.file = None;
                }
            }
        }
        Ok(())
    }

    /// Waits until everything written is there for good.
    pub(super) fn sync_now(&mut self) -> Result<(), StoreError> {
        self.sync_files_now()?;
        if std::mem::take(&mut self.unsynced_dir) {
            self.env.disk.sync_dir(&self.env.msgs_dir())?;
        }
        Ok(())
    }

    /// The same, but for the names of files.
    pub(super) fn sync_files_now(&mut self) -> Result<(), StoreError> {
        for (index, file) in self.take_unsynced()? {
            if let Err(error) = file.sync_data() {
                self.unsynced.push(index);
                return Err(error.into());
            }
        }
        Ok(())
    }
}
