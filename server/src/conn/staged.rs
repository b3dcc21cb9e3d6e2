//! What one reader collects for one receiver while it works through a read.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

/// Payloads of at least this many bytes are not copied for each receiver: several
/// share one copy, and one alone is sent them from where they were read.
const REFERENCE_MIN: usize = 16 * 1024;

/// What was read is copied into pieces of this size, of which none is larger than
/// what stands in it.
const COPY_SIZE: usize = 64 * 1024;
/// Most bytes that are set aside for output before there is any.
const EXPECTED_MAX: usize = 256 * 1024;

/// A piece of output that waits.
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

/// Bytes of a read, where they were read.
///
/// They stay as long as somebody has this, and with them the whole buffer. It is for
/// the time of one read: what has to wait is copied.
#[derive(Debug, Clone)]
pub struct ReadBytes {
    buffer: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl ReadBytes {
    pub(super) fn new(buffer: Arc<Vec<u8>>, range: Range<usize>) -> Self {
        Self { buffer, range }
    }

    fn bytes(&self) -> &[u8] {
        self.buffer.get(self.range.clone()).unwrap_or_default()
    }
}

/// Bytes that stand elsewhere.
#[derive(Debug)]
enum Reference {
    Shared(Bytes),
    Read(ReadBytes),
}

impl Reference {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Read(read) => read.bytes(),
        }
    }
}

/// Output for one connection that is queued in one go.
#[derive(Debug, Default)]
pub struct Staged {
    own: Vec<u8>,
    /// What else there is, and how much of `own` comes before it.
    references: Vec<(usize, Reference)>,
    referred: usize,
    /// How much `own` held when it was given away, and so may hold again.
    expected: usize,
}

impl Staged {
    /// Bytes collected so far.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.own.len() + self.referred
    }

    /// Whether nothing was collected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes room for as much as was given away before.
    pub fn prepare(&mut self) {
        self.own.reserve(self.expected);
    }

    /// The buffer that output is appended to.
    #[inline]
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.own
    }

    /// Whether a payload of `size` bytes should go through [`Self::push_shared`] or
    /// [`Self::push_read`].
    #[must_use]
    #[inline]
    pub fn should_refer(size: usize) -> bool {
        size >= REFERENCE_MIN
    }

    /// Appends bytes that other receivers share.
    pub fn push_shared(&mut self, bytes: Bytes) {
        self.push(Reference::Shared(bytes));
    }

    /// Appends bytes from where they were read.
    pub fn push_read(&mut self, bytes: ReadBytes) {
        self.push(Reference::Read(bytes));
    }

    fn push(&mut self, reference: Reference) {
        self.referred += reference.bytes().len();
        self.references.push((self.own.len(), reference));
    }

    /// Empties it. Of its memory no more than `keep` bytes are kept.
    pub(super) fn reset(&mut self, keep: usize) {
        self.references.clear();
        self.referred = 0;
        self.expected = 0;
        if self.own.capacity() > keep {
            self.own = Vec::new();
        }
        self.own.clear();
    }

    /// All output, if nothing of it stands elsewhere.
    #[must_use]
    pub(super) fn as_slice(&self) -> Option<&[u8]> {
        self.references.is_empty().then_some(&self.own)
    }

    /// The pieces in order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        let referring = self.references.iter().flat_map(move |(to, reference)| {
            let own = self.own.get(from..*to).unwrap_or_default();
            from = *to;
            [own, reference.bytes()]
        });
        let last = self.references.last().map_or(0, |(before, _)| *before);
        referring
            .chain(std::iter::once(self.own.get(last..).unwrap_or_default()))
            .filter(|piece| !piece.is_empty())
    }

    /// Empties it into pieces that can wait, without the first `skip` bytes.
    pub(super) fn take_chunks(&mut self, skip: usize) -> Vec<Chunk> {
        if !self.references.is_empty() {
            let chunks = self.copy_read(skip);
            self.own.clear();
            self.referred = 0;
            return chunks;
        }
        let length = self.own.len();
        // What waits should not hold a buffer that is mostly empty.
        if skip > 0 || length < self.own.capacity() / 2 {
            let rest = self.own.get(skip..).unwrap_or_default().to_vec();
            self.own.clear();
            return vec![Chunk::Owned(rest)];
        }
        self.expected = length.min(EXPECTED_MAX);
        vec![Chunk::Owned(std::mem::take(&mut self.own))]
    }

    /// The same if there are references: what was read is copied.
    fn copy_read(&mut self, skip: usize) -> Vec<Chunk> {
        let mut rest = Rest {
            chunks: Vec::new(),
            skip,
            left: self.len().saturating_sub(skip),
        };
        let mut from = 0;
        for (before, reference) in self.references.drain(..) {
            rest.copy(self.own.get(from..before).unwrap_or_default());
            from = before;
            match reference {
                Reference::Read(read) => rest.copy(read.bytes()),
                Reference::Shared(bytes) => rest.share(bytes),
            }
        }
        rest.copy(self.own.get(from..).unwrap_or_default());
        rest.chunks
    }
}

