//! Which store a stream gets.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::client::ServerContext;
use crate::config::options::{JetStreamOptions, StoreCipher as ConfiguredCipher};
use crate::jetstream::host::{StoreFactory, random_name};
use crate::jetstream::model::{
    FileConsumerInfo, PersistMode, RetentionPolicy, StorageType, StreamConfig,
};
use crate::jetstream::store::disk::Disk;
use crate::jetstream::store::file::archive::{ArchiveError, UnpackedStream};
use crate::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use crate::jetstream::store::file::consumer_store::{
    ConsumerFileStore, ConsumerReport, ConsumerReportHandler, ConsumerSite,
};
use crate::jetstream::store::file::{
    FileStore, FileStoreConfig, Report, ReportHandler, block_size_for,
};
use crate::jetstream::store::{Clock, MemoryStore, StoreError, StreamStore};
use crate::subject::is_literal;

/// The directory of an account's streams.
const STREAMS: &str = "streams";
/// The directory of archives that are being unpacked.
const SNAPSHOTS: &str = "__snapshots__";
/// The directory of a stream's consumers.
const CONSUMERS: &str = "obs";

/// Makes the stores of a server's streams, in memory or in files.
pub struct ServerStores {
    context: Arc<ServerContext>,
    clock: Arc<dyn Clock>,
    disk: Arc<dyn Disk>,
    store_dir: PathBuf,
    options: JetStreamOptions,
}

impl ServerStores {
    /// Stores that go by `clock` and keep their files in `store_dir` on `disk`.
    #[must_use]
    pub fn new(
        context: Arc<ServerContext>,
        clock: Arc<dyn Clock>,
        disk: Arc<dyn Disk>,
        store_dir: PathBuf,
    ) -> Self {
        let options = context.options().js.clone();
        Self {
            context,
            clock,
            disk,
            store_dir,
            options,
        }
    }

    /// Where files are kept.
    pub(super) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// The directories in one, by name; none if it is not there.
    pub(super) fn directories(&self, dir: &Path) -> Vec<String> {
        let entries = self.disk.read_dir(dir).unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                let logger = &self.context.logger;
                logger.error(format_args!("Error reading {}: {error}", dir.display()));
            }
            Vec::new()
        });
        let directories = entries.into_iter().filter(|entry| entry.is_dir);
        directories.map(|entry| entry.name).collect()
    }

    /// Where an account has its streams.
    #[must_use]
    pub fn streams_dir(&self, account: &str) -> PathBuf {
        self.store_dir.join(account).join(STREAMS)
    }

    /// Where archives of an account's streams are unpacked.
    #[must_use]
    pub fn snapshots_dir(&self, account: &str) -> PathBuf {
        self.store_dir.join(account).join(SNAPSHOTS)
    }

    /// How files of an account are encrypted, if they are.
    #[must_use]
    pub fn encryption(&self, account: &str) -> Option<Encryption> {
        let options = &self.options;
        if options.key.is_empty() {
            return None;
        }
        Some(Encryption {
            cipher: match options.cipher {
                ConfiguredCipher::ChaCha => StoreCipher::ChaCha,
                ConfiguredCipher::Aes => StoreCipher::Aes,
            },
            key: MasterKey::new(&options.key, account),
            old_key: (!options.old_key.is_empty())
                .then(|| MasterKey::new(&options.old_key, account)),
        })
    }

    /// Where the files of a consumer are.
    #[must_use]
    pub fn consumer_site(&self, account: &str, stream: &str, name: &str) -> ConsumerSite {
        ConsumerSite {
            disk: Arc::clone(&self.disk),
            clock: Arc::clone(&self.clock),
            stream_dir: self.streams_dir(account).join(stream),
            stream: stream.to_owned(),
            name: name.to_owned(),
            encryption: self.encryption(account),
            sync_always: self.options.sync_always,
            sync_interval: self.options.sync_interval,
            reports: Some(self.consumer_reports()),
        }
    }

    fn reports(&self) -> ReportHandler {
        let context = Arc::clone(&self.context);
        Arc::new(move |report: &Report| context.logger.warn(format_args!("{report}")))
    }

    fn consumer_reports(&self) -> ConsumerReportHandler {
        let context = Arc::clone(&self.context);
        Arc::new(move |report: &ConsumerReport| context.logger.warn(format_args!("{report}")))
    }

    /// The size of blocks that suits a stream's limits; 0 leaves it to the store.
    /// Streams with few messages get small blocks, so that the space of old ones is
    /// soon free (`autoTuneFileStorageBlockSize`).
    fn block_size(&self, account: &str, config: &StreamConfig) -> u64 {
        let max_payload = self.context.options().max_payload;
        let positive = |limit: i64| u64::try_from(limit).ok().filter(|limit| *limit > 0);
        let total = match (positive(config.max_bytes), positive(config.max_msgs)) {
            (Some(bytes), _) => bytes,
            (None, Some(msgs)) => msgs.saturating_mul(msg_size_max(config, max_payload)),
            // As for work queues, of which the old is soon gone as well.
            (None, None) if config.max_msgs_per_subject > 0 => {
                let is_encrypted = self.encryption(account).is_some();
                return block_size_for(RetentionPolicy::WorkQueue, 0, is_encrypted);
            }
            (None, None) => return 0,
        };
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        block_size_for(config.retention, total, self.encryption(account).is_some())
    }

    fn file_store(
        &self,
        account: &str,
        config: &StreamConfig,
        created: Timestamp,
    ) -> Result<Arc<FileStore>, StoreError> {
        let is_async = config.persist_mode == PersistMode::Async;
        let options = FileStoreConfig {
            sync_interval: self.options.sync_interval,
            scrub_interval: self.options.scrub_interval,
            sync_always: self.options.sync_always && !is_async,
            async_flush: is_async,
            compression: config.compression,
            encryption: self.encryption(account),
            created: Some(created),
            disk: Arc::clone(&self.disk),
            clock: Arc::clone(&self.clock),
            block_size: self.block_size(account, config),
            on_report: Some(self.reports()),
            on_consumer_report: Some(self.consumer_reports()),
            ..FileStoreConfig::new(self.streams_dir(account).join(&config.name))
        };
        // Those above that of the stream itself are nobody else's.
        self.disk
            .create_dir_all_synced(&self.streams_dir(account))?;
        FileStore::open(options, config)
    }
}

