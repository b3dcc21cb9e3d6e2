//! JetStream, as configured: the server's part and that of an account.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::protocol::constants;

/// The cipher of files at rest (`StoreCipher`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StoreCipher {
    /// ChaCha20-Poly1305.
    #[default]
    ChaCha,
    /// AES-GCM.
    Aes,
}

impl StoreCipher {
    /// Reads a name, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "chacha" | "chachapoly" => Some(Self::ChaCha),
            "aes" => Some(Self::Aes),
            _ => None,
        }
    }

    /// The name in log lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChaCha => "ChaCha20-Poly1305",
            Self::Aes => "AES-GCM",
        }
    }
}

/// What JetStream asks of a request beyond what its account allows
/// (`JSLimitOpts`). Zero stands for the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JetStreamRequestLimits {
    /// Largest batch of a pull request.
    pub max_request_batch: i64,
    /// Most unacknowledged messages of a consumer.
    pub max_ack_pending: i64,
    /// Most replicated assets of a server.
    pub max_ha_assets: i64,
    /// Longest duplicate window of a stream.
    pub duplicate_window: Duration,
    /// Most atomic batches that are being published to a stream.
    pub max_batch_inflight_per_stream: i64,
    /// Most atomic batches that are being published to the server.
    pub max_batch_inflight_total: i64,
    /// Most messages in an atomic batch.
    pub max_batch_size: i64,
    /// Longest pause between two messages of an atomic batch.
    pub max_batch_timeout: Duration,
}

/// JetStream of a server. Sizes are in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JetStreamOptions {
    /// Whether unknown fields in requests are accepted.
    pub no_strict: bool,
    /// Most memory for streams; -1 leaves it to the server.
    pub max_memory: i64,
    /// Most disk space for streams; -1 leaves it to the server.
    pub max_store: i64,
    /// The domain.
    pub domain: String,
    /// `will_extend` or `no_extend`.
    pub extension_hint: String,
    /// The key that files are encrypted with; none if empty.
    pub key: String,
    /// The key that was used before.
    pub old_key: String,
    /// The cipher.
    pub cipher: StoreCipher,
    /// The prefix of server tags that tells replicas apart.
    pub unique_tag: String,
    /// Limits of requests.
    pub limits: JetStreamRequestLimits,
    /// Most bytes on their way to replicas that catch up; 0 is the default.
    pub max_catchup: i64,
    /// Most API requests that wait.
    pub request_queue_limit: usize,
    /// Most messages that wait for a stream; 0 is the default.
    pub stream_max_buffered_msgs: usize,
    /// Most bytes that wait for a stream; 0 is the default.
    pub stream_max_buffered_size: i64,
    /// Time between two syncs of files.
    pub sync_interval: Duration,
    /// Whether every write is synced before it is acknowledged.
    pub sync_always: bool,
    /// In what time every block of a stream is read and its checksums are looked at; zero
    /// for never. The Go server has no such option.
    pub scrub_interval: Duration,
}

impl Default for JetStreamOptions {
    fn default() -> Self {
        Self {
            no_strict: false,
            max_memory: -1,
            max_store: -1,
            domain: String::new(),
            extension_hint: String::new(),
            key: String::new(),
            old_key: String::new(),
            cipher: StoreCipher::default(),
            unique_tag: String::new(),
            limits: JetStreamRequestLimits::default(),
            max_catchup: 0,
            request_queue_limit: constants::JS_DEFAULT_REQUEST_QUEUE_LIMIT,
            stream_max_buffered_msgs: 0,
            stream_max_buffered_size: 0,
            sync_interval: constants::DEFAULT_SYNC_INTERVAL,
            sync_always: false,
            scrub_interval: Duration::ZERO,
        }
    }
}

/// What an account may use of JetStream (`JetStreamAccountLimits`). -1 is no
/// limit; sizes are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JetStreamAccountLimits {
    /// Memory.
    pub max_memory: i64,
    /// Disk space.
    #[serde(rename = "max_storage")]
    pub max_store: i64,
    /// Streams.
    pub max_streams: i64,
    /// Consumers.
    pub max_consumers: i64,
    /// Unacknowledged messages of a consumer.
    pub max_ack_pending: i64,
    /// Bytes of a stream in memory.
    pub memory_max_stream_bytes: i64,
    /// Bytes of a stream on disk.
    #[serde(rename = "storage_max_stream_bytes")]
    pub store_max_stream_bytes: i64,
    /// Whether streams must have a limit of their own.
    pub max_bytes_required: bool,
}

impl JetStreamAccountLimits {
    /// No limits at all.
    pub const UNLIMITED: Self = Self {
        max_memory: -1,
        max_store: -1,
        max_streams: -1,
        max_consumers: -1,
        max_ack_pending: -1,
        memory_max_stream_bytes: -1,
        store_max_stream_bytes: -1,
        max_bytes_required: false,
    };
}

impl Default for JetStreamAccountLimits {
    /// All zero, as a total over tiers shows them.
    fn default() -> Self {
        Self {
            max_memory: 0,
            max_store: 0,
            max_streams: 0,
            max_consumers: 0,
            max_ack_pending: 0,
            memory_max_stream_bytes: 0,
            store_max_stream_bytes: 0,
            max_bytes_required: false,
        }
    }
}

/// The limits of an account by tier (`R1`, `R3`); without tiers they are under the
/// empty name.
pub type JetStreamTiers = BTreeMap<String, JetStreamAccountLimits>;
