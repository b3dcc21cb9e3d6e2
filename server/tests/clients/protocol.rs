//! What clients say, as the log has it and as they are answered.

use std::time::{Duration, Instant};

use nats_server::logging::Level;

use crate::support::Running;

#[test]
fn operations_are_traced_in_both_directions() {
    let server = Running::with(|_| {});
    let mut client = server.client();
    client.send("CONNECT {\"verbose\":true,\"user\":\"u\",\"pass\":\"secret\"}\r\n");
    client.send("SUB foo 1\r\nUNSUB 1\r\nPONG\r\nPUB bar 2\r\nok\r\nPING\r\n");
    while client.line().as_deref() != Some("PONG") {}
    client.send("-ERR 'enough'\r\n");
    assert!(client.rest().is_empty());
    let lines = server.lines(Level::Trace);
    for text in [
        "<<- [CONNECT {\"verbose\":true,\"user\":\"u\",\"pass\":\"[REDACTED]\"}]",
        "->> [OK]",
        "<<- [SUB foo 1]",
        "<<- [UNSUB 1]",
        "<-> [DELSUB 1]",
        "<<- [PONG]",
        "<<- [PUB bar 2]",
        "<<- MSG_PAYLOAD: [\"ok\"]",
        "<<- [PING]",
        "->> [PONG]",
    ] {
        assert!(lines.iter().any(|line| line.contains(text)), "{text}");
    }
    server.wait_for_line(Level::Error, "Client Error 'enough'");
    server.wait_for_closed("Parse Error");
    server.wait_for_line(Level::Debug, "Client connection closed: Parse Error");
}

/// More subjects than a session remembers, in runs, by turns and again, while who
/// listens changes.
#[test]
fn messages_of_many_subjects_find_their_subscriptions() {
    const SUBJECTS: usize = 1_300;
    let server = Running::with(|_| {});
    let mut client = server.connected("");
    for number in 0..SUBJECTS {
        client.send(&format!("SUB s.{number} {number}\r\n"));
    }
    let (mut sent, mut expected) = (String::new(), Vec::new());
    let mut last_sid = 0;
    for number in 0..SUBJECTS {
        if number % 100 == 50 {
            let sid = SUBJECTS + number;
            sent += &format!("UNSUB {last_sid}\r\nSUB s.0 {sid}\r\n");
            last_sid = sid;
        }
        for to in [number, number, 0, number * 7 % SUBJECTS] {
            sent += &format!("PUB s.{to} 1\r\nx\r\n");
            let sid = if to == 0 { last_sid } else { to };
            expected.push(format!("MSG s.{to} {sid} 1"));
        }
    }
    client.send(&sent);
    client.send("PING\r\n");
    let lines = std::iter::from_fn(|| client.line()).take_while(|line| line != "PONG");
    let got: Vec<String> = lines.filter(|line| line.starts_with("MSG")).collect();
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(&expected) {
        assert_eq!(got, expected);
    }
}

#[test]
fn connecting_is_answered_and_what_is_refused_is_traced() {
    let server = Running::with(|_| {});
    let mut client = server.client();
    client.send("CONNECT {\"verbose\":true}\r\n");
    assert_eq!(client.line().as_deref(), Some("+OK"));
    client.send("CONNECT {\"verbose\":true,\"protocol\":7}\r\n");
    assert_eq!(client.rest(), ["-ERR 'invalid client protocol'"]);
    server.wait_for_line(Level::Trace, "->> [-ERR invalid client protocol]");
}

#[test]
fn what_follows_a_proxy_header_at_once_is_read() {
    let server = Running::with(|options| options.proxy_protocol = true);
    let mut client = server.client();
    client.send(
        "PROXY TCP4 203.0.113.50 127.0.0.1 54321 4222\r\n\
         CONNECT {\"verbose\":false}\r\nPING\r\n",
    );
    assert_eq!(client.line().as_deref(), Some("PONG"));
    assert!(tells_of_proxies(&server));
    assert!(!tells_of_proxies(&Running::with(|_| {})));
}

fn tells_of_proxies(server: &Running) -> bool {
    let lines = server.lines(Level::Notice);
    let told = "PROXY protocol enabled for client connections";
    lines.iter().any(|line| line == told)
}

#[test]
fn info_from_a_client_has_to_be_a_document() {
    let server = Running::with(|_| {});
    let mut client = server.connected("");
    client.send("INFO {\"server_id\":\"x\"}\r\n");
    assert!(client.flush().is_empty());
    client.send("INFO {nonsense\r\n");
    assert!(client.rest().is_empty());
    server.wait_for_closed("Protocol Violation");
}

