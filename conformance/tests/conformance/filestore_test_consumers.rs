//! Go: `server/filestore_test.go`, what concerns consumers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use conformance::go_test;
use nats_server::jetstream::model::{
    AckPolicy, ConsumerConfig, ConsumerState, Nanos, Pending, SequencePair, StorageType,
};
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{
    ConsumerStore, ManualClock, StoreError, StreamStore, decode_consumer_state,
    encode_consumer_state,
};
use rand::Rng;

use super::filestore_support::{Setup, on_all, plain};

const SECOND: i64 = 1_000_000_000;

/// A consumer's store. What it has to say besides is a failure.
fn open(stream: &FileStore, name: &str, config: &ConsumerConfig) -> Arc<dyn ConsumerStore> {
    stream.consumer_store(name, None, config).unwrap()
}

/// The file of its state.
fn state_file(setup: &Setup, name: &str) -> PathBuf {
    setup.options.dir.join("obs").join(name).join("o.dat")
}

/// Runs `check` on a fresh stream of every kind.
fn on_every_stream(check: impl Fn(&Setup, &FileStore)) {
    on_all(|mut setup| {
        setup.options.on_report = Some(Arc::new(|report| panic!("{report}")));
        setup.options.on_consumer_report = Some(Arc::new(|report| panic!("{report}")));
        let stream = setup.open();
        check(&setup, &stream);
        stream.stop().unwrap();
    });
}

fn with_acks(ack_policy: AckPolicy) -> ConsumerConfig {
    ConsumerConfig {
        ack_policy,
        ..ConsumerConfig::default()
    }
}

const fn pair(consumer: u64, stream: u64) -> SequencePair {
    SequencePair { consumer, stream }
}

/// Nanoseconds since 1970, in whole seconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap() * SECOND
}

go_test!(385, "filestore_test", "TestFileStoreConsumer", consumer);
fn consumer() {
    on_every_stream(|_, stream| {
        let store = open(stream, "obs22", &ConsumerConfig::default());
        assert_eq!(store.state().unwrap().delivered.consumer, 0);
        let mut state = ConsumerState::default();
        let take = |state: &ConsumerState| {
            store.update(state).unwrap();
            assert_eq!(store.state().unwrap(), *state);
        };
        let refuse = |state: &ConsumerState| {
            let before = store.state().unwrap();
            store.update(state).unwrap_err();
            assert_eq!(store.state().unwrap(), before);
        };
        state.delivered = pair(1, 22);
        take(&state);
        state.delivered = pair(100, 122);
        state.ack_floor = pair(50, 123);
        refuse(&state);
        state.ack_floor = pair(200, 100);
        refuse(&state);
        state.ack_floor = pair(50, 72);
        take(&state);

        // On the floor and below, and beyond what was delivered.
        for seq in [70, 140, 72] {
            let pending = Pending {
                sequence: seq,
                timestamp: now(),
            };
            state.pending = [(seq, pending)].into();
            refuse(&state);
        }
        let mut ago = now() - 30 * SECOND;
        let mut next = || {
            ago += SECOND;
            Pending {
                sequence: 0,
                timestamp: ago,
            }
        };
        let mut some = || BTreeMap::from([75, 80, 83, 90, 111].map(|seq| (seq, next())));
        state.pending = some();
        take(&state);
        state.pending.clear();
        state.redelivered = [(22, 3), (44, 8)].into();
        take(&state);
        state.pending = some();
        take(&state);

        state.delivered = pair(10_000, 10_000);
        state.ack_floor = pair(100, 100);
        state.pending.clear();
        let mut random = rand::rng();
        while state.pending.len() < 8_192 {
            state
                .pending
                .entry(random.random_range(101..9_991))
                .or_insert_with(&mut next);
        }
        take(&state);
        // It is found again too, but for the redelivered below the floor, whose
        // distance to it does not survive the way to the disk in Go either.
        store.stop().unwrap();
        let store = open(stream, "obs22", &ConsumerConfig::default());
        let found = store.state().unwrap();
        assert_eq!(found.pending, state.pending);
        assert_eq!(found.delivered, state.delivered);

        state.pending.clear();
        state.ack_floor = pair(10_000, 10_000);
        store.update(&state).unwrap();
        assert_eq!(store.state().unwrap(), state);
        assert_eq!(store.storage_type(), StorageType::File);
        store.stop().unwrap();
    });
}

