//! `jetstream { }` of the server and of an account (`parseJetStream` and its like
//! in `opts.go`).

use std::time::Duration;

use super::reader::Reader;
use crate::config::Options;
use crate::config::options::{
    JetStreamAccountLimits, JetStreamRequestLimits, JetStreamTiers, StoreCipher,
};
use crate::config::syntax::{Map, Node, Value};
use crate::protocol::constants::DEFAULT_SYNC_INTERVAL;

/// Known, and of no effect on a single server.
const NOT_ACTED_ON: &[&str] = &[
    "extension_hint",
    "max_outstanding_catchup",
    "meta_compact",
    "meta_compact_size",
    "meta_compact_sync",
];

/// The top-level `store_dir`.
pub(super) fn store_dir(reader: &mut Reader, options: &mut Options, node: &Node) {
    // The block can set it too, so the two must not contradict each other.
    if options.store_dir.is_empty() {
        reader.string(node, &mut options.store_dir);
    } else {
        reader.error(&node.place, "Duplicate 'store_dir' configuration");
    }
}

/// The server's block: a truth value, `enabled` or a map.
pub(super) fn read(reader: &mut Reader, options: &mut Options, node: &Node) {
    match &node.value {
        Value::Map(map) => {
            let mut enable = true;
            for (key, node) in map.iter() {
                let field = key.to_ascii_lowercase();
                let known = general(reader, options, &field, node, &mut enable)
                    || sizes(reader, options, &field, node)
                    || encryption(reader, options, &field, node);
                if NOT_ACTED_ON.contains(&field.as_str()) {
                    reader.not_acted_on(key, node);
                } else if !known {
                    reader.unknown(key, node);
                }
            }
            options.jetstream = enable;
        }
        _ => {
            if let Some(on) = switch(reader, node) {
                options.jetstream = on;
            }
        }
    }
}

/// The block of an account.
pub(super) fn read_account(reader: &mut Reader, node: &Node) -> Option<JetStreamTiers> {
    let limits = match &node.value {
        Value::Map(map) => account_limits(reader, map),
        _ => {
            if !switch(reader, node)? {
                return None;
            }
            JetStreamAccountLimits::UNLIMITED
        }
    };
    Some(JetStreamTiers::from([(String::new(), limits)]))
}

fn switch(reader: &mut Reader, node: &Node) -> Option<bool> {
    match &node.value {
        Value::Bool(on) => Some(*on),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "enabled" | "enable" => Some(true),
            "disabled" | "disable" => Some(false),
            _ => {
                reader.error(
                    &node.place,
                    format!("Expected 'enabled' or 'disabled' for string value, got '{text}'"),
                );
                None
            }
        },
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("Expected map, bool or string to define JetStream, got {kind}"),
            );
            None
        }
    }
}

fn general(
    reader: &mut Reader,
    options: &mut Options,
    field: &str,
    node: &Node,
    enable: &mut bool,
) -> bool {
    let js = &mut options.js;
    match field {
        "strict" => match &node.value {
            Value::Bool(strict) => js.no_strict = !strict,
            other => {
                let kind = other.kind();
                reader.error(
                    &node.place,
                    format!("Expected 'true' or 'false' for bool value, got '{kind}'"),
                );
            }
        },
        "store" | "store_dir" | "storedir" => store_dir(reader, options, node),
        "sync" | "sync_interval" => match &node.value {
            Value::String(text) if text.eq_ignore_ascii_case("always") => {
                js.sync_interval = DEFAULT_SYNC_INTERVAL;
                js.sync_always = true;
            }
            _ => reader.duration(field, node, &mut js.sync_interval),
        },
        "scrub_interval" => reader.duration(field, node, &mut js.scrub_interval),
        // Without the key that is sealed there, data would be written in the clear.
        "tpm" => reader.error(
            &node.place,
            "TPM functionality is not supported on this platform",
        ),
        "domain" => reader.string(node, &mut js.domain),
        "enable" | "enabled" => reader.bool(node, enable),
        "extension_hint" => reader.string(node, &mut js.extension_hint),
        "limits" => {
            if let Some(map) = limits_map(reader, "JetStreamLimits", node) {
                js.limits = request_limits(reader, map);
            }
        }
        "unique_tag" => {
            let mut tag = String::new();
            reader.string(node, &mut tag);
            js.unique_tag = tag.trim().to_lowercase();
        }
        "request_queue_limit" => {
            if let Some(limit) = parsable(reader, field, node) {
                // Anything that is no limit is the default.
                if let Some(limit) = usize::try_from(limit).ok().filter(|limit| *limit > 0) {
                    js.request_queue_limit = limit;
                }
            }
        }
        "max_buffered_msgs" => {
            if let Some(most) = parsable(reader, field, node) {
                js.stream_max_buffered_msgs = usize::try_from(most).unwrap_or(0);
            }
        }
        _ => return false,
    }
    true
}

fn sizes(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    let js = &mut options.js;
    let (label, into) = match field {
        "max_memory_store" | "max_mem_store" | "max_mem" => ("max_mem_store", &mut js.max_memory),
        "max_file_store" | "max_file" => ("max_file_store", &mut js.max_store),
        "max_outstanding_catchup" => (field, &mut js.max_catchup),
        "max_buffered_size" => (field, &mut js.stream_max_buffered_size),
        _ => return false,
    };
    match storage_size(node) {
        Ok(size) => *into = size,
        Err(reason) => reader.error(&node.place, format!("{label} {reason}")),
    }
    true
}

