//! Blocks whose files are gone although nobody removed them, where the state file is of the
//! past; and blocks that were removed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use nats_server::jetstream::model::{Nanos, StorageType, StreamConfig};
use nats_server::jetstream::store::disk::{Disk, SimDisk};
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{ManualClock, StreamStore};

use super::{Reports, clock, open_reporting};

fn open(disk: &SimDisk, clock: &Arc<ManualClock>, max_msgs: i64) -> (Arc<FileStore>, Reports) {
    let config = StreamConfig {
        name: "S".into(),
        storage: StorageType::File,
        max_msgs,
        ..StreamConfig::default()
    };
    open_reporting(disk, clock, 300, &config)
}

fn put(store: &FileStore, count: usize) {
    for _ in 0..count {
        store.store_msg(b"a", b"", &[7; 40], 0).expect("a message");
    }
}

/// A store that was killed, some blocks after its state file was written, and between which
/// sequences its blocks are.
fn killed(clock: &Arc<ManualClock>) -> (SimDisk, BTreeMap<u32, (u64, u64)>) {
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk, clock, 0);
    put(&store, 20);
    assert!(store.remove_msg(6).expect("it is removed"));
    store.write_full_state().expect("it is written");
    put(&store, 20);
    store.flush_all_pending();
    let blocks = store.blocks();
    let spans = blocks.iter().map(|b| (b.index, (b.first_seq, b.last_seq)));
    let spans = spans.collect();
    drop(store);
    (disk, spans)
}

#[test]
fn a_missing_block_is_lost_and_reported() {
    let clock = clock();
    let (template, spans) = killed(&clock);
    let last = *spans.keys().last().expect("there are blocks");
    assert!(last > 6, "or it is no proof");
    for (index, (first, last_seq)) in spans {
        if index == last {
            // Nothing says that there was anything after the others.
            break;
        }
        let disk = template.copy(1);
        let path = format!("/S/msgs/{index}.blk");
        disk.remove_file(Path::new(&path)).expect("it is there");
        let (store, reports) = open(&disk, &clock, 0);
        let lost = store.lost_data().expect("its messages are lost");
        let expected: Vec<u64> = (first..=last_seq).filter(|seq| *seq != 6).collect();
        assert_eq!(lost.msgs, expected, "block {index}");
        let found = reports.lock().expect("a list").join(", ");
        assert!(found.contains(&format!("block {index}:")), "{found}");
        assert_eq!(store.state().msgs, 39 - expected.len() as u64);
        // It is not lost again when the state file is of the present.
        store.stop().expect("it stops");
        let (store, _) = open(&disk, &clock, 0);
        assert_eq!(store.lost_data(), None, "block {index}");
        store.stop().expect("it stops");
    }
}

#[test]
fn blocks_that_were_removed_are_not_lost() {
    type Work = fn(&FileStore);
    let removals: [(i64, Work); 5] = [
        (0, |store| {
            for seq in 1..=25 {
                store.remove_msg(seq).expect("it is removed");
            }
        }),
        (0, |store| {
            for seq in 11..=30 {
                store.erase_msg(seq).expect("it is removed");
            }
            store.sync_blocks();
        }),
        (21, |store| put(store, 30)),
        (0, |store| {
            store.compact(17).expect("it is compacted");
            store.remove_msg(20).expect("it is removed");
        }),
        (0, |store| store.truncate(23).expect("it is truncated")),
    ];
    for (number, (max_msgs, remove)) in removals.into_iter().enumerate() {
        for cuts_power in [false, true] {
            let clock = clock();
            let disk = SimDisk::new(1);
            let (store, _) = open(&disk, &clock, max_msgs);
            put(&store, 20);
            store.write_full_state().expect("it is written");
            store.sync_blocks();
            put(&store, 20);
            let before = store.block_indices();
            remove(&store);
            put(&store, 10);
            let after = store.block_indices();
            assert!(
                before.iter().any(|index| !after.contains(index)),
                "{number}"
            );
            store.flush_all_pending();
            store.sync_pending().expect("a sync");
            drop(store);
            // Killed, and killed again before the state file is written anew.
            for round in 0..3 {
                if cuts_power {
                    disk.power_cut();
                }
                let (store, _) = open(&disk, &clock, max_msgs);
                assert_eq!(store.lost_data(), None, "{number}, round {round}");
                let first = store.state().first_seq;
                assert!(store.remove_msg(first).expect("it is removed"));
                store.sync_pending().expect("a sync");
                clock.advance(Nanos(1));
                drop(store);
            }
        }
    }
}

#[test]
fn nothing_is_written_over_a_block_of_which_nothing_is_right() {
    let clock = clock();
    let disk = SimDisk::new(1);
    let (store, _) = open(&disk, &clock, 0);
    put(&store, 20);
    store.flush_all_pending();
    let blocks = store.block_indices();
    let last = *blocks.last().expect("there are blocks");
    drop(store);
    let path = format!("/S/msgs/{last}.blk");
    // The head of a compressed block, and nothing that could be decompressed.
    let wrong = [&b"cmp\x01"[..], &[0xff; 200]].concat();
    let damage = |bytes: &mut Vec<u8>| bytes.clone_from(&wrong);
    disk.damage(Path::new(&path), damage)
        .expect("it is damaged");
    let (store, reports) = open(&disk, &clock, 0);
    let found = reports.lock().expect("a list").join(", ");
    assert!(found.contains(&format!("block {last}:")), "{found}");
    put(&store, 20);
    store.stop().expect("it stops");
    let left = disk.read(Path::new(&path)).expect("it is there");
    assert_eq!(left, wrong, "it is as it was");
}
