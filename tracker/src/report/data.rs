//! The figures of a report.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::db::{Batch, BatchStatus, HistoryRow, Item, Kind, MutationScore, Status, Store};
use crate::drift::{self, Summary};
use crate::error::Result;
use crate::evidence::{Proofs, Standing};
use crate::gates::Gates;
use crate::overview;

/// How many items stand where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<Status, usize>,
}

impl Tally {
    fn add(&mut self, status: Status) {
        *self.counts.entry(status).or_default() += 1;
    }

    /// Items in a status.
    pub fn get(&self, status: Status) -> usize {
        self.counts.get(&status).copied().unwrap_or(0)
    }

    /// All items.
    pub fn total(&self) -> usize {
        self.counts.values().sum()
    }

    /// Items that need no more work.
    pub fn settled(&self) -> usize {
        self.counts
            .iter()
            .filter(|(status, _)| status.is_settled())
            .map(|(_, count)| count)
            .sum()
    }

    /// As JSON: `total` and one entry for each status.
    pub fn json(&self) -> Value {
        let mut value = json!({ "total": self.total() });
        for status in Status::ALL {
            value[status.as_str()] = self.get(status).into();
        }
        value
    }
}

/// One line of a progress table.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// What it is about.
    pub name: String,
    /// Features.
    pub features: Tally,
    /// Tests.
    pub tests: Tally,
}

/// Counts at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// `2026-02-20`.
    pub date: String,
    /// Verified features.
    pub features: usize,
    /// Verified tests.
    pub tests: usize,
    /// Settled items: verified, deferred, n_a.
    pub settled: usize,
}

/// A status, the reason given for it, and the items it was given for.
pub type Reason = (Status, String, Vec<(Kind, u32)>);

/// Everything a report says.
#[derive(Debug)]
pub struct Report {
    /// Go commit.
    pub commit: String,
    /// Go version.
    pub version: String,
    /// Number of modules.
    pub modules: usize,
    /// All features.
    pub features: Tally,
    /// All tests.
    pub tests: Tally,
    /// Batches with their progress.
    pub batches: Vec<(Batch, Row)>,
    /// Progress by Go file.
    pub files: Vec<Row>,
    /// Progress by kind of test.
    pub kinds: Vec<Row>,
    /// Burn-up, one entry for each day with a change.
    pub days: Vec<Day>,
    /// Deferred and n_a items by status and reason.
    pub reasons: Vec<Reason>,
    /// Deferred items whose blocker has gone.
    pub unblocked: Vec<(Kind, u32)>,
    /// Rules set aside.
    pub overrides: Vec<HistoryRow>,
    /// Items whose evidence does not hold: stale, failing, missing.
    pub unproved: Vec<(Kind, u32, String, &'static str)>,
    /// Tests that passed and failed on one tree.
    pub flaky: Vec<(u32, String)>,
    /// The last mutation score of each batch.
    pub mutations: Vec<MutationScore>,
    /// Name of the newer Go version, and what changed in it.
    pub drift: Option<(String, Summary)>,
    /// Go dependencies: (Go module, version, crate, reason).
    pub libraries: Vec<crate::db::Library>,
}

impl Report {
    /// Gathers the figures.
    pub fn gather(store: &Store<'_>, gates: &dyn Gates) -> Result<Self> {
        let features = store.items(Kind::Feature)?;
        let tests = store.items(Kind::Test)?;
        let all: Vec<&Item> = features.iter().chain(&tests).collect();
        let by = |key: &dyn Fn(&Item) -> Option<String>| -> Vec<Row> {
            let mut rows: BTreeMap<String, Row> = BTreeMap::new();
            for item in &all {
                if let Some(name) = key(item) {
                    add(
                        rows.entry(name.clone()).or_insert_with(|| Row {
                            name,
                            ..Row::default()
                        }),
                        item,
                    );
                }
            }
            rows.into_values().collect()
        };
        let whole = by(&|_| Some(String::new())).pop().unwrap_or_default();
        let mut batches = Vec::new();
        for batch in store.batches()? {
            let mut row = Row {
                name: batch.name.clone(),
                ..Row::default()
            };
            all.iter()
                .filter(|item| item.facts.batch == batch.id)
                .for_each(|item| add(&mut row, item));
            batches.push((batch, row));
        }
        let (unproved, flaky) = proofs(store, gates)?;
        let mut last: BTreeMap<u32, MutationScore> = BTreeMap::new();
        for score in store.mutations()? {
            last.insert(score.batch, score);
        }
        let owned: Vec<Item> = all.iter().map(|item| (*item).clone()).collect();
        let rows = store.drift()?;
        let drift = match store.meta("drift_name")? {
            Some(name) if !rows.is_empty() => Some((name, drift::summarise(&rows, &owned))),
            _ => None,
        };
        Ok(Self {
            commit: store.meta("baseline_commit")?.unwrap_or_default(),
            version: store.meta("baseline_version")?.unwrap_or_default(),
            modules: store.modules()?.len(),
            features: whole.features,
            tests: whole.tests,
            batches,
            files: by(&|item| Some(item.facts.file.clone())),
            kinds: by(&|item| Some(item.facts.category.clone()).filter(|kind| !kind.is_empty())),
            days: days(&store.history()?),
            reasons: reasons(&owned),
            unblocked: overview::deferred(store)?
                .into_iter()
                .filter(|row| row.unblocked)
                .map(|row| (row.item.kind(), row.item.id()))
                .collect(),
            overrides: overview::overrides(store)?,
            unproved,
            flaky,
            mutations: last.into_values().collect(),
            drift,
            libraries: store.libraries()?,
        })
    }

