use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{ConsumerFileStore, ConsumerReport, ConsumerSite, ConsumerTrouble};
use crate::jetstream::model::{
    AckPolicy, ConsumerConfig, ConsumerState, Nanos, Pending, SequencePair, StorageType,
};
use crate::jetstream::store::disk::{Disk, SimDisk};
use crate::jetstream::store::file::cipher::{CipherError, Encryption, MasterKey, StoreCipher};
use crate::jetstream::store::{ConsumerStore, ManualClock, StoreError};

const NOW: i64 = 1_700_000_000_000_000_000;
const DIR: &str = "/S/obs/C";

/// A disk with a consumer's place on it.
struct Place {
    disk: SimDisk,
    clock: Arc<ManualClock>,
    site: ConsumerSite,
    reports: Arc<Mutex<Vec<ConsumerReport>>>,
}

impl Place {
    fn new() -> Self {
        let disk = SimDisk::new(1);
        disk.create_dir_all(Path::new("/S")).unwrap();
        disk.sync_dir(Path::new("/")).unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let reports = Arc::new(Mutex::new(Vec::new()));
        let handler = Arc::clone(&reports);
        let site = ConsumerSite {
            disk: Arc::new(disk.clone()),
            clock: Arc::clone(&clock) as _,
            stream_dir: PathBuf::from("/S"),
            stream: "S".into(),
            name: "C".into(),
            encryption: None,
            sync_always: false,
            sync_interval: Duration::from_secs(120),
            reports: Some(Arc::new(move |report: &ConsumerReport| {
                handler.lock().unwrap().push(report.clone());
            })),
        };
        Self {
            disk,
            clock,
            site,
            reports,
        }
    }

    fn open(&self) -> Result<Arc<ConsumerFileStore>, StoreError> {
        ConsumerFileStore::open(self.site.clone(), None, &explicit(), None)
    }

    fn encrypt(&mut self, cipher: StoreCipher, key: &str, old_key: Option<&str>) {
        self.site.encryption = Some(Encryption {
            cipher,
            key: MasterKey::new(key, "$G"),
            old_key: old_key.map(|key| MasterKey::new(key, "$G")),
        });
    }

    fn names(&self) -> Vec<String> {
        let entries = self.disk.read_dir(Path::new(DIR)).unwrap();
        entries.into_iter().map(|entry| entry.name).collect()
    }

    fn flip(&self, name: &str, at: usize) {
        let path = Path::new(DIR).join(name);
        self.disk.damage(&path, |file| file[at] ^= 0x20).unwrap();
    }

    fn troubles(&self) -> Vec<ConsumerTrouble> {
        let mut reports = self.reports.lock().unwrap();
        reports.drain(..).map(|report| report.what).collect()
    }
}

fn explicit() -> ConsumerConfig {
    ConsumerConfig {
        durable_name: "C".into(),
        ack_policy: AckPolicy::Explicit,
        ..ConsumerConfig::default()
    }
}

/// Delivers and acknowledges such that something of everything is there.
fn advance(store: &ConsumerFileStore) -> ConsumerState {
    let from = store.state().unwrap().delivered.consumer;
    for seq in from + 1..=from + 5 {
        store.update_delivered(seq, seq * 2, 1, NOW).unwrap();
    }
    store
        .update_delivered(from + 6, (from + 5) * 2, 2, NOW)
        .unwrap();
    store.update_acks(from + 1, (from + 1) * 2).unwrap();
    store.update_acks(from + 3, (from + 3) * 2).unwrap();
    store.state().unwrap()
}

const SOON: Nanos = Nanos(100_000_000);

