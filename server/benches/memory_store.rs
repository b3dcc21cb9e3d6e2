//! The memory store: appending, loading, counting; and its memory per message.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nats_server::jetstream::model::{StorageType, StreamConfig};
use nats_server::jetstream::store::{Lookup, MemoryStore, StoredMsg, StreamStore, SystemClock};

const MSGS: u64 = 1_000_000;

fn store() -> Arc<MemoryStore> {
    let config = StreamConfig {
        storage: StorageType::Memory,
        max_msgs: MSGS as i64,
        ..StreamConfig::default()
    };
    MemoryStore::new(&config, Arc::new(SystemClock)).expect("a memory store")
}

/// A store of a million messages of 128 bytes on as many subjects as given.
fn filled(subjects: u64) -> Arc<MemoryStore> {
    let store = store();
    for number in 0..MSGS {
        let subject = format!("orders.{}.{}", number % 100, number % subjects);
        let stored = store.store_msg(subject.as_bytes(), b"", &[7; 128], 0);
        stored.expect("it is stored");
    }
    store
}

fn append(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append");
    group.throughput(Throughput::Elements(1));
    for len in [128, 1024] {
        let (store, payload) = (store(), vec![7; len]);
        group.bench_function(format!("{len} bytes"), |bencher| {
            bencher.iter(|| store.store_msg(b"orders.1.2", b"", &payload, 0));
        });
    }
    group.finish();
}

fn load(criterion: &mut Criterion) {
    let store = filled(10_000);
    println!(
        "memory: {} bytes a message of 128",
        store.memory() as u64 / MSGS
    );
    let mut group = criterion.benchmark_group("load");
    group.throughput(Throughput::Elements(1));
    let (mut seq, mut msg) = (0, StoredMsg::new());
    group.bench_function("by sequence", |bencher| {
        bencher.iter(|| {
            seq = (seq + 7_919) % MSGS;
            store.load_msg(seq + 1, &mut msg)
        });
    });
    let mut start = 0;
    group.bench_function("next", |bencher| {
        bencher.iter(|| match store.load_next_msg(b">", start, &mut msg) {
            Ok(Lookup::Found(seq)) => start = seq + 1,
            _ => start = 0,
        });
    });
    group.bench_function("last of a subject", |bencher| {
        bencher.iter(|| store.load_last_msg(b"orders.42.4242", &mut msg));
    });
    group.finish();
}

fn num_pending(criterion: &mut Criterion) {
    let store = filled(1_000_000);
    let mut group = criterion.benchmark_group("num_pending, 1 M subjects");
    group.sample_size(10);
    for filter in ["orders.42.*", "orders.*.4242", ">"] {
        for start in [1, MSGS / 2] {
            group.bench_function(format!("{filter} from {start}"), |bencher| {
                bencher.iter(|| black_box(store.num_pending(start, filter.as_bytes(), false)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, append, load, num_pending);
criterion_main!(benches);
