//! What a configuration that is read again changes (`diffOptions` in `reload.go`).
//!
//! Options are compared one by one. Those that can change while the server runs are
//! taken over; what is left different after that can not, and keeps the whole file from
//! being used.

use std::fmt::{Debug, Display};

use super::options::{AccountOptions, ClusterOptions, Options};
use crate::platform::go_duration;

/// What has to be done for a change, beyond using the new options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: whoever needs the option looks it up.
    Noted,
    /// The log has another destination or form.
    LogDestination,
    /// The log says more or less.
    LogLevel,
    /// Clients see another TLS.
    Tls,
    /// Clients may no longer be who they are.
    Authorization,
    /// Accounts have other limits, mappings or users.
    Accounts,
    /// Fewer clients may be connected.
    MaxConnections,
    /// Clients may send other sizes.
    Limits,
    /// The process id is told elsewhere.
    PidFile,
    /// The ports are told elsewhere.
    PortsFile,
    /// Clients are told another address.
    Advertise,
    /// JetStream is on or off.
    JetStream,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What has to be done.
    pub effect: Effect,
    /// What the log says of it.
    pub line: String,
}

/// Compares the options of a running server with new ones.
///
/// # Errors
///
/// What can not change while the server runs, in the words of the Go server.
pub fn diff(old: &Options, new: &Options) -> Result<Vec<Change>, String> {
    let mut diff = Diff {
        rest: old.clone(),
        changes: Vec::new(),
    };
    diff.logging(new);
    diff.tls(old, new);
    diff.users(new);
    diff.accounts(old, new)?;
    diff.limits(new);
    diff.jetstream(old, new)?;
    diff.others(new);
    diff.silent(new);
    unsupported(&diff.rest, new)?;
    Ok(diff.changes)
}

struct Diff {
    /// The old options, with those taken over that may change.
    rest: Options,
    changes: Vec<Change>,
}

impl Diff {
    /// Takes one option over and notes that it changed.
    fn take<T: PartialEq + Clone>(
        &mut self,
        new: &Options,
        option: impl Fn(&mut Options) -> &mut T,
        effect: Effect,
        line: impl FnOnce(&T) -> String,
    ) {
        let value = option(&mut new.clone()).clone();
        let kept = option(&mut self.rest);
        if *kept != value {
            let line = line(&value);
            *kept = value;
            self.changes.push(Change {
                effect,
                line: format!("Reloaded: {line}"),
            });
        }
    }

    fn show<T: PartialEq + Clone + Display>(
        &mut self,
        new: &Options,
        option: impl Fn(&mut Options) -> &mut T,
        effect: Effect,
        name: &str,
    ) {
        self.take(new, option, effect, |value| format!("{name} = {value}"));
    }

    fn logging(&mut self, new: &Options) {
        let (level, place) = (Effect::LogLevel, Effect::LogDestination);
        self.show(new, |o| &mut o.trace_verbose, level, "trace_verbose");
        self.show(new, |o| &mut o.trace_headers, level, "trace_headers");
        self.show(new, |o| &mut o.trace, level, "trace");
        self.show(new, |o| &mut o.debug, level, "debug");
        self.show(new, |o| &mut o.logtime, place, "logtime");
        self.show(new, |o| &mut o.logtime_utc, place, "logtime_utc");
        self.show(new, |o| &mut o.log_json, place, "log_json");
        self.show(new, |o| &mut o.log_file, place, "log_file");
        self.show(new, |o| &mut o.syslog, place, "syslog");
        self.show(new, |o| &mut o.remote_syslog, place, "remote_syslog");
    }

