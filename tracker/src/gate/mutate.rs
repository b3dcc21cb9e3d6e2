//! Breaks mapped code and sees whether a mapped test notices.
//!
//! Works on a copy of the workspace's sources under `target/mutants`, with a
//! target folder of its own that stays warm from one mutant to the next.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use proc_macro2::LineColumn;

use super::mutants;
use super::{MutationJob, MutationOutcome};
use crate::source::{Item, SourceIndex};

/// What a build of the conformance tests needs.
const SOURCES: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    ".cargo",
    "server",
    "conformance",
    "tracker",
];

/// A mutant may take this much longer than the sound code.
const PATIENCE: u32 = 5;

/// Breaks each job's items in turn and runs its tests against every mutant.
///
/// Fails if a job has no test, or if its tests fail before anything is broken:
/// such tests could not show anything.
pub fn mutate(
    workspace: &Path,
    index: &SourceIndex,
    jobs: &[MutationJob],
    report: &mut dyn FnMut(&MutationOutcome),
) -> anyhow::Result<Vec<MutationOutcome>> {
    let bench = Bench::set_up(workspace)?;
    let binary = bench.build()?.context("the sound code doesn't build")?;
    // All of it before the first mutant: each mutant's build takes the place of
    // the sound binary.
    let limits = jobs
        .iter()
        .map(|job| bench.time_limit(&binary, job))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut outcomes = Vec::new();
    for (job, limit) in jobs.iter().zip(limits) {
        for item in job.rust.iter().flat_map(|path| index.resolve(path)) {
            let Some(function) = &item.function else {
                continue;
            };
            for body in mutants::of(function) {
                let verdict = bench.with_mutant(index, item, &body, |binary| {
                    bench.first_failure(binary, &job.tests, limit)
                });
                let verdict = verdict.with_context(|| format!("{}: {{ {body} }}", item.path))?;
                let outcome = MutationOutcome {
                    feature: job.feature,
                    item: item.path.clone(),
                    mutant: body,
                    viable: verdict.is_some(),
                    killed_by: verdict.flatten(),
                };
                report(&outcome);
                outcomes.push(outcome);
            }
        }
    }
    Ok(outcomes)
}

/// The copy of the workspace in which code is broken.
struct Bench {
    sources: PathBuf,
    target: PathBuf,
    _alone: File,
}

impl Bench {
    fn set_up(workspace: &Path) -> anyhow::Result<Self> {
        let home = workspace.join("target").join("mutants");
        let sources = home.join("sources");
        fs::create_dir_all(&sources)?;
        let alone = File::create(home.join("lock"))?;
        alone
            .lock()
            .context("waiting for another mutation run to end")?;
        for name in SOURCES {
            mirror(&workspace.join(name), &sources.join(name))?;
        }
        Ok(Self {
            sources,
            target: home.join("target"),
            _alone: alone,
        })
    }

    /// Builds the conformance tests; `None` if the code doesn't compile.
    fn build(&self) -> anyhow::Result<Option<PathBuf>> {
        let output = cargo(&[
            "test",
            "-p",
            "conformance",
            "--test",
            "conformance",
            "--no-run",
        ])
        .args(["--locked", "--message-format", "json", "--quiet"])
        .current_dir(&self.sources)
        .env("CARGO_TARGET_DIR", &self.target)
        .output()
        .context("starting cargo")?;
        let (mut binary, mut complained) = (None, false);
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else {
                continue;
            };
            let is_ours = message["target"]["name"] == "conformance";
            if let (true, Some(path)) = (is_ours, message["executable"].as_str()) {
                binary = Some(PathBuf::from(path));
            }
            complained |= message["message"]["level"] == "error";
        }
        match (output.status.success(), binary) {
            (true, Some(binary)) => Ok(Some(binary)),
            (false, _) if complained => Ok(None),
            _ => bail!(
                "cargo failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ),
        }
    }

