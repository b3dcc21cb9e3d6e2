//! `leafnodes { }`: connections that join servers account by account.

use std::time::Duration;

use super::WriteTimeoutPolicy;
use super::cluster::CompressionOptions;
use super::tls::TlsOptions;
use crate::platform::ServerUrl;

/// A user of the leafnode port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeafUser {
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
    /// The account the leafnode joins; the global one if `None`.
    pub account: Option<String>,
    /// Only through a trusted proxy.
    pub proxy_required: bool,
}

/// An HTTP proxy on the way to a remote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeafProxyOptions {
    /// Its URL; none if empty.
    pub url: String,
    /// User presented to it.
    pub username: String,
    /// That user's password.
    pub password: String,
    /// Time for the connection through it.
    pub timeout: Duration,
}

/// A server to join as a leafnode (`RemoteLeafOpts`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteLeafOptions {
    /// The account joined here; the global one if empty.
    pub local_account: String,
    /// Try the URLs in their order.
    pub no_randomize: bool,
    /// The server's URLs.
    pub urls: Vec<ServerUrl>,
    /// File with a JWT and its seed.
    pub credentials: String,
    /// Seed of an NKey.
    pub nkey: String,
    /// TLS of the connection.
    pub tls: Option<TlsOptions>,
    /// Be the hub of the two.
    pub hub: bool,
    /// Subjects not taken from the remote.
    pub deny_imports: Vec<String>,
    /// Subjects not given to the remote.
    pub deny_exports: Vec<String>,
    /// How long to wait for the remote's INFO; zero is the default.
    pub first_info_timeout: Duration,
    /// Compression of the connection.
    pub compression: CompressionOptions,
    /// Compress WebSocket frames.
    pub websocket_compression: bool,
    /// Do not mask WebSocket frames.
    pub websocket_no_masking: bool,
    /// The proxy on the way.
    pub proxy: LeafProxyOptions,
    /// Move leaders away while disconnected.
    pub jetstream_cluster_migrate: bool,
    /// How long to wait before that.
    pub jetstream_cluster_migrate_delay: Duration,
    /// Keep local interest of other leafnodes from the remote.
    pub local_isolation: bool,
    /// Ask the remote for the same.
    pub request_isolation: bool,
    /// Do not connect.
    pub disabled: bool,
}

/// Options of leafnodes (`LeafNodeOpts`). A zero time is the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeafNodeOptions {
    /// Address to listen on for leafnodes.
    pub host: String,
    /// Port for leafnodes: 0 is none, -1 any free port.
    pub port: i32,
    /// The one user, if there is no list.
    pub username: String,
    /// That user's password.
    pub password: String,
    /// Only through a trusted proxy.
    pub proxy_required: bool,
    /// The one user's NKey.
    pub nkey: String,
    /// The one user's account; the global one if empty.
    pub account: String,
    /// Users.
    pub users: Vec<LeafUser>,
    /// Time to authenticate.
    pub auth_timeout: Duration,
    /// TLS of the port.
    pub tls: Option<TlsOptions>,
    /// `host:port` that leafnodes are told.
    pub advertise: String,
    /// Do not tell leafnodes of other servers.
    pub no_advertise: bool,
    /// Pause between attempts to reach a remote.
    pub reconnect_interval: Duration,
    /// Time one write may take.
    pub write_deadline: Duration,
    /// What happens when it takes longer.
    pub write_timeout: WriteTimeoutPolicy,
    /// Compression of leafnodes that connect here.
    pub compression: CompressionOptions,
    /// The servers to join.
    pub remotes: Vec<RemoteLeafOptions>,
    /// Lowest version of servers that may connect.
    pub min_version: String,
    /// Keep the interest of leafnodes from each other.
    pub isolate_leafnode_interest: bool,
}
