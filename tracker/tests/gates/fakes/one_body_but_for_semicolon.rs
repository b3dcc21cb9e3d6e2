//! fake shared-body; tests
use nats_server::collections::SequenceSet;
fn generic() { let mut set = SequenceSet::new(); set.insert(5); assert!(set.exists(5)); }
go_test!(41, "case_test", "TestSeqSetOne", set_one);
fn set_one() { generic(); }
go_test!(42, "case_test", "TestSeqSetTwo", set_two);
fn set_two() { /* two */ generic() }
