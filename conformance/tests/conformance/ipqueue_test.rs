//! Go: `server/ipqueue_test.go`. Benchmarks run each case on a small scale.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use conformance::go_test;
use nats_server::collections::ip_queue::{IpQueue, IpQueueError, IpQueueOptions, QueueRegistry};
use tokio::runtime::Runtime;

go_test!(688, "ipqueue_test", "TestIPQueueBasic", basic);
fn basic() {
    let registry = QueueRegistry::new();
    let first = IpQueue::registered(&registry, "test", IpQueueOptions::default());
    assert_eq!(first.options().recycle_max, 4 * 1024);
    assert!(!first.take_signal());
    assert_eq!(first.len(), 0);

    let options = IpQueueOptions {
        recycle_max: 10,
        ..IpQueueOptions::default()
    };
    let second = IpQueue::registered(&registry, "test2", options);
    assert_eq!(second.options().recycle_max, 10);

    let listed = registry.snapshot();
    assert_eq!(
        listed,
        [("test".to_owned(), 0, 0), ("test2".to_owned(), 0, 0)]
    );
    first.unregister();
    second.unregister();
    assert_eq!(registry.snapshot(), []);

    first.push(1).unwrap();
    assert_eq!(first.pop().map(|batch| batch.len()), Some(1));
    second.push(2).unwrap();
    assert_eq!(second.pop_one(), Some(2));

    // A queue that is gone is not listed either.
    drop(IpQueue::<i32>::registered(
        &registry,
        "short",
        IpQueueOptions::default(),
    ));
    assert_eq!(registry.snapshot(), []);
}

go_test!(689, "ipqueue_test", "TestIPQueuePush", push);
fn push() {
    let queue = queue();
    assert_eq!(queue.push(1), Ok(1));
    assert_eq!(queue.len(), 1);
    assert!(queue.take_signal());
    assert_eq!(queue.push(2), Ok(2));
    assert_eq!(queue.len(), 2);
    assert!(!queue.take_signal(), "only the first element signals");
}

go_test!(690, "ipqueue_test", "TestIPQueuePop", pop);
fn pop() {
    let queue = queue();
    queue.push(1).unwrap();
    block_on(queue.ready());
    let batch = queue.pop().unwrap();
    assert_eq!(batch.len(), 1);
    assert_eq!(queue.len(), 0);
    assert!(!queue.take_signal());
    assert_eq!(queue.in_progress(), 1);
    drop(batch);
    assert_eq!(queue.in_progress(), 0);
    assert!(queue.pop().is_none());
    assert_eq!(queue.in_progress(), 0);
}

go_test!(691, "ipqueue_test", "TestIPQueuePopOne", pop_one);
fn pop_one() {
    let queue = queue();
    queue.push(1).unwrap();
    block_on(queue.ready());
    assert_eq!(queue.pop_one(), Some(1));
    assert_eq!(queue.len(), 0);
    assert_eq!(queue.in_progress(), 0);
    assert!(!queue.take_signal());

    queue.push(2).unwrap();
    queue.push(3).unwrap();
    assert_eq!(queue.pop_one(), Some(2));
    assert_eq!(queue.len(), 1);
    assert!(queue.take_signal(), "there is more");
    assert_eq!(queue.pop_one(), Some(3));
    assert_eq!(queue.len(), 0);
    assert!(!queue.take_signal(), "there is no more");
    assert_eq!(queue.pop_one(), None);

    let queue = IpQueue::new("test2", IpQueueOptions::default());
    queue.push(1).unwrap();
    queue.push(2).unwrap();
    assert_eq!(queue.pop_one(), Some(1));
    assert_eq!(queue.len(), 1);
    let batch = queue.pop().unwrap();
    assert!(batch.iter().eq(&[2]));
    // The memory itself is handed over, not a copy of what was left.
    assert_eq!(batch.capacity(), 32);
    assert_eq!(queue.len(), 0);
}

go_test!(
    692,
    "ipqueue_test",
    "TestIPQueueMultiProducers",
    multi_producers
);
fn multi_producers() {
    let queue = queue();
    Runtime::new().unwrap().block_on(async {
        let producers = [(1, 100), (101, 200), (201, 300)].map(|(start, end)| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move {
                for number in start..=end {
                    queue.push(number).unwrap();
                }
            })
        });
        let mut seen = BTreeSet::new();
        let collect = async {
            while seen.len() < 300 {
                queue.ready().await;
                if let Some(mut batch) = queue.pop() {
                    seen.extend(batch.drain());
                }
                assert_eq!(queue.in_progress(), 0);
            }
        };
        tokio::time::timeout(Duration::from_secs(20), collect)
            .await
            .unwrap();
        for producer in producers {
            producer.await.unwrap();
        }
        assert!(seen.into_iter().eq(1..=300));
    });
}

