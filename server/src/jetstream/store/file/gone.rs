//! `gone.db`: which blocks were removed since the state file was written.
//!
//! A state file that is not of the present says which blocks there were. Of those that are
//! not there any more nobody could tell whether they were removed since or are lost, so
//! every removal is noted first:
//!
//! ```text
//! for each block:
//!   4  its number; 0 in the first entry, of which there is no block
//!   8  checksum of that of the state file and of the number, of the stream's kind
//! ```
//!
//! Entries count up to the first whose checksum is not right. Without the first one, or
//! if that is of another state file, nothing can be told: the Go server wrote that one.
//! The file is synced before a block goes, and is of no use without the state file.

use std::io;

use hashbrown::HashSet;

use super::checksum::{CHECKSUM_LEN, Checksum, Checksummer};
use super::state::State;
use crate::jetstream::store::disk::OpenMode;
use crate::jetstream::store::error::StoreError;

const GONE_FILE: &str = "gone.db";
const NUMBER_LEN: usize = 4;
const ENTRY_LEN: usize = NUMBER_LEN + CHECKSUM_LEN;

/// For which state file removals are noted, and where.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gone {
    /// The checksum of the state file; nothing is noted without.
    of: Option<Checksum>,
    /// Bytes of entries.
    len: u64,
}

impl State {
    /// Begins anew, for a state file with this checksum. If that fails nothing will be
    /// told of blocks that are missing.
    pub(super) fn begin_gone(&mut self, of: Checksum) {
        self.gone = Gone::default();
        let fresh = Gone {
            of: Some(of),
            len: 0,
        };
        let begun = self.put_gone(OpenMode::Truncate, fresh, 0);
        self.report_failure("noting which blocks are there", begun);
    }

    /// Notes for good that a block is going to be removed. Where there is no room for
    /// that, all notes go instead, and nothing can be told.
    pub(super) fn note_gone(&mut self, index: u32) -> Result<(), StoreError> {
        if self.gone.of.is_none() {
            return Ok(());
        }
        let noted = self
            .put_gone(OpenMode::Write, self.gone, index)
            .and_then(|()| self.sync_gone(None));
        match noted {
            Err(error) if error.is_out_of_space() => {
                self.gone = Gone::default();
                self.sync_gone(Some(0))
            }
            noted => noted,
        }
    }

    /// What was noted for a state file with this checksum, and from now on will be.
    pub(super) fn read_gone(&mut self, of: Checksum) -> Result<Option<HashSet<u32>>, StoreError> {
        let env = &self.blocks.env;
        let file = match env.disk.read(&env.msgs_dir().join(GONE_FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let sums = Checksummer::new(env.stream.as_bytes());
        let (entries, _) = file.as_chunks::<ENTRY_LEN>();
        let numbers = entries.iter().map_while(|bytes| {
            let number = u32::from_le_bytes(*bytes.first_chunk()?);
            (entry(&sums, of, number) == *bytes).then_some(number)
        });
        let numbers: Vec<u32> = numbers.collect();
        let Some((0, gone)) = numbers.split_first() else {
            return Ok(None);
        };
        self.gone = Gone {
            of: Some(of),
            len: (numbers.len() * ENTRY_LEN) as u64,
        };
        Ok(Some(gone.iter().copied().collect()))
    }

    /// Forgets about it, because the state file and all blocks are gone.
    pub(super) fn forget_gone(&mut self) {
        self.gone = Gone::default();
    }

    fn put_gone(&mut self, mode: OpenMode, mut gone: Gone, index: u32) -> Result<(), StoreError> {
        let Some(of) = gone.of else { return Ok(()) };
        let env = &self.blocks.env;
        let sums = Checksummer::new(env.stream.as_bytes());
        let file = env.disk.open(&env.msgs_dir().join(GONE_FILE), mode)?;
        file.write_at(&entry(&sums, of, index), gone.len)?;
        gone.len += ENTRY_LEN as u64;
        self.gone = gone;
        Ok(())
    }

    /// Waits until the notes are there for good, cut off before if that is wanted.
    fn sync_gone(&self, len: Option<u64>) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        let file = env
            .disk
            .open(&env.msgs_dir().join(GONE_FILE), OpenMode::Write)?;
        if let Some(len) = len {
            file.set_len(len)?;
        }
        Ok(file.sync_data()?)
    }
}

fn entry(sums: &Checksummer, of: Checksum, number: u32) -> [u8; ENTRY_LEN] {
    let number = number.to_le_bytes();
    let mut entry = [0; ENTRY_LEN];
    let (head, sum) = entry.split_at_mut(NUMBER_LEN);
    head.copy_from_slice(&number);
    sum.copy_from_slice(&sums.sum(&[&of, &number]));
    entry
}
