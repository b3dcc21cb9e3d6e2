//! `tracker batch complete`.

use serde_json::{Value, json};

use super::Context;
use crate::catalogue;
use crate::db::{Batch, BatchStatus, Change, Db, Item, Kind, MutationScore, Status};
use crate::error::{Result, fail, refuse};
use crate::evidence::{Proofs, Standing};
use crate::gates::Gates;
use crate::mutation::{Drawn, Score};
use crate::workspace::Workspace;
use crate::{gates, ids, mutation, status};

/// A batch that may be completed if its mutants are noticed.
struct Candidate {
    batch: Batch,
    /// `None` if there is no body to mutate: a batch of tests alone, or one
    /// deferred whole.
    drawn: Option<Drawn>,
}

pub(super) fn run(
    context: &Context,
    ids: &[u32],
    sample: usize,
    overriding: Option<&str>,
) -> Result<()> {
    let mut db = context.open()?;
    if overriding.is_some_and(|reason| reason.trim().is_empty()) {
        return refuse("an override needs its reason in words");
    }
    for id in ids {
        let batch = db.read(|store| store.batch(*id))?;
        if batch.status != BatchStatus::Started {
            return refuse(format!("batch {id} is {}, not started", batch.status));
        }
        refuse_open(&mut db, *id)?;
    }
    let gates = gates::load(context.root())?;
    let workspace = Workspace::new(context.root());
    let state = workspace.state()?;
    if state.dirty {
        return refuse("the tree holds uncommitted changes: commit them first");
    }
    let mut candidates = Vec::new();
    for id in ids {
        let verified = check_evidence(&mut db, gates.as_ref(), *id)?;
        let drawn = (verified > 0 && sample > 0)
            .then(|| mutation::draw(&mut db, context.root(), gates.as_ref(), *id, sample))
            .transpose()?;
        let batch = db.read(|store| store.batch(*id))?;
        candidates.push(Candidate { batch, drawn });
    }
    let drawn: Vec<Drawn> = candidates
        .iter()
        .filter_map(|it| it.drawn.clone())
        .collect();
    let mut scores = match drawn.is_empty() {
        true => Vec::new(),
        false => mutation::run_all(gates.as_ref(), &drawn, &mut |line| eprintln!("{line}"))?,
    }
    .into_iter();
    let (mut answers, mut failures) = (Vec::new(), Vec::new());
    for candidate in &candidates {
        let score = candidate.drawn.as_ref().and_then(|_| scores.next());
        let id = candidate.batch.id;
        match complete(
            &mut db,
            context,
            &state.commit,
            candidate,
            score.as_ref(),
            overriding,
        ) {
            Ok(()) => answers.push(answer(&candidate.batch, score.as_ref())),
            Err(error) => failures.push(format!("batch {id}: {error:#}")),
        }
    }
    let values: Vec<_> = answers.iter().map(|(value, _)| value.clone()).collect();
    let value = match &values[..] {
        [one] => one.clone(),
        _ => json!(values),
    };
    context.answer(&value, || {
        answers.iter().map(|(_, line)| line.as_str()).collect()
    })?;
    if failures.is_empty() {
        Ok(())
    } else {
        fail(failures.join("\n"))
    }
}

/// Stores a batch's score and completes it if that is good enough.
fn complete(
    db: &mut Db,
    context: &Context,
    commit: &str,
    candidate: &Candidate,
    score: Option<&Score>,
    overriding: Option<&str>,
) -> Result<()> {
    let id = candidate.batch.id;
    let who = Workspace::new(context.root()).who();
    if let Some((drawn, score)) = candidate.drawn.as_ref().zip(score) {
        let row = MutationScore {
            id: String::new(),
            at: String::new(),
            batch: id,
            commit: commit.to_owned(),
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
            reason: overriding.unwrap_or_default().to_owned(),
            evidence: Vec::new(),
        };
        store.set_batch_status(&batch, BatchStatus::Complete, &change)?;
        catalogue::refresh(store, context.root())
    })
}

/// What is said of a batch that was completed: as JSON and as a line.
fn answer(batch: &Batch, score: Option<&Score>) -> (Value, String) {
    let figures = score.map(|score| (score.killed, score.viable));
    let value = json!({
        "id": batch.id, "status": "complete",
        "mutants": figures.map(|(killed, viable)| json!({ "killed": killed, "viable": viable })),
    });
    let (id, name) = (batch.id, &batch.name);
    let line = match figures {
        Some((killed, viable)) => {
            format!("batch {id} ({name}) complete; {killed} of {viable} mutants noticed\n")
        }
        None => format!("batch {id} ({name}) complete\n"),
    };
    (value, line)
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
