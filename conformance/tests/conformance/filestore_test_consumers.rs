//! Go: `server/filestore_test.go`, what concerns consumers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use conformance::go_test;
use nats_server::jetstream::model::{
    AckPolicy, ConsumerConfig, ConsumerState, Nanos, Pending, SequencePair, StorageType,
};
use nats_server::jetstream::store::disk::RealDisk;
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::consumer_store::{ConsumerFileStore, ConsumerSite};
use nats_server::jetstream::store::{
    Clock, ConsumerStore, ManualClock, StoreError, SystemClock, decode_consumer_state,
    encode_consumer_state,
};
use rand::Rng;
use tempfile::TempDir;

const SECOND: i64 = 1_000_000_000;

/// A stream `zzz` with its own directory.
struct Place {
    dir: TempDir,
    clock: Arc<dyn Clock>,
    encryption: Option<Encryption>,
    sync_always: bool,
}

impl Place {
    fn new(encryption: Option<Encryption>) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            clock: Arc::new(SystemClock),
            encryption,
            sync_always: false,
        }
    }

    fn consumer(&self, name: &str, config: &ConsumerConfig) -> Arc<ConsumerFileStore> {
        let site = ConsumerSite {
            disk: Arc::new(RealDisk),
            clock: Arc::clone(&self.clock),
            stream_dir: self.dir.path().to_path_buf(),
            stream: "zzz".into(),
            name: name.into(),
            encryption: self.encryption.clone(),
            sync_always: self.sync_always,
            sync_interval: Duration::from_secs(120),
            reports: Some(Arc::new(|report| panic!("{report}"))),
        };
        ConsumerFileStore::open(site, None, config, None).unwrap()
    }

    fn state_file(&self, name: &str) -> PathBuf {
        self.dir.path().join("obs").join(name).join("o.dat")
    }
}

/// Without encryption and with either cipher. Consumers are not compressed, so that
/// the Go test's six kinds of streams are three of consumers.
fn on_every_kind(check: impl Fn(&Place)) {
    check(&Place::new(None));
    for cipher in [StoreCipher::Aes, StoreCipher::ChaCha] {
        check(&Place::new(Some(Encryption {
            cipher,
            key: MasterKey::new("dlc22", ""),
            old_key: None,
        })));
    }
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
    on_every_kind(|place| {
        let store = place.consumer("obs22", &ConsumerConfig::default());
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
        let store = place.consumer("obs22", &ConsumerConfig::default());
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
    on_every_kind(|place| {
        let config = with_acks(AckPolicy::Explicit);
        let open = || place.consumer("o22", &config);
        let restart = |store: Arc<ConsumerFileStore>| {
            store.stop().unwrap();
            let store = open();
            assert!(!store.state().unwrap().redelivered.is_empty());
            store
        };
        let at = now();
        let store = open();
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
    on_every_kind(|place| {
        let clock = Arc::new(ManualClock::at(now()));
        let place = Place {
            dir: tempfile::tempdir().unwrap(),
            clock: Arc::clone(&clock) as _,
            encryption: place.encryption.clone(),
            sync_always: false,
        };
        let store = place.consumer("o22", &ConsumerConfig::default());
        // What changes is written by itself, while the store runs.
        store.update_delivered(1, 1, 1, now()).unwrap();
        assert_eq!(clock.waiting(), 1);
        assert!(!place.state_file("o22").exists());
        clock.advance(Nanos::from_millis(100));
        assert!(place.state_file("o22").exists());
        assert!(!store.is_dirty());
        // Nothing is left of it when it was stopped.
        store.update_delivered(2, 2, 1, now()).unwrap();
        assert_eq!(clock.waiting(), 1);
        store.stop().unwrap();
        assert_eq!(clock.waiting(), 0);
    });
}

go_test!(
    395,
    "filestore_test",
    "TestFileStoreConsumerDeliveredUpdates",
    delivered_updates
);
fn delivered_updates() {
    on_every_kind(|place| {
        let store = place.consumer("o22", &ConsumerConfig::default());
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
    on_every_kind(|place| {
        let store = place.consumer("o22", &with_acks(AckPolicy::Explicit));
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
        store.delete().unwrap();
        assert!(!place.state_file("o22").exists());
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
    on_every_kind(|place| {
        let config = with_acks(AckPolicy::Explicit);
        let state = ConsumerState {
            delivered: pair(22, 22),
            ack_floor: pair(11, 11),
            ..ConsumerState::default()
        };
        let store = place.consumer("o22", &config);
        store.update(&state).unwrap();
        store.stop().unwrap();
        let store = place.consumer("o22", &config);
        // Encoded from what is in memory, which nothing but the start put there.
        let encoded = store.encoded_state().unwrap();
        assert_eq!(decode_consumer_state(&encoded).unwrap(), state);
        store.stop().unwrap();
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
        let place = Place {
            sync_always,
            ..Place::new(None)
        };
        for number in 0..50 {
            let store = place.consumer(&format!("obs22_{number}"), &config);
            store.stop().unwrap();
        }
        let made = std::fs::read_dir(place.dir.path().join("obs")).unwrap();
        assert_eq!(made.count(), 50);
    }
}
