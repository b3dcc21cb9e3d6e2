//! fake not-yet-macro; purge; other
pub fn purge(limit: u64) -> u64 { loop {} }
