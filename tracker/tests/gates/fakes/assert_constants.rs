//! fake tautology; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let mut set = SequenceSet::new(); set.insert(1); assert_eq!(1 + 1, 2); assert_ne!("a", "b"); }
