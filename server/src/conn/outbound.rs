//! The bytes that wait to be sent to one connection.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::staged::{Chunk, Staged};

/// Small output is appended to the last piece as long as that stays below this.
const COALESCE_MAX: usize = 64 * 1024;
/// Most pieces in one vectored write.
pub(super) const PIECES_MAX: usize = 64;
/// With this many bytes the writer task has enough for one go; it holds them all
/// until the last is sent.
const WORK_MAX: usize = 4 * 1024 * 1024;
/// With more waiting than this, a publisher should let the writer task run: what is
/// sent while it is in the caches is cheaper than what has piled up.
const BACKLOG: u64 = 256 * 1024;
/// A buffer that has grown beyond this is given back instead of being kept.
const KEEP_MAX: usize = 256 * 1024;

/// What became of output handed to a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// It was written or waits.
    Accepted,
    /// It waits, and more than three quarters of the limit do.
    Stalled,
    /// It was dropped: the limit of waiting bytes is reached.
    Overflow,
    /// It was dropped: the connection is closing.
    Closed,
}

/// The outbound queue of one connection.
///
/// Whoever queues output on a plain TCP connection that is not backed up writes
/// it at once, without waking the writer task. The writer task sends what the
/// socket did not take.
#[derive(Debug)]
pub struct Outbound {
    state: Mutex<State>,
    /// Wakes the writer task.
    pub(super) wake: Notify,
    /// Told whenever the writer has made room.
    drained: Notify,
    max_pending: u64,
    /// More than [`BACKLOG`] bytes wait.
    backlog: AtomicBool,
    /// More than three quarters of the limit wait, and since then never less than
    /// half.
    behind: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Chunk>,
    /// Bytes in `queue` and in the hands of whoever writes.
    pending: u64,
    /// Someone is writing outside of the lock.
    busy: bool,
    closing: bool,
}

/// What the writer task should do.
pub(super) enum Work {
    Write(Vec<Chunk>),
    Idle,
    Finished,
}

impl Outbound {
    /// A queue that holds at most `max_pending` bytes.
    #[must_use]
    pub fn new(max_pending: u64) -> Self {
        Self {
            state: Mutex::default(),
            wake: Notify::new(),
            drained: Notify::new(),
            max_pending,
            backlog: AtomicBool::new(false),
            behind: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Most bytes that may wait.
    #[must_use]
    pub fn max_pending(&self) -> u64 {
        self.max_pending
    }

    /// Bytes that wait.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.lock().pending
    }

    /// Whether the receiver has fallen behind and not caught up yet.
    #[must_use]
    #[inline]
    pub fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }

    /// Whether so much waits that publishers should let others run.
    #[must_use]
    #[inline]
    pub fn has_backlog(&self) -> bool {
        self.backlog.load(Ordering::Relaxed)
    }

