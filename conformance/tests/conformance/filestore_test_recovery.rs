//! Go: `server/filestore_test.go`: what is found again.

use std::sync::{Arc, Mutex};

use conformance::go_test;
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{
    DeleteBlock, StoreError, StoredMsg, StreamStore, decode_stream_state,
};

use super::filestore_support::*;

go_test!(
    519,
    "filestore_test",
    "TestFileStoreRecoverFullStateDetectCorruptState",
    recover_full_state_detects_corruption
);
fn recover_full_state_detects_corruption() {
    let mut setup = plain().on(&["foo.*"]);
    let store = setup.open();
    for number in 1..=10 {
        put(&store, &format!("foo.{number}"), b"abc");
    }
    let before = store.state();
    store.stop().unwrap();
    // A state that contradicts itself, with a checksum that is right.
    let mut index = index_body(&setup);
    assert_eq!(index[2], 10);
    index[2] = 0;
    put_index(&setup, &index);
    let reports = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&reports);
    setup.options.on_report = Some(Arc::new(move |report| {
        seen.lock().unwrap().push(report.to_string());
    }));
    let store = setup.open();
    assert_eq!(store.state(), before);
    let reports = reports.lock().unwrap();
    assert!(
        reports
            .iter()
            .any(|text| text.ends_with("corrupt state file")),
        "{reports:?}"
    );
    store.stop().unwrap();
}

go_test!(
    531,
    "filestore_test",
    "TestFileStoreLeftoverSkipMsgInDmap",
    leftover_skip_msg
);
fn leftover_skip_msg() {
    let setup = plain()
        .on(&["test.*"])
        .with(|config| config.max_msgs_per_subject = 1);
    let store = setup.open();
    store.skip_msg(0).unwrap();
    for store in [store.clone(), setup.reopen_from_blocks(&store)] {
        assert_eq!(seqs(&store), (0, 2, 1));
        assert_eq!(store.state().num_deleted, 0);
        let block = *store.blocks().last().unwrap();
        assert_eq!((block.first_seq, block.last_seq), (2, 1));
        assert_eq!(store.deleted_len(), 0);
    }
}

go_test!(
    536,
    "filestore_test",
    "TestFileStoreRemoveMsgBlockFirst",
    remove_msg_block_first
);
fn remove_msg_block_first() {
    let setup = plain().on(&["test"]);
    let store = setup.open();
    put(&store, "test", b"");
    assert_eq!(seqs(&store), (1, 1, 1));
    store.stop().unwrap();
    setup.remove_index();
    std::fs::remove_file(setup.block(1)).unwrap();
    let setup = setup.with(|config| config.allow_msg_ttl = true);
    let store = setup.open();
    assert_eq!(seqs(&store), (0, 0, 0));
    store.stop().unwrap();
}

go_test!(
    549,
    "filestore_test",
    "TestFileStoreTruncateRemovedBlock",
    truncate_removed_block
);
fn truncate_removed_block() {
    on_all(|setup| {
        // One message to a block.
        let setup = setup.blocks_of(33).on(&["foo"]);
        let mut store = setup.open();
        put_many(&store, "foo", b"", 3);
        assert_eq!((store.block_count(), seqs(&store)), (3, (3, 1, 3)));
        remove(&store, 2);
        assert_eq!(store.block_count(), 2);
        store = setup.reopen(&store);
        assert_eq!(store.block_count(), 2);
        let state = store.state();
        assert_eq!(seqs(&store), (2, 1, 3));
        assert_eq!(state.num_deleted, 1);
        store.truncate(2).unwrap();
        assert_eq!(seqs(&store), (1, 1, 2));
        assert_eq!(store.state().num_deleted, 1);
        store.stop().unwrap();
    });
}

