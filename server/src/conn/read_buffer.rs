//! The bytes that a connection has read and not yet used.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use super::stream::ReadHalf;

/// Bytes asked of the socket at once.
const READ_SIZE: usize = 64 * 1024;
/// A buffer larger than this is given back when it is empty.
const KEEP_MAX: usize = 16 * 1024;

thread_local! {
    /// Reads go through one buffer per thread, so that a connection which waits
    /// holds none.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_SIZE]);
}

/// Input of one connection. Between reads it holds only what was left of an
/// operation that is not complete.
#[derive(Debug, Default)]
pub struct ReadBuffer {
    kept: Vec<u8>,
    /// How many bytes the operation in `kept` needs.
    need: usize,
}

impl ReadBuffer {
    /// Starts with bytes that were read before.
    #[must_use]
    pub fn with_bytes(bytes: Vec<u8>) -> Self {
        Self {
            kept: bytes,
            need: 0,
        }
    }

    /// Reads once, then calls `consume` with everything unused so far. It returns
    /// how many bytes it used and how many there must be for the next call.
    ///
    /// Returns how many bytes were read; 0 is the end of the connection.
    ///
    /// # Errors
    ///
    /// What the connection reports.
    pub async fn read(
        &mut self,
        from: &mut ReadHalf,
        mut consume: impl FnMut(&[u8]) -> (usize, usize),
    ) -> io::Result<usize> {
        poll_fn(|cx| {
            if self.kept.is_empty() {
                SCRATCH.with_borrow_mut(|scratch| {
                    let read = match from.poll_read(cx, scratch) {
                        Poll::Ready(Ok(read)) => read,
                        other => return other,
                    };
                    let input = scratch.get(..read).unwrap_or_default();
                    let (used, need) = consume(input);
                    self.keep(input.get(used..).unwrap_or_default(), need);
                    Poll::Ready(Ok(read))
                })
            } else {
                self.poll_more(cx, from, &mut consume)
            }
        })
        .await
    }

    fn keep(&mut self, rest: &[u8], need: usize) {
        self.need = need;
        if !rest.is_empty() {
            self.kept.reserve_exact(need.max(rest.len()));
            self.kept.extend_from_slice(rest);
        }
    }

    fn poll_more(
        &mut self,
        cx: &mut std::task::Context<'_>,
        from: &mut ReadHalf,
        consume: &mut impl FnMut(&[u8]) -> (usize, usize),
    ) -> Poll<io::Result<usize>> {
        let had = self.kept.len();
        if self.need > had + READ_SIZE {
            // A large payload: read straight into place, never beyond it.
            return self.poll_into_kept(cx, from, consume);
        }
        SCRATCH.with_borrow_mut(|scratch| {
            // What was kept goes to the front, so that the operations that follow
            // it are parsed where they were read.
            if scratch.len() < had + READ_SIZE {
                scratch.resize(had + READ_SIZE, 0);
            }
            let Some(space) = scratch.get_mut(had..had + READ_SIZE) else {
                return Poll::Ready(Ok(0));
            };
            let read = match from.poll_read(cx, space) {
                Poll::Ready(Ok(read)) => read,
                other => return other,
            };
            if let Some(front) = scratch.get_mut(..had) {
                front.copy_from_slice(&self.kept);
            }
            if had + read < self.need {
                self.kept
                    .extend_from_slice(scratch.get(had..had + read).unwrap_or_default());
                return Poll::Ready(Ok(read));
            }
            self.kept.clear();
            if self.kept.capacity() > KEEP_MAX {
                self.kept = Vec::new();
            }
            let input = scratch.get(..had + read).unwrap_or_default();
            let (used, need) = consume(input);
            self.keep(input.get(used..).unwrap_or_default(), need);
            Poll::Ready(Ok(read))
        })
    }

    fn poll_into_kept(
        &mut self,
        cx: &mut std::task::Context<'_>,
        from: &mut ReadHalf,
        consume: &mut impl FnMut(&[u8]) -> (usize, usize),
    ) -> Poll<io::Result<usize>> {
        let had = self.kept.len();
        let take = (self.need - had).min(READ_SIZE * 4);
        self.kept.resize(had + take, 0);
        let read = match from.poll_read(cx, self.kept.get_mut(had..).unwrap_or_default()) {
            Poll::Ready(Ok(read)) => read,
            other => {
                self.kept.truncate(had);
                return other;
            }
        };
        self.kept.truncate(had + read);
        if self.kept.len() >= self.need {
            let whole = std::mem::take(&mut self.kept);
            let (used, need) = consume(&whole);
            self.keep(whole.get(used..).unwrap_or_default(), need);
        }
        Poll::Ready(Ok(read))
    }

    /// Gives `consume` what was there before the first read.
    pub fn consume_kept(&mut self, mut consume: impl FnMut(&[u8]) -> (usize, usize)) {
        let whole = std::mem::take(&mut self.kept);
        let (used, need) = consume(&whole);
        self.keep(whole.get(used..).unwrap_or_default(), need);
    }

    /// Whether bytes wait for the rest of their operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}
