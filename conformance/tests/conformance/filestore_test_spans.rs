//! Go: `server/filestore_test.go`: in which blocks subjects are noted to be.

use conformance::go_test;
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{StoreError, StoredMsg, StreamStore};
use rand::Rng;

use super::filestore_support::*;

/// What is noted of a subject: messages, first and last block.
fn span(store: &FileStore, subject: &str) -> (u64, u32, u32) {
    let span = store.subject_span(subject.as_bytes()).unwrap();
    (span.msgs, span.first_block, span.last_block)
}

go_test!(
    464,
    "filestore_test",
    "TestFileStoreCompactAndPSIMWhenDeletingBlocks",
    compact_updates_subjects
);
fn compact_updates_subjects() {
    let setup = plain().blocks_of(512).on(&["*"]);
    let store = setup.open();
    put_many(&store, "A", &about_a_hundred_bytes(), 10);
    assert_eq!(store.block_count(), 4);
    assert_eq!(store.compact(10).unwrap(), 9);
    assert_eq!(store.block_count(), 1);
    let (msgs, first, last) = span(&store, "A");
    assert_eq!(msgs, 1);
    assert_eq!(first, last);
    store.stop().unwrap();
}

go_test!(
    465,
    "filestore_test",
    "TestFileStoreTrackSubjLenForPSIM",
    lengths_of_subjects
);
fn lengths_of_subjects() {
    let setup = plain().on(&[">"]);
    let store = setup.open();
    let mut rng = rand::rng();
    let mut subjects = std::collections::HashSet::new();
    for _ in 0..1000 {
        let tokens: Vec<String> = (0..rng.random_range(1..=6))
            .map(|_| {
                let bytes = (0..rng.random_range(2..6)).map(|_| rng.random::<u8>());
                bytes.map(|byte| format!("{byte:02x}")).collect()
            })
            .collect();
        let subject = tokens.join(".");
        if subjects.insert(subject.clone().into_bytes()) {
            put(&store, &subject, b"");
        }
    }
    let total = |subjects: &mut dyn Iterator<Item = usize>| subjects.sum::<usize>();
    let check = |store: &FileStore, subjects: &std::collections::HashSet<Vec<u8>>| {
        let tracked = store.subjects_totals(b">");
        assert_eq!(
            total(&mut tracked.keys().map(Vec::len)),
            total(&mut subjects.iter().map(Vec::len))
        );
        assert_eq!(store.state().num_subjects, subjects.len());
    };
    check(&store, &subjects);
    let mut msg = StoredMsg::new();
    for _ in 0..500 {
        let seq = rng.random_range(1..=1000);
        match store.load_msg(seq, &mut msg) {
            Ok(()) => {
                remove(&store, seq);
                assert!(subjects.remove(msg.subject()));
            }
            Err(error) => assert!(matches!(error, StoreError::MsgNotFound), "{error}"),
        }
    }
    check(&store, &subjects);
    let store = setup.reopen(&store);
    check(&store, &subjects);
    store.purge().unwrap();
    subjects.clear();
    check(&store, &subjects);
    store.stop().unwrap();
}

go_test!(
    469,
    "filestore_test",
    "TestFileStoreSubjectCorruption",
    no_subject_is_made_up
);
fn no_subject_is_made_up() {
    let setup = plain().blocks_of(2 * 1024 * 1024).on(&["foo.*"]);
    let store = setup.open();
    let payloads = [333, 888, 555].map(|count| b"ABC".repeat(count));
    let mut rng = rand::rng();
    let mut counts = std::collections::HashMap::<Vec<u8>, u64>::new();
    for _ in 0..10_000 {
        let subject = format!("foo.{}", rng.random_range(1..=100));
        put(&store, &subject, &payloads[rng.random_range(0..3)]);
        *counts.entry(subject.into_bytes()).or_default() += 1;
    }
    let store = setup.reopen_from_blocks(&store);
    assert_eq!(store.subjects_totals(b">"), counts);
    store.stop().unwrap();
}

go_test!(
    471,
    "filestore_test",
    "TestFileStoreCorruptPSIMOnDisk",
    bad_subject_in_the_state_file
);
fn bad_subject_in_the_state_file() {
    let setup = plain().on(&["foo.*"]);
    let store = setup.open();
    put(&store, "foo.bar", b"ABC");
    put(&store, "foo.baz", b"XYZ");
    store.stop().unwrap();
    // The same length, with what stands for bytes that are no text.
    let mut index = index_body(&setup);
    let at = index
        .windows(7)
        .position(|part| part == b"foo.bar")
        .unwrap();
    index[at..at + 7].copy_from_slice("foo\u{fffd}r".as_bytes());
    put_index(&setup, &index);
    let store = setup.open();
    let mut msg = StoredMsg::new();
    for (subject, payload) in [(b"foo.bar", b"ABC"), (b"foo.baz", b"XYZ")] {
        store.load_last_msg(subject, &mut msg).unwrap();
        assert_eq!(msg.payload(), payload);
    }
    store.stop().unwrap();
}

