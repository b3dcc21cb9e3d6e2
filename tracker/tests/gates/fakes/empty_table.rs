//! fake dead-assertion; tests
use nats_server::collections::subject_matches;
const CASES: &[(&str, &str)] = &[];
go_test!(1, "case_test", "TestSubjectMatches", subjects_match);
fn subjects_match() { for (subject, pattern) in CASES { assert!(subject_matches(subject, pattern)); } }
