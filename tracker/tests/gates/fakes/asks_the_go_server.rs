//! fake go-server; tests
use nats_server::collections::subject_matches;
go_test!(1, "case_test", "TestSubjectMatches", subject_matching);
fn subject_matching() { let out = std::process::Command::new("go-nats-server").output().unwrap(); assert!(subject_matches("a", "a")); assert!(out.status.success()); }
