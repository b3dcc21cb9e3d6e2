//! Completion records: the only proof that a test ran to its end.
//!
//! An exit code proves nothing: a test that calls `process::exit(0)` has one
//! too. With `NATS_CONFORMANCE_RECORDS=DIR` every test that ran leaves
//! `DIR/T0007.json`, written whole or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// Environment variable that names the folder for completion records.
pub const RECORDS_DIR: &str = "NATS_CONFORMANCE_RECORDS";

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It returned, and nothing panicked meanwhile.
    Passed,
    /// It returned an error, something panicked, or its time ran out.
    Failed,
}

/// What is kept of one test's run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The Go test's ID.
    pub id: u32,
    /// The trial's name.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Run time of the test function, in milliseconds.
    pub duration_ms: u64,
    /// Why it failed.
    pub message: Option<String>,
    /// Failures already recorded in the same folder, so that a retry doesn't
    /// hide that the test is flaky.
    #[serde(default)]
    pub earlier_failures: u32,
}

impl Record {
    /// The record's file within a folder.
    pub fn path(dir: &Path, id: u32) -> PathBuf {
        dir.join(format!("T{id:04}.json"))
    }

    /// Reads a record; `None` if there is none.
    pub fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        match fs::read(path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .with_context(|| format!("completion record {}", path.display())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).with_context(|| format!("completion record {}", path.display())),
        }
    }

    /// Writes the record, whole or not at all.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let dir = path.parent().context("a record needs a folder")?;
        fs::create_dir_all(dir)?;
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        serde_json::to_writer(&mut file, self)?;
        file.write_all(b"\n")?;
        file.persist(path)
            .with_context(|| format!("completion record {}", path.display()))?;
        Ok(())
    }

    /// Puts the record into the folder that the environment names, if any.
    pub fn publish(mut self, dir: &Path) -> anyhow::Result<()> {
        let path = Self::path(dir, self.id);
        if let Some(earlier) = Self::read(&path)? {
            let failed = u32::from(earlier.outcome == Outcome::Failed);
            self.earlier_failures = earlier.earlier_failures + failed;
        }
        self.write(&path)
    }
}
