//! Typed options, with the defaults that `setBaselineOptions` gives them.

mod account;
mod authenticator;
mod baseline;
mod callout;
mod cluster;
mod gateway;
mod jetstream;
mod leafnode;
mod mqtt;
mod ocsp;
mod operator;
mod security;
mod tls;
pub mod tls_names;
mod websocket;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

pub use account::{
    AccountOptions, LatencyOptions, MappingDestination, ResponseKind, ServiceExportOptions,
    ServiceImportOptions, StreamExportOptions, StreamImportOptions, SubjectMappingOptions,
};
pub use authenticator::{Authenticator, Presented, SharedAuthenticator};
pub use baseline::{
    DEFAULT_CONNECT_ERROR_REPORTS, DEFAULT_LEAF_NODE_RECONNECT, DEFAULT_LEAFNODE_INFO_WAIT,
    DEFAULT_LEAFNODE_PORT, DEFAULT_RECONNECT_ERROR_REPORTS, DEFAULT_ROUTE_POOL_SIZE,
};
pub use callout::{AuthCalloutOptions, ProxiesOptions, ProxyOptions};
pub use cluster::{ClusterOptions, CompressionOptions, RoutePermissions};
pub use gateway::{GatewayOptions, RemoteGatewayOptions};
pub use jetstream::{
    JetStreamAccountLimits, JetStreamOptions, JetStreamRequestLimits, JetStreamTiers, StoreCipher,
};
pub use leafnode::{LeafNodeOptions, LeafProxyOptions, LeafUser, RemoteLeafOptions};
pub use mqtt::MqttOptions;
pub use ocsp::{OcspCacheOptions, OcspCacheType, OcspMode, OcspOptions, OcspPeerOptions};
pub use operator::{DeleteMode, OperatorOptions, ResolverOptions};
pub use security::{
    ConnectionType, NkeyUser, Permissions, ResponsePermission, SubjectPermission, User,
};
pub use tls::{CertificatePair, PinnedCerts, TlsOptions, TlsVersion};
pub use websocket::WebsocketOptions;

use super::load::ConfigWarning;
use super::overrides::Overrides;
use crate::platform::ServerUrl;
use crate::protocol::constants;

/// What happens to a connection whose write takes longer than its deadline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WriteTimeoutPolicy {
    /// `Close` for clients, `Retry` between servers.
    #[default]
    Default,
    /// The connection is closed.
    Close,
    /// The write goes on.
    Retry,
}

impl WriteTimeoutPolicy {
    /// The policy itself, or `default` if it is the default.
    #[must_use]
    pub fn or(self, default: Self) -> Self {
        if self == Self::Default { default } else { self }
    }

    /// The policy as monitoring shows it; empty for the default
    /// (`WriteTimeoutPolicy.String`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "",
            Self::Close => "close",
            Self::Retry => "retry",
        }
    }
}

