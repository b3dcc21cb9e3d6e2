//! Recovery from the state file.

use std::io;

use hashbrown::{HashMap, HashSet};

use crate::jetstream::store::disk::{OpenMode, read_exact_at};
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::file::block::Block;
use crate::jetstream::store::file::checksum::{CHECKSUM_LEN, Checksum, Checksummer};
use crate::jetstream::store::file::env::index_of;
use crate::jetstream::store::file::persist::STATE_FILE;
use crate::jetstream::store::file::report::Trouble;
use crate::jetstream::store::file::state::{Figures, State};
use crate::jetstream::store::file::state_file::{BlockEntry, FullState, Reader};
use crate::subject::is_valid_subject_strict;

/// What an outdated state file says of the past.
#[derive(Debug, Default)]
pub(in super::super) struct Prior {
    /// The figures then.
    pub(in super::super) figures: Figures,
    /// Blocks that have vanished since, although nobody removed them.
    pub(in super::super) vanished: Vec<BlockEntry>,
    /// Blocks that were removed since, if that is known.
    pub(in super::super) gone: Option<HashSet<u32>>,
    /// All blocks there were.
    pub(in super::super) blocks: Vec<BlockEntry>,
}

impl Prior {
    /// Whether a message had been deleted by then. Its tombstone may be lost since.
    pub(in super::super) fn is_deleted(&self, seq: u64) -> bool {
        let at = self.blocks.partition_point(|entry| entry.last_seq < seq);
        let is_live = self.blocks.get(at).is_some_and(|entry| {
            (entry.first_seq..=entry.last_seq).contains(&seq) && !entry.deleted.contains(seq)
        });
        seq <= self.figures.last_seq && !self.blocks.is_empty() && !is_live
    }

    /// The sequences from `from` to before `end` that may have messages: those that had one
    /// then, and all later ones. Without a state file that is all of them.
    pub(super) fn live_between(&self, from: u64, end: u64) -> impl Iterator<Item = u64> {
        let (known, later) = match self.blocks.last() {
            Some(_) => (&*self.blocks, from.max(self.figures.last_seq + 1)),
            None => (&[][..], from),
        };
        let last = end.saturating_sub(1);
        // Nothing is missing of a block that was removed since.
        let was_removed = |entry: &&BlockEntry| {
            let gone = self.gone.as_ref();
            gone.is_some_and(|gone| gone.contains(&entry.index))
        };
        let known = known.iter().filter(move |entry| !was_removed(entry));
        known
            .flat_map(move |entry| entry.live_between(from, last))
            .chain(later..end)
    }
}

/// What stands for the last record of a block without records.
const NO_CHECKSUM: Checksum = [0; CHECKSUM_LEN];
/// With more subjects to look up in blocks it is as well to read all of them.
const LOOK_UP_MAX: usize = 16;
/// Bytes that a state file has at the least.
const LEN_MIN: usize = 32;