go_test!(
    551,
    "filestore_test",
    "TestFileStoreRemoveBlockWithStaleStreamState",
    remove_block_with_stale_state
);
fn remove_block_with_stale_state() {
    on_all(|setup| {
        let setup = setup.blocks_of(33).on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"", 3);
        assert_eq!(store.block_count(), 3);
        store.stop().unwrap();
        std::fs::remove_file(setup.block(2)).unwrap();
        let store = setup.open();
        for seq in 1..=3 {
            let found = store.load_msg(seq, &mut StoredMsg::new());
            if seq == 2 {
                assert!(matches!(found, Err(StoreError::MsgNotFound)));
            } else {
                found.unwrap();
            }
        }
        // Nobody wanted it gone.
        assert_eq!(store.lost_data().unwrap().msgs, [2]);
        store.stop().unwrap();
    });
}

go_test!(
    560,
    "filestore_test",
    "TestFileStoreTombstonesNoFirstSeqRollback",
    tombstones_no_first_seq_rollback
);
fn tombstones_no_first_seq_rollback() {
    on_all(|setup| {
        let setup = setup.blocks_of(10 * 33).on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"", 20);
        assert_eq!((store.block_count(), seqs(&store)), (2, (20, 1, 20)));
        for seq in 1..=20 {
            remove(&store, seq);
        }
        let before = store.state();
        assert_eq!(seqs(&store), (0, 21, 20));
        assert_eq!(store.block_count(), 1);
        let store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        store.stop().unwrap();
    });
}

go_test!(
    563,
    "filestore_test",
    "TestFileStoreDetectDeleteGapWithLastSkipMsg",
    delete_gap_with_last_skip_msg
);
fn delete_gap_with_last_skip_msg() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        put(&store, "foo", b"");
        store.skip_msgs(2, 3).unwrap();
        let before = store.state();
        assert_eq!(seqs(&store), (1, 1, 4));
        assert_eq!(before.num_deleted, 3);
        let store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        let block = store.blocks()[0];
        assert_eq!((block.first_seq, block.last_seq), (1, 4));
        assert_eq!(store.deleted_len(), 3);
        store.stop().unwrap();
    });
}

go_test!(
    564,
    "filestore_test",
    "TestFileStoreDetectDeleteGapWithOnlySkipMsg",
    delete_gap_with_only_skip_msg
);
fn delete_gap_with_only_skip_msg() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        store.skip_msg(1).unwrap();
        store.skip_msgs(2, 3).unwrap();
        let before = store.state();
        assert_eq!(seqs(&store), (0, 5, 4));
        assert_eq!(before.num_deleted, 0);
        let store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        let block = store.blocks()[0];
        assert_eq!((block.first_seq, block.last_seq), (5, 4));
        assert_eq!(store.deleted_len(), 0);
        store.stop().unwrap();
    });
}

go_test!(
    576,
    "filestore_test",
    "TestFileStorePreserveLastSeqAfterCompact",
    preserve_last_seq_after_compact
);
fn preserve_last_seq_after_compact() {
    on_all(|setup| {
        let store = setup.open();
        put(&store, "foo", b"");
        store.compact(2).unwrap();
        let before = store.state();
        assert_eq!(seqs(&store), (0, 2, 1));
        let store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        store.stop().unwrap();
    });
}

go_test!(
    588,
    "filestore_test",
    "TestFileStoreDeleteRangeTwoGaps",
    delete_range_two_gaps
);
fn delete_range_two_gaps() {
    let setup = plain().blocks_of(256);
    let store = setup.open();
    put_many(&store, "foo", &[0; 256], 20);
    assert_eq!(store.block_count(), 20);
    remove(&store, 10);
    remove(&store, 15);
    let state = decode_stream_state(&store.encoded_stream_state(0).unwrap()).unwrap();
    let runs: Vec<_> = state
        .deleted
        .iter()
        .map(|block| {
            assert!(matches!(block, DeleteBlock::Range(_)), "{block:?}");
            block.state()
        })
        .collect();
    assert_eq!(runs, [(10, 10, 1), (15, 15, 1)]);
    store.stop().unwrap();
}

