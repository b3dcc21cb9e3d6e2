//! The files of a whole store, changed at any places: plain, compressed and encrypted
//! ones, with block keys, lengths beside the blocks, state file, timers, schedules, a kept
//! batch, metadata and a consumer. Nothing of it panics, and a message that is read is one
//! that was stored.

#![no_main]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use nats_server::jetstream::model::{
    AckPolicy, ConsumerConfig, StorageType, StoreCompression, StreamConfig, StreamState,
};
use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig, read_meta};
use nats_server::jetstream::store::{BatchMsg, ManualClock, StoredMsg, StreamStore};

const KINDS: usize = 4;
const NOW: i64 = 1_700_000_000_000_000_000;

/// A store that was stopped, and what every message in it consists of.
struct Template {
    disk: SimDisk,
    names: Vec<PathBuf>,
    msgs: BTreeMap<u64, Vec<u8>>,
}

static TEMPLATES: LazyLock<[Template; KINDS]> = LazyLock::new(|| std::array::from_fn(template));

fuzz_target!(|input: &[u8]| {
    let Some((&flags, edits)) = input.split_first() else {
        return;
    };
    let kind = usize::from(flags) % KINDS;
    let template = &TEMPLATES[kind];
    let disk = template.disk.copy(1);
    for edit in edits.chunks_exact(5) {
        let [file, how, low, high, value] = *edit else {
            return;
        };
        let path = &template.names[usize::from(file) % template.names.len()];
        let at = usize::from(u16::from_le_bytes([low, high]));
        let change = |bytes: &mut Vec<u8>| change(bytes, how, at, value);
        disk.damage(path, change).expect("there is such a file");
    }
    // Twice, for the first may have mended something.
    for _ in 0..2 {
        if let Ok(store) = FileStore::open(options(&disk, kind), &config()) {
            look(&store, &template.msgs);
        }
    }
    let encryption = options(&disk, kind).encryption;
    let _ = read_meta(&disk, Path::new("/S"), "S", encryption.as_ref());
});

fn change(bytes: &mut Vec<u8>, how: u8, at: usize, value: u8) {
    let at = at % (bytes.len() + 1);
    match how % 4 {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= value;
            }
        }
        2 => bytes.truncate(at),
        _ => bytes.insert(at, value),
    }
}

fn look(store: &FileStore, written: &BTreeMap<u64, Vec<u8>>) {
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    let mut msg = StoredMsg::new();
    let last = state.last_seq.min(state.first_seq.saturating_add(1_000));
    for seq in state.first_seq..=last {
        if store.load_msg(seq, &mut msg).is_ok() {
            let parts = [msg.subject(), msg.header(), msg.payload()].concat();
            assert_eq!(Some(&parts), written.get(&seq), "{seq}");
        }
    }
    let _ = store.filtered_state(0, b"a.*");
    let _ = store.load_last_msg(b"a.3", &mut msg);
    let _ = store.kept_batch();
    let _ = store.check_msgs();
    if let Ok(consumer) = store.consumer_store("C", None, &consumer_config()) {
        let _ = consumer.state();
        let _ = consumer.update_delivered(9, 30, 1, NOW);
        let _ = consumer.stop();
    }
    let _ = store.stop();
}

fn template(kind: usize) -> Template {
    let disk = SimDisk::new(1);
    let store = FileStore::open(options(&disk, kind), &config()).expect("a store");
    let mut msgs = BTreeMap::new();
    for number in 0..40_u64 {
        let (subject, payload) = (format!("a.{}", number % 7), vec![number as u8; 20]);
        let (header, ttl) = match number % 5 {
            0 => (&b"NATS/1.0\r\nNats-TTL: 900s\r\n\r\n"[..], 900),
            1 => (
                &b"NATS/1.0\r\nNats-Schedule: @every 10m\r\nNats-Schedule-Target: a.1\r\n\r\n"[..],
                0,
            ),
            _ => (&b""[..], 0),
        };
        let stored = store.store_msg(subject.as_bytes(), header, &payload, ttl);
        let (seq, _) = stored.expect("a message");
        msgs.insert(seq, [subject.as_bytes(), header, &payload].concat());
    }
    for seq in [5, 6, 17, 33] {
        store.remove_msg(seq).expect("it is removed");
    }
    let batch = BatchMsg {
        subject: b"a.1".to_vec(),
        header: Vec::new(),
        payload: b"kept".to_vec(),
    };
    store.keep_batch(&[batch]).expect("it is kept");
    let consumer = store
        .consumer_store("C", None, &consumer_config())
        .expect("a consumer");
    for number in 1..=6 {
        consumer
            .update_delivered(number, number * 3, 1, NOW)
            .expect("a delivery");
    }
    consumer.update_acks(2, 6).expect("an acknowledgement");
    consumer.stop().expect("it stops");
    store.sync_blocks();
    store.stop().expect("it stops");
    let files = disk.files();
    let names = files.into_iter().map(|(name, _)| PathBuf::from(name));
    Template {
        names: names.collect(),
        disk,
        msgs,
    }
}

fn config() -> StreamConfig {
    StreamConfig {
        name: "S".into(),
        subjects: vec!["a.*".into()],
        storage: StorageType::File,
        allow_msg_ttl: true,
        allow_msg_schedules: true,
        ..StreamConfig::default()
    }
}

fn consumer_config() -> ConsumerConfig {
    ConsumerConfig {
        ack_policy: AckPolicy::Explicit,
        ..ConsumerConfig::default()
    }
}

fn options(disk: &SimDisk, kind: usize) -> FileStoreConfig {
    let cipher = match kind {
        2 => Some(StoreCipher::ChaCha),
        3 => Some(StoreCipher::Aes),
        _ => None,
    };
    FileStoreConfig {
        block_size: 600,
        compression: if kind % 2 == 1 {
            StoreCompression::S2
        } else {
            StoreCompression::None
        },
        encryption: cipher.map(|cipher| Encryption {
            cipher,
            key: MasterKey::new("s3cr3t", "$G"),
            old_key: None,
        }),
        disk: Arc::new(disk.clone()),
        clock: Arc::new(ManualClock::at(NOW)),
        ..FileStoreConfig::new("/S")
    }
}
