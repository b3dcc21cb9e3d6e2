//! Writing an archive.

use std::io::{self, Write};

use crate::jetstream::store::file::consumer_store::ArchivedConsumer;
use crate::protocol::s2::FrameWriter;

/// Writes an archive. It is whole only when [`finish`](Self::finish) returned.
pub struct ArchiveWriter<W: Write> {
    tar: tar::Builder<FrameWriter<W>>,
    /// What all files have as their time, in seconds since 1970.
    time: u64,
}

/// What is written instead of the rest when something goes wrong.
pub(super) const ERRORS_FILE: &str = "errors.txt";
const FILE_MODE: u32 = 0o600;
const OWNER: &str = "nats";

impl<W: Write> ArchiveWriter<W> {
    /// Writes to `to`; `now` is nanoseconds since 1970.
    #[must_use]
    pub fn new(to: W, now: i64) -> Self {
        Self {
            tar: tar::Builder::new(FrameWriter::new(to)),
            time: (now / 1_000_000_000).max(0).unsigned_abs(),
        }
    }

    /// Adds a file. `name` has slashes between directories.
    ///
    /// # Errors
    /// Those of writing, and a name that cannot be one.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(FILE_MODE);
        header.set_mtime(self.time);
        header.set_username(OWNER)?;
        header.set_groupname(OWNER)?;
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(bytes.len() as u64);
        self.tar.append_data(&mut header, name, bytes)
    }

    /// Adds a consumer.
    ///
    /// # Errors
    /// As [`file`](Self::file).
    pub fn consumer(&mut self, consumer: &ArchivedConsumer) -> io::Result<()> {
        let name = |file: &str| format!("obs/{}/{file}", consumer.name);
        self.file(&name("meta.inf"), &consumer.meta)?;
        self.file(&name("meta.sum"), consumer.sum.as_bytes())?;
        self.file(&name("o.dat"), &consumer.state)
    }

    /// Says in the archive why it is not whole.
    ///
    /// # Errors
    /// Those of writing.
    pub fn fail(&mut self, why: &str) -> io::Result<()> {
        self.file(ERRORS_FILE, why.as_bytes())
    }

    /// Writes the end and gives back where it was written to.
    ///
    /// # Errors
    /// Those of writing.
    pub fn finish(self) -> io::Result<W> {
        self.tar.into_inner()?.finish()
    }
}
