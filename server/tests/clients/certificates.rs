//! Clients known by their certificates.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nats_server::config::options::{TlsOptions, User};
use nats_server::logging::Level;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, PublicKeyData as _, SanType,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use sha2::{Digest as _, Sha256};

use crate::support::{Running, wait_until};

/// An authority and the files of what it has signed.
struct Authority {
    dir: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
struct Signed {
    cert: PathBuf,
    key: PathBuf,
    /// SHA-256 of its public key.
    pin: String,
}

impl Authority {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let own = params.self_signed(&key).unwrap();
        std::fs::write(dir.path().join("ca.pem"), own.pem()).unwrap();
        Self {
            dir,
            issuer: Issuer::new(params, key),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Signs a certificate for a subject `CN=<name>,O=<unit>` and further names.
    fn sign(&self, name: &str, usage: ExtendedKeyUsagePurpose, others: Vec<SanType>) -> Signed {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Org");
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = others;
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = (
            self.path(&format!("{name}.pem")),
            self.path(&format!("{name}.key")),
        );
        std::fs::write(&files.0, certificate.pem()).unwrap();
        std::fs::write(&files.1, key.serialize_pem()).unwrap();
        let hash = Sha256::digest(key.subject_public_key_info());
        Signed {
            cert: files.0,
            key: files.1,
            pin: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    fn server_options(&self) -> TlsOptions {
        let names = vec![SanType::DnsName("localhost".try_into().unwrap())];
        let server = self.sign("server", ExtendedKeyUsagePurpose::ServerAuth, names);
        TlsOptions {
            cert_file: server.cert,
            key_file: server.key,
            ca_file: Some(self.path("ca.pem")),
            verify: true,
            ..TlsOptions::default()
        }
    }

    fn client(&self, name: &str, others: Vec<SanType>) -> Signed {
        self.sign(name, ExtendedKeyUsagePurpose::ClientAuth, others)
    }

    /// Sends CONNECT over TLS with a certificate; returns the first answer, or nothing
    /// if there is none.
    fn connect(&self, server: &Running, certificate: &Signed, connect: &str) -> Option<String> {
        // INFO comes in clear.
        let client = server.client();
        let mut secure = self.secure(client.stream, &certificate.cert, &certificate.key);
        let text = format!("CONNECT {{\"verbose\":false{connect}}}\r\nPING\r\n");
        secure.write_all(text.as_bytes()).ok()?;
        let mut line = String::new();
        match BufReader::new(secure).read_line(&mut line) {
            Ok(count) if count > 0 => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }

    fn secure(
        &self,
        stream: TcpStream,
        cert: &Path,
        key: &Path,
    ) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_file_iter(self.path("ca.pem")).unwrap() {
            roots.add(root.unwrap()).unwrap();
        }
        let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
            .unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        StreamOwned::new(
            ClientConnection::new(Arc::new(config), name).unwrap(),
            stream,
        )
    }
}

#[test]
fn certificates_name_users() {
    let authority = Authority::new();
    let server = Running::with(|options| {
        options.tls = Some(TlsOptions {
            verify_and_map: true,
            ..authority.server_options()
        });
        let user = |name: &str, password: &str| User {
            username: name.to_owned(),
            password: password.to_owned(),
            ..User::default()
        };
        options.users = vec![
            user("CN=one,O=Org", ""),
            user("two@example.com", ""),
            user("three.example.com", ""),
            user("O=Org,CN=four", "secret"),
        ];
    });
    let email = SanType::Rfc822Name("two@example.com".try_into().unwrap());
    let host = SanType::DnsName("three.example.com".try_into().unwrap());
    let violation = Some("-ERR 'Authorization Violation'");
    for (name, others, connect, want) in [
        ("one", vec![], "", Some("PONG")),
        ("whoever", vec![email], "", Some("PONG")),
        ("anybody", vec![host], "", Some("PONG")),
        ("nobody", vec![], "", violation),
        // A password that is configured is asked for as well.
        ("four", vec![], "", violation),
        ("four", vec![], r#","pass":"secret""#, Some("PONG")),
        // What CONNECT says is no way around the certificate.
        ("five", vec![], r#","user":"CN=one,O=Org""#, violation),
    ] {
        let certificate = authority.client(name, others);
        let answer = authority.connect(&server, &certificate, connect);
        assert_eq!(answer.as_deref(), want, "{name}");
    }
    wait_until("all are gone", || {
        server.server.closed_connections().len() == 7
    });
    let mut closed = server.server.closed_connections();
    closed.sort_by_key(|one| one.details.id);
    let users: Vec<String> = closed
        .iter()
        .take(3)
        .map(|one| one.details.raw_user())
        .collect();
    assert_eq!(
        users,
        ["CN=one,O=Org", "two@example.com", "three.example.com"]
    );
}

#[test]
fn certificates_can_be_pinned() {
    let authority = Authority::new();
    let known = authority.client("known", Vec::new());
    let other = authority.client("other", Vec::new());
    let server = Running::with(|options| {
        options.tls = Some(TlsOptions {
            pinned_certs: [known.pin.clone()].into(),
            ..authority.server_options()
        });
    });
    let answer = authority.connect(&server, &known, "");
    assert_eq!(answer.as_deref(), Some("PONG"));
    let answer = authority.connect(&server, &other, "");
    assert_ne!(answer.as_deref(), Some("PONG"));
    server.wait_for_closed("TLS Handshake Failure");
    server.wait_for_line(Level::Error, "TLS handshake error: ");
}

#[test]
fn certificates_of_strangers_are_refused() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Running::with(|options| options.tls = Some(authority.server_options()));
    let stranger = other.client("stranger", Vec::new());
    assert_ne!(
        authority.connect(&server, &stranger, "").as_deref(),
        Some("PONG")
    );
    server.wait_for_closed("TLS Handshake Failure");
    let friend = authority.client("friend", Vec::new());
    assert_eq!(
        authority.connect(&server, &friend, "").as_deref(),
        Some("PONG")
    );
}
