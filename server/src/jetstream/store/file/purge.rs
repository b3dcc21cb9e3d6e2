//! Removing messages, many at a time.

use std::io;

use super::block::record::{Kind, NewRecord};
use super::block::{Block, Tally};
use super::env::{MSGS_DIR, NEW_MSGS_DIR, PURGE_DIR, block_name, key_name};
use super::remove::Removal;
use super::state::{Figures, State};
use crate::collections::HashWheel;
use crate::jetstream::store::accounting::signed;
use crate::jetstream::store::delete_block::DeleteBlock;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::schedules::Schedules;

impl State {
    /// Removes all messages; the next sequence is `first`, or if that is lower the
    /// one that it is anyway. Returns how many there were.
    pub(super) fn purge(&mut self, first: u64) -> Result<u64, StoreError> {
        self.check_open()?;
        let before = self.figures;
        let next = first.max(before.last_seq + 1);
        let replaced = self.replace_msgs_dir(next - 1, before.last_ts);
        self.tears(replaced)?;
        self.has_state_file = false;
        self.blocks.state_mark = None;
        self.forget_gone();
        self.unrecorded.clear();
        self.forget_everything();
        self.figures = Figures {
            first_seq: next,
            last_seq: next - 1,
            last_ts: before.last_ts,
            ..Figures::default()
        };
        self.note(-signed(before.msgs), -signed(before.bytes), 0, b"");
        Ok(before.msgs)
    }

    /// Removes the first messages of a filter, before `seq` if that is above 1, but for the
    /// last `keep`.
    pub(super) fn purge_matching(
        &mut self,
        filter: Filter<'_>,
        seq: u64,
        keep: u64,
    ) -> Result<u64, StoreError> {
        let state = self.filtered_state(1, filter)?;
        if keep > 0 && keep >= state.msgs {
            return Ok(0);
        }
        let most = state.msgs - keep;
        if state.msgs == 0 {
            return Ok(0);
        }
        let last = if seq > 1 { seq - 1 } else { state.last };
        let mut purged = 0;
        let mut from = state.first;
        self.check_open()?;
        self.hold_flush = true;
        let mut result = Ok(());
        while purged < most && result.is_ok() {
            match self.blocks.next(filter, from, last) {
                Ok(None) => break,
                Ok(Some(seq)) => {
                    from = seq + 1;
                    result = self.remove(seq, Removal::Wanted).map(|removed| {
                        purged += u64::from(removed);
                    });
                }
                Err(error) => result = Err(error),
            }
        }
        self.hold_flush = false;
        let flushed = if self.async_flush {
            Ok(())
        } else {
            self.blocks.flush()
        };
        result.and(flushed)?;
        Ok(purged)
    }

    /// Removes all messages before `seq` and returns how many there were.
    pub(super) fn compact(&mut self, seq: u64) -> Result<u64, StoreError> {
        self.check_open()?;
        if seq == 0 {
            return self.purge(0);
        }
        if self.figures.first_seq > seq {
            return Ok(0);
        }
        if seq > self.figures.last_seq {
            return self.purge(seq);
        }
        self.record_removals()?;
        self.remove_state()?;
        let cut = self.cut_front(seq);
        let (purged, bytes) = self.tears(cut)?;
        self.note(-signed(purged), -signed(bytes), 0, b"");
        Ok(purged)
    }

