//! Go: `server/monitor_test.go`: connections with TLS, and monitoring over it.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use async_nats::ConnectOptions;
use conformance::client::block_on;
use conformance::files::ConfigFile;
use conformance::go_test;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::Options;
use nats_server::config::options::TlsOptions;
use nats_server::monitor::{ConnState, ConnzOptions};

use super::monitor_support::{connz, monitor, monitored_with};
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

go_test!(
    2146,
    "monitor_test",
    "TestMonitorReloadTLSConfig",
    monitoring_with_another_certificate
);
fn monitoring_with_another_certificate() {
    let (old, new) = (Certificates::new(), Certificates::new());
    let config = |certificates: &Certificates| {
        format!(
            "listen: \"127.0.0.1:-1\"\nhttps: \"127.0.0.1:-1\"\n\
             tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, verify_and_map: true }}",
            certificates.path("server.pem"),
            certificates.path("server-key.pem"),
            certificates.path("ca.pem"),
        )
    };
    let file = ConfigFile::new(&config(&old));
    let server = RunningServer::with(|options| {
        *options = Options {
            no_sigs: true,
            ..Options::from_file(file.path()).unwrap()
        };
    });
    // Those who monitor show no certificate.
    let handshake = || -> io::Result<_> {
        let mut client = new.secure(TcpStream::connect(monitor(&server))?);
        client.conn.complete_io(&mut client.sock)?;
        Ok(client)
    };
    let error = handshake().map(drop).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("invalid peer certificate"), "{text}");

    file.rewrite(&config(&new));
    server.server().reload().unwrap();
    let mut client = handshake().unwrap();
    let patience = Some(Duration::from_millis(250));
    client.sock.set_read_timeout(patience).unwrap();
    let error = client.read(&mut [0; 64]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "it stays open");
}
