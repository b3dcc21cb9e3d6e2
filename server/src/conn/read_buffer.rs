//! The bytes that a connection has read and not yet used.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::staged::ReadBytes;
use super::stream::ReadHalf;

/// Bytes asked of the socket at once.
const READ_SIZE: usize = 64 * 1024;
/// The same while large payloads come, so that several come with one read and go
/// with one write.
const LARGE_READ_SIZE: usize = 256 * 1024;
/// An operation that needs this many bytes has a large payload.
const LARGE_NEED: usize = 8 * 1024;
/// A buffer larger than this is given back when it is empty.
const KEEP_MAX: usize = 16 * 1024;

thread_local! {
    /// Reads go through one buffer per thread, so that a connection which waits
    /// holds none.
    static SCRATCH: RefCell<Arc<Vec<u8>>> = RefCell::new(Arc::new(vec![0; READ_SIZE]));
}

/// Everything that was read and not used yet.
#[derive(Debug)]
pub struct Input<'a> {
    buffer: &'a Arc<Vec<u8>>,
    length: usize,
}

impl Input<'_> {
    /// `part` of these bytes and `next`, where they stand, if `next` comes after it.
    #[must_use]
    pub fn refer(&self, part: &[u8], next: &[u8]) -> Option<ReadBytes> {
        let first = part.as_ptr().addr();
        let start = first.checked_sub(self.buffer.as_ptr().addr())?;
        let end = start.checked_add(part.len())?;
        let rest = self.get(end..)?;
        rest.starts_with(next)
            .then(|| ReadBytes::new(Arc::clone(self.buffer), start..end + next.len()))
    }
}

