//! Removing messages, one at a time.

use rand::RngCore;

use super::append::expires;
use super::block::Tally;
use super::block::cache::Found;
use super::block::record::{EMPTY_LEN, Kind, NewRecord, Record, erased};
use super::block::scan::Item;
use super::blocks::{Blocks, Damage};
use super::state::State;
use crate::jetstream::model::DiscardPolicy;
use crate::jetstream::store::accounting::{limit, signed};
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::headers;

/// Why a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// A limit says so, and will say so again if the files are read anew.
    Limit,
    /// The leader of the replicas says so, and will say so again.
    Learnt,
    /// Somebody wants it gone.
    Wanted,
    /// The same, and its contents are to be overwritten.
    Erase,
}

/// What is known of a message that goes.
struct Leaving {
    ts: i64,
    size: u64,
    subject: Vec<u8>,
    /// When it would have expired.
    expires: Option<i64>,
}

impl State {
    /// Removes a message; false if it is not there.
    pub(super) fn remove(&mut self, seq: u64, why: Removal) -> Result<bool, StoreError> {
        self.check_open()?;
        let has_ttls = self.expiry.wheel.is_some();
        let mut found = self.leaving(seq, has_ttls);
        if matches!(found, Err(StoreError::BadMsg { .. })) {
            self.settle_damage()?;
            if self.blocks.contains(seq) {
                // Read anew it was right.
                found = self.leaving(seq, has_ttls);
            }
        }
        let (Some(leaving), Some(at)) = (found?, self.blocks.position(seq)) else {
            return Ok(false);
        };
        let Some(block) = self.blocks.list.get(at) else {
            return Ok(false);
        };
        let is_only = block.tally.msgs == 1;
        let is_last_block = at + 1 == self.blocks.list.len();
        // With a tombstone it does not count when the blocks are read anew, which makes
        // room, be it a limit that removes it.
        let is_wanted = matches!(why, Removal::Wanted | Removal::Erase);
        if is_wanted || (why == Removal::Limit && is_only && is_last_block) {
            self.record_removals()?;
        }
        // Otherwise the block is removed, which says it all, unless the power fails while the
        // message is overwritten.
        let mut stays = !is_only || is_last_block || self.has_tombstones(at)?;
        let is_overwritten = why == Removal::Erase && self.blocks.env.encryption.is_none();
        if is_overwritten || stays && (is_wanted || is_only) {
            self.write_tombstone(seq, leaving.ts)?;
            // For lack of room it may have gone to a block of its own.
            if is_only && is_last_block && at + 1 < self.blocks.list.len() {
                stays = self.has_tombstones(at)?;
            }
        } else {
            self.outdate_state(seq, leaving.ts)?;
            if stays {
                self.unrecorded.insert(seq);
            }
        }
        let taken_out = self.take_out(at, seq, why, &leaving, stays);
        self.tears(taken_out)?;
        self.note(-1, -signed(leaving.size), seq, &leaving.subject);
        Ok(true)
    }

    /// Takes a message out of everything, after it was noted that it goes; its block too,
    /// unless that `stays`.
    fn take_out(
        &mut self,
        at: usize,
        seq: u64,
        why: Removal,
        leaving: &Leaving,
        stays: bool,
    ) -> Result<(), StoreError> {
        let is_last_block = at + 1 == self.blocks.list.len();
        if why == Removal::Erase && self.blocks.env.encryption.is_none() {
            self.blocks.erase(at, seq, leaving.size)?;
        }
        self.unlist(seq, leaving);
        self.drop_from_block(at, seq, leaving.size)?;
        if !stays {
            if !is_last_block || seq != self.figures.last_seq {
                self.keep_last_seq(at)?;
            }
            self.remove_block(at)?;
        }
        if seq == self.figures.first_seq {
            self.select_first()?;
        }
        Ok(())
    }

    fn leaving(&mut self, seq: u64, has_ttls: bool) -> Result<Option<Leaving>, StoreError> {
        let record = self.blocks.get(seq)?;
        Ok(record.map(|record| Leaving::of(&record, has_ttls)))
    }

