//! Go: `server/ring_test.go`.

use conformance::go_test;
use nats_server::collections::ClosedRing;

go_test!(
    2794,
    "ring_test",
    "TestRBAppendAndLenAndTotal",
    append_len_and_total
);
fn append_len_and_total() {
    let mut ring = ClosedRing::new(10);
    for number in 0..5 {
        ring.append(number);
    }
    assert_eq!((ring.len(), ring.total()), (5, 5));
    for number in 5..30 {
        ring.append(number);
    }
    assert_eq!((ring.len(), ring.total()), (10, 30));
}

go_test!(2795, "ring_test", "TestRBclosedClients", closed_clients);
fn closed_clients() {
    let mut ring = ClosedRing::new(10);
    for user in 1..=100_u64 {
        ring.append(user);
        let first = user.saturating_sub(9).max(1);
        assert!(ring.iter().copied().eq(first..=user), "after {user}");
        assert_eq!(ring.total() - ring.len() as u64, first - 1);
    }
}
