//! What all stores have in common, on each of them: random operations against a
//! simple model, power cuts, damage, and files of the Go server. The cases of Go's
//! `server/store_test.go` are in `conformance`.

mod ciphers;
mod consumer_crash;
mod forged;
mod go_files;
mod go_streams;
mod kill;
mod meta_crash;
mod missing;
mod model;
mod opening;
mod patterns;
mod random;
mod reading;
mod runs;
mod scrub;
mod second_look;
mod stream_crash;
mod stream_damage;
mod stream_failure;
mod upkeep;

use std::path::Path;
use std::sync::{Arc, Mutex};

use nats_server::jetstream::model::{StorageType, StoreCompression, StreamConfig};
use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{ManualClock, MemoryStore, StreamStore};

/// A store with what a test may want to know of it besides.
struct Subject {
    store: Arc<dyn StreamStore>,
    clock: Arc<ManualClock>,
    /// What a message counts for besides its parts.
    overhead: usize,
    /// Opens the store again, if it is still there after it ended.
    reopen: Option<Reopen>,
    /// Whether the stream may have limits.
    has_limits: bool,
}

/// Opens a store with a configuration, after it ended in this way.
type Reopen = Box<dyn Fn(&StreamConfig, End) -> Arc<dyn StreamStore>>;

/// How a store ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It was stopped.
    Stopped,
    /// It was not, but all of it was written.
    Killed,
    /// Its state file is gone.
    WithoutState,
}

/// The ways to keep a store in files.
#[derive(Clone, Copy, Debug)]
struct Kind {
    block_size: u64,
    compression: StoreCompression,
    cipher: Option<StoreCipher>,
    async_flush: bool,
    cache_size: usize,
    /// Whether it is on the disk of the operating system.
    is_real: bool,
}

const PLAIN: Kind = Kind {
    is_real: false,
    block_size: 0,
    compression: StoreCompression::None,
    cipher: None,
    async_flush: false,
    cache_size: 1 << 20,
};

const KINDS: [Kind; 6] = [
    Kind {
        is_real: true,
        ..PLAIN
    },
    Kind {
        block_size: 400,
        ..PLAIN
    },
    Kind {
        block_size: 300,
        compression: StoreCompression::S2,
        cache_size: 0,
        ..PLAIN
    },
    Kind {
        block_size: 500,
        cipher: Some(StoreCipher::ChaCha),
        ..PLAIN
    },
    Kind {
        block_size: 700,
        compression: StoreCompression::S2,
        cipher: Some(StoreCipher::Aes),
        ..PLAIN
    },
    Kind {
        block_size: 250,
        async_flush: true,
        cache_size: 0,
        ..PLAIN
    },
];

fn on_memory_store(config: &StreamConfig, mut check: impl FnMut(&mut Subject)) {
    let config = StreamConfig {
        storage: StorageType::Memory,
        ..config.clone()
    };
    let clock = clock();
    let store = MemoryStore::new(&config, Arc::clone(&clock) as _).expect("a memory store");
    let mut subject = Subject {
        store: store as Arc<dyn StreamStore>,
        clock,
        overhead: 16,
        reopen: None,
        has_limits: true,
    };
    check(&mut subject);
    subject.store.stop().expect("it stops");
}

fn on_file_store(config: &StreamConfig, kind: Kind, mut check: impl FnMut(&mut Subject)) {
    let config = StreamConfig {
        storage: StorageType::File,
        ..config.clone()
    };
    let dir = tempfile::tempdir().expect("a directory");
    let clock = clock();
    let mut options = file_options(dir.path(), kind, &clock);
    if !kind.is_real {
        options.disk = Arc::new(SimDisk::new(1));
    }
    let store = FileStore::open(options.clone(), &config).expect("a file store");
    let index = dir.path().join("msgs/index.db");
    let reopen = move |config: &StreamConfig, end: End| {
        if end == End::WithoutState && options.disk.exists(&index).expect("the disk works") {
            options.disk.remove_file(&index).expect("it is removed");
        }
        let store = FileStore::open(options.clone(), config).expect("a file store");
        store as Arc<dyn StreamStore>
    };
    let mut subject = Subject {
        store: store as Arc<dyn StreamStore>,
        clock,
        overhead: 30,
        reopen: Some(Box::new(reopen)),
        has_limits: true,
    };
    check(&mut subject);
    subject.store.stop().expect("it stops");
}

fn file_options(dir: &Path, kind: Kind, clock: &Arc<ManualClock>) -> FileStoreConfig {
    FileStoreConfig {
        block_size: kind.block_size,
        compression: kind.compression,
        async_flush: kind.async_flush,
        cache_size: kind.cache_size,
        encryption: kind.cipher.map(|cipher| Encryption {
            cipher,
            key: MasterKey::new("s3cr3t", "$G"),
            old_key: None,
        }),
        clock: Arc::clone(clock) as _,
        on_report: Some(Arc::new(|report| eprintln!("{report}"))),
        ..FileStoreConfig::new(dir)
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(1_700_000_000_000_000_000))
}

/// The options of a store in `/S` of a disk.
fn on(disk: &SimDisk) -> FileStoreConfig {
    FileStoreConfig {
        disk: Arc::new(disk.clone()),
        clock: clock(),
        ..FileStoreConfig::new("/S")
    }
}

/// Opens a store whose stream has no limits.
fn open_unlimited(options: FileStoreConfig) -> Arc<FileStore> {
    let config = StreamConfig {
        name: "S".into(),
        storage: StorageType::File,
        ..StreamConfig::default()
    };
    FileStore::open(options, &config).expect("a store")
}

/// What a store has reported, as text.
type Reports = Arc<Mutex<Vec<String>>>;

/// Opens a store in `/S` of a disk, and collects what it reports.
fn open_reporting(
    disk: &SimDisk,
    clock: &Arc<ManualClock>,
    block_size: u64,
    config: &StreamConfig,
) -> (Arc<FileStore>, Reports) {
    let reports = Reports::default();
    let collected = Arc::clone(&reports);
    let options = FileStoreConfig {
        clock: Arc::clone(clock) as _,
        block_size,
        on_report: Some(Arc::new(move |report| {
            collected.lock().expect("a list").push(report.to_string());
        })),
        ..on(disk)
    };
    let store = FileStore::open(options, config).expect("a store");
    (store, reports)
}