go_test!(693, "ipqueue_test", "TestIPQueueRecycle", recycle);
fn recycle() {
    let queue = queue();
    for number in 0..1_000 {
        assert_eq!(queue.push(number), Ok(number as usize + 1));
    }
    let batch = queue.pop().unwrap();
    let capacity = batch.capacity();
    assert!(capacity >= 1_000);
    drop(batch);
    assert_eq!(queue.push(1_001), Ok(1));
    let batch = queue.pop().unwrap();
    assert_eq!(
        (batch.len(), batch.capacity()),
        (1, capacity),
        "the memory is used again"
    );

    let options = IpQueueOptions {
        recycle_max: 10,
        ..IpQueueOptions::default()
    };
    let queue = IpQueue::new("test2", options);
    for number in 0..100 {
        queue.push(number).unwrap();
    }
    let batch = queue.pop().unwrap();
    let capacity = batch.capacity();
    drop(batch);
    queue.push(1_001).unwrap();
    let mut batch = queue.pop().unwrap();
    assert_eq!(batch.len(), 1);
    assert!(batch.capacity() < capacity, "too much memory to keep");

    // One that has been emptied, or was never there, is no trouble.
    assert_eq!(batch.drain().count(), 1);
    assert!(batch.is_empty());
    assert_eq!(queue.in_progress(), 1);
    drop(batch);
    assert_eq!(queue.in_progress(), 0);
    drop(queue.pop());
    assert_eq!(queue.in_progress(), 0);
}

go_test!(694, "ipqueue_test", "TestIPQueueDrain", drain);
fn drain() {
    let queue = queue();
    for number in 0..100 {
        queue.push(number).unwrap();
    }
    assert_eq!(queue.drain(), 100);
    assert!(!queue.take_signal(), "used up");
    assert_eq!(queue.len(), 0);
    assert_eq!(queue.drain(), 0);
}

go_test!(
    695,
    "ipqueue_test",
    "TestIPQueueSizeCalculation",
    size_calculation
);
fn size_calculation() {
    let queue = IpQueue::new("test", sized());
    for count in 1..=10 {
        queue.push([0; 16]).unwrap();
        assert_eq!((queue.len(), queue.size()), (count, count as u64 * 16));
    }
    for count in (5..10).rev() {
        assert_eq!(queue.pop_one(), Some([0; 16]));
        assert_eq!((queue.len(), queue.size()), (count, count as u64 * 16));
    }
    drop(queue.pop());
    assert_eq!((queue.len(), queue.size()), (0, 0));
}

go_test!(
    696,
    "ipqueue_test",
    "TestIPQueueSizeCalculationWithLimits",
    size_calculation_with_limits
);
fn size_calculation_with_limits() {
    let by_len = IpQueueOptions {
        len_max: Some(5),
        ..sized()
    };
    let by_size = IpQueueOptions {
        size_max: Some(16 * 5),
        ..sized()
    };
    for (options, error) in [
        (by_len, IpQueueError::LenLimitReached),
        (by_size, IpQueueError::SizeLimitReached),
    ] {
        let queue = IpQueue::new("test", options);
        for count in 1..=10 {
            let expected = if count <= 5 { Ok(count) } else { Err(error) };
            assert_eq!(queue.push([0; 16]), expected);
            assert_eq!(queue.len(), count.min(5));
        }
        assert_eq!(queue.pop_one(), Some([0; 16]));
        assert_eq!(queue.push([0; 16]), Ok(5), "there is room again");
    }
    assert_eq!(
        IpQueueError::LenLimitReached.to_string(),
        "IPQ len limit reached"
    );
    assert_eq!(
        IpQueueError::SizeLimitReached.to_string(),
        "IPQ size limit reached"
    );
}

