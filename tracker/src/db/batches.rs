//! Modules, batches and libraries.

use std::fmt;
use std::str::FromStr;

use super::Store;
use super::items::parsed;
use crate::error::{Result, refuse};

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BatchStatus {
    /// Nothing may change in it yet.
    NotStarted,
    /// Open for work.
    Started,
    /// Closed: every item is verified, deferred or n_a.
    Complete,
}

impl BatchStatus {
    /// The word used in the database and in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Started => "started",
            Self::Complete => "complete",
        }
    }
}

impl fmt::Display for BatchStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for BatchStatus {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        [Self::NotStarted, Self::Started, Self::Complete]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| format!("\"{text}\" is no batch status"))
    }
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Number.
    pub id: u32,
    /// What it is about.
    pub name: String,
    /// Batches that stand before it.
    pub depends_on: Vec<u32>,
    /// Where it stands.
    pub status: BatchStatus,
}

/// A Go dependency and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// Go module path.
    pub go_module: String,
    /// Go module version.
    pub version: String,
    /// Crate, `std`, or `own` for our own code; empty when undecided.
    pub krate: String,
    /// Why.
    pub reason: String,
}

impl Store<'_> {
    /// Modules as (ID, name, path) in ID order.
    pub fn modules(&self) -> Result<Vec<(u32, String, String)>> {
        let mut statement = self
            .conn
            .prepare("SELECT id, name, path FROM module ORDER BY id")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Stores a module.
    pub fn put_module(&self, id: u32, name: &str, path: &str) -> Result<()> {
        self.conn.execute(
            "INSERT OR REPLACE INTO module VALUES (?1, ?2, ?3)",
            (id, name, path),
        )?;
        Ok(())
    }

    /// All batches in ID order.
    pub fn batches(&self) -> Result<Vec<Batch>> {
        let mut statement = self
            .conn
            .prepare("SELECT id, name, depends_on, status FROM batch ORDER BY id")?;
        let rows = statement.query_map([], |row| {
            let depends_on = numbers(&row.get::<_, String>(2)?);
            Ok(Batch {
                id: row.get(0)?,
                name: row.get(1)?,
                depends_on,
                status: parsed(row, 3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// One batch; refuses an unknown number.
    pub fn batch(&self, id: u32) -> Result<Batch> {
        let batches = self.batches()?;
        let last = batches.last().map_or(0, |batch| batch.id);
        match batches.into_iter().find(|batch| batch.id == id) {
            Some(batch) => Ok(batch),
            None => refuse(format!("unknown batch {id}: they run from 0 to {last}")),
        }
    }

    /// Stores a batch of the plan; a known one keeps its status.
    pub fn put_batch(&self, id: u32, name: &str, depends_on: &[u32]) -> Result<()> {
        let stored: Vec<String> = depends_on.iter().map(u32::to_string).collect();
        self.conn.execute(
            "INSERT INTO batch VALUES (?1, ?2, ?3, 'not_started')
             ON CONFLICT (id) DO UPDATE SET name = ?2, depends_on = ?3",
            (id, name, stored.join(",")),
        )?;
        Ok(())
    }

    pub(super) fn put_batch_status(&self, id: u32, status: BatchStatus) -> Result<()> {
        self.conn.execute(
            "UPDATE batch SET status = ?2 WHERE id = ?1",
            (id, status.as_str()),
        )?;
        Ok(())
    }

    /// All libraries in name order.
    pub fn libraries(&self) -> Result<Vec<Library>> {
        let mut statement = self
            .conn
            .prepare("SELECT go_module, version, crate, reason FROM library ORDER BY go_module")?;
        let rows = statement.query_map([], |row| {
            Ok(Library {
                go_module: row.get(0)?,
                version: row.get(1)?,
                krate: row.get(2)?,
                reason: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Stores a Go dependency; a known one keeps its mapping.
    pub fn put_library(&self, go_module: &str, version: &str) -> Result<()> {
        self.conn.execute(
            "INSERT INTO library VALUES (?1, ?2, '', '')
             ON CONFLICT (go_module) DO UPDATE SET version = ?2",
            (go_module, version),
        )?;
        Ok(())
    }

    pub(super) fn put_library_mapping(&self, library: &Library) -> Result<()> {
        self.conn.execute(
            "UPDATE library SET crate = ?2, reason = ?3 WHERE go_module = ?1",
            (&library.go_module, &library.krate, &library.reason),
        )?;
        Ok(())
    }
}

/// Batch numbers start at 0, which an ID list refuses, so they are read here.
fn numbers(text: &str) -> Vec<u32> {
    text.split(',')
        .filter_map(|number| number.parse().ok())
        .collect()
}
