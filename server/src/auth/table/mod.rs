//! The users of a server and the decision whether a client is one of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::nkey::verify_signature;
use super::password::password_matches;
use crate::config::options::{ConnectionType, NkeyUser, Options, Permissions, User};

/// What a client presents.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// Its user name.
    pub user: &'a str,
    /// Its password.
    pub password: &'a str,
    /// Its token.
    pub token: &'a str,
    /// Its NKey.
    pub nkey: &'a str,
    /// Its signature of the nonce.
    pub signature: &'a str,
    /// The nonce it was sent.
    pub nonce: &'a [u8],
    /// How it is connected.
    pub connection: ConnectionType,
    /// Names found in its certificate, if users are taken from there, best first.
    pub certificate_names: Option<&'a [String]>,
}

/// Who a client is, once it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its user name, if it has one.
    pub user: Option<String>,
    /// Its NKey, if it has one.
    pub nkey: Option<String>,
    /// Its account; the global one if `None`.
    pub account: Option<String>,
    /// What it may do; everything if `None`.
    pub permissions: Option<Arc<Permissions>>,
}

/// The configured users (`configureAuthorization`).
#[derive(Debug, Default)]
pub struct AuthTable {
    users: HashMap<String, User>,
    nkeys: HashMap<String, NkeyUser>,
    username: String,
    password: String,
    token: String,
    no_auth_user: String,
    from_certificate: bool,
}

impl AuthTable {
    /// The users that `options` name.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        let defaults: HashMap<&str, &Arc<Permissions>> = options
            .accounts
            .iter()
            .filter_map(|account| {
                Some((account.name.as_str(), account.default_permissions.as_ref()?))
            })
            .collect();
        let or_default = |permissions: &Option<Arc<Permissions>>, account: &Option<String>| {
            permissions.clone().or_else(|| {
                let account = account.as_deref()?;
                defaults.get(account).map(|default| Arc::clone(default))
            })
        };
        let users = options.users.iter().map(|user| {
            let permissions = or_default(&user.permissions, &user.account);
            (
                user.username.clone(),
                User {
                    permissions,
                    ..user.clone()
                },
            )
        });
        let nkeys = options.nkeys.iter().map(|user| {
            let permissions = or_default(&user.permissions, &user.account);
            (
                user.nkey.clone(),
                NkeyUser {
                    permissions,
                    ..user.clone()
                },
            )
        });
        Self {
            users: users.collect(),
            nkeys: nkeys.collect(),
            username: options.username.clone(),
            password: options.password.clone(),
            token: options.authorization.clone(),
            no_auth_user: options.no_auth_user.clone(),
            from_certificate: options.tls.as_ref().is_some_and(|tls| tls.verify_and_map),
        }
    }

    /// Whether clients must authenticate.
    #[must_use]
    pub fn is_required(&self) -> bool {
        !(self.users.is_empty()
            && self.nkeys.is_empty()
            && self.username.is_empty()
            && self.token.is_empty())
    }

    /// Whether clients need a nonce.
    #[must_use]
    pub fn needs_nonce(&self) -> bool {
        !self.nkeys.is_empty()
    }

    /// Who a connection of the kind `connection` is if it sends something else than
    /// CONNECT first. A user who may not connect that way is nobody.
    #[must_use]
    pub fn no_auth_identity(&self, connection: ConnectionType) -> Option<Identity> {
        if self.no_auth_user.is_empty() {
            return None;
        }
        let user = self.users.get(&self.no_auth_user)?;
        let types = &user.allowed_connection_types;
        (types.is_empty() || types.contains(&connection)).then(|| of_user(user))
    }

    /// Decides who a client is; `None` is an authorization violation.
    #[must_use]
    pub fn authenticate(&self, client: &Credentials<'_>) -> Option<Identity> {
        if !self.is_required() {
            return Some(Identity {
                user: None,
                nkey: None,
                account: None,
                permissions: None,
            });
        }
        if let Some(decided) = self.by_nkey(client) {
            return decided;
        }
        if !self.users.is_empty()
            && let Some(decided) = self.by_user(client)
        {
            return decided;
        }
        self.by_single_user_or_token(client)
    }

    fn by_nkey(&self, client: &Credentials<'_>) -> Option<Option<Identity>> {
        if self.nkeys.is_empty() {
            return None;
        }
        let presents_nothing = client.user.is_empty()
            && client.password.is_empty()
            && client.token.is_empty()
            && client.nkey.is_empty();
        if presents_nothing && let Some(user) = self.nkeys.get(&self.no_auth_user) {
            return Some(allowed(&user.allowed_connection_types, client).then(|| of_nkey(user)));
        }
        if client.nkey.is_empty() {
            return None;
        }
        let Some(user) = self.nkeys.get(client.nkey) else {
            return Some(None);
        };
        let good = allowed(&user.allowed_connection_types, client)
            && (user.nkey == self.no_auth_user
                || verify_signature(client.nkey, client.nonce, client.signature));
        Some(good.then(|| of_nkey(user)))
    }

    fn by_user(&self, client: &Credentials<'_>) -> Option<Option<Identity>> {
        if self.from_certificate {
            let names = client.certificate_names.unwrap_or_default();
            let user = names.iter().find_map(|name| {
                self.users
                    .get(name)
                    .filter(|user| allowed(&user.allowed_connection_types, client))
            });
            return Some(user.map(of_user));
        }
        let presents_nothing =
            client.user.is_empty() && client.password.is_empty() && client.token.is_empty();
        if presents_nothing && let Some(user) = self.users.get(&self.no_auth_user) {
            return Some(allowed(&user.allowed_connection_types, client).then(|| of_user(user)));
        }
        if client.user.is_empty() {
            return None;
        }
        let Some(user) = self.users.get(client.user) else {
            return Some(None);
        };
        let good = allowed(&user.allowed_connection_types, client)
            && password_matches(&user.password, client.password);
        Some(good.then(|| of_user(user)))
    }

    fn by_single_user_or_token(&self, client: &Credentials<'_>) -> Option<Identity> {
        let global = || Identity {
            user: None,
            nkey: None,
            account: None,
            permissions: None,
        };
        if !self.token.is_empty() {
            return password_matches(&self.token, client.token).then(global);
        }
        if !self.username.is_empty() {
            let good =
                self.username == client.user && password_matches(&self.password, client.password);
            return good.then(|| Identity {
                user: Some(self.username.clone()),
                ..global()
            });
        }
        None
    }
}

fn allowed(types: &std::collections::BTreeSet<ConnectionType>, client: &Credentials<'_>) -> bool {
    types.is_empty() || types.contains(&client.connection)
}

fn of_user(user: &User) -> Identity {
    Identity {
        user: Some(user.username.clone()),
        nkey: None,
        account: user.account.clone(),
        permissions: user.permissions.clone(),
    }
}

fn of_nkey(user: &NkeyUser) -> Identity {
    Identity {
        user: None,
        nkey: Some(user.nkey.clone()),
        account: user.account.clone(),
        permissions: user.permissions.clone(),
    }
}

#[cfg(test)]
mod tests;
