//! Go: `server/filestore_test.go`: erasing messages, tombstones, and blocks that go
//! as a whole.

use std::sync::{Arc, Mutex};

use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::jetstream::model::{Nanos, StoreCompression};
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::file::checksum::Checksummer;
use nats_server::jetstream::store::{Clock, StreamStore, headers};
use nats_server::protocol::generate_header;

use super::filestore_support::*;

go_test!(
    478,
    "filestore_test",
    "TestFileStoreEraseMsgWithDbitSlots",
    erase_before_skipped_messages
);
fn erase_before_skipped_messages() {
    let setup = plain().on(&["foo"]);
    let store = setup.open();
    put(&store, "foo", b"abd");
    for _ in 0..10 {
        store.skip_msg(0).unwrap();
    }
    put(&store, "foo", b"abd");
    store.start_block().unwrap();
    store.compact_block(1).unwrap();
    assert_eq!(store.block_records(1).unwrap().len(), 2);
    erase(&store, 1);
    assert_eq!(seqs(&store), (1, 12, 12));
    assert_eq!(load(&store, 12).payload(), b"abd");
    store.stop().unwrap();
}

go_test!(
    479,
    "filestore_test",
    "TestFileStoreEraseMsgWithAllTrailingDbitSlots",
    erase_the_last_before_skipped_messages
);
fn erase_the_last_before_skipped_messages() {
    let setup = plain().on(&["foo"]);
    let store = setup.open();
    put(&store, "foo", b"abc");
    put(&store, "foo", b"abcdefg");
    for _ in 0..10 {
        store.skip_msg(0).unwrap();
    }
    store.start_block().unwrap();
    store.compact_block(1).unwrap();
    assert_eq!(store.block_records(1).unwrap().len(), 2);
    erase(&store, 2);
    assert_eq!(seqs(&store), (1, 1, 12));
    assert_eq!(load(&store, 1).payload(), b"abc");
    let store = setup.reopen_from_blocks(&store);
    assert_eq!(seqs(&store), (1, 1, 12));
    store.stop().unwrap();
}

go_test!(
    550,
    "filestore_test",
    "TestFileStoreAtomicEraseMsg",
    atomic_erase_msg
);
fn atomic_erase_msg() {
    for in_last_block in [true, false] {
        on_all(|setup| {
            let setup = setup.on(&["foo"]);
            let compresses = setup.options.compression != StoreCompression::None;
            let store = setup.open();
            put_many(&store, "foo", b"", 3);
            if !in_last_block {
                store.start_block().unwrap();
                assert!(!is_compressed(&setup, 2));
                if compresses {
                    wait_until("the first is compressed", || is_compressed(&setup, 1));
                }
            }
            assert_eq!(seqs(&store), (3, 1, 3));
            assert_eq!(store.state().num_deleted, 0);
            erase(&store, 2);
            assert_eq!(seqs(&store), (2, 1, 3));
            assert_eq!(store.state().num_deleted, 1);
            assert_eq!(put(&store, "foo", b""), 4);
            let check = |store: &FileStore| {
                let (last, others) = store
                    .blocks()
                    .split_last()
                    .map(|(l, o)| (*l, o.to_vec()))
                    .unwrap();
                assert!(!is_compressed(&setup, last.index));
                for block in others {
                    assert_eq!(is_compressed(&setup, block.index), compresses);
                }
            };
            check(&store);
            let before = store.state();
            let store = setup.reopen(&store);
            assert_eq!(store.state(), before);
            check(&store);
            let store = setup.reopen_from_blocks(&store);
            assert_eq!(store.state(), before);
            check(&store);
            assert_eq!(store.check_msgs().unwrap(), None);
            assert_eq!(store.state(), before);
            check(&store);
            store.stop().unwrap();
        });
    }
}

