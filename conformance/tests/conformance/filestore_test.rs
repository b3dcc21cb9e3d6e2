//! Go: `server/filestore_test.go`: storing, limits, purging, compacting.

use std::time::Duration;

use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::jetstream::model::{
    AckPolicy, ConsumerConfig, DiscardPolicy, FileConsumerInfo, Nanos, StorageType, StreamConfig,
};
use nats_server::jetstream::store::file::checksum::Checksummer;
use nats_server::jetstream::store::file::{FileStore, META_FILE, META_SUM_FILE, record_size};
use nats_server::jetstream::store::{Clock, StoreError, StreamStore, SystemClock};

use super::filestore_support::*;

go_test!(351, "filestore_test", "TestFileStoreBasics", basics);
fn basics() {
    on_all(|setup| {
        let store = setup.open();
        for seq in 1..=5 {
            let before = SystemClock.now();
            let (stored, ts) = store.store_msg(b"foo", b"", HELLO, 0).unwrap();
            assert_eq!(stored, seq);
            assert!((before..=SystemClock.now()).contains(&ts));
        }
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (5, 5 * size("foo", HELLO)));
        let msg = load(&store, 2);
        assert_eq!((msg.subject(), msg.payload()), (&b"foo"[..], HELLO));
        load(&store, 3);
        for (seq, left) in [(1, 4), (5, 3), (3, 2)] {
            remove(&store, seq);
            assert_eq!(store.state().msgs, left);
        }
        store.stop().unwrap();
    });
}

go_test!(
    352,
    "filestore_test",
    "TestFileStoreMsgHeaders",
    msg_headers
);
fn msg_headers() {
    on_all(|setup| {
        let store = setup.open();
        assert_eq!(record_size(3, 10, 11), 22 + 3 + 4 + 10 + 11 + 8);
        store.store_msg(b"foo", b"name:derek", HELLO, 0).unwrap();
        let msg = load(&store, 1);
        assert_eq!((msg.header(), msg.payload()), (&b"name:derek"[..], HELLO));
        assert_eq!(store.state().bytes, 58);
        erase(&store, 1);
        assert!(!is_there(&store, 1));
        store.stop().unwrap();
    });
}

go_test!(
    353,
    "filestore_test",
    "TestFileStoreBasicWriteMsgsAndRestore",
    basic_write_msgs_and_restore
);
fn basic_write_msgs_and_restore() {
    on_all(|setup| {
        let wrong = StreamConfig {
            storage: StorageType::Memory,
            ..setup.config.clone()
        };
        let error = FileStore::open(setup.options.clone(), &wrong).unwrap_err();
        assert!(matches!(error, StoreError::WrongType));
        let nameless = StreamConfig {
            name: String::new(),
            ..setup.config.clone()
        };
        let error = FileStore::open(setup.options.clone(), &nameless).unwrap_err();
        assert!(matches!(error, StoreError::NameRequired));

        let mut store = setup.open();
        let payload = |seq: u64| format!("[{seq:08}] Hello World!").into_bytes();
        let each = size("foo", &payload(22));
        for batch in 1..=2 {
            for seq in (batch - 1) * 100 + 1..=batch * 100 {
                assert_eq!(put(&store, "foo", &payload(seq)), seq);
            }
            let state = store.state();
            assert_eq!((state.msgs, state.bytes), (batch * 100, batch * 100 * each));
            store.stop().unwrap();
            assert!(store.store_msg(b"foo", b"", b"no work", 0).is_err());
            store = setup.open();
            let state = store.state();
            assert_eq!((state.msgs, state.bytes), (batch * 100, batch * 100 * each));
        }
        assert_eq!(store.purge().unwrap(), 200);
        store = setup.reopen(&store);
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (0, 0));
        let seq = put(&store, "foo", b"Hello");
        remove(&store, seq);
        store = setup.reopen(&store);
        assert_eq!(store.state().first_seq, seq + 1);
        store.stop().unwrap();
    });
}

go_test!(
    354,
    "filestore_test",
    "TestFileStoreSelectNextFirst",
    select_next_first
);
fn select_next_first() {
    on_all(|setup| {
        let setup = setup.blocks_of(256);
        let store = setup.open();
        put_many(&store, "zzz", HELLO, 10);
        assert_eq!(store.state().msgs, 10);
        // Five messages to a block.
        assert_eq!(store.block_count(), 2);
        for seq in 2..=7 {
            remove(&store, seq);
        }
        let (msgs, first, _) = seqs(&store);
        assert_eq!((msgs, first), (4, 1));
        remove(&store, 1);
        let (msgs, first, _) = seqs(&store);
        assert_eq!((msgs, first), (3, 8));
        store.stop().unwrap();
    });
}

