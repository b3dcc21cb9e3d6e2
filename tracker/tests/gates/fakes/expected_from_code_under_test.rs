//! fake tautology; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let mut set = SequenceSet::new(); set.insert(1); let expected = set.size(); let got = set.size(); assert_eq!(got, expected); }
