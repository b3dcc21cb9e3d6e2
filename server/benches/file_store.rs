//! The file store: appending, syncing together, loading, opening.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nats_server::jetstream::model::{StorageType, StreamConfig};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{StoredMsg, StreamStore};

const MSGS: u64 = 1_000_000;

fn config() -> StreamConfig {
    StreamConfig {
        name: "BENCH".into(),
        subjects: vec![">".into()],
        storage: StorageType::File,
        ..StreamConfig::default()
    }
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
            let dir = tempfile::tempdir().expect("a directory");
            let store = open(dir.path(), |options| options.async_flush = async_flush);
            let payload = vec![7; len];
            group.bench_function(format!("{len} bytes, {how}"), |bencher| {
                bencher.iter(|| store.store_msg(b"orders.1.2", b"", &payload, 0));
            });
            store.purge().expect("a purge");
        }
    }
    group.finish();
}

/// Each of many writers waits for its message to be there for good.
fn sync(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append and sync");
    group.sample_size(10);
    for writers in [1_u64, 50, 1000] {
        group.throughput(Throughput::Elements(writers));
        let dir = tempfile::tempdir().expect("a directory");
        let store = open(dir.path(), |options| options.sync_always = true);
        group.bench_function(format!("{writers} that wait"), |bencher| {
            bencher.iter(|| {
                for _ in 0..writers {
                    let stored = store.store_msg_unsynced(b"orders.1.2", b"", &[7; 128], 0);
                    stored.expect("it is stored");
                }
                store.sync_pending().expect("it is there for good");
            });
        });
    }
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), |options| {
        options.async_flush = true;
        options.cache_size = 512 * 1024 * 1024;
    });
    for number in 0..MSGS {
        let subject = format!("orders.{}.{number}", number % 100);
        let stored = store.store_msg(subject.as_bytes(), b"", &[7; 128], 0);
        stored.expect("it is stored");
    }
    let mut group = criterion.benchmark_group("read, 1 M subjects");
    let (mut seq, mut msg) = (0, StoredMsg::new());
    group.bench_function("by sequence", |bencher| {
        bencher.iter(|| {
            seq = (seq + 7_919) % MSGS;
            store.load_msg(seq + 1, &mut msg)
        });
    });
    group.bench_function("last of a subject", |bencher| {
        bencher.iter(|| store.load_last_msg(b"orders.42.424242", &mut msg));
    });
    group.sample_size(10);
    group.bench_function("num_pending of orders.42.*", |bencher| {
        bencher.iter(|| store.num_pending(MSGS / 2, b"orders.42.*", false));
    });
    group.finish();
    store.stop().expect("it stops");
    for (with_state, how) in [(true, "with the state file"), (false, "from the blocks")] {
        if !with_state {
            let index = dir.path().join("msgs/index.db");
            std::fs::remove_file(index).expect("there is a state file");
        }
        let started = Instant::now();
        let store = open(dir.path(), |_| {});
        println!("open 1 M messages {how}: {:?}", started.elapsed());
        store.stop().expect("it stops");
    }
}

criterion_group!(benches, append, sync, read);
criterion_main!(benches);
