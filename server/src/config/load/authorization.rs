//! `authorization { }`, users and permissions.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::reader::Reader;
use crate::config::Options;
use crate::config::options::{
    ConnectionType, NkeyUser, Permissions, ResponsePermission, SubjectPermission, User,
};
use crate::config::syntax::{Node, Value};

pub(super) fn read(reader: &mut Reader, options: &mut Options, node: &Node) {
    let Some(map) = reader.map("authorization", node) else {
        return;
    };
    options.auth_block_defined = true;
    let mut defaults = None;
    let mut users = None;
    for (key, place, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "user" | "username" => reader.string(node, &mut options.username),
            "pass" | "password" => reader.string(node, &mut options.password),
            "token" => reader.string(node, &mut options.authorization),
            "timeout" => reader.duration("timeout", node, &mut options.auth_timeout),
            "users" => users = Some(node),
            "default_permission" | "default_permissions" | "permissions" => {
                defaults = permissions(reader, node);
            }
            "auth_callout" | "proxy_required" => {
                reader.error(place, format!("{key} is not supported by this version"));
            }
            _ => reader.unknown(key, place, node),
        }
    }
    if let Some(node) = users {
        let (mut plain, mut nkeys) = read_users(reader, node, None);
        for user in &mut plain {
            user.permissions = user.permissions.take().or_else(|| defaults.clone());
        }
        for user in &mut nkeys {
            user.permissions = user.permissions.take().or_else(|| defaults.clone());
        }
        options.users.extend(plain);
        options.nkeys.extend(nkeys);
    }
    let alone = !options.username.is_empty() || !options.password.is_empty();
    if alone && !options.authorization.is_empty() {
        reader.error(&node.place, "Cannot have a user/pass and token");
    }
    if !options.users.is_empty() && alone {
        reader.error(
            &node.place,
            "Can not have a single user/pass and a users array",
        );
    }
    if !options.users.is_empty() && !options.authorization.is_empty() {
        reader.error(&node.place, "Can not have a token and a users array");
    }
}

/// Names of users are unique over all accounts.
pub(super) fn check(reader: &mut Reader, options: &Options) {
    let place = crate::config::syntax::Place {
        file: options.config_file.clone().unwrap_or_default().into(),
        line: 0,
        column: 0,
    };
    let mut seen = HashSet::new();
    for user in &options.users {
        if !seen.insert(&user.username) {
            reader.error(
                &place,
                format!("Duplicate user {:?} detected", user.username),
            );
        }
    }
    let mut seen = HashSet::new();
    for user in &options.nkeys {
        if !seen.insert(&user.nkey) {
            reader.error(&place, format!("Duplicate nkey {:?} detected", user.nkey));
        }
    }
}

pub(super) fn read_users(
    reader: &mut Reader,
    node: &Node,
    account: Option<&str>,
) -> (Vec<User>, Vec<NkeyUser>) {
    let (mut users, mut nkeys) = (Vec::new(), Vec::new());
    for node in reader.array("users field", node) {
        let Some(map) = reader.map("user entry", node) else {
            continue;
        };
        let mut user = User {
            account: account.map(str::to_owned),
            ..User::default()
        };
        let mut nkey = String::new();
        for (key, place, value) in map.iter() {
            match key.to_ascii_lowercase().as_str() {
                "nkey" => reader.string(value, &mut nkey),
                "user" | "username" => reader.string(value, &mut user.username),
                "pass" | "password" => reader.string(value, &mut user.password),
                "permission" | "permissions" | "authorization" => {
                    user.permissions = permissions(reader, value);
                }
                "allowed_connection_types" | "connection_types" | "clients" => {
                    for name in reader.strings(value) {
                        match ConnectionType::parse(&name) {
                            Some(kind) => {
                                user.allowed_connection_types.insert(kind);
                            }
                            None => reader.error(
                                &value.place,
                                format!("error parsing allowed connection types: invalid connection types [{name:?}]"),
                            ),
                        }
                    }
                }
                "proxy_required" => {
                    reader.error(place, "proxy_required is not supported by this version");
                }
                _ => reader.unknown(key, place, value),
            }
        }
        if !nkey.is_empty() {
            if !(nkey.starts_with('U') && nkeys::KeyPair::from_public_key(&nkey).is_ok()) {
                reader.error(&node.place, "Not a valid public nkey for a user");
            }
            if !user.username.is_empty() || !user.password.is_empty() {
                reader.error(&node.place, "Nkey users do not take usernames or passwords");
            }
            nkeys.push(NkeyUser {
                nkey,
                permissions: user.permissions,
                account: user.account,
                allowed_connection_types: user.allowed_connection_types,
                proxy_required: false,
            });
        } else if user.username.is_empty() {
            reader.error(&node.place, "User entry requires a user");
        } else {
            users.push(user);
        }
    }
    (users, nkeys)
}

