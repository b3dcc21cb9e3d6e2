//! Lists of users (`parseUsers`).

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::reader::Reader;
use super::{keys, permissions};
use crate::config::Options;
use crate::config::options::{ConnectionType, NkeyUser, Permissions, User};
use crate::config::syntax::{Map, Node, Place};

/// Users by name and by NKey.
#[derive(Debug, Default)]
pub(super) struct Users {
    pub(super) named: Vec<User>,
    pub(super) nkeys: Vec<NkeyUser>,
}

impl Users {
    pub(super) fn is_empty(&self) -> bool {
        self.named.is_empty() && self.nkeys.is_empty()
    }

    /// Gives `defaults` to those who have no permissions of their own
    /// (`applyDefaultPermissions`).
    pub(super) fn apply_defaults(&mut self, defaults: Option<&Arc<Permissions>>) {
        let own = self.named.iter_mut().map(|user| &mut user.permissions);
        let own = own.chain(self.nkeys.iter_mut().map(|user| &mut user.permissions));
        for permissions in own {
            if permissions.is_none() {
                *permissions = defaults.cloned();
            }
        }
    }

    /// Adds the users to those of the options, without those whose name is taken,
    /// which is an error at `place`.
    pub(super) fn add_to(self, reader: &mut Reader, options: &mut Options, place: &Place) {
        let mut taken = taken_names(options);
        for user in self.nkeys {
            if taken.insert(user.nkey.clone()) {
                options.nkeys.push(user);
            } else {
                reader.error(place, format!("Duplicate nkey {:?} detected", user.nkey));
            }
        }
        for user in self.named {
            if taken.insert(user.username.clone()) {
                options.users.push(user);
            } else {
                reader.error(
                    place,
                    format!("Duplicate user {:?} detected", user.username),
                );
            }
        }
    }
}

/// Names are unique over all accounts (`setupUsersAndNKeysDuplicateCheckMap`).
fn taken_names(options: &Options) -> HashSet<String> {
    let names = options.users.iter().map(|user| user.username.clone());
    let nkeys = options.nkeys.iter().map(|user| user.nkey.clone());
    names.chain(nkeys).collect()
}

/// The users that a list names, all of `account`. `None` if it is no list.
pub(super) fn read(reader: &mut Reader, node: &Node, account: Option<&str>) -> Option<Users> {
    let nodes = reader.list_or(node, |value| {
        format!("Expected users field to be an array, got {}", value.shown())
    })?;
    let mut users = Users::default();
    for node in nodes {
        let map = reader.block_or(node, |value| {
            format!(
                "Expected user entry to be a map/struct, got {}",
                value.shown()
            )
        });
        if let Some(map) = map {
            user(reader, &mut users, node, map, account);
        }
    }
    Some(users)
}

fn user(reader: &mut Reader, users: &mut Users, node: &Node, map: &Map, account: Option<&str>) {
    let mut user = User {
        account: account.map(str::to_owned),
        ..User::default()
    };
    let mut nkey = String::new();
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "nkey" => reader.string(node, &mut nkey),
            "user" | "username" => reader.string(node, &mut user.username),
            "pass" | "password" => reader.string(node, &mut user.password),
            "permission" | "permissions" | "authorization" => {
                user.permissions = permissions::shared(reader, node);
            }
            "allowed_connection_types" | "connection_types" | "clients" => {
                user.allowed_connection_types = connection_types(reader, node);
            }
            "proxy_required" => reader.bool(node, &mut user.proxy_required),
            _ => reader.unknown(key, node),
        }
    }
    if nkey.is_empty() {
        if user.username.is_empty() {
            reader.error(last_place(node, map), "User entry requires a user");
        } else {
            users.named.push(user);
        }
        return;
    }
    let place = map.get("nkey").map_or(&node.place, |node| &node.place);
    if !keys::is_user_key(&nkey) {
        reader.error(place, "Not a valid public nkey for a user");
    } else if !user.username.is_empty() || !user.password.is_empty() {
        reader.error(place, "Nkey users do not take usernames or passwords");
    } else {
        users.nkeys.push(NkeyUser {
            nkey,
            permissions: user.permissions,
            account: user.account,
            allowed_connection_types: user.allowed_connection_types,
            proxy_required: user.proxy_required,
        });
    }
}

/// Where the last of an entry's fields stands.
fn last_place<'a>(node: &'a Node, map: &'a Map) -> &'a Place {
    map.iter()
        .last()
        .map_or(&node.place, |(_, node)| &node.place)
}

/// How a user may connect (`parseAllowedConnectionTypes`).
fn connection_types(reader: &mut Reader, node: &Node) -> BTreeSet<ConnectionType> {
    let mut types = BTreeSet::new();
    let mut unknown = Vec::new();
    for name in reader.strings("allowed connection types", node) {
        match ConnectionType::parse(&name) {
            Some(kind) => {
                types.insert(kind);
            }
            None => unknown.push(format!("{:?}", name.to_uppercase())),
        }
    }
    if !unknown.is_empty() {
        reader.error(
            &node.place,
            format!("invalid connection types [{}]", unknown.join(" ")),
        );
    }
    types
}
