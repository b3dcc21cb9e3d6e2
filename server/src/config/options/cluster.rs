//! `cluster { }`: routes between the servers of a cluster.

use std::time::Duration;

use super::WriteTimeoutPolicy;
use super::security::SubjectPermission;
use super::tls::TlsOptions;

/// How what is sent between servers is compressed (`CompressionOpts`). The mode is
/// kept as written; an empty one is the default of the kind of connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompressionOptions {
    /// `off`, `accept`, `s2_fast`, `s2_better`, `s2_best`, `s2_auto`.
    pub mode: String,
    /// For `s2_auto`: round trip times above which the next level is used.
    pub rtt_thresholds: Vec<Duration>,
}

/// What routes carry (`RoutePermissions`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoutePermissions {
    /// What other servers may publish to this one.
    pub import: Option<SubjectPermission>,
    /// What other servers may subscribe to on this one.
    pub export: Option<SubjectPermission>,
}

/// Options of a cluster (`ClusterOpts`). A zero time is the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClusterOptions {
    /// Name of the cluster.
    pub name: String,
    /// Address to listen on for routes.
    pub host: String,
    /// Port for routes: 0 is none, -1 any free port.
    pub port: i32,
    /// User that routes present.
    pub username: String,
    /// Its password.
    pub password: String,
    /// Time for a route to authenticate.
    pub auth_timeout: Duration,
    /// What routes carry; everything if `None`.
    pub permissions: Option<RoutePermissions>,
    /// TLS of routes.
    pub tls: Option<TlsOptions>,
    /// URL to listen on, from the command line.
    pub listen_str: String,
    /// `host:port` that other servers are told.
    pub advertise: String,
    /// Do not tell clients of other servers.
    pub no_advertise: bool,
    /// Attempts to reach servers learnt from others.
    pub connect_retries: u32,
    /// Wait longer after each attempt.
    pub connect_backoff: bool,
    /// Routes to each server; -1 is one that is not pooled.
    pub pool_size: i32,
    /// Accounts that have a route of their own.
    pub pinned_accounts: Vec<String>,
    /// Compression of routes.
    pub compression: CompressionOptions,
    /// Interval between PINGs.
    pub ping_interval: Duration,
    /// Unanswered PINGs after which a route is stale.
    pub ping_max: u32,
    /// Time one write may take.
    pub write_deadline: Duration,
    /// What happens when it takes longer.
    pub write_timeout: WriteTimeoutPolicy,
}
