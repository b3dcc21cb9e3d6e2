//! `authorization { }`: of the server, of a cluster, of a gateway, and the plain kind
//! of WebSocket and MQTT (`parseAuthorization`, `parseSimpleAuth`).

use std::time::Duration;

use super::reader::Reader;
use super::users::{self, Users};
use super::{keys, permissions};
use crate::config::Options;
use crate::config::options::{AuthCalloutOptions, Permissions};
use crate::config::syntax::Node;
use crate::protocol::constants::DEFAULT_GLOBAL_ACCOUNT;

/// What an `authorization` block says.
#[derive(Debug, Default)]
pub(super) struct Authorization {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) token: String,
    pub(super) timeout: Duration,
    /// `None` if there is no list.
    pub(super) users: Option<Users>,
    pub(super) default_permissions: Option<Permissions>,
    pub(super) callout: Option<AuthCalloutOptions>,
    pub(super) proxy_required: bool,
}

/// The server's own block.
pub(super) fn of_server(reader: &mut Reader, options: &mut Options, node: &Node) {
    let Some(auth) = read(reader, node) else {
        return;
    };
    options.auth_block_defined = true;
    let alone = !auth.user.is_empty() || !auth.password.is_empty();
    let has_user = !auth.user.is_empty();
    options.username = auth.user;
    options.password = auth.password;
    options.authorization = auth.token;
    options.auth_timeout = auth.timeout;
    options.proxy_required = auth.proxy_required;
    options.auth_callout = auth.callout;
    let has_token = !options.authorization.is_empty();
    if alone && has_token {
        reader.error(&node.place, "Cannot have a user/pass and token");
        return;
    }
    let others = !options.users.is_empty() || !options.nkeys.is_empty();
    if auth.users.is_some() || others {
        if has_user {
            reader.error(
                &node.place,
                "Can not have a single user/pass and a users array",
            );
            return;
        }
        if has_token {
            reader.error(&node.place, "Can not have a token and a users array");
            return;
        }
    }
    if let Some(users) = auth.users {
        users.add_to(reader, options, &node.place);
    }
}

/// The block of a cluster or a gateway, which has one user at most. `who` is how errors
/// name it.
pub(super) fn of_servers(reader: &mut Reader, who: &str, node: &Node) -> Option<Authorization> {
    let auth = read(reader, node)?;
    let refused = if auth.users.is_some() {
        "does not allow multiple users"
    } else if !auth.token.is_empty() {
        "does not support tokens"
    } else if auth.callout.is_some() {
        "does not support callouts"
    } else {
        return Some(auth);
    };
    reader.error(&node.place, format!("{who} authorization {refused}"));
    None
}

fn read(reader: &mut Reader, node: &Node) -> Option<Authorization> {
    let map = reader.block(node)?;
    let mut auth = Authorization::default();
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "user" | "username" => reader.string(node, &mut auth.user),
            "pass" | "password" => reader.string(node, &mut auth.password),
            "token" => reader.string(node, &mut auth.token),
            "timeout" => {
                reader.auth_timeout("authorization config", key, node, &mut auth.timeout);
            }
            "users" => auth.users = users::read(reader, node, None),
            "default_permission" | "default_permissions" | "permissions" => {
                auth.default_permissions = permissions::read(reader, node);
            }
            "auth_callout" | "auth_hook" => auth.callout = callout(reader, node),
            "proxy_required" => reader.bool(node, &mut auth.proxy_required),
            _ => reader.unknown(key, node),
        }
    }
    if let (Some(users), Some(defaults)) = (&mut auth.users, &auth.default_permissions) {
        users.apply_defaults(Some(&defaults.clone().into()));
    }
    Some(auth)
}

/// `auth_callout` (`parseAuthCallout`).
fn callout(reader: &mut Reader, node: &Node) -> Option<AuthCalloutOptions> {
    let map = reader.block_or(node, |value| {
        format!(
            "Expected authorization callout to be a map/struct, got {}",
            value.shown()
        )
    })?;
    let mut callout = AuthCalloutOptions::default();
    let mut last = &node.place;
    for (key, node) in map.iter() {
        last = &node.place;
        match key.to_ascii_lowercase().as_str() {
            "issuer" => {
                reader.string(node, &mut callout.issuer);
                if !keys::is_account_key(&callout.issuer) {
                    let issuer = &callout.issuer;
                    reader.error(
                        &node.place,
                        format!(
                            "Expected callout user to be a valid public account nkey, got \
                             {issuer:?}"
                        ),
                    );
                    return None;
                }
            }
            "account" | "acc" => reader.string(node, &mut callout.account),
            "auth_users" | "users" => {
                let nodes = reader.list_or(node, |value| {
                    format!(
                        "Expected auth_users field to be an array, got {}",
                        value.kind()
                    )
                });
                nodes?;
                callout.auth_users = reader.string_list(node);
            }
            "xkey" | "key" => {
                reader.string(node, &mut callout.xkey);
                if !keys::is_curve_key(&callout.xkey) {
                    let xkey = &callout.xkey;
                    reader.error(
                        &node.place,
                        format!("Expected callout xkey to be a valid public xkey, got {xkey:?}"),
                    );
                    return None;
                }
            }
            "allowed_accounts" => {
                let nodes = reader.list_or(node, |value| {
                    format!(
                        "Expected allowed accounts field to be an array, got {}",
                        value.kind()
                    )
                });
                nodes?;
                callout.allowed_accounts = reader.string_list(node);
            }
            _ => reader.unknown_as(node, || {
                format!("Unknown field {key:?} parsing authorization callout")
            }),
        }
    }
    if callout.account.is_empty() {
        DEFAULT_GLOBAL_ACCOUNT.clone_into(&mut callout.account);
    }
    if callout.issuer.is_empty() {
        reader.error(
            last,
            "Authorization callouts require an issuer to be specified",
        );
        return None;
    }
    if callout.auth_users.is_empty() {
        reader.error(
            last,
            "Authorization callouts require authorized users to be specified",
        );
        return None;
    }
    Some(callout)
}

/// Accounts that a callout decides about must exist.
pub(super) fn check_callout(reader: &mut Reader, options: &Options) {
    let Some(callout) = &options.auth_callout else {
        return;
    };
    for name in &callout.allowed_accounts {
        if !options.accounts.iter().any(|account| account.name == *name) {
            reader.error_of_file(format!(
                "auth_callout allowed account {name:?} not found in configured accounts"
            ));
        }
    }
}

/// One user or a token, of clients that come by WebSocket or MQTT.
#[derive(Debug, Default)]
pub(super) struct SimpleAuthorization {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) token: String,
    pub(super) timeout: Duration,
}

/// The plain kind of block (`parseSimpleAuth`).
pub(super) fn simple(reader: &mut Reader, node: &Node) -> SimpleAuthorization {
    let mut auth = SimpleAuthorization::default();
    let Some(map) = reader.block(node) else {
        return auth;
    };
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "user" | "username" => reader.string(node, &mut auth.user),
            "pass" | "password" => reader.string(node, &mut auth.password),
            "token" => reader.string(node, &mut auth.token),
            "timeout" => {
                if let Some(timeout) = reader.seconds("authorization config", node) {
                    auth.timeout = timeout;
                }
            }
            _ => reader.unknown(key, node),
        }
    }
    auth
}
