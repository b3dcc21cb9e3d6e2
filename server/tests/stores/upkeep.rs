//! What a file store does by itself, and whom it tells.

use std::path::Path;
use std::sync::{Arc, Mutex};

use nats_server::jetstream::model::{ConsumerConfig, Nanos, StorageType, StreamConfig};
use nats_server::jetstream::store::disk::{Disk, OpenMode, SimDisk};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig, record_size};
use nats_server::jetstream::store::{
    Clock, ConsumerStore, DeleteBlock, DeleteRange, ManualClock, StoreError, StoredMsg,
    StreamStore, headers,
};
use nats_server::protocol::generate_header;

/// A store on a disk and with a clock of its own.
struct Kept {
    disk: SimDisk,
    clock: Arc<ManualClock>,
    options: FileStoreConfig,
    config: StreamConfig,
}

impl Kept {
    fn new(set: impl FnOnce(&mut StreamConfig)) -> Self {
        let disk = SimDisk::new(1);
        let clock = crate::clock();
        let mut options = FileStoreConfig::new("/stream");
        options.disk = Arc::new(disk.clone());
        options.clock = Arc::clone(&clock) as _;
        let mut config = StreamConfig {
            name: "S".into(),
            subjects: vec![">".into()],
            storage: StorageType::File,
            ..StreamConfig::default()
        };
        set(&mut config);
        Self {
            disk,
            clock,
            options,
            config,
        }
    }

    fn open(&self) -> Arc<FileStore> {
        FileStore::open(self.options.clone(), &self.config).expect("a store")
    }

    fn has_file(&self, name: &str) -> bool {
        self.disk
            .files()
            .iter()
            .any(|(path, _)| path.ends_with(name))
    }
}

fn put(store: &FileStore, subject: &str) -> u64 {
    let stored = store.store_msg(subject.as_bytes(), b"", b"payload", 0);
    stored.expect("it is stored").0
}

#[test]
fn a_stopped_store_is_closed_and_waits_for_nothing() {
    let kept = Kept::new(|config| {
        config.max_age = Nanos::from_secs(10);
        config.allow_msg_schedules = true;
    });
    let store = kept.open();
    let header = generate_header(None, headers::SCHEDULE, b"@every 1h");
    let header = generate_header(Some(&header), headers::SCHEDULE_TARGET, b"b");
    store
        .store_msg(b"a", &header, b"", 0)
        .expect("it is stored");
    assert!(!store.is_closed());
    assert!(kept.clock.waiting() > 3);
    store.stop().expect("it stops");
    assert!(store.is_closed());
    assert_eq!(kept.clock.waiting(), 0);
    let refused = store.store_msg(b"a", b"", b"", 0);
    assert!(matches!(refused, Err(StoreError::Closed)));
    let refused = store.load_msg(1, &mut StoredMsg::new());
    assert!(matches!(refused, Err(StoreError::Closed)));
}

#[test]
fn the_state_file_is_written_by_and_by() {
    let kept = Kept::new(|_| {});
    let store = kept.open();
    put(&store, "a");
    kept.clock.advance(Nanos::from_secs(150));
    assert!(kept.has_file("/index.db"));
    // Again and again.
    put(&store, "a");
    store.compact(2).expect("it is compacted");
    store.truncate(2).expect("it is truncated");
    let before = kept.disk.files();
    put(&store, "a");
    kept.clock.advance(Nanos::from_secs(150));
    let index = |files: &[(String, Vec<u8>)]| {
        let index = files.iter().find(|(path, _)| path.ends_with("/index.db"));
        index.map(|(_, bytes)| bytes.clone())
    };
    assert_ne!(index(&kept.disk.files()), index(&before));
    store.stop().expect("it stops");
}

#[test]
fn consumers_are_counted() {
    let kept = Kept::new(|_| {});
    let store = kept.open();
    let config = ConsumerConfig::default();
    let consumer = |store: &FileStore, name| store.consumer_store(name, None, &config);
    consumer(&store, "C").expect("a consumer");
    assert_eq!(store.state().consumers, 1);
    let other = Kept::new(|_| {});
    let elsewhere = other.open();
    let foreign: Arc<dyn ConsumerStore> = consumer(&elsewhere, "D").expect("a consumer");
    store.add_consumer(&foreign).expect("it is added");
    assert_eq!(store.state().consumers, 2);
    store.remove_consumer(&*foreign).expect("it is removed");
    assert_eq!(store.state().consumers, 1);
    store.remove_consumer(&*foreign).expect("it is not there");
    assert_eq!(store.state().consumers, 1);
    store.stop().expect("it stops");
    elsewhere.stop().expect("it stops");
}

