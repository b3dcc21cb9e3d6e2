//! Go: the benchmarks of `server/filestore_test.go`. Each case runs once, on a tenth
//! of the messages or fewer, and checks what it works out; `server/benches` has the
//! times.

use std::sync::Arc;

use conformance::go_test;
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{DeleteBlock, DeleteRange, StreamStore};
use rand::Rng;

use super::filestore_support::*;

/// So many messages stand for a million.
const MSGS: usize = 100_000;

go_test!(
    503,
    "filestore_test",
    "Benchmark_FileStoreSelectMsgBlock",
    select_msg_block
);
fn select_msg_block() {
    let setup = plain().blocks_of(128).on(&["*"]);
    let store = setup.open();
    put_many(&store, "A", &about_a_hundred_bytes(), 1000);
    assert_eq!(store.block_count(), 1000);
    for seq in 1..=1000 {
        assert_eq!(store.block_of(seq), u32::try_from(seq).ok());
    }
    store.stop().unwrap();
}

/// A stream of a thousand subjects.
fn with_many_subjects() -> (Setup, Arc<FileStore>) {
    let setup = plain().on(&["foo.*"]);
    let store = setup.open();
    let mut rng = rand::rng();
    for _ in 0..100_000 {
        put(&store, &format!("foo.{}", rng.random_range(0..1024)), b"ok");
    }
    (setup, store)
}

go_test!(
    504,
    "filestore_test",
    "Benchmark_FileStoreLoadNextMsgSameFilterAsStream",
    load_next_with_the_filter_of_the_stream
);
fn load_next_with_the_filter_of_the_stream() {
    let (_setup, store) = with_many_subjects();
    assert_eq!(next(&store, "foo.*", 10).unwrap().seq, 10);
    store.stop().unwrap();
}

go_test!(
    505,
    "filestore_test",
    "Benchmark_FileStoreLoadNextMsgLiteralSubject",
    load_next_of_a_subject
);
fn load_next_of_a_subject() {
    let (_setup, store) = with_many_subjects();
    put(&store, "foo.2222", b"ok");
    put(&store, "foo.3333", b"ok");
    assert_eq!(next(&store, "foo.2222", 10).unwrap().seq, 100_001);
    store.stop().unwrap();
}

/// The next message of `foo.baz` from `start` on among many of `foo.bar`, with one at
/// the beginning and one at the end if that is wanted.
fn next_among_others(at_begin: bool, at_end: bool, start: u64) -> Option<u64> {
    let setup = plain().blocks_of(8192).on(&["foo.*"]);
    let store = setup.open();
    if at_begin {
        put(&store, "foo.baz", b"ok");
    }
    put_many(&store, "foo.bar", b"ok", MSGS);
    if at_end {
        put(&store, "foo.baz", b"ok");
    }
    let found = next(&store, "foo.baz", start).map(|msg| msg.seq);
    store.stop().unwrap();
    found
}

go_test!(
    506,
    "filestore_test",
    "Benchmark_FileStoreLoadNextMsgNoMsgsFirstSeq",
    load_next_of_none_from_the_first
);
fn load_next_of_none_from_the_first() {
    assert_eq!(next_among_others(false, false, 1), None);
}

go_test!(
    507,
    "filestore_test",
    "Benchmark_FileStoreLoadNextMsgNoMsgsNotFirstSeq",
    load_next_of_none
);
fn load_next_of_none() {
    assert_eq!(next_among_others(false, false, 10), None);
}

go_test!(
    508,
    "filestore_test",
    "Benchmark_FileStoreLoadNextMsgVerySparseMsgsFirstSeq",
    load_next_of_one_from_the_first
);
fn load_next_of_one_from_the_first() {
    assert_eq!(next_among_others(false, true, 1), Some(MSGS as u64 + 1));
}

go_test!(
    509,
    "filestore_test",
    "Benchmark_FileStoreLoadNextMsgVerySparseMsgsNotFirstSeq",
    load_next_of_one
);
fn load_next_of_one() {
    assert_eq!(next_among_others(false, true, 10), Some(MSGS as u64 + 1));
}

go_test!(
    510,
    "filestore_test",
    "Benchmark_FileStoreLoadNextMsgVerySparseMsgsInBetween",
    load_next_in_between
);
fn load_next_in_between() {
    assert_eq!(next_among_others(true, true, 2), Some(MSGS as u64 + 2));
}

/// The next message of `foo.*.baz` from `start` on, of which there is one at the
/// beginning and perhaps one at the end, among many of so many other subjects.
fn next_by_pattern(subjects: u32, at_end: bool, start: u64) -> Option<u64> {
    let setup = plain().on(&["foo.*.*"]);
    let store = setup.open();
    let mut rng = rand::rng();
    put(&store, "foo.1.baz", b"ok");
    for _ in 0..MSGS {
        let number = rng.random_range(2..subjects + 2);
        put(&store, &format!("foo.{number}.bar"), b"ok");
    }
    if at_end {
        put(&store, "foo.1.baz", b"ok");
    }
    let found = next(&store, "foo.*.baz", start).map(|msg| msg.seq);
    store.stop().unwrap();
    found
}

