//! Streams' stores of which every byte is changed in turn, and every file cut off
//! everywhere.
//!
//! The lengths of subject and header block stand apart: the format's checksums are
//! over all parts as one, so that only a file of ours beside the block tells where the
//! one ends and the other begins. Every bit of them is changed, and that also where
//! that file is missing, as it is where the Go server wrote; the subjects in the state
//! file tell what is wrong then.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use nats_server::jetstream::model::{StorageType, StoreCompression, StreamConfig, StreamState};
use nats_server::jetstream::store::disk::{Disk, SimDisk};
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{ManualClock, StoreError, StoredMsg, StreamStore};

/// How a small store is kept.
#[derive(Clone, Copy, Debug)]
struct Kind {
    compression: StoreCompression,
    cipher: Option<StoreCipher>,
    /// Whether its state file is there.
    has_state: bool,
    /// Whether the files are there that guard the lengths.
    has_guard: bool,
}

const DELETED: [u64; 3] = [3, 8, 9];
const BLOCKS: usize = 4;

type Msgs = BTreeMap<u64, [Vec<u8>; 3]>;

fn config() -> StreamConfig {
    StreamConfig {
        name: "S".into(),
        storage: StorageType::File,
        ..StreamConfig::default()
    }
}

fn open(disk: &SimDisk, kind: Kind) -> Result<Arc<FileStore>, StoreError> {
    let options = FileStoreConfig {
        block_size: 330,
        compression: kind.compression,
        encryption: kind.cipher.map(|cipher| Encryption {
            cipher,
            key: MasterKey::new("s3cr3t", "$G"),
            old_key: None,
        }),
        disk: Arc::new(disk.clone()),
        clock: Arc::new(ManualClock::at(1_700_000_000_000_000_000)),
        ..FileStoreConfig::new("/S")
    };
    FileStore::open(options, &config())
}

/// A few blocks with messages, some of them deleted.
fn small(kind: Kind) -> (SimDisk, Msgs) {
    let disk = SimDisk::new(1);
    let store = open(&disk, kind).expect("a store");
    for number in 0..16_u8 {
        let subject = format!("a.{}", number % 3);
        let payload = [b'a' + number; 23];
        let header = match number % 4 {
            0 => &b"NATS/1.0\r\nK: v\r\n\r\n"[..],
            _ => b"",
        };
        store
            .store_msg(subject.as_bytes(), header, &payload, 0)
            .expect("a message");
    }
    for seq in DELETED {
        assert!(store.remove_msg(seq).expect("a message"));
    }
    store.stop().expect("it stops");
    let store = open(&disk, kind).expect("a store");
    let msgs = msgs(&store);
    assert_eq!(msgs.len(), 13);
    store.stop().expect("it stops");
    if !kind.has_state {
        disk.remove_file(Path::new("/S/msgs/index.db"))
            .expect("a state file");
    }
    if !kind.has_guard {
        for index in 1..=BLOCKS {
            let path = format!("/S/msgs/{index}.len");
            disk.remove_file(Path::new(&path)).expect("it is there");
        }
    }
    (disk, msgs)
}

/// All messages that can be read.
fn msgs(store: &FileStore) -> Msgs {
    let mut msgs = Msgs::new();
    let mut msg = StoredMsg::new();
    for seq in 1..30 {
        if store.load_msg(seq, &mut msg).is_ok() {
            assert_eq!(msg.seq, seq);
            let parts = [msg.subject(), msg.header(), msg.payload()];
            msgs.insert(seq, parts.map(<[u8]>::to_vec));
        }
    }
    msgs
}

