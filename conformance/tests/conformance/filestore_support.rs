//! What the tests of the file store share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nats_server::jetstream::model::{StorageType, StoreCompression, StreamConfig, StreamState};
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{Lookup, StoreError, StoredMsg, StreamStore};

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
