//! honest; tests
use nats_server::collections::{DecodeError, SequenceSet};
go_test!(1, "case_test", "TestSeqSetDecodeError", set_decode_error);
fn set_decode_error() { assert!(matches!(SequenceSet::decode(&[1]), Err(DecodeError::Magic))); }
