//! Runs tests and proofs and stores what they showed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::db::{Db, Evidence, Run};
use crate::error::Result;
use crate::evidence::{Claim, Proofs};
use crate::gates::Gates;
use crate::runner::{self, Finished};
use crate::workspace::{TreeState, Workspace};

/// The outcome of one test in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it passed every time.
    pub passed: bool,
    /// Whether it passed and failed within this run.
    pub mixed: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// What the failure said.
    pub message: String,
}

/// A finished run of tests.
#[derive(Debug, Clone)]
pub struct TestRun {
    /// What was run.
    pub finished: Finished,
    /// By test ID.
    pub outcomes: BTreeMap<u32, Outcome>,
    /// Whether evidence was stored; it is not for a dirty tree.
    pub stored: bool,
}

/// Runs tests `repeat` times without any retry and stores the evidence, unless
/// the tree is dirty: evidence from a dirty tree proves nothing.
pub fn run_tests(
    db: &mut Db,
    root: &Path,
    gates: &dyn Gates,
    ids: &[u32],
    repeat: u32,
    tick: &mut dyn FnMut(usize),
) -> Result<TestRun> {
    let workspace = Workspace::new(root);
    let before = workspace.state()?;
    let mut outcomes: BTreeMap<u32, Outcome> = BTreeMap::new();
    let mut last: Option<Finished> = None;
    for _ in 0..repeat.max(1) {
        let (finished, records) = runner::run_tests(root, ids, false, tick)?;
        for id in ids {
            let (passed, duration_ms, message) = match records.get(id) {
                Some(record) => (
                    record.outcome == "passed",
                    record.duration_ms as i64,
                    record.message.clone().unwrap_or_default(),
                ),
                None => (false, 0, "left no completion record".to_owned()),
            };
            outcomes
                .entry(*id)
                .and_modify(|known| {
                    known.mixed |= known.passed != passed;
                    known.passed &= passed;
                    if !message.is_empty() {
                        known.message.clone_from(&message);
                    }
                })
                .or_insert(Outcome {
                    passed,
                    mixed: false,
                    duration_ms,
                    message,
                });
        }
        last = Some(finished);
    }
    let Some(finished) = last else {
        return crate::error::refuse("nothing was run");
    };
    let stored = !before.dirty && workspace.state()? == before;
    if stored {
        store(
            db,
            gates,
            &before,
            &workspace.who(),
            &finished,
            &outcomes,
            repeat.max(1),
        )?;
    }
    Ok(TestRun {
        finished,
        outcomes,
        stored,
    })
}

fn store(
    db: &mut Db,
    gates: &dyn Gates,
    state: &TreeState,
    who: &str,
    finished: &Finished,
    outcomes: &BTreeMap<u32, Outcome>,
    repeat: u32,
) -> Result<()> {
    db.write(|store| {
        let proofs = Proofs::load(store, gates)?;
        let ids: BTreeSet<u32> = outcomes.keys().copied().collect();
        let mut claims: Vec<Claim> = ids.iter().map(|id| Claim::Test(*id)).collect();
        claims.extend(proofs.reached_by(&ids));
        let mut rows: Vec<Evidence> = Vec::new();
        for claim in &claims {
            let (Claim::Test(test) | Claim::Reach(_, test)) = claim else {
                continue;
            };
            let Some(outcome) = outcomes.get(test) else {
                continue;
            };
            let passes = if outcome.passed { repeat } else { 0 };
            if outcome.mixed {
                // It passed at least once: the pair of rows marks it as flaky.
                rows.extend(proofs.row(claim, true, 1, outcome.duration_ms, ""));
            }
            rows.extend(proofs.row(
                claim,
                outcome.passed,
                passes,
                outcome.duration_ms,
                &outcome.message,
            ));
        }
        rows.retain(|row| !proofs.is_known(row, &state.commit));
        if rows.is_empty() {
            return Ok(());
        }
        let all_passed = outcomes.values().all(|outcome| outcome.passed);
        store.add_run(run_row(state, who, finished, all_passed), &mut rows)?;
        Ok(())
    })
}

