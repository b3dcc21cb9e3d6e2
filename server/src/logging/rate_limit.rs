//! Keeps a line that would repeat from flooding the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a line stays quiet after it was logged.
const QUIET: Duration = Duration::from_secs(1);
/// Beyond this many keys the old ones are dropped at once.
const KEYS_MAX: usize = 1024;

/// Remembers which lines were logged within the last second.
#[derive(Debug, Default)]
pub struct RateLimit {
    seen: Mutex<HashMap<String, Instant>>,
}

impl RateLimit {
    /// Whether `key` is seen for the first time within a second.
    pub fn first(&self, key: &str) -> bool {
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen
            .get(key)
            .is_some_and(|at| now.duration_since(*at) < QUIET)
        {
            return false;
        }
        if seen.len() >= KEYS_MAX {
            seen.retain(|_, at| now.duration_since(*at) < QUIET);
        }
        seen.insert(key.to_owned(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_quiet_and_others_are_not() {
        let limit = RateLimit::default();
        assert!(limit.first("a"));
        assert!(!limit.first("a"));
        assert!(limit.first("b"));
    }
}
