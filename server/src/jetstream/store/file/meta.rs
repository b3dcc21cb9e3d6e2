//! `meta.inf` and `meta.sum`: the configuration of a stream and its checksum.
//!
//! `meta.inf` is JSON, or in an encrypted stream JSON that is sealed with the key
//! in `meta.key`. `meta.sum` is the checksum of `meta.inf` in hexadecimal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checksum::Checksummer;
use super::cipher::{AssetKeys, CipherError};
use super::state::State;
use crate::jetstream::model::{StreamConfig, go_time};
use crate::jetstream::store::error::StoreError;

/// The configuration of a stream.
pub const META_FILE: &str = "meta.inf";
/// Its checksum.
pub const META_SUM_FILE: &str = "meta.sum";
/// The key that it is encrypted with.
pub const META_KEY_FILE: &str = "meta.key";

/// A stream as `meta.inf` has it (`FileStreamInfo`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileStreamInfo {
    /// When it was made.
    #[serde(rename = "Created", with = "go_time", default)]
    pub created: Option<Timestamp>,
    /// Its configuration.
    #[serde(flatten)]
    pub config: StreamConfig,
}

impl State {
    /// Finds the key of the metadata, if there is one. It is an error if there is
    /// one that cannot be used.
    ///
    /// Go: `recoverAEK`.
    pub(super) fn recover_keys(&mut self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        let path = env.root.join(META_KEY_FILE);
        if !env.disk.exists(&path)? {
            return Ok(());
        }
        let Some(encryption) = &env.encryption else {
            return Err(StoreError::NoMainKey);
        };
        let file = env.disk.read(&path)?;
        self.keys = match AssetKeys::open(encryption, &self.config.name, &file) {
            Ok(keys) => Some(keys),
            // Written with the key or the cipher before, and to be written anew.
            Err(CipherError::Unauthentic) => {
                let recovered = AssetKeys::recover(encryption, &self.config.name, &file)?;
                self.outdated_keys = true;
                Some(recovered.0)
            }
            Err(error) => return Err(error.into()),
        };
        Ok(())
    }

    /// Writes the configuration, for good.
    ///
    /// Go: `writeStreamMeta`.
    pub(super) fn write_meta(&mut self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        let (disk, root) = (&env.disk, &env.root);
        if let Some(encryption) = &env.encryption
            && (self.keys.is_none() || self.outdated_keys)
        {
            let (keys, file) = AssetKeys::generate(encryption, &self.config.name)?;
            disk.write_atomically(&root.join(META_KEY_FILE), &file, true)?;
            self.keys = Some(keys);
            self.outdated_keys = false;
            self.is_dirty = true;
        }
        let mut meta = self.meta_json()?;
        if let Some(keys) = &self.keys {
            meta = keys.seal(&meta)?;
        }
        let sum = Checksummer::new(self.config.name.as_bytes()).sum_hex(&meta);
        disk.write_atomically(&root.join(META_FILE), &meta, true)?;
        disk.write_atomically(&root.join(META_SUM_FILE), sum.as_bytes(), true)?;
        Ok(())
    }

    /// Writes the configuration if it is not there, or not encrypted as it should be.
    pub(super) fn ensure_meta(&mut self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        let meta = env.root.join(META_FILE);
        let is_there = env.disk.exists(&meta)? && env.disk.len(&meta)? > 0;
        let is_plain = env.encryption.is_some() && self.keys.is_none();
        if !is_there || is_plain || self.outdated_keys {
            self.write_meta()?;
        }
        // What was made by somebody who was killed may have a name that is not there
        // for good.
        let env = &self.blocks.env;
        env.disk.sync_dir(&env.root)?;
        if let Some(parent) = env.root.parent() {
            env.disk.sync_dir(parent)?;
        }
        Ok(())
    }

    /// The configuration as JSON.
    pub(super) fn meta_json(&self) -> Result<Vec<u8>, StoreError> {
        let info = FileStreamInfo {
            created: Some(self.created),
            config: self.config.clone(),
        };
        serde_json::to_vec(&info).map_err(|error| StoreError::Io(error.into()))
    }
}

/// The configuration in a stream's `meta.inf`, which was not encrypted or was
/// decrypted.
///
/// # Errors
/// Why it is not one.
pub fn decode_meta(meta: &[u8]) -> Result<FileStreamInfo, serde_json::Error> {
    serde_json::from_slice(meta)
}
