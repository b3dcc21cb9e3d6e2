//! `tracker feature` and `tracker test`: the parts that both have.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Context;
use crate::db::{Db, HistoryRow, Item, Kind, Status};
use crate::error::{Result, refuse};
use crate::evidence::Proofs;
use crate::gates;
use crate::ids;
use crate::promote;
use crate::render::Style;
use crate::status::Request;
use crate::workspace::Workspace;

/// Filters for a list.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Only these statuses.
    #[arg(long, value_delimiter = ',')]
    status: Vec<Status>,
    /// Only these batches.
    #[arg(long, value_delimiter = ',')]
    batch: Vec<u32>,
    /// Only this module.
    #[arg(long)]
    module: Option<String>,
    /// Only files whose path contains this.
    #[arg(long)]
    file: Option<String>,
    /// Only names that contain this.
    #[arg(long)]
    name: Option<String>,
    /// Only IDs such as 1-7,9.
    #[arg(long)]
    ids: Option<String>,
    /// Only those without a Rust mapping.
    #[arg(long)]
    unmapped: bool,
    /// Print only the IDs, as a list that other commands take.
    #[arg(long)]
    ids_only: bool,
}

/// Changes the status of some IDs.
#[derive(Debug, clap::Args)]
pub(super) struct UpdateArgs {
    /// IDs, at most 15: `7`, `1-7,9`.
    #[arg(required = true)]
    ids: Vec<String>,
    /// The new status.
    #[arg(long)]
    status: Status,
    /// Why; needed for deferred, n_a and every step down.
    #[arg(long)]
    reason: Option<String>,
    /// Sets the path and the gates aside, with the reason in words; recorded
    /// and shown in every report.
    #[arg(long = "override", value_name = "REASON")]
    overriding: Option<String>,
}

/// Changes the status of a list of IDs, once it was looked at.
#[derive(Debug, clap::Args)]
pub(super) struct BatchUpdateArgs {
    /// IDs, at most 15: `1-7,9`.
    #[arg(long)]
    ids: String,
    /// The new status.
    #[arg(long)]
    set_status: Status,
    /// Why; needed for deferred, n_a and every step down.
    #[arg(long)]
    reason: Option<String>,
    /// Sets the path and the gates aside, with the reason in words.
    #[arg(long = "override", value_name = "REASON")]
    overriding: Option<String>,
    /// Make the change; without it, only show what would happen.
    #[arg(long)]
    execute: bool,
}

/// What both kinds can do.
#[derive(Debug, Subcommand)]
pub(super) enum Common {
    /// List with filters.
    List(ListArgs),
    /// Show one, with its history.
    Show {
        /// ID.
        id: u32,
    },
    /// Change the status of up to 15 IDs.
    Update(UpdateArgs),
    /// Change the status of a list of up to 15 IDs; a dry run without --execute.
    BatchUpdate(BatchUpdateArgs),
}

pub(super) fn run(context: &Context, kind: Kind, command: Common) -> Result<()> {
    match command {
        Common::List(args) => list(context, kind, &args),
        Common::Show { id } => show(context, kind, id),
        Common::Update(args) => {
            let request = Request {
                kind,
                ids: ids::parse_all(&args.ids)?,
                status: args.status,
                reason: args.reason,
                overriding: args.overriding,
            };
            change(context, &request, true)
        }
        Common::BatchUpdate(args) => {
            let request = Request {
                kind,
                ids: ids::parse(&args.ids)?,
                status: args.set_status,
                reason: args.reason,
                overriding: args.overriding,
            };
            change(context, &request, args.execute)
        }
    }
}

