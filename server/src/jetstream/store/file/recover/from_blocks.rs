//! Recovery from the blocks alone.
//!
//! Blocks are read from the last to the first, so that what tombstones say is known
//! before the messages that they are about.

use hashbrown::HashSet;

use super::Prior;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::file::block::guard::Guard;
use crate::jetstream::store::file::block::record::{EMPTY_LEN, Kind, Record};
use crate::jetstream::store::file::block::scan::{Item, Scan};
use crate::jetstream::store::file::block::{Block, FAR};
use crate::jetstream::store::file::blocks::Damage;
use crate::jetstream::store::file::env::{GUARD_SUFFIX, GuardFile, index_of};
use crate::jetstream::store::file::report::Trouble;
use crate::jetstream::store::file::state::{Figures, State};

/// What is known across blocks.
#[derive(Debug, Default)]
struct Gathered {
    /// Messages that tombstones say are gone.
    removed: HashSet<u64>,
    /// The highest sequence that a tombstone names, and its time.
    tombstone: (u64, i64),
    /// The first sequence of the blocks after.
    next_first: Option<u64>,
    /// All messages before this one were removed.
    floor: u64,
    gaps: Vec<Gap>,
    /// Whether the last block has damage with records behind it.
    is_holed: bool,
}

/// Damaged bytes, and between which sequences something may be lost.
#[derive(Debug)]
struct Gap {
    block: u32,
    bytes: u64,
    /// The sequence before in the block; `None` at its beginning.
    after: Option<u64>,
    /// The sequence after in the block; `None` at its end.
    before: Option<u64>,
    /// The sequence that the damaged record names, which may be wrong.
    hint: Option<u64>,
}

/// The records of a block in short.
#[derive(Debug, Default)]
struct Outline {
    /// Sequence and offset of messages.
    msgs: Vec<(u64, usize)>,
    /// The first sequence of a message.
    first: Option<u64>,
    /// The highest sequence of a message or an erased one, and its time.
    last: Option<(u64, i64)>,
    /// Where the last good record ends.
    end: usize,
    gaps: Vec<Gap>,
    /// Whether records stand behind damaged bytes.
    is_holed: bool,
}

impl State {
    /// Reads all blocks. `prior` is what a state file said before, which tells what
    /// should be there.
    ///
    /// Go: `recoverMsgs`.
    pub(in super::super) fn recover_from_blocks(
        &mut self,
        prior: &Prior,
    ) -> Result<(), StoreError> {
        let mut indices: Vec<u32> = self.block_files()?.into_keys().collect();
        indices.sort_unstable();
        let mut gathered = Gathered {
            floor: prior.figures.first_seq,
            ..Gathered::default()
        };
        for index in indices.iter().rev() {
            self.recover_block(*index, prior, &mut gathered)?;
        }
        gathered.note_missing(&indices, prior);
        self.blocks.highest = indices.last().copied().unwrap_or(0);
        self.line_up_blocks(&gathered);
        self.recount_all();
        self.count_losses(&gathered, prior);
        let figures = self.figures;
        if self.blocks.list.is_empty() {
            let last_seq = if self.async_flush {
                0
            } else {
                prior.figures.last_seq
            };
            self.blocks.start_block(last_seq)?;
        }
        if prior.figures.last_seq > figures.last_seq && !self.async_flush {
            // Sequences are never given out twice.
            let Figures {
                last_seq, last_ts, ..
            } = prior.figures;
            (self.figures.last_seq, self.figures.last_ts) = (last_seq, last_ts);
            if self
                .blocks
                .list
                .back()
                .is_some_and(|block| block.tally.msgs > 0)
            {
                self.blocks.start_block(last_seq)?;
            }
            self.write_tombstone(last_seq, last_ts)?;
            self.blocks.flush()?;
        }
        self.extend_last_block()?;
        if gathered.is_holed {
            // What is damaged may name the sequences that are given out next.
            self.blocks.start_block(self.figures.last_seq)?;
        }
        if self.figures.msgs == 0 {
            self.figures.first_seq = self.figures.last_seq + 1;
            self.figures.first_ts = 0;
            if self.figures.last_seq == 0 {
                self.figures.first_seq = 0;
            }
        }
        self.remove_strays()?;
        self.is_dirty = true;
        Ok(())
    }

