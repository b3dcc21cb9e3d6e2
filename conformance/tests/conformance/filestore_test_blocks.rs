//! Go: `server/filestore_test.go`: deleting, counting, recovering.

use std::sync::mpsc;
use std::time::Duration;

use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::jetstream::model::StoreCompression;
use nats_server::jetstream::model::{
    ConsumerConfig, ConsumerState, DiscardPolicy, Nanos, SequencePair, SimpleState,
};
use nats_server::jetstream::store::disk::RealDisk;
use nats_server::jetstream::store::file::archive::restore;
use nats_server::jetstream::store::file::cipher::StoreCipher;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{
    Clock, StoreError, StoredMsg, StreamStore, SystemClock, headers,
};
use nats_server::protocol::header_value;
use nats_server::subject::matches_literal;
use nats_server::subject::sublist::Sublist;
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

go_test!(383, "filestore_test", "TestFileStoreSnapshot", snapshot);
fn snapshot() {
    use std::io::Read;
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"Hello Snappy!", 2233);
        for (name, floor) in [("o22", 22), ("o33", 33)] {
            let consumer = store
                .consumer_store(name, None, &ConsumerConfig::default())
                .unwrap();
            let pair = |seq| SequencePair {
                consumer: seq,
                stream: seq,
            };
            let state = ConsumerState {
                delivered: pair(100),
                ack_floor: pair(floor),
                ..ConsumerState::default()
            };
            consumer.update(&state).unwrap();
        }
        let verify = || {
            let deadline = Duration::from_secs(5);
            let mut archive = Vec::new();
            let mut snapshot = store.snapshot(deadline, true, true).unwrap();
            snapshot.reader.read_to_end(&mut archive).unwrap();
            let dir = tempfile::tempdir().unwrap();
            restore(&RealDisk, &archive[..], dir.path(), u64::MAX).unwrap();
            for name in ["o22", "o33"] {
                assert!(dir.path().join("obs").join(name).join("o.dat").exists());
            }
            let options = FileStoreConfig {
                dir: dir.path().into(),
                ..setup.options.clone()
            };
            let restored = FileStore::open(options, &setup.config).unwrap();
            let mut expected = store.state();
            expected.consumers = 0;
            assert_eq!(restored.state(), expected);
            for seq in 1..=2233 {
                assert_eq!(is_there(&restored, seq), is_there(&store, seq), "{seq}");
            }
            restored.stop().unwrap();
        };
        verify();
        for seq in 1..=100 {
            remove(&store, seq);
        }
        verify();
        for _ in 0..50 {
            store
                .remove_msg(rand::rng().random_range(101..=2233))
                .unwrap();
        }
        verify();
        store.sync_blocks();
        verify();
        // Whoever does not want it any more just goes.
        let deadline = Duration::from_secs(5);
        let unread = store.snapshot(deadline, false, true).unwrap();
        store.remove_msg(122).unwrap();
        drop(unread);
        wait_until("another archive can be made", || {
            store.snapshot(Duration::ZERO, false, false).is_ok()
        });
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
    406,
    "filestore_test",
    "TestFileStorePurgeExKeepOneBug",
    purge_ex_keep_one_bug
);
fn purge_ex_keep_one_bug() {
    on_all(|setup| {
        let setup = setup.blocks_of(128).on(&["*"]);
        let store = setup.open();
        for _ in 0..2 {
            put(&store, "A", b"META");
            put(&store, "B", &[b'X'; 128]);
        }
        assert_eq!(store.filtered_state(1, b"A").msgs, 2);
        assert_eq!(store.purge_ex(b"A", 0, 1).unwrap(), 1);
        assert_eq!(store.filtered_state(1, b"A").msgs, 1);
        store.stop().unwrap();
    });
}

