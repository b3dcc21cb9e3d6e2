//! The streams and consumers that a directory holds, when the server starts.
//!
//! Whatever can not be used is reported and left as it is, for somebody to look at.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use thiserror::Error;

use super::stores::ServerStores;
use crate::jetstream::assets::AccountAssets;
use crate::jetstream::host::{Host, StoreFactory as _};
use crate::jetstream::model::versioning::is_supported;
use crate::jetstream::model::{ApiError, Nanos, RetentionPolicy, StreamConfig, StreamState};
use crate::jetstream::store::file::{MetaError, read_meta};
use crate::jetstream::stream::Stream;
use crate::subject::is_valid_subject;

/// The directory of batches that were being published.
const BATCHES: &str = "batches";

/// Why a stream stays away.
#[derive(Debug, Error)]
enum Unusable {
    #[error(transparent)]
    Meta(#[from] MetaError),
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
        for stream in self.stores.directories(&dir) {
            let path = dir.join(&stream);
            // It was being deleted.
            if stream.starts_with('.') {
                self.remove(&path);
                continue;
            }
            if let Err(error) = self.stream(&path, &stream) {
                self.host.context.logger.warn(format_args!(
                    "  Stream '{} > {stream}' can not be used: {error}",
                    self.name
                ));
            }
        }
        // Archives that were being unpacked.
        self.remove(&self.stores.snapshots_dir(self.name));
    }

    /// Removes what is of no use any more.
    fn remove(&self, dir: &Path) {
        if let Err(error) = self.stores.disk().remove_dir_all(dir) {
            let logger = &self.host.context.logger;
            logger.warn(format_args!("Error removing {}: {error}", dir.display()));
        }
    }

    fn stream(&self, path: &Path, name: &str) -> Result<(), Unusable> {
        let began = Instant::now();
        let logger = &self.host.context.logger;
        let encryption = self.stores.encryption(self.name);
        let mut info = read_meta(self.stores.disk(), path, name, encryption.as_ref())?;
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
        self.remove(&path.join(BATCHES));
        let mut state = StreamState::default();
        stream.store().fast_state(&mut state);
        logger.notice(format_args!(
            "  Restored {} messages for stream '{} > {name}' in {:?}",
            state.msgs,
            self.name,
            began.elapsed()
        ));
        self.consumers(&stream, name);
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

    fn consumers(&self, stream: &Arc<Stream>, of_stream: &str) {
        let logger = &self.host.context.logger;
        let consumers = self.stores.consumers(self.name, of_stream);
        if consumers.is_empty() {
            return;
        }
        logger.notice(format_args!(
            "  Recovering {} consumers for stream - '{} > {of_stream}'",
            consumers.len(),
            self.name
        ));
        for (name, info) in consumers {
            let info = match info {
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