    /// Completes when the writer has sent something, or the connection is being closed,
    /// after this was called.
    pub fn drained(&self) -> Notified<'_> {
        self.drained.notified()
    }

    /// Waits while the receiver has fallen behind.
    pub async fn caught_up(&self) {
        loop {
            let drained = self.drained();
            if !self.is_behind() {
                return;
            }
            drained.await;
        }
    }

    /// Queues what was staged and leaves `staged` empty. With `socket`, tries to
    /// write it at once. `limited` is whether the limit of waiting bytes counts.
    pub fn push(
        &self,
        staged: &mut Staged,
        socket: Option<&OwnedWriteHalf>,
        limited: bool,
    ) -> Queued {
        let length = staged.len() as u64;
        let mut state = self.lock();
        if let Some(refused) = self.refusal(&state, length, limited) {
            staged.reset(KEEP_MAX);
            return refused;
        }
        let is_free = !state.busy && state.queue.is_empty();
        if is_free && let Some(socket) = socket {
            state.pending += length;
            state.busy = true;
            drop(state);
            let written = write_now(socket, staged);
            self.after_direct_write(staged, written);
            return Queued::Accepted;
        }
        if join_last(&mut state.queue, staged) {
            staged.reset(KEEP_MAX);
            return self.queued(state, length, limited);
        }
        drop(state);
        // Copying takes its time, so not with the lock held.
        let chunks = staged.take_chunks(0);
        let mut state = self.lock();
        if let Some(refused) = self.refusal(&state, length, limited) {
            return refused;
        }
        state.queue.extend(chunks);
        self.queued(state, length, limited)
    }

    fn refusal(&self, state: &State, length: u64, limited: bool) -> Option<Queued> {
        if state.closing {
            Some(Queued::Closed)
        } else if limited && state.pending + length > self.max_pending {
            Some(Queued::Overflow)
        } else {
            None
        }
    }

    /// Counts what was just put into the queue and sees that somebody writes it.
    fn queued(&self, mut state: MutexGuard<'_, State>, length: u64, limited: bool) -> Queued {
        state.pending += length;
        let stalled = limited && state.pending > self.max_pending / 4 * 3;
        if stalled {
            self.behind.store(true, Ordering::Relaxed);
        }
        if state.pending > BACKLOG {
            self.backlog.store(true, Ordering::Relaxed);
        }
        let wake = !state.busy;
        drop(state);
        if wake {
            self.wake.notify_one();
        }
        if stalled {
            Queued::Stalled
        } else {
            Queued::Accepted
        }
    }

    fn after_direct_write(&self, staged: &mut Staged, written: io::Result<usize>) {
        // After an error the reader or the writer task will meet the same and close.
        let written = written.unwrap_or(0);
        let rest = if written < staged.len() {
            staged.take_chunks(written)
        } else {
            staged.reset(KEEP_MAX);
            Vec::new()
        };
        let mut state = self.lock();
        state.busy = false;
        state.pending = state.pending.saturating_sub(written as u64);
        // What others queued meanwhile comes after the rest of this.
        for chunk in rest.into_iter().rev() {
            state.queue.push_front(chunk);
        }
        let wake = !state.queue.is_empty() || state.closing;
        drop(state);
        if wake {
            self.wake.notify_one();
        }
    }

    /// Takes no more output. With `flush`, what waits is still written.
    pub(super) fn close(&self, flush: bool) {
        let mut state = self.lock();
        state.closing = true;
        // Nobody has to wait for it any more.
        self.behind.store(false, Ordering::Relaxed);
        if !flush {
            let dropped: u64 = state
                .queue
                .iter()
                .map(|chunk| chunk.bytes().len() as u64)
                .sum();
            state.pending = state.pending.saturating_sub(dropped);
            state.queue.clear();
        }
        drop(state);
        self.wake.notify_one();
        self.drained.notify_waiters();
    }

    pub(super) fn take_work(&self) -> Work {
        let mut state = self.lock();
        if state.busy {
            // Whoever writes wakes the writer task if something is left.
            return Work::Idle;
        }
        if state.queue.is_empty() {
            return if state.closing {
                Work::Finished
            } else {
                Work::Idle
            };
        }
        state.busy = true;
        let mut bytes = 0;
        let pieces = state.queue.iter().take(PIECES_MAX);
        let count = pieces
            .take_while(|chunk| {
                let before = bytes;
                bytes += chunk.bytes().len();
                before < WORK_MAX
            })
            .count();
        Work::Write(state.queue.drain(..count).collect())
    }

    /// Reports that `written` bytes of the taken work are sent.
    pub(super) fn wrote(&self, written: u64) {
        let mut state = self.lock();
        state.pending = state.pending.saturating_sub(written);
        if state.pending <= BACKLOG {
            self.backlog.store(false, Ordering::Relaxed);
        }
        if state.pending < self.max_pending / 2 {
            self.behind.store(false, Ordering::Relaxed);
        }
        drop(state);
        self.drained.notify_waiters();
    }

    pub(super) fn work_done(&self) {
        self.lock().busy = false;
    }
}

/// Appends what was staged to the last piece, if both together are small.
fn join_last(queue: &mut VecDeque<Chunk>, staged: &Staged) -> bool {
    let Some(bytes) = staged.as_slice() else {
        return false;
    };
    match queue.back_mut() {
        Some(Chunk::Owned(last)) if last.len() + bytes.len() <= COALESCE_MAX => {
            last.extend_from_slice(bytes);
            true
        }
        _ => false,
    }
}

fn write_now(socket: &OwnedWriteHalf, staged: &Staged) -> io::Result<usize> {
    let result = match staged.as_slice() {
        Some(bytes) => socket.try_write(bytes),
        None => {
            let pieces = staged.pieces().take(PIECES_MAX);
            let slices: Vec<IoSlice<'_>> = pieces.map(IoSlice::new).collect();
            socket.try_write_vectored(&slices)
        }
    };
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
