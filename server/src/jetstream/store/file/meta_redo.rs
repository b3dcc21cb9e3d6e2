//! `meta.new`: how the files of a stream's metadata are replaced as one.
//!
//! Key, configuration and checksum are files of their own, and power that fails
//! between two of them must not leave what does not fit together. So all of them are
//! written to one file first, which is done again when it is found:
//!
//! ```text
//!  0   2  77, and the version 1
//!  2  16  what is in `meta.sum` before
//! 18   4  bytes of `meta.key`, 0 if it stays as it is
//! 22   4  bytes of `meta.inf`
//! 26      meta.key | meta.inf
//!      8  checksum of all before, of the stream's kind
//! ```
//!
//! It is of no use any more if none of the files was replaced, for then nobody was
//! told that they would be, and if all were. Whoever does not know of it, as the Go
//! server, leaves it where it is; what they write in the meantime stands.

use std::io;
use std::path::Path;

use super::checksum::{CHECKSUM_LEN, Checksummer};
use super::meta::{META_FILE, META_KEY_FILE, META_SUM_FILE};
use crate::jetstream::store::disk::Disk;

/// The name of the file.
const REDO_FILE: &str = "meta.new";
const MAGIC: u8 = 77;
const VERSION: u8 = 1;
/// Bytes of `meta.sum`.
const SUM_LEN: usize = 16;

/// What the files of the metadata become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NewMeta<'a> {
    /// `meta.key`, if that changes.
    pub(super) key: Option<&'a [u8]>,
    /// `meta.inf`.
    pub(super) meta: &'a [u8],
}

impl<'a> NewMeta<'a> {
    /// Replaces the files of the stream in `dir`, for good.
    pub(super) fn put(self, disk: &dyn Disk, dir: &Path, stream: &str) -> io::Result<()> {
        let sums = Checksummer::new(stream.as_bytes());
        let redo = dir.join(REDO_FILE);
        let before = read_if_there(disk, &dir.join(META_SUM_FILE))?;
        let has_before = before.len() == SUM_LEN;
        if has_before {
            disk.write_atomically(&redo, &self.encode(&before, &sums), true)?;
        }
        self.put_files(disk, dir, &sums)?;
        if has_before {
            disk.remove_file(&redo)?;
        }
        Ok(())
    }

    fn put_files(self, disk: &dyn Disk, dir: &Path, sums: &Checksummer) -> io::Result<()> {
        if let Some(key) = self.key {
            disk.write_atomically(&dir.join(META_KEY_FILE), key, true)?;
        }
        disk.write_atomically(&dir.join(META_FILE), self.meta, true)?;
        let sum = sums.sum_hex(self.meta);
        disk.write_atomically(&dir.join(META_SUM_FILE), sum.as_bytes(), true)
    }

    fn encode(self, before: &[u8], sums: &Checksummer) -> Vec<u8> {
        let key = self.key.unwrap_or_default();
        let mut out = vec![MAGIC, VERSION];
        out.extend_from_slice(before);
        out.extend_from_slice(&(key.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.meta.len() as u32).to_le_bytes());
        out.extend_from_slice(key);
        out.extend_from_slice(self.meta);
        let sum = sums.sum(&[&out]);
        out.extend_from_slice(&sum);
        out
    }

    /// What a file says, and what was in `meta.sum` before; `None` if it is not whole.
    fn decode(file: &'a [u8], sums: &Checksummer) -> Option<(Self, &'a [u8])> {
        let (body, sum) = file.split_last_chunk::<CHECKSUM_LEN>()?;
        if sums.sum(&[body]) != *sum {
            return None;
        }
        let (&[MAGIC, VERSION], rest) = body.split_first_chunk::<2>()? else {
            return None;
        };
        let (before, rest) = rest.split_at_checked(SUM_LEN)?;
        let (key_len, rest) = rest.split_first_chunk::<4>()?;
        let (meta_len, rest) = rest.split_first_chunk::<4>()?;
        let (key, meta) = rest.split_at_checked(u32::from_le_bytes(*key_len) as usize)?;
        if meta.len() != u32::from_le_bytes(*meta_len) as usize {
            return None;
        }
        let key = Some(key).filter(|key| !key.is_empty());
        Some((Self { key, meta }, before))
    }
}

