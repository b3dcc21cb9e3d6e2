//! `tracker batch complete`.

use serde_json::json;

use super::Context;
use crate::catalogue;
use crate::db::{BatchStatus, Change, Db, Item, Kind, MutationScore, Status};
use crate::error::{Result, fail, refuse};
use crate::evidence::{Proofs, Standing};
use crate::gates::Gates;
use crate::workspace::Workspace;
use crate::{gates, ids, mutation, status};

pub(super) fn run(
    context: &Context,
    id: u32,
    sample: usize,
    overriding: Option<String>,
) -> Result<()> {
    let mut db = context.open()?;
    if overriding
        .as_ref()
        .is_some_and(|reason| reason.trim().is_empty())
    {
        return refuse("an override needs its reason in words");
    }
    let batch = db.read(|store| store.batch(id))?;
    if batch.status != BatchStatus::Started {
        return refuse(format!("batch {id} is {}, not started", batch.status));
    }
    refuse_open(&mut db, id)?;
    let gates = gates::load(context.root())?;
    let workspace = Workspace::new(context.root());
    let state = workspace.state()?;
    if state.dirty {
        return refuse("the tree holds uncommitted changes: commit them first");
    }
    let verified = check_evidence(&mut db, gates.as_ref(), id)?;
    // A batch of tests alone, or one deferred whole, has no body to mutate.
    let score = if verified > 0 && sample > 0 {
        let drawn = mutation::draw(&mut db, context.root(), gates.as_ref(), id, sample)?;
        let score = mutation::run(gates.as_ref(), &drawn, &mut |line| eprintln!("{line}"))?;
        Some((drawn, score))
    } else {
        None
    };
    let who = workspace.who();
    if let Some((drawn, score)) = &score {
        let row = MutationScore {
            id: String::new(),
            at: String::new(),
            batch: id,
            commit: state.commit.clone(),
            seed: drawn.seed.clone(),
            features: ids::format(&drawn.features),
            viable: score.viable,
            killed: score.killed,
            survivors: score.survivors.join("\n"),
        };
        db.write(|store| store.add_mutation(row, &who))?;
        if overriding.is_none() {
            score.verdict()?;
        }
    }
    db.write(|store| {
        let batch = store.batch(id)?;
        let open = status::unsettled(store, id)?;
        if batch.status != BatchStatus::Started || !open.is_empty() {
            return refuse(format!("batch {id} was changed meanwhile"));
        }
        let change = Change {
            who: who.clone(),
            overridden: overriding.is_some(),
            reason: overriding.unwrap_or_default(),
            evidence: Vec::new(),
        };
        store.set_batch_status(&batch, BatchStatus::Complete, &change)?;
        catalogue::refresh(store, context.root())
    })?;
    let figures = score.map(|(_, score)| (score.killed, score.viable));
    let value = json!({
        "id": id, "status": "complete",
        "mutants": figures.map(|(killed, viable)| json!({ "killed": killed, "viable": viable })),
    });
    context.answer(&value, || match figures {
        Some((killed, viable)) => {
            format!(
                "batch {id} ({}) complete; {killed} of {viable} mutants noticed\n",
                batch.name
            )
        }
        None => format!("batch {id} ({}) complete\n", batch.name),
    })
}

/// Refuses while an item is neither verified, deferred nor n_a.
fn refuse_open(db: &mut Db, id: u32) -> Result<()> {
    let open = db.read(|store| status::unsettled(store, id))?;
    if open.is_empty() {
        return Ok(());
    }
    let of = |kind: Kind| -> Vec<u32> {
        open.iter()
            .filter(|item| item.kind() == kind)
            .map(Item::id)
            .collect()
    };
    refuse(format!(
        "batch {id} still has {} items that are neither verified, deferred nor n_a: \
         features {}, tests {}",
        open.len(),
        or_none(&of(Kind::Feature)),
        or_none(&of(Kind::Test))
    ))
}

/// Fails while the evidence of a verified item does not hold; returns how many
/// features are verified.
fn check_evidence(db: &mut Db, gates: &dyn Gates, id: u32) -> Result<usize> {
    let (stale, verified) = db.read(|store| {
        let proofs = Proofs::load(store, gates)?;
        let mine = proofs
            .features()
            .iter()
            .chain(proofs.tests())
            .filter(|item| item.facts.batch == id && item.status == Status::Verified);
        let mut stale = Vec::new();
        let mut features = 0;
        for item in mine {
            features += usize::from(item.kind() == Kind::Feature);
            let (standing, _) = proofs.item_standing(item);
            if !matches!(standing, Standing::Fresh(_)) {
                stale.push(format!(
                    "  {} {}: {}",
                    item.kind(),
                    item.id(),
                    standing.word()
                ));
            }
        }
        Ok((stale, features))
    })?;
    if !stale.is_empty() {
        return fail(format!(
            "the evidence of {} items does not hold; run `tracker test run --batch {id}`:\n{}",
            stale.len(),
            stale
                .iter()
                .take(20)
                .cloned()
                .collect::<Vec<_>>()
                .join("\n")
        ));
    }
    Ok(verified)
}

fn or_none(ids: &[u32]) -> String {
    if ids.is_empty() {
        "none".to_owned()
    } else {
        ids::format(ids)
    }
}
