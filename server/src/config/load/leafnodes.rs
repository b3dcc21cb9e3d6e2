//! `leafnodes { }` (`parseLeafNodes`).

use super::reader::Reader;
use super::tls::{self, Peer};
use super::{cluster, keys, leaf_remotes};
use crate::config::Options;
use crate::config::options::{LeafNodeOptions, LeafUser};
use crate::config::syntax::Node;
use crate::config::validate::{check_leaf_min_version, check_leaf_users};

pub(super) fn read(reader: &mut Reader, options: &mut Options, node: &Node) {
    let map = reader.block_or(node, |value| {
        format!("Expected map to define a leafnode, got {}", value.kind())
    });
    let Some(map) = map else { return };
    let leafnode = &mut options.leafnode;
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "listen" => reader.listen(node, &mut leafnode.host, &mut leafnode.port),
            "port" => reader.number(node, &mut leafnode.port),
            "host" | "net" => reader.string(node, &mut leafnode.host),
            "authorization" => {
                authorization(reader, leafnode, node);
                if let Err(reason) = check_leaf_users(leafnode) {
                    reader.error(&node.place, reason);
                }
            }
            "remotes" => leafnode.remotes = leaf_remotes::read(reader, node),
            "reconnect" | "reconnect_delay" | "reconnect_interval" => {
                reader.duration("reconnect", node, &mut leafnode.reconnect_interval);
            }
            "tls" => leafnode.tls = tls::read(reader, node, Peer::Client),
            "leafnode_advertise" | "advertise" => reader.string(node, &mut leafnode.advertise),
            "no_advertise" => reader.bool(node, &mut leafnode.no_advertise),
            "min_version" | "minimum_version" => {
                let mut version = String::new();
                let before = reader.errors.len();
                reader.string(node, &mut version);
                if reader.errors.len() > before {
                    continue;
                }
                match check_leaf_min_version(&version) {
                    Ok(()) => leafnode.min_version = version,
                    Err(reason) => reader.error(&node.place, reason),
                }
            }
            "compression" => {
                cluster::compression(reader, key, node, &mut leafnode.compression, "s2_auto");
            }
            "isolate_leafnode_interest" | "isolate" => {
                reader.bool(node, &mut leafnode.isolate_leafnode_interest);
            }
            "write_deadline" => {
                reader.duration("write_deadline", node, &mut leafnode.write_deadline);
            }
            "write_timeout" => reader.write_timeout(node, &mut leafnode.write_timeout),
            _ => reader.unknown(key, node),
        }
    }
}

/// Who may connect as a leafnode (`parseLeafAuthorization`).
fn authorization(reader: &mut Reader, leafnode: &mut LeafNodeOptions, node: &Node) {
    let Some(map) = reader.block(node) else {
        return;
    };
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "user" | "username" => reader.string(node, &mut leafnode.username),
            "pass" | "password" => reader.string(node, &mut leafnode.password),
            "nkey" => {
                reader.string(node, &mut leafnode.nkey);
                if !keys::is_user_key(&leafnode.nkey) {
                    reader.error(
                        &node.place,
                        "Not a valid public nkey for leafnode authorization",
                    );
                }
            }
            "timeout" => reader.auth_timeout(
                "leafnode authorization config",
                key,
                node,
                &mut leafnode.auth_timeout,
            ),
            "users" => leafnode.users = users(reader, node),
            "account" => reader.string(node, &mut leafnode.account),
            "proxy_required" => reader.bool(node, &mut leafnode.proxy_required),
            _ => reader.unknown(key, node),
        }
    }
}

/// Users of leafnodes (`parseLeafUsers`).
fn users(reader: &mut Reader, node: &Node) -> Vec<LeafUser> {
    let nodes = reader.list_or(node, |value| {
        format!("Expected users field to be an array, got {}", value.shown())
    });
    let mut users = Vec::new();
    for node in nodes.unwrap_or_default() {
        let map = reader.block_or(node, |value| {
            format!(
                "Expected user entry to be a map/struct, got {}",
                value.shown()
            )
        });
        let Some(map) = map else { continue };
        let mut user = LeafUser::default();
        for (key, node) in map.iter() {
            match key.to_ascii_lowercase().as_str() {
                "user" | "username" => reader.string(node, &mut user.username),
                "pass" | "password" => reader.string(node, &mut user.password),
                "account" => {
                    let mut account = String::new();
                    reader.string(node, &mut account);
                    user.account = Some(account);
                }
                "proxy_required" => reader.bool(node, &mut user.proxy_required),
                _ => reader.unknown(key, node),
            }
        }
        users.push(user);
    }
    users
}
