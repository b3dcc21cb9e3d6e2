//! A block: a file of records.

#[expect(clippy::module_inception, reason = "named after its main type")]
mod block;
pub(super) mod cache;
mod find;
pub(super) mod guard;
pub(super) mod record;
pub(super) mod scan;
pub(super) mod subject_index;

pub(super) use block::{Block, FAR, Tally};
pub(super) use find::{Part, Span};
