//! What the tests of the file store share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nats_server::jetstream::model::{
    SimpleState, StorageType, StoreCompression, StreamConfig, StreamState,
};
use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::checksum::Checksummer;
use nats_server::jetstream::store::file::cipher::{AssetKeys, Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::compress::{CompressionHead, decompress_block};
use nats_server::jetstream::store::file::{BlockInfo, FileStore, FileStoreConfig, RecordKind};
use nats_server::jetstream::store::{Lookup, ManualClock, StoreError, StoredMsg, StreamStore};

/// A directory with a stream, and how it is opened.
pub(super) struct Setup {
    dir: tempfile::TempDir,
    pub(super) options: FileStoreConfig,
    pub(super) config: StreamConfig,
}

/// What every Go test stores when it does not matter.
pub(super) const HELLO: &[u8] = b"Hello World";

/// Runs `check` for every cipher with every compression.
pub(super) fn on_all(check: impl Fn(Setup)) {
    for cipher in [None, Some(StoreCipher::Aes), Some(StoreCipher::ChaCha)] {
        for compression in [StoreCompression::None, StoreCompression::S2] {
            check(Setup::new(cipher, compression));
        }
    }
}

/// The same side by side, for what mostly waits for the disk.
pub(super) fn on_all_at_once(check: impl Fn(Setup) + Sync) {
    let check = &check;
    std::thread::scope(|threads| {
        on_all(|setup| {
            threads.spawn(move || check(setup));
        });
    });
}

/// A stream without encryption and compression.
pub(super) fn plain() -> Setup {
    Setup::new(None, StoreCompression::None)
}

/// The key of every encrypted stream here.
pub(super) fn encryption(cipher: StoreCipher) -> Encryption {
    Encryption {
        cipher,
        key: MasterKey::new("dlc22", ""),
        old_key: None,
    }
}

impl Setup {
    pub(super) fn new(cipher: Option<StoreCipher>, compression: StoreCompression) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = FileStoreConfig::new(dir.path().join("stream"));
        options.encryption = cipher.map(encryption);
        options.compression = compression;
        let config = StreamConfig {
            name: "zzz".into(),
            storage: StorageType::File,
            ..StreamConfig::default()
        };
        Self {
            dir,
            options,
            config,
        }
    }

    /// With blocks of so many bytes.
    pub(super) fn blocks_of(mut self, block_size: u64) -> Self {
        self.options.block_size = block_size;
        self
    }

    /// With another configuration.
    pub(super) fn with(mut self, set: impl FnOnce(&mut StreamConfig)) -> Self {
        set(&mut self.config);
        self
    }

    /// With these subjects.
    pub(super) fn on(self, subjects: &[&str]) -> Self {
        let subjects = subjects.iter().map(ToString::to_string).collect();
        self.with(|config| config.subjects = subjects)
    }

    pub(super) fn open(&self) -> Arc<FileStore> {
        self.try_open().unwrap()
    }

    pub(super) fn try_open(&self) -> Result<Arc<FileStore>, StoreError> {
        FileStore::open(self.options.clone(), &self.config)
    }

    /// Stops a store and opens it again.
    pub(super) fn reopen(&self, store: &FileStore) -> Arc<FileStore> {
        store.stop().unwrap();
        self.open()
    }

    /// The same, without the state file.
    pub(super) fn reopen_from_blocks(&self, store: &FileStore) -> Arc<FileStore> {
        store.stop().unwrap();
        self.remove_index();
        self.open()
    }

    /// Removes the state file, which has to be there.
    pub(super) fn remove_index(&self) {
        std::fs::remove_file(self.index()).unwrap();
    }

    pub(super) fn index(&self) -> PathBuf {
        self.msgs().join("index.db")
    }

    pub(super) fn msgs(&self) -> PathBuf {
        self.options.dir.join("msgs")
    }

    pub(super) fn block(&self, index: u32) -> PathBuf {
        self.msgs().join(format!("{index}.blk"))
    }

    /// The directory of the stream.
    pub(super) fn root(&self) -> &Path {
        &self.options.dir
    }

    /// The directory that the stream's is in.
    pub(super) fn parent(&self) -> &Path {
        self.dir.path()
    }
}

pub(super) fn put(store: &FileStore, subject: &str, payload: &[u8]) -> u64 {
    store
        .store_msg(subject.as_bytes(), b"", payload, 0)
        .unwrap()
        .0
}

pub(super) fn put_many(store: &FileStore, subject: &str, payload: &[u8], count: usize) {
    for _ in 0..count {
        put(store, subject, payload);
    }
}

pub(super) fn load(store: &FileStore, seq: u64) -> StoredMsg {
    let mut msg = StoredMsg::new();
    store.load_msg(seq, &mut msg).unwrap();
    msg
}

pub(super) fn is_there(store: &FileStore, seq: u64) -> bool {
    store.load_msg(seq, &mut StoredMsg::new()).is_ok()
}

pub(super) fn remove(store: &FileStore, seq: u64) {
    assert!(store.remove_msg(seq).unwrap(), "{seq}");
}

pub(super) fn erase(store: &FileStore, seq: u64) {
    assert!(store.erase_msg(seq).unwrap(), "{seq}");
}

pub(super) fn fast(store: &FileStore) -> StreamState {
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    state
}

/// Messages, first and last sequence.
pub(super) fn seqs(store: &FileStore) -> (u64, u64, u64) {
    let state = store.state();
    (state.msgs, state.first_seq, state.last_seq)
}

