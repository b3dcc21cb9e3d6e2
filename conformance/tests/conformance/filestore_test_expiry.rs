//! Go: `server/filestore_test.go`: messages that grow too old.

use conformance::go_test;
use nats_server::jetstream::model::{Nanos, RetentionPolicy};
use nats_server::jetstream::store::{ManualClock, StoreError, StoredMsg, StreamStore};

use super::filestore_support::*;

const MILLI: i64 = 1_000_000;

go_test!(
    403,
    "filestore_test",
    "TestFileStoreExpireMsgsOnStart",
    expire_msgs_on_start
);
fn expire_msgs_on_start() {
    on_all(|setup| {
        let setup = setup.blocks_of(8 * 1024).on(&["orders.*"]).with(|config| {
            config.name = "ORDERS".into();
            config.max_age = Nanos(250 * MILLI);
        });
        let (setup, clock) = timed(setup);
        let pass = |clock: &ManualClock, millis: i64| clock.advance(Nanos(millis * MILLI));
        let fresh = || {
            if setup.root().exists() {
                std::fs::remove_dir_all(setup.root()).unwrap();
            }
            setup.open()
        };
        let fill = |store: &nats_server::jetstream::store::file::FileStore, count: u64| {
            for number in 1..=count {
                let subject = format!("orders.{}", number % 10);
                put(store, &subject, &about_a_hundred_bytes());
            }
        };
        // After which the first messages are too old and the second ones are not.
        let restart_half_way = |store: &nats_server::jetstream::store::file::FileStore| {
            store.stop().unwrap();
            pass(&clock, 175);
            setup.open()
        };

        let store = fresh();
        fill(&store, 500);
        store.stop().unwrap();
        pass(&clock, 350);
        let store = setup.open();
        assert_eq!((seqs(&store), store.block_count()), ((0, 501, 500), 1));
        store.stop().unwrap();

        let store = fresh();
        fill(&store, 10);
        pass(&clock, 100);
        fill(&store, 10);
        assert_eq!(filtered(&store, "orders.*"), (20, 1, 20));
        let store = restart_half_way(&store);
        assert_eq!((seqs(&store), store.block_count()), ((10, 11, 20), 1));
        assert_eq!(filtered(&store, "orders.*"), (10, 11, 20));
        assert_eq!(filtered(&store, "orders.5"), (1, 15, 15));
        store.stop().unwrap();

        let store = fresh();
        fill(&store, 5);
        pass(&clock, 100);
        fill(&store, 15);
        let store = restart_half_way(&store);
        assert_eq!(seqs(&store), (15, 6, 20));
        assert_eq!(filtered(&store, "orders.*"), (15, 6, 20));
        assert_eq!(filtered(&store, "orders.5"), (2, 10, 20));
        store.stop().unwrap();

        // The first block ends with deleted messages.
        let store = fresh();
        fill(&store, 150);
        pass(&clock, 100);
        fill(&store, 100);
        assert_eq!(store.block_count(), 5);
        let last = block(&store, 1).last_seq;
        for seq in (last - 9..=last).rev() {
            remove(&store, seq);
        }
        let store = restart_half_way(&store);
        assert_eq!((seqs(&store), store.block_count()), ((100, 151, 250), 3));
        store.stop().unwrap();

        // Some in between are deleted.
        let store = fresh();
        fill(&store, 10);
        for seq in [2, 4, 6] {
            remove(&store, seq);
        }
        pass(&clock, 100);
        fill(&store, 10);
        let store = restart_half_way(&store);
        assert_eq!((seqs(&store), store.block_count()), ((10, 11, 20), 1));
        assert_eq!(store.deleted_len(), 0);
        store.stop().unwrap();

        // All that is not too old is deleted.
        let store = fresh();
        fill(&store, 7);
        pass(&clock, 100);
        fill(&store, 3);
        for seq in 8..=10 {
            remove(&store, seq);
        }
        let store = restart_half_way(&store);
        assert_eq!(seqs(&store), (0, 11, 10));
        store.stop().unwrap();

        // Compacting does the same.
        let store = fresh();
        fill(&store, 100);
        assert_eq!(filtered(&store, "orders.*"), (100, 1, 100));
        assert_eq!(filtered(&store, "orders.5"), (10, 5, 95));
        store.compact(51).unwrap();
        assert_eq!(filtered(&store, "orders.*"), (50, 51, 100));
        assert_eq!(filtered(&store, "orders.5"), (5, 55, 95));
        store.stop().unwrap();
    });
}

go_test!(
    416,
    "filestore_test",
    "TestFileStoreEncryptedKeepIndexNeedBekResetBug",
    an_encrypted_store_takes_messages_after_all_have_expired
);
fn an_encrypted_store_takes_messages_after_all_have_expired() {
    on_all(|setup| {
        let (setup, clock) = timed(setup.with(|config| config.max_age = Nanos::from_secs(1)));
        let store = setup.open();
        put_many(&store, "foo", b"ouch", 5);
        clock.advance(Nanos::from_secs(1));
        assert_eq!(store.state().msgs, 0);
        put_many(&store, "foo", b"ouch", 5);
        store.drop_caches();
        assert_eq!(load(&store, 10).payload(), b"ouch");
        store.stop().unwrap();
    });
}