go_test!(
    511,
    "filestore_test",
    "Benchmark_FileStoreLoadNextMsgVerySparseMsgsInBetweenWithWildcard",
    load_next_in_between_by_pattern
);
fn load_next_in_between_by_pattern() {
    assert_eq!(next_by_pattern(10_000, true, 2), Some(MSGS as u64 + 2));
}

go_test!(
    512,
    "filestore_test",
    "Benchmark_FileStoreLoadNextManySubjectsWithWildcardNearLastBlock",
    load_next_by_pattern_near_the_end
);
fn load_next_by_pattern_near_the_end() {
    let near = MSGS as u64 - 10;
    assert_eq!(next_by_pattern(10_000, true, near), Some(MSGS as u64 + 2));
}

go_test!(
    513,
    "filestore_test",
    "Benchmark_FileStoreLoadNextMsgVerySparseMsgsLargeTail",
    load_next_of_none_by_pattern
);
fn load_next_of_none_by_pattern() {
    assert_eq!(next_by_pattern(6_400, false, 2), None);
}

go_test!(
    515,
    "filestore_test",
    "Benchmark_FileStoreSubjectStateConsistencyOptimizationPerf",
    subject_state_consistency
);
fn subject_state_consistency() {
    let setup = plain().on(&["foo.*"]).with(|config| {
        config.name = "TEST".into();
        config.max_msgs_per_subject = 1;
    });
    let store = setup.open();
    let count = 40_000;
    for number in (0..count).rev().chain(0..count) {
        put(&store, &format!("foo.{number}"), b"");
    }
    assert_eq!(seqs(&store), (count, count + 1, 2 * count));
    assert_eq!(store.state().num_subjects, count as usize);
    store.stop().unwrap();
}

/// Small blocks of messages of each size, so many of them.
fn of_many_sizes(sizes: &[usize], blocks: usize, check: impl Fn(&FileStore)) {
    for size in sizes {
        let setup = plain().blocks_of(32 * 1024);
        let store = setup.open();
        while store.block_count() < blocks {
            put(&store, "foo", &vec![0; *size]);
        }
        check(&store);
        store.stop().unwrap();
    }
}

go_test!(
    516,
    "filestore_test",
    "Benchmark_FileStoreSyncDeletedFullBlocks",
    sync_deleted_full_blocks
);
fn sync_deleted_full_blocks() {
    of_many_sizes(&[32, 64, 128, 256, 512, 1024], 50, |store| {
        let (msgs, first, last) = seqs(store);
        let all = DeleteRange { first, num: msgs };
        store.sync_deleted(&[DeleteBlock::Range(all)]);
        assert_eq!(seqs(store), (0, last + 1, last));
        assert_eq!(store.block_count(), 1);
    });
}

go_test!(
    517,
    "filestore_test",
    "Benchmark_FileStoreSyncDeletedPartialBlocks",
    sync_deleted_partial_blocks
);
fn sync_deleted_partial_blocks() {
    of_many_sizes(&[16, 512], 101, |store| {
        let (msgs, first, last) = seqs(store);
        // All but the first message of the first two blocks, and the last.
        let end = store.blocks()[1].last_seq;
        let run = DeleteRange {
            first: first + 1,
            num: end - first - 1,
        };
        store.sync_deleted(&[DeleteBlock::Range(run)]);
        assert_eq!(seqs(store), (msgs - run.num, first, last));
        assert!(is_there(store, first) && is_there(store, end));
        assert_missing(store, end - 1);
        assert_eq!(store.block_count(), 101);
    });
}

go_test!(
    543,
    "filestore_test",
    "BenchmarkFileStoreSubjectAccesses",
    subject_accesses
);
fn subject_accesses() {
    let setup = plain().on(&["foo.>"]);
    let store = setup.open();
    assert_eq!(put(&store, "foo.bar", &[1, 2, 3, 4, 5]), 1);
    assert_eq!(store.subject_for_seq(1).unwrap(), b"foo.bar");
    assert_eq!(load(&store, 1).subject(), b"foo.bar");
    store.stop().unwrap();
}

go_test!(
    556,
    "filestore_test",
    "BenchmarkFileStoreGetSeqFromTime",
    seq_from_time
);
fn seq_from_time() {
    let (setup, clock) = timed(plain().blocks_of(16).on(&["foo.>"]));
    let store = setup.open();
    let mut times = Vec::new();
    for _ in 0..4096 {
        clock.advance(nats_server::jetstream::model::Nanos(1_000));
        let stored = store.store_msg(b"foo.bar", b"", &[1, 2, 3, 4, 5], 0);
        times.push(stored.unwrap().1);
    }
    assert_eq!(store.block_count(), 4096);
    let (first, last) = (times[0], times[4095]);
    assert_eq!(store.seq_from_time(first), 1);
    assert_eq!(store.seq_from_time(first + (last - first) / 2), 2049);
    assert_eq!(store.seq_from_time(last), 4096);
    assert_eq!(store.seq_from_time(last + 1), 4097);
    store.stop().unwrap();
}
