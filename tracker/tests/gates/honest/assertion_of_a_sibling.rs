//! honest; tests
use super::case_support::{Filled, check_len};
go_test!(1, "case_test", "TestSetSize", set_size);
fn set_size() {
    check_len(&Filled::with(&[1, 2, 2]), 2);
}
