//! fake catch-unwind; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let result = std::panic::catch_unwind(|| assert_eq!(SequenceSet::new().size(), 1)); drop(result); }