    /// Writes tombstones for what limits removed. Left alone it goes again for the same
    /// reason when the blocks are read anew, but not when there is room for it by then,
    /// so this has to be done before room is made.
    pub(super) fn record_removals(&mut self) -> Result<(), StoreError> {
        if self.unrecorded.is_empty() {
            return Ok(());
        }
        let floor = self.blocks.floor();
        let last_ts = self.figures.last_ts;
        let removed = std::mem::take(&mut self.unrecorded);
        let mut result = Ok(());
        for seq in removed.iter().filter(|seq| *seq >= floor) {
            if result.is_ok() && self.blocks.hides(seq) {
                let record = NewRecord::empty(Kind::Tombstone, seq, last_ts);
                let written = self.blocks.append(&record, self.figures.last_seq, false);
                result = written.map(drop);
            }
        }
        self.touch();
        if result.is_ok() && (self.flushes() || self.sync_always) {
            result = self.blocks.flush();
        }
        if result.is_ok() && self.sync_always {
            // Not after what makes room is there for good.
            result = self.blocks.sync_files_now();
        }
        if result.is_err() {
            self.unrecorded = removed;
        }
        result
    }

    /// Takes a message out of all that refers to it, but for its block.
    fn unlist(&mut self, seq: u64, leaving: &Leaving) {
        self.subjects.remove(&leaving.subject, seq);
        self.expiry.markers.remove(seq, &leaving.subject);
        if let Some(wheel) = &mut self.expiry.wheel
            && let Some(expires) = leaving.expires
        {
            // One stored before that was switched on has no entry.
            wheel.remove(seq, expires).ok();
        }
        if let Some(schedules) = &mut self.expiry.schedules {
            schedules.remove(seq);
        }
    }

    /// Takes a message out of the figures.
    fn drop_from_block(&mut self, at: usize, seq: u64, size: u64) -> Result<(), StoreError> {
        self.figures.msgs = self.figures.msgs.saturating_sub(1);
        self.figures.bytes = self.figures.bytes.saturating_sub(size);
        let is_last_block = at + 1 == self.blocks.list.len();
        let Some(block) = self.blocks.list.get_mut(at) else {
            return Ok(());
        };
        block.discount(seq, size);
        if seq == block.tally.first_seq {
            block.advance_first();
            if block.tally.msgs > 0 {
                let first = block.tally.first_seq;
                let ts = self.blocks.time(first);
                let ts = ts.unwrap_or(0);
                if let Some(block) = self.blocks.list.get_mut(at) {
                    block.tally.first_ts = ts;
                }
            }
        } else {
            block.deleted.insert(seq);
            if !is_last_block && block.is_very_wasteful() {
                let compacted = self.compact_block(at);
                self.report_failure("compacting a block", compacted);
            }
        }
        Ok(())
    }

    /// Takes the messages of a block from `from` to `to` out of all that refers to
    /// them, but for the block. Returns how many there were and their bytes.
    pub(super) fn unlist_block(
        &mut self,
        at: usize,
        from: u64,
        to: u64,
    ) -> Result<(u64, u64), StoreError> {
        let Self {
            blocks,
            subjects,
            expiry,
            ..
        } = self;
        let (mut msgs, mut bytes) = (0, 0);
        let has_ttls = expiry.wheel.is_some();
        blocks.for_each_in(at, from, to, |record| {
            msgs += 1;
            bytes += record.len() as u64;
            subjects.remove(record.subject, record.seq);
            expiry.markers.remove(record.seq, record.subject);
            if let Some(wheel) = &mut expiry.wheel
                && let Some(expires) = expiration(record, has_ttls)
            {
                // One stored before that was switched on has no entry.
                wheel.remove(record.seq, expires).ok();
            }
            if let Some(schedules) = &mut expiry.schedules {
                schedules.remove(record.seq);
            }
        })?;
        Ok((msgs, bytes))
    }

    /// Whether a block has tombstones that are still needed.
    pub(super) fn has_tombstones(&mut self, at: usize) -> Result<bool, StoreError> {
        if at == 0 {
            return Ok(false);
        }
        let floor = self.blocks.floor();
        self.blocks.with_checked(at, |_, scan| {
            let mut first_msg = u64::MAX;
            let mut lowest = u64::MAX;
            for item in scan {
                if let Item::Record(_, record) = item {
                    match record.kind {
                        Kind::Message => first_msg = first_msg.min(record.seq),
                        Kind::Tombstone if record.seq >= floor => {
                            lowest = lowest.min(record.seq);
                        }
                        _ => {}
                    }
                }
            }
            lowest < first_msg && lowest != u64::MAX
        })
    }

