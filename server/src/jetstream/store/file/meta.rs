//! `meta.inf` and `meta.sum`: the configuration of a stream and its checksum.
//!
//! `meta.inf` is JSON, or in an encrypted stream JSON that is sealed with the key
//! in `meta.key`. `meta.sum` is the checksum of `meta.inf` in hexadecimal.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::checksum::Checksummer;
use super::cipher::{AssetKeys, CipherError, Encryption};
use super::meta_redo::{self, NewMeta};
use super::state::State;
use crate::jetstream::model::json::{Field, Shape, Struct};
use crate::jetstream::model::shapes::STREAM_CONFIG;
use crate::jetstream::model::{StreamConfig, go_time};
use crate::jetstream::store::disk::Disk;
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

/// `FileStreamInfo`
pub static FILE_STREAM_INFO: Struct = Struct {
    name: "FileStreamInfo",
    embedded: Some(("StreamConfig", &STREAM_CONFIG)),
    fields: &[Field("Created", Shape::Time)],
};

impl State {
    /// Finds the key of the metadata, if there is one. It is an error if there is
    /// one that cannot be used.
    ///
    /// Go: `recoverAEK`.
    pub(super) fn recover_keys(&mut self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        meta_redo::finish(&*env.disk, &env.root, &self.config.name)?;
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
        let new_keys = match &env.encryption {
            Some(encryption) if self.keys.is_none() || self.outdated_keys => {
                Some(AssetKeys::generate(encryption, &self.config.name)?)
            }
            _ => None,
        };
        let mut meta = self.meta_json()?;
        let keys = new_keys.as_ref().map(|(keys, _)| keys);
        if let Some(keys) = keys.or(self.keys.as_ref()) {
            meta = keys.seal(&meta)?;
        }
        let new = NewMeta {
            key: new_keys.as_ref().map(|(_, file)| &**file),
            meta: &meta,
        };
        new.put(&*env.disk, &env.root, &self.config.name)?;
        if let Some((keys, _)) = new_keys {
            self.keys = Some(keys);
            self.outdated_keys = false;
            // It was sealed with other keys.
            self.is_dirty = true;
        }
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
            let written = self.write_state(true);
            self.report_failure("writing the stream state", written);
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

/// Why the configuration of a stream cannot be read.
#[derive(Debug, Error)]
pub enum MetaError {
    /// The disk says so.
    #[error("Error reading metafile: {0}")]
    Read(#[from] io::Error),
    /// It is not what was written.
    #[error("checksums do not match")]
    Checksum,
    /// The server has no key.
    #[error("metafile is encrypted, but no encryption key is configured")]
    NoKey,
    /// The server has another key.
    #[error("Error decrypting our stream metafile: {0}")]
    Decrypt(#[from] CipherError),
    /// It is no configuration.
    #[error("Error unmarshalling stream metafile: {0}")]
    Json(#[from] serde_json::Error),
}

/// Reads the configuration of the stream in a directory, after finishing what was cut
/// short when it was written.
///
/// # Errors
/// Why it cannot be read.
pub fn read_meta(
    disk: &dyn Disk,
    dir: &Path,
    stream: &str,
    encryption: Option<&Encryption>,
) -> Result<FileStreamInfo, MetaError> {
    Ok(decode_meta(&read_meta_json(
        disk, dir, stream, encryption,
    )?)?)
}

/// The same as it is written.
///
/// # Errors
/// Why it cannot be read.
pub fn read_meta_json(
    disk: &dyn Disk,
    dir: &Path,
    stream: &str,
    encryption: Option<&Encryption>,
) -> Result<Vec<u8>, MetaError> {
    meta_redo::finish(disk, dir, stream)?;
    let mut meta = disk.read(&dir.join(META_FILE))?;
    let sum = disk.read(&dir.join(META_SUM_FILE))?;
    if Checksummer::new(stream.as_bytes())
        .sum_hex(&meta)
        .as_bytes()
        != sum
    {
        return Err(MetaError::Checksum);
    }
    let key_file = dir.join(META_KEY_FILE);
    if disk.exists(&key_file)? {
        let encryption = encryption.ok_or(MetaError::NoKey)?;
        let (keys, _) = AssetKeys::recover(encryption, stream, &disk.read(&key_file)?)?;
        meta = keys.unseal(&meta)?;
    }
    Ok(meta)
}

/// The configuration in a stream's `meta.inf`, which was not encrypted or was
/// decrypted.
///
/// # Errors
/// Why it is not one.
pub fn decode_meta(meta: &[u8]) -> Result<FileStreamInfo, serde_json::Error> {
    serde_json::from_slice(meta)
}
