//! Making, changing and deleting streams (`addStream`, `update`, `delete`).

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::account::AccountAssets;
use crate::jetstream::advisory::Action;
use crate::jetstream::limits::tier_name;
use crate::jetstream::model::versioning::{copy_level, set_stream_level};
use crate::jetstream::model::{ApiError, StorageType, StreamConfig};
use crate::jetstream::stream::config::{ConfigContext, check_config, check_update};
use crate::jetstream::stream::{Stream, StreamParts};
use crate::subject::subjects_collide;

impl AccountAssets {
    /// Makes a stream, or finds the one that is just so.
    ///
    /// # Errors
    /// What stands against it; then nothing of it is left.
    pub fn add_stream(
        &self,
        config: &StreamConfig,
        pedantic: bool,
    ) -> Result<Arc<Stream>, ApiError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut config = self.with_context(pedantic, |context| check_config(config, context))?;
        if config.replicas > 1 {
            return Err(ApiError::stream_replicas_not_supported());
        }
        if let Ok(known) = self.stream(&config.name) {
            let old = known.config();
            copy_level(&mut config.metadata, &old.metadata);
            return if *old == config {
                Ok(known)
            } else {
                Err(ApiError::stream_name_exist())
            };
        }
        if self.offline_stream(&config.name).is_some() {
            return Err(ApiError::stream_name_exist());
        }
        let tier = self.check_new(&config)?;
        let stream = self.make_stream(config, tier, self.host.now())?;
        stream.advise(Action::Create);
        Ok(stream)
    }

    /// Whether there is room for a stream that is new, and its tier.
    pub(super) fn check_new(&self, config: &StreamConfig) -> Result<String, ApiError> {
        let (limits, tier) = self
            .usage
            .select(config.replicas)
            .ok_or_else(ApiError::no_limits)?;
        let reserved = self.reserved_beside(&tier, config);
        self.usage.check_stream(&limits, config, reserved)?;
        if self.overlaps(config) {
            return Err(ApiError::stream_subject_overlap());
        }
        Ok(tier)
    }

    /// Takes a stream in that was there before the server started.
    ///
    /// # Errors
    /// What stands against it.
    pub fn recover_stream(
        &self,
        config: &StreamConfig,
        created: Timestamp,
    ) -> Result<Arc<Stream>, ApiError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let config = self.with_context(false, |context| check_config(config, context))?;
        let (_, tier) = self
            .usage
            .select(config.replicas)
            .ok_or_else(ApiError::no_limits)?;
        self.make_stream(config, tier, created)
    }

    pub(super) fn make_stream(
        &self,
        config: StreamConfig,
        tier: String,
        created: Timestamp,
    ) -> Result<Arc<Stream>, ApiError> {
        let name = config.name.clone();
        let stream = Stream::new(StreamParts {
            host: Arc::clone(&self.host),
            account: Arc::clone(&self.account),
            usage: Arc::clone(&self.usage),
            tier,
            config,
            created,
        })?;
        if let Err(error) = stream.start() {
            // What has begun is undone; the first error is the one to report.
            if let Err(error) = stream.stop(true) {
                self.host.context.logger.error(format_args!(
                    "Error undoing stream '{} > {name}': {error}",
                    self.account.name()
                ));
            }
            return Err(error.into());
        }
        self.streams
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, Arc::clone(&stream));
        Ok(stream)
    }

    /// Gives a stream another configuration.
    ///
    /// # Errors
    /// What stands against it.
    pub fn update_stream(
        &self,
        config: &StreamConfig,
        pedantic: bool,
    ) -> Result<Arc<Stream>, ApiError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        // A configuration that makes no sense is told before that there is no stream.
        let mut config = self.with_context(pedantic, |context| check_config(config, context))?;
        let stream = self.stream(&config.name)?;
        set_stream_level(&mut config);
        let old = stream.config();
        let config = self.with_context(pedantic, |context| check_update(&old, &config, context))?;
        self.check_update_limits(&old, &config)?;
        check_consumer_limits(&stream, &old, &config)?;
        if self.overlaps(&config) {
            return Err(ApiError::stream_subject_overlap());
        }
        stream.update(config)?;
        Ok(stream)
    }

    /// Deletes a stream with its messages and consumers.
    ///
    /// # Errors
    /// [`ApiError::stream_not_found`], [`ApiError::stream_delete`].
    pub fn delete_stream(&self, name: &str) -> Result<(), ApiError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.delete_offline(name) {
            return Ok(());
        }
        let stream = self.stream(name)?;
        self.remove_stream(name);
        stream.stop(true).map_err(ApiError::stream_delete)
    }

    pub(super) fn remove_stream(&self, name: &str) {
        self.streams
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
    }

    /// Whether the account may have one stream more (`jsNonClusteredStreamLimitsCheck`).
    ///
    /// # Errors
    /// [`ApiError::maximum_streams_limit`].
    pub fn check_stream_count(&self, config: &StreamConfig) -> Result<(), ApiError> {
        let (limits, tier) = self
            .usage
            .select(config.replicas)
            .ok_or_else(ApiError::no_limits)?;
        let is_counted = |other: &StreamConfig| {
            other.name != config.name
                && (tier.is_empty() || other.replicas == config.replicas.max(1))
        };
        let online = self.streams("");
        let online = online.iter().filter(|stream| is_counted(&stream.config()));
        let offline = self.offline_streams();
        let offline = offline.iter().filter(|stream| is_counted(&stream.config));
        let count = online.count() + offline.count();
        match u64::try_from(limits.max_streams) {
            Ok(max) if max > 0 && count as u64 >= max => Err(ApiError::maximum_streams_limit()),
            _ => Ok(()),
        }
    }

    pub(super) fn with_context<R>(
        &self,
        pedantic: bool,
        check: impl FnOnce(&ConfigContext<'_>) -> R,
    ) -> R {
        let stream = |name: &str| Some((*self.stream(name).ok()?.config()).clone());
        let max_bytes = |config: &StreamConfig| match self.usage.select(config.replicas) {
            Some((limits, _)) => {
                let most = match config.storage {
                    StorageType::Memory => limits.memory_max_stream_bytes,
                    StorageType::File => limits.store_max_stream_bytes,
                };
                (limits.max_bytes_required, most)
            }
            None => (false, 0),
        };
        check(&ConfigContext {
            stream: &stream,
            max_bytes: &max_bytes,
            limits: self.host.config.limits,
            pedantic,
        })
    }

    /// Bytes reserved for other streams of the same kind.
    pub(super) fn reserved_beside(&self, tier: &str, config: &StreamConfig) -> i64 {
        self.streams("")
            .iter()
            .map(|stream| stream.config())
            .filter(|other| {
                other.name != config.name
                    && other.max_bytes > 0
                    && other.storage == config.storage
                    && (tier.is_empty() || tier_name(other.replicas) == tier)
            })
            .fold(0i64, |sum, other| sum.saturating_add(other.max_bytes))
    }

    fn check_update_limits(&self, old: &StreamConfig, new: &StreamConfig) -> Result<(), ApiError> {
        let (limits, tier) = self
            .usage
            .select(new.replicas)
            .ok_or_else(ApiError::no_limits)?;
        let mut more = new.clone();
        // What it has already is reserved; less than that is always possible.
        more.max_bytes = (new.max_bytes.max(0) - old.max_bytes.max(0)).max(0);
        let reserved = self
            .reserved_beside(&tier, new)
            .saturating_add(old.max_bytes);
        self.usage.check_stream(&limits, &more, reserved)
    }

    fn overlaps(&self, config: &StreamConfig) -> bool {
        let overlaps = |other: &StreamConfig| {
            let mut taken = other.subjects.iter();
            other.name != config.name
                && taken.any(|taken| {
                    config
                        .subjects
                        .iter()
                        .any(|subject| subjects_collide(taken, subject))
                })
        };
        self.streams("")
            .iter()
            .any(|stream| overlaps(&stream.config()))
            || self
                .offline_streams()
                .iter()
                .any(|stream| overlaps(&stream.config))
    }
}

/// Consumers that are there already have to be within the new limits.
fn check_consumer_limits(
    stream: &Stream,
    old: &StreamConfig,
    new: &StreamConfig,
) -> Result<(), ApiError> {
    let limits = &new.consumer_limits;
    if old.consumer_limits == *limits {
        return Ok(());
    }
    let beyond: Vec<String> = stream
        .all_consumers()
        .iter()
        .filter(|consumer| {
            let config = consumer.config();
            config.inactive_threshold > limits.inactive_threshold
                || config.max_ack_pending > limits.max_ack_pending
        })
        .map(|consumer| consumer.name().to_owned())
        .collect();
    if beyond.is_empty() {
        return Ok(());
    }
    Err(ApiError::stream_update(format_args!(
        "change to limits violates consumers: {}",
        beyond.join(", ")
    )))
}
