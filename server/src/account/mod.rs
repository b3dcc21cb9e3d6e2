//! Accounts: each has its own subjects, its own limits and its own counts.
//!
//! Answers to `accounts.go`. Lock order: the registry, then an account's inner
//! lock, its exports or its imports, then its subscriptions. What it owes and is
//! owed (`responses`) stands beside these; no two accounts are locked at once.

mod client_info;
mod configure;
mod error;
#[cfg(test)]
mod exchange_tests;
mod exports;
mod host;
mod imports;
mod latency;
mod limits;
mod mapping;
mod registry;
mod responses;
mod rfc3339;
mod sampling;
mod stats;
mod subscription;

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::SystemTime;

pub use client_info::{CLIENT_INFO_HEADER, ClientInfo};
pub use error::{ExportError, ImportError};
pub use exports::{ExportAuth, ServiceExport};
pub use host::{AccountHost, Requestor, Task};
pub use imports::{ServiceImport, StreamImport};
pub use latency::{SERVICE_LATENCY_TYPE, ServiceLatency};
pub use limits::AccountLimits;
pub use mapping::{MappingError, SubjectMappings};
pub use registry::{AccountError, Accounts};
pub use responses::{Expected, PendingResponse, SERVICE_REPLY_PREFIX, Tracking};
pub use sampling::{Headers, sample};
pub use stats::{AccountStats, TrafficCounts};
pub use subscription::{
    Delivery, MessageHandler, Role, Subscription, SubscriptionDetails, SubscriptionOptions,
};

use self::exports::Exports;
use self::imports::Imports;
use self::responses::Responses;
use crate::config::options::{AccountOptions, MappingDestination};
use crate::conn::{Kind, Link};
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
    /// Different for every account of the process.
    id: u64,
    host: OnceLock<Arc<dyn AccountHost>>,
    exports: RwLock<Exports>,
    imports: RwLock<Imports>,
    /// Whether subscriptions must be looked up in the stream imports.
    has_stream_imports: AtomicBool,
    responses: Responses,
    /// Stands for the account itself in subscriptions that imports need.
    internal: OnceLock<Arc<Link>>,
}

/// The id of the next account.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

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
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            host: OnceLock::new(),
            exports: RwLock::default(),
            imports: RwLock::default(),
            has_stream_imports: AtomicBool::new(false),
            responses: Responses::default(),
            internal: OnceLock::new(),
        }
    }

    /// The account that `options` describe, without its imports and exports, which
    /// need the other accounts.
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

    /// Looks up anew who wants a subject, however often that was asked. For an account
    /// without subscriptions.
    fn disable_sublist_cache(&mut self) {
        self.subscriptions = SharedSublist::without_cache();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn imports(&self) -> RwLockReadGuard<'_, Imports> {
        self.imports.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn imports_mut(&self) -> RwLockWriteGuard<'_, Imports> {
        self.imports.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn internal_link(&self) -> &Arc<Link> {
        self.internal
            .get_or_init(|| Arc::new(Link::new(0, Kind::Account, u64::MAX)))
    }

    fn host(&self) -> Option<&Arc<dyn AccountHost>> {
        self.host.get()
    }

    /// Names the server that the account belongs to. Only the first call counts.
    pub fn set_host(&self, host: Arc<dyn AccountHost>) {
        let _ = self.host.set(host);
    }

    /// A number that no other account of the process has.
    #[must_use]
    #[inline]
    pub fn id(&self) -> u64 {
        self.id
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
    pub fn set_limits(&self, limits: AccountLimits) {
        self.lock().limits = limits;
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

    /// Maps `source` to `destination` (`AddMapping`). A mapping of the same source is
    /// replaced.
    ///
    /// # Errors
    ///
    /// [`MappingError`] if the mapping can not be used.
    pub fn add_mapping(&self, source: &str, destination: &str) -> Result<(), MappingError> {
        let destination = MappingDestination {
            subject: destination.to_owned(),
            weight: 100,
            cluster: String::new(),
        };
        self.add_weighted_mappings(source, &[destination])
    }

    /// Maps `source` to several destinations by their weights
    /// (`AddWeightedMappings`). What is missing to 100 stays with the source.
    ///
    /// # Errors
    ///
    /// [`MappingError`] if the mapping can not be used.
    pub fn add_weighted_mappings(
        &self,
        source: &str,
        destinations: &[MappingDestination],
    ) -> Result<(), MappingError> {
        self.change_mappings(|mappings| mappings.add(source, destinations))
    }

    /// Ends the mapping of `source` (`RemoveMapping`); returns whether there was one.
    pub fn remove_mapping(&self, source: &str) -> bool {
        self.change_mappings(|mappings| mappings.remove(source))
    }

    fn change_mappings<T>(&self, change: impl FnOnce(&mut SubjectMappings) -> T) -> T {
        let mut current = self
            .mappings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let mut changed = SubjectMappings::clone(&current);
        let result = change(&mut changed);
        self.has_mappings
            .store(!changed.is_empty(), Ordering::Relaxed);
        *current = Arc::new(changed);
        drop(current);
        self.mapping_generation.fetch_add(1, Ordering::Release);
        result
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