/// The first message from `start` on that `filter` matches.
pub(super) fn next(store: &FileStore, filter: &str, start: u64) -> Option<StoredMsg> {
    let mut msg = StoredMsg::new();
    let found = store
        .load_next_msg(filter.as_bytes(), start, &mut msg)
        .unwrap();
    match found {
        Lookup::Found(seq) => {
            assert_eq!(seq, msg.seq);
            Some(msg)
        }
        Lookup::End(_) => None,
    }
}

/// What a message of this subject and payload counts for.
pub(super) fn size(subject: &str, payload: &[u8]) -> u64 {
    nats_server::jetstream::store::file::record_size(subject.len(), 0, payload.len())
}

/// The plain records in the file of a block.
pub(super) fn on_disk(setup: &Setup, index: u32) -> Vec<u8> {
    decompress_block(&decrypted(setup, index))
        .unwrap()
        .into_owned()
}

/// Whether the file of a block is compressed.
pub(super) fn is_compressed(setup: &Setup, index: u32) -> bool {
    CompressionHead::decode(&decrypted(setup, index))
        .unwrap()
        .is_some_and(|(head, _)| head.algorithm != StoreCompression::None)
}

fn decrypted(setup: &Setup, index: u32) -> Vec<u8> {
    let mut bytes = setup.options.disk.read(&setup.block(index)).unwrap();
    encrypt_or_decrypt(setup, index, &mut bytes);
    bytes
}

/// Opens the store again with the state file and without, and reads it all anew: the
/// state has to be the same each time.
pub(super) fn assert_survives(setup: &Setup, store: &FileStore) -> Arc<FileStore> {
    let before = store.state();
    let store = setup.reopen(store);
    assert_eq!(store.state(), before, "with the state file");
    let store = setup.reopen_from_blocks(&store);
    assert_eq!(store.state(), before, "from the blocks");
    assert_eq!(store.check_msgs().unwrap(), None);
    assert_eq!(store.state(), before, "after looking for damage");
    store
}

/// The sequences that the tombstones of a block name, in the order of its file.
pub(super) fn tombstones(store: &FileStore, index: u32) -> Vec<u64> {
    let records = store.block_records(index).unwrap();
    let tombstones = records.iter().filter(|r| r.kind == RecordKind::Tombstone);
    tombstones.map(|record| record.seq).collect()
}

/// How many blocks have their records in memory.
pub(super) fn cached(store: &FileStore) -> usize {
    store
        .blocks()
        .iter()
        .filter(|block| block.is_cached)
        .count()
}

/// Asserts that a message is not there, for it was removed or never there.
#[track_caller]
pub(super) fn assert_missing(store: &FileStore, seq: u64) {
    let found = store.load_msg(seq, &mut StoredMsg::new());
    assert!(
        matches!(found, Err(StoreError::MsgNotFound)),
        "{seq}: {found:?}"
    );
}

/// A setup whose time passes only when it is told to.
pub(super) fn timed(mut setup: Setup) -> (Setup, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(1_700_000_000_000_000_000));
    setup.options.clock = Arc::clone(&clock) as _;
    (setup, clock)
}

pub(super) fn block(store: &FileStore, index: u32) -> BlockInfo {
    let blocks = store.blocks();
    let found = blocks.iter().find(|block| block.index == index);
    *found.unwrap_or_else(|| panic!("{index} in {blocks:?}"))
}

pub(super) fn filtered(store: &FileStore, filter: &str) -> (u64, u64, u64) {
    let SimpleState { msgs, first, last } = store.filtered_state(1, filter.as_bytes());
    (msgs, first, last)
}

/// The payload of some hundred bytes that many Go tests use.
pub(super) fn about_a_hundred_bytes() -> Vec<u8> {
    b"ABC".repeat(33)
}

/// On a disk in memory that fails when it is told to.
pub(super) fn simulated(mut setup: Setup) -> (Setup, SimDisk) {
    let disk = SimDisk::new(1);
    setup.options.disk = Arc::new(disk.clone());
    (setup, disk)
}

/// Puts a state file in the place of the one there is, with the checksum for it.
pub(super) fn put_index(setup: &Setup, body: &[u8]) {
    let sum = Checksummer::new(setup.config.name.as_bytes()).sum(&[body]);
    std::fs::write(setup.index(), [body, &sum].concat()).unwrap();
}

/// The state file without its checksum.
pub(super) fn index_body(setup: &Setup) -> Vec<u8> {
    let mut index = std::fs::read(setup.index()).unwrap();
    index.truncate(index.len() - 8);
    index
}

/// Puts plain records in the place of the file of a block that is not compressed.
pub(super) fn put_on_disk(setup: &Setup, index: u32, records: &[u8]) {
    let mut bytes = records.to_vec();
    encrypt_or_decrypt(setup, index, &mut bytes);
    std::fs::write(setup.block(index), bytes).unwrap();
}

/// Encrypts what is to be the file of a block, or decrypts what is.
pub(super) fn encrypt_or_decrypt(setup: &Setup, index: u32, bytes: &mut [u8]) {
    if let Some(encryption) = &setup.options.encryption {
        let key = setup.msgs().join(format!("{index}.key"));
        let file = setup.options.disk.read(&key).unwrap();
        let context = format!("{}:{index}", setup.config.name);
        let keys = AssetKeys::open(encryption, &context, &file).unwrap();
        keys.block_stream().apply(bytes).unwrap();
    }
}
