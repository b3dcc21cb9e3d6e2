//! Go: `server/filestore_test.go`: recovery with a state file that is older than the
//! blocks, and purges.

use conformance::go_test;
use nats_server::jetstream::store::StreamStore;
use nats_server::jetstream::store::file::FileStore;

use super::filestore_support::*;

/// Two records of 50 bytes to a block of 132, with room for a tombstone.
const MSG: [u8; 19] = [b'A'; 19];

/// Opens the store again, with the state file or from the blocks, and has the same
/// state.
fn reopened(setup: &Setup, store: &FileStore, from_blocks: bool) -> std::sync::Arc<FileStore> {
    let before = store.state();
    let store = if from_blocks {
        setup.reopen_from_blocks(store)
    } else {
        setup.reopen(store)
    };
    assert_eq!(store.state(), before);
    if from_blocks {
        assert_eq!(store.check_msgs().unwrap(), None);
        assert_eq!(store.state(), before);
    }
    store
}

/// Purges of all kinds, each followed by a restart.
fn purges_survive(from_blocks: bool) {
    on_all(|setup| {
        let setup = setup.blocks_of(132).on(&["*"]);
        let store = setup.open();
        put_many(&store, "A", &MSG, 10);
        assert_eq!(store.purge().unwrap(), 10);
        let store = reopened(&setup, &store, from_blocks);
        for _ in 0..5 {
            put(&store, "B", &MSG);
            put(&store, "C", &MSG);
        }
        assert_eq!(store.purge_ex(b"B", 0, 0).unwrap(), 5);
        let store = reopened(&setup, &store, from_blocks);
        assert_eq!(store.purge_ex(b"", 0, 2).unwrap(), 3);
        assert_eq!(seqs(&store), (2, 18, 20));
        let store = reopened(&setup, &store, from_blocks);
        assert_eq!(store.purge().unwrap(), 2);
        let store = reopened(&setup, &store, from_blocks);
        assert_eq!(seqs(&store), (0, 21, 20));
        store.stop().unwrap();
    });
}

go_test!(
    453,
    "filestore_test",
    "TestFileStoreFullStatePurge",
    full_state_purge
);
fn full_state_purge() {
    purges_survive(false);
}

go_test!(
    454,
    "filestore_test",
    "TestFileStoreFullStatePurgeFullRecovery",
    full_state_purge_full_recovery
);
fn full_state_purge_full_recovery() {
    purges_survive(true);
}

go_test!(
    456,
    "filestore_test",
    "TestFileStoreFullStateTestSysRemovals",
    full_state_system_removals
);
fn full_state_system_removals() {
    on_all(|setup| {
        let setup = setup.blocks_of(100).on(&["*"]).with(|config| {
            config.max_msgs = 10;
            config.max_msgs_per_subject = 1;
        });
        let store = setup.open();
        for subject in ["A", "B", "A", "B"] {
            put(&store, subject, &MSG);
        }
        assert_eq!(seqs(&store), (2, 3, 4));
        let store = reopened(&setup, &store, false);
        for subject in ["C", "D", "E", "F", "G", "H", "I", "J"] {
            put(&store, subject, &MSG);
        }
        assert_eq!(seqs(&store), (10, 3, 12));
        let store = reopened(&setup, &store, false);
        put(&store, "ZZZ", &MSG);
        assert_eq!(seqs(&store), (10, 4, 13));
        reopened(&setup, &store, false).stop().unwrap();
    });
}

go_test!(
    457,
    "filestore_test",
    "TestFileStoreSelectBlockWithFirstSeqRemovals",
    select_block_with_first_removed
);
fn select_block_with_first_removed() {
    let subjects = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+@$^";
    on_all(|setup| {
        let setup = setup
            .blocks_of(100)
            .on(&["*"])
            .with(|config| config.max_msgs_per_subject = 1);
        let store = setup.open();
        let put_to = |subject: &u8| store.store_msg(&[*subject], b"", &MSG, 0).unwrap();
        for subject in &subjects[..65] {
            put_to(subject);
        }
        assert_eq!(store.block_count(), 33);
        // The first message of each block goes, by the limit.
        for subject in subjects.iter().step_by(2) {
            put_to(subject);
        }
        let state = fast(&store);
        let blocks = store.block_indices();
        for seq in state.first_seq..=state.last_seq {
            let at = usize::try_from((seq - 1) / 2).unwrap();
            assert_eq!(store.block_of(seq), Some(blocks[at]), "{seq}");
        }
        assert_eq!(store.block_of(state.last_seq + 1), None);
        store.stop().unwrap();
    });
}

