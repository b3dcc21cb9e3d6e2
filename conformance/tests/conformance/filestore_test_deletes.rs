//! Go: `server/filestore_test.go`: what is deleted, as replicas tell each other.

use conformance::go_test;
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{DeleteBlock, DeleteRange, StreamStore, decode_stream_state};

use super::filestore_support::*;

/// A part of what is deleted.
#[derive(Debug, PartialEq)]
enum Part {
    /// A run: the first sequence, and how many.
    Run(u64, u64),
    /// Single ones.
    Set(Vec<u64>),
}

use Part::{Run, Set};

fn deleted(store: &FileStore) -> Vec<Part> {
    let state = decode_stream_state(&store.encoded_stream_state(0).unwrap()).unwrap();
    let parts = state.deleted.iter().map(|block| match block {
        DeleteBlock::Range(DeleteRange { first, num }) => Run(*first, *num),
        block => {
            let mut seqs = Vec::new();
            block.range(|seq| {
                seqs.push(seq);
                true
            });
            Set(seqs)
        }
    });
    parts.collect()
}

/// What goes, and what is deleted then.
type Step<'a> = (&'a [u64], &'a [Part]);

fn remove_in_steps(store: &FileStore, steps: &[Step<'_>]) {
    for (seqs, expected) in steps {
        for seq in *seqs {
            remove(store, *seq);
        }
        assert_eq!(deleted(store), *expected, "{seqs:?}");
    }
    store.stop().unwrap();
}

go_test!(
    589,
    "filestore_test",
    "TestFileStoreDeleteBlocksWithSingleMessageBlocks",
    deletes_with_one_message_to_a_block
);
fn deletes_with_one_message_to_a_block() {
    let setup = plain().blocks_of(256);
    let store = setup.open();
    put_many(&store, "foo", &[0; 256], 20);
    assert_eq!(store.block_count(), 20);
    let steps: [Step<'_>; 9] = [
        (&[10], &[Run(10, 1)]),
        (&[11], &[Run(10, 2)]),
        (&[5], &[Run(5, 1), Run(10, 2)]),
        (&[6, 7, 8, 9], &[Run(5, 7)]),
        (&[3, 16, 17, 18], &[Run(3, 1), Run(5, 7), Run(16, 3)]),
        (&[1], &[Run(3, 1), Run(5, 7), Run(16, 3)]),
        (&[20], &[Run(3, 1), Run(5, 7), Run(16, 3), Run(20, 1)]),
        (&[19], &[Run(3, 1), Run(5, 7), Run(16, 5)]),
        (&[2], &[Run(5, 7), Run(16, 5)]),
    ];
    remove_in_steps(&store, &steps);
}

go_test!(
    590,
    "filestore_test",
    "TestFileStoreDeleteBlocks",
    deletes_with_several_messages_to_a_block
);
fn deletes_with_several_messages_to_a_block() {
    let setup = plain().blocks_of(256);
    let store = setup.open();
    put_many(&store, "foo", &[0; 20], 20);
    assert_eq!(store.block_count(), 5);
    let set = |seq| Set(vec![seq]);
    let steps: [Step<'_>; 9] = [
        (&[9], &[Run(9, 1)]),
        (&[10], &[Run(9, 2)]),
        (&[8], &[set(8), Run(9, 2)]),
        (&[18, 17], &[set(8), Run(9, 2), Run(17, 2)]),
        (&[6, 5, 7], &[Run(5, 6), Run(17, 2)]),
        (&[20], &[Run(5, 6), Run(17, 2), set(20)]),
        (&[19], &[Run(5, 6), Run(17, 4)]),
        (&[11, 12], &[Run(5, 8), Run(17, 4)]),
        (&[1, 2, 3, 4], &[Run(17, 4)]),
    ];
    remove_in_steps(&store, &steps);
}

go_test!(
    591,
    "filestore_test",
    "TestFileStoreDeleteBlocksWithManyEmptyBlocks",
    deletes_with_many_blocks_without_messages
);
fn deletes_with_many_blocks_without_messages() {
    let setup = plain().blocks_of(33 * 6);
    let store = setup.open();
    put_many(&store, "foo", b"", 6);
    // Each block has a tombstone for the first one and two for the one before, and
    // two messages that the next one deletes.
    for number in 0..5 {
        store.start_block().unwrap();
        remove(&store, number + 2);
        if number > 0 {
            let first = 7 + (number - 1) * 2;
            remove(&store, first);
            remove(&store, first + 1);
        }
        if number < 4 {
            put_many(&store, "foo", b"", 2);
        }
    }
    assert_eq!(deleted(&store), [Set(vec![2, 3, 4, 5, 6]), Run(7, 8)]);
    for index in store.block_indices() {
        store.compact_block(index).unwrap();
    }
    assert_eq!(deleted(&store), [Run(2, 13)]);
    assert_survives(&setup, &store).stop().unwrap();
}

/// Removes a run of messages as a replica does that learns of it.
fn remove_run(store: &FileStore, first: u64, last: u64) {
    let num = last - first + 1;
    store.sync_deleted(&[DeleteBlock::Range(DeleteRange { first, num })]);
}

go_test!(
    594,
    "filestore_test",
    "TestFileStoreRemoveMsgsInRange",
    runs_of_messages_are_removed
);
fn runs_of_messages_are_removed() {
    let setup = plain().blocks_of(256);
    let store = setup.open();
    put_many(&store, "foo", &[0; 256], 20);
    assert_eq!(store.block_count(), 20);
    // From and to which sequence, and how many blocks are left, beginning where.
    for (first, last, blocks, begin) in [
        (1, 1, 19, 2),
        (1, 1, 19, 2),
        (1, 2, 18, 3),
        (3, 4, 16, 5),
        (9, 13, 11, 5),
        (8, 8, 10, 5),
        (17, 17, 9, 5),
    ] {
        remove_run(&store, first, last);
        assert_eq!(store.block_count(), blocks, "{first} to {last}");
        assert_eq!(store.blocks()[0].first_seq, begin);
    }
    assert_eq!(deleted(&store), [Run(8, 6), Run(17, 1)]);
    remove_run(&store, 20, 20);
    assert_eq!(deleted(&store), [Run(8, 6), Run(17, 1), Run(20, 1)]);
    remove_run(&store, 7, 18);
    assert_eq!(store.block_count(), 4);
    assert_eq!(deleted(&store), [Run(7, 12), Run(20, 1)]);
    remove_run(&store, 1, 20);
    assert_eq!(store.block_count(), 1);
    assert_eq!(store.blocks()[0].msgs, 0);
    store.stop().unwrap();
}

go_test!(
    595,
    "filestore_test",
    "TestFileStoreRemoveMsgsInRangePartialBlocks",
    runs_of_messages_are_removed_from_blocks
);
fn runs_of_messages_are_removed_from_blocks() {
    let setup = plain().blocks_of(256);
    let store = setup.open();
    put_many(&store, "foo", &[0; 16], 20);
    assert_eq!(store.block_count(), 4);
    let compact = |at: usize| store.compact_block(store.block_indices()[at]).unwrap();
    let check = |expected: &[(u64, u64)]| {
        let blocks = store.blocks();
        for (at, expected) in expected.iter().enumerate() {
            assert_eq!((blocks[at].first_seq, blocks[at].last_seq), *expected);
        }
        blocks.len()
    };
    remove_run(&store, 5, 6);
    compact(0);
    assert_eq!(check(&[(1, 4), (7, 10)]), 4);
    remove_run(&store, 4, 11);
    compact(0);
    assert_eq!(check(&[(1, 3), (12, 15)]), 3);
    remove_run(&store, 13, 14);
    compact(1);
    assert_eq!(check(&[(1, 3), (12, 15)]), 3);
    assert_eq!(store.blocks()[1].msgs, 2);
    remove_run(&store, 13, 20);
    compact(1);
    assert_eq!(check(&[(1, 3), (12, 12)]), 3);
    assert_eq!(store.blocks()[1].msgs, 1);
    remove_run(&store, 10, 20);
    assert_eq!(store.block_count(), 2);
    remove_run(&store, 1, 30);
    assert_eq!(check(&[(21, 20)]), 1);
    store.stop().unwrap();
}

go_test!(
    593,
    "filestore_test",
    "TestFileStoreSelectMsgBlockBinarySearch",
    blocks_are_found_by_sequence
);
fn blocks_are_found_by_sequence() {
    on_all(|setup| {
        let setup = setup.on(&[">"]);
        let store = setup.open();
        for number in 0..33 {
            if number > 0 {
                store.start_block().unwrap();
            }
            put_many(&store, "foo", b"", 2);
            if number == 15 {
                for seq in [2, 5] {
                    store.start_block().unwrap();
                    remove(&store, seq);
                }
            }
        }
        let check = |store: &FileStore| {
            let blocks = store.block_indices();
            // The sequence, where its block is, and its number.
            for (seq, at, index) in [(2, 0, 1), (5, 2, 3), (1, 0, 1), (10, 4, 5), (64, 33, 34)] {
                assert_eq!(store.block_of(seq), Some(index), "{seq}");
                assert_eq!(blocks[at], index);
            }
        };
        check(&store);
        let store = setup.reopen_from_blocks(&store);
        check(&store);
        store.stop().unwrap();
    });
}
