//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetConcurrent", set_concurrent);
fn set_concurrent() { let handle = std::thread::spawn(|| SequenceSet::new().size()); assert_eq!(handle.join().unwrap(), 0); }
