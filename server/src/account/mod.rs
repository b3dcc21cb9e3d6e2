//! Accounts: each has its own subjects, its own limits and its own counts.
//!
//! Answers to `accounts.go`. Lock order: the registry, then an account's inner
//! lock, then its subscriptions.

mod limits;
mod mapping;
mod registry;
mod stats;
mod subscription;

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::SystemTime;

pub use limits::AccountLimits;
pub use mapping::{MappingError, SubjectMappings};
pub use registry::{AccountError, Accounts};
pub use stats::{AccountStats, TrafficCounts};
pub use subscription::{Delivery, MessageHandler, Subscription, SubscriptionOptions};

use crate::config::options::AccountOptions;
use crate::subject::sublist::SharedSublist;

/// One account.
pub struct Account {
    name: String,
    subscriptions: SharedSublist<Arc<Subscription>>,
    stats: AccountStats,
    created: SystemTime,
    has_mappings: AtomicBool,
    mappings: RwLock<Arc<SubjectMappings>>,
    inner: Mutex<Inner>,
    /// Counts changes of mappings, so that readers can cache what they look up.
    mapping_generation: AtomicU64,
}

#[derive(Default)]
struct Inner {
    limits: AccountLimits,
    clients: HashSet<u64>,
    leafnodes: HashSet<u64>,
    ever_connected: bool,
}

impl Account {
    /// An account without limits, imports or exports.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            subscriptions: SharedSublist::with_cache(),
            stats: AccountStats::default(),
            created: SystemTime::now(),
            has_mappings: AtomicBool::new(false),
            mappings: RwLock::default(),
            inner: Mutex::default(),
            mapping_generation: AtomicU64::new(0),
        }
    }

    /// The account that `options` describe.
    ///
    /// # Errors
    ///
    /// [`MappingError`] for a subject mapping that can not be used.
    pub fn from_options(options: &AccountOptions) -> Result<Self, MappingError> {
        let account = Self::new(&options.name);
        account.lock().limits = AccountLimits::from_options(options);
        account.set_mappings(SubjectMappings::new(&options.mappings)?);
        Ok(account)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When the account was set up.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        self.created
    }

    /// Who wants which messages.
    #[must_use]
    pub fn subscriptions(&self) -> &SharedSublist<Arc<Subscription>> {
        &self.subscriptions
    }

    /// Traffic counts.
    #[must_use]
    pub fn stats(&self) -> &AccountStats {
        &self.stats
    }

    /// The account's limits.
    #[must_use]
    pub fn limits(&self) -> AccountLimits {
        self.lock().limits
    }

    /// Changes the account's limits. Clients that are too many now stay.
    pub fn set_limits(&self, options: &AccountOptions) {
        self.lock().limits = AccountLimits::from_options(options);
    }

    /// Whether messages of this account must be looked up in its mappings.
    #[must_use]
    #[inline]
    pub fn has_mappings(&self) -> bool {
        self.has_mappings.load(Ordering::Relaxed)
    }

    /// The subject mappings.
    #[must_use]
    pub fn mappings(&self) -> Arc<SubjectMappings> {
        Arc::clone(&self.mappings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the subject mappings.
    pub fn set_mappings(&self, mappings: SubjectMappings) {
        let present = !mappings.is_empty();
        *self
            .mappings
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(mappings);
        self.has_mappings.store(present, Ordering::Relaxed);
        self.mapping_generation.fetch_add(1, Ordering::Release);
    }

    /// Counts in a client connection. Returns false, and does not count it, if
    /// the account has all it may have.
    pub fn add_client(&self, id: u64) -> bool {
        let mut inner = self.lock();
        let full = inner
            .limits
            .max_connections
            .is_some_and(|max| inner.clients.len() as u64 >= max && !inner.clients.contains(&id));
        if !full {
            inner.clients.insert(id);
            inner.ever_connected = true;
        }
        !full
    }

    /// Counts out a client connection.
    pub fn remove_client(&self, id: u64) {
        self.lock().clients.remove(&id);
    }

    /// How many clients are connected.
    #[must_use]
    pub fn client_count(&self) -> usize {
        self.lock().clients.len()
    }

    /// Ids of the clients that are connected.
    #[must_use]
    pub fn client_ids(&self) -> Vec<u64> {
        self.lock().clients.iter().copied().collect()
    }

    /// How many leafnodes are connected.
    #[must_use]
    pub fn leafnode_count(&self) -> usize {
        self.lock().leafnodes.len()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