fn list(context: &Context, kind: Kind, args: &ListArgs) -> Result<()> {
    let wanted = args.ids.as_deref().map(ids::parse).transpose()?;
    let mut db = context.open()?;
    let items: Vec<Item> = db.read(|store| {
        if let Some(module) = &args.module
            && !store.modules()?.iter().any(|(_, name, _)| name == module)
        {
            return refuse(format!("unknown module {module}"));
        }
        for batch in &args.batch {
            store.batch(*batch)?;
        }
        if let Some(wanted) = &wanted {
            store.items_by_id(kind, wanted)?;
        }
        let mut items = store.items(kind)?;
        items.retain(|item| {
            (args.status.is_empty() || args.status.contains(&item.status))
                && (args.batch.is_empty() || args.batch.contains(&item.facts.batch))
                && args
                    .module
                    .as_ref()
                    .is_none_or(|module| *module == item.facts.module)
                && args
                    .file
                    .as_ref()
                    .is_none_or(|part| item.facts.file.contains(part.as_str()))
                && args
                    .name
                    .as_ref()
                    .is_none_or(|part| item.full_name().contains(part.as_str()))
                && wanted.as_ref().is_none_or(|ids| ids.contains(&item.id()))
                && (!args.unmapped || item.rust.is_empty())
        });
        Ok(items)
    })?;
    if args.ids_only {
        let list = ids::format(&items.iter().map(Item::id).collect::<Vec<_>>());
        return context.answer(&Value::from(list.clone()), || format!("{list}\n"));
    }
    let words = standings(context, &mut db, &items)?;
    let value: Vec<Value> = items
        .iter()
        .zip(&words)
        .map(|(item, word)| {
            let mut value = as_json(item);
            value["evidence"] = (*word).into();
            value
        })
        .collect();
    context.answer(&Value::from(value), || {
        let style = Style::detect();
        let rows: Vec<Vec<String>> = items
            .iter()
            .zip(&words)
            .map(|(item, word)| {
                vec![
                    item.id().to_string(),
                    item.facts.batch.to_string(),
                    style.status(item.status),
                    word.filter(|word| *word != "fresh")
                        .unwrap_or_default()
                        .to_owned(),
                    format!("{}:{}", item.facts.file, item.facts.line_start),
                    item.full_name(),
                    item.rust.join(" "),
                ]
            })
            .collect();
        let table = style.table(
            &["id", "batch", "status", "evidence", "place", "name", "rust"],
            &rows,
        );
        format!("{table}{} {kind}s\n", items.len())
    })
}

fn show(context: &Context, kind: Kind, id: u32) -> Result<()> {
    let mut db = context.open()?;
    let (item, history, callers) = db.read(|store| {
        let item = store.item(kind, id)?;
        let history = store.history_of(kind.as_str(), &id.to_string())?;
        let mut callers: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        if kind == Kind::Feature {
            for (name, kind) in [("features", Kind::Feature), ("tests", Kind::Test)] {
                let items = store.items(kind)?;
                let found = items.iter().filter(|item| item.facts.calls.contains(&id));
                callers.insert(name, found.map(Item::id).collect());
            }
        }
        Ok((item, history, callers))
    })?;
    let standing = standings(context, &mut db, std::slice::from_ref(&item))?
        .pop()
        .flatten();
    let mut value = as_json(&item);
    value["evidence"] = standing.into();
    value["called_by"] = json!(callers);
    value["history"] = history.iter().map(history_json).collect();
    context.answer(&value, || {
        let facts = &item.facts;
        let mut lines = vec![
            format!("{kind} {id}  {}", item.full_name()),
            format!(
                "  place      {}:{}-{} ({} lines of code)",
                facts.file, facts.line_start, facts.line_end, facts.loc
            ),
            format!(
                "  module     {}   batch {}   shape {}",
                facts.module, facts.batch, facts.shape
            ),
            format!("  status     {}", Style::detect().status(item.status)),
        ];
        let optional = [
            ("reason", item.reason.clone()),
            ("build", facts.build.clone()),
            ("kind", facts.category.clone()),
            ("evidence", standing.unwrap_or_default().to_owned()),
            ("rust", item.rust.join(" ")),
            ("tests", ids::format(&item.tests)),
            ("proofs", item.proofs.join(" ")),
            ("calls", ids::format(&facts.calls)),
            (
                "called by",
                callers
                    .get("features")
                    .map(|ids| ids::format(ids))
                    .unwrap_or_default(),
            ),
            (
                "tested by",
                callers
                    .get("tests")
                    .map(|ids| ids::format(ids))
                    .unwrap_or_default(),
            ),
        ];
        for (name, text) in optional.into_iter().filter(|(_, text)| !text.is_empty()) {
            lines.push(format!("  {name:10} {text}"));
        }
        lines.extend(history.iter().map(history_line));
        lines.join("\n") + "\n"
    })
}

