//! The order of work within a batch.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{Item, Kind, Store};
use crate::error::Result;
use crate::ids;

/// The most features in one group.
const GROUP: usize = 20;

/// Groups of features, then waves of tests.
#[derive(Debug, Clone)]
pub struct BatchPlan {
    /// Groups in the order of work.
    pub groups: Vec<Group>,
    /// Waves in the order of work.
    pub waves: Vec<Wave>,
}

/// Features to write together.
#[derive(Debug, Clone)]
pub struct Group {
    /// Go files they come from.
    pub files: Vec<String>,
    /// Features.
    pub ids: Vec<u32>,
}

/// Tests to port together.
#[derive(Debug, Clone)]
pub struct Wave {
    /// The group that has to be done first; 0 when none has.
    pub after_group: usize,
    /// Tests.
    pub ids: Vec<u32>,
}

/// Plans a batch: files that others call come first, a group holds features of
/// neighbouring places, and a test comes after the last group it calls into.
pub fn of(store: &Store<'_>, batch: u32) -> Result<BatchPlan> {
    store.batch(batch)?;
    let in_batch = |items: Vec<Item>| -> Vec<Item> {
        items
            .into_iter()
            .filter(|item| item.facts.batch == batch)
            .collect()
    };
    let features = in_batch(store.items(Kind::Feature)?);
    let tests = in_batch(store.items(Kind::Test)?);
    let mut groups: Vec<Group> = Vec::new();
    for file in file_order(&features) {
        for item in features.iter().filter(|item| item.facts.file == file) {
            match groups.last_mut() {
                Some(group) if group.ids.len() < GROUP => {
                    group.ids.push(item.id());
                    if group.files.last() != Some(&file) {
                        group.files.push(file.clone());
                    }
                }
                _ => groups.push(Group {
                    files: vec![file.clone()],
                    ids: vec![item.id()],
                }),
            }
        }
    }
    let group_of: BTreeMap<u32, usize> = (1..)
        .zip(&groups)
        .flat_map(|(number, group)| group.ids.iter().map(move |id| (*id, number)))
        .collect();
    let mut after: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for test in &tests {
        let last = test
            .facts
            .calls
            .iter()
            .filter_map(|id| group_of.get(id))
            .max();
        after
            .entry(last.copied().unwrap_or(0))
            .or_default()
            .push(test.id());
    }
    let waves = after
        .into_iter()
        .flat_map(|(after_group, ids)| {
            ids.chunks(ids::IDS_PER_CALL)
                .map(|chunk| Wave {
                    after_group,
                    ids: chunk.to_vec(),
                })
                .collect::<Vec<_>>()
        })
        .collect();
    Ok(BatchPlan { groups, waves })
}

/// Files so that a file comes after those it calls; where calls form a circle,
/// the file with the fewest open calls goes first.
fn file_order(features: &[Item]) -> Vec<String> {
    let file_of: BTreeMap<u32, &str> = features
        .iter()
        .map(|item| (item.id(), item.facts.file.as_str()))
        .collect();
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for item in features {
        let needed = needs.entry(&item.facts.file).or_default();
        let files = item.facts.calls.iter().filter_map(|id| file_of.get(id));
        needed.extend(files.filter(|file| **file != item.facts.file));
    }
    let mut order: Vec<String> = Vec::new();
    while let Some(next) = needs
        .iter()
        .min_by_key(|(_, needed)| needed.len())
        .map(|(file, _)| *file)
    {
        needs.remove(next);
        for needed in needs.values_mut() {
            needed.remove(next);
        }
        order.push(next.to_owned());
    }
    order
}
