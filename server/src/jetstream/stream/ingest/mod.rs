//! From a published message to a stored one.
//!
//! Each check has a file of its own and works on the same [`Ingest`]; they run in
//! the order of `processJetStreamMsg` in `stream.go`, so that the first thing found
//! wrong is the same. What comes out of a run of messages - answers and messages
//! published again - is collected in [`Output`] and sent after all are stored.

mod batch;
mod counter;
mod dedupe;
mod expected;
mod message;
mod output;
mod partial_batch;
mod republish;
mod rollup;
mod run;
mod schedule;
mod size;
mod state;
mod store;

pub(super) use batch::Abandoned;
pub use batch::{BATCH_MSGS_MAX, BATCH_TIMEOUT, BATCHES_MAX, BATCHES_PER_STREAM_MAX};
pub(super) use message::Ingest;
pub(super) use output::Output;
pub(super) use partial_batch::{Unfinished, look_for_partial_batch};
pub(super) use run::Sourced;
pub(super) use state::{BadTransform, IngestState};