    /// JetStream can be turned on and off. While it is on, it stays where it is, with
    /// what it may use.
    fn jetstream(&mut self, old: &Options, new: &Options) -> Result<(), String> {
        let refuse = |what: &str| Err(format!("config reload not supported for jetstream {what}"));
        if old.jetstream {
            if new.store_dir != old.store_dir {
                match (new.store_dir.is_empty(), new.jetstream) {
                    (false, _) => return refuse("storage directory"),
                    (true, true) => return refuse("storage dir"),
                    (true, false) => {}
                }
            }
            let sizes = [
                (old.js.max_memory, new.js.max_memory),
                (old.js.max_store, new.js.max_store),
            ];
            for (old, size) in sizes.into_iter().filter(|(old, size)| old != size) {
                match (old == -1, size == -1) {
                    (true, _) => return refuse("dynamic max memory and store"),
                    (false, true) if new.jetstream => return refuse("max memory and max store"),
                    (false, true) => {}
                    (false, false) => return refuse("max memory and store"),
                }
            }
        }
        self.rest.store_dir.clone_from(&new.store_dir);
        self.rest.js.max_memory = new.js.max_memory;
        self.rest.js.max_store = new.js.max_store;
        self.take(
            new,
            |o| &mut o.jetstream,
            Effect::JetStream,
            |_| "JetStream".to_owned(),
        );
        Ok(())
    }

    fn tls(&mut self, old: &Options, new: &Options) {
        let noted = Effect::Noted;
        if let (Some(before), Some(after)) = (&old.tls, &new.tls) {
            let mut note = |line: String| {
                self.changes.push(Change {
                    effect: noted,
                    line: format!("Reloaded: {line}"),
                });
            };
            if before.timeout != after.timeout {
                note(format!("tls timeout = {}", after.timeout.as_secs_f64()));
            }
            if before.pinned_certs != after.pinned_certs {
                note(format!("{} pinned_certs", after.pinned_certs.len()));
            }
            if before.handshake_first != after.handshake_first {
                let first = after.handshake_first;
                note(format!("Client TLS handshake first: {first}"));
            }
            if before.handshake_first_fallback != after.handshake_first_fallback {
                let delay = after.handshake_first_fallback.unwrap_or_default();
                let delay = go_duration::format(delay);
                note(format!(
                    "Client TLS handshake first fallback delay: {delay}"
                ));
            }
        }
        // Files may have changed under the same names, so they are always read again.
        if old.tls.is_some() || new.tls.is_some() {
            let word = if new.tls.is_some() {
                "enabled"
            } else {
                "disabled"
            };
            self.changes.push(Change {
                effect: Effect::Tls,
                line: format!("Reloaded: tls = {word}"),
            });
        }
        let limit = |options: &Options| {
            let tls = options.tls.as_ref();
            tls.map(|tls| tls.connection_rate_limit)
        };
        // The rate is counted from the start of the server on.
        if limit(old).unwrap_or(0) == limit(new).unwrap_or(0) {
            self.rest.tls.clone_from(&new.tls);
        }
    }

    fn users(&mut self, new: &Options) {
        let auth = Effect::Authorization;
        let said = |text: &'static str| move |_: &_| text.to_owned();
        self.take(
            new,
            |o| &mut o.username,
            auth,
            said("authorization username"),
        );
        self.take(
            new,
            |o| &mut o.password,
            auth,
            said("authorization password"),
        );
        self.take(
            new,
            |o| &mut o.authorization,
            auth,
            said("authorization token"),
        );
        self.take(
            new,
            |o| &mut o.auth_timeout,
            auth,
            |timeout| format!("authorization timeout = {}", timeout.as_secs_f64()),
        );
        self.take(
            new,
            |o| &mut o.users,
            auth,
            |_| "authorization users".to_owned(),
        );
        self.take(
            new,
            |o| &mut o.nkeys,
            auth,
            |_| "authorization nkey users".to_owned(),
        );
        self.take(
            new,
            |o| &mut o.proxies,
            auth,
            |_| "proxies trusted keys".to_owned(),
        );
        // Whoever is let in without credentials can be left out, but not changed.
        let gone = &self.rest.no_auth_user;
        if new.no_auth_user.is_empty() && !new.users.iter().any(|user| user.username == *gone) {
            self.rest.no_auth_user.clear();
        }
        self.rest.auth_block_defined = new.auth_block_defined;
    }

