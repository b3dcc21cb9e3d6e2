//! The state machine: which change of status the rules allow.

use crate::db::{Batch, BatchStatus, Change, Item, Kind, Status, Store};
use crate::error::{Result, refuse};
use crate::ids;

/// A wish to change the status of some items.
#[derive(Debug, Clone)]
pub struct Request {
    /// Features or tests.
    pub kind: Kind,
    /// Which.
    pub ids: Vec<u32>,
    /// The status they shall have.
    pub status: Status,
    /// Why; needed for `deferred`, `n_a` and every step down.
    pub reason: Option<String>,
    /// Why the path or a gate is set aside; recorded and shown in reports.
    pub overriding: Option<String>,
}

impl Request {
    /// Whether gates have to pass first.
    pub fn needs_gates(&self) -> bool {
        matches!(self.status, Status::Complete | Status::Verified) && self.overriding.is_none()
    }

    /// The items, when the rules allow the change for every one of them.
    ///
    /// Refuses more than 15 IDs, unknown ones, IDs outside a started batch,
    /// steps off the allowed path and missing reasons.
    pub fn check(&self, store: &Store<'_>) -> Result<Vec<Item>> {
        ids::within_limit(&self.ids)?;
        let items = store.items_by_id(self.kind, &self.ids)?;
        if self
            .overriding
            .as_ref()
            .is_some_and(|text| text.trim().is_empty())
        {
            return refuse("an override needs its reason in words");
        }
        let batches = store.batches()?;
        for item in &items {
            let batch = batches.iter().find(|batch| batch.id == item.facts.batch);
            let status = batch.map(|batch| batch.status);
            // Another reason for what is settled leaves a complete batch complete.
            let settled = status == Some(BatchStatus::Complete)
                && is_settled(item.status)
                && is_settled(self.status);
            if status != Some(BatchStatus::Started) && !settled {
                let hint = match status {
                    Some(BatchStatus::Complete) => "is complete; reopen it first",
                    _ => "is not started",
                };
                return refuse(format!(
                    "{} {}: batch {} {hint}",
                    self.kind,
                    item.id(),
                    item.facts.batch
                ));
            }
            self.check_step(item)?;
        }
        Ok(items)
    }

    fn check_step(&self, item: &Item) -> Result<()> {
        let (from, to) = (item.status, self.status);
        let name = format!("{} {} ({})", self.kind, item.id(), item.full_name());
        let says_something_new = || {
            let reason = self.reason.as_ref();
            is_settled(to) && reason.is_some_and(|reason| *reason != item.reason)
        };
        if from == to && !says_something_new() {
            return refuse(format!("{name} is {from} already"));
        }
        let has_reason = self
            .reason
            .as_ref()
            .is_some_and(|text| !text.trim().is_empty());
        if is_settled(to) {
            return if has_reason {
                Ok(())
            } else {
                refuse(format!("{name}: {to} needs a --reason"))
            };
        }
        let up = matches!(
            (from, to),
            (Status::NotStarted | Status::Deferred, Status::Stub)
                | (Status::Stub, Status::Complete)
                | (Status::Complete, Status::Verified)
        );
        let down = from > to;
        if up || self.overriding.is_some() || (down && has_reason) {
            return Ok(());
        }
        if down {
            return refuse(format!("{name}: from {from} back to {to} needs a --reason"));
        }
        refuse(format!(
            "{name} is {from}; the path to {to} is not_started -> stub -> complete -> verified"
        ))
    }

    /// Makes the change for items that were checked in the same transaction.
    pub fn apply(
        &self,
        store: &Store<'_>,
        items: &[Item],
        who: &str,
        evidence: &[Vec<String>],
    ) -> Result<()> {
        for (at, item) in items.iter().enumerate() {
            let reason = if is_settled(self.status) {
                self.reason.clone().unwrap_or_default()
            } else {
                String::new()
            };
            let change = Change {
                who: who.to_owned(),
                reason: self
                    .overriding
                    .clone()
                    .or_else(|| self.reason.clone())
                    .unwrap_or_default(),
                overridden: self.overriding.is_some(),
                evidence: evidence.get(at).cloned().unwrap_or_default(),
            };
            store.set_status(item, self.status, &reason, &change)?;
        }
        Ok(())
    }
}

/// Whether nothing is to be done for an item, for a reason.
const fn is_settled(status: Status) -> bool {
    matches!(status, Status::Deferred | Status::NotApplicable)
}

/// What may stand between a batch and its start: the dependencies that are
/// neither complete nor feature-complete.
pub fn blockers(store: &Store<'_>, batch: u32) -> Result<Vec<u32>> {
    let batches = store.batches()?;
    let features = store.items(Kind::Feature)?;
    let wanted = store.batch(batch)?.depends_on;
    Ok(wanted
        .into_iter()
        .filter(|id| !may_build_on(*id, &batches, &features))
        .collect())
}

/// Whether a batch is complete or feature-complete: all its features verified,
/// n_a or deferred. A batch without features has nothing to build on, so it
/// counts when what it depends on does.
fn may_build_on(id: u32, batches: &[Batch], features: &[Item]) -> bool {
    let Some(batch) = batches.iter().find(|batch| batch.id == id) else {
        return false;
    };
    if batch.status == BatchStatus::Complete {
        return true;
    }
    let mut own = features
        .iter()
        .filter(|item| item.facts.batch == id)
        .peekable();
    if own.peek().is_none() {
        return batch
            .depends_on
            .iter()
            .all(|needed| may_build_on(*needed, batches, features));
    }
    own.all(|item| item.status.is_settled())
}

/// Starts a batch; refuses one that is not ready.
pub fn start(store: &Store<'_>, batch: u32, change: &Change) -> Result<()> {
    let found = store.batch(batch)?;
    match found.status {
        BatchStatus::Started => return refuse(format!("batch {batch} is started already")),
        BatchStatus::Complete => return refuse(format!("batch {batch} is complete; use reopen")),
        BatchStatus::NotStarted => {}
    }
    let blockers = blockers(store, batch)?;
    if !blockers.is_empty() && !change.overridden {
        let list: Vec<String> = blockers.iter().map(u32::to_string).collect();
        return refuse(format!(
            "batch {batch} waits for batch {}: complete them, or settle all their features",
            list.join(", ")
        ));
    }
    store.set_batch_status(&found, BatchStatus::Started, change)
}

/// Reopens a complete batch; needs a reason.
pub fn reopen(store: &Store<'_>, batch: u32, change: &Change) -> Result<()> {
    let found = store.batch(batch)?;
    if found.status != BatchStatus::Complete {
        return refuse(format!("batch {batch} is {}, not complete", found.status));
    }
    if change.reason.trim().is_empty() {
        return refuse("reopening a batch needs a --reason");
    }
    store.set_batch_status(&found, BatchStatus::Started, change)
}

/// The items of a batch that keep it from being complete.
pub fn unsettled(store: &Store<'_>, batch: u32) -> Result<Vec<Item>> {
    let mut found = Vec::new();
    for kind in [Kind::Feature, Kind::Test] {
        let items = store.items(kind)?.into_iter();
        found.extend(items.filter(|item| item.facts.batch == batch && !item.status.is_settled()));
    }
    Ok(found)
}
