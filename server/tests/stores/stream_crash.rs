//! Streams' stores on a disk whose power fails.
//!
//! The workloads of seeds 0 to 999, or of as many as `STORE_CRASH_SEEDS` says, from
//! `STORE_CRASH_FIRST` on, each with the power failing at some calls; those of a few
//! seeds with the power failing at every call there is. What the store holds after every step is known
//! from a run on a disk that does not fail. What was promised has to be there
//! afterwards, what was not may be there or not, and nothing else may.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nats_server::jetstream::model::{
    Nanos, StorageType, StoreCompression, StreamConfig, StreamState,
};
use nats_server::jetstream::store::disk::{Disk, SimDisk};
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{ManualClock, StoreError, StoredMsg, StreamStore};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const STEPS: usize = 30;
pub(crate) const NOW: i64 = 1_700_000_000_000_000_000;

/// What a store holds.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) first_seq: u64,
    pub(crate) last_seq: u64,
    pub(crate) msgs: BTreeMap<u64, (Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for Content {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}..={}:", self.first_seq, self.last_seq)?;
        for (seq, (subject, payload)) in &self.msgs {
            let text = String::from_utf8_lossy(subject);
            write!(out, " {seq} {text} {}", payload.len())?;
        }
        Ok(())
    }
}

/// What a step does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A subject, the number of the step and the length of the payload.
    Store(&'static str, usize, usize),
    StoreMany(u8),
    Remove(u64),
    Erase(u64),
    Skip(u64),
    Purge,
    PurgeSubject(&'static str, u64),
    Compact(u64),
    Truncate(u64),
    Sync,
    Wait(i64),
    Reopen,
}

impl Step {
    /// Whether power that fails meanwhile leaves all of it or nothing.
    const fn is_atomic(&self) -> bool {
        matches!(
            self,
            Self::Store(..) | Self::Remove(_) | Self::Erase(_) | Self::Skip(_)
        )
    }
}

/// A workload, with how the store is kept.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) options: FileStoreConfig,
    pub(crate) config: StreamConfig,
    pub(crate) steps: Vec<Step>,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed ^ 0xf11e);
        let cipher = [
            None,
            None,
            Some(StoreCipher::ChaCha),
            Some(StoreCipher::Aes),
        ];
        let options = FileStoreConfig {
            block_size: [0, 250, 400, 700][random.random_range(0..4)],
            compression: if random.random_bool(0.3) {
                StoreCompression::S2
            } else {
                StoreCompression::None
            },
            encryption: cipher[random.random_range(0..4)].map(|cipher| Encryption {
                cipher,
                key: MasterKey::new("s3cr3t", "$G"),
                old_key: None,
            }),
            sync_always: random.random_bool(0.6),
            async_flush: random.random_bool(0.2),
            cache_size: if random.random_bool(0.5) { 0 } else { 1 << 20 },
            sync_interval: Duration::from_secs(5),
            ..FileStoreConfig::new("/streams/S")
        };
        let config = StreamConfig {
            name: "S".into(),
            storage: StorageType::File,
            max_msgs: if random.random_bool(0.2) { 12 } else { 0 },
            max_msgs_per_subject: if random.random_bool(0.2) { 3 } else { 0 },
            ..StreamConfig::default()
        };
        Self {
            seed,
            options,
            config,
            steps: steps(&mut random),
        }
    }

    /// The store on this disk.
    pub(crate) fn open(
        &self,
        disk: &SimDisk,
        clock: &Arc<ManualClock>,
    ) -> Result<Arc<FileStore>, StoreError> {
        let options = FileStoreConfig {
            disk: Arc::new(disk.clone()),
            clock: Arc::clone(clock) as _,
            ..self.options.clone()
        };
        FileStore::open(options, &self.config)
    }

    /// What the store holds at first and after every step, if nothing fails.
    fn contents(&self) -> (Vec<Content>, u64) {
        let disk = disk(self.seed);
        let clock = Arc::new(ManualClock::at(NOW));
        let mut store = self.open(&disk, &clock).expect("a store");
        let mut contents = vec![content(&store)];
        for step in &self.steps {
            self.run(step, &mut store, &disk, &clock)
                .expect("nothing fails");
            contents.push(content(&store));
        }
        (contents, disk.changes())
    }

    /// Works until the power fails. Returns how many steps were done, and how many
    /// of them stay.
    fn work(&self, disk: &SimDisk) -> (usize, usize) {
        let clock = Arc::new(ManualClock::at(NOW));
        let Ok(mut store) = self.open(disk, &clock) else {
            return (0, 0);
        };
        let mut promised = 0;
        for (done, step) in self.steps.iter().enumerate() {
            let result = self.run(step, &mut store, disk, &clock);
            // What runs by itself fails without a word.
            if disk.is_off() || result.is_err() {
                assert!(disk.is_off(), "{:?}: {result:?}", self.seed);
                return (done, promised);
            }
            if self.options.sync_always || matches!(step, Step::Sync) {
                promised = done + 1;
            }
        }
        (self.steps.len(), promised)
    }

    pub(crate) fn run(
        &self,
        step: &Step,
        store: &mut Arc<FileStore>,
        disk: &SimDisk,
        clock: &Arc<ManualClock>,
    ) -> Result<(), StoreError> {
        let mut state = StreamState::default();
        store.fast_state(&mut state);
        let place = |part: u64| {
            state.first_seq + (state.last_seq - state.first_seq.min(state.last_seq)) * part / 10
        };
        match step {
            Step::Store(subject, number, len) => {
                let mut payload = format!("message of step {number} ").into_bytes();
                payload.resize(*len, b'.');
                store.store_msg(subject.as_bytes(), b"", &payload, 0)?;
            }
            Step::StoreMany(count) => {
                for number in 0..*count {
                    let subject = format!("a.{}", number % 3);
                    store.store_msg_unsynced(subject.as_bytes(), b"", &[number; 20], 0)?;
                }
                if self.options.sync_always {
                    store.sync_pending()?;
                }
            }
            Step::Remove(part) => {
                store.remove_msg(place(*part))?;
            }
            Step::Erase(part) => {
                store.erase_msg(place(*part))?;
            }
            Step::Skip(count) => store.skip_msgs(0, *count)?,
            Step::Purge => {
                store.purge()?;
            }
            Step::PurgeSubject(subject, keep) => {
                store.purge_ex(subject.as_bytes(), 0, *keep)?;
            }
            Step::Compact(part) => {
                store.compact(place(*part))?;
            }
            Step::Truncate(part) if state.msgs > 0 => store.truncate(place(*part))?,
            Step::Truncate(_) => {}
            Step::Sync => store.sync_pending()?,
            Step::Wait(millis) => clock.advance(Nanos::from_millis(*millis)),
            Step::Reopen => {
                store.stop()?;
                *store = self.open(disk, clock)?;
            }
        }
        Ok(())
    }
}

