//! All blocks of a stream, and searching in them.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::block::cache::{Cache, Found};
use super::block::guard::Guard;
use super::block::record::{EMPTY_LEN, Kind, NewRecord, Record};
use super::block::scan::{Item, Scan};
use super::block::{Block, Tally};
use super::checksum::Checksum;
use super::env::{Env, GuardFile};
use crate::jetstream::model::StoreCompression;
use crate::jetstream::store::disk::{DiskFile, OpenMode};
use crate::jetstream::store::error::StoreError;

/// The blocks by ascending number, which is also that of their sequences.
///
/// Blocks are read into caches as a whole. All caches together take no more than
/// the budget and the block that is being read or written.
#[derive(Debug)]
pub(super) struct Blocks {
    pub(super) list: VecDeque<Block>,
    pub(super) env: Env,
    /// The highest number of a file when the stream was read. There is no such block if
    /// nothing in it was right, but the file stays.
    pub(super) highest: u32,
    /// The last block and the checksum of its last record, as the state file has them.
    pub(super) state_mark: Option<(u32, Checksum)>,
    /// The most bytes of caches.
    pub(super) budget: usize,
    /// Damage that was come upon and has not been accounted for.
    pub(super) damage: Vec<Damage>,
    /// Blocks with bytes, or a name, that are not there for good.
    pub(super) unsynced: Vec<u32>,
    pub(super) unsynced_dir: bool,
    /// Blocks that are to be compressed.
    pub(super) uncompressed: Vec<u32>,
    /// Whether a block was read with messages of which nobody knows where their parts
    /// end.
    pub(super) has_unguarded: bool,
    /// Whether a change stopped half way, so that nobody knows what is in which file.
    pub(super) is_torn: bool,
    used: u64,
    /// Up to which reading caches were looked after.
    looked_after: u64,
    /// How often a block was read from its file.
    pub(super) loads: u64,
}

/// The number of a block and its file.
pub(super) type Unsynced = (u32, Arc<dyn DiskFile>);

/// Something in a block that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// The record of a message.
    Msg { block: u32, seq: u64 },
    /// The file does not have what it should.
    Block { block: u32 },
    /// What guards the lengths in its records.
    Guard { block: u32 },
}

impl Blocks {
    pub(super) const fn new(env: Env, budget: usize) -> Self {
        Self {
            list: VecDeque::new(),
            env,
            highest: 0,
            state_mark: None,
            budget,
            damage: Vec::new(),
            unsynced: Vec::new(),
            unsynced_dir: false,
            uncompressed: Vec::new(),
            has_unguarded: false,
            is_torn: false,
            used: 0,
            looked_after: 0,
            loads: 0,
        }
    }

    /// How often blocks were read or written so far.
    pub(super) const fn used(&self) -> u64 {
        self.used
    }

    /// Goes on counting where others were.
    pub(super) const fn continue_counts(&mut self, used: u64, loads: u64) {
        self.used += used;
        self.loads += loads;
    }

    /// Where the block is that a sequence is or would be in: the first that does not
    /// end before it.
    pub(super) fn position(&self, seq: u64) -> Option<usize> {
        // Often it is the last, or the first.
        let last = self.list.len().checked_sub(1)?;
        if seq > self.list.get(last)?.tally.last_seq {
            return None;
        }
        if last > 0 && seq > self.list.get(last - 1)?.tally.last_seq {
            return Some(last);
        }
        if seq <= self.list.front()?.tally.last_seq {
            return Some(0);
        }
        let at = self
            .list
            .partition_point(|block| block.tally.last_seq < seq);
        (at <= last).then_some(at)
    }

    /// The last sequence of the block that a sequence is or would be in.
    pub(super) fn last_seq_near(&self, seq: u64) -> Option<u64> {
        let block = self.list.get(self.position(seq)?)?;
        Some(block.tally.last_seq)
    }

    /// Where the block with a number is.
    pub(super) fn position_of(&self, index: u32) -> Option<usize> {
        self.list
            .binary_search_by_key(&index, |block| block.index)
            .ok()
    }

    /// The number of the first block with messages from a sequence on.
    pub(super) fn index_from(&self, seq: u64) -> u32 {
        let at = self.position(seq).unwrap_or(self.list.len());
        let mut blocks = self.list.range(at..);
        let block = blocks.find(|block| block.tally.msgs > 0);
        block.map_or(0, |block| block.index)
    }

