//! Go: `server/filestore_test.go`: what is in memory, and what is read for a search.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use conformance::go_test;
use nats_server::jetstream::model::{Nanos, SimpleState};
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{Lookup, StoredMsg, StreamStore};
use nats_server::subject::sublist::Sublist;
use rand::Rng;

use super::filestore_support::*;

/// Numbers of the blocks whose records are in memory.
fn in_memory(store: &FileStore) -> Vec<u32> {
    let blocks = store.blocks();
    let blocks = blocks.iter().filter(|block| block.is_cached);
    blocks.map(|block| block.index).collect()
}

/// Sets a flag when it goes out of scope.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Whether neither records nor lists of subjects are in memory.
fn is_idle(store: &FileStore) -> bool {
    let blocks = store.blocks();
    blocks
        .iter()
        .all(|block| !block.is_cached && !block.lists_subjects)
}

go_test!(
    381,
    "filestore_test",
    "TestFileStorePartialIndexes",
    partial_indexes
);
fn partial_indexes() {
    on_all(|setup| {
        let (mut setup, clock) = timed(setup);
        setup.options.cache_expire = Duration::from_millis(10);
        let store = setup.open();
        put_many(&store, "foo", b"ok-1", 5);
        clock.advance(Nanos::from_millis(30));
        assert!(is_idle(&store));
        put_many(&store, "foo", b"ok-2", 5);
        assert_eq!(load(&store, 8).payload(), b"ok-2");
        assert_eq!(load(&store, 3).payload(), b"ok-1");
        store.stop().unwrap();
    });
}

go_test!(
    417,
    "filestore_test",
    "TestFileStoreExpireSubjectMeta",
    expire_subject_meta
);
fn expire_subject_meta() {
    on_all(|setup| {
        let setup = setup
            .blocks_of(1024)
            .on(&["kv.>"])
            .with(|config| config.max_msgs_per_subject = 1);
        let (mut setup, clock) = timed(setup);
        setup.options.cache_expire = Duration::from_millis(500);
        let store = setup.open();
        for number in 1..=100 {
            put(&store, &format!("kv.{number}"), b"value");
        }
        let store = setup.reopen(&store);
        assert_eq!(fast(&store).num_subjects, 100);
        assert!(is_idle(&store));
        let mut msg = StoredMsg::new();
        store.load_last_msg(b"kv.22", &mut msg).unwrap();
        assert_eq!(msg.seq, 22);
        assert!(!is_idle(&store));
        clock.advance(Nanos::from_secs(2));
        assert!(is_idle(&store));
        store.stop().unwrap();
    });
}

go_test!(
    420,
    "filestore_test",
    "TestFileStoreSubjectStateCacheExpiration",
    subject_state_cache_expiration
);
fn subject_state_cache_expiration() {
    on_all(|setup| {
        let setup = setup
            .blocks_of(32)
            .on(&["kv.>"])
            .with(|config| config.max_msgs_per_subject = 2);
        let (mut setup, clock) = timed(setup);
        setup.options.cache_expire = Duration::from_secs(1);
        let store = setup.open();
        for second in ["foo", "bar"] {
            for number in 1..=100 {
                put(&store, &format!("kv.{second}.{number}"), b"value");
            }
        }
        clock.advance(Nanos::from_secs(10));
        assert!(is_idle(&store));
        assert_eq!(store.subjects_state(b"kv.bar.>").len(), 100);
        let only = |subject: &[u8]| {
            let states = store.subjects_state(subject);
            assert_eq!(states.len(), 1);
            let SimpleState { msgs, first, last } = states[subject];
            (msgs, first, last)
        };
        assert_eq!(only(b"kv.bar.99"), (1, 199, 199));
        put(&store, "kv.foo.1", b"value22");
        assert_eq!(store.state().msgs, 201);
        assert_eq!(only(b"kv.foo.1"), (2, 1, 201));
        store.stop().unwrap();
    });
}