#[test]
fn changes_are_written_behind_at_most_ten_times_a_second() {
    let place = Place::new();
    let store = place.open().unwrap();
    assert!(!store.has_state());
    let state = advance(&store);
    assert_eq!(
        state.ack_floor,
        SequencePair {
            consumer: 1,
            stream: 3
        }
    );
    assert_eq!(
        state.pending[&4],
        Pending {
            sequence: 2,
            timestamp: NOW
        }
    );
    assert_eq!(state.redelivered, [(10, 1)].into());
    assert!(store.is_dirty() && store.has_state());
    place.clock.advance(Nanos(0));
    assert!(!store.is_dirty(), "the first at once");
    let changes = place.disk.changes();
    let state = advance(&store);
    place.clock.advance(Nanos(SOON.0 - 1));
    assert_eq!((place.disk.changes(), store.is_dirty()), (changes, true));
    place.clock.advance(Nanos(1));
    assert!(!store.is_dirty());
    drop(store);
    assert_eq!(place.open().unwrap().state().unwrap(), state);
    assert_eq!(place.troubles(), []);
}

#[test]
fn what_is_dropped_without_a_stop_leaves_no_timer() {
    let place = Place::new();
    let store = place.open().unwrap();
    advance(&store);
    assert_eq!(place.clock.waiting(), 1);
    drop(store);
    assert_eq!(place.clock.waiting(), 0);
}

#[test]
fn a_stop_writes_for_good_what_is_not_written() {
    let place = Place::new();
    let store = place.open().unwrap();
    let state = advance(&store);
    store.stop().unwrap();
    store.stop().unwrap();
    assert!(matches!(store.state(), Err(StoreError::Closed)));
    assert!(matches!(store.flush(), Err(StoreError::Closed)));
    assert!(matches!(store.set_starting(1), Err(StoreError::Closed)));
    assert_eq!(place.clock.waiting(), 0);
    place.disk.power_cut();
    assert_eq!(place.open().unwrap().state().unwrap(), state);
}

#[test]
fn starting_and_resetting_are_for_good_at_once() {
    let place = Place::new();
    let store = place.open().unwrap();
    store.set_starting(41).unwrap();
    place.disk.power_cut();
    let store = place.open().unwrap();
    let start = SequencePair {
        consumer: 0,
        stream: 41,
    };
    let state = store.state().unwrap();
    assert_eq!((state.delivered, state.ack_floor), (start, start));
    store.update_starting(40);
    store.update_starting(50);
    assert_eq!(store.state().unwrap().delivered.stream, 50);
    assert_eq!(
        store.state().unwrap().ack_floor.stream,
        41,
        "acks are wanted"
    );
    store.update_delivered(1, 51, 1, NOW).unwrap();
    store.reset(7).unwrap();
    place.disk.power_cut();
    let state = place.open().unwrap().state().unwrap();
    assert_eq!((state.delivered.stream, state.pending.len()), (7, 0));
}

#[test]
fn the_files_are_those_of_the_go_server() {
    let place = Place::new();
    let store = place.open().unwrap();
    advance(&store);
    store.flush().unwrap();
    assert_eq!(place.names(), ["meta.inf", "meta.sum", "o.dat"]);
    let meta = place.disk.read(&Path::new(DIR).join("meta.inf")).unwrap();
    let expected = r#"{"Created":"0001-01-01T00:00:00Z","Name":"C","durable_name":"C","deliver_policy":"all","ack_policy":"explicit","replay_policy":"instant","num_replicas":0}"#;
    assert_eq!(String::from_utf8(meta.clone()).unwrap(), expected);
    let archived = store.archived().unwrap();
    assert_eq!((archived.name.as_str(), archived.meta), ("C", meta));
    let sum = place.disk.read(&Path::new(DIR).join("meta.sum")).unwrap();
    assert_eq!(archived.sum.as_bytes(), sum);
    assert_eq!(archived.state, store.encoded_state().unwrap());
    let file = place.disk.read(&Path::new(DIR).join("o.dat")).unwrap();
    assert!(file.starts_with(&archived.state));
    assert_eq!(store.storage_type(), StorageType::File);
}

#[test]
fn the_state_can_be_looked_at() {
    let place = Place::new();
    let store = place.open().unwrap();
    let state = advance(&store);
    let mut seen = Vec::new();
    store
        .borrow_state(&mut |state| seen.push(state.clone()))
        .unwrap();
    assert_eq!(seen, [state]);
    store.stop().unwrap();
    let error = store
        .borrow_state(&mut |_| panic!("it is closed"))
        .unwrap_err();
    assert!(matches!(error, StoreError::Closed));
}

