//! fake shared-body; tests
use nats_server::collections::subject_matches;
go_test!(1, "case_test", "TestSubjectMatchesOne", subject_one);
fn subject_one() { assert!(subject_matches("a", "a")); }
go_test!(2, "case_test", "TestSubjectMatchesTwo", subject_two);
fn subject_two() { assert!(subject_matches("b", "*")); }
go_test!(3, "case_test", "TestSubjectMatchesThree", subject_three);
fn subject_three() { assert!(subject_matches("c", ">")); }
