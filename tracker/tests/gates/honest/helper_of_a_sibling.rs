//! honest; tests
use super::case_support::Filled;
go_test!(1, "case_test", "TestSetSize", set_size);
fn set_size() {
    let filled = Filled::with(&[1, 2, 2]);
    assert_eq!(filled.stored(), 2);
}
