//! fake no-assertion; tests
use super::case_support::Filled;
go_test!(1, "case_test", "TestSetSize", set_size);
fn set_size() {
    Filled::with(&[1, 2, 2]).stored();
}
