//! The users of a server and the decision whether a client is one of them.

use std::collections::HashMap;
use std::sync::Arc;

use std::time::SystemTime;

use super::certificate::user_key;
use super::nkey::{SignatureError, check_signature, verify_raw_signature};
use super::password::{is_bcrypt, password_matches};
use super::refusal::Refusal;
use crate::config::options::{
    ConnectionType, NkeyUser, Options, Permissions, Presented, SharedAuthenticator, User,
};

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
    /// The signature of the nonce by the proxy that it comes through; empty if none.
    pub proxy_signature: &'a str,
}

/// Who a client is, once it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its user name, if it has one.
    pub user: Option<String>,
    /// Its NKey, if it has one.
    pub nkey: Option<String>,
    /// Its account; the global one if `None`.
    pub account: Option<String>,
    /// What it may do; everything if `None`.
    pub permissions: Option<Arc<Permissions>>,
    /// When its connection ends.
    pub deadline: Option<SystemTime>,
    /// The public key of the trusted proxy that it comes through.
    pub proxy: Option<String>,
}

impl Identity {
    /// Whether the client is a user of its own, rather than anybody.
    #[must_use]
    pub fn is_user(&self) -> bool {
        self.user.is_some() || self.nkey.is_some()
    }
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
    /// Users whose name is a certificate's subject, by its form that has no order.
    subjects: HashMap<String, String>,
    authenticator: Option<SharedAuthenticator>,
    /// Public keys of proxies.
    proxies: Vec<String>,
    proxy_required: bool,
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
        let from_certificate = options.tls.as_ref().is_some_and(|tls| tls.verify_and_map);
        let subjects = options
            .users
            .iter()
            .filter(|_| from_certificate)
            .filter_map(|user| Some((user_key(&user.username)?, user.username.clone())))
            .collect();
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
            from_certificate,
            subjects,
            authenticator: options.authenticator.clone(),
            proxies: options
                .proxies
                .iter()
                .flat_map(|proxies| &proxies.trusted)
                .map(|proxy| proxy.key.clone())
                .collect(),
            proxy_required: options.proxy_required,
        }
    }

    /// Whether clients must authenticate.
    #[must_use]
    pub fn is_required(&self) -> bool {
        !(self.authenticator.is_none()
            && self.users.is_empty()
            && self.nkeys.is_empty()
            && self.username.is_empty()
            && self.token.is_empty())
    }

    /// Whether clients need a nonce.
    #[must_use]
    pub fn needs_nonce(&self) -> bool {
        !self.nkeys.is_empty() || !self.proxies.is_empty()
    }

    /// Whether a program decides who may connect.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.authenticator.is_some()
    }

    /// Lets that program decide.
    ///
    /// # Errors
    ///
    /// [`Refusal::Credentials`] if it says no, or there is none.
    pub fn authenticate_custom(&self, client: &Presented<'_>) -> Result<Identity, Refusal> {
        let authenticator = self.authenticator.as_ref().ok_or(Refusal::Credentials)?;
        let user = authenticator
            .authenticate(client)
            .ok_or(Refusal::Credentials)?;
        let mut identity = of_user(&user);
        identity.user = identity.user.filter(|user| !user.is_empty());
        Ok(identity)
    }

    /// Who a connection is that sends something else than CONNECT first.
    #[must_use]
    pub fn no_auth_identity(&self, connection: ConnectionType) -> Option<Identity> {
        let user = self.users.get(&self.no_auth_user)?;
        let types = &user.allowed_connection_types;
        let may = !user.proxy_required
            && (types.is_empty() || types.contains(&connection))
            && !is_bcrypt(&user.password);
        may.then(|| of_user(user))
    }

    /// Decides who a client is.
    ///
    /// # Errors
    ///
    /// [`Refusal`] says why it may not connect.
    pub fn authenticate(&self, client: &Credentials<'_>) -> Result<Identity, Refusal> {
        let proxy = self.trusted_proxy(client)?;
        let identity = if self.is_required() {
            self.identify(client, proxy.is_some())?
        } else {
            Identity::default()
        };
        Ok(Identity { proxy, ..identity })
    }

    /// The trusted proxy whose signature the client brings, if it brings one
    /// (`proxyCheck`).
    fn trusted_proxy(&self, client: &Credentials<'_>) -> Result<Option<String>, Refusal> {
        if client.proxy_signature.is_empty() || self.proxies.is_empty() {
            return Ok(None);
        }
        self.proxies
            .iter()
            .find(|key| verify_raw_signature(key, client.nonce, client.proxy_signature))
            .map(|key| Some(key.clone()))
            .ok_or(Refusal::ProxyNotTrusted)
    }

    fn identify(&self, client: &Credentials<'_>, proxied: bool) -> Result<Identity, Refusal> {
        if let Some(user) = self.nkey_user(client)? {
            return self.check_nkey(user, client, proxied);
        }
        if !self.users.is_empty()
            && let Some(user) = self.named_user(client)?
        {
            return self.check_user(user, client, proxied);
        }
        self.check_single_user_or_token(client, proxied)
    }

    /// The user whose NKey the client presents, or is taken to present.
    fn nkey_user(&self, client: &Credentials<'_>) -> Result<Option<&NkeyUser>, Refusal> {
        let presents_nothing = client.presents_no_user() && client.nkey.is_empty();
        let user = if presents_nothing && let Some(user) = self.nkeys.get(&self.no_auth_user) {
            user
        } else if client.nkey.is_empty() || self.nkeys.is_empty() {
            return Ok(None);
        } else {
            self.nkeys.get(client.nkey).ok_or(Refusal::Credentials)?
        };
        if allowed(&user.allowed_connection_types, client) {
            Ok(Some(user))
        } else {
            Err(Refusal::Credentials)
        }
    }

    fn check_nkey(
        &self,
        user: &NkeyUser,
        client: &Credentials<'_>,
        proxied: bool,
    ) -> Result<Identity, Refusal> {
        if user.proxy_required && !proxied {
            return Err(Refusal::ProxyRequired);
        }
        if user.nkey != self.no_auth_user {
            check_signature(&user.nkey, client.nonce, client.signature)?;
        }
        Ok(of_nkey(user))
    }

    /// The user that the client's certificate or CONNECT names, or the one that it
    /// is if they name none.
    fn named_user(&self, client: &Credentials<'_>) -> Result<Option<&User>, Refusal> {
        if self.from_certificate {
            let names = client.certificate_names.unwrap_or_default();
            let user = names.iter().find_map(|name| {
                let by_subject = || self.users.get(self.subjects.get(name)?);
                self.users
                    .get(name)
                    .or_else(by_subject)
                    .filter(|user| allowed(&user.allowed_connection_types, client))
            });
            return user.map(Some).ok_or(Refusal::Credentials);
        }
        let user = if client.presents_no_user()
            && let Some(user) = self.users.get(&self.no_auth_user)
        {
            user
        } else if client.user.is_empty() {
            return Ok(None);
        } else {
            self.users.get(client.user).ok_or(Refusal::Credentials)?
        };
        if allowed(&user.allowed_connection_types, client) {
            Ok(Some(user))
        } else {
            Err(Refusal::Credentials)
        }
    }

    fn check_user(
        &self,
        user: &User,
        client: &Credentials<'_>,
        proxied: bool,
    ) -> Result<Identity, Refusal> {
        if user.proxy_required && !proxied {
            return Err(Refusal::ProxyRequired);
        }
        // Who presents nothing is taken to present the password as it is configured,
        // which a hash does not match: such a user stands in for nobody.
        let stands_in = client.presents_no_user() && user.username == self.no_auth_user;
        let presented = if stands_in {
            &user.password
        } else {
            client.password
        };
        if password_matches(&user.password, presented) {
            Ok(of_user(user))
        } else {
            Err(Refusal::Credentials)
        }
    }

    fn check_single_user_or_token(
        &self,
        client: &Credentials<'_>,
        proxied: bool,
    ) -> Result<Identity, Refusal> {
        if self.proxy_required && !proxied {
            return Err(Refusal::ProxyRequired);
        }
        if !self.token.is_empty() {
            return if password_matches(&self.token, client.token) {
                Ok(Identity::default())
            } else {
                Err(Refusal::Credentials)
            };
        }
        let good = !self.username.is_empty()
            && self.username == client.user
            && password_matches(&self.password, client.password);
        if !good {
            return Err(Refusal::Credentials);
        }
        Ok(Identity {
            user: Some(self.username.clone()),
            ..Identity::default()
        })
    }
}

impl Credentials<'_> {
    fn presents_no_user(&self) -> bool {
        self.user.is_empty() && self.password.is_empty() && self.token.is_empty()
    }
}

impl From<SignatureError> for Refusal {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Missing => Self::SignatureMissing,
            SignatureError::Encoding => Self::SignatureEncoding,
            SignatureError::Wrong => Self::SignatureWrong,
        }
    }
}

fn allowed(types: &std::collections::BTreeSet<ConnectionType>, client: &Credentials<'_>) -> bool {
    types.is_empty() || types.contains(&client.connection)
}

fn of_user(user: &User) -> Identity {
    Identity {
        user: Some(user.username.clone()),
        account: user.account.clone(),
        permissions: user.permissions.clone(),
        deadline: user.connection_deadline,
        ..Identity::default()
    }
}

fn of_nkey(user: &NkeyUser) -> Identity {
    Identity {
        nkey: Some(user.nkey.clone()),
        account: user.account.clone(),
        permissions: user.permissions.clone(),
        ..Identity::default()
    }
}

#[cfg(test)]
mod tests;
