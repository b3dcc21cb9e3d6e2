//! Looking into a store, and having it do now what it does by itself otherwise: for
//! whoever wants to know what lies in which file, and for tests.

use super::block::Block;
use super::block::record::Kind;
use super::block::scan::Item;
use super::checksum::Checksum;
use super::store::FileStore;
use crate::jetstream::store::error::StoreError;

/// What is known of a block (`msgBlock`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Its number.
    pub index: u32,
    /// How many messages it has.
    pub msgs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of all records, deleted ones and tombstones too.
    pub len: u64,
    /// Bytes of its file, with what waits to be written.
    pub disk_len: u64,
    /// Bytes that wait to be written.
    pub pending: u64,
    /// The first message, or without messages the one after the last.
    pub first_seq: u64,
    /// Its time in nanoseconds since 1970, or 0.
    pub first_ts: i64,
    /// The last sequence.
    pub last_seq: u64,
    /// Its time, or 0.
    pub last_ts: i64,
    /// How many sequences between are noted as deleted.
    pub deleted: usize,
    /// Messages with a limit of their own that were written.
    pub ttls: u64,
    /// Schedules that were written.
    pub schedules: u64,
    /// The checksum of its last record, if that is known.
    pub last_checksum: Checksum,
    /// Whether its records are in memory.
    pub is_cached: bool,
    /// Whether a list of its subjects is in memory.
    pub lists_subjects: bool,
    /// Whether the disk has to be asked yet to keep for good what was written.
    pub needs_sync: bool,
    /// Whether half of it or more could be saved, by [`FileStore::sync_blocks`].
    pub is_wasteful: bool,
    /// Whether so much could be saved that it is not put off until then.
    pub is_very_wasteful: bool,
}

/// A record of a block, as it stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordInfo {
    /// What it is.
    pub kind: RecordKind,
    /// The sequence that it is about.
    pub seq: u64,
    /// How many bytes of records are before it.
    pub offset: u64,
    /// How many bytes it has.
    pub len: u64,
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// A message, which may be deleted.
    Message,
    /// A message that was overwritten, or a sequence that was skipped.
    Erased,
    /// A note that a message is deleted, or that a sequence was given out.
    Tombstone,
    /// Bytes that are no record.
    Damage,
}

/// What is noted of a subject (`psi`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectSpan {
    /// How many messages it has.
    pub msgs: u64,
    /// No message of it is in a block before this one.
    pub first_block: u32,
    /// No message of it is in a block after this one.
    pub last_block: u32,
}

impl FileStore {
    /// What is known of each block.
    #[must_use]
    pub fn blocks(&self) -> Vec<BlockInfo> {
        let state = self.lock();
        state.blocks.list.iter().map(BlockInfo::of).collect()
    }

    /// The number of the block that a sequence is or would be in; `None` beyond the
    /// last.
    ///
    /// Go: `selectMsgBlock`.
    #[must_use]
    pub fn block_of(&self, seq: u64) -> Option<u32> {
        let state = self.lock();
        let at = state.blocks.position(seq)?;
        state.blocks.list.get(at).map(|block| block.index)
    }

    /// The records of a block, those that wait to be written too; nothing for a block
    /// that is not there.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn block_records(&self, index: u32) -> Result<Vec<RecordInfo>, StoreError> {
        self.with(|state| {
            let Some(at) = state.blocks.position_of(index) else {
                return Ok(Vec::new());
            };
            state.blocks.with_checked(at, |_, scan| {
                let mut offset = 0;
                scan.map(|item| {
                    let info = RecordInfo::of(&item, offset);
                    offset = info.offset + info.len;
                    info
                })
                .collect()
            })
        })
    }

    /// What is noted of a subject; `None` if it has no messages.
    #[must_use]
    pub fn subject_span(&self, subject: &[u8]) -> Option<SubjectSpan> {
        let state = self.lock();
        let entry = state.subjects.noted(subject)?;
        Some(SubjectSpan {
            msgs: entry.msgs,
            first_block: state.blocks.index_from(entry.lowest()),
            last_block: state.blocks.index_up_to(entry.highest()),
        })
    }

    /// How many schedules wait for their time.
    #[must_use]
    pub fn schedule_count(&self) -> usize {
        let state = self.lock();
        let schedules = state.expiry.schedules.as_ref();
        schedules.map_or(0, |schedules| schedules.len())
    }

    /// Gives back the memory of all caches in which nothing waits to be written.
    pub fn drop_caches(&self) {
        self.lock().blocks.drop_caches();
    }

    /// Has new messages go to a new block.
    ///
    /// Go: `newMsgBlockForWrite`.
    ///
    /// # Errors
    /// [`StoreError::Closed`] and those of the disk.
    pub fn start_block(&self) -> Result<(), StoreError> {
        self.with(|state| {
            state.check_open()?;
            let last_seq = state.figures.last_seq;
            state.blocks.start_block(last_seq)?;
            state.touch();
            Ok(())
        })
    }

    /// Rewrites a block without what is no longer needed, however little that saves.
    /// The last block stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Closed`] and those of the disk.
    pub fn compact_block(&self, index: u32) -> Result<(), StoreError> {
        self.with(|state| {
            state.check_open()?;
            match state.blocks.position_of(index) {
                Some(at) if at + 1 < state.blocks.list.len() => state.compact_block(at),
                _ => Ok(()),
            }
        })
    }
}

impl BlockInfo {
    fn of(block: &Block) -> Self {
        let tally = &block.tally;
        Self {
            index: block.index,
            msgs: tally.msgs,
            bytes: tally.bytes,
            len: tally.len,
            disk_len: block.disk_len + block.pending(),
            pending: block.pending(),
            first_seq: tally.first_seq,
            first_ts: tally.first_ts,
            last_seq: tally.last_seq,
            last_ts: tally.last_ts,
            deleted: block.deleted.len(),
            ttls: tally.ttls,
            schedules: tally.schedules,
            last_checksum: tally.last_checksum,
            is_cached: block.cache.is_some(),
            lists_subjects: block.subjects.is_some(),
            needs_sync: block.needs_sync,
            is_wasteful: block.is_wasteful(),
            is_very_wasteful: block.is_very_wasteful(),
        }
    }
}

impl RecordInfo {
    fn of(item: &Item<'_>, offset: u64) -> Self {
        match item {
            Item::Record(_, record) => Self {
                kind: match record.kind {
                    Kind::Message => RecordKind::Message,
                    Kind::Erased => RecordKind::Erased,
                    Kind::Tombstone => RecordKind::Tombstone,
                },
                seq: record.seq,
                offset,
                len: record.len() as u64,
            },
            Item::Damage(bytes) => Self {
                kind: RecordKind::Damage,
                seq: 0,
                offset,
                len: bytes.len() as u64,
            },
        }
    }
}
