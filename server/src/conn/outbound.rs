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
            behind: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        if state.closing {
            staged.reset();
            return Queued::Closed;
        }
        if limited && state.pending + length > self.max_pending {
            staged.reset();
            return Queued::Overflow;
        }
        state.pending += length;
        let direct = socket.filter(|_| !state.busy && state.queue.is_empty());
        let Some(socket) = direct else {
            append(&mut state.queue, staged);
            let stalled = limited && state.pending > self.max_pending / 4 * 3;
            if stalled {
                self.behind.store(true, Ordering::Relaxed);
            }
            let wake = !state.busy;
            drop(state);
            if wake {
                self.wake.notify_one();
            }
            return if stalled {
                Queued::Stalled
            } else {
                Queued::Accepted
            };
        };
        state.busy = true;
        drop(state);
        let written = write_now(socket, staged);
        self.after_direct_write(staged, written);
        Queued::Accepted
    }

    fn after_direct_write(&self, staged: &mut Staged, written: io::Result<usize>) {
        let total = staged.len();
        let mut state = self.lock();
        state.busy = false;
        match written {
            Ok(written) => {
                state.pending = state.pending.saturating_sub(written as u64);
                if written < total {
                    // What others queued meanwhile comes after the rest of this.
                    let later = std::mem::take(&mut state.queue);
                    append_rest(&mut state.queue, staged, written);
                    state.queue.extend(later);
                }
            }
            // The reader or the writer task will meet the same error and close.
            Err(_) => {
                let later = std::mem::take(&mut state.queue);
                append_rest(&mut state.queue, staged, 0);
                state.queue.extend(later);
            }
        }
        let wake = !state.queue.is_empty() || state.closing;
        drop(state);
        if staged.tail.capacity() > KEEP_MAX {
            staged.tail = Vec::new();
        }
        staged.reset();
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
        let count = state.queue.len().min(PIECES_MAX);
        Work::Write(state.queue.drain(..count).collect())
    }

    /// Reports that `written` bytes of the taken work are sent.
    pub(super) fn wrote(&self, written: u64) {
        let mut state = self.lock();
        state.pending = state.pending.saturating_sub(written);
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

fn append(queue: &mut VecDeque<Chunk>, staged: &mut Staged) {
    if staged.chunks.is_empty()
        && let Some(Chunk::Owned(last)) = queue.back_mut()
        && last.len() + staged.tail.len() <= COALESCE_MAX
    {
        last.extend_from_slice(&staged.tail);
        staged.reset();
        return;
    }
    queue.extend(staged.chunks.drain(..));
    if !staged.tail.is_empty() {
        queue.push_back(Chunk::Owned(std::mem::take(&mut staged.tail)));
    }
    staged.reset();
}

fn append_rest(queue: &mut VecDeque<Chunk>, staged: &mut Staged, mut written: usize) {
    let tail = std::mem::take(&mut staged.tail);
    for chunk in staged
        .chunks
        .drain(..)
        .chain(std::iter::once(Chunk::Owned(tail)))
    {
        let length = chunk.bytes().len();
        if written >= length {
            written -= length;
            continue;
        }
        queue.push_back(match chunk {
            Chunk::Owned(bytes) if written == 0 => Chunk::Owned(bytes),
            Chunk::Owned(bytes) => Chunk::Owned(bytes.get(written..).unwrap_or_default().to_vec()),
            Chunk::Shared(bytes) => Chunk::Shared(bytes.slice(written..)),
        });
        written = 0;
    }
}

fn write_now(socket: &OwnedWriteHalf, staged: &Staged) -> io::Result<usize> {
    let result = if staged.chunks.is_empty() {
        socket.try_write(&staged.tail)
    } else {
        let slices: Vec<IoSlice<'_>> = staged.pieces().take(PIECES_MAX).map(IoSlice::new).collect();
        socket.try_write_vectored(&slices)
    };
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
