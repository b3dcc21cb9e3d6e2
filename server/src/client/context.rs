//! What all connections of a server share.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use super::handle::{Client, ClientDetails};
use super::shadow::InternalShadows;
use crate::account::{Account, Accounts, TrafficCounts};
use crate::auth::AuthTable;
use crate::collections::ip_queue::QueueRegistry;
use crate::config::Options;
use crate::logging::{Logger, RateLimit};
use crate::protocol::{ClosedState, Info};

/// Of so many of a closed connection's subscriptions more is remembered than their
/// number. The Go server remembers all, whatever that takes.
const CLOSED_SUBSCRIPTIONS_MAX: usize = 1000;

/// That an account's clients have too many subscriptions is logged no more often
/// than this (`defaultMaxSubLimitReportThreshold`).
const SUBSCRIPTION_REPORTS: Duration = Duration::from_secs(2);

/// Work on one read that takes this many nanoseconds is logged (`readLoopReport`).
const READ_LOOP_REPORT_NS: u64 = 10_000_000_000;

/// Counts of a whole server.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the names say what is counted")]
pub struct ServerCounts {
    pub in_msgs: AtomicU64,
    pub in_bytes: AtomicU64,
    pub out_msgs: AtomicU64,
    pub out_bytes: AtomicU64,
    pub slow_consumers: AtomicU64,
    pub stale_connections: AtomicU64,
    pub stalled_clients: AtomicU64,
    pub total_connections: AtomicU64,
}

impl ServerCounts {
    pub(super) fn add_received(&self, counts: TrafficCounts) {
        self.in_msgs.fetch_add(counts.msgs, Ordering::Relaxed);
        self.in_bytes.fetch_add(counts.bytes, Ordering::Relaxed);
    }

    pub(super) fn add_sent(&self, counts: TrafficCounts) {
        self.out_msgs.fetch_add(counts.msgs, Ordering::Relaxed);
        self.out_bytes.fetch_add(counts.bytes, Ordering::Relaxed);
    }
}

/// A connection that has ended, for monitoring.
#[derive(Debug, Clone)]
pub struct ClosedConnection {
    /// What it was.
    pub details: ClientDetails,
    /// Why it ended.
    pub reason: ClosedState,
    /// When it ended.
    pub stopped: std::time::SystemTime,
}

/// The state that connections share: options, accounts, users, counts, and the
/// connections themselves.
pub struct ServerContext {
    /// The log.
    pub logger: Logger,
    /// Counts of the server.
    pub counts: ServerCounts,
    /// Queues inside the server that monitoring shows.
    pub queues: QueueRegistry,
    /// Accounts whose clients were refused subscriptions, for the log.
    pub(super) too_many_subscriptions: RateLimit,
    /// What stands for subscriptions inside the server in accounts whose streams are
    /// imported.
    pub(super) internal_shadows: InternalShadows,
    options: RwLock<Arc<Options>>,
    info: RwLock<Arc<Info>>,
    accounts: RwLock<Arc<Accounts>>,
    auth: RwLock<Arc<AuthTable>>,
    default_user: RwLock<Option<Arc<str>>>,
    clients: Mutex<HashMap<u64, Arc<Client>>>,
    closed: Mutex<VecDeque<ClosedConnection>>,
    closed_total: AtomicU64,
    next_id: AtomicU64,
    shutting_down: AtomicBool,
    /// Told when the server begins to shut down.
    ending: Notify,
    lame_duck: AtomicBool,
    read_loop_report_ns: AtomicU64,
}

impl ServerContext {
    /// The context of a server that has not started.
    #[must_use]
    pub fn new(options: Arc<Options>, info: Info, accounts: Accounts) -> Self {
        let auth = AuthTable::new(&options);
        Self {
            logger: Logger::default(),
            counts: ServerCounts::default(),
            queues: QueueRegistry::new(),
            too_many_subscriptions: RateLimit::new(SUBSCRIPTION_REPORTS),
            internal_shadows: InternalShadows::default(),
            options: RwLock::new(options),
            info: RwLock::new(Arc::new(info)),
            accounts: RwLock::new(Arc::new(accounts)),
            auth: RwLock::new(Arc::new(auth)),
            default_user: RwLock::default(),
            clients: Mutex::default(),
            closed: Mutex::default(),
            closed_total: AtomicU64::new(0),
            next_id: AtomicU64::new(0),
            shutting_down: AtomicBool::new(false),
            ending: Notify::new(),
            lame_duck: AtomicBool::new(false),
            read_loop_report_ns: AtomicU64::new(READ_LOOP_REPORT_NS),
        }
    }

    /// Makes the server's own subscriptions in an account fit what that imports now.
    pub fn renew_internal_shadows(&self, account: &Account) {
        self.internal_shadows.renew_all(account);
    }

