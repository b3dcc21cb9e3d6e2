//! Go: `server/filestore_test.go`: rewriting blocks without what is deleted.

use std::time::Duration;

use conformance::go_test;
use nats_server::jetstream::model::{Nanos, StoreCompression};
use nats_server::jetstream::store::StreamStore;
use nats_server::jetstream::store::file::{FileStore, RecordKind, record_size};

use super::filestore_support::*;

/// Bytes of a record without a message.
const EMPTY: u64 = record_size(0, 0, 0);

/// Sequence and offset of every message in a block's file.
fn places(store: &FileStore, index: u32) -> Vec<(u64, u64)> {
    let records = store.block_records(index).unwrap();
    let messages = records.iter().filter(|r| r.kind == RecordKind::Message);
    messages.map(|record| (record.seq, record.offset)).collect()
}

go_test!(
    404,
    "filestore_test",
    "TestFileStoreSparseCompaction",
    sparse_compaction
);
fn sparse_compaction() {
    on_all(|setup| {
        let setup = setup.blocks_of(1024 * 1024).on(&["kv.>"]);
        let store = setup.open();
        for number in 1..=1000 {
            let subject = format!("kv.{}", number % 10);
            put(&store, &subject, &about_a_hundred_bytes());
        }
        assert_eq!(seqs(&store), (1000, 1, 1000));
        assert_eq!(store.block_count(), 1);
        // The last block is not compacted.
        store.start_block().unwrap();
        let compact = || {
            let state = fast(&store);
            let (total, used) = store.utilization().unwrap();
            store.compact_block(1).unwrap();
            assert_eq!(fast(&store), state);
            let (total_after, used_after) = store.utilization().unwrap();
            assert_eq!(used_after, used);
            assert!(total_after < total, "{total_after} of {total}");
        };
        remove(&store, 1);
        compact();
        for seq in [1000, 999, 998, 997] {
            remove(&store, seq);
        }
        compact();
        for seq in [500, 502, 504, 506, 508, 510] {
            erase(&store, seq);
        }
        compact();
        assert_survives(&setup, &store).stop().unwrap();
    });
}

go_test!(
    405,
    "filestore_test",
    "TestFileStoreSparseCompactionWithInteriorDeletes",
    sparse_compaction_with_interior_deletes
);
fn sparse_compaction_with_interior_deletes() {
    on_all(|setup| {
        let setup = setup.on(&["kv.>"]);
        let store = setup.open();
        for number in 1..=1000 {
            put(&store, &format!("kv.{}", number % 10), b"OK");
        }
        for seq in [500, 600, 700, 800] {
            remove(&store, seq);
        }
        assert_eq!(load(&store, 900).subject(), b"kv.0");
        store.start_block().unwrap();
        store.drop_caches();
        store.compact_block(1).unwrap();
        assert_eq!(places(&store, 1).len(), 996);
        for drops in [false, true] {
            if drops {
                store.drop_caches();
            }
            assert_eq!(load(&store, 900).seq, 900);
            assert_missing(&store, 800);
        }
        store.stop().unwrap();
    });
}

go_test!(
    411,
    "filestore_test",
    "TestFileStoreRebuildStateDmapAccountingBug",
    rebuild_state_dmap_accounting
);
fn rebuild_state_dmap_accounting() {
    on_all(|setup| {
        let setup = setup.blocks_of(1024 * 1024);
        let store = setup.open();
        put_many(&store, "foo", b"", 100);
        for seq in 2..=40 {
            remove(&store, seq);
        }
        let check = |store: &FileStore, msgs: u64| {
            let block = block(store, 1);
            let span = block.last_seq - block.first_seq + 1;
            assert_eq!(block.msgs, span - block.deleted as u64);
            assert_eq!(block.msgs, msgs);
        };
        check(&store, 61);
        store.start_block().unwrap();
        store.compact_block(1).unwrap();
        check(&store, 61);
        remove(&store, 1);
        check(&store, 60);
        let store = assert_survives(&setup, &store);
        check(&store, 60);
        store.stop().unwrap();
    });
}