/// What is left of output after its first bytes.
struct Rest {
    chunks: Vec<Chunk>,
    /// Bytes still to be left out.
    skip: usize,
    /// Bytes after those.
    left: usize,
}

impl Rest {
    fn copy(&mut self, bytes: &[u8]) {
        let skipped = bytes.len().min(self.skip);
        self.skip -= skipped;
        let mut bytes = bytes.get(skipped..).unwrap_or_default();
        while !bytes.is_empty() {
            match self.chunks.last_mut() {
                Some(Chunk::Owned(last)) if last.len() < COPY_SIZE => {
                    let room = COPY_SIZE - last.len();
                    let (first, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
                    last.extend_from_slice(first);
                    self.left = self.left.saturating_sub(first.len());
                    bytes = rest;
                }
                _ => {
                    let size = self.left.min(COPY_SIZE);
                    self.chunks.push(Chunk::Owned(Vec::with_capacity(size)));
                }
            }
        }
    }

    fn share(&mut self, bytes: Bytes) {
        if bytes.len() <= self.skip {
            self.skip -= bytes.len();
        } else {
            if let Some(Chunk::Owned(last)) = self.chunks.last_mut() {
                last.shrink_to_fit();
            }
            let rest = bytes.slice(std::mem::take(&mut self.skip)..);
            self.left = self.left.saturating_sub(rest.len());
            self.chunks.push(Chunk::Shared(rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `head`, a payload where it was read, `middle`, a shared one, `tail`.
    fn staged() -> Staged {
        let mut staged = Staged::default();
        let read = Arc::new(b"xxreadxx".to_vec());
        staged.buffer().extend_from_slice(b"head");
        staged.push_read(ReadBytes::new(read, 2..6));
        staged.buffer().extend_from_slice(b"middle");
        staged.push_shared(Bytes::from_static(b"shared"));
        staged.push_shared(Bytes::from_static(b"twice"));
        staged.buffer().extend_from_slice(b"tail");
        staged
    }

    #[test]
    fn pieces_keep_their_order() {
        let staged = staged();
        let pieces: Vec<&[u8]> = staged.pieces().collect();
        let expected: [&[u8]; 6] = [b"head", b"read", b"middle", b"shared", b"twice", b"tail"];
        assert_eq!(pieces, expected);
        assert_eq!(staged.len(), pieces.concat().len());
        assert_eq!(staged.as_slice(), None);
    }

    #[test]
    fn what_waits_is_what_was_not_sent() {
        let whole = staged().pieces().collect::<Vec<_>>().concat();
        for sent in 0..=whole.len() {
            let mut staged = staged();
            let chunks = staged.take_chunks(sent);
            let left: Vec<&[u8]> = chunks.iter().map(Chunk::bytes).collect();
            assert_eq!(left.concat(), &whole[sent..]);
            assert!(staged.is_empty() && staged.pieces().next().is_none());
        }
    }

    #[test]
    fn what_waits_does_not_hold_what_was_read() {
        let buffer = Arc::new(b"payload".to_vec());
        let mut staged = Staged::default();
        staged.push_read(ReadBytes::new(Arc::clone(&buffer), 0..7));
        let chunks = staged.take_chunks(0);
        assert_eq!(chunks.len(), 1);
        assert_eq!(Arc::strong_count(&buffer), 1);
    }

    #[test]
    fn a_few_bytes_that_wait_do_not_hold_a_large_buffer() {
        let mut staged = Staged::default();
        staged.buffer().reserve(1 << 16);
        staged.buffer().extend_from_slice(b"few");
        let chunks = staged.take_chunks(0);
        assert!(matches!(chunks.as_slice(), [Chunk::Owned(few)] if few.capacity() < 1 << 10));
    }
}
