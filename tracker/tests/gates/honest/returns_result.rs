//! honest; tests
use nats_server::collections::{DecodeError, SequenceSet};
go_test!(1, "case_test", "TestSeqSetDecode", seq_set_decode);
fn seq_set_decode() -> anyhow::Result<()> { let set = SequenceSet::decode(&[22, 1])?; assert!(set.exists(1)); assert_eq!(SequenceSet::decode(&[]).err(), Some(DecodeError::Short)); Ok(()) }