    /// Accounts can come and go, and change what does not tie them to others.
    fn accounts(&mut self, old: &Options, new: &Options) -> Result<(), String> {
        if old.accounts == new.accounts && old.mappings == new.mappings {
            return Ok(());
        }
        let refuse = |account: &AccountOptions, what: &str| {
            let name = &account.name;
            Err(format!(
                "config reload not supported for Accounts: {name:?} {what}"
            ))
        };
        let tied = |account: &AccountOptions| fixed(account) != AccountOptions::default();
        for account in &old.accounts {
            match named(new, &account.name) {
                Some(other) if fixed(account) != fixed(other) => {
                    return refuse(account, "changed");
                }
                None if tied(account) => return refuse(account, "removed"),
                _ => {}
            }
        }
        for account in &new.accounts {
            if tied(account) && named(old, &account.name).is_none() {
                return refuse(account, "added");
            }
        }
        self.rest.accounts.clone_from(&new.accounts);
        self.rest.mappings.clone_from(&new.mappings);
        self.changes.push(Change {
            effect: Effect::Accounts,
            line: "Reloaded: accounts".to_owned(),
        });
        Ok(())
    }

    fn limits(&mut self, new: &Options) {
        let noted = Effect::Noted;
        let limits = Effect::Limits;
        self.show(
            new,
            |o| &mut o.max_connections,
            Effect::MaxConnections,
            "max_connections",
        );
        self.show(new, |o| &mut o.max_control_line, limits, "max_control_line");
        self.show(new, |o| &mut o.max_payload, limits, "max_payload");
        self.take(
            new,
            |o| &mut o.ping_interval,
            noted,
            |time| format!("ping_interval = {}", go_duration::format(*time)),
        );
        self.show(new, |o| &mut o.ping_max, noted, "ping_max");
        self.take(
            new,
            |o| &mut o.write_deadline,
            noted,
            |time| format!("write_deadline = {}", go_duration::format(*time)),
        );
        self.show(
            new,
            |o| &mut o.max_traced_msg_len,
            noted,
            "max_traced_msg_len",
        );
        self.take(
            new,
            |o| &mut o.no_fast_producer_stall,
            noted,
            |stall| {
                let not = if *stall { "not " } else { "" };
                format!("fast producers will {not}be stalled")
            },
        );
    }

    fn others(&mut self, new: &Options) {
        let noted = Effect::Noted;
        self.take(new, |o| &mut o.tags, noted, |_| "tags".to_owned());
        self.take(new, |o| &mut o.metadata, noted, |_| "metadata".to_owned());
        self.show(new, |o| &mut o.pid_file, Effect::PidFile, "pid_file");
        self.show(
            new,
            |o| &mut o.ports_file_dir,
            Effect::PortsFile,
            "ports_file_dir",
        );
        self.show(
            new,
            |o| &mut o.client_advertise,
            Effect::Advertise,
            "client_advertise",
        );
        self.show(
            new,
            |o| &mut o.connect_error_reports,
            noted,
            "connect_error_reports",
        );
        self.show(
            new,
            |o| &mut o.reconnect_error_reports,
            noted,
            "reconnect_error_reports",
        );
    }

    /// What changes with every file, or has no effect here.
    fn silent(&mut self, new: &Options) {
        let rest = &mut self.rest;
        rest.config_file.clone_from(&new.config_file);
        rest.config_digest.clone_from(&new.config_digest);
        rest.not_acted_on.clone_from(&new.not_acted_on);
        rest.warnings.clone_from(&new.warnings);
        rest.overrides.clone_from(&new.overrides);
        rest.check_config = new.check_config;
        rest.prof_block_rate = new.prof_block_rate;
        // Where a cluster listens can not change; the rest of it has no effect here.
        let (host, port) = (rest.cluster.host.clone(), rest.cluster.port);
        rest.cluster = ClusterOptions {
            host,
            port,
            ..new.cluster.clone()
        };
        rest.routes.clone_from(&new.routes);
        rest.routes_str.clone_from(&new.routes_str);
        rest.ocsp.clone_from(&new.ocsp);
        rest.ocsp_cache.clone_from(&new.ocsp_cache);
    }
}