go_test!(355, "filestore_test", "TestFileStoreSkipMsg", skip_msg);
fn skip_msg() {
    on_all(|setup| {
        let setup = setup.blocks_of(256);
        let mut store = setup.open();
        for _ in 0..10 {
            store.skip_msg(0).unwrap();
        }
        assert_eq!(seqs(&store), (0, 11, 10));
        put(&store, "zzz", b"Hello World!");
        store.skip_msg(0).unwrap();
        store.skip_msg(0).unwrap();
        put(&store, "zzz", b"Hello World!");
        store.skip_msg(0).unwrap();
        assert_eq!(seqs(&store), (2, 11, 15));
        store = setup.reopen(&store);
        assert_eq!(seqs(&store), (2, 11, 15));
        let msg = load(&store, 11);
        assert_eq!(
            (msg.subject(), msg.payload()),
            (&b"zzz"[..], &b"Hello World!"[..])
        );
        store.skip_msg(0).unwrap();
        assert_eq!(put(&store, "AAA", b"Skip?"), 17);
        store = setup.reopen(&store);
        let msg = load(&store, 17);
        assert_eq!((msg.subject(), msg.payload()), (&b"AAA"[..], &b"Skip?"[..]));
        store.stop().unwrap();
    });
}

go_test!(
    356,
    "filestore_test",
    "TestFileStoreWriteExpireWrite",
    write_expire_write
);
fn write_expire_write() {
    on_all(|mut setup| {
        setup.options.cache_expire = Duration::from_millis(10);
        let store = setup.open();
        put_many(&store, "zzz", b"Hello World!", 10);
        wait_until("the cache is empty", || store.cache_memory() == 0);
        put_many(&store, "zzz", b"Hello World! - 22", 10);
        assert_eq!(store.state().msgs, 20);
        let store = setup.reopen(&store);
        assert_eq!(store.state().msgs, 20);
        for seq in 1..=20 {
            let expected: &[u8] = if seq > 10 {
                b"Hello World! - 22"
            } else {
                b"Hello World!"
            };
            let msg = load(&store, seq);
            assert_eq!((msg.subject(), msg.payload()), (&b"zzz"[..], expected));
        }
        store.stop().unwrap();
    });
}

go_test!(357, "filestore_test", "TestFileStoreMsgLimit", msg_limit);
fn msg_limit() {
    on_all(|setup| {
        let setup = setup.with(|config| config.max_msgs = 10);
        let store = setup.open();
        put_many(&store, "foo", HELLO, 10);
        assert_eq!(store.state().msgs, 10);
        put(&store, "foo", HELLO);
        assert_eq!(seqs(&store), (10, 2, 11));
        assert!(!is_there(&store, 1));
        store.stop().unwrap();
    });
}

go_test!(
    358,
    "filestore_test",
    "TestFileStoreMsgLimitBug",
    msg_limit_bug
);
fn msg_limit_bug() {
    on_all(|setup| {
        let setup = setup.with(|config| config.max_msgs = 1);
        let store = setup.open();
        put_many(&store, "foo", HELLO, 2);
        let store = setup.reopen(&store);
        assert_eq!(put(&store, "foo", HELLO), 3);
        assert_eq!(seqs(&store), (1, 3, 3));
        store.stop().unwrap();
    });
}

go_test!(
    359,
    "filestore_test",
    "TestFileStoreBytesLimit",
    bytes_limit
);
fn bytes_limit() {
    let payload = [0; 512];
    let each = size("foo", &payload);
    on_all(|setup| {
        let setup = setup.with(|config| config.max_bytes = (each * 1024) as i64);
        let store = setup.open();
        put_many(&store, "foo", &payload, 1024);
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (1024, each * 1024));
        put_many(&store, "foo", &payload, 10);
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (1024, each * 1024));
        assert_eq!((state.first_seq, state.last_seq), (11, 1034));
        store.stop().unwrap();
    });
}

go_test!(
    360,
    "filestore_test",
    "TestFileStoreBytesLimitWithDiscardNew",
    bytes_limit_with_discard_new
);
fn bytes_limit_with_discard_new() {
    on_all(|setup| {
        let setup = setup.with(|config| {
            config.max_bytes = 100;
            config.discard = DiscardPolicy::New;
        });
        let store = setup.open();
        for nth in 0..10 {
            let stored = store.store_msg(b"tiny", b"", &[0; 7], 0);
            if nth < 2 {
                stored.unwrap();
            } else {
                assert!(matches!(stored, Err(StoreError::MaxBytes)), "{nth}");
            }
        }
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (2, 2 * size("tiny", &[0; 7])));
        store.stop().unwrap();
    });
}

