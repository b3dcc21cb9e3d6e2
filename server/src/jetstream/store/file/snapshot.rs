//! Archives of a stream, and looking for damage.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use hashbrown::HashSet;

use super::archive::{ArchiveWriter, pipe};
use super::block::record::Kind;
use super::block::scan::{Item, Scan};
use super::blocks::Damage;
use super::checksum::Checksummer;
use super::env::{GuardFile, block_name};
use super::meta::{META_FILE, META_SUM_FILE};
use super::persist::STATE_FILE;
use super::store::FileStore;
use crate::jetstream::model::{LostStreamData, StreamState};
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::Expiring;
use crate::jetstream::store::stream_store::{Snapshot, StreamStore};

impl FileStore {
    /// Begins an archive. There can be one at a time.
    ///
    /// Go: `Snapshot`.
    pub(super) fn take_snapshot(
        &self,
        deadline: Duration,
        include_consumers: bool,
        check_msgs: bool,
    ) -> Result<Snapshot, StoreError> {
        self.with(|state| {
            state.check_open()?;
            if state.is_archived {
                return Err(StoreError::SnapshotInProgress);
            }
            state.is_archived = true;
            Ok(())
        })?;
        let result = self.start_archive(deadline, include_consumers, check_msgs);
        if result.is_err() {
            self.lock().is_archived = false;
        }
        result
    }

    fn start_archive(
        &self,
        deadline: Duration,
        include_consumers: bool,
        check_msgs: bool,
    ) -> Result<Snapshot, StoreError> {
        if check_msgs && let Some(lost) = self.check_msgs()? {
            return Err(StoreError::BadMsgs(lost.msgs.len()));
        }
        let mut state = StreamState::default();
        self.fast_state(&mut state);
        let limit = (deadline > Duration::ZERO).then_some(deadline);
        let (writer, reader) = pipe(limit);
        let this = self.handle();
        let failure = Arc::new(OnceLock::new());
        let failed = Arc::clone(&failure);
        thread::spawn(move || {
            let Some(store) = this.upgrade() else { return };
            let archive = ArchiveWriter::new(writer, store.clock().now());
            let written = store.write_archive(archive, include_consumers, &failed);
            // Who sees the end may ask for another at once.
            store.lock().is_archived = false;
            // The reader sees that the end is missing if something goes wrong.
            if let Ok(writer) = written {
                writer.finish();
            }
        });
        Ok(Snapshot {
            reader: Box::new(reader),
            state,
            failure,
        })
    }

    fn write_archive<W: Write>(
        &self,
        mut archive: ArchiveWriter<W>,
        include_consumers: bool,
        failed: &OnceLock<String>,
    ) -> io::Result<W> {
        match self.fill_archive(&mut archive, include_consumers) {
            Err(StoreError::Io(error)) if is_of_pipe(&error) => return Err(error),
            Err(error) => {
                let why = error.to_string();
                archive.fail(&why)?;
                // Nobody else sets it.
                failed.get_or_init(|| why);
            }
            Ok(()) => {}
        }
        archive.finish()
    }

