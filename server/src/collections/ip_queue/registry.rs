//! The queues of a server, for monitoring.

use super::queue::IpQueue;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// What monitoring shows of a queue.
pub trait QueueStatus: Send + Sync {
    /// Elements in the queue.
    fn pending(&self) -> usize;
    /// Elements taken out and still being worked on.
    fn in_progress(&self) -> usize;
}

/// The queues of a server by name. A clone is the same registry.
#[derive(Clone, Default)]
pub struct QueueRegistry(Arc<Mutex<Queues>>);

type Queues = BTreeMap<String, Weak<dyn QueueStatus>>;

impl QueueRegistry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn add<T: Send + 'static>(&self, name: &str, queue: &Arc<IpQueue<T>>) {
        let queue: Weak<dyn QueueStatus> = Arc::downgrade(&(Arc::clone(queue) as Arc<_>));
        self.lock().insert(name.to_owned(), queue);
    }

    pub(super) fn remove(&self, name: &str) {
        self.lock().remove(name);
    }

    /// Name, elements pending and elements in progress of every queue that is
    /// still in use, by name.
    pub fn snapshot(&self) -> Vec<(String, usize, usize)> {
        let mut queues = self.lock();
        queues.retain(|_, queue| queue.strong_count() > 0);
        let live = queues.iter().filter_map(|(name, queue)| {
            let queue = queue.upgrade()?;
            Some((name.clone(), queue.pending(), queue.in_progress()))
        });
        live.collect()
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for QueueRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.lock().keys()).finish()
    }
}
