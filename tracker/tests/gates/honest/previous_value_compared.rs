//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetInsertTwice", seq_set_insert_twice);
fn seq_set_insert_twice() { let mut set = SequenceSet::new(); set.insert(3); let once = set.size(); assert_eq!(once, 1); set.insert(3); let twice = set.size(); assert_eq!(twice, 1); }