go_test!(
    697,
    "ipqueue_test",
    "Benchmark_IPQueueSizeCalculation",
    bench_size_calculation
);
fn bench_size_calculation() {
    let none: IpQueueOptions<[u8; 16]> = IpQueueOptions::default();
    let empty = IpQueueOptions {
        size_of: Some(|_: &[u8; 16]| 0),
        ..IpQueueOptions::default()
    };
    for (name, options, each) in [
        ("WithoutCalc", none, 0),
        ("WithEmptyCalc", empty, 0),
        ("WithLenCalc", sized(), 16),
    ] {
        let queue = IpQueue::new("test", options);
        for all in [false, true] {
            for _ in 0..N {
                queue.push([0; 16]).unwrap();
            }
            assert_eq!(queue.size(), N * each, "{name}");
            if all {
                assert_eq!(queue.pop().map(|batch| batch.len() as u64), Some(N));
            } else {
                let popped = std::iter::from_fn(|| queue.pop_one()).count();
                assert_eq!(popped as u64, N);
            }
            assert_eq!((queue.len(), queue.size()), (0, 0), "{name}");
        }
    }
}

/// Sends numbers through a queue and checks that each arrives once.
fn run_queue(producers: u64, consumers: usize, pop: Pop, limit: Option<usize>) {
    let options = IpQueueOptions {
        size_of: limit.map(|_| (|_: &u64| 5) as fn(&u64) -> u64),
        size_max: limit.map(|limit| limit as u64 * 5),
        len_max: limit,
        ..IpQueueOptions::default()
    };
    let sum = produce_and_consume(options, producers, consumers, pop);
    let each = N / producers;
    assert_eq!(sum, producers * each * (each + 1) / 2);
}

fn run_pop_one(producers: u64, consumers: usize) {
    run_queue(producers, consumers, Pop::One, None);
}

fn run_pop_all(producers: u64, consumers: usize) {
    run_queue(producers, consumers, Pop::All, None);
}

fn limited_pop_one(producers: u64, consumers: usize) {
    run_queue(producers, consumers, Pop::One, Some(N as usize + 100));
}

fn limited_pop_all(producers: u64, consumers: usize) {
    run_queue(producers, consumers, Pop::All, Some(N as usize + 100));
}

go_test!(
    698,
    "ipqueue_test",
    "Benchmark_IPQueue1Prod1ConsPopOne",
    p1_c1_one
);
fn p1_c1_one() {
    run_pop_one(1, 1);
}

go_test!(
    699,
    "ipqueue_test",
    "Benchmark_IPQueue5Prod1ConsPopOne",
    p5_c1_one
);
fn p5_c1_one() {
    run_pop_one(5, 1);
}

go_test!(
    700,
    "ipqueue_test",
    "Benchmark_IPQueue1Prod5ConsPopOne",
    p1_c5_one
);
fn p1_c5_one() {
    run_pop_one(1, 5);
}

go_test!(
    701,
    "ipqueue_test",
    "Benchmark_IPQueue5Prod5ConsPopOne",
    p5_c5_one
);
fn p5_c5_one() {
    run_pop_one(5, 5);
}

go_test!(
    702,
    "ipqueue_test",
    "Benchmark_IPQueue1Prod1ConsPopAll",
    p1_c1_all
);
fn p1_c1_all() {
    run_pop_all(1, 1);
}

go_test!(
    703,
    "ipqueue_test",
    "Benchmark_IPQueue5Prod1ConsPopAll",
    p5_c1_all
);
fn p5_c1_all() {
    run_pop_all(5, 1);
}

go_test!(
    704,
    "ipqueue_test",
    "Benchmark_IPQueue1Prod5ConsPopAll",
    p1_c5_all
);
fn p1_c5_all() {
    run_pop_all(1, 5);
}

go_test!(
    705,
    "ipqueue_test",
    "Benchmark_IPQueue5Prod5ConsPopAll",
    p5_c5_all
);
fn p5_c5_all() {
    run_pop_all(5, 5);
}

go_test!(
    706,
    "ipqueue_test",
    "Benchmark_IPQueueWithLim1Prod1ConsPopOne",
    lim_p1_c1_one
);
fn lim_p1_c1_one() {
    limited_pop_one(1, 1);
}

go_test!(
    707,
    "ipqueue_test",
    "Benchmark_IPQueueWithLim5Prod1ConsPopOne",
    lim_p5_c1_one
);
fn lim_p5_c1_one() {
    limited_pop_one(5, 1);
}

go_test!(
    708,
    "ipqueue_test",
    "Benchmark_IPQueueWithLim1Prod5ConsPopOne",
    lim_p1_c5_one
);
fn lim_p1_c5_one() {
    limited_pop_one(1, 5);
}

