//! Accounts, as configured.

use std::sync::Arc;
use std::time::Duration;

use super::jetstream::JetStreamTiers;
use super::security::Permissions;

/// How many answers a service gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResponseKind {
    /// One.
    #[default]
    Singleton,
    /// Many.
    Stream,
    /// One in many parts.
    Chunked,
}

/// Latency tracking of a service export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatencyOptions {
    /// Percentage of requests; 0 leaves it to a header of the request.
    pub sampling: u8,
    /// Where the measurements are published.
    pub subject: String,
}

/// A stream that others may import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamExportOptions {
    /// Its subject.
    pub subject: String,
    /// The accounts that may import it; any if `None`.
    pub accounts: Option<Vec<String>>,
    /// Which token of the subject is the importing account's name; 0 is none.
    pub account_token_position: u32,
}

/// A service that others may import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceExportOptions {
    /// Its subject.
    pub subject: String,
    /// The accounts that may import it; any if `None`.
    pub accounts: Option<Vec<String>>,
    /// How it answers.
    pub response: ResponseKind,
    /// Time within which it should; the default if `None`.
    pub response_threshold: Option<Duration>,
    /// Latency tracking.
    pub latency: Option<LatencyOptions>,
    /// Which token of the subject is the importing account's name; 0 is none.
    pub account_token_position: u32,
    /// Whether message traces go on into this account.
    pub allow_trace: bool,
}

/// A stream taken from another account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamImportOptions {
    /// The exporting account.
    pub account: String,
    /// The subject there.
    pub subject: String,
    /// The subject here; the same if empty.
    pub to: String,
    /// Put before the subject here.
    pub prefix: String,
    /// Whether message traces go on into this account.
    pub allow_trace: bool,
}

/// A service taken from another account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceImportOptions {
    /// The exporting account.
    pub account: String,
    /// The subject there.
    pub subject: String,
    /// The subject here; the same if empty.
    pub to: String,
    /// Tell the service who asks.
    pub share: bool,
}

impl ServiceImportOptions {
    /// The subject here.
    #[must_use]
    pub fn local(&self) -> &str {
        if self.to.is_empty() {
            &self.subject
        } else {
            &self.to
        }
    }
}

/// One target of a subject mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingDestination {
    /// The subject to publish to instead.
    pub subject: String,
    /// Percentage of the messages.
    pub weight: u8,
    /// Only in this cluster, if not empty.
    pub cluster: String,
}

/// A subject and what it is mapped to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectMappingOptions {
    /// The subject that clients publish to.
    pub source: String,
    /// Where messages go.
    pub destinations: Vec<MappingDestination>,
}

/// One account. Limits are `None` where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountOptions {
    /// Its name.
    pub name: String,
    /// Its public NKey, if it has one.
    pub nkey: String,
    /// Where traces of messages go that ask for one by the standard header; nowhere if
    /// empty.
    pub trace_destination: String,
    /// Percentage of such messages that are traced.
    pub trace_sampling: u8,
    /// Streams offered.
    pub stream_exports: Vec<StreamExportOptions>,
    /// Services offered.
    pub service_exports: Vec<ServiceExportOptions>,
    /// Streams used.
    pub stream_imports: Vec<StreamImportOptions>,
    /// Services used.
    pub service_imports: Vec<ServiceImportOptions>,
    /// Subject mappings.
    pub mappings: Vec<SubjectMappingOptions>,
    /// Permissions of users that have none of their own.
    pub default_permissions: Option<Arc<Permissions>>,
    /// Limit of connections.
    pub max_connections: Option<u64>,
    /// Limit of subscriptions of a connection.
    pub max_subscriptions: Option<u64>,
    /// Limit of a payload in bytes.
    pub max_payload: Option<u64>,
    /// Limit of leafnode connections.
    pub max_leafnodes: Option<u64>,
    /// What it may use of JetStream; `None` is nothing.
    pub jetstream: Option<JetStreamTiers>,
}
