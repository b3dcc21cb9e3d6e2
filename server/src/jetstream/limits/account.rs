//! What one account uses of JetStream.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::server::{ServerUsage, total};
use crate::config::options::{JetStreamAccountLimits, JetStreamTiers};
use crate::jetstream::model::{ApiError, StorageType, StreamConfig};

/// Bytes in use of one tier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TierUsage {
    /// In memory.
    pub memory: i64,
    /// On disk.
    pub store: i64,
}

/// Bytes that streams of an account are limited to, and so reserved for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reserved {
    /// In memory.
    pub memory: u64,
    /// On disk.
    pub store: u64,
}

/// Limits, usage and API requests of one account.
#[derive(Debug)]
pub struct AccountUsage {
    server: Arc<ServerUsage>,
    limits: RwLock<Arc<JetStreamTiers>>,
    tiers: Mutex<BTreeMap<String, TierUsage>>,
    api_total: AtomicU64,
    api_errors: AtomicU64,
}

/// The tier of streams with so many replicas.
#[must_use]
pub fn tier_name(replicas: i64) -> String {
    format!("R{}", replicas.max(1))
}

impl AccountUsage {
    /// Nothing is used yet.
    #[must_use]
    pub fn new(server: Arc<ServerUsage>, limits: JetStreamTiers) -> Self {
        Self {
            server,
            limits: RwLock::new(Arc::new(limits)),
            tiers: Mutex::default(),
            api_total: AtomicU64::new(0),
            api_errors: AtomicU64::new(0),
        }
    }

    /// What the whole server uses.
    #[must_use]
    pub const fn server(&self) -> &Arc<ServerUsage> {
        &self.server
    }

