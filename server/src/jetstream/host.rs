//! What streams and consumers need of the server they live in.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use rand::Rng as _;
use tokio::runtime::Handle;

use super::limits::ServerUsage;
use super::store::Clock;
use crate::client::ServerContext;
use crate::config::options::JetStreamRequestLimits;
use crate::jetstream::model::{FileConsumerInfo, StreamConfig};
use crate::jetstream::store::file::archive::{ArchiveError, UnpackedStream};
use crate::jetstream::store::{StoreError, StreamStore};

/// JetStream of a server as configured (`JetStreamConfig`). Sizes are in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostConfig {
    /// Most memory for streams.
    pub max_memory: i64,
    /// Most disk space for streams.
    pub max_store: i64,
    /// Where streams are kept.
    pub store_dir: PathBuf,
    /// The domain; none if empty.
    pub domain: String,
    /// Whether unknown fields in requests are refused.
    pub strict: bool,
    /// Limits of requests.
    pub limits: JetStreamRequestLimits,
    /// Most messages that wait for a stream.
    pub stream_queue_msgs: usize,
    /// Most bytes that wait for a stream.
    pub stream_queue_bytes: u64,
    /// The prefix of server tags that tells replicas apart.
    pub unique_tag: String,
}

/// Makes the stores of streams.
pub trait StoreFactory: Send + Sync {
    /// The store of the stream `config` of `account`, with what it held before.
    ///
    /// # Errors
    /// [`StoreError`] if there can be none.
    fn stream_store(
        &self,
        account: &str,
        config: &StreamConfig,
        created: jiff::Timestamp,
    ) -> Result<Arc<dyn StreamStore>, StoreError>;

    /// Unpacks the archive of a stream of `account`, of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// What is wrong with the archive, or with the disk.
    fn unpack(
        &self,
        account: &str,
        archive: &mut dyn Read,
        bytes_max: u64,
    ) -> Result<UnpackedStream, ArchiveError>;

    /// Makes what was unpacked the files of the stream `name`.
    ///
    /// # Errors
    /// Those of the disk.
    fn adopt(&self, account: &str, name: &str, unpacked: UnpackedStream) -> io::Result<()>;

    /// Removes the files of a stream that can not be used.
    fn discard(&self, account: &str, name: &str);

    /// The consumers that the files of a stream hold, by name, or why they can not be
    /// read.
    fn consumers(
        &self,
        account: &str,
        stream: &str,
    ) -> Vec<(String, Result<FileConsumerInfo, StoreError>)>;
}

/// The directory, in that of the store, of archives that are on their way.
pub const RESTORES_DIR: &str = ".snap-staging";

/// The server as JetStream sees it.
pub struct Host {
    /// What all parts of the server share.
    pub context: Arc<ServerContext>,
    /// Where tasks run.
    pub runtime: Handle,
    /// Time and timers.
    pub clock: Arc<dyn Clock>,
    /// How JetStream is configured.
    pub config: HostConfig,
    /// What all streams use.
    pub usage: Arc<ServerUsage>,
    /// Makes stores.
    pub stores: Arc<dyn StoreFactory>,
    /// Atomic batches that are being published.
    pub batches: AtomicI64,
    stopping: AtomicBool,
}

impl Host {
    /// A host that has just started.
    #[must_use]
    pub fn new(
        context: Arc<ServerContext>,
        runtime: Handle,
        clock: Arc<dyn Clock>,
        config: HostConfig,
        stores: Arc<dyn StoreFactory>,
    ) -> Self {
        let usage = Arc::new(ServerUsage::new(config.max_memory, config.max_store));
        Self {
            context,
            runtime,
            clock,
            config,
            usage,
            stores,
            batches: AtomicI64::new(0),
            stopping: AtomicBool::new(false),
        }
    }

    /// Notes that JetStream is shutting down.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether JetStream is shutting down.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        timestamp(self.clock.now())
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Nanoseconds since 1970 as a time.
#[must_use]
pub fn timestamp(nanos: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default()
}

/// A time as nanoseconds since 1970, as far as they reach.
#[must_use]
pub fn nanos(time: jiff::Timestamp) -> i64 {
    let limits = i128::from(i64::MIN)..=i128::from(i64::MAX);
    let clamped = time.as_nanosecond().clamp(*limits.start(), *limits.end());
    i64::try_from(clamped).unwrap_or(i64::MAX)
}

/// So many random letters and digits.
#[must_use]
pub fn random_name(len: usize) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut random = rand::rng();
    (0..len)
        .filter_map(|_| DIGITS.get(random.random_range(0..DIGITS.len())))
        .map(|digit| char::from(*digit))
        .collect()
}
