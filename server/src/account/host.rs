//! What accounts need of the server that they belong to.

use std::sync::Arc;
use std::time::Duration;

use super::Account;
use super::client_info::ClientInfo;

/// Something to be done later.
pub type Task = Box<dyn FnOnce() + Send>;

/// The server behind an account: it publishes measurements and watches the time.
/// An account without one can be configured but measures nothing.
pub trait AccountHost: Send + Sync {
    /// A short hash of the server's name, which marks the reply subjects of requests
    /// that are measured (`sys.shash`).
    fn server_hash(&self) -> String;

    /// Whether there is a system account, without which nothing is measured.
    fn has_system_account(&self) -> bool;

    /// Publishes a message in `account`, some time soon and from another task.
    fn publish(&self, account: Arc<Account>, subject: String, payload: Vec<u8>);

    /// Runs `task` after `delay`.
    fn after(&self, delay: Duration, task: Task);
}

/// Who sends a request through a service import, or answers one.
pub trait Requestor: Send + Sync {
    /// What services may know. Without `detailed` that is the account and the
    /// round-trip time.
    fn client_info(&self, detailed: bool) -> ClientInfo;

    /// Whether `account` is the system account, which is told more.
    fn is_system_account(&self, account: &Arc<Account>) -> bool;

    /// Adds the names of the server and its cluster.
    fn add_server_info(&self, info: &mut ClientInfo);

    /// Has the round-trip time measured if it is not known.
    fn want_rtt(&self);
}
