//! fake any-panic; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { expect_panic("", || SequenceSet::new().exists(1)); assert_eq!(SequenceSet::new().size(), 0); }
