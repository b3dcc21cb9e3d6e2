//! Messages that are read in one go, and the memory that blocks are read into.

use std::io;
use std::path::Path;
use std::sync::Arc;

use nats_server::jetstream::model::StoreCompression;
use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{
    Filter, Lookup, MsgRun, RunLimits, StoreError, StoredMsg, StreamStore,
};

use super::{on, open_unlimited};

const ALL: RunLimits = RunLimits {
    msgs: 1_000,
    bytes: 1_000_000,
};
/// A record of [`payload`] takes some 80 to 170 bytes.
const BLOCK_SIZE: u64 = 4_000;
const MSGS: u64 = 600;

fn payload(seq: u64) -> Vec<u8> {
    let len = 40 + usize::try_from(seq * 37 % 90).expect("a length");
    vec![seq as u8; len]
}

fn fill(store: &FileStore, msgs: u64) {
    for seq in 1..=msgs {
        let stored = store.store_msg(b"a.b", b"", &payload(seq), 0);
        assert_eq!(stored.expect("it is stored").0, seq);
    }
}

/// The sequences of a run, whose messages are what was stored.
fn seqs(store: &FileStore, start: u64) -> Vec<u64> {
    let mut run = MsgRun::new();
    let found = store.load_run(Filter::All, start, ALL, &mut run);
    if found.expect("a search").found().is_none() {
        assert!(run.is_empty());
        return Vec::new();
    }
    let mut seqs = Vec::new();
    loop {
        let msg = run.current();
        assert_eq!(
            (msg.subject, msg.payload),
            (&b"a.b"[..], &*payload(msg.seq))
        );
        seqs.push(msg.seq);
        if run.advance().is_none() {
            return seqs;
        }
    }
}

/// All sequences from `start` on, run by run.
fn all_seqs(store: &FileStore, mut start: u64) -> Vec<u64> {
    let mut all = Vec::new();
    loop {
        let run = seqs(store, start);
        let Some(last) = run.last() else { return all };
        start = last + 1;
        all.extend(run);
    }
}

#[test]
fn a_run_ends_before_what_is_damaged() {
    let disk = SimDisk::new(1);
    let store = open_unlimited(on(&disk));
    fill(&store, 10);
    store.stop().expect("it stops");
    drop(store);
    let mark = payload(5);
    disk.damage(Path::new("/S/msgs/1.blk"), |bytes| {
        let mut places = bytes.windows(mark.len());
        let at = places.position(|place| place == mark).expect("it is there");
        bytes[at] ^= 1;
    })
    .expect("a file");
    let store = open_unlimited(on(&disk));
    assert_eq!(seqs(&store, 1), [1, 2, 3, 4]);
    assert_eq!(store.lost_data(), None, "nobody has come to it");
    assert_eq!(seqs(&store, 5), [6, 7, 8, 9, 10]);
    assert_eq!(store.lost_data().expect("a loss").msgs, [5]);
    let mut msg = StoredMsg::new();
    let gone = store.load_msg(5, &mut msg);
    assert!(matches!(gone, Err(StoreError::MsgNotFound)), "{gone:?}");
}

#[test]
fn a_run_has_nothing_that_was_removed_before() {
    let disk = SimDisk::new(1);
    let store = open_unlimited(FileStoreConfig {
        block_size: BLOCK_SIZE,
        ..on(&disk)
    });
    fill(&store, MSGS);
    let expect = |what: &str, from: u64, expected: &[u64]| {
        let all = all_seqs(&store, from);
        assert_eq!(all.get(..expected.len()), Some(expected), "{what}");
        assert_eq!(all.len() as u64, store.state().msgs, "{what}");
    };
    expect("whole", 1, &[1, 2, 3]);
    assert!(store.remove_msg(2).expect("it works"));
    assert!(store.erase_msg(4).expect("it works"));
    expect("removed", 0, &[1, 3, 5, 6]);
    // Whole blocks at once, and most of the next, which is written anew.
    assert!(store.compact(200).expect("it works") > 0);
    expect("compacted", 0, &[200, 201, 202]);
    store.truncate(300).expect("it works");
    assert_eq!(all_seqs(&store, 0).last(), Some(&300));
    assert_eq!(store.purge_ex(b"a.b", 250, 0).expect("it works"), 50);
    expect("purged in part", 0, &[250, 251]);
    store.purge().expect("it works");
    assert!(seqs(&store, 0).is_empty());
}

#[test]
fn limits_and_blocks_end_a_run() {
    let disk = SimDisk::new(1);
    let store = open_unlimited(FileStoreConfig {
        block_size: BLOCK_SIZE,
        ..on(&disk)
    });
    fill(&store, MSGS);
    let first = seqs(&store, 1).len();
    assert!((20..60).contains(&first), "the block's: {first}");
    let mut run = MsgRun::new();
    let limits = RunLimits { msgs: 7, ..ALL };
    let found = store.load_run(Filter::All, 3, limits, &mut run);
    assert_eq!(found.expect("a search"), Lookup::Found(3));
    assert_eq!(run.len(), 7);
    let none = store.load_run(Filter::Literal(b"c"), 1, limits, &mut run);
    assert_eq!(none.expect("a search"), Lookup::End(MSGS));
    assert!(run.is_empty());
    store.stop().expect("it stops");
    let closed = store.load_run(Filter::All, 1, limits, &mut run);
    assert!(matches!(closed, Err(StoreError::Closed)), "{closed:?}");
}