    /// The present options.
    #[must_use]
    pub fn options(&self) -> Arc<Options> {
        Arc::clone(&self.options.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the options.
    pub fn set_options(&self, options: Arc<Options>) {
        *self.options.write().unwrap_or_else(PoisonError::into_inner) = options;
    }

    /// What the server says of itself.
    #[must_use]
    pub fn info(&self) -> Arc<Info> {
        Arc::clone(&self.info.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what the server says of itself.
    pub fn update_info(&self, change: impl FnOnce(&mut Info)) {
        let mut info = self.info.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut info));
    }

    /// The user that clients become who present nothing, if the server made it up
    /// because only the system account has users.
    #[must_use]
    pub fn default_user(&self) -> Option<Arc<str>> {
        self.default_user
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Names that user.
    pub fn set_default_user(&self, name: Option<String>) {
        *self
            .default_user
            .write()
            .unwrap_or_else(PoisonError::into_inner) = name.map(Into::into);
    }

    /// The accounts.
    #[must_use]
    pub fn accounts(&self) -> Arc<Accounts> {
        Arc::clone(&self.accounts.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The users.
    #[must_use]
    pub fn auth(&self) -> Arc<AuthTable> {
        Arc::clone(&self.auth.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the users.
    pub fn set_auth(&self, auth: AuthTable) {
        *self.auth.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(auth);
    }

    /// A fresh connection id.
    pub fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether the server is shutting down.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.shutting_down.load(Ordering::Acquire)
    }

    /// Notes that the server is shutting down; returns whether it already was.
    pub fn begin_shutdown(&self) -> bool {
        let was = self.shutting_down.swap(true, Ordering::AcqRel);
        self.ending.notify_waiters();
        was
    }

    /// Waits until the server begins to shut down.
    pub async fn until_shutdown(&self) {
        loop {
            let ending = self.ending.notified();
            tokio::pin!(ending);
            // Registered before looking, so that no call is missed.
            ending.as_mut().enable();
            if self.is_shutting_down() {
                return;
            }
            ending.await;
        }
    }

    /// How long the work on one read may take before it is logged.
    #[must_use]
    pub fn read_loop_report(&self) -> Duration {
        Duration::from_nanos(self.read_loop_report_ns.load(Ordering::Relaxed))
    }

    /// Changes [`Self::read_loop_report`], which is 10 s (`readLoopReportThreshold`).
    pub fn set_read_loop_report(&self, threshold: Duration) {
        let nanos = u64::try_from(threshold.as_nanos()).unwrap_or(u64::MAX);
        self.read_loop_report_ns.store(nanos, Ordering::Relaxed);
    }

    /// Whether the server is in lame duck mode.
    #[must_use]
    pub fn is_lame_duck(&self) -> bool {
        self.lame_duck.load(Ordering::Acquire)
    }

    /// Enters lame duck mode; returns whether the server already was in it.
    pub fn begin_lame_duck(&self) -> bool {
        self.lame_duck.swap(true, Ordering::AcqRel)
    }

    /// Registers a client unless there are `max` already.
    pub fn add_client(&self, client: &Arc<Client>, max: usize) -> bool {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= max {
            return false;
        }
        clients.insert(client.link.id, Arc::clone(client));
        true
    }

    /// Forgets a client that has ended and remembers how it ended.
    pub(super) fn remove_client(&self, client: &Client, reason: ClosedState) {
        {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            clients.remove(&client.link.id);
        }
        self.remember_closed(client.details(CLOSED_SUBSCRIPTIONS_MAX), reason);
    }

    /// Remembers how a connection ended.
    fn remember_closed(&self, details: ClientDetails, reason: ClosedState) {
        let keep = self.options().max_closed_clients;
        if keep == 0 {
            return;
        }
        let connection = ClosedConnection {
            details,
            reason,
            stopped: std::time::SystemTime::now(),
        };
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if closed.len() >= keep {
            closed.pop_front();
        }
        closed.push_back(connection);
        drop(closed);
        self.closed_total.fetch_add(1, Ordering::Relaxed);
    }

    /// The client with this id.
    #[must_use]
    pub fn client(&self, id: u64) -> Option<Arc<Client>> {
        self.clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    /// All clients, in no order.
    #[must_use]
    pub fn clients(&self) -> Vec<Arc<Client>> {
        self.clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// How many clients are connected.
    #[must_use]
    pub fn client_count(&self) -> usize {
        self.clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Connections that have ended, the oldest first.
    #[must_use]
    pub fn closed_connections(&self) -> Vec<ClosedConnection> {
        self.closed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    /// How many connections have ended, remembered or not (`totalClosedConns`).
    #[must_use]
    pub fn closed_total(&self) -> u64 {
        self.closed_total.load(Ordering::Relaxed)
    }

    /// Whether `account` is the system account.
    #[must_use]
    pub fn is_system_account(&self, account: &Arc<Account>) -> bool {
        self.accounts()
            .system()
            .is_some_and(|system| Arc::ptr_eq(&system, account))
    }
}
