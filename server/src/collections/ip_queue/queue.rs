//! The queue.

use super::batch::Batch;
use super::registry::{QueueRegistry, QueueStatus};
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tokio::sync::Notify;

/// A queue between tasks; see the [module](super).
///
/// One lock, held for a push or a pop only; the recycler's lock is never taken
/// under it.
pub struct IpQueue<T> {
    name: String,
    state: Mutex<State<T>>,
    signal: AtomicBool,
    ready: Notify,
    recycler: Arc<Recycler<T>>,
    options: IpQueueOptions<T>,
    registry: Option<QueueRegistry>,
}

struct State<T> {
    elements: VecDeque<T>,
    size: u64,
}

/// Limits and accounting of an [`IpQueue`].
pub struct IpQueueOptions<T> {
    /// Memory for more elements than this is given back, not kept for reuse.
    pub recycle_max: usize,
    /// The size of an element, if the queue shall know its size.
    pub size_of: Option<fn(&T) -> u64>,
    /// Largest size; needs `size_of`.
    pub size_max: Option<u64>,
    /// Largest number of elements.
    pub len_max: Option<usize>,
}

/// Why an element was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IpQueueError {
    /// There are as many elements as allowed.
    #[error("IPQ len limit reached")]
    LenLimitReached,
    /// The element would make the queue larger than allowed.
    #[error("IPQ size limit reached")]
    SizeLimitReached,
}

/// Memory for reuse, and the count of elements in progress.
#[derive(Debug)]
pub(super) struct Recycler<T> {
    spare: Mutex<Option<VecDeque<T>>>,
    in_progress: AtomicUsize,
    max: usize,
}

impl<T> Default for IpQueueOptions<T> {
    fn default() -> Self {
        Self {
            recycle_max: RECYCLE_MAX,
            size_of: None,
            size_max: None,
            len_max: None,
        }
    }
}

impl<T: Send + 'static> IpQueue<T> {
    /// A queue that `registry` lists under `name` until it is unregistered or
    /// dropped.
    pub fn registered(
        registry: &QueueRegistry,
        name: &str,
        options: IpQueueOptions<T>,
    ) -> Arc<Self> {
        let queue = Arc::new(Self::build(name, options, Some(registry.clone())));
        registry.add(name, &queue);
        queue
    }
}

impl<T> IpQueue<T> {
    /// A queue that no registry lists.
    pub fn new(name: &str, options: IpQueueOptions<T>) -> Self {
        Self::build(name, options, None)
    }

    fn build(name: &str, options: IpQueueOptions<T>, registry: Option<QueueRegistry>) -> Self {
        let recycler = Recycler {
            spare: Mutex::new(None),
            in_progress: AtomicUsize::new(0),
            max: options.recycle_max,
        };
        Self {
            name: name.to_owned(),
            state: Mutex::new(State {
                elements: VecDeque::new(),
                size: 0,
            }),
            signal: AtomicBool::new(false),
            ready: Notify::new(),
            recycler: Arc::new(recycler),
            options,
            registry,
        }
    }

    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its limits.
    pub const fn options(&self) -> &IpQueueOptions<T> {
        &self.options
    }

    /// Adds an element, signals if it is the first, and returns how many there
    /// are now.
    ///
    /// # Errors
    /// [`IpQueueError`] when a limit is reached; the element is dropped.
    pub fn push(&self, element: T) -> Result<usize, IpQueueError> {
        let mut spare = None;
        let mut state = self.lock();
        if state.elements.capacity() == 0 {
            drop(state);
            spare = Some(self.recycler.take());
            state = self.lock();
        }
        let len = state.elements.len();
        if self.options.len_max.is_some_and(|max| len >= max) {
            return Err(IpQueueError::LenLimitReached);
        }
        if let Some(size_of) = self.options.size_of {
            let size = state.size.saturating_add(size_of(&element));
            if self.options.size_max.is_some_and(|max| size > max) {
                return Err(IpQueueError::SizeLimitReached);
            }
            state.size = size;
        }
        if state.elements.capacity() == 0
            && let Some(spare) = spare
        {
            state.elements = spare;
        }
        state.elements.push_back(element);
        drop(state);
        if len == 0 {
            self.send_signal();
        }
        Ok(len + 1)
    }

