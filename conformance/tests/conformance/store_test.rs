//! Go: `server/store_test.go`.

use std::sync::Arc;

use conformance::go_test;
use nats_server::jetstream::model::{DiscardPolicy, Nanos, SimpleState, StorageType, StreamConfig};
use nats_server::jetstream::store::{
    DeleteBlock, DeleteRange, Lookup, ManualClock, MemoryStore, RawMsg, StoreError, StoredMsg,
    StreamStore,
};
use nats_server::subject::sublist::Sublist;

use super::filestore_support::on_all;

/// A store with what a test may want to know of it besides.
struct Subject {
    store: Arc<dyn StreamStore>,
    clock: Arc<ManualClock>,
    /// How many sequences it remembers as deleted.
    deleted_len: Box<dyn Fn() -> usize>,
}

/// Runs `check` on a fresh store in memory and one in files of every kind.
fn on_every_store(config: &StreamConfig, check: impl Fn(&mut Subject)) {
    let clock = || Arc::new(ManualClock::at(1_700_000_000_000_000_000));
    let run = |mut subject: Subject| {
        check(&mut subject);
        subject.store.stop().unwrap();
    };
    let in_memory = StreamConfig {
        storage: StorageType::Memory,
        ..config.clone()
    };
    let memory_clock = clock();
    let store = MemoryStore::new(&in_memory, Arc::clone(&memory_clock) as _).unwrap();
    let same = Arc::clone(&store);
    run(Subject {
        store,
        clock: memory_clock,
        deleted_len: Box::new(move || same.deleted_len()),
    });
    for is_small in [false, true] {
        on_all(|setup| {
            let mut setup = setup.with(|own| {
                *own = StreamConfig {
                    storage: StorageType::File,
                    ..config.clone()
                };
            });
            if is_small {
                // Few messages to a block, nothing cached, all written behind.
                setup.options.block_size = 250;
                setup.options.cache_size = 0;
                setup.options.async_flush = true;
            }
            let clock = clock();
            setup.options.clock = Arc::clone(&clock) as _;
            let store = setup.open();
            let same = Arc::clone(&store);
            run(Subject {
                store,
                clock,
                deleted_len: Box::new(move || same.deleted_len()),
            });
        });
    }
}

fn config(subjects: &[&str]) -> StreamConfig {
    StreamConfig {
        name: "TEST".into(),
        subjects: subjects.iter().map(ToString::to_string).collect(),
        ..StreamConfig::default()
    }
}

fn put(store: &dyn StreamStore, subject: &str) -> u64 {
    store.store_msg(subject.as_bytes(), b"", b"", 0).unwrap().0
}

fn put_many(store: &dyn StreamStore, subject: &str, count: usize) {
    for _ in 0..count {
        put(store, subject);
    }
}

fn filters(subjects: impl IntoIterator<Item = String>) -> Sublist<()> {
    let mut filters = Sublist::new();
    for subject in subjects {
        assert!(filters.insert(subject, None, ()).unwrap());
    }
    filters
}

/// The sequence found, and the subject there.
fn next_of(store: &dyn StreamStore, filters: &Sublist<()>, start: u64) -> Option<(u64, String)> {
    let mut msg = StoredMsg::new();
    let found = store.load_next_msg_multi(filters, start, &mut msg).unwrap();
    match found {
        Lookup::Found(seq) => Some((seq, String::from_utf8_lossy(msg.subject()).into_owned())),
        Lookup::End(last) => {
            assert_eq!(last, store.state().last_seq);
            None
        }
    }
}