go_test!(361, "filestore_test", "TestFileStoreAgeLimit", age_limit);
fn age_limit() {
    let setup = plain()
        .blocks_of(256)
        .with(|config| config.max_age = Nanos::from_secs(1));
    let store = setup.open();
    let is_empty = || {
        let state = store.state();
        (state.msgs, state.bytes) == (0, 0)
    };
    put_many(&store, "foo", HELLO, 500);
    assert_eq!(store.state().msgs, 500);
    wait_until("all have expired", is_empty);
    put_many(&store, "foo", HELLO, 500);
    assert_eq!(store.state().msgs, 500);
    for seq in [502, 602, 702, 802] {
        remove(&store, seq);
    }
    let started = std::time::Instant::now();
    wait_until("all have expired again", is_empty);
    assert!(started.elapsed() < Duration::from_secs(5));
    store.stop().unwrap();
}

go_test!(
    362,
    "filestore_test",
    "TestFileStoreTimeStamps",
    time_stamps
);
fn time_stamps() {
    on_all(|setup| {
        let store = setup.open();
        let mut last = SystemClock.now();
        for _ in 0..10 {
            let before = SystemClock.now();
            wait_until("the clock goes on", || SystemClock.now() > before);
            put(&store, "foo", HELLO);
        }
        for seq in 1..=10 {
            let ts = load(&store, seq).ts;
            assert!(ts > last, "{seq}");
            last = ts;
        }
        store.stop().unwrap();
    });
}

go_test!(363, "filestore_test", "TestFileStorePurge", purge);
fn purge() {
    on_all(|setup| {
        let setup = setup.blocks_of(64 * 1024);
        let mut store = setup.open();
        let payload = [0; 8 * 1024];
        let each = size("foo", &payload);
        put_many(&store, "foo", &payload, 1024);
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (1024, 1024 * each));
        assert!(store.block_count() as u64 > each * 1024 / (64 * 1024));
        assert_eq!(store.purge().unwrap(), 1024);
        assert_eq!(store.block_count(), 1);
        let check = |store: &FileStore, stored: u64| {
            let state = store.state();
            assert_eq!((state.msgs, state.bytes), (0, 0));
            assert_eq!((state.first_seq, state.last_seq), (stored + 1, stored));
            assert_eq!(store.block_count(), 1);
        };
        check(&store, 1024);
        store = setup.reopen(&store);
        check(&store, 1024);
        put_many(&store, "foo", &payload, 1024);
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (1024, 1024 * each));
        // As if the machine had stopped before what was purged was removed.
        let aside = setup.root().join("ptest");
        std::fs::rename(setup.msgs(), &aside).unwrap();
        std::fs::create_dir(setup.msgs()).unwrap();
        store.purge().unwrap();
        check(&store, 2048);
        store.stop().unwrap();
        let purged = setup.root().join("__msgs__");
        std::fs::rename(&aside, &purged).unwrap();
        store = setup.open();
        check(&store, 2048);
        assert!(!purged.exists());
        store.stop().unwrap();
    });
}

go_test!(364, "filestore_test", "TestFileStoreCompact", compact);
fn compact() {
    on_all(|setup| {
        let setup = setup.blocks_of(350);
        let store = setup.open();
        put_many(&store, "foo", HELLO, 10);
        assert_eq!(store.compact(6).unwrap(), 5);
        assert_eq!(seqs(&store), (5, 6, 10));
        assert_eq!(store.compact(100).unwrap(), 5);
        assert_eq!(store.state().first_seq, 100);
        let store = setup.reopen(&store);
        assert_eq!(store.state().first_seq, 100);
        store.stop().unwrap();
    });
}

go_test!(
    365,
    "filestore_test",
    "TestFileStoreCompactLastPlusOne",
    compact_last_plus_one
);
fn compact_last_plus_one() {
    on_all_at_once(|setup| {
        let mut setup = setup.blocks_of(8192);
        setup.options.async_flush = true;
        let store = setup.open();
        put_many(&store, "foo", &[0; 10_000], 10_000);
        store.flush_all_pending();
        assert_eq!(store.state().msgs, 10_000);
        assert_eq!(store.compact(10_001).unwrap(), 10_000);
        assert_eq!(store.state().msgs, 0);
        put(&store, "foo", HELLO);
        assert_eq!(store.state().msgs, 1);
        store.stop().unwrap();
    });
}

