//! Everything CI wants to know about the ledger at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use crate::db::{Db, Item, Kind, Status};
use crate::error::Result;
use crate::evidence::{Proofs, Standing};
use crate::gates::Gates;
use crate::report::{self, Report};
use crate::workspace::Workspace;
use crate::{doctor, ids, overview, promote, runner};

/// What to look at.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Commit that the change under audit started from.
    pub base: Option<String>,
    /// Whether to build and to run the tests.
    pub run: bool,
}

/// Runs every check; returns the problems found. Writes nothing.
pub fn audit(
    db: &mut Db,
    root: &Path,
    gates: &dyn Gates,
    scope: &Scope,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<String>> {
    let mut problems = doctor::examine(db, root)?;
    let items = promote::done(db)?;
    say(&format!("stub gate over {} items", items.len()));
    for finding in promote::stub_scan(gates, &items) {
        problems.push(format!(
            "stub gate: {}",
            promote::describe(&[finding]).trim()
        ));
    }
    let tests = db.read(|store| store.items(Kind::Test))?;
    declarations(gates, &tests, &mut problems);
    unblocked(db, &mut problems)?;
    evidence(db, gates, &mut problems)?;
    if let Some(base) = &scope.base {
        loosened(db, root, gates, base, &mut problems)?;
    }
    let report = db.read(|store| Report::gather(store, gates))?;
    for (path, text) in report::files(&report, root)? {
        if std::fs::read_to_string(root.join(path)).ok().as_deref() != Some(text.as_str()) {
            problems.push(format!(
                "{path} differs from the ledger; run reports/generate-report.sh"
            ));
        }
    }
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap_or_default();
    if !(readme.contains(report::BEGIN) && readme.contains(report::END)) {
        problems.push("README.md has no place for the ledger's figures".to_owned());
    }
    if scope.run {
        run(root, gates, &tests, &mut problems, say)?;
    }
    Ok(problems)
}

/// Declarations have to name the tests that their IDs stand for, once each.
fn declarations(gates: &dyn Gates, tests: &[Item], problems: &mut Vec<String>) {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for decl in gates.tests() {
        *seen.entry(decl.id).or_default() += 1;
        let place = format!("{}:{}", decl.path.display(), decl.line);
        match tests.get((decl.id as usize).wrapping_sub(1)) {
            None => problems.push(format!("{place}: there is no test {}", decl.id)),
            Some(test) if test.facts.name != decl.name || test.facts.file_stem() != decl.file => {
                problems.push(format!(
                    "{place}: test {} is {}::{}, not {}::{}",
                    decl.id,
                    test.facts.file_stem(),
                    test.facts.name,
                    decl.file,
                    decl.name
                ));
            }
            Some(_) => {}
        }
    }
    for (id, count) in seen.iter().filter(|(_, count)| **count > 1) {
        problems.push(format!("test {id} is declared {count} times"));
    }
    let lost: Vec<u32> = tests
        .iter()
        .filter(|test| matches!(test.status, Status::Complete | Status::Verified))
        .map(Item::id)
        .filter(|id| !seen.contains_key(id))
        .collect();
    if !lost.is_empty() {
        problems.push(format!(
            "tests that are complete or verified, but not declared: {}",
            ids::format(&lost)
        ));
    }
}

/// What waits for others that are done by now is deferred without a reason.
fn unblocked(db: &mut Db, problems: &mut Vec<String>) -> Result<()> {
    let deferred = db.read(overview::deferred)?;
    for row in deferred.iter().filter(|row| row.unblocked) {
        problems.push(format!(
            "{} {} ({}) is deferred until something that is done: {}",
            row.item.kind(),
            row.item.id(),
            row.item.full_name(),
            row.item.reason
        ));
    }
    Ok(())
}

fn evidence(db: &mut Db, gates: &dyn Gates, problems: &mut Vec<String>) -> Result<()> {
    db.read(|store| {
        let proofs = Proofs::load(store, gates)?;
        for item in proofs.features().iter().chain(proofs.tests()) {
            if item.status != Status::Verified {
                continue;
            }
            let (standing, _) = proofs.item_standing(item);
            if !matches!(standing, Standing::Fresh(_)) {
                problems.push(format!(
                    "{} {} ({}) is verified, but its evidence is {}",
                    item.kind(),
                    item.id(),
                    item.full_name(),
                    standing.word()
                ));
            }
        }
        Ok(())
    })
}

/// A change must not promote IDs and touch the gates that judge them.
fn loosened(
    db: &mut Db,
    root: &Path,
    gates: &dyn Gates,
    base: &str,
    problems: &mut Vec<String>,
) -> Result<()> {
    let Some(before) = statuses_at(root, base)? else {
        return Ok(());
    };
    let now = db.read(|store| {
        let mut items = store.items(Kind::Feature)?;
        items.extend(store.items(Kind::Test)?);
        Ok(items)
    })?;
    let promoted = now
        .iter()
        .filter(|item| matches!(item.status, Status::Complete | Status::Verified))
        .filter(|item| {
            before
                .get(&(item.kind(), item.id()))
                .is_some_and(|old| *old < item.status)
        })
        .count();
    if promoted > 0 {
        for finding in gates.loosened(base) {
            problems.push(format!(
                "{}: {} ({promoted} IDs were promoted in the same change)",
                finding.path.display(),
                finding.message
            ));
        }
    }
    Ok(())
}

/// The statuses in the ledger of another commit; `None` when it has no ledger.
fn statuses_at(root: &Path, base: &str) -> Result<Option<BTreeMap<(Kind, u32), Status>>> {
    let workspace = Workspace::new(root);
    let commit = workspace.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", base])?;
    let output = std::process::Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["show", &format!("{commit}:./porting.db")])
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("base.db");
    std::fs::write(&path, &output.stdout)?;
    let mut db = Db::open(&path, Duration::from_secs(1))?;
    db.read(|store| {
        let mut found = BTreeMap::new();
        for kind in [Kind::Feature, Kind::Test] {
            found.extend(
                store
                    .items(kind)?
                    .into_iter()
                    .map(|item| ((kind, item.id()), item.status)),
            );
        }
        Ok(Some(found))
    })
}

