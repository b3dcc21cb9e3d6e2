//! Go: the benchmarks of `server/memstore_test.go`. Each case runs once and checks
//! what it works out; `server/benches/memory_store.rs` has the times.

use conformance::go_test;
use nats_server::jetstream::store::{Lookup, MemoryStore, StoredMsg, StreamStore};

use super::memstore_test::{put, store};

/// Two messages with a million deleted sequences between them.
fn with_large_gap() -> std::sync::Arc<MemoryStore> {
    let store = store(|config| config.subjects = vec!["foo.*.*".into()]);
    put(&store, "foo.bar.baz", b"abc");
    for _ in 0..1_000_000 {
        store.skip_msg(0).unwrap();
    }
    assert_eq!(put(&store, "foo.bar.baz", b"abc"), 1_000_002);
    store
}

go_test!(
    2060,
    "memstore_test",
    "Benchmark_MemStoreNumPendingWithLargeInteriorDeletesScan",
    num_pending_scan
);
fn num_pending_scan() {
    let store = with_large_gap();
    let pending = store.num_pending(600_000, b"foo.*.baz", false).unwrap();
    assert_eq!(pending, (1, 1_000_002));
}

go_test!(
    2061,
    "memstore_test",
    "Benchmark_MemStoreNumPendingWithLargeInteriorDeletesExclude",
    num_pending_exclude
);
fn num_pending_exclude() {
    let store = with_large_gap();
    let pending = store.num_pending(400_000, b"foo.*.baz", false).unwrap();
    assert_eq!(pending, (1, 1_000_002));
}

go_test!(
    2062,
    "memstore_test",
    "Benchmark_MemStoreSubjectStateConsistencyOptimizationPerf",
    subject_state_consistency
);
fn subject_state_consistency() {
    let store = store(|config| {
        config.subjects = vec!["foo.*".into()];
        config.max_msgs_per_subject = 1;
    });
    let count = 40_000;
    // The second round goes the other way, so that each message it replaces is the
    // last.
    for number in (0..count).rev().chain(0..count) {
        put(&store, &format!("foo.{number}"), b"");
    }
    let state = store.state();
    assert_eq!((state.msgs, state.num_subjects), (count, count as usize));
    assert_eq!((state.first_seq, state.last_seq), (count + 1, 2 * count));
}

go_test!(
    2063,
    "memstore_test",
    "Benchmark_MemStoreLoadNextMsgFiltered",
    load_next_filtered
);
fn load_next_filtered() {
    // A tenth of the messages, with as many that match as the Go benchmark has.
    let msgs = 1_000_000;
    let cases: [(usize, &str, bool, bool); 3] = [
        (1_000, "foo.baz.*", true, true),
        (10_000, "foo.baz.*", true, false),
        (10_000, "foo.baz", false, false),
    ];
    for (every, filter, own_subjects, is_linear) in cases {
        let store = store(|config| config.subjects = vec!["foo.>".into()]);
        for number in 0..msgs {
            if number % every > 0 {
                put(&store, "foo.bar", b"ok");
            } else if own_subjects {
                put(&store, &format!("foo.baz.{number}"), b"ok");
            } else {
                put(&store, "foo.baz", b"ok");
            }
        }
        assert_eq!(
            store.scans_linearly(filter.as_bytes(), 1),
            is_linear,
            "{filter} {every}"
        );
        let (mut start, mut count, mut msg) = (0, 0, StoredMsg::new());
        while let Lookup::Found(seq) = store
            .load_next_msg(filter.as_bytes(), start, &mut msg)
            .unwrap()
        {
            assert!(msg.subject().starts_with(b"foo.baz"));
            start = seq + 1;
            count += 1;
        }
        assert_eq!(count, msgs / every, "{filter} {every}");
    }
}
