//! Go: `server/filestore_test.go`: blocks and state files that are not what was
//! written.

use conformance::go_test;
use nats_server::jetstream::store::file::checksum::Checksummer;
use nats_server::jetstream::store::file::{FileStore, RecordKind};
use nats_server::jetstream::store::{StoreError, StoredMsg, StreamStore, headers};
use nats_server::protocol::generate_header;

use super::filestore_support::*;

go_test!(
    545,
    "filestore_test",
    "TestFileStoreNoPanicOnRecoverTTLWithCorruptBlocks",
    ttls_are_recovered_from_corrupt_blocks
);
fn ttls_are_recovered_from_corrupt_blocks() {
    for has_state_file in [true, false] {
        for is_readable in [true, false] {
            on_all(|setup| ttls_of_corrupt_blocks(setup, has_state_file, is_readable));
        }
    }
}

/// Of three blocks the second is gone, and the last one has what the first one has:
/// such that it can be read, or with the checksums of the first.
fn ttls_of_corrupt_blocks(setup: Setup, has_state_file: bool, is_readable: bool) {
    let (setup, _clock) = timed(setup.with(|config| config.allow_msg_ttl = true));
    let store = setup.open();
    let header = generate_header(None, headers::MESSAGE_TTL, b"1");
    for number in 0..3 {
        if number > 0 {
            store.start_block().unwrap();
        }
        store.store_msg(b"foo", &header, b"A", 1).unwrap();
    }
    assert_eq!(store.block_count(), 3);
    assert_eq!(store.ttl_count(), 3);
    store.stop().unwrap();
    std::fs::remove_file(setup.block(2)).unwrap();
    if is_readable {
        let mut record = on_disk(&setup, 1);
        let at = record.len() - 8;
        let parts = [&record[4..20], &record[22..25], &record[29..at]];
        let sum = Checksummer::new(b"zzz-3").sum(&parts);
        record[at..].copy_from_slice(&sum);
        put_on_disk(&setup, 3, &record);
    } else {
        std::fs::copy(setup.block(1), setup.block(3)).unwrap();
    }
    std::fs::remove_file(setup.msgs().join("thw.db")).unwrap();
    if !has_state_file {
        setup.remove_index();
    }
    let store = setup.open();
    let last_seq = if has_state_file { 3 } else { 1 };
    assert_eq!(seqs(&store), (1, 1, last_seq));
    assert_eq!(load(&store, 1).payload(), b"A");
    assert_eq!(store.ttl_count(), 1);
    if has_state_file && !is_readable {
        assert_eq!(store.lost_data().unwrap().msgs, [2, 3]);
    }
    store.stop().unwrap();
}

go_test!(
    382,
    "filestore_test",
    "TestFileStoreInvalidIndexesRebuilt",
    invalid_indexes_are_read_again
);
fn invalid_indexes_are_read_again() {
    /// Gives the first record this sequence.
    fn renumber(record: &mut [u8]) {
        record[4..12].copy_from_slice(&12_345_u64.to_le_bytes());
        let parts = [&record[4..20], &record[22..29]];
        let sum = Checksummer::new(b"zzz-1").sum(&parts);
        record[29..37].copy_from_slice(&sum);
    }
    let flip = |record: &mut [u8]| record[27] ^= 1;
    for change in [renumber as fn(&mut [u8]), flip] {
        on_all(|setup| {
            let (setup, disk) = simulated(setup);
            let store = setup.open();
            put_many(&store, "foo", b"ok-1", 5);
            let before = store.state();
            let misread = || {
                store.drop_caches();
                let mut wrong = on_disk(&setup, 1);
                change(&mut wrong);
                encrypt_or_decrypt(&setup, 1, &mut wrong);
                disk.misread(&setup.block(1), |bytes| *bytes = wrong)
                    .unwrap();
                store.cache_loads()
            };
            let loads = misread();
            let first = load(&store, 1);
            assert_eq!((first.seq, first.payload()), (1, &b"ok-1"[..]));
            assert_eq!(store.cache_loads(), loads + 2, "read anew");
            // Nor does a search pass it over, or an inspection take it for damaged.
            misread();
            assert_eq!(next(&store, "foo", 1).unwrap().seq, 1);
            misread();
            assert_eq!(filtered(&store, "foo"), (5, 1, 5));
            misread();
            assert_eq!(store.check_msgs().unwrap(), None);
            misread();
            remove(&store, 1);
            assert_eq!(store.lost_data(), None);
            assert_eq!(store.state().msgs, 4);
            store.stop().unwrap();
            // When the store is opened.
            setup.options.disk.remove_file(&setup.index()).unwrap();
            misread();
            let store = setup.open();
            assert_eq!(store.lost_data(), None);
            assert_eq!(store.state().msgs, 4);
            assert_eq!(before.last_seq, store.state().last_seq);
            store.stop().unwrap();
        });
    }
}

