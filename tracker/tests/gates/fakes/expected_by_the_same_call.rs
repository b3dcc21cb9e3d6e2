//! fake tautology; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetDecode", seq_set_decode);
fn seq_set_decode() { let expected = SequenceSet::decode(&[22, 1]).map(|set| set.size()); assert_eq!(SequenceSet::decode(&[22, 1]).map(|set| set.size()), expected); }