/// How the evidence of complete and verified items stands by the present
/// source; `None` for others, and where there is no source.
fn standings(context: &Context, db: &mut Db, items: &[Item]) -> Result<Vec<Option<&'static str>>> {
    let proved = |item: &Item| matches!(item.status, Status::Complete | Status::Verified);
    if !items.iter().any(proved) || !Workspace::new(context.root()).has_sources() {
        return Ok(vec![None; items.len()]);
    }
    let gates = gates::load(context.root())?;
    db.read(|store| {
        let proofs = Proofs::load(store, gates.as_ref())?;
        let word = |item: &Item| proved(item).then(|| proofs.item_standing(item).0.word());
        Ok(items.iter().map(word).collect())
    })
}

fn change(context: &Context, request: &Request, execute: bool) -> Result<()> {
    let mut db = context.open()?;
    if !execute {
        let items = db.read(|store| request.check(store))?;
        let value = json!({ "executed": false, "status": request.status.as_str(), "items": steps(&items, request) });
        return context.answer(&value, || {
            let mut text = step_lines(&items, request);
            text.push_str("nothing was changed; add --execute to do it\n");
            text
        });
    }
    let items = promote::change(&mut db, context.root(), request, &mut |line| {
        eprintln!("{line}")
    })?;
    let value = json!({ "executed": true, "status": request.status.as_str(), "items": steps(&items, request) });
    context.answer(&value, || step_lines(&items, request))
}

fn steps(items: &[Item], request: &Request) -> Vec<Value> {
    items
        .iter()
        .map(|item| json!({ "id": item.id(), "from": item.status.as_str(), "to": request.status.as_str() }))
        .collect()
}

fn step_lines(items: &[Item], request: &Request) -> String {
    let style = Style::detect();
    items
        .iter()
        .map(|item| {
            format!(
                "{} {:>4}  {} -> {}  {}\n",
                request.kind,
                item.id(),
                style.status(item.status),
                style.status(request.status),
                item.full_name()
            )
        })
        .collect()
}

/// The JSON that scripts rely on.
pub(super) fn as_json(item: &Item) -> Value {
    let facts = &item.facts;
    json!({
        "id": item.id(),
        "kind": item.kind().as_str(),
        "module": facts.module,
        "file": facts.file,
        "receiver": facts.receiver,
        "name": facts.name,
        "line_start": facts.line_start,
        "line_end": facts.line_end,
        "loc": facts.loc,
        "build": facts.build,
        "body_hash": facts.body_hash,
        "go_shape": facts.shape,
        "category": facts.category,
        "status": item.status.as_str(),
        "status_reason": item.reason,
        "batch": facts.batch,
        "rust": item.rust,
        "tests": item.tests,
        "proofs": item.proofs,
        "calls": facts.calls,
    })
}

fn history_json(row: &HistoryRow) -> Value {
    json!({
        "seq": row.seq, "at": row.at, "who": row.who, "field": row.field,
        "old": row.old, "new": row.new, "reason": row.reason,
        "override": row.overridden, "evidence": row.evidence,
    })
}

fn history_line(row: &HistoryRow) -> String {
    let mut line = format!(
        "  {}  {}: {} -> {} by {}",
        row.at, row.field, row.old, row.new, row.who
    );
    if !row.reason.is_empty() {
        line.push_str(&format!(" ({})", row.reason));
    }
    if row.overridden {
        line.push_str(" [override]");
    }
    line
}