go_test!(
    490,
    "filestore_test",
    "TestFileStoreLoadLastWildcardWithPresenceMultipleBlocks",
    load_last_wildcard_in_several_blocks
);
fn load_last_wildcard_in_several_blocks() {
    let setup = plain().blocks_of(64).on(&["foo.*.*"]);
    let store = setup.open();
    put(&store, "foo.22.bar", b"hello");
    put_many(&store, "foo.22.baz", b"ok", 2);
    put(&store, "foo.22.bar", b"hello22");
    assert!(store.block_count() > 1);
    let mut msg = StoredMsg::new();
    store.load_last_msg(b"foo.*.bar", &mut msg).unwrap();
    assert_eq!(msg.payload(), b"hello22");
    store.stop().unwrap();
}

go_test!(
    491,
    "filestore_test",
    "TestFileStoreFilteredPendingPSIMFirstBlockUpdate",
    first_block_of_a_subject_is_updated
);
fn first_block_of_a_subject_is_updated() {
    let setup = plain().blocks_of(512).on(&["foo.*"]);
    let store = setup.open();
    put(&store, "foo.baz", b"hello");
    put_many(&store, "foo.foo", b"hello", 1000);
    put_many(&store, "foo.baz", b"hello", 2);
    remove(&store, 1);
    assert_eq!(store.block_count(), 84);
    assert_eq!(span(&store, "foo.baz"), (2, 1, 84));
    assert_eq!(filtered(&store, "foo.baz"), (2, 1002, 1003));
    assert_eq!(span(&store, "foo.baz"), (2, 84, 84));
    store.stop().unwrap();
}

go_test!(
    492,
    "filestore_test",
    "TestFileStoreWildcardFilteredPendingPSIMFirstBlockUpdate",
    first_block_of_several_subjects_is_updated
);
fn first_block_of_several_subjects_is_updated() {
    let setup = plain().blocks_of(512).on(&["foo.*.*"]);
    let store = setup.open();
    put(&store, "foo.22.baz", b"hello");
    put(&store, "foo.22.bar", b"hello");
    put_many(&store, "foo.1.foo", b"hello", 1000);
    put_many(&store, "foo.22.baz", b"hello", 2);
    put_many(&store, "foo.22.bar", b"hello", 2);
    remove(&store, 1);
    remove(&store, 2);
    assert_eq!(store.block_count(), 92);
    for subject in ["foo.22.baz", "foo.22.bar"] {
        assert_eq!(span(&store, subject), (2, 1, 92));
    }
    assert_eq!(filtered(&store, "foo.22.*"), (4, 1003, 1006));
    for subject in ["foo.22.baz", "foo.22.bar"] {
        assert_eq!(span(&store, subject), (2, 92, 92));
    }
    store.stop().unwrap();
}

go_test!(
    493,
    "filestore_test",
    "TestFileStoreFilteredPendingPSIMFirstBlockUpdateNextBlock",
    first_block_of_a_subject_is_the_next
);
fn first_block_of_a_subject_is_the_next() {
    let setup = plain().blocks_of(128).on(&["foo.*.*"]);
    let store = setup.open();
    for _ in 0..4 {
        put(&store, "foo.22.bar", b"hello");
        put(&store, "foo.22.baz", b"hello");
    }
    assert_eq!(store.block_count(), 4);
    assert_eq!(span(&store, "foo.22.bar"), (4, 1, 4));
    remove(&store, 1);
    assert_eq!(filtered(&store, "foo.22.bar"), (3, 3, 7));
    assert_eq!(span(&store, "foo.22.bar"), (3, 2, 4));
    remove(&store, 2);
    assert_eq!(store.block_count(), 3);
    // The Go server still names the block that is gone here, until it is asked.
    assert_eq!(span(&store, "foo.22.baz"), (3, 2, 4));
    assert_eq!(filtered(&store, "foo.*.baz"), (3, 4, 8));
    assert_eq!(span(&store, "foo.22.baz"), (3, 2, 4));
    store.stop().unwrap();
}
