//! `/varz`: the server as a whole.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::json::is_default;
use super::jsz::JetStreamVarz;
use super::state::Monitor;
use super::time::{Time, nanos, uptime};
use super::varz_parts::{
    ClusterOptsVarz, GatewayOptsVarz, KindCounts, LeafNodeOptsVarz, MqttOptsVarz,
    OcspResponseCacheVarz, ProxiesOptsVarz, WebsocketOptsVarz,
};
use crate::protocol::constants::TLS_TIMEOUT;

/// The server as a whole (`Varz`). Sizes are in bytes, time-outs in seconds,
/// intervals and deadlines in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct Varz {
    pub server_id: String,
    pub server_name: String,
    pub version: String,
    pub proto: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub git_commit: String,
    pub go: String,
    pub host: String,
    pub port: u16,
    #[serde(skip_serializing_if = "is_default")]
    pub auth_required: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_required: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_verify: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_ocsp_peer_verify: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub ip: String,
    #[serde(skip_serializing_if = "is_default")]
    pub connect_urls: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub ws_connect_urls: Vec<String>,
    pub max_connections: usize,
    #[serde(skip_serializing_if = "is_default")]
    pub max_subscriptions: usize,
    #[serde(with = "nanos")]
    pub ping_interval: Duration,
    pub ping_max: u32,
    pub http_host: String,
    pub http_port: i32,
    pub http_base_path: String,
    pub https_port: i32,
    pub auth_timeout: f64,
    pub max_control_line: usize,
    pub max_payload: usize,
    pub max_pending: u64,
    pub cluster: ClusterOptsVarz,
    pub gateway: GatewayOptsVarz,
    pub leaf: LeafNodeOptsVarz,
    pub mqtt: MqttOptsVarz,
    pub websocket: WebsocketOptsVarz,
    pub jetstream: JetStreamVarz,
    pub tls_timeout: f64,
    #[serde(with = "nanos")]
    pub write_deadline: Duration,
    #[serde(skip_serializing_if = "is_default")]
    pub write_timeout: String,
    pub start: Time,
    pub now: Time,
    pub uptime: String,
    pub mem: u64,
    pub cores: usize,
    pub gomaxprocs: usize,
    #[serde(skip_serializing_if = "is_default")]
    pub gomemlimit: u64,
    pub cpu: f64,
    pub connections: usize,
    pub total_connections: u64,
    pub routes: usize,
    pub remotes: usize,
    pub leafnodes: usize,
    pub in_msgs: u64,
    pub out_msgs: u64,
    pub in_bytes: u64,
    pub out_bytes: u64,
    pub slow_consumers: u64,
    pub stale_connections: u64,
    pub stalled_clients: u64,
    pub subscriptions: usize,
    pub http_req_stats: BTreeMap<String, u64>,
    pub config_load_time: Time,
    pub config_digest: String,
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    pub trusted_operators_jwt: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub trusted_operators_claim: Vec<serde_json::Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub system_account: String,
    #[serde(skip_serializing_if = "is_default")]
    pub pinned_account_fails: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub ocsp_peer_cache: Option<OcspResponseCacheVarz>,
    pub slow_consumer_stats: KindCounts,
    pub stale_connection_stats: KindCounts,
    #[serde(skip_serializing_if = "is_default")]
    pub proxies: Option<ProxiesOptsVarz>,
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub tls_cert_not_after: Time,
}

impl Monitor {
    /// Tells of the server as a whole (`Varz`).
    #[must_use]
    pub fn varz(&self) -> Varz {
        let usage = self.usage();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut varz = Varz {
            start: self.start,
            now: Time::now(),
            uptime: uptime(self.started.elapsed()),
            mem: usage.rss,
            cpu: usage.cpu_percent,
            cores,
            gomaxprocs: cores,
            http_req_stats: self.requests(),
            config_load_time: self.config_time(),
            tls_cert_not_after: self.certificate_not_after(),
            jetstream: self.jetstream_varz(),
            ..Varz::default()
        };
        self.tell_info(&mut varz);
        self.tell_options(&mut varz);
        self.tell_counts(&mut varz);
        varz
    }

    fn tell_info(&self, varz: &mut Varz) {
        let info = self.context().info();
        varz.server_id.clone_from(&info.server_id);
        varz.server_name.clone_from(&info.server_name);
        varz.version.clone_from(&info.version);
        varz.proto = info.proto;
        varz.git_commit.clone_from(&info.git_commit);
        varz.go.clone_from(&info.go);
        varz.host.clone_from(&info.host);
        varz.port = info.port;
        varz.auth_required = info.auth_required;
        varz.tls_required = info.tls_required;
        varz.tls_verify = info.tls_verify;
        varz.connect_urls.clone_from(&info.connect_urls);
    }

    fn tell_options(&self, varz: &mut Varz) {
        let options = self.context().options();
        varz.max_connections = options.max_connections;
        varz.max_subscriptions = options.max_subscriptions;
        varz.ping_interval = options.ping_interval;
        varz.ping_max = options.ping_max;
        varz.http_host.clone_from(&options.http_host);
        varz.http_port = options.http_port;
        varz.http_base_path.clone_from(&options.http_base_path);
        varz.https_port = options.https_port;
        varz.auth_timeout = options.auth_timeout.as_secs_f64();
        varz.max_control_line = options.max_control_line;
        varz.max_payload = options.max_payload;
        varz.max_pending = options.max_pending;
        let tls_timeout = options.tls.as_ref().map_or(TLS_TIMEOUT, |tls| tls.timeout);
        varz.tls_timeout = tls_timeout.as_secs_f64();
        varz.write_deadline = options.write_deadline;
        options
            .write_timeout
            .name()
            .clone_into(&mut varz.write_timeout);
        varz.config_digest.clone_from(&options.config_digest);
        varz.tags.clone_from(&options.tags);
        varz.metadata.clone_from(&options.metadata);
    }

    fn tell_counts(&self, varz: &mut Varz) {
        let context = self.context();
        let accounts = context.accounts();
        varz.connections = context.client_count();
        varz.subscriptions = accounts
            .all()
            .iter()
            .map(|account| account.subscriptions().count())
            .sum();
        varz.system_account = accounts
            .system()
            .map(|account| account.name().to_owned())
            .unwrap_or_default();
        let counts = &context.counts;
        varz.total_connections = counts.total_connections.load(Ordering::Relaxed);
        varz.in_msgs = counts.in_msgs.load(Ordering::Relaxed);
        varz.in_bytes = counts.in_bytes.load(Ordering::Relaxed);
        varz.out_msgs = counts.out_msgs.load(Ordering::Relaxed);
        varz.out_bytes = counts.out_bytes.load(Ordering::Relaxed);
        varz.slow_consumers = counts.slow_consumers.load(Ordering::Relaxed);
        varz.stale_connections = counts.stale_connections.load(Ordering::Relaxed);
        varz.stalled_clients = counts.stalled_clients.load(Ordering::Relaxed);
        // All connections are those of clients.
        varz.slow_consumer_stats.clients = varz.slow_consumers;
        varz.stale_connection_stats.clients = varz.stale_connections;
    }
}