    fn recover_block(
        &mut self,
        index: u32,
        prior: &Prior,
        gathered: &mut Gathered,
    ) -> Result<(), StoreError> {
        let is_last = self.blocks.list.is_empty();
        let mut block = Block::new(&self.config.name, index, 0);
        let mut records = self.blocks.env.read_or_salvage(&mut block)?;
        if records.is_empty() && block.disk_len > 0 {
            records = self.blocks.env.read_or_salvage(&mut block)?;
        }
        if records.is_empty() {
            // Made, but nothing had been written when the machine stopped.
            if block.disk_len == 0 {
                self.note_gone(index)?;
                return self.blocks.env.remove_files(index);
            }
            gathered.gaps.push(Gap::whole(index, block.disk_len));
            return Ok(());
        }
        let (guard, state) = self.blocks.env.read_guard(&block, &records)?;
        if state == GuardFile::Damaged {
            self.blocks.damage.push(Damage::Guard { block: index });
        }
        let mut outline = Outline::of(&records, guard, &block, gathered);
        if !outline.gaps.is_empty() {
            // Before it is believed it is looked at again.
            let again = self.blocks.env.read_or_salvage(&mut block)?;
            if again != records {
                let (guard, _) = self.blocks.env.read_guard(&block, &again)?;
                outline = Outline::of(&again, guard, &block, gathered);
                records = again;
            }
        }
        block.tally.len = records.len() as u64;
        if is_last && outline.end < records.len() && !block.is_compressed {
            // A record that was being written when the machine stopped.
            self.blocks.env.open_for_writing(&mut block)?;
            if let Some(file) = block.file.take() {
                file.set_len(outline.end as u64)?;
                file.sync_data()?;
            }
            block.tally.len = outline.end as u64;
            block.disk_len = block.tally.len;
        }
        block.written = block.tally.len;
        if is_last {
            gathered.is_holed = outline.is_holed;
        }
        if outline.gaps.is_empty() {
            self.blocks.env.rekey_if_outdated(&mut block, &records)?;
        }
        gathered.gaps.append(&mut outline.gaps);
        block.lowest = Some(outline.msgs.first().map_or(u64::MAX, |(seq, _)| *seq));
        let mut live = Vec::new();
        for (seq, offset) in outline.msgs {
            if gathered.removed.contains(&seq)
                || gathered.next_first.is_some_and(|next| seq >= next)
            {
                continue;
            }
            if seq < gathered.floor || prior.is_deleted(seq) {
                // Nothing but an old state file says so.
                self.unrecorded.insert(seq);
            } else {
                live.push((seq, offset));
            }
        }
        // A block that repeats sequences of the next one ends before that.
        let last = outline.last.map(|(seq, ts)| match gathered.next_first {
            Some(next) => (seq.min(next.saturating_sub(1)), ts),
            None => (seq, ts),
        });
        self.count_live(&mut block, &records, &live, last);
        if let Some((first, _)) = live.first() {
            gathered.next_first = Some(*first);
        }
        self.blocks.list.push_front(block);
        Ok(())
    }

    /// Counts the live messages of a block and notes their subjects.
    fn count_live(
        &mut self,
        block: &mut Block,
        records: &[u8],
        live: &[(u64, usize)],
        last: Option<(u64, i64)>,
    ) {
        let tally = &mut block.tally;
        for (seq, offset) in live.iter().rev() {
            let record = records.get(*offset..).and_then(Record::parse);
            let Some(record) = record else { continue };
            tally.msgs += 1;
            tally.bytes += record.len() as u64;
            tally.count_headers(record.header);
            (tally.first_seq, tally.first_ts) = (*seq, record.ts);
            self.subjects.add_before(record.subject, *seq);
        }
        (tally.last_seq, tally.last_ts) = last.unwrap_or((0, 0));
        if tally.msgs == 0 {
            (tally.first_seq, tally.first_ts) = (tally.last_seq + 1, 0);
            return;
        }
        let mut next = tally.first_seq;
        for (seq, _) in live {
            block.deleted.insert_range(next, seq - 1);
            next = seq + 1;
        }
        block.deleted.insert_range(next, tally.last_seq);
    }

