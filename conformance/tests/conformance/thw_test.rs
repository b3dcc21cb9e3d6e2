//! Go: `server/thw/thw_test.go`. Benchmarks run each case on a small scale.

use std::collections::{BTreeMap, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use conformance::go_test;
use nats_server::collections::HashWheel;
use nats_server::collections::hash_wheel::HashWheelError;

const SECOND: i64 = 1_000_000_000;

go_test!(3242, "thw_test", "TestHashWheelBasics", basics);
fn basics() {
    let mut wheel = HashWheel::new();
    let expires = now() + 5 * SECOND;
    wheel.add(1, expires);
    assert_eq!(wheel.count(), 1);
    assert_eq!(
        wheel.remove(999, expires),
        Err(HashWheelError::TaskNotFound)
    );
    assert_eq!(wheel.count(), 1);
    assert_eq!(wheel.remove(1, expires), Ok(()));
    assert_eq!(wheel.count(), 0);
    assert_eq!(wheel.remove(1, expires), Err(HashWheelError::TaskNotFound));
    assert_eq!(wheel.count(), 0);
}

go_test!(3243, "thw_test", "TestHashWheelUpdate", update);
fn update() {
    let mut wheel = HashWheel::new();
    let (old, new) = (now() + 5 * SECOND, now() + 10 * SECOND);
    wheel.add(1, old);
    assert_eq!(wheel.count(), 1);
    assert_eq!(wheel.update(1, old, new), Ok(()));
    assert_eq!(wheel.count(), 1);
    assert_eq!(wheel.remove(1, old), Err(HashWheelError::TaskNotFound));
    assert_eq!(wheel.count(), 1);
    assert_eq!(wheel.remove(1, new), Ok(()));
    assert_eq!(wheel.count(), 0);
}

go_test!(3244, "thw_test", "TestHashWheelExpiration", expiration);
fn expiration() {
    let mut wheel = HashWheel::new();
    let now = now();
    for (seq, seconds) in [(1, -1), (2, 1), (3, 10), (4, 60)] {
        wheel.add(seq, now + seconds * SECOND);
    }
    assert_eq!(wheel.count(), 4);
    // By the wheel's own clock, like Go; a second entry may come due meanwhile
    // only if this takes a second.
    let mut expired = Vec::new();
    wheel.expire_tasks(|seq, _| {
        expired.push(seq);
        true
    });
    assert_eq!(expired, [1]);
    assert_eq!(wheel.count(), 3);
}

go_test!(
    3245,
    "thw_test",
    "TestHashWheelManualExpiration",
    manual_expiration
);
fn manual_expiration() {
    let mut wheel = HashWheel::new();
    let now = now();
    for seq in 1..=4 {
        wheel.add(seq, now);
    }
    assert_eq!(wheel.count(), 4);
    let mut calls = BTreeMap::new();
    for round in 1..=2 {
        wheel.expire_tasks(|seq, _| {
            *calls.entry(seq).or_insert(0) += 1;
            false
        });
        assert_eq!(
            calls,
            BTreeMap::from([(1, round), (2, round), (3, round), (4, round)])
        );
        assert_eq!(wheel.count(), 4);
    }
    for round in 3..=4 {
        wheel.expire_tasks(|seq, _| {
            *calls.entry(seq).or_insert(0) += 1;
            seq % 2 == 0
        });
        assert_eq!(
            calls,
            BTreeMap::from([(1, round), (2, 3), (3, round), (4, 3)])
        );
        assert_eq!(wheel.count(), 2);
    }
    assert_eq!(wheel.remove(1, now), Ok(()));
    assert_eq!(wheel.remove(3, now), Ok(()));
    assert_eq!(wheel.count(), 0);
}

go_test!(
    3246,
    "thw_test",
    "TestHashWheelExpirationLargerThanWheel",
    larger_than_wheel
);
fn larger_than_wheel() {
    let mut wheel = HashWheel::new();
    wheel.add(1, 0);
    wheel.add(2, SECOND);
    assert_eq!(wheel.count(), 2);
    let mut expired = Vec::new();
    wheel.expire_tasks_at(4_095 * SECOND, |seq, _| {
        expired.push(seq);
        true
    });
    expired.sort_unstable();
    assert_eq!(expired, [1, 2]);
    assert_eq!(wheel.count(), 0);
}

go_test!(
    3247,
    "thw_test",
    "TestHashWheelNextExpiration",
    next_expiration
);
fn next_expiration() {
    let mut wheel = HashWheel::new();
    let now = now();
    for (seq, seconds) in [(1, 5), (2, 3), (3, 10)] {
        wheel.add(seq, now + seconds * SECOND);
    }
    assert_eq!(wheel.count(), 3);
    assert_eq!(wheel.next_expiration(now + 6 * SECOND), now + 3 * SECOND);
    assert_eq!(HashWheel::new().next_expiration(now + SECOND), i64::MAX);
}

go_test!(3248, "thw_test", "TestHashWheelStress", stress);
fn stress() {
    let mut wheel = HashWheel::new();
    let now = now();
    let count = 100_000;
    let expires = |seq: u64| now + seq as i64 * SECOND;
    for seq in 0..count {
        wheel.add(seq, expires(seq));
    }
    for seq in (0..count).step_by(2) {
        assert_eq!(
            wheel.update(seq, expires(seq), expires(seq + count)),
            Ok(())
        );
    }
    for seq in (1..count).step_by(2) {
        assert_eq!(wheel.remove(seq, expires(seq)), Ok(()));
    }
    assert_eq!(wheel.count(), count / 2);
}

go_test!(3249, "thw_test", "TestHashWheelEncodeDecode", encode_decode);
fn encode_decode() {
    let mut wheel = HashWheel::new();
    let now = now();
    for seq in 0..100_000_u64 {
        wheel.add(seq, now + seq as i64 * SECOND);
    }
    let bytes = wheel.encode(12_345);
    assert!(bytes.len() > 17);
    let mut again = HashWheel::new();
    assert_eq!(again.decode(&bytes), Ok(12_345));
    assert_eq!(again.count(), 100_000);
    assert_eq!(
        again.next_expiration(i64::MAX),
        wheel.next_expiration(i64::MAX)
    );
    let entries: HashMap<u64, i64> = wheel.iter().collect();
    assert_eq!(again.iter().collect::<HashMap<_, _>>(), entries);
}

go_test!(3250, "thw_test", "BenchmarkHashWheel_Add", bench_add);
fn bench_add() {
    let mut wheel = HashWheel::new();
    let now = now();
    for seq in 0..N {
        wheel.add(seq, spread(now, seq));
    }
    assert_eq!(wheel.count(), N);
    assert_eq!(wheel.next_expiration(i64::MAX), now);
}

go_test!(
    3251,
    "thw_test",
    "BenchmarkHashWheel_Add_SameSlot",
    bench_add_same_slot
);
fn bench_add_same_slot() {
    let mut wheel = HashWheel::new();
    let expires = now() + SECOND;
    for seq in 0..N {
        wheel.add(seq, expires);
    }
    let mut expired = 0;
    wheel.expire_tasks_at(expires, |_, at| {
        expired += u64::from(at == expires);
        true
    });
    assert_eq!((expired, wheel.count()), (N, 0));
}

go_test!(3252, "thw_test", "BenchmarkHashWheel_Update", bench_update);
fn bench_update() {
    let mut wheel = HashWheel::new();
    let now = now();
    let later = now + 7_200 * SECOND;
    for seq in 0..N {
        wheel.add(seq, spread(now, seq));
    }
    for seq in 0..N {
        assert_eq!(wheel.update(seq, spread(now, seq), later), Ok(()));
    }
    assert_eq!(wheel.count(), N);
    assert!(wheel.iter().all(|(_, expires)| expires == later));
}

go_test!(
    3253,
    "thw_test",
    "BenchmarkHashWheel_Update_SameSlot",
    bench_update_same_slot
);
fn bench_update_same_slot() {
    let mut wheel = HashWheel::new();
    let (old, new) = (now() + SECOND, now() + 2 * SECOND);
    for seq in 0..N {
        wheel.add(seq, old);
    }
    for seq in 0..N {
        assert_eq!(wheel.update(seq, old, new), Ok(()));
    }
    assert_eq!(wheel.remove(0, old), Err(HashWheelError::TaskNotFound));
    assert_eq!(
        wheel.iter().filter(|(_, expires)| *expires == new).count() as u64,
        N
    );
}

go_test!(
    3254,
    "thw_test",
    "BenchmarkHashWheel_Add_Memory",
    bench_add_memory
);
fn bench_add_memory() {
    // Go reports allocations; what is kept is an encoding of a few bytes each.
    let mut wheel = HashWheel::new();
    let now = now();
    for seq in 0..N {
        wheel.add(seq, spread(now, seq));
    }
    let bytes = wheel.encode(N);
    let each = (bytes.len() - 17) as u64 / N;
    assert!((10..=12).contains(&each), "{each} bytes an entry");
}

go_test!(
    3255,
    "thw_test",
    "BenchmarkHashWheel_LargeScale",
    bench_large_scale
);
fn bench_large_scale() {
    let mut wheel = HashWheel::new();
    let now = now();
    for seq in 0..100_000 {
        wheel.add(seq, spread(now, seq));
    }
    for seq in 0..N {
        wheel.add(seq + 100_000, spread(now, seq));
    }
    assert_eq!(wheel.count(), 100_000 + N);
    let mut due = 0;
    wheel.expire_tasks_at(now, |_, _| {
        due += 1;
        true
    });
    assert_eq!(due, 100_000_u64.div_ceil(3_600) + N.div_ceil(3_600));
}

const N: u64 = 10_000;

fn spread(now: i64, seq: u64) -> i64 {
    now + (seq % 3_600) as i64 * SECOND
}

fn now() -> i64 {
    i64::try_from(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_nanos(),
    )
    .unwrap()
}