go_test!(
    2941,
    "store_test",
    "TestStoreMsgLoadNextMsgMulti",
    load_next_msg_multi
);
fn load_next_msg_multi() {
    on_every_store(&config(&["foo.*"]), |Subject { store, .. }| {
        let subjects: Vec<String> = (0..1000).map(|number| format!("foo.{number}")).collect();
        for subject in &subjects {
            put(&**store, subject);
        }
        for filters in [filters(["foo.>".into()]), filters(subjects.clone())] {
            for (seq, subject) in (1..).zip(&subjects) {
                assert_eq!(
                    next_of(&**store, &filters, seq),
                    Some((seq, subject.clone()))
                );
            }
        }
        let three = filters(["foo.2", "foo.222", "foo.999"].map(str::to_owned));
        let mut start = 1;
        for (seq, subject) in [(3, "foo.2"), (223, "foo.222"), (1000, "foo.999")] {
            assert_eq!(
                next_of(&**store, &three, start),
                Some((seq, subject.to_owned()))
            );
            start = seq + 1;
        }
        assert_eq!(next_of(&**store, &three, start), None);
    });
}

go_test!(
    2942,
    "store_test",
    "TestStoreLoadNextMsgWildcardStartBeforeFirstMatch",
    load_next_msg_by_pattern_from_before_the_first_match
);
fn load_next_msg_by_pattern_from_before_the_first_match() {
    on_every_store(&config(&["bar.*", "foo.*"]), |Subject { store, .. }| {
        for number in 0..100 {
            put(&**store, &format!("bar.{number}"));
        }
        assert_eq!(put(&**store, "foo.1"), 101);
        let mut msg = StoredMsg::new();
        let mut next = |start| store.load_next_msg(b"foo.*", start, &mut msg).unwrap();
        assert_eq!(next(1), Lookup::Found(101));
        assert_eq!(next(102), Lookup::End(101));
        assert_eq!(msg.subject(), b"foo.1");
    });
}

/// What is stored under `foo`, by every way to ask for it.
fn foo(store: &dyn StreamStore) -> (u64, u64, u64) {
    let SimpleState { msgs, first, last } = store.subjects_state(b"foo")[&b"foo"[..]];
    let mut msg = StoredMsg::new();
    let found = store.load_next_msg(b"foo", 0, &mut msg).unwrap();
    assert_eq!(found, Lookup::Found(first));
    store.load_last_msg(b"foo", &mut msg).unwrap();
    assert_eq!(msg.seq, last);
    (msgs, first, last)
}

go_test!(
    2945,
    "store_test",
    "TestStoreSubjectStateConsistency",
    subject_state_consistency
);
fn subject_state_consistency() {
    on_every_store(&config(&["foo"]), |Subject { store, .. }| {
        let store = &**store;
        let remove = |seq| assert!(store.remove_msg(seq).unwrap());
        put_many(store, "foo", 4);
        assert_eq!(foo(store), (4, 1, 4));
        remove(1);
        assert_eq!(foo(store), (3, 2, 4));
        remove(4);
        assert_eq!(foo(store), (2, 2, 3));
        remove(2);
        assert_eq!(foo(store), (1, 3, 3));
        put_many(store, "foo", 3);
        assert_eq!(foo(store), (4, 3, 7));
        // Both ends go, and then the new first.
        for seq in [7, 3, 5] {
            remove(seq);
        }
        assert_eq!(foo(store), (1, 6, 6));
        put(store, "foo");
        remove(8);
        put(store, "foo");
        assert_eq!(foo(store), (2, 6, 9));
    });
}

