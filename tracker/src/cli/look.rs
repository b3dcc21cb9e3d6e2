//! The commands that only look: `module`, `library`, `override`, `next`,
//! `deferred`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Subcommand;
use serde_json::{Value, json};

use super::Context;
use crate::db::{Change, Item, Kind, Library, Status};
use crate::error::{Result, refuse};
use crate::overview;
use crate::render::{Style, percent};
use crate::workspace::Workspace;

/// Go packages.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  tracker module list\n  tracker module show stree --json")]
pub(super) enum Module {
    /// All modules with their progress.
    List,
    /// One module by file.
    Show {
        /// Module name.
        name: String,
    },
}

/// Go dependencies and what takes their place.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  tracker library list
  tracker library map golang.org/x/time --crate own --reason \"one token bucket, written here\"")]
pub(super) enum LibraryCommand {
    /// All dependencies.
    List,
    /// Say which crate takes a dependency's place, and why.
    Map {
        /// Go module path.
        go_module: String,
        /// Crate, `std`, `own` for our own code, or `none`.
        #[arg(long = "crate")]
        krate: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// Rules set aside on purpose.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  tracker override list --json")]
pub(super) enum Override {
    /// All overrides with their reasons.
    List,
}

/// What can be done now, ordered by how much it unblocks.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tracker next\n  tracker next --limit 50 --json")]
pub(super) struct Next {
    /// How many to list.
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

/// What is deferred, why, and whether the reason still holds.
///
/// A blocker is recognised in the reason by `feature 12`, `test 7` or `batch 3`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tracker deferred\n  tracker deferred --unblocked")]
pub(super) struct Deferred {
    /// Only those whose blockers have all gone.
    #[arg(long)]
    unblocked: bool,
}

pub(super) fn module(context: &Context, command: &Module) -> Result<()> {
    let mut db = context.open()?;
    let (modules, features, tests) = db.read(|store| {
        Ok((
            store.modules()?,
            store.items(Kind::Feature)?,
            store.items(Kind::Test)?,
        ))
    })?;
    let tally = |key: &dyn Fn(&Item) -> Option<String>| {
        let mut rows: BTreeMap<String, [usize; 4]> = BTreeMap::new();
        for (items, at) in [(&features, 0), (&tests, 2)] {
            for item in items {
                let Some(key) = key(item) else { continue };
                let row = rows.entry(key).or_default();
                row[at] += 1;
                row[at + 1] += usize::from(item.status == Status::Verified);
            }
        }
        rows
    };
    let rows = match command {
        Module::List => tally(&|item| Some(item.facts.module.clone())),
        Module::Show { name } => {
            if !modules.iter().any(|(_, known, _)| known == name) {
                return refuse(format!("unknown module {name}"));
            }
            tally(&|item| (item.facts.module == *name).then(|| item.facts.file.clone()))
        }
    };
    let value: Vec<Value> = rows
        .iter()
        .map(|(name, [features, verified, tests, green])| {
            json!({
                "name": name, "features": features, "features_verified": verified,
                "tests": tests, "tests_verified": green,
            })
        })
        .collect();
    context.answer(&Value::from(value), || {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|(name, [features, verified, tests, green])| {
                vec![
                    format!("{verified}/{features}"),
                    format!("{green}/{tests}"),
                    percent(verified + green, features + tests),
                    name.clone(),
                ]
            })
            .collect();
        Style::detect().table(&["features", "tests", "verified", "name"], &rows)
    })
}

pub(super) fn library(context: &Context, command: LibraryCommand) -> Result<()> {
    let mut db = context.open()?;
    match command {
        LibraryCommand::List => {
            let libraries = db.read(|store| store.libraries())?;
            let value: Vec<Value> = libraries
                .iter()
                .map(|l| json!({ "go_module": l.go_module, "version": l.version, "crate": l.krate, "reason": l.reason }))
                .collect();
            context.answer(&Value::from(value), || {
                let rows: Vec<Vec<String>> = libraries
                    .into_iter()
                    .map(|l| {
                        let krate = if l.krate.is_empty() {
                            "undecided".to_owned()
                        } else {
                            l.krate
                        };
                        vec![l.go_module, l.version, krate, l.reason]
                    })
                    .collect();
                Style::detect().table(&["go module", "version", "crate", "reason"], &rows)
            })
        }
        LibraryCommand::Map {
            go_module,
            krate,
            reason,
        } => {
            if krate.trim().is_empty() || reason.trim().is_empty() {
                return refuse("a mapping needs a crate and a reason");
            }
            let who = Workspace::new(context.root()).who();
            db.write(|store| {
                let all = store.libraries()?;
                let Some(before) = all.into_iter().find(|l| l.go_module == go_module) else {
                    return refuse(format!(
                        "unknown Go module {go_module}; see `tracker library list`"
                    ));
                };
                let after = Library {
                    krate: krate.clone(),
                    reason: reason.clone(),
                    ..before.clone()
                };
                store.set_library(
                    &before,
                    &after,
                    &Change {
                        who,
                        ..Change::default()
                    },
                )
            })?;
            let value = json!({ "go_module": go_module, "crate": krate });
            context.answer(&value, || format!("{go_module} -> {krate}\n"))
        }
    }
}

pub(super) fn overrides(context: &Context, command: &Override) -> Result<()> {
    let Override::List = command;
    let rows = context.open()?.read(overview::overrides)?;
    let value: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "at": row.at, "who": row.who, "kind": row.kind, "id": row.subject,
                "old": row.old, "new": row.new, "reason": row.reason,
            })
        })
        .collect();
    context.answer(&Value::from(value), || {
        if rows.is_empty() {
            return "no override\n".to_owned();
        }
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| {
                let what = format!("{} {}", row.kind, row.subject);
                vec![
                    row.at,
                    what,
                    format!("{} -> {}", row.old, row.new),
                    row.who,
                    row.reason,
                ]
            })
            .collect();
        Style::detect().table(&["when", "what", "change", "who", "reason"], &rows)
    })
}

