//! `mqtt { }`.

use std::time::Duration;

use super::tls::TlsOptions;

/// Options of MQTT clients (`MQTTOpts`). A zero time is the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MqttOptions {
    /// Address to listen on.
    pub host: String,
    /// Port: 0 is none, -1 any free port.
    pub port: i32,
    /// The user of connections that present nothing.
    pub no_auth_user: String,
    /// The one user.
    pub username: String,
    /// That user's password.
    pub password: String,
    /// The token that clients present as password.
    pub token: String,
    /// JetStream domain of sessions and messages.
    pub js_domain: String,
    /// Replicas of the streams; 0 or less is by the size of the cluster.
    pub stream_replicas: i32,
    /// Consumers kept in memory.
    pub consumer_memory_storage: bool,
    /// Consumers are removed after so long without activity.
    pub consumer_inactive_threshold: Duration,
    /// Time to authenticate.
    pub auth_timeout: Duration,
    /// TLS of the port.
    pub tls: Option<TlsOptions>,
    /// Time for the acknowledgement of a message.
    pub ack_wait: Duration,
    /// Time for answers of JetStream.
    pub js_api_timeout: Duration,
    /// Unacknowledged messages of a subscription; 0 is the default.
    pub max_ack_pending: u16,
    /// Close connections that publish with QoS 2.
    pub reject_qos2_publish: bool,
    /// Grant QoS 1 where QoS 2 is asked for.
    pub downgrade_qos2_subscribe: bool,
}
