//! fake later-comment; purge; other
/// Removes messages. Subjects are skipped for now.
pub fn purge(limit: u64) -> u64 { limit.saturating_sub(1) }
