//! Whether an item is proved, by which rows of evidence, and whether these
//! still hold.
//!
//! A row holds for the inputs it was taken with: the tokens of the Rust test,
//! the tokens of the mapped Rust items and the Go body. When one of them
//! changes the row is stale, because it speaks of other code. Commit, lock file
//! and tool chain are recorded with the run but make nothing stale by
//! themselves: every commit would otherwise void every proof, while CI runs the
//! whole suite on each tree anyway. Hashes are over tokens, so formatting and
//! comments do not count.
//!
//! Which items a test's evidence covers: those of the features that the Go test
//! calls itself, and of features mapped to it by hand. A feature that tests
//! only reach through other features is covered by up to three of the nearest
//! such tests, each with a row of its own (kind `reach`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::db::{Evidence, Item, Kind, Run, Status, Store, digest};
use crate::error::Result;
use crate::gates::{Gates, TestDecl};

/// How many indirect tests stand in for a direct one.
const NEAREST: usize = 3;
/// How often a flaky test has to pass in a row to be trusted again.
pub const PASSES_AFTER_FLAKE: u32 = 10;

/// What a proof depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inputs {
    /// Token hash of the Rust test.
    pub test: String,
    /// Hash over the mapped Rust items' token hashes.
    pub items: String,
    /// Hash of the Go body.
    pub go: String,
}

/// What has to be shown about something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// A test passes.
    Test(u32),
    /// A test that reaches a feature indirectly passes on the feature's code.
    Reach(u32, u32),
    /// A Rust test of the server crate passes on the feature's code.
    Proof(u32, String),
}

/// How a claim stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Proved for the present code, by this evidence.
    Fresh(String),
    /// Proved once, for other code.
    Stale,
    /// Passed and failed on the same tree.
    Flaky,
    /// Failed on the present code.
    Failing(String),
    /// Never shown.
    Missing,
}

impl Standing {
    /// The word for output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Fresh(_) => "fresh",
            Self::Stale => "stale",
            Self::Flaky => "flaky",
            Self::Failing(_) => "failing",
            Self::Missing => "missing",
        }
    }
}

/// The ledger's items and evidence beside the present source.
pub struct Proofs<'a> {
    gates: &'a dyn Gates,
    features: Vec<Item>,
    tests: Vec<Item>,
    declared: BTreeMap<u32, TestDecl>,
    callers: BTreeMap<u32, Vec<u32>>,
    direct: BTreeMap<u32, Vec<u32>>,
    evidence: BTreeMap<(String, u32, String), Vec<Evidence>>,
    runs: BTreeMap<String, Run>,
}

impl<'a> Proofs<'a> {
    /// Reads what is needed from the ledger.
    pub fn load(store: &Store<'_>, gates: &'a dyn Gates) -> Result<Self> {
        let features = store.items(Kind::Feature)?;
        let tests = store.items(Kind::Test)?;
        let declared = gates
            .tests()
            .iter()
            .map(|decl| (decl.id, decl.clone()))
            .collect();
        let mut callers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut direct: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for feature in &features {
            for called in &feature.facts.calls {
                callers.entry(*called).or_default().push(feature.id());
            }
            direct
                .entry(feature.id())
                .or_default()
                .extend(&feature.tests);
        }
        for test in &tests {
            for called in &test.facts.calls {
                direct.entry(*called).or_default().push(test.id());
            }
        }
        for tests in direct.values_mut() {
            tests.sort_unstable();
            tests.dedup();
        }
        let mut evidence: BTreeMap<_, Vec<Evidence>> = BTreeMap::new();
        for row in store.evidence()? {
            evidence
                .entry((row.kind.clone(), row.subject, row.item.clone()))
                .or_default()
                .push(row);
        }
        let runs = store
            .runs()?
            .into_iter()
            .map(|run| (run.id.clone(), run))
            .collect();
        Ok(Self {
            gates,
            features,
            tests,
            declared,
            callers,
            direct,
            evidence,
            runs,
        })
    }

