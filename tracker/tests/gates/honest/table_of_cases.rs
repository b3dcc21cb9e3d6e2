//! honest; tests
use nats_server::collections::subject_matches;
go_test!(1, "case_test", "TestSubjectMatches", subjects_match);
fn subjects_match() { let cases = [("a.b", "a.*", true), ("a.b", "b.*", false)]; for (subject, pattern, expected) in cases { assert_eq!(subject_matches(subject, pattern), expected, "{subject} {pattern}"); } }
