//! Blocks whose keys have to change: written before there was encryption, or with
//! another key or cipher.
//!
//! The key file and the block cannot be replaced as one. So the block is written
//! with its new keys beside the old one first, then the keys are replaced, then the
//! block. Wherever that is cut short, [`State::recover_rekeyed`] finishes it or
//! takes it back: the keys tell whether they are for the new block.

use super::block::Block;
use super::block::scan::{Item, Scan};
use super::blocks::Blocks;
use super::cipher::AssetKeys;
use super::compress::{CompressionHead, compress_block};
use super::env::{Env, index_of};
use super::state::State;
use crate::jetstream::model::StoreCompression;
use crate::jetstream::store::disk::OpenMode;
use crate::jetstream::store::error::StoreError;

/// What the name of a block ends with while it waits for its keys.
const WAITING: &str = ".blk.rekey";

impl Env {
    /// Gives a block new keys.
    ///
    /// Go: `convertCipher` and `convertToEncrypted`.
    pub(super) fn rekey(&self, block: &mut Block, records: &[u8]) -> Result<(), StoreError> {
        let Some(encryption) = &self.encryption else {
            return Ok(());
        };
        let (keys, key_file) = AssetKeys::generate(encryption, &self.key_context(block.index))?;
        let mut bytes = if block.is_compressed && records.len() >= MIN_COMPRESSED {
            let packed = compress_block(StoreCompression::S2, records);
            packed.map_err(std::io::Error::from)?.into_owned()
        } else {
            records.to_vec()
        };
        block.is_compressed = !matches!(CompressionHead::decode(&bytes), Ok(None));
        keys.block_stream().apply(&mut bytes)?;
        let guard = self.guard_of_same(block, records)?;
        let waiting = self.msgs_dir().join(format!("{}{WAITING}", block.index));
        let file = self.disk.open(&waiting, OpenMode::Truncate)?;
        file.write_at(&bytes, 0)?;
        file.sync_data()?;
        self.disk.sync_dir(&self.msgs_dir())?;
        let key_path = self.key_path(block.index);
        // From here on to the end the files are of two kinds.
        block.is_torn = true;
        self.disk.write_atomically(&key_path, &key_file, true)?;
        self.disk.rename(&waiting, &self.block_path(block.index))?;
        self.disk.sync_dir(&self.msgs_dir())?;
        block.keys = Some(keys);
        block.file = None;
        block.has_outdated_keys = false;
        block.disk_len = bytes.len() as u64;
        block.is_torn = false;
        self.put_guard(block, &guard)
    }
}

impl Blocks {
    /// Gives new keys to all blocks that need them, so that the old key can be thrown
    /// away.
    pub(super) fn rekey_all(&mut self) -> Result<(), StoreError> {
        for at in 0..self.list.len() {
            let Some(block) = self.list.get_mut(at) else {
                break;
            };
            self.env.load_keys(block)?;
            if !block.has_outdated_keys {
                continue;
            }
            match self.load_whole(at) {
                // What is left of it is found out when it is asked for.
                Err(StoreError::BadMsg { .. }) => {}
                loaded => loaded?,
            }
            self.drop_caches();
        }
        Ok(())
    }
}

impl State {
    /// Sees to blocks that were being given new keys when the machine stopped.
    pub(super) fn recover_rekeyed(&mut self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        for entry in env.disk.read_dir(&env.msgs_dir())? {
            let Some(index) = index_of(&entry.name, WAITING) else {
                continue;
            };
            let waiting = env.msgs_dir().join(&entry.name);
            let mut bytes = env.disk.read(&waiting)?;
            let mut block = Block::new(&env.stream, index, 0);
            let has_keys = env.load_keys(&mut block).is_ok();
            let mut is_for_keys = false;
            if has_keys && let Some(keys) = &block.keys {
                keys.block_stream().apply(&mut bytes)?;
                let is_compressed = matches!(CompressionHead::decode(&bytes), Ok(Some(_)));
                // Any record tells, for the first may be damaged.
                let mut items = Scan::checked(&bytes, &block.sums);
                let is_plain = items.any(|item| matches!(item, Item::Record(..)));
                is_for_keys = is_compressed || is_plain;
            }
            if is_for_keys {
                env.disk.rename(&waiting, &env.block_path(index))?;
            } else {
                env.disk.remove_file(&waiting)?;
            }
        }
        Ok(())
    }
}

/// A block has to have a checksum to be compressed.
const MIN_COMPRESSED: usize = super::checksum::CHECKSUM_LEN;
