//! Go: `server/monitor_test.go`: the orders of connections.

use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::{elapse, wait_until};
use nats_server::monitor::{
    ConnInfo, ConnState, Connz, ConnzError, ConnzOptions, SortOption, Time, sort_connections,
};
use nats_server::protocol::ClosedState;

use super::monitor_support::{
    busy_client, client_with, connz, monitored, newest, refused, subscribe, wait_closed,
};

fn by(sort: &str, state: ConnState) -> ConnzOptions {
    ConnzOptions {
        sort: sort.parse().unwrap(),
        state,
        ..ConnzOptions::default()
    }
}

fn open(server: &RunningServer, sort: &str) -> [Connz; 2] {
    connz(
        server,
        &format!("/connz?sort={sort}"),
        &by(sort, ConnState::Open),
    )
}

fn closed(server: &RunningServer, sort: &str) -> [Connz; 2] {
    let path = format!("/connz?state=closed&sort={sort}");
    connz(server, &path, &by(sort, ConnState::Closed))
}

/// Checks the order of a figure in both answers.
#[track_caller]
fn expect_order<K: PartialOrd + Debug>(
    answers: [Connz; 2],
    count: usize,
    ascending: bool,
    figure: impl Fn(&ConnInfo) -> K,
) {
    for connz in answers {
        let figures: Vec<K> = connz.connections.iter().map(&figure).collect();
        assert_eq!(figures.len(), count);
        let ordered = figures.windows(2).all(|pair| {
            if ascending {
                pair[0] <= pair[1]
            } else {
                pair[0] >= pair[1]
            }
        });
        assert!(ordered, "{figures:?}");
    }
}

fn four(server: &RunningServer) -> Vec<RawClient> {
    (0..4).map(|_| busy_client(server)).collect()
}

go_test!(
    2078,
    "monitor_test",
    "TestMonitorConnzDefaultSorted",
    by_default
);
fn by_default() {
    let server = monitored();
    let _clients = four(&server);
    let answers = connz(&server, "/connz", &ConnzOptions::default());
    expect_order(answers, 4, true, |one| one.cid);
}

go_test!(2079, "monitor_test", "TestMonitorConnzSortedByCid", by_cid);
fn by_cid() {
    let server = monitored();
    let _clients = four(&server);
    expect_order(open(&server, "cid"), 4, true, |one| one.cid);
}

go_test!(
    2080,
    "monitor_test",
    "TestMonitorConnzSortedByStart",
    by_start
);
fn by_start() {
    let server = monitored();
    let _clients = four(&server);
    expect_order(open(&server, "start"), 4, true, |one| one.start);
}

go_test!(
    2081,
    "monitor_test",
    "TestMonitorConnzSortedByBytesAndMsgs",
    by_traffic
);
fn by_traffic() {
    let server = monitored();
    let _quiet = busy_client(&server);
    let mut first = busy_client(&server);
    subscribe(&mut first, &["foo"]);
    first.send(&"PUB foo 11\r\nHello World\r\n".repeat(100));
    for _ in 0..100 {
        assert_eq!(first.message().payload, b"Hello World");
    }
    first.flush();
    let id = newest(&server);
    let _clients = [busy_client(&server), busy_client(&server)];
    let expect = |sort: &str, most: u64, figure: fn(&ConnInfo) -> u64| {
        let answers = open(&server, sort);
        for connz in &answers {
            assert_eq!(connz.connections[0].cid, id);
            assert_eq!(figure(&connz.connections[0]), most);
        }
        expect_order(answers, 4, false, figure);
    };
    expect("bytes_to", 1105, |one| one.out_bytes);
    expect("msgs_to", 101, |one| one.out_msgs);
    expect("bytes_from", 1105, |one| one.in_bytes);
    expect("msgs_from", 101, |one| one.in_msgs);
}

go_test!(
    2082,
    "monitor_test",
    "TestMonitorConnzSortedByPending",
    by_pending
);
fn by_pending() {
    let server = monitored();
    let _clients = four(&server);
    // One that does not read what it is sent.
    let mut deaf = client_with(&server, "");
    subscribe(&mut deaf, &["big"]);
    let id = newest(&server);
    let mut publisher = client_with(&server, "");
    let payload = "x".repeat(512 * 1024);
    let pending = || {
        let client = server.server().context().client(id);
        client.expect("it stays").link.outbound().pending()
    };
    // More than the sockets hold, so that some of it stays.
    for _ in 0..80 {
        publisher.send(&format!("PUB big {}\r\n{payload}\r\n", payload.len()));
        publisher.flush();
    }
    assert!(pending() > 0, "the socket takes no more");
    let answers = open(&server, "pending");
    for connz in &answers {
        assert_eq!(connz.connections[0].cid, id);
    }
    expect_order(answers, 6, false, |one| one.pending_bytes);
}

