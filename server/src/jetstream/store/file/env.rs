//! Where a stream's files are and how they are read and written.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::block::Block;
use super::block::guard::{Chunks, Guard, Pending};
use super::block::record::Record;
use super::cipher::{AssetKeys, BlockStream, Encryption};
use super::compress::{CompressionHead, compress_block, decompress_block, salvage_block};
use crate::jetstream::model::StoreCompression;
use crate::jetstream::store::disk::{Disk, DiskFile, OpenMode, read_exact_at};
use crate::jetstream::store::error::StoreError;

/// What all blocks of a stream have in common.
#[derive(Debug)]
pub(super) struct Env {
    pub(super) disk: Arc<dyn Disk>,
    /// The directory of the stream.
    pub(super) root: PathBuf,
    pub(super) stream: String,
    pub(super) encryption: Option<Encryption>,
    pub(super) compression: StoreCompression,
    /// Bytes of a block.
    pub(super) block_size: u64,
    /// Whether small files are synced when they are written.
    pub(super) sync_always: bool,
}

/// Whether a file that guards a block is what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GuardFile {
    Fine,
    Damaged,
}

/// The directory of the blocks.
pub(super) const MSGS_DIR: &str = "msgs";
/// What a purge moves the blocks to.
pub(super) const PURGE_DIR: &str = "__msgs__";
/// Where a purge makes the block that remains.
pub(super) const NEW_MSGS_DIR: &str = "__new_msgs__";
/// The directory of the consumers.
pub(super) const CONSUMERS_DIR: &str = "obs";

/// What the names of files end with that guard the lengths in blocks.
pub(super) const GUARD_SUFFIX: &str = ".len";

/// Bytes at the beginning of a block that tell whether it is compressed.
const HEAD_LEN: usize = 16;

impl Env {
    pub(super) fn msgs_dir(&self) -> PathBuf {
        self.root.join(MSGS_DIR)
    }

    pub(super) fn block_path(&self, index: u32) -> PathBuf {
        self.root.join(MSGS_DIR).join(block_name(index))
    }

    pub(super) fn key_path(&self, index: u32) -> PathBuf {
        self.root.join(MSGS_DIR).join(key_name(index))
    }

    fn guard_path(&self, index: u32) -> PathBuf {
        self.root.join(MSGS_DIR).join(guard_name(index))
    }

    /// What the keys of a block are derived from.
    pub(super) fn key_context(&self, index: u32) -> String {
        format!("{}:{index}", self.stream)
    }

