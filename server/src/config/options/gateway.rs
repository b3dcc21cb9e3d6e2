//! `gateway { }`: connections between clusters.

use std::time::Duration;

use super::WriteTimeoutPolicy;
use super::tls::TlsOptions;
use crate::platform::ServerUrl;

/// Another cluster (`RemoteGatewayOpts`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteGatewayOptions {
    /// Its name.
    pub name: String,
    /// TLS of the connection to it.
    pub tls: Option<TlsOptions>,
    /// Its servers.
    pub urls: Vec<ServerUrl>,
}

/// Options of a gateway (`GatewayOpts`). A zero time is the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GatewayOptions {
    /// Name of this cluster.
    pub name: String,
    /// Address to listen on for gateways.
    pub host: String,
    /// Port for gateways: 0 is none, -1 any free port.
    pub port: i32,
    /// User that gateways present.
    pub username: String,
    /// Its password.
    pub password: String,
    /// Time for a gateway to authenticate.
    pub auth_timeout: Duration,
    /// TLS of gateways.
    pub tls: Option<TlsOptions>,
    /// `host:port` that other clusters are told.
    pub advertise: String,
    /// Attempts to reach clusters learnt from others.
    pub connect_retries: u32,
    /// Wait longer after each attempt.
    pub connect_backoff: bool,
    /// The other clusters.
    pub gateways: Vec<RemoteGatewayOptions>,
    /// Turn away clusters that are not named here.
    pub reject_unknown: bool,
    /// Time one write may take.
    pub write_deadline: Duration,
    /// What happens when it takes longer.
    pub write_timeout: WriteTimeoutPolicy,
}
