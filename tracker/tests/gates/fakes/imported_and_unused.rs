//! fake unreached; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let mut set = std::collections::BTreeSet::new(); set.insert(1); assert_eq!(set.len(), 1); }
