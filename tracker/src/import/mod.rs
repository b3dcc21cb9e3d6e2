//! Reads the baseline's Go source out of a git directory and fills the ledger.
//!
//! The IDs are positions: modules by name, files by name, functions in source
//! order. The importer refuses a commit whose totals, test names or check
//! values differ from the plan's, so an ID always means the same function.

mod calls;
mod git;
mod package;
mod scan;
mod syntax;
mod types;

use std::collections::BTreeMap;

pub use scan::{GoFunction, GoTree, scan};

use crate::db::{Facts, Kind, Store};
use crate::error::{Result, refuse};
use crate::plan::{self, Plan};

/// What an import found.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Modules.
    pub modules: usize,
    /// Features.
    pub features: usize,
    /// Tests.
    pub tests: usize,
    /// Call edges between features.
    pub feature_edges: usize,
    /// Call edges from tests to features.
    pub test_edges: usize,
}

/// IDs that the plan fixes by name.
const CHECK_FEATURES: &[(u32, &str, &str)] = &[
    (1368, "Server", "EnableJetStream"),
    (1508, "batching", "newBatchGroup"),
    (1519, "", "checkMsgHeadersPreClusteredProposal"),
    (1578, "jetStream", "monitorCluster"),
    (1694, "", "encodeDeleteRange"),
    (1750, "", "syncSubject"),
];
const CHECK_TESTS: &[(u32, &str)] = &[
    (730, "TestJetStreamAtomicBatchPublishEncode"),
    (2616, "TestNRGSimple"),
    (2654, "TestNRGMultipleStopsDontPanic"),
    (2674, "TestNRGKeepRunningOnServerShutdown"),
    (2718, "TestNRGInitSingleMemRaftNodeDefaults"),
];
const CHECK_LINES: (u32, &str, u32, u32) = (1519, "server/jetstream_batching.go", 240, 662);

/// Checks the tree against the plan and writes it to the ledger. Standing,
/// mappings and history of known items are kept.
pub fn import(store: &Store<'_>, plan: &Plan, tree: &GoTree) -> Result<Imported> {
    check(plan, tree)?;
    let mut modules = BTreeMap::new();
    for (number, module) in (1_u32..).zip(&tree.modules) {
        store.put_module(number, &module.name, &module.path)?;
        modules.insert(module.name.clone(), number);
    }
    for batch in &plan.batches {
        store.put_batch(batch.id, &batch.name, &batch.depends_on)?;
    }
    let feature_batches = batch_of(plan, |batch| &batch.features);
    let test_batches = batch_of(plan, |batch| &batch.tests);
    let mut counts = Imported {
        modules: modules.len(),
        features: tree.features.len(),
        tests: tree.tests.len(),
        feature_edges: 0,
        test_edges: 0,
    };
    for (kind, functions, batches) in [
        (Kind::Feature, &tree.features, &feature_batches),
        (Kind::Test, &tree.tests, &test_batches),
    ] {
        for function in functions {
            let facts = facts(kind, function, batches, plan);
            match kind {
                Kind::Feature => counts.feature_edges += facts.calls.len(),
                Kind::Test => counts.test_edges += facts.calls.len(),
            }
            let Some(module) = modules.get(&facts.module) else {
                return refuse(format!(
                    "{}: module {} holds no feature",
                    facts.file, facts.module
                ));
            };
            store.put_facts(&facts, *module)?;
        }
    }
    for (name, version) in &tree.dependencies {
        store.put_library(name, version)?;
    }
    store.set_meta("baseline_commit", &plan.baseline.commit)?;
    store.set_meta("baseline_repository", &plan.baseline.repository)?;
    store.set_meta("baseline_version", &plan.baseline.version)?;
    Ok(counts)
}

fn facts(kind: Kind, function: &GoFunction, batches: &BTreeMap<u32, u32>, plan: &Plan) -> Facts {
    let category = match kind {
        Kind::Feature => String::new(),
        Kind::Test => plan
            .test_kinds
            .get(&function.id)
            .map(|row| row.kind.clone())
            .unwrap_or_default(),
    };
    Facts {
        kind,
        id: function.id,
        module: function.module.clone(),
        file: function.file.clone(),
        receiver: function.receiver.clone(),
        name: function.name.clone(),
        line_start: function.line_start,
        line_end: function.line_end,
        loc: function.loc,
        build: function.build.clone(),
        body_hash: function.body_hash.clone(),
        shape: function.shape.to_owned(),
        category,
        calls: function.calls.clone(),
        batch: batches.get(&function.id).copied().unwrap_or_default(),
    }
}

fn batch_of(plan: &Plan, ids: impl Fn(&plan::PlannedBatch) -> &Vec<u32>) -> BTreeMap<u32, u32> {
    plan.batches
        .iter()
        .flat_map(|batch| ids(batch).iter().map(|id| (*id, batch.id)))
        .collect()
}

fn check(plan: &Plan, tree: &GoTree) -> Result<()> {
    if tree.commit != plan.baseline.commit {
        return refuse(format!(
            "commit {} is not the plan's baseline {}",
            tree.commit, plan.baseline.commit
        ));
    }
    let found = (tree.modules.len(), tree.features.len(), tree.tests.len());
    let wanted = (plan::MODULES, plan::FEATURES, plan::TESTS);
    if found != wanted {
        return refuse(format!(
            "found {found:?} modules, features and tests instead of {wanted:?}"
        ));
    }
    for (id, receiver, name) in CHECK_FEATURES {
        match tree.features.iter().find(|f| f.id == *id) {
            Some(f) if f.receiver == *receiver && f.name == *name => {}
            other => {
                return refuse(format!(
                    "feature {id} should be {receiver}.{name}: {other:?}"
                ));
            }
        }
    }
    let (id, file, first, last) = CHECK_LINES;
    match tree.features.iter().find(|f| f.id == id) {
        Some(f) if (f.file.as_str(), f.line_start, f.line_end) == (file, first, last) => {}
        other => {
            return refuse(format!(
                "feature {id} should be {file}:{first}-{last}: {other:?}"
            ));
        }
    }
    for (id, name) in CHECK_TESTS {
        match tree.tests.iter().find(|test| test.id == *id) {
            Some(test) if test.name == *name => {}
            other => return refuse(format!("test {id} should be {name}: {other:?}")),
        }
    }
    for test in &tree.tests {
        match plan.test_kinds.get(&test.id) {
            Some(kind) if kind.name == test.name && kind.file == test.file => {}
            other => {
                return refuse(format!(
                    "test {} is {} in {}, but the plan says {other:?}",
                    test.id, test.name, test.file
                ));
            }
        }
    }
    Ok(())
}
