//! The streams and consumers that a directory holds, when the server starts.
//!
//! Whatever can not be used is reported and left as it is, for somebody to look at;
//! what was made by somebody newer is listed as offline.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use thiserror::Error;

use super::stores::{ServerStores, StoredConsumer};
use crate::jetstream::assets::{AccountAssets, OfflineStream, offline_reason};
use crate::jetstream::host::Host;
use crate::jetstream::model::json::read_exact;
use crate::jetstream::model::{ApiError, Nanos, RetentionPolicy, StreamConfig, StreamState};
use crate::jetstream::store::StoreError;
use crate::jetstream::store::file::{FILE_STREAM_INFO, MetaError, decode_meta, read_meta_json};
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
        let meta = read_meta_json(self.stores.disk(), path, name, encryption.as_ref())?;
        let mut info = decode_meta(&meta).map_err(MetaError::from)?;
        if info.config.name != name {
            return Err(Unusable::Name);
        }
        let consumers = self.stores.stored_consumers(self.name, name);
        let mistake = read_exact(&meta, &FILE_STREAM_INFO).err();
        if let Some(reason) = offline_reason(&info.config.metadata, mistake.as_deref()) {
            logger.warn(format_args!(
                "  Detected unsupported stream '{} > {name}': {reason}",
                self.name
            ));
            self.leave_offline(info.config, reason, &consumers);
            return Ok(());
        }
        if let Some(unsupported) = self.unsupported_consumer(name, &consumers) {
            logger.warn(format_args!(
                "  Stopping unsupported stream '{} > {name}'",
                self.name
            ));
            let reason = format!("stopped - unsupported consumer {unsupported:?}");
            self.leave_offline(info.config, reason, &consumers);
            return Ok(());
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
        self.consumers(&stream, name, consumers);
        if stream.config().retention == RetentionPolicy::Interest {
            stream.release_dangling();
        }
        Ok(())
    }

    /// The first consumer that can not be served, and so neither can its stream: it
    /// would lose what the consumer has not got.
    fn unsupported_consumer(&self, of_stream: &str, consumers: &[Found]) -> Option<String> {
        let mut first = None;
        for (name, reason) in unsupported(consumers) {
            self.host.context.logger.warn(format_args!(
                "  Detected unsupported consumer '{} > {of_stream} > {name}': {reason}",
                self.name
            ));
            first.get_or_insert_with(|| name.to_owned());
        }
        first
    }

    /// Lets a stream be listed and deleted, but not used.
    fn leave_offline(&self, config: StreamConfig, reason: String, consumers: &[Found]) {
        let mut by_name: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (name, found) in consumers {
            if found.is_ok() {
                by_name.insert(name.clone(), None);
            }
        }
        for (name, reason) in unsupported(consumers) {
            by_name.insert(name.to_owned(), Some(reason));
        }
        self.account.set_offline(OfflineStream {
            config,
            reason,
            consumers: by_name,
        });
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

    fn consumers(&self, stream: &Arc<Stream>, of_stream: &str, consumers: Vec<Found>) {
        let logger = &self.host.context.logger;
        if consumers.is_empty() {
            return;
        }
        logger.notice(format_args!(
            "  Recovering {} consumers for stream - '{} > {of_stream}'",
            consumers.len(),
            self.name
        ));
        for (name, found) in consumers {
            let info = match found {
                Ok((info, _)) => info,
                Err(error) => {
                    logger.warn(format_args!(
                        "    Error reading metafile of consumer '{} > {of_stream} > {name}': {error}",
                        self.name
                    ));
                    continue;
                }
            };
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

/// A consumer by its name, or why it can not be read.
type Found = (String, Result<StoredConsumer, StoreError>);

/// The consumers that can not be served, and why.
fn unsupported(consumers: &[Found]) -> impl Iterator<Item = (&str, String)> {
    consumers.iter().filter_map(|(name, found)| {
        let (info, mistake) = found.as_ref().ok()?;
        let reason = offline_reason(&info.config.metadata, mistake.as_deref())?;
        Some((name.as_str(), reason))
    })
}
