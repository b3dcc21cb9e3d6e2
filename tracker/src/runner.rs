//! Runs cargo: the conformance tests by ID, proofs in the server crate, the
//! build.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Deserialize;

use crate::db::digest;
use crate::error::{Result, fail};
use crate::proof_target::ProofTarget;

/// How often the progress of a running command is looked at.
const POLL: Duration = Duration::from_millis(50);

/// A command that has ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// What was run.
    pub command: String,
    /// Whether it ended with exit code 0.
    pub success: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// All it printed.
    pub log: String,
}

impl Finished {
    /// SHA-256 of what was printed.
    pub fn log_digest(&self) -> String {
        digest([self.log.as_str()])
    }
}

/// What a test left behind when it ended.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Record {
    /// Test ID.
    pub id: u32,
    /// Trial name.
    pub name: String,
    /// `passed` or `failed`.
    pub outcome: String,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub duration_ms: f64,
    /// What the failure said.
    #[serde(default)]
    pub message: Option<String>,
}

/// Runs tests by ID. A test counts only by the record it leaves when it ends;
/// one that leaves none is a failure, and a run that leaves no record at all is
/// an error. Tests that the catalogue marks as deferred or n_a run only with
/// `include_ignored`.
pub fn run_tests(
    root: &Path,
    ids: &[u32],
    include_ignored: bool,
    tick: &mut dyn FnMut(usize),
) -> Result<(Finished, BTreeMap<u32, Record>)> {
    let records = tempfile::tempdir().context("cannot make a folder for records")?;
    let list: Vec<String> = ids.iter().map(u32::to_string).collect();
    let mut command = cargo(root);
    command
        .args([
            "test",
            "-p",
            "conformance",
            "--test",
            "conformance",
            "--",
            "--ids",
            &list.join(","),
        ])
        .env("NATS_CONFORMANCE_RECORDS", records.path());
    if include_ignored {
        command.arg("--include-ignored");
    }
    let finished = run(command, &mut || tick(count_files(records.path())))?;
    let mut found = BTreeMap::new();
    for id in ids {
        let path = records.path().join(format!("T{id:04}.json"));
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let record: Record = serde_json::from_str(&text)
            .with_context(|| format!("test {id} left a record that cannot be read"))?;
        if record.id != *id {
            return fail(format!("test {id} left the record of test {}", record.id));
        }
        found.insert(*id, record);
    }
    if found.is_empty() {
        return fail(format!(
            "no test left a record: the run matched nothing or did not build\n{}",
            tail(&finished.log)
        ));
    }
    Ok((finished, found))
}

/// Runs Rust tests by path: `nats_server::a::tests::b` is a
/// unit test, `target::b` one of the integration binary `target`. Returns which
/// of them ran and passed.
pub fn run_proofs(
    root: &Path,
    paths: &[String],
) -> Result<(Vec<Finished>, BTreeMap<String, bool>)> {
    let mut targets: BTreeMap<&str, Vec<(&String, &str)>> = BTreeMap::new();
    for path in paths {
        let Some((target, name)) = path.split_once("::") else {
            return fail(format!("{path} is no path of a test"));
        };
        targets.entry(target).or_default().push((path, name));
    }
    let mut runs = Vec::new();
    let mut passed: BTreeMap<String, bool> = BTreeMap::new();
    for (target, tests) in targets {
        let mut command = cargo(root);
        if target == "nats_server" {
            command.args(["test", "-p", "nats-server", "--lib"]);
        } else {
            let Some(found) = ProofTarget::find(root, target) else {
                return fail(format!("no crate has the tests {target}"));
            };
            command.args(["test", "-p", found.package, "--test", target]);
        }
        command
            .args(["--", "--exact"])
            .args(tests.iter().map(|(_, name)| name));
        let finished = run(command, &mut || {})?;
        for (path, name) in tests {
            let line = format!("test {name} ... ok");
            passed.insert(
                path.clone(),
                finished.log.lines().any(|found| found.trim() == line),
            );
        }
        runs.push(finished);
    }
    Ok((runs, passed))
}

/// Builds and lints what the tests run.
pub fn build(root: &Path) -> Result<Finished> {
    let mut all: Option<Finished> = None;
    for (verb, rest) in [
        ("build", &[][..]),
        ("clippy", &["--all-targets", "--", "-D", "warnings"][..]),
    ] {
        let mut command = cargo(root);
        command
            .args([verb, "-p", "nats-server", "-p", "conformance"])
            .args(rest);
        let next = run(command, &mut || {})?;
        all = Some(match all {
            None => next,
            Some(before) => Finished {
                command: format!("{} && {}", before.command, next.command),
                success: before.success && next.success,
                duration_ms: before.duration_ms + next.duration_ms,
                log: before.log + &next.log,
            },
        });
        if all.as_ref().is_some_and(|finished| !finished.success) {
            break;
        }
    }
    all.context("nothing was built")
}

/// The end of a log, for an error message.
pub fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines
        .get(lines.len().saturating_sub(25)..)
        .unwrap_or_default()
        .join("\n")
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).env("CARGO_TERM_COLOR", "never");
    command
}

/// Runs a command to its end, its output in one file.
fn run(mut command: Command, tick: &mut dyn FnMut()) -> Result<Finished> {
    let words: Vec<String> = std::iter::once("cargo".into())
        .chain(
            command
                .get_args()
                .map(|arg| arg.to_string_lossy().into_owned()),
        )
        .collect();
    let log = tempfile::NamedTempFile::new().context("cannot make a log file")?;
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(File::options().append(true).open(log.path())?)
        .stderr(File::options().append(true).open(log.path())?)
        .spawn()
        .context("cannot run cargo")?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        tick();
        std::thread::sleep(POLL);
    };
    tick();
    let bytes = std::fs::read(log.path())?;
    Ok(Finished {
        command: words.join(" "),
        success: status.success(),
        duration_ms: i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX),
        log: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

fn count_files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map(Iterator::count).unwrap_or(0)
}
