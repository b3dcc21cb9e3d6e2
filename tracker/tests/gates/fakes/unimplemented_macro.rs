//! fake not-yet-macro; purge; other
pub fn purge(limit: u64) -> u64 { let half = limit / 2; unimplemented!("purge {half}") }
