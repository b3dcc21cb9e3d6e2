//! fake tautology; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetDecode", seq_set_decode);
fn seq_set_decode() { assert!(matches!(SequenceSet::decode(&[1]), Ok(_) | Err(_))); }
