//! Who a client is, as services and measurements are told (`ClientInfo` in
//! `events.go`).

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::rfc3339;

/// The header that tells a service who asks. Only the server may set it.
pub const CLIENT_INFO_HEADER: &str = "Nats-Request-Info";

/// A client, as far as others may know. What is empty is left out of the JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientInfo {
    /// When it connected.
    #[serde(with = "rfc3339::optional", skip_serializing_if = "Option::is_none")]
    pub start: Option<SystemTime>,
    /// Its address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// Its connection id.
    #[serde(skip_serializing_if = "is_zero")]
    pub id: u64,
    /// Its account.
    #[serde(rename = "acc", skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// The account whose import the request went through last, if there were
    /// several.
    #[serde(rename = "svc", skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// Its user.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The language of its library.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub lang: String,
    /// The version of its library.
    #[serde(rename = "ver", skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Round-trip time in nanoseconds.
    #[serde(rename = "rtt", skip_serializing_if = "is_zero")]
    pub rtt_ns: u64,
    /// Its server.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub server: String,
    /// Its cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// What kind of connection it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Which protocol it speaks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client_type: String,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
