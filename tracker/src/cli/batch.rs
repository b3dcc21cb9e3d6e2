//! `tracker batch`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Context;
use crate::batch_plan;
use crate::catalogue;
use crate::db::{Batch, BatchStatus, Change, Item, Kind, Status, Store};
use crate::error::{Result, fail, refuse};
use crate::ids;
use crate::mutation;
use crate::render::{Style, percent};
use crate::status;
use crate::workspace::Workspace;

/// Batches of the porting plan.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tracker batch list
  tracker batch ready
  tracker batch show 0 --json
  tracker batch plan 0
  tracker batch start 0
  tracker batch complete 0")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// All batches with their progress.
    List,
    /// Batches that could be started now.
    Ready,
    /// The batch to go on with: a started one, or else the first ready one.
    Next,
    /// One batch with its features and tests.
    Show {
        /// Batch number.
        id: u32,
    },
    /// The order of work: groups of at most 20 features, then waves of tests.
    Plan {
        /// Batch number.
        id: u32,
    },
    /// Open a batch for work.
    Start {
        /// Batch number.
        id: u32,
        /// Start although dependencies are open; recorded and reported.
        #[arg(long = "override", value_name = "REASON")]
        overriding: Option<String>,
    },
    /// Close batches whose items are all verified, deferred or n_a. The mutants of
    /// several share one build.
    Complete {
        /// Batch numbers.
        #[arg(required = true)]
        ids: Vec<u32>,
        /// How many features of each to mutate.
        #[arg(long, default_value_t = mutation::SAMPLE)]
        sample: usize,
        /// Complete it although mutants survived; recorded and reported.
        #[arg(long = "override", value_name = "REASON")]
        overriding: Option<String>,
    },
    /// Open a complete batch again.
    Reopen {
        /// Batch number.
        id: u32,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// A batch with the items in it.
struct Progress {
    batch: Batch,
    features: Vec<Item>,
    tests: Vec<Item>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::List => list(context),
        Command::Ready => {
            let ready = context.open()?.read(ready)?;
            answer_batches(context, &ready)
        }
        Command::Next => next(context),
        Command::Show { id } => show(context, id),
        Command::Plan { id } => plan(context, id),
        Command::Start { id, overriding } => {
            let change = Change {
                who: Workspace::new(context.root()).who(),
                overridden: overriding.is_some(),
                reason: overriding.unwrap_or_default(),
                evidence: Vec::new(),
            };
            if change.overridden && change.reason.trim().is_empty() {
                return refuse("an override needs its reason in words");
            }
            set(context, id, "started", |store| {
                status::start(store, id, &change)
            })
        }
        Command::Complete {
            ids,
            sample,
            overriding,
        } => super::complete::run(context, &ids, sample, overriding.as_deref()),
        Command::Reopen { id, reason } => {
            let change = Change {
                who: Workspace::new(context.root()).who(),
                reason,
                ..Change::default()
            };
            set(context, id, "reopened", |store| {
                status::reopen(store, id, &change)
            })
        }
    }
}