go_test!(
    366,
    "filestore_test",
    "TestFileStoreCompactMsgCountBug",
    compact_msg_count_bug
);
fn compact_msg_count_bug() {
    on_all(|setup| {
        let store = setup.open();
        put_many(&store, "foo", HELLO, 10);
        for seq in 2..=4 {
            erase(&store, seq);
        }
        for seq in 7..=9 {
            remove(&store, seq);
        }
        assert_eq!(store.compact(6).unwrap(), 2);
        assert_eq!(store.state().msgs, 2);
        store.stop().unwrap();
    });
}

go_test!(
    368,
    "filestore_test",
    "TestFileStoreStreamTruncate",
    stream_truncate
);
fn stream_truncate() {
    on_all(|setup| {
        let setup = setup.blocks_of(350).on(&["*"]);
        let mut store = setup.open();
        put_many(&store, "foo", b"ok", 49);
        put_many(&store, "bar", b"ok", 51);
        assert_eq!(store.state().msgs, 100);
        store.truncate(50).unwrap();
        assert_eq!(store.state().msgs, 50);
        for seq in [10, 20, 30, 40] {
            remove(&store, seq);
        }
        store.truncate(25).unwrap();
        let before = store.state();
        assert_eq!((before.msgs, &*before.deleted), (23, &[10, 20][..]));
        store = setup.reopen(&store);
        assert_eq!(store.state(), before);
        store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state(), before);
        store.stop().unwrap();
    });
}

go_test!(
    369,
    "filestore_test",
    "TestFileStoreRemovePartialRecovery",
    remove_partial_recovery
);
fn remove_partial_recovery() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", HELLO, 100);
        assert_eq!(store.state().msgs, 100);
        for seq in 1..=50 {
            remove(&store, seq);
        }
        let before = store.state();
        assert_eq!(before.msgs, 50);
        let store = setup.reopen(&store);
        assert_eq!(store.state(), before);
        store.stop().unwrap();
    });
}

go_test!(
    370,
    "filestore_test",
    "TestFileStoreRemoveOutOfOrderRecovery",
    remove_out_of_order_recovery
);
fn remove_out_of_order_recovery() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let mut store = setup.open();
        put_many(&store, "foo", HELLO, 100);
        for seq in (2..=100).step_by(2) {
            remove(&store, seq);
        }
        let before = store.state();
        assert_eq!(before.msgs, 50);
        let check = |store: &FileStore| {
            assert!(is_there(store, 1));
            for seq in (2..=100).step_by(2) {
                assert!(!is_there(store, seq), "{seq}");
            }
        };
        check(&store);
        store = setup.reopen(&store);
        assert_eq!(store.state(), before);
        check(&store);
        store.stop().unwrap();
    });
}

go_test!(
    371,
    "filestore_test",
    "TestFileStoreAgeLimitRecovery",
    age_limit_recovery
);
fn age_limit_recovery() {
    on_all(|mut setup| {
        setup.options.cache_expire = Duration::from_millis(1);
        let setup = setup
            .on(&["foo"])
            .with(|config| config.max_age = Nanos::from_secs(1));
        let store = setup.open();
        put_many(&store, "foo", HELLO, 100);
        assert_eq!(store.state().msgs, 100);
        store.stop().unwrap();
        let stopped = SystemClock.now();
        wait_until("they are too old", || {
            SystemClock.now() > stopped + 1_000_000_000
        });
        let store = setup.open();
        wait_until("they have expired", || {
            let state = store.state();
            (state.msgs, state.bytes) == (0, 0)
        });
        store.stop().unwrap();
    });
}

go_test!(372, "filestore_test", "TestFileStoreBitRot", bit_rot);
fn bit_rot() {
    use rand::Rng;
    on_all(|setup| {
        let store = setup.open();
        put_many(&store, "foo", HELLO, 100);
        assert_eq!(store.state().msgs, 100);
        assert!(
            store
                .check_msgs()
                .unwrap()
                .is_none_or(|lost| lost.msgs.is_empty())
        );
        for nth in 0.. {
            let path = setup.block(*store.block_indices().last().unwrap());
            let mut contents = std::fs::read(&path).unwrap();
            let at = loop {
                let at = rand::rng().random_range(0..contents.len());
                if contents[at].reverse_bits() != contents[at] {
                    break at;
                }
            };
            contents[at] = contents[at].reverse_bits();
            std::fs::write(&path, contents).unwrap();
            let lost = store.check_msgs().unwrap().unwrap_or_default();
            if !lost.msgs.is_empty() || store.state().msgs == 0 {
                break;
            }
            assert!(nth < 9, "a change at {at} was not found");
        }
        // What was found is repaired.
        let store = setup.reopen(&store);
        if store.state().msgs > 0 {
            assert_eq!(store.check_msgs().unwrap(), None);
        }
        store.stop().unwrap();
    });
}

