//! Go: `server/filestore_test.go`: state files, and what is found with and without them.

use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::jetstream::model::StoreCompression;
use nats_server::jetstream::model::{ConsumerConfig, ConsumerState, Nanos, SequencePair};
use nats_server::jetstream::store::file::cipher::StoreCipher;
use nats_server::jetstream::store::{StoreError, StreamStore};

use super::filestore_support::*;

go_test!(
    413,
    "filestore_test",
    "TestFileStorePurgeExNoTombsOnBlockRemoval",
    purge_ex_no_tombs_on_block_removal
);
fn purge_ex_no_tombs_on_block_removal() {
    on_all(|setup| {
        let setup = setup.blocks_of(1000).on(&["foo.>"]);
        let mut store = setup.open();
        put_many(&store, "foo.1", &[0; 20], 100);
        put(&store, "foo.2", &[0; 20]);
        assert_eq!(store.block_count(), 6);
        store.write_full_state().unwrap();
        let index = std::fs::read(setup.index()).unwrap();
        assert_eq!(store.purge_ex(b"foo.1", 1, 0).unwrap(), 100);
        let (msgs, first, _) = seqs(&store);
        assert_eq!((msgs, first), (1, 101));
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        store = setup.open();
        let (msgs, first, _) = seqs(&store);
        assert_eq!((msgs, first), (1, 101));
        store.stop().unwrap();
    });
}

go_test!(
    414,
    "filestore_test",
    "TestFileStoreShortIndexWriteBug",
    short_index_write_bug
);
fn short_index_write_bug() {
    on_all(|setup| {
        let setup = setup.with(|config| config.max_age = Nanos::from_secs(1));
        let store = setup.open();
        put_many(&store, "foo", b"", 100);
        wait_until("all have expired", || store.state().msgs == 0);
        assert_eq!(store.state().first_seq, 101);
        let store = setup.reopen(&store);
        assert_eq!(seqs(&store), (0, 101, 100));
        store.stop().unwrap();
    });
}

go_test!(421, "filestore_test", "TestFileStoreEncrypted", encrypted);
fn encrypted() {
    on_all(|setup| {
        let store = setup.open();
        put_many(&store, "foo", b"aes ftw", 50);
        let consumer = store
            .consumer_store("o22", None, &ConsumerConfig::default())
            .unwrap();
        let pair = |seq| SequencePair {
            consumer: seq,
            stream: seq,
        };
        let state = ConsumerState {
            delivered: pair(22),
            ack_floor: pair(11),
            ..ConsumerState::default()
        };
        consumer.update(&state).unwrap();
        consumer.stop().unwrap();
        let store = setup.reopen(&store);
        assert_eq!(load(&store, 10).payload(), b"aes ftw");
        let consumer = store
            .consumer_store("o22", None, &ConsumerConfig::default())
            .unwrap();
        let recovered = consumer.state().unwrap();
        assert_eq!(recovered.delivered, state.delivered);
        assert_eq!(recovered.ack_floor, state.ack_floor);
        let block = std::fs::read(setup.block(1)).unwrap();
        let is_plain = block.windows(7).any(|part| part == b"aes ftw");
        assert_eq!(is_plain, setup.options.encryption.is_none());
        store.stop().unwrap();
    });
}

go_test!(
    442,
    "filestore_test",
    "TestFileStoreSkipMsgAndNumBlocks",
    skip_msg_and_num_blocks
);
fn skip_msg_and_num_blocks() {
    let setup = plain().blocks_of(128).on(&["zzz"]);
    let store = setup.open();
    put(&store, "zzz", &[b'X'; 100]);
    store.skip_msgs(0, 10_000).unwrap();
    put(&store, "zzz", &[b'X'; 100]);
    assert_eq!(seqs(&store), (2, 1, 10_002));
    assert_eq!(store.block_count(), 3);
    store.stop().unwrap();
}

go_test!(
    443,
    "filestore_test",
    "TestFileStoreRestoreEncryptedWithNoKeyFuncFails",
    restore_encrypted_with_no_key_fails
);
fn restore_encrypted_with_no_key_fails() {
    let mut setup = Setup::new(Some(StoreCipher::Aes), StoreCompression::None).on(&["zzz"]);
    let store = setup.open();
    put_many(&store, "zzz", &[b'X'; 100], 100);
    store.stop().unwrap();
    setup.options.encryption = None;
    assert!(matches!(setup.try_open(), Err(StoreError::NoMainKey)));
}

