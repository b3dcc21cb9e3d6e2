//! Go: `server/closed_conns_test.go`.

use std::time::Duration;

use conformance::client::block_on;
use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::client::ClosedConnection;
use nats_server::config::options::TlsOptions;
use nats_server::protocol::ClosedState;

use super::tls_support::Certificates;

fn closed(server: &RunningServer, count: usize) -> Vec<ClosedConnection> {
    let context = server.server().context();
    wait_until("the connections are closed", || {
        context.closed_connections().len() == count
    });
    context.closed_connections()
}

go_test!(
    264,
    "closed_conns_test",
    "TestClosedConnsAccounting",
    accounting
);
fn accounting() {
    let server = RunningServer::with(|options| {
        options.max_closed_clients = 10;
        options.no_system_account = true;
    });
    let context = server.server().context();
    let mut client = RawClient::connect(server.address());
    let id = client.info()["client_id"].as_u64().unwrap();
    client.send("CONNECT {\"verbose\":false}\r\n");
    client.flush();
    drop(client);
    assert_eq!(closed(&server, 1)[0].details.id, id);
    for n in 0..21 {
        drop(RawClient::connected(
            server.address(),
            r#"{"verbose":false}"#,
        ));
        wait_until("it is counted", || context.closed_total() == n + 2);
    }
    let ids: Vec<u64> = closed(&server, 10)
        .iter()
        .map(|closed| closed.details.id)
        .collect();
    assert_eq!(ids, (13..=22).collect::<Vec<u64>>());
    assert_eq!(context.closed_total(), 22);
}

go_test!(
    265,
    "closed_conns_test",
    "TestClosedConnsSubsAccounting",
    subs_accounting
);
fn subs_accounting() {
    let server = RunningServer::start();
    let mut client = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    for n in 0..10 {
        client.send(&format!("SUB foo.{n} {n}\r\n"));
    }
    client.flush();
    drop(client);
    assert_eq!(closed(&server, 1)[0].details.subscriptions.len(), 10);
}

go_test!(
    266,
    "closed_conns_test",
    "TestClosedAuthorizationTimeout",
    authorization_timeout
);
fn authorization_timeout() {
    let server = RunningServer::with(|options| {
        options.authorization = "my_token".to_owned();
        options.auth_timeout = Duration::from_millis(400);
    });
    let _client = RawClient::connect(server.address());
    assert_eq!(
        closed(&server, 1)[0].reason,
        ClosedState::AuthenticationTimeout
    );
}

fn refused(server: &RunningServer, connect: &str) {
    let mut client = RawClient::connect(server.address());
    client.info();
    client.send(&format!("CONNECT {connect}\r\nPING\r\n"));
    assert_eq!(client.until_closed(), ["-ERR 'Authorization Violation'"]);
}

go_test!(
    267,
    "closed_conns_test",
    "TestClosedAuthorizationViolation",
    authorization_violation
);
fn authorization_violation() {
    let server = RunningServer::with(|options| options.authorization = "my_token".to_owned());
    refused(&server, "{}");
    assert_eq!(
        closed(&server, 1)[0].reason,
        ClosedState::AuthenticationViolation
    );
}

go_test!(
    268,
    "closed_conns_test",
    "TestClosedUPAuthorizationViolation",
    user_violation
);
fn user_violation() {
    let server = RunningServer::with(|options| {
        options.username = "my_user".to_owned();
        options.password = "my_secret".to_owned();
    });
    refused(&server, "{}");
    refused(&server, r#"{"user":"my_user","pass":"wrong_pass"}"#);
    for connection in closed(&server, 2) {
        assert_eq!(connection.reason, ClosedState::AuthenticationViolation);
    }
}

go_test!(
    269,
    "closed_conns_test",
    "TestClosedMaxPayload",
    max_payload
);
fn max_payload() {
    let server = RunningServer::with(|options| options.max_payload = 100);
    let mut client = RawClient::connect(server.address());
    client.info();
    client.send("PUB foo.bar 1024\r\n");
    assert_eq!(client.until_closed(), ["-ERR 'Maximum Payload Violation'"]);
    assert_eq!(
        closed(&server, 1)[0].reason,
        ClosedState::MaxPayloadExceeded
    );
}

go_test!(
    270,
    "closed_conns_test",
    "TestClosedTLSHandshake",
    tls_handshake
);
fn tls_handshake() {
    let certificates = Certificates::new();
    let server = RunningServer::with(|options| {
        options.tls = Some(TlsOptions {
            verify: true,
            ..certificates.tls()
        });
    });
    // A client without the certificate that is asked for.
    let connected = block_on(
        conformance::client::options()
            .require_tls(true)
            .add_root_certificates(certificates.path("ca.pem"))
            .connect(format!("tls://localhost:{}", server.address().port())),
    );
    assert!(connected.is_err());
    wait_until("it is remembered", || {
        !server.server().closed_connections().is_empty()
    });
    for closed in server.server().closed_connections() {
        assert_eq!(closed.reason.as_str(), "TLS Handshake Failure");
    }
}
