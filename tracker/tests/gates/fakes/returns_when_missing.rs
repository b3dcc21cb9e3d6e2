//! fake early-return; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetDecode", seq_set_decode);
fn seq_set_decode() { let Ok(bytes) = std::fs::read("seqs.bin") else { return }; let set = SequenceSet::decode(&bytes); assert!(set.is_ok()); }
