//! Events that JetStream publishes in the accounts they concern
//! (`jetstream_events.go`).

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::host::{Host, random_name};
use crate::client::{InternalClient, Outgoing};

/// What all events begin with.
#[derive(Debug, Clone, Serialize)]
pub struct TypedEvent {
    /// Which schema it follows.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its own name.
    pub id: String,
    /// When it happened.
    pub timestamp: Timestamp,
}

impl TypedEvent {
    /// An event that happens now.
    #[must_use]
    pub fn new(host: &Host, kind: &'static str) -> Self {
        Self {
            kind,
            id: random_name(22),
            timestamp: host.now(),
        }
    }
}

/// Something was created, updated or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Action {
    Create,
    Delete,
    Modify,
}

/// An event about a stream.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of the events")]
pub struct StreamAction<'a> {
    #[serde(flatten)]
    pub event: TypedEvent,
    pub stream: &'a str,
    pub action: Action,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub domain: &'a str,
}

/// An event about a consumer.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of the events")]
pub struct ConsumerAction<'a> {
    #[serde(flatten)]
    pub event: TypedEvent,
    pub stream: &'a str,
    pub consumer: &'a str,
    pub action: Action,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub domain: &'a str,
}

/// An event about a delivery: refused, ended, or made too often.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of the events")]
pub struct DeliveryEvent<'a> {
    #[serde(flatten)]
    pub event: TypedEvent,
    pub stream: &'a str,
    pub consumer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_seq: Option<u64>,
    pub stream_seq: u64,
    pub deliveries: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub domain: &'a str,
}

/// Publishes an event, if it can be written.
pub fn publish(client: &InternalClient, subject: &str, event: &impl Serialize) {
    match serde_json::to_vec(event) {
        Ok(payload) => {
            client.publish(&Outgoing {
                subject: subject.as_bytes(),
                payload: &payload,
                ..Outgoing::default()
            });
        }
        Err(error) => client.context().logger.error(format_args!(
            "Advisory for {subject:?} can not be written: {error}"
        )),
    }
}

/// An event of other fields, each left out if null.
#[must_use]
pub fn event(host: &Host, kind: &'static str, fields: Value) -> Value {
    let mut event = serde_json::to_value(TypedEvent::new(host, kind)).unwrap_or_default();
    if let (Value::Object(event), Value::Object(fields)) = (&mut event, fields) {
        event.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
        if !host.config.domain.is_empty() {
            event.insert("domain".to_owned(), host.config.domain.clone().into());
        }
    }
    event
}
