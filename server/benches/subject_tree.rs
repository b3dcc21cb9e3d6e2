//! The subject tree: finding, matching, and memory per entry.

#![expect(missing_docs, reason = "criterion's macros make public functions")]

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use nats_server::collections::SubjectTree;
use std::hint::black_box;
use support::{measured, sizes, subject};

fn trees(c: &mut Criterion) {
    for size in sizes() {
        let mut tree = measured("subject_tree", size, || {
            let mut tree = SubjectTree::new();
            for number in 0..size {
                tree.insert(subject(number).as_bytes(), number as u64)
                    .expect("a valid subject");
            }
            tree
        });
        let mut group = c.benchmark_group(format!("subject_tree/{size}"));
        let probes: Vec<String> = (0..1_000).map(|at| subject(at * 7_919 % size)).collect();
        let mut next = 0;
        group.bench_function("get", |b| {
            b.iter(|| {
                next = (next + 1) % probes.len();
                black_box(tree.get(probes[next].as_bytes()))
            });
        });
        group.bench_function("match_group", |b| {
            b.iter(|| {
                let mut sum = 0;
                tree.for_each_match(b"orders.17.*", |_, value| sum += *value);
                sum
            });
        });
        group.bench_function("insert_remove", |b| {
            b.iter(|| {
                tree.insert(b"orders.17.more", 1).expect("a valid subject");
                tree.remove(b"orders.17.more")
            });
        });
        group.finish();
    }
}

criterion_group!(benches, trees);
criterion_main!(benches);
