//! TLS for listeners: from configured files to a rustls configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{CipherSuite, ProtocolVersion, RootCertStore, ServerConfig, SupportedProtocolVersion};
use thiserror::Error;

use crate::config::options::TlsOptions;

/// TLS options that can not be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A certificate file that can not be read.
    #[error("error parsing X509 certificate/key pair: {path}: {source}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: rustls::pki_types::pem::Error,
    },
    /// A file of authorities without a certificate.
    #[error("failed to parse root ca certificate {0}")]
    NoAuthority(PathBuf),
    /// Client certificates are to be verified, with nothing to verify them by.
    #[error("TLS verification of clients needs ca_file")]
    MissingAuthority,
    /// A protocol version that is not supported.
    #[error("unsupported minimum TLS version: {0}")]
    Version(String),
    /// rustls refuses the combination.
    #[error("error parsing X509 certificate/key pair: {0}")]
    Rustls(#[from] rustls::Error),
    /// The verifier refuses the authorities.
    #[error("failed to build the client verifier: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// Builds the configuration of a TLS listener.
///
/// # Errors
///
/// [`TlsError`] if a file can not be read or an option is not supported.
pub fn server_config(options: &TlsOptions) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions(options)?)?;
    let certs = certificates(&options.cert_file)?;
    let key = PrivateKeyDer::from_pem_file(&options.key_file).map_err(|source| {
        TlsError::Certificate {
            path: options.key_file.clone(),
            source,
        }
    })?;
    let builder = if options.verify || options.verify_and_map {
        let file = options
            .ca_file
            .as_deref()
            .ok_or(TlsError::MissingAuthority)?;
        let mut roots = RootCertStore::empty();
        for cert in certificates(file)? {
            roots.add(cert)?;
        }
        if roots.is_empty() {
            return Err(TlsError::NoAuthority(file.to_owned()));
        }
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    Ok(Arc::new(builder.with_single_cert(certs, key)?))
}

/// The name of a protocol version in monitoring and the log (`tlsVersion`).
#[must_use]
pub fn version_name(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_0 => "1.0".to_owned(),
        ProtocolVersion::TLSv1_1 => "1.1".to_owned(),
        ProtocolVersion::TLSv1_2 => "1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "1.3".to_owned(),
        other => format!("Unknown [0x{:x}]", u16::from(other)),
    }
}

/// The name of a cipher suite in monitoring and the log, as the standards have it.
#[must_use]
pub fn cipher_suite_name(suite: CipherSuite) -> String {
    match suite.as_str() {
        Some(name) => name.replacen("TLS13_", "TLS_", 1),
        None => format!("0x{:04x}", u16::from(suite)),
    }
}

static FROM_1_2: [&SupportedProtocolVersion; 2] =
    [&rustls::version::TLS13, &rustls::version::TLS12];
static FROM_1_3: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS13];

fn versions(
    options: &TlsOptions,
) -> Result<&'static [&'static SupportedProtocolVersion], TlsError> {
    match options.min_version.as_deref() {
        None | Some("1.2") => Ok(&FROM_1_2),
        Some("1.3") => Ok(&FROM_1_3),
        Some(other) => Err(TlsError::Version(other.to_owned())),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|source| TlsError::Certificate {
            path: path.to_owned(),
            source,
        })
}
