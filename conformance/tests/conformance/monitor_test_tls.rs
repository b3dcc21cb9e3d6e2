//! Go: `server/monitor_test.go`: connections with TLS, and monitoring over it.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use async_nats::ConnectOptions;
use conformance::client::block_on;
use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::config::options::TlsOptions;
use nats_server::monitor::{ConnState, ConnzOptions};

use super::monitor_support::{connz, monitored_with};
use super::monitor_test_closed::expect_idle;
use super::tls_support::Certificates;

go_test!(
    2108,
    "monitor_test",
    "TestMonitorConnzClosedConnsBadTLSClient",
    bad_client
);
fn bad_client() {
    let certificates = Certificates::new();
    let server = monitored_with(|options| {
        options.no_system_account = true;
        options.tls = Some(certificates.tls());
    });
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.write_all(b"CONNECT {}\r\n").unwrap();
    drop(client);
    let context = server.server().context();
    wait_until("it has ended", || context.closed_connections().len() == 1);
    let options = ConnzOptions {
        state: ConnState::Closed,
        ..ConnzOptions::default()
    };
    let connz = server.server().connz(&options).unwrap();
    expect_idle(&connz);
    assert_eq!(connz.connections[0].reason, "TLS Handshake Failure");
}

go_test!(
    2115,
    "monitor_test",
    "TestMonitorConnzTLSPeerCerts",
    peer_certificates
);
fn peer_certificates() -> anyhow::Result<()> {
    let certificates = Certificates::new();
    let server = monitored_with(|options| {
        options.tls = Some(TlsOptions {
            verify: true,
            ..certificates.tls()
        });
    });
    block_on(async {
        let _client = ConnectOptions::new()
            .require_tls(true)
            .add_root_certificates(certificates.path("ca.pem"))
            .add_client_certificate(
                certificates.path("client.pem"),
                certificates.path("client-key.pem"),
            )
            .connect(format!("tls://localhost:{}", server.address().port()))
            .await?;
        for connz in connz(&server, "/connz", &ConnzOptions::default()) {
            assert_eq!(connz.connections.len(), 1);
            let one = &connz.connections[0];
            assert!(one.tls_peer_certs.is_empty());
            assert_eq!(one.tls_version, "1.3");
            assert!(one.tls_cipher_suite.starts_with("TLS_"));
        }
        let with_auth = ConnzOptions {
            auth: true,
            ..ConnzOptions::default()
        };
        for connz in connz(&server, "/connz?auth=1", &with_auth) {
            assert_eq!(connz.connections.len(), 1);
            let certs = &connz.connections[0].tls_peer_certs;
            assert_eq!(certs.len(), 1);
            assert_eq!(
                certs[0].subject,
                "CN=localhost,OU=nats.io,O=Synadia,ST=California,C=US"
            );
            assert_eq!(certs[0].spki_sha256.len(), 64);
            assert_eq!(certs[0].cert_sha256.len(), 64);
            assert_ne!(certs[0].spki_sha256, certs[0].cert_sha256);
        }
        Ok(())
    })
}

go_test!(
    2113,
    "monitor_test",
    "TestMonitorConnzTLSInHandshake",
    in_handshake
);
fn in_handshake() {
    let certificates = Certificates::new();
    let server = monitored_with(|options| {
        options.no_system_account = true;
        options.tls = Some(certificates.tls());
    });
    let _client = TcpStream::connect(server.address()).unwrap();
    wait_until("it is registered", || server.server().client_count() == 1);
    let start = Instant::now();
    for connz in connz(&server, "/connz", &ConnzOptions::default()) {
        assert!(start.elapsed() < Duration::from_millis(1500));
        assert_eq!(connz.connections.len(), 1);
        let one = &connz.connections[0];
        assert_eq!((&*one.tls_version, &*one.tls_cipher_suite), ("", ""));
    }
}
