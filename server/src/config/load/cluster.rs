//! `cluster { }` (`parseCluster`).

use std::time::Duration;

use super::reader::Reader;
use super::tls::{self, Peer};
use super::{authorization, permissions};
use crate::config::Options;
use crate::config::options::{CompressionOptions, Permissions, RoutePermissions};
use crate::config::syntax::{Node, Value};
use crate::platform::go_duration;

/// Routes are asked for a sign of life at least this often.
const PING_INTERVAL_MAX: Duration = Duration::from_secs(30);

pub(super) fn read(reader: &mut Reader, options: &mut Options, node: &Node) {
    let map = reader.block_or(node, |value| {
        format!("Expected map to define cluster, got {}", value.kind())
    });
    let Some(map) = map else { return };
    for (key, node) in map.iter() {
        let cluster = &mut options.cluster;
        match key.to_ascii_lowercase().as_str() {
            "name" => name(reader, "cluster", node, &mut cluster.name),
            "listen" => reader.listen(node, &mut cluster.host, &mut cluster.port),
            "port" => reader.number(node, &mut cluster.port),
            "host" | "net" => reader.string(node, &mut cluster.host),
            "authorization" => of_cluster(reader, options, key, node),
            "routes" => options.routes = reader.urls("route", node),
            "tls" => cluster.tls = tls::read(reader, node, Peer::Server),
            "cluster_advertise" | "advertise" => reader.string(node, &mut cluster.advertise),
            "no_advertise" => reader.bool(node, &mut cluster.no_advertise),
            "connect_retries" => reader.count(node, &mut cluster.connect_retries),
            "connect_backoff" => reader.bool(node, &mut cluster.connect_backoff),
            "permissions" => {
                let Some(found) = permissions::read(reader, node) else {
                    continue;
                };
                if found.allow_responses.is_some() {
                    reader.error(
                        &node.place,
                        "Cluster permissions do not support dynamic responses",
                    );
                } else {
                    cluster.permissions = Some(of_routes(found));
                }
            }
            "pool_size" => reader.number(node, &mut cluster.pool_size),
            "accounts" => cluster.pinned_accounts = reader.strings("accounts", node),
            "compression" => {
                compression(reader, key, node, &mut cluster.compression, "s2_fast");
            }
            "ping_interval" => {
                reader.duration("ping_interval", node, &mut cluster.ping_interval);
                if cluster.ping_interval > PING_INTERVAL_MAX {
                    reader.warn(
                        &node.place,
                        None,
                        format!(
                            "Cluster 'ping_interval' will reset to {} which is the max for routes",
                            go_duration::format(PING_INTERVAL_MAX)
                        ),
                    );
                }
            }
            "ping_max" => reader.count(node, &mut cluster.ping_max),
            "write_deadline" => {
                reader.duration("write_deadline", node, &mut cluster.write_deadline);
            }
            "write_timeout" => reader.write_timeout(node, &mut cluster.write_timeout),
            _ => reader.unknown(key, node),
        }
    }
}

fn of_cluster(reader: &mut Reader, options: &mut Options, key: &str, node: &Node) {
    let Some(auth) = authorization::of_servers(reader, "Cluster", node) else {
        return;
    };
    let cluster = &mut options.cluster;
    cluster.username = auth.user;
    cluster.password = auth.password;
    cluster.auth_timeout = auth.timeout;
    if let Some(defaults) = auth.default_permissions {
        reader.warn(
            &node.place,
            Some(key),
            "setting \"permissions\" within cluster authorization block is deprecated",
        );
        // A block of its own counts more; it is read later.
        cluster.permissions.get_or_insert(of_routes(defaults));
    }
}

/// Permissions as routes have them (`setClusterPermissions`).
fn of_routes(permissions: Permissions) -> RoutePermissions {
    RoutePermissions {
        import: permissions.publish,
        export: permissions.subscribe,
    }
}

/// A name without spaces.
pub(super) fn name(reader: &mut Reader, what: &str, node: &Node, into: &mut String) {
    let mut text = String::new();
    reader.string(node, &mut text);
    if text.contains(' ') {
        reader.error(&node.place, format!("{what} name cannot contain spaces"));
    } else {
        *into = text;
    }
}

/// `compression` (`parseCompression`); `on` is what switching it on means.
pub(super) fn compression(
    reader: &mut Reader,
    key: &str,
    node: &Node,
    into: &mut CompressionOptions,
    on: &str,
) {
    match &node.value {
        Value::String(mode) => into.mode.clone_from(mode),
        Value::Bool(true) => on.clone_into(&mut into.mode),
        Value::Bool(false) => "off".clone_into(&mut into.mode),
        Value::Map(map) => {
            for (key, node) in map.iter() {
                match key.to_ascii_lowercase().as_str() {
                    "mode" => reader.string(node, &mut into.mode),
                    "rtt_thresholds" | "thresholds" | "rtts" | "rtt" => {
                        into.rtt_thresholds = thresholds(reader, node);
                    }
                    _ => reader.unknown(key, node),
                }
            }
        }
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("field {key:?} should be a boolean or a structure, got {kind}"),
            );
        }
    }
}

fn thresholds(reader: &mut Reader, node: &Node) -> Vec<Duration> {
    let mut times = Vec::new();
    for entry in reader.list(node) {
        let mut text = String::new();
        reader.string(entry, &mut text);
        match go_duration::parse(&text) {
            Ok(nanos) => times.push(Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))),
            Err(error) => reader.error(&node.place, error.to_string()),
        }
    }
    times
}