go_test!(
    482,
    "filestore_test",
    "TestFileStoreMsgBlockFirstAndLastSeqCorrupt",
    a_block_that_ends_elsewhere
);
fn a_block_that_ends_elsewhere() {
    let setup = plain().on(&["foo.*"]);
    let store = setup.open();
    for number in 1..=10 {
        put(&store, &format!("foo.{number}"), b"abc");
    }
    assert_eq!(store.purge().unwrap(), 10);
    let before = store.state();
    store.stop().unwrap();
    // Block 2, without messages, begins after 10 and ends with it; now with 9.
    let mut index = index_body(&setup);
    let at = index.windows(5).position(|part| part == [2, 0, 11, 0, 10]);
    index[at.unwrap() + 4] = 9;
    put_index(&setup, &index);
    let store = setup.open();
    let block = block(&store, 2);
    assert_eq!((block.first_seq, block.last_seq), (11, 10));
    assert_eq!(store.state(), before);
    assert_eq!(seqs(&store), (0, 11, 10));
    assert_eq!(put(&store, "foo.11", b"abc"), 11);
    store.stop().unwrap();
}

go_test!(
    555,
    "filestore_test",
    "TestFileStoreCorruptedNonOrderedSequences",
    sequences_out_of_order
);
fn sequences_out_of_order() {
    // In which order messages stand in the block, how many count, how many are gone.
    for (order, msgs, deleted) in [([1, 3, 2, 4], 3, 1), ([1, 2, 2, 3], 3, 0)] {
        on_all(|setup| {
            let setup = setup.on(&["foo"]);
            let store = setup.open();
            put_many(&store, "", b"", 4);
            let written = on_disk(&setup, 1);
            let records: Vec<&[u8]> = written.chunks(written.len() / 4).collect();
            let disordered = order.map(|seq: usize| records[seq - 1]).concat();
            store.stop().unwrap();
            put_on_disk(&setup, 1, &disordered);
            // Whoever writes so knows nothing of the lengths beside the block, which tell
            // that these are not the records that were written there.
            std::fs::remove_file(setup.msgs().join("1.len")).unwrap();
            let check = |store: &FileStore| {
                assert_eq!(store.block_records(1).unwrap().len(), 4);
                let readable = (1..=4).filter(|seq| is_there(store, *seq));
                assert_eq!(readable.count() as u64, msgs);
                let found = block(store, 1);
                assert_eq!((found.msgs, found.deleted), (msgs, deleted));
                assert_eq!(found.last_seq, order[3] as u64);
                assert_eq!(store.state().msgs, msgs);
                assert!(found.is_cached);
            };
            // Found when the block is read, or when the store is opened.
            let store = setup.open();
            check(&store);
            let store = setup.reopen_from_blocks(&store);
            check(&store);
            store.drop_caches();
            check(&store);
            assert_eq!(store.check_msgs().unwrap(), None);
            store.stop().unwrap();
        });
    }
}

go_test!(
    582,
    "filestore_test",
    "TestFileStoreIndexCacheBufEraseMsgMismatch",
    a_state_file_from_before_a_message_was_erased
);
fn a_state_file_from_before_a_message_was_erased() {
    let setup = plain();
    let store = setup.open();
    put_many(&store, "foo", b"", 3);
    store.stop().unwrap();
    let index = std::fs::read(setup.index()).unwrap();
    let store = setup.open();
    erase(&store, 2);
    let before = store.state();
    assert_eq!(before.msgs, 2);
    store.stop().unwrap();
    std::fs::write(setup.index(), &index).unwrap();
    let store = setup.open();
    assert_eq!(store.state(), before);
    assert_eq!((load(&store, 1).seq, load(&store, 3).seq), (1, 3));
    assert_missing(&store, 2);
    let offsets: Vec<_> = store
        .block_records(1)
        .unwrap()
        .iter()
        .filter(|record| record.kind != RecordKind::Tombstone)
        .map(|record| (record.kind, record.offset))
        .collect();
    assert_eq!(
        offsets,
        [
            (RecordKind::Message, 0),
            (RecordKind::Erased, 33),
            (RecordKind::Message, 66)
        ]
    );
    store.stop().unwrap();
}