go_test!(
    709,
    "ipqueue_test",
    "Benchmark_IPQueueWithLim5Prod5ConsPopOne",
    lim_p5_c5_one
);
fn lim_p5_c5_one() {
    limited_pop_one(5, 5);
}

go_test!(
    710,
    "ipqueue_test",
    "Benchmark_IPQueueWithLim1Prod1ConsPopAll",
    lim_p1_c1_all
);
fn lim_p1_c1_all() {
    limited_pop_all(1, 1);
}

go_test!(
    711,
    "ipqueue_test",
    "Benchmark_IPQueueWithLim5Prod1ConsPopAll",
    lim_p5_c1_all
);
fn lim_p5_c1_all() {
    limited_pop_all(5, 1);
}

go_test!(
    712,
    "ipqueue_test",
    "Benchmark_IPQueueWithLim1Prod5ConsPopAll",
    lim_p1_c5_all
);
fn lim_p1_c5_all() {
    limited_pop_all(1, 5);
}

go_test!(
    713,
    "ipqueue_test",
    "Benchmark_IPQueueWithLim5Prod5ConsPopAll",
    lim_p5_c5_all
);
fn lim_p5_c5_all() {
    limited_pop_all(5, 5);
}

go_test!(
    714,
    "ipqueue_test",
    "Benchmark_IPQueuePushAndPopOne",
    bench_push_and_pop_one
);
fn bench_push_and_pop_one() {
    let queue = IpQueue::new("test", IpQueueOptions::default());
    for number in 1..=N {
        queue.push(number).unwrap();
    }
    assert_eq!(queue.len() as u64, N);
    for number in 1..=N {
        assert_eq!(queue.pop_one(), Some(number));
    }
    assert_eq!((queue.len(), queue.in_progress()), (0, 0));
}

go_test!(
    715,
    "ipqueue_test",
    "Benchmark_IPQueuePushAndPopAll",
    bench_push_and_pop_all
);
fn bench_push_and_pop_all() {
    let queue = IpQueue::new("test", IpQueueOptions::default());
    for number in 1..=N {
        queue.push(number).unwrap();
    }
    assert_eq!(queue.len() as u64, N);
    block_on(queue.ready());
    let batch = queue.pop().unwrap();
    assert_eq!(batch.len() as u64, N);
    assert_eq!((queue.len(), queue.in_progress() as u64), (0, N));
    assert_eq!(batch.iter().sum::<u64>(), N * (N + 1) / 2);
    drop(batch);
    assert_eq!((queue.len(), queue.in_progress()), (0, 0));
}

const N: u64 = 5_000;

#[derive(Clone, Copy)]
enum Pop {
    One,
    All,
}

/// Pushes `N` numbers in all and returns the sum of what came out.
fn produce_and_consume(
    options: IpQueueOptions<u64>,
    producers: u64,
    consumers: usize,
    pop: Pop,
) -> u64 {
    let queue = Arc::new(IpQueue::new("bench", options));
    let (sum, count) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    Runtime::new().unwrap().block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..consumers {
            let (queue, sum, count) = (Arc::clone(&queue), Arc::clone(&sum), Arc::clone(&count));
            tasks.push(tokio::spawn(async move {
                while count.load(Ordering::Acquire) < N {
                    queue.ready().await;
                    let mut taken = Vec::new();
                    match pop {
                        Pop::One => taken.extend(queue.pop_one()),
                        Pop::All => taken.extend(queue.pop().iter_mut().flat_map(|b| b.drain())),
                    }
                    sum.fetch_add(taken.iter().sum(), Ordering::Relaxed);
                    count.fetch_add(taken.len() as u64, Ordering::Release);
                }
                // Wakes the next of those who still wait for something.
                queue.push(0).unwrap();
            }));
        }
        for _ in 0..producers {
            let queue = Arc::clone(&queue);
            tasks.push(tokio::spawn(async move {
                for number in 1..=N / producers {
                    queue.push(number).unwrap();
                }
            }));
        }
        let all = async {
            for task in tasks {
                task.await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(60), all)
            .await
            .unwrap();
    });
    assert_eq!(queue.in_progress(), 0);
    sum.load(Ordering::Relaxed)
}

fn queue() -> Arc<IpQueue<i32>> {
    Arc::new(IpQueue::new("test", IpQueueOptions::default()))
}

fn sized() -> IpQueueOptions<[u8; 16]> {
    IpQueueOptions {
        size_of: Some(|element| element.len() as u64),
        ..IpQueueOptions::default()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(20), future)
            .await
            .unwrap()
    })
}
