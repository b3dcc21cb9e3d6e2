//! Which accounts have JetStream, at the start and after a reload
//! (`configAllJetStreamAccounts`).

use std::sync::{Arc, PoisonError};

use super::recover::Recovery;
use super::start::{Service, ServiceError};
use crate::account::{Account, MappingError, SubjectMappings};
use crate::config::options::{JetStreamTiers, MappingDestination};
use crate::jetstream::assets::AccountNotEnabled;
use crate::subject::is_subset_match;

const INFO: &str = "$JS.API.INFO";

impl Service {
    /// Enables the accounts that may have streams: those that say so, or without
    /// accounts the global one. Those that have them already get their limits; those
    /// that may have none any more lose them, without anything being deleted.
    ///
    /// # Errors
    /// [`ServiceError`] for the first account that can not be served as configured.
    pub fn apply_accounts(&self) -> Result<(), ServiceError> {
        let context = &self.js.host().context;
        let accounts = context.accounts().all();
        for account in &accounts {
            if context.is_system_account(account) {
                self.take_requests(account)?;
                continue;
            }
            match self.limits_of(account) {
                Some(limits) => self.enable(account, limits)?,
                None => self.disable(account.name()),
            }
            self.answer(account)?;
        }
        for gone in self.js.accounts() {
            let name = gone.account().name();
            if !accounts.iter().any(|account| account.name() == name) {
                self.disable(name);
            }
        }
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|name, _| accounts.iter().any(|account| account.name() == name));
        Ok(())
    }

    /// What an account may use, if it may have streams.
    fn limits_of(&self, account: &Arc<Account>) -> Option<JetStreamTiers> {
        let context = &self.js.host().context;
        let options = context.options();
        let configured = options
            .accounts
            .iter()
            .find(|configured| configured.name == account.name());
        if let Some(limits) = configured.and_then(|configured| configured.jetstream.clone()) {
            return Some(limits);
        }
        let only_global = options
            .accounts
            .iter()
            .all(|account| account.name == options.system_account);
        let is_global = Arc::ptr_eq(account, context.accounts().global());
        (only_global && is_global).then(JetStreamTiers::new)
    }

    fn enable(&self, account: &Arc<Account>, limits: JetStreamTiers) -> Result<(), ServiceError> {
        let name = account.name();
        if self.js.account(name).is_some() {
            let updated = self.js.update_limits(name, limits);
            return Ok(updated.map_err(AccountNotEnabled::from)?);
        }
        let assets = self.js.enable_account(account, limits)?;
        Recovery {
            host: self.js.host(),
            stores: &self.stores,
            account: &assets,
            name,
        }
        .run();
        let logger = &self.js.host().context.logger;
        logger.debug(format_args!("Enabled JetStream for account {name:?}"));
        Ok(())
    }

    fn disable(&self, name: &str) {
        // It is no mistake if it had none.
        if self.js.disable_account(name).is_ok() {
            let logger = &self.js.host().context.logger;
            logger.debug(format_args!("Disabled JetStream for account {name:?}"));
        }
    }

    /// Takes requests of an account; one that may not have streams is told so, unless
    /// it asks another account.
    fn answer(&self, account: &Arc<Account>) -> Result<(), ServiceError> {
        let asks_elsewhere = || {
            let imports = account.service_imports();
            imports
                .iter()
                .any(|import| is_subset_match(INFO, import.from()))
        };
        if self.js.account(account.name()).is_none() && asks_elsewhere() {
            self.subscriptions
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(account.name());
            return Ok(());
        }
        self.take_requests(account)?;
        let domain = &self.js.host().config.domain;
        if !domain.is_empty() {
            map_domain(account, domain)?;
        }
        Ok(())
    }

    fn take_requests(&self, account: &Arc<Account>) -> Result<(), ServiceError> {
        let api = self.api.lock().unwrap_or_else(PoisonError::into_inner);
        let mut subscriptions = self
            .subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(api) = &*api
            && !subscriptions.contains_key(account.name())
        {
            let subscription = api.subscribe(account)?;
            subscriptions.insert(account.name().to_owned(), subscription);
        }
        Ok(())
    }
}

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
