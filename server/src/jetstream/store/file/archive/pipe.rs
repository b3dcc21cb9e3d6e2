//! A pipe between the thread that writes an archive and whoever reads it.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that wait in a pipe before its writer does.
const WAITING_MAX: usize = 4 << 20;

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    parts: VecDeque<Vec<u8>>,
    /// How much of the first part was read.
    read: usize,
    waiting: usize,
    is_finished: bool,
    writer_is_gone: bool,
    reader_is_gone: bool,
}

/// The end that is written to.
#[derive(Debug)]
pub struct PipeWriter {
    shared: Arc<Shared>,
    deadline: Option<Instant>,
}

/// The end that is read from.
#[derive(Debug)]
pub struct PipeReader {
    shared: Arc<Shared>,
}

/// Makes a pipe that holds some megabytes. Writing fails when `limit` has passed
/// since, if there is one.
#[must_use]
pub fn pipe(limit: Option<Duration>) -> (PipeWriter, PipeReader) {
    let shared = Arc::new(Shared::default());
    let writer = PipeWriter {
        shared: Arc::clone(&shared),
        // A time that is too far away is none.
        deadline: limit.and_then(|limit| Instant::now().checked_add(limit)),
    };
    (writer, PipeReader { shared })
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PipeWriter {
    /// Says that this was all. Without it the reader gets an error at the end.
    pub fn finish(self) {
        self.shared.lock().is_finished = true;
    }

    fn wait_for_room(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.shared.lock();
        loop {
            if state.reader_is_gone {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let left = self
                .deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if state.waiting < WAITING_MAX {
                return Ok(state);
            }
            let changed = &self.shared.changed;
            state = match left {
                Some(left) => {
                    let waited = changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl Write for PipeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let mut state = self.wait_for_room()?;
        state.waiting += bytes.len();
        state.parts.push_back(bytes.to_vec());
        drop(state);
        self.shared.changed.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.shared.lock().writer_is_gone = true;
        self.shared.changed.notify_all();
    }
}

impl Read for PipeReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let mut state = self.shared.lock();
        while state.parts.is_empty() {
            if state.writer_is_gone {
                return if state.is_finished {
                    Ok(0)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
            let waited = self.shared.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        let State {
            parts,
            read,
            waiting,
            ..
        } = &mut *state;
        let first = parts.front().map_or(&[][..], Vec::as_slice);
        let mut left = first.get(*read..).unwrap_or_default();
        let len = left.read(into)?;
        *read += len;
        *waiting -= len;
        if *read == first.len() {
            parts.pop_front();
            *read = 0;
        }
        drop(state);
        self.shared.changed.notify_all();
        Ok(len)
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.shared.lock().reader_is_gone = true;
        self.shared.changed.notify_all();
    }
}
