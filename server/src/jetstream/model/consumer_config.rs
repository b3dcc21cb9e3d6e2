//! The configuration of a consumer (`ConsumerConfig` in `consumer.go`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::go_time;
use super::nanos::Nanos;
use super::policy::{AckPolicy, DeliverPolicy, PriorityPolicy, ReplayPolicy, is_default};

/// A consumer as its user wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsumerConfig {
    /// Its name, if it outlives its users.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub durable_name: String,
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where it begins.
    pub deliver_policy: DeliverPolicy,
    /// The sequence to begin with.
    #[serde(skip_serializing_if = "is_default")]
    pub opt_start_seq: u64,
    /// The time to begin with.
    #[serde(with = "go_time", skip_serializing_if = "Option::is_none")]
    pub opt_start_time: Option<Timestamp>,
    /// Which acknowledgements it wants.
    pub ack_policy: AckPolicy,
    /// How long it waits for one.
    #[serde(skip_serializing_if = "Nanos::is_zero")]
    pub ack_wait: Nanos,
    /// How often a message is delivered; -1 or 0 for any number.
    #[serde(skip_serializing_if = "is_default")]
    pub max_deliver: i64,
    /// How long it waits at each attempt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backoff: Vec<Nanos>,
    /// The one subject it delivers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filter_subject: String,
    /// The subjects it delivers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filter_subjects: Vec<String>,
    /// How fast messages are played back.
    pub replay_policy: ReplayPolicy,
    /// Most bits in a second; 0 for any number.
    #[serde(skip_serializing_if = "is_default")]
    pub rate_limit_bps: u64,
    /// Share of acknowledgements to report, in per cent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sample_freq: String,
    /// Most waiting pull requests.
    #[serde(skip_serializing_if = "is_default")]
    pub max_waiting: i64,
    /// Most unacknowledged messages.
    #[serde(skip_serializing_if = "is_default")]
    pub max_ack_pending: i64,
    /// Whether the receiver paces it.
    #[serde(skip_serializing_if = "is_default")]
    pub flow_control: bool,
    /// Whether payloads are left out.
    #[serde(skip_serializing_if = "is_default")]
    pub headers_only: bool,
    /// Most messages of one pull request.
    #[serde(skip_serializing_if = "is_default")]
    pub max_batch: i64,
    /// Longest life of a pull request.
    #[serde(skip_serializing_if = "Nanos::is_zero")]
    pub max_expires: Nanos,
    /// Most bytes of one pull request.
    #[serde(skip_serializing_if = "is_default")]
    pub max_bytes: i64,
    /// Where a push consumer delivers to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub deliver_subject: String,
    /// The queue group that it delivers to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub deliver_group: String,
    /// How often it says that there is nothing.
    #[serde(skip_serializing_if = "Nanos::is_zero")]
    pub idle_heartbeat: Nanos,
    /// When it goes if nobody uses it.
    #[serde(skip_serializing_if = "Nanos::is_zero")]
    pub inactive_threshold: Nanos,
    /// How many servers keep it; 0 for as many as its stream.
    #[serde(rename = "num_replicas")]
    pub replicas: i64,
    /// Whether its state is kept in memory only.
    #[serde(skip_serializing_if = "is_default")]
    pub mem_storage: bool,
    /// Whether it belongs to a mirror or source.
    #[serde(skip_serializing_if = "is_default")]
    pub direct: bool,
    /// What the user notes about it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Until when it rests.
    #[serde(with = "go_time", skip_serializing_if = "Option::is_none")]
    pub pause_until: Option<Timestamp>,
    /// Its priority groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub priority_groups: Vec<String>,
    /// How members of a group share messages.
    #[serde(skip_serializing_if = "is_default")]
    pub priority_policy: PriorityPolicy,
    /// How long a pinned client may be silent.
    #[serde(skip_serializing_if = "Nanos::is_zero")]
    pub priority_timeout: Nanos,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the Go server writes a configuration of which everything is set.
    const FULL: &str = r#"{"durable_name":"D","name":"N","description":"d","deliver_policy":"by_start_time","opt_start_seq":1,"opt_start_time":"2024-05-06T07:08:09Z","ack_policy":"explicit","ack_wait":2,"max_deliver":3,"backoff":[4,5],"filter_subject":"f","filter_subjects":["g"],"replay_policy":"original","rate_limit_bps":6,"sample_freq":"7%","max_waiting":8,"max_ack_pending":9,"flow_control":true,"headers_only":true,"max_batch":10,"max_expires":11,"max_bytes":12,"deliver_subject":"s","deliver_group":"q","idle_heartbeat":13,"inactive_threshold":14,"num_replicas":1,"mem_storage":true,"direct":true,"metadata":{"k":"v"},"pause_until":"9999-01-02T03:04:05.000000006Z","priority_groups":["p"],"priority_policy":"pinned_client","priority_timeout":15}"#;

    #[test]
    fn json_is_that_of_the_go_server() {
        let full: ConsumerConfig = serde_json::from_str(FULL).unwrap();
        assert_eq!(serde_json::to_string(&full).unwrap(), FULL);
        let bare = ConsumerConfig::default();
        let json = r#"{"deliver_policy":"all","ack_policy":"none","replay_policy":"instant","num_replicas":0}"#;
        assert_eq!(serde_json::to_string(&bare).unwrap(), json);
        assert_eq!(serde_json::from_str::<ConsumerConfig>("{}").unwrap(), bare);
    }

    #[test]
    fn a_time_with_an_offset_is_understood_and_a_zero_time_is_none() {
        let read = |json| serde_json::from_str::<ConsumerConfig>(json).map(|c| c.pause_until);
        let some = read(r#"{"pause_until":"2024-01-01T02:00:00+02:00"}"#).unwrap();
        assert_eq!(some, "2024-01-01T00:00:00Z".parse().ok());
        assert_eq!(
            read(r#"{"pause_until":"0001-01-01T00:00:00Z"}"#).unwrap(),
            None
        );
        assert_eq!(read(r#"{"pause_until":null}"#).unwrap(), None);
        assert!(read(r#"{"pause_until":"tomorrow"}"#).is_err());
    }
}
