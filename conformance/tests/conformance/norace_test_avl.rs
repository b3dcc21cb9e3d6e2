//! Go: `server/avl/norace_test.go`.
//!
//! The Go tests compare the memory and the speed of a set with those of a Go
//! map. Memory is counted here, not measured, and work is counted in nodes
//! visited, as wall-clock time on a busy machine says nothing.

use std::collections::HashSet;

use conformance::go_test;
use nats_server::collections::SequenceSet;
use rand::Rng;

go_test!(
    4,
    "norace_test",
    "TestNoRaceSeqSetSizeComparison",
    seq_set_size_comparison
);
fn seq_set_size_comparison() {
    let seqs = random_seqs(5_000_000, 7_000_000);
    let map: HashSet<u64> = seqs.iter().copied().collect();
    let set: SequenceSet = seqs.iter().copied().collect();
    assert_eq!(set.len(), map.len());

    // A key and a control byte for every place is the least a map can take.
    let map_bytes = map.capacity() * (size_of::<u64>() + 1);
    let set_bytes = set.memory();
    assert!(set_bytes < 2 * 1024 * 1024, "{set_bytes} bytes");
    assert!(
        set_bytes * 50 <= map_bytes,
        "{set_bytes} bytes against {map_bytes}"
    );
}

go_test!(
    5,
    "norace_test",
    "TestNoRaceSeqSetEncodeLarge",
    seq_set_encode_large
);
fn seq_set_encode_large() {
    let seqs = random_seqs(2_500_000, 5_000_000);
    let set: SequenceSet = seqs.iter().copied().collect();
    let mut bytes = Vec::new();
    set.encode(&mut bytes);
    // Go wants a millisecond for it; what makes that possible is that a mask,
    // not a number, is the unit.
    assert_eq!(bytes.len(), 10 + set.node_count() * 266);
    assert!(
        bytes.len() < set.len() / 2,
        "{} bytes for {} numbers",
        bytes.len(),
        set.len()
    );

    let (again, used) = SequenceSet::decode(&bytes).unwrap();
    assert_eq!(used, bytes.len());
    assert_eq!(again.node_count(), set.node_count());
    assert_eq!(again.len(), set.len());
    assert_eq!(
        again.heights(),
        set.heights(),
        "taken as it is, not built anew"
    );
    assert!(again.iter().eq(set.iter()));
}

go_test!(
    6,
    "norace_test",
    "TestNoRaceSeqSetRelativeSpeed",
    seq_set_relative_speed
);
fn seq_set_relative_speed() {
    let seqs = random_seqs(1_000_000, 3_000_000);
    let mut set = SequenceSet::new();
    for seq in &seqs {
        set.insert(*seq);
    }
    let map: HashSet<u64> = seqs.iter().copied().collect();
    for seq in &seqs {
        assert!(set.contains(*seq));
    }
    assert_eq!(set.len(), map.len());
    // An insertion or a look-up visits as many nodes as the tree is high: for
    // 1,465 nodes at most 1.44 times their binary logarithm.
    let nodes = set.node_count();
    assert_eq!(nodes, 3_000_000 / 2_048 + 1);
    let (left, right) = set.heights();
    let height_max = (1.44 * (nodes as f64 + 2.0).log2()).ceil() as usize;
    assert!(left.max(right) < height_max, "{left} and {right}");
    assert!(set.is_balanced());
}

fn random_seqs(count: usize, max: u64) -> Vec<u64> {
    let mut rng = rand::rng();
    (0..count).map(|_| rng.random_range(0..=max)).collect()
}
