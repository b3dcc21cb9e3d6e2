//! `proxies { }` (`parseProxies`).

use super::keys;
use super::reader::Reader;
use crate::config::options::{ProxiesOptions, ProxyOptions};
use crate::config::syntax::Node;

pub(super) fn read(reader: &mut Reader, node: &Node) -> Option<ProxiesOptions> {
    let map = reader.block_or(node, |value| {
        format!("expected proxies to be a map/struct, got {}", value.kind())
    })?;
    let mut proxies = ProxiesOptions::default();
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "trusted" => proxies.trusted = trusted(reader, node),
            _ => reader.unknown(key, node),
        }
    }
    Some(proxies)
}

/// The proxies that are trusted (`parseProxiesTrusted`).
fn trusted(reader: &mut Reader, node: &Node) -> Vec<ProxyOptions> {
    let nodes = reader.list_or(node, |value| {
        format!(
            "expected proxies' trusted field to be an array, got {}",
            value.kind()
        )
    });
    let mut trusted = Vec::new();
    for node in nodes.unwrap_or_default() {
        let map = reader.block_or(node, |value| {
            format!(
                "expected proxies' trusted entry to be a map/struct, got {}",
                value.kind()
            )
        });
        let Some(map) = map else { continue };
        let mut proxy = ProxyOptions::default();
        for (key, node) in map.iter() {
            match key.to_ascii_lowercase().as_str() {
                "key" | "public_key" => {
                    reader.string(node, &mut proxy.key);
                    if !keys::is_public_key(&proxy.key) {
                        let key = &proxy.key;
                        reader.error(&node.place, format!("invalid proxy key {key:?}"));
                    }
                }
                _ => reader.unknown(key, node),
            }
        }
        trusted.push(proxy);
    }
    trusted
}