fn encryption(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    let js = &mut options.js;
    match field {
        "key" | "ek" | "encryption_key" => reader.string(node, &mut js.key),
        "prev_key" | "prev_ek" | "prev_encryption_key" => reader.string(node, &mut js.old_key),
        "cipher" => {
            let mut name = String::new();
            reader.string(node, &mut name);
            match StoreCipher::parse(&name) {
                Some(cipher) => js.cipher = cipher,
                None => reader.error(&node.place, format!("Unknown cipher type: \"{name}\"")),
            }
        }
        _ => return false,
    }
    true
}

fn limits_map<'a>(reader: &mut Reader, what: &str, node: &'a Node) -> Option<&'a Map> {
    if let Value::Map(map) = &node.value {
        return Some(map);
    }
    let kind = node.value.kind();
    reader.error(
        &node.place,
        format!("Expected a map to define {what}, got {kind}"),
    );
    None
}

fn request_limits(reader: &mut Reader, map: &Map) -> JetStreamRequestLimits {
    let mut limits = JetStreamRequestLimits::default();
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "max_ack_pending" => reader.number(node, &mut limits.max_ack_pending),
            "max_ha_assets" => {
                reader.number(node, &mut limits.max_ha_assets);
                // A limit of replicated assets.
                reader.not_acted_on(key, node);
            }
            "max_request_batch" => reader.number(node, &mut limits.max_request_batch),
            "duplicate_window" => span(reader, key, node, &mut limits.duplicate_window),
            "batch" => {
                if let Some(map) = limits_map(reader, "batch limits", node) {
                    batch_limits(reader, map, &mut limits);
                }
            }
            _ => reader.unknown(key, node),
        }
    }
    limits
}

fn batch_limits(reader: &mut Reader, map: &Map, limits: &mut JetStreamRequestLimits) {
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "max_inflight_per_stream" => {
                reader.number(node, &mut limits.max_batch_inflight_per_stream);
            }
            "max_inflight_total" => reader.number(node, &mut limits.max_batch_inflight_total),
            "max_msgs" => reader.number(node, &mut limits.max_batch_size),
            "timeout" => span(reader, key, node, &mut limits.max_batch_timeout),
            _ => reader.unknown(key, node),
        }
    }
}

/// A duration, which has to be text here.
fn span(reader: &mut Reader, key: &str, node: &Node, into: &mut Duration) {
    match &node.value {
        Value::String(_) => reader.duration(key, node, into),
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("interface conversion: interface {{}} is {kind}, not string"),
            );
        }
    }
}

fn account_limits(reader: &mut Reader, map: &Map) -> JetStreamAccountLimits {
    let mut limits = JetStreamAccountLimits::UNLIMITED;
    for (key, node) in map.iter() {
        let into = match key.to_ascii_lowercase().as_str() {
            "max_memory" | "max_mem" | "mem" | "memory" => &mut limits.max_memory,
            "max_store" | "max_file" | "max_disk" | "store" | "disk" => &mut limits.max_store,
            "max_streams" | "streams" => &mut limits.max_streams,
            "max_consumers" | "consumers" => &mut limits.max_consumers,
            "mem_max_stream_bytes" | "memory_max_stream_bytes" => {
                &mut limits.memory_max_stream_bytes
            }
            "disk_max_stream_bytes" | "store_max_stream_bytes" => {
                &mut limits.store_max_stream_bytes
            }
            "max_ack_pending" => &mut limits.max_ack_pending,
            "max_bytes_required" | "max_stream_bytes" | "max_bytes" => {
                match &node.value {
                    Value::Bool(required) => limits.max_bytes_required = *required,
                    other => {
                        let shown = other.shown();
                        reader.error(
                            &node.place,
                            format!("Expected a parseable bool for {key:?}, got {shown}"),
                        );
                    }
                }
                continue;
            }
            "cluster_traffic" => {
                cluster_traffic(reader, key, node);
                continue;
            }
            _ => {
                reader.unknown(key, node);
                continue;
            }
        };
        if let Some(limit) = parsable(reader, key, node) {
            *into = limit;
        }
    }
    limits
}

/// Which account carries the traffic between replicas; there are none here.
fn cluster_traffic(reader: &mut Reader, key: &str, node: &Node) {
    match &node.value {
        Value::String(text) if matches!(text.as_str(), "" | "system" | "owner") => {
            reader.not_acted_on(key, node);
        }
        Value::String(text) => reader.error(
            &node.place,
            format!("Expected 'system' or 'owner' string value for {key:?}, got {text}"),
        ),
        other => {
            let shown = other.shown();
            reader.error(
                &node.place,
                format!(
                    "Expected either 'system' or 'owner' string value for {key:?}, got {shown}"
                ),
            );
        }
    }
}

fn parsable(reader: &mut Reader, key: &str, node: &Node) -> Option<i64> {
    if let Value::Integer(number) = &node.value {
        return Some(*number);
    }
    let shown = node.value.shown();
    reader.error(
        &node.place,
        format!("Expected a parseable size for {key:?}, got {shown}"),
    );
    None
}

/// Bytes: a number, or digits with one of the suffixes K, M, G and T, each 1,024
/// times the one before (`getStorageSize`).
fn storage_size(node: &Node) -> Result<i64, String> {
    let text = match &node.value {
        Value::Integer(number) => return Ok(*number),
        Value::String(text) => text,
        _ => return Err("must be int64 or string".to_owned()),
    };
    let Some((at, suffix)) = text.char_indices().next_back() else {
        return Ok(0);
    };
    let digits = text.get(..at).unwrap_or_default();
    let number: i64 = digits
        .parse()
        .map_err(|_| format!("strconv.ParseInt: parsing {digits:?}: invalid syntax"))?;
    let shift = match suffix {
        'K' => 10,
        'M' => 20,
        'G' => 30,
        'T' => 40,
        _ => return Err("sizes defined as strings must end in K, M, G, T".to_owned()),
    };
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| format!("strconv.ParseInt: parsing {digits:?}: value out of range"))
}
