//! Breaks mapped code and sees whether a mapped test notices.
//!
//! Works on a copy of the workspace's sources under `target/mutants`, with a
//! target folder of its own that stays warm from one mutant to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::json;

use super::mutants;
use super::switch::{self, Mutant};
use super::{MutationJob, MutationOutcome};
use crate::proof_target::ProofTarget;
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

/// The target of the server crate that holds its unit tests.
const UNIT_TESTS: &str = "nats_server";

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
    let bench = Bench::set_up(workspace, jobs)?;
    let mutants = all(index, jobs);
    let switches = bench.build_switched(index, &mutants)?;
    // With every switch off it is the sound code. All of this before the first
    // mutant of its own, whose build takes the place of this binary.
    let limits = jobs
        .iter()
        .map(|job| bench.time_limit(&switches.binaries, job))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut outcomes = BTreeMap::new();
    let mut tell = |number: usize, verdict: Option<Option<String>>| {
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
            let (job, limit) = (&jobs[mutant.job], limits[mutant.job]);
            let killed_by = bench.first_failure(&switches.binaries, job, limit, Some(number))?;
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
        let verdict = bench.with_mutant(index, mutant.item, &mutant.body, |binaries| {
            bench.first_failure(binaries, &jobs[mutant.job], limits[mutant.job], None)
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
    binaries: Binaries,
    /// Mutants in the binaries.
    on: BTreeSet<usize>,
    /// Mutants that do not compile.
    refused: BTreeSet<usize>,
}

/// Test binaries: that of the conformance tests and, by target, those that hold
/// proofs.
struct Binaries {
    conformance: PathBuf,
    proofs: BTreeMap<String, PathBuf>,
}

/// What came of a build.
enum Build {
    Done(Binaries),
    /// The code doesn't compile; the compiler's messages.
    Refused(Vec<serde_json::Value>),
}

/// The copy of the workspace in which code is broken.
struct Bench {
    workspace: PathBuf,
    sources: PathBuf,
    target: PathBuf,
    /// Targets that hold proofs.
    proof_targets: BTreeSet<String>,
    _alone: File,
}

impl Bench {
    fn set_up(workspace: &Path, jobs: &[MutationJob]) -> anyhow::Result<Self> {
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
            proof_targets: jobs
                .iter()
                .flat_map(|job| &job.proofs)
                .filter_map(|path| path.split_once("::"))
                .map(|(target, _)| target.to_owned())
                .collect(),
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
                Build::Done(binaries) => {
                    return Ok(Switches {
                        binaries,
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

    /// Builds the tests.
    fn build(&self) -> anyhow::Result<Build> {
        let mut command = cargo(&["test", "-p", "conformance", "--test", "conformance"]);
        if !self.proof_targets.is_empty() {
            command.args(["-p", "nats-server"]);
        }
        for target in &self.proof_targets {
            match target.as_str() {
                UNIT_TESTS => command.arg("--lib"),
                target => command.args(["--test", target]),
            };
        }
        let output = command
            .args([
                "--no-run",
                "--locked",
                "--message-format",
                "json",
                "--quiet",
            ])
            .current_dir(&self.sources)
            .env("CARGO_TARGET_DIR", &self.target)
            .output()
            .context("starting cargo")?;
        let (mut binaries, mut complaints) = (BTreeMap::new(), Vec::new());
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else {
                continue;
            };
            let name = message["target"]["name"].as_str().unwrap_or_default();
            // The library of the conformance crate has the name of its tests.
            let is_wanted = message["target"]["kind"] == json!(["test"]) || name == UNIT_TESTS;
            if let (true, Some(path)) = (is_wanted, message["executable"].as_str()) {
                binaries.insert(name.to_owned(), PathBuf::from(path));
            }
            if message["message"]["level"] == "error" {
                complaints.push(message["message"].clone());
            }
        }
        let conformance = binaries.remove("conformance");
        match (output.status.success(), conformance) {
            (true, Some(conformance)) => Ok(Build::Done(Binaries {
                conformance,
                proofs: binaries,
            })),
            (false, _) if !complaints.is_empty() => Ok(Build::Refused(complaints)),
            _ => bail!(
                "cargo failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ),
        }
    }

    /// How long a job's tests may take, from how long they take with the sound
    /// code, which they have to pass.
    fn time_limit(&self, binaries: &Binaries, job: &MutationJob) -> anyhow::Result<Duration> {
        ensure!(
            !job.tests.is_empty() || !job.proofs.is_empty(),
            "feature {} has no test to notice a mutant",
            job.feature
        );
        let started = Instant::now();
        if let Some(test) = self.first_failure(binaries, job, Duration::from_secs(600), None)? {
            bail!("feature {}: {test} fails with the sound code", job.feature);
        }
        Ok(started.elapsed() * PATIENCE + Duration::from_secs(10))
    }

    /// Runs a job's tests, with a mutant switched on, and names the first that
    /// did not pass.
    fn first_failure(
        &self,
        binaries: &Binaries,
        job: &MutationJob,
        limit: Duration,
        switched_on: Option<usize>,
    ) -> anyhow::Result<Option<String>> {
        let switch = |command: &mut Command| {
            command.env_remove(switch::VARIABLE);
            if let Some(number) = switched_on {
                command.env(switch::VARIABLE, number.to_string());
            }
        };
        let failure = self.first_test_to_fail(&binaries.conformance, job, limit, switch)?;
        match failure {
            Some(id) => Ok(Some(format!("test {id}"))),
            None => self.first_proof_to_fail(binaries, job, limit, switch),
        }
    }

    fn first_test_to_fail(
        &self,
        binary: &Path,
        job: &MutationJob,
        limit: Duration,
        switch: impl Fn(&mut Command),
    ) -> anyhow::Result<Option<u32>> {
        if job.tests.is_empty() {
            return Ok(None);
        }
        let records = tempfile::tempdir()?;
        let ids: BTreeSet<u32> = job.tests.iter().copied().collect();
        let list: Vec<String> = ids.iter().map(u32::to_string).collect();
        let mut command = Command::new(binary);
        switch(&mut command);
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

    fn first_proof_to_fail(
        &self,
        binaries: &Binaries,
        job: &MutationJob,
        limit: Duration,
        switch: impl Fn(&mut Command),
    ) -> anyhow::Result<Option<String>> {
        for path in &job.proofs {
            let (target, name) = path.split_once("::").context("no path of a test")?;
            let binary = binaries.proofs.get(target);
            let mut command = Command::new(binary.with_context(|| format!("no target {target}"))?);
            let folder = ProofTarget::find(&self.sources, target).map_or("server", |at| at.folder);
            switch(&mut command);
            let mut log = tempfile::tempfile()?;
            let mut child = command
                .args(["--exact", name])
                .current_dir(self.sources.join(folder))
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(Stdio::null())
                .spawn()
                .context("starting a proof")?;
            let started = Instant::now();
            while child.try_wait()?.is_none() {
                if started.elapsed() > limit {
                    child.kill()?;
                    child.wait()?;
                    return Ok(Some(path.clone()));
                }
                thread::sleep(Duration::from_millis(10));
            }
            let mut text = String::new();
            log.rewind()?;
            log.read_to_string(&mut text)?;
            let line = format!("test {name} ... ok");
            if !text.lines().any(|found| found.trim() == line) {
                return Ok(Some(path.clone()));
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
        look: impl FnOnce(&Binaries) -> anyhow::Result<T>,
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
            Build::Done(binaries) => look(&binaries).map(Some),
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
