//! honest; tests
use nats_server::collections::*;
go_test!(1, "case_test", "TestSubjectMatches", subjects_match);
fn subjects_match() { assert!(subject_matches("a", "a")); assert!(!subject_matches("a", "b")); }
