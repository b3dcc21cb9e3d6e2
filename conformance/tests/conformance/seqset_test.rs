//! Go: `server/avl/seqset_test.go`.

use std::collections::HashSet;

use conformance::go_test;
use nats_server::collections::SequenceSet;
use rand::Rng;
use rand::seq::SliceRandom;

/// Numbers that one node holds.
const ENTRIES: u64 = 2_048;

go_test!(7, "seqset_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() {
    let seqs = [22, 222, 2000, 2, 2, 4];
    let mut set = SequenceSet::new();
    for seq in seqs {
        set.insert(seq);
        assert!(set.contains(seq));
    }
    assert_eq!(set.node_count(), 1);
    assert_eq!(set.len(), seqs.len() - 1);
    assert_eq!(set.heights(), (0, 0));
}

go_test!(8, "seqset_test", "TestSeqSetLeftLean", seq_set_left_lean);
fn seq_set_left_lean() {
    let mut set = SequenceSet::new();
    for seq in (1..=4 * ENTRIES).rev() {
        set.insert(seq);
    }
    assert_eq!(set.node_count(), 5);
    assert_eq!(set.len() as u64, 4 * ENTRIES);
    assert_eq!(set.heights(), (2, 1));
}

go_test!(9, "seqset_test", "TestSeqSetRightLean", seq_set_right_lean);
fn seq_set_right_lean() {
    let set: SequenceSet = (0..4 * ENTRIES).collect();
    assert_eq!(set.node_count(), 4);
    assert_eq!(set.len() as u64, 4 * ENTRIES);
    assert_eq!(set.heights(), (1, 2));
}

go_test!(
    10,
    "seqset_test",
    "TestSeqSetCorrectness",
    seq_set_correctness
);
fn seq_set_correctness() {
    let max = 500_000;
    let mut rng = rand::rng();
    let seqs: HashSet<u64> = (0..100_000).map(|_| rng.random_range(0..=max)).collect();
    let set: SequenceSet = seqs.iter().copied().collect();
    for seq in 0..=max {
        assert_eq!(set.contains(seq), seqs.contains(&seq), "{seq}");
    }
}

go_test!(11, "seqset_test", "TestSeqSetRange", seq_set_range);
fn seq_set_range() {
    let count = 2 * ENTRIES + 22;
    let set: SequenceSet = shuffled(count).into_iter().collect();
    let mut seen = Vec::new();
    set.range(|seq| {
        seen.push(seq);
        true
    });
    assert!(seen.iter().copied().eq(0..count));

    seen.clear();
    set.range(|seq| {
        if seq >= 10 {
            return false;
        }
        seen.push(seq);
        true
    });
    assert!(seen.iter().copied().eq(0..10));
}

go_test!(12, "seqset_test", "TestSeqSetDelete", seq_set_delete);
fn seq_set_delete() {
    let seqs = [22, 222, 2222, 2, 2, 4];
    let mut set: SequenceSet = seqs.into_iter().collect();
    let mut gone = HashSet::new();
    for seq in seqs {
        assert_eq!(set.remove(seq), gone.insert(seq));
        assert!(!set.contains(seq));
    }
    assert_eq!(set.root_base(), None);
}

go_test!(
    13,
    "seqset_test",
    "TestSeqSetInsertAndDeletePedantic",
    insert_and_delete_pedantic
);
fn insert_and_delete_pedantic() {
    let seqs = shuffled(50 * ENTRIES + 22);
    let mut set = SequenceSet::new();
    for seq in &seqs {
        assert!(set.insert(*seq));
        assert!(set.is_balanced());
    }
    assert!(set.root_base().is_some());
    for seq in &seqs {
        assert!(set.remove(*seq));
        assert!(set.is_balanced());
        assert!(!set.contains(*seq));
        assert_eq!(set.root_base().is_some(), set.len() > 0);
    }
    assert_eq!(set.root_base(), None);
}

go_test!(14, "seqset_test", "TestSeqSetMinMax", seq_set_min_max);
fn seq_set_min_max() {
    let mut set: SequenceSet = [22, 222, 2222, 2, 2, 4].into_iter().collect();
    assert_eq!(set.min_max(), (2, 2222));
    set.clear();
    let count = 22 * ENTRIES + 22;
    set.extend(shuffled(count));
    assert_eq!(set.min_max(), (0, count - 1));
}

