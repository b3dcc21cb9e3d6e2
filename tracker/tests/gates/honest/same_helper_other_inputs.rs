//! honest; tests
use nats_server::collections::subject_matches;
fn refused(subject: &str) { assert!(!subject_matches(subject, "a.b")); }
go_test!(1, "case_test", "TestSubjectTooLong", too_long);
fn too_long() { refused("a.b.c"); }
go_test!(2, "case_test", "TestSubjectTooShort", too_short);
fn too_short() { refused("a"); }
go_test!(3, "case_test", "TestSubjectOther", other);
fn other() { refused("b.a"); }
