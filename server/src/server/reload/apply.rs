//! Using new options (`applyOptions`).

use std::sync::Arc;

use rustls::ServerConfig;

use super::super::connect_urls::advertised;
use super::super::{Server, ServerError, log, ports};
use crate::account::{Account, AccountError, AccountLimits, Accounts, SubjectMappings};
use crate::auth::AuthTable;
use crate::config::Options;
use crate::config::diff::{Change, Effect};
use crate::conn::tls::server_config;
use crate::monitor;
use crate::protocol::ClosedState;

/// What is made from new options before they are used.
pub(super) struct Prepared {
    /// `None` where TLS stays as it is.
    tls: Option<Option<Arc<ServerConfig>>>,
    /// The same TLS for the monitoring port, if there is any.
    monitoring_tls: Option<Arc<ServerConfig>>,
    accounts: Option<PreparedAccounts>,
    /// Host and port to tell clients, where they change.
    advertise: Option<(String, u16)>,
}

struct PreparedAccounts {
    added: Vec<Account>,
    /// Mappings of accounts that are there already, by name.
    mappings: Vec<(String, SubjectMappings)>,
    /// Names of accounts that are no longer configured.
    removed: Vec<String>,
    /// Accounts as the new options describe them, for what they exchange.
    model: Accounts,
}

impl Prepared {
    /// Makes everything that can fail to be made.
    pub(super) fn new(
        server: &Server,
        changes: &[Change],
        new: &Options,
    ) -> Result<Self, ServerError> {
        let has = |effect| changes.iter().any(|change| change.effect == effect);
        let tls = if has(Effect::Tls) {
            Some(new.tls.as_ref().map(server_config).transpose()?)
        } else {
            None
        };
        let monitoring_tls = new.tls.as_ref().filter(|_| has(Effect::Tls));
        let monitoring_tls = monitoring_tls.map(monitor::monitoring_tls).transpose()?;
        let accounts = if has(Effect::Accounts) {
            Some(PreparedAccounts::new(server, new)?)
        } else {
            None
        };
        let advertise = if has(Effect::Advertise) {
            let port = server.client_port();
            let told = advertised(new, port).map_err(|source| ServerError::Advertise {
                value: new.client_advertise.clone(),
                source,
            })?;
            Some(told.unwrap_or_else(|| (new.host.clone(), port)))
        } else {
            None
        };
        Ok(Self {
            tls,
            monitoring_tls,
            accounts,
            advertise,
        })
    }

    /// Uses the new options and says what changed.
    pub(super) fn apply(self, server: &Server, old: &Options, new: Options, changes: &[Change]) {
        let context = server.context();
        let new = Arc::new(new);
        context.set_options(Arc::clone(&new));
        if let Some(accounts) = self.accounts {
            accounts.apply(server, old, &new);
            server.reload_jetstream_accounts();
        }
        if let Some(tls) = self.tls {
            server.set_tls(tls);
        }
        if let Some(tls) = self.monitoring_tls {
            server.set_monitoring_tls(tls);
        }
        let has = |effect| changes.iter().any(|change| change.effect == effect);
        if has(Effect::LogDestination) {
            if let Err(error) = log::configure(context) {
                context.logger.error(format_args!("{error}"));
            }
        } else if has(Effect::LogLevel) {
            let logger = &context.logger;
            logger.configure(logger.sink(), new.debug, new.trace, new.trace_verbose);
        }
        if has(Effect::PidFile)
            && let Err(error) = ports::write_pid_file(&new)
        {
            context.logger.error(format_args!("{error}"));
        }
        if has(Effect::PortsFile) {
            server.move_ports_file();
        }
        for change in changes {
            context.logger.notice(format_args!("{}", change.line));
        }
        // Users may depend on TLS, accounts and permissions.
        context.set_auth(AuthTable::new(&new));
        tell(server, &new, self.advertise);
        for client in context.clients() {
            client.note_new_options();
            client.check_again();
        }
        if has(Effect::MaxConnections) {
            close_surplus(server, new.max_connections);
        }
        recheck_pinned_certificates(server, old, &new);
        if has(Effect::JetStream) {
            switch_jetstream(server, &new);
        }
    }
}

/// Turns JetStream on or off.
fn switch_jetstream(server: &Server, new: &Options) {
    if !new.jetstream {
        server.disable_jetstream();
    } else if server.jetstream_service().is_none()
        && let Err(error) = server.enable_jetstream()
    {
        let logger = &server.context().logger;
        logger.warn(format_args!("Can't start JetStream: {error}"));
    }
}