go_test!(
    386,
    "filestore_test",
    "TestFileStoreConsumerEncodeDecodeRedelivered",
    encode_decode_redelivered
);
fn encode_decode_redelivered() {
    let state = ConsumerState {
        delivered: pair(100, 100),
        ack_floor: pair(50, 50),
        redelivered: [(122, 3), (144, 8)].into(),
        ..ConsumerState::default()
    };
    let encoded = encode_consumer_state(&state, now());
    assert_eq!(decode_consumer_state(&encoded).unwrap(), state);
}

go_test!(
    387,
    "filestore_test",
    "TestFileStoreConsumerEncodeDecodePendingBelowStreamAckFloor",
    encode_decode_pending_below_floor
);
fn encode_decode_pending_below_floor() {
    let ago = now() - 10 * SECOND;
    let pending = |seq, sequence, seconds| {
        let pending = Pending {
            sequence,
            timestamp: ago + seconds * SECOND,
        };
        (seq, pending)
    };
    let state = ConsumerState {
        delivered: pair(1_192, 10_185),
        ack_floor: pair(1_189, 10_815),
        pending: [
            pending(10_782, 1_190, 0),
            pending(10_810, 1_191, 1),
            pending(10_815, 1_192, 2),
        ]
        .into(),
        ..ConsumerState::default()
    };
    let encoded = encode_consumer_state(&state, now());
    let decoded = decode_consumer_state(&encoded).unwrap();
    assert_eq!(decoded.pending.len(), 3);
    assert_eq!(decoded, state);
}

go_test!(
    393,
    "filestore_test",
    "TestFileStoreConsumerRedeliveredLost",
    redelivered_lost
);
fn redelivered_lost() {
    on_every_stream(|_, stream| {
        let config = with_acks(AckPolicy::Explicit);
        let start = || open(stream, "o22", &config);
        let restart = |store: Arc<dyn ConsumerStore>| {
            store.stop().unwrap();
            let store = start();
            assert!(!store.state().unwrap().redelivered.is_empty());
            store
        };
        let at = now();
        let store = start();
        for (dseq, sseq, dc) in [(1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 1, 4), (5, 2, 1)] {
            store.update_delivered(dseq, sseq, dc, at).unwrap();
        }
        let store = restart(store);
        store.update_delivered(6, 2, 2, at).unwrap();
        store.update_delivered(7, 3, 1, at).unwrap();
        let store = restart(store);
        assert_eq!(store.state().unwrap().pending.len(), 3);
        store.update_acks(7, 3).unwrap();
        store.update_acks(6, 2).unwrap();
        let store = restart(store);
        store.update_acks(4, 1).unwrap();
        let state = store.state().unwrap();
        assert_eq!((state.pending.len(), state.redelivered.len()), (0, 0));
        store.stop().unwrap();
    });
}

go_test!(
    394,
    "filestore_test",
    "TestFileStoreConsumerFlusher",
    flusher
);
fn flusher() {
    on_all(|mut setup| {
        let clock = Arc::new(ManualClock::at(now()));
        setup.options.clock = Arc::clone(&clock) as _;
        let stream = setup.open();
        let file = state_file(&setup, "o22");
        let store = open(&stream, "o22", &ConsumerConfig::default());
        let others = clock.waiting();
        // What changes is written by itself, while the store runs.
        store.update_delivered(1, 1, 1, now()).unwrap();
        assert_eq!(clock.waiting(), others + 1);
        assert!(!file.exists());
        clock.advance(Nanos::from_millis(100));
        assert!(file.exists());
        // Nothing is left of it when it was stopped.
        store.update_delivered(2, 2, 1, now()).unwrap();
        assert_eq!(clock.waiting(), others + 1);
        store.stop().unwrap();
        assert_eq!(clock.waiting(), others);
        stream.stop().unwrap();
    });
}

