//! Where a consumer's files are.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::report::ConsumerReportHandler;
use crate::jetstream::store::clock::Clock;
use crate::jetstream::store::disk::Disk;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::file::cipher::Encryption;

/// Where a consumer's files are, and how they are written.
#[derive(Clone)]
pub struct ConsumerSite {
    /// The disk that they are on.
    pub disk: Arc<dyn Disk>,
    /// Tells when to write.
    pub clock: Arc<dyn Clock>,
    /// The directory of the stream.
    pub stream_dir: PathBuf,
    /// The name of the stream.
    pub stream: String,
    /// The name of the consumer.
    pub name: String,
    /// How they are encrypted.
    pub encryption: Option<Encryption>,
    /// Whether every state that is written is synced.
    pub sync_always: bool,
    /// How old the last synced state may become otherwise.
    pub sync_interval: Duration,
    /// Who is told what went wrong.
    pub reports: Option<ConsumerReportHandler>,
}

/// The directory of the consumers, in that of their stream.
const CONSUMERS_DIR: &str = "obs";

impl ConsumerSite {
    /// The directory of the consumer.
    pub(super) fn dir(&self) -> PathBuf {
        self.parent().join(&self.name)
    }

    /// The directory of all consumers of the stream.
    pub(super) fn parent(&self) -> PathBuf {
        self.stream_dir.join(CONSUMERS_DIR)
    }

    /// What its keys are derived from.
    pub(super) fn key_context(&self) -> String {
        format!("{}.{}", self.stream, self.name)
    }

    /// What its checksums are derived from.
    pub(super) fn sum_name(&self) -> String {
        format!("{}/{}", self.stream, self.name)
    }

    /// Refuses names that are not those of a directory.
    pub(super) fn check_name(&self) -> Result<(), StoreError> {
        let name = self.name.as_str();
        if matches!(name, "" | "." | "..") || name.contains(['/', '\\', '\0']) {
            return Err(StoreError::BadConsumerConfig);
        }
        Ok(())
    }
}

impl fmt::Debug for ConsumerSite {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ConsumerSite")
            .field("stream_dir", &self.stream_dir)
            .field("stream", &self.stream)
            .field("name", &self.name)
            .field("sync_always", &self.sync_always)
            .finish_non_exhaustive()
    }
}
