//! fake no-assertion; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let mut set = SequenceSet::new(); set.insert(1); dbg!(set.exists(1)); let exists = set.exists(2); if exists { return; } }
