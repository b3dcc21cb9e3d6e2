//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetConcurrent", set_concurrent);
fn set_concurrent() { let set = SequenceSet::new(); std::thread::scope(|scope| { scope.spawn(|| assert_eq!(set.size(), 0)); scope.spawn(|| assert!(!set.exists(1))); }); }
