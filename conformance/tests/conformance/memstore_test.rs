//! Go: `server/memstore_test.go`.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use conformance::go_test;
use conformance::wait::{SOON, elapse, wait_until};
use nats_server::jetstream::model::{
    DiscardPolicy, Nanos, SimpleState, StorageType, StreamConfig, StreamState,
};
use nats_server::jetstream::store::memory::msg_size;
use nats_server::jetstream::store::{
    Clock, MemoryStore, ProposedMsg, StoreError, StoredMsg, StreamStore, SystemClock, headers,
};
use nats_server::protocol::{generate_header, header_value};
use nats_server::subject::is_subset_match;
use nats_server::subject::sublist::Sublist;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

/// A store with the configuration that `set` makes.
pub(super) fn store(set: impl FnOnce(&mut StreamConfig)) -> Arc<MemoryStore> {
    MemoryStore::new(&config(set), Arc::new(SystemClock)).unwrap()
}

fn config(set: impl FnOnce(&mut StreamConfig)) -> StreamConfig {
    let mut config = StreamConfig {
        storage: StorageType::Memory,
        ..StreamConfig::default()
    };
    set(&mut config);
    config
}

fn named(subjects: &[&str]) -> impl FnOnce(&mut StreamConfig) + use<> {
    let subjects = subjects.iter().map(ToString::to_string).collect();
    |config| {
        config.name = "TEST".into();
        config.subjects = subjects;
    }
}

pub(super) fn put(store: &MemoryStore, subject: &str, payload: &[u8]) -> u64 {
    store
        .store_msg(subject.as_bytes(), b"", payload, 0)
        .unwrap()
        .0
}

fn put_many(store: &MemoryStore, subject: &str, count: usize) {
    for _ in 0..count {
        put(store, subject, b"Hello World");
    }
}

fn load(store: &MemoryStore, seq: u64) -> StoredMsg {
    let mut msg = StoredMsg::new();
    store.load_msg(seq, &mut msg).unwrap();
    msg
}

go_test!(2023, "memstore_test", "TestMemStoreBasics", basics);
fn basics() {
    let store = store(|_| {});
    let before = SystemClock.now();
    let (seq, ts) = store.store_msg(b"foo", b"", b"Hello World", 0).unwrap();
    assert_eq!(seq, 1);
    assert!((before..=SystemClock.now()).contains(&ts));
    let state = store.state();
    assert_eq!((state.msgs, state.bytes), (1, msg_size(3, 0, 11)));
    let msg = load(&store, 1);
    assert_eq!(
        (msg.subject(), msg.payload()),
        (&b"foo"[..], &b"Hello World"[..])
    );
    store.stop().unwrap();
}

go_test!(2024, "memstore_test", "TestMemStoreMsgLimit", msg_limit);
fn msg_limit() {
    let store = store(|config| config.max_msgs = 10);
    put_many(&store, "foo", 10);
    assert_eq!(store.state().msgs, 10);
    put_many(&store, "foo", 1);
    let state = store.state();
    assert_eq!((state.msgs, state.first_seq, state.last_seq), (10, 2, 11));
    let missing = store.load_msg(1, &mut StoredMsg::new());
    assert!(matches!(missing, Err(StoreError::MsgNotFound)));
}

go_test!(2025, "memstore_test", "TestMemStoreBytesLimit", bytes_limit);
fn bytes_limit() {
    let payload = [0; 512];
    let size = msg_size(3, 0, payload.len());
    let store = store(|config| config.max_bytes = (size * 1024) as i64);
    for _ in 0..1024 {
        put(&store, "foo", &payload);
    }
    let state = store.state();
    assert_eq!((state.msgs, state.bytes), (1024, size * 1024));
    for _ in 0..10 {
        put(&store, "foo", &payload);
    }
    let state = store.state();
    assert_eq!((state.msgs, state.bytes), (1024, size * 1024));
    assert_eq!((state.first_seq, state.last_seq), (11, 1034));
}

