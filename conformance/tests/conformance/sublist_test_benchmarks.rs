//! Go: the benchmarks of `server/sublist_test.go`. Each case runs once on a
//! small scale and checks what it works out; `server/benches/sublist.rs` has
//! the times.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, OnceLock};
use std::thread;

use conformance::go_test;
use nats_server::subject::sublist::{Entry, SharedSublist, Sublist, SublistError};
use nats_server::subject::{
    is_literal, is_subset_match, is_valid_literal_subject, matches_literal,
};

use super::sublist_support::{List, Sub, add, benchmark_subjects, plain, queued};

go_test!(
    3027,
    "sublist_test",
    "Benchmark______________________SublistInsert",
    insert
);
fn insert() {
    let list = SharedSublist::with_cache();
    let before = list.generation();
    for (id, subject) in (0_u64..).zip(benchmark_subjects()) {
        assert_eq!(list.insert(subject, None, id), Ok(true));
    }
    assert_eq!(list.count(), 37_448);
    assert_eq!(list.generation(), before + 37_448);
}

go_test!(
    3028,
    "sublist_test",
    "Benchmark_______________SublistInsertNoCache",
    insert_no_cache
);
fn insert_no_cache() {
    let list = SharedSublist::without_cache();
    for (id, subject) in (0_u64..).zip(benchmark_subjects()) {
        assert_eq!(list.insert(subject, None, id), Ok(true));
    }
    assert_eq!((list.count(), list.cache_count()), (37_448, 0));
}

go_test!(
    3029,
    "sublist_test",
    "Benchmark____________SublistMatchSingleToken",
    match_one
);
fn match_one() {
    check_match("synadia", 1);
}

go_test!(
    3030,
    "sublist_test",
    "Benchmark______________SublistMatchTwoTokens",
    match_two
);
fn match_two() {
    check_match("synadia.nats", 1);
}

go_test!(
    3031,
    "sublist_test",
    "Benchmark____________SublistMatchThreeTokens",
    match_three
);
fn match_three() {
    check_match("synadia.nats.jetstream", 1);
}

go_test!(
    3032,
    "sublist_test",
    "Benchmark_____________SublistMatchFourTokens",
    match_four
);
fn match_four() {
    check_match("synadia.nats.jetstream.nkeys", 1);
}

go_test!(
    3033,
    "sublist_test",
    "Benchmark_SublistMatchFourTokensSingleResult",
    match_four_single
);
fn match_four_single() {
    let matches = check_match("synadia.nats.jetstream.nkeys", 1);
    assert_eq!(matches[0].subject, "synadia.nats.jetstream.nkeys");
}

go_test!(
    3034,
    "sublist_test",
    "Benchmark_SublistMatchFourTokensMultiResults",
    match_four_multi
);
fn match_four_multi() {
    let matches = check_match("cloud.nats.component.router", 2);
    let mut subjects: Vec<_> = matches.iter().map(|sub| sub.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["cloud.>", "cloud.nats.component.>"]);
}

go_test!(
    3035,
    "sublist_test",
    "Benchmark_______SublistMissOnLastTokenOfFive",
    miss_on_last
);
fn miss_on_last() {
    check_match("synadia.nats.jetstream.nkeys.ZZZZ", 0);
}

go_test!(
    3036,
    "sublist_test",
    "Benchmark____________Sublist10XMultipleReads",
    reads_10
);
fn reads_10() {
    check_reads(10);
}

go_test!(
    3037,
    "sublist_test",
    "Benchmark___________Sublist100XMultipleReads",
    reads_100
);
fn reads_100() {
    check_reads(100);
}

go_test!(
    3038,
    "sublist_test",
    "Benchmark__________Sublist1000XMultipleReads",
    reads_1000
);
fn reads_1000() {
    check_reads(1_000);
}

