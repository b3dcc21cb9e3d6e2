//! Messages that are stored as a run are written together at its end.

use std::sync::Arc;

use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{StoreError, StoredMsg, StreamStore};

use super::{on, open_unlimited};

fn open(disk: &SimDisk, sync_always: bool) -> Arc<FileStore> {
    open_unlimited(FileStoreConfig {
        sync_always,
        ..on(disk)
    })
}

fn run(store: &FileStore) {
    for number in 1..=20_u8 {
        let stored = store.store_msg_in_run(b"a", b"", &[number; 50], 0);
        assert_eq!(stored.expect("it is stored").0, u64::from(number));
    }
}

#[test]
fn a_run_is_there_when_it_has_ended() {
    for sync_always in [false, true] {
        let disk = SimDisk::new(1);
        let store = open(&disk, sync_always);
        let before = disk.calls();
        run(&store);
        assert_eq!(disk.calls(), before, "nothing is written yet");
        let mut msg = StoredMsg::new();
        store.load_msg(7, &mut msg).expect("it can be read");
        store.sync_run().expect("it is written");
        drop(store);
        if sync_always {
            disk.power_cut();
        }
        let store = open(&disk, sync_always);
        for number in 1..=20_u8 {
            store
                .load_msg(number.into(), &mut msg)
                .expect("it is there");
            assert_eq!(msg.payload(), [number; 50]);
        }
    }
}

#[test]
fn a_run_that_cannot_be_written_is_not_promised() {
    let disk = SimDisk::new(1);
    let store = open(&disk, false);
    run(&store);
    disk.refuse(Some(std::io::ErrorKind::StorageFull));
    let error = store.sync_run();
    assert!(matches!(error, Err(StoreError::Io(_))), "{error:?}");
    disk.refuse(None);
    store.sync_run().expect("there is room again");
    drop(store);
    let mut msg = StoredMsg::new();
    open(&disk, false)
        .load_msg(20, &mut msg)
        .expect("it is there");
}
