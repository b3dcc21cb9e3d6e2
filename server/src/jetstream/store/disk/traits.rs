//! What a disk does.

use std::fmt;
use std::io;
use std::path::Path;

use super::atomic;
use super::disk_file::DiskFile;

/// A disk with files and directories. Paths are absolute or relative to wherever
/// the disk begins. Files are made for their owner alone (0600), directories too
/// (0700), as the Go server does.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Opens a file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`], unless `mode` makes the file or its directory is
    /// missing too, and whatever else the disk says.
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>>;

    /// The whole contents of a file.
    ///
    /// # Errors
    /// Those of the disk.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Gives a file or directory another name. A file of that name is replaced.
    ///
    /// # Errors
    /// Those of the disk.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// Those of the disk.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory and all in it; one that is not there is as well.
    ///
    /// # Errors
    /// Those of the disk.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;

    /// Makes a directory and those above it, where they are missing.
    ///
    /// # Errors
    /// Those of the disk.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;

    /// The same, and they are there for good on return.
    ///
    /// # Errors
    /// Those of the disk.
    fn create_dir_all_synced(&self, path: &Path) -> io::Result<()> {
        let mut missing = Vec::new();
        for dir in path.ancestors() {
            if self.exists(dir)? {
                break;
            }
            missing.push(dir);
        }
        self.create_dir_all(path)?;
        let parents = missing.iter().filter_map(|dir| dir.parent());
        for parent in parents.filter(|parent| *parent != Path::new("")) {
            self.sync_dir(parent)?;
        }
        Ok(())
    }

    /// What is in a directory, in order of names. Names that are not UTF-8 are left
    /// out: no store makes such.
    ///
    /// # Errors
    /// Those of the disk.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>>;

    /// Waits until what was created, renamed or removed in a directory is so for
    /// good.
    ///
    /// # Errors
    /// Those of the disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// Those of the disk.
    fn len(&self, path: &Path) -> io::Result<u64>;

    /// Whether there is a file or directory.
    ///
    /// # Errors
    /// Those of the disk, when it cannot tell.
    fn exists(&self, path: &Path) -> io::Result<bool>;

    /// Writes a file such that it has either its old contents or the new: under
    /// another name first (its own with `.tmp`), which then replaces it. With `sync`
    /// it is there for good on return; without, a power cut may leave anything.
    ///
    /// Go: `writeAtomically`.
    ///
    /// # Errors
    /// Those of the disk. The old contents are still there then, unless the error
    /// came of making the new ones permanent.
    fn write_atomically(&self, path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
        atomic::write(self, path, bytes, sync)
    }

    /// Writes a file in the same way, synced, but does not wait until its name is there
    /// for good.
    ///
    /// # Errors
    /// Those of the disk. The old contents are still there then.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        atomic::replace(self, path, bytes, true)
    }
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// To read.
    Read,
    /// To read and write.
    Write,
    /// To read and write, and made if it is missing.
    Create,
    /// To read and write, and made if it is missing, emptied if not.
    Truncate,
}

/// What is in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// Its name, without the directory.
    pub name: String,
    /// Bytes of a file; 0 for a directory.
    pub len: u64,
    /// Whether it is a directory.
    pub is_dir: bool,
}