fn set(
    context: &Context,
    id: u32,
    word: &str,
    body: impl FnOnce(&Store<'_>) -> Result<()>,
) -> Result<()> {
    let batch = context.open()?.write(|store| {
        body(store)?;
        catalogue::refresh(store, context.root())?;
        store.batch(id)
    })?;
    let value = json!({ "id": id, "status": batch.status.as_str() });
    context.answer(&value, || format!("batch {id} ({}) {word}\n", batch.name))
}

fn progress(store: &Store<'_>) -> Result<Vec<Progress>> {
    let features = store.items(Kind::Feature)?;
    let tests = store.items(Kind::Test)?;
    let of = |items: &[Item], id: u32| -> Vec<Item> {
        items
            .iter()
            .filter(|item| item.facts.batch == id)
            .cloned()
            .collect()
    };
    Ok(store
        .batches()?
        .into_iter()
        .map(|batch| Progress {
            features: of(&features, batch.id),
            tests: of(&tests, batch.id),
            batch,
        })
        .collect())
}

fn ready(store: &Store<'_>) -> Result<Vec<Batch>> {
    let mut found = Vec::new();
    for batch in store.batches()? {
        if batch.status == BatchStatus::NotStarted && status::blockers(store, batch.id)?.is_empty()
        {
            found.push(batch);
        }
    }
    Ok(found)
}

fn answer_batches(context: &Context, batches: &[Batch]) -> Result<()> {
    let value: Vec<Value> = batches.iter().map(batch_json).collect();
    context.answer(&Value::from(value), || {
        if batches.is_empty() {
            return "no batch\n".to_owned();
        }
        let rows: Vec<Vec<String>> = batches
            .iter()
            .map(|batch| {
                vec![
                    batch.id.to_string(),
                    batch.status.to_string(),
                    batch.name.clone(),
                ]
            })
            .collect();
        Style::detect().table(&["batch", "status", "name"], &rows)
    })
}

fn batch_json(batch: &Batch) -> Value {
    json!({
        "id": batch.id, "name": batch.name, "status": batch.status.as_str(),
        "depends_on": batch.depends_on,
    })
}

fn next(context: &Context) -> Result<()> {
    let found = context.open()?.read(|store| {
        let started = store
            .batches()?
            .into_iter()
            .find(|b| b.status == BatchStatus::Started);
        Ok(started.or(ready(store)?.into_iter().next()))
    })?;
    match found {
        Some(batch) => answer_batches(context, &[batch]),
        None => fail("no batch is started or ready"),
    }
}

fn count(items: &[Item], test: impl Fn(Status) -> bool) -> usize {
    items.iter().filter(|item| test(item.status)).count()
}

fn list(context: &Context) -> Result<()> {
    let all = context.open()?.read(progress)?;
    let value: Vec<Value> = all
        .iter()
        .map(|p| {
            let mut value = batch_json(&p.batch);
            for (name, items) in [("features", &p.features), ("tests", &p.tests)] {
                value[name] = json!({
                    "total": items.len(),
                    "verified": count(items, |status| status == Status::Verified),
                    "settled": count(items, Status::is_settled),
                });
            }
            value
        })
        .collect();
    context.answer(&Value::from(value), || {
        let style = Style::detect();
        let rows: Vec<Vec<String>> = all
            .iter()
            .map(|p| {
                let total = p.features.len() + p.tests.len();
                let done =
                    count(&p.features, Status::is_settled) + count(&p.tests, Status::is_settled);
                let share = |items: &[Item]| {
                    format!("{}/{}", count(items, Status::is_settled), items.len())
                };
                vec![
                    p.batch.id.to_string(),
                    p.batch.status.to_string(),
                    share(&p.features),
                    share(&p.tests),
                    style.bar(done, total),
                    percent(done, total),
                    p.batch
                        .depends_on
                        .iter()
                        .map(u32::to_string)
                        .collect::<Vec<_>>()
                        .join(","),
                    p.batch.name.clone(),
                ]
            })
            .collect();
        style.table(
            &[
                "batch", "status", "features", "tests", "", "settled", "needs", "name",
            ],
            &rows,
        )
    })
}

fn show(context: &Context, id: u32) -> Result<()> {
    let (found, blockers) = context.open()?.read(|store| {
        store.batch(id)?;
        let found = progress(store)?.into_iter().find(|p| p.batch.id == id);
        Ok((found, status::blockers(store, id)?))
    })?;
    let Some(found) = found else {
        return refuse(format!("unknown batch {id}"));
    };
    let brief = |items: &[Item]| -> Vec<Value> {
        items
            .iter()
            .map(|item| {
                json!({
                    "id": item.id(), "name": item.full_name(), "file": item.facts.file,
                    "status": item.status.as_str(), "status_reason": item.reason,
                })
            })
            .collect()
    };
    let mut value = batch_json(&found.batch);
    value["blocked_by"] = json!(blockers);
    value["features"] = brief(&found.features).into();
    value["tests"] = brief(&found.tests).into();
    context.answer(&value, || {
        let style = Style::detect();
        let depends: Vec<String> = found.batch.depends_on.iter().map(u32::to_string).collect();
        let mut text = format!(
            "batch {id}  {}\n  status      {}\n",
            found.batch.name, found.batch.status
        );
        text.push_str(&format!(
            "  depends on  {}\n",
            if depends.is_empty() {
                "-".to_owned()
            } else {
                depends.join(", ")
            }
        ));
        if !blockers.is_empty() {
            let list: Vec<String> = blockers.iter().map(u32::to_string).collect();
            text.push_str(&format!("  blocked by  {}\n", list.join(", ")));
        }
        for (word, items) in [("features", &found.features), ("tests", &found.tests)] {
            text.push_str(&format!("  {word:10}  {} in all\n", items.len()));
            for status in Status::ALL {
                let ids: Vec<u32> = items
                    .iter()
                    .filter(|item| item.status == status)
                    .map(Item::id)
                    .collect();
                if !ids.is_empty() {
                    text.push_str(&format!(
                        "    {:>4}  {}  {}\n",
                        ids.len(),
                        style.status(status),
                        ids::format(&ids)
                    ));
                }
            }
        }
        text
    })
}

fn plan(context: &Context, id: u32) -> Result<()> {
    let plan = context.open()?.read(|store| batch_plan::of(store, id))?;
    let value = json!({
        "id": id,
        "groups": plan.groups.iter().map(|group| json!({ "files": group.files, "features": group.ids })).collect::<Vec<_>>(),
        "waves": plan.waves.iter().map(|wave| json!({ "after_group": wave.after_group, "tests": wave.ids })).collect::<Vec<_>>(),
    });
    context.answer(&value, || {
        let mut text = String::new();
        for (number, group) in (1..).zip(&plan.groups) {
            text.push_str(&format!(
                "group {number}: {} features {}  ({})\n",
                group.ids.len(),
                ids::format(&group.ids),
                group.files.join(", ")
            ));
        }
        for (number, wave) in (1..).zip(&plan.waves) {
            text.push_str(&format!(
                "wave {number}: {} tests {}  (after group {})\n",
                wave.ids.len(),
                ids::format(&wave.ids),
                wave.after_group
            ));
        }
        text
    })
}