    /// The number of the last block with messages up to a sequence.
    pub(super) fn index_up_to(&self, seq: u64) -> u32 {
        let at = self.position(seq).map_or(self.list.len(), |at| at + 1);
        let mut blocks = self.list.range(..at).rev();
        let block = blocks.find(|block| block.tally.msgs > 0 && block.tally.first_seq <= seq);
        block.map_or(0, |block| block.index)
    }

    /// No message before this one stands in any block, deleted or not.
    pub(super) fn floor(&self) -> u64 {
        let mut lowest = self.list.iter().map(|block| block.lowest);
        let lowest = lowest.find(|lowest| *lowest != Some(u64::MAX)).flatten();
        lowest.unwrap_or(0)
    }

    /// Whether there is a message with this sequence.
    pub(super) fn contains(&self, seq: u64) -> bool {
        let block = self.position(seq).and_then(|at| self.list.get(at));
        block.is_some_and(|block| block.contains(seq))
    }

    /// The message with a sequence.
    pub(super) fn get(&mut self, seq: u64) -> Result<Option<Record<'_>>, StoreError> {
        let Some(at) = self.position(seq) else {
            return Ok(None);
        };
        if !self.list.get(at).is_some_and(|block| block.contains(seq)) {
            return Ok(None);
        }
        self.load(at, seq)?;
        let Some(block) = self.list.get(at) else {
            return Ok(None);
        };
        let Some(cache) = &block.cache else {
            return Ok(None);
        };
        match cache.get(seq, &block.sums) {
            Found::Message(record) => Ok(Some(record)),
            Found::Damaged | Found::Nothing => {
                let block = block.index;
                self.damage.push(Damage::Msg { block, seq });
                Err(StoreError::BadMsg {
                    block,
                    detail: "invalid checksum",
                })
            }
        }
    }

    /// Whether the block of a message was read with messages of which nobody knows
    /// where their parts end.
    pub(super) fn is_unguarded(&self, seq: u64) -> bool {
        let block = self.position(seq).and_then(|at| self.list.get(at));
        let cache = block.and_then(|block| block.cache.as_ref());
        cache.is_some_and(|cache| cache.is_unguarded)
    }

    /// Notes that a message is not what was written, although its checksum is right, if
    /// nobody knows better.
    pub(super) fn break_record(&mut self, seq: u64) -> StoreError {
        let at = self.position(seq);
        let Some(block) = at.and_then(|at| self.list.get_mut(at)) else {
            return StoreError::MsgNotFound;
        };
        if let Some(cache) = &mut block.cache {
            cache.note_broken_msg(seq);
        }
        // Reading it anew would tell nothing else.
        block.is_believed_damaged = true;
        let block = block.index;
        self.damage.push(Damage::Msg { block, seq });
        StoreError::BadMsg {
            block,
            detail: "subject of another length",
        }
    }

    /// Reads a block, unless all its records are cached.
    pub(super) fn load_whole(&mut self, at: usize) -> Result<(), StoreError> {
        if let Some(block) = self.list.get_mut(at)
            && block.cache.as_ref().is_some_and(|cache| cache.start() > 0)
        {
            self.env.flush(block)?;
            block.cache = None;
            block.subjects = None;
        }
        self.load(at, 0)
    }

    /// Reads a block, unless its cache reaches back to `from`.
    pub(super) fn load(&mut self, at: usize, from: u64) -> Result<(), StoreError> {
        self.used += 1;
        let used = self.used;
        let Some(block) = self.list.get_mut(at) else {
            return Ok(());
        };
        block.used = used;
        block.is_read = true;
        if block.is_cached_from(from.max(block.tally.first_seq)) {
            return Ok(());
        }
        let spare = self.make_way(at);
        let Some(block) = self.list.get_mut(at) else {
            return Ok(());
        };
        let records = match self.env.read_records(block, spare) {
            Err(StoreError::Io(error)) if is_lost(&error) => {
                let block = block.index;
                if self.read_anew(at)? {
                    self.trust(at);
                    return Ok(());
                }
                self.damage.push(Damage::Block { block });
                return Err(StoreError::BadMsg {
                    block,
                    detail: "block cannot be read",
                });
            }
            records => {
                self.is_torn |= block.is_torn;
                records?
            }
        };
        self.loads += 1;
        let (guard, state) = self.env.read_guard(block, &records)?;
        let is_whole = install(block, records, guard);
        let cache = block.cache.as_ref();
        self.has_unguarded |= cache.is_some_and(|cache| cache.is_unguarded);
        let block = block.index;
        if state == GuardFile::Damaged {
            self.damage.push(Damage::Guard { block });
        }
        if !is_whole {
            let known = self.damage.len();
            if self.read_anew(at)? {
                if self.damage.len() == known {
                    self.trust(at);
                }
                return Ok(());
            }
            self.damage.push(Damage::Block { block });
        }
        self.evict(at);
        Ok(())
    }

    /// Drops caches, those first that were not used for the longest, until all are
    /// within the budget. The one of the block at `keep` stays.
    pub(super) fn evict(&mut self, keep: usize) {
        self.evict_to(self.budget, keep);
    }

    /// Drops as many caches as the block at `at` takes the place of once it is read.
    /// Returns memory of one of them, to read it into: new memory costs more than the
    /// reading.
    fn make_way(&mut self, at: usize) -> Vec<u8> {
        let need = self.list.get(at).map_or(0, Block::memory_when_read);
        let most = self.budget.saturating_sub(need);
        let dropped = self.evict_to(most, at);
        dropped.map_or_else(Vec::new, Cache::into_bytes)
    }

    /// Drops caches until all take no more than `most`, and returns one of them.
    fn evict_to(&mut self, most: usize, keep: usize) -> Option<Cache> {
        let mut total: usize = self.list.iter().map(Block::memory).sum();
        let mut dropped = None;
        while total > most {
            let candidates = self.list.iter_mut().enumerate();
            let oldest = candidates
                .filter(|(at, block)| *at != keep && block.cache.is_some() && block.pending() == 0)
                .min_by_key(|(_, block)| block.used);
            let Some((_, block)) = oldest else { break };
            total = total.saturating_sub(block.memory());
            dropped = block.cache.take();
            block.subjects = None;
        }
        dropped
    }

    /// Drops caches that were not used since this was called the last time; says
    /// whether any are left.
    pub(super) fn drop_unused(&mut self) -> bool {
        let since = std::mem::replace(&mut self.looked_after, self.used);
        let mut are_left = false;
        for block in &mut self.list {
            if block.cache.is_none() && block.subjects.is_none() {
                continue;
            }
            if block.used <= since && block.pending() == 0 {
                block.cache = None;
                block.subjects = None;
            } else {
                are_left = true;
            }
        }
        are_left
    }

    /// Compresses a block, unless it is or is the last.
    pub(super) fn compress(&mut self, index: u32) -> Result<(), StoreError> {
        let Some(at) = self.position_of(index) else {
            return Ok(());
        };
        let is_last = at + 1 == self.list.len();
        let is_done = |block: &Block| block.is_compressed || block.tally.len == 0;
        if is_last || self.list.get(at).is_none_or(is_done) {
            return Ok(());
        }
        self.load_to_rewrite(at)?;
        self.rewrite(at, true)
    }

    /// Drops all caches that nothing waits in to be written.
    pub(super) fn drop_caches(&mut self) {
        for block in &mut self.list {
            if block.pending() == 0 {
                block.cache = None;
                block.subjects = None;
            }
        }
    }

    /// The bytes in all caches.
    pub(super) fn cached(&self) -> usize {
        self.list.iter().map(Block::memory).sum()
    }

    /// Appends a record to the last block, or to a new one if that is full, and with
    /// `flush` writes it out. Returns the bytes it takes. If it cannot be written it
    /// is as if nothing had happened.
    pub(super) fn append(
        &mut self,
        record: &NewRecord<'_>,
        last_seq: u64,
        flush: bool,
    ) -> Result<u64, StoreError> {
        let len = record.len().ok_or(StoreError::MsgTooLarge)?;
        let before = self.make_room(record.seq, len, last_seq)?;
        let Some(block) = self.list.back_mut() else {
            return Err(StoreError::Closed);
        };
        self.used += 1;
        block.used = self.used;
        block.push(record);
        if record.kind == Kind::Tombstone
            && self.state_mark == Some((block.index, block.tally.last_checksum))
        {
            // The state file would be taken for the present state again: it ended with the
            // same one when that was written.
            block.take_back(before);
            let ts = record.ts.saturating_add(1);
            block.push(&NewRecord { ts, ..*record });
        }
        if flush && let Err(error) = self.env.flush(block) {
            block.take_back(before);
            return Err(error);
        }
        if self.unsynced.last() != Some(&block.index) {
            self.unsynced.push(block.index);
        }
        Ok(len)
    }

    /// Sees to it that the last block has room; returns its figures.
    pub(super) fn make_room(
        &mut self,
        seq: u64,
        len: u64,
        last_seq: u64,
    ) -> Result<Tally, StoreError> {
        let block_size = self.env.block_size;
        match self.list.back() {
            Some(block) if block.has_room(seq, len, block_size) => Ok(block.tally),
            _ => {
                self.start_block(last_seq)?;
                Ok(self
                    .list
                    .back()
                    .map(|block| block.tally)
                    .unwrap_or_default())
            }
        }
    }

    /// Begins a new block, after the sequence `last_seq`.
    pub(super) fn start_block(&mut self, last_seq: u64) -> Result<(), StoreError> {
        let mut highest = self.highest;
        if let Some(last) = self.list.back_mut() {
            self.env.flush(last)?;
            self.env.write_guard(last)?;
            highest = highest.max(last.index);
        }
        let index = highest.checked_add(1);
        let index = index.ok_or_else(|| io::Error::other("no block can have a higher number"))?;
        let mut block = Block::new(&self.env.stream, index, last_seq);
        self.env.make_keys(&mut block)?;
        let path = self.env.block_path(index);
        block.file = Some(Arc::from(self.env.disk.open(&path, OpenMode::Truncate)?));
        let mut written = None;
        if let Some(last) = self.list.back_mut() {
            last.file = None;
            if !last.is_compressed && last.tally.len > 0 {
                self.uncompressed.push(last.index);
            }
            // Whoever reads what is written now will go on to read; nobody else needs it.
            let is_of_use = last.is_read || self.env.compression != StoreCompression::None;
            if !is_of_use && last.pending() == 0 {
                written = last.cache.take();
                last.subjects = None;
            } else if let Some(cache) = &mut last.cache {
                cache.seal();
            }
        }
        block.cache = Some(match written {
            Some(cache) => cache.reused(last_seq + 1),
            None => Cache::new(0, last_seq + 1, Vec::new()),
        });
        self.unsynced_dir = true;
        self.list.push_back(block);
        self.evict(self.list.len() - 1);
        Ok(())
    }

    /// Writes out what waits in the last block; nothing can wait in others.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        match self.list.back_mut() {
            Some(block) => self.env.flush(block),
            None => Ok(()),
        }
    }

    /// Writes what guards the records of the last block, if there is more of it than
    /// `min` bytes; all others have theirs.
    pub(super) fn write_guard(&mut self, min: usize) -> Result<(), StoreError> {
        match self.list.back_mut() {
            Some(block) if block.guard.len() > min => self.env.write_guard(block),
            _ => Ok(()),
        }
    }

    /// Gives the last block the keys that it is to be written with.
    pub(super) fn make_last_writable(&mut self) -> Result<(), StoreError> {
        let Some(last) = self.list.len().checked_sub(1) else {
            return Ok(());
        };
        let Some(block) = self.list.back_mut() else {
            return Ok(());
        };
        self.env.load_keys(block)?;
        self.env.look_at_head(block)?;
        if block.has_outdated_keys {
            self.load_whole(last)?;
        }
        Ok(())
    }

    /// Has what is found on opening synced too: whoever wrote it may not have.
    pub(super) fn doubt_last(&mut self) {
        self.unsynced_dir = true;
        let last = self.list.back_mut();
        if let Some(last) = last.filter(|last| last.disk_len > 0) {
            last.needs_sync = true;
            self.unsynced.push(last.index);
        }
    }

    /// Removes a block with its files.
    pub(super) fn remove(&mut self, at: usize) -> Result<(), StoreError> {
        // It may be on account of messages that are not there for good yet.
        self.flush()?;
        self.sync_files_now()?;
        let Some(block) = self.list.get(at) else {
            return Ok(());
        };
        self.env.remove_files(block.index)?;
        self.list.remove(at);
        self.unsynced_dir = true;
        Ok(())
    }

    /// The tombstones in a block that are for blocks before it, as sequence and time.
    pub(super) fn tombstones(&mut self, at: usize) -> Result<Vec<(u64, i64)>, StoreError> {
        self.with_checked(at, |_, scan| {
            let mut tombstones = Vec::new();
            for item in scan {
                if let Item::Record(_, record) = item
                    && record.kind == Kind::Tombstone
                {
                    tombstones.push((record.seq, record.ts));
                }
            }
            tombstones
        })
    }

    /// Lets `read` go through the records of a block that are right, after it is told
    /// how many bytes there are.
    pub(super) fn with_checked<R>(
        &mut self,
        at: usize,
        read: impl FnOnce(usize, Scan<'_>) -> R,
    ) -> Result<R, StoreError> {
        let sums = self.list.get(at).map(|block| block.sums.clone());
        self.with_records(at, |records| match &sums {
            Some(sums) => read(records.len(), Scan::checked(records, sums)),
            None => read(0, Scan::unchecked(&[])),
        })
    }

    /// Lets `read` see all records of a block.
    pub(super) fn with_records<R>(
        &mut self,
        at: usize,
        read: impl FnOnce(&[u8]) -> R,
    ) -> Result<R, StoreError> {
        let Some(block) = self.list.get_mut(at) else {
            return Ok(read(&[]));
        };
        if let Some(cache) = block.cache.as_ref().filter(|cache| cache.start() == 0) {
            return Ok(read(cache.bytes()));
        }
        self.env.flush(block)?;
        let records = self.env.read_records(block, Vec::new());
        self.is_torn |= block.is_torn;
        let records = records?;
        self.loads += 1;
        Ok(read(&records))
    }

    /// The files that have to be synced, and which blocks they are.
    pub(super) fn take_unsynced(&mut self) -> Result<Vec<Unsynced>, StoreError> {
        let mut files = Vec::new();
        for index in std::mem::take(&mut self.unsynced) {
            let Some(at) = self.position_of(index) else {
                continue;
            };
            let Some(block) = self.list.get_mut(at) else {
                continue;
            };
            if !block.needs_sync {
                continue;
            }
            let was_open = block.file.is_some();
            self.env.open_for_writing(block)?;
            if let Some(file) = &block.file {
                files.push((index, Arc::clone(file)));
            }
            if !was_open {
                block.file = None;
            }
            block.needs_sync = false;
        }
        Ok(files)
    }
}