fn named<'a>(options: &'a Options, name: &str) -> Option<&'a AccountOptions> {
    options.accounts.iter().find(|account| account.name == name)
}

/// What of an account can not change while clients are in it.
fn fixed(account: &AccountOptions) -> AccountOptions {
    AccountOptions {
        name: String::new(),
        nkey: String::new(),
        stream_exports: Vec::new(),
        service_exports: Vec::new(),
        stream_imports: Vec::new(),
        service_imports: Vec::new(),
        mappings: Vec::new(),
        default_permissions: None,
        max_connections: None,
        max_subscriptions: None,
        max_payload: None,
        max_leafnodes: None,
        jetstream: None,
        ..account.clone()
    }
}

/// Names the first option that differs although it may not.
fn unsupported(old: &Options, new: &Options) -> Result<(), String> {
    if old == new {
        return Ok(());
    }
    let cluster = (&old.cluster, &new.cluster);
    if cluster.0.host != cluster.1.host {
        return Err(format!(
            "config reload not supported for cluster host: old={}, new={}",
            cluster.0.host, cluster.1.host
        ));
    }
    if cluster.0.port != cluster.1.port {
        return Err(format!(
            "config reload not supported for cluster port: old={}, new={}",
            cluster.0.port, cluster.1.port
        ));
    }
    same("ServerName", &old.server_name, &new.server_name)?;
    same("Host", &old.host, &new.host)?;
    same("Port", &old.port, &new.port)?;
    same("DontListen", &old.dont_listen, &new.dont_listen)?;
    same(
        "NoSublistCache",
        &old.no_sublist_cache,
        &new.no_sublist_cache,
    )?;
    same(
        "NoHeaderSupport",
        &old.no_header_support,
        &new.no_header_support,
    )?;
    same("MaxSubs", &old.max_subscriptions, &new.max_subscriptions)?;
    same(
        "MaxSubTokens",
        &old.max_subscription_tokens,
        &new.max_subscription_tokens,
    )?;
    same("NoAuthUser", &old.no_auth_user, &new.no_auth_user)?;
    same("SystemAccount", &old.system_account, &new.system_account)?;
    same(
        "NoSystemAccount",
        &old.no_system_account,
        &new.no_system_account,
    )?;
    same("ProxyRequired", &old.proxy_required, &new.proxy_required)?;
    same("ProxyProtocol", &old.proxy_protocol, &new.proxy_protocol)?;
    same("HTTPHost", &old.http_host, &new.http_host)?;
    same("HTTPPort", &old.http_port, &new.http_port)?;
    same("HTTPBasePath", &old.http_base_path, &new.http_base_path)?;
    same("HTTPSPort", &old.https_port, &new.https_port)?;
    same("MaxPending", &old.max_pending, &new.max_pending)?;
    same("ProfPort", &old.prof_port, &new.prof_port)?;
    same("LogSizeLimit", &old.log_size_limit, &new.log_size_limit)?;
    same("LogMaxFiles", &old.log_max_files, &new.log_max_files)?;
    let rate = |options: &Options| {
        options
            .tls
            .as_ref()
            .map_or(0, |tls| tls.connection_rate_limit)
    };
    same("TLSRateLimit", &rate(old), &rate(new))?;
    same("AllowNonTLS", &old.allow_non_tls, &new.allow_non_tls)?;
    same(
        "MaxClosedClients",
        &old.max_closed_clients,
        &new.max_closed_clients,
    )?;
    let times = (old.lame_duck_duration, new.lame_duck_duration);
    same("LameDuckDuration", &times.0, &times.1)?;
    let times = (old.lame_duck_grace_period, new.lame_duck_grace_period);
    same("LameDuckGracePeriod", &times.0, &times.1)?;
    // The others are blocks, which can hold passwords and are not shown.
    let block = if old.gateway != new.gateway {
        "Gateway"
    } else if old.leafnode != new.leafnode {
        "LeafNode"
    } else if old.websocket != new.websocket {
        "Websocket"
    } else if old.mqtt != new.mqtt {
        "MQTT"
    } else if old.js.limits != new.js.limits {
        "JetStreamLimits"
    } else if old.js.domain != new.js.domain {
        "JetStreamDomain"
    } else if old.js != new.js {
        "JetStream"
    } else if old.operator != new.operator {
        "TrustedOperators"
    } else if old.auth_callout != new.auth_callout {
        "AuthCallout"
    } else if old.write_timeout != new.write_timeout {
        "WriteTimeout"
    } else {
        "an option of this server"
    };
    Err(format!("config reload not supported for {block}"))
}