go_test!(
    2026,
    "memstore_test",
    "TestMemStoreBytesLimitWithDiscardNew",
    bytes_limit_with_discard_new
);
fn bytes_limit_with_discard_new() {
    let store = store(|config| {
        config.max_bytes = 100;
        config.discard = DiscardPolicy::New;
    });
    for number in 0..10 {
        let result = store.store_msg(b"tiny", b"", &[0; 7], 0);
        if number < 3 {
            assert!(result.is_ok());
        } else {
            assert!(matches!(result, Err(StoreError::MaxBytes)));
        }
    }
    let state = store.state();
    assert_eq!((state.msgs, state.bytes), (3, 3 * msg_size(4, 0, 7)));
}

go_test!(2027, "memstore_test", "TestMemStoreAgeLimit", age_limit);
fn age_limit() {
    let store = store(|config| config.max_age = Nanos::from_millis(10));
    // The second time shows that the timer strikes again.
    for _ in 0..2 {
        let before = store.state().last_seq;
        put_many(&store, "foo", 100);
        assert_eq!(store.state().last_seq, before + 100);
        wait_until("all messages expire", || {
            let state = store.state();
            (state.msgs, state.bytes) == (0, 0)
        });
    }
    store.stop().unwrap();
}

go_test!(2028, "memstore_test", "TestMemStoreTimeStamps", time_stamps);
fn time_stamps() {
    let store = store(|_| {});
    let mut last = SystemClock.now();
    for _ in 0..10 {
        elapse(
            Duration::from_micros(5),
            "the clock has to move between messages",
        );
        put(&store, "foo", b"Hello World");
    }
    for seq in 1..=10 {
        let ts = load(&store, seq).ts;
        assert!(ts > last);
        last = ts;
    }
}

go_test!(2029, "memstore_test", "TestMemStorePurge", purge);
fn purge() {
    let store = store(|_| {});
    put_many(&store, "foo", 10);
    assert_eq!(store.state().msgs, 10);
    store.purge().unwrap();
    assert_eq!(store.state().msgs, 0);
}

go_test!(2030, "memstore_test", "TestMemStoreCompact", compact);
fn compact() {
    let store = store(|_| {});
    put_many(&store, "foo", 10);
    assert_eq!(store.state().msgs, 10);
    assert_eq!(store.compact(6).unwrap(), 5);
    let state = store.state();
    assert_eq!((state.msgs, state.first_seq), (5, 6));
    // Beyond the last it sets the first.
    assert_eq!(store.compact(100).unwrap(), 5);
    assert_eq!(store.state().first_seq, 100);
}

go_test!(2031, "memstore_test", "TestMemStoreEraseMsg", erase_msg);
fn erase_msg() {
    let store = store(|_| {});
    put(&store, "foo", b"Hello World");
    assert_eq!(load(&store, 1).payload(), b"Hello World");
    assert!(store.erase_msg(1).unwrap());
}

go_test!(2032, "memstore_test", "TestMemStoreMsgHeaders", msg_headers);
fn msg_headers() {
    let store = store(|_| {});
    let (subject, header, payload) = (b"foo", b"name:derek", b"Hello World");
    assert_eq!(msg_size(3, 10, 11), 3 + 10 + 11 + 16);
    store.store_msg(subject, header, payload, 0).unwrap();
    assert_eq!(store.state().bytes, 3 + 10 + 11 + 16);
    let msg = load(&store, 1);
    assert_eq!((msg.header(), msg.payload()), (&header[..], &payload[..]));
    assert!(store.erase_msg(1).unwrap());
}

