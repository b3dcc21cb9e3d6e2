//! Certificates for tests, and clients that trust them.

use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use conformance::files::temp_dir;
use nats_server::config::options::TlsOptions;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

/// An authority with a certificate for a server and one for a client.
pub(super) struct Certificates {
    dir: TempDir,
}

impl Certificates {
    pub(super) fn new() -> Self {
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

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn tls(&self) -> TlsOptions {
        TlsOptions {
            cert_file: self.path("server.pem"),
            key_file: self.path("server-key.pem"),
            ca_file: Some(self.path("ca.pem")),
            timeout: Duration::from_millis(1500),
            ..TlsOptions::default()
        }
    }

    /// The configuration of a client that trusts the authority and shows no
    /// certificate.
    pub(super) fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let file = self.path("ca.pem");
        for certificate in CertificateDer::pem_file_iter(file).unwrap() {
            roots.add(certificate.unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    }

    /// Begins TLS on a connection; the handshake is done by the first read or write.
    pub(super) fn secure(&self, stream: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
        let connection = ClientConnection::new(self.client(), localhost()).unwrap();
        StreamOwned::new(connection, stream)
    }
}

/// The name in the server's certificate.
pub(super) fn localhost() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}