go_test!(
    458,
    "filestore_test",
    "TestFileStoreMsgBlockHolesAndIndexing",
    holes_and_indexing
);
fn holes_and_indexing() {
    let setup = plain()
        .on(&["*"])
        .with(|config| config.max_msgs_per_subject = 1);
    let store = setup.open();
    let first_and_last = |store: &FileStore| {
        let block = block(store, 1);
        (block.first_seq, block.last_seq)
    };
    store.skip_msg(1).unwrap();
    assert_eq!(put(&store, "A", b"A"), 2);
    assert_eq!(first_and_last(&store), (2, 2));
    store.skip_msg(3).unwrap();
    assert_eq!(put(&store, "B", b"B"), 4);
    assert_eq!(first_and_last(&store), (2, 4));
    store.skip_msgs(5, 7).unwrap();
    assert_eq!(put(&store, "C", b"C"), 12);
    // Nothing is left in the file of what was skipped.
    store.start_block().unwrap();
    store.compact_block(1).unwrap();
    assert_eq!(store.block_records(1).unwrap().len(), 3);
    let check = |store: &FileStore| {
        store.drop_caches();
        for (seq, subject) in [(4, b"B"), (12, b"C"), (2, b"A")] {
            let msg = load(store, seq);
            assert_eq!((msg.subject(), msg.payload()), (&subject[..], &subject[..]));
        }
        assert_missing(store, 1);
        assert_missing(store, 3);
        for seq in 5..12 {
            assert_missing(store, seq);
        }
        assert_eq!(first_and_last(store), (2, 12));
        assert_eq!(block(store, 1).deleted, 8);
        assert_eq!(store.lost_data(), None);
    };
    check(&store);
    let store = setup.reopen_from_blocks(&store);
    check(&store);
    assert!(
        store
            .block_indices()
            .iter()
            .all(|index| tombstones(&store, *index).is_empty())
    );
    store.stop().unwrap();
}

go_test!(
    461,
    "filestore_test",
    "TestFileStoreFullStateMultiBlockPastWAL",
    full_state_multi_block_past_wal
);
fn full_state_multi_block_past_wal() {
    on_all(|setup| {
        let setup = setup.blocks_of(100).on(&["*"]);
        let store = setup.open();
        for subject in ["A", "B"] {
            put(&store, subject, &MSG);
        }
        assert_eq!(store.block_count(), 1);
        store.stop().unwrap();
        let index = std::fs::read(setup.index()).unwrap();
        let store = setup.open();
        for subject in ["C", "D", "E", "F", "G", "H"] {
            put(&store, subject, &MSG);
        }
        assert_eq!(store.block_count(), 4);
        let before = store.state();
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        let store = setup.open();
        assert_eq!(store.state(), before);
        assert!(before.first_time.is_some());
        store.stop().unwrap();
    });
}

go_test!(
    483,
    "filestore_test",
    "TestFileStoreWriteFullStateAfterPurgeEx",
    write_full_state_after_purge_ex
);
fn write_full_state_after_purge_ex() {
    let setup = plain().on(&["foo.*"]);
    let store = setup.open();
    for number in 1..=10 {
        put(&store, &format!("foo.{number}"), b"abc");
    }
    for seq in [8, 9, 10] {
        remove(&store, seq);
    }
    assert_eq!(store.purge_ex(b">", 8, 0).unwrap(), 7);
    assert_eq!(seqs(&store), (0, 11, 10));
    store.write_full_state().unwrap();
    assert_eq!(seqs(&store), (0, 11, 10));
    let store = setup.reopen(&store);
    assert_eq!(seqs(&store), (0, 11, 10));
    store.stop().unwrap();
}

go_test!(
    466,
    "filestore_test",
    "TestFileStoreLargeFullStatePSIM",
    large_full_state
);
fn large_full_state() {
    use rand::Rng;
    let setup = plain().on(&[">"]);
    let store = setup.open();
    let mut rng = rand::rng();
    for _ in 0..100_000 {
        let tokens: Vec<String> = (0..rng.random_range(1..=6))
            .map(|_| {
                let bytes = (0..rng.random_range(2..10)).map(|_| rng.random::<u8>());
                bytes.map(|byte| format!("{byte:02x}")).collect()
            })
            .collect();
        put(&store, &tokens.join("."), b"");
    }
    let before = store.state();
    let store = setup.reopen(&store);
    assert_eq!(store.state(), before);
    assert_eq!(store.cache_loads(), 0);
    store.stop().unwrap();
}

go_test!(
    467,
    "filestore_test",
    "TestFileStoreLargeFullStateMetaCleanup",
    old_meta_is_cleaned_up
);
fn old_meta_is_cleaned_up() {
    let setup = plain().on(&[">"]);
    let store = setup.open();
    put_many(&store, "foo.bar.baz", b"", 1000);
    store.stop().unwrap();
    let old = ["1.idx", "1.fss"].map(|name| setup.msgs().join(name));
    for file in &old {
        std::fs::write(file, about_a_hundred_bytes()).unwrap();
    }
    let store = setup.open();
    assert!(old.iter().all(|file| !file.exists()));
    assert_eq!(seqs(&store), (1000, 1, 1000));
    store.stop().unwrap();
}
