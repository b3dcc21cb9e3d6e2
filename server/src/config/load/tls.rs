//! `tls { }` blocks.

use std::path::PathBuf;

use super::reader::{Reader, parse_duration};
use crate::config::options::TlsOptions;
use crate::config::syntax::{Node, Value};
use crate::protocol::constants::TLS_HANDSHAKE_FIRST_FALLBACK_DELAY;

/// Fields that name things rustls chooses by itself.
const NOT_ACTED_ON: &[&str] = &[
    "cipher_suites",
    "curve_preferences",
    "cert_store",
    "cert_match",
    "cert_match_by",
    "certs",
];

pub(super) fn read(reader: &mut Reader, node: &Node) -> Option<TlsOptions> {
    let map = reader.map("tls", node)?;
    let mut tls = TlsOptions::default();
    for (key, place, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "cert_file" => tls.cert_file = path(reader, node),
            "key_file" => tls.key_file = path(reader, node),
            "ca_file" => tls.ca_file = Some(path(reader, node)),
            "verify" => reader.bool(node, &mut tls.verify),
            "verify_and_map" => {
                reader.bool(node, &mut tls.verify_and_map);
                // The names in a certificate are not read yet, so nobody could log in.
                if tls.verify_and_map {
                    reader.error(place, "verify_and_map is not supported by this version");
                }
            }
            "timeout" => reader.duration("timeout", node, &mut tls.timeout),
            "handshake_first" | "first" | "immediate" => handshake_first(reader, node, &mut tls),
            "min_version" => {
                let mut text = String::new();
                reader.string(node, &mut text);
                tls.min_version = Some(text);
            }
            "pinned_certs" => {
                // Connections must not be let in unchecked.
                reader.error(place, "pinned_certs is not supported by this version");
            }
            "connection_rate_limit" => {
                reader.number(node, &mut tls.connection_rate_limit);
                reader.not_acted_on.push(format!("{place}: {key}"));
            }
            field if NOT_ACTED_ON.contains(&field) => {
                reader.not_acted_on.push(format!("{place}: {key}"));
            }
            _ => reader.unknown(key, place, node),
        }
    }
    if tls.cert_file.as_os_str().is_empty() {
        reader.error(&node.place, "missing 'cert_file' in TLS configuration");
    }
    if tls.key_file.as_os_str().is_empty() {
        reader.error(&node.place, "missing 'key_file' in TLS configuration");
    }
    Some(tls)
}

fn path(reader: &mut Reader, node: &Node) -> PathBuf {
    let mut text = String::new();
    reader.string(node, &mut text);
    text.into()
}

fn handshake_first(reader: &mut Reader, node: &Node, tls: &mut TlsOptions) {
    match &node.value {
        Value::Bool(first) => tls.handshake_first = *first,
        Value::String(text) if text.eq_ignore_ascii_case("auto") => {
            tls.handshake_first = true;
            tls.handshake_first_fallback = Some(TLS_HANDSHAKE_FIRST_FALLBACK_DELAY);
        }
        Value::String(text) => match parse_duration(text) {
            Some(delay) => {
                tls.handshake_first = true;
                tls.handshake_first_fallback = Some(delay);
            }
            None => reader.error(
                &node.place,
                format!("field \"handshake_first\" has the invalid value {text:?}"),
            ),
        },
        _ => reader.error(
            &node.place,
            "field \"handshake_first\" should be a boolean, \"auto\" or a duration",
        ),
    }
}
