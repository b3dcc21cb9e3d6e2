//! The streams and consumers that a directory holds, when the server starts.
//!
//! Whatever can not be used is reported and left as it is, for somebody to look at.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use thiserror::Error;

use super::stores::ServerStores;
use crate::jetstream::assets::AccountAssets;
use crate::jetstream::host::Host;
use crate::jetstream::model::versioning::is_supported;
use crate::jetstream::model::{ApiError, Nanos, RetentionPolicy, StreamConfig, StreamState};
use crate::jetstream::store::file::checksum::Checksummer;
use crate::jetstream::store::file::cipher::{AssetKeys, CipherError};
use crate::jetstream::store::file::consumer_store::ConsumerFileStore;
use crate::jetstream::store::file::{
    FileStreamInfo, META_FILE, META_KEY_FILE, META_SUM_FILE, decode_meta,
};
use crate::jetstream::stream::Stream;
use crate::subject::is_valid_subject;

/// The directory of a stream's consumers.
const CONSUMERS: &str = "obs";
/// The directory of batches that were being published.
const BATCHES: &str = "batches";
/// The directory of snapshots that were being taken.
const SNAPSHOTS: &str = "snapshots";

/// Why a stream stays away.
#[derive(Debug, Error)]
enum Unusable {
    #[error("Error reading metafile: {0}")]
    Read(#[from] std::io::Error),
    #[error("checksums do not match")]
    Checksum,
    #[error("metafile is encrypted, but no encryption key is configured")]
    NoKey,
    #[error("Error decrypting our stream metafile: {0}")]
    Decrypt(#[from] CipherError),
    #[error("Error unmarshalling stream metafile: {0}")]
    Json(#[from] serde_json::Error),
    #[error("invalid subject")]
    Subject,
    #[error("metafile names another stream")]
    Name,
    #[error("Detected unsupported stream: required API level")]
    Level,
    #[error("Error recreating stream: {0}")]
    Stream(#[from] ApiError),
}

/// Brings back what an account stored before.
pub(super) struct Recovery<'a> {
    pub(super) host: &'a Host,
    pub(super) stores: &'a ServerStores,
    pub(super) account: &'a AccountAssets,
    /// The account's name.
    pub(super) name: &'a str,
}

impl Recovery<'_> {
    /// All streams; first those that others do not take from.
    pub(super) fn run(&self) {
        let dir = self.stores.streams_dir(self.name);
        for stream in directories(&dir) {
            let path = dir.join(&stream);
            // It was being deleted.
            if stream.starts_with('.') {
                fs::remove_dir_all(&path).ok();
                continue;
            }
            if let Err(error) = self.stream(&path, &stream) {
                self.host.context.logger.warn(format_args!(
                    "  Stream '{} > {stream}' can not be used: {error}",
                    self.name
                ));
            }
        }
        if let Some(of_account) = dir.parent() {
            fs::remove_dir_all(of_account.join(SNAPSHOTS)).ok();
        }
    }

    fn stream(&self, path: &Path, name: &str) -> Result<(), Unusable> {
        let began = Instant::now();
        let logger = &self.host.context.logger;
        let mut info = self.read_meta(path, name)?;
        if info.config.name != name {
            return Err(Unusable::Name);
        }
        if !is_supported(&info.config.metadata) {
            return Err(Unusable::Level);
        }
        self.repair(&mut info.config)?;
        logger.notice(format_args!(
            "  Starting restore for stream '{} > {name}'",
            self.name
        ));
        let created = info.created.unwrap_or_else(|| self.host.now());
        let stream = self.account.recover_stream(&info.config, created)?;
        fs::remove_dir_all(path.join(BATCHES)).ok();
        let mut state = StreamState::default();
        stream.store().fast_state(&mut state);
        logger.notice(format_args!(
            "  Restored {} messages for stream '{} > {name}' in {:?}",
            state.msgs,
            self.name,
            began.elapsed()
        ));
        self.consumers(&stream, path, name);
        if stream.config().retention == RetentionPolicy::Interest {
            stream.release_dangling();
        }
        Ok(())
    }

    /// Older servers took configurations that make no sense.
    fn repair(&self, config: &mut StreamConfig) -> Result<(), Unusable> {
        let logger = &self.host.context.logger;
        for subject in &mut config.subjects {
            if is_valid_subject(&*subject) {
                continue;
            }
            logger.warn(format_args!(
                "  Detected bad subject {subject:?} while adding stream {:?}, will attempt to repair",
                config.name
            ));
            let trimmed = subject.trim().to_owned();
            if !is_valid_subject(&trimmed) {
                return Err(Unusable::Subject);
            }
            logger.warn(format_args!(
                "  Bad subject {subject:?} repaired to {trimmed:?}"
            ));
            *subject = trimmed;
        }
        if config.mirror.is_none() {
            return Ok(());
        }
        config.duplicate_window = Nanos::ZERO;
        if !config.subjects.is_empty() {
            logger.warn(format_args!(
                "  Detected subjects on a mirrored stream {:?}, will remove",
                config.name
            ));
            config.subjects.clear();
        }
        Ok(())
    }

    fn read_meta(&self, path: &Path, name: &str) -> Result<FileStreamInfo, Unusable> {
        let mut meta = fs::read(path.join(META_FILE))?;
        let sum = fs::read(path.join(META_SUM_FILE))?;
        if Checksummer::new(name.as_bytes()).sum_hex(&meta).as_bytes() != sum {
            return Err(Unusable::Checksum);
        }
        let key_file = path.join(META_KEY_FILE);
        if key_file.exists() {
            let encryption = self.stores.encryption(self.name).ok_or(Unusable::NoKey)?;
            let (keys, _) = AssetKeys::recover(&encryption, name, &fs::read(key_file)?)?;
            meta = keys.unseal(&meta)?;
        }
        Ok(decode_meta(&meta)?)
    }

    fn consumers(&self, stream: &Arc<Stream>, path: &Path, of_stream: &str) {
        let logger = &self.host.context.logger;
        let names = directories(&path.join(CONSUMERS));
        if names.is_empty() {
            return;
        }
        logger.notice(format_args!(
            "  Recovering {} consumers for stream - '{} > {of_stream}'",
            names.len(),
            self.name
        ));
        for name in names {
            let site = self.stores.consumer_site(self.name, of_stream, &name);
            let info = match ConsumerFileStore::read_info(site) {
                Ok(info) => info,
                Err(error) => {
                    logger.warn(format_args!(
                        "    Error reading metafile of consumer '{} > {of_stream} > {name}': {error}",
                        self.name
                    ));
                    continue;
                }
            };
            if !is_supported(&info.config.metadata) {
                logger.warn(format_args!(
                    "  Detected unsupported consumer '{} > {of_stream} > {name}'",
                    self.name
                ));
                continue;
            }
            let created = info.created.unwrap_or_else(|| self.host.now());
            let recovered = self
                .account
                .recover_consumer(stream, &name, info.config, created);
            if let Err(error) = recovered {
                logger.warn(format_args!(
                    "    Error adding consumer '{} > {of_stream} > {name}': {error}",
                    self.name
                ));
            }
        }
    }
}

/// The names of the directories in one, sorted; none if there is none.
fn directories(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