pub(super) fn permissions(reader: &mut Reader, node: &Node) -> Option<Arc<Permissions>> {
    let map = reader.map("permissions", node)?;
    let mut permissions = Permissions::default();
    for (key, place, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "pub" | "publish" | "import" => permissions.publish = subjects(reader, node),
            "sub" | "subscribe" | "export" => permissions.subscribe = subjects(reader, node),
            "allow_responses" | "publish_allow_responses" => {
                permissions.allow_responses = responses(reader, node);
            }
            _ => reader.unknown(key, place, node),
        }
    }
    Some(Arc::new(permissions))
}

fn subjects(reader: &mut Reader, node: &Node) -> Option<SubjectPermission> {
    let Value::Map(map) = &node.value else {
        return Some(SubjectPermission {
            allow: Some(subject_list(reader, node)),
            deny: Vec::new(),
        });
    };
    let mut permission = SubjectPermission::default();
    for (key, place, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "allow" => permission.allow = Some(subject_list(reader, node)),
            "deny" => permission.deny = subject_list(reader, node),
            _ => reader.error(place, format!("Unknown field name {key:?} parsing subject permissions, only 'allow' or 'deny' are permitted")),
        }
    }
    Some(permission)
}

fn subject_list(reader: &mut Reader, node: &Node) -> Vec<String> {
    let list = reader.strings(node);
    for entry in &list {
        let subject = entry.split_whitespace().next().unwrap_or_default();
        if !crate::subject::is_valid_subject(subject) {
            reader.error(
                &node.place,
                format!("subject {subject:?} is not a valid subject"),
            );
        }
    }
    list
}

fn responses(reader: &mut Reader, node: &Node) -> Option<ResponsePermission> {
    let mut response = ResponsePermission::default();
    match &node.value {
        Value::Bool(allowed) => return allowed.then_some(response),
        Value::Map(map) => {
            for (key, place, node) in map.iter() {
                match key.to_ascii_lowercase().as_str() {
                    "max" | "max_msgs" | "max_messages" | "max_responses" => {
                        let mut max = 0;
                        reader.number(node, &mut max);
                        // Zero is the default, a negative number is no limit.
                        if max != 0 {
                            response.max_msgs = max;
                        }
                    }
                    "expires" | "expiration" | "ttl" => {
                        expires(reader, node, &mut response.expires)
                    }
                    _ => reader.unknown(key, place, node),
                }
            }
        }
        _ => reader.error(
            &node.place,
            "error parsing response permissions, expected a boolean or a map",
        ),
    }
    Some(response)
}

fn expires(reader: &mut Reader, node: &Node, into: &mut Duration) {
    if let Value::String(text) = &node.value
        && text.starts_with('-')
    {
        // A negative time is no limit.
        *into = Duration::ZERO;
        return;
    }
    let mut duration = Duration::ZERO;
    reader.duration("expires", node, &mut duration);
    if !duration.is_zero() {
        *into = duration;
    }
}
