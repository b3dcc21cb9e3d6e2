//! A stream's files: any bytes as block, state file, lengths beside the block, timers
//! and schedules are opened without a panic, and what can be read then is the same when
//! the store is opened again, from the state file that it wrote itself.
//!
//! Checksums are put right in half of the inputs, or no byte behind them would ever be
//! looked at.

#![no_main]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use nats_server::jetstream::model::{StorageType, StreamConfig, StreamState};
use nats_server::jetstream::store::disk::{Disk, OpenMode, SimDisk};
use nats_server::jetstream::store::file::checksum::Checksummer;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{ManualClock, StoredMsg, StreamStore};

const NAMES: [&str; 6] = ["1.blk", "2.blk", "index.db", "1.len", "thw.db", "sched.db"];

fuzz_target!(|input: &[u8]| {
    let Some((&flags, rest)) = input.split_first() else {
        return;
    };
    let disk = SimDisk::new(1);
    let dir = Path::new("/S/msgs");
    disk.create_dir_all(dir).expect("a directory");
    let mut rest = rest;
    for name in NAMES {
        // Two bytes of length, then the file.
        let Some((len, after)) = rest.split_first_chunk::<2>() else {
            break;
        };
        let len = usize::from(u16::from_le_bytes(*len)).min(after.len());
        let (bytes, after) = after.split_at(len);
        rest = after;
        if bytes.is_empty() {
            continue;
        }
        let mut bytes = bytes.to_vec();
        if flags & 1 == 1 {
            mend(name, &mut bytes);
        }
        let file = disk
            .open(&dir.join(name), OpenMode::Create)
            .expect("a file");
        file.write_at(&bytes, 0).expect("it is written");
    }
    let config = StreamConfig {
        name: "S".into(),
        storage: StorageType::File,
        allow_msg_ttl: flags & 2 != 0,
        allow_msg_schedules: flags & 4 != 0,
        max_msgs_per_subject: if flags & 8 != 0 { 1 } else { 0 },
        ..StreamConfig::default()
    };
    let Some(found) = look(&disk, &config) else {
        return;
    };
    assert_eq!(look(&disk, &config), Some(found), "it is as it was");
});

/// What a store holds; nothing if it cannot be opened.
fn look(disk: &SimDisk, config: &StreamConfig) -> Option<BTreeMap<u64, Vec<u8>>> {
    let options = FileStoreConfig {
        disk: Arc::new(disk.clone()),
        clock: Arc::new(ManualClock::at(1_700_000_000_000_000_000)),
        ..FileStoreConfig::new("/S")
    };
    let store = FileStore::open(options, config).ok()?;
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    let mut msgs = BTreeMap::new();
    let mut msg = StoredMsg::new();
    let last = state.last_seq.min(state.first_seq.saturating_add(1_000));
    for seq in state.first_seq..=last {
        if store.load_msg(seq, &mut msg).is_ok() {
            assert_eq!(msg.seq, seq);
            msgs.insert(seq, [msg.subject(), msg.header(), msg.payload()].concat());
        }
    }
    let _ = store.filtered_state(0, b"a.*");
    let _ = store.load_last_msg(b"a.b", &mut msg);
    let _ = store.check_msgs();
    store.stop().ok()?;
    Some(msgs)
}

/// Puts the checksums of a file right.
fn mend(name: &str, bytes: &mut Vec<u8>) {
    match name.strip_suffix(".blk") {
        Some(index) => mend_records(&Checksummer::new(format!("S-{index}").as_bytes()), bytes),
        None if name == "index.db" => {
            let sum = Checksummer::new(b"S").sum(&[bytes]);
            bytes.extend_from_slice(&sum);
        }
        None if name == "1.len" => {
            let sum = Checksummer::new(b"S-1").sum(&[bytes]);
            bytes.extend_from_slice(&sum);
        }
        None => {}
    }
}

fn mend_records(sums: &Checksummer, bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(head) = bytes.get(at..at + 22) {
        let len = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        let subject_len = usize::from(u16::from_le_bytes([head[20], head[21]]));
        let has_header = len >> 31 == 1;
        let len = (len & !(1 << 31)) as usize;
        let Some(end) = at
            .checked_add(len)
            .filter(|end| *end <= bytes.len() && len >= 30)
        else {
            return;
        };
        let parts = &bytes[at + 22..end - 8];
        let Some((subject, rest)) = parts.split_at_checked(subject_len) else {
            return;
        };
        let rest = if has_header {
            rest.get(4..)
        } else {
            Some(rest)
        };
        let sum = sums.sum(&[&bytes[at + 4..at + 20], subject, rest.unwrap_or_default()]);
        bytes[end - 8..end].copy_from_slice(&sum);
        at = end;
    }
}
