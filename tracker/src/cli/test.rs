//! `tracker test`.

use clap::Subcommand;

use super::{Context, item};
use crate::db::Kind;
use crate::error::Result;

/// Go tests and benchmarks.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tracker test list --batch 0 --status not_started
  tracker test show 2654 --json
  tracker test update 1-15 --status stub")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Common(item::Common),
}

pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::Common(command) => item::run(context, Kind::Test, command),
    }
}
