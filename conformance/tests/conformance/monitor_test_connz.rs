//! Go: `server/monitor_test.go`: open connections.

use std::time::{Duration, Instant};

use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use conformance::{go_test, http};
use nats_server::monitor::{
    ConnInfo, ConnState, ConnzOptions, DEFAULT_CONN_LIST_SIZE, Routez, Time,
};

use super::monitor_support::{
    busy_client, busy_user, client_with, connz, monitor, monitored, monitored_with,
    monitored_with_accounts, refused, subscribe,
};

go_test!(2069, "monitor_test", "TestMonitorConnz", connz_of_clients);
fn connz_of_clients() {
    let server = monitored_with_accounts();
    for connz in connz(&server, "/connz", &ConnzOptions::default()) {
        assert_eq!((connz.num_connections, connz.total), (0, 0));
        assert!(connz.connections.is_empty());
    }
    let with_auth = ConnzOptions {
        auth: true,
        ..ConnzOptions::default()
    };
    let client = busy_user(&server, "a");
    for connz in connz(&server, "/connz?auth=1", &with_auth) {
        assert_eq!((connz.num_connections, connz.total), (1, 1));
        assert_eq!(connz.connections.len(), 1);
        assert_eq!(connz.limit, DEFAULT_CONN_LIST_SIZE);
        assert_eq!(connz.offset, 0);
        let one = &connz.connections[0];
        assert_ne!(one.cid, 0);
        assert_eq!(one.ip, "127.0.0.1");
        assert_ne!(one.port, 0);
        assert_eq!(one.subscriptions, 0);
        assert!(one.subscriptions_list.is_empty());
        assert!(one.subscriptions_list_detail.is_empty());
        assert_eq!((one.in_msgs, one.out_msgs), (1, 1));
        assert_eq!((one.in_bytes, one.out_bytes), (5, 5));
        assert!(!one.start.is_zero());
        assert!(!one.uptime.is_empty());
        assert!(!one.last_activity.is_zero());
        assert!(one.last_activity >= one.start);
        assert!(!one.idle.is_empty());
        assert!(!one.rtt.is_empty() && one.rtt != "0s", "{}", one.rtt);
        assert_eq!(one.account, "A");
        assert_eq!(one.name_tag, "A");
    }
    drop(client);
    wait_until("the client is gone", || server.server().client_count() == 0);
    for connz in connz(&server, "/connz", &ConnzOptions::default()) {
        assert!(connz.connections.is_empty());
    }
    let answer = http::get(monitor(&server), "/connz?callback=callback");
    answer.expect(200, "application/javascript");
}

go_test!(
    2070,
    "monitor_test",
    "TestMonitorConnzBadParams",
    bad_parameters
);
fn bad_parameters() {
    let server = monitored();
    for parameter in ["auth", "subs", "offset", "limit", "state"] {
        let text = refused(&server, &format!("/connz?{parameter}=xxx"));
        assert!(text.starts_with("Error decoding "), "{text}");
        assert!(text.contains("xxx"), "{text}");
    }
    let error = "xxx".parse::<ConnState>().unwrap_err();
    assert_eq!(error.to_string(), "Error decoding state for xxx");
}

go_test!(
    2071,
    "monitor_test",
    "TestMonitorConnzWithSubs",
    with_subscriptions
);
fn with_subscriptions() {
    let server = monitored();
    let mut client = busy_client(&server);
    subscribe(&mut client, &["hello.foo"]);
    let options = ConnzOptions {
        subscriptions: true,
        ..ConnzOptions::default()
    };
    for connz in connz(&server, "/connz?subs=1", &options) {
        assert_eq!(connz.connections[0].subscriptions_list, ["hello.foo"]);
    }
}

