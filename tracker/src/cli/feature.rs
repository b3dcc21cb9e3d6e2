//! `tracker feature`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use super::{Context, item};
use crate::catalogue;
use crate::db::{Change, Kind};
use crate::error::{Result, refuse};
use crate::ids;
use crate::mapping::{self, Mapping};
use crate::workspace::Workspace;

/// Features: Go functions outside test files.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tracker feature list --batch 0 --status stub
  tracker feature show 1519 --json
  tracker feature update 5 --status stub
  tracker feature batch-update --ids 1-7,9 --set-status complete --execute
  tracker feature batch-update --ids 44-50 --set-status n_a --reason \"Windows only\" --execute
  tracker feature map 5 --rust nats_server::collections::seqset::SequenceSet::insert
  tracker feature map-file batch0.tsv")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Common(item::Common),
    /// Say which Rust items a feature became, and which tests prove it.
    Map {
        /// Feature ID.
        id: u32,
        /// Path of a Rust item; takes the place of those mapped before.
        #[arg(long, value_name = "PATH")]
        rust: Vec<String>,
        /// Go test IDs that prove it beyond those that call it.
        #[arg(long, value_name = "IDS")]
        test: Option<String>,
        /// A Rust test that proves it, by path.
        #[arg(long, value_name = "PATH")]
        proof: Vec<String>,
    },
    /// Map many at once: `id<TAB>path[,path...][<TAB>test IDs[<TAB>proof,...]]`, one a line.
    MapFile {
        /// The file.
        file: PathBuf,
    },
}

pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let mappings = match args.command {
        Command::Common(command) => return item::run(context, Kind::Feature, command),
        Command::Map {
            id,
            rust,
            test,
            proof,
        } => {
            if rust.is_empty() && test.is_none() && proof.is_empty() {
                return refuse("map what? give --rust, --test or --proof");
            }
            let tests = test.as_deref().map(ids::parse).transpose()?;
            vec![Mapping {
                id,
                rust: Some(rust).filter(|list| !list.is_empty()),
                tests,
                proofs: Some(proof).filter(|list| !list.is_empty()),
            }]
        }
        Command::MapFile { file } => {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            mapping::parse_file(&text)?
        }
    };
    let who = Workspace::new(context.root()).who();
    let mut db = context.open()?;
    let change = Change {
        who,
        ..Change::default()
    };
    let changed = db.write(|store| {
        let changed = mapping::apply(store, &mappings, &change)?;
        catalogue::refresh(store, context.root())?;
        Ok(changed)
    })?;
    let value = json!({ "mapped": mappings.len(), "changed": changed });
    context.answer(&value, || {
        format!("{} mappings read, {changed} changed\n", mappings.len())
    })
}