    /// Removes the messages before `seq` from all blocks; returns how many there were and
    /// their bytes.
    fn cut_front(&mut self, seq: u64) -> Result<(u64, u64), StoreError> {
        let (mut purged, mut bytes) = (0, 0);
        let mut cut = |state: &mut Self, msgs: u64, size: u64| {
            purged += msgs;
            bytes += size;
            state.figures.msgs = state.figures.msgs.saturating_sub(msgs);
            state.figures.bytes = state.figures.bytes.saturating_sub(size);
        };
        while let Some(front) = self.blocks.list.front()
            && self.blocks.list.len() > 1
            && front.tally.last_seq < seq
        {
            let tally = front.tally;
            self.unlist_block(0, 0, u64::MAX)?;
            self.remove_block(0)?;
            cut(self, tally.msgs, tally.bytes);
        }
        let front = self.blocks.list.front().map(|block| block.tally);
        if front.is_some_and(|tally| tally.msgs > 0 && tally.first_seq < seq) {
            let (msgs, size) = self.cut_front_of_block(seq)?;
            cut(self, msgs, size);
        }
        self.select_first()?;
        Ok((purged, bytes))
    }

    /// Removes the messages before `seq` from the first block.
    fn cut_front_of_block(&mut self, seq: u64) -> Result<(u64, u64), StoreError> {
        let mut gone = Vec::new();
        self.blocks.for_each_in(0, 0, seq - 1, |record| {
            gone.push((record.seq, record.ts, record.len() as u64));
        })?;
        let bytes: u64 = gone.iter().map(|(_, _, size)| size).sum();
        let Some(tally) = self.blocks.list.front().map(|block| block.tally) else {
            return Ok((0, 0));
        };
        let left = tally.bytes.saturating_sub(bytes);
        // Rewriting is as good as tombstones, if not much has to be written.
        let rewrites = tally.len > REWRITE_MIN && left * 2 < tally.len;
        if !rewrites {
            for (seq, ts, _) in &gone {
                let record = NewRecord::empty(Kind::Tombstone, *seq, *ts);
                self.blocks.append(&record, self.figures.last_seq, false)?;
            }
            if self.flushes() {
                self.blocks.flush()?;
            }
        }
        self.unlist_block(0, 0, seq - 1)?;
        if let Some(block) = self.blocks.list.front_mut() {
            for (seq, _, size) in &gone {
                block.discount(*seq, *size);
            }
            if block.tally.msgs > 0 {
                block.tally.first_seq = seq - 1;
                block.deleted.remove_below(seq);
            }
            block.advance_first();
        }
        let first = self.blocks.list.front().map(|block| block.tally);
        if let Some(tally) = first.filter(|tally| tally.msgs > 0) {
            let ts = self.blocks.time(tally.first_seq)?;
            if let Some(block) = self.blocks.list.front_mut() {
                block.tally.first_ts = ts;
            }
        }
        if rewrites {
            if self.blocks.list.len() == 1 || tally.last_seq == self.figures.last_seq {
                let Figures {
                    last_seq, last_ts, ..
                } = self.figures;
                // The last record may go, and with it the last sequence.
                if !self.blocks.contains(last_seq) {
                    self.write_tombstone(last_seq, last_ts)?;
                }
            }
            let first_seq = self.blocks.list.front().map_or(0, |b| b.tally.first_seq);
            let last_seq = self.figures.last_seq;
            self.blocks.filter_records(0, |record| match record.kind {
                Kind::Message => record.seq >= first_seq,
                Kind::Erased => false,
                Kind::Tombstone => record.seq == last_seq,
            })?;
        }
        Ok((gone.len() as u64, bytes))
    }

    /// Removes what `blocks` say is deleted.
    pub(super) fn sync_deleted(&mut self, blocks: &[DeleteBlock]) -> Result<(), StoreError> {
        let own = self.delete_blocks();
        for (at, block) in blocks.iter().enumerate() {
            let (first, last, num) = block.state();
            if own.get(at).is_some_and(|own| own.state() == block.state()) {
                continue;
            }
            if num == 0 || first > self.figures.last_seq {
                continue;
            }
            let last = last.min(self.figures.last_seq);
            let there: Vec<u64> = match block {
                // Only what is there needs a look, however long a run is.
                DeleteBlock::Range(_) => self.live_between(first, last)?,
                DeleteBlock::Set(set) => set.iter().collect(),
                DeleteBlock::Slice(seqs) => seqs.clone(),
            };
            for seq in there {
                self.remove(seq, Removal::Learnt)?;
            }
        }
        Ok(())
    }

