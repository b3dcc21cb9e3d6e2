//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetEqual", set_equal);
fn set_equal() { let set = |byte: u8| SequenceSet::decode(&[22, byte]); assert_eq!(set(1), set(1)); assert_ne!(set(1), set(2)); }