/// Builds, runs what claims to pass, and runs what is deferred or n_a although
/// it is declared: a pass there means that the reason has gone.
fn run(
    root: &Path,
    gates: &dyn Gates,
    tests: &[Item],
    problems: &mut Vec<String>,
    say: &mut dyn FnMut(&str),
) -> Result<()> {
    say("build gate");
    let built = runner::build(root)?;
    if !built.success {
        problems.push(format!(
            "the build gate fails:\n{}",
            runner::tail(&built.log)
        ));
        return Ok(());
    }
    let declared = |id: u32| gates.tests().iter().any(|decl| decl.id == id);
    let of = |wanted: &dyn Fn(Status) -> bool| -> Vec<u32> {
        tests
            .iter()
            .filter(|t| wanted(t.status) && declared(t.id()))
            .map(Item::id)
            .collect()
    };
    let claimed = of(&|status| matches!(status, Status::Complete | Status::Verified));
    if !claimed.is_empty() {
        say(&format!("running {} tests", claimed.len()));
        let (_, records) = runner::run_tests(root, &claimed, false, &mut |_| {})?;
        for id in &claimed {
            match records.get(id) {
                Some(record) if record.outcome == "passed" => {}
                Some(record) => problems.push(format!(
                    "test {id} fails: {}",
                    record
                        .message
                        .as_deref()
                        .unwrap_or_default()
                        .lines()
                        .next()
                        .unwrap_or_default()
                )),
                None => problems.push(format!(
                    "test {id} left no completion record: ignored or broken off"
                )),
            }
        }
    }
    let waiting = of(&|status| matches!(status, Status::Deferred | Status::NotApplicable));
    if !waiting.is_empty() {
        say(&format!("running {} deferred tests", waiting.len()));
        let (_, records) = runner::run_tests(root, &waiting, true, &mut |_| {})?;
        for (id, _) in records
            .iter()
            .filter(|(_, record)| record.outcome == "passed")
        {
            problems.push(format!(
                "test {id} is deferred or n_a, but passes: its reason has gone"
            ));
        }
    }
    Ok(())
}
