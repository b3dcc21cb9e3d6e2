//! Streams that are encrypted, or with another cipher or key, when they are opened
//! again.

use std::sync::Arc;

use nats_server::jetstream::model::{StorageType, StoreCompression, StreamConfig, StreamState};
use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::cipher::{
    CipherError, Encryption, MasterKey, StoreCipher,
};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{StoreError, StoredMsg, StreamStore};

const PAYLOAD: &[u8] = b"in plain sight";

fn keys(cipher: StoreCipher, key: &str, old_key: Option<&str>) -> Option<Encryption> {
    Some(Encryption {
        cipher,
        key: MasterKey::new(key, "$G"),
        old_key: old_key.map(|key| MasterKey::new(key, "$G")),
    })
}

fn open(disk: &SimDisk, compression: StoreCompression, keys: Option<Encryption>) -> Arc<FileStore> {
    try_open(disk, compression, keys).expect("a store")
}

fn try_open(
    disk: &SimDisk,
    compression: StoreCompression,
    keys: Option<Encryption>,
) -> Result<Arc<FileStore>, StoreError> {
    let options = FileStoreConfig {
        disk: Arc::new(disk.clone()),
        clock: crate::clock(),
        block_size: 400,
        compression,
        encryption: keys,
        ..FileStoreConfig::new("/stream")
    };
    let config = StreamConfig {
        name: "S".into(),
        subjects: vec!["a".into()],
        storage: StorageType::File,
        ..StreamConfig::default()
    };
    FileStore::open(options, &config)
}

fn check(store: &FileStore, expected: &StreamState) {
    assert_eq!(store.state(), *expected);
    let mut msg = StoredMsg::new();
    for seq in 1..=40 {
        let found = store.load_msg(seq, &mut msg);
        if seq == 7 {
            found.expect_err("it was deleted");
        } else {
            found.expect("a message");
            assert_eq!(msg.payload(), PAYLOAD);
        }
    }
    assert_eq!(store.check_msgs().expect("the disk works"), None);
}

/// Whether any file shows what was stored.
fn is_in_plain_sight(disk: &SimDisk) -> bool {
    let files = disk.files();
    let mut bytes = files.iter().map(|(_, bytes)| bytes);
    bytes.any(|bytes| bytes.windows(PAYLOAD.len()).any(|part| part == PAYLOAD))
}

/// How long the blocks are.
fn block_sizes(disk: &SimDisk) -> Vec<(String, usize)> {
    let files = disk.files().into_iter();
    files
        .filter(|(name, _)| name.ends_with(".blk"))
        .map(|(name, bytes)| (name, bytes.len()))
        .collect()
}

#[test]
fn a_stream_changes_to_other_keys() {
    use StoreCipher::{Aes, ChaCha};
    for compression in [StoreCompression::None, StoreCompression::S2] {
        for from_blocks in [false, true] {
            let disk = SimDisk::new(1);
            let store = open(&disk, compression, None);
            for _ in 0..40 {
                store
                    .store_msg(b"a", b"", PAYLOAD, 0)
                    .expect("it is stored");
            }
            assert!(store.remove_msg(7).expect("a removal"));
            let expected = store.state();
            check(&store, &expected);
            store.stop().expect("it stops");
            assert!(is_in_plain_sight(&disk));
            let sizes = block_sizes(&disk);
            // Each after the one before; an old key is needed once.
            let steps = [
                keys(ChaCha, "one", None),
                keys(ChaCha, "one", None),
                keys(Aes, "one", None),
                keys(Aes, "two", Some("one")),
                keys(Aes, "two", None),
                keys(ChaCha, "three", Some("two")),
                keys(ChaCha, "three", None),
            ];
            for keys in steps {
                if from_blocks {
                    let index = std::path::Path::new("/stream/msgs/index.db");
                    disk.damage(index, Vec::clear).expect("it is there");
                }
                // Stopped before anything was asked for.
                open(&disk, compression, keys.clone())
                    .stop()
                    .expect("it stops");
                assert!(!is_in_plain_sight(&disk));
                // What is compressed stays so, and what is not too.
                assert_eq!(block_sizes(&disk), sizes);
                let only_new = keys.map(|keys| Encryption {
                    old_key: None,
                    ..keys
                });
                let store = open(&disk, compression, only_new);
                check(&store, &expected);
                store.stop().expect("it stops");
            }
        }
    }
}

#[test]
fn an_encrypted_stream_needs_its_key() {
    let disk = SimDisk::new(1);
    let store = open(
        &disk,
        StoreCompression::None,
        keys(StoreCipher::Aes, "one", None),
    );
    store
        .store_msg(b"a", b"", PAYLOAD, 0)
        .expect("it is stored");
    store.stop().expect("it stops");
    let before = disk.files();
    let refused = try_open(&disk, StoreCompression::None, None);
    assert!(matches!(refused, Err(StoreError::NoMainKey)));
    let wrong = keys(StoreCipher::Aes, "two", None);
    let refused = try_open(&disk, StoreCompression::None, wrong);
    assert!(matches!(
        refused,
        Err(StoreError::Cipher(CipherError::NoKeyFits))
    ));
    assert_eq!(disk.files(), before);
}

#[test]
fn a_change_of_keys_that_is_cut_short_goes_on() {
    use StoreCipher::{Aes, ChaCha};
    let whole = SimDisk::new(1);
    let store = open(&whole, StoreCompression::None, keys(ChaCha, "one", None));
    for _ in 0..40 {
        store
            .store_msg(b"a", b"", PAYLOAD, 0)
            .expect("it is stored");
    }
    assert!(store.remove_msg(7).expect("a removal"));
    let expected = store.state();
    store.stop().expect("it stops");
    let new_keys = || keys(Aes, "two", Some("one"));
    let changes = {
        let disk = whole.copy(2);
        let before = disk.changes();
        let store = open(&disk, StoreCompression::None, new_keys());
        store.stop().expect("it stops");
        disk.changes() - before
    };
    assert!(changes > 20, "{changes}");
    for at in 1..=changes {
        let disk = whole.copy(at);
        disk.cut_power_at(disk.changes() + at);
        if let Ok(store) = try_open(&disk, StoreCompression::None, new_keys()) {
            store.stop().ok();
        }
        disk.power_cut();
        let store = open(&disk, StoreCompression::None, new_keys());
        check(&store, &expected);
        store.stop().expect("it stops");
        let store = open(&disk, StoreCompression::None, keys(Aes, "two", None));
        check(&store, &expected);
        store.stop().expect("it stops");
    }
}
