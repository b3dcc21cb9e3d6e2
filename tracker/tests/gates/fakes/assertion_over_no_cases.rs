//! fake dead-assertion; tests
use nats_server::collections::subject_matches;
go_test!(1, "case_test", "TestSubjectMatches", subjects_match);
fn subjects_match() { let cases: Vec<(&str, &str)> = vec![]; for (subject, pattern) in cases { assert!(subject_matches(subject, pattern)); } }