#[test]
fn a_configuration_is_kept() {
    let place = Place::new();
    let store = place.open().unwrap();
    let config = ConsumerConfig {
        description: "another".into(),
        ack_policy: AckPolicy::None,
        ..explicit()
    };
    store.update_config(&config).unwrap();
    let error = store.update_delivered(1, 1, 2, NOW).unwrap_err();
    assert!(matches!(error, StoreError::NoAckPolicy), "it is in force");
    place.disk.power_cut();
    let info = ConsumerFileStore::read_info(place.site.clone()).unwrap();
    assert_eq!((info.name.as_str(), info.config), ("C", config));
}

#[test]
fn a_damaged_configuration_is_noticed_and_written_anew() {
    let mut place = Place::new();
    for is_encrypted in [false, true] {
        if is_encrypted {
            place.encrypt(StoreCipher::Aes, "key", None);
        }
        let state = advance(&place.open().unwrap());
        let store = place.open().unwrap();
        store.update(&state).unwrap();
        store.stop().unwrap();
        for name in ["meta.inf", "meta.sum"] {
            place.flip(name, 5);
            let error = ConsumerFileStore::read_info(place.site.clone()).unwrap_err();
            assert!(matches!(error, StoreError::CorruptConsumerMeta(_)));
            let store = place.open().unwrap();
            assert!(matches!(
                place.troubles().as_slice(),
                [ConsumerTrouble::Meta(_)]
            ));
            assert_eq!(store.state().unwrap(), state, "the state is not affected");
            let info = ConsumerFileStore::read_info(place.site.clone()).unwrap();
            assert_eq!(info.config, explicit());
        }
        place.open().unwrap().delete().unwrap();
    }
}

#[test]
fn a_damaged_state_gives_way_to_the_one_that_was_synced() {
    let place = Place::new();
    let store = place.open().unwrap();
    let synced = advance(&store);
    place.clock.advance(SOON);
    advance(&store);
    place.clock.advance(SOON);
    drop(store);
    assert_eq!(place.names(), ["meta.inf", "meta.sum", "o.dat", "o.syn"]);
    place.flip("o.dat", 3);
    let store = place.open().unwrap();
    assert_eq!(store.state().unwrap(), synced);
    let troubles = place.troubles();
    let [ConsumerTrouble::OlderState(why)] = troubles.as_slice() else {
        panic!("{troubles:?}");
    };
    assert_eq!(why, "corrupt state file");
    drop(store);
    place.flip("o.syn", 3);
    assert!(matches!(
        place.open(),
        Err(StoreError::CorruptConsumerState)
    ));
    // What is left is not touched.
    assert_eq!(place.names(), ["meta.inf", "meta.sum", "o.dat", "o.syn"]);
}

#[test]
fn the_synced_state_is_renewed_once_in_the_interval() {
    let place = Place::new();
    let store = place.open().unwrap();
    let read = |name: &str| place.disk.read(&Path::new(DIR).join(name)).unwrap();
    advance(&store);
    place.clock.advance(SOON);
    let synced = read("o.syn");
    advance(&store);
    place.clock.advance(Nanos::from_secs(119));
    assert_eq!(read("o.syn"), synced);
    place.clock.advance(Nanos::from_secs(1));
    advance(&store);
    place.clock.advance(SOON);
    assert_eq!(read("o.syn"), read("o.dat"));
}

