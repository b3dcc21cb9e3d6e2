//! Go: `server/service_test.go`.

use std::time::Duration;

use conformance::go_test;
use conformance::server::local_options;
use nats_server::Server;

go_test!(2908, "service_test", "TestRun", run);
fn run() {
    let server = Server::new(local_options()).unwrap();
    let waiting = {
        let server = server.clone();
        std::thread::spawn(move || {
            let ready = server.ready_for_connections(Duration::from_secs(10));
            server.shutdown();
            ready
        })
    };
    server.start().unwrap();
    server.wait_for_shutdown();
    assert!(
        waiting.join().unwrap(),
        "clients could connect before the end"
    );
    assert!(!server.is_running());
}