    /// The gates given to `load`.
    pub fn gates(&self) -> &dyn Gates {
        self.gates
    }

    /// All features.
    pub fn features(&self) -> &[Item] {
        &self.features
    }

    /// All tests.
    pub fn tests(&self) -> &[Item] {
        &self.tests
    }

    /// The declaration of a test in the conformance crate.
    pub fn declaration(&self, test: u32) -> Option<&TestDecl> {
        self.declared.get(&test)
    }

    fn feature(&self, id: u32) -> Option<&Item> {
        self.features.get((id as usize).wrapping_sub(1))
    }

    fn test(&self, id: u32) -> Option<&Item> {
        self.tests.get((id as usize).wrapping_sub(1))
    }

    /// The features that a test's evidence covers directly.
    pub fn covered(&self, test: u32) -> Vec<u32> {
        let mut found: BTreeSet<u32> = self
            .test(test)
            .map(|item| item.facts.calls.iter().copied().collect())
            .unwrap_or_default();
        found.extend(
            self.features
                .iter()
                .filter(|f| f.tests.contains(&test))
                .map(Item::id),
        );
        found.into_iter().collect()
    }

    /// What has to be shown for a feature: its direct tests that are ported, its
    /// proofs, and without either the nearest ported tests that reach it.
    /// `ported` says which statuses of a test count.
    pub fn claims(&self, feature: u32, ported: &dyn Fn(Status) -> bool) -> Vec<Claim> {
        let usable = |id: &u32| {
            self.declared.contains_key(id) && self.test(*id).is_some_and(|item| ported(item.status))
        };
        let direct = self
            .direct
            .get(&feature)
            .into_iter()
            .flatten()
            .copied()
            .filter(usable);
        let mut claims: Vec<Claim> = direct.map(Claim::Test).collect();
        if let Some(item) = self.feature(feature) {
            claims.extend(
                item.proofs
                    .iter()
                    .map(|path| Claim::Proof(feature, path.clone())),
            );
        }
        if claims.is_empty() {
            let nearest = self.nearest(feature, &usable);
            claims.extend(nearest.into_iter().map(|test| Claim::Reach(feature, test)));
        }
        claims
    }

    /// Walks from a feature to its callers until tests turn up.
    fn nearest(&self, feature: u32, usable: &dyn Fn(&u32) -> bool) -> Vec<u32> {
        let mut seen = BTreeSet::from([feature]);
        let mut queue = VecDeque::from([feature]);
        let mut found = Vec::new();
        while let Some(at) = queue.pop_front() {
            for test in self.direct.get(&at).into_iter().flatten() {
                if usable(test) && !found.contains(test) {
                    found.push(*test);
                    if found.len() == NEAREST {
                        return found;
                    }
                }
            }
            for caller in self.callers.get(&at).into_iter().flatten() {
                if seen.insert(*caller) {
                    queue.push_back(*caller);
                }
            }
        }
        found
    }

    /// The present inputs of a claim; `None` when the Rust test or item is not
    /// there.
    pub fn inputs(&self, claim: &Claim) -> Option<Inputs> {
        match claim {
            Claim::Test(id) => {
                let covered = self.covered(*id);
                let items = covered.iter().filter_map(|feature| self.feature(*feature));
                Some(Inputs {
                    test: self.declared.get(id)?.hash.clone(),
                    items: self.items_hash(items),
                    go: self.test(*id)?.facts.body_hash.clone(),
                })
            }
            Claim::Reach(feature, test) => {
                let item = self.feature(*feature)?;
                Some(Inputs {
                    test: self.declared.get(test)?.hash.clone(),
                    items: self.items_hash([item]),
                    go: item.facts.body_hash.clone(),
                })
            }
            Claim::Proof(feature, path) => {
                let item = self.feature(*feature)?;
                Some(Inputs {
                    test: self.gates.proof_hash(path)?,
                    items: self.items_hash([item]),
                    go: item.facts.body_hash.clone(),
                })
            }
        }
    }

