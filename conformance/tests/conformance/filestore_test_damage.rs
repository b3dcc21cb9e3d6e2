//! Go: `server/filestore_test.go`: blocks and state files that are not what was
//! written.

use conformance::go_test;
use nats_server::jetstream::store::file::RecordKind;
use nats_server::jetstream::store::file::checksum::Checksummer;
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
            matches!(
                refused,
                StoreError::BadMsg { block: 1, .. } | StoreError::MsgNotFound
            ),
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