/// A hundred messages without a subject: nothing is read to open the store again.
fn nothing_is_read_without_subjects(setup: &Setup, payload: &[u8]) {
    let store = setup.open();
    put_many(&store, "", payload, 100);
    assert_eq!(store.state().msgs, 100);
    let store = setup.reopen(&store);
    assert_eq!(store.state().msgs, 100);
    assert_eq!(store.cache_loads(), 0);
    assert!(is_idle(&store));
    assert_eq!(load(&store, 100).payload(), payload);
    store.stop().unwrap();
}

go_test!(
    422,
    "filestore_test",
    "TestFileStoreNoFSSWhenNoSubjects",
    no_subject_lists_without_subjects
);
fn no_subject_lists_without_subjects() {
    on_all(|setup| nothing_is_read_without_subjects(&setup, b"raft state"));
}

go_test!(
    424,
    "filestore_test",
    "TestFileStoreNoFSSAfterRecover",
    no_subject_lists_after_recovery
);
fn no_subject_lists_after_recovery() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        nothing_is_read_without_subjects(&setup, b"no fss for you!");
    });
}

go_test!(
    427,
    "filestore_test",
    "TestFileStoreFSSExpireNumPendingBug",
    num_pending_after_caches_expired
);
fn num_pending_after_caches_expired() {
    on_all(|setup| {
        let setup = setup
            .on(&["KV.>"])
            .with(|config| config.max_msgs_per_subject = 1);
        let (mut setup, clock) = timed(setup);
        setup.options.cache_expire = Duration::from_millis(100);
        let store = setup.open();
        clock.advance(Nanos::from_millis(200));
        put(&store, "KV.X", b"Y");
        assert_eq!(filtered(&store, "KV.X").0, 1);
        store.stop().unwrap();
    });
}

go_test!(
    448,
    "filestore_test",
    "TestFileStoreErrPartialLoad",
    loading_while_others_store
);
fn loading_while_others_store() {
    let setup = plain().on(&["*"]);
    let store = setup.open();
    put_many(&store, "Z", b"ZZZZZZZZZZZZZ", 100);
    store.drop_caches();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    put_many(&store, "Z", b"ZZZZZZZZZZZZZ", 5);
                    std::thread::yield_now();
                }
            });
        }
        // Whatever happens here, the others have to end.
        let _end = SetOnDrop(&is_done);
        let mut rng = rand::rng();
        for nth in 0..10_000 {
            let last = *store.blocks().last().unwrap();
            if nth % 100 == 0 {
                store.drop_caches();
            }
            if last.first_seq < last.last_seq {
                load(&store, rng.random_range(last.first_seq..last.last_seq));
            }
        }
    });
    store.stop().unwrap();
}

go_test!(
    449,
    "filestore_test",
    "TestFileStoreErrPartialLoadOnSyncClose",
    loading_after_the_cache_went
);
fn loading_after_the_cache_went() {
    let setup = plain().blocks_of(500).on(&["*"]);
    let store = setup.open();
    for subject in ["A", "B", "C", "D", "E"] {
        put(&store, subject, &[b'A'; 19]);
    }
    store.sync_blocks();
    store.drop_caches();
    assert!(is_idle(&store));
    put(&store, "Z", &[b'A'; 19]);
    assert_eq!(load(&store, 1).subject(), b"A");
    assert_eq!(load(&store, 6).subject(), b"Z");
    store.stop().unwrap();
}

go_test!(
    451,
    "filestore_test",
    "TestFileStoreRecalcFirstSequenceBug",
    recalculating_the_first_while_others_read
);
fn recalculating_the_first_while_others_read() {
    let setup = plain()
        .on(&["*"])
        .with(|config| config.max_msgs_per_subject = 2);
    let store = setup.open();
    for subject in ["A", "A", "B", "B"] {
        put(&store, subject, &[b'A'; 22]);
    }
    store.drop_caches();
    put(&store, "A", &[b'A'; 22]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut msg = StoredMsg::new();
            for _ in 0..1_000 {
                store.load_last_msg(b"A", &mut msg).unwrap();
                assert_eq!(msg.subject(), b"A");
                store.drop_caches();
            }
        });
        scope.spawn(|| put_many(&store, "A", &[b'A'; 22], 1_000));
    });
    assert_eq!(filtered(&store, "A"), (2, 1004, 1005));
    assert_eq!(filtered(&store, "B"), (2, 3, 4));
    store.stop().unwrap();
}

