//! fake tautology; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetDecode", seq_set_decode);
fn seq_set_decode() { let set = SequenceSet::decode(&[1, 2]); assert!(set.is_ok() || set.is_err()); }
