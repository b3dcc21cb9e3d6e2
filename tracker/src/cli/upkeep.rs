//! The commands around the file: `doctor`, `merge`, `setup-git`, `drift`,
//! `completions`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Context;
use crate::db::{Db, Kind};
use crate::error::{Result, fail};
use crate::merge::{self, Side};
use crate::workspace::Workspace;
use crate::{catalogue, doctor, drift, ids, import};

/// Merges two ledgers that grew from the same one. Git calls this.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tracker merge base.db ours.db theirs.db\n\n\
    The result takes the place of the second file. `tracker setup-git` makes git call this."
)]
pub(super) struct Merge {
    /// The common ancestor.
    base: PathBuf,
    /// Ours; takes the result.
    ours: PathBuf,
    /// Theirs.
    theirs: PathBuf,
}

/// What changed between two Go commits, and which verified IDs that touches.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tracker drift baseline v2.14.5 --git-dir ../nats-server/.git --save"
)]
pub(super) struct Drift {
    /// Old commit; `baseline` is the ledger's own.
    old: String,
    /// New commit.
    new: String,
    /// Git directory that holds both.
    #[arg(long, value_name = "DIR")]
    git_dir: PathBuf,
    /// Keep the result in the ledger, for the reports.
    #[arg(long)]
    save: bool,
}

/// Prints completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tracker completions bash > /etc/bash_completion.d/tracker")]
pub(super) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

pub(super) fn doctor(context: &Context) -> Result<()> {
    let mut db = Db::open_unsealed(&context.db, context.busy)?;
    let problems = doctor::examine(&mut db, context.root())?;
    context.answer(&json!({ "problems": problems }), || {
        if problems.is_empty() {
            return "the ledger is sound\n".to_owned();
        }
        problems
            .iter()
            .map(|problem| format!("{problem}\n"))
            .collect()
    })?;
    if problems.is_empty() {
        Ok(())
    } else {
        fail(format!("{} problems", problems.len()))
    }
}

pub(super) fn merge(context: &Context, args: &Merge) -> Result<()> {
    let base = Db::open(&args.base, context.busy)?.read(Side::read)?;
    let theirs = Db::open(&args.theirs, context.busy)?.read(Side::read)?;
    let who = Workspace::new(context.root()).who();
    let mut ours = Db::open(&args.ours, context.busy)?;
    let merged = ours.write(|store| merge::merge(store, &base, &theirs, &who))?;
    ours.vacuum()?;
    for conflict in &merged.conflicts {
        eprintln!("{conflict}");
    }
    context.answer(
        &json!({ "taken": merged.taken, "conflicts": merged.conflicts }),
        || {
            format!(
                "{} values taken, {} conflicts\n",
                merged.taken,
                merged.conflicts.len()
            )
        },
    )
}

/// Wires the merge driver and the text view of the ledger into git.
pub(super) fn setup_git(context: &Context) -> Result<()> {
    let workspace = Workspace::new(context.root());
    let program = std::env::current_exe().context("where is this program?")?;
    // Git hands the command to a shell.
    let program = format!("'{}'", program.display().to_string().replace('\'', "'\\''"));
    let settings = [
        (
            "merge.porting-ledger.name",
            "row-wise merge of porting.db".to_owned(),
        ),
        (
            "merge.porting-ledger.driver",
            format!("{program} merge %O %A %B"),
        ),
        ("diff.porting-ledger.textconv", format!("{program} dump")),
        ("diff.porting-ledger.cachetextconv", "true".to_owned()),
    ];
    for (key, value) in &settings {
        workspace.git(&["config", "--local", key, value])?;
    }
    context.answer(
        &json!({ "configured": settings.iter().map(|(key, _)| *key).collect::<Vec<_>>() }),
        || "git merges porting.db row by row and shows its changes as text\n".to_owned(),
    )
}

pub(super) fn drift(context: &Context, args: &Drift) -> Result<()> {
    let mut db = context.open()?;
    let baseline = db
        .read(|store| store.meta("baseline_commit"))?
        .unwrap_or_default();
    let old = if args.old == "baseline" {
        baseline.as_str()
    } else {
        args.old.as_str()
    };
    let read = |revision: &str| {
        let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
            "{bar:40} {pos}/{len} Go files",
        )?);
        let tree = import::scan(&args.git_dir, revision, |done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        tree
    };
    let (old, new) = (read(old)?, read(&args.new)?);
    let rows = drift::compare(&old, &new);
    let ours = old.commit == baseline;
    let summary = db.read(|store| {
        let mut items = store.items(Kind::Feature)?;
        items.extend(store.items(Kind::Test)?);
        Ok(drift::summarise(&rows, if ours { &items } else { &[] }))
    })?;
    if args.save {
        if !ours {
            return crate::error::refuse(
                "only drift from the baseline can be saved: other IDs are not ours",
            );
        }
        db.write(|store| {
            store.replace_drift(&rows)?;
            store.set_meta("drift_name", &args.new)?;
            catalogue::refresh(store, context.root())
        })?;
    }
    let counts: Vec<_> = summary
        .counts
        .iter()
        .map(|((kind, change), count)| json!({ "kind": kind, "change": change, "count": count }))
        .collect();
    let value = json!({
        "old": old.commit, "new": new.commit, "counts": counts,
        "verified_features_touched": summary.verified_features,
        "verified_tests_touched": summary.verified_tests,
        "rows": rows.iter().map(|row| json!({
            "kind": row.kind, "change": row.change, "id": row.subject, "file": row.file,
            "name": row.name, "other": row.other,
        })).collect::<Vec<_>>(),
    });
    context.answer(&value, || {
        let mut text = format!("{} -> {}\n", old.commit, new.commit);
        for ((kind, change), count) in &summary.counts {
            text.push_str(&format!("  {count:>5}  {kind}s {change}\n"));
        }
        for (word, list) in [
            ("features", &summary.verified_features),
            ("tests", &summary.verified_tests),
        ] {
            text.push_str(&format!(
                "  {:>5}  verified {word} touched  {}\n",
                list.len(),
                ids::format(list)
            ));
        }
        text
    })
}

pub(super) fn completions(args: &Completions) {
    let mut command = super::Cli::command();
    clap_complete::generate(args.shell, &mut command, "tracker", &mut std::io::stdout());
}