    /// Removes the oldest messages of a subject that are beyond its limit.
    pub(super) fn enforce_subject_limit(&mut self, subject: &[u8]) -> Result<(), StoreError> {
        let Some(limit) = self.max_per_subject() else {
            return Ok(());
        };
        while self.subjects.msgs(subject) > limit {
            let first = self.subjects.first(&mut self.blocks, subject)?;
            let Some(first) = first else { break };
            if !self.remove(first, Removal::Limit)? {
                break;
            }
        }
        Ok(())
    }

    /// Removes the oldest messages of all subjects that are beyond their limit.
    pub(super) fn enforce_subject_limits(&mut self) -> Result<(), StoreError> {
        let Some(limit) = self.max_per_subject() else {
            return Ok(());
        };
        let mut over = Vec::new();
        self.subjects.for_each(Filter::All, |subject, entry| {
            if entry.msgs > limit {
                over.push(subject.to_vec());
            }
            Ok(true)
        })?;
        for subject in over {
            self.enforce_subject_limit(&subject)?;
        }
        Ok(())
    }

    /// Removes the oldest messages that are beyond the limits of the stream.
    pub(super) fn enforce_limits(&mut self) -> Result<(), StoreError> {
        if self.config.discard != DiscardPolicy::Old {
            return Ok(());
        }
        if let Some(max) = limit(self.config.max_msgs) {
            while self.figures.msgs > max {
                let over = self.figures.msgs - max;
                self.remove_oldest(|msgs, _| msgs <= over)?;
            }
        }
        if let Some(max) = limit(self.config.max_bytes) {
            while self.figures.bytes > max && self.figures.msgs > 0 {
                let over = self.figures.bytes - max;
                self.remove_oldest(|_, bytes| bytes <= over)?;
            }
        }
        Ok(())
    }

