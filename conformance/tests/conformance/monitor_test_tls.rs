//! Go: `server/monitor_test.go`: connections with TLS, and monitoring over it.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::ConnectOptions;
use conformance::client::block_on;
use conformance::files::temp_dir;
use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::config::options::TlsOptions;
use nats_server::monitor::{ConnState, ConnzOptions};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use tempfile::TempDir;

use super::monitor_support::{connz, monitored_with};
use super::monitor_test_closed::expect_idle;

/// An authority with a certificate for a server and one for a client.
struct Certificates {
    dir: TempDir,
}

impl Certificates {
    fn new() -> Self {
        let dir = temp_dir();
        let key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let own = authority.self_signed(&key).unwrap();
        std::fs::write(dir.path().join("ca.pem"), own.pem()).unwrap();
        let issuer = Issuer::new(authority, key);
        for (name, usage) in [
            ("server", ExtendedKeyUsagePurpose::ServerAuth),
            ("client", ExtendedKeyUsagePurpose::ClientAuth),
        ] {
            let key = KeyPair::generate().unwrap();
            let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
            let mut params = CertificateParams::new(names).unwrap();
            params.extended_key_usages = vec![usage];
            let subject = &mut params.distinguished_name;
            subject.push(DnType::CountryName, "US");
            subject.push(DnType::StateOrProvinceName, "California");
            subject.push(DnType::OrganizationName, "Synadia");
            subject.push(DnType::OrganizationalUnitName, "nats.io");
            subject.push(DnType::CommonName, "localhost");
            let certificate = params.signed_by(&key, &issuer).unwrap();
            std::fs::write(dir.path().join(format!("{name}.pem")), certificate.pem()).unwrap();
            std::fs::write(
                dir.path().join(format!("{name}-key.pem")),
                key.serialize_pem(),
            )
            .unwrap();
        }
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn tls(&self) -> TlsOptions {
        TlsOptions {
            cert_file: self.path("server.pem"),
            key_file: self.path("server-key.pem"),
            ca_file: Some(self.path("ca.pem")),
            timeout: Duration::from_millis(1500),
            ..TlsOptions::default()
        }
    }
}

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
