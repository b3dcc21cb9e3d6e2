//! Row-wise three-way merge of two ledgers, for git.
//!
//! Ours is kept; what theirs added to the history since the common ancestor is
//! appended to our chain, in its order and with its times. A value changed on
//! one side only is taken from that side. Where both sides changed the same
//! status differently, the lower one is taken and the history says so; for
//! other values ours is kept and the history says so.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{Batch, Change, HistoryRow, Item, Kind, Library, Store};
use crate::error::{Result, refuse};

/// What a merge did.
#[derive(Debug, Clone, Default)]
pub struct Merged {
    /// Values taken from theirs.
    pub taken: usize,
    /// Conflicts, each told in a sentence.
    pub conflicts: Vec<String>,
}

/// One side of a merge, read whole.
#[derive(Debug)]
pub struct Side {
    baseline: Option<String>,
    items: BTreeMap<(Kind, u32), Item>,
    batches: BTreeMap<u32, Batch>,
    libraries: BTreeMap<String, Library>,
    history: Vec<HistoryRow>,
    runs: Vec<crate::db::Run>,
    evidence: Vec<crate::db::Evidence>,
    mutations: Vec<crate::db::MutationScore>,
    drift_name: Option<String>,
    drift: Vec<crate::db::DriftRow>,
}

impl Side {
    /// Reads a ledger.
    pub fn read(store: &Store<'_>) -> Result<Self> {
        let mut items = BTreeMap::new();
        for kind in [Kind::Feature, Kind::Test] {
            items.extend(
                store
                    .items(kind)?
                    .into_iter()
                    .map(|item| ((kind, item.id()), item)),
            );
        }
        Ok(Self {
            baseline: store.meta("baseline_commit")?,
            items,
            batches: store
                .batches()?
                .into_iter()
                .map(|batch| (batch.id, batch))
                .collect(),
            libraries: store
                .libraries()?
                .into_iter()
                .map(|l| (l.go_module.clone(), l))
                .collect(),
            history: store.history()?,
            runs: store.runs()?,
            evidence: store.evidence()?,
            mutations: store.mutations()?,
            drift_name: store.meta("drift_name")?,
            drift: store.drift()?,
        })
    }
}

/// Merges `theirs` into the open ledger, which holds ours.
pub fn merge(store: &Store<'_>, base: &Side, theirs: &Side, who: &str) -> Result<Merged> {
    let ours = Side::read(store)?;
    if ours.baseline != theirs.baseline {
        return refuse("the two ledgers are of different Go commits; import on one side first");
    }
    let mut merged = Merged::default();
    append_history(store, base, &ours, theirs)?;
    let change = |reason: String| Change {
        who: who.to_owned(),
        reason,
        ..Change::default()
    };
    for (key, our) in &ours.items {
        let (Some(their), Some(old)) = (theirs.items.get(key), base.items.get(key)) else {
            continue;
        };
        merge_item(store, old, our, their, &mut merged, &change)?;
    }
    for (id, our) in &ours.batches {
        let (Some(their), Some(old)) = (theirs.batches.get(id), base.batches.get(id)) else {
            continue;
        };
        match choose(&old.status, &our.status, &their.status) {
            Choice::Ours => {}
            Choice::Theirs => {
                store.adopt_batch_status(*id, their.status)?;
                merged.taken += 1;
            }
            Choice::Conflict => {
                let lower = our.status.min(their.status);
                let told = format!(
                    "merge: batch {id} was {} here and {} there; the lower status {lower} stands",
                    our.status, their.status
                );
                store.set_batch_status(our, lower, &change(told.clone()))?;
                merged.conflicts.push(told);
            }
        }
    }
    for (name, our) in &ours.libraries {
        let (Some(their), Some(old)) = (theirs.libraries.get(name), base.libraries.get(name))
        else {
            continue;
        };
        match choose(old, our, their) {
            Choice::Ours => {}
            Choice::Theirs => {
                store.adopt_library(their)?;
                merged.taken += 1;
            }
            Choice::Conflict => {
                let told = format!(
                    "merge: {name} is {} here and {} there; ours stands",
                    our.krate, their.krate
                );
                store.set_library(our, our, &change(told.clone()))?;
                merged.conflicts.push(told);
            }
        }
    }
    // The drift can be computed again at any time, so ours wins a conflict.
    if matches!(
        choose(&base.drift, &ours.drift, &theirs.drift),
        Choice::Theirs
    ) && let Some(name) = &theirs.drift_name
    {
        store.replace_drift(&theirs.drift)?;
        store.set_meta("drift_name", name)?;
        merged.taken += 1;
    }
    for run in &theirs.runs {
        store.put_run(run)?;
    }
    for row in &theirs.evidence {
        store.put_evidence(row)?;
    }
    for score in &theirs.mutations {
        store.put_mutation(score)?;
    }
    Ok(merged)
}