go_test!(
    2072,
    "monitor_test",
    "TestMonitorConnzWithSubsDetail",
    with_subscriptions_in_detail
);
fn with_subscriptions_in_detail() {
    let server = monitored();
    let mut client = busy_client(&server);
    subscribe(&mut client, &["hello.foo"]);
    let options = ConnzOptions {
        subscriptions_detail: true,
        ..ConnzOptions::default()
    };
    for connz in connz(&server, "/connz?subs=detail", &options) {
        let details = &connz.connections[0].subscriptions_list_detail;
        assert_eq!(details.len(), 1);
        assert_eq!(details[0].subject, "hello.foo");
    }
}

go_test!(2074, "monitor_test", "TestMonitorConnzWithCID", by_id);
fn by_id() {
    let server = monitored();
    let cid = 5;
    let _clients: Vec<RawClient> = (1..=10)
        .map(|n| {
            let mut client = busy_client(&server);
            if n == cid {
                subscribe(&mut client, &["hello.foo", "hello.bar"]);
            }
            client
        })
        .collect();
    let ask = |cid: u64| {
        let options = ConnzOptions {
            cid,
            ..ConnzOptions::default()
        };
        connz(&server, &format!("/connz?cid={cid}"), &options)
    };
    for connz in ask(cid) {
        assert_eq!(connz.connections.len(), 1);
        assert_eq!(connz.num_connections, 1);
        assert_eq!(connz.connections[0].cid, cid);
        assert_eq!(connz.connections[0].subscriptions, 2);
    }
    for connz in ask(100) {
        assert!(connz.connections.is_empty());
        assert_eq!(connz.num_connections, 0);
    }
}

/// A round-trip time as it is printed.
fn parse_rtt(text: &str) -> Duration {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: f64 = digits.parse().unwrap_or_else(|_| panic!("no time: {text}"));
    let unit = match &text[digits.len()..] {
        "ns" => 1e-9,
        "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        other => panic!("no unit: {other}"),
    };
    Duration::from_secs_f64(number * unit)
}

go_test!(2075, "monitor_test", "TestMonitorConnzRTT", connz_rtt);
fn connz_rtt() {
    let server = monitored_with(|options| {
        options.no_system_account = true;
        options.ping_interval = Duration::from_millis(700);
    });
    // Before the first PING, the time until CONNECT stands in for it. A slow client
    // makes the two differ.
    let slow = Duration::from_millis(500);
    let begun = Instant::now();
    let mut client = RawClient::connect(server.address());
    client.info();
    conformance::wait::elapse(slow, "the client is slow to connect");
    client.send("CONNECT {\"verbose\":false,\"lang\":\"raw\"}\r\n");
    client.expect("PING");
    let rtt = || -> [Duration; 2] {
        connz(&server, "/connz", &ConnzOptions::default()).map(|connz| {
            assert_eq!(connz.num_connections, 1);
            parse_rtt(&connz.connections[0].rtt)
        })
    };
    for first in rtt() {
        assert!(first >= slow && first <= begun.elapsed(), "{first:?}");
    }
    client.send("PONG\r\n");
    client.flush();
    for measured in rtt() {
        // Go allows 20 ms; a busy machine may need more.
        assert!(measured >= Duration::from_nanos(100), "{measured:?}");
        assert!(measured < slow / 2, "{measured:?}");
    }
}

fn named(server: &RunningServer, name: &str, mode: usize) -> ConnInfo {
    let options = ConnzOptions {
        subscriptions: true,
        ..ConnzOptions::default()
    };
    let connz = &connz(server, "/connz?subs=1", &options)[mode];
    let found = connz.connections.iter().find(|one| one.name == name);
    found.expect("it is connected").clone()
}

