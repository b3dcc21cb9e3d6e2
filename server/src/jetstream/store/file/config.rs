//! How a file store is to be kept.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::cipher::Encryption;
use super::consumer_store::ConsumerReportHandler;
use super::report::ReportHandler;
use crate::jetstream::model::{RetentionPolicy, StoreCompression};
use crate::jetstream::store::clock::{Clock, SystemClock};
use crate::jetstream::store::disk::{Disk, RealDisk};

/// How a file store is to be kept (`FileStoreConfig`).
#[derive(Clone)]
pub struct FileStoreConfig {
    /// The directory of the stream.
    pub dir: PathBuf,
    /// Bytes of a block; 0 for what suits the stream.
    pub block_size: u64,
    /// Bytes that caches of blocks may take together, apart from the one in use: 32 MiB
    /// by default. What is only written takes no more than one block.
    pub cache_size: usize,
    /// After how long without use caches are dropped.
    pub cache_expire: Duration,
    /// How often the disk is asked to keep for good what was written.
    pub sync_interval: Duration,
    /// In what time every block is read and its checksums are looked at; zero for never.
    pub scrub_interval: Duration,
    /// Whether every change waits until the disk has it for good.
    pub sync_always: bool,
    /// Whether messages may wait a moment in memory, so that many are written at
    /// once.
    pub async_flush: bool,
    /// How blocks are compressed when they are full.
    pub compression: StoreCompression,
    /// How files are encrypted, if they are.
    pub encryption: Option<Encryption>,
    /// When the stream was made, if it is new.
    pub created: Option<Timestamp>,
    /// The disk.
    pub disk: Arc<dyn Disk>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is told of damage and failures.
    pub on_report: Option<ReportHandler>,
    /// Who is told the same of consumers.
    pub on_consumer_report: Option<ConsumerReportHandler>,
}

/// The largest block.
pub const BLOCK_SIZE_MAX: u64 = LARGE_BLOCK;
/// Blocks of streams that only have limits.
const LARGE_BLOCK: u64 = 8 * 1024 * 1024;
/// Blocks of other streams.
const MEDIUM_BLOCK: u64 = 4 * 1024 * 1024;
/// The largest block of an encrypted stream.
const ENCRYPTED_BLOCK_MAX: u64 = 2 * 1024 * 1024;
/// The smallest block that is chosen.
const BLOCK_SIZE_MIN: u64 = 32_000;
/// Caches of one stream, unless configured otherwise.
const CACHE_SIZE: usize = 32 * 1024 * 1024;

impl FileStoreConfig {
    /// The defaults, on the disk and with the clock of the operating system.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            block_size: 0,
            cache_size: CACHE_SIZE,
            cache_expire: Duration::from_secs(10),
            sync_interval: Duration::from_secs(120),
            scrub_interval: Duration::ZERO,
            sync_always: false,
            async_flush: false,
            compression: StoreCompression::None,
            encryption: None,
            created: None,
            disk: Arc::new(RealDisk),
            clock: Arc::new(SystemClock),
            on_report: None,
            on_consumer_report: None,
        }
    }
}

/// The size of blocks that suits a stream.
///
/// Go: `dynBlkSize`.
#[must_use]
pub fn block_size_for(retention: RetentionPolicy, max_bytes: i64, is_encrypted: bool) -> u64 {
    let most = if is_encrypted {
        ENCRYPTED_BLOCK_MAX
    } else {
        LARGE_BLOCK
    };
    let size = match u64::try_from(max_bytes) {
        Ok(max_bytes @ 1..) => match (max_bytes / 4 + 1).next_multiple_of(100) {
            ..=BLOCK_SIZE_MIN => BLOCK_SIZE_MIN,
            BLOCK_SIZE_MAX.. => LARGE_BLOCK,
            _ => MEDIUM_BLOCK,
        },
        _ if is_encrypted => ENCRYPTED_BLOCK_MAX,
        _ if retention == RetentionPolicy::Limits => LARGE_BLOCK,
        _ => MEDIUM_BLOCK,
    };
    size.min(most)
}

impl std::fmt::Debug for FileStoreConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FileStoreConfig")
            .field("dir", &self.dir)
            .field("block_size", &self.block_size)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_suit_their_stream() {
        let limits = RetentionPolicy::Limits;
        let cases = [
            (limits, -1, false, 8 * 1024 * 1024),
            (limits, 0, true, 2 * 1024 * 1024),
            (RetentionPolicy::WorkQueue, 0, false, 4 * 1024 * 1024),
            (limits, 1, false, 32_000),
            (limits, 4 * 32_000 + 10_000, false, 4 * 1024 * 1024),
            (limits, i64::MAX, false, 8 * 1024 * 1024),
            (limits, i64::MAX, true, 2 * 1024 * 1024),
        ];
        for (retention, max_bytes, is_encrypted, size) in cases {
            assert_eq!(
                block_size_for(retention, max_bytes, is_encrypted),
                size,
                "{max_bytes}"
            );
        }
    }
}