go_test!(
    2083,
    "monitor_test",
    "TestMonitorConnzSortedBySubs",
    by_subscriptions
);
fn by_subscriptions() {
    let server = monitored();
    let _quiet = busy_client(&server);
    let mut first = busy_client(&server);
    subscribe(&mut first, &["hello.world"]);
    let id = newest(&server);
    let _clients = [busy_client(&server), busy_client(&server)];
    let answers = open(&server, "subs");
    for connz in &answers {
        assert_eq!(connz.connections[0].cid, id);
    }
    expect_order(answers, 4, false, |one| one.subscriptions);
}

go_test!(
    2084,
    "monitor_test",
    "TestMonitorConnzSortedByLast",
    by_last_activity
);
fn by_last_activity() {
    let server = monitored();
    let mut first = busy_client(&server);
    subscribe(&mut first, &["hello.world"]);
    let mut clients: Vec<RawClient> = (0..3).map(|_| busy_client(&server)).collect();
    // Not in the order of their ids.
    clients[1].send("PUB foo 0\r\n\r\n");
    clients[1].flush();
    expect_order(open(&server, "last"), 4, false, |one| one.last_activity);
    for connz in open(&server, "last") {
        assert_eq!(connz.connections[0].cid, 3);
    }
}

go_test!(
    2085,
    "monitor_test",
    "TestMonitorConnzSortedByUptime",
    by_uptime
);
fn by_uptime() {
    let server = monitored();
    let _clients = four(&server);
    let now = Time::now();
    expect_order(open(&server, "uptime"), 4, true, |one| now.since(one.start));
}

/// Four connections that live for different times: the one made third ends first,
/// then the fourth, the first and the second.
fn four_closed(server: &RunningServer) {
    let mut clients: Vec<Option<RawClient>> = four(server).into_iter().map(Some).collect();
    for (done, n) in [2, 3, 0, 1].into_iter().enumerate() {
        clients[n] = None;
        let context = server.server().context();
        wait_until("it has ended", || {
            context.closed_connections().len() == done + 1
        });
        elapse(Duration::from_millis(20), "the others live longer");
    }
}

go_test!(
    2086,
    "monitor_test",
    "TestMonitorConnzSortedByUptimeClosedConn",
    by_uptime_of_closed
);
fn by_uptime_of_closed() {
    let server = monitored();
    four_closed(&server);
    let lifetime = |one: &ConnInfo| one.stop.expect("it has ended").since(one.start);
    expect_order(closed(&server, "uptime"), 4, true, lifetime);
    for connz in closed(&server, "uptime") {
        assert_eq!(connz.connections[0].cid, 3);
    }
}

go_test!(
    2087,
    "monitor_test",
    "TestMonitorConnzSortedByStopOnOpen",
    by_stop_of_open
);
fn by_stop_of_open() {
    let server = monitored();
    let _clients = four(&server);
    let error = server.server().connz(&by("stop", ConnState::Open));
    assert_eq!(error.unwrap_err(), ConnzError::Stop);
    assert_eq!(
        refused(&server, "/connz?sort=stop"),
        "sort by stop only valid on closed connections"
    );
}

go_test!(
    2088,
    "monitor_test",
    "TestMonitorConnzSortedByStopTimeClosedConn",
    by_stop
);
fn by_stop() {
    let server = monitored();
    four_closed(&server);
    expect_order(closed(&server, "stop"), 4, false, |one| one.stop);
    for connz in closed(&server, "stop") {
        let ids: Vec<u64> = connz.connections.iter().map(|one| one.cid).collect();
        assert_eq!(ids, [2, 1, 4, 3]);
    }
}

go_test!(
    2089,
    "monitor_test",
    "TestMonitorConnzSortedByReason",
    by_reason
);
fn by_reason() {
    const REASONS: [ClosedState; 5] = [
        ClosedState::StaleConnection,
        ClosedState::AuthenticationTimeout,
        ClosedState::WriteError,
        ClosedState::MaxPayloadExceeded,
        ClosedState::ParseError,
    ];
    let server = monitored();
    for n in 0..20 {
        let _client = client_with(&server, "");
        let client = server.server().context().client(newest(&server));
        client.expect("it is connected").close(REASONS[n % 5]);
        wait_closed(&server, n + 1);
    }
    expect_order(closed(&server, "reason"), 20, true, |one| {
        one.reason.clone()
    });
    for connz in closed(&server, "reason") {
        assert_eq!(connz.connections[0].reason, "Authentication Timeout");
        assert_eq!(connz.connections[19].reason, "Write Error");
    }
}

go_test!(
    2090,
    "monitor_test",
    "TestMonitorConnzSortedByReasonOnOpen",
    by_reason_of_open
);
fn by_reason_of_open() {
    let server = monitored();
    let _clients = four(&server);
    let error = server.server().connz(&by("reason", ConnState::Open));
    assert_eq!(error.unwrap_err(), ConnzError::Reason);
    assert_eq!(
        refused(&server, "/connz?sort=reason"),
        "sort by reason only valid on closed connections"
    );
}

