//! honest; tests
use nats_server::collections::subject_matches;
go_test!(1, "case_test", "TestSubjectMatches", subjects_match);
fn subjects_match() { let check = |subject: &str, want: bool| assert_eq!(subject_matches(subject, "a.>"), want); check("a.b", true); check("b", false); }
