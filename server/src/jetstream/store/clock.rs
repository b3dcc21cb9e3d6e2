//! Time and timers, which tests can drive.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::jetstream::model::Nanos;

/// What a timer does when its time has come.
pub type Task = Box<dyn FnOnce() + Send>;

/// Tells the time and calls when some has passed.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Nanoseconds since 1970.
    fn now(&self) -> i64;

    /// Runs `task` once, on some other thread, when `delay` has passed.
    fn call_after(&self, delay: Duration, task: Task) -> TimerId;

    /// Takes a task off, if it has not begun yet.
    fn cancel(&self, timer: TimerId);
}

/// A task that waits for its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerId {
    at: i64,
    number: u64,
}

/// The clock of the operating system.
///
/// All timers of the process share one thread, which ends when no timer is left.
/// Each task runs on a thread of its own, so that none delays another.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A clock that stands still until it is told to go on.
#[derive(Default)]
pub struct ManualClock {
    state: Mutex<Manual>,
}

#[derive(Default)]
struct Manual {
    now: i64,
    number: u64,
    tasks: BTreeMap<TimerId, Task>,
}

#[derive(Default)]
struct Timers {
    number: u64,
    tasks: BTreeMap<TimerId, Task>,
    has_thread: bool,
}

static TIMERS: Mutex<Timers> = Mutex::new(Timers {
    number: 0,
    tasks: BTreeMap::new(),
    has_thread: false,
});
static CHANGED: Condvar = Condvar::new();
/// Timers count from here, so that setting the system's time moves none.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        saturated(since)
    }

    fn call_after(&self, delay: Duration, task: Task) -> TimerId {
        let at = saturated(START.elapsed().saturating_add(delay));
        let mut timers = timers();
        timers.number += 1;
        let timer = TimerId {
            at,
            number: timers.number,
        };
        timers.tasks.insert(timer, task);
        if timers.has_thread {
            CHANGED.notify_one();
        } else {
            timers.has_thread = true;
            thread::spawn(run_timers);
        }
        timer
    }

    fn cancel(&self, timer: TimerId) {
        // Dropped after the lock: the task may own the last handle of a store.
        let task = timers().tasks.remove(&timer);
        CHANGED.notify_one();
        drop(task);
    }
}

impl ManualClock {
    /// A clock that stands at `now`, in nanoseconds since 1970.
    #[must_use]
    pub fn at(now: i64) -> Self {
        let clock = Self::default();
        clock.lock().now = now;
        clock
    }

    /// Lets time pass and runs, on this thread, what is due meanwhile.
    pub fn advance(&self, time: Nanos) {
        let end = self.lock().now.saturating_add(time.0);
        loop {
            let task = {
                let mut state = self.lock();
                let due = state
                    .tasks
                    .first_entry()
                    .filter(|first| first.key().at <= end);
                match due {
                    Some(due) => {
                        let (timer, task) = due.remove_entry();
                        state.now = state.now.max(timer.at);
                        task
                    }
                    None => {
                        state.now = end;
                        return;
                    }
                }
            };
            task();
        }
    }

    /// How many timers wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().tasks.len()
    }

    fn lock(&self) -> MutexGuard<'_, Manual> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> i64 {
        self.lock().now
    }

    fn call_after(&self, delay: Duration, task: Task) -> TimerId {
        let mut state = self.lock();
        state.number += 1;
        let timer = TimerId {
            at: state.now.saturating_add(saturated(delay)),
            number: state.number,
        };
        state.tasks.insert(timer, task);
        timer
    }

    fn cancel(&self, timer: TimerId) {
        let task = self.lock().tasks.remove(&timer);
        drop(task);
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ManualClock")
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}

fn timers() -> MutexGuard<'static, Timers> {
    TIMERS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run_timers() {
    let mut timers = timers();
    loop {
        let now = saturated(START.elapsed());
        let Some(first) = timers.tasks.first_entry() else {
            timers.has_thread = false;
            return;
        };
        let wait = first.key().at.saturating_sub(now);
        if wait <= 0 {
            thread::spawn(first.remove());
            continue;
        }
        let wait = Duration::from_nanos(wait.unsigned_abs());
        timers = match CHANGED.wait_timeout(timers, wait) {
            Ok((timers, _)) => timers,
            Err(poisoned) => poisoned.into_inner().0,
        };
    }
}

fn saturated(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc;

    #[test]
    fn a_manual_clock_runs_what_is_due_in_order() {
        let clock = Arc::new(ManualClock::at(100));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let note = |name: &'static str| -> Task {
            let (seen, clock) = (Arc::clone(&seen), Arc::clone(&clock));
            Box::new(move || seen.lock().unwrap().push((name, clock.now())))
        };
        clock.call_after(Duration::from_nanos(20), note("second"));
        clock.call_after(Duration::from_nanos(10), note("first"));
        let never = clock.call_after(Duration::from_nanos(15), note("never"));
        clock.call_after(Duration::from_nanos(50), note("too far"));
        clock.cancel(never);
        clock.advance(Nanos(30));
        assert_eq!(*seen.lock().unwrap(), [("first", 110), ("second", 120)]);
        assert_eq!((clock.now(), clock.waiting()), (130, 1));
    }

    #[test]
    fn system_timers_run_in_order_and_can_be_taken_off() {
        let clock = SystemClock;
        let (sender, seen) = mpsc::channel();
        let note = |name: u8| -> Task {
            let sender = sender.clone();
            Box::new(move || sender.send(name).unwrap())
        };
        let never = clock.call_after(Duration::from_millis(5), note(9));
        clock.cancel(never);
        clock.call_after(Duration::from_millis(60), note(2));
        clock.call_after(Duration::from_millis(1), note(1));
        let limit = Duration::from_secs(10);
        assert_eq!(seen.recv_timeout(limit), Ok(1));
        assert_eq!(seen.recv_timeout(limit), Ok(2));
    }
}