go_test!(
    2033,
    "memstore_test",
    "TestMemStoreStreamStateDeleted",
    stream_state_deleted
);
fn stream_state_deleted() {
    let store = store(|_| {});
    for number in 1..=10 {
        put(
            &store,
            "foo",
            format!("[{number:08}] Hello World!").as_bytes(),
        );
    }
    assert!(store.state().deleted.is_empty());
    for seq in [2, 4, 6, 8] {
        store.remove_msg(seq).unwrap();
    }
    assert_eq!(store.state().deleted, [2, 4, 6, 8]);
    // With 1 and 3 the gap at the beginning is closed.
    store.remove_msg(1).unwrap();
    store.remove_msg(3).unwrap();
    let state = store.state();
    assert_eq!((state.deleted, state.first_seq), (vec![6, 8], 5));
    store.purge().unwrap();
    assert!(store.state().deleted.is_empty());
}

go_test!(
    2034,
    "memstore_test",
    "TestMemStoreStreamTruncate",
    stream_truncate
);
fn stream_truncate() {
    let store = store(|_| {});
    put_many(&store, "foo", 49);
    put_many(&store, "bar", 51);
    assert_eq!(store.state().msgs, 100);
    store.truncate(50).unwrap();
    assert_eq!(store.state().msgs, 50);
    for seq in [10, 20, 30, 40] {
        store.remove_msg(seq).unwrap();
    }
    store.truncate(25).unwrap();
    let state = store.state();
    assert_eq!((state.msgs, state.num_subjects), (23, 1));
    assert_eq!(state.deleted, [10, 20]);
}

go_test!(
    2035,
    "memstore_test",
    "TestMemStorePurgeExWithSubject",
    purge_ex_with_subject
);
fn purge_ex_with_subject() {
    let store = store(|_| {});
    put_many(&store, "foo", 100);
    store.purge_ex(b"foo", 1, 0).unwrap();
    assert_eq!(store.state().msgs, 0);
}

go_test!(
    2036,
    "memstore_test",
    "TestMemStoreUpdateMaxMsgsPerSubject",
    update_max_msgs_per_subject
);
fn update_max_msgs_per_subject() {
    let mut config = config(|config| {
        named(&["foo"])(config);
        config.max_msgs_per_subject = 10;
    });
    let store = MemoryStore::new(&config, Arc::new(SystemClock)).unwrap();
    config.max_msgs_per_subject = 50;
    store.update_config(&mut config).unwrap();
    put_many(&store, "foo", 22);
    assert_eq!(store.subjects_state(b"foo")[&b"foo"[..]].msgs, 22);
    config.max_msgs_per_subject = 10;
    store.update_config(&mut config).unwrap();
    assert_eq!(store.subjects_state(b"foo")[&b"foo"[..]].msgs, 10);
}

go_test!(
    2037,
    "memstore_test",
    "TestMemStoreStreamTruncateReset",
    stream_truncate_reset
);
fn stream_truncate_reset() {
    let store = store(named(&["foo"]));
    put_many(&store, "foo", 1000);
    store.truncate(0).unwrap();
    let state = store.state();
    assert_eq!((state.msgs, state.bytes), (0, 0));
    assert_eq!((state.first_seq, state.last_seq), (0, 0));
    assert_eq!((state.num_subjects, state.num_deleted), (0, 0));
    put_many(&store, "foo", 1000);
    let state = store.state();
    assert_eq!((state.msgs, state.bytes), (1000, 30_000));
    assert_eq!((state.first_seq, state.last_seq), (1, 1000));
    assert_eq!((state.num_subjects, state.num_deleted), (1, 0));
}

go_test!(
    2038,
    "memstore_test",
    "TestMemStoreStreamCompactMultiBlockSubjectInfo",
    compact_subject_info
);
fn compact_subject_info() {
    let store = store(named(&["foo.*"]));
    for number in 0..1000 {
        put(&store, &format!("foo.{number}"), b"Hello World");
    }
    assert_eq!(store.compact(501).unwrap(), 500);
    assert_eq!(store.state().num_subjects, 500);
}

