//! What is found by looking at every file, and files that cannot be read for a while.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nats_server::jetstream::model::{Nanos, StorageType, StreamConfig, StreamState};
use nats_server::jetstream::store::disk::{Disk, OpenMode, SimDisk};
use nats_server::jetstream::store::file::checksum::Checksummer;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{BatchMsg, ManualClock, StoreError, StoredMsg, StreamStore};

use super::{Reports, clock, open_reporting};

const SECOND: i64 = 1_000_000_000;

/// Opens a store whose messages may expire; what it reports is collected.
fn open(disk: &SimDisk, clock: &Arc<ManualClock>) -> (Arc<FileStore>, Reports) {
    let config = StreamConfig {
        name: "S".into(),
        storage: StorageType::File,
        allow_msg_ttl: true,
        ..StreamConfig::default()
    };
    open_reporting(disk, clock, 500, &config)
}

/// A stopped store with messages that live for ten seconds.
fn stopped(clock: &Arc<ManualClock>) -> SimDisk {
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk, clock);
    for number in 0..20 {
        let header = b"NATS/1.0\r\nNats-TTL: 10s\r\n\r\n";
        let subject = format!("a.{number}");
        let stored = store.store_msg(subject.as_bytes(), header, b"payload", 10);
        stored.expect("a message");
    }
    store.stop().expect("it stops");
    disk
}

#[test]
fn a_scrub_mends_what_guards_lengths() {
    let clock = clock();
    let disk = stopped(&clock);
    let guard = Path::new("/S/msgs/2.len");
    let damage = |bytes: &mut Vec<u8>| bytes[12] ^= 1;
    disk.damage(guard, damage).expect("there is such a file");
    let (store, reports) = open(&disk, &clock);
    assert_eq!(store.check_msgs().expect("the disk works"), None);
    let found = std::mem::take(&mut *reports.lock().expect("a list"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("block 2: the lengths beside it are damaged"),
        "{found:?}"
    );
    assert_eq!(store.check_msgs().expect("the disk works"), None);
    assert!(reports.lock().expect("a list").is_empty());
    store.stop().expect("it stops");
}

/// Nothing is lost, so that nothing else says that it has changed.
#[test]
fn the_state_file_follows_when_a_scrub_rewrites_the_last_block() {
    let clock = clock();
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk, &clock);
    for _ in 0..3 {
        let stored = store.store_msg(b"a", b"", b"payload", 0);
        stored.expect("a message");
    }
    assert!(store.remove_msg(2).expect("it is removed"));
    // A tombstone for a sequence before the first is of no use, and goes.
    assert!(store.remove_msg(1).expect("it is removed"));
    store.stop().expect("it stops");
    let (store, _) = open(&disk, &clock);
    let records = store.block_records(1).expect("the block is there");
    let last = records.last().expect("there are records");
    let damage = |bytes: &mut Vec<u8>| bytes[last.offset as usize + 14] ^= 1;
    disk.damage(Path::new("/S/msgs/1.blk"), damage)
        .expect("there is such a file");
    assert_eq!(store.check_msgs().expect("the disk works"), None);
    let state = store.state();
    store.stop().expect("it stops");
    let (store, reports) = open(&disk, &clock);
    let found = reports.lock().expect("a list").clone();
    assert_eq!(found, [""; 0], "the state file is taken");
    assert_eq!(store.state(), state);
    store.stop().expect("it stops");
}

#[test]
fn damage_is_found_in_the_background() {
    let clock = clock();
    let disk = stopped(&clock);
    let config = StreamConfig {
        name: "S".into(),
        storage: StorageType::File,
        ..StreamConfig::default()
    };
    let reports = Arc::new(Mutex::new(Vec::new()));
    let collected = Arc::clone(&reports);
    let options = FileStoreConfig {
        disk: Arc::new(disk.clone()),
        clock: Arc::clone(&clock) as _,
        scrub_interval: Duration::from_secs(60),
        on_report: Some(Arc::new(move |report| {
            collected.lock().expect("a list").push(report.to_string());
        })),
        ..FileStoreConfig::new("/S")
    };
    let store = FileStore::open(options, &config).expect("a store");
    assert!(store.block_count() > 2, "or it is no proof");
    let damage = |bytes: &mut Vec<u8>| bytes[60] ^= 1;
    disk.damage(Path::new("/S/msgs/3.blk"), damage)
        .expect("there is such a file");
    clock.advance(Nanos(10 * SECOND));
    assert_eq!(store.lost_data(), None, "not all at once");
    clock.advance(Nanos(51 * SECOND));
    let lost = store.lost_data().expect("it was found");
    assert_eq!(lost.msgs.len(), 1, "{lost:?}");
    let found = reports.lock().expect("a list").clone();
    assert!(
        found.len() == 1 && found[0].contains("block 3"),
        "{found:?}"
    );
    assert_eq!(store.state().msgs, 19);
    // Another round finds nothing more.
    clock.advance(Nanos(61 * SECOND));
    assert_eq!(reports.lock().expect("a list").len(), 1);
    store.stop().expect("it stops");
}

