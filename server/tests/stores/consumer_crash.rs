//! Consumers' stores on a disk whose power fails, and on one that is damaged.
//!
//! The workloads of seeds 0 to 999, or of as many as `STORE_CRASH_SEEDS` says, each
//! with the power failing at some call; that of a few seeds with the power failing
//! at every call there is. What is found afterwards has to be a state that was
//! promised to stay, or a later one.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nats_server::jetstream::model::{AckPolicy, ConsumerConfig, ConsumerState, Nanos};
use nats_server::jetstream::store::disk::{Disk, SimDisk};
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::consumer_store::{
    ConsumerFileStore, ConsumerReport, ConsumerSite,
};
use nats_server::jetstream::store::{ConsumerStore, ManualClock, StoreError};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const SECOND: i64 = 1_000_000_000;
const NOW: i64 = 1_700_000_000 * SECOND;
const STEPS: usize = 40;

/// A consumer, what may be found of it after a power cut, and where.
struct Run {
    disk: SimDisk,
    clock: Arc<ManualClock>,
    random: StdRng,
    site: ConsumerSite,
    config: ConsumerConfig,
    /// What the state may be, the promised one first.
    states: Vec<ConsumerState>,
    /// What the configuration may be.
    configs: Vec<ConsumerConfig>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let disk = SimDisk::without_journal(seed);
        disk.create_dir_all(Path::new("/S")).expect("a directory");
        disk.sync_dir(Path::new("/")).expect("a sync");
        let mut random = StdRng::seed_from_u64(seed ^ 0x5eed);
        let clock = Arc::new(ManualClock::at(NOW));
        let site = ConsumerSite {
            disk: Arc::new(disk.clone()),
            clock: Arc::clone(&clock) as _,
            stream_dir: PathBuf::from("/S"),
            stream: "S".into(),
            name: "C".into(),
            encryption: encryption(&mut random),
            sync_always: random.random_bool(0.3),
            sync_interval: Duration::from_millis(random.random_range(1..2_000)),
            reports: None,
        };
        let config = ConsumerConfig {
            ack_policy: if random.random_bool(0.7) {
                AckPolicy::Explicit
            } else {
                AckPolicy::All
            },
            ..ConsumerConfig::default()
        };
        Self {
            disk,
            clock,
            random,
            site,
            states: vec![ConsumerState::default()],
            configs: vec![config.clone()],
            config,
        }
    }

    fn open(&self) -> Result<Arc<ConsumerFileStore>, StoreError> {
        ConsumerFileStore::open(self.site.clone(), None, &self.config, None)
    }

    /// Works until all is done or the power has failed.
    fn work(&mut self) -> Result<(), StoreError> {
        let mut store = self.open()?;
        for step in 0..STEPS {
            self.step(step, &mut store)?;
            let state = store.state()?;
            if self.states.last() != Some(&state) {
                self.states.push(state);
            }
            if self.disk.is_off() {
                return Err(StoreError::Closed);
            }
        }
        Ok(())
    }

    fn step(&mut self, step: usize, store: &mut Arc<ConsumerFileStore>) -> Result<(), StoreError> {
        match self.random.random_range(0..20) {
            0..=7 => {
                let delivered = store.state()?.delivered;
                let stream = delivered.stream + self.random.random_range(1..4);
                let at = NOW + step as i64 * SECOND;
                store.update_delivered(delivered.consumer + 1, stream, 1, at)?;
            }
            8..=11 => {
                let state = store.state()?;
                let nth = self.random.random_range(0..=state.pending.len());
                if let Some((seq, pending)) = state.pending.iter().nth(nth) {
                    store.update_acks(pending.sequence, *seq)?;
                }
            }
            12..=14 => self
                .clock
                .advance(Nanos::from_millis(self.random.random_range(0..500))),
            15 => {
                self.promise(store, |store| store.flush())?;
            }
            16 => {
                let start = self.random.random_range(1..100);
                // What it becomes is on the disk before it is known here.
                let mut after = ConsumerState::default();
                after.delivered.stream = start;
                after.ack_floor.stream = start;
                self.states.push(after);
                self.promise(store, |store| store.reset(start))?;
            }
            17 => {
                self.promise(store, ConsumerStore::stop)?;
                self.site.encryption = self.other_encryption();
                *store = self.open()?;
            }
            18 => {
                let mut config = self.config.clone();
                config.description = format!("after step {step}");
                self.configs.push(config.clone());
                store.update_config(&config)?;
                self.configs = vec![config.clone()];
                self.config = config;
            }
            _ => {
                // Deleted, or else as it was; then new.
                self.states.push(ConsumerState::default());
                store.delete()?;
                self.states = vec![ConsumerState::default()];
                *store = self.open()?;
            }
        }
        Ok(())
    }

    /// Does what promises that the state stays.
    fn promise(
        &mut self,
        store: &Arc<ConsumerFileStore>,
        act: impl FnOnce(&ConsumerFileStore) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let before = store.state()?;
        act(store)?;
        let after = store.state().unwrap_or(before);
        self.states = vec![after];
        Ok(())
    }

    /// The same keys, or another cipher, or keys where there were none.
    fn other_encryption(&mut self) -> Option<Encryption> {
        let mut encryption = self.site.encryption.clone();
        if self.random.random_bool(0.3) {
            encryption = match encryption {
                Some(encryption) => Some(Encryption {
                    cipher: encryption.cipher.other(),
                    ..encryption
                }),
                None => Some(with_cipher(StoreCipher::Aes)),
            };
        }
        encryption
    }

    /// Cuts the power, perhaps once more while the store opens, and looks.
    fn check(&mut self, context: &str) {
        self.disk.power_cut();
        if self.random.random_bool(0.5) {
            let change = self.random.random_range(1..12);
            self.disk.cut_power_at(self.disk.changes() + change);
            // It may fail or not; what it leaves is looked at below.
            drop(self.open());
            self.disk.power_cut();
        }
        let info = ConsumerFileStore::read_info(self.site.clone());
        let store = match self.open() {
            Ok(store) => store,
            Err(error) => panic!("{context}: {error}, {:?}", self.disk.files()),
        };
        let state = store.state().expect("it is open");
        assert!(
            self.states.contains(&state),
            "{context}: {state:?} is none of {:?}",
            self.states
        );
        if let Ok(info) = info {
            assert!(self.configs.contains(&info.config), "{context}: {info:?}");
        }
        store
            .update_delivered(1_000, 1_000, 1, NOW)
            .expect("it goes on");
        store.flush().expect("it goes on");
        drop(store);
        let state = self.open().expect("it opens again").state();
        assert_eq!(
            state.expect("it is open").delivered.stream,
            1_000,
            "{context}"
        );
    }
}

