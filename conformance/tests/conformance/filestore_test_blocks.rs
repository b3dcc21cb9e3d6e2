//! Go: `server/filestore_test.go`: blocks, deleting, compacting.

use std::sync::mpsc;
use std::time::Duration;

use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::jetstream::model::Nanos;
use nats_server::jetstream::store::StreamStore;
use nats_server::jetstream::store::file::FileStore;
use rand::Rng;

use super::filestore_support::*;

go_test!(
    378,
    "filestore_test",
    "TestFileStoreCollapseDmap",
    collapse_dmap
);
fn collapse_dmap() {
    on_all(|setup| {
        let setup = setup.blocks_of(4 * size("foo", b"Hello World!"));
        let store = setup.open();
        put_many(&store, "foo", b"Hello World!", 10);
        assert_eq!(store.state().msgs, 10);
        // What goes, how many are noted as deleted then, and what is first.
        let steps = [
            (2, 1, 1),
            (4, 2, 1),
            (8, 3, 1),
            (1, 2, 3),
            (3, 1, 5),
            (5, 1, 6),
            (7, 2, 6),
            (6, 0, 9),
        ];
        for (seq, deleted, first) in steps {
            remove(&store, seq);
            assert_eq!(store.deleted_len(), deleted, "{seq}");
            assert_eq!(store.state().first_seq, first, "{seq}");
        }
        assert_eq!(store.state().msgs, 2);
        store.stop().unwrap();
    });
}

go_test!(379, "filestore_test", "TestFileStoreReadCache", read_cache);
fn read_cache() {
    on_all(|mut setup| {
        setup.options.cache_expire = Duration::from_millis(100);
        let store = setup.open();
        let payload = [0; 1024];
        put_many(&store, "foo.bar", &payload, 500);
        wait_until("the cache is empty", || store.cache_memory() == 0);
        load(&store, 1);
        let bytes = 500 * size("foo.bar", &payload) as usize;
        assert!(store.cache_memory() >= bytes);
        assert_eq!(store.cache_loads(), 1);
        wait_until("the cache is empty again", || store.cache_memory() == 0);
        assert_eq!(store.cache_loads(), 1);
        load(&store, 1);
        // It stays as long as it is used.
        let end = std::time::Instant::now() + Duration::from_millis(250);
        while std::time::Instant::now() < end {
            load(&store, 1);
            assert_eq!(store.cache_loads(), 2);
            std::thread::yield_now();
        }
        store.stop().unwrap();
    });
}

go_test!(
    380,
    "filestore_test",
    "TestFileStorePartialCacheExpiration",
    partial_cache_expiration
);
fn partial_cache_expiration() {
    on_all(|mut setup| {
        setup.options.cache_expire = Duration::from_millis(10);
        let store = setup.open();
        put(&store, "foo", b"msg1");
        wait_until("the cache is empty", || store.cache_memory() == 0);
        put(&store, "bar", b"msg2");
        assert_eq!(load(&store, 1).payload(), b"msg1");
        assert_eq!(load(&store, 2).payload(), b"msg2");
        store.stop().unwrap();
    });
}

go_test!(
    397,
    "filestore_test",
    "TestFileStoreStreamStateDeleted",
    stream_state_deleted
);
fn stream_state_deleted() {
    on_all(|setup| {
        let store = setup.open();
        for seq in 1..=10 {
            put(&store, "foo", format!("[{seq:08}] Hello World!").as_bytes());
        }
        assert!(store.state().deleted.is_empty());
        for seq in (2..10).step_by(2) {
            remove(&store, seq);
        }
        assert_eq!(store.state().deleted, [2, 4, 6, 8]);
        remove(&store, 1);
        remove(&store, 3);
        let state = store.state();
        assert_eq!((&*state.deleted, state.first_seq), (&[6, 8][..], 5));
        store.purge().unwrap();
        assert!(store.state().deleted.is_empty());
        store.stop().unwrap();
    });
}

go_test!(
    398,
    "filestore_test",
    "TestFileStoreStreamDeleteDirNotEmpty",
    stream_delete_dir_not_empty
);
fn stream_delete_dir_not_empty() {
    on_all(|setup| {
        let store = setup.open();
        put_many(&store, "foo", HELLO, 10);
        let file = setup.root().join("g");
        let (ready, is_ready) = mpsc::channel();
        let writer = std::thread::spawn(move || {
            ready.send(()).unwrap();
            // The directory goes away at some time.
            (0..100)
                .filter(|_| std::fs::write(&file, b"OK").is_ok())
                .count()
        });
        is_ready.recv().unwrap();
        store.delete(true).unwrap();
        writer.join().unwrap();
        assert!(!setup.msgs().exists());
        assert!(setup.parent().exists());
    });
}

go_test!(
    400,
    "filestore_test",
    "TestFileStoreStreamDeleteCacheBug",
    stream_delete_cache_bug
);
fn stream_delete_cache_bug() {
    on_all(|mut setup| {
        setup.options.cache_expire = Duration::from_millis(50);
        let store = setup.open();
        put_many(&store, "foo", HELLO, 2);
        erase(&store, 1);
        wait_until("the cache is empty", || store.cache_memory() == 0);
        assert_eq!(load(&store, 2).payload(), HELLO);
        store.stop().unwrap();
    });
}