go_test!(
    407,
    "filestore_test",
    "TestFileStoreFilteredPendingBug",
    filtered_pending_bug
);
fn filtered_pending_bug() {
    on_all(|setup| {
        let setup = setup.on(&["*"]);
        let store = setup.open();
        for subject in ["foo", "bar", "baz"] {
            put(&store, subject, b"msg");
        }
        assert_eq!(store.filtered_state(3, b"foo"), SimpleState::default());
        assert_eq!(store.num_pending(3, b"foo", false).unwrap(), (0, 3));
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
        let setup = setup.with(|config| config.max_age = Nanos::from_secs(3));
        let payload = vec![b'X'; 2 * 1024 * 1024];
        let mut store = setup.open();
        let put = |store: &FileStore| store.store_msg(b"foo", b"", &payload, 0).unwrap();
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
        wait_until("all have expired", || store.state().msgs == 0);
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
    412,
    "filestore_test",
    "TestFileStorePurgeExWithSubject",
    purge_ex_with_subject
);
fn purge_ex_with_subject() {
    on_all(|setup| {
        let setup = setup.blocks_of(1000).on(&["foo.>"]);
        let mut store = setup.open();
        put(&store, "foo.0", &[0; 20]);
        put_many(&store, "foo.1", &[0; 20], 200);
        put(&store, "foo.2", b"xxxxxx");
        store = setup.reopen(&store);
        let index = std::fs::read(setup.index()).unwrap();
        assert!(!index.is_empty());
        assert_eq!(store.purge_ex(b"foo.1", 1, 0).unwrap(), 200);
        let before = store.state();
        assert_eq!((before.msgs, before.first_seq), (2, 1));
        store = setup.reopen(&store);
        assert_eq!(store.state(), before);
        store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        store = setup.open();
        assert_eq!(store.state(), before);
        store.stop().unwrap();
    });
}

go_test!(
    413,
    "filestore_test",
    "TestFileStorePurgeExNoTombsOnBlockRemoval",
    purge_ex_no_tombs_on_block_removal
);
fn purge_ex_no_tombs_on_block_removal() {
    on_all(|setup| {
        let setup = setup.blocks_of(1000).on(&["foo.>"]);
        let mut store = setup.open();
        put_many(&store, "foo.1", &[0; 20], 100);
        put(&store, "foo.2", &[0; 20]);
        assert_eq!(store.block_count(), 6);
        store.write_full_state().unwrap();
        let index = std::fs::read(setup.index()).unwrap();
        assert_eq!(store.purge_ex(b"foo.1", 1, 0).unwrap(), 100);
        let (msgs, first, _) = seqs(&store);
        assert_eq!((msgs, first), (1, 101));
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        store = setup.open();
        let (msgs, first, _) = seqs(&store);
        assert_eq!((msgs, first), (1, 101));
        store.stop().unwrap();
    });
}

go_test!(
    414,
    "filestore_test",
    "TestFileStoreShortIndexWriteBug",
    short_index_write_bug
);
fn short_index_write_bug() {
    on_all(|setup| {
        let setup = setup.with(|config| config.max_age = Nanos::from_secs(1));
        let store = setup.open();
        put_many(&store, "foo", b"", 100);
        wait_until("all have expired", || store.state().msgs == 0);
        assert_eq!(store.state().first_seq, 101);
        let store = setup.reopen(&store);
        assert_eq!(seqs(&store), (0, 101, 100));
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
    418,
    "filestore_test",
    "TestFileStoreMaxMsgsPerSubject",
    max_msgs_per_subject
);
fn max_msgs_per_subject() {
    on_all(|setup| {
        let setup = setup
            .blocks_of(128)
            .on(&["kv.>"])
            .with(|config| config.max_msgs_per_subject = 1);
        let store = setup.open();
        for _ in 0..2 {
            for number in 1..=100 {
                put(&store, &format!("kv.{number}"), b"value");
            }
        }
        let state = store.state();
        assert_eq!(seqs(&store), (100, 101, 200));
        assert!(state.deleted.is_empty());
        assert_eq!(store.block_count(), 34);
        store.stop().unwrap();
    });
}

go_test!(
    419,
    "filestore_test",
    "TestFileStoreMaxMsgsAndMaxMsgsPerSubject",
    max_msgs_and_max_msgs_per_subject
);
fn max_msgs_and_max_msgs_per_subject() {
    on_all(|setup| {
        let setup = setup.blocks_of(128).on(&["kv.>"]).with(|config| {
            config.discard = DiscardPolicy::New;
            config.max_msgs = 100;
            config.discard_new_per_subject = true;
            config.max_msgs_per_subject = 1;
        });
        let store = setup.open();
        for number in 1..=101 {
            let subject = format!("kv.{number}");
            let stored = store.store_msg(subject.as_bytes(), b"", b"value", 0);
            assert_eq!(stored.is_err(), number == 101);
        }
        for number in 1..=100 {
            let subject = format!("kv.{number}");
            let stored = store.store_msg(subject.as_bytes(), b"", b"value", 0);
            assert!(matches!(stored, Err(StoreError::MaxMsgsPerSubject)));
        }
        assert_eq!(seqs(&store), (100, 1, 100));
        assert!(store.state().deleted.is_empty());
        store.stop().unwrap();
    });
}

go_test!(421, "filestore_test", "TestFileStoreEncrypted", encrypted);
fn encrypted() {
    on_all(|setup| {
        let store = setup.open();
        put_many(&store, "foo", b"aes ftw", 50);
        let consumer = store
            .consumer_store("o22", None, &ConsumerConfig::default())
            .unwrap();
        let pair = |seq| SequencePair {
            consumer: seq,
            stream: seq,
        };
        let state = ConsumerState {
            delivered: pair(22),
            ack_floor: pair(11),
            ..ConsumerState::default()
        };
        consumer.update(&state).unwrap();
        consumer.stop().unwrap();
        let store = setup.reopen(&store);
        assert_eq!(load(&store, 10).payload(), b"aes ftw");
        let consumer = store
            .consumer_store("o22", None, &ConsumerConfig::default())
            .unwrap();
        let recovered = consumer.state().unwrap();
        assert_eq!(recovered.delivered, state.delivered);
        assert_eq!(recovered.ack_floor, state.ack_floor);
        let block = std::fs::read(setup.block(1)).unwrap();
        let is_plain = block.windows(7).any(|part| part == b"aes ftw");
        assert_eq!(is_plain, setup.options.encryption.is_none());
        store.stop().unwrap();
    });
}

go_test!(
    426,
    "filestore_test",
    "TestFileStoreExpireOnRecoverSubjectAccounting",
    expire_on_recover_subject_accounting
);
fn expire_on_recover_subject_accounting() {
    on_all(|setup| {
        let setup = setup.blocks_of(100).on(&["*"]);
        let setup = setup.with(|config| config.max_age = Nanos(400_000_000));
        let store = setup.open();
        put(&store, "A", &[b'A'; 19]);
        let (_, ts) = store.store_msg(b"B", b"", &[b'A'; 19], 0).unwrap();
        wait_until("half of the time", || SystemClock.now() > ts + 200_000_000);
        put(&store, "C", &[b'A'; 19]);
        store.stop().unwrap();
        wait_until("the first two are too old", || {
            SystemClock.now() > ts + 400_000_000
        });
        let store = setup.open();
        assert_eq!(store.state().num_subjects, 1);
        store.stop().unwrap();
    });
}

go_test!(
    428,
    "filestore_test",
    "TestFileStoreFilteredFirstMatchingBug",
    filtered_first_matching_bug
);
fn filtered_first_matching_bug() {
    on_all(|setup| {
        let setup = setup.on(&["foo.>"]);
        let store = setup.open();
        for payload in [b"A", b"B", b"C"] {
            put(&store, "foo.foo", payload);
        }
        let store = setup.reopen(&store);
        put(&store, "foo.bar", b"X");
        assert_eq!(next(&store, "foo.foo", 4), None);
        assert_eq!(next(&store, "foo.foo", 3).map(|msg| msg.seq), Some(3));
        store.stop().unwrap();
    });
}

go_test!(
    430,
    "filestore_test",
    "TestFileStoreRebuildStateProperlyWithMaxMsgsPerSubject",
    rebuild_state_with_max_msgs_per_subject
);
fn rebuild_state_with_max_msgs_per_subject() {
    on_all(|setup| {
        let setup = setup
            .blocks_of(4096)
            .on(&["foo", "bar", "baz"])
            .with(|config| config.max_msgs_per_subject = 1);
        let store = setup.open();
        put(&store, "baz", b"");
        for _ in 0..1000 {
            put(&store, "foo", b"");
            put(&store, "bar", b"");
        }
        for store in [store.clone(), setup.reopen_from_blocks(&store)] {
            let state = fast(&store);
            assert_eq!((state.num_subjects, state.msgs), (3, 3));
        }
    });
}

go_test!(
    431,
    "filestore_test",
    "TestFileStoreUpdateMaxMsgsPerSubject",
    update_max_msgs_per_subject
);
fn update_max_msgs_per_subject() {
    on_all(|setup| {
        let setup = setup
            .on(&["foo"])
            .with(|config| config.max_msgs_per_subject = 10);
        let store = setup.open();
        let msgs = || store.subjects_state(b"foo")[&b"foo"[..]].msgs;
        let mut config = setup.config.clone();
        config.max_msgs_per_subject = 50;
        store.update_config(&mut config).unwrap();
        put_many(&store, "foo", b"", 22);
        assert_eq!(msgs(), 22);
        config.max_msgs_per_subject = 10;
        store.update_config(&mut config).unwrap();
        assert_eq!(msgs(), 10);
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
    436,
    "filestore_test",
    "TestFileStoreAllFilteredStateWithDeleted",
    all_filtered_state_with_deleted
);
fn all_filtered_state_with_deleted() {
    on_all(|setup| {
        let setup = setup.blocks_of(1024).on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", HELLO, 100);
        let check = |start, msgs, first, last| {
            assert_eq!(
                store.filtered_state(start, b""),
                SimpleState { msgs, first, last }
            );
        };
        check(1, 100, 1, 100);
        remove(&store, 2);
        check(2, 98, 3, 100);
        for seq in [3, 4, 5] {
            remove(&store, seq);
        }
        check(2, 95, 6, 100);
        check(6, 95, 6, 100);
        for seq in [8, 10, 12, 14, 16, 18] {
            remove(&store, seq);
        }
        check(7, 88, 7, 100);
        store.purge().unwrap();
        check(0, 0, 101, 100);
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

go_test!(
    438,
    "filestore_test",
    "TestFileStoreStreamCompactMultiBlockSubjectInfo",
    compact_multi_block_subject_info
);
fn compact_multi_block_subject_info() {
    on_all(|setup| {
        let setup = setup.blocks_of(128).on(&["foo.*"]);
        let store = setup.open();
        for number in 0..1000 {
            put(&store, &format!("foo.{number}"), HELLO);
        }
        assert_eq!(store.block_count(), 500);
        assert_eq!(store.compact(501).unwrap(), 500);
        assert_eq!(store.block_count(), 250);
        assert_eq!(store.state().num_subjects, 500);
        store.stop().unwrap();
    });
}

go_test!(
    439,
    "filestore_test",
    "TestFileStoreSubjectsTotals",
    subjects_totals
);
fn subjects_totals() {
    let setup = plain().on(&["*.*"]);
    let store = setup.open();
    let mut counts = std::collections::HashMap::<Vec<u8>, u64>::new();
    let mut rng = rand::rng();
    for _ in 0..10_000 {
        let first = if rng.random_bool(0.5) { "foo" } else { "bar" };
        let subject = format!("{first}.{}", rng.random_range(0..100));
        put(&store, &subject, HELLO);
        *counts.entry(subject.into_bytes()).or_default() += 1;
    }
    for (subject, count) in &counts {
        assert_eq!(store.subjects_totals(subject)[subject], *count);
    }
    for filter in ["foo.*", "bar.*", "*.*"] {
        let mut expected = counts.clone();
        expected.retain(|subject, _| matches_literal(subject, filter));
        assert_eq!(store.subjects_totals(filter.as_bytes()), expected);
    }
    store.stop().unwrap();
}

go_test!(
    441,
    "filestore_test",
    "TestFileStoreNumPendingLargeNumBlks",
    num_pending_large_num_blocks
);
fn num_pending_large_num_blocks() {
    let setup = plain().blocks_of(128).on(&["zzz"]);
    let store = setup.open();
    put_many(&store, "zzz", &[b'X'; 100], 10_000);
    let pending = |seq| store.num_pending(seq, b"zzz", false).unwrap().0;
    assert_eq!((pending(4000), pending(6000)), (6001, 4001));
    remove(&store, 1000);
    remove(&store, 9000);
    assert_eq!((pending(4000), pending(6000)), (6000, 4000));
    store.stop().unwrap();
}

go_test!(
    442,
    "filestore_test",
    "TestFileStoreSkipMsgAndNumBlocks",
    skip_msg_and_num_blocks
);
fn skip_msg_and_num_blocks() {
    let setup = plain().blocks_of(128).on(&["zzz"]);
    let store = setup.open();
    put(&store, "zzz", &[b'X'; 100]);
    for _ in 0..10_000 {
        store.skip_msg(0).unwrap();
    }
    put(&store, "zzz", &[b'X'; 100]);
    assert_eq!(seqs(&store), (2, 1, 10_002));
    store.stop().unwrap();
}

go_test!(
    443,
    "filestore_test",
    "TestFileStoreRestoreEncryptedWithNoKeyFuncFails",
    restore_encrypted_with_no_key_fails
);
fn restore_encrypted_with_no_key_fails() {
    let mut setup = Setup::new(Some(StoreCipher::Aes), StoreCompression::None).on(&["zzz"]);
    let store = setup.open();
    put_many(&store, "zzz", &[b'X'; 100], 100);
    store.stop().unwrap();
    setup.options.encryption = None;
    assert!(matches!(setup.try_open(), Err(StoreError::NoMainKey)));
}

go_test!(
    444,
    "filestore_test",
    "TestFileStoreInitialFirstSeq",
    initial_first_seq
);
fn initial_first_seq() {
    on_all(|setup| {
        let setup = setup.with(|config| config.first_seq = 1000);
        let store = setup.open();
        assert_eq!(put(&store, "A", b"OK"), 1000);
        assert_eq!(put(&store, "B", b"OK"), 1001);
        let state = fast(&store);
        assert_eq!(state.msgs, 2);
        assert_eq!((state.first_seq, state.last_seq), (1000, 1001));
        store.stop().unwrap();
    });
}

go_test!(
    445,
    "filestore_test",
    "TestFileStoreRecaluclateFirstForSubjBug",
    recalculate_first_for_subject_bug
);
fn recalculate_first_for_subject_bug() {
    let setup = plain().on(&["*"]);
    let mut store = setup.open();
    for subject in ["foo", "bar", "foo"] {
        put(&store, subject, b"");
    }
    remove(&store, 1);
    remove(&store, 2);
    let foo = |store: &FileStore| store.subjects_state(b"foo")[&b"foo"[..]];
    let expected = SimpleState {
        msgs: 1,
        first: 3,
        last: 3,
    };
    assert_eq!(foo(&store), expected);
    // From the state file only the block is known.
    store = setup.reopen(&store);
    assert_eq!(foo(&store), expected);
    store.stop().unwrap();
}

go_test!(
    446,
    "filestore_test",
    "TestFileStoreKeepWithDeletedMsgsBug",
    keep_with_deleted_msgs_bug
);
fn keep_with_deleted_msgs_bug() {
    let setup = plain().on(&["*"]);
    let store = setup.open();
    for _ in 0..5 {
        put(&store, "A", &[b'A'; 19]);
        put(&store, "B", &[b'A'; 19]);
    }
    assert_eq!(store.purge_ex(b"A", 0, 0).unwrap(), 5);
    assert_eq!(store.purge_ex(b"", 0, 2).unwrap(), 3);
    store.stop().unwrap();
}

go_test!(
    447,
    "filestore_test",
    "TestFileStoreRestartWithExpireAndLockingBug",
    restart_with_expire_and_locking_bug
);
fn restart_with_expire_and_locking_bug() {
    let mut setup = plain().on(&["*"]);
    let store = setup.open();
    for _ in 0..10 {
        put(&store, "A", b"HELLO WORLD");
        put(&store, "B", b"HELLO WORLD");
    }
    store.stop().unwrap();
    setup.config.max_msgs = 15;
    setup.config.max_msgs_per_subject = 2;
    let store = setup.open();
    assert_eq!(seqs(&store), (4, 17, 20));
    store.stop().unwrap();
}

go_test!(
    452,
    "filestore_test",
    "TestFileStoreFullStateBasics",
    full_state_basics
);
fn full_state_basics() {
    on_all(|setup| {
        let setup = setup.blocks_of(100).on(&["*"]);
        let (a, z) = ([b'A'; 19], [b'Z'; 19]);
        let mut store = setup.open();
        put(&store, "A", &a);
        put(&store, "A", &z);
        assert_eq!(store.block_count(), 1);
        store = setup.reopen(&store);
        let index = std::fs::read(setup.index()).unwrap();
        assert!(!index.is_empty());
        for entry in std::fs::read_dir(setup.msgs()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.ends_with(".fss") && !name.ends_with(".idx"), "{name}");
        }
        assert_eq!(seqs(&store), (2, 1, 2));
        assert_eq!(load(&store, 1).payload(), a);
        assert_eq!(load(&store, 2).payload(), z);
        put(&store, "A", &z);
        store = setup.reopen(&store);
        let index = std::fs::read(setup.index()).unwrap();
        // What is written after the state file is found in the blocks.
        put(&store, "A", &z);
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        store = setup.open();
        assert_eq!(seqs(&store), (4, 1, 4));
        assert_eq!(store.state().bytes, 4 * 50);
        assert_eq!(store.block_count(), 2);
        let own = store.subjects_state(b"A")[&b"A"[..]];
        assert_eq!((own.msgs, own.first, own.last), (4, 1, 4));
        put(&store, "A", &a);
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        store = setup.open();
        assert_eq!(seqs(&store), (5, 1, 5));
        assert_eq!(store.block_count(), 3);
        let own = store.subjects_state(b"A")[&b"A"[..]];
        assert_eq!((own.msgs, own.first, own.last), (5, 1, 5));
        store.stop().unwrap();
    });
}

go_test!(
    462,
    "filestore_test",
    "TestFileStoreFullStateMidBlockPastWAL",
    full_state_mid_block_past_wal
);
fn full_state_mid_block_past_wal() {
    on_all(|setup| {
        let setup = setup
            .on(&["*"])
            .with(|config| config.max_msgs_per_subject = 1);
        let mut store = setup.open();
        for subject in ["A", "B", "C", "D", "E"] {
            put(&store, subject, &[b'Z'; 19]);
        }
        assert_eq!(store.block_count(), 1);
        store.stop().unwrap();
        let index = std::fs::read(setup.index()).unwrap();
        store = setup.open();
        for subject in ["F", "G", "H", "I", "J"] {
            put(&store, subject, &[b'Z'; 19]);
        }
        remove(&store, 2);
        assert_eq!(store.block_count(), 1);
        let before = store.state();
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        store = setup.open();
        assert_eq!(store.state(), before);
        store.stop().unwrap();
        assert!(setup.index().exists());
    });
}

go_test!(
    468,
    "filestore_test",
    "TestFileStoreIndexDBExistsAfterShutdown",
    index_db_exists_after_shutdown
);
fn index_db_exists_after_shutdown() {
    let setup = plain().on(&[">"]);
    let store = setup.open();
    put_many(&store, "foo.bar.baz", b"", 1000);
    assert!(!setup.index().exists());
    store.stop().unwrap();
    assert!(setup.index().exists());
}

go_test!(
    470,
    "filestore_test",
    "TestFileStoreNumPendingLastBySubject",
    num_pending_last_by_subject
);
fn num_pending_last_by_subject() {
    let setup = plain().blocks_of(1024).on(&["foo.*.*"]);
    let mut store = setup.open();
    let mut rng = rand::rng();
    for number in 1..=1000 {
        let subject = format!("foo.{}.{number}", rng.random_range(1..=20));
        put(&store, &subject, &b"ABC".repeat(25));
    }
    assert!(store.block_count() > 100);
    store = setup.reopen(&store);
    assert_eq!(store.num_pending(0, b"foo.*.*", true).unwrap().0, 1000);
    assert_eq!(store.cache_loads(), 0);
    for filter in ["foo.10.*", "*.22.*", "*.*.222", "foo.5.999", "*.2.*"] {
        let start = rng.random_range(200..450);
        let expected = (start..=1000)
            .filter(|seq| matches_literal(load(&store, *seq).subject(), filter))
            .count() as u64;
        let pending = store.num_pending(start, filter.as_bytes(), true).unwrap();
        assert_eq!(pending, (expected, 1000), "{filter} from {start}");
    }
    store.stop().unwrap();
}

go_test!(475, "filestore_test", "TestFileStoreSkipMsgs", skip_msgs);
fn skip_msgs() {
    let setup = plain().blocks_of(1024).on(&["*"]);
    let store = setup.open();
    assert!(matches!(
        store.skip_msgs(10, 100),
        Err(StoreError::SequenceMismatch)
    ));
    store.skip_msgs(1, 100).unwrap();
    assert_eq!(seqs(&store), (0, 101, 100));
    assert_eq!(store.block_count(), 1);
    store.skip_msgs(101, 100_000).unwrap();
    assert_eq!(seqs(&store), (0, 100_101, 100_100));
    assert_eq!(store.block_count(), 1);
    store.stop().unwrap();

    let setup = plain().blocks_of(1024).on(&["*"]);
    let store = setup.open();
    put(&store, "foo", b"");
    store.skip_msgs(2, 10).unwrap();
    let state = store.state();
    assert_eq!((state.msgs, state.first_seq, state.last_seq), (1, 1, 11));
    assert_eq!((state.num_deleted, state.deleted.len()), (10, 10));
    let state = fast(&store);
    assert_eq!((state.msgs, state.first_seq, state.last_seq), (1, 1, 11));
    assert_eq!(state.num_deleted, 10);
    store.stop().unwrap();
}

go_test!(
    476,
    "filestore_test",
    "TestFileStoreOptimizeFirstLoadNextMsgWithSequenceZero",
    first_load_next_msg_with_sequence_zero
);
fn first_load_next_msg_with_sequence_zero() {
    let setup = plain().blocks_of(4096).on(&["foo.*"]);
    let store = setup.open();
    put_many(&store, "foo.A", &b"ZZZ".repeat(33), 5000);
    put_many(&store, "foo.B", &b"ZZZ".repeat(33), 10);
    let store = setup.reopen(&store);
    assert_eq!(next(&store, "foo.B", 0).map(|msg| msg.seq), Some(5001));
    assert_eq!(store.cache_loads(), 1);
    store.stop().unwrap();
}

go_test!(
    480,
    "filestore_test",
    "TestFileStoreMultiLastSeqs",
    multi_last_seqs
);
fn multi_last_seqs() {
    let setup = plain().blocks_of(256).on(&["foo.*", "bar.*"]);
    let store = setup.open();
    for first in ["foo", "bar"] {
        for _ in 0..33 {
            for second in ["foo", "bar", "baz"] {
                put(&store, &format!("{first}.{second}"), b"abc");
            }
        }
    }
    let cases: [(&[&[u8]], u64, &[u64]); 13] = [
        (&[b"foo.*"], 3, &[1, 2, 3]),
        (&[b"foo.*"], 0, &[97, 98, 99]),
        (&[b"bar.*"], 0, &[196, 197, 198]),
        (&[b"bar.*"], 99, &[]),
        (&[b"foo.foo", b"foo.bar", b"foo.baz"], 3, &[1, 2, 3]),
        (&[b"foo.foo", b"foo.bar", b"foo.baz"], 0, &[97, 98, 99]),
        (&[b"bar.foo", b"bar.bar", b"bar.baz"], 0, &[196, 197, 198]),
        (&[b"bar.foo", b"bar.bar", b"bar.baz"], 99, &[]),
        (&[b"foo.foo"], 3, &[1]),
        (&[b"foo.*", b"foo.bar"], 3, &[1, 2, 3]),
        (&[b"bar.>", b"bar.bar", b"bar.baz"], 0, &[196, 197, 198]),
        (&[b">"], 0, &[97, 98, 99, 196, 197, 198]),
        (&[b">"], 99, &[97, 98, 99]),
    ];
    for (filters, max_seq, expected) in cases {
        let found = store.multi_last_seqs(filters, max_seq, None).unwrap();
        assert_eq!(found, expected, "{filters:?} up to {max_seq}");
    }
    store.stop().unwrap();
}

go_test!(
    481,
    "filestore_test",
    "TestFileStoreMultiLastSeqsMaxAllowed",
    multi_last_seqs_max_allowed
);
fn multi_last_seqs_max_allowed() {
    let setup = plain().on(&["foo.*"]);
    let store = setup.open();
    for number in 1..=100 {
        put(&store, &format!("foo.{number}"), b"abc");
    }
    let found = store.multi_last_seqs(&[b"foo.*"], 0, Some(10));
    assert!(matches!(found, Err(StoreError::TooManyResults)));
    store.stop().unwrap();
}

go_test!(
    486,
    "filestore_test",
    "TestFileStoreRecoverWithRemovesAndNoIndexDB",
    recover_with_removes_and_no_index_db
);
fn recover_with_removes_and_no_index_db() {
    let setup = plain().blocks_of(250).on(&["foo.*"]);
    let store = setup.open();
    for number in 1..=10 {
        put(&store, &format!("foo.{number}"), b"abc");
    }
    for seq in [1, 2, 8] {
        remove(&store, seq);
    }
    assert_eq!(seqs(&store), (7, 3, 10));
    store.sync_blocks();
    let store = setup.reopen_from_blocks(&store);
    let state = fast(&store);
    assert_eq!((state.msgs, state.first_seq, state.last_seq), (7, 3, 10));
    store.stop().unwrap();
}

go_test!(
    487,
    "filestore_test",
    "TestFileStoreReloadAndLoseLastSequence",
    reload_and_lose_last_sequence
);
fn reload_and_lose_last_sequence() {
    let setup = plain().on(&["foo.*"]);
    let mut store = setup.open();
    for _ in 0..22 {
        store.skip_msg(0).unwrap();
    }
    for _ in 0..5 {
        store = setup.reopen(&store);
        assert_eq!(seqs(&store), (0, 23, 22));
    }
    store.stop().unwrap();
}

go_test!(
    488,
    "filestore_test",
    "TestFileStoreReloadAndLoseLastSequenceWithSkipMsgs",
    reload_and_lose_last_sequence_with_skip_msgs
);
fn reload_and_lose_last_sequence_with_skip_msgs() {
    let setup = plain().on(&["foo.*"]);
    let mut store = setup.open();
    store.skip_msgs(0, 22).unwrap();
    for _ in 0..5 {
        store = setup.reopen(&store);
        assert_eq!(seqs(&store), (0, 23, 22));
    }
    store.stop().unwrap();
}

go_test!(
    489,
    "filestore_test",
    "TestFileStoreLoadLastWildcard",
    load_last_wildcard
);
fn load_last_wildcard() {
    let setup = plain().blocks_of(512).on(&["foo.*.*"]);
    let mut store = setup.open();
    put(&store, "foo.22.baz", b"hello");
    put(&store, "foo.22.bar", b"hello");
    put_many(&store, "foo.11.foo", b"hello", 1000);
    store = setup.reopen(&store);
    let mut msg = StoredMsg::new();
    store.load_last_msg(b"foo.22.*", &mut msg).unwrap();
    assert_eq!(msg.seq, 2);
    assert_eq!(store.cache_loads(), 1);
    store.stop().unwrap();
}

go_test!(
    496,
    "filestore_test",
    "TestFileStoreTombstoneRbytes",
    tombstone_bytes
);
fn tombstone_bytes() {
    let setup = plain().blocks_of(1024).on(&["foo.*"]);
    let store = setup.open();
    put_many(&store, "foo.22", b"hello", 34);
    assert!(store.block_count() > 1);
    for seq in 11..=24 {
        remove(&store, seq);
    }
    let block = store.blocks()[1];
    assert!(block.len > block.bytes, "{block:?}");
    store.stop().unwrap();
}

go_test!(
    501,
    "filestore_test",
    "TestFileStoreRestoreIndexWithMatchButLeftOverBlocks",
    restore_index_with_left_over_blocks
);
fn restore_index_with_left_over_blocks() {
    let setup = plain()
        .blocks_of(256)
        .on(&["foo.*"])
        .with(|config| config.max_msgs_per_subject = 1);
    let mut store = setup.open();
    for number in 1..=12 {
        put(&store, &format!("foo.{number}"), b"hello");
    }
    assert_eq!(store.block_count(), 2);
    store.stop().unwrap();
    let index = std::fs::read(setup.index()).unwrap();
    store = setup.open();
    for number in 1..=6 {
        put(&store, &format!("foo.{number}"), b"hello");
    }
    assert_eq!(seqs(&store), (12, 7, 18));
    assert_eq!(store.block_count(), 2);
    store.stop().unwrap();
    std::fs::write(setup.index(), &index).unwrap();
    store = setup.open();
    assert_eq!(seqs(&store), (12, 7, 18));
    store.stop().unwrap();
}

go_test!(
    520,
    "filestore_test",
    "TestFileStoreNumPendingMulti",
    num_pending_multi
);
fn num_pending_multi() {
    let setup = plain().on(&["ev.*"]);
    let store = setup.open();
    let mut rng = rand::rng();
    let start = rng.random_range(5_000..95_000);
    let payload = b"ZZZ".repeat(333);
    let mut subjects = Vec::new();
    for _ in 0..100_000 {
        let subject = format!("ev.{}", rng.random_range(0..10_000));
        put(&store, &subject, &payload);
        subjects.push(subject);
    }
    let mut filters = Sublist::new();
    for number in 0..5_000 {
        filters
            .insert(format!("ev.{}", number * 2), None, ())
            .unwrap();
    }
    let expected = subjects[start as usize - 1..]
        .iter()
        .filter(|subject| filters.has_interest(subject.as_bytes()))
        .count() as u64;
    let pending = store
        .num_pending_multi(start, Some(&filters), false)
        .unwrap();
    assert_eq!(pending, (expected, 100_000));
    store.stop().unwrap();
}

go_test!(
    521,
    "filestore_test",
    "TestFileStoreMessageTTL",
    message_ttl
);
fn message_ttl() {
    let setup = plain()
        .on(&["test"])
        .with(|config| config.allow_msg_ttl = true);
    let store = setup.open();
    for _ in 0..10 {
        store.store_msg(b"test", b"", b"", 1).unwrap();
    }
    assert_eq!(seqs(&store), (10, 1, 10));
    wait_until("all have expired", || seqs(&store) == (0, 11, 10));
    store.stop().unwrap();
}

go_test!(
    522,
    "filestore_test",
    "TestFileStoreMessageTTLRestart",
    message_ttl_restart
);
fn message_ttl_restart() {
    let setup = plain()
        .on(&["test"])
        .with(|config| config.allow_msg_ttl = true);
    let store = setup.open();
    for _ in 0..10 {
        store.store_msg(b"test", b"", b"", 1).unwrap();
    }
    assert_eq!(seqs(&store), (10, 1, 10));
    let store = setup.reopen(&store);
    assert_eq!(seqs(&store), (10, 1, 10));
    wait_until("all have expired", || seqs(&store) == (0, 11, 10));
    store.stop().unwrap();
}

go_test!(
    523,
    "filestore_test",
    "TestFileStoreMessageTTLRecovered",
    message_ttl_recovered
);
fn message_ttl_recovered() {
    let setup = plain()
        .on(&["test"])
        .with(|config| config.allow_msg_ttl = true);
    let store = setup.open();
    put(&store, "test", b"");
    let header = b"NATS/1.0\r\nNats-TTL: 1\r\n\r\n";
    for _ in 0..9 {
        store.store_msg(b"test", header, b"", 1).unwrap();
    }
    assert_eq!(seqs(&store), (10, 1, 10));
    store.stop().unwrap();
    // What the messages say is as good.
    std::fs::remove_file(setup.msgs().join("thw.db")).unwrap();
    let store = setup.open();
    assert_eq!(store.block_count(), 1);
    assert_eq!(store.blocks()[0].ttls, 9);
    assert_eq!(seqs(&store), (10, 1, 10));
    wait_until("nine have expired", || seqs(&store) == (1, 1, 10));
    store.stop().unwrap();
}

go_test!(
    528,
    "filestore_test",
    "TestFileStoreSubjectDeleteMarkers",
    subject_delete_markers
);
fn subject_delete_markers() {
    let setup = plain().on(&["test"]).with(|config| {
        config.max_age = Nanos::from_secs(1);
        config.allow_msg_ttl = true;
        config.subject_delete_marker_ttl = Nanos::from_secs(1);
    });
    let store = setup.open();
    let (sender, made) = mpsc::channel();
    let weak = std::sync::Arc::downgrade(&store);
    store.register_remove_msg(std::sync::Arc::new(move |seq| {
        if let Some(store) = weak.upgrade() {
            store.remove_msg(seq).unwrap();
        }
    }));
    store.register_process_msg(std::sync::Arc::new(move |msg| {
        // The test may have seen enough.
        sender.send(msg).ok();
    }));
    put_many(&store, "test", b"", 3);
    let marker = made.recv_timeout(Duration::from_secs(10)).unwrap();
    let value = |key| header_value(key, &marker.header);
    assert_eq!(value(headers::MARKER_REASON), Some(&b"MaxAge"[..]));
    assert_eq!(value(headers::MESSAGE_TTL), Some(&b"1s"[..]));
    store.stop().unwrap();
}
