//! The parts of `/varz` about what is configured besides clients. A server without
//! them tells empty objects.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::json::is_default;
use super::time::{Time, nanos};

/// Connections of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say what is counted")]
pub struct KindCounts {
    pub clients: u64,
    pub routes: u64,
    pub gateways: u64,
    pub leafs: u64,
}

/// Routes to servers of the same cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct ClusterOptsVarz {
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub addr: String,
    #[serde(skip_serializing_if = "is_default")]
    pub cluster_port: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub auth_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub urls: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_required: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_verify: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub pool_size: i64,
    #[serde(with = "nanos", skip_serializing_if = "is_default")]
    pub write_deadline: Duration,
    #[serde(skip_serializing_if = "is_default")]
    pub write_timeout: String,
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub tls_cert_not_after: Time,
}

/// Connections to other clusters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct GatewayOptsVarz {
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub host: String,
    #[serde(skip_serializing_if = "is_default")]
    pub port: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub auth_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_required: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_verify: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub advertise: String,
    #[serde(skip_serializing_if = "is_default")]
    pub connect_retries: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub gateways: Vec<RemoteGatewayOptsVarz>,
    #[serde(skip_serializing_if = "is_default")]
    pub reject_unknown: bool,
    #[serde(with = "nanos", skip_serializing_if = "is_default")]
    pub write_deadline: Duration,
    #[serde(skip_serializing_if = "is_default")]
    pub write_timeout: String,
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub tls_cert_not_after: Time,
}

/// One other cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct RemoteGatewayOptsVarz {
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub urls: Vec<String>,
}

/// Leafnode connections.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct LeafNodeOptsVarz {
    #[serde(skip_serializing_if = "is_default")]
    pub host: String,
    #[serde(skip_serializing_if = "is_default")]
    pub port: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub auth_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_required: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_verify: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub remotes: Vec<RemoteLeafOptsVarz>,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_ocsp_peer_verify: bool,
    #[serde(with = "nanos", skip_serializing_if = "is_default")]
    pub write_deadline: Duration,
    #[serde(skip_serializing_if = "is_default")]
    pub write_timeout: String,
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub tls_cert_not_after: Time,
}

/// Subjects that do not pass a leafnode connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct DenyRules {
    #[serde(skip_serializing_if = "is_default")]
    pub exports: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub imports: Vec<String>,
}

/// One server that this one is a leafnode of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct RemoteLeafOptsVarz {
    #[serde(skip_serializing_if = "is_default")]
    pub local_account: String,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub urls: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub deny: Option<DenyRules>,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_ocsp_peer_verify: bool,
}

/// MQTT clients.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct MqttOptsVarz {
    #[serde(skip_serializing_if = "is_default")]
    pub host: String,
    #[serde(skip_serializing_if = "is_default")]
    pub port: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub no_auth_user: String,
    #[serde(skip_serializing_if = "is_default")]
    pub auth_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_map: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_pinned_certs: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub js_domain: String,
    #[serde(with = "nanos", skip_serializing_if = "is_default")]
    pub ack_wait: Duration,
    #[serde(skip_serializing_if = "is_default")]
    pub max_ack_pending: u16,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_ocsp_peer_verify: bool,
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub tls_cert_not_after: Time,
}

/// WebSocket clients.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct WebsocketOptsVarz {
    #[serde(skip_serializing_if = "is_default")]
    pub host: String,
    #[serde(skip_serializing_if = "is_default")]
    pub port: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub advertise: String,
    #[serde(skip_serializing_if = "is_default")]
    pub no_auth_user: String,
    #[serde(skip_serializing_if = "is_default")]
    pub jwt_cookie: String,
    #[serde(with = "nanos", skip_serializing_if = "is_default")]
    pub handshake_timeout: Duration,
    #[serde(skip_serializing_if = "is_default")]
    pub auth_timeout: f64,
    #[serde(skip_serializing_if = "is_default")]
    pub no_tls: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_map: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_pinned_certs: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub same_origin: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub allowed_origins: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub compression: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_ocsp_peer_verify: bool,
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub tls_cert_not_after: Time,
}

/// The cache of OCSP answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct OcspResponseCacheVarz {
    #[serde(skip_serializing_if = "is_default")]
    pub cache_type: String,
    #[serde(skip_serializing_if = "is_default")]
    pub cache_hits: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub cache_misses: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub cached_responses: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub cached_revoked_responses: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub cached_good_responses: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub cached_unknown_responses: i64,
}

/// Proxies that are trusted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct ProxiesOptsVarz {
    #[serde(skip_serializing_if = "is_default")]
    pub trusted: Vec<ProxyOptsVarz>,
}

/// One of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct ProxyOptsVarz {
    pub key: String,
}
