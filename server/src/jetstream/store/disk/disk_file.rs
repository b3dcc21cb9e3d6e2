//! What an open file does.

use std::fmt;
use std::io::{self, IoSlice};

/// An open file. Offsets are in bytes from its beginning.
pub trait DiskFile: fmt::Debug + Send + Sync {
    /// Reads from `offset` on, and says how much: less than asked for is no error, 0
    /// the end of the file.
    ///
    /// # Errors
    /// Those of the disk.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// Those of the disk. Some may be written then.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Writes all of `parts`, one after the other.
    ///
    /// # Errors
    /// Those of the disk. Some may be written then.
    fn write_all_vectored_at(&self, parts: &[IoSlice<'_>], offset: u64) -> io::Result<()>;

    /// Cuts the file off, or makes it longer by zeros.
    ///
    /// # Errors
    /// Those of the disk.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Waits until what was written, and the length, is there for good.
    ///
    /// # Errors
    /// Those of the disk. What was written since the last success may be lost then,
    /// even if a later call succeeds.
    fn sync_data(&self) -> io::Result<()>;

    /// Its bytes.
    ///
    /// # Errors
    /// Those of the disk.
    fn len(&self) -> io::Result<u64>;

    /// Whether it has none.
    ///
    /// # Errors
    /// Those of the disk.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// Fills `into` from `offset` on.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] if the file ends before, and those of the disk.
pub fn read_exact_at(file: &dyn DiskFile, mut into: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !into.is_empty() {
        match file.read_at(into, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                into = into.get_mut(read..).unwrap_or_default();
                offset += read as u64;
            }
        }
    }
    Ok(())
}
