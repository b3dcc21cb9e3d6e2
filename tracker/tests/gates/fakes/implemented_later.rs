//! fake later-comment; purge; other
pub fn purge(limit: u64) -> u64 {
    /* Filtering by subject will be
       implemented in a later batch. */
    limit.saturating_sub(1)
}
