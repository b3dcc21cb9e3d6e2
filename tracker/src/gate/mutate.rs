//! Breaks mapped code and sees whether a mapped test notices.
//!
//! Works on a copy of the workspace's sources under `target/mutants`, with a
//! target folder of its own that stays warm from one mutant to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::mutants;
use super::switch::{self, Mutant};
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
/// Mutants that can wait behind a switch share one build; the others are built
/// one by one. Fails if a job has no test, or if its tests fail before anything
/// is broken: such tests could not show anything.
pub fn mutate(
    workspace: &Path,
    index: &SourceIndex,
    jobs: &[MutationJob],
    report: &mut dyn FnMut(&MutationOutcome),
) -> anyhow::Result<Vec<MutationOutcome>> {
    let bench = Bench::set_up(workspace)?;
    let mutants = all(index, jobs);
    let switches = bench.build_switched(index, &mutants)?;
    // With every switch off it is the sound code. All of this before the first
    // mutant of its own, whose build takes the place of this binary.
    let limits = jobs
        .iter()
        .map(|job| bench.time_limit(&switches.binary, job))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut outcomes = BTreeMap::new();
    let mut tell = |number: usize, verdict: Option<Option<u32>>| {
        let mutant = &mutants[number];
        let outcome = MutationOutcome {
            feature: jobs[mutant.job].feature,
            item: mutant.item.path.clone(),
            mutant: mutant.body.clone(),
            viable: verdict.is_some(),
            killed_by: verdict.flatten(),
        };
        report(&outcome);
        outcomes.insert(number, outcome);
    };
    for (number, mutant) in mutants.iter().enumerate() {
        if switches.on.contains(&number) {
            let tests = &jobs[mutant.job].tests;
            let limit = limits[mutant.job];
            let killed_by = bench.first_failure(&switches.binary, tests, limit, Some(number))?;
            tell(number, Some(killed_by));
        }
    }
    for (number, mutant) in mutants.iter().enumerate() {
        if switches.on.contains(&number) {
            continue;
        }
        if switches.refused.contains(&number) {
            tell(number, None);
            continue;
        }
        let verdict = bench.with_mutant(index, mutant.item, &mutant.body, |binary| {
            bench.first_failure(binary, &jobs[mutant.job].tests, limits[mutant.job], None)
        });
        let place = || format!("{}: {{ {} }}", mutant.item.path, mutant.body);
        tell(number, verdict.with_context(place)?);
    }
    Ok(outcomes.into_values().collect())
}

/// Every mutant of every item of the jobs.
fn all<'a>(index: &'a SourceIndex, jobs: &[MutationJob]) -> Vec<Mutant<'a>> {
    let mut mutants = Vec::new();
    for (job, work) in jobs.iter().enumerate() {
        for item in work.rust.iter().flat_map(|path| index.resolve(path)) {
            let bodies = item.function.as_ref().map(mutants::of);
            mutants.extend(
                bodies
                    .into_iter()
                    .flatten()
                    .map(|body| Mutant { job, item, body }),
            );
        }
    }
    mutants
}

/// What came of building mutants behind switches.
struct Switches {
    binary: PathBuf,
    /// Mutants in the binary.
    on: BTreeSet<usize>,
    /// Mutants that do not compile.
    refused: BTreeSet<usize>,
}

/// What came of a build.
enum Build {
    Done(PathBuf),
    /// The code doesn't compile; the compiler's messages.
    Refused(Vec<serde_json::Value>),
}

/// The copy of the workspace in which code is broken.
struct Bench {
    workspace: PathBuf,
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
            workspace: workspace.to_owned(),
            sources,
            target: home.join("target"),
            _alone: alone,
        })
    }

    /// Puts all mutants that admit it behind switches and builds them, without
    /// those that don't compile.
    fn build_switched(
        &self,
        index: &SourceIndex,
        mutants: &[Mutant<'_>],
    ) -> anyhow::Result<Switches> {
        let (mut on, mut refused): (BTreeSet<usize>, BTreeSet<usize>) =
            (0..mutants.len()).partition(|number| mutants[*number].parses());
        on.retain(|number| mutants[*number].is_switchable());
        loop {
            let files = switch::files(index, mutants, &on)?;
            for (path, file) in &files {
                fs::write(self.sources.join(path), &file.text)?;
            }
            let built = self.build();
            for path in files.keys() {
                fs::copy(self.workspace.join(path), self.sources.join(path))?;
            }
            let complaints = match built? {
                Build::Done(binary) => {
                    return Ok(Switches {
                        binary,
                        on,
                        refused,
                    });
                }
                Build::Refused(complaints) => complaints,
            };
            let blame = |complaint| switch::blamed(&files, complaint);
            let mut blamed: BTreeSet<usize> = complaints.iter().flat_map(blame).collect();
            if on.is_empty() {
                bail!("the sound code doesn't build");
            }
            if blamed.is_empty() {
                // Nobody to blame: all of them are built one by one.
                on.clear();
            }
            on.retain(|number| !blamed.contains(number));
            refused.append(&mut blamed);
        }
    }

    /// Builds the conformance tests.
    fn build(&self) -> anyhow::Result<Build> {
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
        let (mut binary, mut complaints) = (None, Vec::new());
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else {
                continue;
            };
            let is_ours = message["target"]["name"] == "conformance";
            if let (true, Some(path)) = (is_ours, message["executable"].as_str()) {
                binary = Some(PathBuf::from(path));
            }
            if message["message"]["level"] == "error" {
                complaints.push(message["message"].clone());
            }
        }
        match (output.status.success(), binary) {
            (true, Some(binary)) => Ok(Build::Done(binary)),
            (false, _) if !complaints.is_empty() => Ok(Build::Refused(complaints)),
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
        if let Some(id) = self.first_failure(binary, &job.tests, Duration::from_secs(600), None)? {
            bail!(
                "feature {}: test {id} fails with the sound code",
                job.feature
            );
        }
        Ok(started.elapsed() * PATIENCE + Duration::from_secs(10))
    }

    /// Runs tests, with a mutant switched on, and gives the first that did not
    /// pass.
    fn first_failure(
        &self,
        binary: &Path,
        tests: &[u32],
        limit: Duration,
        switched_on: Option<usize>,
    ) -> anyhow::Result<Option<u32>> {
        let records = tempfile::tempdir()?;
        let ids: BTreeSet<u32> = tests.iter().copied().collect();
        let list: Vec<String> = ids.iter().map(u32::to_string).collect();
        let mut command = Command::new(binary);
        command.env_remove(switch::VARIABLE);
        if let Some(number) = switched_on {
            command.env(switch::VARIABLE, number.to_string());
        }
        let output = command
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
        let (start, end) = switch::braces(&sound, function)?;
        fs::write(
            &path,
            format!("{}{{ {body} }}{}", &sound[..start], &sound[end..]),
        )?;
        let seen = self.build().and_then(|built| match built {
            Build::Done(binary) => look(&binary).map(Some),
            Build::Refused(_) => Ok(None),
        });
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
