//! Leafnodes (`validateLeafNode`).

use super::{check_pinned_certs, compression};
use crate::config::load::is_public_key;
use crate::config::options::{LeafNodeOptions, Options, RemoteLeafOptions};
use crate::platform::{ServerUrl, version};
use crate::protocol::constants::{DEFAULT_GLOBAL_ACCOUNT, DEFAULT_SYSTEM_ACCOUNT};

impl Options {
    pub(super) fn validate_leafnode(&mut self) -> Result<(), String> {
        check_leaf_users(&self.leafnode)?;
        for remote in &mut self.leafnode.remotes {
            if remote.local_account.is_empty() {
                DEFAULT_GLOBAL_ACCOUNT.clone_into(&mut remote.local_account);
            }
        }
        if self.operator.operators.is_empty() {
            self.check_leaf_accounts()?;
        } else {
            self.check_leaf_keys()?;
        }
        let leafnode = &mut self.leafnode;
        if !leafnode.compression.mode.is_empty() {
            compression::normalize(&mut leafnode.compression, "s2_auto")?;
        }
        for remote in &mut leafnode.remotes {
            check_leaf_proxy(remote)?;
            let mut websocket = remote.urls.iter().map(is_websocket);
            if let Some(first) = websocket.next()
                && websocket.any(|other| other != first)
            {
                let urls: Vec<String> = ServerUrl::redact_all(&remote.urls)
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                return Err(format!(
                    "remote leaf node configuration cannot have a mix of websocket and \
                     non-websocket urls: [{}]",
                    urls.iter()
                        .map(|url| format!("{url:?}"))
                        .collect::<Vec<_>>()
                        .join(" ")
                ));
            }
            if !remote.compression.mode.is_empty() {
                compression::normalize(&mut remote.compression, "s2_auto")?;
            }
        }
        if leafnode.port == 0 {
            return Ok(());
        }
        if !leafnode.min_version.is_empty() {
            check_leaf_min_version(&leafnode.min_version)?;
        }
        if self.gateway.name.is_empty() && self.gateway.port == 0 {
            return Ok(());
        }
        if self.system_account.is_empty() {
            return Err(
                "leaf nodes and gateways (both being defined) require a system account to also be \
                 configured"
                    .to_owned(),
            );
        }
        match &self.leafnode.tls {
            Some(tls) => check_pinned_certs(&tls.pinned_certs)
                .map_err(|reason| format!("leafnode: {reason}")),
            None => Ok(()),
        }
    }

    /// Accounts that leafnodes join must exist.
    fn check_leaf_accounts(&self) -> Result<(), String> {
        let exists = |name: &str| {
            name.is_empty()
                || name == DEFAULT_GLOBAL_ACCOUNT
                || self.accounts.iter().any(|account| account.name == name)
                || (name == DEFAULT_SYSTEM_ACCOUNT
                    && self.system_account.is_empty()
                    && !self.no_system_account)
        };
        let leafnode = &self.leafnode;
        let users = leafnode
            .users
            .iter()
            .filter_map(|user| user.account.as_ref());
        let local = std::iter::once(&leafnode.account).chain(users);
        let remotes = leafnode.remotes.iter().map(|remote| &remote.local_account);
        let all = local
            .map(|name| (name, "authorization"))
            .chain(remotes.map(|name| (name, "remote")));
        for (name, place) in all {
            if !exists(name) {
                return Err(format!(
                    "cannot find local account {name:?} specified in leafnode {place}"
                ));
            }
        }
        Ok(())
    }

    /// In operator mode accounts are named by their keys.
    fn check_leaf_keys(&self) -> Result<(), String> {
        let leafnode = &self.leafnode;
        let is_key = |name: &str| name.starts_with('A') && is_public_key(name);
        if !leafnode.users.is_empty() {
            return Err(
                "operator mode does not allow specifying users in leafnode config".to_owned(),
            );
        }
        if leafnode
            .remotes
            .iter()
            .any(|remote| !is_key(&remote.local_account))
        {
            return Err(
                "operator mode requires account nkeys in remotes. Please add an `account` key to \
                 each remote in your `leafnodes` section, to assign it to an account. Each account \
                 value should be a 56 character public key, starting with the letter 'A'"
                    .to_owned(),
            );
        }
        if leafnode.port != 0 && !leafnode.account.is_empty() && !is_key(&leafnode.account) {
            return Err("operator mode and non account nkeys are incompatible".to_owned());
        }
        Ok(())
    }
}

fn is_websocket(url: &ServerUrl) -> bool {
    matches!(url.scheme(), "ws" | "wss")
}

/// Users of leafnodes are unique and not mixed with a single one
/// (`validateLeafNodeAuthOptions`).
pub(in crate::config) fn check_leaf_users(leafnode: &LeafNodeOptions) -> Result<(), String> {
    if leafnode.users.is_empty() {
        return Ok(());
    }
    if !leafnode.username.is_empty() {
        return Err("can not have a single user/pass and a users array".to_owned());
    }
    if !leafnode.nkey.is_empty() {
        return Err("can not have a single nkey and a users array".to_owned());
    }
    for (n, user) in leafnode.users.iter().enumerate() {
        let mut before = leafnode.users.iter().take(n);
        if before.any(|other| other.username == user.username) {
            return Err(format!(
                "duplicate user {:?} detected in leafnode authorization",
                user.username
            ));
        }
    }
    Ok(())
}

/// Servers before 2.8.0 do not tell their version (`checkLeafMinVersionConfig`).
pub(in crate::config) fn check_leaf_min_version(text: &str) -> Result<(), String> {
    match version::check_at_least(text, 2, 8, 0) {
        Ok(true) => Ok(()),
        Ok(false) => Err("the minimum version should be at least 2.8.0".to_owned()),
        Err(error) => Err(format!("invalid leafnode's minimum version: {error}")),
    }
}

/// Whether a remote's proxy can be used; if so, what is odd about it
/// (`validateLeafNodeProxyOptions`).
pub(in crate::config) fn check_leaf_proxy(
    remote: &RemoteLeafOptions,
) -> Result<Option<&'static str>, String> {
    let proxy = &remote.proxy;
    if proxy.url.is_empty() {
        return Ok(None);
    }
    let url: ServerUrl = proxy
        .url
        .parse()
        .map_err(|error| format!("invalid proxy URL: parse {:?}: {error}", proxy.url))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "proxy URL scheme must be http or https, got: {}",
            url.scheme()
        ));
    }
    if url.host().is_empty() {
        return Err("proxy URL must specify a host".to_owned());
    }
    if proxy.username.is_empty() != proxy.password.is_empty() {
        return Err(
            "proxy username and password must both be specified or both be empty".to_owned(),
        );
    }
    let secure = remote.urls.iter().find(|url| url.scheme() == "wss");
    if let Some(url) = secure.filter(|_| remote.tls.is_none()) {
        return Err(format!(
            "proxy is configured but remote URL {url} requires TLS and no TLS configuration is \
             provided. When using proxy with TLS endpoints, ensure TLS is properly configured for \
             the leafnode remote"
        ));
    }
    let websocket = remote.urls.iter().filter(|url| is_websocket(url)).count();
    Ok(if websocket == remote.urls.len() {
        None
    } else if websocket == 0 {
        Some(
            "proxy configuration will be ignored: proxy settings only apply to WebSocket \
             connections (ws:// or wss://), but all configured URLs use TCP connections (nats://)",
        )
    } else {
        Some(
            "proxy configuration will only be used for WebSocket URLs: proxy settings do not \
             apply to TCP connections (nats://)",
        )
    })
}
