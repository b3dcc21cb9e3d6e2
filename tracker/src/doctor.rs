//! Is the ledger sound, and did everything in it come through the tool?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::catalogue;
use crate::db::{Db, HistoryRow, Item, Kind, Status, Store, run_digest};
use crate::error::Result;
use crate::ids;
use crate::plan;

/// How many problems of one sort are told apart.
const LISTED: usize = 10;

/// Looks for problems; an empty list means a sound ledger. Does not stop at the
/// first one.
pub fn examine(db: &mut Db, root: &Path) -> Result<Vec<String>> {
    let mut problems: Vec<String> = db
        .integrity_problems()?
        .into_iter()
        .take(LISTED)
        .map(|text| format!("SQLite integrity check: {text}"))
        .collect();
    if !db.seal_matches()? {
        problems.push("the content does not match its seal: edited without the tracker".to_owned());
    }
    let (found, known) = db.schema_versions()?;
    if found != known {
        problems.push(format!(
            "schema version {found}, this tracker writes {known}"
        ));
    }
    db.read_unsealed(|store| {
        let history = store.history()?;
        chain(&history, &mut problems);
        totals(store, &mut problems)?;
        orphans(store, &mut problems)?;
        standings(store, &history, &mut problems)?;
        evidence(store, &history, &mut problems)?;
        let path = root.join(catalogue::PATH);
        if let Ok(text) = std::fs::read_to_string(&path)
            && text != catalogue::text(store)?
        {
            problems.push(format!(
                "{} differs from the ledger; any writing command renews it",
                catalogue::PATH
            ));
        }
        Ok(())
    })?;
    Ok(problems)
}

fn chain(history: &[HistoryRow], problems: &mut Vec<String>) {
    let mut prev = String::new();
    for (seq, row) in (1..).zip(history) {
        if row.seq != seq || row.prev != prev || row.hash != row.expected_hash() {
            problems.push(format!(
                "history row {}: the hash chain breaks here",
                row.seq
            ));
            return;
        }
        prev.clone_from(&row.hash);
    }
}

fn totals(store: &Store<'_>, problems: &mut Vec<String>) -> Result<()> {
    let counts = [
        ("modules", store.modules()?.len(), plan::MODULES),
        ("features", store.count(Kind::Feature)?, plan::FEATURES),
        ("tests", store.count(Kind::Test)?, plan::TESTS),
    ];
    for (what, found, wanted) in counts {
        if found != wanted {
            problems.push(format!("{found} {what}, not {wanted}"));
        }
    }
    Ok(())
}

fn orphans(store: &Store<'_>, problems: &mut Vec<String>) -> Result<()> {
    let batches: BTreeSet<u32> = store.batches()?.iter().map(|batch| batch.id).collect();
    for kind in [Kind::Feature, Kind::Test] {
        let items = store.items(kind)?;
        if items.len() != store.count(kind)? {
            problems.push(format!("{kind}s that belong to no module"));
        }
        let contiguous = items.iter().zip(1..).all(|(item, id)| item.id() == id);
        if !contiguous {
            problems.push(format!("the {kind} IDs have gaps"));
        }
        for item in items
            .iter()
            .filter(|item| !batches.contains(&item.facts.batch))
        {
            problems.push(format!("{kind} {} belongs to no batch", item.id()));
        }
        let wrong = items
            .iter()
            .flat_map(|item| &item.facts.calls)
            .any(|id| *id as usize > plan::FEATURES);
        if wrong {
            problems.push(format!("a {kind} calls a feature that does not exist"));
        }
    }
    let runs: BTreeSet<String> = store.runs()?.into_iter().map(|run| run.id).collect();
    for row in store
        .evidence()?
        .iter()
        .filter(|row| !runs.contains(&row.run))
        .take(LISTED)
    {
        problems.push(format!("evidence {} belongs to no run", row.id));
    }
    Ok(())
}

/// Every standing has to be the last word of its history.
fn standings(store: &Store<'_>, history: &[HistoryRow], problems: &mut Vec<String>) -> Result<()> {
    let mut last: BTreeMap<(&str, &str, &str), &HistoryRow> = BTreeMap::new();
    for row in history {
        last.insert((&row.kind, &row.subject, &row.field), row);
    }
    let mut check = |kind: &str, subject: &str, field: &str, now: &str, start: &str| {
        let said = last
            .get(&(kind, subject, field))
            .map_or(start, |row| row.new.as_str());
        if said != now {
            problems.push(format!(
                "{kind} {subject}: {field} is \"{now}\", but the history says \"{said}\": \
                 changed behind the tool's back"
            ));
        }
    };
    for kind in [Kind::Feature, Kind::Test] {
        for item in store.items(kind)? {
            let subject = item.id().to_string();
            let kind = kind.as_str();
            check(
                kind,
                &subject,
                "status",
                item.status.as_str(),
                Status::NotStarted.as_str(),
            );
            check(kind, &subject, "rust", &item.rust.join(" "), "");
            check(kind, &subject, "tests", &ids::format(&item.tests), "");
            check(kind, &subject, "proofs", &item.proofs.join(" "), "");
            if needs_reason(&item) {
                check(kind, &subject, "reason", "", "missing");
            }
        }
    }
    for batch in store.batches()? {
        check(
            "batch",
            &batch.id.to_string(),
            "status",
            batch.status.as_str(),
            "not_started",
        );
    }
    for library in store.libraries()? {
        check("library", &library.go_module, "crate", &library.krate, "");
    }
    Ok(())
}

fn needs_reason(item: &Item) -> bool {
    matches!(item.status, Status::Deferred | Status::NotApplicable) && item.reason.trim().is_empty()
}

/// Runs and mutation scores have to match the digests in the history.
fn evidence(store: &Store<'_>, history: &[HistoryRow], problems: &mut Vec<String>) -> Result<()> {
    let rows = store.evidence()?;
    let mut found: BTreeMap<(&str, String), String> = BTreeMap::new();
    for run in store.runs()? {
        let own: Vec<_> = rows
            .iter()
            .filter(|row| row.run == run.id)
            .cloned()
            .collect();
        found.insert(("run", run.id.clone()), run_digest(&run, &own));
    }
    for score in store.mutations()? {
        found.insert(("mutation", score.id.clone()), score.content_digest());
    }
    let said: BTreeMap<(&str, String), String> = history
        .iter()
        .filter(|row| matches!(row.kind.as_str(), "run" | "mutation"))
        .map(|row| ((row.kind.as_str(), row.subject.clone()), row.new.clone()))
        .collect();
    if found != said {
        let differing = found
            .iter()
            .filter(|(key, digest)| said.get(*key) != Some(digest))
            .map(|((kind, id), _)| {
                format!("{kind} {id} was added or changed behind the tool's back")
            });
        let gone = said
            .keys()
            .filter(|key| !found.contains_key(*key))
            .map(|(kind, id)| format!("{kind} {id} is in the history but gone"));
        problems.extend(differing.chain(gone).take(LISTED));
    }
    Ok(())
}
