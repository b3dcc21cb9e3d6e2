//! fake shared-body; tests
use nats_server::collections::SequenceSet;
fn generic(id: u64) { let mut set = SequenceSet::new(); set.insert(id); assert!(set.exists(id)); }
go_test!(41, "case_test", "TestSeqSetOne", set_one);
fn set_one() { generic(41); }
go_test!(42, "case_test", "TestSeqSetTwo", set_two);
fn set_two() { generic(42) }
