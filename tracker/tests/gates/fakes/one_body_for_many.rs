//! fake shared-body; tests
use nats_server::collections::subject_matches;
fn generic(name: &str) { assert!(subject_matches(name, "*")); }
go_test!(41, "case_test", "TestSubjectMatchesOne", subject_one);
fn subject_one() { generic("TestSubjectMatchesOne"); }
go_test!(42, "case_test", "TestSubjectMatchesTwo", subject_two);
fn subject_two() { generic("TestSubjectMatchesTwo"); }
