//! Go: `server/monitor_test.go`: the server as a whole and the HTTP side. The
//! `monitor_test_*` files are about connections and subscriptions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use conformance::server::RunningServer;
use conformance::wait::wait_until;
use conformance::{go_test, http};
use nats_server::logging::Level;
use nats_server::monitor::{
    AccountStatzOptions, AccountzOptions, ConnzOptions, HealthStatus, HealthzOptions, HttpHandler,
    JszOptions, NotLeader, SubszOptions, Varz, uptime,
};
use serde_json::Value;

use super::monitor_support::{
    busy_client, client_with, connz, monitor, monitored, monitored_with, poll, subscribe,
};

const JSON: &str = "application/json";
const JAVASCRIPT: &str = "application/javascript";

go_test!(2064, "monitor_test", "TestMyUptime", my_uptime);
fn my_uptime() {
    let mut seconds = 22;
    assert_eq!(uptime(Duration::from_secs(seconds)), "22s");
    seconds += 4 * 60;
    assert_eq!(uptime(Duration::from_secs(seconds)), "4m22s");
    seconds += 4 * 3600;
    assert_eq!(uptime(Duration::from_secs(seconds)), "4h4m22s");
    seconds += 32 * 86_400;
    assert_eq!(uptime(Duration::from_secs(seconds)), "32d4h4m22s");
    seconds += 22 * 365 * 86_400;
    assert_eq!(uptime(Duration::from_secs(seconds)), "22y32d4h4m22s");
}

go_test!(2065, "monitor_test", "TestMonitorNoPort", no_port);
fn no_port() {
    let server = monitored_with(|options| {
        options.no_system_account = true;
        options.http_port = 0;
    });
    assert_eq!(server.server().monitor_address(), None);
    assert!(server.server().http_handler().is_none());
    assert!(!server.log().contains(Level::Notice, "monitor on"));
    // The only port there is does not speak HTTP.
    for path in ["/varz", "/healthz", "/connz"] {
        let stream = std::net::TcpStream::connect(server.address()).unwrap();
        assert!(http::get_over(stream, path, &[]).is_err(), "{path}");
    }
}

go_test!(
    2066,
    "monitor_test",
    "TestMonitorHTTPBasePath",
    http_base_path
);
fn http_base_path() {
    let server = monitored_with(|options| {
        options.no_system_account = true;
        options.http_base_path = "/nats".to_owned();
    });
    let at = monitor(&server);
    let page = http::get(at, "/nats").expect(200, "text/html; charset=utf-8");
    assert!(page.text().contains("href=\"./nats/varz\""));
    http::get(at, "/nats/varz").expect(200, JSON);
    http::get(at, "/varz").expect(404, "text/plain; charset=utf-8");
}

