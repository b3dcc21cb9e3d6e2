//! The configuration of a stream (`StreamConfig` in `stream.go`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::go_time;
use super::lenient::nulls_as_default;
use super::nanos::Nanos;
use super::policy::{
    DiscardPolicy, PersistMode, RetentionPolicy, StorageType, StoreCompression, is_default,
};

/// A stream as its user wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamConfig {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Subjects that it takes messages from.
    #[serde(
        deserialize_with = "nulls_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub subjects: Vec<String>,
    /// When messages may go.
    pub retention: RetentionPolicy,
    /// Most consumers; -1 for any number.
    pub max_consumers: i64,
    /// Most messages; -1 or 0 for any number.
    pub max_msgs: i64,
    /// Most bytes; -1 or 0 for any number.
    pub max_bytes: i64,
    /// Greatest age of a message; 0 for any.
    pub max_age: Nanos,
    /// Most messages of one subject; -1 or 0 for any number.
    pub max_msgs_per_subject: i64,
    /// Largest message in bytes; -1 or 0 for any.
    #[serde(skip_serializing_if = "is_default")]
    pub max_msg_size: i32,
    /// What happens at a limit.
    pub discard: DiscardPolicy,
    /// Where messages are kept.
    pub storage: StorageType,
    /// How many servers keep it.
    #[serde(rename = "num_replicas")]
    pub replicas: i64,
    /// Whether publishers get no acknowledgement.
    #[serde(skip_serializing_if = "is_default")]
    pub no_ack: bool,
    /// For how long message IDs are remembered.
    #[serde(skip_serializing_if = "Nanos::is_zero")]
    pub duplicate_window: Nanos,
    /// Which servers may keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// The stream that it copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<StreamSource>,
    /// Streams that it takes messages from.
    #[serde(
        deserialize_with = "nulls_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub sources: Vec<StreamSource>,
    /// How files are compressed.
    pub compression: StoreCompression,
    /// Sequence of the first message; 0 for 1.
    #[serde(skip_serializing_if = "is_default")]
    pub first_seq: u64,
    /// How subjects are changed before anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_transform: Option<SubjectTransformConfig>,
    /// Where stored messages are published again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub republish: Option<Republish>,
    /// Whether all replicas answer requests for single messages.
    pub allow_direct: bool,
    /// Whether mirrors do so for the stream they copy.
    pub mirror_direct: bool,
    /// Whether new messages are refused at the limit of their subject too.
    #[serde(skip_serializing_if = "is_default")]
    pub discard_new_per_subject: bool,
    /// Whether nothing gets in or out.
    pub sealed: bool,
    /// Whether messages cannot be deleted by the API.
    pub deny_delete: bool,
    /// Whether it cannot be purged by the API.
    pub deny_purge: bool,
    /// Whether a header may purge older messages.
    pub allow_rollup_hdrs: bool,
    /// Defaults and limits of its consumers.
    pub consumer_limits: StreamConsumerLimits,
    /// Whether a header may limit the life of a message.
    pub allow_msg_ttl: bool,
    /// Life of the markers that stand for removed subjects; 0 for no markers.
    #[serde(skip_serializing_if = "Nanos::is_zero")]
    pub subject_delete_marker_ttl: Nanos,
    /// Whether it holds counters and nothing else.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_msg_counter: bool,
    /// Whether batches may be published as one.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_atomic: bool,
    /// Whether messages may be scheduled.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_msg_schedules: bool,
    /// Whether writes may follow the acknowledgement.
    #[serde(skip_serializing_if = "is_default")]
    pub persist_mode: PersistMode,
    /// What the user notes about it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// A stream to take messages from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamSource {
    /// Its name.
    pub name: String,
    /// The sequence to begin with.
    #[serde(skip_serializing_if = "is_default")]
    pub opt_start_seq: u64,
    /// The time to begin with.
    #[serde(with = "go_time", skip_serializing_if = "Option::is_none")]
    pub opt_start_time: Option<Timestamp>,
    /// Which subjects are taken.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filter_subject: String,
    /// Which subjects are taken, and what becomes of them.
    #[serde(
        deserialize_with = "nulls_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub subject_transforms: Vec<SubjectTransformConfig>,
    /// Where it is, if in another account or domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalStream>,
}