go_test!(
    558,
    "filestore_test",
    "TestFileStoreEraseMsgDoesNotLoseTombstones",
    erase_does_not_lose_tombstones
);
fn erase_does_not_lose_tombstones() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"", 2);
        put(&store, "foo", b"secret!");
        // Its tombstone stands behind the message that is erased then.
        remove(&store, 2);
        put(&store, "foo", b"");
        erase(&store, 3);
        let before = store.state();
        assert_eq!(seqs(&store), (2, 1, 4));
        assert_eq!(before.deleted, [2, 3]);
        let check = |store: &FileStore| {
            assert_missing(store, 2);
            assert_missing(store, 3);
        };
        check(&store);
        let store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        check(&store);
        store.stop().unwrap();
    });
}

go_test!(
    559,
    "filestore_test",
    "TestFileStoreEraseMsgDoesNotLoseTombstonesInEmptyBlock",
    erase_does_not_lose_tombstones_of_a_block_without_messages
);
fn erase_does_not_lose_tombstones_of_a_block_without_messages() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"", 2);
        store.start_block().unwrap();
        put(&store, "foo", b"secret!");
        let has_secret = |bytes: &[u8]| bytes.windows(7).any(|part| part == b"secret!");
        assert!(has_secret(&on_disk(&setup, 2)));
        remove(&store, 2);
        erase(&store, 3);
        let before = store.state();
        assert_eq!(seqs(&store), (1, 1, 3));
        assert_eq!(before.deleted, [2, 3]);
        let check = |store: &FileStore| {
            assert_missing(store, 2);
            assert_missing(store, 3);
        };
        check(&store);
        assert!(!has_secret(&std::fs::read(setup.block(2)).unwrap()));
        let store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        check(&store);
        store.stop().unwrap();
    });
}

/// A hundred messages of which the first is left, in many blocks that have nothing
/// but tombstones.
fn only_the_first_is_left(setup: &Setup) -> Arc<FileStore> {
    let store = setup.open();
    put_many(&store, "foo", b"", 50);
    for seq in 2..=49 {
        remove(&store, seq);
    }
    store.start_block().unwrap();
    put_many(&store, "foo", b"", 50);
    for seq in 50..=100 {
        remove(&store, seq);
    }
    assert_eq!(seqs(&store), (1, 1, 100));
    store
}

go_test!(
    561,
    "filestore_test",
    "TestFileStoreTombstonesSelectNextFirstCleanup",
    blocks_of_tombstones_are_cleaned_up
);
fn blocks_of_tombstones_are_cleaned_up() {
    on_all(|setup| {
        let setup = setup.blocks_of(10 * 33).on(&["foo"]);
        let store = only_the_first_is_left(&setup);
        remove(&store, 1);
        let before = store.state();
        assert_eq!(seqs(&store), (0, 101, 100));
        assert_eq!(store.block_count(), 1);
        let store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        store.stop().unwrap();
    });
}

/// A tombstone as it stands in a block.
fn tombstone(stream: &str, index: u32, seq: u64, ts: i64) -> Vec<u8> {
    let mut record = 30_u32.to_le_bytes().to_vec();
    record.extend((seq | 1 << 62).to_le_bytes());
    record.extend(ts.to_le_bytes());
    record.extend([0; 2]);
    let sum = Checksummer::new(format!("{stream}-{index}").as_bytes()).sum(&[&record[4..20]]);
    record.extend(sum);
    record
}

go_test!(
    562,
    "filestore_test",
    "TestFileStoreTombstonesSelectNextFirstCleanupOnRecovery",
    blocks_of_tombstones_are_cleaned_up_on_recovery
);
fn blocks_of_tombstones_are_cleaned_up_on_recovery() {
    on_all(|setup| {
        let setup = setup.blocks_of(10 * 33).on(&["foo"]);
        let store = only_the_first_is_left(&setup);
        let mut expected = store.state();
        let last = store.blocks().last().unwrap().index;
        store.stop().unwrap();
        // As if the machine had stopped before more than the tombstone was written.
        let mut records = on_disk(&setup, last);
        records.extend(tombstone("zzz", last, 1, 0));
        put_on_disk(&setup, last, &records);
        setup.remove_index();
        let store = setup.open();
        (expected.msgs, expected.bytes, expected.num_subjects) = (0, 0, 0);
        (expected.first_seq, expected.first_time) = (101, None);
        expected.deleted.clear();
        expected.num_deleted = 0;
        assert_eq!(store.state(), expected);
        store.stop().unwrap();
    });
}