go_test!(
    444,
    "filestore_test",
    "TestFileStoreInitialFirstSeq",
    initial_first_seq
);
fn initial_first_seq() {
    on_all(|setup| {
        let setup = setup.with(|config| config.first_seq = 1000);
        let store = setup.open();
        assert_eq!(put(&store, "A", b"OK"), 1000);
        assert_eq!(put(&store, "B", b"OK"), 1001);
        let state = fast(&store);
        assert_eq!(state.msgs, 2);
        assert_eq!((state.first_seq, state.last_seq), (1000, 1001));
        store.stop().unwrap();
    });
}

go_test!(
    447,
    "filestore_test",
    "TestFileStoreRestartWithExpireAndLockingBug",
    restart_with_expire_and_locking_bug
);
fn restart_with_expire_and_locking_bug() {
    let mut setup = plain().on(&["*"]);
    let store = setup.open();
    for _ in 0..10 {
        put(&store, "A", b"HELLO WORLD");
        put(&store, "B", b"HELLO WORLD");
    }
    store.stop().unwrap();
    setup.config.max_msgs = 15;
    setup.config.max_msgs_per_subject = 2;
    let store = setup.open();
    assert_eq!(seqs(&store), (4, 17, 20));
    store.stop().unwrap();
}

go_test!(
    452,
    "filestore_test",
    "TestFileStoreFullStateBasics",
    full_state_basics
);
fn full_state_basics() {
    on_all(|setup| {
        let setup = setup.blocks_of(100).on(&["*"]);
        let (a, z) = ([b'A'; 19], [b'Z'; 19]);
        let mut store = setup.open();
        put(&store, "A", &a);
        put(&store, "A", &z);
        assert_eq!(store.block_count(), 1);
        store = setup.reopen(&store);
        let index = std::fs::read(setup.index()).unwrap();
        assert!(!index.is_empty());
        for entry in std::fs::read_dir(setup.msgs()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.ends_with(".fss") && !name.ends_with(".idx"), "{name}");
        }
        assert_eq!(seqs(&store), (2, 1, 2));
        assert_eq!(load(&store, 1).payload(), a);
        assert_eq!(load(&store, 2).payload(), z);
        put(&store, "A", &z);
        store = setup.reopen(&store);
        let index = std::fs::read(setup.index()).unwrap();
        // What is written after the state file is found in the blocks.
        put(&store, "A", &z);
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        store = setup.open();
        assert_eq!(seqs(&store), (4, 1, 4));
        assert_eq!(store.state().bytes, 4 * 50);
        assert_eq!(store.block_count(), 2);
        let own = store.subjects_state(b"A")[&b"A"[..]];
        assert_eq!((own.msgs, own.first, own.last), (4, 1, 4));
        put(&store, "A", &a);
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        store = setup.open();
        assert_eq!(seqs(&store), (5, 1, 5));
        assert_eq!(store.block_count(), 3);
        let own = store.subjects_state(b"A")[&b"A"[..]];
        assert_eq!((own.msgs, own.first, own.last), (5, 1, 5));
        store.stop().unwrap();
    });
}

go_test!(
    462,
    "filestore_test",
    "TestFileStoreFullStateMidBlockPastWAL",
    full_state_mid_block_past_wal
);
fn full_state_mid_block_past_wal() {
    on_all(|setup| {
        let setup = setup
            .on(&["*"])
            .with(|config| config.max_msgs_per_subject = 1);
        let mut store = setup.open();
        for subject in ["A", "B", "C", "D", "E"] {
            put(&store, subject, &[b'Z'; 19]);
        }
        assert_eq!(store.block_count(), 1);
        store.stop().unwrap();
        let index = std::fs::read(setup.index()).unwrap();
        store = setup.open();
        for subject in ["F", "G", "H", "I", "J"] {
            put(&store, subject, &[b'Z'; 19]);
        }
        remove(&store, 2);
        assert_eq!(store.block_count(), 1);
        let before = store.state();
        store.stop().unwrap();
        std::fs::write(setup.index(), &index).unwrap();
        store = setup.open();
        assert_eq!(store.state(), before);
        store.stop().unwrap();
        assert!(setup.index().exists());
    });
}

