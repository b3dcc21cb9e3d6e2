//! Keeps a line that would repeat from flooding the log.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a line stays quiet after it was logged, if nobody says otherwise.
const QUIET: Duration = Duration::from_secs(1);
/// Beyond this many keys the old ones are dropped at once.
const KEYS_MAX: usize = 1024;

/// Remembers which lines were logged within an interval.
#[derive(Debug)]
pub struct RateLimit {
    quiet_ns: AtomicU64,
    seen: Mutex<HashMap<String, Instant>>,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self::new(QUIET)
    }
}

impl RateLimit {
    /// Lines stay quiet for `quiet` after they were logged.
    #[must_use]
    pub fn new(quiet: Duration) -> Self {
        let limit = Self {
            quiet_ns: AtomicU64::new(0),
            seen: Mutex::default(),
        };
        limit.set_interval(quiet);
        limit
    }

    /// Changes how long lines stay quiet.
    pub fn set_interval(&self, quiet: Duration) {
        let nanos = u64::try_from(quiet.as_nanos()).unwrap_or(u64::MAX);
        self.quiet_ns.store(nanos, Ordering::Relaxed);
    }

    /// Whether `key` is seen for the first time within the interval.
    pub fn first(&self, key: &str) -> bool {
        let quiet = Duration::from_nanos(self.quiet_ns.load(Ordering::Relaxed));
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen
            .get(key)
            .is_some_and(|at| now.duration_since(*at) < quiet)
        {
            return false;
        }
        if seen.len() >= KEYS_MAX {
            seen.retain(|_, at| now.duration_since(*at) < quiet);
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
