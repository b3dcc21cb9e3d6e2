//! Authorization by a service, and trusted proxies.

/// `auth_callout` (`AuthCallout`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthCalloutOptions {
    /// Account key that signs answers.
    pub issuer: String,
    /// Account in which the service is asked.
    pub account: String,
    /// Users of the service itself.
    pub auth_users: Vec<String>,
    /// Curve key of the service; questions and answers are sealed if there is one.
    pub xkey: String,
    /// Accounts that the service decides about; all if empty.
    pub allowed_accounts: Vec<String>,
}

/// A proxy whose signature is trusted (`ProxyConfig`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyOptions {
    /// Its public key.
    pub key: String,
}

/// `proxies { }` (`ProxiesConfig`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxiesOptions {
    /// The proxies that are trusted.
    pub trusted: Vec<ProxyOptions>,
}
