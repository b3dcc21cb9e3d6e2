//! Streams from archives (`RestoreStream`).

use std::io::Read;
use std::sync::{Arc, PoisonError};

use super::account::AccountAssets;
use crate::jetstream::advisory::Action;
use crate::jetstream::model::{ApiError, StorageType, StreamConfig};
use crate::jetstream::store::file::archive::{ArchiveError, UnpackedStream};
use crate::jetstream::stream::Stream;
use crate::jetstream::stream::config::check_config;

impl AccountAssets {
    /// The configuration with its defaults, if a stream can have it.
    ///
    /// # Errors
    /// What stands against it.
    pub fn check_config(&self, config: &StreamConfig) -> Result<StreamConfig, ApiError> {
        self.with_context(false, |context| check_config(config, context))
    }

    /// Makes a stream and its consumers from an archive. It gets the configuration
    /// `config`, whatever the archive says, but for its name.
    ///
    /// # Errors
    /// What stands against it, or what is wrong with the archive; then nothing of it
    /// is left.
    pub fn restore_stream(
        &self,
        config: &StreamConfig,
        archive: &mut dyn Read,
    ) -> Result<Arc<Stream>, ApiError> {
        let config = self.check_config(config)?;
        let (limits, tier) = self
            .usage
            .select(config.replicas)
            .ok_or_else(ApiError::no_limits)?;
        let reserved = self.reserved_beside(&tier, &config);
        let room = self.usage.room(&limits, &config, reserved);
        let name = self.account.name();
        let unpacked = self
            .host
            .stores
            .unpack(name, archive, room)
            .map_err(|error| self.archive_error(&config, error))?;
        let stream = self.adopt(&config, tier, unpacked)?;
        if let Err(error) = self.restore_consumers(&stream) {
            self.remove_stream(&config.name);
            // The first error is the one to report.
            if let Err(undo) = stream.stop(true) {
                self.host.context.logger.error(format_args!(
                    "Error undoing the restore of stream '{name} > {}': {undo}",
                    config.name
                ));
            }
            return Err(error);
        }
        Ok(stream)
    }

    fn archive_error(&self, config: &StreamConfig, error: ArchiveError) -> ApiError {
        match error {
            ArchiveError::TooLarge(_) => match config.storage {
                StorageType::Memory => ApiError::memory_resources_exceeded(),
                StorageType::File => ApiError::storage_resources_exceeded(),
            },
            ArchiveError::UnexpectedContent => {
                let why = format!("{error} (account={})", self.account.name());
                self.host
                    .context
                    .logger
                    .error(format_args!("Stream restore failed due to {why}"));
                ApiError::stream_restore(why)
            }
            error => ApiError::stream_restore(error),
        }
    }

    fn adopt(
        &self,
        config: &StreamConfig,
        tier: String,
        unpacked: UnpackedStream,
    ) -> Result<Arc<Stream>, ApiError> {
        let (created, archived) = match unpacked.info() {
            Some(info) => (info.created, info.config.clone()),
            None => (None, StreamConfig::default()),
        };
        if archived.name != config.name {
            return Err(ApiError::stream_restore("stream names do not match"));
        }
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stream(&config.name).is_ok() || self.offline_stream(&config.name).is_some() {
            return Err(ApiError::stream_name_exist_restore_failed());
        }
        self.check_new(config)?;
        let (account, name) = (self.account.name(), &config.name);
        self.host
            .stores
            .adopt(account, name, unpacked)
            .map_err(ApiError::stream_restore)?;
        let created = created.unwrap_or_else(|| self.host.now());
        let made = self.make_stream(config.clone(), tier, created);
        let stream = made.inspect_err(|_| self.host.stores.discard(account, name))?;
        stream.advise(Action::Create);
        if archived != *config {
            stream.update(config.clone())?;
        }
        Ok(stream)
    }

    fn restore_consumers(&self, stream: &Arc<Stream>) -> Result<(), ApiError> {
        let account = self.account.name();
        for (name, info) in self.host.stores.consumers(account, stream.name()) {
            let failed = |error: &dyn std::fmt::Display| {
                ApiError::stream_restore(format_args!(
                    "error restoring consumer [{name:?}]: {error}"
                ))
            };
            let info = info.map_err(|error| failed(&error))?;
            let created = info.created.unwrap_or_else(|| self.host.now());
            let consumer = self
                .recover_consumer(stream, &name, info.config, created)
                .map_err(|error| failed(&error.description))?;
            consumer.advise_created();
        }
        Ok(())
    }
}
