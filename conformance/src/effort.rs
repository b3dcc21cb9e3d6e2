//! How much work something is.

use std::future::Future;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Does something and tells how long this thread computed for it. Other than the time
/// that passes this is no more on a machine that has much else to do, so it can be held
/// against the limits of Go tests that want something to take no time.
pub fn effort<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = computed(ClockId::ThreadCPUTime);
    let done = work();
    (
        done,
        computed(ClockId::ThreadCPUTime).saturating_sub(before),
    )
}

/// The same for this whole process, in which a test of the Go server runs alone with
/// its server.
pub async fn effort_of_all<F: Future>(work: F) -> (F::Output, Duration) {
    let before = computed(ClockId::ProcessCPUTime);
    let done = work.await;
    (
        done,
        computed(ClockId::ProcessCPUTime).saturating_sub(before),
    )
}

fn computed(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}