#[test]
fn the_message_before_is_found() {
    let kept = Kept::new(|_| {});
    let store = kept.open();
    for subject in ["a", "b", "c"] {
        put(&store, subject);
    }
    assert!(store.remove_msg(2).expect("a removal"));
    let mut msg = StoredMsg::new();
    for (start, found) in [(9, 3), (3, 3), (2, 1), (1, 1)] {
        store.load_prev_msg(start, &mut msg).expect("a message");
        assert_eq!(msg.seq, found, "{start}");
    }
    let none = store.load_prev_msg(0, &mut msg);
    assert!(matches!(none, Err(StoreError::Eof)));
    store.stop().expect("it stops");
}

#[test]
fn a_new_leader_proposes_again_what_another_had() {
    let kept = Kept::new(|config| config.allow_msg_schedules = true);
    let store = kept.open();
    let targets = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&targets);
    store.register_process_msg(Arc::new(move |msg| {
        seen.lock().expect("no panic").push(msg.subject);
    }));
    let at = kept.clock.now() + 1_000_000_000;
    let at = jiff::Timestamp::from_nanosecond(at.into()).expect("a time");
    let header = generate_header(None, headers::SCHEDULE, format!("@at {at}").as_bytes());
    let header = generate_header(Some(&header), headers::SCHEDULE_TARGET, b"b");
    store
        .store_msg(b"a", &header, b"", 0)
        .expect("it is stored");
    let proposed = || targets.lock().expect("no panic").len();
    kept.clock.advance(Nanos::from_secs(1));
    assert_eq!(proposed(), 1);
    kept.clock.advance(Nanos::from_secs(60));
    assert_eq!(proposed(), 1);
    store.reset_state();
    kept.clock.advance(Nanos::from_secs(60));
    assert_eq!(proposed(), 2);
    store.stop().expect("it stops");
}

#[test]
fn waiting_messages_are_written_on_demand() {
    let mut kept = Kept::new(|_| {});
    kept.options.async_flush = true;
    let store = kept.open();
    put(&store, "a");
    assert!(store.blocks()[0].pending > 0);
    store.flush_all_pending();
    assert_eq!(store.blocks()[0].pending, 0);
    store.stop().expect("it stops");
}

#[test]
fn changes_are_told() {
    let kept = Kept::new(|_| {});
    let store = kept.open();
    put(&store, "a");
    let size = i64::try_from(record_size(1, 0, 7)).expect("a size");
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    store.register_storage_updates(Arc::new(move |update| {
        let update = (
            update.msgs,
            update.bytes,
            update.seq,
            update.subject.to_vec(),
        );
        seen.lock().expect("no panic").push(update);
    }));
    put(&store, "b");
    assert!(store.remove_msg(1).expect("a removal"));
    let expected = [
        (0, size, 0, Vec::new()),
        (1, size, 2, b"b".to_vec()),
        (-1, -size, 1, b"a".to_vec()),
    ];
    assert_eq!(*told.lock().expect("no panic"), expected);
    store.stop().expect("it stops");
}

#[test]
fn a_state_file_that_is_right_is_used() {
    let mut kept = Kept::new(|_| {});
    let reports = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&reports);
    kept.options.block_size = 100;
    kept.options.on_report = Some(Arc::new(move |report| {
        seen.lock().expect("no panic").push(report.to_string());
    }));
    let reopen = |store: &FileStore, doubt: bool| {
        store.stop().expect("it stops");
        if doubt {
            let index = Path::new("/stream/msgs/index.db");
            kept.disk.damage(index, Vec::clear).expect("it is there");
        }
        let store = kept.open();
        assert_eq!(store.state().msgs, 5);
        let reports = std::mem::take(&mut *reports.lock().expect("no panic"));
        (store, reports)
    };
    let store = kept.open();
    for _ in 0..5 {
        put(&store, "a");
    }
    let (store, reports) = reopen(&store, false);
    assert_eq!(reports, [""; 0]);
    let (store, reports) = reopen(&store, true);
    let expected =
        "Filestore [S] Recovering stream state from index errored: stream state too short";
    assert_eq!(reports, [expected]);
    // It was written anew, with the checksum of a record that nobody had read.
    let (store, reports) = reopen(&store, false);
    assert_eq!(reports, [""; 0]);
    store.stop().expect("it stops");
}

