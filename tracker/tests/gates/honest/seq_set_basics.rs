//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let mut set = SequenceSet::new(); for seq in [1, 22, 22] { set.insert(seq); assert!(set.exists(seq)); } assert_eq!(set.size(), 2); }
