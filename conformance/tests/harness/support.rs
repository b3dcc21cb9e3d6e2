//! Running the fixture and reading what it says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use conformance::harness::record::{Outcome, RECORDS_DIR, Record};

/// The planted tests that pass, and those that have to fail.
pub const PASSING: &str = "7,8,16";
pub const FAILING: &[u32] = &[9, 10, 11, 12, 13, 14, 15, 17];

pub fn fixture() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness-fixture"));
    command
        .env_remove("FIXTURE")
        .env_remove(RECORDS_DIR)
        .env("RUST_BACKTRACE", "0");
    command
}

pub fn run(args: &[&str]) -> Run {
    Run::of(fixture().args(args))
}

pub fn run_planted(fixture_name: &str, args: &[&str]) -> Run {
    Run::of(fixture().env("FIXTURE", fixture_name).args(args))
}

pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Self {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// The line that tells how a test ended.
    pub fn line(&self, id: u32) -> &str {
        let start = format!("test T{id:04}::");
        self.stdout
            .lines()
            .find(|line| line.starts_with(&start))
            .unwrap_or_default()
    }

    /// `passed`, `failed` or `ignored`, by ID.
    pub fn results(&self) -> BTreeMap<u32, &'static str> {
        let mut results = BTreeMap::new();
        for line in self
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("test T"))
        {
            let id = line.split("::").next().unwrap().parse().unwrap();
            let end = line.rsplit_once(" ... ").unwrap().1;
            let end = match end {
                "ok" => "passed",
                "FAILED" => "failed",
                _ if end.starts_with("ignored") => "ignored",
                _ => panic!("unknown end of a test: {line}"),
            };
            assert_eq!(results.insert(id, end), None, "T{id:04} ran twice");
        }
        results
    }
}

/// A folder for completion records.
pub struct Records(tempfile::TempDir);

impl Records {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn dir(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, id: u32) -> PathBuf {
        Record::path(self.dir(), id)
    }

    pub fn get(&self, id: u32) -> Option<Record> {
        Record::read(&self.path(id)).unwrap()
    }

    pub fn outcomes(&self) -> BTreeMap<u32, Outcome> {
        std::fs::read_dir(self.dir())
            .unwrap()
            .map(|entry| Record::read(&entry.unwrap().path()).unwrap().unwrap())
            .map(|record| (record.id, record.outcome))
            .collect()
    }

    pub fn run(&self, args: &[&str]) -> Run {
        Run::of(fixture().env(RECORDS_DIR, self.dir()).args(args))
    }
}