go_test!(
    459,
    "filestore_test",
    "TestFileStoreMsgBlockCompactionAndHoles",
    compaction_and_holes
);
fn compaction_and_holes() {
    let setup = plain()
        .on(&["*"])
        .with(|config| config.max_msgs_per_subject = 1);
    let store = setup.open();
    for subject in ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"] {
        put(&store, subject, &[b'Z'; 1024]);
    }
    for seq in 2..10 {
        remove(&store, seq);
    }
    assert_eq!(store.block_count(), 1);
    let (_, used) = store.utilization().unwrap();
    store.start_block().unwrap();
    store.compact_block(1).unwrap();
    assert_eq!(store.utilization().unwrap(), (used, used));
    store.stop().unwrap();
}

go_test!(
    463,
    "filestore_test",
    "TestFileStoreCompactingBlocksOnSync",
    compacting_blocks_on_sync
);
fn compacting_blocks_on_sync() {
    let subjects: Vec<String> = ('A'..='T').map(String::from).collect();
    on_all(|setup| {
        let setup = setup
            .blocks_of(1000)
            .on(&["*"])
            .with(|config| config.max_msgs_per_subject = 1);
        let (mut setup, clock) = timed(setup);
        setup.options.sync_interval = Duration::from_millis(100);
        let store = setup.open();
        for subject in &subjects {
            put(&store, subject, &[b'Z'; 19]);
        }
        assert_eq!(store.block_count(), 1);
        let (total, used) = store.utilization().unwrap();
        assert_eq!(total, used);
        // All but the first and the last message are replaced.
        for subject in &subjects[1..19] {
            put(&store, subject, &[b'Z'; 19]);
        }
        assert_eq!(store.block_count(), 2);
        let before = block(&store, 1);
        assert_eq!((before.len, before.bytes), (1000, 100));
        clock.advance(Nanos::from_millis(100));
        let after = block(&store, 1);
        assert_eq!((after.len, after.bytes), (100, 100));
        if setup.options.compression == StoreCompression::None {
            assert_eq!(std::fs::metadata(setup.block(1)).unwrap().len(), 100);
        }
        store.stop().unwrap();
    });
}

go_test!(
    486,
    "filestore_test",
    "TestFileStoreRecoverWithRemovesAndNoIndexDB",
    recover_with_removes_and_no_index_db
);
fn recover_with_removes_and_no_index_db() {
    let mut setup = plain().blocks_of(250).on(&["foo.*"]);
    let store = setup.open();
    for number in 1..=10 {
        put(&store, &format!("foo.{number}"), b"abc");
    }
    for seq in [1, 2, 8] {
        remove(&store, seq);
    }
    let check = |store: &FileStore| {
        let state = fast(store);
        assert_eq!((state.first_seq, state.last_seq, state.msgs), (3, 10, 7));
    };
    check(&store);
    let compacted = store.blocks().last().unwrap().index;
    assert!(!tombstones(&store, compacted).is_empty());
    store.start_block().unwrap();
    for block in store.blocks() {
        store.compact_block(block.index).unwrap();
    }
    check(&store);
    store.stop().unwrap();
    setup.remove_index();
    setup.options.block_size = 0;
    let store = setup.open();
    check(&store);
    store.stop().unwrap();
}

go_test!(
    497,
    "filestore_test",
    "TestFileStoreMsgBlockShouldCompact",
    block_should_compact
);
fn block_should_compact() {
    let setup = plain().on(&["foo.*"]);
    let store = setup.open();
    put_many(&store, "foo.22", &[b'Z'; 64 * 1024], 190);
    assert_eq!(block(&store, 1).last_seq, 127);
    // The second half of the first block; the tombstones stand in the second.
    for seq in 64..=127 {
        remove(&store, seq);
    }
    let first = block(&store, 1);
    assert_eq!(first.bytes, first.len);
    assert!(!first.is_very_wasteful);
    assert!(!block(&store, 2).is_very_wasteful);
    store.stop().unwrap();
}

go_test!(
    499,
    "filestore_test",
    "TestFileStoreSyncCompressOnlyIfDirty",
    sync_compacts_only_if_dirty
);
fn sync_compacts_only_if_dirty() {
    let setup = plain().blocks_of(256).on(&["foo.*"]);
    let store = setup.open();
    put_many(&store, "foo.BB", b"hello", 13);
    assert_eq!(store.block_count(), 3);
    // The third block takes their tombstones.
    for seq in [2, 3, 4, 5, 8, 9, 10, 11] {
        remove(&store, seq);
    }
    put_many(&store, "foo.BB", b"hello", 6);
    assert_eq!(store.block_count(), 5);
    assert!(store.blocks()[..3].iter().all(|block| block.is_wasteful));
    store.sync_blocks();
    // Nothing can be saved of tombstones that are needed.
    let blocks = store.blocks();
    assert!(blocks.iter().all(|block| !block.is_wasteful), "{blocks:?}");
    let third = blocks[2];
    assert!(third.bytes * 2 < third.len, "{third:?}");
    // With something gone it is worth another look.
    remove(&store, 13);
    assert!(block(&store, third.index).is_wasteful);
    store.stop().unwrap();
}