#[test]
fn what_waits_for_its_time_is_found_in_the_messages() {
    let kept = Kept::new(|config| {
        config.allow_msg_ttl = true;
        config.allow_msg_schedules = true;
    });
    let store = kept.open();
    let header = generate_header(None, headers::SCHEDULE, b"@every 1h");
    let header = generate_header(Some(&header), headers::SCHEDULE_TARGET, b"b");
    store
        .store_msg(b"a", &header, b"", 0)
        .expect("it is stored");
    let header = generate_header(None, headers::MESSAGE_TTL, b"60");
    store
        .store_msg(b"c", &header, b"", 60)
        .expect("it is stored");
    for is_there in [true, false] {
        store.stop().expect("it stops");
        for name in ["thw.db", "sched.db"] {
            let file = Path::new("/stream/msgs").join(name);
            if !is_there {
                kept.disk.remove_file(&file).expect("it is there");
            }
        }
        let store = kept.open();
        assert_eq!((store.ttl_count(), store.schedule_count()), (1, 1));
        store.stop().expect("it stops");
    }
    let store = kept.open();
    kept.clock.advance(Nanos::from_secs(60));
    assert_eq!(store.state().msgs, 1);
    store.stop().expect("it stops");
}

#[test]
fn index_files_of_old_servers_go() {
    let kept = Kept::new(|_| {});
    kept.open().stop().expect("it stops");
    for name in ["1.idx", "1.fss", "x.idx.bak"] {
        let file = Path::new("/stream/msgs").join(name);
        let file = kept.disk.open(&file, OpenMode::Create).expect("a file");
        file.write_at(b"old", 0).expect("it is written");
    }
    kept.open().stop().expect("it stops");
    assert!(!kept.has_file("/1.idx") && !kept.has_file("/1.fss"));
    assert!(kept.has_file("/x.idx.bak"));
}

#[test]
fn what_grew_too_old_goes_on_opening() {
    let kept = Kept::new(|config| config.max_age = Nanos::from_secs(10));
    let store = kept.open();
    put(&store, "a");
    let header = generate_header(None, headers::MESSAGE_TTL, b"never");
    store
        .store_msg(b"b", &header, b"", -1)
        .expect("it is stored");
    kept.clock.advance(Nanos::from_secs(6));
    put(&store, "c");
    store.stop().expect("it stops");
    kept.clock.advance(Nanos::from_secs(6));
    let store = kept.open();
    let state = store.state();
    assert_eq!((state.msgs, state.first_seq, state.last_seq), (2, 2, 3));
    store.stop().expect("it stops");
}

