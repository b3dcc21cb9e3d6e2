//! fake unreached; tests
use super::case_support::lines;
go_test!(1, "case_test", "TestLines", count_lines);
fn count_lines() { assert_eq!(lines("a\nb"), 2); }
