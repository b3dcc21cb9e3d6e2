//! fake later-comment; purge; other
// FIXME wrong for zero
pub fn purge(limit: u64) -> u64 { limit.saturating_sub(1) }
