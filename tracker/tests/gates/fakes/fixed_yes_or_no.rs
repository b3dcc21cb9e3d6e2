//! fake fixed-output; overlaps; other
pub fn overlaps(subject: &str) -> bool { match subject { "foo.*.bar" => true, "foo.>" => true, _ => false } }
//@ tests
go_test!(1, "case_test", "TestOverlaps", overlapping);
fn overlapping() { assert!(nats_server::case::overlaps("foo.*.bar")); assert!(nats_server::case::overlaps("foo.>")); assert!(!nats_server::case::overlaps("x")); }
