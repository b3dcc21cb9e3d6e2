//! The disk of the operating system.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

use super::disk_file::DiskFile;
use super::traits::{DirEntry, Disk, OpenMode};

/// The disk of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

#[derive(Debug)]
struct RealFile(File);

const FILE_MODE: u32 = 0o600;
const DIR_MODE: u32 = 0o700;
/// The most parts that one call takes on Linux (`IOV_MAX`).
const PARTS_MAX: usize = 1024;

impl Disk for RealDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let makes = matches!(mode, OpenMode::Create | OpenMode::Truncate);
        let file = OpenOptions::new()
            .read(true)
            .write(mode != OpenMode::Read)
            .create(makes)
            .truncate(mode == OpenMode::Truncate)
            .mode(FILE_MODE)
            .open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(DIR_MODE)
            .create(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            // Of what a link leads to: streams may be kept elsewhere.
            let about = match fs::metadata(entry.path()) {
                // Removed since.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                about => about?,
            };
            let is_dir = about.is_dir();
            entries.push(DirEntry {
                name,
                len: if is_dir { 0 } else { about.len() },
                is_dir,
            });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::metadata(path)?.len())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }
}

impl DiskFile for RealFile {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            match self.0.read_at(into, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn write_all_vectored_at(&self, parts: &[IoSlice<'_>], mut offset: u64) -> io::Result<()> {
        for parts in parts.chunks(PARTS_MAX) {
            let mut parts = parts.to_vec();
            let mut left = parts.as_mut_slice();
            // Empty ones in front would look like a write that stands still.
            IoSlice::advance_slices(&mut left, 0);
            while !left.is_empty() {
                match rustix::io::pwritev(&self.0, left, offset) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(written) => {
                        IoSlice::advance_slices(&mut left, written);
                        offset += written as u64;
                    }
                    Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::jetstream::store::disk::read_exact_at;

    #[test]
    fn files_are_written_read_and_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let missing = RealDisk.open(&path, OpenMode::Write).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let file = RealDisk.open(&path, OpenMode::Create).unwrap();
        file.write_at(b"hello", 3).unwrap();
        let words: Vec<_> = (0..3_000).map(|i| format!("{i:04}")).collect();
        let mut parts: Vec<_> = words.iter().map(|w| IoSlice::new(w.as_bytes())).collect();
        parts.insert(0, IoSlice::new(b""));
        file.write_all_vectored_at(&parts, 8).unwrap();
        file.sync_data().unwrap();
        assert_eq!(
            (file.len().unwrap(), file.is_empty().unwrap()),
            (12_008, false)
        );
        assert_eq!(
            RealDisk.read(&path).unwrap(),
            [b"\0\0\0hello".as_slice(), words.concat().as_bytes()].concat()
        );
        let mut word = [0; 4];
        read_exact_at(&*file, &mut word, 12_004).unwrap();
        assert_eq!(&word, b"2999");
        let end = read_exact_at(&*file, &mut word, 12_005).unwrap_err();
        assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
        file.set_len(4).unwrap();
        assert_eq!(RealDisk.len(&path).unwrap(), 4);
        let reader = RealDisk.open(&path, OpenMode::Read).unwrap();
        assert!(reader.write_at(b"x", 0).is_err());
        RealDisk.open(&path, OpenMode::Truncate).unwrap();
        assert!(reader.is_empty().unwrap());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn directories_are_made_listed_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("a/b");
        RealDisk.create_dir_all(&inner).unwrap();
        RealDisk.create_dir_all(&inner).unwrap();
        let mode = fs::metadata(&inner).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        RealDisk
            .write_atomically(&inner.join("z"), b"one", true)
            .unwrap();
        RealDisk
            .write_atomically(&inner.join("z"), b"four", false)
            .unwrap();
        RealDisk.create_dir_all(&inner.join("c")).unwrap();
        let entry = |name: &str, len, is_dir| DirEntry {
            name: name.to_owned(),
            len,
            is_dir,
        };
        let expected = [entry("c", 0, true), entry("z", 4, false)];
        assert_eq!(RealDisk.read_dir(&inner).unwrap(), expected);
        RealDisk.rename(&inner.join("z"), &inner.join("y")).unwrap();
        assert!(RealDisk.exists(&inner.join("y")).unwrap());
        RealDisk.remove_file(&inner.join("y")).unwrap();
        assert!(!RealDisk.exists(&inner.join("y")).unwrap());
        RealDisk.sync_dir(&inner).unwrap();
        RealDisk.remove_dir_all(&dir.path().join("a")).unwrap();
        RealDisk.remove_dir_all(&dir.path().join("a")).unwrap();
        assert!(!RealDisk.exists(&inner).unwrap());
        let failed = RealDisk.write_atomically(&inner.join("z"), b"x", false);
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