    /// Makes sure that the keys of a block are at hand, if there are any.
    pub(super) fn load_keys(&self, block: &mut Block) -> Result<(), StoreError> {
        let Some(encryption) = &self.encryption else {
            return Ok(());
        };
        if block.keys.is_some() {
            return Ok(());
        }
        let file = match self.disk.read(&self.key_path(block.index)) {
            // Written before there was encryption, or restored from an archive.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                block.has_outdated_keys = true;
                return Ok(());
            }
            file => file?,
        };
        let context = self.key_context(block.index);
        let (keys, is_outdated) = AssetKeys::recover(encryption, &context, &file)?;
        block.keys = Some(keys);
        block.has_outdated_keys = is_outdated;
        Ok(())
    }

    /// The records of a block as they are in its file, in the memory of `spare` if that
    /// suits them.
    pub(super) fn read_records(
        &self,
        block: &mut Block,
        spare: Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        let bytes = self.read_decrypted(block, spare)?;
        let records = if block.is_compressed {
            let records = decompress_block(&bytes).map_err(io::Error::from)?;
            records.into_owned()
        } else {
            bytes
        };
        if block.has_outdated_keys && block.pending() == 0 {
            let records = self.looked_at_again(block, records)?;
            self.rekey(block, &records)?;
            return Ok(records);
        }
        Ok(records)
    }

    /// What is left of the records of a block, with zeros where something is missing.
    pub(super) fn read_or_salvage(&self, block: &mut Block) -> Result<Vec<u8>, StoreError> {
        let bytes = self.read_decrypted(block, Vec::new())?;
        if !block.is_compressed {
            return Ok(bytes);
        }
        match decompress_block(&bytes) {
            Ok(records) => Ok(records.into_owned()),
            Err(_) => Ok(salvage_block(&bytes).unwrap_or_default().bytes),
        }
    }

    /// Gives a block that was just recovered other keys, if it needs them.
    pub(super) fn rekey_if_outdated(
        &self,
        block: &mut Block,
        records: &[u8],
    ) -> Result<(), StoreError> {
        if block.has_outdated_keys {
            self.rekey(block, records)?;
        }
        Ok(())
    }

    fn read_decrypted(&self, block: &mut Block, spare: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        self.load_keys(block)?;
        let path = self.block_path(block.index);
        let mut bytes = match &block.file {
            Some(file) => read_whole(&**file, spare)?,
            // Fresh memory is written to once by reading, and not filled with zeros before.
            None if spare.capacity() == 0 => self.disk.read(&path)?,
            None => read_whole(&*self.disk.open(&path, OpenMode::Read)?, spare)?,
        };
        block.disk_len = bytes.len() as u64;
        if let Some(keys) = &block.keys {
            keys.block_stream().apply(&mut bytes)?;
        }
        // A head that makes no sense belongs to a compressed block all the same.
        block.is_compressed = !matches!(CompressionHead::decode(&bytes), Ok(None));
        Ok(bytes)
    }

    /// Finds out whether the file of a block is compressed.
    pub(super) fn look_at_head(&self, block: &mut Block) -> Result<(), StoreError> {
        let file = match self
            .disk
            .open(&self.block_path(block.index), OpenMode::Read)
        {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        let mut head = [0; HEAD_LEN];
        let len = file.len()?.min(HEAD_LEN as u64) as usize;
        let head = head.get_mut(..len).unwrap_or_default();
        read_exact_at(&*file, head, 0)?;
        if let Some(keys) = &block.keys {
            keys.block_stream().apply(head)?;
        }
        block.is_compressed = !matches!(CompressionHead::decode(head), Ok(None));
        Ok(())
    }

    /// Writes out what waits in the cache of a block.
    pub(super) fn flush(&self, block: &mut Block) -> Result<(), StoreError> {
        if block.pending() == 0 {
            return Ok(());
        }
        self.open_for_writing(block)?;
        self.load_keys(block)?;
        let (Some(file), Some(cache)) = (&block.file, &block.cache) else {
            return Ok(());
        };
        let pending = cache.bytes_from(block.written);
        match &block.keys {
            Some(keys) => {
                let mut stream: BlockStream = keys.block_stream();
                stream.seek(block.written)?;
                let mut pending = pending.to_vec();
                stream.apply(&mut pending)?;
                file.write_at(&pending, block.written)?;
            }
            None => file.write_at(pending, block.written)?,
        }
        block.written = block.tally.len;
        block.disk_len = block.written;
        block.needs_sync = true;
        Ok(())
    }

    /// Opens the file of a block, unless it is open.
    pub(super) fn open_for_writing(&self, block: &mut Block) -> Result<(), StoreError> {
        if block.file.is_none() {
            let path = self.block_path(block.index);
            block.file = Some(Arc::from(self.disk.open(&path, OpenMode::Create)?));
        }
        Ok(())
    }

    /// Makes new keys for a block, if streams are encrypted.
    pub(super) fn make_keys(&self, block: &mut Block) -> Result<(), StoreError> {
        let Some(encryption) = &self.encryption else {
            return Ok(());
        };
        let context = self.key_context(block.index);
        let (keys, file) = AssetKeys::generate(encryption, &context)?;
        let path = self.key_path(block.index);
        // Without its keys a block is lost, however often it is synced itself.
        self.disk.write_atomically(&path, &file, true)?;
        block.keys = Some(keys);
        Ok(())
    }

    /// Puts other records in the place of those in a block's file, whole or not at
    /// all, and waits until they are there for good. `is_broken` names the offsets of
    /// those that are known to be damaged. The figures of the block are left to the
    /// caller.
    pub(super) fn replace_records(
        &self,
        block: &mut Block,
        records: &[u8],
        compress: bool,
        is_broken: impl Fn(u64) -> bool,
    ) -> Result<(), StoreError> {
        self.load_keys(block)?;
        let compress = compress && self.compression != StoreCompression::None;
        let mut bytes = if compress && !records.is_empty() {
            let block = compress_block(self.compression, records).map_err(io::Error::from)?;
            block.into_owned()
        } else {
            records.to_vec()
        };
        if let Some(keys) = &block.keys {
            keys.block_stream().apply(&mut bytes)?;
        }
        let path = self.block_path(block.index);
        self.disk.replace(&path, &bytes)?;
        block.is_torn = true;
        self.disk.sync_dir(&self.msgs_dir())?;
        // The old file is no longer the block.
        block.file = None;
        block.needs_sync = false;
        block.is_compressed = compress && !records.is_empty();
        block.disk_len = bytes.len() as u64;
        block.written = records.len() as u64;
        self.replace_guard(block, records, is_broken)?;
        block.is_torn = false;
        Ok(())
    }

    /// What guards the lengths in a block with these records. If it cannot be read now
    /// nobody can tell whether the records are what was written.
    pub(super) fn read_guard(
        &self,
        block: &Block,
        records: &[u8],
    ) -> Result<(Guard, GuardFile), StoreError> {
        let file = match self.disk.read(&self.guard_path(block.index)) {
            // Without it there is as much as the Go server has.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            file => file?,
        };
        let chunks = Chunks::decode(&file, &block.sums, block.keys.as_ref());
        let guard = Guard::new(&chunks, &block.guard, records);
        let state = if chunks.is_damaged {
            GuardFile::Damaged
        } else {
            GuardFile::Fine
        };
        Ok((guard, state))
    }

    /// Writes what guards the records that were appended to a block.
    pub(super) fn write_guard(&self, block: &mut Block) -> Result<(), StoreError> {
        if block.guard.len() == 0 {
            return Ok(());
        }
        let path = self.guard_path(block.index);
        let at = match block.guard.file_len {
            Some(len) => len,
            None => match self.disk.read(&path) {
                Ok(file) => Chunks::decode(&file, &block.sums, block.keys.as_ref()).len as u64,
                Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
                Err(error) => return Err(error.into()),
            },
        };
        let chunk = block.guard.chunk(&block.sums, block.keys.as_ref())?;
        let file = self.disk.open(&path, OpenMode::Create)?;
        file.write_at(&chunk, at)?;
        block.guard.file_len = Some(at + chunk.len() as u64);
        block.guard.clear();
        Ok(())
    }

    /// Guards the records of a block that was cut off.
    pub(super) fn guard_anew(&self, block: &mut Block) -> Result<(), StoreError> {
        let Some(cache) = block.cache.take() else {
            return Ok(());
        };
        let result = self.replace_guard(block, cache.bytes(), |at| cache.is_broken(at));
        block.cache = Some(cache);
        result
    }

    /// Guards the records that a block has now in the place of others.
    fn replace_guard(
        &self,
        block: &mut Block,
        records: &[u8],
        is_broken: impl Fn(u64) -> bool,
    ) -> Result<(), StoreError> {
        let guard = Pending::of(records, is_broken);
        self.put_guard(block, &guard)
    }

    /// What guards the records of a block, as far as they are right, which is going to
    /// be written with other keys.
    pub(super) fn guard_of_same(
        &self,
        block: &Block,
        records: &[u8],
    ) -> Result<Pending, StoreError> {
        let (mut guard, _) = self.read_guard(block, records)?;
        Ok(Pending::of(records, |at| {
            let record = usize::try_from(at)
                .ok()
                .and_then(|at| Some((at, Record::parse(records.get(at..)?)?)));
            record.is_none_or(|(at, record)| !guard.allows(at, &record))
        }))
    }

    /// Puts this guard in the place of what a block had before.
    pub(super) fn put_guard(&self, block: &mut Block, guard: &Pending) -> Result<(), StoreError> {
        let chunk = guard.chunk(&block.sums, block.keys.as_ref())?;
        let path = self.guard_path(block.index);
        self.disk.write_atomically(&path, &chunk, false)?;
        block.guard = Pending::after(chunk.len() as u64);
        Ok(())
    }

    /// Removes the files of a block.
    pub(super) fn remove_files(&self, index: u32) -> Result<(), StoreError> {
        let paths = [self.block_path(index), self.key_path(index)];
        for path in paths.into_iter().chain([self.guard_path(index)]) {
            match self.disk.remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// All bytes of a file, in the memory of `spare` if they take at least half of it.
fn read_whole(file: &dyn DiskFile, mut spare: Vec<u8>) -> io::Result<Vec<u8>> {
    let len = usize::try_from(file.len()?).map_err(io::Error::other)?;
    if (spare.capacity() / 2..=spare.capacity()).contains(&len) {
        spare.resize(len, 0);
    } else {
        drop(spare);
        spare = vec![0; len];
    }
    read_exact_at(file, &mut spare, 0)?;
    Ok(spare)
}

/// The name of a block's file.
pub(super) fn block_name(index: u32) -> String {
    format!("{index}.blk")
}

/// The name of the file that guards the lengths in a block.
pub(super) fn guard_name(index: u32) -> String {
    format!("{index}{GUARD_SUFFIX}")
}

/// The name of a block's key file.
pub(super) fn key_name(index: u32) -> String {
    format!("{index}.key")
}

/// The number of the block whose file, or key file with `.key`, has this name.
pub(super) fn index_of(name: &str, suffix: &str) -> Option<u32> {
    let digits = name.strip_suffix(suffix)?;
    let index = digits.parse().ok()?;
    // No sign, no zeros in front.
    (format!("{index}") == digits).then_some(index)
}