go_test!(2103, "monitor_test", "TestMonitorHandleRoot", handle_root);
fn handle_root() {
    let server = monitored();
    let _client = busy_client(&server);
    let page = http::get(monitor(&server), "/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().contains("text/html"));
    assert!(!page.body.is_empty() && page.body.is_ascii());
}

go_test!(2109, "monitor_test", "TestMonitorStacksz", stacksz);
fn stacksz() {
    let server = monitored();
    let answer = http::get(monitor(&server), "/stacksz").expect(200, JSON);
    // The handler is on the stack of the thread that looked.
    assert!(answer.text().contains("stacksz"), "{}", answer.text());
}

go_test!(
    2110,
    "monitor_test",
    "TestMonitorConcurrentMonitoring",
    concurrent_monitoring
);
fn concurrent_monitoring() {
    let server = monitored();
    let at = monitor(&server);
    let endpoints = [
        "/varz", "/varz", "/varz", "/connz", "/connz", "/subsz", "/subsz", "/routez", "/routez",
    ];
    thread::scope(|scope| {
        for endpoint in endpoints {
            scope.spawn(move || {
                for _ in 0..50 {
                    http::get(at, endpoint).expect(200, JSON);
                }
            });
        }
    });
    let varz = server.server().varz();
    assert_eq!(varz.http_req_stats["/varz"], 150);
}

go_test!(2111, "monitor_test", "TestMonitorHandler", handler);
fn handler() {
    let server = monitored();
    let handler: HttpHandler = server.server().http_handler().expect("monitoring is on");
    assert_eq!(handler.respond("/varz", "", None).status, 200);
    server.server().shutdown();
    assert!(server.server().http_handler().is_none());
}

go_test!(2116, "monitor_test", "TestMonitorServerIDs", server_ids);
fn server_ids() {
    let server = monitored();
    let varz = poll(&server, "/varz", |server| server.varz());
    let connz = connz(&server, "/connz", &ConnzOptions::default());
    let routez = poll(&server, "/routez", |server| server.routez());
    for mode in 0..2 {
        let id = &varz[mode].server_id;
        assert_eq!(id, server.server().id());
        assert!(!id.is_empty());
        assert_eq!(id, &connz[mode].server_id);
        assert_eq!(id, &routez[mode].server_id);
    }
}

go_test!(
    2117,
    "monitor_test",
    "TestMonitorHttpStatsNoUpdatedWhenUsingServerFuncs",
    http_stats
);
fn http_stats() {
    let server = monitored();
    let inner = server.server();
    let stats = || inner.varz().http_req_stats;
    for _ in 0..10 {
        assert_eq!(stats(), BTreeMap::new());
        assert_eq!(inner.connz(&ConnzOptions::default()).unwrap().total, 0);
        assert_eq!(inner.routez().num_routes, 0);
        assert_eq!(inner.subsz(&SubszOptions::default()).unwrap().total, 0);
    }
    assert_eq!(stats(), BTreeMap::new());
    http::get(monitor(&server), "/subsz").expect(200, JSON);
    assert_eq!(stats(), BTreeMap::from([("/subsz".to_owned(), 1)]));
}

go_test!(
    2118,
    "monitor_test",
    "TestMonitorClusterEmptyWhenNotDefined",
    cluster_empty
);
fn cluster_empty() {
    let server = monitored();
    let varz: Value = http::get(monitor(&server), "/varz").json();
    assert_eq!(varz["cluster"], serde_json::json!({}));
}

go_test!(2121, "monitor_test", "Benchmark_Varz", varz_by_call);
fn varz_by_call() {
    let server = monitored_with(|options| options.http_port = 0);
    for _ in 0..100 {
        let varz: Varz = server.server().varz();
        assert_eq!(varz.server_name, "monitor_server");
        assert!(varz.mem > 0);
    }
}

go_test!(2122, "monitor_test", "Benchmark_VarzHttp", varz_by_http);
fn varz_by_http() {
    let server = monitored();
    for n in 1..=100 {
        let varz: Varz = http::get(monitor(&server), "/varz").json();
        assert_eq!(varz.http_req_stats["/varz"], n);
    }
}

go_test!(2123, "monitor_test", "TestMonitorVarzRaces", varz_races);
fn varz_races() {
    let server = monitored();
    let context = server.server().context();
    let done = AtomicBool::new(false);
    let poll_once = || {
        for varz in poll(&server, "/varz", |server| server.varz()) {
            assert!(!varz.server_id.is_empty() && varz.server_id != "abc");
            assert!(varz.max_connections >= 100, "{}", varz.max_connections);
        }
    };
    let poll_all = || {
        while !done.load(Ordering::Relaxed) {
            poll_once();
        }
    };
    thread::scope(|scope| {
        let poller = scope.spawn(poll_all);
        for n in 0..1000 {
            context.update_info(|info| info.server_id = format!("serverid_{n}"));
            let mut options = (*context.options()).clone();
            options.max_connections = 100 + n;
            context.set_options(Arc::new(options));
        }
        done.store(true, Ordering::Relaxed);
        poller.join().expect("the poller saw whole values");
    });
    let varz: Varz = server.server().varz();
    assert_eq!(varz.server_id, "serverid_999");
    assert_eq!(varz.max_connections, 1099);

    done.store(false, Ordering::Relaxed);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(poll_all);
        }
        let end = Instant::now() + Duration::from_millis(500);
        while Instant::now() < end {
            poll_once();
        }
        done.store(true, Ordering::Relaxed);
    });
}

go_test!(
    2157,
    "monitor_test",
    "TestMonitorAccountszMappingOrderReporting",
    mapping_order_of_imports
);
fn mapping_order_of_imports() {
    let server = conformance::accounts::configured(
        r#"listen: 127.0.0.1:-1
           server_name: SR22
           accounts {
             CLOUD { exports [ { service: "downlink.>" } ] }
             CLOUD2 { exports [ { service: "downlink.>" } ] }
             APP {
               imports [
                 { service: { account: CLOUD, subject: "downlink.>"}, to: "event.>"}
                 { service: { account: CLOUD2, subject: "downlink.>"}, to: "event.>"}
               ]
             }
           }"#,
    );
    let detail = |account: &str| {
        let options = AccountzOptions {
            account: account.to_owned(),
        };
        let told = server.server().accountz(&options).unwrap();
        told.account_detail.expect("the account is there")
    };
    let app = detail("APP");
    let from: Vec<(&str, &str)> = app
        .imports
        .iter()
        .filter(|import| import.subject == "downlink.>")
        .map(|import| (import.account.as_str(), import.local_subject.as_str()))
        .collect();
    assert_eq!(from, [("CLOUD", "event.>"), ("CLOUD2", "event.>")]);
    assert!(
        app.imports
            .iter()
            .all(|import| import.kind == "service" && !import.invalid)
    );
    let cloud = detail("CLOUD");
    assert_eq!(cloud.exports[0].subject, "downlink.>");
    assert_eq!(cloud.exports[0].response_type, "Singleton");
}

