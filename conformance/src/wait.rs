//! Waiting for a condition, never for time alone.

use std::fmt::Display;
use std::future::Future;
use std::thread;
use std::time::{Duration, Instant};

/// The usual limit for something that should happen soon.
pub const SOON: Duration = Duration::from_secs(10);

/// How often a condition is looked at, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(1);
const PAUSE_MAX: Duration = Duration::from_millis(50);

/// Waits until a condition holds, for at most ten seconds.
///
/// # Panics
/// If it doesn't.
#[track_caller]
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    wait_until_within(SOON, what, condition);
}

/// Waits until a condition holds.
///
/// # Panics
/// If it doesn't within the limit.
#[track_caller]
pub fn wait_until_within(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    value(limit, what, || condition().then_some(()));
}

/// Waits until there is a value, and gives it.
///
/// # Panics
/// If there is none within the limit.
#[track_caller]
pub fn value<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut pace = Pace::new(limit);
    loop {
        if let Some(value) = look() {
            return value;
        }
        assert!(pace.goes_on(), "not within {limit:?}: {what}");
        thread::sleep(pace.pause());
    }
}

/// Waits until a check passes; the panic tells its last error.
///
/// # Panics
/// If it doesn't within the limit.
#[track_caller]
pub fn passes<T, E: Display>(limit: Duration, mut check: impl FnMut() -> Result<T, E>) -> T {
    let mut pace = Pace::new(limit);
    loop {
        match check() {
            Ok(value) => return value,
            Err(error) => assert!(pace.goes_on(), "not within {limit:?}: {error}"),
        }
        thread::sleep(pace.pause());
    }
}

/// Waits, on a runtime, until a condition holds.
///
/// # Panics
/// If it doesn't within the limit.
pub async fn until_async<F: Future<Output = bool>>(
    limit: Duration,
    what: &str,
    mut condition: impl FnMut() -> F,
) {
    let mut pace = Pace::new(limit);
    while !condition().await {
        assert!(pace.goes_on(), "not within {limit:?}: {what}");
        tokio::time::sleep(pace.pause()).await;
    }
}

/// Makes sure that a condition keeps holding for a while. This is for proving
/// that something does *not* happen, and takes all of `time` when it passes.
///
/// # Panics
/// As soon as it doesn't hold.
#[track_caller]
pub fn holds(time: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let mut pace = Pace::new(time);
    loop {
        assert!(condition(), "no longer holds: {what}");
        if !pace.goes_on() {
            return;
        }
        thread::sleep(pace.pause());
    }
}

/// Lets time pass where passing time is itself what the Go test is about, such
/// as an idle timeout that must not strike. `why` says what for.
pub fn elapse(time: Duration, why: &str) {
    assert!(!why.is_empty(), "time passes for a reason");
    thread::sleep(time);
}

/// The same on a runtime.
pub async fn elapse_async(time: Duration, why: &str) {
    assert!(!why.is_empty(), "time passes for a reason");
    tokio::time::sleep(time).await;
}

struct Pace {
    end: Instant,
    pause: Duration,
}

impl Pace {
    fn new(limit: Duration) -> Self {
        Self {
            end: Instant::now() + limit,
            pause: PAUSE_MIN,
        }
    }

    fn goes_on(&self) -> bool {
        Instant::now() < self.end
    }

    fn pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 2).min(PAUSE_MAX);
        pause.min(self.end.saturating_duration_since(Instant::now()))
    }
}
