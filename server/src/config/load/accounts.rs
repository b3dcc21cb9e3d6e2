//! `accounts { }` and subject mappings.

use super::authorization::{permissions, read_users};
use super::jetstream;
use super::reader::Reader;
use crate::config::Options;
use crate::config::options::{AccountOptions, MappingDestination, SubjectMappingOptions};
use crate::config::syntax::{Map, Node, Value};
use crate::protocol::constants::DEFAULT_GLOBAL_ACCOUNT;

/// What accounts can have elsewhere and not here yet. An account that needs one of
/// these would not be what its owner asked for, so it is refused.
const UNSUPPORTED: &[&str] = &["exports", "imports"];
/// What can be left out without harm.
const NOT_ACTED_ON: &[&str] = &["trace_dest", "msg_trace", "cluster_traffic"];

pub(super) fn read(reader: &mut Reader, options: &mut Options, node: &Node) {
    match &node.value {
        Value::Array(nodes) => {
            for node in nodes {
                let mut name = String::new();
                reader.string(node, &mut name);
                add(
                    reader,
                    options,
                    node,
                    AccountOptions {
                        name,
                        ..AccountOptions::default()
                    },
                );
            }
        }
        Value::Map(map) => {
            for (name, place, node) in map.iter() {
                if node.used_as_variable {
                    continue;
                }
                let Some(fields) = reader.map("map entries for accounts", node) else {
                    continue;
                };
                if name == DEFAULT_GLOBAL_ACCOUNT {
                    reader.error(place, format!("{name:?} is a Reserved Account"));
                    continue;
                }
                let account = account(reader, options, name, fields);
                add(reader, options, node, account);
            }
        }
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("Expected accounts to be a map/struct or an array, got {kind}"),
            );
        }
    }
}

fn add(reader: &mut Reader, options: &mut Options, node: &Node, account: AccountOptions) {
    if options
        .accounts
        .iter()
        .any(|known| known.name == account.name)
    {
        reader.error(
            &node.place,
            format!("Duplicate Account Entry: {}", account.name),
        );
    } else {
        options.accounts.push(account);
    }
}

fn account(reader: &mut Reader, options: &mut Options, name: &str, fields: &Map) -> AccountOptions {
    let mut account = AccountOptions {
        name: name.to_owned(),
        ..AccountOptions::default()
    };
    for (key, place, node) in fields.iter() {
        match key.to_ascii_lowercase().as_str() {
            "jetstream" => account.jetstream = jetstream::read_account(reader, node),
            "nkey" => {
                let mut nkey = String::new();
                reader.string(node, &mut nkey);
                if !nkey.starts_with('A') || nkeys::KeyPair::from_public_key(&nkey).is_err() {
                    reader.error(
                        &node.place,
                        format!("Not a valid public nkey for an account: {nkey:?}"),
                    );
                }
            }
            "users" => {
                let (users, nkeys) = read_users(reader, node, Some(name));
                options.users.extend(users);
                options.nkeys.extend(nkeys);
            }
            "default_permissions" => account.default_permissions = permissions(reader, node),
            "mappings" | "maps" => account.mappings = mappings(reader, node),
            "limits" => limits(reader, &mut account, node),
            field if UNSUPPORTED.contains(&field) => {
                reader.error(
                    place,
                    format!("{key} of an account are not supported by this version"),
                );
            }
            field if NOT_ACTED_ON.contains(&field) => {
                reader.not_acted_on.push(format!("{place}: {key}"));
            }
            _ => reader.unknown(key, place, node),
        }
    }
    account
}

fn limits(reader: &mut Reader, account: &mut AccountOptions, node: &Node) {
    let Some(map) = reader.map("limits", node) else {
        return;
    };
    for (key, place, node) in map.iter() {
        let mut number = -1i64;
        reader.number(node, &mut number);
        // A negative number is no limit.
        let limit = u64::try_from(number).ok();
        match key.to_ascii_lowercase().as_str() {
            "max_connections" | "max_conn" => account.max_connections = limit,
            "max_subscriptions" | "max_subs" => account.max_subscriptions = limit,
            "max_payload" | "max_pay" => account.max_payload = limit,
            "max_leafnodes" | "max_leafs" => account.max_leafnodes = limit,
            _ => reader.unknown(key, place, node),
        }
    }
}

pub(super) fn global_mappings(reader: &mut Reader, options: &mut Options, node: &Node) {
    options.mappings = mappings(reader, node);
}

fn mappings(reader: &mut Reader, node: &Node) -> Vec<SubjectMappingOptions> {
    let Some(map) = reader.map("mappings", node) else {
        return Vec::new();
    };
    map.iter()
        .map(|(source, _, node)| SubjectMappingOptions {
            source: source.to_owned(),
            destinations: destinations(reader, node),
        })
        .collect()
}

fn destinations(reader: &mut Reader, node: &Node) -> Vec<MappingDestination> {
    match &node.value {
        Value::String(subject) => vec![MappingDestination {
            subject: subject.clone(),
            weight: 100,
            cluster: String::new(),
        }],
        Value::Map(_) => destination(reader, node).into_iter().collect(),
        _ => reader
            .array("mapping destinations", node)
            .iter()
            .filter_map(|node| destination(reader, node))
            .collect(),
    }
}

fn destination(reader: &mut Reader, node: &Node) -> Option<MappingDestination> {
    let map = reader.map("mapping destination", node)?;
    let mut destination = MappingDestination {
        subject: String::new(),
        weight: 0,
        cluster: String::new(),
    };
    for (key, place, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "dest" | "destination" => reader.string(node, &mut destination.subject),
            "weight" => weight(reader, node, &mut destination.weight),
            "cluster" => reader.string(node, &mut destination.cluster),
            _ => reader.unknown(key, place, node),
        }
    }
    Some(destination)
}

/// A number, or text that may end with a percent sign.
fn weight(reader: &mut Reader, node: &Node, into: &mut u8) {
    let number = match &node.value {
        Value::Integer(number) => Some(*number),
        Value::String(text) => text.trim_end_matches('%').parse().ok(),
        _ => None,
    };
    match number
        .and_then(|number| u8::try_from(number).ok())
        .filter(|weight| *weight <= 100)
    {
        Some(weight) => *into = weight,
        None => reader.error(&node.place, "Invalid weight for a mapping destination"),
    }
}