/// Damages one file of a copy and looks at what is left.
fn check(
    disk: &SimDisk,
    kind: Kind,
    all: &Msgs,
    path: &str,
    what: &str,
    damage: &dyn Fn(&mut Vec<u8>),
) {
    let disk = disk.copy(1);
    disk.damage(Path::new(path), damage)
        .expect("the file is there");
    let context = || format!("{kind:?}, {path}, {what}");
    let store = match open(&disk, kind) {
        Ok(store) => store,
        Err(error) => {
            // Without its keys nothing can be said of a stream.
            assert!(path.ends_with(".key"), "{error}, {}", context());
            return;
        }
    };
    let left = msgs(&store);
    let is_last = path.ends_with(&format!("/{BLOCKS}.blk"));
    // The tombstones are in the last block; only the state file says the same.
    let comes_back = |seq| is_last && !kind.has_state && DELETED.contains(seq);
    let wrong: Vec<_> = left
        .iter()
        .filter(|(seq, msg)| all.get(seq) != Some(msg) && !comes_back(seq))
        .collect();
    assert!(
        wrong.is_empty(),
        "{wrong:?} were never there: {}",
        context()
    );
    let gone: BTreeSet<u64> = all
        .keys()
        .filter(|seq| !left.contains_key(seq))
        .copied()
        .collect();
    let lost = store.lost_data().map_or(Vec::new(), |lost| lost.msgs);
    let lost: BTreeSet<u64> = lost.into_iter().collect();
    if path.ends_with(".key") {
        // Whoever reads is told that the keys do not fit; they may yet be found.
        let mut msg = StoredMsg::new();
        for seq in &gone {
            let error = store.load_msg(*seq, &mut msg);
            assert!(
                matches!(error, Err(StoreError::Cipher(_))),
                "{error:?}, {}",
                context()
            );
        }
        return;
    }
    if kind.has_state || (what.starts_with("byte") && !is_last) {
        assert_eq!(gone, lost, "gone, and reported as lost: {}", context());
    } else {
        // Nothing says what stood where nothing is, nor what came last.
        assert!(lost.is_subset(&gone), "{lost:?} of {gone:?}: {}", context());
    }
    if !path.ends_with(".blk") {
        assert!(gone.is_empty(), "{gone:?} are gone: {}", context());
    }
    if path.ends_with(".blk")
        && kind.compression == StoreCompression::None
        && what.starts_with("byte")
    {
        assert!(
            gone.len() <= 1,
            "{gone:?} are gone for one byte: {}",
            context()
        );
    }
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    assert_eq!(state.msgs, left.len() as u64, "{state:?}, {}", context());
    // It goes on, and no sequence is given out twice.
    let (seq, _) = store.store_msg(b"b", b"", b"more", 0).expect("it goes on");
    assert!(
        !all.contains_key(&seq) || !left.contains_key(&seq),
        "{}",
        context()
    );
    if kind.has_state && path.ends_with(".blk") {
        assert_eq!(seq, 17, "{}", context());
    }
    store.stop().expect("it stops");
}

/// Where the lengths of subjects and header blocks are in the blocks, which are as long encrypted as
/// plain. A compressed block has checksums of its own.
fn part_lengths(kind: Kind) -> BTreeSet<(String, usize)> {
    let plain = Kind {
        cipher: None,
        ..kind
    };
    let mut found = BTreeSet::new();
    for (path, bytes) in small(plain).0.files() {
        let is_block = path.ends_with(".blk") && !bytes.starts_with(b"cmp");
        let mut at = 0;
        while is_block && at < bytes.len() {
            found.extend([at + 20, at + 21].map(|at| (path.clone(), at)));
            let len = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
            if len >> 31 == 1 {
                let header = at + 22 + usize::from(bytes[at + 20]);
                found.extend((header..header + 4).map(|at| (path.clone(), at)));
            }
            at += (len & !(1 << 31)) as usize;
        }
    }
    found
}

fn check_all(kind: Kind) {
    let (disk, all) = small(kind);
    let lengths = part_lengths(kind);
    let blocks = disk
        .files()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".blk"));
    assert_eq!(blocks.count(), BLOCKS);
    for (path, bytes) in disk.files() {
        for at in 0..bytes.len() {
            let is_length = lengths.contains(&(path.clone(), at));
            let flips: &[u8] = if is_length {
                &[0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff]
            } else {
                &[0x01, 0x80, 0xff]
            };
            for flip in flips {
                let what = format!("byte {at} ^ {flip}");
                check(&disk, kind, &all, &path, &what, &|file| file[at] ^= flip);
            }
            let what = format!("cut to {at}");
            check(&disk, kind, &all, &path, &what, &|file| file.truncate(at));
        }
    }
}

#[test]
fn plain_blocks() {
    for has_state in [true, false] {
        check_all(Kind {
            compression: StoreCompression::None,
            cipher: None,
            has_state,
            has_guard: true,
        });
    }
}

#[test]
fn plain_blocks_as_the_go_server_leaves_them() {
    check_all(Kind {
        compression: StoreCompression::None,
        cipher: None,
        has_state: true,
        has_guard: false,
    });
}

#[test]
fn compressed_blocks() {
    for has_state in [true, false] {
        check_all(Kind {
            compression: StoreCompression::S2,
            cipher: None,
            has_state,
            has_guard: true,
        });
    }
}

#[test]
fn encrypted_blocks() {
    for cipher in [StoreCipher::ChaCha, StoreCipher::Aes] {
        check_all(Kind {
            compression: StoreCompression::None,
            cipher: Some(cipher),
            has_state: true,
            has_guard: true,
        });
    }
}
