//! TLS for listeners: from configured options to a rustls configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{
    CipherSuite, NamedGroup, ProtocolVersion, ServerConfig, SupportedCipherSuite,
    SupportedProtocolVersion,
};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use x509_parser::parse_x509_certificate;

use crate::config::options::{TlsOptions, TlsVersion};
use crate::config::{TlsFileError, TlsFiles};

/// TLS options that can not be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// Files that can not be used.
    #[error(transparent)]
    Files(#[from] TlsFileError),
    /// There is no certificate to show to clients.
    #[error("TLS needs a certificate: 'cert_file' and 'key_file', or 'certs'")]
    NoCertificate,
    /// Client certificates are to be verified, with nothing to verify them by.
    #[error("TLS verification of clients needs ca_file")]
    MissingAuthority,
    /// None of the cipher suites is one this server has.
    #[error("none of the cipher suites is supported: {0}")]
    CipherSuites(String),
    /// None of the curves is one this server has.
    #[error("none of the curve preferences is supported: {0}")]
    Curves(String),
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
/// [`TlsError`] if a file can not be read or nothing is left that both the options
/// and this server want.
pub fn server_config(options: &TlsOptions) -> Result<Arc<ServerConfig>, TlsError> {
    let files = TlsFiles::load(options)?;
    let provider = Arc::new(provider(options)?);
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions(options))?;
    let builder = if options.verify || options.verify_and_map {
        let authorities = files.authorities.ok_or(TlsError::MissingAuthority)?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider).build()?;
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    if files.certificates.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    let certificates = Certificates(files.certificates);
    Ok(Arc::new(builder.with_cert_resolver(Arc::new(certificates))))
}

/// What the options name and this server does not have: cipher suites and curves.
#[must_use]
pub fn unsupported_names(options: &TlsOptions) -> Vec<&str> {
    let provider = rustls::crypto::ring::default_provider();
    let ciphers = options
        .cipher_suites
        .iter()
        .filter(|name| cipher_suite(&provider, name).is_none());
    let curves = options
        .curve_preferences
        .iter()
        .filter(|name| curve(&provider, name).is_none());
    ciphers.chain(curves).map(String::as_str).collect()
}

/// The algorithms that both the options and this server want.
fn provider(options: &TlsOptions) -> Result<CryptoProvider, TlsError> {
    let mut provider = rustls::crypto::ring::default_provider();
    if !options.cipher_suites.is_empty() {
        let mut suites: Vec<SupportedCipherSuite> = options
            .cipher_suites
            .iter()
            .filter_map(|name| cipher_suite(&provider, name))
            .collect();
        if suites.is_empty() {
            return Err(TlsError::CipherSuites(options.cipher_suites.join(", ")));
        }
        // As in Go, a list only chooses among the suites of TLS 1.2.
        let newest = provider
            .cipher_suites
            .iter()
            .filter(|suite| is_tls13(suite));
        for suite in newest {
            if !suites.iter().any(|known| known.suite() == suite.suite()) {
                suites.push(*suite);
            }
        }
        provider.cipher_suites = suites;
    }
    if !options.curve_preferences.is_empty() {
        let groups: Vec<&'static dyn SupportedKxGroup> = options
            .curve_preferences
            .iter()
            .filter_map(|name| curve(&provider, name))
            .collect();
        if groups.is_empty() {
            return Err(TlsError::Curves(options.curve_preferences.join(", ")));
        }
        provider.kx_groups = groups;
    }
    Ok(provider)
}

fn is_tls13(suite: &SupportedCipherSuite) -> bool {
    matches!(suite, SupportedCipherSuite::Tls13(_))
}

/// The cipher suite with this Go name, if this server has it.
fn cipher_suite(provider: &CryptoProvider, name: &str) -> Option<SupportedCipherSuite> {
    provider
        .cipher_suites
        .iter()
        .find(|suite| cipher_suite_name(suite.suite()) == name)
        .copied()
}

/// The name that Go gives a cipher suite.
#[must_use]
pub fn cipher_suite_name(suite: CipherSuite) -> String {
    match suite.as_str() {
        Some(name) => name.replacen("TLS13_", "TLS_", 1),
        None => format!("0x{:04x}", u16::from(suite)),
    }
}

/// The curve with this Go name, if this server has it.
fn curve(provider: &CryptoProvider, name: &str) -> Option<&'static dyn SupportedKxGroup> {
    let group = match name {
        "X25519MLKEM768" => NamedGroup::X25519MLKEM768,
        "X25519" => NamedGroup::X25519,
        "CurveP256" => NamedGroup::secp256r1,
        "CurveP384" => NamedGroup::secp384r1,
        "CurveP521" => NamedGroup::secp521r1,
        _ => return None,
    };
    provider
        .kx_groups
        .iter()
        .find(|known| known.name() == group)
        .copied()
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

static FROM_1_2: [&SupportedProtocolVersion; 2] =
    [&rustls::version::TLS13, &rustls::version::TLS12];
static FROM_1_3: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS13];

fn versions(options: &TlsOptions) -> &'static [&'static SupportedProtocolVersion] {
    match options.min_version {
        None | Some(TlsVersion::Tls12) => &FROM_1_2,
        Some(TlsVersion::Tls13) => &FROM_1_3,
    }
}

/// Shows the first certificate that suits a client, and else the first of all.
#[derive(Debug)]
struct Certificates(Vec<Arc<CertifiedKey>>);

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let signs = |key: &CertifiedKey| key.key.choose_scheme(hello.signature_schemes()).is_some();
        let suits = |key: &CertifiedKey| {
            hello.server_name().is_none_or(|name| is_for(key, name)) && signs(key)
        };
        let chosen = self.0.iter().find(|key| suits(key));
        chosen
            .or_else(|| self.0.iter().find(|key| signs(key)))
            .or_else(|| self.0.first())
            .map(Arc::clone)
    }
}

fn is_for(key: &CertifiedKey, name: &str) -> bool {
    let Ok(name) = ServerName::try_from(name) else {
        return false;
    };
    key.end_entity_cert()
        .and_then(ParsedCertificate::try_from)
        .is_ok_and(|cert| verify_server_name(&cert, &name).is_ok())
}

/// Whether a certificate's public key is one of those pinned (`matchesPinnedCert`).
/// Any is if none are.
#[must_use]
pub fn is_pinned(pinned: &BTreeSet<String>, certificate: Option<&[u8]>) -> bool {
    if pinned.is_empty() {
        return true;
    }
    let Some(certificate) = certificate else {
        return false;
    };
    parse_x509_certificate(certificate).is_ok_and(|(_, parsed)| {
        let hash: String = Sha256::digest(parsed.public_key().raw)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        pinned.contains(&hash)
    })
}