go_test!(
    500,
    "filestore_test",
    "TestFileStoreDmapBlockRecoverAfterCompact",
    dmap_recover_after_compact
);
fn dmap_recover_after_compact() {
    let setup = plain()
        .blocks_of(256)
        .on(&["foo.*"])
        .with(|config| config.max_msgs_per_subject = 1);
    let store = setup.open();
    for number in 1..=6 {
        put(&store, &format!("foo.{number}"), b"hello");
    }
    assert_eq!(store.block_count(), 1);
    for number in 2..6 {
        put(&store, &format!("foo.{number}"), b"hello");
    }
    assert_eq!(store.block_count(), 2);
    store.compact_block(1).unwrap();
    // Removed by a limit, they have no tombstones; the gaps are what tells.
    for index in store.block_indices() {
        assert!(tombstones(&store, index).is_empty());
    }
    let store = setup.reopen_from_blocks(&store);
    assert_eq!(store.lost_data(), None);
    assert_eq!(block(&store, 1).deleted, 4);
    assert_eq!(seqs(&store), (6, 1, 10));
    store.stop().unwrap();
}

go_test!(
    527,
    "filestore_test",
    "TestFileStoreDontSpamCompactWhenMostlyTombstones",
    compaction_is_not_tried_in_vain
);
fn compaction_is_not_tried_in_vain() {
    let setup = plain().blocks_of(4 * 1024 * 1024).on(&["foo"]);
    let store = setup.open();
    let payload = [b'X'; 100];
    let each = size("foo", &payload);
    let last = 31_536 * 5 + 2;
    put_many(&store, "foo", &payload, last as usize);
    assert_eq!(store.block_count(), 6);
    let block_before = *store.blocks().last().unwrap();
    assert_eq!(
        (block_before.first_seq, block_before.last_seq),
        (last - 1, last)
    );
    // Their tombstones fill the last block and begin another.
    for seq in 1..last - 1 {
        remove(&store, seq);
    }
    assert_eq!(store.block_count(), 2);
    let mostly_tombstones = || block(&store, block_before.index);
    assert!(mostly_tombstones().len > 4_000_000);
    assert_eq!(mostly_tombstones().bytes, 2 * each);
    assert!(mostly_tombstones().is_very_wasteful);
    // Half of its messages go. It is compacted on that occasion, and of what remains
    // all but the tombstones that are needed is small.
    remove(&store, last);
    let compacted = mostly_tombstones();
    assert_eq!(compacted.bytes, each);
    assert!(!compacted.is_very_wasteful);
    store.stop().unwrap();
    needed_tombstones_are_not_compacted_in_vain();
}

/// Here the tombstones are needed, so that compaction saves next to nothing.
fn needed_tombstones_are_not_compacted_in_vain() {
    let setup = plain().blocks_of(4 * 1024 * 1024).on(&["foo"]);
    let store = setup.open();
    let payload = [b'X'; 100];
    let each = size("foo", &payload);
    let before = 31_536 * 5;
    let kept = 8;
    put_many(&store, "foo", &payload, (before + kept) as usize);
    assert_eq!(store.block_count(), 6);
    // Every other message of the full blocks goes, which is too little to compact them.
    for seq in (2..=before).step_by(2) {
        remove(&store, seq);
    }
    store.start_block().unwrap();
    let index = 6;
    let full = block(&store, index);
    assert_eq!((full.msgs, full.bytes), (kept, kept * each));
    assert_eq!(full.len, kept * each + before / 2 * EMPTY);
    assert!(full.is_very_wasteful);
    // It is compacted when the next message of it goes, and then no more until half of
    // what it has is gone.
    let mut compacted = (kept - 1) * each;
    let mut len = full.len;
    for gone in 1..kept {
        remove(&store, before + gone + 1);
        let now = block(&store, index);
        assert_eq!(now.bytes, (kept - gone) * each);
        let is_tried = gone == 1 || now.bytes * 2 < compacted;
        if is_tried {
            compacted = now.bytes;
            len = now.bytes + before / 2 * EMPTY;
        }
        assert_eq!((now.len, now.is_very_wasteful), (len, false), "{gone}");
    }
    // It was tried three times in all.
    assert_eq!(compacted, each);
    store.stop().unwrap();
}

