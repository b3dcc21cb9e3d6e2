//! Archives that were unpacked.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::ArchiveError;
use super::restore::restore;
use crate::jetstream::store::disk::Disk;
use crate::jetstream::store::file::meta::{FileStreamInfo, META_FILE, decode_meta};

/// An archive that was unpacked beside the streams. It is removed when this is
/// dropped, unless it was put in its place.
#[derive(Debug)]
pub struct UnpackedStream {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    info: Option<FileStreamInfo>,
}

impl UnpackedStream {
    /// Unpacks an archive into the directory `dir`, which is made.
    ///
    /// # Errors
    /// As [`restore`], and [`ArchiveError::Io`] without a configuration that can be
    /// read.
    pub fn unpack(
        disk: Arc<dyn Disk>,
        archive: impl Read,
        dir: PathBuf,
        bytes_max: u64,
    ) -> Result<Self, ArchiveError> {
        // From here on it is removed if anything goes wrong.
        let mut unpacked = Self {
            disk,
            dir,
            info: None,
        };
        restore(&*unpacked.disk, archive, &unpacked.dir, bytes_max)?;
        let meta = unpacked.disk.read(&unpacked.dir.join(META_FILE))?;
        unpacked.info = Some(decode_meta(&meta).map_err(io::Error::from)?);
        Ok(unpacked)
    }

    /// The stream that it is of.
    #[must_use]
    pub const fn info(&self) -> Option<&FileStreamInfo> {
        self.info.as_ref()
    }

    /// Makes it the directory `to`, in place of what is there.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn move_to(mut self, to: &Path) -> io::Result<()> {
        self.disk.remove_dir_all(to)?;
        if let Some(parent) = to.parent() {
            self.disk.create_dir_all_synced(parent)?;
        }
        self.disk.rename(&self.dir, to)?;
        self.dir = PathBuf::new();
        match to.parent() {
            Some(parent) => self.disk.sync_dir(parent),
            None => Ok(()),
        }
    }
}

impl Drop for UnpackedStream {
    fn drop(&mut self) {
        if !self.dir.as_os_str().is_empty() {
            // What can not be removed now is when the server starts again.
            self.disk.remove_dir_all(&self.dir).ok();
        }
    }
}
