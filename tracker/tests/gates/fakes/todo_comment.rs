//! fake later-comment; purge; other
pub fn purge(limit: u64) -> u64 {
    // TODO: honour the keep option
    limit.saturating_sub(1)
}