go_test!(373, "filestore_test", "TestFileStoreEraseMsg", erase_msg);
fn erase_msg() {
    let setup = plain();
    let store = setup.open();
    put_many(&store, "foo", HELLO, 2);
    assert_eq!(load(&store, 1).payload(), HELLO);
    erase(&store, 1);
    assert!(!is_there(&store, 1));
    store.flush_all_pending();
    let block = std::fs::read(setup.block(1)).unwrap();
    let record = &block[..size("foo", HELLO) as usize];
    // The sequence is marked, the time and the length of the subject are gone, and
    // the rest is noise.
    let seq = u64::from_le_bytes(record[4..12].try_into().unwrap());
    assert_eq!(seq, 1 | 1 << 63);
    assert_eq!(record[12..20], [0; 8]);
    assert_eq!(record[20..22], [0; 2]);
    assert_ne!(&record[22..25], b"foo");
    assert_ne!(&record[25..36], HELLO);
    store.stop().unwrap();
}

go_test!(
    374,
    "filestore_test",
    "TestFileStoreEraseAndNoIndexRecovery",
    erase_and_no_index_recovery
);
fn erase_and_no_index_recovery() {
    on_all(|setup| {
        let store = setup.open();
        put_many(&store, "foo", HELLO, 100);
        for seq in (2..=100).step_by(2) {
            erase(&store, seq);
        }
        assert_eq!(store.state().msgs, 50);
        let store = setup.reopen_from_blocks(&store);
        assert_eq!(store.state().msgs, 50);
        for seq in (2..=100).step_by(2) {
            assert!(!is_there(&store, seq), "{seq}");
        }
        store.stop().unwrap();
    });
}

go_test!(375, "filestore_test", "TestFileStoreMeta", meta);
fn meta() {
    let setup = plain().on(&["foo.*"]).with(|config| {
        config.name = "ZZ-22-33".into();
        config.replicas = 22;
    });
    let store = setup.open();
    let meta = std::fs::read(setup.root().join(META_FILE)).unwrap();
    let config: StreamConfig = serde_json::from_slice(&meta).unwrap();
    assert_eq!(config, setup.config);
    let sum = std::fs::read_to_string(setup.root().join(META_SUM_FILE)).unwrap();
    assert_eq!(sum, Checksummer::new(b"ZZ-22-33").sum_hex(&meta));

    let config = ConsumerConfig {
        deliver_subject: "d".into(),
        filter_subject: "foo".into(),
        ack_policy: AckPolicy::All,
        ..ConsumerConfig::default()
    };
    store.consumer_store("obs22", None, &config).unwrap();
    let dir = setup.root().join("obs/obs22");
    let meta = std::fs::read(dir.join(META_FILE)).unwrap();
    let stored: FileConsumerInfo = serde_json::from_slice(&meta).unwrap();
    assert_eq!((&*stored.name, stored.config), ("obs22", config));
    let sum = std::fs::read_to_string(dir.join(META_SUM_FILE)).unwrap();
    assert_eq!(sum, Checksummer::new(b"ZZ-22-33/obs22").sum_hex(&meta));
    store.stop().unwrap();
}

go_test!(
    376,
    "filestore_test",
    "TestFileStoreWriteAndReadSameBlock",
    write_and_read_same_block
);
fn write_and_read_same_block() {
    on_all(|setup| {
        let store = setup.open();
        for seq in 1..=10 {
            put(&store, "foo", b"Hello World!");
            assert_eq!(load(&store, seq).seq, seq);
        }
        store.stop().unwrap();
    });
}

go_test!(
    377,
    "filestore_test",
    "TestFileStoreAndRetrieveMultiBlock",
    retrieve_multi_block
);
fn retrieve_multi_block() {
    on_all(|setup| {
        let setup = setup.blocks_of(4 * size("foo", b"Hello World!"));
        let store = setup.open();
        put_many(&store, "foo", b"Hello World!", 20);
        assert_eq!(store.state().msgs, 20);
        let store = setup.reopen(&store);
        assert_eq!(store.block_count(), 5);
        for seq in 1..=20 {
            assert_eq!(load(&store, seq).seq, seq);
        }
        store.stop().unwrap();
    });
}
