//! honest; tests
use conformance::ServerProcess;
go_test!(1, "case_test", "TestServerNonce", server_nonce);
fn server_nonce() { let server = ServerProcess::start(); let first = nonce(&server); let second = nonce(&server); assert_ne!(first, second); }
