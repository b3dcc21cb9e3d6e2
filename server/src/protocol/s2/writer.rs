//! Writing a frame as it grows.

use std::io::{self, Write};

use super::frame::{CHUNK_LEN, push_begin, push_chunk};

/// Packs what is written to it. [`finish`](Self::finish) has to be called: what is
/// left when it is dropped is lost.
#[derive(Debug)]
pub struct FrameWriter<W> {
    to: W,
    has_begun: bool,
    plain: Vec<u8>,
    packed: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// Packs into `to`.
    #[must_use]
    pub fn new(to: W) -> Self {
        Self {
            to,
            has_begun: false,
            plain: Vec::new(),
            packed: Vec::new(),
        }
    }

    /// Writes what is left and gives back where it was written to.
    ///
    /// # Errors
    /// Those of writing.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.to)
    }

    /// Packs what there is as a chunk.
    fn write_chunk(&mut self) -> io::Result<()> {
        if self.plain.is_empty() {
            return Ok(());
        }
        self.packed.clear();
        if !self.has_begun {
            push_begin(&mut self.packed);
        }
        push_chunk(&self.plain, &mut self.packed);
        self.to.write_all(&self.packed)?;
        self.has_begun = true;
        self.plain.clear();
        Ok(())
    }
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.plain.len() >= CHUNK_LEN {
            self.write_chunk()?;
        }
        let room = CHUNK_LEN - self.plain.len();
        let bytes = bytes.get(..room).unwrap_or(bytes);
        self.plain.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_chunk()?;
        self.to.flush()
    }
}