    fn live_between(&mut self, first: u64, last: u64) -> Result<Vec<u64>, StoreError> {
        let mut seqs = Vec::new();
        let mut from = first;
        while let Some(seq) = self.blocks.next(Filter::All, from, last)? {
            seqs.push(seq);
            from = seq + 1;
        }
        Ok(seqs)
    }

    /// The deleted sequences, as replicas tell each other of them.
    pub(super) fn delete_blocks(&self) -> Vec<DeleteBlock> {
        use crate::jetstream::store::delete_block::DeleteRange;
        let mut blocks: Vec<DeleteBlock> = Vec::new();
        let gap = |blocks: &mut Vec<DeleteBlock>, first: u64, end: u64| {
            if first < end {
                let num = end - first;
                blocks.push(DeleteBlock::Range(DeleteRange { first, num }));
            }
        };
        if self.figures.msgs == 0 {
            return blocks;
        }
        let mut next = self.figures.first_seq;
        for block in &self.blocks.list {
            if block.tally.msgs == 0 {
                continue;
            }
            gap(&mut blocks, next, block.tally.first_seq);
            if !block.deleted.is_empty() {
                blocks.push(DeleteBlock::Set(block.deleted.clone()));
            }
            next = block.tally.last_seq + 1;
        }
        gap(&mut blocks, next, self.figures.last_seq + 1);
        blocks
    }

    /// Empties all that refers to messages.
    pub(super) fn forget_everything(&mut self) {
        self.subjects.clear();
        self.expiry.markers.clear();
        if let Some(wheel) = &mut self.expiry.wheel {
            *wheel = HashWheel::new();
        }
        if let Some(schedules) = &mut self.expiry.schedules {
            *schedules = Schedules::new();
        }
    }

    /// Puts a new block, which says that sequences up to `last_seq` were given out,
    /// in the place of all others: in a directory of its own, which then becomes
    /// that of the blocks. What is left of the old is removed, now or when the store
    /// is opened again.
    fn replace_msgs_dir(&mut self, last_seq: u64, last_ts: i64) -> Result<(), StoreError> {
        match self.make_new_msgs_dir(last_seq, last_ts) {
            Err(error) if error.is_out_of_space() => {
                let env = &self.blocks.env;
                env.disk.remove_dir_all(&env.root.join(NEW_MSGS_DIR))?;
                self.purge_in_place(last_seq, last_ts)
            }
            result => result,
        }
    }

    /// Makes room on a disk that has none for another block: all blocks but the last
    /// go, and that becomes a note of the last sequence. If the power fails meanwhile
    /// it is as if some messages had been purged.
    fn purge_in_place(&mut self, last_seq: u64, last_ts: i64) -> Result<(), StoreError> {
        let result = self.empty_last_block(last_seq, last_ts);
        if result.is_err() {
            self.subjects.are_skewed = true;
            self.recount()?;
        }
        result
    }

    fn empty_last_block(&mut self, last_seq: u64, last_ts: i64) -> Result<(), StoreError> {
        self.remove_state()?;
        let blocks = &mut self.blocks;
        let Some(index) = blocks.list.back().map(|block| block.index) else {
            return Ok(());
        };
        if let Some(last) = blocks.list.back_mut() {
            if last.is_compressed {
                return Err(io::Error::from(io::ErrorKind::StorageFull).into());
            }
            // What waits to be written is of no use any more.
            last.take_back(Tally {
                len: last.written,
                ..last.tally
            });
        }
        while self.blocks.list.len() > 1 {
            self.remove_block(0)?;
        }
        let blocks = &mut self.blocks;
        let mut empty = Block::new(&blocks.env.stream, index, last_seq);
        blocks.env.load_keys(&mut empty)?;
        if last_seq > 0 {
            empty.push(&NewRecord::empty(Kind::Tombstone, last_seq, last_ts));
        }
        let cache = empty.cache.as_ref();
        let mut bytes = cache.map_or(&[][..], |cache| cache.bytes()).to_vec();
        if let Some(keys) = &empty.keys {
            keys.block_stream().apply(&mut bytes)?;
        }
        blocks.env.open_for_writing(&mut empty)?;
        if let Some(file) = &empty.file {
            // In the place of other records, and so there is room for it.
            file.write_at(&bytes, 0)?;
            file.sync_data()?;
            file.set_len(bytes.len() as u64)?;
            file.sync_data()?;
        }
        empty.written = empty.tally.len;
        empty.disk_len = empty.written;
        blocks.list.clear();
        blocks.list.push_back(empty);
        Ok(())
    }

