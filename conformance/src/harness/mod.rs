//! The test harness: every Go test as one trial, whether ported yet or not.
//!
//! - [`declaration`]: what [`go_test!`](crate::go_test) registers.
//! - [`catalogue`]: the fixed list of Go tests and what is to become of each.
//! - [`plan`]: the two brought together and checked against each other.
//! - [`options`]: the command line, libtest's plus our own flags.
//! - [`supervise`] and [`isolate`]: the outer and the inner process of a test.
//! - [`record`]: the completion record, the only proof that a test ran.
//!
//! Ported Go benchmarks are trials like all others, and run each case once.

pub mod catalogue;
pub mod declaration;
pub mod isolate;
pub mod options;
pub mod plan;
pub mod record;
pub mod supervise;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use libtest_mimic::{Completion, Failed, Trial};

pub use declaration::{GoTest, TESTS, Verdict};
pub use isolate::expect_panic;

use catalogue::Catalogue;
use options::Options;
use plan::{Plan, Planned};
use supervise::Supervisor;

/// The catalogue built into the harness.
pub const CATALOGUE: &str = include_str!("../../catalogue.tsv");

/// Exit code for wrong use, a broken catalogue or a run that matched nothing.
const EXIT_USAGE: u8 = 2;

/// Runs the harness over everything that [`go_test!`](crate::go_test)
/// registered in this binary.
pub fn main() -> ExitCode {
    run(CATALOGUE, &TESTS)
}

/// Runs the harness over a given catalogue and given declarations.
pub fn run(catalogue: &str, tests: &[GoTest]) -> ExitCode {
    let mut args: Vec<String> = std::env::args().collect();
    let inner = args.get(1).is_some_and(|arg| arg == supervise::ISOLATED);
    let outcome = if inner {
        run_isolated(tests, args.split_off(2))
    } else {
        dispatch(catalogue, tests, args)
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("conformance: {error:#}");
        ExitCode::from(EXIT_USAGE)
    })
}

fn dispatch(catalogue: &str, tests: &[GoTest], args: Vec<String>) -> anyhow::Result<ExitCode> {
    let options = Options::parse(args)?;
    let catalogue = Catalogue::parse(catalogue)?;
    let plan = Plan::new(&catalogue, tests)?;
    let selected = options.select(plan)?;
    if options.libtest.list {
        list(&selected)?;
        return Ok(ExitCode::SUCCESS);
    }
    let supervisor = Supervisor::new(options.libtest.nocapture, options.limit_secs)?;
    let forced = options.forced();
    let trials = selected
        .into_iter()
        .map(|test| trial(test, forced, &supervisor))
        .collect();
    let conclusion = libtest_mimic::run(&options.without_filters(), trials);
    Ok(conclusion.exit_code())
}

/// Prints the names and nothing else, as nextest wants it. libtest-mimic's own
/// listing would mark benchmarks in a way that nextest doesn't understand.
fn list(selected: &[Planned]) -> anyhow::Result<()> {
    use std::io::Write;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for planned in selected {
        writeln!(out, "{}: test", planned.trial_name())?;
    }
    out.flush()?;
    Ok(())
}

fn trial(planned: Planned, forced: bool, supervisor: &Arc<Supervisor>) -> Trial {
    let name = planned.trial_name();
    let ignored = planned.ignored.is_some();
    if let Some(reason) = planned.ignored.clone().filter(|_| !forced) {
        return Trial::ignorable_test(name, move || Ok(Completion::ignored_with(reason)));
    }
    if planned.test.is_none() {
        let unmapped = || {
            Err(Failed::from(
                "not mapped: this Go test has no Rust test yet",
            ))
        };
        return Trial::test(name, unmapped).with_ignored_flag(ignored);
    }
    let supervisor = Arc::clone(supervisor);
    Trial::test(name, move || {
        supervisor
            .run(&planned)
            .map_err(|error| Failed::from(format!("{error:#}")))
    })
    .with_ignored_flag(ignored)
}

/// The inner process. The outer one has checked catalogue and declarations.
fn run_isolated(tests: &[GoTest], args: Vec<String>) -> anyhow::Result<ExitCode> {
    let [id, verdict, limit] = <[String; 3]>::try_from(args)
        .map_err(|_| anyhow::anyhow!("{} is the harness's own flag", supervise::ISOLATED))?;
    let id: u32 = id.parse()?;
    let mut matches = tests.iter().filter(|test| test.id == id);
    let test = matches
        .next()
        .with_context(|| format!("ID {id} is not mapped"))?;
    ensure!(matches.next().is_none(), "ID {id} is declared twice");
    let limit = Duration::from_secs(limit.parse()?);
    isolate::run(
        id,
        test.trial_name(),
        test.body,
        &PathBuf::from(verdict),
        limit,
    )
}
