//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetFill", seq_set_fill);
fn seq_set_fill() { let mut set = SequenceSet::new(); let mut seq = 0; loop { if set.size() == 10 { break; } set.insert(seq); seq += 1; } assert_eq!(seq, 10); }