impl PreparedAccounts {
    fn new(server: &Server, new: &Options) -> Result<Self, ServerError> {
        let mapped = |name: &str, mappings| {
            SubjectMappings::new(mappings).map_err(|source| AccountError::Mapping {
                account: name.to_owned(),
                source,
            })
        };
        let (mut added, mut mappings) = (Vec::new(), Vec::new());
        for options in &new.accounts {
            let name = &options.name;
            if server.lookup_account(name).is_some() {
                mappings.push((name.clone(), mapped(name, &options.mappings)?));
            } else {
                let account =
                    Account::from_options(options).map_err(|source| AccountError::Mapping {
                        account: name.clone(),
                        source,
                    })?;
                added.push(account);
            }
        }
        let global = server.context().accounts().global().name().to_owned();
        let own = mapped(&global, &new.mappings)?;
        mappings.push((global, own));
        let removed = server
            .options()
            .accounts
            .iter()
            .map(|account| account.name.clone())
            .filter(|name| !new.accounts.iter().any(|account| account.name == *name))
            .collect();
        let model = Accounts::configure(new)?;
        Ok(Self {
            added,
            mappings,
            removed,
            model,
        })
    }

    fn apply(self, server: &Server, old: &Options, new: &Options) {
        let accounts = server.context().accounts();
        for (name, mappings) in self.mappings {
            let Some(account) = accounts.lookup(&name) else {
                continue;
            };
            account.set_mappings(mappings);
            if let Some(options) = new.accounts.iter().find(|options| options.name == name) {
                account.set_limits(AccountLimits::from_options(options));
            }
        }
        for name in self.removed {
            accounts.remove(&name);
        }
        for account in self.added {
            let name = account.name().to_owned();
            if let Err(error) = accounts.add(account) {
                let logger = &server.context().logger;
                logger.error(format_args!("account {name:?}: {error}"));
            }
        }
        let changed = accounts.adopt(&old.accounts, &new.accounts, &self.model);
        let changed = changed.unwrap_or_else(|error| {
            server.context().logger.error(format_args!("{error}"));
            Vec::new()
        });
        for account in changed {
            server.context().renew_internal_shadows(&account);
            for id in account.client_ids() {
                if let Some(client) = server.context().client(id) {
                    client.renew_shadows();
                }
            }
        }
    }
}

/// Changes what the server says of itself.
fn tell(server: &Server, new: &Options, advertise: Option<(String, u16)>) {
    let context = server.context();
    let required = context.auth().is_required();
    let tls = new.tls.as_ref();
    context.update_info(|info| {
        info.auth_required = required;
        info.tls_required = tls.is_some() && !new.allow_non_tls;
        info.tls_verify = tls.is_some_and(|tls| tls.verify || tls.verify_and_map);
        info.tls_available = tls.is_some() && new.allow_non_tls;
        info.max_payload = i64::try_from(new.max_payload).unwrap_or(-1);
        if let Some((host, port)) = advertise {
            info.host = host;
            info.port = port;
        }
    });
}

/// Closes connections that are too many now.
fn close_surplus(server: &Server, max: usize) {
    let context = server.context();
    let clients = context.clients();
    let surplus = clients.len().saturating_sub(max);
    if surplus == 0 {
        return;
    }
    for client in clients.iter().take(surplus) {
        client.refuse(
            "maximum connections exceeded",
            ClosedState::MaxConnectionsExceeded,
        );
    }
    context.logger.notice(format_args!(
        "Closed {surplus} connections to fall within max_connections"
    ));
}

/// Closes connections whose certificate is no longer pinned (`recheckPinnedCerts`).
fn recheck_pinned_certificates(server: &Server, old: &Options, new: &Options) {
    let (Some(before), Some(after)) = (&old.tls, &new.tls) else {
        return;
    };
    if before.pinned_certs == after.pinned_certs || after.pinned_certs.is_empty() {
        return;
    }
    let unpinned: Vec<_> = server
        .context()
        .clients()
        .into_iter()
        .filter(|client| !client.is_pinned(&after.pinned_certs))
        .collect();
    if unpinned.is_empty() {
        return;
    }
    let count = unpinned.len();
    server.context().logger.notice(format_args!(
        "Disconnect {count} clients due to pinned certs reload"
    ));
    for client in unpinned {
        client.close(ClosedState::TlsHandshakeError);
    }
}