    fn make_new_msgs_dir(&mut self, last_seq: u64, last_ts: i64) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        let (msgs, new, old) = (
            env.root.join(MSGS_DIR),
            env.root.join(NEW_MSGS_DIR),
            env.root.join(PURGE_DIR),
        );
        let disk = std::sync::Arc::clone(&env.disk);
        disk.remove_dir_all(&new)?;
        disk.remove_dir_all(&old)?;
        disk.create_dir_all(&new)?;
        let index = self.blocks.list.back().map_or(1, |block| block.index + 1);
        let mut block = Block::new(&env.stream, index, last_seq);
        if let Some(encryption) = &env.encryption {
            let context = env.key_context(index);
            let (keys, file) = super::cipher::AssetKeys::generate(encryption, &context)?;
            disk.write_atomically(&new.join(key_name(index)), &file, true)?;
            block.keys = Some(keys);
        }
        if last_seq > 0 {
            block.push(&NewRecord::empty(Kind::Tombstone, last_seq, last_ts));
        }
        let mut bytes = block
            .cache
            .as_ref()
            .map_or(&[][..], |cache| cache.bytes())
            .to_vec();
        if let Some(keys) = &block.keys {
            keys.block_stream().apply(&mut bytes)?;
        }
        // Whole and for good, so that finding it means that it can take over.
        disk.write_atomically(&new.join(block_name(index)), &bytes, true)?;
        block.written = block.tally.len;
        block.disk_len = block.written;
        disk.rename(&msgs, &old)?;
        if let Err(error) = disk.rename(&new, &msgs) {
            disk.rename(&old, &msgs)?;
            return Err(error.into());
        }
        disk.sync_dir(&env.root)?;
        self.blocks.list.clear();
        self.blocks.unsynced.clear();
        self.blocks.uncompressed.clear();
        self.blocks.list.push_back(block);
        let removed = disk.remove_dir_all(&old).map_err(StoreError::from);
        self.report_failure("removing what was purged", removed);
        Ok(())
    }

    /// Finishes or takes back a purge that was cut short.
    ///
    /// Go: `recoverPartialPurge`.
    pub(super) fn recover_purge(&mut self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        let (msgs, new, old) = (
            env.root.join(MSGS_DIR),
            env.root.join(NEW_MSGS_DIR),
            env.root.join(PURGE_DIR),
        );
        let entries = match env.disk.read_dir(&new) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            entries => Some(entries?),
        };
        if let Some(entries) = entries {
            let is_made = entries.iter().any(|entry| entry.name.ends_with(".blk"));
            if is_made {
                env.disk.remove_dir_all(&msgs)?;
                env.disk.rename(&new, &msgs)?;
            } else {
                env.disk.remove_dir_all(&new)?;
            }
        }
        if env.disk.exists(&old)? {
            // Between the two renames there are no messages at their place.
            if !env.disk.exists(&msgs)? {
                env.disk.rename(&old, &msgs)?;
            } else {
                env.disk.remove_dir_all(&old)?;
            }
        }
        Ok(())
    }
}

/// So many bytes have to be in a block before it is rewritten.
const REWRITE_MIN: u64 = 2 * 1024 * 1024;
