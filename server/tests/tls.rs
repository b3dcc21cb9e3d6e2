//! TLS of clients over real sockets: who a certificate is, which certificates, cipher
//! suites and versions are taken, and what a reload changes.

#![expect(
    clippy::unwrap_used,
    reason = "a test reports a broken expectation by panicking"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nats_server::config::options::{CertificatePair, TlsOptions, TlsVersion, User};
use nats_server::{Options, Server};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use x509_parser::parse_x509_certificate;

/// An authority and what it has certified, in a folder.
struct Authority {
    dir: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let own = params.self_signed(&key).unwrap();
        fs::write(dir.path().join("ca.pem"), own.pem()).unwrap();
        let issuer = Issuer::new(params, key);
        Self { dir, issuer }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Certifies `hosts` and the parts of a subject.
    fn certify(&self, name: &str, hosts: &[&str], subject: &[(DnType, &str)], more: Vec<SanType>) {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in subject {
            params.distinguished_name.push(kind.clone(), *value);
        }
        params.subject_alt_names.extend(more);
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.file(&format!("{name}.pem")), cert.pem()).unwrap();
        fs::write(self.file(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    /// The options of a listener that shows the certificate `server`.
    fn listener(&self) -> TlsOptions {
        self.certify("server", &["localhost"], &[], Vec::new());
        TlsOptions {
            cert_file: self.file("server.pem"),
            key_file: self.file("server.key"),
            ca_file: Some(self.file("ca.pem")),
            ..TlsOptions::default()
        }
    }

    /// A client that shows the certificate `name`, or none.
    fn client(&self, name: Option<&str>, versions: &[&'static SupportedProtocolVersion]) -> Client {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(self.file("ca.pem")).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let config = match name {
            None => builder.with_no_client_auth(),
            Some(name) => {
                let cert = CertificateDer::from_pem_file(self.file(&format!("{name}.pem")));
                let key = PrivateKeyDer::from_pem_file(self.file(&format!("{name}.key")));
                builder
                    .with_client_auth_cert(vec![cert.unwrap()], key.unwrap())
                    .unwrap()
            }
        };
        Client(Arc::new(config))
    }

    /// How `name`'s certificate is pinned.
    fn pin(&self, name: &str) -> String {
        let cert = CertificateDer::from_pem_file(self.file(&format!("{name}.pem"))).unwrap();
        let (_, parsed) = parse_x509_certificate(&cert).unwrap();
        let hash = Sha256::digest(parsed.public_key().raw);
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

struct Client(Arc<ClientConfig>);

impl Client {
    /// Connects, upgrades to TLS as `host`, sends CONNECT and PING and gives the stream
    /// and the answer; no answer is an empty one.
    fn connect(
        &self,
        server: &Running,
        host: &str,
    ) -> (StreamOwned<ClientConnection, TcpStream>, String) {
        let socket = TcpStream::connect(server.0.client_address().unwrap()).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let mut info = String::new();
        BufReader::with_capacity(1, &socket)
            .read_line(&mut info)
            .unwrap();
        assert!(info.starts_with("INFO {"), "{info}");
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let session = ClientConnection::new(Arc::clone(&self.0), name).unwrap();
        let mut stream = StreamOwned::new(session, socket);
        let mut answer = Vec::new();
        let said = stream
            .write_all(b"CONNECT {\"verbose\":false}\r\nPING\r\n")
            .and_then(|()| {
                let mut byte = [0];
                while !answer.ends_with(b"\r\n") && stream.read(&mut byte)? > 0 {
                    answer.push(byte[0]);
                }
                Ok(())
            });
        if said.is_err() {
            answer.clear();
        }
        (stream, String::from_utf8(answer).unwrap())
    }

    fn answer(&self, server: &Running) -> String {
        self.connect(server, "localhost").1
    }
}

struct Running(Server);

impl Running {
    fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            host: "127.0.0.1".to_owned(),
            port: -1,
            no_log: true,
            no_sigs: true,
            ..Options::default()
        };
        change(&mut options);
        let server = Server::new(options).unwrap();
        server.start().unwrap();
        Self(server)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.shutdown();
    }
}

const BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];
const OLD: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
const PONG: &str = "PONG\r\n";

#[test]
fn a_certificate_is_a_user() {
    let authority = Authority::new();
    let subject = [
        (DnType::CommonName, "derek"),
        (DnType::OrganizationalUnitName, "NATS.io"),
    ];
    authority.certify("subject", &[], &subject, Vec::new());
    let email = SanType::Rfc822Name("ivan@nats.io".try_into().unwrap());
    let named = [(DnType::CommonName, "someone")];
    authority.certify("email", &[], &named, vec![email]);
    authority.certify("stranger", &[], &named, Vec::new());
    let account = |name: &str| nats_server::config::options::AccountOptions {
        name: name.to_owned(),
        ..Default::default()
    };
    let user = |name: &str, account: &str| User {
        username: name.to_owned(),
        account: Some(account.to_owned()),
        ..User::default()
    };
    let server = Running::with(|options| {
        options.accounts = vec![account("A"), account("B")];
        options.users = vec![user("OU=NATS.io, CN=derek", "A"), user("ivan@nats.io", "B")];
        options.tls = Some(TlsOptions {
            verify_and_map: true,
            ..authority.listener()
        });
    });
    for (name, account) in [("subject", "A"), ("email", "B")] {
        let client = authority.client(Some(name), BOTH);
        let (_stream, answer) = client.connect(&server, "localhost");
        assert_eq!(answer, PONG, "{name}");
        let account = server.0.lookup_account(account).unwrap();
        assert_eq!(account.client_count(), 1, "{name}");
    }
    let stranger = authority.client(Some("stranger"), BOTH).answer(&server);
    assert_eq!(stranger, "-ERR 'Authorization Violation'\r\n");
    assert_eq!(authority.client(None, BOTH).answer(&server), "");
}

#[test]
fn only_pinned_certificates_are_let_in() {
    let authority = Authority::new();
    for name in ["one", "other"] {
        authority.certify(name, &[], &[(DnType::CommonName, name)], Vec::new());
    }
    let pinning = |name: &str| TlsOptions {
        verify: true,
        pinned_certs: [authority.pin(name)].into(),
        ..authority.listener()
    };
    let server = Running::with(|options| options.tls = Some(pinning("one")));
    let (one, other) = (
        authority.client(Some("one"), BOTH),
        authority.client(Some("other"), BOTH),
    );
    assert_eq!(other.answer(&server), "");
    let (mut stream, answer) = one.connect(&server, "localhost");
    assert_eq!(answer, PONG);
    // Another certificate is pinned now, so whoever has the first has to go.
    let new = Options {
        tls: Some(pinning("other")),
        ..(*server.0.options()).clone()
    };
    server.0.reload_options(new).unwrap();
    let mut rest = Vec::new();
    // The end may come without a goodbye.
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty(), "{rest:?}");
    assert_eq!(one.answer(&server), "");
    assert_eq!(other.answer(&server), PONG);
}

