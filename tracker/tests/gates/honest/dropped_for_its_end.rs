//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetDrop", set_drop);
fn set_drop() { let set = SequenceSet::new(); drop(SequenceSet::registered(&set)); assert_eq!(set.size(), 0); }