#[test]
fn removals_are_proposed_where_markers_are_wanted() {
    let kept = Kept::new(|config| {
        config.max_age = Nanos::from_secs(1);
        config.allow_msg_ttl = true;
        config.subject_delete_marker_ttl = Nanos::from_secs(60);
    });
    let store = kept.open();
    for subject in ["a", "b", "a"] {
        put(&store, subject);
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    store.register_remove_msg(Arc::new(move |seq| {
        seen.lock().expect("no panic").push(format!("{seq} goes"));
    }));
    let seen = Arc::clone(&told);
    store.register_process_msg(Arc::new(move |msg| {
        let subject = String::from_utf8_lossy(&msg.subject).into_owned();
        seen.lock()
            .expect("no panic")
            .push(format!("marker of {subject}"));
    }));
    kept.clock.advance(Nanos::from_secs(1));
    // Nothing goes before whoever was told says so.
    assert_eq!(store.state().msgs, 3);
    let told = told.lock().expect("no panic").clone();
    assert_eq!(told, ["1 goes", "marker of b", "marker of a"]);
    store.stop().expect("it stops");
}

#[test]
fn what_a_replica_learns_to_be_deleted_goes() {
    let kept = Kept::new(|_| {});
    let store = kept.open();
    for _ in 0..10 {
        put(&store, "a");
    }
    let run = DeleteRange { first: 3, num: 4 };
    store.sync_deleted(&[DeleteBlock::Range(run), DeleteBlock::Slice(vec![8, 9])]);
    let state = store.state();
    assert_eq!(state.deleted, [3, 4, 5, 6, 8, 9]);
    assert_eq!((state.msgs, state.first_seq, state.last_seq), (4, 1, 10));
    store.stop().expect("it stops");
}

#[test]
fn what_a_limit_removed_stays_gone_when_it_removes_the_last_as_well() {
    let kept = Kept::new(|config| config.max_bytes = 40);
    let store = kept.open();
    assert_eq!(put(&store, "a"), 1);
    assert_eq!(store.state().msgs, 1);
    let large = store.store_msg(b"b", b"", &[7; 100], 0);
    assert_eq!(large.expect("it is stored").0, 2);
    assert_eq!(store.state().msgs, 0);
    // As after a kill: nothing is stopped, and the blocks are read.
    drop(store);
    let state = kept.open().state();
    assert_eq!((state.msgs, state.first_seq, state.last_seq), (0, 3, 2));
}

/// Puts a file on the disk.
fn write_file(disk: &SimDisk, path: &str, bytes: &[u8]) {
    let file = disk.open(Path::new(path), OpenMode::Truncate);
    file.expect("it is made")
        .write_at(bytes, 0)
        .expect("it is written");
}

fn read_file(disk: &SimDisk, path: &str) -> Vec<u8> {
    disk.read(Path::new(path)).expect("it is there")
}

/// What the power cut leaves when a message, and its block with it, was removed after the
/// state file was written: the user's wish, and no damage.
#[test]
fn a_removal_after_the_state_file_is_no_loss() {
    let mut kept = Kept::new(|_| {});
    // Two messages and a tombstone.
    kept.options.block_size = 2 * record_size(1, 0, 7) + record_size(0, 0, 0);
    let index = "/stream/msgs/index.db";
    let store = kept.open();
    put(&store, "A");
    put(&store, "Z");
    store.remove_msg(1).expect("it is removed");
    assert_eq!(store.block_count(), 1);
    store.stop().expect("it stops");
    let old = read_file(&kept.disk, index);
    let store = kept.open();
    put(&store, "A");
    put(&store, "Z");
    for seq in [2, 4] {
        assert!(store.remove_msg(seq).expect("it is removed"));
    }
    let before = store.state();
    assert_eq!((before.msgs, before.first_seq, before.last_seq), (1, 3, 4));
    store.stop().expect("it stops");
    write_file(&kept.disk, index, &old);
    let store = kept.open();
    assert_eq!(store.state(), before);
    assert_eq!(store.lost_data(), None);
    store.stop().expect("it stops");
}

/// What the power cut leaves when a block is to go, and the one with the tombstone is
/// there already.
#[test]
fn a_block_that_was_removed_and_is_back() {
    let kept = Kept::new(|_| {});
    let (block, index) = ("/stream/msgs/1.blk", "/stream/msgs/index.db");
    let store = kept.open();
    put(&store, "A");
    let old = read_file(&kept.disk, block);
    store.start_block().expect("it begins");
    assert!(store.remove_msg(1).expect("it is removed"));
    assert!(!kept.has_file("1.blk") && kept.has_file("2.blk"));
    let before = store.state();
    assert_eq!((before.msgs, before.first_seq, before.last_seq), (0, 2, 1));
    store.stop().expect("it stops");
    kept.disk
        .remove_file(Path::new(index))
        .expect("it is there");
    write_file(&kept.disk, block, &old);
    let store = kept.open();
    assert_eq!(store.state(), before);
    assert_eq!(store.lost_data(), None);
    assert_eq!(put(&store, "B"), 2);
    // It goes for good with the next first message.
    assert!(store.remove_msg(2).expect("it is removed"));
    assert!(!kept.has_file("1.blk"));
    store.stop().expect("it stops");
}