#[test]
fn connections_that_never_connect_are_told_why_they_end() {
    let server = Running::with(|options| {
        options.authorization = "token".to_owned();
        options.auth_timeout = Duration::from_millis(50);
    });
    assert_eq!(server.client().rest(), ["-ERR 'Authentication Timeout'"]);
    server.wait_for_closed("Authentication Timeout");
    server.wait_for_line(Level::Debug, "Authentication Timeout");
    let mut early = server.client();
    early.send("PUB foo 2\r\nok\r\n");
    assert_eq!(early.rest(), ["-ERR 'Authorization Violation'"]);
    server.wait_for_line(Level::Error, "authentication error");
    let mut wrong = server.client();
    wrong.send("CONNECT {\"auth_token\":\"guess\"}\r\n");
    assert_eq!(wrong.rest(), ["-ERR 'Authorization Violation'"]);
    server.wait_for_line(Level::Error, "authentication error - Token \"[REDACTED]\"");
}

#[test]
fn reserved_subjects_are_not_for_clients() {
    let server = Running::with(|_| {});
    let mut client = server.connected("");
    client.send("SUB > 1\r\n");
    for (publish, want) in [
        (
            "PUB _GR_.x 0",
            "-ERR 'Permissions Violation for Publish to \"_GR_.x\"'",
        ),
        (
            "PUB $NRG.x 0",
            "-ERR 'Permissions Violation for Publish to \"$NRG.x\"'",
        ),
        (
            "PUB foo _R_.x 0",
            "-ERR 'Permissions Violation for Publish with Reply of \"_R_.x\"'",
        ),
        (
            "PUB foo $JS.ACK.x 0",
            "-ERR 'Permissions Violation for Publish with Reply of \"$JS.ACK.x\"'",
        ),
    ] {
        client.send(&format!("{publish}\r\n\r\n"));
        assert_eq!(client.flush(), [want]);
    }
}

#[test]
fn subscriptions_have_a_limit_of_tokens() {
    let server = Running::with(|options| options.max_subscription_tokens = 2);
    let mut client = server.connected("");
    client.send("SUB a.b 1\r\nSUB a.b.c 2\r\n");
    let want = "-ERR 'Permissions Violation for Subscription to \"a.b.c\", too many tokens'";
    assert_eq!(client.flush(), [want]);
    assert_eq!(server.server.subscription_count(), 1);
}

