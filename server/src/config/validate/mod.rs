//! Options that contradict each other (`validateOptions` in `server.go`).

mod compression;
mod leafnode;
mod listeners;

pub(super) use self::leafnode::{check_leaf_min_version, check_leaf_proxy, check_leaf_users};

use super::load::is_public_key;
use super::options::{Options, PinnedCerts};
use crate::platform::go_duration;
use crate::subject::is_valid_subject;

impl Options {
    /// Checks that the options go together, and settles what follows from them: the
    /// name of the cluster, modes of compression, the accounts of leafnodes.
    ///
    /// # Errors
    ///
    /// What does not go together, in the words of the Go server.
    pub fn validate(&mut self) -> Result<(), String> {
        self.validate_limits()?;
        self.validate_log()?;
        self.validate_operator()?;
        self.validate_leafnode()?;
        self.validate_auth()?;
        self.validate_gateway()?;
        self.validate_cluster()?;
        self.validate_mqtt()?;
        self.validate_jetstream()?;
        self.validate_websocket()
    }

    /// Subjects and streams are named after the domain (`validateJetStreamOptions`).
    fn validate_jetstream(&self) -> Result<(), String> {
        let domain = &self.js.domain;
        if domain.is_empty() {
            return Ok(());
        }
        let subject = format!("$JS.{domain}.API.>");
        if !is_valid_subject(&subject) {
            return Err(format!(
                "invalid domain name: derived {subject:?} is not a valid subject"
            ));
        }
        if domain.contains([' ', '\t', '\r', '\n', '\x0c', '.', '*', '>']) {
            return Err("invalid domain name: may not contain ., * or >".to_owned());
        }
        Ok(())
    }

    /// The system log has a form of its own.
    fn validate_log(&self) -> Result<(), String> {
        let is_system = self.log_file.is_empty() && (self.syslog || !self.remote_syslog.is_empty());
        if self.log_json && is_system {
            return Err("log_json is for standard error and log files, not for syslog".to_owned());
        }
        Ok(())
    }

    fn validate_limits(&self) -> Result<(), String> {
        let (grace, whole) = (self.lame_duck_grace_period, self.lame_duck_duration);
        if !whole.is_zero() && grace >= whole {
            return Err(format!(
                "lame duck grace period ({}) should be strictly lower than lame duck duration \
                 ({})",
                go_duration::format(grace),
                go_duration::format(whole)
            ));
        }
        if self.max_payload as u64 > self.max_pending {
            return Err(format!(
                "max_payload ({}) cannot be higher than max_pending ({})",
                self.max_payload, self.max_pending
            ));
        }
        if self.server_name.contains(' ') {
            return Err("server name cannot contain spaces".to_owned());
        }
        Ok(())
    }

