//! The cases of Go's `server/store_test.go`.

use nats_server::jetstream::model::{DiscardPolicy, Nanos, SimpleState, StreamConfig};
use nats_server::jetstream::store::{Lookup, RawMsg, StoreError, StoredMsg, StreamStore};
use nats_server::subject::sublist::Sublist;

use crate::{Subject, on_every_store};

fn config(subjects: &[&str]) -> StreamConfig {
    StreamConfig {
        name: "TEST".into(),
        subjects: subjects.iter().map(ToString::to_string).collect(),
        ..StreamConfig::default()
    }
}

fn put(store: &dyn StreamStore, subject: &str) -> u64 {
    store
        .store_msg(subject.as_bytes(), b"", b"", 0)
        .expect("it is stored")
        .0
}

fn put_many(store: &dyn StreamStore, subject: &str, count: usize) {
    for _ in 0..count {
        put(store, subject);
    }
}

fn filters(subjects: impl IntoIterator<Item = String>) -> Sublist<()> {
    let mut filters = Sublist::new();
    for subject in subjects {
        assert!(filters.insert(subject, None, ()).expect("a valid filter"));
    }
    filters
}

/// The sequence found, and the subject there.
fn next_of(store: &dyn StreamStore, filters: &Sublist<()>, start: u64) -> Option<(u64, String)> {
    let mut msg = StoredMsg::new();
    let found = store
        .load_next_msg_multi(filters, start, &mut msg)
        .expect("a search");
    match found {
        Lookup::Found(seq) => Some((seq, String::from_utf8_lossy(msg.subject()).into_owned())),
        Lookup::End(last) => {
            assert_eq!(last, store.state().last_seq);
            None
        }
    }
}

#[test]
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

#[test]
fn load_next_msg_by_pattern_from_before_the_first_match() {
    on_every_store(&config(&["bar.*", "foo.*"]), |Subject { store, .. }| {
        for number in 0..100 {
            put(&**store, &format!("bar.{number}"));
        }
        assert_eq!(put(&**store, "foo.1"), 101);
        let mut msg = StoredMsg::new();
        let mut next = |start| {
            store
                .load_next_msg(b"foo.*", start, &mut msg)
                .expect("a search")
        };
        assert_eq!(next(1), Lookup::Found(101));
        assert_eq!(next(102), Lookup::End(101));
        assert_eq!(msg.subject(), b"foo.1");
    });
}

/// What is stored under `foo`, by every way to ask for it.
fn foo(store: &dyn StreamStore) -> (u64, u64, u64) {
    let SimpleState { msgs, first, last } = store.subjects_state(b"foo")[&b"foo"[..]];
    let mut msg = StoredMsg::new();
    let found = store.load_next_msg(b"foo", 0, &mut msg).expect("a search");
    assert_eq!(found, Lookup::Found(first));
    store
        .load_last_msg(b"foo", &mut msg)
        .expect("there is a last");
    assert_eq!(msg.seq, last);
    (msgs, first, last)
}

#[test]
fn subject_state_consistency() {
    on_every_store(&config(&["foo"]), |Subject { store, .. }| {
        let store = &**store;
        let remove = |seq| assert!(store.remove_msg(seq).expect("a removal"));
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

#[test]
fn subject_state_is_looked_up_only_when_it_has_to_be() {
    use nats_server::jetstream::model::StorageType;
    use nats_server::jetstream::store::{MemoryStore, SystemClock};
    use std::sync::Arc;

    let config = StreamConfig {
        storage: StorageType::Memory,
        ..config(&["foo"])
    };
    let store = MemoryStore::new(&config, Arc::new(SystemClock)).expect("a memory store");
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
            assert!(store.remove_msg(*seq).expect("a removal"));
        }
        let noted = store.subject_state(b"foo").expect("it is noted");
        assert_eq!((noted.msgs, noted.first, noted.last), (1, first, last));
        assert_eq!(noted.first_is_stale, is_stale);
        assert_eq!(noted.last_is_stale, is_stale);
        assert_eq!(foo(&*store), (1, there, there));
    }
}

#[test]
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
        store.update_config(&mut config).expect("an update");
        assert_eq!(sequences(), (1, 5, 5));
        config.max_msgs_per_subject = -2;
        store.update_config(&mut config).expect("an update");
        assert_eq!(config.max_msgs_per_subject, -1);
    });
}

#[test]
fn compaction_cleans_up_what_is_deleted() {
    for seq in 2..=4 {
        on_every_store(
            &config(&["foo"]),
            |Subject {
                 store, deleted_len, ..
             }| {
                put_many(&**store, "foo", 3);
                assert_eq!(deleted_len(), 0);
                assert!(store.remove_msg(2).expect("a removal"));
                assert_eq!(deleted_len(), 1);
                store.compact(seq).expect("a compaction");
                assert_eq!(deleted_len(), 0);
                let state = store.state();
                assert_eq!((state.first_seq, state.last_seq), (seq.max(3), 3));
            },
        );
    }
}