#[test]
fn a_block_that_cannot_be_read_now_is_read_when_the_cause_goes() {
    let clock = clock();
    let disk = stopped(&clock);
    let mut msg = StoredMsg::new();
    let mut refused = 0;
    for nth in 1.. {
        let (store, reports) = open(&disk, &clock);
        let before = disk.calls();
        disk.fail_at(before + nth, io::ErrorKind::PermissionDenied);
        let result = store.load_msg(3, &mut msg);
        if disk.calls() < before + nth {
            break;
        }
        assert!(matches!(result, Err(StoreError::Io(_))), "{result:?}");
        refused += 1;
        store.load_msg(3, &mut msg).expect("the disk works again");
        assert_eq!(msg.payload(), b"payload");
        assert_eq!(store.lost_data(), None);
        assert!(reports.lock().expect("a list").is_empty());
        store.stop().expect("it stops");
    }
    assert!(refused >= 2, "the block and its lengths are read");
}

#[test]
fn damaged_timers_neither_end_a_message_nor_keep_it() {
    let template_clock = clock();
    let template = stopped(&template_clock);
    let timers = Path::new("/S/msgs/thw.db");
    let file = template
        .files()
        .into_iter()
        .find(|(name, _)| name == "/S/msgs/thw.db");
    let len = file.expect("there are timers").1.len();
    for at in 0..len {
        for change in [0x01, 0x80] {
            let disk = template.copy(1);
            let damage = |bytes: &mut Vec<u8>| bytes[at] ^= change;
            disk.damage(timers, damage).expect("there is such a file");
            let clock = clock();
            let (store, _) = open(&disk, &clock);
            assert_eq!(store.ttl_count(), 20, "byte {at}");
            clock.advance(Nanos(9 * SECOND));
            assert_eq!(store.state().msgs, 20, "byte {at}");
            clock.advance(Nanos(3 * SECOND));
            assert_eq!(store.state().msgs, 0, "byte {at}");
            store.stop().expect("it stops");
        }
    }
}

#[test]
fn a_damaged_batch_is_reported() {
    let clock = clock();
    let template = stopped(&clock);
    let batch = BatchMsg {
        subject: b"a".to_vec(),
        header: Vec::new(),
        payload: b"kept".to_vec(),
    };
    let (store, _) = open(&template, &clock);
    let batch = [batch];
    store.keep_batch(&batch).expect("it is kept");
    store.stop().expect("it stops");
    let path = Path::new("/S/batches/commit");
    let len = template.read(path).expect("it is there").len();
    for at in 0..len {
        for change in [
            &(|bytes: &mut Vec<u8>| bytes[at] ^= 0x10) as &dyn Fn(&mut Vec<u8>),
            &|bytes: &mut Vec<u8>| bytes.truncate(at),
        ] {
            let disk = template.copy(1);
            disk.damage(path, change).expect("there is such a file");
            let (store, reports) = open(&disk, &clock);
            assert!(store.kept_batch().expect("it can be read").is_empty());
            let found = reports.lock().expect("a list").clone();
            assert!(
                found.len() == 1 && found[0].contains("batches/commit"),
                "{found:?}"
            );
            store.stop().expect("it stops");
            // What was misread is read again.
            let disk = template.copy(1);
            disk.misread(path, change).expect("there is such a file");
            let (store, reports) = open(&disk, &clock);
            assert_eq!(store.kept_batch().expect("it can be read"), batch);
            assert!(reports.lock().expect("a list").is_empty());
            store.stop().expect("it stops");
        }
    }
}

#[test]
fn damage_is_accounted_for_when_the_disk_fails_meanwhile() {
    let clock = clock();
    let disk = stopped(&clock);
    let damage = |bytes: &mut Vec<u8>| bytes[60] ^= 1;
    disk.damage(Path::new("/S/msgs/2.blk"), damage)
        .expect("there is such a file");
    let mut msg = StoredMsg::new();
    for nth in 1.. {
        let disk = disk.copy(1);
        let (store, _) = open(&disk, &clock);
        let before = disk.calls();
        disk.fail_at(before + nth, io::ErrorKind::Other);
        // The one that could not be read is asked for again.
        for seq in (1..=20).chain(1..=20) {
            store.load_msg(seq, &mut msg).ok();
        }
        let is_past = disk.calls() < before + nth;
        assert_eq!(store.state().msgs, 19, "call {nth}");
        let totals = store.subjects_totals(b">");
        assert_eq!(totals.len(), 19, "call {nth}");
        if is_past {
            assert!(nth > 8, "every block is read");
            break;
        }
        store.stop().expect("it stops");
    }
}

