//! The mutation gate over a sample of a batch.

use std::path::Path;

use crate::db::{Db, Kind, Status, digest};
use crate::error::{Result, fail};
use crate::evidence::{Claim, Proofs, counts_for_complete};
use crate::gates::{Gates, MutationJob, MutationOutcome};
use crate::workspace::Workspace;

/// How many features of a batch are mutated.
pub const SAMPLE: usize = 5;

/// Features to mutate, with what they were drawn by.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Batch and tree.
    pub seed: String,
    /// Features.
    pub features: Vec<u32>,
    /// What the gate is asked.
    pub jobs: Vec<MutationJob>,
}

/// What the gate found.
#[derive(Debug, Clone)]
pub struct Score {
    /// Mutants that compiled.
    pub viable: u32,
    /// Mutants that a test noticed.
    pub killed: u32,
    /// The others.
    pub survivors: Vec<String>,
    /// Features without a single mutant that compiled.
    pub untouched: Vec<u32>,
}

impl Score {
    /// Passes when something was mutated and every mutant was noticed.
    pub fn verdict(&self) -> Result<()> {
        if self.viable == 0 {
            return fail("no mutant compiled: the sample shows nothing");
        }
        if !self.survivors.is_empty() {
            return fail(format!(
                "{} mutants were not noticed by any mapped test",
                self.survivors.len()
            ));
        }
        Ok(())
    }
}

/// Draws features of a batch that have Rust items and tests. The draw depends
/// on nothing but the batch and the committed tree, so it can be repeated but
/// not chosen.
pub fn draw(
    db: &mut Db,
    root: &Path,
    gates: &dyn Gates,
    batch: u32,
    sample: usize,
) -> Result<Drawn> {
    let tree = Workspace::new(root).state()?.tree;
    let seed = format!("batch {batch} tree {tree}");
    db.read(|store| {
        store.batch(batch)?;
        let proofs = Proofs::load(store, gates)?;
        let mut jobs: Vec<(String, MutationJob)> = proofs
            .features()
            .iter()
            .filter(|item| item.facts.batch == batch)
            .filter(|item| matches!(item.status, Status::Complete | Status::Verified))
            .filter_map(|item| job(&proofs, item.id(), &item.rust))
            .map(|job| (digest([seed.as_str(), &job.feature.to_string()]), job))
            .collect();
        jobs.sort_by(|a, b| a.0.cmp(&b.0));
        let mut jobs: Vec<MutationJob> =
            jobs.into_iter().take(sample).map(|(_, job)| job).collect();
        jobs.sort_by_key(|job| job.feature);
        Ok(Drawn {
            seed: seed.clone(),
            features: jobs.iter().map(|job| job.feature).collect(),
            jobs,
        })
    })
}

/// The named features.
pub fn chosen(db: &mut Db, gates: &dyn Gates, ids: &[u32]) -> Result<Drawn> {
    db.read(|store| {
        let proofs = Proofs::load(store, gates)?;
        let mut jobs = Vec::new();
        for item in store.items_by_id(Kind::Feature, ids)? {
            match job(&proofs, item.id(), &item.rust) {
                Some(job) => jobs.push(job),
                None => {
                    return fail(format!(
                        "feature {} has no Rust item or no test to mutate by",
                        item.id()
                    ));
                }
            }
        }
        Ok(Drawn {
            seed: "by hand".to_owned(),
            features: ids.to_vec(),
            jobs,
        })
    })
}

fn job(proofs: &Proofs<'_>, feature: u32, rust: &[String]) -> Option<MutationJob> {
    let mut job = MutationJob {
        feature,
        rust: rust.to_vec(),
        tests: Vec::new(),
        proofs: Vec::new(),
    };
    for claim in proofs.claims(feature, &counts_for_complete) {
        match claim {
            Claim::Test(test) | Claim::Reach(_, test) => job.tests.push(test),
            Claim::Proof(_, path) => job.proofs.push(path),
        }
    }
    let can_notice = !job.tests.is_empty() || !job.proofs.is_empty();
    (!rust.is_empty() && can_notice).then_some(job)
}

/// Mutates what was drawn; `say` gets a line for each mutant.
pub fn run(gates: &dyn Gates, drawn: &Drawn, say: &mut dyn FnMut(&str)) -> Result<Score> {
    let outcomes = break_all(gates, std::slice::from_ref(drawn), say)?;
    Ok(score(drawn, &outcomes))
}

/// Mutates what was drawn several times, all in one build.
pub fn run_all(
    gates: &dyn Gates,
    drawn: &[Drawn],
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Score>> {
    let outcomes = break_all(gates, drawn, say)?;
    Ok(drawn.iter().map(|drawn| score(drawn, &outcomes)).collect())
}

fn break_all(
    gates: &dyn Gates,
    drawn: &[Drawn],
    say: &mut dyn FnMut(&str),
) -> Result<Vec<MutationOutcome>> {
    if drawn.iter().any(|drawn| drawn.jobs.is_empty()) {
        return fail("no feature has both Rust items and tests: nothing can be mutated");
    }
    let jobs: Vec<MutationJob> = drawn.iter().flat_map(|drawn| drawn.jobs.clone()).collect();
    gates.mutate(&jobs, &mut |outcome| {
        let verdict = match (outcome.viable, &outcome.killed_by) {
            (false, _) => "does not compile".to_owned(),
            (true, Some(test)) => format!("noticed by {test}"),
            (true, None) => "not noticed".to_owned(),
        };
        say(&format!(
            "feature {} {} {}: {verdict}",
            outcome.feature, outcome.item, outcome.mutant
        ));
    })
}

fn score(drawn: &Drawn, outcomes: &[MutationOutcome]) -> Score {
    let mine = |outcome: &&MutationOutcome| drawn.features.contains(&outcome.feature);
    let viable: Vec<_> = outcomes
        .iter()
        .filter(mine)
        .filter(|outcome| outcome.viable)
        .collect();
    let survivors: Vec<String> = viable
        .iter()
        .filter(|outcome| outcome.killed_by.is_none())
        .map(|outcome| {
            format!(
                "feature {} {}: {}",
                outcome.feature, outcome.item, outcome.mutant
            )
        })
        .collect();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let touched = |feature: &u32| viable.iter().any(|outcome| outcome.feature == *feature);
    Score {
        viable: count(viable.len()),
        killed: count(viable.len() - survivors.len()),
        survivors,
        untouched: drawn
            .features
            .iter()
            .copied()
            .filter(|feature| !touched(feature))
            .collect(),
    }
}