fn same<T: PartialEq + Debug>(name: &str, old: &T, new: &T) -> Result<(), String> {
    if old == new {
        return Ok(());
    }
    let shown = |value: &T| format!("{value:?}").trim_matches('"').to_owned();
    Err(format!(
        "config reload not supported for {name}: old={}, new={}",
        shown(old),
        shown(new)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::options::{SubjectMappingOptions, TlsOptions, User};
    use std::time::Duration;

    fn changes(change: impl FnOnce(&mut Options)) -> Result<Vec<String>, String> {
        let mut new = Options::default();
        change(&mut new);
        let changes = diff(&Options::default(), &new)?;
        Ok(changes.into_iter().map(|change| change.line).collect())
    }

    #[test]
    fn changes_are_named_as_in_go() {
        assert_eq!(changes(|_| {}), Ok(Vec::new()));
        for (change, line) in [
            (
                (|o| o.debug = true) as fn(&mut Options),
                "Reloaded: debug = true",
            ),
            (
                |o| o.ping_interval = Duration::from_secs(5),
                "Reloaded: ping_interval = 5s",
            ),
            (|o| o.max_payload = 1024, "Reloaded: max_payload = 1024"),
            (
                |o| o.max_traced_msg_len = 7,
                "Reloaded: max_traced_msg_len = 7",
            ),
            (|o| o.tags.push("t".into()), "Reloaded: tags"),
            (
                |o| o.auth_timeout = Duration::from_millis(1500),
                "Reloaded: authorization timeout = 1.5",
            ),
            (|o| o.trace_headers = true, "Reloaded: trace_headers = true"),
            (
                |o| o.users.push(User::default()),
                "Reloaded: authorization users",
            ),
            (
                |o| o.tls = Some(TlsOptions::default()),
                "Reloaded: tls = enabled",
            ),
            (
                |o| {
                    o.mappings.push(SubjectMappingOptions {
                        source: "a".into(),
                        destinations: Vec::new(),
                    });
                },
                "Reloaded: accounts",
            ),
            (
                |o| o.no_fast_producer_stall = true,
                "Reloaded: fast producers will not be stalled",
            ),
        ] {
            assert_eq!(changes(change), Ok(vec![line.to_owned()]));
        }
    }

    #[test]
    fn changes_of_tls_are_named() {
        let with = |tls: TlsOptions| Options {
            tls: Some(tls),
            ..Options::default()
        };
        let new = with(TlsOptions {
            timeout: Duration::from_secs(5),
            pinned_certs: ["a".to_owned()].into(),
            handshake_first: true,
            handshake_first_fallback: Some(Duration::from_millis(20)),
            ..TlsOptions::default()
        });
        let changes = diff(&with(TlsOptions::default()), &new).unwrap();
        let lines: Vec<&str> = changes.iter().map(|change| &*change.line).collect();
        assert_eq!(
            lines,
            [
                "Reloaded: tls timeout = 5",
                "Reloaded: 1 pinned_certs",
                "Reloaded: Client TLS handshake first: true",
                "Reloaded: Client TLS handshake first fallback delay: 20ms",
                "Reloaded: tls = enabled",
            ]
        );
        let changes = diff(&new, &Options::default()).unwrap();
        assert_eq!(changes[0].line, "Reloaded: tls = disabled");
        let limited = with(TlsOptions {
            connection_rate_limit: 3,
            ..TlsOptions::default()
        });
        assert_eq!(
            diff(&with(TlsOptions::default()), &limited).unwrap_err(),
            "config reload not supported for TLSRateLimit: old=0, new=3"
        );
    }

    #[test]
    fn what_can_not_change_is_named() {
        for (change, want) in [
            (
                (|o| o.port = 5) as fn(&mut Options),
                "config reload not supported for Port: old=4222, new=5",
            ),
            (
                |o| o.cluster.host = "a".into(),
                "config reload not supported for cluster host: old=, new=a",
            ),
            (
                |o| o.max_subscriptions = 1,
                "config reload not supported for MaxSubs: old=0, new=1",
            ),
            (
                |o| o.gateway.password = "secret".into(),
                "config reload not supported for Gateway",
            ),
            (
                |o| o.js.domain = "hub".into(),
                "config reload not supported for JetStreamDomain",
            ),
            (
                |o| o.js.limits.max_batch_size = 7,
                "config reload not supported for JetStreamLimits",
            ),
        ] {
            assert_eq!(changes(change).unwrap_err(), want);
        }
    }

    #[test]
    fn jetstream_goes_on_and_off_but_does_not_move() {
        let on = |change: fn(&mut Options)| {
            let mut options = Options {
                jetstream: true,
                store_dir: "a".to_owned(),
                ..Options::default()
            };
            options.js.max_store = 5;
            change(&mut options);
            options
        };
        let off = Options::default();
        assert_eq!(
            diff(&off, &on(|_| {})).unwrap()[0].effect,
            Effect::JetStream
        );
        assert_eq!(
            diff(&on(|_| {}), &off).unwrap()[0].effect,
            Effect::JetStream
        );
        for (change, what) in [
            (
                (|o| o.store_dir = "b".to_owned()) as fn(&mut Options),
                "storage directory",
            ),
            (|o| o.store_dir.clear(), "storage dir"),
            (|o| o.js.max_store = 6, "max memory and store"),
            (|o| o.js.max_store = -1, "max memory and max store"),
            (|o| o.js.max_memory = 6, "dynamic max memory and store"),
        ] {
            let error = diff(&on(|_| {}), &on(change)).unwrap_err();
            assert_eq!(
                error,
                format!("config reload not supported for jetstream {what}")
            );
        }
    }

    #[test]
    fn accounts_can_come_and_go() {
        let named = |name: &str| AccountOptions {
            name: name.into(),
            ..AccountOptions::default()
        };
        let with = |accounts: &[AccountOptions]| Options {
            accounts: accounts.to_vec(),
            ..Options::default()
        };
        let one = with(&[named("A")]);
        let two = with(&[named("A"), named("B")]);
        assert_eq!(diff(&one, &two).unwrap()[0].effect, Effect::Accounts);
        assert_eq!(diff(&two, &one).unwrap()[0].effect, Effect::Accounts);
        let limited = AccountOptions {
            max_payload: Some(1),
            ..named("A")
        };
        assert!(diff(&one, &with(&[limited])).is_ok());
        let storing = AccountOptions {
            jetstream: Some(Default::default()),
            ..named("A")
        };
        assert!(diff(&one, &with(&[storing])).is_ok());
        let sharing = AccountOptions {
            stream_exports: vec![Default::default()],
            ..named("A")
        };
        assert!(diff(&one, &with(&[sharing])).is_ok());
        let traced = AccountOptions {
            trace_destination: "traces".to_owned(),
            ..named("A")
        };
        let error = diff(&one, &with(std::slice::from_ref(&traced))).unwrap_err();
        assert!(error.ends_with("\"A\" changed"), "{error}");
        let error = diff(&with(&[]), &with(std::slice::from_ref(&traced))).unwrap_err();
        assert!(error.ends_with("\"A\" added"), "{error}");
        let error = diff(&with(&[traced]), &with(&[])).unwrap_err();
        assert_eq!(
            error,
            "config reload not supported for Accounts: \"A\" removed"
        );
    }
}