    /// The limits by tier.
    #[must_use]
    pub fn limits(&self) -> Arc<JetStreamTiers> {
        Arc::clone(&self.limits.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the limits.
    pub fn set_limits(&self, limits: JetStreamTiers) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(limits);
    }

    /// Memory and disk space that the limits add up to.
    #[must_use]
    pub fn limit_totals(&self) -> (i64, i64) {
        total(&self.limits())
    }

    /// The limits that hold for so many replicas, and their tier: the empty name
    /// if the account has no tiers (`selectLimits`).
    #[must_use]
    pub fn select(&self, replicas: i64) -> Option<(JetStreamAccountLimits, String)> {
        let limits = self.limits();
        if let Some(all) = limits.get("") {
            return Some((*all, String::new()));
        }
        let tier = tier_name(replicas);
        limits.get(&tier).map(|limits| (*limits, tier))
    }

    /// Counts bytes that came or went.
    pub fn add(&self, tier: &str, storage: StorageType, bytes: i64) {
        let mut tiers = self.tiers.lock().unwrap_or_else(PoisonError::into_inner);
        let usage = match tiers.get_mut(tier) {
            Some(usage) => usage,
            None => tiers.entry(tier.to_owned()).or_default(),
        };
        match storage {
            StorageType::Memory => usage.memory += bytes,
            StorageType::File => usage.store += bytes,
        }
        drop(tiers);
        self.server.add(storage, bytes);
    }

    /// What is in use by tier.
    #[must_use]
    pub fn tiers(&self) -> BTreeMap<String, TierUsage> {
        self.tiers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether `bytes` more would be too many (`wouldExceedLimits`).
    ///
    /// # Errors
    /// Which error a publisher gets.
    pub fn check_message(
        &self,
        tier: &str,
        storage: StorageType,
        replicas: i64,
        bytes: u64,
    ) -> Result<(), ApiError> {
        let limits = self.limits();
        let Some(limits) = limits.get(tier) else {
            return Err(ApiError::no_limits());
        };
        let (stream_max, account_max) = match storage {
            StorageType::Memory => (limits.memory_max_stream_bytes, limits.max_memory),
            StorageType::File => (limits.store_max_stream_bytes, limits.max_store),
        };
        if stream_max <= 0 && account_max < 0 {
            return Ok(());
        }
        let in_use = {
            let tiers = self.tiers.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(usage) = tiers.get(tier) else {
                return Ok(());
            };
            match storage {
                StorageType::Memory => usage.memory,
                StorageType::File => usage.store,
            }
        };
        let replicas = replicas.max(1);
        // Limits of tiers count every replica, others count a message once.
        let scale = if tier.is_empty() { 1 } else { replicas };
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let total = in_use.saturating_add(bytes.saturating_mul(replicas));
        let exceeds = |max: i64| total > max.saturating_mul(scale);
        if stream_max > 0 && exceeds(stream_max) || account_max >= 0 && exceeds(account_max) {
            return Err(ApiError::account_resources_exceeded());
        }
        Ok(())
    }

    /// Whether a stream as configured fits into the account and the server beside
    /// what is reserved (`checkAllLimits`).
    ///
    /// # Errors
    /// Which limit stands against it.
    pub fn check_stream(
        &self,
        limits: &JetStreamAccountLimits,
        config: &StreamConfig,
        reserved: i64,
    ) -> Result<(), ApiError> {
        if config.max_consumers > 0
            && limits.max_consumers > 0
            && config.max_consumers > limits.max_consumers
        {
            return Err(ApiError::maximum_consumers_limit());
        }
        // A stream without a limit needs at least some room.
        let bytes = if config.max_bytes < 0 {
            1
        } else {
            config.max_bytes
        };
        let (max, exceeded): (i64, fn() -> ApiError) = match config.storage {
            StorageType::Memory => (limits.max_memory, ApiError::memory_resources_exceeded),
            StorageType::File => (limits.max_store, ApiError::storage_resources_exceeded),
        };
        if max >= 0 && reserved.saturating_add(bytes) > max
            || !self.server.can_reserve(config.storage, bytes)
        {
            return Err(exceeded());
        }
        Ok(())
    }

    /// Bytes that an archive of a stream as configured may have, beside what is
    /// reserved.
    #[must_use]
    pub fn room(
        &self,
        limits: &JetStreamAccountLimits,
        config: &StreamConfig,
        reserved: i64,
    ) -> u64 {
        let own = if config.max_bytes < 0 {
            1
        } else {
            config.max_bytes
        };
        let max = match config.storage {
            StorageType::Memory => limits.max_memory,
            StorageType::File => limits.max_store,
        };
        let of_server = self.server.reservable(config.storage).saturating_sub(own);
        let room = if max >= 0 {
            of_server.min(max.saturating_sub(reserved).saturating_sub(own))
        } else {
            of_server
        };
        u64::try_from(room).unwrap_or(0)
    }

    /// Counts an API request that has been answered.
    pub fn count_api(&self, failed: bool) {
        self.api_total.fetch_add(1, Ordering::Relaxed);
        if failed {
            self.api_errors.fetch_add(1, Ordering::Relaxed);
        }
        self.server.count_api(failed);
    }

    /// API requests and how many of them failed.
    #[must_use]
    pub fn api_counts(&self) -> (u64, u64) {
        (
            self.api_total.load(Ordering::Relaxed),
            self.api_errors.load(Ordering::Relaxed),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(limits: JetStreamAccountLimits) -> AccountUsage {
        let server = Arc::new(ServerUsage::new(1000, 1000));
        AccountUsage::new(server, JetStreamTiers::from([(String::new(), limits)]))
    }

    #[test]
    fn messages_are_checked_against_the_account() {
        let usage = usage(JetStreamAccountLimits {
            max_memory: 100,
            ..JetStreamAccountLimits::UNLIMITED
        });
        let check = |bytes| usage.check_message("", StorageType::Memory, 1, bytes);
        // Nothing is known of an account that has stored nothing.
        assert!(check(101).is_ok());
        usage.add("", StorageType::Memory, 60);
        assert!(check(40).is_ok());
        assert_eq!(check(41), Err(ApiError::account_resources_exceeded()));
        assert!(
            usage
                .check_message("", StorageType::File, 1, 1 << 40)
                .is_ok()
        );
        assert_eq!(
            usage.check_message("R3", StorageType::Memory, 3, 1),
            Err(ApiError::no_limits())
        );
        assert_eq!(usage.server().counts().memory, 60);
    }

    #[test]
    fn streams_need_room_in_the_account_and_the_server() {
        let limits = JetStreamAccountLimits {
            max_store: 500,
            max_consumers: 3,
            ..JetStreamAccountLimits::UNLIMITED
        };
        let usage = usage(limits);
        let mut config = StreamConfig {
            max_bytes: 300,
            ..StreamConfig::default()
        };
        assert!(usage.check_stream(&limits, &config, 200).is_ok());
        assert_eq!(
            usage.check_stream(&limits, &config, 201),
            Err(ApiError::storage_resources_exceeded())
        );
        config.storage = StorageType::Memory;
        config.max_bytes = 1001;
        assert_eq!(
            usage.check_stream(&limits, &config, 0),
            Err(ApiError::memory_resources_exceeded())
        );
        config.max_consumers = 4;
        assert_eq!(
            usage.check_stream(&limits, &config, 0),
            Err(ApiError::maximum_consumers_limit())
        );
    }
}