go_test!(
    3039,
    "sublist_test",
    "Benchmark________________SublistMatchLiteral",
    match_literal
);
fn match_literal() {
    let tokens = 10;
    let subject = ["foo"; 10].join(".");
    // The last tokens covered by `>`, and the last ones by `*`.
    for covered in 0..=tokens {
        let literal = tokens - covered;
        let partial = [vec!["foo"; literal], vec!["*"; covered]]
            .concat()
            .join(".");
        assert!(matches_literal(&subject, &partial), "{partial}");
        if covered > 0 {
            let full = [vec!["foo"; literal], vec![">"]].concat().join(".");
            assert!(matches_literal(&subject, &full), "{full}");
        }
    }
}

go_test!(
    3040,
    "sublist_test",
    "Benchmark_____SublistMatch10kSubsWithNoCache",
    match_10k_no_cache
);
fn match_10k_no_cache() {
    let list = SharedSublist::without_cache();
    for _ in 0..512 {
        add(&list, &plain("foo"));
    }
    for _ in 0..20 {
        assert_eq!(list.match_subject("foo").plain.len(), 512);
    }
    assert_eq!(list.cache_hits(), 0);
}

go_test!(
    3041,
    "sublist_test",
    "Benchmark__________SublistRemove1TokenSingle",
    remove_1_single
);
fn remove_1_single() {
    check_remove(|_| plain("foo"), Removal::OneByOne);
}

go_test!(
    3042,
    "sublist_test",
    "Benchmark___________SublistRemove1TokenBatch",
    remove_1_batch
);
fn remove_1_batch() {
    check_remove(|_| plain("foo"), Removal::Batch);
}

go_test!(
    3043,
    "sublist_test",
    "Benchmark_________SublistRemove2TokensSingle",
    remove_2_single
);
fn remove_2_single() {
    check_remove(|number| plain(&format!("foo.{number}")), Removal::OneByOne);
}

go_test!(
    3044,
    "sublist_test",
    "Benchmark__________SublistRemove2TokensBatch",
    remove_2_batch
);
fn remove_2_batch() {
    check_remove(|number| plain(&format!("foo.{number}")), Removal::Batch);
}

go_test!(
    3045,
    "sublist_test",
    "Benchmark________SublistRemove1TokenQGSingle",
    remove_queue_single
);
fn remove_queue_single() {
    check_remove(|_| queued("foo", "bar"), Removal::OneByOne);
}

go_test!(
    3046,
    "sublist_test",
    "Benchmark_________SublistRemove1TokenQGBatch",
    remove_queue_batch
);
fn remove_queue_batch() {
    check_remove(|_| queued("foo", "bar"), Removal::Batch);
}

go_test!(
    3047,
    "sublist_test",
    "Benchmark_________SublistRemove1kSingleMulti",
    multi_single
);
fn multi_single() {
    check_remove_together(|_| plain("foo"), Removal::OneByOne);
}

go_test!(
    3048,
    "sublist_test",
    "Benchmark__________SublistRemove1kBatchMulti",
    multi_batch
);
fn multi_batch() {
    check_remove_together(|_| plain("foo"), Removal::Batch);
}

go_test!(
    3049,
    "sublist_test",
    "Benchmark__SublistRemove1kSingle2TokensMulti",
    multi_single_2
);
fn multi_single_2() {
    check_remove_together(|number| plain(&format!("foo.{number}")), Removal::OneByOne);
}

go_test!(
    3050,
    "sublist_test",
    "Benchmark___SublistRemove1kBatch2TokensMulti",
    multi_batch_2
);
fn multi_batch_2() {
    check_remove_together(|number| plain(&format!("foo.{number}")), Removal::Batch);
}

go_test!(
    3051,
    "sublist_test",
    "Benchmark____SublistCacheContention10M10A10R",
    contention_10
);
fn contention_10() {
    check_contention(10);
}

go_test!(
    3052,
    "sublist_test",
    "Benchmark_SublistCacheContention100M100A100R",
    contention_100
);
fn contention_100() {
    check_contention(100);
}

go_test!(
    3053,
    "sublist_test",
    "Benchmark____SublistCacheContention1kM1kA1kR",
    contention_1k
);
fn contention_1k() {
    // A thousand tasks of a kind are too many threads; as many turns do.
    check_contention_in_turns(1_024);
}

