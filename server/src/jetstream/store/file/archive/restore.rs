//! Reading an archive.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::error::ArchiveError;
use super::writer::ERRORS_FILE;
use crate::jetstream::store::disk::{Disk, OpenMode};
use crate::protocol::s2::FrameReader;

/// Bytes that are written at a time.
const PART_LEN: usize = 1 << 20;
/// Longest explanation of an archive that is not whole.
const WHY_LEN_MAX: u64 = 4_096;
/// Most bytes between the contents of two files: headers and long names, which are read
/// into memory.
const HEADERS_LEN_MAX: u64 = 64 * 1024;

/// Puts the files of an archive into the directory `into`, which is made, and waits
/// until they are there for good. Nothing is written outside of it. Returns how
/// many bytes the files have, which may not be more than `bytes_max`.
///
/// # Errors
/// What is wrong with the archive, or with the disk. What was written until then
/// is left to the caller.
pub fn restore(
    disk: &dyn Disk,
    archive: impl Read,
    into: &Path,
    bytes_max: u64,
) -> Result<u64, ArchiveError> {
    disk.create_dir_all(into)?;
    let allowance = Cell::new(HEADERS_LEN_MAX);
    let mut tar = tar::Archive::new(Watched {
        from: FrameReader::new(archive),
        has_ended: false,
        allowance: &allowance,
    });
    let mut dirs = vec![into.to_path_buf()];
    let mut total = 0_u64;
    for entry in tar.entries()? {
        let mut entry = entry?;
        if !matches!(entry.header().entry_type(), tar::EntryType::Regular) {
            return Err(ArchiveError::UnexpectedContent);
        }
        let name = entry.path_bytes();
        let name = std::str::from_utf8(&name).map_err(|_| ArchiveError::UnexpectedContent)?;
        if name == ERRORS_FILE {
            let mut why = String::new();
            entry.take(WHY_LEN_MAX).read_to_string(&mut why)?;
            return Err(ArchiveError::Incomplete(why));
        }
        let path = into.join(place_of(name)?);
        allowance.set(entry.size().saturating_add(HEADERS_LEN_MAX));
        total = total.saturating_add(entry.size());
        if total > bytes_max {
            return Err(ArchiveError::TooLarge(bytes_max));
        }
        if let Some(dir) = path.parent().filter(|dir| !dirs.iter().any(|d| d == dir)) {
            disk.create_dir_all(dir)?;
            dirs.push(dir.to_path_buf());
        }
        write_file(disk, &path, &mut entry)?;
        allowance.set(HEADERS_LEN_MAX);
    }
    let mut rest = tar.into_inner();
    if rest.has_ended {
        // It has a mark at its end, behind which nothing was looked for.
        return Err(ArchiveError::Incomplete("its end is missing".to_owned()));
    }
    allowance.set(u64::MAX);
    io::copy(&mut rest, &mut io::sink())?;
    let consumers = into.join("obs");
    if disk.exists(&consumers)? {
        dirs.push(consumers);
    }
    for dir in &dirs {
        disk.sync_dir(dir)?;
    }
    Ok(total)
}

/// Notices when all was read, and when it is more than there can be.
struct Watched<'a, R> {
    from: R,
    has_ended: bool,
    /// How many bytes may be read yet.
    allowance: &'a Cell<u64>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.has_ended |= read == 0 && !into.is_empty();
        let left = self.allowance.get().checked_sub(read as u64);
        let left = left.ok_or_else(|| io::Error::other("a name is too long"))?;
        self.allowance.set(left);
        Ok(read)
    }
}

/// Where a file of this name belongs, if it is one that a stream has.
fn place_of(name: &str) -> Result<PathBuf, ArchiveError> {
    let path = Path::new(name.strip_prefix("./").unwrap_or(name));
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str().unwrap_or_default()),
            _ => return Err(ArchiveError::UnexpectedContent),
        }
    }
    match parts.as_slice() {
        ["meta.inf" | "meta.sum"] | ["msgs", _] | ["obs", _, "meta.inf" | "meta.sum" | "o.dat"]
            if !name.contains('\0') =>
        {
            Ok(parts.iter().collect())
        }
        _ => Err(ArchiveError::UnexpectedContent),
    }
}

fn write_file(disk: &dyn Disk, path: &Path, from: &mut impl Read) -> io::Result<()> {
    let file = disk.open(path, OpenMode::Truncate)?;
    let mut part = Vec::new();
    let mut offset = 0;
    loop {
        part.clear();
        from.take(PART_LEN as u64).read_to_end(&mut part)?;
        if part.is_empty() {
            return file.sync_data();
        }
        file.write_at(&part, offset)?;
        offset += part.len() as u64;
    }
}
