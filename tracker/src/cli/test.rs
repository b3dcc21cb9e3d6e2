//! `tracker test`.

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{Context, item};
use crate::db::{Db, Item, Kind, Status};
use crate::error::{Result, fail, refuse};
use crate::gates::Gates;
use crate::render::Style;
use crate::{gates, ids, promote, testing};

/// Go tests and benchmarks.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tracker test list --batch 0 --status not_started
  tracker test show 2654 --json
  tracker test update 1-15 --status stub
  tracker test map
  tracker test run 7 8-12
  tracker test run --batch 0 --repeat 10")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Common(item::Common),
    /// Read the `go_test!` declarations of the conformance crate into the ledger.
    Map,
    /// Run mapped tests and store what they show.
    Run(RunArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// IDs: `7`, `1-7,9`.
    ids: Vec<String>,
    /// The mapped tests of a batch.
    #[arg(long, conflicts_with = "ids")]
    batch: Option<u32>,
    /// The mapped tests in a status; narrows --batch.
    #[arg(long, conflicts_with = "ids")]
    status: Option<Status>,
    /// How often to run them, without any retry; one failure counts.
    #[arg(long, default_value_t = 1, value_name = "TIMES")]
    repeat: u32,
}

pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::Common(command) => item::run(context, Kind::Test, command),
        Command::Map => {
            let gates = gates::load(context.root())?;
            let mut db = context.open()?;
            let changed = promote::sync_tests(&mut db, context.root(), gates.as_ref())?;
            let total = gates.tests().len();
            let value = json!({ "declared": total, "changed": changed });
            context.answer(&value, || {
                format!("{total} tests declared, {changed} mappings changed\n")
            })
        }
        Command::Run(args) => run_tests(context, &args),
    }
}

fn run_tests(context: &Context, args: &RunArgs) -> Result<()> {
    let gates = gates::load(context.root())?;
    let mut db = context.open()?;
    let chosen = choose(&mut db, gates.as_ref(), args)?;
    if chosen.is_empty() {
        return fail("the selection matches no mapped test");
    }
    promote::sync_tests(&mut db, context.root(), gates.as_ref())?;
    let ids: Vec<u32> = chosen.iter().map(Item::id).collect();
    let bar = ProgressBar::new(ids.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} tests")?);
    let run = testing::run_tests(
        &mut db,
        context.root(),
        gates.as_ref(),
        &ids,
        args.repeat,
        &mut |done| bar.set_position(done as u64),
    )?;
    bar.finish_and_clear();
    let failed = run
        .outcomes
        .values()
        .filter(|outcome| !outcome.passed)
        .count();
    let value = json!({
        "run": run.outcomes.len(), "passed": run.outcomes.len() - failed, "failed": failed,
        "stored": run.stored, "duration_ms": run.finished.duration_ms,
        "tests": run.outcomes.iter().map(|(id, outcome)| json!({
            "id": id, "outcome": if outcome.passed { "passed" } else { "failed" },
            "flaky": outcome.mixed, "duration_ms": outcome.duration_ms, "message": outcome.message,
        })).collect::<Vec<_>>(),
    });
    context.answer(&value, || {
        let style = Style::detect();
        let mut text = String::new();
        for test in &chosen {
            let Some(outcome) = run.outcomes.get(&test.id()) else {
                continue;
            };
            let word = match (outcome.passed, outcome.mixed) {
                (true, _) => style.paint("32", "passed"),
                (false, true) => style.paint("33", "flaky "),
                (false, false) => style.paint("31", "failed"),
            };
            text.push_str(&format!(
                "{word} {:>4} {} ({} ms)\n",
                test.id(),
                test.full_name(),
                outcome.duration_ms
            ));
            if !outcome.passed {
                text.push_str(&format!(
                    "       {}\n",
                    outcome.message.replace('\n', "\n       ")
                ));
            }
        }
        let kept = if run.stored {
            "evidence stored"
        } else {
            "dirty tree: no evidence stored"
        };
        text.push_str(&format!(
            "{} passed, {failed} failed; {kept}\n",
            run.outcomes.len() - failed
        ));
        text
    })?;
    if failed > 0 {
        fail(format!("{failed} tests failed"))
    } else {
        Ok(())
    }
}

/// The tests that a run is about; refuses IDs that nothing declares.
fn choose(db: &mut Db, gates: &dyn Gates, args: &RunArgs) -> Result<Vec<Item>> {
    let declared = |id: u32| gates.tests().iter().any(|decl| decl.id == id);
    let chosen = if args.ids.is_empty() {
        if args.batch.is_none() && args.status.is_none() {
            return refuse("run what? give IDs, --batch or --status");
        }
        db.read(|store| {
            if let Some(batch) = args.batch {
                store.batch(batch)?;
            }
            let mut tests = store.items(Kind::Test)?;
            tests.retain(|test| {
                args.batch.is_none_or(|batch| test.facts.batch == batch)
                    && args.status.is_none_or(|status| test.status == status)
                    && !matches!(test.status, Status::Deferred | Status::NotApplicable)
                    && declared(test.id())
            });
            Ok(tests)
        })?
    } else {
        let ids = ids::parse_all(&args.ids)?;
        let tests = db.read(|store| store.items_by_id(Kind::Test, &ids))?;
        let missing: Vec<u32> = ids.into_iter().filter(|id| !declared(*id)).collect();
        if !missing.is_empty() {
            return refuse(format!(
                "test {} has no go_test! declaration",
                ids::format(&missing)
            ));
        }
        tests
    };
    Ok(chosen)
}
