//! Reading a frame as it comes.

use std::io::{self, Read};

use super::error::S2Error;
use super::frame::{CHUNK_LEN_MAX, FrameState, HEAD_LEN, parse_head};

/// Unpacks a frame that comes in. It holds one chunk at a time, packed (at most
/// 16 MiB) and plain (at most 4 MiB).
#[derive(Debug)]
pub struct FrameReader<R> {
    from: R,
    state: FrameState,
    body: Vec<u8>,
    plain: Vec<u8>,
    /// How much of `plain` was read.
    read: usize,
}

impl<R: Read> FrameReader<R> {
    /// Unpacks what `from` gives.
    #[must_use]
    pub fn new(from: R) -> Self {
        Self {
            from,
            state: FrameState::default(),
            body: Vec::new(),
            plain: Vec::new(),
            read: 0,
        }
    }

    /// Unpacks the next chunk with plain bytes; false at the end.
    fn next_chunk(&mut self) -> io::Result<bool> {
        loop {
            let Some(head) = self.head()? else {
                return Ok(false);
            };
            let (kind, len) = parse_head(head);
            self.body.clear();
            self.from
                .by_ref()
                .take(len as u64)
                .read_to_end(&mut self.body)?;
            if self.body.len() < len {
                return Err(S2Error::Corrupt.into());
            }
            if let Some(chunk) = self.state.chunk(kind, &self.body)? {
                self.plain.clear();
                self.read = 0;
                chunk.unpack(CHUNK_LEN_MAX, &mut self.plain)?;
                return Ok(true);
            }
        }
    }

    /// The head of the next chunk; `None` at the end.
    fn head(&mut self) -> io::Result<Option<[u8; HEAD_LEN]>> {
        let mut head = Vec::with_capacity(HEAD_LEN);
        self.from
            .by_ref()
            .take(HEAD_LEN as u64)
            .read_to_end(&mut head)?;
        match <[u8; HEAD_LEN]>::try_from(head.as_slice()) {
            Ok(head) => Ok(Some(head)),
            Err(_) if head.is_empty() => Ok(None),
            Err(_) => Err(S2Error::Corrupt.into()),
        }
    }
}

impl<R: Read> Read for FrameReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while self.read >= self.plain.len() {
            if !self.next_chunk()? {
                return Ok(0);
            }
        }
        let mut left = self.plain.get(self.read..).unwrap_or_default();
        let read = left.read(into)?;
        self.read += read;
        Ok(read)
    }
}
