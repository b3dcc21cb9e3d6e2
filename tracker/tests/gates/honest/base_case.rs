//! honest; depth; other
pub fn depth(n: u64) -> u64 { if n == 0 { return 0; } 1 + depth(n / 2) }
//@ tests
go_test!(1, "case_test", "TestDepth", depths);
fn depths() { assert_eq!(nats_server::case::depth(0), 0); assert_eq!(nats_server::case::depth(8), 4); }
