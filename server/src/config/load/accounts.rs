//! `accounts { }` (`parseAccounts`).

use super::reader::Reader;
use super::{exports, imports, jetstream, keys, mappings, msg_trace, permissions, users};
use crate::config::Options;
use crate::config::options::AccountOptions;
use crate::config::syntax::{Map, Node, Value};
use crate::protocol::constants::DEFAULT_GLOBAL_ACCOUNT;

pub(super) fn read(reader: &mut Reader, options: &mut Options, node: &Node) {
    match &node.value {
        Value::Array(nodes) => names(reader, options, nodes),
        Value::Map(map) => {
            for (name, node) in map.iter().filter(|(_, node)| !node.used_as_variable) {
                let fields =
                    reader.block_or(node, |_| "Expected map entries for accounts".to_owned());
                let Some(fields) = fields else { continue };
                if is_reserved(name) {
                    reader.error(&node.place, format!("{name:?} is a Reserved Account"));
                    continue;
                }
                account(reader, options, name, fields);
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

/// A list of names and nothing else.
fn names(reader: &mut Reader, options: &mut Options, nodes: &[Node]) {
    for node in nodes {
        let mut name = String::new();
        reader.string(node, &mut name);
        if is_reserved(&name) {
            reader.error(&node.place, format!("{name:?} is a Reserved Account"));
        } else if options.accounts.iter().any(|known| known.name == name) {
            reader.error(&node.place, format!("Duplicate Account Entry: {name}"));
        } else {
            options.accounts.push(AccountOptions {
                name,
                ..AccountOptions::default()
            });
        }
    }
}

/// The global account can not be configured (`isReservedAccount`).
fn is_reserved(name: &str) -> bool {
    name == DEFAULT_GLOBAL_ACCOUNT
}

fn account(reader: &mut Reader, options: &mut Options, name: &str, fields: &Map) {
    let mut account = AccountOptions {
        name: name.to_owned(),
        ..AccountOptions::default()
    };
    let mut found = None;
    for (key, node) in fields.iter() {
        match key.to_ascii_lowercase().as_str() {
            "nkey" => match &node.value {
                Value::String(nkey) if keys::is_account_key(nkey) => {
                    account.nkey.clone_from(nkey);
                }
                other => {
                    let shown = other.shown();
                    reader.error(
                        &node.place,
                        format!("Not a valid public nkey for an account: {shown:?}"),
                    );
                }
            },
            "imports" => imports::read(reader, &mut account, node),
            "exports" => exports::read(reader, &mut account, node),
            "users" => {
                found = users::read(reader, node, Some(name)).map(|users| (users, &node.place));
            }
            "default_permissions" => {
                account.default_permissions = permissions::shared(reader, node);
            }
            "mappings" | "maps" => account.mappings = mappings::read(reader, node),
            "limits" => limits(reader, &mut account, node),
            "msg_trace" | "trace_dest" => {
                msg_trace::read(reader, &mut account, key, node);
                reader.not_acted_on(key, node);
            }
            "jetstream" => account.jetstream = jetstream::read_account(reader, node),
            _ => reader.unknown(key, node),
        }
    }
    if let Some((mut users, place)) = found {
        let alone = if options.username.is_empty() {
            (!options.authorization.is_empty()).then_some("a token")
        } else {
            Some("a single user/pass")
        };
        users.apply_defaults(account.default_permissions.as_ref());
        match alone.filter(|_| !users.is_empty()) {
            Some(what) => reader.error(place, format!("Can not have {what} and accounts")),
            None => users.add_to(reader, options, place),
        }
    }
    options.accounts.push(account);
}

/// `limits` (`parseAccountLimits`).
fn limits(reader: &mut Reader, account: &mut AccountOptions, node: &Node) {
    let map = reader.block_or(node, |value| {
        format!(
            "Expected account limits to be a map/struct, got {}",
            value.shown()
        )
    });
    let Some(map) = map else { return };
    for (key, node) in map.iter() {
        let limit = match key.to_ascii_lowercase().as_str() {
            "max_connections" | "max_conn" => &mut account.max_connections,
            "max_subscriptions" | "max_subs" => &mut account.max_subscriptions,
            "max_payload" | "max_pay" => &mut account.max_payload,
            "max_leafnodes" | "max_leafs" => {
                reader.not_acted_on(key, node);
                &mut account.max_leafnodes
            }
            _ => {
                reader.unknown_as(node, || {
                    format!("Unknown field {key:?} parsing account limits")
                });
                continue;
            }
        };
        let mut number = -1i64;
        reader.number(node, &mut number);
        // A negative number is no limit.
        *limit = u64::try_from(number).ok();
    }
}
