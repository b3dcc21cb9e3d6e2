//! What is read wrong once and is right on the disk is not written to it as it was read.

use std::path::Path;
use std::sync::Arc;

use nats_server::jetstream::model::{Nanos, StoreCompression};
use nats_server::jetstream::store::disk::{Disk, SimDisk};
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig, RecordKind};
use nats_server::jetstream::store::{ManualClock, StoredMsg, StreamStore};

use super::{clock, on, open_unlimited};

const MSGS: u8 = 20;
const BLOCK: &str = "/S/msgs/2.blk";

struct Setup {
    disk: SimDisk,
    clock: Arc<ManualClock>,
    compression: StoreCompression,
    is_encrypted: bool,
}

impl Setup {
    fn new() -> Self {
        Self {
            disk: SimDisk::new(1),
            clock: clock(),
            compression: StoreCompression::None,
            is_encrypted: false,
        }
    }

    fn open(&self) -> Arc<FileStore> {
        open_unlimited(FileStoreConfig {
            clock: Arc::clone(&self.clock) as _,
            block_size: 400,
            compression: self.compression,
            encryption: self.is_encrypted.then(|| Encryption {
                cipher: StoreCipher::ChaCha,
                key: MasterKey::new("s3cr3t", "$G"),
                old_key: None,
            }),
            ..on(&self.disk)
        })
    }

    /// A store with messages in several blocks, of which nothing is in memory.
    fn filled(&self) -> Arc<FileStore> {
        let store = self.open();
        for number in 1..=MSGS {
            let stored = store.store_msg(b"a", b"", &[number; 40], 0);
            stored.expect("a message");
        }
        assert!(store.block_count() > 2, "or it is no proof");
        store.drop_caches();
        store
    }

    /// Lets one byte of the block be another when it is read the next time.
    fn misread(&self, at: usize) {
        let misread = self.disk.misread(Path::new(BLOCK), |bytes| bytes[at] ^= 1);
        misread.expect("there is such a file");
    }
}

/// All messages are there but for those that were removed.
fn check(store: &FileStore, removed: &[u64]) {
    let mut msg = StoredMsg::new();
    for number in 1..=MSGS {
        let loaded = store.load_msg(number.into(), &mut msg);
        assert_eq!(
            loaded.is_ok(),
            !removed.contains(&number.into()),
            "{number}"
        );
        assert!(loaded.is_err() || msg.payload() == [number; 40], "{number}");
    }
    assert_eq!(store.lost_data(), None);
    store.stop().expect("it stops");
}

#[test]
fn a_block_is_not_compressed_as_it_was_misread() {
    let setup = Setup {
        compression: StoreCompression::S2,
        ..Setup::new()
    };
    let store = setup.filled();
    setup.misread(100);
    setup.clock.advance(Nanos(1));
    store.drop_caches();
    let block = setup.disk.read(Path::new(BLOCK)).expect("it is there");
    assert!(block.starts_with(b"cmp"), "or it is no proof");
    check(&store, &[]);
}

#[test]
fn a_compressed_block_is_not_rewritten_as_it_was_misread() {
    let setup = Setup {
        compression: StoreCompression::S2,
        ..Setup::new()
    };
    let store = setup.filled();
    setup.clock.advance(Nanos(1));
    store.drop_caches();
    let index = store.blocks()[1];
    let len = setup.disk.len(Path::new(BLOCK)).expect("it is there");
    // Erasing a message has its block packed anew. At its end is what S2 does not guard.
    setup.misread(len as usize - 3);
    assert!(store.erase_msg(index.first_seq + 1).expect("it is erased"));
    store.drop_caches();
    check(&store, &[index.first_seq + 1]);
}

#[test]
fn a_block_does_not_get_other_keys_as_it_was_misread() {
    let mut setup = Setup::new();
    setup.filled().stop().expect("it stops");
    setup.is_encrypted = true;
    setup.misread(100);
    let store = setup.open();
    store.drop_caches();
    check(&store, &[]);
}

#[test]
fn a_block_is_not_compacted_as_it_was_misread() {
    let setup = Setup::new();
    let store = setup.open();
    for number in 1..=MSGS {
        let stored = store.store_msg(b"a", b"", &[number; 40], 0);
        stored.expect("a message");
        if number == 8 {
            // The tombstone goes to the second block.
            assert!(store.remove_msg(2).expect("it is removed"));
        }
    }
    let records = store.block_records(2).expect("the block is there");
    let tombstone = records.iter().find(|r| r.kind == RecordKind::Tombstone);
    let tombstone = tombstone.expect("or it is no proof");
    store.drop_caches();
    setup.misread(tombstone.offset as usize + 14);
    store.compact_block(2).expect("it is compacted");
    store.stop().expect("it stops");
    // Nobody else knows of it.
    let index = Path::new("/S/msgs/index.db");
    setup.disk.remove_file(index).expect("a state file");
    check(&setup.open(), &[2]);
}