    /// Removes the first message, or the first block if all of it may go.
    fn remove_oldest(&mut self, may_go: impl Fn(u64, u64) -> bool) -> Result<(), StoreError> {
        let front = self.blocks.list.front().map(|block| block.tally);
        if self.blocks.list.len() > 1
            && front.is_some_and(|tally| tally.msgs > 1 && may_go(tally.msgs, tally.bytes))
        {
            return self.remove_first_block();
        }
        let first = self.figures.first_seq;
        match self.remove(first, Removal::Limit) {
            Ok(true) => Ok(()),
            // It was damaged, and another is the first now.
            Err(StoreError::BadMsg { .. }) => self.settle_damage(),
            Ok(false) => {
                self.select_first()?;
                if self.figures.first_seq == first {
                    return Err(StoreError::MsgNotFound);
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Removes all of the first block, which is not the last.
    pub(super) fn remove_first_block(&mut self) -> Result<(), StoreError> {
        let Some(tally) = self.blocks.list.front().map(|block| block.tally) else {
            return Ok(());
        };
        self.outdate_state(tally.last_seq, tally.last_ts)?;
        let taken_out = self.take_first_block_out(tally);
        self.tears(taken_out)?;
        self.note(-signed(tally.msgs), -signed(tally.bytes), 0, b"");
        Ok(())
    }
}

impl State {
    fn take_first_block_out(&mut self, tally: Tally) -> Result<(), StoreError> {
        self.unlist_block(0, 0, u64::MAX)?;
        self.keep_last_seq(0)?;
        self.remove_block(0)?;
        self.figures.msgs = self.figures.msgs.saturating_sub(tally.msgs);
        self.figures.bytes = self.figures.bytes.saturating_sub(tally.bytes);
        self.select_first()
    }
}

impl Leaving {
    fn of(record: &Record<'_>, has_ttls: bool) -> Self {
        Self {
            ts: record.ts,
            size: record.len() as u64,
            subject: record.subject.to_vec(),
            expires: expiration(record, has_ttls),
        }
    }
}

fn expiration(record: &Record<'_>, has_ttls: bool) -> Option<i64> {
    if !has_ttls || record.header.is_empty() {
        return None;
    }
    let ttl = headers::message_ttl(record.header).ok()?;
    (ttl > 0).then(|| expires(record.ts, ttl))
}

impl Blocks {
    /// Overwrites a message in cache and file by noise.
    fn erase(&mut self, at: usize, seq: u64, len: u64) -> Result<(), StoreError> {
        if self.list.get(at).is_some_and(|block| block.is_compressed) {
            self.load_to_rewrite(at)?;
        } else {
            self.load(at, seq)?;
        }
        let is_written = self.list.get(at).is_some_and(|block| {
            let offset = block.cache.as_ref().and_then(|cache| cache.offset(seq));
            offset.is_some_and(|offset| offset < block.written)
        });
        if is_written {
            // If the power fails while the record is overwritten, the tombstone is
            // what is left of it, perhaps in a block of its own.
            self.flush()?;
            self.sync_now()?;
        }
        let Some(block) = self.list.get_mut(at) else {
            return Ok(());
        };
        let Some(cache) = &mut block.cache else {
            return Ok(());
        };
        let Some(offset) = cache.offset(seq) else {
            return Ok(());
        };
        let mut noise = vec![0; usize::try_from(len - EMPTY_LEN).unwrap_or(0)];
        rand::rng().fill_bytes(&mut noise);
        let record = erased(seq, &noise, &block.sums);
        cache.overwrite(offset, &record);
        let end = offset + record.len() as u64;
        if end == block.tally.len {
            block.tally.last_checksum = record.last_chunk().copied().unwrap_or_default();
        }
        if offset >= block.written {
            return Ok(());
        }
        if block.is_compressed {
            return self.rewrite(at, true);
        }
        self.env.open_for_writing(block)?;
        if let Some(file) = &block.file {
            let written =
                record.get(..usize::try_from(block.written - offset).unwrap_or(usize::MAX));
            file.write_at(written.unwrap_or(&record), offset)?;
            block.needs_sync = true;
            self.unsynced.push(block.index);
        }
        Ok(())
    }

    /// Writes all of a block anew.
    pub(super) fn rewrite(&mut self, at: usize, compress: bool) -> Result<(), StoreError> {
        self.load_whole(at)?;
        let Some(block) = self.list.get_mut(at) else {
            return Ok(());
        };
        let Some(cache) = block.cache.take() else {
            return Ok(());
        };
        let result = self
            .env
            .replace_records(block, cache.bytes(), compress, |offset| {
                cache.is_broken(offset)
            });
        block.cache = Some(cache);
        self.is_torn |= block.is_torn;
        result
    }

    /// Calls `each` with every message of a block from `from` to `to`.
    pub(super) fn for_each_in(
        &mut self,
        at: usize,
        from: u64,
        to: u64,
        mut each: impl FnMut(&Record<'_>),
    ) -> Result<(), StoreError> {
        self.load(at, 0)?;
        let Some(block) = self.list.get(at) else {
            return Ok(());
        };
        let Some(cache) = &block.cache else {
            return Ok(());
        };
        for (seq, found) in cache.up(from.max(block.tally.first_seq), &block.sums) {
            if seq > to {
                break;
            }
            match found {
                Found::Message(record) => each(&record),
                _ => self.damage.push(Damage::Msg {
                    block: block.index,
                    seq,
                }),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::jetstream::model::{StorageType, StreamConfig};
    use crate::jetstream::store::StreamStore;
    use crate::jetstream::store::disk::SimDisk;
    use crate::jetstream::store::file::{FileStore, FileStoreConfig};

    #[test]
    fn what_limits_removed_is_forgotten_with_its_block() {
        let options = FileStoreConfig {
            disk: Arc::new(SimDisk::new(1)),
            block_size: 1_000,
            ..FileStoreConfig::new("/S")
        };
        let config = StreamConfig {
            name: "S".into(),
            storage: StorageType::File,
            max_msgs: 30,
            ..StreamConfig::default()
        };
        let store = FileStore::open(options, &config).unwrap();
        for _ in 0..3_000 {
            store.store_msg(b"a", b"", b"payload", 0).unwrap();
            let state = store.lock();
            assert!(state.unrecorded.len() < 60, "{}", state.unrecorded.len());
        }
        assert!(!store.lock().unrecorded.is_empty());
        store.stop().unwrap();
    }
}
