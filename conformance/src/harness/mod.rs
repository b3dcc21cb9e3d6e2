//! The test harness: every Go test as one trial, whether ported yet or not.
//!
//! - [`declaration`]: what [`go_test!`](crate::go_test) registers.
//! - [`catalogue`]: the fixed list of Go tests and what is to become of each.
//! - [`plan`]: the two brought together and checked against each other.
//! - [`options`]: the command line, libtest's plus our own flags.

pub mod catalogue;
pub mod declaration;
pub mod options;
pub mod plan;

use std::process::ExitCode;

use libtest_mimic::{Completion, Failed, Trial};

pub use declaration::{GoTest, TESTS, Verdict};

use catalogue::Catalogue;
use options::Options;
use plan::{Plan, Planned};

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
    match dispatch(catalogue, tests) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("conformance: {error:#}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn dispatch(catalogue: &str, tests: &[GoTest]) -> anyhow::Result<ExitCode> {
    let options = Options::from_args()?;
    let catalogue = Catalogue::parse(catalogue)?;
    let plan = Plan::new(&catalogue, tests)?;
    let selected = options.select(&plan)?;
    if options.libtest.list {
        list(&selected)?;
        return Ok(ExitCode::SUCCESS);
    }
    let forced = options.libtest.ignored || options.libtest.include_ignored;
    let trials = selected
        .into_iter()
        .map(|planned| trial(planned, forced))
        .collect();
    let conclusion = libtest_mimic::run(&options.without_filters(), trials);
    Ok(conclusion.exit_code())
}

fn list(selected: &[Planned]) -> anyhow::Result<()> {
    use std::io::Write;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for planned in selected {
        writeln!(out, "{}: test", planned.trial_name())?;
    }
    out.flush()?;
    Ok(())
}

fn trial(planned: Planned, forced: bool) -> Trial {
    let name = planned.trial_name();
    let ignored = planned.ignored.is_some();
    if let Some(reason) = planned.ignored.clone().filter(|_| !forced) {
        return Trial::ignorable_test(name, move || Ok(Completion::ignored_with(reason)));
    }
    Trial::test(name, move || match planned.test {
        Some(body) => body().map_err(|e| Failed::from(format!("{e:#}"))),
        None => Err("not mapped: this Go test has no Rust test yet".into()),
    })
    .with_ignored_flag(ignored)
}