go_test!(
    2039,
    "memstore_test",
    "TestMemStoreSubjectsTotals",
    subjects_totals
);
fn subjects_totals() {
    let store = store(named(&["*.*"]));
    let mut expected: HashMap<&str, HashMap<Vec<u8>, u64>> = HashMap::new();
    let mut rng = rand::rng();
    for _ in 0..10_000 {
        let prefix = if rng.random_bool(0.5) { "foo" } else { "bar" };
        let subject = format!("{prefix}.{}", rng.random_range(0..100));
        put(&store, &subject, b"Hello World");
        let totals = expected.entry(prefix).or_default();
        *totals.entry(subject.into_bytes()).or_default() += 1;
    }
    for (subject, total) in &expected["foo"] {
        assert_eq!(store.subjects_totals(subject)[subject], *total);
    }
    assert_eq!(store.subjects_totals(b"foo.*"), expected["foo"]);
    assert_eq!(store.subjects_totals(b"bar.*"), expected["bar"]);
    let all = store.subjects_totals(b"*.*");
    assert_eq!(all.len(), expected["foo"].len() + expected["bar"].len());
    assert_eq!(all.values().sum::<u64>(), 10_000);
}

go_test!(2040, "memstore_test", "TestMemStoreNumPending", num_pending);
fn num_pending() {
    let store = store(named(&["*.*.*.*"]));
    let mut rng = rand::rng();
    let subjects: Vec<String> = (0..50_000)
        .map(|_| {
            [0; 4]
                .map(|_| *["foo", "bar", "baz"].choose(&mut rng).unwrap())
                .join(".")
        })
        .collect();
    for subject in &subjects {
        put(&store, subject, b"Hello World");
    }
    // One by one: all that match, and those that are the last of their subject.
    let scan = |start: u64, filter: &str| {
        let (mut all, mut last_only, mut seen) = (SimpleState::default(), 0, HashSet::new());
        for seq in (start.max(1)..=50_000).rev() {
            let subject = &subjects[seq as usize - 1];
            if is_subset_match(subject, filter) {
                all.msgs += 1;
                all.first = seq;
                all.last = all.last.max(seq);
                last_only += u64::from(seen.insert(subject));
            }
        }
        (all, last_only)
    };
    let starts = [
        0, 1, 2, 200, 444, 555, 2222, 8888, 12_345, 28_222, 33_456, 44_400, 49_999,
    ];
    let filters = [
        "foo.>",
        "*.bar.>",
        "foo.bar.*.baz",
        "*.bar.>",
        "*.foo.bar.*",
        "foo.foo.bar.baz",
    ];
    for filter in filters {
        for start in starts {
            let (all, last_only) = scan(start, filter);
            let pending = store.num_pending(start, filter.as_bytes(), false).unwrap();
            assert_eq!(pending, (all.msgs, 50_000), "{filter} from {start}");
            let state = store.filtered_state(start, filter.as_bytes());
            assert_eq!(state, all, "{filter} from {start}");
            let pending = store.num_pending(start, filter.as_bytes(), true).unwrap();
            assert_eq!(pending, (last_only, 50_000), "{filter} from {start}");
        }
    }
}

go_test!(
    2041,
    "memstore_test",
    "TestMemStoreInitialFirstSeq",
    initial_first_seq
);
fn initial_first_seq() {
    let store = store(|config| config.first_seq = 1000);
    assert_eq!(put(&store, "A", b"OK"), 1000);
    assert_eq!(put(&store, "B", b"OK"), 1001);
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    assert_eq!(
        (state.msgs, state.first_seq, state.last_seq),
        (2, 1000, 1001)
    );
}

go_test!(
    2042,
    "memstore_test",
    "TestMemStoreDeleteBlocks",
    delete_blocks
);
fn delete_blocks() {
    let store = store(named(&["*"]));
    put_many(&store, "A", 10_000);
    let mut seqs: Vec<u64> = (1..=10_000).collect();
    seqs.shuffle(&mut rand::rng());
    for seq in seqs.iter().take(5000) {
        assert!(store.remove_msg(*seq).unwrap());
    }
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    assert_eq!(store.deleted_len(), state.num_deleted);
    assert!(state.num_deleted > 0);
}

