//! What a stream is opened from.

use std::path::Path;
use std::sync::Arc;

use nats_server::jetstream::model::{StorageType, StreamConfig};
use nats_server::jetstream::store::StreamStore;
use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};

const BLOCK_SIZE: u64 = 400;

fn open(disk: &SimDisk) -> Arc<FileStore> {
    let options = FileStoreConfig {
        disk: Arc::new(disk.clone()),
        clock: crate::clock(),
        block_size: BLOCK_SIZE,
        ..FileStoreConfig::new("/stream")
    };
    let config = StreamConfig {
        name: "S".into(),
        subjects: vec!["*".into()],
        storage: StorageType::File,
        ..StreamConfig::default()
    };
    FileStore::open(options, &config).expect("a store")
}

#[test]
fn with_the_state_file_blocks_are_not_read() {
    let disk = SimDisk::new(1);
    let store = open(&disk);
    for at in 0..400 {
        let subject = format!("s{}", at % 7);
        store
            .store_msg(subject.as_bytes(), b"", b"a payload", 0)
            .expect("it is stored");
    }
    for seq in (3..300).step_by(9) {
        assert!(store.remove_msg(seq).expect("a removal"));
    }
    let expected = store.state();
    let totals = store.subjects_totals(b">");
    store.stop().expect("it stops");
    let blocks = disk.files();
    let blocks = blocks.iter().filter(|(name, _)| name.ends_with(".blk"));
    let blocks = blocks.count() as u64;
    assert!(blocks > 40, "{blocks}");
    let calls_to_open = |disk: &SimDisk| {
        let before = disk.calls();
        let store = open(disk);
        let calls = disk.calls() - before;
        assert_eq!(store.state(), expected);
        assert_eq!(store.subjects_totals(b">"), totals);
        calls
    };
    let with = calls_to_open(&disk.copy(2));
    let index = Path::new("/stream/msgs/index.db");
    disk.damage(index, Vec::clear).expect("it is there");
    let without = calls_to_open(&disk);
    assert!(without >= blocks, "{without}");
    assert!(with + blocks <= without, "{with} with, {without} without");
}

#[test]
fn subjects_that_are_no_text_do_not_spoil_the_state_file() {
    let disk = SimDisk::new(1);
    let clock = crate::clock();
    let config = StreamConfig {
        name: "S".into(),
        storage: StorageType::File,
        ..StreamConfig::default()
    };
    let subjects = [&b"a.\xff"[..], "a.\u{fffd}".as_bytes(), b"a.b"];
    let (store, _) = crate::open_reporting(&disk, &clock, BLOCK_SIZE, &config);
    for at in 0..30 {
        let subject = subjects[at % subjects.len()];
        store.store_msg(subject, b"", b"m", 0).expect("it fits");
    }
    store.stop().expect("it stops");
    let (store, reports) = crate::open_reporting(&disk, &clock, BLOCK_SIZE, &config);
    assert!(reports.lock().expect("a list").is_empty(), "{reports:?}");
    for subject in subjects {
        assert_eq!(store.filtered_state(1, subject).msgs, 10);
    }
}
