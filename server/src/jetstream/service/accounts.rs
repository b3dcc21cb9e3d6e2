//! Which accounts have streams and whose requests are answered, at the start and
//! whenever the server's options change.

use std::sync::{Arc, PoisonError, Weak};

use super::recover::Recovery;
use super::start::{Service, ServiceError};
use crate::account::{Account, MappingError, SubjectMappings};
use crate::client::InternalSubscription;
use crate::config::options::{JetStreamAccountLimits, JetStreamTiers, MappingDestination};
use crate::jetstream::model::ApiError;
use crate::subject::is_subset_match;

/// An account whose requests are taken, as long as this is kept.
pub(super) struct Answered {
    account: Weak<Account>,
    _requests: InternalSubscription,
}

impl Answered {
    fn is(&self, account: &Arc<Account>) -> bool {
        std::ptr::eq(self.account.as_ptr(), Arc::as_ptr(account))
    }
}

impl Service {
    /// Gives accounts the limits that the server's options say, brings back the
    /// streams of those that may have them, and stops those of the others and of
    /// accounts that are gone (`configAllJetStreamAccounts`). Returns what could not
    /// be done.
    pub fn configure_accounts(&self) -> Vec<ServiceError> {
        let accounts = self.js.host().context.accounts().all();
        for known in self.js.accounts() {
            if !accounts
                .iter()
                .any(|left| Arc::ptr_eq(left, known.account()))
            {
                // Whoever else stopped it has done what there is to do.
                self.js.disable_account(known.account().name()).ok();
            }
        }
        self.answered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|known| accounts.iter().any(|account| known.is(account)));
        let mut errors = Vec::new();
        for account in &accounts {
            let enabled = self.configure(account);
            let answered = self.answer(account);
            errors.extend([enabled, answered].into_iter().filter_map(Result::err));
        }
        errors
    }

    /// Lets an account have streams or not (`configJetStream`).
    fn configure(&self, account: &Arc<Account>) -> Result<(), ServiceError> {
        if self.js.host().context.is_system_account(account) {
            return Ok(());
        }
        let name = account.name();
        match (self.js.account(name), self.configured_limits(account)) {
            (None, Some(limits)) => self.enable(account, limits),
            (Some(_), None) => refused(name, self.js.disable_account(name)),
            (Some(known), Some(limits)) if *known.usage().limits() != in_full(&limits) => {
                refused(name, self.js.update_limits(name, limits))
            }
            (Some(_), Some(_)) | (None, None) => Ok(()),
        }
    }

    /// What an account may use by the server's options; `None` if it may not have
    /// streams. Without accounts the global one may.
    fn configured_limits(&self, account: &Arc<Account>) -> Option<JetStreamTiers> {
        let context = &self.js.host().context;
        let options = context.options();
        let only_global = options
            .accounts
            .iter()
            .all(|account| account.name == options.system_account);
        let configured = options
            .accounts
            .iter()
            .find(|configured| configured.name == account.name())
            .and_then(|configured| configured.jetstream.clone());
        let is_global = Arc::ptr_eq(account, context.accounts().global());
        configured.or_else(|| (only_global && is_global).then(JetStreamTiers::new))
    }

    /// Lets an account have streams, and brings back those it had.
    fn enable(&self, account: &Arc<Account>, limits: JetStreamTiers) -> Result<(), ServiceError> {
        let assets = self.js.enable_account(account, limits)?;
        Recovery {
            host: self.js.host(),
            stores: &self.stores,
            account: &assets,
            name: account.name(),
        }
        .run();
        self.js.host().context.logger.debug(format_args!(
            "Enabled JetStream for account {:?}",
            account.name()
        ));
        Ok(())
    }

    /// Takes requests of an account and maps the domain there. One that may not have
    /// streams is told so, unless it asks another account
    /// (`enableJetStreamInfoServiceImportOnly`).
    fn answer(&self, account: &Arc<Account>) -> Result<(), ServiceError> {
        let asks_elsewhere = || {
            let imports = account.service_imports();
            imports
                .iter()
                .any(|import| is_subset_match(INFO, import.from()))
        };
        if self.js.account(account.name()).is_none() && asks_elsewhere() {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            answered.retain(|known| !known.is(account));
            return Ok(());
        }
        self.take_requests(account)?;
        let domain = &self.js.host().config.domain;
        if !domain.is_empty() && !self.js.host().context.is_system_account(account) {
            map_domain(account, domain)?;
        }
        Ok(())
    }

    fn take_requests(&self, account: &Arc<Account>) -> Result<(), ServiceError> {
        let api = self.api.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(api) = api.clone() else {
            // It stops.
            return Ok(());
        };
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if !answered.iter().any(|known| known.is(account)) {
            answered.push(Answered {
                account: Arc::downgrade(account),
                _requests: api.subscribe(account)?,
            });
        }
        Ok(())
    }
}

fn refused(name: &str, result: Result<(), ApiError>) -> Result<(), ServiceError> {
    result.map_err(|error| ServiceError::Limits(name.to_owned(), error))
}

/// No limits at all are written as such.
fn in_full(limits: &JetStreamTiers) -> JetStreamTiers {
    if limits.is_empty() {
        JetStreamTiers::from([(String::new(), JetStreamAccountLimits::UNLIMITED)])
    } else {
        limits.clone()
    }
}

const INFO: &str = "$JS.API.INFO";

/// Lets clients of the domain reach it by the domain's name
/// (`generateJSMappingTable`). What the account maps itself stays.
fn map_domain(account: &Account, domain: &str) -> Result<(), MappingError> {
    const TABLE: &[(&str, &str)] = &[
        ("INFO", "$JS.API.INFO"),
        ("STREAM.>", "$JS.API.STREAM.>"),
        ("CONSUMER.>", "$JS.API.CONSUMER.>"),
        ("DIRECT.>", "$JS.API.DIRECT.>"),
        ("META.>", "$JS.API.META.>"),
        ("SERVER.>", "$JS.API.SERVER.>"),
        ("ACCOUNT.>", "$JS.API.ACCOUNT.>"),
        ("$KV.>", "$KV.>"),
        ("$OBJ.>", "$OBJ.>"),
    ];
    let own = account.mappings();
    let mut mappings = SubjectMappings::default();
    for (source, destinations) in own.iter() {
        let destinations: Vec<MappingDestination> = destinations.collect();
        mappings.add(source, &destinations)?;
    }
    for (suffix, to) in TABLE {
        let source = format!("$JS.{domain}.API.{suffix}");
        if own.iter().any(|(known, _)| known == source) {
            continue;
        }
        let destination = MappingDestination {
            subject: (*to).to_owned(),
            weight: 100,
            cluster: String::new(),
        };
        mappings.add(&source, &[destination])?;
    }
    account.set_mappings(mappings);
    Ok(())
}
