//! Answers that need the whole ledger: what is next, what waits for what.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{BatchStatus, HistoryRow, Item, Kind, Status, Store};
use crate::error::Result;

/// An item that can be worked on, and how many wait for it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The item.
    pub item: Item,
    /// Open items that call it, directly or through others.
    pub unblocks: usize,
}

/// A deferred item.
#[derive(Debug, Clone)]
pub struct DeferredItem {
    /// The item.
    pub item: Item,
    /// What its reason names, such as `feature 12`.
    pub blockers: Vec<String>,
    /// Whether all of that is done.
    pub unblocked: bool,
}

/// All history rows where a rule was set aside.
pub fn overrides(store: &Store<'_>) -> Result<Vec<HistoryRow>> {
    Ok(store
        .history()?
        .into_iter()
        .filter(|row| row.overridden)
        .collect())
}

/// Open items of started batches. Features come first whose callees are done
/// or outside the batch; among these the one that most open items wait for.
pub fn next(store: &Store<'_>) -> Result<Vec<Step>> {
    let started: BTreeSet<u32> = store
        .batches()?
        .into_iter()
        .filter(|batch| batch.status == BatchStatus::Started)
        .map(|batch| batch.id)
        .collect();
    let features = store.items(Kind::Feature)?;
    let tests = store.items(Kind::Test)?;
    let mut callers: BTreeMap<u32, Vec<(Kind, u32)>> = BTreeMap::new();
    for item in features
        .iter()
        .chain(&tests)
        .filter(|item| !item.status.is_settled())
    {
        for called in &item.facts.calls {
            callers
                .entry(*called)
                .or_default()
                .push((item.kind(), item.id()));
        }
    }
    let open_now = |id: &u32| {
        features
            .get((*id as usize).wrapping_sub(1))
            .is_some_and(|f| {
                started.contains(&f.facts.batch)
                    && matches!(f.status, Status::NotStarted | Status::Stub)
            })
    };
    let mut steps: Vec<(bool, Step)> = Vec::new();
    for item in features.iter().chain(&tests) {
        if item.status.is_settled() || !started.contains(&item.facts.batch) {
            continue;
        }
        let waits = item.facts.calls.iter().any(open_now);
        let unblocks = match item.kind() {
            Kind::Feature => waiting(item.id(), &callers),
            Kind::Test => 0,
        };
        steps.push((
            waits,
            Step {
                item: item.clone(),
                unblocks,
            },
        ));
    }
    steps.sort_by_key(|(waits, step)| {
        (
            *waits,
            std::cmp::Reverse(step.unblocks),
            step.item.kind(),
            step.item.id(),
        )
    });
    Ok(steps.into_iter().map(|(_, step)| step).collect())
}

fn waiting(id: u32, callers: &BTreeMap<u32, Vec<(Kind, u32)>>) -> usize {
    let mut seen = BTreeSet::new();
    let mut stack = vec![id];
    while let Some(at) = stack.pop() {
        for (kind, caller) in callers.get(&at).into_iter().flatten() {
            if seen.insert((*kind, *caller)) && *kind == Kind::Feature {
                stack.push(*caller);
            }
        }
    }
    seen.remove(&(Kind::Feature, id));
    seen.len()
}

/// Deferred items with what they wait for.
pub fn deferred(store: &Store<'_>) -> Result<Vec<DeferredItem>> {
    let mut done: BTreeSet<String> = store
        .batches()?
        .into_iter()
        .filter(|batch| batch.status == BatchStatus::Complete)
        .map(|batch| format!("batch {}", batch.id))
        .collect();
    let mut found = Vec::new();
    for kind in [Kind::Feature, Kind::Test] {
        for item in store.items(kind)? {
            if matches!(item.status, Status::Complete | Status::Verified) {
                done.insert(format!("{kind} {}", item.id()));
            } else if item.status == Status::Deferred {
                let blockers = blockers(&item.reason);
                found.push(DeferredItem {
                    item,
                    blockers,
                    unblocked: false,
                });
            }
        }
    }
    for row in &mut found {
        row.unblocked =
            !row.blockers.is_empty() && row.blockers.iter().all(|name| done.contains(name));
    }
    Ok(found)
}

/// `feature 12`, `test 7` and `batch 3` in a sentence.
fn blockers(reason: &str) -> Vec<String> {
    let words: Vec<String> = reason
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words
        .windows(2)
        .filter_map(|pair| match pair {
            [kind, id] if matches!(kind.as_str(), "feature" | "test" | "batch") => {
                id.parse::<u32>().ok().map(|id| format!("{kind} {id}"))
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blockers_are_read_from_the_reason() {
        assert_eq!(
            blockers("needs feature 12, Batch 3 (and test 7)."),
            ["feature 12", "batch 3", "test 7"]
        );
        assert!(blockers("a feature that test tools lack").is_empty());
    }
}