go_test!(
    2076,
    "monitor_test",
    "TestMonitorConnzLastActivity",
    last_activity
);
fn last_activity() {
    let server = monitored();
    for mode in 0..2 {
        let names = [format!("foo{mode}"), format!("bar{mode}")];
        let [mut taker, mut giver] = names
            .each_ref()
            .map(|name| client_with(&server, &format!(r#","name":"{name}""#)));
        let at = |n: usize| -> Time { named(&server, &names[n], mode).last_activity };
        let (foo_at, bar_at) = (at(0), at(1));
        assert!(!foo_at.is_zero() && !bar_at.is_zero());
        assert!(foo_at <= bar_at, "foo came first");

        subscribe(&mut taker, &["hello.world"]);
        let subscribed = at(0);
        assert!(subscribed > foo_at, "subscribing is activity");

        giver.send("PUB hello.world 5\r\nHello\r\n");
        giver.flush();
        assert_eq!(taker.message().payload, b"Hello");
        assert!(at(1) > bar_at, "publishing is activity");
        let delivered = at(0);
        assert!(delivered > subscribed, "receiving is activity");

        taker.send("UNSUB 1\r\n");
        taker.flush();
        assert!(at(0) > delivered, "unsubscribing is activity");
    }
}

go_test!(
    2077,
    "monitor_test",
    "TestMonitorConnzWithOffsetAndLimit",
    offset_and_limit
);
fn offset_and_limit() {
    let server = monitored();
    let ask = |offset: i64, limit: i64| {
        let options = ConnzOptions {
            offset,
            limit,
            ..ConnzOptions::default()
        };
        let path = format!("/connz?offset={offset}&limit={limit}");
        connz(&server, &path, &options)
    };
    for connz in ask(1, 1) {
        assert!(connz.connections.is_empty());
    }
    for connz in ask(-1, -1) {
        assert!(connz.connections.is_empty());
        assert_eq!((connz.offset, connz.limit), (0, DEFAULT_CONN_LIST_SIZE));
    }
    let _clients = [busy_client(&server), busy_client(&server)];
    for connz in ask(1, 1) {
        assert_eq!((connz.offset, connz.limit), (1, 1));
        assert_eq!(connz.connections.len(), 1);
        assert_eq!((connz.num_connections, connz.total), (1, 2));
    }
    for connz in ask(2, 1) {
        assert_eq!((connz.offset, connz.limit), (2, 1));
        assert!(connz.connections.is_empty());
        assert_eq!((connz.num_connections, connz.total), (0, 2));
    }
}

go_test!(
    2095,
    "monitor_test",
    "TestMonitorRoutezWithBadParams",
    routez_with_bad_parameters
);
fn routez_with_bad_parameters() {
    let server = monitored();
    assert_eq!(
        refused(&server, "/routez?subs=xxx"),
        "Error decoding boolean for 'subs': strconv.ParseBool: parsing \"xxx\": invalid syntax"
    );
    let routez: Routez = http::get(monitor(&server), "/routez?subs=1").json();
    assert_eq!(routez.num_routes, 0);
}

go_test!(
    2104,
    "monitor_test",
    "TestMonitorConnzWithNamedClient",
    named_client
);
fn named_client() {
    let server = monitored();
    let _client = client_with(&server, r#","name":"test-client""#);
    for connz in connz(&server, "/connz", &ConnzOptions::default()) {
        assert_eq!(connz.connections.len(), 1);
        assert_eq!(connz.connections[0].name, "test-client");
    }
}

go_test!(2120, "monitor_test", "Benchmark_Connz", connz_of_many);
fn connz_of_many() {
    let server = monitored_with(|options| {
        options.no_system_account = true;
        options.http_port = 0;
    });
    let _clients: Vec<RawClient> = (0..250)
        .map(|_| {
            let mut client = client_with(&server, "");
            for n in 0..100 {
                client.send(&format!("SUB foo.{n} {n}\r\n"));
            }
            client.flush();
            client
        })
        .collect();
    for _ in 0..10 {
        let connz = server.server().connz(&ConnzOptions::default()).unwrap();
        assert_eq!(connz.num_connections, 250);
        assert!(connz.connections.iter().all(|one| one.subscriptions == 100));
    }
}