go_test!(
    395,
    "filestore_test",
    "TestFileStoreConsumerDeliveredUpdates",
    delivered_updates
);
fn delivered_updates() {
    on_every_stream(|_, stream| {
        let store = open(stream, "o22", &ConsumerConfig::default());
        for (dseq, sseq) in [(1, 100), (2, 110), (5, 130)] {
            store.update_delivered(dseq, sseq, 1, now()).unwrap();
            let state = store.state().unwrap();
            assert_eq!(state.delivered, pair(dseq, sseq));
            assert_eq!(state.ack_floor, pair(dseq, sseq));
            assert_eq!(state.pending.len(), 0);
        }
        let error = store.update_acks(1, 100).unwrap_err();
        assert!(matches!(error, StoreError::NoAckPolicy));
        let error = store.update_delivered(5, 130, 2, now()).unwrap_err();
        assert!(matches!(error, StoreError::NoAckPolicy));
        store.stop().unwrap();
    });
}

go_test!(
    396,
    "filestore_test",
    "TestFileStoreConsumerDeliveredAndAckUpdates",
    delivered_and_ack_updates
);
fn delivered_and_ack_updates() {
    on_all(|setup| {
        let stream = &*setup.open();
        let store = open(stream, "o22", &with_acks(AckPolicy::Explicit));
        let delivered = [(1, 100), (2, 110), (3, 130), (4, 150), (5, 165)];
        for (count, (dseq, sseq)) in (1..).zip(delivered) {
            store.update_delivered(dseq, sseq, 1, now()).unwrap();
            let state = store.state().unwrap();
            assert_eq!(state.delivered, pair(dseq, sseq));
            assert_eq!(state.pending.len(), count);
        }
        store.update_acks(3, 101).unwrap_err();
        store.update_acks(1, 1).unwrap_err();
        for (count, (dseq, sseq, floor)) in [
            (1, 100, pair(1, 109)),
            (3, 130, pair(1, 109)),
            (2, 110, pair(3, 149)),
            (5, 165, pair(3, 149)),
        ]
        .into_iter()
        .enumerate()
        {
            store.update_acks(dseq, sseq).unwrap();
            let state = store.state().unwrap();
            assert_eq!(state.pending.len(), 4 - count);
            assert_eq!(state.ack_floor, floor);
        }
        stream.delete(true).unwrap();
        assert!(!setup.options.dir.exists());
    });
}

go_test!(
    402,
    "filestore_test",
    "TestFileStoreBadConsumerState",
    bad_consumer_state
);
fn bad_consumer_state() {
    // It has a redelivered message with sequence 0.
    let bytes = b"\x16\x02\x01\x01\x03\x02\x01\x98\xf4\x8a\x8a\x0c\x01\x03\x86\xfa\x0a\x01\x00\x01";
    let state = decode_consumer_state(bytes).unwrap();
    assert_eq!(state.redelivered, BTreeMap::new());
    assert_eq!(state.pending.len(), 1);
}

go_test!(
    440,
    "filestore_test",
    "TestFileStoreConsumerStoreEncodeAfterRestart",
    encode_after_restart
);
fn encode_after_restart() {
    on_all(|setup| {
        let stream = &*setup.open();
        let config = with_acks(AckPolicy::Explicit);
        let state = ConsumerState {
            delivered: pair(22, 22),
            ack_floor: pair(11, 11),
            ..ConsumerState::default()
        };
        let store = open(stream, "o22", &config);
        store.update(&state).unwrap();
        store.stop().unwrap();
        let stream = &*setup.reopen(stream);
        let store = open(stream, "o22", &config);
        // Encoded from what is in memory, which nothing but the start put there.
        let encoded = store.encoded_state().unwrap();
        assert_eq!(decode_consumer_state(&encoded).unwrap(), state);
        store.stop().unwrap();
        stream.stop().unwrap();
    });
}

go_test!(
    514,
    "filestore_test",
    "Benchmark_FileStoreCreateConsumerStores",
    create_consumer_stores
);
fn create_consumer_stores() {
    let config = ConsumerConfig {
        deliver_subject: "d".into(),
        filter_subject: "foo".into(),
        ack_policy: AckPolicy::All,
        ..ConsumerConfig::default()
    };
    for sync_always in [true, false] {
        let mut setup = plain().on(&["foo.*.*"]);
        setup.options.sync_always = sync_always;
        let stream = setup.open();
        for number in 0..50 {
            let store = open(&stream, &format!("obs22_{number}"), &config);
            store.stop().unwrap();
        }
        let made = std::fs::read_dir(setup.options.dir.join("obs")).unwrap();
        assert_eq!(made.count(), 50);
        stream.stop().unwrap();
    }
}