go_test!(
    592,
    "filestore_test",
    "TestFileStoreTrailingSkipMsgsFromStreamStateFile",
    the_last_sequence_is_that_of_the_state_file
);
fn the_last_sequence_is_that_of_the_state_file() {
    on_all(|setup| {
        let setup = setup.on(&[">"]);
        let store = setup.open();
        put_many(&store, "foo", b"", 10);
        store.stop().unwrap();
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(setup.block(1))
            .unwrap();
        file.set_len(33 * 5).unwrap();
        let store = setup.open();
        assert_eq!(seqs(&store), (5, 1, 10));
        for seq in 1..=10 {
            if seq <= 5 {
                assert_eq!(load(&store, seq).seq, seq);
            } else {
                assert_missing(&store, seq);
            }
        }
        // A block of its own stands for them.
        assert_eq!(store.block_count(), 2);
        let last = *store.blocks().last().unwrap();
        assert_eq!((last.first_seq, last.last_seq, last.deleted), (11, 10, 0));
        store.stop().unwrap();
    });
}

go_test!(
    597,
    "filestore_test",
    "TestFileStoreCorrectChecksumAfterTruncate",
    checksum_after_truncation
);
fn checksum_after_truncation() {
    on_all(|setup| {
        let store = setup.open();
        let sums = || {
            let noted = block(&store, 1).last_checksum;
            let written = *on_disk(&setup, 1).last_chunk().unwrap();
            assert_eq!(noted, written);
            noted
        };
        put_many(&store, "foo", b"", 3);
        let third = sums();
        put_many(&store, "foo", b"", 2);
        assert_ne!(sums(), third);
        store.truncate(3).unwrap();
        assert_eq!(sums(), third);
        store.stop().unwrap();
    });
}

/// A record that says it has headers, and has no room for them. Its checksum does
/// not cover that.
fn headers_without_room() -> Vec<u8> {
    let mut record = (30 | 1_u32 << 31).to_le_bytes().to_vec();
    record.extend(1_u64.to_le_bytes());
    record.extend([0; 8]);
    record.extend([0; 2]);
    let sum = Checksummer::new(b"zzz-1").sum(&[&record[4..20]]);
    record.extend(sum);
    record
}

go_test!(
    599,
    "filestore_test",
    "TestFileStoreCorruptionSetsHbitWithoutHeaders",
    headers_where_there_are_none
);
fn headers_where_there_are_none() {
    let open = |setup: &Setup| {
        let store = setup.open();
        assert_eq!(put(&store, "", b""), 1);
        store
    };
    let damage = |setup: &Setup| put_on_disk(setup, 1, &headers_without_room());
    // When the message is read.
    on_all(|setup| {
        let setup = setup.on(&[">"]);
        let store = open(&setup);
        store.drop_caches();
        damage(&setup);
        let refused = store.load_msg(1, &mut StoredMsg::new()).unwrap_err();
        assert!(
            matches!(refused, StoreError::BadMsg { block: 1, .. }),
            "{refused}"
        );
        assert_eq!(store.lost_data().unwrap().msgs, [1]);
        assert_eq!(seqs(&store), (0, 2, 1));
        store.stop().unwrap();
    });
    // When the block is gone through.
    on_all(|setup| {
        let setup = setup.on(&[">"]);
        let store = open(&setup);
        damage(&setup);
        let records = store.check_msgs().unwrap();
        assert_eq!(records.unwrap().msgs, [1]);
        assert_eq!(seqs(&store), (0, 2, 1));
        store.stop().unwrap();
    });
    // When the state is made from the blocks.
    on_all(|setup| {
        let setup = setup.on(&[">"]);
        let store = open(&setup);
        store.stop().unwrap();
        damage(&setup);
        setup.remove_index();
        let store = setup.open();
        assert_eq!(store.state().msgs, 0);
        assert_eq!(store.lost_data().unwrap().bytes, 30);
        store.stop().unwrap();
    });
}
