//! All accounts of a server.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use thiserror::Error;

use super::host::AccountHost;
use super::mapping::MappingError;
use super::{Account, ExportError, ImportError};
use crate::config::Options;
use crate::protocol::constants::{DEFAULT_GLOBAL_ACCOUNT, DEFAULT_SYSTEM_ACCOUNT};

/// Accounts that can not be set up.
#[derive(Debug, Error)]
pub enum AccountError {
    /// Two accounts of one name.
    #[error("account exists")]
    Exists,
    /// An account that nobody configured.
    #[error("account missing")]
    Missing,
    /// A subject mapping that can not be used.
    #[error("account {account:?}: {source}")]
    Mapping {
        /// The account.
        account: String,
        /// What is wrong.
        source: MappingError,
    },
    /// An import or export that names an account that does not exist.
    #[error("{account:?} account not defined for {what}")]
    Undefined {
        /// The account that does not exist.
        account: String,
        /// Who names it.
        what: String,
    },
    /// An export that can not be made.
    #[error("Error adding {what}: {source}")]
    Export {
        /// Which.
        what: String,
        /// What is wrong.
        source: ExportError,
    },
    /// An import that can not be made.
    #[error("Error adding {what}: {source}")]
    Import {
        /// Which.
        what: String,
        /// What is wrong.
        source: ImportError,
    },
}

/// The accounts of a server by name, with the global and the system account.
pub struct Accounts {
    all: RwLock<BTreeMap<String, Arc<Account>>>,
    global: Arc<Account>,
    system: RwLock<Option<Arc<Account>>>,
    host: OnceLock<Arc<dyn AccountHost>>,
    /// Whether the accounts' sublists keep what they found.
    sublist_cache: bool,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("all", &self.all)
            .finish_non_exhaustive()
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Accounts {
    fn new(sublist_cache: bool) -> Self {
        let mut global = Account::new(DEFAULT_GLOBAL_ACCOUNT);
        if !sublist_cache {
            global.disable_sublist_cache();
        }
        let global = Arc::new(global);
        let all = BTreeMap::from([(DEFAULT_GLOBAL_ACCOUNT.to_owned(), Arc::clone(&global))]);
        Self {
            all: RwLock::new(all),
            global,
            system: RwLock::new(None),
            host: OnceLock::new(),
            sublist_cache,
        }
    }

    /// Sets up configured accounts, and a system account if none is named and none is
    /// declined.
    ///
    /// # Errors
    ///
    /// [`AccountError`] for a name that is used twice, a mapping, an export or an
    /// import that can not be used, or a system account that does not exist.
    pub fn configure(options: &Options) -> Result<Self, AccountError> {
        let accounts = Self::new(!options.no_sublist_cache);
        let system = &options.system_account;
        for options in &options.accounts {
            let account =
                Account::from_options(options).map_err(|source| AccountError::Mapping {
                    account: options.name.clone(),
                    source,
                })?;
            accounts.add(account)?;
        }
        if !system.is_empty() {
            accounts.set_system(accounts.lookup(system).ok_or(AccountError::Missing)?);
        } else if !options.no_system_account || accounts.lookup(DEFAULT_SYSTEM_ACCOUNT).is_some() {
            let account = match accounts.lookup(DEFAULT_SYSTEM_ACCOUNT) {
                Some(account) => account,
                None => accounts.add(Account::new(DEFAULT_SYSTEM_ACCOUNT))?,
            };
            accounts.set_system(account);
        }
        accounts.connect(&options.accounts, accounts.system().is_some())?;
        Ok(accounts)
    }

    /// Names the server that the accounts belong to, also for those that are added
    /// later. Only the first call counts.
    pub fn set_host(&self, host: &Arc<dyn AccountHost>) {
        let _ = self.host.set(Arc::clone(host));
        for account in self.all() {
            account.set_host(Arc::clone(host));
        }
    }

    /// Makes an account without limits (`RegisterAccount`).
    ///
    /// # Errors
    ///
    /// [`AccountError::Exists`] if there is one of that name.
    pub fn register(&self, name: &str) -> Result<Arc<Account>, AccountError> {
        self.add(Account::new(name))
    }

    /// Adds an account.
    ///
    /// # Errors
    ///
    /// [`AccountError::Exists`] if there is one of that name.
    pub fn add(&self, mut account: Account) -> Result<Arc<Account>, AccountError> {
        if !self.sublist_cache {
            account.disable_sublist_cache();
        }
        if let Some(host) = self.host.get() {
            account.set_host(Arc::clone(host));
        }
        let account = Arc::new(account);
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        if all.contains_key(account.name()) {
            return Err(AccountError::Exists);
        }
        all.insert(account.name().to_owned(), Arc::clone(&account));
        Ok(account)
    }

    /// Forgets an account. Its clients keep it until they are closed.
    pub fn remove(&self, name: &str) -> Option<Arc<Account>> {
        self.all
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name)
    }

    /// The account called `name`.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<Arc<Account>> {
        self.all
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    /// The account of clients that belong to no other.
    #[must_use]
    pub fn global(&self) -> &Arc<Account> {
        &self.global
    }

    /// The system account.
    #[must_use]
    pub fn system(&self) -> Option<Arc<Account>> {
        self.system
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_system(&self, account: Arc<Account>) {
        *self.system.write().unwrap_or_else(PoisonError::into_inner) = Some(account);
    }

    /// All accounts, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Account>> {
        self.all
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::options::AccountOptions;

    #[test]
    fn names_are_unique_and_the_special_accounts_exist() {
        let configured = |names: &[&str], system: &str| {
            Accounts::configure(&Options {
                accounts: names.iter().map(|name| named(name)).collect(),
                system_account: system.to_owned(),
                ..Options::default()
            })
        };
        let accounts = configured(&["A", "B"], "B").unwrap();
        assert_eq!(accounts.system().unwrap().name(), "B");
        let names: Vec<String> = accounts
            .all()
            .iter()
            .map(|account| account.name().to_owned())
            .collect();
        assert_eq!(names, ["$G", "A", "B"]);
        assert!(matches!(
            configured(&["A", "A"], ""),
            Err(AccountError::Exists)
        ));
        assert!(matches!(
            configured(&[], "nope"),
            Err(AccountError::Missing)
        ));
        let plain = configured(&[], "").unwrap();
        assert_eq!(plain.system().unwrap().name(), "$SYS");
        let without = Accounts::configure(&Options {
            no_system_account: true,
            ..Options::default()
        });
        assert!(without.unwrap().system().is_none());
    }

    fn named(name: &str) -> AccountOptions {
        AccountOptions {
            name: name.to_owned(),
            ..AccountOptions::default()
        }
    }
}
