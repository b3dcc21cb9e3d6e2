//! The command line: one file per subcommand, thin over the library.

mod batch;
mod complete;
mod context;
mod dump;
mod feature;
mod gate;
mod import;
mod item;
mod look;
mod renew;
mod report;
mod test;
mod upkeep;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

pub use context::Context;

use crate::error::{Result, exit_code};

/// The porting ledger of the Rust NATS server.
///
/// Exit codes: 0 done, 1 a check or gate failed, 2 wrong use or refused.
#[derive(Debug, Parser)]
#[command(name = "tracker", version, arg_required_else_help = true)]
pub struct Cli {
    /// The ledger's database.
    #[arg(long, global = true, default_value = "porting.db", value_name = "FILE")]
    db: PathBuf,
    /// Print JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
    /// How many seconds to wait for another process that is writing.
    #[arg(long, global = true, default_value_t = 30, value_name = "SECONDS")]
    busy_timeout: u64,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fill the ledger from the Go source of the baseline commit.
    Import(import::Args),
    /// Batches of the plan.
    Batch(batch::Args),
    /// Go functions outside test files.
    Feature(feature::Args),
    /// Go tests and benchmarks.
    Test(test::Args),
    /// Go packages.
    #[command(subcommand)]
    Module(look::Module),
    /// Go dependencies and what takes their place.
    #[command(subcommand)]
    Library(look::LibraryCommand),
    /// Rules set aside on purpose.
    #[command(subcommand)]
    Override(look::Override),
    /// What can be done now, ordered by how much it unblocks.
    Next(look::Next),
    /// What is deferred, why, and whether the reason still holds.
    Deferred(look::Deferred),
    /// The gates that stand before a promotion, on their own.
    Gate(gate::Args),
    /// Show again what is complete or verified and whose evidence no longer holds.
    Renew(renew::Args),
    /// Write the canonical text form of the ledger.
    Dump(dump::DumpArgs),
    /// Make a ledger from a dump.
    Load(dump::LoadArgs),
    /// Merge two ledgers; git calls this.
    Merge(upkeep::Merge),
    /// Make git merge porting.db row by row and show it as text.
    SetupGit,
    /// What changed between two Go commits, and what of ours that touches.
    Drift(upkeep::Drift),
    /// Progress reports.
    #[command(subcommand)]
    Report(report::Command),
    /// Check everything; for CI.
    Audit(report::Audit),
    /// Check the ledger: integrity, hash chain, orphans, hand edits.
    Doctor,
    /// Print completions for a shell.
    Completions(upkeep::Completions),
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tracker: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let context = Context::new(cli.db, cli.json, Duration::from_secs(cli.busy_timeout));
    match cli.command {
        Command::Import(args) => import::run(&context, &args),
        Command::Batch(args) => batch::run(&context, args),
        Command::Feature(args) => feature::run(&context, args),
        Command::Test(args) => test::run(&context, args),
        Command::Dump(args) => dump::dump(&context, &args),
        Command::Load(args) => dump::load(&context, &args),
        Command::Module(command) => look::module(&context, &command),
        Command::Library(command) => look::library(&context, command),
        Command::Override(command) => look::overrides(&context, &command),
        Command::Next(args) => look::next(&context, &args),
        Command::Deferred(args) => look::deferred(&context, &args),
        Command::Gate(args) => gate::run(&context, args),
        Command::Renew(args) => renew::run(&context, &args),
        Command::Merge(args) => upkeep::merge(&context, &args),
        Command::SetupGit => upkeep::setup_git(&context),
        Command::Drift(args) => upkeep::drift(&context, &args),
        Command::Report(command) => report::run(&context, &command),
        Command::Audit(args) => report::audit(&context, &args),
        Command::Doctor => upkeep::doctor(&context),
        Command::Completions(args) => {
            upkeep::completions(&args);
            Ok(())
        }
    }
}

/// The reader of our output has seen enough (`tracker ... | head`).
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
