//! honest; tests
use conformance::{ServerProcess, wait_until};
go_test!(1, "case_test", "TestServerStarts", server_starts);
fn server_starts() { let server = ServerProcess::start(); wait_until(Duration::from_secs(5), || TcpStream::connect(("127.0.0.1", server.port())).is_ok()); }
