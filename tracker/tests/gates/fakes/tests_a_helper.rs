//! fake unreached; tests
use conformance::parse_line;
go_test!(1, "case_test", "TestParseLine", parse_a_line);
fn parse_a_line() { assert_eq!(parse_line("PUB a"), ["PUB", "a"]); }