go_test!(
    401,
    "filestore_test",
    "TestFileStoreStreamFailToRollBug",
    stream_fail_to_roll_bug
);
fn stream_fail_to_roll_bug() {
    on_all(|setup| {
        let setup = setup.blocks_of(512).with(|config| config.max_bytes = 300);
        let store = setup.open();
        put_many(&store, "zzz", &b"ABC".repeat(33), 200);
        let blocks = store.blocks();
        assert_eq!(blocks.len(), 1, "{blocks:?}");
        assert!(blocks[0].index >= 60, "{blocks:?}");
        assert!(
            std::fs::metadata(setup.block(blocks[0].index))
                .unwrap()
                .len()
                <= 512
        );
        store.stop().unwrap();
    });
}

go_test!(
    409,
    "filestore_test",
    "TestFileStoreCompactReclaimHeadSpace",
    compact_reclaim_head_space
);
fn compact_reclaim_head_space() {
    on_all(|setup| {
        let setup = setup.blocks_of(4 * 1024 * 1024).on(&["*"]);
        let mut store = setup.open();
        let mut payload = vec![0; 64 * 1024];
        rand::rng().fill(&mut payload[..]);
        put_many(&store, "z", &payload, 100);
        let check = |store: &FileStore, count: usize| {
            let blocks = store.blocks();
            assert_eq!(blocks.len(), count, "{blocks:?}");
            for block in blocks {
                let len = std::fs::metadata(setup.block(block.index)).unwrap().len();
                assert_eq!(block.disk_len, len, "{block:?}");
                assert_eq!(load(store, block.first_seq).payload(), payload);
                assert_eq!(load(store, block.last_seq).payload(), payload);
            }
        };
        check(&store, 2);
        store.compact(33).unwrap();
        check(&store, 2);
        store.compact(85).unwrap();
        check(&store, 1);
        // What was before the first message is gone from the file.
        assert!(store.blocks()[0].len < 17 * 65_600);
        put(&store, "z", &payload);
        check(&store, 1);
        store = setup.reopen(&store);
        check(&store, 1);
        put(&store, "z", &payload);
        check(&store, 1);
        store.stop().unwrap();
    });
}

go_test!(
    410,
    "filestore_test",
    "TestFileStoreRememberLastMsgTime",
    remember_last_msg_time
);
fn remember_last_msg_time() {
    on_all(|setup| {
        let (setup, clock) = timed(setup.with(|config| config.max_age = Nanos::from_secs(3)));
        let payload = vec![b'X'; 2 * 1024 * 1024];
        let mut store = setup.open();
        let put = |store: &FileStore| {
            clock.advance(Nanos(1));
            store.store_msg(b"foo", b"", &payload, 0).unwrap()
        };
        let last_time = |store: &FileStore| {
            let time = store.state().last_time.unwrap().as_nanosecond();
            i64::try_from(time).unwrap()
        };
        let (seq, ts) = put(&store);
        remove(&store, seq);
        assert_eq!(last_time(&store), ts);
        store = setup.reopen(&store);
        assert_eq!(last_time(&store), ts);
        let (seq, ts) = put(&store);
        assert!(is_there(&store, seq));
        store.purge().unwrap();
        store = setup.reopen(&store);
        assert_eq!(last_time(&store), ts);
        put(&store);
        let (seq, ts) = put(&store);
        assert_eq!(seq, 4);
        clock.advance(Nanos::from_secs(4));
        assert_eq!(store.state().msgs, 0, "all have expired");
        store = setup.reopen(&store);
        assert_eq!(last_time(&store), ts);
        put(&store);
        let (seq, ts) = put(&store);
        assert_eq!(seq, 6);
        remove(&store, 6);
        remove(&store, 5);
        store = setup.reopen(&store);
        assert_eq!(last_time(&store), ts);
        assert_eq!(store.state().last_seq, 6);
        store.stop().unwrap();
    });
}

go_test!(
    415,
    "filestore_test",
    "TestFileStoreDoubleCompactWithWriteInBetweenEncryptedBug",
    double_compact_with_write_in_between
);
fn double_compact_with_write_in_between() {
    on_all(|setup| {
        let store = setup.open();
        for last in [5, 10] {
            put_many(&store, "foo", b"ouch", 5);
            assert_eq!(store.compact(last).unwrap(), if last == 5 { 4 } else { 5 });
            assert_eq!(store.state().last_seq, last);
        }
        store.stop().unwrap();
    });
}

go_test!(
    434,
    "filestore_test",
    "TestFileStoreStateWithBlkFirstDeleted",
    state_with_block_first_deleted
);
fn state_with_block_first_deleted() {
    on_all(|setup| {
        let setup = setup.blocks_of(4096).on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", HELLO, 500);
        let blocks = store.blocks();
        assert!(blocks.len() > 2);
        let first = blocks[1].first_seq;
        for seq in first..first + 10 {
            remove(&store, seq);
        }
        assert_eq!(fast(&store).num_deleted, 10);
        assert_eq!(store.state().num_deleted, 10);
        store.stop().unwrap();
    });
}

go_test!(
    437,
    "filestore_test",
    "TestFileStoreStreamTruncateResetMultiBlock",
    truncate_reset_multi_block
);
fn truncate_reset_multi_block() {
    on_all(|setup| {
        let setup = setup.blocks_of(128).on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", HELLO, 1000);
        store.sync_blocks();
        assert_eq!(store.block_count(), 500);
        store.truncate(0).unwrap();
        assert_eq!(store.block_count(), 0);
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (0, 0));
        assert_eq!((state.first_seq, state.last_seq), (0, 0));
        assert_eq!((state.num_subjects, state.num_deleted), (0, 0));
        put_many(&store, "foo", HELLO, 1000);
        store.sync_blocks();
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (1000, 44_000));
        assert_eq!((state.first_seq, state.last_seq), (1, 1000));
        assert_eq!((state.num_subjects, state.num_deleted), (1, 0));
        store.stop().unwrap();
    });
}
