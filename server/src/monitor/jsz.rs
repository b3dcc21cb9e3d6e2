//! `/jsz`: JetStream, and its part of `/varz`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use super::json::is_default;
use super::state::Monitor;
use super::time::{Time, nanos};
use crate::config::Options;
use crate::jetstream::assets::{AccountAssets, JetStream, as_consumer};
use crate::jetstream::stream::Stream;
use crate::protocol::constants::JS_API_LEVEL;

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
    /// Its limits.
    #[serde(skip_serializing_if = "is_default")]
    pub limits: Option<JetStreamLimits>,
}

/// Limits of requests as configured; 0 where nothing is (`JSLimitOpts`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct JetStreamLimits {
    #[serde(skip_serializing_if = "is_default")]
    pub max_request_batch: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub max_ack_pending: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub max_ha_assets: i64,
    #[serde(with = "nanos", skip_serializing_if = "is_default")]
    pub max_duplicate_window: Duration,
    #[serde(skip_serializing_if = "is_default")]
    pub max_batch_inflight_per_stream: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub max_batch_inflight_total: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub max_batch_size: i64,
    #[serde(with = "nanos", skip_serializing_if = "is_default")]
    pub max_batch_timeout: Duration,
}

impl JetStreamLimits {
    fn of(options: &Options) -> Self {
        let limits = &options.js.limits;
        Self {
            max_request_batch: limits.max_request_batch,
            max_ack_pending: limits.max_ack_pending,
            max_ha_assets: limits.max_ha_assets,
            max_duplicate_window: limits.duplicate_window,
            max_batch_inflight_per_stream: limits.max_batch_inflight_per_stream,
            max_batch_inflight_total: limits.max_batch_inflight_total,
            max_batch_size: limits.max_batch_size,
            max_batch_timeout: limits.max_batch_timeout,
        }
    }
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

/// What to tell. Who leads what has no effect on a single server.
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
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Option<JetStreamLimits>,
    pub streams: usize,
    pub consumers: usize,
    pub messages: u64,
    pub bytes: u64,
    pub total: usize,
    #[serde(default, skip_serializing_if = "is_default")]
    pub account_details: Vec<JszAccount>,
}

/// An account with JetStream (`AccountDetail`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JszAccount {
    /// Its name.
    pub name: String,
    /// The same.
    pub id: String,
    /// What it uses.
    #[serde(flatten)]
    pub stats: JetStreamStats,
    /// Streams, each as JSON: what it is, what it holds and its consumers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stream_detail: Vec<Value>,
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
        let Some(js) = self.jetstream() else {
            if options.leader_only {
                return Err(NotLeader);
            }
            return Ok(Jsz {
                server_id: self.server_id(),
                now: Time::now(),
                disabled: true,
                ..Jsz::default()
            });
        };
        let accounts = js.accounts();
        let mut told = Jsz {
            server_id: self.server_id(),
            now: Time::now(),
            config: config_of(&js, &self.context().options()),
            limits: Some(JetStreamLimits::of(&self.context().options())),
            stats: stats_of(&js),
            total: accounts.len(),
            ..Jsz::default()
        };
        for account in &accounts {
            for stream in account.streams("") {
                let state = stream.state(false);
                told.streams += 1;
                told.messages += state.msgs;
                told.bytes += state.bytes;
                told.consumers += state.consumers;
            }
        }
        let streams = options.streams || options.consumers;
        let targeted = accounts
            .iter()
            .filter(|account| account.account().name() == options.account);
        let targeted: Vec<_> = targeted.map(|account| detail(account, options)).collect();
        if !targeted.is_empty() {
            told.account_details = targeted;
        } else if options.accounts || streams && options.account.is_empty() {
            let limit = match usize::try_from(options.limit) {
                Ok(limit) if limit > 0 => limit,
                _ => ACCOUNTS_MAX,
            };
            told.account_details = accounts
                .iter()
                .skip(usize::try_from(options.offset).unwrap_or(0))
                .take(limit)
                .map(|account| detail(account, options))
                .collect();
        }
        Ok(told)
    }

    /// JetStream's part of `/varz`.
    pub(super) fn jetstream_varz(&self) -> JetStreamVarz {
        match self.jetstream() {
            Some(js) => JetStreamVarz {
                config: Some(config_of(&js, &self.context().options())),
                stats: Some(stats_of(&js)),
                limits: Some(JetStreamLimits::of(&self.context().options())),
            },
            None => JetStreamVarz::default(),
        }
    }
}

/// Most accounts in one answer, if it is not said.
const ACCOUNTS_MAX: usize = 1024;

fn config_of(js: &JetStream, options: &Options) -> JetStreamConfig {
    let config = &js.host().config;
    JetStreamConfig {
        max_memory: config.max_memory,
        max_storage: config.max_store,
        store_dir: config.store_dir.display().to_string(),
        sync_interval: options.js.sync_interval,
        sync_always: options.js.sync_always,
        domain: config.domain.clone(),
        compress_ok: false,
        unique_tag: config.unique_tag.clone(),
        strict: config.strict,
    }
}

fn stats_of(js: &JetStream) -> JetStreamStats {
    let counts = js.usage();
    JetStreamStats {
        memory: counts.memory,
        storage: counts.store,
        reserved_memory: counts.reserved_memory,
        reserved_storage: counts.reserved_store,
        accounts: js.accounts().len(),
        ha_assets: 0,
        api: JetStreamApiStats {
            level: JS_API_LEVEL,
            total: counts.api_total,
            errors: counts.api_errors,
            inflight: counts.api_inflight,
        },
    }
}

fn detail(account: &AccountAssets, options: &JszOptions) -> JszAccount {
    let name = account.account().name().to_owned();
    let used = account.stats();
    let stats = JetStreamStats {
        memory: used.total.memory,
        storage: used.total.storage,
        reserved_memory: used.total.reserved_memory,
        reserved_storage: used.total.reserved_storage,
        api: JetStreamApiStats {
            level: used.api.level,
            total: used.api.total,
            errors: used.api.errors,
            inflight: 0,
        },
        ..JetStreamStats::default()
    };
    let mut stream_detail = Vec::new();
    if options.streams || options.consumers {
        stream_detail = account
            .streams("")
            .iter()
            .map(|stream| stream_of(stream, options))
            .collect();
    }
    JszAccount {
        id: name.clone(),
        name,
        stats,
        stream_detail,
    }
}

fn stream_of(stream: &Stream, options: &JszOptions) -> Value {
    let info = stream.info(false);
    let mut told = json!({
        "name": stream.name(),
        "created": info.created,
        "state": info.state,
        "mirror": info.mirror,
        "sources": info.sources,
    });
    let consumers = |direct: bool| -> Vec<Value> {
        stream
            .all_consumers()
            .into_iter()
            .filter(|consumer| consumer.config().direct == direct)
            .filter_map(as_consumer)
            .filter_map(|consumer| serde_json::to_value(consumer.info()?).ok())
            .collect()
    };
    if let Some(fields) = told.as_object_mut() {
        fields
            .retain(|_, value| !value.is_null() && value.as_array().is_none_or(|a| !a.is_empty()));
        if options.config {
            fields.insert("config".to_owned(), json!(info.config));
        }
        if options.consumers {
            fields.insert("consumer_detail".to_owned(), consumers(false).into());
        }
        if options.direct_consumers {
            fields.insert("direct_consumer_detail".to_owned(), consumers(true).into());
        }
    }
    told
}