go_test!(
    425,
    "filestore_test",
    "TestFileStoreFSSCloseAndKeepOnExpireOnRecoverBug",
    no_subjects_after_all_have_expired
);
fn no_subjects_after_all_have_expired() {
    on_all(|setup| {
        let setup = setup
            .on(&["foo"])
            .with(|config| config.max_age = Nanos(100 * MILLI));
        let (setup, clock) = timed(setup);
        let store = setup.open();
        put(&store, "foo", b"");
        assert_eq!(store.state().num_subjects, 1);
        store.stop().unwrap();
        clock.advance(Nanos(200 * MILLI));
        let store = setup.open();
        assert_eq!(store.state().num_subjects, 0);
        store.stop().unwrap();
    });
}

go_test!(
    432,
    "filestore_test",
    "TestFileStoreBadFirstAndFailedExpireAfterRestart",
    bad_first_after_restart
);
fn bad_first_after_restart() {
    on_all(|setup| {
        let setup = setup
            .blocks_of(256)
            .on(&["foo"])
            .with(|config| config.max_age = Nanos::from_secs(1));
        let (setup, clock) = timed(setup);
        let store = setup.open();
        put_many(&store, "foo", b"ZZ", 7);
        clock.advance(Nanos(1500 * MILLI));
        put_many(&store, "foo", b"ZZ", 2);
        assert_eq!(store.blocks().last().unwrap().first_seq, 8);
        remove(&store, 8);
        store.stop().unwrap();
        clock.advance(Nanos(500 * MILLI));
        let store = setup.open();
        let state = fast(&store);
        assert_eq!((state.msgs, state.first_seq), (1, 9));
        let time = state.first_time;
        assert!(time.is_some());
        // The timer still strikes.
        clock.advance(Nanos::from_secs(2));
        let state = fast(&store);
        assert_eq!((state.msgs, state.first_seq, state.last_seq), (0, 10, 9));
        assert_eq!(state.last_time, time);
        store.stop().unwrap();
    });
}

go_test!(
    433,
    "filestore_test",
    "TestFileStoreCompactAllWithDanglingLMB",
    compact_all_without_the_last
);
fn compact_all_without_the_last() {
    on_all(|setup| {
        let setup = setup.on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"ZZ", 100);
        remove(&store, 100);
        assert_eq!(store.compact(100).unwrap(), 99);
        assert_eq!(put(&store, "foo", b"ZZ"), 101);
        store.stop().unwrap();
    });
}

go_test!(
    539,
    "filestore_test",
    "TestFileStoreRecoverDoesNotResetStreamState",
    recovery_keeps_the_sequences
);
fn recovery_keeps_the_sequences() {
    on_all(|setup| {
        let setup = setup.blocks_of(1024).on(&["ev.1"]).with(|config| {
            config.max_age = Nanos::from_secs(2);
            config.retention = RetentionPolicy::WorkQueue;
        });
        let (setup, clock) = timed(setup);
        let store = setup.open();
        put_many(&store, "foo", HELLO, 500);
        assert!(store.block_count() > 1);
        clock.advance(Nanos(2500 * MILLI));
        assert_eq!(seqs(&store), (0, 501, 500));
        let left = store.block_indices();
        assert_eq!(left.len(), 1);
        store.stop().unwrap();
        assert!(setup.index().exists());
        std::fs::remove_file(setup.block(left[0])).unwrap();
        let store = setup.open();
        assert_eq!(seqs(&store), (0, 501, 500));
        store.stop().unwrap();
    });
}

go_test!(
    423,
    "filestore_test",
    "TestFileStoreNoFSSBugAfterRemoveFirst",
    no_subject_after_its_message_went
);
fn no_subject_after_its_message_went() {
    on_all(|setup| {
        let (mut setup, clock) = timed(setup.on(&["foo.bar.*"]));
        setup.options.cache_expire = std::time::Duration::from_millis(200);
        let store = setup.open();
        for number in 0..100 {
            put(&store, &format!("foo.bar.{number}"), &b"ZZZ".repeat(33));
        }
        assert_eq!(store.state().msgs, 100);
        clock.advance(Nanos(450 * MILLI));
        assert_eq!(cached(&store), 0);
        remove(&store, 1);
        let msg = next(&store, "foo.>", 1).unwrap();
        assert_eq!(msg.subject(), b"foo.bar.1");
        assert_eq!(store.subject_span(b"foo.bar.0"), None);
        let last = store.load_last_msg(b"foo.bar.0", &mut StoredMsg::new());
        assert!(matches!(last, Err(StoreError::MsgNotFound)));
        store.stop().unwrap();
    });
}