    /// How long a job's tests may take, from how long they take with the sound
    /// code, which they have to pass.
    fn time_limit(&self, binary: &Path, job: &MutationJob) -> anyhow::Result<Duration> {
        ensure!(
            !job.tests.is_empty(),
            "feature {} has no test to notice a mutant",
            job.feature
        );
        let started = Instant::now();
        if let Some(id) = self.first_failure(binary, &job.tests, Duration::from_secs(600))? {
            bail!(
                "feature {}: test {id} fails with the sound code",
                job.feature
            );
        }
        Ok(started.elapsed() * PATIENCE + Duration::from_secs(10))
    }

    /// Runs tests and gives the first that did not pass.
    fn first_failure(
        &self,
        binary: &Path,
        tests: &[u32],
        limit: Duration,
    ) -> anyhow::Result<Option<u32>> {
        let records = tempfile::tempdir()?;
        let ids: BTreeSet<u32> = tests.iter().copied().collect();
        let list: Vec<String> = ids.iter().map(u32::to_string).collect();
        let output = Command::new(binary)
            .args([
                "--ids",
                &list.join(","),
                "--limit",
                &limit.as_secs().max(1).to_string(),
            ])
            .current_dir(self.sources.join("conformance"))
            .env("NATS_CONFORMANCE_RECORDS", records.path())
            .stdin(Stdio::null())
            .output()
            .context("starting the conformance tests")?;
        if output.status.code() == Some(2) {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let passed = |id: &u32| -> anyhow::Result<bool> {
            let path = records.path().join(format!("T{id:04}.json"));
            let Ok(text) = fs::read(&path) else {
                return Ok(false);
            };
            let record: serde_json::Value = serde_json::from_slice(&text)?;
            Ok(record["outcome"] == "passed")
        };
        for id in &ids {
            if !passed(id)? {
                return Ok(Some(*id));
            }
        }
        Ok(None)
    }

    /// Puts a mutant in place for as long as it is looked at. `None` if it
    /// doesn't compile.
    fn with_mutant<T>(
        &self,
        index: &SourceIndex,
        item: &Item,
        body: &str,
        look: impl FnOnce(&Path) -> anyhow::Result<T>,
    ) -> anyhow::Result<Option<T>> {
        let file = index.file(item);
        let path = self.sources.join(&file.path);
        let sound = fs::read_to_string(&path)?;
        ensure!(
            sound == file.text,
            "{} changed meanwhile",
            file.path.display()
        );
        let function = item
            .function
            .as_ref()
            .context("only functions have a body")?;
        let braces = &function.block.brace_token.span;
        let start = offset(&sound, braces.open().start()).context("no such place")?;
        let end = offset(&sound, braces.close().end()).context("no such place")?;
        fs::write(
            &path,
            format!("{}{{ {body} }}{}", &sound[..start], &sound[end..]),
        )?;
        let seen = self
            .build()
            .and_then(|binary| binary.map(|b| look(&b)).transpose());
        fs::write(&path, sound)?;
        seen
    }
}

fn cargo(args: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(args).env_remove("CARGO_MANIFEST_DIR");
    command
}

/// Byte offset of a place; lines count from 1 and columns, in characters, from 0.
fn offset(text: &str, place: LineColumn) -> Option<usize> {
    let before: usize = text
        .split_inclusive('\n')
        .take(place.line - 1)
        .map(str::len)
        .sum();
    let line = text[before..].split_inclusive('\n').next()?;
    let within: usize = line.chars().take(place.column).map(char::len_utf8).sum();
    Some(before + within)
}

/// Makes a copy equal to its original, and touches only what differs, so that
/// cargo builds no more than it has to.
fn mirror(from: &Path, to: &Path) -> anyhow::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            if name != "target" {
                mirror(&from.join(&name), &to.join(&name))?;
                names.insert(name);
            }
        }
        for entry in fs::read_dir(to)? {
            let entry = entry?;
            if !names.contains(&entry.file_name()) {
                remove(&entry.path())?;
            }
        }
    } else if from.is_file() {
        let wanted = fs::read(from)?;
        if fs::read(to).ok().as_ref() != Some(&wanted) {
            fs::write(to, wanted)?;
        }
    } else if to.exists() {
        remove(to)?;
    }
    Ok(())
}

fn remove(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)?
    } else {
        fs::remove_file(path)?
    }
    Ok(())
}
