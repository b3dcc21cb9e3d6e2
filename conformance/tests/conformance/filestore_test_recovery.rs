//! Go: `server/filestore_test.go`: what is found again.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::jetstream::store::file::checksum::Checksummer;
use nats_server::jetstream::store::{
    Clock, DeleteBlock, StoreError, StoredMsg, StreamStore, SystemClock, decode_stream_state,
    headers,
};
use nats_server::protocol::{generate_header, header_value};
use rand::Rng;

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
    let mut index = std::fs::read(setup.index()).unwrap();
    index.truncate(index.len() - 8);
    assert_eq!(index[2], 10);
    index[2] = 0;
    let sum = Checksummer::new(b"zzz").sum(&[&index]);
    index.extend(sum);
    std::fs::write(setup.index(), &index).unwrap();
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
    524,
    "filestore_test",
    "TestFileStoreMessageTTLRecoveredSingleMessageWithoutStreamState",
    ttl_recovered_without_stream_state
);
fn ttl_recovered_without_stream_state() {
    let setup = plain()
        .on(&["test"])
        .with(|config| config.allow_msg_ttl = true);
    let store = setup.open();
    let header = b"NATS/1.0\r\nNats-TTL: 1\r\n\r\n";
    store.store_msg(b"test", header, b"", 1).unwrap();
    assert_eq!(seqs(&store), (1, 1, 1));
    store.stop().unwrap();
    setup.remove_index();
    std::fs::remove_file(setup.msgs().join("thw.db")).unwrap();
    let store = setup.open();
    assert_eq!(seqs(&store), (1, 1, 1));
    wait_until("it has expired", || seqs(&store) == (0, 2, 1));
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
    538,
    "filestore_test",
    "TestFileStoreAllLastSeqs",
    all_last_seqs
);
fn all_last_seqs() {
    let setup = plain()
        .on(&["*.*"])
        .with(|config| config.max_msgs_per_subject = 50);
    let store = setup.open();
    let subjects = [
        "foo.foo", "foo.bar", "foo.baz", "bar.foo", "bar.bar", "bar.baz",
    ];
    let mut rng = rand::rng();
    for _ in 0..100_000 {
        put(&store, subjects[rng.random_range(0..6)], b"abc");
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
    assert_eq!(store.state().msgs, 300);
    store.stop().unwrap();
}

go_test!(
    541,
    "filestore_test",
    "TestFileStoreUpdateConfigTTLState",
    update_config_ttl_state
);
fn update_config_ttl_state() {
    let setup = plain().on(&[">"]);
    let store = setup.open();
    let mut config = setup.config.clone();
    assert!(!store.tracks_ttls());
    for allowed in [true, false] {
        config.allow_msg_ttl = allowed;
        store.update_config(&mut config).unwrap();
        assert_eq!(store.tracks_ttls(), allowed);
    }
    store.stop().unwrap();
}

go_test!(
    542,
    "filestore_test",
    "TestFileStoreSubjectForSeq",
    subject_for_seq
);
fn subject_for_seq() {
    let setup = plain().on(&["foo.>"]);
    let store = setup.open();
    assert_eq!(put(&store, "foo.bar", b""), 1);
    assert_eq!(store.subject_for_seq(1).unwrap(), b"foo.bar");
    for seq in [0, 2] {
        let found = store.subject_for_seq(seq);
        assert!(matches!(found, Err(StoreError::MsgNotFound)), "{seq}");
    }
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
    552,
    "filestore_test",
    "TestFileStoreMessageSchedule",
    message_schedule
);
fn message_schedule() {
    let setup = plain()
        .on(&["foo.*"])
        .with(|config| config.allow_msg_schedules = true);
    let store = setup.open();
    let (sender, made) = mpsc::channel();
    store.register_process_msg(Arc::new(move |msg| {
        // The test may have seen enough.
        sender.send(msg).ok();
    }));
    let at = jiff::Timestamp::from_nanosecond((SystemClock.now() + 1_000_000_000).into()).unwrap();
    let header = generate_header(None, headers::SCHEDULE, format!("@at {at}").as_bytes());
    let header = generate_header(Some(&header), headers::SCHEDULE_TARGET, b"foo.target");
    store.store_msg(b"foo.schedule", &header, b"", 0).unwrap();
    let msg = made.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(msg.subject, b"foo.target");
    let value = |key| header_value(key, &msg.header);
    assert_eq!(value(headers::SCHEDULER), Some(&b"foo.schedule"[..]));
    assert_eq!(value(headers::SCHEDULE_NEXT), Some(&b"purge"[..]));
    store.stop().unwrap();
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