/// Runs proofs and stores the evidence for the features they stand for.
pub fn run_proofs(
    db: &mut Db,
    root: &Path,
    gates: &dyn Gates,
    claims: &[Claim],
) -> Result<Vec<String>> {
    let workspace = Workspace::new(root);
    let state = workspace.state()?;
    let paths: BTreeSet<String> = claims
        .iter()
        .filter_map(|claim| match claim {
            Claim::Proof(_, path) => Some(path.clone()),
            _ => None,
        })
        .collect();
    let (runs, passed) = runner::run_proofs(root, &paths.into_iter().collect::<Vec<_>>())?;
    let failed: Vec<String> = passed
        .iter()
        .filter(|(_, passed)| !**passed)
        .map(|(path, _)| path.clone())
        .collect();
    if state.dirty {
        return Ok(failed);
    }
    let finished = runs.into_iter().reduce(|a, b| Finished {
        command: format!("{} && {}", a.command, b.command),
        success: a.success && b.success,
        duration_ms: a.duration_ms + b.duration_ms,
        log: a.log + &b.log,
    });
    let Some(finished) = finished else {
        return Ok(failed);
    };
    db.write(|store| {
        let proofs = Proofs::load(store, gates)?;
        let mut rows: Vec<Evidence> = Vec::new();
        for claim in claims {
            let Claim::Proof(_, path) = claim else {
                continue;
            };
            let good = passed.get(path).copied().unwrap_or(false);
            let message = if good { "" } else { "did not run and pass" };
            rows.extend(proofs.row(claim, good, u32::from(good), finished.duration_ms, message));
        }
        rows.retain(|row| !proofs.is_known(row, &state.commit));
        if !rows.is_empty() {
            let run = run_row(&state, &workspace.who(), &finished, failed.is_empty());
            store.add_run(run, &mut rows)?;
        }
        Ok(())
    })?;
    Ok(failed)
}

/// Builds, unless evidence says that this tree builds, and stores the outcome.
/// Returns the log of a failed build.
pub fn run_build(db: &mut Db, root: &Path, gates: &dyn Gates) -> Result<Option<String>> {
    let workspace = Workspace::new(root);
    let state = workspace.state()?;
    if !state.dirty {
        let known = db.read(|store| {
            Ok(Proofs::load(store, gates)?.fresh_build(&state.tree, &state.toolchain))
        })?;
        if known.is_some() {
            return Ok(None);
        }
    }
    let finished = runner::build(root)?;
    if !state.dirty && finished.success {
        let row = Evidence {
            id: String::new(),
            run: String::new(),
            kind: "build".to_owned(),
            subject: 0,
            item: state.tree.clone(),
            test_hash: String::new(),
            items_hash: String::new(),
            go_hash: String::new(),
            outcome: "passed".to_owned(),
            passes: 1,
            duration_ms: finished.duration_ms,
            message: String::new(),
        };
        db.write(|store| {
            store.add_run(
                run_row(&state, &workspace.who(), &finished, true),
                &mut [row],
            )?;
            Ok(())
        })?;
    }
    Ok((!finished.success).then_some(finished.log))
}

fn run_row(state: &TreeState, who: &str, finished: &Finished, passed: bool) -> Run {
    Run {
        id: String::new(),
        at: String::new(),
        who: who.to_owned(),
        commit: state.commit.clone(),
        dirty: state.dirty,
        toolchain: state.toolchain.clone(),
        lock_hash: state.lock_hash.clone(),
        command: finished.command.clone(),
        result: if passed { "passed" } else { "failed" }.to_owned(),
        duration_ms: finished.duration_ms,
        log_digest: finished.log_digest(),
    }
}
