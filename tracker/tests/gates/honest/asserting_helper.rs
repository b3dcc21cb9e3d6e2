//! honest; tests
use nats_server::collections::subject_matches;
fn check(subject: &str, pattern: &str, expected: bool) { assert_eq!(subject_matches(subject, pattern), expected); }
go_test!(1, "case_test", "TestSubjectMatches", subjects_match);
fn subjects_match() { check("a", "*", true); check("a", "b", false); }