#[test]
fn a_disk_that_refuses_is_reported_and_tried_again() {
    let place = Place::new();
    let store = place.open().unwrap();
    place.disk.refuse(Some(io::ErrorKind::StorageFull));
    let state = advance(&store);
    place.clock.advance(SOON);
    let troubles = place.troubles();
    assert!(
        matches!(troubles.as_slice(), [ConsumerTrouble::Write(_)]),
        "{troubles:?}"
    );
    assert!(store.is_dirty());
    let error = store.flush().unwrap_err();
    assert!(error.is_out_of_space());
    let error = store.update_config(&ConsumerConfig::default()).unwrap_err();
    assert!(error.is_out_of_space());
    assert_eq!(store.state().unwrap(), state, "it can be read");
    place.disk.refuse(None);
    place.clock.advance(Nanos::from_secs(1));
    assert!(!store.is_dirty());
    assert_eq!(place.troubles(), []);
    drop(store);
    assert_eq!(place.open().unwrap().state().unwrap(), state);
}

#[test]
fn a_deleted_consumer_is_gone() {
    let place = Place::new();
    let names = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&names);
    let handler = Box::new(move |name: &str| seen.lock().unwrap().push(name.to_owned()));
    let store =
        ConsumerFileStore::open(place.site.clone(), None, &explicit(), Some(handler)).unwrap();
    advance(&store);
    store.flush().unwrap();
    store.delete().unwrap();
    store.delete().unwrap();
    assert_eq!(*names.lock().unwrap(), ["C"]);
    assert!(!place.disk.exists(Path::new(DIR)).unwrap());
    let store = place.open().unwrap();
    assert!(!store.has_state());
    advance(&store);
    store.flush().unwrap();
    store.stream_delete().unwrap();
    assert!(matches!(store.state(), Err(StoreError::Closed)));
    assert!(
        place.disk.exists(Path::new(DIR)).unwrap(),
        "it goes with the stream"
    );
}

#[test]
fn a_name_has_to_be_that_of_a_directory() {
    let mut place = Place::new();
    for name in ["", ".", "..", "a/b", "a\\b", "a\0"] {
        place.site.name = name.into();
        assert!(
            matches!(place.open(), Err(StoreError::BadConsumerConfig)),
            "{name:?}"
        );
    }
    assert_eq!(place.disk.files(), []);
}

#[test]
fn encrypted_files_tell_nothing_and_are_found_again() {
    for cipher in [StoreCipher::ChaCha, StoreCipher::Aes] {
        let mut place = Place::new();
        place.encrypt(cipher, "key", None);
        let store = place.open().unwrap();
        let state = advance(&store);
        store.stop().unwrap();
        assert_eq!(place.names(), ["meta.inf", "meta.key", "meta.sum", "o.dat"]);
        for (name, file) in place.disk.files() {
            let has = |text: &[u8]| file.windows(text.len()).any(|part| part == text);
            assert!(!has(b"durable") && !has(b"explicit"), "{name}");
        }
        assert_eq!(place.open().unwrap().state().unwrap(), state);
        place.site.encryption = None;
        let error = place.open().unwrap_err();
        assert!(matches!(error, StoreError::Cipher(CipherError::NoKeyFits)));
        place.encrypt(cipher, "wrong", None);
        let error = place.open().unwrap_err();
        assert!(matches!(error, StoreError::Cipher(CipherError::NoKeyFits)));
        place.encrypt(cipher, "key", None);
        assert_eq!(place.open().unwrap().state().unwrap(), state);
    }
}

#[test]
fn ciphers_and_keys_can_be_changed() {
    use StoreCipher::{Aes, ChaCha};
    let mut place = Place::new();
    let store = place.open().unwrap();
    let state = advance(&store);
    store.stop().unwrap();
    for (cipher, key, old_key) in [
        (ChaCha, "one", None),
        (Aes, "one", None),
        (Aes, "two", Some("one")),
        (ChaCha, "three", Some("two")),
    ] {
        place.encrypt(cipher, key, old_key);
        assert_eq!(place.open().unwrap().state().unwrap(), state);
        assert_eq!(place.names(), ["meta.inf", "meta.key", "meta.sum", "o.dat"]);
        // The former is no longer needed.
        place.encrypt(cipher, key, None);
        assert_eq!(place.open().unwrap().state().unwrap(), state);
        let info = ConsumerFileStore::read_info(place.site.clone()).unwrap();
        assert_eq!(info.config, explicit());
    }
    assert_eq!(place.troubles(), []);
}
