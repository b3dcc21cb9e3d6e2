//! JetStream of a server: its accounts.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use thiserror::Error;

use super::account::AccountAssets;
use crate::account::Account;
use crate::config::options::{JetStreamAccountLimits, JetStreamTiers};
use crate::jetstream::host::Host;
use crate::jetstream::limits::UsageCounts;
use crate::jetstream::model::ApiError;

/// All accounts that have streams or may have.
#[derive(Debug)]
pub struct JetStream {
    host: Arc<Host>,
    accounts: RwLock<BTreeMap<String, Arc<AccountAssets>>>,
}

/// An account that can not have JetStream.
#[derive(Debug, Error)]
pub enum AccountNotEnabled {
    /// It is the servers' own.
    #[error("jetstream can not be enabled on the system account")]
    SystemAccount,
    /// There is not enough for it.
    #[error(transparent)]
    Resources(#[from] ApiError),
}

impl JetStream {
    /// JetStream without accounts.
    #[must_use]
    pub fn new(host: Arc<Host>) -> Self {
        Self {
            host,
            accounts: RwLock::default(),
        }
    }

    /// The server.
    #[must_use]
    pub const fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Lets an account have streams, within `limits`; without any, it is unlimited
    /// (`EnableJetStream` of an account).
    ///
    /// # Errors
    /// [`AccountNotEnabled`].
    pub fn enable_account(
        &self,
        account: &Arc<Account>,
        limits: JetStreamTiers,
    ) -> Result<Arc<AccountAssets>, AccountNotEnabled> {
        if self.host.context.is_system_account(account) {
            return Err(AccountNotEnabled::SystemAccount);
        }
        let limits = if limits.is_empty() {
            JetStreamTiers::from([(String::new(), JetStreamAccountLimits::UNLIMITED)])
        } else {
            limits
        };
        let mut accounts = self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = accounts.get(account.name()) {
            known.usage().set_limits(limits);
            return Ok(Arc::clone(known));
        }
        let others = accounts.values().fold((0i64, 0i64), |sum, other| {
            let (memory, store) = other.usage().limit_totals();
            (sum.0.saturating_add(memory), sum.1.saturating_add(store))
        });
        self.host.usage.check_account(&limits, others)?;
        let assets = AccountAssets::new(Arc::clone(&self.host), Arc::clone(account), limits);
        let assets = Arc::new(assets);
        accounts.insert(account.name().to_owned(), Arc::clone(&assets));
        Ok(assets)
    }

    /// Changes what an account may use; without limits, it is unlimited
    /// (`UpdateJetStreamLimits`).
    ///
    /// # Errors
    /// [`ApiError`] if the account may not have streams, or the server has not enough
    /// for what it is to have more.
    pub fn update_limits(&self, name: &str, limits: JetStreamTiers) -> Result<(), ApiError> {
        let account = self
            .account(name)
            .ok_or_else(ApiError::not_enabled_for_account)?;
        let limits = if limits.is_empty() {
            JetStreamTiers::from([(String::new(), JetStreamAccountLimits::UNLIMITED)])
        } else {
            limits
        };
        let mut more = JetStreamTiers::new();
        let old = account.usage().limits();
        for (tier, new) in &limits {
            let before = old.get(tier).copied().unwrap_or_default();
            let difference = JetStreamAccountLimits {
                max_memory: new.max_memory.saturating_sub(before.max_memory),
                max_store: new.max_store.saturating_sub(before.max_store),
                ..JetStreamAccountLimits::default()
            };
            more.insert(tier.clone(), difference);
        }
        self.host.usage.check_account(&more, self.limit_totals())?;
        account.usage().set_limits(limits);
        Ok(())
    }

    /// Stops all streams of an account; nothing is deleted (`DisableJetStream` of an
    /// account).
    ///
    /// # Errors
    /// [`ApiError::not_enabled_for_account`].
    pub fn disable_account(&self, name: &str) -> Result<(), ApiError> {
        let account = self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name)
            .ok_or_else(ApiError::not_enabled_for_account)?;
        account.stop();
        Ok(())
    }

    /// Memory and disk space that the limits of all accounts add up to.
    fn limit_totals(&self) -> (i64, i64) {
        self.accounts().iter().fold((0i64, 0i64), |sum, account| {
            let (memory, store) = account.usage().limit_totals();
            (sum.0.saturating_add(memory), sum.1.saturating_add(store))
        })
    }

    /// The account called `name`, if it may have streams.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<Arc<AccountAssets>> {
        self.accounts
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    /// All accounts that may have streams, by name.
    #[must_use]
    pub fn accounts(&self) -> Vec<Arc<AccountAssets>> {
        self.accounts
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// What all of them use.
    #[must_use]
    pub fn usage(&self) -> UsageCounts {
        self.host.usage.counts()
    }

    /// Stops all streams and consumers; nothing is deleted.
    pub fn stop(&self) {
        self.host.stop();
        for account in self.accounts() {
            account.stop();
        }
    }
}