go_test!(
    2043,
    "memstore_test",
    "TestMemStoreGetSeqFromTimeWithLastDeleted",
    seq_from_time_with_last_deleted
);
fn seq_from_time_with_last_deleted() {
    let store = store(named(&["*"]));
    put_many(&store, "A", 500);
    elapse(
        Duration::from_millis(100),
        "the two halves lie apart in time",
    );
    let middle = SystemClock.now();
    put_many(&store, "A", 500);
    for seq in 900..=1000 {
        store.remove_msg(seq).unwrap();
    }
    assert_eq!(store.seq_from_time(middle), 501);
}

go_test!(2044, "memstore_test", "TestMemStoreSkipMsgs", skip_msgs);
fn skip_msgs() {
    let empty = store(named(&["*"]));
    assert!(matches!(
        empty.skip_msgs(10, 100),
        Err(StoreError::SequenceMismatch)
    ));
    empty.skip_msgs(1, 100).unwrap();
    let state = empty.state();
    assert_eq!((state.first_seq, state.last_seq), (101, 100));
    empty.skip_msgs(101, 100_000).unwrap();
    let state = empty.state();
    assert_eq!((state.first_seq, state.last_seq), (100_101, 100_100));

    let store = store(named(&["*"]));
    put(&store, "foo", b"");
    store.skip_msgs(2, 10).unwrap();
    let mut state = store.state();
    assert_eq!((state.first_seq, state.last_seq, state.msgs), (1, 11, 1));
    assert_eq!((state.num_deleted, state.deleted.len()), (10, 10));
    state.deleted.clear();
    store.fast_state(&mut state);
    assert_eq!((state.first_seq, state.last_seq, state.msgs), (1, 11, 1));
    assert_eq!(state.num_deleted, 10);
}

go_test!(
    2045,
    "memstore_test",
    "TestMemStoreMultiLastSeqs",
    multi_last_seqs
);
fn multi_last_seqs() {
    let store = store(named(&["foo.*", "bar.*"]));
    for prefix in ["foo", "bar"] {
        for _ in 0..33 {
            for name in ["foo", "bar", "baz"] {
                put(&store, &format!("{prefix}.{name}"), b"abc");
            }
        }
    }
    let foos: [&[u8]; 3] = [b"foo.foo", b"foo.bar", b"foo.baz"];
    let bars: [&[u8]; 3] = [b"bar.foo", b"bar.bar", b"bar.baz"];
    type Case<'a> = (&'a [&'a [u8]], u64, &'a [u64]);
    let cases: [Case<'_>; 13] = [
        (&[b"foo.*"], 3, &[1, 2, 3]),
        (&[b"foo.*"], 0, &[97, 98, 99]),
        (&[b"bar.*"], 0, &[196, 197, 198]),
        (&[b"bar.*"], 99, &[]),
        (&foos, 3, &[1, 2, 3]),
        (&foos, 0, &[97, 98, 99]),
        (&bars, 0, &[196, 197, 198]),
        (&bars, 99, &[]),
        (&[b"foo.foo"], 3, &[1]),
        // Each sequence is there once.
        (&[b"foo.*", b"foo.bar"], 3, &[1, 2, 3]),
        (&[b"bar.>", b"bar.bar", b"bar.baz"], 0, &[196, 197, 198]),
        (&[b">"], 0, &[97, 98, 99, 196, 197, 198]),
        (&[b">"], 99, &[97, 98, 99]),
    ];
    for (filters, max_seq, expected) in cases {
        let seqs = store.multi_last_seqs(filters, max_seq, None).unwrap();
        assert_eq!(seqs, expected, "{filters:?} up to {max_seq}");
    }
}

