//! Go: `server/filestore_test.go`: what is stored under each subject.

use std::time::Duration;

use conformance::effort::effort;
use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::jetstream::model::{DiscardPolicy, Nanos, SimpleState};
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{Clock, StoreError, StoredMsg, StreamStore, SystemClock};
use nats_server::subject::matches_literal;
use nats_server::subject::sublist::Sublist;
use rand::Rng;

use super::filestore_support::*;
use super::memstore_test::check_all_last_seqs;

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
    let loads = store.cache_loads();
    let pending = |seq, limit: u64| {
        let (pending, took) = effort(|| store.num_pending(seq, b"zzz", false).unwrap());
        assert!(took < Duration::from_millis(limit), "{seq}: {took:?}");
        assert_eq!(pending.1, 10_000);
        pending.0
    };
    assert_eq!((pending(4000, 15), pending(6000, 25)), (6001, 4001));
    remove(&store, 1000);
    remove(&store, 9000);
    assert_eq!((pending(4000, 50), pending(6000, 50)), (6000, 4000));
    // Each removal reads its block; counting reads none.
    assert!(store.cache_loads() - loads <= 2);
    store.stop().unwrap();
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
    // Filters, up to which sequence, and what is found.
    type Case = (&'static [&'static [u8]], u64, &'static [u64]);
    let cases: [Case; 13] = [
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
    538,
    "filestore_test",
    "TestFileStoreAllLastSeqs",
    all_last_seqs
);
fn all_last_seqs() {
    let setup = plain()
        .on(&["*.*"])
        .with(|config| config.max_msgs_per_subject = 50);
    let store = setup.open();
    check_all_last_seqs(&*store);
    assert_eq!(store.state().msgs, 300);
    store.stop().unwrap();
}

go_test!(
    542,
    "filestore_test",
    "TestFileStoreSubjectForSeq",
    subject_for_seq
);
fn subject_for_seq() {
    let setup = plain().on(&["foo.>"]);
    let store = setup.open();
    assert_eq!(put(&store, "foo.bar", b""), 1);
    assert_eq!(store.subject_for_seq(1).unwrap(), b"foo.bar");
    for seq in [0, 2] {
        let found = store.subject_for_seq(seq);
        assert!(matches!(found, Err(StoreError::MsgNotFound)), "{seq}");
    }
    store.stop().unwrap();
}
