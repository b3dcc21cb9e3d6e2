//! fake sleep; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let set = SequenceSet::new(); std::thread::sleep(std::time::Duration::from_millis(500)); assert_eq!(set.size(), 0); }