fn merge_item(
    store: &Store<'_>,
    old: &Item,
    our: &Item,
    their: &Item,
    merged: &mut Merged,
    change: &dyn Fn(String) -> Change,
) -> Result<()> {
    let name = format!("{} {} ({})", our.kind(), our.id(), our.full_name());
    let mut next = our.clone();
    let mut conflicts = Vec::new();
    let status = choose(
        &(old.status, &old.reason),
        &(our.status, &our.reason),
        &(their.status, &their.reason),
    );
    let mut resolved = None;
    match status {
        Choice::Ours => {}
        Choice::Theirs => {
            next.status = their.status;
            next.reason.clone_from(&their.reason);
        }
        Choice::Conflict => {
            let lower = if their.status < our.status {
                their
            } else {
                our
            };
            resolved = Some((lower.status, lower.reason.clone()));
            conflicts.push(format!(
                "merge: {name} was {} here and {} there; the lower status {} stands",
                our.status, their.status, lower.status
            ));
        }
    }
    let lists = [
        pick(&old.rust, &our.rust, &their.rust, &mut next.rust),
        pick(&old.tests, &our.tests, &their.tests, &mut next.tests),
        pick(&old.proofs, &our.proofs, &their.proofs, &mut next.proofs),
    ];
    if next != *our {
        store.adopt(&next)?;
        merged.taken += 1;
    }
    if let (Some((status, reason)), Some(told)) = (resolved, conflicts.first()) {
        store.set_status(&next, status, &reason, &change(told.clone()))?;
        next.status = status;
        next.reason = reason;
    }
    // A mapping changed on both sides: ours stays, and the history gets a row
    // so that its last word is what stands.
    let [rust, tests, proofs] = lists;
    let note = |what: &str| format!("merge: {name} has other {what} there; ours stand");
    if rust {
        conflicts.push(note("Rust items"));
        store.set_rust(&next, &our.rust, &change(note("Rust items")))?;
    }
    if tests {
        conflicts.push(note("tests"));
        store.set_tests(&next, &our.tests, &change(note("tests")))?;
    }
    if proofs {
        conflicts.push(note("proofs"));
        store.set_proofs(&next, &our.proofs, &change(note("proofs")))?;
    }
    merged.conflicts.extend(conflicts);
    Ok(())
}

/// Takes theirs when only they changed it; returns whether both did.
fn pick<T: PartialEq + Clone>(old: &T, our: &T, their: &T, next: &mut T) -> bool {
    match choose(old, our, their) {
        Choice::Ours => false,
        Choice::Theirs => {
            next.clone_from(their);
            false
        }
        Choice::Conflict => true,
    }
}

enum Choice {
    Ours,
    Theirs,
    Conflict,
}

fn choose<T: PartialEq>(old: &T, our: &T, their: &T) -> Choice {
    if our == their || their == old {
        Choice::Ours
    } else if our == old {
        Choice::Theirs
    } else {
        Choice::Conflict
    }
}

/// Appends the rows that theirs has and neither the ancestor nor ours has.
fn append_history(store: &Store<'_>, base: &Side, ours: &Side, theirs: &Side) -> Result<()> {
    let shared = theirs
        .history
        .iter()
        .zip(&base.history)
        .take_while(|(a, b)| a.hash == b.hash)
        .count();
    if shared < base.history.len() {
        return refuse("their history does not continue that of the common ancestor");
    }
    // A row that came to both sides by an earlier merge is recognised by what
    // it says, because its place in the chain differs.
    let known: BTreeSet<String> = ours.history.iter().map(content).collect();
    for row in theirs.history.iter().skip(shared) {
        if !known.contains(&content(row)) {
            store.append_history(row.clone())?;
        }
    }
    Ok(())
}

fn content(row: &HistoryRow) -> String {
    let free = HistoryRow {
        seq: 0,
        prev: String::new(),
        ..row.clone()
    };
    free.expected_hash()
}
