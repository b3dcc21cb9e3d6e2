//! fake unrelated-name; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestLeafNodeLoopDetected", sums_up);
fn sums_up() { let set = SequenceSet::new(); assert_eq!(set.size(), 0); }
