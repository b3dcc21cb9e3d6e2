//! `tracker dump` and `tracker load`.

use std::io::{BufReader, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::Context;
use crate::db::Db;
use crate::dump;
use crate::error::Result;

/// Writes the ledger as text, the same bytes for the same content.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tracker dump > ledger.txt\n  tracker dump old.db | head")]
pub(super) struct DumpArgs {
    /// Database to dump instead of --db (git calls the tool this way).
    file: Option<PathBuf>,
    /// Where to write; standard output when left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Makes a new ledger from a dump.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tracker --db new.db load ledger.txt")]
pub(super) struct LoadArgs {
    /// The dump.
    file: PathBuf,
}

pub(super) fn dump(context: &Context, args: &DumpArgs) -> Result<()> {
    let path = args.file.as_ref().unwrap_or(&context.db);
    let mut db = Db::open(path, context.busy)?;
    let mut out: Box<dyn Write> = match &args.out {
        Some(path) => Box::new(
            std::fs::File::create(path)
                .with_context(|| format!("cannot write {}", path.display()))?,
        ),
        None => Box::new(std::io::stdout().lock()),
    };
    let mut buffered = BufWriter::new(&mut out);
    db.read(|store| dump::dump(store, &mut buffered))?;
    buffered.flush()?;
    Ok(())
}

pub(super) fn load(context: &Context, args: &LoadArgs) -> Result<()> {
    let file = std::fs::File::open(&args.file)
        .with_context(|| format!("cannot read {}", args.file.display()))?;
    let mut db = Db::create(&context.db, context.busy)?;
    let loaded = db.write(|store| dump::load(store, &mut BufReader::new(file)));
    let rows = match loaded {
        Ok(rows) => rows,
        Err(error) => {
            // A half-made file would be taken for an empty ledger.
            drop(db);
            std::fs::remove_file(&context.db)?;
            return Err(error);
        }
    };
    db.vacuum()?;
    context.answer(&json!({ "rows": rows }), || format!("{rows} rows loaded\n"))
}
