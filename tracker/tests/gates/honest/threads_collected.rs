//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetConcurrent", set_concurrent);
fn set_concurrent() { let mut threads = Vec::new(); for _ in 0..4 { threads.push(std::thread::spawn(|| SequenceSet::new().size())); } for thread in threads { assert_eq!(thread.join().unwrap(), 0); } }
