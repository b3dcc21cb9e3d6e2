//! The outer process: starts each test in a process of its own.
//!
//! So a test that exits, aborts or hangs harms no other, a panic is always
//! attributed to the right test, and `cargo test`, `--test-threads=1` and
//! nextest see the same thing. The verdict is the record the inner process
//! leaves, never its exit code alone.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

use anyhow::{Context, bail};
use tempfile::TempDir;

use super::plan::Planned;
use super::record::{Outcome, RECORDS_DIR, Record};

/// Our own flag that marks the inner process: `--isolated ID VERDICT SECONDS`.
pub(super) const ISOLATED: &str = "--isolated";

/// What all trials of one run share.
#[derive(Debug)]
pub(super) struct Supervisor {
    program: PathBuf,
    scratch: TempDir,
    records: Option<PathBuf>,
    nocapture: bool,
    limit_secs: u64,
}

impl Supervisor {
    /// A supervisor; with `nocapture` the tests write straight to our output.
    pub(super) fn new(nocapture: bool, limit_secs: u64) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            program: std::env::current_exe().context("finding this very program")?,
            scratch: tempfile::Builder::new().prefix("conformance-").tempdir()?,
            records: std::env::var_os(RECORDS_DIR).map(PathBuf::from),
            nocapture,
            limit_secs,
        }))
    }

    /// Runs one test and says whether it passed.
    pub(super) fn run(&self, test: &Planned) -> anyhow::Result<()> {
        let verdict = Record::path(self.scratch.path(), test.id);
        let output = self.scratch.path().join(format!("T{:04}.out", test.id));
        let status = self.spawn(test, &verdict, &output)?;
        let record = Record::read(&verdict)?;
        let printed = if self.nocapture {
            String::new()
        } else {
            read_lossy(&output)?
        };
        match record {
            Some(record) => self.judge(record, status, &printed),
            None => {
                self.withdraw(test.id)?;
                bail!("no completion record: the test's process ended early ({status})\n{printed}")
            }
        }
    }

    fn spawn(&self, test: &Planned, verdict: &Path, output: &Path) -> anyhow::Result<ExitStatus> {
        let mut command = Command::new(&self.program);
        command
            .arg(ISOLATED)
            .arg(test.id.to_string())
            .arg(verdict)
            .arg(self.limit_secs.to_string())
            .stdin(Stdio::null());
        if !self.nocapture {
            let file = File::create(output)?;
            command.stdout(file.try_clone()?).stderr(file);
        }
        command.status().context("starting the test's own process")
    }

    fn judge(&self, record: Record, status: ExitStatus, printed: &str) -> anyhow::Result<()> {
        let passed = record.outcome == Outcome::Passed;
        if passed != status.success() {
            self.withdraw(record.id)?;
            bail!("the test's process ended with {status} after its record was left\n{printed}");
        }
        let message = record.message.clone();
        if let Some(dir) = &self.records {
            record.publish(dir)?;
        }
        if passed {
            return Ok(());
        }
        bail!("{}\n{printed}", message.unwrap_or_default())
    }

    /// Takes back a record that an earlier run left for this test.
    fn withdraw(&self, id: u32) -> anyhow::Result<()> {
        let Some(dir) = &self.records else {
            return Ok(());
        };
        match fs::remove_file(Record::path(dir, id)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }
}

fn read_lossy(path: &Path) -> anyhow::Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}