/// Two blocks of ten messages, of which one goes when the limit says so.
fn without_the_first_block(check: impl Fn(&FileStore)) {
    on_all(|setup| {
        let setup = setup.blocks_of(10 * 33).on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"", 20);
        assert_eq!(store.block_count(), 2);
        assert_eq!(seqs(&store), (20, 1, 20));
        assert_eq!(store.state().bytes, 20 * 33);
        assert_eq!(store.subjects_totals(b"foo")[&b"foo"[..]], 20);
        let mut config = setup.config.clone();
        config.max_msgs = 10;
        store.update_config(&mut config).unwrap();
        check(&store);
        store.stop().unwrap();
    });
}

go_test!(
    566,
    "filestore_test",
    "TestFileStorePurgeMsgBlock",
    a_block_goes_as_a_whole
);
fn a_block_goes_as_a_whole() {
    without_the_first_block(|store| {
        assert_eq!(store.block_count(), 1);
        assert_eq!(seqs(store), (10, 11, 20));
        assert_eq!(store.state().bytes, 10 * 33);
    });
}

go_test!(
    567,
    "filestore_test",
    "TestFileStorePurgeMsgBlockUpdatesSubjects",
    a_block_that_goes_takes_its_subjects
);
fn a_block_that_goes_takes_its_subjects() {
    without_the_first_block(|store| {
        assert_eq!(seqs(store), (10, 11, 20));
        assert_eq!(store.subjects_totals(b"foo")[&b"foo"[..]], 10);
    });
}

go_test!(
    568,
    "filestore_test",
    "TestFileStorePurgeMsgBlockRemovesSchedules",
    a_block_that_goes_takes_its_schedules
);
fn a_block_that_goes_takes_its_schedules() {
    on_all(|setup| {
        let (setup, clock) = timed(setup);
        let hour = 3_600_000_000_000;
        let at = jiff::Timestamp::from_nanosecond((clock.now() + hour).into()).unwrap();
        let header = |number: usize| {
            let header = generate_header(None, headers::SCHEDULE, format!("@at {at}").as_bytes());
            let target = format!("foo.target.{number}");
            generate_header(Some(&header), headers::SCHEDULE_TARGET, target.as_bytes())
        };
        let each = nats_server::jetstream::store::file::record_size(11, header(0).len(), 1);
        let setup = setup
            .blocks_of(5 * each)
            .on(&["foo.*"])
            .with(|config| config.allow_msg_schedules = true);
        let store = setup.open();
        for number in 0..10 {
            let subject = format!("foo.sched.{number}");
            store
                .store_msg(subject.as_bytes(), &header(number), b"x", 0)
                .unwrap();
        }
        assert!(store.block_count() >= 2);
        assert_eq!(store.schedule_count(), 10);
        let mut config = setup.config.clone();
        config.max_msgs = 5;
        store.update_config(&mut config).unwrap();
        assert_eq!(seqs(&store), (5, 6, 10));
        assert_eq!(store.schedule_count(), 5);
        // Only those of the messages that are left run.
        let targets = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&targets);
        store.register_process_msg(Arc::new(move |msg| {
            seen.lock()
                .unwrap()
                .push(String::from_utf8(msg.subject).unwrap());
        }));
        clock.advance(Nanos(hour));
        let mut targets = targets.lock().unwrap().clone();
        targets.sort_unstable();
        let expected: Vec<_> = (5..10)
            .map(|number| format!("foo.target.{number}"))
            .collect();
        assert_eq!(targets, expected);
        store.stop().unwrap();
    });
}
