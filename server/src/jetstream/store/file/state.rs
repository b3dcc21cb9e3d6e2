//! What the lock of a file store guards.

use jiff::Timestamp;

use super::blocks::{Blocks, Damage};
use super::cipher::AssetKeys;
use super::gone::Gone;
use super::report::{Report, ReportHandler, Trouble};
use super::subjects::Subjects;
use super::sync::Timers;
use crate::collections::SequenceSet;
use crate::jetstream::model::{LostStreamData, StreamConfig, StreamState};
use crate::jetstream::store::accounting::{Change, limit, timestamp};
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::Expiry;
use crate::jetstream::store::handlers::{
    ProcessMsgHandler, RemoveMsgHandler, StorageUpdateHandler,
};

/// A stream on a disk. Nothing in here locks, waits for others or calls a handler;
/// changes to tell of are collected in `changes`.
///
/// If there are messages, the first is `first_seq` and none is above `last_seq`. If
/// there are none, `first_seq` is the one after `last_seq`. There is always a last
/// block, but for a store that was truncated to nothing.
#[derive(Debug)]
pub(in super::super) struct State {
    pub(super) config: StreamConfig,
    pub(super) created: Timestamp,
    pub(super) blocks: Blocks,
    pub(super) subjects: Subjects,
    pub(super) figures: Figures,
    /// What was lost by damage.
    pub(super) lost: LostStreamData,
    /// The keys of the metadata, if they are encrypted.
    pub(super) keys: Option<AssetKeys>,
    /// Whether those are not the ones to write with.
    pub(super) outdated_keys: bool,
    pub(super) expiry: Expiry,
    pub(super) timers: Timers,
    pub(super) handlers: Handlers,
    pub(super) changes: Vec<Change>,
    pub(super) reports: Vec<Report>,
    /// Whether records may wait in memory to be written.
    pub(super) async_flush: bool,
    /// Whether records wait because more of them follow at once.
    pub(super) hold_flush: bool,
    /// Whether every change waits until the disk has it for good.
    pub(super) sync_always: bool,
    /// How many changes there were.
    pub(super) writes: u64,
    /// The first sequence when blocks were compacted last.
    pub(super) compacted_from: u64,
    /// The block whose checksums were looked at last.
    pub(super) scrubbed: u32,
    /// Whether the state file is not up to date.
    pub(super) is_dirty: bool,
    /// Whether there may be a state file.
    pub(super) has_state_file: bool,
    /// Where it is noted which blocks were removed since that was written.
    pub(super) gone: Gone,
    /// What limits removed and nothing on the disk says is gone.
    pub(super) unrecorded: SequenceSet,
    /// Why the disk may not have what it was asked to keep.
    pub(super) sync_error: Option<String>,
    /// When the stream may be read anew if a change stopped half way, in nanoseconds
    /// since 1970.
    pub(super) mends_after: i64,
    /// Whether an archive is being written.
    pub(super) is_archived: bool,
    pub(super) closed: bool,
    /// Whether the files are to be left alone from now on.
    pub(super) is_deleted: bool,
}

/// The figures of a stream; a time of 0 stands for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) msgs: u64,
    pub(super) bytes: u64,
    pub(super) first_seq: u64,
    pub(super) first_ts: i64,
    pub(super) last_seq: u64,
    pub(super) last_ts: i64,
}

/// Who is told and asked.
#[derive(Default)]
pub(super) struct Handlers {
    pub(super) update: Option<StorageUpdateHandler>,
    pub(super) remove: Option<RemoveMsgHandler>,
    pub(super) process: Option<ProcessMsgHandler>,
    pub(super) report: Option<ReportHandler>,
}

impl State {
    pub(super) fn new(config: StreamConfig, created: Timestamp, blocks: Blocks) -> Self {
        Self {
            config,
            created,
            blocks,
            subjects: Subjects::default(),
            figures: Figures::default(),
            lost: LostStreamData::default(),
            keys: None,
            outdated_keys: false,
            expiry: Expiry::default(),
            timers: Timers::default(),
            handlers: Handlers::default(),
            changes: Vec::new(),
            reports: Vec::new(),
            async_flush: false,
            hold_flush: false,
            sync_always: false,
            writes: 0,
            compacted_from: 0,
            scrubbed: 0,
            is_dirty: false,
            has_state_file: true,
            gone: Gone::default(),
            unrecorded: SequenceSet::new(),
            sync_error: None,
            mends_after: i64::MIN,
            is_archived: false,
            closed: false,
            is_deleted: false,
        }
    }

    /// Notes a change, if anybody wants to know.
    pub(super) fn note(&mut self, msgs: i64, bytes: i64, seq: u64, subject: &[u8]) {
        self.touch();
        if self.handlers.update.is_some() {
            self.changes.push(Change::new(msgs, bytes, seq, subject));
        }
    }

    /// Notes that something was written.
    pub(super) const fn touch(&mut self) {
        self.writes += 1;
        self.is_dirty = true;
    }

    /// Whether a record is written out at once.
    pub(super) const fn flushes(&self) -> bool {
        !self.async_flush && !self.hold_flush
    }

