//! Go: `server/rate_counter_test.go`.

use std::time::{Duration, Instant};

use conformance::go_test;
use nats_server::collections::RateCounter;

go_test!(2720, "rate_counter_test", "TestRateCounter", rate_counter);
fn rate_counter() {
    let interval = Duration::from_millis(100);
    let counter = RateCounter::with_interval(10, interval);
    // Given times instead of a sleep: the interval ends when we say so.
    let start = Instant::now();
    for _ in 0..10 {
        assert!(counter.allow_at(start));
    }
    for _ in 0..5 {
        assert!(!counter.allow_at(start + interval));
    }
    assert_eq!(counter.take_blocked(), 5);
    assert_eq!(counter.take_blocked(), 0);
    assert!(counter.allow_at(start + interval * 3 / 2));

    // By the clock, an interval that is over at once allows everything.
    let counter = RateCounter::new(1);
    assert!(counter.allow());
    assert!(!counter.allow());
    assert_eq!(counter.take_blocked(), 1);
}