impl Deref for Input<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
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
        mut consume: impl FnMut(&Input<'_>) -> (usize, usize),
    ) -> io::Result<usize> {
        poll_fn(|cx| {
            let ask = if self.need >= LARGE_NEED {
                LARGE_READ_SIZE
            } else {
                READ_SIZE
            };
            if self.need > self.kept.len() + ask {
                // A payload larger than that: read straight into place, never
                // beyond it.
                self.poll_into_kept(cx, from, &mut consume)
            } else {
                self.poll_scratch(cx, from, ask, &mut consume)
            }
        })
        .await
    }

    fn poll_scratch(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut ReadHalf,
        ask: usize,
        consume: &mut impl FnMut(&Input<'_>) -> (usize, usize),
    ) -> Poll<io::Result<usize>> {
        let had = self.kept.len();
        SCRATCH.with_borrow_mut(|scratch| {
            // What was kept goes to the front, so that the operations that follow
            // it are parsed where they were read.
            let (front, room) = space(scratch, had + ask).split_at_mut(had);
            let read = match from.poll_read(cx, room.get_mut(..ask).unwrap_or_default()) {
                Poll::Ready(Ok(read)) => read,
                other => return other,
            };
            if had + read < self.need {
                self.kept
                    .extend_from_slice(room.get(..read).unwrap_or_default());
                return Poll::Ready(Ok(read));
            }
            front.copy_from_slice(&self.kept);
            self.kept.clear();
            if self.kept.capacity() > KEEP_MAX {
                self.kept = Vec::new();
            }
            let length = had + read;
            self.work_through(scratch, length, consume);
            Poll::Ready(Ok(read))
        })
    }

    fn poll_into_kept(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut ReadHalf,
        consume: &mut impl FnMut(&Input<'_>) -> (usize, usize),
    ) -> Poll<io::Result<usize>> {
        let had = self.kept.len();
        let take = (self.need - had).min(LARGE_READ_SIZE);
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
            self.consume_kept(consume);
        }
        Poll::Ready(Ok(read))
    }

    /// Gives `consume` what was there before the first read.
    pub fn consume_kept(&mut self, mut consume: impl FnMut(&Input<'_>) -> (usize, usize)) {
        let whole = Arc::new(std::mem::take(&mut self.kept));
        self.work_through(&whole, whole.len(), &mut consume);
    }

    fn work_through(
        &mut self,
        buffer: &Arc<Vec<u8>>,
        length: usize,
        consume: &mut impl FnMut(&Input<'_>) -> (usize, usize),
    ) {
        let input = Input { buffer, length };
        let (used, need) = consume(&input);
        let rest = input.get(used..).unwrap_or_default();
        if rest.is_empty() {
            self.need = 0;
        } else {
            self.need = need;
            self.kept.reserve_exact(need.max(rest.len()));
            self.kept.extend_from_slice(rest);
        }
    }

    /// Whether bytes wait for the rest of their operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

/// Room for at least `size` bytes. Nobody refers to a read after its end, so the
/// buffer is free; if somebody does, they keep it.
fn space(scratch: &mut Arc<Vec<u8>>, size: usize) -> &mut [u8] {
    if Arc::get_mut(scratch).is_none() {
        *scratch = Arc::new(Vec::new());
    }
    let buffer = Arc::make_mut(scratch);
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
    buffer
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;

    /// Reads `parts`, one with each read, and uses bytes up to each `.`, for which
    /// it needs as many as `need` says. Returns what was used.
    async fn read_all(parts: &[&[u8]], need: usize) -> Vec<Vec<u8>> {
        let (mut to, from) = duplex(1 << 20);
        let mut from = ReadHalf::Boxed(Box::new(from));
        let mut buffer = ReadBuffer::default();
        let mut used = Vec::new();
        for part in parts {
            to.write_all(part).await.unwrap();
            let mut left = part.len();
            while left > 0 {
                let read = buffer.read(&mut from, |input| {
                    let end = input.iter().rposition(|byte| *byte == b'.');
                    let end = end.map_or(0, |at| at + 1);
                    used.push(input[..end].to_vec());
                    (end, need)
                });
                left -= read.await.unwrap();
            }
        }
        used
    }

    #[tokio::test]
    async fn what_is_not_used_comes_again_with_what_follows() {
        let used = read_all(&[b"one.tw", b"o.", b"three.", b"fo", b"ur."], 0).await;
        let expected: [&[u8]; 5] = [b"one.", b"two.", b"three.", b"", b"four."];
        assert_eq!(used, expected);
    }

    #[tokio::test]
    async fn operations_of_every_size_come_whole() {
        for size in [
            1,
            LARGE_NEED,
            READ_SIZE,
            LARGE_READ_SIZE,
            3 * LARGE_READ_SIZE,
        ] {
            let mut operation = vec![b'x'; size];
            operation.push(b'.');
            let (first, rest) = operation.split_at(1);
            let used = read_all(&[first, rest], operation.len()).await;
            assert_eq!(used.concat(), operation);
            assert_eq!(used.len(), 2, "asked before there was enough of {size}");
        }
    }

    #[test]
    fn only_parts_of_the_input_are_referred_to() {
        let buffer = Arc::new(b"PUB a 2\r\nhi\r\nmore".to_vec());
        let input = Input {
            buffer: &buffer,
            length: 13,
        };
        let part = &input[9..11];
        assert!(input.refer(part, b"\r\n").is_some());
        assert!(input.refer(part, b"\n").is_none());
        assert!(input.refer(&input[11..13], b"").is_some());
        assert!(input.refer(&buffer[11..], b"").is_none());
        assert!(input.refer(b"hi", b"").is_none());
    }

    #[test]
    fn a_buffer_that_somebody_refers_to_is_not_written_to() {
        let mut scratch = Arc::new(b"payload".to_vec());
        let kept = Arc::clone(&scratch);
        space(&mut scratch, 4).fill(b'x');
        assert_eq!(*kept, b"payload");
        let before = scratch.as_ptr();
        space(&mut scratch, 4).fill(b'y');
        assert_eq!(scratch.as_ptr(), before);
    }
}