go_test!(15, "seqset_test", "TestSeqSetClone", seq_set_clone);
fn seq_set_clone() {
    let mut rng = rand::rng();
    let set: SequenceSet = (0..100_000)
        .map(|_| rng.random_range(0..=500_000_u64))
        .collect();
    let mut copy = set.clone();
    assert_eq!(copy.len(), set.len());
    assert_eq!(copy.node_count(), set.node_count());
    assert!(copy.iter().eq(set.iter()));
    copy.insert(1_000_000);
    assert!(!set.contains(1_000_000), "they share nothing");
}

go_test!(16, "seqset_test", "TestSeqSetUnion", seq_set_union);
fn seq_set_union() {
    let first = [22, 222, 2222, 2, 2, 4];
    let second = [33, 333, 3333, 3, 33_333, 333_333];
    let sets: [SequenceSet; 2] = [first.into_iter().collect(), second.into_iter().collect()];
    let union = SequenceSet::union(&[&sets[0], &sets[1]]).unwrap();
    assert_eq!(union.len(), 11);
    for seq in first.into_iter().chain(second) {
        assert!(union.contains(seq));
    }
    assert!(SequenceSet::union(&[]).is_none());
}

go_test!(17, "seqset_test", "TestSeqSetFirst", seq_set_first);
fn seq_set_first() {
    let mut set = SequenceSet::new();
    for seq in [22, 222, 2222, 222_222] {
        set.insert(seq);
        assert_eq!(set.root_base(), Some(seq / ENTRIES * ENTRIES));
        set.clear();
        set.set_initial_min(seq).unwrap();
        set.insert(seq);
        assert_eq!(set.root_base(), Some(seq));
        set.clear();
    }
}

go_test!(
    18,
    "seqset_test",
    "TestSeqSetDistinctUnion",
    seq_set_distinct_union
);
fn seq_set_distinct_union() {
    let first = [1, 10, 100, 200];
    let second = [5000, 6100, 6200, 6222];
    let mut set: SequenceSet = first.into_iter().collect();
    let other: SequenceSet = second.into_iter().collect();
    set.extend_from([&other]);
    assert_eq!(set.len(), first.len() + second.len());
    for seq in first.into_iter().chain(second) {
        assert!(set.contains(seq));
    }
}

go_test!(19, "seqset_test", "TestSeqSetDecodeV1", seq_set_decode_v1);
fn seq_set_decode_v1() {
    // The bytes of the Go test: three nodes of 64 masks. For each its base, the
    // masks that are not zero, and its height.
    let nodes: [(u64, &[(usize, u64)], u16); 3] = [
        (221_184, &[(16, 1 << 14)], 2),
        (0, &[(0, 1 << 22), (3, 1 << 30), (34, 1 << 46)], 1),
        (2_220_032, &[(34, 1 << 14)], 1),
    ];
    let mut bytes = vec![22, 1];
    bytes.extend_from_slice(&3_u32.to_le_bytes());
    bytes.extend_from_slice(&5_u32.to_le_bytes());
    for (base, masks, height) in nodes {
        bytes.extend_from_slice(&base.to_le_bytes());
        let mut buckets = [0_u64; 64];
        for (bucket, mask) in masks {
            buckets[*bucket] = *mask;
        }
        bytes.extend(buckets.iter().flat_map(|mask| mask.to_le_bytes()));
        bytes.extend_from_slice(&height.to_le_bytes());
    }
    let (set, used) = SequenceSet::decode(&bytes).unwrap();
    assert_eq!(used, bytes.len());
    let seqs = [22, 222, 2222, 222_222, 2_222_222];
    assert_eq!(set.len(), seqs.len());
    for seq in seqs {
        assert!(set.contains(seq));
    }
}

fn shuffled(count: u64) -> Vec<u64> {
    let mut seqs: Vec<u64> = (0..count).collect();
    seqs.shuffle(&mut rand::rng());
    seqs
}