go_test!(2136, "monitor_test", "TestMonitorAccountz", accountz);
fn accountz() {
    let server = monitored_with(|_| {});
    let ask = |path: &str, account: &str| {
        let options = AccountzOptions {
            account: account.to_owned(),
        };
        poll(&server, path, |server| server.accountz(&options).unwrap())
    };
    for accountz in ask("/accountz", "") {
        assert_eq!(accountz.server_id, server.server().id());
        assert_eq!(accountz.accounts, ["$G", "$SYS"]);
        assert_eq!(accountz.system_account, "$SYS");
    }
    for accountz in ask("/accountz?acc=$SYS", "$SYS") {
        assert_eq!(accountz.system_account, "$SYS");
        let account = accountz.account_detail.expect("the account is there");
        assert_eq!(account.account_name, "$SYS");
        assert_eq!(account.name_tag, "$SYS");
        assert!(account.is_system);
    }
}

go_test!(
    2137,
    "monitor_test",
    "TestMonitorAccountStatz",
    account_statz
);
fn account_statz() {
    let server = monitored_with(|_| {});
    let options = AccountStatzOptions {
        include_unused: true,
        ..AccountStatzOptions::default()
    };
    let statz = poll(&server, "/accstatz?unused=1", |server| {
        server.accstatz(&options)
    });
    for statz in statz {
        assert_eq!(statz.server_id, server.server().id());
        let mut names = Vec::new();
        for stat in &statz.account_statz {
            assert_eq!(stat.acc, stat.name);
            assert_eq!(stat.conns, 0);
            names.push(stat.acc.as_str());
        }
        names.sort_unstable();
        assert_eq!(names, ["$G", "$SYS"]);
    }
}

go_test!(
    2143,
    "monitor_test",
    "TestMonitorJszNonJszServer",
    jsz_without_jetstream
);
fn jsz_without_jetstream() {
    let server = RunningServer::start();
    let jsz = server.server().jsz(&JszOptions::default()).unwrap();
    assert_eq!(jsz.server_id, server.server().id());
    assert!(jsz.disabled);
    let leader = JszOptions {
        leader_only: true,
        ..JszOptions::default()
    };
    assert_eq!(server.server().jsz(&leader), Err(NotLeader));
}

/// Asks for the health as JSON and in a call of a script's function.
#[track_caller]
pub(super) fn expect_health(server: &RunningServer, path: &str, code: u16, status: &str) {
    let at = monitor(server);
    let plain = http::get(at, path).expect(code, JSON);
    let separator = if path.contains('?') { '&' } else { '?' };
    let called = format!("{path}{separator}callback=callback");
    let called = http::get(at, &called).expect(code, JAVASCRIPT).text();
    let inside = called
        .strip_prefix("callback(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or_else(|| panic!("{called}"));
    for body in [plain.text().as_str(), inside] {
        let health: HealthStatus = serde_json::from_str(body).unwrap();
        assert_eq!(health.status, status);
        assert_eq!(health.status_code, 0, "{body}");
    }
}

#[track_caller]
fn expect_health_everywhere(server: &RunningServer, code: u16, status: &str) {
    expect_health(server, "/healthz", code, status);
    expect_health(server, "/healthz?js-enabled-only=true", code, status);
    expect_health(server, "/healthz?js-server-only=true", code, status);
}

go_test!(
    2158,
    "monitor_test",
    "TestMonitorHealthzStatusOK",
    healthz_ok
);
fn healthz_ok() {
    expect_health_everywhere(&monitored(), 200, "ok");
}

go_test!(
    2159,
    "monitor_test",
    "TestMonitorHealthzStatusError",
    healthz_error
);
fn healthz_error() {
    let server = monitored();
    // A lame duck with a client stays, but no longer listens.
    let _client = client_with(&server, "");
    server.server().lame_duck_mode();
    wait_until("the server no longer listens", || {
        server
            .server()
            .healthz(&HealthzOptions::default())
            .status_code
            != 200
    });
    expect_health_everywhere(&server, 500, "error");
}

go_test!(
    2165,
    "monitor_test",
    "TestMonitorVarzMetadata",
    varz_metadata
);
fn varz_metadata() {
    let varz: Varz = monitored().server().varz();
    let expected =
        [("key1", "value1"), ("key2", "value2")].map(|(key, value)| (key.into(), value.into()));
    assert_eq!(varz.metadata, BTreeMap::from(expected));
}

go_test!(
    2067,
    "monitor_test",
    "TestMonitorVarzSubscriptionsResetProperly",
    varz_subscriptions
);
fn varz_subscriptions() {
    // In Go it is JetStream that subscribes.
    let server = monitored_with(|_| {});
    let mut client = client_with(&server, "");
    subscribe(&mut client, &["foo", "bar", "baz.>"]);
    let count = || -> u64 {
        let varz: Value = http::get(monitor(&server), "/varz").json();
        varz["subscriptions"].as_u64().unwrap()
    };
    let first = count();
    assert!(first >= 3, "{first}");
    assert_eq!(count(), first);
    assert_eq!(count(), first);
}
