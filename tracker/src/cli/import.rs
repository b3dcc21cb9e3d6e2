//! `tracker import`.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Context;
use crate::db::Db;
use crate::error::Result;
use crate::import;
use crate::plan::Plan;

/// Reads modules, features, tests and call edges from the Go source.
///
/// Standing, mappings and history of known IDs are kept, so importing again
/// changes nothing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tracker import --git-dir ../nats-server/.git\n  \
    tracker --db /tmp/new.db import --git-dir ../nats-server/.git --plan plan"
)]
pub(super) struct Args {
    /// Git directory that holds the baseline commit.
    #[arg(long, value_name = "DIR")]
    git_dir: PathBuf,
    /// Commit to read; has to be the plan's baseline.
    #[arg(long, value_name = "SHA")]
    commit: Option<String>,
    /// Folder of batches.toml and test-kinds.csv [default: `plan` beside the database].
    #[arg(long, value_name = "DIR")]
    plan: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<()> {
    let plan_dir = args
        .plan
        .clone()
        .unwrap_or_else(|| context.root().join("plan"));
    let plan = Plan::load(&plan_dir)?;
    let commit = args.commit.as_deref().unwrap_or(&plan.baseline.commit);
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} Go files",
    )?);
    let tree = import::scan(&args.git_dir, commit, |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    let mut db = if context.db.exists() {
        context.open()?
    } else {
        Db::create(&context.db, context.busy)?
    };
    let found = db.write(|store| import::import(store, &plan, &tree))?;
    db.vacuum()?;
    let value = json!({
        "modules": found.modules, "features": found.features, "tests": found.tests,
        "feature_edges": found.feature_edges, "test_edges": found.test_edges,
    });
    context.answer(&value, || {
        format!(
            "{} modules, {} features, {} tests; {} calls between features, {} from tests\n",
            found.modules, found.features, found.tests, found.feature_edges, found.test_edges
        )
    })
}
