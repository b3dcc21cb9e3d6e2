//! Go: `server/client_test.go`, the PINGs of the server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::monitor::ConnzOptions;

/// How long a client without a PONG is not sent a PING.
const FIRST_PONG_WAIT: Duration = Duration::from_secs(2);

go_test!(
    226,
    "client_test",
    "TestPingNotSentTooSoon",
    ping_not_sent_too_soon
);
fn ping_not_sent_too_soon() {
    let server = RunningServer::with(|options| options.disable_short_first_ping = true);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                let connz = server.server().connz(&ConnzOptions::default());
                assert!(connz.is_ok(), "{connz:?}");
                thread::yield_now();
            }
        });
        for _ in 0..100 {
            // Clients with a language are those whose round trip monitoring wants.
            let mut client = RawClient::connect(server.address());
            client.info();
            client.send("CONNECT {\"verbose\":false,\"lang\":\"go\"}\r\nPING\r\n");
            client.expect("PONG");
        }
        done.store(true, Ordering::Release);
    });

    let since = Instant::now();
    let mut client = RawClient::connect(server.address());
    let id = client.info()["client_id"].as_u64().expect("it has an id");
    client.send("CONNECT {\"user\":\"ivan\",\"pass\":\"bar\"}\r\n");
    client.expect("+OK");
    let ours = server.server().client(id).expect("it is connected");
    assert!(!ours.send_rtt_ping(), "it has had no PONG");
    wait_until("it has had time enough", || ours.send_rtt_ping());
    assert!(since.elapsed() >= FIRST_PONG_WAIT);
    client.expect("PING");

    // A client that has had its PONG is measured at once.
    let mut client = RawClient::connect(server.address());
    let id = client.info()["client_id"].as_u64().expect("it has an id");
    client.send("CONNECT {\"verbose\":false}\r\nPING\r\n");
    client.expect("PONG");
    let ours = server.server().client(id).expect("it is connected");
    assert!(ours.send_rtt_ping());
    client.expect("PING");
}