    /// Go: `streamSnapshot`.
    fn fill_archive<W: Write>(
        &self,
        archive: &mut ArchiveWriter<W>,
        include_consumers: bool,
    ) -> Result<(), StoreError> {
        let (meta, sums, indices) = {
            let state = self.lock();
            let indices: Vec<u32> = state.blocks.list.iter().map(|block| block.index).collect();
            let sums = Checksummer::new(state.config.name.as_bytes());
            (state.meta_json()?, sums, indices)
        };
        archive.file(META_FILE, &meta)?;
        archive.file(META_SUM_FILE, sums.sum_hex(&meta).as_bytes())?;
        let mut written = Vec::new();
        for index in indices {
            let records = self.with(|state| {
                let Some(at) = state.blocks.position_of(index) else {
                    return Ok(None);
                };
                state
                    .blocks
                    .with_records(at, |records| Some(records.to_vec()))
            })?;
            // Removed since, and so not missing.
            let Some(records) = records else { continue };
            archive.file(&format!("msgs/{}", block_name(index)), &records)?;
            written.push((index, records.len() as u64));
        }
        let state = self.with(|state| {
            let blocks = state.blocks.list.iter();
            let now: Vec<_> = blocks.map(|block| (block.index, block.tally.len)).collect();
            // Otherwise it would speak of other blocks than there are.
            if now == written {
                state.encode_state().map(Some)
            } else {
                Ok(None)
            }
        })?;
        if let Some(mut state) = state {
            let sum = sums.sum(&[&state]);
            state.extend_from_slice(&sum);
            archive.file(&format!("msgs/{STATE_FILE}"), &state)?;
        }
        if include_consumers {
            for consumer in self.file_consumers() {
                match consumer.archived() {
                    Err(StoreError::Closed) => {}
                    consumer => archive.consumer(&consumer?)?,
                }
            }
        }
        Ok(())
    }

    /// Reads every block from the disk and looks at every checksum. Damage counts as
    /// lost, and damaged blocks are rewritten with what is good in them; says what is
    /// lost, also from before.
    ///
    /// Go: `checkMsgs`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn check_msgs(&self) -> Result<Option<LostStreamData>, StoreError> {
        for index in self.block_indices() {
            self.check_index(index)?;
        }
        Ok(self.lost_data())
    }
}

impl super::blocks::Blocks {
    /// Reads a block from the disk and looks at every checksum; says whether it has to be
    /// written anew because one is wrong.
    pub(super) fn check_block(&mut self, at: usize) -> Result<bool, StoreError> {
        let known = self.damage.len();
        if !self.check_once(at)? {
            return Ok(false);
        }
        // Before it is believed it is looked at again.
        self.damage.truncate(known);
        if let Some(block) = self.list.get_mut(at).filter(|block| block.pending() == 0) {
            block.cache = None;
            block.subjects = None;
        }
        self.check_once(at)
    }

    fn check_once(&mut self, at: usize) -> Result<bool, StoreError> {
        let Some(block) = self.list.get_mut(at) else {
            return Ok(false);
        };
        let records = match self.env.read_or_salvage(block) {
            Err(StoreError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            records => records?,
        };
        let (mut guard, guard_file) = self.env.read_guard(block, &records)?;
        if guard_file == GuardFile::Damaged {
            let block = block.index;
            self.damage.push(Damage::Guard { block });
        }
        let mut intact = HashSet::new();
        let mut is_damaged = (records.len() as u64) < block.tally.len;
        for item in Scan::checked(&records, &block.sums) {
            match item {
                Item::Record(offset, record) if !guard.allows(offset, &record) => {
                    is_damaged = true;
                }
                Item::Record(_, record) if record.kind == Kind::Message => {
                    intact.insert(record.seq);
                }
                Item::Record(..) => {}
                Item::Damage(_) => is_damaged = true,
            }
        }
        if !is_damaged && guard_file == GuardFile::Fine {
            return Ok(false);
        }
        // What is in memory may be better, but is not what will be read again.
        let (guard, _) = self.env.read_guard(block, &records)?;
        super::blocks::install(block, records, guard);
        if block.tally.msgs == 0 {
            return Ok(true);
        }
        let damaged: Vec<u64> = block.live().filter(|seq| !intact.contains(seq)).collect();
        let block = block.index;
        let damaged = damaged.into_iter();
        self.damage
            .extend(damaged.map(|seq| Damage::Msg { block, seq }));
        Ok(true)
    }

    /// Rewrites a block without what is damaged in it.
    pub(super) fn repair(&mut self, index: u32) -> Result<(), StoreError> {
        match self.position_of(index) {
            Some(at) => self.filter_records(at, |_| true),
            None => Ok(()),
        }
    }
}

/// Whether an error comes of whoever reads the archive.
fn is_of_pipe(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::TimedOut
    )
}
