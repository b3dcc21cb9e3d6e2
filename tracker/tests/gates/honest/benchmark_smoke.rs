//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "BenchmarkSeqSetInsert", seq_set_insert);
fn seq_set_insert() { let mut set = SequenceSet::new(); for seq in 0..100 { set.insert(seq); } assert_eq!(set.size(), 100); }
