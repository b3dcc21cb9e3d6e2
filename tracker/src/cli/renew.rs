//! `tracker renew`.

use serde_json::json;

use super::Context;
use crate::error::{Result, fail};
use crate::{gates, promote};

/// Shows again what is complete or verified and whose evidence no longer holds.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tracker renew\n  tracker renew --batch 6\n\n\
    Code that changed leaves its evidence stale. This builds, runs the tests and proofs\n\
    behind it and stores what they show. No status changes."
)]
pub(super) struct Args {
    /// Only what belongs to this batch.
    #[arg(long)]
    batch: Option<u32>,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<()> {
    let gates = gates::load(context.root())?;
    let mut db = context.open()?;
    promote::sync_tests(&mut db, context.root(), gates.as_ref())?;
    let renewed = promote::renew(
        &mut db,
        context.root(),
        gates.as_ref(),
        args.batch,
        &mut |line| eprintln!("{line}"),
    )?;
    let shown = renewed.open.saturating_sub(renewed.left.len());
    let value = json!({ "open": renewed.open, "shown": shown, "left": renewed.left });
    context.answer(&value, || {
        let mut text = String::new();
        for line in &renewed.left {
            text.push_str(&format!("{line}\n"));
        }
        text.push_str(&format!("{} items to show, {shown} shown\n", renewed.open));
        text
    })?;
    if renewed.left.is_empty() {
        Ok(())
    } else {
        fail(format!("{} items are not shown", renewed.left.len()))
    }
}
