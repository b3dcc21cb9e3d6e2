//! The keys of a consumer, and what they were before.

use std::io;
use std::path::Path;

use super::site::ConsumerSite;
use crate::jetstream::store::disk::Disk;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::file::cipher::{AssetKeys, CipherError, Encryption};

pub(super) const KEY_FILE: &str = "meta.key";
pub(super) const OLD_KEY_FILE: &str = "meta.key.old";

/// How a consumer's files are sealed.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// What they are sealed with, if at all.
    current: Option<AssetKeys>,
    /// What some of them may still be sealed with.
    before: Option<Before>,
}

#[derive(Debug)]
enum Before {
    Plain,
    Sealed(AssetKeys),
}

impl Keys {
    /// Loads or makes the keys of the consumer in `dir`. `has_files` says whether
    /// there is something that may be sealed already.
    ///
    /// A key file that a former key or cipher opens is replaced. What it was stays
    /// at hand, on disk too, until [`forget`](Self::forget).
    pub(super) fn load(
        site: &ConsumerSite,
        dir: &Path,
        has_files: bool,
    ) -> Result<Self, StoreError> {
        let disk = &*site.disk;
        let (path, old_path) = (dir.join(KEY_FILE), dir.join(OLD_KEY_FILE));
        let file = read_if_there(disk, &path)?;
        let Some(encryption) = &site.encryption else {
            return match file {
                Some(_) => Err(CipherError::NoKeyFits.into()),
                None => Ok(Self::default()),
            };
        };
        let context = site.key_context();
        let before = before(encryption, &context, disk, &old_path)?;
        let before = match &file {
            Some(file) => match AssetKeys::recover(encryption, &context, file)? {
                (keys, false) => {
                    return Ok(Self {
                        current: Some(keys),
                        before,
                    });
                }
                (keys, true) => Some((Before::Sealed(keys), file.as_slice())),
            },
            None if has_files => Some((Before::Plain, [].as_slice())),
            None => None,
        };
        if let Some((_, old)) = &before {
            disk.write_atomically(&old_path, old, true)?;
        }
        let (keys, file) = AssetKeys::generate(encryption, &context)?;
        disk.write_atomically(&path, &file, true)?;
        Ok(Self {
            current: Some(keys),
            before: before.map(|(before, _)| before),
        })
    }

    /// The keys as they are, to read with.
    pub(super) fn read(site: &ConsumerSite, dir: &Path) -> Result<Self, StoreError> {
        let disk = &*site.disk;
        let file = read_if_there(disk, &dir.join(KEY_FILE))?;
        match (file, &site.encryption) {
            (None, _) => Ok(Self::default()),
            (Some(_), None) => Err(CipherError::NoKeyFits.into()),
            (Some(file), Some(encryption)) => {
                let context = site.key_context();
                let (keys, _) = AssetKeys::recover(encryption, &context, &file)?;
                Ok(Self {
                    current: Some(keys),
                    before: before(encryption, &context, disk, &dir.join(OLD_KEY_FILE))?,
                })
            }
        }
    }

    /// Whether files are sealed.
    pub(super) const fn are_there(&self) -> bool {
        self.current.is_some()
    }

    /// Whether files have to be sealed anew.
    pub(super) const fn have_changed(&self) -> bool {
        self.before.is_some()
    }

    /// Seals the contents of a file, if files are sealed.
    pub(super) fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        Ok(match &self.current {
            Some(keys) => keys.seal(&plain)?,
            None => plain,
        })
    }

    /// Tries `read` on the contents of a file: unsealed, and if it was sealed before
    /// the keys changed, as it was then. `read` is told whether it was not sealed.
    pub(super) fn open<T>(
        &self,
        file: &[u8],
        read: impl Fn(&[u8], bool) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(keys) = &self.current else {
            return read(file, true);
        };
        let error = match keys.unseal(file) {
            Ok(plain) => return read(&plain, false),
            Err(error) => error,
        };
        match &self.before {
            Some(Before::Plain) => read(file, true),
            Some(Before::Sealed(keys)) => read(&keys.unseal(file)?, false),
            None => Err(error.into()),
        }
    }

    /// Removes what the keys were before, when nothing is sealed with it any more.
    pub(super) fn forget(&mut self, disk: &dyn Disk, dir: &Path) -> Result<(), StoreError> {
        if self.before.is_some() {
            disk.remove_file(&dir.join(OLD_KEY_FILE))?;
            disk.sync_dir(dir)?;
            self.before = None;
        }
        Ok(())
    }
}

/// What the keys were before, if not everything is sealed anew yet.
fn before(
    encryption: &Encryption,
    context: &str,
    disk: &dyn Disk,
    path: &Path,
) -> Result<Option<Before>, StoreError> {
    Ok(match read_if_there(disk, path)? {
        Some(file) if file.is_empty() => Some(Before::Plain),
        // If it cannot be opened it is of no use, and what is sealed with it will be
        // found damaged.
        Some(file) => AssetKeys::recover(encryption, context, &file)
            .ok()
            .map(|(keys, _)| Before::Sealed(keys)),
        None => None,
    })
}

/// The contents of a file, if there is one.
pub(super) fn read_if_there(disk: &dyn Disk, path: &Path) -> io::Result<Option<Vec<u8>>> {
    match disk.read(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
