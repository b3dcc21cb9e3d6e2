//! fake tautology; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let set = SequenceSet::new(); let there = set.exists(1); assert!(there || !there, "either"); }