pub(super) fn next(context: &Context, args: &Next) -> Result<()> {
    let found = context.open()?.read(overview::next)?;
    let shown: Vec<_> = found.iter().take(args.limit).collect();
    let value: Vec<Value> = shown
        .iter()
        .map(|step| {
            json!({
                "kind": step.item.kind().as_str(), "id": step.item.id(), "name": step.item.full_name(),
                "status": step.item.status.as_str(), "batch": step.item.facts.batch, "unblocks": step.unblocks,
            })
        })
        .collect();
    context.answer(&Value::from(value), || {
        if shown.is_empty() {
            return "nothing is open in a started batch; see `tracker batch ready`\n".to_owned();
        }
        let style = Style::detect();
        let rows: Vec<Vec<String>> = shown
            .iter()
            .map(|step| {
                vec![
                    format!("{} {}", step.item.kind(), step.item.id()),
                    style.status(step.item.status),
                    step.unblocks.to_string(),
                    step.item.facts.file.clone(),
                    step.item.full_name(),
                ]
            })
            .collect();
        let table = style.table(&["what", "status", "unblocks", "file", "name"], &rows);
        format!("{table}{} of {} open items\n", shown.len(), found.len())
    })
}

pub(super) fn deferred(context: &Context, args: &Deferred) -> Result<()> {
    let mut found = context.open()?.read(overview::deferred)?;
    if args.unblocked {
        found.retain(|row| row.unblocked);
    }
    let value: Vec<Value> = found
        .iter()
        .map(|row| {
            json!({
                "kind": row.item.kind().as_str(), "id": row.item.id(), "name": row.item.full_name(),
                "batch": row.item.facts.batch, "reason": row.item.reason,
                "blockers": row.blockers, "unblocked": row.unblocked,
            })
        })
        .collect();
    context.answer(&Value::from(value), || {
        let reasons: BTreeSet<&str> = found.iter().map(|row| row.item.reason.as_str()).collect();
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|row| {
                vec![
                    format!("{} {}", row.item.kind(), row.item.id()),
                    if row.unblocked {
                        "gone"
                    } else if row.blockers.is_empty() {
                        "-"
                    } else {
                        "open"
                    }
                    .to_owned(),
                    row.item.full_name(),
                    row.item.reason.clone(),
                ]
            })
            .collect();
        let table = Style::detect().table(&["what", "blocker", "name", "reason"], &rows);
        format!(
            "{table}{} deferred, {} reasons\n",
            found.len(),
            reasons.len()
        )
    })
}
