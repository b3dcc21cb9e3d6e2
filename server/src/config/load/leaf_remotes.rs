//! The servers that a leafnode joins (`parseRemoteLeafNodes`).

use super::reader::Reader;
use super::tls::{self, Peer};
use super::{cluster, home, keys, permissions};
use crate::config::options::RemoteLeafOptions;
use crate::config::syntax::{Map, Node, Value};
use crate::config::validate::check_leaf_proxy;

pub(super) fn read(reader: &mut Reader, node: &Node) -> Vec<RemoteLeafOptions> {
    let nodes = reader.list_or(node, |value| {
        format!(
            "Expected remotes field to be an array, got {}",
            value.kind()
        )
    });
    let mut remotes = Vec::new();
    for node in nodes.unwrap_or_default() {
        let map = reader.block_or(node, |value| {
            format!(
                "Expected remote leafnode entry to be a map/struct, got {}",
                value.shown()
            )
        });
        let Some(map) = map else { continue };
        let remote = remote(reader, map);
        let place = map.get("proxy").map_or(&node.place, |node| &node.place);
        match check_leaf_proxy(&remote) {
            Ok(warning) => {
                if let Some(warning) = warning {
                    reader.warn(place, None, warning);
                }
                remotes.push(remote);
            }
            Err(reason) => reader.error(place, reason),
        }
    }
    remotes
}

fn remote(reader: &mut Reader, map: &Map) -> RemoteLeafOptions {
    let mut remote = RemoteLeafOptions::default();
    for (key, node) in map.iter() {
        let field = key.to_ascii_lowercase();
        let known = identity(reader, &mut remote, &field, node)
            || connection(reader, &mut remote, key, &field, node)
            || interest(reader, &mut remote, &field, node);
        if !known {
            reader.unknown(key, node);
        }
    }
    remote
}

/// Who the remote is to this server, and this server to the remote.
fn identity(reader: &mut Reader, remote: &mut RemoteLeafOptions, field: &str, node: &Node) -> bool {
    match field {
        "account" | "local" => reader.string(node, &mut remote.local_account),
        "creds" | "credentials" => {
            let mut text = String::new();
            reader.string(node, &mut text);
            match home::expand(&text) {
                Err(reason) => reader.error(&node.place, reason),
                Ok(_) if !remote.nkey.is_empty() => two_identities(reader, node),
                Ok(path) => remote.credentials = path,
            }
        }
        "nkey" | "seed" => {
            let mut seed = String::new();
            reader.string(node, &mut seed);
            if !keys::is_user_seed(&seed) {
                reader.error(
                    &node.place,
                    format!("Remote leafnode nkey is not a valid seed: {seed:?}"),
                );
            } else if !remote.credentials.is_empty() {
                two_identities(reader, node);
            } else {
                remote.nkey = seed;
            }
        }
        "tls" => remote.tls = tls::read(reader, node, Peer::Client),
        _ => return false,
    }
    true
}

fn two_identities(reader: &mut Reader, node: &Node) {
    reader.error(
        &node.place,
        "Remote leafnode can not have both creds and nkey defined",
    );
}

/// How the connection is made.
fn connection(
    reader: &mut Reader,
    remote: &mut RemoteLeafOptions,
    key: &str,
    field: &str,
    node: &Node,
) -> bool {
    match field {
        "no_randomize" | "dont_randomize" => reader.bool(node, &mut remote.no_randomize),
        "url" | "urls" => match &node.value {
            Value::Array(_) => remote.urls = reader.urls("leafnode", node),
            Value::String(text) => {
                remote
                    .urls
                    .extend(reader.url("leafnode", text, &node.place));
            }
            other => {
                let shown = other.shown();
                reader.error(
                    &node.place,
                    format!("Expected remote leafnode url to be an array or string, got {shown}"),
                );
            }
        },
        "ws_compress" | "ws_compression" | "websocket_compress" | "websocket_compression" => {
            reader.bool(node, &mut remote.websocket_compression);
        }
        "ws_no_masking" | "websocket_no_masking" => {
            reader.bool(node, &mut remote.websocket_no_masking);
        }
        "compression" => {
            cluster::compression(reader, key, node, &mut remote.compression, "s2_auto");
        }
        "first_info_timeout" => reader.duration(key, node, &mut remote.first_info_timeout),
        "disabled" => reader.bool(node, &mut remote.disabled),
        "proxy" => proxy(reader, remote, node),
        _ => return false,
    }
    true
}

fn proxy(reader: &mut Reader, remote: &mut RemoteLeafOptions, node: &Node) {
    let map = reader.block_or(node, |value| {
        format!("Expected proxy to be a map, got {}", value.kind())
    });
    let Some(map) = map else { return };
    let proxy = &mut remote.proxy;
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "url" => reader.string(node, &mut proxy.url),
            "username" => reader.string(node, &mut proxy.username),
            "password" => reader.string(node, &mut proxy.password),
            "timeout" => reader.duration("proxy timeout", node, &mut proxy.timeout),
            _ => reader.unknown(key, node),
        }
    }
}

/// What goes over the connection.
fn interest(reader: &mut Reader, remote: &mut RemoteLeafOptions, field: &str, node: &Node) -> bool {
    match field {
        "hub" => reader.bool(node, &mut remote.hub),
        "deny_imports" | "deny_import" => {
            remote.deny_imports = permissions::subject_list(reader, node).unwrap_or_default();
        }
        "deny_exports" | "deny_export" => {
            remote.deny_exports = permissions::subject_list(reader, node).unwrap_or_default();
        }
        "isolate_leafnode_interest" | "isolate" => reader.bool(node, &mut remote.local_isolation),
        "request_isolation" => reader.bool(node, &mut remote.request_isolation),
        "jetstream_cluster_migrate" | "js_cluster_migrate" => match &node.value {
            Value::Bool(migrate) => remote.jetstream_cluster_migrate = *migrate,
            Value::Map(map) => {
                remote.jetstream_cluster_migrate = true;
                if let Some(node) = map.get("leader_migrate_delay") {
                    reader.duration(
                        "leader_migrate_delay",
                        node,
                        &mut remote.jetstream_cluster_migrate_delay,
                    );
                }
            }
            other => {
                let kind = other.kind();
                reader.error(
                    &node.place,
                    format!("Expected boolean or map for jetstream_cluster_migrate, got {kind}"),
                );
            }
        },
        _ => return false,
    }
    true
}