    /// Operator mode itself is not served; this is what makes no sense without it
    /// (`validateTrustedOperators`).
    fn validate_operator(&self) -> Result<(), String> {
        let operator = &self.operator;
        if operator.operators.is_empty() {
            if !operator.default_sentinel.is_empty() {
                return Err("default sentinel requires operators and accounts".to_owned());
            }
            return Ok(());
        }
        if operator.resolver.is_none() {
            return Err("operators require an account resolver to be configured".to_owned());
        }
        if !self.accounts.is_empty() {
            return Err("operators do not allow Accounts to be configured directly".to_owned());
        }
        if !self.users.is_empty() || !self.nkeys.is_empty() {
            return Err("operators do not allow users to be configured directly".to_owned());
        }
        if !operator.trusted_keys.is_empty() {
            return Err("conflicting options for 'TrustedKeys' and 'TrustedOperators'".to_owned());
        }
        for key in &operator.pinned_accounts {
            if !(key.starts_with('A') && is_public_key(key)) {
                return Err(format!(
                    "pinned account key {key:?} is not a valid public account nkey"
                ));
            }
        }
        if self.auth_callout.is_some() {
            return Err(
                "operators do not allow authorization callouts to be configured directly"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn validate_auth(&self) -> Result<(), String> {
        if let Some(tls) = &self.tls {
            check_pinned_certs(&tls.pinned_certs)?;
        }
        self.check_no_auth_user(&self.no_auth_user)?;
        if !self.authorization.is_empty() && !self.username.is_empty() {
            return Err("Cannot have a user/pass and token".to_owned());
        }
        let proxies = self.proxies.iter().flat_map(|proxies| &proxies.trusted);
        for proxy in proxies {
            if !is_public_key(&proxy.key) {
                return Err(format!("proxy trusted key {:?} is invalid", proxy.key));
            }
        }
        Ok(())
    }

    /// The user of connections that present nothing must be one (`validateNoAuthUser`).
    fn check_no_auth_user(&self, name: &str) -> Result<(), String> {
        if name.is_empty() {
            return Ok(());
        }
        if !self.operator.operators.is_empty() {
            return Err("no_auth_user not compatible with Trusted Operator".to_owned());
        }
        if self.users.is_empty() && self.nkeys.is_empty() {
            return Err(format!(
                "no_auth_user: {name:?} present, but users/nkeys are not defined"
            ));
        }
        let known = self.users.iter().any(|user| user.username == name)
            || self.nkeys.iter().any(|user| user.nkey == name);
        if known {
            Ok(())
        } else {
            Err(format!(
                "no_auth_user: {name:?} not present as user or nkey in authorization block or \
                 account configuration"
            ))
        }
    }

    fn validate_gateway(&self) -> Result<(), String> {
        let gateway = &self.gateway;
        if gateway.name.is_empty() && gateway.port == 0 {
            return Ok(());
        }
        if gateway.name.is_empty() {
            return Err("gateway has no name".to_owned());
        }
        if gateway.name.contains(' ') {
            return Err("gateway name cannot contain spaces".to_owned());
        }
        let name = &gateway.name;
        if gateway.port == 0 {
            return Err(format!(
                "gateway {name:?} has no port specified (select -1 for random port)"
            ));
        }
        for (n, remote) in gateway.gateways.iter().enumerate() {
            if remote.name.is_empty() {
                return Err(format!("gateway in the list {n} has no name"));
            }
            if remote.urls.is_empty() {
                return Err(format!("gateway {:?} has no URL", remote.name));
            }
        }
        match &gateway.tls {
            Some(tls) => check_pinned_certs(&tls.pinned_certs)
                .map_err(|reason| format!("gateway {name:?}: {reason}")),
            None => Ok(()),
        }
    }

    fn validate_cluster(&mut self) -> Result<(), String> {
        let cluster = &mut self.cluster;
        if cluster.name.contains(' ') {
            return Err("cluster name cannot contain spaces".to_owned());
        }
        if !cluster.compression.mode.is_empty() {
            compression::normalize(&mut cluster.compression, "s2_fast")?;
        }
        if let Some(tls) = &cluster.tls {
            check_pinned_certs(&tls.pinned_certs).map_err(|reason| format!("cluster: {reason}"))?;
        }
        if !self.gateway.name.is_empty() && self.gateway.name != cluster.name {
            if !cluster.name.is_empty() {
                return Err(
                    "cluster name conflicts between cluster and gateway definitions".to_owned(),
                );
            }
            cluster.name.clone_from(&self.gateway.name);
        }
        let pinned = &cluster.pinned_accounts;
        if !pinned.is_empty() && cluster.pool_size < 0 {
            return Err("pool_size cannot be negative if pinned accounts are specified".to_owned());
        }
        for (n, name) in pinned.iter().enumerate() {
            if pinned.iter().skip(n + 1).any(|other| other == name) {
                return Err(format!(
                    "found duplicate account name {name:?} in pinned accounts list {pinned:?}"
                ));
            }
        }
        Ok(())
    }
}

/// Keys are named by their SHA-256 (`validatePinnedCerts`).
fn check_pinned_certs(pinned: &PinnedCerts) -> Result<(), String> {
    for entry in pinned {
        let good = entry.len() == 64 && entry.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !good {
            return Err(format!(
                "error parsing 'pinned_certs' key {} does not look like lower case hex-encoded \
                 sha256 of DER encoded SubjectPublicKeyInfo",
                entry.to_ascii_lowercase()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::options::{ProxiesOptions, ProxyOptions};
    use std::time::Duration;

    fn error(change: impl FnOnce(&mut Options)) -> String {
        let mut options = Options::default();
        change(&mut options);
        options.validate().unwrap_err()
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(Options::default().validate().is_ok());
        assert_eq!(
            error(|o| o.lame_duck_duration = Duration::from_secs(1)),
            "lame duck grace period (10s) should be strictly lower than lame duck duration (1s)"
        );
        assert_eq!(
            error(|o| (o.log_json, o.syslog) = (true, true)),
            "log_json is for standard error and log files, not for syslog"
        );
        assert!(error(|o| o.max_pending = 10).contains("cannot be higher than max_pending"));
        assert_eq!(
            error(|o| o.server_name = "a b".into()),
            "server name cannot contain spaces"
        );
        assert!(error(|o| o.no_auth_user = "x".into()).contains("users/nkeys are not defined"));
        assert_eq!(error(|o| o.gateway.port = 1), "gateway has no name");
        assert!(error(|o| o.gateway.name = "G".into()).contains("has no port specified"));
        assert_eq!(
            error(|o| o.cluster.pinned_accounts = vec!["A".into(), "A".into()]),
            "found duplicate account name \"A\" in pinned accounts list [\"A\", \"A\"]"
        );
        assert_eq!(
            error(|o| o.cluster.compression.mode = "zip".into()),
            "unsupported compression mode \"zip\""
        );
    }

    #[test]
    fn pinned_certificates_are_hashes() {
        let pinned = |hash: String| check_pinned_certs(&[hash].into());
        assert_eq!(pinned("0a".repeat(32)), Ok(()));
        for bad in ["0a".repeat(31), "0g".repeat(32), String::new()] {
            let error = pinned(bad).unwrap_err();
            assert!(
                error.starts_with("error parsing 'pinned_certs' key "),
                "{error}"
            );
        }
    }

    #[test]
    fn proxies_are_known_by_their_keys() {
        let trusting = |key: String| {
            let mut options = Options {
                proxies: Some(ProxiesOptions {
                    trusted: vec![ProxyOptions { key }],
                }),
                ..Options::default()
            };
            options.set_baseline();
            options.validate()
        };
        let refused = Err("proxy trusted key \"nokey\" is invalid".to_owned());
        assert_eq!(trusting("nokey".to_owned()), refused);
        let key = nkeys::KeyPair::new_account().public_key();
        assert_eq!(trusting(key), Ok(()));
    }

    #[test]
    fn a_gateway_names_its_cluster() {
        let mut options = Options::default();
        options.gateway.name = "G".into();
        options.gateway.port = -1;
        options.validate().unwrap();
        assert_eq!(options.cluster.name, "G");
        options.cluster.name = "C".into();
        assert_eq!(
            options.validate().unwrap_err(),
            "cluster name conflicts between cluster and gateway definitions"
        );
    }
}
