//! `/jsz`: JetStream. There is none in this server, and that is what it tells.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::json::is_default;
use super::state::Monitor;
use super::time::{Time, nanos};

/// JetStream in `/varz`; empty if it is off.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JetStreamVarz {
    /// How it is configured.
    #[serde(skip_serializing_if = "is_default")]
    pub config: Option<JetStreamConfig>,
    /// What it uses.
    #[serde(skip_serializing_if = "is_default")]
    pub stats: Option<JetStreamStats>,
}

/// How JetStream is configured. Sizes are in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct JetStreamConfig {
    pub max_memory: i64,
    pub max_storage: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub store_dir: String,
    #[serde(with = "nanos", skip_serializing_if = "is_default")]
    pub sync_interval: Duration,
    #[serde(skip_serializing_if = "is_default")]
    pub sync_always: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub domain: String,
    #[serde(skip_serializing_if = "is_default")]
    pub compress_ok: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub unique_tag: String,
    #[serde(skip_serializing_if = "is_default")]
    pub strict: bool,
}

/// What JetStream uses. Sizes are in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct JetStreamStats {
    pub memory: u64,
    pub storage: u64,
    pub reserved_memory: u64,
    pub reserved_storage: u64,
    pub accounts: usize,
    pub ha_assets: usize,
    pub api: JetStreamApiStats,
}

/// Requests to JetStream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct JetStreamApiStats {
    pub level: i32,
    pub total: u64,
    pub errors: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub inflight: u64,
}

/// What to tell. What is about accounts, streams and consumers has no effect where
/// JetStream is off.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the names are those of the parameters")]
pub struct JszOptions {
    pub account: String,
    pub accounts: bool,
    pub streams: bool,
    pub consumers: bool,
    pub direct_consumers: bool,
    pub config: bool,
    pub leader_only: bool,
    pub offset: i64,
    pub limit: i64,
    pub raft_groups: bool,
    pub stream_leader_only: bool,
}

/// JetStream (`JSInfo`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct Jsz {
    #[serde(flatten)]
    pub stats: JetStreamStats,
    pub server_id: String,
    pub now: Time,
    #[serde(default, skip_serializing_if = "is_default")]
    pub disabled: bool,
    #[serde(default)]
    pub config: JetStreamConfig,
    pub streams: usize,
    pub consumers: usize,
    pub messages: u64,
    pub bytes: u64,
    pub total: usize,
}

/// Only the leader was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("filtered response: not leader")]
pub struct NotLeader;

impl Monitor {
    /// Tells of JetStream (`Jsz`).
    ///
    /// # Errors
    ///
    /// [`NotLeader`] if only the leader was asked.
    pub fn jsz(&self, options: &JszOptions) -> Result<Jsz, NotLeader> {
        if options.leader_only {
            return Err(NotLeader);
        }
        Ok(Jsz {
            server_id: self.server_id(),
            now: Time::now(),
            disabled: true,
            ..Jsz::default()
        })
    }
}
