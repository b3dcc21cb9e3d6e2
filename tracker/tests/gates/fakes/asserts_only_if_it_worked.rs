//! fake early-return; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetDecode", seq_set_decode);
fn seq_set_decode() { if let Ok(set) = SequenceSet::decode(&[1, 2]) { assert_eq!(set.size(), 1); } }