/// All options of one server. What is zero or empty stands for its default, see
/// [`Options::set_baseline`].
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The file the options came from.
    pub config_file: Option<PathBuf>,
    /// Name of the server; its id if empty.
    pub server_name: String,
    /// Address to listen on for clients.
    pub host: String,
    /// Client port; -1 is any free port.
    pub port: i32,
    /// Do not listen for clients at all.
    pub dont_listen: bool,
    /// `host:port` that clients are told instead of the listen address.
    pub client_advertise: String,
    /// Log protocol traces.
    pub trace: bool,
    /// Log details.
    pub debug: bool,
    /// Log protocol traces of the system account too.
    pub trace_verbose: bool,
    /// Trace only the headers of messages.
    pub trace_headers: bool,
    /// Write no log.
    pub no_log: bool,
    /// Install no signal handlers.
    pub no_sigs: bool,
    /// The accounts' sublists do not keep what they found. (What one connection keeps
    /// of it for itself is its own.)
    pub no_sublist_cache: bool,
    /// Do not support message headers.
    pub no_header_support: bool,
    /// Wait a whole ping interval before the first PING.
    pub disable_short_first_ping: bool,
    /// Time stamps in the log.
    pub logtime: bool,
    /// Time stamps in UTC.
    pub logtime_utc: bool,
    /// Lines of JSON on standard error or in the log file. An option of this server.
    pub log_json: bool,
    /// Limit of client connections.
    pub max_connections: usize,
    /// Limit of subscriptions of one connection; 0 is none.
    pub max_subscriptions: usize,
    /// Limit of tokens in a subscription's subject; 0 is none.
    pub max_subscription_tokens: u8,
    /// Users by name and password.
    pub users: Vec<User>,
    /// Users by NKey.
    pub nkeys: Vec<NkeyUser>,
    /// Accounts.
    pub accounts: Vec<AccountOptions>,
    /// The user of connections that present nothing.
    pub no_auth_user: String,
    /// Name of the system account.
    pub system_account: String,
    /// Have no system account.
    pub no_system_account: bool,
    /// The one user, if there is no list.
    pub username: String,
    /// That user's password.
    pub password: String,
    /// The token that all clients present.
    pub authorization: String,
    /// Decides who may connect, instead of users and tokens.
    pub authenticator: Option<SharedAuthenticator>,
    /// Expect the PROXY protocol before a client's first byte.
    pub proxy_protocol: bool,
    /// Interval between PINGs.
    pub ping_interval: Duration,
    /// Unanswered PINGs after which a connection is stale.
    pub ping_max: u32,
    /// Address of the monitoring port; the client address if empty.
    pub http_host: String,
    /// Monitoring port: 0 is none, -1 any free port.
    pub http_port: i32,
    /// Path before the monitoring endpoints.
    pub http_base_path: String,
    /// Monitoring port with TLS: 0 is none, -1 any free port.
    pub https_port: i32,
    /// Time for a client to authenticate; zero is the default, which depends on TLS.
    pub auth_timeout: Duration,
    /// Longest control line in bytes.
    pub max_control_line: usize,
    /// Largest payload in bytes.
    pub max_payload: usize,
    /// Most bytes that may wait for one client.
    pub max_pending: u64,
    /// Drop messages to a full client instead of slowing the publisher.
    pub no_fast_producer_stall: bool,
    /// Where JetStream keeps its data.
    pub store_dir: String,
    /// Whether JetStream is on.
    pub jetstream: bool,
    /// How JetStream is.
    pub js: JetStreamOptions,
    /// File that the process id is written to.
    pub pid_file: String,
    /// Directory for the file that lists the ports in use.
    pub ports_file_dir: String,
    /// Log file; standard error if empty.
    pub log_file: String,
    /// Size in bytes at which the log file is rotated; 0 is never.
    pub log_size_limit: u64,
    /// How many log files are kept; 0 is all.
    pub log_max_files: usize,
    /// Log to the system log.
    pub syslog: bool,
    /// Address of a remote system log.
    pub remote_syslog: String,
    /// TLS of client connections.
    pub tls: Option<TlsOptions>,
    /// Also take clients without TLS.
    pub allow_non_tls: bool,
    /// Time one write to a connection may take.
    pub write_deadline: Duration,
    /// What happens when it takes longer.
    pub write_timeout: WriteTimeoutPolicy,
    /// How many closed connections monitoring remembers.
    pub max_closed_clients: usize,
    /// Time over which a lame duck closes its clients.
    pub lame_duck_duration: Duration,
    /// Time before it closes the first.
    pub lame_duck_grace_period: Duration,
    /// Longest printed payload in traces; 0 is all.
    pub max_traced_msg_len: usize,
    /// Tags of the server.
    pub tags: Vec<String>,
    /// Free data of the server.
    pub metadata: BTreeMap<String, String>,
    /// Always send a nonce in INFO.
    pub always_enable_nonce: bool,
    /// Digest of the configuration file.
    pub config_digest: String,
    /// Only check the configuration file.
    pub check_config: bool,
    /// Subject mappings of the global account.
    pub mappings: Vec<SubjectMappingOptions>,
    /// Authorization by a service.
    pub auth_callout: Option<AuthCalloutOptions>,
    /// The one user or the token only through a trusted proxy.
    pub proxy_required: bool,
    /// Trusted proxies.
    pub proxies: Option<ProxiesOptions>,
    /// Whether the configuration file has an `authorization` block.
    pub auth_block_defined: bool,
    /// Operator mode.
    pub operator: OperatorOptions,
    /// TLS of connections to a resolver.
    pub resolver_tls: Option<TlsOptions>,
    /// Cluster of this server.
    pub cluster: ClusterOptions,
    /// Routes to make.
    pub routes: Vec<ServerUrl>,
    /// The same as given on the command line.
    pub routes_str: String,
    /// Connections to other clusters.
    pub gateway: GatewayOptions,
    /// Leafnodes.
    pub leafnode: LeafNodeOptions,
    /// WebSocket clients.
    pub websocket: WebsocketOptions,
    /// MQTT clients.
    pub mqtt: MqttOptions,
    /// OCSP staples.
    pub ocsp: Option<OcspOptions>,
    /// Cache of OCSP answers.
    pub ocsp_cache: Option<OcspCacheOptions>,
    /// JetStream domains of accounts.
    pub js_default_domain: BTreeMap<String, String>,
    /// Port for profiling: 0 is none.
    pub prof_port: i32,
    /// Rate of profiled blocking events.
    pub prof_block_rate: i32,
    /// Failed attempts to connect to a server are reported every so many.
    pub connect_error_reports: i32,
    /// The same for attempts to connect again.
    pub reconnect_error_reports: i32,
    /// What the command line says, which counts more than the file, now and whenever
    /// the file is read again.
    pub overrides: Overrides,
    /// What the configuration file sets and this server does not act on, each with
    /// its place.
    pub not_acted_on: Vec<String>,
    /// What is odd about the configuration file.
    pub warnings: Vec<ConfigWarning>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            config_file: None,
            server_name: String::new(),
            host: constants::DEFAULT_HOST.to_owned(),
            port: i32::from(constants::DEFAULT_PORT),
            dont_listen: false,
            client_advertise: String::new(),
            trace: false,
            debug: false,
            trace_verbose: false,
            trace_headers: false,
            no_log: false,
            no_sigs: false,
            no_sublist_cache: false,
            no_header_support: false,
            disable_short_first_ping: false,
            logtime: true,
            logtime_utc: false,
            log_json: false,
            max_connections: constants::DEFAULT_MAX_CONNECTIONS,
            max_subscriptions: 0,
            max_subscription_tokens: 0,
            users: Vec::new(),
            nkeys: Vec::new(),
            accounts: Vec::new(),
            no_auth_user: String::new(),
            system_account: String::new(),
            no_system_account: false,
            username: String::new(),
            password: String::new(),
            authorization: String::new(),
            authenticator: None,
            proxy_protocol: false,
            ping_interval: constants::DEFAULT_PING_INTERVAL,
            ping_max: constants::DEFAULT_PING_MAX_OUT,
            http_host: String::new(),
            http_port: 0,
            http_base_path: String::new(),
            https_port: 0,
            auth_timeout: Duration::ZERO,
            max_control_line: constants::MAX_CONTROL_LINE_SIZE,
            max_payload: constants::MAX_PAYLOAD_SIZE,
            max_pending: constants::MAX_PENDING_SIZE,
            no_fast_producer_stall: false,
            store_dir: String::new(),
            jetstream: false,
            js: JetStreamOptions::default(),
            pid_file: String::new(),
            ports_file_dir: String::new(),
            log_file: String::new(),
            log_size_limit: 0,
            log_max_files: 0,
            syslog: false,
            remote_syslog: String::new(),
            tls: None,
            allow_non_tls: false,
            write_deadline: constants::DEFAULT_FLUSH_DEADLINE,
            write_timeout: WriteTimeoutPolicy::Default,
            max_closed_clients: constants::DEFAULT_MAX_CLOSED_CLIENTS,
            lame_duck_duration: constants::DEFAULT_LAME_DUCK_DURATION,
            lame_duck_grace_period: constants::DEFAULT_LAME_DUCK_GRACE_PERIOD,
            max_traced_msg_len: 0,
            tags: Vec::new(),
            metadata: BTreeMap::new(),
            always_enable_nonce: false,
            config_digest: String::new(),
            check_config: false,
            mappings: Vec::new(),
            auth_callout: None,
            proxy_required: false,
            proxies: None,
            auth_block_defined: false,
            operator: OperatorOptions::default(),
            resolver_tls: None,
            cluster: ClusterOptions::default(),
            routes: Vec::new(),
            routes_str: String::new(),
            gateway: GatewayOptions::default(),
            leafnode: LeafNodeOptions::default(),
            websocket: WebsocketOptions::default(),
            mqtt: MqttOptions::default(),
            ocsp: None,
            ocsp_cache: None,
            js_default_domain: BTreeMap::new(),
            prof_port: 0,
            prof_block_rate: 0,
            connect_error_reports: DEFAULT_CONNECT_ERROR_REPORTS,
            reconnect_error_reports: DEFAULT_RECONNECT_ERROR_REPORTS,
            overrides: Overrides::default(),
            not_acted_on: Vec::new(),
            warnings: Vec::new(),
        }
    }
}