/// A consumer on disk, and the first mistake in how it is written.
pub(super) type StoredConsumer = (FileConsumerInfo, Option<String>);

impl ServerStores {
    /// The consumers that the files of a stream hold, by name, or why they can not be
    /// read.
    pub(super) fn stored_consumers(
        &self,
        account: &str,
        stream: &str,
    ) -> Vec<(String, Result<StoredConsumer, StoreError>)> {
        let dir = self.streams_dir(account).join(stream).join(CONSUMERS);
        let names = self.directories(&dir).into_iter();
        names
            .map(|name| {
                let site = self.consumer_site(account, stream, &name);
                (name, ConsumerFileStore::read_info_exactly(site))
            })
            .collect()
    }
}

impl StoreFactory for ServerStores {
    fn stream_store(
        &self,
        account: &str,
        config: &StreamConfig,
        created: Timestamp,
    ) -> Result<Arc<dyn StreamStore>, StoreError> {
        Ok(match config.storage {
            StorageType::Memory => MemoryStore::new(config, Arc::clone(&self.clock))?,
            StorageType::File => self.file_store(account, config, created)?,
        })
    }

    fn unpack(
        &self,
        account: &str,
        archive: &mut dyn Read,
        bytes_max: u64,
    ) -> Result<UnpackedStream, ArchiveError> {
        let dir = self
            .snapshots_dir(account)
            .join(format!("snap-{}", random_name(16)));
        UnpackedStream::unpack(Arc::clone(&self.disk), archive, dir, bytes_max)
    }

    fn adopt(&self, account: &str, name: &str, unpacked: UnpackedStream) -> io::Result<()> {
        unpacked.move_to(&self.streams_dir(account).join(name))
    }

    fn discard(&self, account: &str, name: &str) {
        let dir = self.streams_dir(account).join(name);
        if let Err(error) = self.disk.remove_dir_all(&dir) {
            self.context
                .logger
                .warn(format_args!("Error removing {}: {error}", dir.display()));
        }
    }

    fn consumers(
        &self,
        account: &str,
        stream: &str,
    ) -> Vec<(String, Result<FileConsumerInfo, StoreError>)> {
        let consumers = self.stored_consumers(account, stream).into_iter();
        consumers
            .map(|(name, found)| (name, found.map(|(info, _)| info)))
            .collect()
    }
}

/// What subjects are taken to be as long as if they have wildcards.
const SUBJECT_LEN: usize = 256;
/// What a record has beside subject, header and payload.
const RECORD_LEN: u64 = 34;

/// What the largest message of a stream takes in a file (`maxMsgSize`).
fn msg_size_max(config: &StreamConfig, max_payload: usize) -> u64 {
    let payload = match usize::try_from(config.max_msg_size) {
        Ok(size @ 1..) => size,
        _ => max_payload,
    };
    let literal = config.subjects.iter().filter(|subject| is_literal(subject));
    let subject = literal.map(String::len).max().unwrap_or(SUBJECT_LEN);
    RECORD_LEN + (subject + payload) as u64
}

impl std::fmt::Debug for ServerStores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerStores")
            .field("store_dir", &self.store_dir)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_message_is_that_of_the_longest_subject() {
        let size = |subjects: &[&str], max_msg_size| {
            let config = StreamConfig {
                subjects: subjects.iter().map(ToString::to_string).collect(),
                max_msg_size,
                ..StreamConfig::default()
            };
            msg_size_max(&config, 1000)
        };
        assert_eq!(size(&["a", "abc", "a.*"], -1), 34 + 3 + 1000);
        assert_eq!(size(&["abc"], 70), 34 + 3 + 70);
        assert_eq!(size(&["a.>"], 0), 34 + 256 + 1000);
    }
}