    /// Takes all elements, or `None` if there are none: another consumer or
    /// [`drain`](Self::drain) may have come first.
    pub fn pop(&self) -> Option<Batch<T>> {
        let mut state = self.lock();
        if state.elements.is_empty() {
            return None;
        }
        state.size = 0;
        let elements = std::mem::take(&mut state.elements);
        let batch = Batch::new(elements, Arc::clone(&self.recycler));
        drop(state);
        Some(batch)
    }

    /// Takes the oldest element and signals again if there are more.
    pub fn pop_one(&self) -> Option<T> {
        let mut state = self.lock();
        let element = state.elements.pop_front()?;
        if state.elements.is_empty() {
            state.size = 0;
            if state.elements.capacity() > self.options.recycle_max {
                state.elements = VecDeque::new();
            }
        } else {
            if let Some(size_of) = self.options.size_of {
                state.size = state.size.saturating_sub(size_of(&element));
            }
            drop(state);
            self.send_signal();
        }
        Some(element)
    }

    /// Waits until the queue signals that there is something. The signal is
    /// used up by it. Safe to cancel.
    pub async fn ready(&self) {
        loop {
            let notified = self.ready.notified();
            if self.take_signal() {
                return;
            }
            notified.await;
        }
    }

    /// Uses up the signal if there is one.
    pub fn take_signal(&self) -> bool {
        self.signal.swap(false, Ordering::AcqRel)
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.lock().elements.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The size of all elements, or zero if sizes are not known.
    pub fn size(&self) -> u64 {
        self.lock().size
    }

    /// Drops all elements, uses up the signal, and returns how many there were.
    pub fn drain(&self) -> usize {
        let mut state = self.lock();
        let dropped = std::mem::take(&mut state.elements);
        state.size = 0;
        self.take_signal();
        drop(state);
        dropped.len()
    }

    /// How many elements were taken by [`pop`](Self::pop) and are still being
    /// worked on.
    pub fn in_progress(&self) -> usize {
        self.recycler.in_progress.load(Ordering::Relaxed)
    }

    /// Takes the queue out of its registry. It works on as before.
    pub fn unregister(&self) {
        if let Some(registry) = &self.registry {
            registry.remove(&self.name);
        }
    }

    fn send_signal(&self) {
        self.signal.store(true, Ordering::Release);
        self.ready.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send> QueueStatus for IpQueue<T> {
    fn pending(&self) -> usize {
        self.len()
    }

    fn in_progress(&self) -> usize {
        Self::in_progress(self)
    }
}

impl<T> fmt::Debug for IpQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IpQueue")
            .field("name", &self.name)
            .field("len", &self.len())
            .field("in_progress", &self.in_progress())
            .finish_non_exhaustive()
    }
}

impl<T> Recycler<T> {
    pub(super) fn started(&self, count: usize) {
        self.in_progress.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn finished(&self, count: usize, mut memory: VecDeque<T>) {
        memory.clear();
        self.in_progress.fetch_sub(count, Ordering::Relaxed);
        if memory.capacity() <= self.max {
            *self.spare() = Some(memory);
        }
    }

    fn take(&self) -> VecDeque<T> {
        self.spare()
            .take()
            .unwrap_or_else(|| VecDeque::with_capacity(FRESH_CAPACITY))
    }

    fn spare(&self) -> MutexGuard<'_, Option<VecDeque<T>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Elements that memory is kept for by default.
const RECYCLE_MAX: usize = 4 * 1024;
/// Elements that fresh memory is for.
const FRESH_CAPACITY: usize = 32;
