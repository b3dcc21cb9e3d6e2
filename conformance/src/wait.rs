//! Waiting for a condition instead of for a time.

use std::time::{Duration, Instant};

/// Checks `condition` until it holds.
///
/// # Panics
///
/// If it does not within ten seconds.
#[track_caller]
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    wait_until_within(Duration::from_secs(10), what, condition);
}

/// Checks `condition` until it holds.
///
/// # Panics
///
/// If it does not within `limit`.
#[track_caller]
pub fn wait_until_within(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "waited {limit:?} in vain: {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}
