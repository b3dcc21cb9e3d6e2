//! What JetStream of a whole server uses.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::config::options::JetStreamTiers;
use crate::jetstream::model::{ApiError, StorageType, StreamConfig};

/// Bytes used and reserved by all streams of a server, and its API requests.
#[derive(Debug, Default)]
pub struct ServerUsage {
    /// Most bytes of memory.
    pub max_memory: i64,
    /// Most bytes on disk.
    pub max_store: i64,
    memory: AtomicI64,
    store: AtomicI64,
    reserved_memory: AtomicI64,
    reserved_store: AtomicI64,
    api_total: AtomicU64,
    api_errors: AtomicU64,
    api_inflight: AtomicU64,
}

/// A snapshot of [`ServerUsage`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what is counted")]
pub struct UsageCounts {
    pub memory: u64,
    pub store: u64,
    pub reserved_memory: u64,
    pub reserved_store: u64,
    pub api_total: u64,
    pub api_errors: u64,
    pub api_inflight: u64,
}

impl ServerUsage {
    /// Nothing is used yet.
    #[must_use]
    pub fn new(max_memory: i64, max_store: i64) -> Self {
        Self {
            max_memory,
            max_store,
            ..Self::default()
        }
    }

    fn used(&self, storage: StorageType) -> (&AtomicI64, i64) {
        match storage {
            StorageType::Memory => (&self.memory, self.max_memory),
            StorageType::File => (&self.store, self.max_store),
        }
    }

    fn reserved(&self, storage: StorageType) -> (&AtomicI64, i64) {
        match storage {
            StorageType::Memory => (&self.reserved_memory, self.max_memory),
            StorageType::File => (&self.reserved_store, self.max_store),
        }
    }

    /// Counts bytes that came or went.
    pub fn add(&self, storage: StorageType, bytes: i64) {
        self.used(storage).0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether streams use more than there is (`limitsExceeded`).
    #[must_use]
    pub fn is_exceeded(&self, storage: StorageType) -> bool {
        self.would_exceed(storage, 0)
    }

    /// Whether streams that use `bytes` more would use more than there is
    /// (`wouldExceedLimits`).
    #[must_use]
    pub fn would_exceed(&self, storage: StorageType, bytes: i64) -> bool {
        let (used, max) = self.used(storage);
        used.load(Ordering::Relaxed).saturating_add(bytes) > max
    }

    /// Whether `bytes` more than what is reserved can be reserved.
    #[must_use]
    pub fn can_reserve(&self, storage: StorageType, bytes: i64) -> bool {
        let (reserved, max) = self.reserved(storage);
        reserved.load(Ordering::Relaxed).saturating_add(bytes) <= max
    }

    /// Bytes that can still be reserved.
    #[must_use]
    pub fn reservable(&self, storage: StorageType) -> i64 {
        let (reserved, max) = self.reserved(storage);
        max.saturating_sub(reserved.load(Ordering::Relaxed))
    }

    /// Reserves the bytes a stream is limited to; a negative number releases them.
    pub fn reserve(&self, storage: StorageType, bytes: i64) {
        self.reserved(storage).0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Reserves for a stream, if it is limited.
    pub fn reserve_stream(&self, config: &StreamConfig) {
        if config.max_bytes > 0 {
            self.reserve(config.storage, config.max_bytes);
        }
    }

    /// Releases what [`reserve_stream`](Self::reserve_stream) reserved.
    pub fn release_stream(&self, config: &StreamConfig) {
        if config.max_bytes > 0 {
            self.reserve(config.storage, -config.max_bytes);
        }
    }

    /// Whether an account with `limits` can be served beside those whose limits
    /// sum up to `others` (`sufficientResources`).
    ///
    /// # Errors
    /// Which resource is short.
    pub fn check_account(
        &self,
        limits: &JetStreamTiers,
        others: (i64, i64),
    ) -> Result<(), ApiError> {
        let (memory, store) = total(limits);
        let short = |storage, others: i64, more: i64| {
            let (reserved, max) = self.reserved(storage);
            reserved.load(Ordering::Relaxed).saturating_add(more) > max
                || others.saturating_add(more) > max
        };
        if short(StorageType::Memory, others.0, memory) {
            return Err(ApiError::memory_resources_exceeded());
        }
        if short(StorageType::File, others.1, store) {
            return Err(ApiError::storage_resources_exceeded());
        }
        Ok(())
    }

    /// Counts an API request that has been answered.
    pub fn count_api(&self, failed: bool) {
        self.api_total.fetch_add(1, Ordering::Relaxed);
        if failed {
            self.api_errors.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts API requests that have arrived.
    pub fn begin_api(&self) {
        self.api_inflight.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts API requests that are done with.
    pub fn end_api(&self, requests: u64) {
        self.api_inflight.fetch_sub(requests, Ordering::Relaxed);
    }

    /// All counts.
    #[must_use]
    pub fn counts(&self) -> UsageCounts {
        let bytes = |count: &AtomicI64| u64::try_from(count.load(Ordering::Relaxed)).unwrap_or(0);
        UsageCounts {
            memory: bytes(&self.memory),
            store: bytes(&self.store),
            reserved_memory: bytes(&self.reserved_memory),
            reserved_store: bytes(&self.reserved_store),
            api_total: self.api_total.load(Ordering::Relaxed),
            api_errors: self.api_errors.load(Ordering::Relaxed),
            api_inflight: self.api_inflight.load(Ordering::Relaxed),
        }
    }
}

/// Memory and disk space of all tiers that limit them.
pub(super) fn total(limits: &JetStreamTiers) -> (i64, i64) {
    let sum = |of: fn(&crate::config::options::JetStreamAccountLimits) -> i64| {
        limits
            .values()
            .map(of)
            .filter(|limit| *limit > 0)
            .fold(0i64, i64::saturating_add)
    };
    (
        sum(|limits| limits.max_memory),
        sum(|limits| limits.max_store),
    )
}