/// Finishes what was cut short when the files of the stream in `dir` were replaced.
///
/// # Errors
/// Those of the disk.
pub(super) fn finish(disk: &dyn Disk, dir: &Path, stream: &str) -> io::Result<()> {
    let redo = dir.join(REDO_FILE);
    let file = read_if_there(disk, &redo)?;
    if file.is_empty() && !disk.exists(&redo)? {
        return Ok(());
    }
    let sums = Checksummer::new(stream.as_bytes());
    if let Some((new, before)) = NewMeta::decode(&file, &sums) {
        let is_begun = read_if_there(disk, &dir.join(META_FILE))? == new.meta
            || match new.key {
                Some(key) => read_if_there(disk, &dir.join(META_KEY_FILE))? == key,
                None => false,
            };
        if is_begun && read_if_there(disk, &dir.join(META_SUM_FILE))? == before {
            new.put_files(disk, dir, &sums)?;
        }
    }
    disk.remove_file(&redo)
}

/// The contents of a file; nothing if there is none.
fn read_if_there(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    match disk.read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        file => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jetstream::store::disk::{OpenMode, SimDisk};

    const DIR: &str = "/S";

    /// A stream's files, and the file that says what they become.
    fn disk(key: &[u8], meta: &[u8], sum_of: &[u8]) -> SimDisk {
        let disk = SimDisk::new(1);
        let dir = Path::new(DIR);
        disk.create_dir_all(dir).unwrap();
        let sums = Checksummer::new(b"S");
        let old = sums.sum_hex(b"old");
        let new = NewMeta {
            key: Some(b"new key"),
            meta: b"new",
        };
        for (name, bytes) in [
            (META_KEY_FILE, key),
            (META_FILE, meta),
            (META_SUM_FILE, sums.sum_hex(sum_of).as_bytes()),
            (REDO_FILE, &new.encode(old.as_bytes(), &sums)),
        ] {
            let file = disk.open(&dir.join(name), OpenMode::Create).unwrap();
            file.write_at(bytes, 0).unwrap();
        }
        disk
    }

    /// Key, configuration, and whether the checksum is that of the configuration.
    fn check(disk: &SimDisk, key: &[u8], meta: &[u8]) {
        let dir = Path::new(DIR);
        finish(disk, dir, "S").unwrap();
        assert_eq!(disk.read(&dir.join(META_KEY_FILE)).unwrap(), key);
        assert_eq!(disk.read(&dir.join(META_FILE)).unwrap(), meta);
        let sum = Checksummer::new(b"S").sum_hex(meta);
        assert_eq!(disk.read(&dir.join(META_SUM_FILE)).unwrap(), sum.as_bytes());
        assert!(!disk.exists(&dir.join(REDO_FILE)).unwrap());
    }

    #[test]
    fn what_was_begun_is_finished() {
        check(&disk(b"new key", b"old", b"old"), b"new key", b"new");
        check(&disk(b"new key", b"new", b"old"), b"new key", b"new");
        check(&disk(b"new key", b"new", b"new"), b"new key", b"new");
    }

    #[test]
    fn what_was_not_begun_is_forgotten() {
        check(&disk(b"old key", b"old", b"old"), b"old key", b"old");
    }

    #[test]
    fn what_others_wrote_since_stands() {
        check(&disk(b"new key", b"later", b"later"), b"new key", b"later");
    }

    #[test]
    fn damaged_files_are_of_no_use() {
        let whole = disk(b"new key", b"old", b"old");
        let redo = Path::new(DIR).join(REDO_FILE);
        for at in 0..whole.read(&redo).unwrap().len() {
            for damage in [
                &(|file: &mut Vec<u8>| file[at] ^= 1) as &dyn Fn(&mut Vec<u8>),
                &|file: &mut Vec<u8>| file.truncate(at),
            ] {
                let disk = whole.copy(1);
                disk.damage(&redo, damage).unwrap();
                check(&disk, b"new key", b"old");
            }
        }
    }
}
