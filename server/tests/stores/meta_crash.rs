//! The metadata of a stream on a disk whose power fails, at every call there is, while
//! it is written with other keys or with another configuration.

use std::path::Path;
use std::sync::Arc;

use nats_server::jetstream::model::{StorageType, StreamConfig};
use nats_server::jetstream::store::disk::{Disk, SimDisk};
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig, read_meta};
use nats_server::jetstream::store::{ManualClock, StoreError, StoredMsg, StreamStore};

const DIR: &str = "/streams/S";

fn config(description: &str) -> StreamConfig {
    StreamConfig {
        name: "S".into(),
        description: description.into(),
        storage: StorageType::File,
        ..StreamConfig::default()
    }
}

fn key(key: &str, cipher: StoreCipher, old: Option<&str>) -> Option<Encryption> {
    Some(Encryption {
        cipher,
        key: MasterKey::new(key, "$G"),
        old_key: old.map(|old| MasterKey::new(old, "$G")),
    })
}

fn open(
    disk: &SimDisk,
    encryption: Option<&Encryption>,
    config: &StreamConfig,
) -> Result<Arc<FileStore>, StoreError> {
    let options = FileStoreConfig {
        encryption: encryption.cloned(),
        disk: Arc::new(disk.clone()),
        clock: Arc::new(ManualClock::at(1_700_000_000_000_000_000)),
        block_size: 300,
        ..FileStoreConfig::new(DIR)
    };
    FileStore::open(options, config)
}

/// A stream with some messages, as it is after it was stopped.
fn stopped(encryption: Option<&Encryption>) -> SimDisk {
    let disk = SimDisk::new(7);
    disk.create_dir_all(Path::new("/streams"))
        .expect("a directory");
    disk.sync_dir(Path::new("/")).expect("a sync");
    let store = open(&disk, encryption, &config("old")).expect("a store");
    for number in 0..10_u8 {
        store
            .store_msg(b"a", b"", &[number; 40], 0)
            .expect("a message");
    }
    store.stop().expect("it stops");
    disk.power_cut();
    disk
}

/// What is found after the power failed has to be whole, be it old or new.
fn check(disk: &SimDisk, encryption: Option<&Encryption>, context: &str) {
    disk.power_cut();
    let dir = Path::new(DIR);
    let info = read_meta(disk, dir, "S", encryption)
        .unwrap_or_else(|error| panic!("{context}: {error}, {:?}", disk.files()));
    assert!(
        ["old", "new"].contains(&&*info.config.description),
        "{context}: {info:?}"
    );
    let store = open(disk, encryption, &info.config).expect("a store");
    let mut msg = StoredMsg::new();
    for number in 0..10_u8 {
        store
            .load_msg(u64::from(number) + 1, &mut msg)
            .unwrap_or_else(|error| panic!("{context}: {error}"));
        assert_eq!(msg.payload(), [number; 40], "{context}");
    }
    store.stop().expect("it stops");
    let again = read_meta(disk, dir, "S", encryption).expect("it is as it was");
    assert_eq!(again.config.description, info.config.description);
}

/// Cuts the power at every call of `work` that changes something.
fn crash_everywhere(
    before: Option<&Encryption>,
    after: Option<&Encryption>,
    work: impl Fn(&SimDisk) -> Result<(), StoreError>,
) {
    let whole = stopped(before);
    let disk = whole.copy(7);
    let first = disk.changes();
    work(&disk).expect("nothing fails");
    let last = disk.changes();
    assert!(last > first + 5, "it has to do something");
    for change in first + 1..=last {
        let disk = whole.copy(change);
        disk.cut_power_at(disk.changes() + change - first);
        let result = work(&disk);
        assert!(
            result.is_err() || disk.is_off() || change == last,
            "{change}"
        );
        check(
            &disk,
            after,
            &format!("change {change} of {first} to {last}"),
        );
    }
}

#[test]
fn other_keys_take_over_whole_or_not_at_all() {
    let old = key("old", StoreCipher::ChaCha, None);
    for (before, after) in [
        (&old, key("new", StoreCipher::ChaCha, Some("old"))),
        (&old, key("old", StoreCipher::Aes, None)),
        (&None, key("new", StoreCipher::Aes, None)),
    ] {
        crash_everywhere(before.as_ref(), after.as_ref(), |disk| {
            open(disk, after.as_ref(), &config("old"))?.stop()
        });
    }
}

#[test]
fn another_configuration_takes_over_whole_or_not_at_all() {
    for encryption in [None, key("key", StoreCipher::ChaCha, None)] {
        crash_everywhere(encryption.as_ref(), encryption.as_ref(), |disk| {
            let store = open(disk, encryption.as_ref(), &config("old"))?;
            store.update_config(&mut config("new"))?;
            store.stop()
        });
    }
}
