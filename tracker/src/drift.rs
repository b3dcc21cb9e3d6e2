//! What changed between two Go commits, and which of our IDs that touches.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{DriftRow, Item, Kind, Status};
use crate::import::{GoFunction, GoTree};

/// Counts of one drift, by kind and change, with the verified IDs it touches.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// (kind, change) to number.
    pub counts: BTreeMap<(String, String), usize>,
    /// Features of ours that were verified against the old body.
    pub verified_features: Vec<u32>,
    /// Tests likewise.
    pub verified_tests: Vec<u32>,
}

/// Compares two trees. A function is the same when package, receiver and name
/// agree (in another file it was moved); one that is gone and one that is new
/// with the same body are one that was renamed.
pub fn compare(old: &GoTree, new: &GoTree) -> Vec<DriftRow> {
    let mut rows = Vec::new();
    for (kind, old_functions, new_functions) in [
        ("feature", &old.features, &new.features),
        ("test", &old.tests, &new.tests),
    ] {
        let mut before = by_name(old_functions);
        let mut after = by_name(new_functions);
        let row = |change: &str, subject: u32, f: &GoFunction, other: String| DriftRow {
            old: old.commit.clone(),
            new: new.commit.clone(),
            kind: kind.to_owned(),
            change: change.to_owned(),
            subject,
            file: f.file.clone(),
            name: full_name(f),
            other,
        };
        let shared: BTreeSet<Key> = before
            .keys()
            .filter(|key| after.contains_key(*key))
            .cloned()
            .collect();
        for key in shared {
            let (Some(was), Some(is)) = (before.remove(&key), after.remove(&key)) else {
                continue;
            };
            if was.body_hash != is.body_hash || was.signature_hash != is.signature_hash {
                rows.push(row("changed", was.id, was, String::new()));
            } else if was.file != is.file {
                rows.push(row("moved", was.id, was, is.file.clone()));
            }
        }
        let mut by_body: BTreeMap<&str, Vec<&GoFunction>> = BTreeMap::new();
        for f in after.values().filter(|f| f.shape == "other") {
            by_body.entry(&f.body_hash).or_default().push(f);
        }
        let mut renamed: BTreeSet<u32> = BTreeSet::new();
        for was in before.values() {
            let twin = by_body.get_mut(was.body_hash.as_str()).and_then(Vec::pop);
            match twin {
                Some(is) => {
                    renamed.insert(is.id);
                    rows.push(row("renamed", was.id, was, full_name(is)));
                }
                None => rows.push(row("removed", was.id, was, String::new())),
            }
        }
        for is in after.values().filter(|f| !renamed.contains(&f.id)) {
            rows.push(row("added", 0, is, String::new()));
        }
    }
    rows.sort_by(|a, b| {
        (&a.kind, &a.change, a.subject, &a.file, &a.name)
            .cmp(&(&b.kind, &b.change, b.subject, &b.file, &b.name))
    });
    rows
}

/// Counts rows, and finds those of our verified IDs that are touched. The rows'
/// old commit has to be the ledger's baseline for the IDs to be ours.
pub fn summarise(rows: &[DriftRow], items: &[Item]) -> Summary {
    let verified: BTreeSet<(Kind, u32)> = items
        .iter()
        .filter(|item| item.status == Status::Verified)
        .map(|item| (item.kind(), item.id()))
        .collect();
    let mut summary = Summary::default();
    for row in rows {
        *summary
            .counts
            .entry((row.kind.clone(), row.change.clone()))
            .or_default() += 1;
        if row.change == "moved" {
            continue;
        }
        let feature = row.kind == "feature";
        let kind = if feature { Kind::Feature } else { Kind::Test };
        if verified.contains(&(kind, row.subject)) {
            let list = if feature {
                &mut summary.verified_features
            } else {
                &mut summary.verified_tests
            };
            list.push(row.subject);
        }
    }
    summary
}

/// Package, receiver, name, and the place among declarations of the same name
/// (a name may be declared once for each operating system).
type Key = (String, String, String, usize);

fn by_name(functions: &[GoFunction]) -> BTreeMap<Key, &GoFunction> {
    let mut seen: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for f in functions {
        let place = seen.entry((&f.module, &f.receiver, &f.name)).or_default();
        found.insert(
            (f.module.clone(), f.receiver.clone(), f.name.clone(), *place),
            f,
        );
        *place += 1;
    }
    found
}

fn full_name(f: &GoFunction) -> String {
    if f.receiver.is_empty() {
        f.name.clone()
    } else {
        format!("{}.{}", f.receiver, f.name)
    }
}
