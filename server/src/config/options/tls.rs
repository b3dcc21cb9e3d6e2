//! TLS, as configured.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::ocsp::OcspPeerOptions;
use crate::protocol::constants;

/// SHA-256 of public keys (DER encoded `SubjectPublicKeyInfo`), in lower case
/// hexadecimal.
pub type PinnedCerts = BTreeSet<String>;

/// A version of TLS that may be demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// Files with one certificate chain and its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificatePair {
    /// Certificate chain, PEM.
    pub cert_file: PathBuf,
    /// Private key, PEM.
    pub key_file: PathBuf,
}

/// TLS of a listener or of connections made (`TLSConfigOpts`).
#[derive(Debug, Clone, PartialEq)]
pub struct TlsOptions {
    /// Certificate chain, PEM.
    pub cert_file: PathBuf,
    /// Private key, PEM.
    pub key_file: PathBuf,
    /// Further certificates to choose from, instead of the one above.
    pub certificates: Vec<CertificatePair>,
    /// Authorities that certificates of others are verified with, PEM.
    pub ca_file: Option<PathBuf>,
    /// Do not verify the servers connected to.
    pub insecure: bool,
    /// Require a client certificate.
    pub verify: bool,
    /// Require one and take the user from it.
    pub verify_and_map: bool,
    /// Require one whose DNS names are those of known servers.
    pub check_known_urls: bool,
    /// Time for the handshake.
    pub timeout: Duration,
    /// Do the handshake before INFO.
    pub handshake_first: bool,
    /// How long to wait for a handshake before INFO is sent in clear after all.
    pub handshake_first_fallback: Option<Duration>,
    /// The public keys allowed; any if empty.
    pub pinned_certs: PinnedCerts,
    /// Lowest protocol version; `None` is TLS 1.2.
    pub min_version: Option<TlsVersion>,
    /// Cipher suites by their Go names; the safe defaults if empty.
    pub cipher_suites: Vec<String>,
    /// Curves by their Go names; the defaults if empty.
    pub curve_preferences: Vec<String>,
    /// New TLS connections per second; 0 is no limit.
    pub connection_rate_limit: u64,
    /// Asking authorities whether a client's certificate was revoked.
    pub ocsp_peer: Option<OcspPeerOptions>,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self {
            cert_file: PathBuf::new(),
            key_file: PathBuf::new(),
            certificates: Vec::new(),
            ca_file: None,
            insecure: false,
            verify: false,
            verify_and_map: false,
            check_known_urls: false,
            timeout: constants::TLS_TIMEOUT,
            handshake_first: false,
            handshake_first_fallback: None,
            pinned_certs: PinnedCerts::new(),
            min_version: None,
            cipher_suites: Vec::new(),
            curve_preferences: Vec::new(),
            connection_rate_limit: 0,
            ocsp_peer: None,
        }
    }
}