#[test]
fn truncation_cleans_up_what_is_deleted() {
    for seq in 0..=1 {
        on_every_store(
            &config(&["foo"]),
            |Subject {
                 store, deleted_len, ..
             }| {
                put_many(&**store, "foo", 3);
                assert_eq!(deleted_len(), 0);
                assert!(store.remove_msg(2).expect("a removal"));
                assert_eq!(deleted_len(), 1);
                store.truncate(seq).expect("a truncation");
                assert_eq!(deleted_len(), 0);
                let state = store.state();
                assert_eq!((state.first_seq, state.last_seq), (seq.min(1), seq));
            },
        );
    }
}

#[test]
fn purging_nothing_sets_the_sequences() {
    on_every_store(&config(&["foo"]), |Subject { store, .. }| {
        store.purge().expect("a purge");
        let state = store.state();
        assert_eq!((state.first_seq, state.last_seq), (1, 0));
        store.purge_ex(b"", 0, 0).expect("a purge");
        let state = store.state();
        assert_eq!((state.first_seq, state.last_seq), (1, 0));
    });
}

#[test]
fn own_limits_hold_while_they_are_switched_on() {
    on_every_store(&config(&["foo"]), |Subject { store, clock, .. }| {
        let mut config = StreamConfig {
            storage: store.storage_type(),
            ..config(&["foo"])
        };
        for allowed in [false, true, false] {
            config.allow_msg_ttl = allowed;
            store.update_config(&mut config).expect("an update");
            let (seq, _) = store.store_msg(b"foo", b"", b"", 1).expect("it is stored");
            clock.advance(Nanos::from_secs(2));
            let found = store.load_msg(seq, &mut StoredMsg::new());
            assert_eq!(found.is_err(), allowed);
        }
    });
}

#[test]
fn interior_deletes_are_accounted_for() {
    type Action = fn(&dyn StreamStore, u64);
    let actions: [Action; 4] = [
        |store, seq| {
            assert_eq!(put(store, "foo"), seq);
            assert!(store.remove_msg(seq).expect("a removal"));
            store.truncate(seq).expect("a truncation");
        },
        |store, seq| {
            assert_eq!(put(store, "foo"), seq);
            assert!(store.erase_msg(seq).expect("a removal"));
            store.truncate(seq).expect("a truncation");
        },
        |store, seq| assert_eq!(store.skip_msg(0).expect("a skip"), seq),
        |store, seq| store.skip_msgs(seq, 1).expect("a skip"),
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

#[test]
fn load_prev_msg_multi() {
    on_every_store(&config(&["foo.*"]), |Subject { store, .. }| {
        for number in 1..=1000 {
            put(&**store, &format!("foo.{number}"));
        }
        let filters = filters(["foo.5", "foo.15", "foo.105"].map(str::to_owned));
        let (mut start, mut seen, mut msg) = (1000, Vec::new(), StoredMsg::new());
        while let Lookup::Found(seq) = store
            .load_prev_msg_multi(&filters, start, &mut msg)
            .expect("a search")
        {
            assert_eq!(msg.subject(), format!("foo.{seq}").as_bytes());
            seen.push(seq);
            start = seq - 1;
        }
        assert_eq!(seen, [105, 15, 5]);
        let end = store
            .load_prev_msg_multi(&filters, 4, &mut msg)
            .expect("a search");
        assert_eq!(end, Lookup::End(1));
    });
}

#[test]
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
            store.store_raw_msg(msg, false).expect("no check");
            if max_msgs_per_subject > 0 {
                assert_eq!(sequences(), (1, seq + 1, seq + 1));
            } else {
                assert_eq!(sequences(), (2, seq, seq + 1));
            }
        });
    }
}

#[test]
fn a_time_is_found_across_a_gap() {
    on_every_store(&config(&["foo"]), |Subject { store, clock, .. }| {
        let mut times = Vec::new();
        for _ in 0..10 {
            clock.advance(Nanos(1));
            times.push(
                store
                    .store_msg(b"foo", b"", b"", 0)
                    .expect("it is stored")
                    .1,
            );
        }
        for seq in 4..=7 {
            assert!(store.remove_msg(seq).expect("a removal"));
        }
        assert_eq!(store.seq_from_time(times[1]), 2);
    });
}

#[test]
fn a_time_is_found_before_trailing_deletes() {
    on_every_store(&config(&["foo"]), |Subject { store, clock, .. }| {
        let mut times = Vec::new();
        for _ in 0..3 {
            clock.advance(Nanos(1));
            times.push(
                store
                    .store_msg(b"foo", b"", b"", 0)
                    .expect("it is stored")
                    .1,
            );
        }
        assert!(store.remove_msg(3).expect("a removal"));
        assert_eq!(store.seq_from_time(times[1]), 2);
    });
}

#[test]
fn the_last_of_a_subject_is_found_after_it_was_removed() {
    on_every_store(&config(&["foo"]), |Subject { store, .. }| {
        let seqs = || {
            store
                .multi_last_seqs(&[b"foo"], 0, None)
                .expect("sequences")
        };
        let last = || {
            let mut msg = StoredMsg::new();
            store
                .load_last_msg(b"foo", &mut msg)
                .expect("there is a last");
            msg.seq
        };
        put_many(&**store, "foo", 3);
        assert_eq!(seqs(), [3]);
        assert!(store.remove_msg(3).expect("a removal"));
        assert_eq!(seqs(), [2]);
        put(&**store, "foo");
        assert_eq!(last(), 4);
        assert!(store.remove_msg(4).expect("a removal"));
        assert_eq!(last(), 2);
    });
}
