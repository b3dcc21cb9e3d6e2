//! What the API tells of a stream.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lifecycle::Stream;
use crate::jetstream::host::Host;
use crate::jetstream::model::versioning::add_dynamic;
use crate::jetstream::model::{
    ApiError, ExternalStream, StreamConfig, StreamState, SubjectTransformConfig,
};

/// A stream, what it is and what it holds (`StreamInfo`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct StreamInfo {
    pub config: StreamConfig,
    pub created: Timestamp,
    pub state: StreamState,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub domain: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterInfo>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<StreamSourceInfo>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<StreamSourceInfo>,
    pub ts: Timestamp,
}

/// The servers that keep a stream (`ClusterInfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct ClusterInfo {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub leader: String,
}

impl ClusterInfo {
    /// A server that leads since it is alone.
    #[must_use]
    pub fn alone(host: &Host) -> Self {
        Self {
            leader: host.context.options().server_name.clone(),
        }
    }
}

/// A stream that messages are taken from, and how far that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct StreamSourceInfo {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalStream>,
    pub lag: u64,
    /// Nanoseconds since it was last heard of; -1 if never.
    pub active: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ApiError>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub filter_subject: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_transforms: Vec<SubjectTransformConfig>,
}

impl Stream {
    /// Everything about the stream, with deleted sequences if wanted.
    #[must_use]
    pub fn info(&self, deleted_details: bool) -> StreamInfo {
        let mut config = (*self.config()).clone();
        add_dynamic(&mut config.metadata);
        let state = self.state(deleted_details);
        // After the state: what is there is not told as still to come.
        let (mirror, sources) = self.origins_info();
        StreamInfo {
            config,
            created: self.created(),
            state,
            domain: self.host.config.domain.clone(),
            cluster: None,
            mirror,
            sources,
            ts: self.host.now(),
        }
    }
}
