//! What a consumer's metadata on disk holds (`FileConsumerInfo` in
//! `filestore.go`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::consumer_config::ConsumerConfig;
use super::go_time;
use super::json::{Field, Shape, Struct};
use super::shapes::CONSUMER_CONFIG;

/// A consumer as it is remembered on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileConsumerInfo {
    /// When it was made.
    #[serde(rename = "Created", with = "go_time")]
    pub created: Option<Timestamp>,
    /// Its name, which is that of its directory too.
    #[serde(rename = "Name")]
    pub name: String,
    /// What its user wants.
    #[serde(flatten)]
    pub config: ConsumerConfig,
}

/// `FileConsumerInfo`
pub static FILE_CONSUMER_INFO: Struct = Struct {
    name: "FileConsumerInfo",
    embedded: Some(("ConsumerConfig", &CONSUMER_CONFIG)),
    fields: &[Field("Created", Shape::Time), Field("Name", Shape::Text)],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jetstream::model::AckPolicy;

    #[test]
    fn json_is_that_of_the_go_server() {
        let json = r#"{"Created":"2024-05-06T07:08:09.01Z","Name":"C","durable_name":"C","name":"C","deliver_policy":"all","ack_policy":"explicit","ack_wait":30000000000,"replay_policy":"instant","num_replicas":0}"#;
        let info: FileConsumerInfo = serde_json::from_str(json).unwrap();
        assert_eq!(info.config.ack_policy, AckPolicy::Explicit);
        assert_eq!((info.name.as_str(), info.config.name.as_str()), ("C", "C"));
        assert_eq!(serde_json::to_string(&info).unwrap(), json);
    }
}