go_test!(
    570,
    "filestore_test",
    "TestFileStoreMissingDeletesAfterCompact",
    missing_deletes_after_compact
);
fn missing_deletes_after_compact() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"", 6);
        for seq in [1, 3, 4, 6] {
            remove(&store, seq);
        }
        store.start_block().unwrap();
        // First and last, messages, and which of those between are gone.
        let check = |store: &FileStore, first: u64, last: u64, msgs: u64, gone: &[u64]| {
            let block = block(store, 1);
            assert_eq!((block.first_seq, block.last_seq), (first, last));
            assert_eq!((block.msgs, block.deleted), (msgs, gone.len()));
            for seq in gone {
                assert_missing(store, *seq);
            }
        };
        check(&store, 2, 6, 2, &[3, 4, 6]);
        let compact = || {
            store.compact_block(1).unwrap();
            store.drop_caches();
            assert!(is_there(&store, 2));
        };
        compact();
        check(&store, 2, 5, 2, &[3, 4]);
        remove(&store, 5);
        compact();
        check(&store, 2, 2, 1, &[]);
        // The last sequence is known all the same, also without the state file.
        let store = assert_survives(&setup, &store);
        check(&store, 2, 2, 1, &[]);
        assert_eq!(seqs(&store), (1, 2, 6));
        store.stop().unwrap();
    });
}

go_test!(
    573,
    "filestore_test",
    "TestFileStoreCompactTombstonesBelowFirstSeq",
    compact_tombstones_below_first_seq
);
fn compact_tombstones_below_first_seq() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"", 3);
        store.start_block().unwrap();
        put(&store, "foo", b"");
        remove(&store, 3);
        remove(&store, 2);
        assert_eq!(seqs(&store), (2, 1, 4));
        assert_eq!(store.state().deleted, [2, 3]);
        assert_eq!(store.block_count(), 2);
        assert_eq!(tombstones(&store, 2), [3, 2]);
        remove(&store, 1);
        store.start_block().unwrap();
        let before = block(&store, 2);
        assert!(before.is_wasteful);
        store.sync_blocks();
        assert!(tombstones(&store, 2).is_empty());
        assert_eq!(block(&store, 2).len, before.bytes);
        store.stop().unwrap();
    });
}

go_test!(
    577,
    "filestore_test",
    "TestFileStoreSkipMsgAndCompactRequiresAppend",
    skip_msg_and_compact_requires_append
);
fn skip_msg_and_compact_requires_append() {
    on_all(|setup| {
        let store = setup.open();
        put(&store, "foo", &[0; 256 * 1024]);
        store.skip_msg(2).unwrap();
        store.compact(2).unwrap();
        assert_eq!(seqs(&store), (0, 3, 2));
        store.skip_msg(3).unwrap();
        store.drop_caches();
        // Every record is where it should be.
        for index in store.block_indices() {
            let records = store.block_records(index).unwrap();
            assert!(records.iter().all(|r| r.kind != RecordKind::Damage));
        }
        assert_eq!(seqs(&store), (0, 4, 3));
        assert_survives(&setup, &store).stop().unwrap();
    });
}

go_test!(
    578,
    "filestore_test",
    "TestFileStoreCompactRewritesFileWithSwap",
    compact_rewrites_file
);
fn compact_rewrites_file() {
    let setup = plain();
    let store = setup.open();
    let payload = [0; 256 * 1024];
    put_many(&store, "foo", &payload, 20);
    store.compact(20).unwrap();
    assert_eq!(seqs(&store), (1, 20, 20));
    store.drop_caches();
    assert_eq!(load(&store, 20).payload(), payload);
    let index = store.block_indices()[0];
    assert_eq!(places(&store, index), [(20, 0)]);
    let len = std::fs::metadata(setup.block(index)).unwrap().len();
    assert_eq!(len, size("foo", &payload));
    store.stop().unwrap();
}