go_test!(
    2946,
    "store_test",
    "TestStoreSubjectStateConsistencyOptimization",
    subject_state_is_looked_up_only_when_it_has_to_be
);
fn subject_state_is_looked_up_only_when_it_has_to_be() {
    use nats_server::jetstream::model::StorageType;
    use nats_server::jetstream::store::{MemoryStore, SystemClock};
    use std::sync::Arc;

    let config = StreamConfig {
        storage: StorageType::Memory,
        ..config(&["foo"])
    };
    let store = MemoryStore::new(&config, Arc::new(SystemClock)).unwrap();
    // New messages, what is removed then, what is noted (first, last, whether each
    // is stale), and what there really is.
    type Case = (usize, &'static [u64], (u64, u64, bool), u64);
    let cases: [Case; 4] = [
        (3, &[2, 1], (3, 3, false), 3),
        (2, &[3, 5], (3, 5, true), 4),
        (2, &[7, 4], (4, 7, true), 6),
        (2, &[9, 8], (6, 6, false), 6),
    ];
    for (count, removed, (first, last, is_stale), there) in cases {
        put_many(&*store, "foo", count);
        for seq in removed {
            assert!(store.remove_msg(*seq).unwrap());
        }
        let noted = store.subject_state(b"foo").unwrap();
        assert_eq!((noted.msgs, noted.first, noted.last), (1, first, last));
        assert_eq!(noted.first_is_stale, is_stale);
        assert_eq!(noted.last_is_stale, is_stale);
        assert_eq!(foo(&*store), (1, there, there));
    }
}

go_test!(
    2947,
    "store_test",
    "TestStoreMaxMsgsPerUpdateBug",
    a_limit_per_subject_is_enforced_when_it_comes
);
fn a_limit_per_subject_is_enforced_when_it_comes() {
    on_every_store(&config(&["foo"]), |Subject { store, .. }| {
        put_many(&**store, "foo", 5);
        let sequences = || {
            let state = store.state();
            (state.msgs, state.first_seq, state.last_seq)
        };
        assert_eq!(sequences(), (5, 1, 5));
        let mut config = StreamConfig {
            storage: store.storage_type(),
            max_msgs_per_subject: 1,
            ..config(&["foo"])
        };
        store.update_config(&mut config).unwrap();
        assert_eq!(sequences(), (1, 5, 5));
        config.max_msgs_per_subject = -2;
        store.update_config(&mut config).unwrap();
        assert_eq!(config.max_msgs_per_subject, -1);
    });
}

go_test!(
    2948,
    "store_test",
    "TestStoreCompactCleansUpDmap",
    compaction_cleans_up_what_is_deleted
);
fn compaction_cleans_up_what_is_deleted() {
    for seq in 2..=4 {
        let left = (seq.max(3), 3);
        nothing_stays_deleted(left, |store| store.compact(seq).map(drop));
    }
}

/// Of three messages the second is removed. After `cut` nothing between first and last,
/// which are these then, is deleted.
fn nothing_stays_deleted(
    left: (u64, u64),
    cut: impl Fn(&dyn StreamStore) -> Result<(), StoreError>,
) {
    on_every_store(
        &config(&["foo"]),
        |Subject {
             store, deleted_len, ..
         }| {
            put_many(&**store, "foo", 3);
            assert_eq!(deleted_len(), 0);
            assert!(store.remove_msg(2).unwrap());
            assert_eq!(deleted_len(), 1);
            cut(&**store).unwrap();
            assert_eq!(deleted_len(), 0);
            let state = store.state();
            assert_eq!((state.first_seq, state.last_seq), left);
        },
    );
}

go_test!(
    2949,
    "store_test",
    "TestStoreTruncateCleansUpDmap",
    truncation_cleans_up_what_is_deleted
);
fn truncation_cleans_up_what_is_deleted() {
    for seq in 0..=1 {
        let left = (seq.min(1), seq);
        nothing_stays_deleted(left, |store| store.truncate(seq).map(drop));
    }
}

go_test!(
    2950,
    "store_test",
    "TestStorePurgeExZero",
    purge_of_zero_sets_the_sequences
);
fn purge_of_zero_sets_the_sequences() {
    on_every_store(&config(&["foo"]), |Subject { store, .. }| {
        store.purge().unwrap();
        let state = store.state();
        assert_eq!((state.first_seq, state.last_seq), (1, 0));
        store.purge_ex(b"", 0, 0).unwrap();
        let state = store.state();
        assert_eq!((state.first_seq, state.last_seq), (1, 0));
    });
}

go_test!(
    2951,
    "store_test",
    "TestStoreUpdateConfigTTLState",
    own_limits_hold_while_they_are_switched_on
);
fn own_limits_hold_while_they_are_switched_on() {
    on_every_store(&config(&["foo"]), |Subject { store, clock, .. }| {
        let mut config = StreamConfig {
            storage: store.storage_type(),
            ..config(&["foo"])
        };
        for allowed in [false, true, false] {
            config.allow_msg_ttl = allowed;
            store.update_config(&mut config).unwrap();
            let (seq, _) = store.store_msg(b"foo", b"", b"", 1).unwrap();
            clock.advance(Nanos::from_secs(2));
            let found = store.load_msg(seq, &mut StoredMsg::new());
            assert_eq!(found.is_err(), allowed);
        }
    });
}

go_test!(
    2952,
    "store_test",
    "TestStoreStreamInteriorDeleteAccounting",
    interior_deletes_are_accounted_for
);
fn interior_deletes_are_accounted_for() {
    type Action = fn(&dyn StreamStore, u64);
    let actions: [Action; 4] = [
        |store, seq| {
            assert_eq!(put(store, "foo"), seq);
            assert!(store.remove_msg(seq).unwrap());
            store.truncate(seq).unwrap();
        },
        |store, seq| {
            assert_eq!(put(store, "foo"), seq);
            assert!(store.erase_msg(seq).unwrap());
            store.truncate(seq).unwrap();
        },
        |store, seq| assert_eq!(store.skip_msg(0).unwrap(), seq),
        |store, seq| store.skip_msgs(seq, 1).unwrap(),
    ];
    for action in actions {
        on_every_store(&config(&["foo"]), |Subject { store, .. }| {
            action(&**store, 1);
            let state = store.state();
            assert_eq!((state.msgs, state.first_seq, state.last_seq), (0, 2, 1));
        });
        on_every_store(&config(&["foo"]), |Subject { store, .. }| {
            assert_eq!(put(&**store, "foo"), 1);
            action(&**store, 2);
            let state = store.state();
            assert_eq!((state.msgs, state.first_seq, state.last_seq), (1, 1, 2));
        });
    }
}

go_test!(
    2953,
    "store_test",
    "TestStoreMsgLoadPrevMsgMulti",
    load_prev_msg_multi
);
fn load_prev_msg_multi() {
    on_every_store(&config(&["foo.*"]), |Subject { store, .. }| {
        for number in 1..=1000 {
            put(&**store, &format!("foo.{number}"));
        }
        let filters = filters(["foo.5", "foo.15", "foo.105"].map(str::to_owned));
        let (mut start, mut seen, mut msg) = (1000, Vec::new(), StoredMsg::new());
        while let Lookup::Found(seq) = store
            .load_prev_msg_multi(&filters, start, &mut msg)
            .unwrap()
        {
            assert_eq!(msg.subject(), format!("foo.{seq}").as_bytes());
            seen.push(seq);
            start = seq - 1;
        }
        assert_eq!(seen, [105, 15, 5]);
        let end = store.load_prev_msg_multi(&filters, 4, &mut msg).unwrap();
        assert_eq!(end, Lookup::End(1));
    });
}

go_test!(
    2954,
    "store_test",
    "TestStoreDiscardNew",
    new_messages_are_refused_by_the_leader_only
);
fn new_messages_are_refused_by_the_leader_only() {
    type Case = (i64, i64, i64, bool, Option<&'static str>);
    let (max_msgs, max_bytes) = (
        StoreError::MaxMsgs.to_string(),
        StoreError::MaxBytes.to_string(),
    );
    assert_eq!(max_msgs, "maximum messages exceeded");
    assert_eq!(max_bytes, "maximum bytes exceeded");
    let (msgs, bytes) = (
        Some("maximum messages exceeded"),
        Some("maximum bytes exceeded"),
    );
    let per_subject = Some("maximum messages per subject exceeded");
    let cases: [Case; 8] = [
        (1, 0, 0, false, msgs),
        (0, 33, 0, false, bytes),
        (0, 0, 1, false, None),
        (0, 0, 1, true, per_subject),
        (1, 0, 1, false, None),
        (0, 33, 1, false, None),
        (1, 0, 1, true, per_subject),
        (0, 33, 1, true, per_subject),
    ];
    for (max_msgs, max_bytes, max_msgs_per_subject, discard_new_per_subject, refusal) in cases {
        let config = StreamConfig {
            discard: DiscardPolicy::New,
            max_msgs,
            max_bytes,
            max_msgs_per_subject,
            discard_new_per_subject,
            ..config(&["foo"])
        };
        on_every_store(&config, |Subject { store, .. }| {
            let sequences = || {
                let state = store.state();
                (state.msgs, state.first_seq, state.last_seq)
            };
            let msg = RawMsg {
                subject: b"foo",
                ts: 1,
                ..RawMsg::default()
            };
            put(&**store, "foo");
            let result = store.store_raw_msg(msg, true);
            assert_eq!(
                result.err().map(|error| error.to_string()).as_deref(),
                refusal
            );
            let seq = if refusal.is_none() { 2 } else { 1 };
            assert_eq!(sequences(), (1, seq, seq));
            // A replica takes what its leader took.
            store.store_raw_msg(msg, false).unwrap();
            if max_msgs_per_subject > 0 {
                assert_eq!(sequences(), (1, seq + 1, seq + 1));
            } else {
                assert_eq!(sequences(), (2, seq, seq + 1));
            }
        });
    }
}

go_test!(
    2955,
    "store_test",
    "TestStoreGetSeqFromTimeWithInteriorDeletesGap",
    a_time_is_found_across_a_gap
);
fn a_time_is_found_across_a_gap() {
    on_every_store(&config(&["foo"]), |Subject { store, clock, .. }| {
        let mut times = Vec::new();
        for _ in 0..10 {
            clock.advance(Nanos(1));
            times.push(store.store_msg(b"foo", b"", b"", 0).unwrap().1);
        }
        for seq in 4..=7 {
            assert!(store.remove_msg(seq).unwrap());
        }
        assert_eq!(store.seq_from_time(times[1]), 2);
    });
}

go_test!(
    2956,
    "store_test",
    "TestStoreGetSeqFromTimeWithTrailingDeletes",
    a_time_is_found_before_trailing_deletes
);
fn a_time_is_found_before_trailing_deletes() {
    on_every_store(&config(&["foo"]), |Subject { store, clock, .. }| {
        let mut times = Vec::new();
        for _ in 0..3 {
            clock.advance(Nanos(1));
            times.push(store.store_msg(b"foo", b"", b"", 0).unwrap().1);
        }
        assert!(store.remove_msg(3).unwrap());
        assert_eq!(store.seq_from_time(times[1]), 2);
    });
}

go_test!(
    2957,
    "store_test",
    "TestFileStoreMultiLastSeqsAndLoadLastMsgWithLazySubjectState",
    the_last_of_a_subject_is_found_after_it_was_removed
);
fn the_last_of_a_subject_is_found_after_it_was_removed() {
    on_every_store(&config(&["foo"]), |Subject { store, .. }| {
        let seqs = || store.multi_last_seqs(&[b"foo"], 0, None).unwrap();
        let last = || {
            let mut msg = StoredMsg::new();
            store.load_last_msg(b"foo", &mut msg).unwrap();
            msg.seq
        };
        put_many(&**store, "foo", 3);
        assert_eq!(seqs(), [3]);
        assert!(store.remove_msg(3).unwrap());
        assert_eq!(seqs(), [2]);
        put(&**store, "foo");
        assert_eq!(last(), 4);
        assert!(store.remove_msg(4).unwrap());
        assert_eq!(last(), 2);
    });
}

go_test!(2943, "store_test", "TestStoreDeleteSlice", delete_slice);
fn delete_slice() {
    let block = DeleteBlock::Slice(vec![2]);
    assert_eq!(seqs(&block), [2]);
    assert_eq!(block.state(), (2, 2, 1));
}

go_test!(2944, "store_test", "TestStoreDeleteRange", delete_range);
fn delete_range() {
    let range = DeleteRange { first: 2, num: 1 };
    assert_eq!(seqs(&DeleteBlock::Range(range)), [2]);
    assert_eq!(range.state(), (2, 2, 1));
}

fn seqs(block: &DeleteBlock) -> Vec<u64> {
    let mut seqs = Vec::new();
    block.range(|seq| {
        seqs.push(seq);
        true
    });
    seqs
}