#[test]
fn versions_and_cipher_suites_are_those_asked_for() {
    let authority = Authority::new();
    let listener = authority.listener();
    let newest = Running::with(|options| {
        options.tls = Some(TlsOptions {
            min_version: Some(TlsVersion::Tls13),
            ..listener.clone()
        });
    });
    assert_eq!(authority.client(None, OLD).answer(&newest), "");
    assert_eq!(authority.client(None, BOTH).answer(&newest), PONG);
    let suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    let chosen = Running::with(|options| {
        options.tls = Some(TlsOptions {
            cipher_suites: vec!["TLS_RSA_WITH_AES_128_CBC_SHA".into(), suite.into()],
            curve_preferences: vec!["CurveP521".into(), "CurveP384".into()],
            ..listener.clone()
        });
    });
    let (stream, answer) = authority.client(None, OLD).connect(&chosen, "localhost");
    assert_eq!(answer, PONG);
    let negotiated = stream.conn.negotiated_cipher_suite().unwrap().suite();
    assert_eq!(format!("{negotiated:?}"), suite);
    let group = stream.conn.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::secp384r1);
    let refused = |change: fn(&mut TlsOptions)| {
        let mut tls = listener.clone();
        change(&mut tls);
        let server = Server::new(Options {
            host: "127.0.0.1".into(),
            port: -1,
            no_log: true,
            tls: Some(tls),
            ..Options::default()
        })
        .unwrap();
        let error = server.start().unwrap_err().to_string();
        server.shutdown();
        error
    };
    assert_eq!(
        refused(|tls| tls.cipher_suites = vec!["TLS_RSA_WITH_RC4_128_SHA".into()]),
        "none of the cipher suites is supported: TLS_RSA_WITH_RC4_128_SHA"
    );
    assert_eq!(
        refused(|tls| tls.curve_preferences = vec!["CurveP521".into()]),
        "none of the curve preferences is supported: CurveP521"
    );
}

#[test]
fn the_certificate_of_the_host_asked_for_is_shown() {
    let authority = Authority::new();
    for host in ["a.example", "b.example"] {
        authority.certify(host, &[host], &[], Vec::new());
    }
    let pair = |host: &str| CertificatePair {
        cert_file: authority.file(&format!("{host}.pem")),
        key_file: authority.file(&format!("{host}.key")),
    };
    let server = Running::with(|options| {
        options.tls = Some(TlsOptions {
            certificates: vec![pair("a.example"), pair("b.example")],
            ..TlsOptions::default()
        });
    });
    let client = authority.client(None, BOTH);
    for host in ["a.example", "b.example"] {
        assert_eq!(client.connect(&server, host).1, PONG, "{host}");
    }
    // Nobody has a certificate for others, so they get the first, which does not suit.
    assert_eq!(client.connect(&server, "c.example").1, "");
}

#[test]
fn a_reload_moves_the_ports_file() {
    let dir = tempfile::tempdir().unwrap();
    let folders = ["one", "other"].map(|name| dir.path().join(name));
    for folder in &folders {
        fs::create_dir(folder).unwrap();
    }
    let server = Running::with(|options| {
        options.ports_file_dir = folders[0].to_string_lossy().into_owned();
    });
    let files = || {
        folders
            .clone()
            .map(|folder| fs::read_dir(folder).unwrap().count())
    };
    assert_eq!(files(), [1, 0]);
    let new = Options {
        ports_file_dir: folders[1].to_string_lossy().into_owned(),
        ..(*server.0.options()).clone()
    };
    server.0.reload_options(new).unwrap();
    assert_eq!(files(), [0, 1]);
}
