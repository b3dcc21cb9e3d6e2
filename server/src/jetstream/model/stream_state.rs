//! What a stream holds (`StreamState` in `store.go`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::go_time;
use super::policy::is_default;

/// What a stream holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamState {
    /// How many messages.
    #[serde(rename = "messages")]
    pub msgs: u64,
    /// How many bytes, with what each message costs.
    pub bytes: u64,
    /// Sequence of the first message, or of the next if there is none.
    pub first_seq: u64,
    /// When the first message came.
    #[serde(rename = "first_ts", with = "go_time")]
    pub first_time: Option<Timestamp>,
    /// Last sequence given out; it never goes back.
    pub last_seq: u64,
    /// When that was.
    #[serde(rename = "last_ts", with = "go_time")]
    pub last_time: Option<Timestamp>,
    /// How many subjects have messages.
    #[serde(skip_serializing_if = "is_default")]
    pub num_subjects: usize,
    /// How many messages each subject has, if asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub subjects: BTreeMap<String, u64>,
    /// How many sequences between first and last are gone.
    #[serde(skip_serializing_if = "is_default")]
    pub num_deleted: usize,
    /// Which, if asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<u64>,
    /// What was lost by damage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<LostStreamData>,
    /// How many consumers there are.
    #[serde(rename = "consumer_count")]
    pub consumers: usize,
}

/// What a stream lost by damage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LostStreamData {
    /// The sequences.
    pub msgs: Vec<u64>,
    /// How many bytes.
    pub bytes: u64,
}

/// What is stored under some subjects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SimpleState {
    /// How many messages.
    #[serde(rename = "messages")]
    pub msgs: u64,
    /// Sequence of the first of them; 0 if there is none.
    #[serde(rename = "first_seq")]
    pub first: u64,
    /// Sequence of the last of them; 0 if there is none.
    #[serde(rename = "last_seq")]
    pub last: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_that_of_the_go_server() {
        let bare = r#"{"messages":0,"bytes":0,"first_seq":0,"first_ts":"0001-01-01T00:00:00Z","last_seq":0,"last_ts":"0001-01-01T00:00:00Z","consumer_count":0}"#;
        assert_eq!(
            serde_json::to_string(&StreamState::default()).unwrap(),
            bare
        );
        let full = r#"{"messages":1,"bytes":2,"first_seq":3,"first_ts":"2024-05-06T07:08:09.1Z","last_seq":4,"last_ts":"2024-05-06T07:08:09.123456789Z","num_subjects":5,"subjects":{"a":1},"num_deleted":6,"deleted":[7],"lost":{"msgs":[8],"bytes":9},"consumer_count":10}"#;
        let state: StreamState = serde_json::from_str(full).unwrap();
        assert_eq!(serde_json::to_string(&state).unwrap(), full);
        assert_eq!(
            serde_json::to_string(&SimpleState {
                msgs: 1,
                first: 2,
                last: 3
            })
            .unwrap(),
            r#"{"messages":1,"first_seq":2,"last_seq":3}"#
        );
    }
}
