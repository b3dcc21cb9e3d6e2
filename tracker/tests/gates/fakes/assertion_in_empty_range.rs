//! fake dead-assertion; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let set = SequenceSet::new(); for seq in 0..0 { assert!(set.exists(seq)); } }
