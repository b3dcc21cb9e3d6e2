//! fake sleep; tests
use nats_server::collections::SequenceSet;
fn settle() { std::thread::sleep(std::time::Duration::from_secs(1)); }
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let set = SequenceSet::new(); settle(); assert_eq!(set.size(), 0); }