go_test!(
    532,
    "filestore_test",
    "TestFileStoreRecoverOnlyBlkFiles",
    only_block_files_are_recovered
);
fn only_block_files_are_recovered() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        put(&store, "foo", b"");
        let before = store.state();
        assert_eq!(seqs(&store), (1, 1, 1));
        let store = setup.reopen(&store);
        assert_eq!(store.state(), before);
        assert!(setup.index().exists());
        store.stop().unwrap();
        for name in ["10.blk.random", "10.blk.tmp"] {
            std::fs::write(setup.msgs().join(name), b"").unwrap();
        }
        let store = setup.open();
        assert!(setup.index().exists());
        assert_eq!(store.cache_loads(), 0);
        assert_eq!(store.state(), before);
        let store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        store.stop().unwrap();
    });
}

go_test!(
    533,
    "filestore_test",
    "TestFileStoreRecoverAfterRemoveOperation",
    recovery_after_removals
);
fn recovery_after_removals() {
    // What is done, messages, first, last and deleted sequences then.
    type Case = (fn(&FileStore), u64, u64, u64, usize);
    let cases: [Case; 8] = [
        (|_| {}, 4, 1, 4, 0),
        (|store| remove(store, 1), 3, 2, 4, 0),
        (|store| erase(store, 1), 3, 2, 4, 0),
        (|store| assert_eq!(store.purge().unwrap(), 4), 0, 5, 4, 0),
        (
            |store| assert_eq!(store.purge_ex(b"foo.0", 0, 0).unwrap(), 2),
            2,
            2,
            4,
            1,
        ),
        (
            |store| assert_eq!(store.purge_ex(b"foo.1", 0, 0).unwrap(), 2),
            2,
            1,
            4,
            2,
        ),
        (|store| assert_eq!(store.compact(3).unwrap(), 2), 2, 3, 4, 0),
        (|store| store.truncate(2).unwrap(), 2, 1, 2, 0),
    ];
    for (act, msgs, first, last, deleted) in cases {
        on_all(|setup| {
            let setup = setup.on(&["foo.*"]);
            let store = setup.open();
            for number in 0..4 {
                put(&store, &format!("foo.{}", number % 2), b"");
            }
            act(&store);
            assert_eq!(seqs(&store), (msgs, first, last));
            assert_eq!(store.state().num_deleted, deleted);
            assert_survives(&setup, &store).stop().unwrap();
        });
    }
}

go_test!(
    534,
    "filestore_test",
    "TestFileStoreRecoverAfterCompact",
    recovery_after_compaction
);
fn recovery_after_compaction() {
    // A large block is rewritten; a small one gets tombstones.
    for (len, has_tombstones) in [(1024, true), (1024 * 1024, false)] {
        on_all(|setup| {
            let setup = setup.on(&["foo"]);
            let is_plain = setup.options.encryption.is_none();
            let store = setup.open();
            let payload = vec![0; len];
            let each = size("foo", &payload);
            put_many(&store, "foo", &payload, 4);
            assert_eq!(seqs(&store), (4, 1, 4));
            assert_eq!(store.state().bytes, 4 * each);
            if is_plain {
                // One block holds them all.
                let block = block(&store, 1);
                assert_eq!((block.bytes, block.len), (4 * each, 4 * each));
            }
            assert_eq!(store.compact(4).unwrap(), 3);
            assert_eq!(seqs(&store), (1, 4, 4));
            assert_eq!(store.state().bytes, each);
            if is_plain {
                let block = block(&store, 1);
                let raw = if has_tombstones {
                    4 * each + 3 * 30
                } else {
                    each
                };
                assert_eq!((block.bytes, block.len), (each, raw));
            }
            assert_survives(&setup, &store).stop().unwrap();
        });
    }
}

go_test!(
    535,
    "filestore_test",
    "TestFileStoreRecoverWithEmptyMessageBlock",
    recovery_with_a_block_without_messages
);
fn recovery_with_a_block_without_messages() {
    on_all(|setup| {
        // Four messages to a block.
        let setup = setup.blocks_of(33 * 4).on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"", 4);
        assert_eq!(store.block_count(), 1);
        for seq in 1..=2 {
            remove(&store, seq);
        }
        assert_eq!(store.block_count(), 2);
        assert_eq!(seqs(&store), (2, 3, 4));
        assert_survives(&setup, &store).stop().unwrap();
    });
}
