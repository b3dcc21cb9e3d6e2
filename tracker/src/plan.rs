//! The porting plan: `plan/batches.toml` and `plan/test-kinds.csv`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::error::{Result, refuse};
use crate::ids;

/// The fixed totals of the baseline; nothing may make them smaller.
pub const MODULES: usize = 12;
/// Features (functions and methods outside test files) of the baseline.
pub const FEATURES: usize = 3673;
/// Tests and benchmarks of the baseline.
pub const TESTS: usize = 3257;

/// The whole plan.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the plan was made for.
    pub baseline: Baseline,
    /// Batches in ascending ID order.
    pub batches: Vec<PlannedBatch>,
    /// Name and kind of every test, by ID.
    pub test_kinds: BTreeMap<u32, TestKind>,
}

/// The Go commit that the IDs number.
#[derive(Debug, Clone, Deserialize)]
pub struct Baseline {
    /// Repository, `owner/name`.
    pub repository: String,
    /// Full commit ID.
    pub commit: String,
    /// Version the commit reports.
    pub version: String,
    /// Number of modules.
    pub modules: usize,
    /// Number of features.
    pub features: usize,
    /// Number of tests.
    pub tests: usize,
}

/// One batch of the plan.
#[derive(Debug, Clone)]
pub struct PlannedBatch {
    /// Batch number.
    pub id: u32,
    /// What it is about.
    pub name: String,
    /// Batches that stand before it.
    pub depends_on: Vec<u32>,
    /// Its features.
    pub features: Vec<u32>,
    /// Its tests.
    pub tests: Vec<u32>,
}

/// A row of `test-kinds.csv`.
#[derive(Debug, Clone)]
pub struct TestKind {
    /// Go file.
    pub file: String,
    /// Go test name.
    pub name: String,
    /// What the test needs: `unit`, `store`, `raft`, ...
    pub kind: String,
}

#[derive(Deserialize)]
struct RawPlan {
    baseline: Baseline,
    batch: Vec<RawBatch>,
}

#[derive(Deserialize)]
struct RawBatch {
    id: u32,
    name: String,
    depends_on: Vec<u32>,
    features: String,
    tests: String,
}

impl Plan {
    /// Reads `batches.toml` and `test-kinds.csv` from a folder and checks that
    /// every ID of the baseline stands in exactly one batch and that no batch
    /// depends on itself.
    pub fn load(dir: &Path) -> Result<Self> {
        let path = dir.join("batches.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read the plan {}", path.display()))?;
        let raw: RawPlan =
            toml::from_str(&text).with_context(|| format!("{} is no plan", path.display()))?;
        let mut batches = Vec::new();
        for raw in raw.batch {
            batches.push(PlannedBatch {
                id: raw.id,
                name: raw.name,
                depends_on: raw.depends_on,
                features: optional_ids(&raw.features)?,
                tests: optional_ids(&raw.tests)?,
            });
        }
        batches.sort_by_key(|batch| batch.id);
        let plan = Self {
            baseline: raw.baseline,
            batches,
            test_kinds: read_kinds(&dir.join("test-kinds.csv"))?,
        };
        plan.check()?;
        Ok(plan)
    }

    fn check(&self) -> Result<()> {
        let wanted = (
            self.baseline.modules,
            self.baseline.features,
            self.baseline.tests,
        );
        if wanted != (MODULES, FEATURES, TESTS) {
            return refuse(format!(
                "the plan counts {wanted:?}, not {:?}",
                (MODULES, FEATURES, TESTS)
            ));
        }
        each_once(
            "feature",
            FEATURES,
            self.batches.iter().flat_map(|b| &b.features),
        )?;
        each_once("test", TESTS, self.batches.iter().flat_map(|b| &b.tests))?;
        each_once("test kind", TESTS, self.test_kinds.keys())?;
        let mut done: Vec<u32> = Vec::new();
        while done.len() < self.batches.len() {
            let before = done.len();
            for batch in &self.batches {
                if !done.contains(&batch.id) && batch.depends_on.iter().all(|d| done.contains(d)) {
                    done.push(batch.id);
                }
            }
            if done.len() == before {
                return refuse("the plan's dependencies hold a cycle or name an unknown batch");
            }
        }
        Ok(())
    }
}

fn optional_ids(text: &str) -> Result<Vec<u32>> {
    if text.trim().is_empty() {
        Ok(Vec::new())
    } else {
        ids::parse(text)
    }
}

fn each_once<'a>(what: &str, total: usize, ids: impl Iterator<Item = &'a u32>) -> Result<()> {
    let mut seen = vec![0_usize; total];
    for id in ids {
        match seen.get_mut((*id as usize).wrapping_sub(1)) {
            Some(count) => *count += 1,
            None => return refuse(format!("the plan names {what} {id}, which does not exist")),
        }
    }
    match seen.iter().position(|count| *count != 1) {
        Some(at) => refuse(format!(
            "the plan names {what} {} {} times",
            at + 1,
            seen[at]
        )),
        None => Ok(()),
    }
}

fn read_kinds(path: &Path) -> Result<BTreeMap<u32, TestKind>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut kinds = BTreeMap::new();
    for (number, line) in text.lines().enumerate().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [id, file, name, _start, _end, kind, ..] = fields.as_slice() else {
            return refuse(format!(
                "{}:{}: too few columns",
                path.display(),
                number + 1
            ));
        };
        let id: u32 = id
            .parse()
            .with_context(|| format!("{}:{}: {id} is no ID", path.display(), number + 1))?;
        kinds.insert(
            id,
            TestKind {
                file: (*file).to_owned(),
                name: (*name).to_owned(),
                kind: (*kind).to_owned(),
            },
        );
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_plan_is_whole() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plan");
        let plan = Plan::load(&dir).unwrap();
        assert_eq!(plan.batches.len(), 49);
        assert_eq!(plan.batches[0].features.len(), 265);
        assert_eq!(plan.batches[0].tests.len(), 160);
    }
}