/// A record as the format has it, with a checksum that is right.
fn record(seq: u64) -> Vec<u8> {
    let sums = Checksummer::new(b"S-1");
    let is_msg = seq >> 62 == 0;
    let (subject, payload) = if is_msg {
        (&b"a.b"[..], &b"payload"[..])
    } else {
        (&b""[..], &b""[..])
    };
    let ts = 1_700_000_000_000_000_000_i64;
    let mut bytes = (30 + subject.len() as u32 + payload.len() as u32)
        .to_le_bytes()
        .to_vec();
    let numbers = [seq.to_le_bytes(), ts.to_le_bytes()].concat();
    bytes.extend_from_slice(&numbers);
    bytes.extend_from_slice(&(subject.len() as u16).to_le_bytes());
    bytes.extend_from_slice(subject);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&sums.sum(&[&numbers, subject, payload]));
    bytes
}

#[test]
fn a_sequence_that_is_far_off_takes_neither_time_nor_memory() {
    let tombstone = 1 << 62;
    for (far, msgs) in [(1_u64 << 53, 2), ((1 << 53) | tombstone, 2)] {
        let disk = SimDisk::new(1);
        disk.create_dir_all(Path::new("/S/msgs"))
            .expect("a directory");
        let path = Path::new("/S/msgs/1.blk");
        let mut block = [record(1), record(2)].concat();
        block.extend(record(far));
        let file = disk.open(path, OpenMode::Create).expect("a file");
        file.write_at(&block, 0).expect("it is written");
        let (store, _) = open(&disk, &clock());
        let mut state = StreamState::default();
        store.fast_state(&mut state);
        assert_eq!((state.msgs, state.first_seq), (msgs, 1), "{far:x}");
        let (seq, _) = store.store_msg(b"a", b"", b"", 0).expect("it goes on");
        assert_eq!(seq, state.last_seq + 1, "{far:x}");
        store.stop().expect("it stops");
    }
}

/// The Go server notes it with one record, wherever there is room for that.
#[test]
fn what_follows_many_skipped_sequences_is_there() {
    let erased = 1 << 63;
    for far in [1_u64 << 25, (1 << 28) - 10] {
        let disk = SimDisk::new(1);
        disk.create_dir_all(Path::new("/S/msgs"))
            .expect("a directory");
        let path = Path::new("/S/msgs/1.blk");
        let block = [1, 2, far | erased, far + 1, far + 2].map(record).concat();
        let file = disk.open(path, OpenMode::Create).expect("a file");
        file.write_at(&block, 0).expect("it is written");
        let (store, _) = open(&disk, &clock());
        let mut state = StreamState::default();
        store.fast_state(&mut state);
        assert_eq!((state.msgs, state.last_seq), (4, far + 2));
        assert_eq!(state.num_deleted as u64, far - 2);
        assert_eq!(store.lost_data(), None);
        let pending = store.num_pending(3, b">", false).expect("a count");
        assert_eq!(pending, (2, far + 2));
        let mut msg = StoredMsg::new();
        store.load_msg(far + 1, &mut msg).expect("it is there");
        // Nobody goes through all that is not there, whatever is done.
        let damage = |bytes: &mut Vec<u8>| bytes[block.len() - 20] ^= 1;
        disk.damage(path, damage).expect("there is such a file");
        let lost = store.check_msgs().expect("the disk works");
        assert_eq!(lost.expect("it is damaged").msgs, [far + 2]);
        for seq in [2, 1] {
            assert!(store.remove_msg(seq).expect("it is removed"));
        }
        store.fast_state(&mut state);
        assert_eq!((state.msgs, state.first_seq), (1, far + 1));
        store.stop().expect("it stops");
    }
}

#[test]
fn skipped_sequences_do_not_hide_what_follows_from_whoever_reads_the_blocks() {
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk, &clock());
    let (first, _) = store
        .store_msg(b"a", b"", b"payload", 0)
        .expect("a message");
    assert!(store.remove_msg(first).expect("it is removed"));
    store.skip_msgs(0, 5).expect("they are skipped");
    store.skip_msgs(0, 1 << 30).expect("they are skipped");
    let (seq, _) = store
        .store_msg(b"a", b"", b"payload", 0)
        .expect("a message");
    store.stop().expect("it stops");
    disk.remove_file(Path::new("/S/msgs/index.db"))
        .expect("a state file");
    let (store, _) = open(&disk, &clock());
    let mut msg = StoredMsg::new();
    store.load_msg(seq, &mut msg).expect("it is there");
    assert_eq!(store.lost_data(), None);
    store.stop().expect("it stops");
}
