//! Users and permissions, as configured.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::protocol::constants;

/// How a client may be connected (`allowed_connection_types`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the configuration")]
pub enum ConnectionType {
    Standard,
    Websocket,
    Leafnode,
    LeafnodeWs,
    Mqtt,
    MqttWs,
    InProcess,
}

impl ConnectionType {
    /// Reads a name, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "STANDARD" => Self::Standard,
            "WEBSOCKET" => Self::Websocket,
            "LEAFNODE" => Self::Leafnode,
            "LEAFNODE_WS" => Self::LeafnodeWs,
            "MQTT" => Self::Mqtt,
            "MQTT_WS" => Self::MqttWs,
            "IN_PROCESS" => Self::InProcess,
            _ => return None,
        })
    }
}

/// Subjects that may and may not be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectPermission {
    /// If present, only these are allowed.
    pub allow: Option<Vec<String>>,
    /// These are denied whatever is allowed.
    pub deny: Vec<String>,
}

/// Answers allowed to the reply subjects of received messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponsePermission {
    /// Messages per reply subject; 0 or less is no limit.
    pub max_msgs: i64,
    /// Time for them; zero is no limit.
    pub expires: Duration,
}

impl Default for ResponsePermission {
    fn default() -> Self {
        Self {
            max_msgs: constants::DEFAULT_ALLOW_RESPONSE_MAX_MSGS,
            expires: constants::DEFAULT_ALLOW_RESPONSE_EXPIRATION,
        }
    }
}

/// What a user may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Publishing.
    pub publish: Option<SubjectPermission>,
    /// Subscribing; an entry may name a queue group after a blank.
    pub subscribe: Option<SubjectPermission>,
    /// Answering.
    pub allow_responses: Option<ResponsePermission>,
}

/// A user with a name and a password.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub username: String,
    /// The password, plain or as a bcrypt hash.
    pub password: String,
    /// What the user may do; everything if `None`.
    pub permissions: Option<Arc<Permissions>>,
    /// The user's account; the global one if `None`.
    pub account: Option<String>,
    /// How the user may connect; any way if empty.
    pub allowed_connection_types: BTreeSet<ConnectionType>,
    /// Only through a trusted proxy.
    pub proxy_required: bool,
    /// When connections of the user end.
    pub connection_deadline: Option<SystemTime>,
}

/// A user with an NKey.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NkeyUser {
    /// The public key.
    pub nkey: String,
    /// What the user may do; everything if `None`.
    pub permissions: Option<Arc<Permissions>>,
    /// The user's account; the global one if `None`.
    pub account: Option<String>,
    /// How the user may connect; any way if empty.
    pub allowed_connection_types: BTreeSet<ConnectionType>,
    /// Only through a trusted proxy.
    pub proxy_required: bool,
}