go_test!(
    484,
    "filestore_test",
    "TestFileStoreFSSExpire",
    no_block_in_use_has_to_expire
);
fn no_block_in_use_has_to_expire() {
    let setup = plain()
        .blocks_of(8192)
        .on(&["foo.*"])
        .with(|config| config.max_msgs_per_subject = 1);
    let (mut setup, clock) = timed(setup);
    setup.options.cache_expire = Duration::from_secs(1);
    let store = setup.open();
    for number in 1..=1000 {
        put(&store, &format!("foo.{number}"), b"abc");
    }
    store.drop_caches();
    put(&store, "foo.11", b"abc");
    clock.advance(Nanos::from_millis(900));
    // Removing the message before it uses the first block.
    put(&store, "foo.22", b"abc");
    clock.advance(Nanos::from_millis(300));
    assert!(block(&store, 1).is_cached);
    // What is known of the subjects in it does not expire at all, and is not read anew.
    let loads = store.cache_loads();
    let span = store.subject_span(b"foo.23").unwrap();
    assert_eq!((span.msgs, span.first_block, span.last_block), (1, 1, 1));
    assert_eq!(filtered(&store, "foo.23"), (1, 23, 23));
    assert_eq!(store.subjects_state(b"foo.23").len(), 1);
    assert_eq!(store.cache_loads(), loads);
    // Left alone it goes.
    clock.advance(Nanos::from_secs(3));
    assert!(!block(&store, 1).is_cached);
    store.stop().unwrap();
}

go_test!(
    494,
    "filestore_test",
    "TestFileStoreLargeSparseMsgsDoNotLoadAfterLast",
    nothing_is_read_after_the_last_match
);
fn nothing_is_read_after_the_last_match() {
    let setup = plain().blocks_of(128).on(&["foo.*.*"]);
    let store = setup.open();
    for _ in 0..2 {
        put(&store, "foo.22.bar", b"hello");
        put(&store, "foo.22.baz", b"hello");
    }
    put_many(&store, "foo.22.baz", b"hello", 16);
    assert_eq!(store.block_count(), 10);
    store.drop_caches();
    assert!(is_idle(&store));
    let loads = store.cache_loads();
    assert_eq!(next(&store, "foo.*.bar", 4), None);
    // The subjects tell that there is nothing; the Go server looks at block 2.
    assert!(is_idle(&store), "{:?}", in_memory(&store));
    assert_eq!(store.cache_loads(), loads);
    store.stop().unwrap();
}

go_test!(
    495,
    "filestore_test",
    "TestFileStoreCheckSkipFirstBlockBug",
    a_search_from_within_a_removed_block
);
fn a_search_from_within_a_removed_block() {
    let setup = plain().blocks_of(128).on(&["foo.*.*"]);
    let store = setup.open();
    put_many(&store, "foo.BB.bar", b"hello", 2);
    put(&store, "foo.AA.bar", b"hello");
    put_many(&store, "foo.BB.bar", b"hello", 5);
    put_many(&store, "foo.AA.bar", b"hello", 2);
    assert_eq!(store.block_count(), 5);
    remove(&store, 3);
    remove(&store, 4);
    assert_eq!(store.block_count(), 4);
    assert_eq!(next(&store, "foo.AA.bar", 4).unwrap().seq, 9);
    store.stop().unwrap();
}

