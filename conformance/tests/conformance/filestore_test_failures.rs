//! Go: `server/filestore_test.go`: a disk that refuses, files that are missing.

use std::io;
use std::sync::Arc;

use conformance::go_test;
use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{StoreError, StreamStore};

use super::filestore_support::*;

go_test!(
    388,
    "filestore_test",
    "TestFileStoreWriteFailures",
    write_failures
);
fn write_failures() {
    let payload = b"Hello Write Failures!";
    let refused = |store: &FileStore, most: u64| {
        (1..=most).find(|_| match store.store_msg(b"foo", b"", payload, 0) {
            Ok(_) => false,
            Err(error) => {
                assert!(error.is_out_of_space(), "{error}");
                true
            }
        })
    };
    let used = |disk: &SimDisk| {
        let files = disk.files().into_iter();
        files.map(|(_, bytes)| bytes.len() as u64).sum::<u64>()
    };
    on_all(|setup| {
        let (setup, disk) = simulated(setup.on(&["foo"]));
        let store = setup.open();
        let (most, each) = (600, size("foo", payload));
        let capacity = used(&disk) + most * each + each / 2;
        disk.set_capacity(Some(capacity));
        let first = refused(&store, 1000).unwrap();
        assert_eq!(first, most + 1);
        let state = store.state();
        assert_eq!((state.last_seq, state.msgs), (most, most));
        assert!(!is_there(&store, first));
        assert_eq!(load(&store, 1).payload(), payload);
        // There is no room for the state file either, and it is not needed.
        assert!(store.stop().unwrap_err().is_out_of_space());
        let store = setup.open();
        assert_eq!(store.state(), state);
        assert_eq!(store.state().lost, None);
        assert_eq!(refused(&store, 100), Some(1));
        assert_eq!(store.purge().unwrap(), most);
        assert_eq!(seqs(&store), (0, first, most));
        // It is full again at about the same place: there are a note of the last
        // sequence and a state file now.
        let left = (capacity - used(&disk)) / each;
        assert!((most - 3..=most).contains(&left), "{left}");
        assert_eq!(refused(&store, 1000), Some(left + 1));
        assert_eq!(store.state().msgs, left);
        disk.set_capacity(None);
        assert_eq!(put(&store, "foo", payload), most + left + 1);
        store.stop().unwrap();
    });
}

go_test!(
    429,
    "filestore_test",
    "TestFileStoreOutOfSpaceRebuildState",
    out_of_space_rebuild_state
);
fn out_of_space_rebuild_state() {
    on_all(|setup| {
        let (setup, disk) = simulated(setup.on(&["*"]));
        let store = setup.open();
        put(&store, "foo", b"A");
        put(&store, "bar", b"B");
        let state = store.state();
        let subjects = store.subjects_state(b">");
        disk.refuse(Some(io::ErrorKind::StorageFull));
        let refused = store.store_msg(b"baz", b"", b"C", 0).unwrap_err();
        assert!(refused.is_out_of_space());
        assert_eq!(store.state(), state);
        assert_eq!(store.subjects_state(b">"), subjects);
        disk.refuse(None);
        assert_eq!(put(&store, "baz", b"C"), 3);
        store.stop().unwrap();
    });
}

go_test!(
    435,
    "filestore_test",
    "TestFileStoreMsgBlkFailOnKernelFaultLostDataReporting",
    missing_blocks_are_reported
);
fn missing_blocks_are_reported() {
    on_all(|setup| {
        let setup = setup.blocks_of(4096).on(&["foo"]);
        let without = |store: &FileStore, index: u32| {
            store.stop().unwrap();
            std::fs::remove_file(setup.block(index)).unwrap();
            setup.open()
        };
        let lost = |store: &FileStore| store.state().lost.unwrap().msgs;
        let store = setup.open();
        put_many(&store, "foo", HELLO, 500);
        let first = store.blocks()[0];
        assert_eq!((first.first_seq, first.last_seq), (1, 93));

        // The first block.
        let store = without(&store, first.index);
        assert_missing(&store, 1);
        assert_eq!(store.state().first_seq, 94);
        assert_eq!(lost(&store), (1..=93).collect::<Vec<_>>());

        // The last one. The last sequence stays what it is.
        let last = *store.blocks().last().unwrap();
        let store = without(&store, last.index);
        let state = store.state();
        assert_eq!((state.first_seq, state.last_seq), (94, 500));
        assert_eq!(state.num_deleted, 35);
        assert_eq!(lost(&store), (466..=500).collect::<Vec<_>>());

        // One in between.
        let blocks = store.blocks();
        assert!(blocks.len() > 3);
        let store = without(&store, blocks[blocks.len() - 3].index);
        assert!(store.check_msgs().unwrap().is_some());
        let state = store.state();
        assert_eq!((state.first_seq, state.last_seq), (94, 500));
        assert_eq!(state.num_deleted, 128);
        assert_eq!(lost(&store).len(), 93);
        store.stop().unwrap();
    });
}

go_test!(
    565,
    "filestore_test",
    "TestFileStoreEraseMsgErr",
    erase_msg_that_fails
);
fn erase_msg_that_fails() {
    on_all(|setup| {
        let (setup, disk) = simulated(setup.on(&["foo"]));
        let store = setup.open();
        put_many(&store, "foo", b"", 2);
        assert!(store.blocks()[0].is_cached);
        let before = store.state();
        disk.refuse(Some(io::ErrorKind::NotFound));
        let refused = store.erase_msg(2).unwrap_err();
        assert!(matches!(refused, StoreError::Io(_)), "{refused}");
        assert_eq!(store.state(), before);
        disk.refuse(None);
        erase(&store, 2);
        assert_eq!(store.state().msgs, 1);
        store.stop().unwrap();
    });
}

/// A store on a disk that does not let anything be written any more.
fn read_only_after(count: usize, block_size: u64) -> (Setup, Arc<FileStore>, SimDisk) {
    let (setup, disk) = simulated(plain().on(&["ev.1"]).blocks_of(block_size));
    let store = setup.open();
    put_many(&store, "ev.1", &[b'Z'; 1024], count);
    disk.refuse(Some(io::ErrorKind::PermissionDenied));
    (setup, store, disk)
}

go_test!(
    529,
    "filestore_test",
    "TestFileStoreStoreRawMessageThrowsPermissionErrorIfFSModeReadOnly",
    stores_nothing_without_permission
);
fn stores_nothing_without_permission() {
    let (_setup, store, disk) = read_only_after(0, 1024);
    let refused = (0..10_000).find_map(|_| store.store_msg(b"ev.1", b"", &[b'Z'; 1024], 0).err());
    assert!(refused.unwrap().is_permission_denied());
    disk.refuse(None);
    store.stop().unwrap();
}

go_test!(
    530,
    "filestore_test",
    "TestFileStoreWriteFullStateThrowsPermissionErrorIfFSModeReadOnly",
    writes_no_state_without_permission
);
fn writes_no_state_without_permission() {
    let (_setup, store, disk) = read_only_after(10_000, 0);
    let refused = store.write_full_state().unwrap_err();
    assert!(refused.is_permission_denied(), "{refused}");
    disk.refuse(None);
    store.write_full_state().unwrap();
    store.stop().unwrap();
}
