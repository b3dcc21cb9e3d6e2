//! `tracker report` and `tracker audit`.

use clap::Subcommand;
use serde_json::json;

use super::Context;
use crate::audit::{self, Scope};
use crate::db::Status;
use crate::error::{Result, fail};
use crate::gates;
use crate::render::{Style, percent};
use crate::report::{self, Report};

/// Progress reports.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  tracker report summary --json
  tracker report batch 0
  tracker report html > index.html
  tracker report write")]
pub(super) enum Command {
    /// The figures in short.
    Summary,
    /// One batch by item, as Markdown.
    Batch {
        /// Batch number.
        id: u32,
    },
    /// The whole report as one page.
    Html,
    /// The whole report as Markdown.
    Md,
    /// Write reports/current.md, reports/index.html and the README's figures.
    Write,
}

/// Checks everything; for CI. Writes nothing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tracker audit\n  tracker audit --base origin/main\n  tracker audit --no-run"
)]
pub(super) struct Audit {
    /// The commit that the change under audit started from.
    #[arg(long, value_name = "COMMIT")]
    base: Option<String>,
    /// Neither build nor run tests.
    #[arg(long)]
    no_run: bool,
}

pub(super) fn run(context: &Context, command: &Command) -> Result<()> {
    let mut db = context.open()?;
    if let Command::Batch { id } = command {
        let text = db.read(|store| report::batch(store, *id))?;
        return context.answer(&json!({ "batch": id, "markdown": text }), || text.clone());
    }
    let gates = gates::load(context.root())?;
    let report = db.read(|store| Report::gather(store, gates.as_ref()))?;
    match command {
        Command::Summary | Command::Batch { .. } => {
            context.answer(&report.summary_json(), || summary(&report))
        }
        Command::Html => {
            let text = report::html(&report);
            context.answer(&json!({ "html": text }), || text.clone())
        }
        Command::Md => {
            let text = report::markdown(&report);
            context.answer(&json!({ "markdown": text }), || text.clone())
        }
        Command::Write => {
            let changed = report::write(&report, context.root())?;
            context.answer(&json!({ "changed": changed }), || {
                match changed.is_empty() {
                    true => "the reports are up to date\n".to_owned(),
                    false => changed
                        .iter()
                        .map(|path| format!("wrote {path}\n"))
                        .collect(),
                }
            })
        }
    }
}

fn summary(report: &Report) -> String {
    let style = Style::detect();
    let rows: Vec<Vec<String>> = [("features", &report.features), ("tests", &report.tests)]
        .into_iter()
        .map(|(name, tally)| {
            let mut row = vec![name.to_owned(), tally.total().to_string()];
            row.extend(Status::ALL.map(|status| tally.get(status).to_string()));
            row.push(percent(tally.get(Status::Verified), tally.total()));
            row
        })
        .collect();
    let mut header = vec!["", "total"];
    header.extend(Status::ALL.map(Status::as_str));
    header.push("share verified");
    let mut text = style.table(&header, &rows);
    text.push_str(&format!(
        "{} modules; {} of {} batches complete; {} overrides, {} unproved, {} flaky\n",
        report.modules,
        report.batches_complete(),
        report.batches.len(),
        report.overrides.len(),
        report.unproved.len(),
        report.flaky.len()
    ));
    text
}

pub(super) fn audit(context: &Context, args: &Audit) -> Result<()> {
    let mut db = context.open()?;
    let gates = gates::load(context.root())?;
    let scope = Scope {
        base: args.base.clone(),
        run: !args.no_run,
    };
    let problems = audit::audit(
        &mut db,
        context.root(),
        gates.as_ref(),
        &scope,
        &mut |line| eprintln!("{line}"),
    )?;
    context.answer(&json!({ "problems": problems }), || {
        let mut text: String = problems
            .iter()
            .map(|problem| format!("{problem}\n"))
            .collect();
        text.push_str(&format!("audit: {} problems\n", problems.len()));
        text
    })?;
    if problems.is_empty() {
        Ok(())
    } else {
        fail(format!("{} problems", problems.len()))
    }
}
