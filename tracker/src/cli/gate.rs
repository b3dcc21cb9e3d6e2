//! `tracker gate`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Context;
use crate::db::{Item, Kind, Status};
use crate::error::{Result, fail, refuse};
use crate::gates::{self, Finding, Gates};
use crate::{ids, mutation, promote, runner, testing};

/// The gates that stand before a promotion, on their own.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tracker gate stub --batch 0
  tracker gate build
  tracker gate mutate --batch 0 --sample 5
  tracker gate mutate --features 5,9
  tracker gate all")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look for code that only pretends, in what is complete or verified.
    Stub {
        /// Look at all mapped items of a batch instead, whatever their status.
        #[arg(long)]
        batch: Option<u32>,
    },
    /// Build and lint the server and the conformance tests.
    Build,
    /// Run every test that is complete or verified.
    Test,
    /// Replace bodies and see whether a mapped test notices.
    Mutate {
        /// Draw the sample from this batch.
        #[arg(long, required_unless_present = "features")]
        batch: Option<u32>,
        /// How many features to draw.
        #[arg(long, default_value_t = mutation::SAMPLE)]
        sample: usize,
        /// These features instead of a sample.
        #[arg(long, conflicts_with = "batch", value_name = "IDS")]
        features: Option<String>,
    },
    /// Stub, build and test.
    All,
}

pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let gates = gates::load(context.root())?;
    match args.command {
        Command::Stub { batch } => stub(context, gates.as_ref(), batch),
        Command::Build => build(context),
        Command::Test => test(context, gates.as_ref()),
        Command::Mutate {
            batch,
            sample,
            features,
        } => mutate(context, gates.as_ref(), batch, sample, features.as_deref()),
        Command::All => {
            stub(context, gates.as_ref(), None)?;
            build(context)?;
            test(context, gates.as_ref())
        }
    }
}

/// Items that claim to be done.
pub(super) fn done(context: &Context) -> Result<Vec<Item>> {
    context.open()?.read(|store| {
        let mut items = store.items(Kind::Feature)?;
        items.extend(store.items(Kind::Test)?);
        items.retain(|item| matches!(item.status, Status::Complete | Status::Verified));
        Ok(items)
    })
}

fn stub(context: &Context, gates: &dyn Gates, batch: Option<u32>) -> Result<()> {
    let items = match batch {
        None => done(context)?,
        Some(batch) => context.open()?.read(|store| {
            store.batch(batch)?;
            let mut items = store.items(Kind::Feature)?;
            items.extend(store.items(Kind::Test)?);
            items.retain(|item| {
                let mapped = match item.kind() {
                    Kind::Feature => !item.rust.is_empty(),
                    Kind::Test => gates.tests().iter().any(|decl| decl.id == item.id()),
                };
                item.facts.batch == batch && item.status != Status::NotApplicable && mapped
            });
            Ok(items)
        })?,
    };
    let findings = promote::stub_scan(gates, &items);
    let value = json!({ "items": items.len(), "findings": findings.iter().map(finding_json).collect::<Vec<_>>() });
    context.answer(&value, || {
        let mut text = String::new();
        if !findings.is_empty() {
            text.push_str(&promote::describe(&findings));
            text.push('\n');
        }
        text.push_str(&format!(
            "stub gate: {} items, {} findings\n",
            items.len(),
            findings.len()
        ));
        text
    })?;
    if findings.is_empty() {
        Ok(())
    } else {
        fail(format!("{} findings", findings.len()))
    }
}

pub(super) fn finding_json(finding: &Finding) -> Value {
    json!({
        "class": finding.class, "subject": finding.subject, "path": finding.path,
        "line": finding.line, "message": finding.message,
    })
}

fn build(context: &Context) -> Result<()> {
    let finished = runner::build(context.root())?;
    if !finished.success {
        return fail(format!(
            "the build gate fails:\n{}",
            runner::tail(&finished.log)
        ));
    }
    let value = json!({ "command": finished.command, "duration_ms": finished.duration_ms });
    context.answer(&value, || {
        format!("build gate: clean in {} ms\n", finished.duration_ms)
    })
}

fn test(context: &Context, gates: &dyn Gates) -> Result<()> {
    let ids: Vec<u32> = done(context)?
        .iter()
        .filter(|item| item.kind() == Kind::Test)
        .map(Item::id)
        .collect();
    if ids.is_empty() {
        return fail("test gate: no test is complete or verified, so none was run");
    }
    let mut db = context.open()?;
    let run = testing::run_tests(&mut db, context.root(), gates, &ids, 1, &mut |_| {})?;
    let failed: Vec<u32> = run
        .outcomes
        .iter()
        .filter(|(_, outcome)| !outcome.passed)
        .map(|(id, _)| *id)
        .collect();
    let value = json!({ "run": ids.len(), "failed": failed });
    context.answer(&value, || {
        format!("test gate: {} run, {} failed\n", ids.len(), failed.len())
    })?;
    if failed.is_empty() {
        Ok(())
    } else {
        fail(format!("tests {} fail", ids::format(&failed)))
    }
}

fn mutate(
    context: &Context,
    gates: &dyn Gates,
    batch: Option<u32>,
    sample: usize,
    features: Option<&str>,
) -> Result<()> {
    let mut db = context.open()?;
    let drawn = match (batch, features) {
        (_, Some(list)) => mutation::chosen(&mut db, gates, &ids::parse(list)?)?,
        (Some(batch), None) => mutation::draw(&mut db, context.root(), gates, batch, sample)?,
        (None, None) => return refuse("give --batch or --features"),
    };
    let score = mutation::run(gates, &drawn, &mut |line| eprintln!("{line}"))?;
    let value = json!({
        "features": drawn.features, "viable": score.viable, "killed": score.killed,
        "survivors": score.survivors,
    });
    context.answer(&value, || {
        let mut text = format!(
            "mutation gate: features {}, {} of {} viable mutants noticed\n",
            ids::format(&drawn.features),
            score.killed,
            score.viable
        );
        for survivor in &score.survivors {
            text.push_str(&format!("  survived: {survivor}\n"));
        }
        text
    })?;
    score.verdict()
}