    /// Number of complete batches.
    pub fn batches_complete(&self) -> usize {
        self.batches
            .iter()
            .filter(|(batch, _)| batch.status == BatchStatus::Complete)
            .count()
    }

    /// The JSON that scripts rely on.
    pub fn summary_json(&self) -> Value {
        json!({
            "modules": self.modules,
            "features": self.features.json(),
            "tests": self.tests.json(),
            "batches": { "total": self.batches.len(), "complete": self.batches_complete() },
            "overrides": self.overrides.len(),
            "stale": self.unproved.iter().filter(|(_, _, _, word)| *word == "stale").count(),
            "unproved": self.unproved.len(),
            "flaky": self.flaky.len(),
        })
    }
}

fn add(row: &mut Row, item: &Item) {
    match item.kind() {
        Kind::Feature => row.features.add(item.status),
        Kind::Test => row.tests.add(item.status),
    }
}

type Unproved = Vec<(Kind, u32, String, &'static str)>;

/// Verified items whose evidence does not hold for the present source, complete
/// ones that changed since their proof, and flaky tests.
fn proofs(store: &Store<'_>, gates: &dyn Gates) -> Result<(Unproved, Vec<(u32, String)>)> {
    let proofs = Proofs::load(store, gates)?;
    let mut unproved = Vec::new();
    let mut flaky = Vec::new();
    for item in proofs.features().iter().chain(proofs.tests()) {
        if !matches!(item.status, Status::Complete | Status::Verified) {
            continue;
        }
        let (standing, _) = proofs.item_standing(item);
        match standing {
            Standing::Fresh(_) => {}
            // A complete feature may have no test yet; a verified one may not.
            Standing::Missing if item.status == Status::Complete => {}
            Standing::Flaky if item.kind() == Kind::Test => {
                flaky.push((item.id(), item.full_name()))
            }
            other => unproved.push((item.kind(), item.id(), item.full_name(), other.word())),
        }
    }
    Ok((unproved, flaky))
}

fn reasons(items: &[Item]) -> Vec<Reason> {
    let mut found: BTreeMap<(Status, String), Vec<(Kind, u32)>> = BTreeMap::new();
    for item in items {
        if matches!(item.status, Status::Deferred | Status::NotApplicable) {
            found
                .entry((item.status, item.reason.clone()))
                .or_default()
                .push((item.kind(), item.id()));
        }
    }
    found
        .into_iter()
        .map(|((status, reason), ids)| (status, reason, ids))
        .collect()
}

fn days(history: &[HistoryRow]) -> Vec<Day> {
    let mut rows: Vec<&HistoryRow> = history
        .iter()
        .filter(|row| row.field == "status" && matches!(row.kind.as_str(), "feature" | "test"))
        .collect();
    // After a merge the chain is not in the order of time.
    rows.sort_by(|a, b| (&a.at, a.seq).cmp(&(&b.at, b.seq)));
    let mut verified: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut settled: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut days: Vec<Day> = Vec::new();
    for row in rows {
        let key = (row.kind.as_str(), row.subject.as_str());
        let status: Option<Status> = row.new.parse().ok();
        set(&mut verified, key, status == Some(Status::Verified));
        set(&mut settled, key, status.is_some_and(Status::is_settled));
        let date = row.at.split('T').next().unwrap_or_default().to_owned();
        let features = verified
            .iter()
            .filter(|(kind, _)| *kind == "feature")
            .count();
        let day = Day {
            date,
            features,
            tests: verified.len() - features,
            settled: settled.len(),
        };
        match days.last_mut() {
            Some(last) if last.date == day.date => *last = day,
            _ => days.push(day),
        }
    }
    days
}

fn set<'a>(into: &mut BTreeSet<(&'a str, &'a str)>, key: (&'a str, &'a str), inside: bool) {
    if inside {
        into.insert(key);
    } else {
        into.remove(&key);
    }
}