go_test!(
    580,
    "filestore_test",
    "TestFileStoreIndexCacheBufTombstoneMismatch",
    tombstone_mismatch
);
fn tombstone_mismatch() {
    on_all(|setup| {
        let store = setup.open();
        put_many(&store, "foo", b"", 3);
        remove(&store, 2);
        store.drop_caches();
        // The message stands where it stood, but is not there.
        assert_eq!(places(&store, 1), [(1, 0), (2, 33), (3, 66)]);
        assert_missing(&store, 2);
        assert_eq!(load(&store, 3).seq, 3);
        assert_eq!(block(&store, 1).deleted, 1);
        let store = assert_survives(&setup, &store);
        assert_missing(&store, 2);
        store.stop().unwrap();
    });
}

go_test!(
    581,
    "filestore_test",
    "TestFileStoreIndexCacheBufTombstoneMismatchAfterCompact",
    tombstone_mismatch_after_compact
);
fn tombstone_mismatch_after_compact() {
    on_all(|setup| {
        let store = setup.open();
        put_many(&store, "foo", b"", 3);
        remove(&store, 2);
        store.start_block().unwrap();
        store.compact_block(1).unwrap();
        store.drop_caches();
        // What follows the deleted message has moved up.
        assert_eq!(places(&store, 1), [(1, 0), (3, 33)]);
        assert_eq!(block(&store, 1).deleted, 1);
        assert_missing(&store, 2);
        assert_eq!(load(&store, 3).seq, 3);
        store.stop().unwrap();
    });
}

go_test!(
    583,
    "filestore_test",
    "TestFileStoreCompactRestoresLastSeq",
    compact_restores_last_seq
);
fn compact_restores_last_seq() {
    on_all(|setup| {
        let store = setup.open();
        let times: Vec<i64> = (0..4)
            .map(|_| store.store_msg(b"foo", b"", b"", 0).unwrap().1)
            .collect();
        let check = |first: u64, last: u64, msgs: u64| {
            let block = block(&store, 1);
            let time = |seq: u64| times[seq as usize - 1];
            assert_eq!((block.first_seq, block.last_seq), (first, last));
            assert_eq!(block.first_ts, time(first));
            assert_eq!(block.last_ts, time(last));
            assert_eq!(block.msgs, msgs);
            assert_eq!(block.deleted as u64, last - first + 1 - msgs);
        };
        check(1, 4, 4);
        remove(&store, 1);
        check(2, 4, 3);
        remove(&store, 4);
        check(2, 4, 2);
        store.start_block().unwrap();
        store.compact_block(1).unwrap();
        check(2, 3, 2);
        store.stop().unwrap();
    });
}

go_test!(
    584,
    "filestore_test",
    "TestFileStoreCompactFullyResetsFirstAndLastSeq",
    compact_resets_first_and_last_seq
);
fn compact_resets_first_and_last_seq() {
    on_all(|setup| {
        let (setup, clock) = timed(setup);
        // Two messages, then two of which nothing is left but a tombstone that the
        // first block needs.
        let store = setup.open();
        let mut times = vec![0];
        for seq in 1..=5 {
            clock.advance(Nanos(1));
            times.push(store.store_msg(b"foo", b"", b"", 0).unwrap().1);
            match seq {
                2 => store.start_block().unwrap(),
                4 => {
                    remove(&store, 2);
                    store.start_block().unwrap();
                }
                _ => {}
            }
        }
        let of_second = || {
            let block = block(&store, 2);
            let (first, last) = (block.first_seq, block.last_seq);
            assert_eq!(
                (first, block.first_ts),
                (3, if block.msgs > 0 { times[3] } else { 0 })
            );
            assert_eq!(block.last_ts, times[last as usize]);
            (first, last, block.msgs, block.deleted)
        };
        assert_eq!(of_second(), (3, 4, 2, 0));
        remove(&store, 3);
        remove(&store, 4);
        assert_eq!(block(&store, 2).msgs, 0);
        store.compact_block(2).unwrap();
        assert_eq!(of_second(), (3, 2, 0, 0));
        assert_eq!(block(&store, 2).len, EMPTY);
        assert_eq!(tombstones(&store, 2), [2]);
        let compacted = block(&store, 2);
        let store = assert_survives(&setup, &store);
        let recovered = block(&store, 2);
        assert_eq!(recovered.first_seq, compacted.first_seq);
        assert_eq!(recovered.last_seq, compacted.last_seq);
        store.stop().unwrap();
    });
}