/// A change of subjects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubjectTransformConfig {
    /// The pattern of subjects to change.
    #[serde(rename = "src")]
    pub source: String,
    /// What they become.
    #[serde(rename = "dest")]
    pub destination: String,
}

/// Where stored messages are published again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Republish {
    /// Which subjects; empty for all.
    #[serde(rename = "src", skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// What the subjects become.
    #[serde(rename = "dest")]
    pub destination: String,
    /// Whether the payload is left out.
    #[serde(skip_serializing_if = "is_default")]
    pub headers_only: bool,
}

/// Which servers may keep a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Placement {
    /// The name of the cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// Tags that the servers need to have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The server that should lead.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub preferred: String,
}

/// How a stream of another account or domain is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExternalStream {
    /// What its API subjects begin with.
    #[serde(rename = "api")]
    pub api_prefix: String,
    /// What the subjects it delivers to begin with.
    #[serde(rename = "deliver")]
    pub deliver_prefix: String,
}

/// Defaults and limits for the consumers of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamConsumerLimits {
    /// When an unused consumer goes.
    #[serde(skip_serializing_if = "Nanos::is_zero")]
    pub inactive_threshold: Nanos,
    /// Most unacknowledged messages.
    #[serde(skip_serializing_if = "is_default")]
    pub max_ack_pending: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the Go server writes a configuration of which everything is set.
    const FULL: &str = r#"{"name":"S","description":"d","subjects":["a.>"],"retention":"interest","max_consumers":1,"max_msgs":2,"max_bytes":3,"max_age":4000000000,"max_msgs_per_subject":5,"max_msg_size":6,"discard":"new","storage":"memory","num_replicas":3,"no_ack":true,"duplicate_window":7,"placement":{"cluster":"c","tags":["t"],"preferred":"p"},"mirror":{"name":"M","opt_start_seq":8,"opt_start_time":"2024-05-06T07:08:09.01Z","filter_subject":"f","subject_transforms":[{"src":"s","dest":"d"}],"external":{"api":"a","deliver":"d"}},"sources":[{"name":"O"}],"compression":"s2","first_seq":9,"subject_transform":{"src":"x","dest":"y"},"republish":{"src":"r","dest":"q","headers_only":true},"allow_direct":true,"mirror_direct":true,"discard_new_per_subject":true,"sealed":true,"deny_delete":true,"deny_purge":true,"allow_rollup_hdrs":true,"consumer_limits":{"inactive_threshold":10,"max_ack_pending":11},"allow_msg_ttl":true,"subject_delete_marker_ttl":12,"allow_msg_counter":true,"allow_atomic":true,"allow_msg_schedules":true,"persist_mode":"async","metadata":{"k":"v"}}"#;

    /// As the Go server writes one of which only the storage is set.
    const BARE: &str = r#"{"name":"","retention":"limits","max_consumers":0,"max_msgs":0,"max_bytes":0,"max_age":0,"max_msgs_per_subject":0,"discard":"old","storage":"file","num_replicas":0,"compression":"none","allow_direct":false,"mirror_direct":false,"sealed":false,"deny_delete":false,"deny_purge":false,"allow_rollup_hdrs":false,"consumer_limits":{},"allow_msg_ttl":false}"#;

    #[test]
    fn json_is_that_of_the_go_server() {
        let full: StreamConfig = serde_json::from_str(FULL).unwrap();
        assert_eq!(serde_json::to_string(&full).unwrap(), FULL);
        assert_eq!(full.max_age, Nanos::from_secs(4));
        let bare = StreamConfig::default();
        assert_eq!(serde_json::to_string(&bare).unwrap(), BARE);
        assert_eq!(serde_json::from_str::<StreamConfig>("{}").unwrap(), bare);
    }
}
