//! The file store at its own interface: appending, syncing together, reading, counting,
//! opening, and the memory of many subjects.
//!
//! `BENCH_DIR` says on which disk (that of the temporary files otherwise),
//! `BENCH_OPEN_MSGS` how many messages the stream has that is opened (10 million).
//! Arguments choose what is measured, as with all benchmarks.

#[expect(dead_code, reason = "each benchmark uses some of it")]
mod support;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nats_server::jetstream::model::{StorageType, StreamConfig};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{Lookup, StoredMsg, StreamStore};
use nats_server::subject::sublist::Sublist;

const MSGS: u64 = 1_000_000;

fn config() -> StreamConfig {
    StreamConfig {
        name: "BENCH".into(),
        subjects: vec![">".into()],
        storage: StorageType::File,
        ..StreamConfig::default()
    }
}

fn dir() -> tempfile::TempDir {
    match std::env::var_os("BENCH_DIR") {
        Some(dir) => tempfile::tempdir_in(dir),
        None => tempfile::tempdir(),
    }
    .expect("a directory")
}

fn open(dir: &Path, set: impl FnOnce(&mut FileStoreConfig)) -> Arc<FileStore> {
    let mut options = FileStoreConfig::new(dir);
    set(&mut options);
    FileStore::open(options, &config()).expect("a file store")
}

fn append(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append");
    group.throughput(Throughput::Elements(1));
    for (async_flush, how) in [(true, "asynchronous"), (false, "written at once")] {
        for len in [128, 1024] {
            let dir = dir();
            let store = open(dir.path(), |options| options.async_flush = async_flush);
            let payload = vec![7; len];
            group.bench_function(format!("{len} bytes, {how}"), |bencher| {
                bencher.iter(|| store.store_msg(b"orders.1.2", b"", &payload, 0));
            });
            store.delete(true).expect("it goes");
        }
    }
    // As a stream stores what its queue holds.
    let dir = dir();
    let store = open(dir.path(), |_| {});
    group.throughput(Throughput::Elements(100));
    group.bench_function("128 bytes, in runs of 100", |bencher| {
        bencher.iter(|| {
            for _ in 0..100 {
                let stored = store.store_msg_in_run(b"orders.1.2", b"", &[7; 128], 0);
                stored.expect("it is stored");
            }
            store.sync_run().expect("it is written");
        });
    });
    store.delete(true).expect("it goes");
    group.finish();
}

