//! A timer that runs something not too often.

use std::time::Duration;

use super::clock::{Clock, Task, TimerId};

/// The timer of one task, such as expiring messages. It is never set to a later
/// time than it has, so that it strikes even if it is set all the time.
#[derive(Debug, Default)]
pub struct RunTimer {
    timer: Option<TimerId>,
    /// When it strikes, in nanoseconds since 1970.
    deadline: Option<i64>,
    running: bool,
}

/// More often would slow down those who store messages.
const PAUSE_MIN: i64 = 250_000_000;

impl RunTimer {
    /// Whether it waits or has struck and not been set again.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        self.timer.is_some()
    }

    /// Whether the task runs. The timer cannot be set then, for the task sets it
    /// when it is done.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.running
    }

    /// Sets it for the first time, to strike after just this time.
    pub fn start(&mut self, clock: &dyn Clock, delay: i64, task: Task) {
        self.clear(clock);
        self.timer = Some(clock.call_after(duration(delay), task));
    }

    /// Sets it to strike after `delay` nanoseconds, but at least a quarter of a
    /// second, unless it strikes earlier anyway.
    pub fn set(&mut self, clock: &dyn Clock, delay: i64, task: impl FnOnce() -> Task) {
        if self.running {
            return;
        }
        let delay = delay.max(PAUSE_MIN);
        let now = clock.now();
        let deadline = now.saturating_add(delay);
        // One in the past has struck, and whoever it struck could do nothing.
        let earlier = self.deadline.filter(|earlier| *earlier > now);
        if earlier.is_some_and(|earlier| deadline >= earlier) {
            return;
        }
        self.clear(clock);
        self.deadline = Some(deadline);
        self.timer = Some(clock.call_after(duration(delay), task()));
    }

    /// Takes it off.
    pub fn clear(&mut self, clock: &dyn Clock) {
        self.deadline = None;
        if let Some(timer) = self.timer.take() {
            clock.cancel(timer);
        }
    }

    /// Notes that the task begins.
    pub const fn begin(&mut self) {
        self.running = true;
    }

    /// Notes that the task is done, after which it can be set anew.
    pub const fn end(&mut self) {
        self.running = false;
        self.deadline = None;
    }
}

fn duration(nanos: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jetstream::model::Nanos;
    use crate::jetstream::store::ManualClock;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn it_strikes_early_but_not_too_often() {
        let clock = ManualClock::at(0);
        let strikes = Arc::new(AtomicUsize::new(0));
        let task = || -> Task {
            let strikes = Arc::clone(&strikes);
            Box::new(move || {
                strikes.fetch_add(1, Ordering::Relaxed);
            })
        };
        let mut timer = RunTimer::default();
        timer.set(&clock, 1, task);
        // The same time does not set it anew, as for messages that expire together.
        timer.set(&clock, PAUSE_MIN, || panic!("it is set for that time"));
        clock.advance(Nanos(PAUSE_MIN - 1));
        // A later time does not move it, nor does it set a second timer.
        timer.set(&clock, 10 * PAUSE_MIN, task);
        assert_eq!((strikes.load(Ordering::Relaxed), clock.waiting()), (0, 1));
        clock.advance(Nanos(1));
        assert_eq!((strikes.load(Ordering::Relaxed), clock.waiting()), (1, 0));
        timer.begin();
        timer.set(&clock, PAUSE_MIN, task);
        assert_eq!(clock.waiting(), 0, "the task runs");
        timer.end();
        timer.set(&clock, 10 * PAUSE_MIN, task);
        timer.set(&clock, 2 * PAUSE_MIN, task);
        assert_eq!(clock.waiting(), 1);
        clock.advance(Nanos(2 * PAUSE_MIN));
        assert_eq!(strikes.load(Ordering::Relaxed), 2);
        timer.start(&clock, 5, task());
        assert!(timer.is_set());
        timer.clear(&clock);
        assert_eq!((timer.is_set(), clock.waiting()), (false, 0));
    }
}
