//! The sequence set: inserting, finding, encoding, and memory per entry.

#![expect(missing_docs, reason = "criterion's macros make public functions")]

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use nats_server::collections::SequenceSet;
use std::hint::black_box;
use support::{measured, sizes};

fn sets(c: &mut Criterion) {
    for size in sizes() {
        // Two of three numbers.
        let seqs = || (0..size as u64).map(|number| number * 3 / 2);
        let mut set = measured("sequence_set", size, || seqs().collect::<SequenceSet>());
        let top = size as u64 * 3 / 2;
        let mut group = c.benchmark_group(format!("sequence_set/{size}"));
        let mut seq = 0;
        group.bench_function("contains", |b| {
            b.iter(|| {
                seq = (seq + 7_919) % top;
                black_box(set.contains(seq))
            });
        });
        group.bench_function("remove_insert", |b| {
            b.iter(|| {
                seq = (seq + 7_919) % top / 3 * 3;
                set.remove(seq);
                set.insert(seq)
            });
        });
        group.bench_function("encode", |b| {
            let mut bytes = Vec::new();
            b.iter(|| {
                bytes.clear();
                set.encode(&mut bytes);
                bytes.len()
            });
        });
        group.finish();
    }
}

criterion_group!(benches, sets);
criterion_main!(benches);
