//! How much a store may put on a disk.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// What is assumed when the disk does not say: one terabyte.
pub const STORE_BYTES_DEFAULT: i64 = 1 << 40;

/// Three quarters of the bytes free on the disk of `store_dir`, which is made if
/// it is missing. Go: `diskAvailable`.
#[must_use]
pub fn disk_available(store_dir: &Path) -> i64 {
    let made = match fs::metadata(store_dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(store_dir),
        _ => Ok(()),
    };
    // A directory that cannot be made cannot be asked either.
    match made.and_then(|()| rustix::fs::statvfs(store_dir).map_err(io::Error::from)) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize) / 4 * 3;
            i64::try_from(free).unwrap_or(i64::MAX)
        }
        Err(_) => STORE_BYTES_DEFAULT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_quarters_of_a_real_disk() {
        let base = tempfile::tempdir().unwrap();
        let dir = base.path().join("a/b");
        let disk = || rustix::fs::statvfs(base.path()).unwrap();
        let before = disk();
        let available = u64::try_from(disk_available(&dir)).unwrap();
        assert!(dir.is_dir(), "it is made");
        let after = disk();
        // Others write to the disk meanwhile; what they do is far below an eighth.
        let free = before.f_bavail.min(after.f_bavail) * before.f_frsize;
        assert!(available >= free / 8 * 5 && available <= free / 8 * 7);
        assert_ne!(available, STORE_BYTES_DEFAULT.unsigned_abs());
    }

    #[test]
    fn a_disk_that_does_not_say_is_taken_for_a_large_one() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let below_a_file = file.path().join("x");
        assert_eq!(disk_available(&below_a_file), 1_099_511_627_776);
    }
}
