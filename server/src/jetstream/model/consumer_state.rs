//! How far a consumer is (`ConsumerState` in `store.go`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A message by its place in a consumer's deliveries and in the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SequencePair {
    /// The how manieth delivery it is.
    #[serde(rename = "consumer_seq")]
    pub consumer: u64,
    /// Its sequence in the stream.
    #[serde(rename = "stream_seq")]
    pub stream: u64,
}

/// A message that waits for its acknowledgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Pending {
    /// The consumer's sequence when it was first delivered.
    pub sequence: u64,
    /// When it was last delivered, in nanoseconds since 1970.
    pub timestamp: i64,
}

/// How far a consumer is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsumerState {
    /// What was delivered last.
    pub delivered: SequencePair,
    /// Up to where everything is acknowledged.
    pub ack_floor: SequencePair,
    /// What waits for its acknowledgement, by sequence in the stream.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pending: BTreeMap<u64, Pending>,
    /// How often a message was delivered again, by sequence in the stream.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub redelivered: BTreeMap<u64, u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_that_of_the_go_server() {
        let json = r#"{"delivered":{"consumer_seq":1,"stream_seq":2},"ack_floor":{"consumer_seq":3,"stream_seq":4},"pending":{"5":{"Sequence":6,"Timestamp":7}},"redelivered":{"8":9}}"#;
        let state: ConsumerState = serde_json::from_str(json).unwrap();
        assert_eq!(state.pending[&5].timestamp, 7);
        assert_eq!(serde_json::to_string(&state).unwrap(), json);
    }
}
