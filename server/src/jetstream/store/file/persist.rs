//! Writing the state file and what goes with it.

use super::block::record::EMPTY_LEN;
use super::checksum::{Checksum, Checksummer};
use super::fenced::with_checksum;
use super::state::State;
use super::state_file::{BlockEntry, SubjectEntry, Totals, Writer};
use crate::jetstream::store::disk::OpenMode;
use crate::jetstream::store::error::StoreError;

/// What a stream holds; see [`state_file`](super::state_file).
pub(super) const STATE_FILE: &str = "index.db";
/// Which messages expire when, as the timer wheel encodes it.
pub(super) const TTLS_FILE: &str = "thw.db";
/// Which messages are to be published when.
pub(super) const SCHEDULES_FILE: &str = "sched.db";

/// With more subjects or deleted messages than this the state is not written by the
/// way, for it would take too long.
const LARGE: u64 = 1_000_000;

impl State {
    /// Writes the state files, if something has changed since. What is large is
    /// written only with `force`.
    ///
    /// Go: `writeFullState`.
    pub(super) fn write_state(&mut self, force: bool) -> Result<(), StoreError> {
        let large = self.subjects.len() as u64 > LARGE || self.figures.num_deleted() > LARGE;
        if self.blocks.is_torn {
            return Err(Self::torn());
        }
        if !self.is_dirty || self.is_deleted || (large && !force) {
            return Ok(());
        }
        self.blocks.flush()?;
        let guarded = self.blocks.write_guard(0);
        self.report_failure("writing lengths", guarded);
        if self.blocks.list.is_empty() {
            return self.remove_state();
        }
        let body = self.encode_state()?;
        let body = match &self.keys {
            Some(keys) => keys.seal(&body)?,
            None => body,
        };
        let sums = Checksummer::new(self.config.name.as_bytes());
        let sum = sums.sum(&[&body]);
        // Also if writing it fails half way.
        self.has_state_file = true;
        let env = &self.blocks.env;
        let dir = env.msgs_dir();
        let whole = [&body[..], &sum].concat();
        env.disk
            .write_atomically(&dir.join(STATE_FILE), &whole, env.sync_always)?;
        self.begin_gone(sum);
        let env = &self.blocks.env;
        // Up to which sequence they are right.
        let stamp = self.figures.last_seq + 1;
        if let Some(wheel) = &self.expiry.wheel {
            let bytes = with_checksum(&sums, &wheel.encode(stamp));
            env.disk
                .write_atomically(&dir.join(TTLS_FILE), &bytes, env.sync_always)?;
        }
        if let Some(schedules) = &self.expiry.schedules {
            let bytes = with_checksum(&sums, &schedules.encode(stamp));
            env.disk
                .write_atomically(&dir.join(SCHEDULES_FILE), &bytes, env.sync_always)?;
        }
        self.blocks.state_mark = self.mark();
        self.is_dirty = false;
        Ok(())
    }

    /// Sees to it that the state file is not taken for the present state, before something
    /// changes that the last record of the last block does not show: if nothing was
    /// written since, by a tombstone of a message that goes. What it says of the past
    /// stays of use.
    pub(super) fn outdate_state(&mut self, seq: u64, ts: i64) -> Result<(), StoreError> {
        self.is_dirty = true;
        if self.blocks.state_mark.is_some() && self.blocks.state_mark == self.mark() {
            self.write_tombstone(seq, ts)?;
        }
        Ok(())
    }

    /// What ties a state file to the last block.
    fn mark(&self) -> Option<(u32, Checksum)> {
        let last = self.blocks.list.back();
        last.map(|block| (block.index, block.tally.last_checksum))
    }

    /// Removes the state file before something changes that the last record of the
    /// last block does not show.
    pub(super) fn remove_state(&mut self) -> Result<(), StoreError> {
        self.is_dirty = true;
        self.blocks.state_mark = None;
        if !std::mem::take(&mut self.has_state_file) {
            return Ok(());
        }
        // Before blocks are changed it has to be gone for good.
        self.blocks.unsynced_dir = true;
        let env = &self.blocks.env;
        match env.disk.remove_file(&env.msgs_dir().join(STATE_FILE)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The state without encryption and checksum.
    pub(super) fn encode_state(&mut self) -> Result<Vec<u8>, StoreError> {
        self.subjects.settle_single(&mut self.blocks)?;
        self.ensure_last_checksum()?;
        let figures = self.figures;
        let totals = Totals {
            msgs: figures.msgs,
            bytes: figures.bytes,
            first_seq: figures.first_seq,
            first_ts: figures.first_ts,
            last_seq: figures.last_seq,
            last_ts: figures.last_ts,
        };
        let capacity = self.subjects.len() * 32 + self.blocks.list.len() * 64;
        let mut writer = Writer::new(&totals, self.subjects.len(), capacity);
        let blocks = &self.blocks;
        self.subjects.for_each_noted(b">", |subject, entry| {
            writer.subject(&SubjectEntry {
                subject,
                msgs: entry.msgs,
                first_block: blocks.index_from(entry.lowest()),
                last_block: blocks.index_up_to(entry.highest()),
            });
        });
        writer.blocks(blocks.list.len());
        for block in &blocks.list {
            let tally = &block.tally;
            writer.block(&BlockEntry {
                index: block.index,
                bytes: tally.bytes,
                first_seq: tally.first_seq,
                first_ts: tally.first_ts,
                last_seq: tally.last_seq,
                last_ts: tally.last_ts,
                deleted: block.deleted.clone(),
                ttls: tally.ttls,
                schedules: tally.schedules,
            });
        }
        let last = blocks.list.back();
        let (index, sum) = last.map_or((0, [0; 8]), |block| {
            (block.index, block.tally.last_checksum)
        });
        Ok(writer.end(index, &sum))
    }

    /// The state is only as good as the checksum that ties it to the last block.
    fn ensure_last_checksum(&mut self) -> Result<(), StoreError> {
        let Some(last) = self.blocks.list.len().checked_sub(1) else {
            return Ok(());
        };
        let is_known = self.blocks.list.get(last).is_some_and(|block| {
            block.tally.last_checksum != [0; 8] || block.tally.len < EMPTY_LEN
        });
        if !is_known {
            let sum = self.blocks.with_records(last, |records| {
                records.last_chunk().copied().unwrap_or_default()
            })?;
            if let Some(block) = self.blocks.list.get_mut(last) {
                block.tally.last_checksum = sum;
            }
        }
        Ok(())
    }

    /// Waits until the state file is there for good.
    pub(super) fn sync_state(&self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        match env
            .disk
            .open(&env.msgs_dir().join(STATE_FILE), OpenMode::Write)
        {
            Ok(file) => Ok(file.sync_data()?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