/// Whether an error says that a file is not what it was, rather than that the disk
/// cannot be used now.
fn is_lost(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

/// Makes a cache of a block's records; false if they are not those that the figures
/// of the block speak of.
pub(super) fn install(block: &mut Block, mut records: Vec<u8>, mut guard: Guard) -> bool {
    let pending = block.cache.take().filter(|_| block.pending() > 0);
    block.subjects = None;
    if block.pending() == 0 {
        block.tally.len = records.len() as u64;
        block.written = block.tally.len;
    } else if let Some(pending) = pending {
        records.truncate(usize::try_from(block.written).unwrap_or(usize::MAX));
        records.extend_from_slice(pending.bytes_from(block.written));
    }
    let mut places = Places::find(block, Scan::unchecked(&records), &mut guard);
    if !places.are_all || !places.are_in_order {
        // Damage leads astray who does not look at checksums.
        guard.rewind();
        places = Places::find(block, Scan::checked(&records, &block.sums), &mut guard);
    }
    block.lowest = Some(places.lowest);
    *places.cache.bytes_mut() = records;
    places.cache.is_unguarded = guard.is_incomplete;
    block.cache = Some(places.cache);
    places.are_all
}

/// Where the live messages of a block are.
struct Places {
    /// A cache that knows them, without its bytes.
    cache: Cache,
    /// The lowest sequence of any message, live or not.
    lowest: u64,
    /// Whether every message follows the one before.
    are_in_order: bool,
    /// Whether they are as many as the figures of the block say.
    are_all: bool,
}

impl Places {
    fn find(block: &Block, scan: Scan<'_>, guard: &mut Guard) -> Self {
        let tally = &block.tally;
        let mut cache = Cache::new(0, tally.first_seq, Vec::new());
        cache.expect(tally.msgs.min(tally.len / EMPTY_LEN));
        let (mut lowest, mut noted, mut are_in_order) = (u64::MAX, 0, true);
        for item in scan {
            let Item::Record(offset, record) = item else {
                continue;
            };
            if record.kind != Kind::Message {
                continue;
            }
            lowest = lowest.min(record.seq);
            if !block.contains(record.seq) {
                continue;
            }
            if !guard.allows(offset, &record) {
                cache.note_broken(offset as u64);
            }
            let is_noted = cache.note(record.seq, offset as u64, false);
            are_in_order &= is_noted;
            noted += u64::from(is_noted);
        }
        Self {
            cache,
            lowest,
            are_in_order,
            are_all: noted == tally.msgs,
        }
    }
}