go_test!(
    2046,
    "memstore_test",
    "TestMemStoreMultiLastSeqsMaxAllowed",
    multi_last_seqs_max_allowed
);
fn multi_last_seqs_max_allowed() {
    let store = store(named(&["foo.*"]));
    for number in 1..=100 {
        put(&store, &format!("foo.{number}"), b"abc");
    }
    let result = store.multi_last_seqs(&[b"foo.*"], 0, Some(10));
    assert!(matches!(result, Err(StoreError::TooManyResults)));
}

go_test!(
    2047,
    "memstore_test",
    "TestMemStorePurgeExWithDeletedMsgs",
    purge_ex_with_deleted_msgs
);
fn purge_ex_with_deleted_msgs() {
    let store = store(named(&["foo"]));
    put_many(&store, "foo", 10);
    store.remove_msg(2).unwrap();
    store.remove_msg(9).unwrap();
    assert_eq!(store.purge_ex(b"", 9, 0).unwrap(), 7);
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    assert_eq!((state.first_seq, state.last_seq, state.msgs), (10, 10, 1));
}

go_test!(
    2048,
    "memstore_test",
    "TestMemStoreDeleteAllFirstSequenceCheck",
    delete_all_first_sequence
);
fn delete_all_first_sequence() {
    let store = store(named(&["foo"]));
    put_many(&store, "foo", 10);
    for seq in 1..=10 {
        store.remove_msg(seq).unwrap();
    }
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    assert_eq!((state.first_seq, state.last_seq, state.msgs), (11, 10, 0));
}

go_test!(
    2049,
    "memstore_test",
    "TestMemStoreNumPendingMulti",
    num_pending_multi
);
fn num_pending_multi() {
    let store = store(named(&["ev.*"]));
    let mut rng = rand::rng();
    let start = rng.random_range(5_000..95_000_u64);
    let subjects: Vec<String> = (0..10_000)
        .map(|_| format!("ev.{:032x}", rand::random::<u128>()))
        .collect();
    let payload = b"ZZZ".repeat(333);
    let mut expected = Vec::new();
    for _ in 0..100_000 {
        let subject = subjects.choose(&mut rng).unwrap();
        put(&store, subject, &payload);
        expected.push(subject);
    }
    let mut filters = Sublist::new();
    for subject in subjects.choose_multiple(&mut rng, 5_000) {
        assert!(filters.insert(subject, None, ()).unwrap());
    }
    let (total, through) = store
        .num_pending_multi(start, Some(&filters), false)
        .unwrap();
    let mut msg = StoredMsg::new();
    let mut wanted = 0;
    for (seq, subject) in (1..).zip(expected).skip(start as usize - 1) {
        store.load_msg(seq, &mut msg).unwrap();
        assert_eq!(msg.subject(), subject.as_bytes());
        wanted += u64::from(filters.has_interest(msg.subject()));
    }
    assert_eq!((total, through), (wanted, 100_000));
}

go_test!(
    2050,
    "memstore_test",
    "TestMemStoreNumPendingBug",
    num_pending_bug
);
fn num_pending_bug() {
    let store = store(named(&["foo.*"]));
    for subject in ["foo.foo", "foo.bar", "foo.baz", "foo.zzz"] {
        put(&store, "foo.aaa", b"");
        put(&store, subject, b"");
        put(&store, subject, b"");
    }
    let (total, _) = store.num_pending(4, b"foo.*", false).unwrap();
    let wanted = (4..=12)
        .filter(|seq| is_subset_match(load(&store, *seq).subject(), "foo.*"))
        .count();
    assert_eq!((total, wanted), (9, 9));
}

go_test!(
    2051,
    "memstore_test",
    "TestMemStorePurgeLeaksDmap",
    purge_leaks_deleted
);
fn purge_leaks_deleted() {
    let store = store(named(&["foo"]));
    put_many(&store, "foo", 10);
    for seq in 2..=9 {
        store.remove_msg(seq).unwrap();
    }
    assert_eq!(store.deleted_len(), 8);
    assert_eq!(store.purge().unwrap(), 2);
    assert_eq!(store.deleted_len(), 0);
}