fn steps(random: &mut StdRng) -> Vec<Step> {
    let subjects = ["a.0", "a.1", "a.2", "b"];
    let mut steps = Vec::new();
    for number in 0..STEPS {
        let subject = subjects[random.random_range(0..4)];
        let part = random.random_range(0..11);
        steps.push(match random.random_range(0..40) {
            0..=15 => Step::Store(subject, number, random.random_range(1..120)),
            16..=18 => Step::StoreMany(random.random_range(1..8)),
            19..=23 => Step::Remove(part),
            24..=25 => Step::Erase(part),
            26 => Step::Skip(random.random_range(1..9)),
            27 => Step::Purge,
            28..=29 => Step::PurgeSubject(subject, random.random_range(0..3)),
            30 => Step::Compact(part),
            31 => Step::Truncate(part),
            32..=34 => Step::Sync,
            35..=37 => Step::Wait([5, 300, 6_000, 200_000][random.random_range(0..4)]),
            _ => Step::Reopen,
        });
    }
    steps
}

pub(crate) fn disk(seed: u64) -> SimDisk {
    let disk = SimDisk::new(seed);
    disk.create_dir_all(Path::new("/streams"))
        .expect("a directory");
    disk.sync_dir(Path::new("/")).expect("a sync");
    disk
}

