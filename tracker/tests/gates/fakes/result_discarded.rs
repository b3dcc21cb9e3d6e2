//! fake discarded-result; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetDecode", seq_set_decode);
fn seq_set_decode() { let set = SequenceSet::new(); let _ = SequenceSet::decode(&[22, 1]); assert_eq!(set.size(), 0); }