fn encryption(random: &mut StdRng) -> Option<Encryption> {
    match random.random_range(0..3) {
        0 => None,
        1 => Some(with_cipher(StoreCipher::ChaCha)),
        _ => Some(with_cipher(StoreCipher::Aes)),
    }
}

fn with_cipher(cipher: StoreCipher) -> Encryption {
    Encryption {
        cipher,
        key: MasterKey::new("key", "$G"),
        old_key: None,
    }
}

/// How many calls the workload of a seed has that change something.
fn changes(seed: u64) -> u64 {
    let mut run = Run::new(seed);
    run.work().expect("nothing fails");
    run.disk.changes()
}

fn crash(seed: u64, change: u64) {
    let mut run = Run::new(seed);
    run.disk.cut_power_at(change);
    // It ends with an error if the power fails before its end.
    let ended = run.work();
    assert_eq!(ended.is_err(), run.disk.is_off(), "{ended:?}");
    run.check(&format!("seed {seed}, change {change}"));
}

#[test]
fn nothing_promised_is_lost_wherever_the_power_fails() {
    for seed in 0..6 {
        for change in 3..=changes(seed) + 1 {
            crash(seed, change);
        }
    }
}

#[test]
fn nothing_promised_is_lost_whatever_the_workload() {
    let seeds = std::env::var("STORE_CRASH_SEEDS").map_or(1_000, |seeds| {
        seeds.parse().expect("STORE_CRASH_SEEDS is a number")
    });
    for seed in 0..seeds {
        let mut random = StdRng::seed_from_u64(seed);
        let last = changes(seed) + 1;
        for _ in 0..10 {
            crash(seed, random.random_range(3..=last));
        }
    }
}

