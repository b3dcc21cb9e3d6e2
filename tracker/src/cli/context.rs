//! What every command has: the database's place and how to answer.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::db::Db;
use crate::error::Result;

/// The global options.
#[derive(Debug)]
pub struct Context {
    /// The database's path.
    pub db: PathBuf,
    /// Whether to answer in JSON.
    pub json: bool,
    /// How long to wait for the write lock.
    pub busy: Duration,
}

impl Context {
    /// Gathers the global options.
    pub fn new(db: PathBuf, json: bool, busy: Duration) -> Self {
        Self { db, json, busy }
    }

    /// Opens the database.
    pub fn open(&self) -> Result<Db> {
        Db::open(&self.db, self.busy)
    }

    /// The workspace that the database belongs to: its folder.
    pub fn root(&self) -> &Path {
        match self.db.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    /// Prints a JSON value, or the text that `text` makes.
    pub fn answer(&self, value: &Value, text: impl FnOnce() -> String) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{value:#}")?;
        } else {
            write!(out, "{}", text())?;
        }
        Ok(())
    }
}