go_test!(
    3054,
    "sublist_test",
    "Benchmark_SublistCacheContention10kM10kA10kR",
    contention_10k
);
fn contention_10k() {
    check_contention_in_turns(10_240);
}

go_test!(
    3055,
    "sublist_test",
    "Benchmark______________IsValidLiteralSubject",
    valid_literal
);
fn valid_literal() {
    assert!(is_valid_literal_subject("foo.bar.baz.22"));
    assert!(!is_valid_literal_subject("foo.bar.baz.>"));
}

go_test!(
    3056,
    "sublist_test",
    "Benchmark___________________subjectIsLiteral",
    literal
);
fn literal() {
    assert!(is_literal("foo.bar.baz.22"));
    assert!(!is_literal("foo.bar.*.22"));
}

go_test!(
    3057,
    "sublist_test",
    "Benchmark_SubjectFilterMatchers",
    filter_matchers
);
fn filter_matchers() {
    let long = "foo.alpha.beta.gamma.delta.epsilon.zeta.12345";
    for (name, subject, filter, expected) in [
        ("short_single_wc_match", "foo.baz.12345", "foo.baz.*", true),
        ("short_mixed_wc_match", "foo.baz.12345", "foo.*.>", true),
        (
            "long_single_wc_match",
            long,
            "foo.alpha.beta.gamma.delta.epsilon.zeta.*",
            true,
        ),
        (
            "long_many_wc_late_mismatch",
            long,
            "foo.*.*.*.*.*.*.99999",
            false,
        ),
    ] {
        assert_eq!(is_subset_match(subject, filter), expected, "{name}");
        assert_eq!(matches_literal(subject, filter), expected, "{name}");
    }
}

#[derive(Clone, Copy)]
enum Removal {
    OneByOne,
    Batch,
}

impl Removal {
    fn apply(self, list: &List, subs: &[Arc<Sub>]) -> Result<(), SublistError> {
        match self {
            Self::OneByOne => subs
                .iter()
                .try_for_each(|sub| list.remove(&*sub.subject, sub.queue(), sub)),
            Self::Batch => list.remove_batch(subs.iter().map(|sub| Entry {
                subject: sub.subject.as_bytes(),
                queue: sub.queue(),
                value: sub,
            })),
        }
    }
}

/// What the Go benchmarks match against.
fn fixture() -> &'static List {
    static LIST: OnceLock<List> = OnceLock::new();
    LIST.get_or_init(|| {
        let list = SharedSublist::with_cache();
        for subject in benchmark_subjects() {
            add(&list, &plain(&subject));
        }
        for subject in ["cloud.>", "cloud.nats.component.>", "cloud.*.*.nkeys.*"] {
            add(&list, &plain(subject));
        }
        list
    })
}

fn check_match(subject: &str, expected: usize) -> Vec<Arc<Sub>> {
    let list = fixture();
    let first = list.match_subject(subject);
    assert_eq!(first.plain.len(), expected);
    for hits in 1..=100 {
        assert!(
            Arc::ptr_eq(&first, &list.match_subject(subject)),
            "from the cache"
        );
        assert_eq!(list.cache_hits(), hits);
    }
    first.plain.clone()
}

fn check_reads(readers: usize) {
    let list = fixture();
    let start = Barrier::new(readers);
    thread::scope(|scope| {
        for _ in 0..readers {
            scope.spawn(|| {
                start.wait();
                for _ in 0..10 {
                    let matches = list.match_subject("synadia.nats.jetstream.nkeys");
                    assert_eq!(matches.plain.len(), 1);
                }
            });
        }
    });
    assert_eq!(list.stats().num_matches, readers as u64 * 10);
}

fn check_remove(make: fn(usize) -> Arc<Sub>, removal: Removal) {
    let list = SharedSublist::with_cache();
    let subs: Vec<_> = (0..2_000).map(make).collect();
    for sub in &subs {
        add(&list, sub);
    }
    assert_eq!(list.count(), subs.len());
    assert_eq!(removal.apply(&list, &subs), Ok(()));
    assert_eq!((list.count(), list.num_levels()), (0, 0));
    assert_eq!(list.stats().num_removes, 2_000);
}

