//! Temporary folders and configuration files, gone when they are dropped.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder of this test.
///
/// # Panics
/// If it can't be made.
#[must_use]
pub fn temp_dir() -> TempDir {
    tempfile::Builder::new()
        .prefix("nats-conformance-")
        .tempdir()
        .expect("a temporary folder can be made")
}

/// A configuration file in a temporary folder of its own.
#[derive(Debug)]
pub struct ConfigFile {
    dir: TempDir,
    path: PathBuf,
}

impl ConfigFile {
    /// Writes a configuration file.
    ///
    /// # Panics
    /// If it can't be written.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let dir = temp_dir();
        let path = dir.path().join("server.conf");
        let file = Self { dir, path };
        file.rewrite(text);
        file
    }

    /// Replaces the file's content in one step, as for a reload.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn rewrite(&self, text: &str) {
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(self.dir.path())?;
            file.write_all(text.as_bytes())?;
            file.persist(&self.path)?;
            Ok(())
        };
        write().unwrap_or_else(|error| panic!("writing {}: {error}", self.path.display()));
    }

    /// Writes another file beside it, for `include` and the like.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn add(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        if let Err(error) = fs::write(&path, content) {
            panic!("writing {}: {error}", path.display());
        }
        path
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}