go_test!(2052, "memstore_test", "TestMemStoreMessageTTL", message_ttl);
fn message_ttl() {
    let store = store(|config| {
        named(&["test"])(config);
        config.allow_msg_ttl = true;
    });
    for _ in 0..10 {
        store.store_msg(b"test", b"", b"", 1).unwrap();
    }
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    assert_eq!((state.first_seq, state.last_seq, state.msgs), (1, 10, 10));
    wait_until("all messages expire", || {
        store.fast_state(&mut state);
        (state.first_seq, state.last_seq, state.msgs) == (11, 10, 0)
    });
    store.stop().unwrap();
}

go_test!(
    2053,
    "memstore_test",
    "TestMemStoreSubjectDeleteMarkers",
    subject_delete_markers
);
fn subject_delete_markers() {
    let store = store(|config| {
        named(&["test"])(config);
        config.max_age = Nanos::from_secs(1);
        config.allow_msg_ttl = true;
        config.subject_delete_marker_ttl = Nanos::from_secs(1);
    });
    let this = Arc::downgrade(&store);
    store.register_remove_msg(Arc::new(move |seq| {
        assert!(this.upgrade().unwrap().remove_msg(seq).is_ok());
    }));
    let proposed = proposals(&store);
    put_many(&store, "test", 3);
    let marker = proposed.recv_timeout(SOON).unwrap();
    let value = |key| header_value(key, &marker.header).unwrap();
    assert_eq!(value(headers::MARKER_REASON), b"MaxAge");
    assert_eq!(value(headers::MESSAGE_TTL), b"1s");
    assert_eq!(marker.subject, b"test");
    store.stop().unwrap();
}

go_test!(
    2054,
    "memstore_test",
    "TestMemStoreAllLastSeqs",
    all_last_seqs
);
fn all_last_seqs() {
    let store = store(|config| {
        named(&["*.*"])(config);
        config.max_msgs_per_subject = 50;
    });
    check_all_last_seqs(&*store);
}