    /// Gives blocks without messages their place among the others.
    fn line_up_blocks(&mut self, gathered: &Gathered) {
        let (mut last_seq, mut last_ts) = (0, 0);
        for block in &mut self.blocks.list {
            let tally = &mut block.tally;
            if tally.last_seq >= last_seq {
                (last_seq, last_ts) = (tally.last_seq, tally.last_ts);
            } else if tally.msgs == 0 {
                (tally.last_seq, tally.last_ts) = (last_seq, last_ts);
            }
            if tally.msgs == 0 {
                (tally.first_seq, tally.first_ts) = (tally.last_seq + 1, 0);
            }
        }
        let (tombstone, ts) = gathered.tombstone;
        if tombstone >= last_seq {
            (last_seq, last_ts) = (tombstone, ts);
            // What a tombstone says of the last sequence stands in the last block.
            if let Some(last) = self.blocks.list.back_mut()
                && last.tally.msgs == 0
            {
                (last.tally.first_seq, last.tally.last_seq) = (last_seq + 1, last_seq);
                last.tally.last_ts = last_ts;
            }
        }
        (self.figures.last_seq, self.figures.last_ts) = (last_seq, last_ts);
    }

    /// Has the last block end with the last sequence, as it does when the last
    /// messages are deleted.
    fn extend_last_block(&mut self) -> Result<(), StoreError> {
        let (last_seq, last_ts) = (self.figures.last_seq, self.figures.last_ts);
        let last = self.blocks.list.back_mut();
        if let Some(last) = last.filter(|last| last.tally.last_seq < last_seq) {
            let tally = &mut last.tally;
            if tally.msgs > 0 && last_seq - tally.last_seq > FAR {
                return self.blocks.start_block(last_seq);
            }
            if tally.msgs > 0 {
                last.deleted.insert_range(tally.last_seq + 1, last_seq);
            } else {
                (tally.first_seq, tally.first_ts) = (last_seq + 1, 0);
            }
            (tally.last_seq, tally.last_ts) = (last_seq, last_ts);
        }
        Ok(())
    }

    fn recount_all(&mut self) {
        for block in &self.blocks.list {
            self.figures.msgs += block.tally.msgs;
            self.figures.bytes += block.tally.bytes;
        }
        self.skip_to_first();
    }

    /// Counts what damage has cost.
    fn count_losses(&mut self, gathered: &Gathered, prior: &Prior) {
        let mut lost = Vec::new();
        let mut bytes = 0;
        for gap in &gathered.gaps {
            let seqs = self.lost_in(gap, gathered, prior);
            bytes += gap.bytes;
            self.report(Trouble::Damage {
                block: gap.block,
                first_seq: seqs.first().copied().unwrap_or(0),
                last_seq: seqs.last().copied().unwrap_or(0),
                bytes: gap.bytes,
            });
            lost.extend(seqs);
        }
        for entry in &prior.vanished {
            let seqs: Vec<u64> = entry.live_between(0, u64::MAX).collect();
            bytes += entry.bytes;
            self.report(Trouble::Damage {
                block: entry.index,
                first_seq: seqs.first().copied().unwrap_or(0),
                last_seq: seqs.last().copied().unwrap_or(0),
                bytes: entry.bytes,
            });
            lost.extend(seqs);
        }
        lost.sort_unstable();
        lost.dedup();
        lost.retain(|seq| !gathered.removed.contains(seq));
        if !lost.is_empty() || bytes > 0 {
            self.lost.msgs = lost;
            self.lost.bytes = bytes;
        }
    }

    /// Which messages may have been in damaged bytes.
    fn lost_in(&self, gap: &Gap, gathered: &Gathered, prior: &Prior) -> Vec<u64> {
        let list = &self.blocks.list;
        let at = list.partition_point(|block| block.index < gap.block);
        let block_before = at.checked_sub(1).and_then(|at| list.get(at));
        let before_block = block_before.map_or(0, |block| block.tally.last_seq);
        let after = gap.after.unwrap_or(before_block);
        let mut blocks_after = list.range(at..).filter(|block| block.index > gap.block);
        let next = blocks_after.find(|block| block.tally.msgs > 0);
        let end = gap.before.or(next.map(|block| block.tally.first_seq));
        let end = end.unwrap_or_else(|| (prior.figures.last_seq + 1).max(after + 1));
        if let Some(hint) = gap.hint.filter(|hint| (after + 1..end).contains(hint)) {
            return vec![hint];
        }
        // No more than there is room for: other sequences were deleted before.
        let room = match gap.bytes {
            0 => self.blocks.env.block_size,
            bytes => bytes,
        };
        let most = usize::try_from(room / EMPTY_LEN).unwrap_or(usize::MAX);
        prior
            .live_between(after + 1, end)
            .filter(|seq| !gathered.removed.contains(seq))
            .take(most.max(1))
            .collect()
    }

