//! Go: `server/monitor_test.go`: what is told of JetStream, and of a server whose
//! JetStream is off.

use std::time::Duration;

use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use conformance::{go_test, http};
use nats_server::Options;
use nats_server::monitor::{HealthzErrorKind, HealthzOptions, Jsz, Varz};
use tempfile::TempDir;

use super::js_support::with_jetstream;
use super::monitor_support::{monitor, monitored, monitored_with};
use super::monitor_test::expect_health;

/// A monitored server with JetStream.
fn with_js(change: impl FnOnce(&mut Options)) -> (RunningServer, TempDir) {
    let directory = TempDir::new().unwrap();
    let server = monitored_with(|options| {
        with_jetstream(options, &directory);
        change(options);
    });
    (server, directory)
}

go_test!(
    2160,
    "monitor_test",
    "TestMonitorHealthzStatusUnavailable",
    healthz_unavailable
);
fn healthz_unavailable() {
    let (server, _directory) = with_js(|_| {});
    assert!(server.server().jetstream().is_some());
    server.server().disable_jetstream();
    for (path, code, plain, detailed) in [
        ("/healthz?", 503, "unavailable", "error"),
        ("/healthz?js-enabled-only=true", 503, "unavailable", "error"),
        ("/healthz?js-server-only=true", 200, "ok", "ok"),
    ] {
        expect_health(&server, path, code, plain);
        expect_health(&server, &format!("{path}&details=true"), code, detailed);
    }
}

fn asked(change: impl FnOnce(&mut HealthzOptions)) -> HealthzOptions {
    let mut options = HealthzOptions::default();
    change(&mut options);
    options
}

go_test!(2161, "monitor_test", "TestServerHealthz", server_healthz);
fn server_healthz() {
    let server = monitored();
    let health = |options: &HealthzOptions| {
        let health = server.server().healthz(options);
        (health.status, health.status_code)
    };
    let ok = ("ok".to_owned(), 200);
    let bad = ("error".to_owned(), 400);
    assert_eq!(health(&HealthzOptions::default()), ok);
    assert_eq!(health(&asked(|o| o.js_server_only = true)), ok);
    assert_eq!(health(&asked(|o| o.details = true)), ok);
    let stream_alone = asked(|o| o.stream = "TEST".to_owned());
    assert_eq!(health(&stream_alone), bad);
    let no_stream = asked(|o| {
        o.account = "ACC".to_owned();
        o.consumer = "TEST".to_owned();
    });
    assert_eq!(health(&no_stream), bad);
    let detailed = server.server().healthz(&HealthzOptions {
        details: true,
        ..stream_alone
    });
    assert_eq!(detailed.status_code, 400);
    assert_eq!(detailed.errors[0].kind, HealthzErrorKind::BadRequest);

    // A lame duck with a client stays, but no longer listens.
    let _client = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    server.server().lame_duck_mode();
    wait_until("the server no longer listens", || {
        health(&asked(|_| ())) != ok
    });
    assert_eq!(health(&asked(|_| ())), ("error".to_owned(), 500));

    let (server, _directory) = with_js(|_| {});
    assert!(server.server().jetstream().is_some());
    server.server().disable_jetstream();
    let health = server.server().healthz(&HealthzOptions::default());
    assert_eq!((&*health.status, health.status_code), ("unavailable", 503));
    let without = server.server().healthz(&asked(|o| o.js_server_only = true));
    assert_eq!(without.status, "ok");
}

go_test!(
    2163,
    "monitor_test",
    "TestMonitorVarzSyncInterval",
    varz_sync_interval
);
fn varz_sync_interval() {
    let interval = Duration::from_secs(22);
    let (server, _directory) = with_js(|options| {
        options.js.sync_interval = interval;
        options.js.sync_always = true;
        options.js.limits.max_ha_assets = 1000;
    });
    let varz: Varz = http::get(monitor(&server), "/varz").json();
    let jsz: Jsz = http::get(monitor(&server), "/jsz").json();
    let config = varz.jetstream.config.expect("JetStream is on");
    assert_eq!(config.sync_interval, interval);
    assert!(config.sync_always);
    for limits in [varz.jetstream.limits, jsz.limits] {
        assert_eq!(limits.expect("JetStream is on").max_ha_assets, 1000);
    }
}
