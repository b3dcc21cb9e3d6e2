//! Monitoring: what the server tells of itself, as values and over HTTP.
//!
//! [`Monitor`] answers questions with plain values that can be read from and
//! written as the JSON of the Go server; `http` asks it on behalf of others. It only
//! looks: nothing here changes the server, and nothing is asked of it while a
//! message is on its way. Answers to `monitor.go` and `monitor_sort_opts.go`.

mod account_exchange;
mod accountz;
mod accstatz;
mod certificate;
mod conn_info;
mod connz;
mod healthz;
mod http;
mod json;
mod jsz;
mod metrics;
mod peers;
mod process;
mod sort;
mod state;
mod subsz;
mod time;
mod varz;
mod varz_parts;

pub use account_exchange::{ExportInfo, ImportInfo, LatencyInfo, SamplingInfo};
pub use accountz::{AccountInfo, Accountz, AccountzError, AccountzOptions, MapDest};
pub use accstatz::{AccountStat, AccountStatz, AccountStatzOptions, DataStats, MsgBytes};
pub use certificate::TlsPeerCert;
pub use conn_info::{ConnInfo, ProxyInfo};
pub use connz::{
    ConnState, ConnStateError, Connz, ConnzError, ConnzOptions, DEFAULT_CONN_LIST_SIZE,
};
pub use healthz::{HealthStatus, HealthzError, HealthzErrorKind, HealthzOptions};
pub use http::{HttpHandler, MonitorListenError, Monitoring, Reply, listen, monitoring_tls};
pub use jsz::{
    JetStreamApiStats, JetStreamConfig, JetStreamLimits, JetStreamStats, JetStreamVarz, Jsz,
    JszOptions, NotLeader,
};
pub use metrics::Format as MetricsFormat;
pub use peers::{Gatewayz, Leafz, Routez};
pub use process::{IpqueueStatus, IpqueueszOptions};
pub use sort::{SortOption, SortOptionError, sort_connections};
pub use state::Monitor;
pub use subsz::{DEFAULT_SUB_LIST_SIZE, SubDetail, Subsz, SubszError, SubszOptions};
pub use time::{Time, go_duration, uptime};
pub use varz::Varz;
pub use varz_parts::{
    ClusterOptsVarz, DenyRules, GatewayOptsVarz, KindCounts, LeafNodeOptsVarz, MqttOptsVarz,
    OcspResponseCacheVarz, ProxiesOptsVarz, ProxyOptsVarz, RemoteGatewayOptsVarz,
    RemoteLeafOptsVarz, WebsocketOptsVarz,
};
