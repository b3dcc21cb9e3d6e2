//! Go: `server/monitor_test.go`: connections that have ended.

use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use conformance::{go_test, http};
use nats_server::monitor::{ConnState, Connz, ConnzOptions};

use super::monitor_support::{busy_client, connz, monitor, monitored, subscribe, wait_closed};

go_test!(
    2073,
    "monitor_test",
    "TestMonitorClosedConnzWithSubsDetail",
    with_subscriptions_in_detail
);
fn with_subscriptions_in_detail() {
    let server = monitored();
    let mut client = busy_client(&server);
    subscribe(&mut client, &["hello.foo"]);
    drop(client);
    wait_closed(&server, 1);
    let options = ConnzOptions {
        state: ConnState::Closed,
        subscriptions_detail: true,
        ..ConnzOptions::default()
    };
    for connz in connz(&server, "/connz?state=closed&subs=detail", &options) {
        let details = &connz.connections[0].subscriptions_list_detail;
        assert_eq!(details.len(), 1);
        assert_eq!(details[0].subject, "hello.foo");
    }
}

go_test!(
    2105,
    "monitor_test",
    "TestMonitorConnzWithStateForClosedConns",
    by_state
);
fn by_state() {
    let server = monitored();
    let mut open = Vec::new();
    for _ in 0..10 {
        let mut closed = busy_client(&server);
        subscribe(&mut closed, &["hello.closed.conns"]);
        drop(closed);
        let mut client = busy_client(&server);
        subscribe(&mut client, &["hello.open.conns"]);
        open.push(client);
    }
    let context = server.server().context();
    conformance::wait::wait_until("ten have ended", || {
        context.closed_connections().len() == 10
    });
    let ask = |cid: u64, state: &str, subscriptions: bool| {
        let options = ConnzOptions {
            cid,
            subscriptions,
            state: state.parse().unwrap(),
            ..ConnzOptions::default()
        };
        let path = format!("/connz?cid={cid}&state={state}&subs={subscriptions}");
        connz(&server, &path, &options)
    };
    let counts = |cid, state: &str| ask(cid, state, false).map(|connz| connz.connections.len());
    assert_eq!(counts(0, "open"), [10, 10]);
    assert_eq!(counts(0, "closed"), [10, 10]);
    assert_eq!(counts(0, "ALL"), [20, 20]);
    // The first has ended.
    assert_eq!(counts(1, "open"), [0, 0]);
    assert_eq!(counts(1, "closed"), [1, 1]);
    assert_eq!(counts(1, "ALL"), [1, 1]);
    for (wanted, listed) in [(true, 1), (false, 0)] {
        for connz in ask(1, "closed", wanted) {
            assert_eq!(connz.connections.len(), 1);
            assert_eq!(connz.connections[0].subscriptions, 1);
            assert_eq!(connz.connections[0].subscriptions_list.len(), listed);
        }
    }
    // The second has not.
    assert_eq!(counts(2, "open"), [1, 1]);
    assert_eq!(counts(2, "all"), [1, 1]);
    assert_eq!(counts(2, "closed"), [0, 0]);
}

go_test!(
    2106,
    "monitor_test",
    "TestMonitorConnzClosedConnsRace",
    closed_conns_race
);
fn closed_conns_race() {
    let server = monitored();
    for _ in 0..100 {
        let mut client = busy_client(&server);
        subscribe(&mut client, &["foo"]);
    }
    wait_closed(&server, 100);
    let at = monitor(&server);
    let poll = |path: &str, subscriptions: usize| {
        let end = Instant::now() + Duration::from_secs(1);
        while Instant::now() < end {
            let connz: Connz = http::get(at, path).json();
            assert_eq!(connz.connections.len(), 100);
            for one in &connz.connections {
                assert_eq!(one.subscriptions_list.len(), subscriptions);
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| poll("/connz?state=closed&subs=true", 1));
        scope.spawn(|| poll("/connz?state=closed", 0));
    });
}

/// The one connection that has ended did nothing, and not for longer than it was.
pub(super) fn expect_idle(connz: &Connz) {
    assert_eq!(connz.connections.len(), 1);
    let one = &connz.connections[0];
    let lifetime = one.stop.expect("it has ended").since(one.start);
    let idle: u64 = one.idle.strip_suffix('s').unwrap().parse().unwrap();
    assert!(Duration::from_secs(idle) <= lifetime, "{one:?}");
    assert!(!one.last_activity.is_zero());
    assert!(one.stop >= Some(one.last_activity));
}

go_test!(
    2107,
    "monitor_test",
    "TestMonitorConnzClosedConnsBadClient",
    bad_client
);
fn bad_client() {
    let server = monitored();
    let client = TcpStream::connect(server.address()).unwrap();
    client.shutdown(Shutdown::Both).unwrap();
    wait_closed(&server, 1);
    let options = ConnzOptions {
        state: ConnState::Closed,
        ..ConnzOptions::default()
    };
    expect_idle(&server.server().connz(&options).unwrap());
}
