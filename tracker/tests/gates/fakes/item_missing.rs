//! fake missing-item; no_such_function; other
pub fn something_else(n: u64) -> u64 { n + 1 }