impl State {
    /// Takes over what the state file says. If it is outdated or makes no sense the
    /// state is as before, and what it says of the past is returned.
    ///
    /// Go: `recoverFullState`.
    pub(in super::super) fn recover_from_state(&mut self) -> Result<Option<Prior>, StoreError> {
        let path = self.blocks.env.msgs_dir().join(STATE_FILE);
        let file = match self.blocks.env.disk.read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Some(Prior::default()));
            }
            file => file?,
        };
        let sum = file.last_chunk().copied().unwrap_or_default();
        let bytes = match self.open_state_file(file) {
            Ok(bytes) => bytes,
            Err(why) => {
                self.report(Trouble::State(why.to_owned()));
                return Ok(Some(Prior::default()));
            }
        };
        let Some(reader) = Reader::new(&bytes) else {
            self.report(Trouble::State("corrupt state file".to_owned()));
            return Ok(Some(Prior::default()));
        };
        let files = self.block_files()?;
        let gone = self.read_gone(sum)?;
        if let Some(mut prior) = self.compare_with_blocks(&reader.state, &files)? {
            if let Some(gone) = &gone {
                if prior.vanished.is_empty() {
                    // Of the last one it does not know all.
                    let is_last = |entry: &BlockEntry| entry.index == reader.state.last_block;
                    let is_gone = |entry: &&BlockEntry| {
                        is_gone(entry, &files) && entry.msgs() > 0 && !is_last(entry)
                    };
                    prior.vanished = prior.blocks.iter().filter(is_gone).cloned().collect();
                }
                // Also if it seems to be of the present: the last block may end with the
                // same tombstone again.
                prior.vanished.retain(|entry| !gone.contains(&entry.index));
            }
            prior.gone = gone;
            self.report(Trouble::State("prior state file".to_owned()));
            return Ok(Some(prior));
        }
        let is_taken = self.take_state(&reader, &files);
        if !is_taken {
            self.blocks.list.clear();
            self.blocks.damage.clear();
            self.blocks.state_mark = None;
            self.subjects.clear();
            self.figures = Figures::default();
            self.report(Trouble::State("corrupt state file".to_owned()));
            return Ok(Some(Prior::default()));
        }
        Ok(None)
    }

    /// Checks and decrypts the state file.
    fn open_state_file(&self, mut file: Vec<u8>) -> Result<Vec<u8>, &'static str> {
        if file.len() < LEN_MIN {
            return Err("stream state too short");
        }
        let (body, sum) = file
            .split_last_chunk::<CHECKSUM_LEN>()
            .ok_or("stream state too short")?;
        if Checksummer::new(self.config.name.as_bytes()).sum(&[body]) != *sum {
            return Err("stream state checksum did not match");
        }
        let len = body.len();
        match (&self.blocks.env.encryption, &self.keys) {
            // Archives are not encrypted, and have no key file.
            (Some(_), Some(keys)) => keys
                .unseal(body)
                .map_err(|_| "stream state cannot be decrypted"),
            _ => {
                file.truncate(len);
                Ok(file)
            }
        }
    }

    /// Removes the index files of servers before 2.10, which nobody reads.
    ///
    /// Go: `cleanupOldMeta`.
    pub(in super::super) fn remove_old_meta(&self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        for entry in env.disk.read_dir(&env.msgs_dir())? {
            let is_old = |suffix| index_of(&entry.name, suffix).is_some();
            if is_old(".idx") || is_old(".fss") {
                env.disk.remove_file(&env.msgs_dir().join(&entry.name))?;
            }
        }
        Ok(())
    }

    /// The files of blocks with their bytes.
    pub(in super::super) fn block_files(&self) -> Result<HashMap<u32, u64>, StoreError> {
        let entries = self.blocks.env.disk.read_dir(&self.blocks.env.msgs_dir())?;
        let files = entries
            .iter()
            .filter_map(|entry| Some((index_of(&entry.name, ".blk")?, entry.len)));
        Ok(files.collect())
    }

    /// What the state file says of the past, if it is not of the present.
    fn compare_with_blocks(
        &self,
        state: &FullState,
        files: &HashMap<u32, u64>,
    ) -> Result<Option<Prior>, StoreError> {
        let prior = |vanished: Vec<BlockEntry>| {
            let totals = &state.totals;
            let figures = Figures {
                msgs: totals.msgs,
                bytes: totals.bytes,
                first_seq: totals.first_seq,
                first_ts: totals.first_ts,
                last_seq: totals.last_seq,
                last_ts: totals.last_ts,
            };
            Ok(Some(Prior {
                figures,
                vanished,
                gone: None,
                blocks: state.blocks.clone(),
            }))
        };
        let is_last = |entry: &&BlockEntry| entry.index == state.last_block;
        let Some(last) = state.blocks.last().filter(is_last) else {
            return prior(Vec::new());
        };
        if files.keys().any(|index| *index > last.index) {
            return prior(Vec::new());
        }
        let is_gone = |entry: &&BlockEntry| is_gone(entry, files);
        let vanished: Vec<BlockEntry> = state.blocks.iter().filter(is_gone).cloned().collect();
        // Of an empty block nothing can be told by a checksum, and what was cut short when
        // the power failed may end with anything.
        let is_same = match state.last_checksum {
            NO_CHECKSUM => files.get(&last.index).is_none_or(|len| *len == 0),
            sum => is_gone(&last) || self.last_checksum(last.index)? == sum,
        };
        if !is_same {
            return prior(Vec::new());
        }
        if !vanished.is_empty() {
            return prior(vanished);
        }
        Ok(None)
    }

    /// The checksum at the end of a block's file.
    fn last_checksum(&self, index: u32) -> Result<Checksum, StoreError> {
        let env = &self.blocks.env;
        let mut block = Block::new(&env.stream, index, 0);
        if env.load_keys(&mut block).is_err() {
            return Ok(Checksum::default());
        }
        let file = env.disk.open(&env.block_path(index), OpenMode::Read)?;
        let Some(at) = file.len()?.checked_sub(CHECKSUM_LEN as u64) else {
            return Ok(Checksum::default());
        };
        let mut sum = Checksum::default();
        read_exact_at(&*file, &mut sum, at)?;
        if let Some(keys) = &block.keys {
            let mut stream = keys.block_stream();
            stream.seek(at)?;
            stream.apply(&mut sum)?;
        }
        Ok(sum)
    }

    /// Takes the state over; false if it contradicts itself.
    fn take_state(&mut self, reader: &Reader<'_>, files: &HashMap<u32, u64>) -> bool {
        let totals = &reader.state.totals;
        self.figures = Figures {
            msgs: totals.msgs,
            bytes: totals.bytes,
            first_seq: totals.first_seq,
            first_ts: totals.first_ts,
            last_seq: totals.last_seq,
            last_ts: totals.last_ts,
        };
        let (mut msgs, mut bytes, mut last_seq) = (0_u64, 0_u64, 0);
        for entry in &reader.state.blocks {
            let Some(block) = self.block_of(entry, files) else {
                return false;
            };
            let tally = &block.tally;
            if tally.msgs > 0 && tally.first_seq <= last_seq {
                return false;
            }
            last_seq = last_seq.max(tally.last_seq);
            msgs = msgs.saturating_add(tally.msgs);
            bytes = bytes.saturating_add(tally.bytes);
            self.blocks.list.push_back(block);
        }
        let list = &self.blocks.list;
        self.blocks.state_mark = Some((reader.state.last_block, reader.state.last_checksum));
        let is_ascending = list
            .iter()
            .zip(list.iter().skip(1))
            .all(|(a, b)| a.index < b.index && a.tally.last_seq <= b.tally.last_seq);
        let figures = &self.figures;
        let agree = msgs == figures.msgs && bytes == figures.bytes && last_seq == figures.last_seq;
        if let Some(last) = self.blocks.list.back_mut() {
            last.tally.last_checksum = reader.state.last_checksum;
        }
        is_ascending && agree && self.take_subjects(reader)
    }

    fn block_of(&self, entry: &BlockEntry, files: &HashMap<u32, u64>) -> Option<Block> {
        let mut block = Block::new(&self.config.name, entry.index, 0);
        let len = *files.get(&entry.index)?;
        block.lowest = None;
        if entry.first_seq > entry.last_seq + 1 {
            return None;
        }
        let tally = &mut block.tally;
        tally.msgs = entry.msgs();
        tally.bytes = entry.bytes;
        (tally.first_seq, tally.first_ts) = (entry.first_seq, entry.first_ts);
        (tally.last_seq, tally.last_ts) = (entry.last_seq, entry.last_ts);
        (tally.ttls, tally.schedules) = (entry.ttls, entry.schedules);
        if tally.msgs == 0 {
            (tally.first_seq, tally.first_ts) = (tally.last_seq + 1, 0);
        } else {
            block.deleted = entry.deleted.clone();
        }
        tally.len = len;
        (block.written, block.disk_len) = (len, len);
        Some(block)
    }

    fn take_subjects(&mut self, reader: &Reader<'_>) -> bool {
        let mut looked_up = 0;
        for entry in reader.subjects() {
            if entry.subject.is_empty() {
                continue;
            }
            // A first block that is gone was not brought up to date.
            let list = &self.blocks.list;
            let first = list.partition_point(|block| block.index < entry.first_block);
            let end = list.partition_point(|block| block.index <= entry.last_block);
            let last = end.checked_sub(1).and_then(|last| list.get(last));
            let (Some(first_block), Some(last)) = (list.get(first), last) else {
                return false;
            };
            let (lowest, highest) = (first_block.tally.first_seq, last.tally.last_seq);
            if lowest > highest || entry.msgs == 0 {
                return false;
            }
            // Go servers have written some that no client can publish to. What looks like
            // that may have been published all the same.
            if !is_valid_subject_strict(entry.subject) {
                looked_up += 1;
                let mut places = (first..end).rev();
                if looked_up > LOOK_UP_MAX || !places.any(|at| self.has_subject(at, entry.subject))
                {
                    return false;
                }
            }
            self.subjects
                .add_between(entry.subject, entry.msgs, lowest, highest);
        }
        true
    }

    /// Whether a message in a block has this subject.
    fn has_subject(&mut self, at: usize, subject: &[u8]) -> bool {
        let mut is_there = false;
        let looked = self.blocks.for_each_in(at, 0, u64::MAX, |record| {
            is_there |= record.subject == subject;
        });
        looked.is_ok() && is_there
    }
}

/// Whether the file of a block is not there, or empty although it should not be.
fn is_gone(entry: &BlockEntry, files: &HashMap<u32, u64>) -> bool {
    match files.get(&entry.index) {
        Some(len) => *len == 0 && entry.bytes > 0,
        None => true,
    }
}
