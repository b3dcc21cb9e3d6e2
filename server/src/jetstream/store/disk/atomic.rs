//! Replacing a file whole.

use std::io;
use std::path::{Path, PathBuf};

use super::traits::{Disk, OpenMode};

pub(super) fn write<D: Disk + ?Sized>(
    disk: &D,
    path: &Path,
    bytes: &[u8],
    sync: bool,
) -> io::Result<()> {
    replace(disk, path, bytes, sync)?;
    match path.parent() {
        Some(directory) if sync => disk.sync_dir(directory),
        _ => Ok(()),
    }
}

pub(super) fn replace<D: Disk + ?Sized>(
    disk: &D,
    path: &Path,
    bytes: &[u8],
    sync: bool,
) -> io::Result<()> {
    let temporary = temporary_name(path);
    let written = fill(disk, &temporary, bytes, sync).and_then(|()| disk.rename(&temporary, path));
    if let Err(error) = written {
        // What is left of it does no harm, and the next write replaces it.
        return Err(match disk.remove_file(&temporary) {
            Err(left) if left.kind() != io::ErrorKind::NotFound => io::Error::new(
                error.kind(),
                format!("{error}; {} is left: {left}", temporary.display()),
            ),
            _ => error,
        });
    }
    Ok(())
}

fn fill<D: Disk + ?Sized>(disk: &D, path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
    if !sync {
        // What was left of another attempt could come back in the place of this one, and
        // nothing would tell that it is not.
        match disk.remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let file = disk.open(path, OpenMode::Truncate)?;
    file.write_at(bytes, 0)?;
    if sync {
        file.sync_data()?;
    }
    Ok(())
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    PathBuf::from(name)
}
