//! What clients say, as the log has it and as they are answered.

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
        options.auth_timeout = std::time::Duration::from_millis(50);
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
