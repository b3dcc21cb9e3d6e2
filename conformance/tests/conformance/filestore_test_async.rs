//! Go: `server/filestore_test.go`: writing behind, syncing, and compressing what is
//! full.

use std::time::Duration;

use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::jetstream::model::{Nanos, StoreCompression};
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{DeleteBlock, DeleteRange, StreamStore};

use super::filestore_support::*;

fn pending(store: &FileStore) -> Vec<u64> {
    let blocks = store.blocks();
    blocks.iter().map(|block| block.pending).collect()
}

go_test!(
    367,
    "filestore_test",
    "TestFileStoreCompactPerf",
    compact_many
);
fn compact_many() {
    on_all(|setup| {
        let mut setup = setup.blocks_of(8192);
        setup.options.async_flush = true;
        let store = setup.open();
        put_many(&store, "foo", HELLO, 100_000);
        assert_eq!(store.state().msgs, 100_000);
        assert_eq!(store.compact(90_001).unwrap(), 90_000);
        assert_eq!(seqs(&store), (10_000, 90_001, 100_000));
        store.stop().unwrap();
    });
}

go_test!(
    384,
    "filestore_test",
    "TestFileStoreSnapshotAndSyncBlocks",
    snapshot_and_sync_blocks
);
fn snapshot_and_sync_blocks() {
    on_all(|setup| {
        let (setup, clock) = timed(setup.on(&["foo"]));
        let store = setup.open();
        // The timer is set again when it was done by hand.
        let syncs_by_itself = || {
            put(&store, "foo", HELLO);
            assert!(block(&store, 1).needs_sync);
            clock.advance(Nanos::from_secs(120));
            assert!(!block(&store, 1).needs_sync);
        };
        let waiting = clock.waiting();
        store.sync_blocks();
        assert_eq!(clock.waiting(), waiting);
        syncs_by_itself();
        // An archive that is being written does not matter.
        let unread = store.snapshot(Duration::ZERO, false, false).unwrap();
        store.sync_blocks();
        syncs_by_itself();
        drop(unread);
        store.stop().unwrap();
    });
}

go_test!(
    450,
    "filestore_test",
    "TestFileStoreSyncIntervals",
    sync_intervals
);
fn sync_intervals() {
    let needs_sync = |store: &FileStore| block(store, 1).needs_sync;
    let (mut setup, clock) = timed(plain().on(&["*"]));
    setup.options.sync_interval = Duration::from_millis(250);
    let store = setup.open();
    assert!(!needs_sync(&store));
    put(&store, "Z", b"hello");
    assert!(needs_sync(&store));
    clock.advance(Nanos::from_millis(400));
    assert!(!needs_sync(&store));
    store.stop().unwrap();

    let (mut setup, _clock) = timed(plain().on(&["*"]));
    setup.options.sync_interval = Duration::from_secs(10);
    setup.options.sync_always = true;
    let store = setup.open();
    assert!(!needs_sync(&store));
    put(&store, "Z", b"hello");
    assert!(!needs_sync(&store));
    store.stop().unwrap();
}

go_test!(
    546,
    "filestore_test",
    "TestFileStoreAsyncTruncate",
    async_truncate
);
fn async_truncate() {
    on_all(|setup| {
        // Time stands still, so nothing is written behind.
        let (mut setup, _clock) = timed(setup.blocks_of(8192));
        setup.options.async_flush = true;
        let store = setup.open();
        for seq in 1..=2 {
            assert_eq!(put(&store, "foo", &[0; 100]), seq);
        }
        assert_eq!(pending(&store), [2 * size("foo", &[0; 100])]);
        store.truncate(1).unwrap();
        assert_eq!(seqs(&store), (1, 1, 1));
        assert!(pending(&store).iter().all(|pending| *pending == 0));
        store.stop().unwrap();
    });
}

go_test!(
    547,
    "filestore_test",
    "TestFileStoreAsyncFlushOnSkipMsgs",
    async_flush_on_skip_msgs
);
fn async_flush_on_skip_msgs() {
    for waits_for_the_timer in [false, true] {
        on_all(|setup| {
            let (mut setup, clock) = timed(setup.blocks_of(8192));
            setup.options.async_flush = true;
            let store = setup.open();
            assert_eq!(pending(&store), [0]);
            put(&store, "foo", b"");
            if waits_for_the_timer {
                clock.advance(Nanos::from_millis(100));
                assert_eq!(pending(&store), [0]);
            } else {
                assert_eq!(pending(&store), [33]);
            }
            store.skip_msgs(2, 100_000).unwrap();
            // The block before was written at once; this one is after a while.
            assert_eq!(pending(&store), [0, 30]);
            clock.advance(Nanos::from_millis(100));
            assert_eq!(pending(&store), [0, 0]);
            store.stop().unwrap();
        });
    }
}

go_test!(
    548,
    "filestore_test",
    "TestFileStoreCompressionAfterTruncate",
    compression_after_truncation
);
fn compression_after_truncation() {
    type Act = fn(&FileStore);
    let acts: [Act; 3] = [
        |store| remove(store, 2),
        |store| erase(store, 2),
        // As a replica does that learns of it.
        |store| {
            let run = DeleteRange { first: 2, num: 1 };
            store.sync_deleted(&[DeleteBlock::Range(run)]);
        },
    ];
    for act in acts {
        on_all(|setup| {
            let setup = setup.on(&["foo"]);
            let compresses = setup.options.compression != StoreCompression::None;
            let store = setup.open();
            put_many(&store, "foo", b"", 2);
            assert!(!is_compressed(&setup, 1));
            store.start_block().unwrap();
            // The first block is compressed, unless it is the last one.
            let check = |store: &FileStore| {
                let last = store.blocks().last().unwrap().index;
                assert!(!is_compressed(&setup, last));
                if compresses && last != 1 {
                    wait_until("the first is compressed", || is_compressed(&setup, 1));
                } else {
                    assert!(!is_compressed(&setup, 1));
                }
            };
            check(&store);
            put(&store, "foo", b"");
            act(&store);
            assert_eq!(seqs(&store), (2, 1, 3));
            assert_eq!(store.state().num_deleted, 1);
            store.truncate(2).unwrap();
            assert_eq!(seqs(&store), (1, 1, 2));
            assert_eq!(store.state().num_deleted, 1);
            check(&store);
            store.write_full_state().unwrap();
            assert_eq!(put(&store, "foo", b""), 3);
            store.write_full_state().unwrap();
            store.drop_caches();
            assert!(is_there(&store, 1));
            check(&store);
            store.stop().unwrap();
        });
    }
}

go_test!(
    574,
    "filestore_test",
    "TestFileStoreSyncBlocksFlushesAndSyncsMessages",
    sync_blocks_writes_and_syncs
);
fn sync_blocks_writes_and_syncs() {
    on_all(|setup| {
        let (mut setup, _clock) = timed(setup);
        setup.options.async_flush = true;
        let store = setup.open();
        assert_eq!(put(&store, "foo", b""), 1);
        assert_eq!(pending(&store), [33]);
        store.sync_blocks();
        assert_eq!(pending(&store), [0]);
        assert!(!block(&store, 1).needs_sync);
        store.drop_caches();
        assert_eq!(cached(&store), 0);
        let msg = load(&store, 1);
        assert_eq!((msg.seq, msg.subject()), (1, &b"foo"[..]));
        store.stop().unwrap();
    });
}