    /// Refuses to write when that would be of no use.
    pub(super) fn check_open(&self) -> Result<(), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if self.blocks.is_torn {
            return Err(Self::torn());
        }
        match &self.sync_error {
            Some(error) => Err(StoreError::SyncFailed(error.clone())),
            None => Ok(()),
        }
    }

    /// The most messages of one subject, if there is a limit.
    pub(super) fn max_per_subject(&self) -> Option<u64> {
        limit(self.config.max_msgs_per_subject)
    }

    /// All but deleted sequences, subjects and losses.
    pub(super) fn fast_state(&self, state: &mut StreamState, consumers: usize) {
        let figures = &self.figures;
        state.msgs = figures.msgs;
        state.bytes = figures.bytes;
        state.first_seq = figures.first_seq;
        state.first_time = time(figures.first_ts);
        state.last_seq = figures.last_seq;
        state.last_time = time(figures.last_ts);
        state.num_deleted = usize::try_from(figures.num_deleted()).unwrap_or(usize::MAX);
        state.deleted.clear();
        state.consumers = consumers;
        state.num_subjects = self.subjects.len();
    }

    /// Deleted sequences, ascending.
    pub(super) fn deleted(&self) -> Vec<u64> {
        let mut deleted = Vec::new();
        if self.figures.num_deleted() == 0 {
            return deleted;
        }
        let mut next = self.figures.first_seq;
        for block in &self.blocks.list {
            if block.tally.msgs == 0 {
                continue;
            }
            deleted.extend(next..block.tally.first_seq);
            deleted.extend(block.deleted.iter());
            next = next.max(block.tally.last_seq + 1);
        }
        deleted.extend(next..=self.figures.last_seq);
        deleted
    }

    /// Moves to the first message that is there, and removes empty blocks before it.
    pub(super) fn select_first(&mut self) -> Result<(), StoreError> {
        while self.blocks.list.len() > 1 {
            let Some(front) = self.blocks.list.front() else {
                break;
            };
            if front.tally.msgs > 0 {
                break;
            }
            let (last_seq, last_ts) = (front.tally.last_seq, front.tally.last_ts);
            self.keep_last_seq(0)?;
            self.outdate_state(last_seq, last_ts)?;
            self.remove_block(0)?;
        }
        let front = self.blocks.list.front().map(|block| block.tally);
        match front.filter(|tally| tally.msgs > 0) {
            Some(tally) => {
                self.figures.first_seq = tally.first_seq;
                self.figures.first_ts = tally.first_ts;
            }
            None => {
                self.figures.first_seq = self.figures.last_seq + 1;
                self.figures.first_ts = 0;
            }
        }
        Ok(())
    }

    /// Removes a block with its files. What limits removed from the first one needs no note
    /// any more.
    pub(super) fn remove_block(&mut self, at: usize) -> Result<(), StoreError> {
        let Some(block) = self.blocks.list.get(at) else {
            return Ok(());
        };
        let (index, last_seq) = (block.index, block.tally.last_seq);
        self.note_gone(index)?;
        self.blocks.remove(at)?;
        if at == 0 {
            self.unrecorded.remove_below(last_seq + 1);
        }
        Ok(())
    }

    /// Writes a tombstone with the last sequence to the last block, if it is known
    /// from the block at `at` alone, which is going to be removed.
    pub(super) fn keep_last_seq(&mut self, at: usize) -> Result<(), StoreError> {
        let Figures {
            last_seq, last_ts, ..
        } = self.figures;
        let holds = |block: &super::block::Block| block.tally.last_seq == last_seq;
        if last_seq > 0 && self.blocks.list.get(at).is_some_and(holds) {
            if at + 1 == self.blocks.list.len() {
                self.blocks.start_block(last_seq)?;
            }
            self.write_tombstone(last_seq, last_ts)?;
        }
        Ok(())
    }

    /// Accounts for damage that was come upon: what is damaged counts as deleted and
    /// lost.
    pub(super) fn settle_damage(&mut self) -> Result<(), StoreError> {
        loop {
            self.settle_known_damage()?;
            if !self.subjects.are_skewed {
                break Ok(());
            }
            match self.rebuild_subjects() {
                // It came upon more, of which less is left each time.
                Err(StoreError::BadMsg { .. }) if !self.blocks.damage.is_empty() => {}
                rebuilt => rebuilt?,
            }
        }
    }

    fn settle_known_damage(&mut self) -> Result<(), StoreError> {
        while !self.blocks.damage.is_empty() {
            let mut known = std::mem::take(&mut self.blocks.damage).into_iter();
            while let Some(damage) = known.next() {
                if let Err(error) = self.settle(&damage) {
                    // It is still there when the disk works again.
                    self.blocks.damage.push(damage);
                    self.blocks.damage.extend(known);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn settle(&mut self, damage: &Damage) -> Result<(), StoreError> {
        match *damage {
            Damage::Msg { block, seq } => {
                if self.blocks.is_right_after_all(block, seq)? {
                    // Whoever came upon it may have left it out of them.
                    self.subjects.are_skewed = true;
                } else {
                    self.lose_msg(block, seq)?;
                }
            }
            Damage::Block { block } => self.lose_from_block(block)?,
            Damage::Guard { block } => {
                let what = format!("block {block}: the lengths beside it are damaged");
                self.report(Trouble::Failed(what));
            }
        }
        Ok(())
    }
}

impl Figures {
    /// How many sequences between first and last are gone.
    pub(super) const fn num_deleted(&self) -> u64 {
        if self.last_seq < self.first_seq || self.last_seq == 0 {
            return 0;
        }
        (self.last_seq - self.first_seq + 1).saturating_sub(self.msgs)
    }
}

impl std::fmt::Debug for Handlers {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Handlers").finish_non_exhaustive()
    }
}

pub(super) fn time(nanos: i64) -> Option<Timestamp> {
    if nanos == 0 { None } else { timestamp(nanos) }
}
