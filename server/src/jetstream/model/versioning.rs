//! Which version of the API an asset or a request needs
//! (`jetstream_versioning.go`).

use std::collections::BTreeMap;

use super::{ConsumerConfig, Nanos, PersistMode, PriorityPolicy, StreamConfig};
use crate::platform::decimal;
use crate::protocol::constants::{JS_API_LEVEL, VERSION};
use crate::protocol::header_value;

/// The API level that an asset needs.
pub const REQUIRED_LEVEL: &str = "_nats.req.level";
/// The version of the server that answers.
pub const SERVER_VERSION: &str = "_nats.ver";
/// The API level of the server that answers.
pub const SERVER_LEVEL: &str = "_nats.level";
/// The header of a request that needs an API level.
pub const REQUIRED_LEVEL_HEADER: &[u8] = b"Nats-Required-Api-Level";

type Metadata = BTreeMap<String, String>;

/// Whether this server can serve an asset with such metadata.
#[must_use]
pub fn is_supported(metadata: &Metadata) -> bool {
    match metadata.get(REQUIRED_LEVEL).map(String::as_str) {
        None | Some("") => true,
        Some(level) => level.parse().is_ok_and(|level: i32| level <= JS_API_LEVEL),
    }
}

/// Whether the header block of a request asks for more than this server has.
#[must_use]
pub fn asks_too_much(header: &[u8]) -> bool {
    match header_value(REQUIRED_LEVEL_HEADER, header) {
        None | Some(b"") => false,
        Some(level) => {
            decimal::parse_i64(level).is_none_or(|level| level > i64::from(JS_API_LEVEL))
        }
    }
}

/// Notes the level that the stream needs (`setStaticStreamMetadata`).
pub fn set_stream_level(config: &mut StreamConfig) {
    let ttl = config.allow_msg_ttl || config.subject_delete_marker_ttl > Nanos::ZERO;
    let newer = config.allow_msg_counter
        || config.allow_atomic
        || config.allow_msg_schedules
        || config.persist_mode == PersistMode::Async;
    let level = if newer { 2 } else { i32::from(ttl) };
    set_level(&mut config.metadata, level);
}

/// Notes the level that the consumer needs (`setStaticConsumerMetadata`).
pub fn set_consumer_level(config: &mut ConsumerConfig) {
    let newer = config.pause_until.is_some()
        || config.priority_policy != PriorityPolicy::None
        || !config.priority_timeout.is_zero()
        || !config.priority_groups.is_empty();
    set_level(&mut config.metadata, i32::from(newer));
}

fn set_level(metadata: &mut Metadata, level: i32) {
    remove_dynamic(metadata);
    metadata.insert(REQUIRED_LEVEL.to_owned(), level.to_string());
}

/// Adds what a response tells of the server that answers.
pub fn add_dynamic(metadata: &mut Metadata) {
    metadata.insert(SERVER_VERSION.to_owned(), VERSION.to_owned());
    metadata.insert(SERVER_LEVEL.to_owned(), JS_API_LEVEL.to_string());
}

/// Makes `metadata` like `previous` in what servers note, so that the rest can be
/// compared (`copyStreamMetadata`).
pub fn copy_level(metadata: &mut Metadata, previous: &Metadata) {
    remove_dynamic(metadata);
    match previous.get(REQUIRED_LEVEL) {
        Some(level) => metadata.insert(REQUIRED_LEVEL.to_owned(), level.clone()),
        None => metadata.remove(REQUIRED_LEVEL),
    };
}

fn remove_dynamic(metadata: &mut Metadata) {
    metadata.remove(SERVER_VERSION);
    metadata.remove(SERVER_LEVEL);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_from_features() {
        let level = |change: fn(&mut StreamConfig)| {
            let mut config = StreamConfig::default();
            config
                .metadata
                .insert(SERVER_VERSION.to_owned(), "x".to_owned());
            change(&mut config);
            set_stream_level(&mut config);
            assert_eq!(config.metadata.len(), 1);
            config.metadata[REQUIRED_LEVEL].clone()
        };
        assert_eq!(level(|_| {}), "0");
        assert_eq!(level(|c| c.allow_msg_ttl = true), "1");
        assert_eq!(level(|c| c.allow_atomic = true), "2");
        let mut consumer = ConsumerConfig {
            priority_groups: vec!["g".to_owned()],
            ..ConsumerConfig::default()
        };
        set_consumer_level(&mut consumer);
        assert_eq!(consumer.metadata[REQUIRED_LEVEL], "1");
    }

    #[test]
    fn requests_and_assets_of_newer_servers_are_known() {
        let with = |level: &str| Metadata::from([(REQUIRED_LEVEL.to_owned(), level.to_owned())]);
        assert!(is_supported(&Metadata::new()) && is_supported(&with("0")));
        assert!(!is_supported(&with("999")) && !is_supported(&with("text")));
        let header = |level: &str| format!("NATS/1.0\r\nNats-Required-Api-Level: {level}\r\n\r\n");
        assert!(!asks_too_much(b"") && !asks_too_much(header("1").as_bytes()));
        assert!(asks_too_much(header("999").as_bytes()));
        assert!(asks_too_much(header("text").as_bytes()));
    }
}
