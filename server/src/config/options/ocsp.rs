//! OCSP: stapling, checks of clients' certificates, and the cache of answers.

use std::time::Duration;

/// When the server's own certificate gets a staple (`OCSPMode`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OcspMode {
    /// If the certificate asks for it.
    #[default]
    Auto,
    /// Always, and the server ends if the certificate was revoked.
    Always,
    /// Never, whatever the certificate says.
    Never,
    /// If the certificate asks for it, and the server ends if it was revoked.
    Must,
}

/// `ocsp` (`OCSPConfig`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OcspOptions {
    /// When there is a staple.
    pub mode: OcspMode,
    /// Responders to ask instead of those that the certificate names.
    pub override_urls: Vec<String>,
}

/// `ocsp_peer` in a `tls` block (`OCSPPeerConfig`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspPeerOptions {
    /// Whether clients' certificates are checked.
    pub verify: bool,
    /// How much clocks may differ.
    pub clock_skew: Duration,
    /// How long a responder may take.
    pub timeout: Duration,
    /// How long an answer without an end counts.
    pub ttl_unset_next_update: Duration,
    /// Only warn.
    pub warn_only: bool,
    /// Take certificates that the responder does not know.
    pub unknown_is_good: bool,
    /// Take certificates if the responder can not be reached.
    pub allow_when_ca_unreachable: bool,
}

impl Default for OcspPeerOptions {
    fn default() -> Self {
        Self {
            verify: false,
            clock_skew: Duration::from_secs(30),
            timeout: Duration::from_secs(2),
            ttl_unset_next_update: Duration::from_secs(3600),
            warn_only: false,
            unknown_is_good: false,
            allow_when_ca_unreachable: false,
        }
    }
}

/// Where answers of responders are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OcspCacheType {
    /// Nowhere.
    None,
    /// In a folder.
    #[default]
    Local,
}

/// `ocsp_cache` (`OCSPResponseCacheConfig`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspCacheOptions {
    /// Where answers are kept.
    pub kind: OcspCacheType,
    /// The folder.
    pub local_store: String,
    /// Keep answers that say that a certificate was revoked.
    pub preserve_revoked: bool,
    /// How often the cache is written.
    pub save_interval: Duration,
}

impl Default for OcspCacheOptions {
    fn default() -> Self {
        Self {
            kind: OcspCacheType::Local,
            local_store: "_rc_".to_owned(),
            preserve_revoked: false,
            save_interval: Duration::from_secs(300),
        }
    }
}