/// Works on whatever fails once, and says in what state it ends.
fn work_on(run: &mut Run) -> ConsumerState {
    let mut store = None;
    for step in 0..STEPS {
        // One call fails, so that the second attempt does not.
        let mut open = match store.take().map_or_else(|| run.open(), Ok) {
            Ok(open) => open,
            Err(_) => run.open().expect("only one call fails"),
        };
        if run.step(step, &mut open).is_ok() || open.state().is_ok() {
            store = Some(open);
        }
    }
    let store = store
        .map_or_else(|| run.open(), Ok)
        .expect("only one call fails");
    // The write behind may be what fails, and is tried again.
    run.clock.advance(Nanos::from_secs(2));
    assert!(!store.is_dirty());
    store
        .flush()
        .or_else(|_| store.flush())
        .expect("only one call fails");
    store.state().expect("it is open")
}

#[test]
fn one_call_that_fails_does_no_lasting_harm() {
    for seed in 0..4 {
        let mut run = Run::new(seed);
        run.work().expect("nothing fails");
        for call in 3..=run.disk.calls() {
            let mut run = Run::new(seed);
            run.disk.fail_at(call, std::io::ErrorKind::Other);
            let state = work_on(&mut run);
            run.disk.power_cut();
            let store = run.open().expect("a store");
            assert_eq!(
                store.state().expect("it is open"),
                state,
                "seed {seed}, call {call}"
            );
        }
    }
}

/// Opens a damaged store and says what state is found, and whether a report was
/// made.
fn found(disk: &SimDisk, encryption: Option<&Encryption>) -> (Option<ConsumerState>, bool) {
    let reports = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&reports);
    let site = ConsumerSite {
        disk: Arc::new(disk.clone()),
        clock: Arc::new(ManualClock::at(NOW)),
        stream_dir: PathBuf::from("/S"),
        stream: "S".into(),
        name: "C".into(),
        encryption: encryption.cloned(),
        sync_always: false,
        sync_interval: Duration::from_secs(120),
        reports: Some(Arc::new(move |_: &ConsumerReport| {
            *seen.lock().expect("a count") += 1;
        })),
    };
    let config = ConsumerConfig {
        ack_policy: AckPolicy::Explicit,
        ..ConsumerConfig::default()
    };
    let state = ConsumerFileStore::open(site, None, &config, None)
        .ok()
        .map(|store| store.state().expect("it is open"));
    let is_reported = *reports.lock().expect("a count") > 0;
    (state, is_reported)
}

#[test]
fn no_damage_passes_for_a_state() {
    for encryption in [
        None,
        Some(with_cipher(StoreCipher::ChaCha)),
        Some(with_cipher(StoreCipher::Aes)),
    ] {
        let mut run = Run::new(3);
        run.site.encryption = encryption.clone();
        run.site.sync_always = false;
        run.site.sync_interval = Duration::from_secs(120);
        run.config.ack_policy = AckPolicy::Explicit;
        let store = run.open().expect("a store");
        let mut states = Vec::new();
        for round in 0..2 {
            for seq in 1..6 {
                let seq = round * 5 + seq;
                store
                    .update_delivered(seq, seq * 3, 1, NOW)
                    .expect("a delivery");
            }
            store
                .update_acks(round * 5 + 2, (round * 5 + 2) * 3)
                .expect("an ack");
            run.clock.advance(Nanos::from_secs(1));
            states.push(store.state().expect("a state"));
        }
        drop(store);
        let [synced, last] = states.as_slice() else {
            panic!("two rounds");
        };
        let check = |path: &str, what: &str, damage: &dyn Fn(&mut Vec<u8>)| {
            let disk = run.disk.copy(1);
            disk.damage(Path::new(path), damage)
                .expect("the file is there");
            let (state, is_reported) = found(&disk, encryption.as_ref());
            let context = format!("{path}, {what}: {state:?}");
            match state {
                // Only the keys cannot be done without, as long as a state is left.
                None => assert!(path.ends_with(".key"), "{context}"),
                Some(state) if state == *last => {
                    assert!(
                        is_reported != (path.ends_with(".dat") || path.ends_with(".syn")),
                        "{context}"
                    );
                }
                Some(state) => {
                    assert!(
                        state == *synced && is_reported && path.ends_with("o.dat"),
                        "{context}"
                    );
                }
            }
        };
        for (path, bytes) in run.disk.files() {
            for at in 0..bytes.len() {
                for flip in [0x01, 0x80, 0xff] {
                    check(&path, &format!("byte {at}"), &|file| file[at] ^= flip);
                }
                // A checksum that is missing altogether is not missed.
                let has_checksum = encryption.is_none() && path.ends_with("o.dat");
                if !(has_checksum && at + 18 == bytes.len()) {
                    check(&path, &format!("{at} bytes"), &|file| file.truncate(at));
                }
            }
        }
    }
}
