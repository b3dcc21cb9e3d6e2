//! Limiting how often something may happen (`rate_counter.go`).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Allows a number of events per interval and counts those it did not allow.
///
/// The first event opens an interval; later ones are allowed while fewer than
/// the limit have been counted in it.
#[derive(Debug)]
pub struct RateCounter {
    limit: u64,
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    count: u64,
    blocked: u64,
    end: Option<Instant>,
}

impl RateCounter {
    /// Allows `limit` events per second.
    pub const fn new(limit: u64) -> Self {
        Self::with_interval(limit, Duration::from_secs(1))
    }

    /// Allows `limit` events per `interval`.
    pub const fn with_interval(limit: u64, interval: Duration) -> Self {
        Self {
            limit,
            interval,
            state: Mutex::new(State {
                count: 0,
                blocked: 0,
                end: None,
            }),
        }
    }

    /// Whether an event may happen now.
    pub fn allow(&self) -> bool {
        self.allow_at(Instant::now())
    }

    /// Whether an event may happen at `now`.
    pub fn allow_at(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.end.is_none_or(|end| now > end) {
            state.count = 0;
            state.end = Some(now + self.interval);
        } else {
            state.count += 1;
        }
        let allowed = state.count < self.limit;
        state.blocked += u64::from(!allowed);
        allowed
    }

    /// How many events were refused since this was last asked.
    pub fn take_blocked(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.blocked)
    }
}
