//! `ocsp`, `ocsp_cache` and `ocsp_peer`.

use std::time::Duration;

use super::reader::Reader;
use crate::config::options::{
    OcspCacheOptions, OcspCacheType, OcspMode, OcspOptions, OcspPeerOptions,
};
use crate::config::syntax::{Node, Value};
use crate::platform::go_duration;

/// The cache is not written more often than this.
const SAVE_INTERVAL_MIN: Duration = Duration::from_secs(1);

pub(super) fn staple(reader: &mut Reader, node: &Node) -> Option<OcspOptions> {
    let mut ocsp = OcspOptions::default();
    match &node.value {
        Value::Bool(true) => {}
        Value::Bool(false) => ocsp.mode = OcspMode::Never,
        Value::Map(map) => {
            for (key, node) in map.iter() {
                match key {
                    "mode" => {
                        let mut mode = String::new();
                        reader.string(node, &mut mode);
                        ocsp.mode = match mode.to_ascii_lowercase().as_str() {
                            "always" => OcspMode::Always,
                            "must" => OcspMode::Must,
                            "never" => OcspMode::Never,
                            "auto" => OcspMode::Auto,
                            _ => {
                                reader.error(
                                    &node.place,
                                    "error parsing ocsp config: unsupported ocsp mode string",
                                );
                                continue;
                            }
                        };
                    }
                    "urls" => ocsp.override_urls = reader.string_list(node),
                    "url" => {
                        let mut url = String::new();
                        reader.string(node, &mut url);
                        ocsp.override_urls = vec![url];
                    }
                    _ => reader.error(
                        &node.place,
                        "error parsing ocsp config: unsupported field string",
                    ),
                }
            }
        }
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("error parsing ocsp config: unsupported type {kind}"),
            );
            return None;
        }
    }
    Some(ocsp)
}

/// `ocsp_cache` (`parseOCSPResponseCache`).
pub(super) fn cache(reader: &mut Reader, node: &Node) -> Option<OcspCacheOptions> {
    let mut cache = OcspCacheOptions::default();
    let map = match &node.value {
        Value::Bool(true) => return Some(cache),
        Value::Bool(false) => {
            cache.kind = OcspCacheType::None;
            return Some(cache);
        }
        Value::Map(map) => map,
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("error parsing tags: unsupported type {kind}"),
            );
            return None;
        }
    };
    for (key, node) in map.iter() {
        let field = key.to_ascii_lowercase();
        let read = match (field.as_str(), &node.value) {
            ("type", Value::String(kind)) => match kind.to_ascii_lowercase().as_str() {
                "none" => {
                    cache.kind = OcspCacheType::None;
                    Ok(())
                }
                "local" => Ok(()),
                _ => Err(format!(
                    "error parsing OCSP peer cache config, unknown type [{kind}]"
                )),
            },
            ("local_store", Value::String(store)) => {
                cache.local_store.clone_from(store);
                Ok(())
            }
            ("preserve_revoked", Value::Bool(preserve)) => {
                cache.preserve_revoked = *preserve;
                Ok(())
            }
            ("save_interval", value) => seconds(value)
                .map(|interval| cache.save_interval = interval.max(SAVE_INTERVAL_MIN))
                .map_err(|reason| {
                    format!("error parsing OCSP peer cache config, conversion error: {reason}")
                }),
            _ => Err(format!(
                "error parsing OCSP peer cache config, unknown field [{key:?}]"
            )),
        };
        if let Err(reason) = read {
            reader.error(&node.place, reason);
            return None;
        }
    }
    Some(cache)
}

/// `ocsp_peer` (`parseOCSPPeer`).
pub(super) fn peer(value: &Value) -> Result<Option<OcspPeerOptions>, String> {
    let mut peer = OcspPeerOptions::default();
    let map = match value {
        Value::Bool(verify) => {
            peer.verify = *verify;
            return Ok(Some(peer));
        }
        Value::Map(map) => map,
        other => {
            return Err(format!(
                "error parsing ocsp peer config: unsupported type {}",
                other.kind()
            ));
        }
    };
    for (key, node) in map.iter() {
        let field = key.to_ascii_lowercase();
        let time = |value: &Value| {
            seconds(value).map_err(|reason| {
                format!("error parsing tls peer config, conversion error: {reason}")
            })
        };
        match (field.as_str(), &node.value) {
            ("verify", Value::Bool(on)) => peer.verify = *on,
            ("warn_only", Value::Bool(on)) => peer.warn_only = *on,
            ("unknown_is_good", Value::Bool(on)) => peer.unknown_is_good = *on,
            ("allow_when_ca_unreachable", Value::Bool(on)) => {
                peer.allow_when_ca_unreachable = *on;
            }
            ("allowed_clockskew", value) => peer.clock_skew = time(value)?,
            ("ca_timeout", value) => peer.timeout = time(value)?,
            ("cache_ttl_when_next_update_unset", value) => {
                peer.ttl_unset_next_update = time(value)?;
            }
            _ => {
                return Err(format!(
                    "error parsing tls peer config, unknown field [{key:?}]"
                ));
            }
        }
    }
    Ok(Some(peer))
}

/// Seconds as a number, or a duration in text.
fn seconds(value: &Value) -> Result<Duration, String> {
    match value {
        Value::Integer(seconds) => Ok(Duration::from_secs(u64::try_from(*seconds).unwrap_or(0))),
        Value::Float(seconds) => Ok(Duration::try_from_secs_f64(*seconds).unwrap_or_default()),
        Value::String(text) => go_duration::parse(text)
            .map(|nanos| Duration::from_nanos(u64::try_from(nanos).unwrap_or(0)))
            .map_err(|error| error.to_string()),
        _ => Err("unexpected type".to_owned()),
    }
}