#[test]
fn subjects_that_are_none_are_refused() {
    let server = Running::with(|_| {});
    let mut client = server.connected(r#","pedantic":true"#);
    client.send("SUB a..b 1\r\n");
    assert_eq!(client.flush(), ["-ERR 'Invalid Subject'"]);
    client.send("PUB a.* 2\r\nok\r\n");
    assert_eq!(client.flush(), ["-ERR 'Invalid Publish Subject'"]);
    assert_eq!(server.server.subscription_count(), 0);
}

#[test]
fn denied_subjects_are_kept_out_of_wide_subscriptions() {
    use nats_server::config::options::{Permissions, SubjectPermission, User};
    let server = Running::with(|options| {
        let permissions = Permissions {
            subscribe: Some(SubjectPermission {
                allow: None,
                deny: vec!["foo.secret".to_owned()],
            }),
            ..Permissions::default()
        };
        options.users = vec![User {
            username: "u".to_owned(),
            password: "p".to_owned(),
            permissions: Some(permissions.into()),
            ..User::default()
        }];
    });
    let mut client = server.connected(r#","user":"u","pass":"p""#);
    client.send("SUB foo.secret 1\r\n");
    let want = "-ERR 'Permissions Violation for Subscription to \"foo.secret\"'";
    assert_eq!(client.flush(), [want]);
    server.wait_for_line(
        Level::Error,
        "Subscription Violation - Subject \"foo.secret\", SID 1",
    );
    client.send("SUB foo.* 2\r\nPUB foo.secret 1\r\nx\r\nPUB foo.open 1\r\ny\r\n");
    assert_eq!(client.flush(), ["MSG foo.open 2 1", "y"]);
}

#[test]
fn publishing_is_permitted_subject_by_subject() {
    use nats_server::config::options::{Permissions, SubjectPermission, User};
    let server = Running::with(|options| {
        let permissions = Permissions {
            publish: Some(SubjectPermission {
                allow: Some(vec!["open.*".to_owned()]),
                deny: vec!["open.not".to_owned()],
            }),
            ..Permissions::default()
        };
        options.users = vec![User {
            username: "u".to_owned(),
            password: "p".to_owned(),
            permissions: Some(permissions.into()),
            ..User::default()
        }];
    });
    let mut client = server.connected(r#","user":"u","pass":"p""#);
    // More subjects than decisions are remembered, and each of them twice.
    for n in (0..150).chain(0..150) {
        client.send(&format!("PUB open.{n} 0\r\n\r\nPUB shut.{n} 0\r\n\r\n"));
        let want = format!("-ERR 'Permissions Violation for Publish to \"shut.{n}\"'");
        assert_eq!(client.flush(), [want]);
    }
    client.send("PUB open.not 0\r\n\r\n");
    let want = "-ERR 'Permissions Violation for Publish to \"open.not\"'";
    assert_eq!(client.flush(), [want]);
    server.wait_for_line(Level::Error, "Publish Violation - Subject \"open.not\"");
}

#[test]
fn subjects_are_mapped_before_they_are_matched() {
    use nats_server::config::options::{MappingDestination, SubjectMappingOptions};
    let server = Running::with(|options| {
        options.mappings = vec![SubjectMappingOptions {
            source: "a.*".to_owned(),
            destinations: vec![MappingDestination {
                subject: "b.$1".to_owned(),
                weight: 100,
                cluster: String::new(),
            }],
        }];
    });
    let mut client = server.connected("");
    client.send("SUB a.* 1\r\nSUB b.* 2\r\nPUB a.x 2\r\nok\r\n");
    assert_eq!(client.flush(), ["MSG b.x 2 2", "ok"]);
    server.wait_for_line(Level::Trace, "<<- [MAPPING a.x -> b.x]");
}

#[test]
fn whoever_connects_in_time_may_stay() {
    let server = Running::with(|options| {
        options.authorization = "token".to_owned();
        options.auth_timeout = Duration::from_millis(100);
    });
    let mut client = server.connected(r#","auth_token":"token""#);
    assert_eq!(server.client().rest(), ["-ERR 'Authentication Timeout'"]);
    assert!(client.flush().is_empty());
}

#[test]
fn lines_that_are_limited_name_account_and_user() {
    let server = Running::with(|options| {
        options.username = "u".to_owned();
        options.password = "p".to_owned();
    });
    let _client = server.connected(r#","user":"u","pass":"p""#);
    let client = server.server.client(1).unwrap();
    for n in 0..3 {
        client.log_limited_as(Level::Warn, "so many", format_args!("so many: {n}"));
    }
    let lines = server.lines(Level::Warn);
    let found: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("so many"))
        .collect();
    assert_eq!(found.len(), 1);
    assert!(
        found[0].ends_with(" - so many: 0 - Account:$G - user:u"),
        "{}",
        found[0]
    );
    assert!(found[0].starts_with(&*client.label()), "{}", found[0]);
}

#[test]
fn connect_gives_a_first_estimate_of_the_round_trip() {
    let server = Running::with(|options| options.disable_short_first_ping = true);
    let mut client = server.client();
    let session = server.server.client(1).unwrap();
    assert_eq!(session.details(0).rtt, None);
    client.send("CONNECT {\"verbose\":false}\r\nPING\r\n");
    assert_eq!(client.line().as_deref(), Some("PONG"));
    let estimate = session.details(0).rtt;
    assert!(estimate.is_some_and(|rtt| !rtt.is_zero()), "{estimate:?}");
    // Another CONNECT is no other estimate.
    client.send("CONNECT {\"verbose\":false}\r\nPING\r\n");
    assert_eq!(client.line().as_deref(), Some("PONG"));
    assert_eq!(session.details(0).rtt, estimate);
}

#[test]
fn the_first_ping_comes_early() {
    let server = Running::with(|options| options.ping_interval = Duration::from_secs(60));
    let start = Instant::now();
    let mut client = server.connected("");
    assert_eq!(client.line().as_deref(), Some("PING"));
    let took = start.elapsed();
    assert!((2..5).contains(&took.as_secs()), "{took:?}");
    let lines = server.lines(Level::Debug);
    let timers = lines
        .iter()
        .filter(|line| line.contains("Client Ping Timer"));
    assert_eq!(timers.count(), 1);
}