    fn items_hash<'i>(&self, items: impl IntoIterator<Item = &'i Item>) -> String {
        let mut parts: Vec<String> = Vec::new();
        for item in items {
            for path in &item.rust {
                let hash = self
                    .gates
                    .item_hash(path)
                    .unwrap_or_else(|| "missing".to_owned());
                parts.push(format!("{path}={hash}"));
            }
        }
        parts.sort_unstable();
        parts.dedup();
        digest(parts.iter().map(String::as_str))
    }

    /// How a claim stands by the evidence of clean trees.
    pub fn standing(&self, claim: &Claim) -> Standing {
        let rows: Vec<&Evidence> = self
            .evidence
            .get(&key(claim))
            .into_iter()
            .flatten()
            .filter(|row| self.runs.get(&row.run).is_some_and(|run| !run.dirty))
            .collect();
        let Some(inputs) = self.inputs(claim) else {
            return if rows.is_empty() {
                Standing::Missing
            } else {
                Standing::Stale
            };
        };
        let current: Vec<&Evidence> = rows
            .iter()
            .copied()
            .filter(|row| {
                row.test_hash == inputs.test
                    && row.items_hash == inputs.items
                    && row.go_hash == inputs.go
            })
            .collect();
        let Some(last) = current.last() else {
            return if rows.is_empty() {
                Standing::Missing
            } else {
                Standing::Stale
            };
        };
        if last.outcome != "passed" {
            return Standing::Failing(last.message.clone());
        }
        if self.is_flaky(&current) {
            return Standing::Flaky;
        }
        Standing::Fresh(last.id.clone())
    }

    /// Whether rows of the same code and commit differ in outcome, and no long
    /// series of passes came after.
    fn is_flaky(&self, rows: &[&Evidence]) -> bool {
        let after_series = rows
            .iter()
            .rposition(|row| row.outcome == "passed" && row.passes >= PASSES_AFTER_FLAKE);
        let rows = rows
            .get(after_series.map_or(0, |at| at + 1)..)
            .unwrap_or_default();
        let commit = |row: &Evidence| self.runs.get(&row.run).map(|run| run.commit.clone());
        rows.iter().any(|row| {
            row.outcome != "passed"
                && rows
                    .iter()
                    .any(|other| other.outcome == "passed" && commit(other) == commit(row))
        })
    }

    /// How an item in status `complete` or `verified` stands: the worst of what
    /// has to be shown for it, with the evidence when all of it is fresh.
    pub fn item_standing(&self, item: &Item) -> (Standing, Vec<String>) {
        let claims = match item.kind() {
            Kind::Test => vec![Claim::Test(item.id())],
            Kind::Feature => self.claims(item.id(), &counts_for_verified),
        };
        if claims.iter().all(|claim| matches!(claim, Claim::Reach(..))) {
            return self.reached_standing(item.id());
        }
        let mut evidence = Vec::new();
        for claim in &claims {
            match self.standing(claim) {
                Standing::Fresh(id) => evidence.push(id),
                other => return (other, Vec::new()),
            }
        }
        match evidence.first() {
            Some(first) => (Standing::Fresh(first.clone()), evidence),
            None => (Standing::Missing, evidence),
        }
    }

    /// How a feature stands that tests only reach through others: by all rows
    /// taken of it, because which tests are nearest changes as tests are ported.
    fn reached_standing(&self, feature: u32) -> (Standing, Vec<String>) {
        let from = ("reach".to_owned(), feature, String::new());
        let to = ("reach".to_owned(), feature + 1, String::new());
        let mut evidence = Vec::new();
        let mut worst = Standing::Missing;
        for (_, _, item) in self.evidence.range(from..to).map(|(key, _)| key) {
            let Some(test) = item.strip_prefix('T').and_then(|id| id.parse().ok()) else {
                continue;
            };
            match self.standing(&Claim::Reach(feature, test)) {
                Standing::Fresh(id) => evidence.push(id),
                bad @ (Standing::Failing(_) | Standing::Flaky) => return (bad, Vec::new()),
                other => worst = other,
            }
        }
        match evidence.first() {
            Some(first) => (Standing::Fresh(first.clone()), evidence),
            None => (worst, evidence),
        }
    }

    /// Fresh evidence that a tree with this hash builds without warnings.
    pub fn fresh_build(&self, tree: &str, toolchain: &str) -> Option<String> {
        let rows = self
            .evidence
            .get(&("build".to_owned(), 0, tree.to_owned()))?;
        let row = rows.iter().rev().find(|row| {
            self.runs
                .get(&row.run)
                .is_some_and(|run| !run.dirty && run.toolchain == toolchain)
        })?;
        (row.outcome == "passed").then(|| row.id.clone())
    }

    /// Turns the outcome of a claim into a row; `None` when its Rust side is
    /// gone.
    pub fn row(
        &self,
        claim: &Claim,
        passed: bool,
        passes: u32,
        duration_ms: i64,
        message: &str,
    ) -> Option<Evidence> {
        let inputs = self.inputs(claim)?;
        let (kind, subject, item) = key(claim);
        Some(Evidence {
            id: String::new(),
            run: String::new(),
            kind,
            subject,
            item,
            test_hash: inputs.test,
            items_hash: inputs.items,
            go_hash: inputs.go,
            outcome: if passed { "passed" } else { "failed" }.to_owned(),
            passes,
            duration_ms,
            message: message.chars().take(500).collect(),
        })
    }

    /// Whether the newest row of the same claim says the same about the same
    /// code and commit, so that a new one would add nothing.
    pub fn is_known(&self, row: &Evidence, commit: &str) -> bool {
        let key = (row.kind.clone(), row.subject, row.item.clone());
        self.evidence
            .get(&key)
            .and_then(|rows| rows.last())
            .is_some_and(|last| {
                (&last.test_hash, &last.items_hash, &last.go_hash)
                    == (&row.test_hash, &row.items_hash, &row.go_hash)
                    && last.outcome == row.outcome
                    && last.passes >= row.passes
                    && self
                        .runs
                        .get(&last.run)
                        .is_some_and(|run| run.commit == commit && !run.dirty)
            })
    }

    /// The indirect claims that a run of these tests says something about.
    pub fn reached_by(&self, tests: &BTreeSet<u32>) -> Vec<Claim> {
        let mut found = BTreeSet::new();
        for item in self.features.iter().filter(|item| !item.rust.is_empty()) {
            let claims = self.claims(item.id(), &counts_for_complete);
            found.extend(
                claims
                    .into_iter()
                    .chain(self.claims(item.id(), &counts_for_verified)),
            );
        }
        found.retain(|claim| matches!(claim, Claim::Reach(_, test) if tests.contains(test)));
        found.into_iter().collect()
    }
}

/// Tests whose outcome counts when a feature becomes `complete`.
pub fn counts_for_complete(status: Status) -> bool {
    matches!(status, Status::Stub | Status::Complete | Status::Verified)
}

/// Tests whose outcome counts when a feature becomes `verified`.
pub fn counts_for_verified(status: Status) -> bool {
    matches!(status, Status::Complete | Status::Verified)
}

fn key(claim: &Claim) -> (String, u32, String) {
    match claim {
        Claim::Test(id) => ("test".to_owned(), *id, String::new()),
        Claim::Reach(feature, test) => ("reach".to_owned(), *feature, format!("T{test:04}")),
        Claim::Proof(feature, path) => ("proof".to_owned(), *feature, path.clone()),
    }
}
