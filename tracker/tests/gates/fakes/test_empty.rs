//! fake no-assertion; tests
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() {}
