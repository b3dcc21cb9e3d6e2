//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetPanics", set_panics);
fn set_panics() { let set = SequenceSet::new(); expect_panic("out of range", || set.exists(u64::MAX)); assert_eq!(set.size(), 0); }
