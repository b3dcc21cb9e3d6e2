//! honest; tests
use nats_server::collections::subject_matches;
go_test!(1, "case_test", "TestSubjectStar", star);
fn star() { assert!(subject_matches("a", "*")); }
go_test!(2, "case_test", "TestSubjectTail", tail);
fn tail() { assert!(subject_matches("a.b", ">")); }
