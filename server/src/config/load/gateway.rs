//! `gateway { }` (`parseGateway`).

use super::reader::Reader;
use super::tls::{self, Peer};
use super::{authorization, cluster};
use crate::config::Options;
use crate::config::options::RemoteGatewayOptions;
use crate::config::syntax::{Map, Node};

pub(super) fn read(reader: &mut Reader, options: &mut Options, node: &Node) {
    let map = reader.block_or(node, |value| {
        format!("Expected gateway to be a map, got {}", value.kind())
    });
    let Some(map) = map else { return };
    let gateway = &mut options.gateway;
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "name" => cluster::name(reader, "gateway", node, &mut gateway.name),
            "listen" => reader.listen(node, &mut gateway.host, &mut gateway.port),
            "port" => reader.number(node, &mut gateway.port),
            "host" | "net" => reader.string(node, &mut gateway.host),
            "authorization" => {
                if let Some(auth) = authorization::of_servers(reader, "Gateway", node) {
                    gateway.username = auth.user;
                    gateway.password = auth.password;
                    gateway.auth_timeout = auth.timeout;
                }
            }
            "tls" => gateway.tls = tls::read(reader, node, Peer::Server),
            "advertise" => reader.string(node, &mut gateway.advertise),
            "connect_retries" => reader.count(node, &mut gateway.connect_retries),
            "connect_backoff" => reader.bool(node, &mut gateway.connect_backoff),
            "gateways" => gateway.gateways = remotes(reader, node),
            "reject_unknown" | "reject_unknown_cluster" => {
                reader.bool(node, &mut gateway.reject_unknown);
            }
            "write_deadline" => {
                reader.duration("write_deadline", node, &mut gateway.write_deadline);
            }
            "write_timeout" => reader.write_timeout(node, &mut gateway.write_timeout),
            _ => reader.unknown(key, node),
        }
    }
}

/// The other clusters (`parseGateways`).
fn remotes(reader: &mut Reader, node: &Node) -> Vec<RemoteGatewayOptions> {
    let nodes = reader.list_or(node, |value| {
        format!(
            "Expected gateways field to be an array, got {}",
            value.kind()
        )
    });
    let mut remotes = Vec::new();
    for node in nodes.unwrap_or_default() {
        let map = reader.block_or(node, |value| {
            format!(
                "Expected gateway entry to be a map/struct, got {}",
                value.shown()
            )
        });
        if let Some(map) = map {
            remotes.push(remote(reader, map));
        }
    }
    remotes
}

fn remote(reader: &mut Reader, map: &Map) -> RemoteGatewayOptions {
    let mut remote = RemoteGatewayOptions::default();
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "name" => reader.string(node, &mut remote.name),
            "tls" => remote.tls = tls::read(reader, node, Peer::Server),
            "url" => {
                let mut text = String::new();
                reader.string(node, &mut text);
                remote
                    .urls
                    .extend(reader.url("gateway", &text, &node.place));
            }
            "urls" => remote.urls = reader.urls("gateway", node),
            _ => reader.unknown(key, node),
        }
    }
    remote
}