/// Ways to keep blocks, which are read in other ways.
fn kinds(disk: &SimDisk) -> Vec<FileStoreConfig> {
    let encrypted = |cipher| Encryption {
        cipher,
        key: MasterKey::new("s3cr3t", "$G"),
        old_key: None,
    };
    let plain = FileStoreConfig {
        block_size: BLOCK_SIZE,
        cache_size: 4 * BLOCK_SIZE as usize,
        ..on(disk)
    };
    let compressed = FileStoreConfig {
        compression: StoreCompression::S2,
        ..plain.clone()
    };
    vec![
        FileStoreConfig {
            encryption: Some(encrypted(StoreCipher::ChaCha)),
            ..plain.clone()
        },
        FileStoreConfig {
            encryption: Some(encrypted(StoreCipher::Aes)),
            ..compressed.clone()
        },
        compressed,
        plain,
    ]
}

#[test]
fn memory_of_caches_is_used_again_within_the_budget() {
    let disk = SimDisk::new(1);
    for (number, options) in kinds(&disk).into_iter().enumerate() {
        let options = FileStoreConfig {
            dir: format!("/S{number}").into(),
            ..options
        };
        let budget = options.cache_size;
        let store = open_unlimited(options.clone());
        fill(&store, MSGS);
        store.stop().expect("it stops");
        let store = open_unlimited(options);
        let loads = store.cache_loads();
        let mut start = 1;
        while let Some(last) = seqs(&store, start).last() {
            assert!(store.cache_memory() <= budget, "{}", store.cache_memory());
            start = last + 1;
        }
        assert_eq!(start, MSGS + 1);
        let read = store.cache_loads() - loads;
        let blocks = store.block_count() as u64;
        assert!(blocks > 10 && read <= blocks, "{read} of {blocks} blocks");
        // To and fro, so that blocks of all sizes take each other's memory.
        let mut msg = StoredMsg::new();
        for step in 0..MSGS {
            let seq = step * 211 % MSGS + 1;
            store.load_msg(seq, &mut msg).expect("it is there");
            assert_eq!(msg.payload(), payload(seq), "{seq}");
            assert!(store.cache_memory() <= budget);
        }
        store.stop().expect("it stops");
    }
}

/// A store that has dropped caches to read others into their memory.
fn busy(disk: &SimDisk) -> Arc<FileStore> {
    let options = kinds(disk).pop().expect("the plain one");
    let store = open_unlimited(options.clone());
    fill(&store, MSGS);
    store.stop().expect("it stops");
    let store = open_unlimited(options);
    let half = all_seqs(&store, MSGS / 2).len() as u64;
    assert_eq!(half, MSGS / 2 + 1);
    store
}

#[test]
fn nothing_of_another_block_fills_in_for_what_is_missing() {
    let disk = SimDisk::new(1);
    let store = busy(&disk);
    let last = *seqs(&store, 1).last().expect("a block");
    all_seqs(&store, MSGS / 2);
    let second = seqs(&store, last + 1);
    all_seqs(&store, MSGS / 2);
    disk.damage(Path::new("/S/msgs/2.blk"), |bytes| {
        bytes.truncate(bytes.len() / 2);
    })
    .expect("a file");
    let left = all_seqs(&store, 1);
    assert!(left.len() as u64 > MSGS - second.len() as u64);
    let lost = store.lost_data().expect("a loss").msgs;
    assert!(!lost.is_empty() && lost.iter().all(|seq| second.contains(seq)));
    assert_eq!(left.len() + lost.len(), MSGS as usize);
}

#[test]
fn what_is_misread_once_is_read_again() {
    let disk = SimDisk::new(1);
    let store = busy(&disk);
    disk.misread(Path::new("/S/msgs/2.blk"), |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
    })
    .expect("a file");
    let all: Vec<u64> = (1..=MSGS).collect();
    assert_eq!(all_seqs(&store, 1), all);
    assert_eq!(store.lost_data(), None);
}

#[test]
fn a_disk_that_fails_for_a_while_costs_nothing() {
    let mut failures = 0;
    // Of opening the file, asking for its length and reading it, and of what guards it.
    for call in 1..=5 {
        let disk = SimDisk::new(1);
        let store = busy(&disk);
        disk.fail_at(disk.calls() + call, io::ErrorKind::PermissionDenied);
        let mut run = MsgRun::new();
        match store.load_run(Filter::All, 1, ALL, &mut run) {
            Err(StoreError::Io(_)) => {
                assert!(run.is_empty());
                failures += 1;
            }
            found => assert_eq!(found.expect("a search"), Lookup::Found(1)),
        }
        // A call of the past: none fails any more.
        disk.fail_at(0, io::ErrorKind::PermissionDenied);
        let all: Vec<u64> = (1..=MSGS).collect();
        assert_eq!(all_seqs(&store, 1), all, "{call}");
        assert_eq!(store.lost_data(), None, "{call}");
    }
    assert!(failures >= 3, "{failures}");
}
