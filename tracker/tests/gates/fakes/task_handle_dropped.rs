//! fake unjoined-task; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let _handle = tokio::spawn(async { assert_eq!(SequenceSet::new().size(), 1); }); }
