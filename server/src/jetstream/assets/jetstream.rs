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