/// Stores many messages of a few subjects, and asks for the last one of each.
pub(super) fn check_all_last_seqs(store: &dyn StreamStore) {
    let subjects = [
        "foo.foo", "foo.bar", "foo.baz", "bar.foo", "bar.bar", "bar.baz",
    ];
    let mut rng = rand::rng();
    for _ in 0..100_000 {
        let subject = subjects.choose(&mut rng).unwrap();
        let stored = store.store_msg(subject.as_bytes(), b"", b"abc", 0);
        stored.unwrap();
    }
    let mut msg = StoredMsg::new();
    let mut expected: Vec<u64> = subjects
        .iter()
        .map(|subject| {
            store.load_last_msg(subject.as_bytes(), &mut msg).unwrap();
            msg.seq
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(store.all_last_seqs().unwrap(), expected);
}

go_test!(
    2055,
    "memstore_test",
    "TestMemStoreUpdateConfigTTLState",
    update_config_ttl_state
);
fn update_config_ttl_state() {
    let mut config = config(named(&[">"]));
    let store = MemoryStore::new(&config, Arc::new(SystemClock)).unwrap();
    assert!(!store.tracks_ttls());
    config.allow_msg_ttl = true;
    store.update_config(&mut config).unwrap();
    assert!(store.tracks_ttls());
    config.allow_msg_ttl = false;
    store.update_config(&mut config).unwrap();
    assert!(!store.tracks_ttls());
}

go_test!(
    2056,
    "memstore_test",
    "TestMemStoreSubjectForSeq",
    subject_for_seq
);
fn subject_for_seq() {
    let store = store(named(&["foo.>"]));
    assert_eq!(put(&store, "foo.bar", b""), 1);
    assert!(matches!(
        store.subject_for_seq(0),
        Err(StoreError::MsgNotFound)
    ));
    assert_eq!(store.subject_for_seq(1).unwrap(), b"foo.bar");
    assert!(matches!(
        store.subject_for_seq(2),
        Err(StoreError::MsgNotFound)
    ));
}

go_test!(
    2057,
    "memstore_test",
    "TestMemStoreMessageSchedule",
    message_schedule
);
fn message_schedule() {
    let store = store(|config| {
        named(&["foo.*"])(config);
        config.allow_msg_schedules = true;
    });
    let proposed = proposals(&store);
    let at =
        jiff::Timestamp::from_nanosecond(i128::from(SystemClock.now()) + 1_000_000_000).unwrap();
    let header = generate_header(None, headers::SCHEDULE, format!("@at {at}").as_bytes());
    let header = generate_header(Some(&header), headers::SCHEDULE_TARGET, b"foo.target");
    store.store_msg(b"foo.schedule", &header, b"", 0).unwrap();

    let msg = proposed.recv_timeout(SOON).unwrap();
    assert_eq!(msg.subject, b"foo.target");
    let value = |key| header_value(key, &msg.header).unwrap();
    assert_eq!(value(headers::SCHEDULER), b"foo.schedule");
    assert_eq!(value(headers::SCHEDULE_NEXT), headers::SCHEDULE_NEXT_PURGE);
    store.stop().unwrap();
}

/// A store with subjects in known places: 1, 2-11, 12, 13-22 and 23-32.
fn store_to_search() -> Arc<MemoryStore> {
    let store = store(named(&["foo.>"]));
    let runs = [
        ("foo.bar.a", 1),
        ("foo.baz.bar", 10),
        ("foo.bar.b", 1),
        ("foo.baz.bar", 10),
        ("foo.baz.bar.no.match", 10),
    ];
    for (subject, count) in runs {
        put_many(&store, subject, count);
    }
    store
}

go_test!(
    2058,
    "memstore_test",
    "TestMemStoreNextWildcardMatch",
    next_wildcard_match
);
fn next_wildcard_match() {
    let store = store_to_search();
    let cases = [
        ("foo.bar.*", 0, Some((1, 12))),
        ("foo.bar.*", 1, Some((1, 12))),
        ("foo.bar.*", 2, Some((12, 12))),
        ("foo.bar.*", 13, None),
        ("foo.baz.*", 1, Some((2, 22))),
        ("foo.baz.*", 11, Some((11, 22))),
        ("foo.baz.*", 12, Some((12, 22))),
        ("foo.baz.*", 22, Some((22, 22))),
        ("foo.baz.*", 23, None),
        ("foo.nope.*", 1, None),
        ("foo.>", 1, Some((1, 32))),
    ];
    for (filter, start, expected) in cases {
        let bounds = store.match_bounds(filter.as_bytes(), start);
        assert_eq!(bounds, expected, "{filter} from {start}");
    }
}

go_test!(
    2059,
    "memstore_test",
    "TestMemStoreNextLiteralMatch",
    next_literal_match
);
fn next_literal_match() {
    let store = store_to_search();
    let cases = [
        ("foo.bar.a", 0, Some((1, 1))),
        ("foo.bar.a", 2, None),
        ("foo.baz.bar", 1, Some((2, 22))),
        ("foo.baz.bar", 11, Some((11, 22))),
        ("foo.baz.bar", 22, Some((22, 22))),
        ("foo.baz.bar", 23, None),
        ("foo.nope", 1, None),
    ];
    for (filter, start, expected) in cases {
        let bounds = store.match_bounds(filter.as_bytes(), start);
        assert_eq!(bounds, expected, "{filter} from {start}");
    }
}

/// What the store wants in its stream.
fn proposals(store: &MemoryStore) -> mpsc::Receiver<ProposedMsg> {
    let (sender, proposed) = mpsc::channel();
    store.register_process_msg(Arc::new(move |msg| {
        // The test may have seen enough.
        sender.send(msg).ok();
    }));
    proposed
}
