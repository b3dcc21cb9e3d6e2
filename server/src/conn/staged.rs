//! What one reader collects for one receiver while it works through a read.

use bytes::Bytes;

/// Payloads of at least this many bytes are shared by their receivers instead of
/// being copied for each.
pub(super) const SHARE_MIN: usize = 16 * 1024;

/// A piece of output.
#[derive(Debug)]
pub(super) enum Chunk {
    Owned(Vec<u8>),
    Shared(Bytes),
}

impl Chunk {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// Output for one connection that is queued in one go.
#[derive(Debug, Default)]
pub struct Staged {
    pub(super) chunks: Vec<Chunk>,
    pub(super) tail: Vec<u8>,
    chunk_bytes: usize,
}

impl Staged {
    /// Bytes collected so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunk_bytes + self.tail.len()
    }

    /// Whether nothing was collected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The buffer that output is appended to.
    #[inline]
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.tail
    }

    /// Whether a payload of `size` bytes should go through [`Self::push_shared`].
    #[must_use]
    #[inline]
    pub fn should_share(size: usize) -> bool {
        size >= SHARE_MIN
    }

    /// Appends bytes that other receivers share.
    pub fn push_shared(&mut self, bytes: Bytes) {
        if !self.tail.is_empty() {
            let tail = std::mem::take(&mut self.tail);
            self.chunk_bytes += tail.len();
            self.chunks.push(Chunk::Owned(tail));
        }
        self.chunk_bytes += bytes.len();
        self.chunks.push(Chunk::Shared(bytes));
    }

    pub(super) fn reset(&mut self) {
        self.chunks.clear();
        self.tail.clear();
        self.chunk_bytes = 0;
    }

    /// The pieces in order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks
            .iter()
            .map(Chunk::bytes)
            .chain(std::iter::once(self.tail.as_slice()))
    }
}
