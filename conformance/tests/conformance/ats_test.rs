//! Go: `server/ats/ats_test.go`.

use std::fs;
use std::time::{Duration, Instant};

use conformance::go_test;
use nats_server::platform::access_time::{
    TICK_INTERVAL, UnbalancedUnregister, access_time, register, unregister, users,
};

go_test!(1, "ats_test", "TestNotRunningValue", not_running_value);
fn not_running_value() {
    let time = access_time();
    assert_ne!(time, 0);
    assert!(!changes_within(3 * TICK_INTERVAL), "nobody is registered");
    assert_eq!(access_time(), time);
}

go_test!(
    2,
    "ats_test",
    "TestRegisterAndUnregister",
    register_and_unregister
);
fn register_and_unregister() {
    let threads = thread_count();
    register();
    assert_eq!(users(), 1);
    assert_ne!(access_time(), 0);
    assert!(changes_within(Duration::from_secs(10)));

    assert_eq!(unregister(), Ok(()));
    assert_eq!(users(), 0);
    assert!(!changes_within(3 * TICK_INTERVAL), "the clock has stopped");
    assert_eq!(thread_count(), threads);

    register();
    assert!(
        changes_within(Duration::from_secs(10)),
        "the clock runs again"
    );
    assert_eq!(thread_count(), threads + 1);
    assert_eq!(unregister(), Ok(()));
}

go_test!(
    3,
    "ats_test",
    "TestUnbalancedUnregister",
    unbalanced_unregister
);
fn unbalanced_unregister() {
    assert_eq!(unregister(), Err(UnbalancedUnregister));
    assert_eq!(users(), 0);
    register();
    assert_eq!(unregister(), Ok(()));
    assert_eq!(unregister(), Err(UnbalancedUnregister));
}

fn changes_within(limit: Duration) -> bool {
    let before = access_time();
    let started = Instant::now();
    while started.elapsed() < limit {
        if access_time() != before {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

fn thread_count() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}