/// What a store holds; an error if the disk fails meanwhile.
pub(crate) fn look(store: &FileStore) -> Result<Content, StoreError> {
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    let mut content = Content {
        first_seq: state.first_seq,
        last_seq: state.last_seq,
        ..Content::default()
    };
    let mut msg = StoredMsg::new();
    for seq in state.first_seq..=state.last_seq {
        match store.load_msg(seq, &mut msg) {
            Ok(()) => {
                assert_eq!(msg.seq, seq);
                let parts = (msg.subject().to_vec(), msg.payload().to_vec());
                content.msgs.insert(seq, parts);
            }
            Err(StoreError::MsgNotFound) => {}
            Err(error) => return Err(error),
        }
    }
    assert_eq!(
        state.msgs,
        content.msgs.len() as u64,
        "{state:?} {content:?}"
    );
    Ok(content)
}

/// What a store holds, and whether its subjects agree with that.
fn content(store: &FileStore) -> Content {
    let content = look(store).expect("everything can be read");
    let mut subjects: Vec<_> = content.msgs.values().map(|(subject, _)| subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    assert_eq!(
        store.subjects_totals(b">").len(),
        subjects.len(),
        "{content:?}"
    );
    content
}

/// The same after the power was cut. What was not promised may be damaged then, of which the
/// first who reads it is told; what was promised may not.
fn content_left(plan: &Plan, store: &FileStore) -> Content {
    if !plan.options.sync_always {
        let mut state = StreamState::default();
        store.fast_state(&mut state);
        for seq in state.first_seq..=state.last_seq {
            match store.load_msg(seq, &mut StoredMsg::new()) {
                Ok(()) | Err(StoreError::MsgNotFound | StoreError::BadMsg { .. }) => {}
                Err(error) => panic!("{seq}: {error}"),
            }
        }
    }
    content(store)
}

/// Why what was found cannot be, if so. The first of `known` was promised. What
/// may be found beside is in `past`: what a limit removed comes back if another limit
/// made room for it, if it is not known to be there for good that somebody else did, or
/// if the state file had to go for what was cut short.
fn wrong(
    found: &Content,
    past: &[Content],
    known: &[Content],
    plan: &Plan,
    is_atomic: bool,
) -> Option<String> {
    let promised = known.first()?;
    // With what was not promised, and what it removed, limits come to another end.
    let makes_room = |seq: &u64, msg: &(Vec<u8>, Vec<u8>)| {
        let after = || found.msgs.range(seq + 1..);
        let of_subject = after()
            .filter(|(_, (subject, _))| *subject == msg.0)
            .count();
        let reaches = |limit: i64, count| limit > 0 && usize::try_from(limit).ok() <= Some(count);
        !plan.options.sync_always
            && (reaches(plan.config.max_msgs_per_subject, of_subject)
                || reaches(plan.config.max_msgs, after().count()))
    };
    for (seq, msg) in &found.msgs {
        if !past
            .iter()
            .chain(known)
            .any(|content| content.msgs.get(seq) == Some(msg))
        {
            return Some(format!("message {seq} was never there, or is gone"));
        }
    }
    for (seq, msg) in &promised.msgs {
        let stays = known
            .iter()
            .all(|content| content.msgs.get(seq) == Some(msg));
        if stays && found.msgs.get(seq) != Some(msg) && !makes_room(seq, msg) {
            return Some(format!("message {seq} is lost"));
        }
    }
    let lasts = || known.iter().map(|content| content.last_seq);
    if Some(found.last_seq) < lasts().min() || Some(found.last_seq) > lasts().max() {
        return Some("the last sequence was never that".to_owned());
    }
    let firsts = || past.iter().chain(known).map(|content| content.first_seq);
    if !found.msgs.is_empty() && Some(found.first_seq) < firsts().min() {
        return Some("the first sequence is too low".to_owned());
    }
    if is_atomic && known.len() == 2 && !known.iter().any(|content| content.msgs == found.msgs) {
        return Some("it is neither as before nor as after".to_owned());
    }
    None
}

fn crash(plan: &Plan, contents: &[Content], change: u64) {
    let disk = disk(plan.seed);
    disk.cut_power_at(change);
    let (done, promised) = plan.work(&disk);
    disk.power_cut();
    let clock = Arc::new(ManualClock::at(NOW));
    if plan.seed % 2 == 1 {
        // And once more, while it is opened.
        disk.cut_power_at(disk.changes() + change % 7 + 1);
        drop(plan.open(&disk, &clock));
        disk.power_cut();
    }
    let known = contents.get(promised..=(done + 1).min(plan.steps.len()));
    let known = known.expect("as many steps as contents");
    let step = plan.steps.get(done);
    let context = || {
        let Plan {
            seed,
            options,
            config,
            ..
        } = plan;
        format!(
            "seed {seed}, change {change}, at {step:?}, sync_always {}, async_flush {}, block size {}, {:?}, {:?}, limits {} {}\nsteps {:?}",
            options.sync_always,
            options.async_flush,
            options.block_size,
            options.compression,
            options
                .encryption
                .as_ref()
                .map(|encryption| encryption.cipher),
            config.max_msgs,
            config.max_msgs_per_subject,
            plan.steps.get(promised..=done),
        )
    };
    let store = match plan.open(&disk, &clock) {
        Ok(store) => store,
        Err(error) => panic!("{error}, {}", context()),
    };
    let found = content_left(plan, &store);
    if plan.options.sync_always {
        // What was being written may be damaged, but nothing that was before.
        let lost = store.lost_data().map_or(Vec::new(), |lost| lost.msgs);
        let end = known.first().map_or(0, |promised| promised.last_seq);
        assert!(
            lost.iter().all(|seq| *seq > end),
            "{lost:?}: {}\nfound {found:?}\nknown {known:?}",
            context()
        );
    }
    let is_atomic = plan.options.sync_always && step.is_some_and(Step::is_atomic);
    let has_limits = plan.config.max_msgs > 0 || plan.config.max_msgs_per_subject > 0;
    let is_unsynced = !plan.options.sync_always;
    let without_state = matches!(step, Some(Step::Compact(_) | Step::Truncate(_)));
    let has_both = plan.config.max_msgs > 0 && plan.config.max_msgs_per_subject > 0;
    let may_be_back = has_both || has_limits && (is_unsynced || without_state);
    let past = contents.get(..promised).filter(|_| may_be_back);
    let is_atomic = is_atomic && !has_both;
    if let Some(why) = wrong(&found, past.unwrap_or_default(), known, plan, is_atomic) {
        panic!("{why}: {}\nfound {found:?}\nknown {known:?}", context());
    }
    // It stays so, and goes on.
    store.stop().expect("it stops");
    let store = plan.open(&disk, &clock).expect("a store");
    let again = content(&store);
    assert!(
        again.msgs == found.msgs,
        "it became another: {}\nfound {found:?}\nagain {again:?}",
        context()
    );
    assert_eq!(again.last_seq, found.last_seq, "{}", context());
    let (seq, _) = store.store_msg(b"b", b"", b"more", 0).expect("it goes on");
    assert_eq!(seq, found.last_seq + 1, "{}", context());
    store.sync_pending().expect("it goes on");
    drop(store);
    disk.power_cut();
    let store = plan.open(&disk, &clock).expect("a store");
    let last = content_left(plan, &store);
    assert!(last.msgs.contains_key(&seq), "{}, {last:?}", context());
}

/// Workloads that have shown something once.
const TELLING: [u64; 12] = [
    88, 236, 601, 982, 1_011, 2_510, 5_899, 10_104, 11_089, 11_168, 22_578, 72_467,
];

#[test]
fn nothing_promised_is_lost_wherever_the_power_fails() {
    for seed in (0..4).chain(TELLING) {
        let plan = Plan::new(seed);
        let (contents, changes) = plan.contents();
        for change in 3..=changes {
            crash(&plan, &contents, change);
        }
    }
}

#[test]
fn nothing_promised_is_lost_whatever_the_workload() {
    let seeds = std::env::var("STORE_CRASH_SEEDS").map_or(1_000, |seeds| {
        seeds.parse().expect("STORE_CRASH_SEEDS is a number")
    });
    let first: u64 = std::env::var("STORE_CRASH_FIRST").map_or(0, |first| {
        first.parse().expect("STORE_CRASH_FIRST is a number")
    });
    for seed in first..first + seeds {
        let plan = Plan::new(seed);
        let (contents, changes) = plan.contents();
        let mut random = StdRng::seed_from_u64(seed);
        for _ in 0..6 {
            crash(&plan, &contents, random.random_range(3..=changes));
        }
    }
}
