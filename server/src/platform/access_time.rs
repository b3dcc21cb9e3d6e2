//! A clock that is cheap to read, for the access times of caches (`ats`).
//!
//! While somebody is registered a thread updates the time every 100 ms. One
//! for the whole process.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;

/// How often the time is updated.
pub const TICK_INTERVAL: Duration = Duration::from_millis(100);

/// More ends than beginnings of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("unbalanced unregister for access time state")]
pub struct UnbalancedUnregister;

static TIME: AtomicI64 = AtomicI64::new(0);
static CLOCK: Mutex<Clock> = Mutex::new(Clock {
    users: 0,
    ticker: None,
});

struct Clock {
    users: usize,
    ticker: Option<Ticker>,
}

struct Ticker {
    /// Dropping it stops the thread.
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

/// Begins use of the clock; the first user starts it.
pub fn register() {
    let mut clock = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    clock.users += 1;
    if clock.users == 1 {
        TIME.store(now_nanos(), Ordering::Relaxed);
        let (stop, stopped) = mpsc::channel();
        clock.ticker = Some(Ticker {
            stop,
            thread: thread::spawn(move || tick(&stopped)),
        });
    }
}

/// Ends use of the clock; the last user stops it and waits for its thread.
///
/// # Errors
/// [`UnbalancedUnregister`] when nobody is registered.
pub fn unregister() -> Result<(), UnbalancedUnregister> {
    let mut clock = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    clock.users = clock.users.checked_sub(1).ok_or(UnbalancedUnregister)?;
    if clock.users == 0
        && let Some(Ticker { stop, thread }) = clock.ticker.take()
    {
        drop(stop);
        // Only a panic makes this fail, and the ticker has nothing to panic.
        debug_assert!(thread.join().is_ok(), "the ticker ends by itself");
    }
    Ok(())
}

/// How many users there are.
pub fn users() -> usize {
    CLOCK.lock().unwrap_or_else(PoisonError::into_inner).users
}

/// Nanoseconds since 1970 at the last update. Without a registered user it is
/// some earlier time, but never zero.
pub fn access_time() -> i64 {
    let time = TIME.load(Ordering::Relaxed);
    if time != 0 {
        return time;
    }
    let now = now_nanos();
    TIME.store(now, Ordering::Relaxed);
    now
}

fn tick(stopped: &mpsc::Receiver<()>) {
    while stopped.recv_timeout(TICK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        TIME.store(now_nanos(), Ordering::Relaxed);
    }
}

fn now_nanos() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