    /// Removes files that belong to a block which is gone.
    fn remove_strays(&self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        for entry in env.disk.read_dir(&env.msgs_dir())? {
            let index = index_of(&entry.name, ".key");
            let Some(index) = index.or_else(|| index_of(&entry.name, GUARD_SUFFIX)) else {
                continue;
            };
            if self.blocks.position_of(index).is_none()
                && !env.disk.exists(&env.block_path(index))?
            {
                env.disk.remove_file(&env.msgs_dir().join(&entry.name))?;
            }
        }
        Ok(())
    }
}

impl Gathered {
    /// Notes the blocks that were written to after the state file was, and are neither
    /// there nor removed since: the last one of then, and later ones.
    fn note_missing(&mut self, there: &[u32], prior: &Prior) {
        let (Some(gone), Some(last), Some(last_there)) =
            (&prior.gone, prior.blocks.last(), there.last())
        else {
            return;
        };
        let is_missing = |index: &u32| !gone.contains(index) && there.binary_search(index).is_err();
        let missing = (last.index..*last_there).filter(is_missing);
        // How many bytes they had nobody knows.
        let missing = missing.take(MISSING_MAX);
        self.gaps.extend(missing.map(|index| Gap::whole(index, 0)));
    }
}

impl Gap {
    const fn whole(block: u32, bytes: u64) -> Self {
        Self {
            block,
            bytes,
            after: None,
            before: None,
            hint: None,
        }
    }
}

impl Outline {
    fn of(records: &[u8], mut guard: Guard, block: &Block, gathered: &mut Gathered) -> Self {
        let mut outline = Self::default();
        let mut open: Option<usize> = None;
        for item in Scan::checked(records, &block.sums) {
            let (offset, record) = match item {
                Item::Record(offset, record) => (offset, record),
                Item::Damage(damaged) => {
                    open = Some(outline.gaps.len());
                    outline.gaps.push(Gap {
                        after: outline.last.map(|(seq, _)| seq),
                        hint: hint(damaged),
                        ..Gap::whole(block.index, damaged.len() as u64)
                    });
                    continue;
                }
            };
            outline.end = offset + record.len();
            outline.is_holed |= !outline.gaps.is_empty();
            if record.kind == Kind::Tombstone {
                gathered.removed.insert(record.seq);
                if record.seq > gathered.tombstone.0 {
                    gathered.tombstone = (record.seq, record.ts);
                }
                continue;
            }
            if let Some(gap) = open.take().and_then(|at| outline.gaps.get_mut(at)) {
                gap.before = Some(record.seq);
            }
            // Sequences only go up; 0 is an old way to erase.
            if outline.last.is_some_and(|(last, _)| record.seq <= last) || record.seq == 0 {
                continue;
            }
            // Nobody leaves out so many in one block, and all would have to be noted.
            if let (Some(first), Some((last, _))) = (outline.first, outline.last)
                && record.seq.saturating_sub(first) > FAR
            {
                outline.gaps.push(Gap {
                    after: Some(last),
                    ..Gap::whole(block.index, record.len() as u64)
                });
                continue;
            }
            if record.kind == Kind::Message {
                outline.first.get_or_insert(record.seq);
            }
            // Erasing a message takes its time too.
            let before = outline.last.map_or(0, |(_, ts)| ts);
            let ts = if record.ts == 0 { before } else { record.ts };
            outline.last = Some((record.seq, ts));
            if !guard.allows(offset, &record) {
                // All is right but where its parts end.
                outline.gaps.push(Gap {
                    hint: Some(record.seq),
                    before: Some(record.seq + 1),
                    after: Some(record.seq - 1),
                    ..Gap::whole(block.index, record.len() as u64)
                });
            } else if record.kind == Kind::Message {
                outline.msgs.push((record.seq, offset));
            }
        }
        outline
    }
}

/// More blocks than this are not looked for in a row.
const MISSING_MAX: usize = 1 << 16;

/// The sequence of a damaged record, if its length is still what it was. It may be one that
/// was being erased.
fn hint(damaged: &[u8]) -> Option<u64> {
    let record = Record::parse(damaged)?;
    let is_whole = record.len() == damaged.len() && record.seq > 0;
    (is_whole && record.kind != Kind::Tombstone).then_some(record.seq)
}
