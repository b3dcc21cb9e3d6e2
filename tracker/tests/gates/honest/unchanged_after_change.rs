//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetInsertTwice", insert_twice);
fn insert_twice() { let mut set = SequenceSet::new(); set.insert(4); let before = set.size(); set.insert(4); let after = set.size(); assert_eq!(before, after); }
