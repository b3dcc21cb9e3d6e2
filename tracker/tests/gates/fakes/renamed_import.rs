//! fake not-yet-macro; purge; other
use std::todo as compute;
pub fn purge(limit: u64) -> u64 { if limit > 1 { compute!() } limit }