fn check_remove_together(make: fn(usize) -> Arc<Sub>, removal: Removal) {
    let list = SharedSublist::with_cache();
    let full = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let subs: Vec<_> = (0..1_000).map(make).collect();
                for sub in &subs {
                    add(&list, sub);
                }
                full.wait();
                assert_eq!(removal.apply(&list, &subs), Ok(()));
            });
        }
    });
    assert_eq!((list.count(), list.num_levels()), (0, 0));
}

/// As many tasks to match, to add and to remove, each with 20 turns.
fn check_contention(each: usize) {
    const TURNS: usize = 20;
    let list = SharedSublist::with_cache();
    let next = AtomicUsize::new(warm_up(&list));
    let removed = AtomicUsize::new(0);
    let start = Barrier::new(each * 3);
    thread::scope(|scope| {
        for matcher in 0..each {
            let (list, start) = (&list, &start);
            scope.spawn(move || {
                start.wait();
                for miss in 0..TURNS {
                    let subject = format!("foo.bar.baz.x{matcher}x{miss}");
                    assert!(list.match_subject(subject).is_empty());
                }
            });
            scope.spawn(|| {
                start.wait();
                for _ in 0..TURNS {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    assert_eq!(list.insert(format!("foo.bar.baz.{id}"), None, id), Ok(true));
                }
            });
            scope.spawn(|| {
                start.wait();
                for _ in 0..TURNS {
                    let id = removed.fetch_add(1, Ordering::Relaxed);
                    assert_eq!(list.remove(format!("foo.bar.baz.{id}"), None, &id), Ok(()));
                }
            });
        }
    });
    assert_eq!(list.count(), WARM);
    assert!(!list.has_interest("foo.bar.baz.0"));
    assert!(list.has_interest(format!("foo.bar.baz.{}", WARM + each * TURNS - 1)));
    assert!(list.cache_count() <= SharedSublist::<usize>::CACHE_MAX);
}

/// The same changes and misses, by a thread of each kind that does `turns` of
/// them.
fn check_contention_in_turns(turns: usize) {
    let list = SharedSublist::with_cache();
    let next = warm_up(&list);
    let start = Barrier::new(3);
    thread::scope(|scope| {
        scope.spawn(|| {
            start.wait();
            for miss in 0..turns {
                assert!(
                    list.match_subject(format!("foo.bar.baz.x{miss}"))
                        .is_empty()
                );
            }
        });
        scope.spawn(|| {
            start.wait();
            for id in next..next + turns {
                assert_eq!(list.insert(format!("foo.bar.baz.{id}"), None, id), Ok(true));
            }
        });
        scope.spawn(|| {
            start.wait();
            for id in 0..turns.min(WARM) {
                assert_eq!(list.remove(format!("foo.bar.baz.{id}"), None, &id), Ok(()));
            }
        });
    });
    assert_eq!(list.count(), WARM + turns - turns.min(WARM));
    assert!(list.cache_count() <= SharedSublist::<usize>::CACHE_MAX);
}

const WARM: usize = 10_000;

/// Ten thousand subjects and a full cache. Returns the next number.
fn warm_up(list: &SharedSublist<usize>) -> usize {
    let mut check = Sublist::new();
    for id in 0..WARM {
        let subject = format!("foo.bar.baz.{id}");
        assert_eq!(check.insert(&subject, None, id), Ok(true));
        assert_eq!(list.insert(&subject, None, id), Ok(true));
    }
    for id in 0..SharedSublist::<usize>::CACHE_MAX {
        let subject = format!("foo.bar.baz.{id}");
        assert_eq!(*list.match_subject(&subject), check.match_subject(&subject));
    }
    assert_eq!(list.cache_count(), SharedSublist::<usize>::CACHE_MAX);
    WARM
}