/// Each of many writers waits for its message to be there for good: as one run of a
/// stream's queue, and as threads.
fn sync(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append and sync");
    group.sample_size(10);
    for writers in [1_u64, 50, 1000] {
        group.throughput(Throughput::Elements(writers));
        let dir = dir();
        let store = open(dir.path(), |options| options.sync_always = true);
        group.bench_function(format!("{writers} that wait"), |bencher| {
            bencher.iter(|| {
                for _ in 0..writers {
                    let stored = store.store_msg_in_run(b"orders.1.2", b"", &[7; 128], 0);
                    stored.expect("it is stored");
                }
                store.sync_run().expect("it is there for good");
            });
        });
        store.delete(true).expect("it goes");
    }
    group.finish();
    for writers in [1, 50, 1000] {
        let dir = dir();
        let store = open(dir.path(), |options| options.sync_always = true);
        let (stored, end) = (AtomicU64::new(0), Instant::now() + Duration::from_secs(2));
        let began = Instant::now();
        thread::scope(|scope| {
            for _ in 0..writers {
                scope.spawn(|| {
                    while Instant::now() < end {
                        let result = store.store_msg(b"orders.1.2", b"", &[7; 128], 0);
                        result.expect("it is there for good");
                        stored.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        let rate = stored.into_inner() as f64 / began.elapsed().as_secs_f64();
        println!("append and sync, {writers} threads: {rate:.0} a second");
        store.delete(true).expect("it goes");
    }
}

/// What a million messages take of the processors.
fn processor(_: &mut Criterion) {
    for (how, async_flush, run) in [
        ("asynchronous", true, 0),
        ("written at once", false, 0),
        ("in runs of 100", false, 100),
    ] {
        let dir = dir();
        let store = open(dir.path(), |options| options.async_flush = async_flush);
        let (began, before) = (Instant::now(), processor_time());
        for number in 1..=MSGS {
            let stored = if run == 0 {
                store.store_msg(b"orders.1.2", b"", &[7; 128], 0)
            } else {
                store.store_msg_in_run(b"orders.1.2", b"", &[7; 128], 0)
            };
            stored.expect("it is stored");
            if run > 0 && number % run == 0 {
                store.sync_run().expect("it is written");
            }
        }
        let used = processor_time() - before;
        println!(
            "1 M messages of 128 bytes, {how}: {used:?} of processors, {:?}",
            began.elapsed()
        );
        store.delete(true).expect("it goes");
    }
}

/// A million messages on as many subjects.
fn fill(store: &FileStore, msgs: u64) {
    let mut subject = String::new();
    for number in 0..msgs {
        subject.clear();
        std::fmt::Write::write_fmt(
            &mut subject,
            format_args!("orders.{}.{number}", number % 100),
        )
        .expect("a string");
        let stored = store.store_msg(subject.as_bytes(), b"", &[7; 128], 0);
        stored.expect("it is stored");
    }
}

fn read(criterion: &mut Criterion) {
    let dir = dir();
    let store = open(dir.path(), |options| {
        options.async_flush = true;
        options.cache_size = 512 * 1024 * 1024;
    });
    fill(&store, MSGS);
    let mut group = criterion.benchmark_group("read, 1 M subjects");
    group.throughput(Throughput::Elements(1));
    let (mut seq, mut msg) = (0, StoredMsg::new());
    group.bench_function("by sequence, random", |bencher| {
        bencher.iter(|| {
            seq = (seq + 7_919_993) % MSGS;
            store.load_msg(seq + 1, &mut msg)
        });
    });
    let mut start = 0;
    group.bench_function("next, all in order", |bencher| {
        bencher.iter(|| match store.load_next_msg(b">", start, &mut msg) {
            Ok(Lookup::Found(seq)) => start = seq + 1,
            _ => start = 0,
        });
    });
    group.bench_function("last of a subject", |bencher| {
        bencher.iter(|| store.load_last_msg(b"orders.42.424242", &mut msg));
    });
    group.sample_size(10);
    group.bench_function("next of orders.*.424242 from 2", |bencher| {
        bencher.iter(|| store.load_next_msg(b"orders.*.424242", 2, &mut msg));
    });
    group.bench_function("next of orders.42.* from 2", |bencher| {
        bencher.iter(|| store.load_next_msg(b"orders.42.*", 2, &mut msg));
    });
    for filter in ["orders.42.*", "orders.*.424242", "orders.*.*"] {
        for start in [1, MSGS / 2] {
            group.bench_function(format!("num_pending of {filter} from {start}"), |bencher| {
                bencher.iter(|| black_box(store.num_pending(start, filter.as_bytes(), false)));
            });
        }
    }
    // Subjects that go on before and after the start are the hard case.
    for number in (0..MSGS).step_by(10) {
        let subject = format!("orders.{}.{number}", number % 100);
        let stored = store.store_msg(subject.as_bytes(), b"", &[7; 128], 0);
        stored.expect("it is stored");
    }
    for filter in ["orders.40.*", "orders.*.424240", "orders.*.*"] {
        group.bench_function(
            format!("num_pending of {filter}, twice stored"),
            |bencher| {
                bencher.iter(|| black_box(store.num_pending(MSGS / 2, filter.as_bytes(), false)));
            },
        );
        group.bench_function(
            format!("filtered_state of {filter}, twice stored"),
            |bencher| {
                bencher.iter(|| black_box(store.filtered_state(MSGS / 2, filter.as_bytes())));
            },
        );
    }
    // As a consumer with many filters does.
    let mut filters = Sublist::new();
    for number in (0..MSGS).step_by(10_000) {
        let filter = format!("orders.{}.{number}", number % 100);
        filters.insert(&filter, None, ()).expect("a filter");
    }
    group.bench_function("num_pending of 100 subjects, twice stored", |bencher| {
        bencher.iter(|| black_box(store.num_pending_multi(MSGS / 2, Some(&filters), false)));
    });
    group.bench_function("next of 100 subjects from 500,002", |bencher| {
        bencher.iter(|| store.load_next_msg_multi(&filters, MSGS / 2 + 2, &mut msg));
    });
    group.finish();
    store.delete(true).expect("it goes");
}

/// The memory of a million subjects, all of whose messages are written.
fn memory(_: &mut Criterion) {
    let dir = dir();
    let before = support::resident();
    let store = open(dir.path(), |options| options.async_flush = true);
    fill(&store, MSGS);
    store.flush_all_pending();
    let bytes = support::resident().saturating_sub(before);
    let cached = store.cache_memory();
    println!(
        "1 M subjects: {} MiB resident, {} MiB of it caches",
        bytes >> 20,
        cached >> 20
    );
    store.stop().expect("it stops");
    drop(store);
    let before = support::resident();
    let store = open(dir.path(), |_| {});
    let bytes = support::resident().saturating_sub(before);
    println!("1 M subjects, opened: {} MiB more resident", bytes >> 20);
    store.delete(true).expect("it goes");
}

/// Opening a stream with the state file and without.
fn recovery(_: &mut Criterion) {
    let msgs = std::env::var("BENCH_OPEN_MSGS").map_or(10 * MSGS, |msgs| {
        msgs.parse().expect("BENCH_OPEN_MSGS is a number")
    });
    let dir = dir();
    let store = open(dir.path(), |options| options.async_flush = true);
    let began = Instant::now();
    for number in 0..msgs {
        let subject = [&b"orders."[..], number_text(number % 1_000).as_bytes()].concat();
        let stored = store.store_msg(&subject, b"", &[7; 128], 0);
        stored.expect("it is stored");
    }
    let rate = msgs as f64 / began.elapsed().as_secs_f64();
    println!("{msgs} messages of 1,000 subjects stored: {rate:.0} a second");
    store.stop().expect("it stops");
    for (has_state, how) in [(true, "with the state file"), (false, "from the blocks")] {
        for _ in 0..3 {
            if !has_state {
                let index = dir.path().join("msgs/index.db");
                std::fs::remove_file(index).expect("there is a state file");
            }
            let (started, before) = (Instant::now(), processor_time());
            let store = open(dir.path(), |_| {});
            println!(
                "{msgs} messages opened {how}: {:?}, {:?} of processors",
                started.elapsed(),
                processor_time() - before
            );
            store.stop().expect("it stops");
        }
    }
    open(dir.path(), |_| {}).delete(true).expect("it goes");
}

/// The time that all threads of this process have used of the processors, which says more
/// than the clock where the machine is busy.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux has it");
    // Behind the name, which may have blanks in it.
    let fields = text.rsplit(')').next().expect("a name").split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum();
    Duration::from_millis(ticks * 10)
}

fn number_text(number: u64) -> String {
    number.to_string()
}

/// A function of the group only if it is asked for: filling takes its time.
fn chosen(name: &str, criterion: &mut Criterion, run: fn(&mut Criterion)) {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    if wanted.is_empty() || wanted.iter().any(|wanted| name.contains(&**wanted)) {
        run(criterion);
    }
}

fn all(criterion: &mut Criterion) {
    chosen("append", criterion, append);
    chosen("processor", criterion, processor);
    chosen("sync", criterion, sync);
    chosen("read", criterion, read);
    chosen("memory", criterion, memory);
    chosen("recovery", criterion, recovery);
}

criterion_group!(benches, all);
criterion_main!(benches);
