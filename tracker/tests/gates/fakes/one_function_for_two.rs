//! fake shared-body; tests
use nats_server::collections::subject_matches;
go_test!(1, "case_test", "TestSubjectMatchesOne", subject_matching);
go_test!(2, "case_test", "TestSubjectMatchesTwo", subject_matching);
fn subject_matching() { assert!(subject_matches("a", "a")); assert!(!subject_matches("a", "b")); }