go_test!(
    2091,
    "monitor_test",
    "TestMonitorConnzSortedByIdle",
    by_idle
);
fn by_idle() {
    let server = monitored();
    let _clients = four(&server);
    let context = server.server().context();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    for (cid, idle) in [(1, 5), (2, 10), (3, 2), (4, 20)] {
        let last = now - Duration::from_secs(idle);
        let client = context.client(cid).expect("it is connected");
        client.link.touch(i64::try_from(last.as_nanos()).unwrap());
    }
    for connz in open(&server, "idle") {
        let ids: Vec<u64> = connz.connections.iter().map(|one| one.cid).collect();
        assert_eq!(ids, [4, 2, 1, 3]);
        let idle: Vec<u64> = connz
            .connections
            .iter()
            .map(|one| one.idle.strip_suffix('s').unwrap().parse().unwrap())
            .collect();
        assert!(idle.windows(2).all(|pair| pair[0] > pair[1]), "{idle:?}");
    }
}

/// Seconds since the start, if there was one, and since the last activity.
type Ages = (Option<i64>, i64);

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

go_test!(
    2092,
    "monitor_test",
    "TestMonitorConnzSortByIdleTime",
    by_idle_time
);
fn by_idle_time() {
    let cases: [(&str, &[Ages]); 6] = [
        (
            "equal last activity times",
            &[
                (Some(50 * MINUTE), MINUTE),
                (Some(30 * MINUTE), MINUTE),
                (Some(10), MINUTE),
                (Some(2 * HOUR), MINUTE),
            ],
        ),
        (
            "last activity in the future",
            &[
                (Some(50 * MINUTE), -10 * MINUTE),
                (Some(30 * MINUTE), -5 * MINUTE),
                (Some(24 * HOUR), -2),
                (Some(10), -15 * MINUTE),
                (Some(2 * HOUR), -MINUTE),
            ],
        ),
        (
            "unsorted",
            &[
                (Some(50 * MINUTE), 10 * MINUTE),
                (Some(30 * MINUTE), 5 * MINUTE),
                (Some(24 * HOUR), 2),
                (Some(10), 15 * MINUTE),
                (Some(2 * HOUR), MINUTE),
            ],
        ),
        (
            "unsorted with zero value start time",
            &[
                (None, 10 * MINUTE),
                (None, 5 * MINUTE),
                (None, 2),
                (None, 15 * MINUTE),
                (None, MINUTE),
            ],
        ),
        (
            "sorted",
            &[
                (Some(24 * HOUR), 2),
                (Some(2 * HOUR), MINUTE),
                (Some(30 * MINUTE), 5 * MINUTE),
                (Some(50 * MINUTE), 10 * MINUTE),
                (Some(10), 15 * MINUTE),
            ],
        ),
        (
            "sorted with zero value start time",
            &[
                (None, 2),
                (None, MINUTE),
                (None, 5 * MINUTE),
                (None, 10 * MINUTE),
                (None, 15 * MINUTE),
            ],
        ),
    ];
    let now = 1_700_000_000;
    let ago = |seconds: i64| Time::from_unix_nanos((now - seconds) * 1_000_000_000);
    let check = |name: &str, mut connections: Vec<ConnInfo>| {
        let mut expected: Vec<Time> = connections.iter().map(|one| one.last_activity).collect();
        // Longest idle first, which is what `/connz` makes of the Go order.
        expected.sort_unstable();
        sort_connections(&mut connections, SortOption::Idle, ago(0));
        let sorted: Vec<Time> = connections.iter().map(|one| one.last_activity).collect();
        assert_eq!(sorted, expected, "{name}");
    };
    check("zero values", vec![ConnInfo::default(); 4]);
    for (name, times) in cases {
        let connections = times.iter().map(|(start, last)| ConnInfo {
            start: start.map(ago).unwrap_or_default(),
            last_activity: ago(*last),
            ..ConnInfo::default()
        });
        check(name, connections.collect());
    }
}

go_test!(
    2093,
    "monitor_test",
    "TestMonitorConnzSortBadRequest",
    bad_order
);
fn bad_order() {
    let server = monitored();
    let _clients = four(&server);
    assert_eq!(
        refused(&server, "/connz?sort=foo"),
        "invalid sorting option: foo"
    );
    assert!("foo".parse::<SortOption>().is_err());
}

go_test!(2155, "monitor_test", "TestMonitorConnzSortByRTT", by_rtt);
fn by_rtt() {
    let server = monitored();
    // The time until CONNECT is the first round-trip time.
    let _clients: Vec<RawClient> = (0..10)
        .map(|n| {
            let mut client = RawClient::connect(server.address());
            client.info();
            let pause = Duration::from_millis((n * 7) % 10 * 3);
            elapse(pause, "round-trip times differ");
            client.send("CONNECT {\"verbose\":false,\"lang\":\"raw\"}\r\n");
            client.flush();
            client
        })
        .collect();
    let [by_http, by_call] = open(&server, "rtt");
    let order = |connz: &Connz| -> Vec<u64> { connz.connections.iter().map(|c| c.cid).collect() };
    assert_eq!(by_http.num_connections, 10);
    assert_eq!(order(&by_http), order(&by_call));
    let times: Vec<Duration> = by_call.connections.iter().map(|c| c.round_trip).collect();
    assert_eq!(times.len(), 10);
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
    assert!(times[0] >= Duration::from_millis(27), "{times:?}");
}