go_test!(
    498,
    "filestore_test",
    "TestFileStoreCheckSkipFirstBlockNotLoadOldBlocks",
    old_blocks_are_not_read
);
fn old_blocks_are_not_read() {
    let setup = plain().blocks_of(128).on(&["foo.*.*"]);
    let store = setup.open();
    put(&store, "foo.BB.bar", b"hello");
    put(&store, "foo.AA.bar", b"hello");
    put_many(&store, "foo.BB.bar", b"hello", 6);
    put_many(&store, "foo.AA.bar", b"hello", 2);
    put_many(&store, "foo.BB.bar", b"hello", 4);
    assert_eq!(store.block_count(), 7);
    remove(&store, 1);
    remove(&store, 2);
    assert_eq!(store.block_count(), 6);
    store.drop_caches();
    assert!(is_idle(&store));
    let loads = store.cache_loads();
    assert_eq!(next(&store, "foo.AA.bar", 11), None);
    // The subjects tell that there is nothing; the Go server looks at the last block.
    assert!(is_idle(&store), "{:?}", in_memory(&store));
    assert_eq!(store.cache_loads(), loads);
    store.stop().unwrap();
}

go_test!(
    571,
    "filestore_test",
    "TestFileStoreIdxAccountingForSkipMsgs",
    accounting_for_skipped_messages
);
fn accounting_for_skipped_messages() {
    for at_once in [false, true] {
        on_all(|setup| {
            let setup = setup.on(&["foo"]);
            let store = setup.open();
            put(&store, "foo", b"");
            if at_once {
                store.skip_msgs(2, 10).unwrap();
            } else {
                for seq in 2..=11 {
                    assert_eq!(store.skip_msg(seq).unwrap(), seq);
                }
            }
            put(&store, "foo", b"");
            for drops in [false, true] {
                if drops {
                    store.drop_caches();
                }
                for seq in 1..=12 {
                    if (2..=11).contains(&seq) {
                        assert_missing(&store, seq);
                    } else {
                        assert_eq!(load(&store, seq).seq, seq);
                    }
                }
            }
            let block = block(&store, 1);
            assert_eq!((block.first_seq, block.last_seq), (1, 12));
            assert_eq!((block.msgs, block.deleted), (2, 10));
            store.stop().unwrap();
        });
    }
}

/// Five blocks without and one with a message of subject `b`: only where it may be
/// is read for it. `looks_first` says whether the block of the start is looked at before
/// the subjects are.
fn skips_ahead(looks_first: bool, find: impl Fn(&FileStore, u64) -> Option<u64>) {
    for is_single in [true, false] {
        for start in [0, 3] {
            on_all(|setup| {
                let (setup, clock) = timed(setup.on(&[">"]));
                let store = setup.open();
                for number in 0..10 {
                    let is_other = !is_single && number % 2 == 0;
                    put(&store, if is_other { "c" } else { "a" }, b"");
                    if number % 2 == 1 {
                        store.start_block().unwrap();
                    }
                }
                put(&store, "b", b"");
                assert_eq!(store.block_indices(), [1, 2, 3, 4, 5, 6]);
                // Blocks are read to be compressed.
                clock.advance(Nanos::from_millis(1));
                store.drop_caches();
                assert!(is_idle(&store));
                let loads = store.cache_loads();
                assert_eq!(find(&store, start), Some(11));
                let expected: &[u32] = if start > 0 && looks_first {
                    &[2, 6]
                } else {
                    &[6]
                };
                assert_eq!(in_memory(&store), expected);
                assert_eq!(store.cache_loads() - loads, expected.len() as u64);
                store.stop().unwrap();
            });
        }
    }
}

go_test!(
    586,
    "filestore_test",
    "TestFileStoreLoadNextMsgSkipAhead",
    load_next_msg_skips_ahead
);
fn load_next_msg_skips_ahead() {
    skips_ahead(false, |store, start| {
        next(store, "b", start).map(|msg| msg.seq)
    });
}

go_test!(
    587,
    "filestore_test",
    "TestFileStoreLoadNextMsgMultiSkipAhead",
    load_next_msg_multi_skips_ahead
);
fn load_next_msg_multi_skips_ahead() {
    let mut filters = Sublist::new();
    for subject in ["b", "d"] {
        filters.insert(subject, None, ()).unwrap();
    }
    skips_ahead(true, |store, start| {
        let mut msg = StoredMsg::new();
        match store
            .load_next_msg_multi(&filters, start, &mut msg)
            .unwrap()
        {
            Lookup::Found(seq) => {
                assert_eq!(msg.seq, seq);
                Some(seq)
            }
            Lookup::End(_) => None,
        }
    });
}