go_test!(
    468,
    "filestore_test",
    "TestFileStoreIndexDBExistsAfterShutdown",
    index_db_exists_after_shutdown
);
fn index_db_exists_after_shutdown() {
    let setup = plain().on(&[">"]);
    let store = setup.open();
    put_many(&store, "foo.bar.baz", b"", 1000);
    // It may be written before as well.
    if setup.index().exists() {
        setup.remove_index();
    }
    store.stop().unwrap();
    assert!(setup.index().exists());
    // And it is of use.
    let store = setup.open();
    assert_eq!(seqs(&store), (1000, 1, 1000));
    assert_eq!(store.cache_loads(), 0);
    store.stop().unwrap();
}

go_test!(475, "filestore_test", "TestFileStoreSkipMsgs", skip_msgs);
fn skip_msgs() {
    let setup = plain().blocks_of(1024).on(&["*"]);
    let store = setup.open();
    assert!(matches!(
        store.skip_msgs(10, 100),
        Err(StoreError::SequenceMismatch)
    ));
    store.skip_msgs(1, 100).unwrap();
    assert_eq!(seqs(&store), (0, 101, 100));
    assert_eq!(store.block_count(), 1);
    store.skip_msgs(101, 100_000).unwrap();
    assert_eq!(seqs(&store), (0, 100_101, 100_100));
    assert_eq!(store.block_count(), 1);
    store.stop().unwrap();

    let setup = plain().blocks_of(1024).on(&["*"]);
    let store = setup.open();
    put(&store, "foo", b"");
    store.skip_msgs(2, 10).unwrap();
    let state = store.state();
    assert_eq!((state.msgs, state.first_seq, state.last_seq), (1, 1, 11));
    assert_eq!((state.num_deleted, state.deleted.len()), (10, 10));
    let state = fast(&store);
    assert_eq!((state.msgs, state.first_seq, state.last_seq), (1, 1, 11));
    assert_eq!(state.num_deleted, 10);
    store.stop().unwrap();
}

go_test!(
    487,
    "filestore_test",
    "TestFileStoreReloadAndLoseLastSequence",
    reload_and_lose_last_sequence
);
fn reload_and_lose_last_sequence() {
    let setup = plain().on(&["foo.*"]);
    let mut store = setup.open();
    for _ in 0..22 {
        store.skip_msg(0).unwrap();
    }
    for _ in 0..5 {
        store = setup.reopen(&store);
        assert_eq!(seqs(&store), (0, 23, 22));
    }
    store.stop().unwrap();
}

go_test!(
    488,
    "filestore_test",
    "TestFileStoreReloadAndLoseLastSequenceWithSkipMsgs",
    reload_and_lose_last_sequence_with_skip_msgs
);
fn reload_and_lose_last_sequence_with_skip_msgs() {
    let setup = plain().on(&["foo.*"]);
    let mut store = setup.open();
    store.skip_msgs(0, 22).unwrap();
    for _ in 0..5 {
        store = setup.reopen(&store);
        assert_eq!(seqs(&store), (0, 23, 22));
    }
    store.stop().unwrap();
}

go_test!(
    496,
    "filestore_test",
    "TestFileStoreTombstoneRbytes",
    tombstone_bytes
);
fn tombstone_bytes() {
    let setup = plain().blocks_of(1024).on(&["foo.*"]);
    let store = setup.open();
    put_many(&store, "foo.22", b"hello", 34);
    assert!(store.block_count() > 1);
    for seq in 11..=24 {
        remove(&store, seq);
    }
    let block = store.blocks()[1];
    assert!(block.len > block.bytes, "{block:?}");
    store.stop().unwrap();
}

go_test!(
    501,
    "filestore_test",
    "TestFileStoreRestoreIndexWithMatchButLeftOverBlocks",
    restore_index_with_left_over_blocks
);
fn restore_index_with_left_over_blocks() {
    let setup = plain()
        .blocks_of(256)
        .on(&["foo.*"])
        .with(|config| config.max_msgs_per_subject = 1);
    let mut store = setup.open();
    for number in 1..=12 {
        put(&store, &format!("foo.{number}"), b"hello");
    }
    assert_eq!(store.block_count(), 2);
    store.stop().unwrap();
    let index = std::fs::read(setup.index()).unwrap();
    store = setup.open();
    for number in 1..=6 {
        put(&store, &format!("foo.{number}"), b"hello");
    }
    assert_eq!(seqs(&store), (12, 7, 18));
    assert_eq!(store.block_count(), 2);
    store.stop().unwrap();
    std::fs::write(setup.index(), &index).unwrap();
    store = setup.open();
    assert_eq!(seqs(&store), (12, 7, 18));
    store.stop().unwrap();
}
