//! The interest tree: matching, inserting, and memory per entry.

#![expect(missing_docs, reason = "criterion's macros make public functions")]

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use nats_server::subject::matches_literal;
use nats_server::subject::sublist::{Matches, SharedSublist, Sublist};
use std::hint::black_box;
use std::sync::Arc;
use support::{measured, sizes, subject};

fn trees(c: &mut Criterion) {
    for size in sizes() {
        let members: Vec<Arc<str>> = (0..size).map(|id| Arc::from(subject(id))).collect();
        let mut tree = measured("sublist", size, || {
            let mut tree = Sublist::new();
            for member in &members {
                tree.insert(&**member, None, Arc::clone(member))
                    .expect("a valid subject");
            }
            tree
        });
        tree.insert("orders.*.7", None, Arc::from("wildcard"))
            .expect("a valid subject");
        let mut group = c.benchmark_group(format!("sublist/{size}"));
        let mut number = 0;
        let mut matches = Matches::new();
        group.bench_function("match", |b| {
            b.iter(|| {
                number = (number + 7_919) % size;
                matches.clear();
                tree.match_into(&*members[number], &mut matches);
                black_box(matches.fanout())
            });
        });
        group.bench_function("has_interest_miss", |b| {
            b.iter(|| tree.has_interest(black_box("orders.17.none")));
        });
        group.bench_function("insert_remove", |b| {
            let member: Arc<str> = Arc::from("one more");
            b.iter(|| {
                tree.insert("orders.17.more", None, Arc::clone(&member))
                    .expect("valid");
                tree.remove("orders.17.more", None, &member)
                    .expect("it is there");
            });
        });
        group.finish();
    }
}

fn cache(c: &mut Criterion) {
    let list = SharedSublist::with_cache();
    for id in 0..100_000_u64 {
        list.insert(subject(id as usize), None, id)
            .expect("a valid subject");
    }
    c.bench_function("shared_sublist/hit", |b| {
        b.iter(|| list.match_subject(black_box("orders.17.17")));
    });
    let mut number = 0;
    c.bench_function("shared_sublist/miss", |b| {
        b.iter(|| {
            number += 1;
            list.match_subject(subject(number % 100_000))
        });
    });
    c.bench_function("matches_literal", |b| {
        let (subject, filter) = ("foo.alpha.beta.gamma.delta.12345", "foo.*.*.*.*.99999");
        b.iter(|| matches_literal(black_box(subject), black_box(filter)));
    });
}

criterion_group!(benches, trees, cache);
criterion_main!(benches);
