//! Go: `server/sublist_test.go`, without its benchmarks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use conformance::go_test;
use nats_server::subject::sublist::{Matches, SharedSublist, Sublist, SublistError, SublistStats};

use super::sublist_support::{
    List, Sub, add, benchmark_subjects, entry, plain, queued, take, weighted,
};

go_test!(2962, "sublist_test", "TestSublistInit", init);
fn init() {
    let list = SharedSublist::<Arc<Sub>>::with_cache();
    assert_eq!(list.count(), 0);
    assert!(list.all().is_empty());
}

go_test!(2963, "sublist_test", "TestSublistInsertCount", insert_count);
fn insert_count() {
    with_cache(check_insert_count);
}

go_test!(
    2964,
    "sublist_test",
    "TestSublistInsertCountNoCache",
    insert_count_no_cache
);
fn insert_count_no_cache() {
    without_cache(check_insert_count);
}

fn check_insert_count(list: &List) {
    for subject in ["foo", "bar", "foo.bar"] {
        add(list, &plain(subject));
    }
    assert_eq!(list.count(), 3);
}

go_test!(2965, "sublist_test", "TestSublistSimple", simple);
fn simple() {
    with_cache(check_simple);
}

go_test!(
    2966,
    "sublist_test",
    "TestSublistSimpleNoCache",
    simple_no_cache
);
fn simple_no_cache() {
    without_cache(check_simple);
}

fn check_simple(list: &List) {
    let sub = plain("foo");
    add(list, &sub);
    assert_plain(list, "foo", &[&sub]);
}

go_test!(
    2967,
    "sublist_test",
    "TestSublistSimpleMultiTokens",
    simple_multi_tokens
);
fn simple_multi_tokens() {
    with_cache(check_simple_multi_tokens);
}

go_test!(
    2968,
    "sublist_test",
    "TestSublistSimpleMultiTokensNoCache",
    simple_multi_tokens_no_cache
);
fn simple_multi_tokens_no_cache() {
    without_cache(check_simple_multi_tokens);
}

fn check_simple_multi_tokens(list: &List) {
    let sub = plain("foo.bar.baz");
    add(list, &sub);
    assert_plain(list, "foo.bar.baz", &[&sub]);
}

go_test!(
    2969,
    "sublist_test",
    "TestSublistPartialWildcard",
    partial_wildcard
);
fn partial_wildcard() {
    with_cache(check_partial_wildcard);
}

go_test!(
    2970,
    "sublist_test",
    "TestSublistPartialWildcardNoCache",
    partial_wildcard_no_cache
);
fn partial_wildcard_no_cache() {
    without_cache(check_partial_wildcard);
}

fn check_partial_wildcard(list: &List) {
    let (literal, partial) = (plain("a.b.c"), plain("a.*.c"));
    add(list, &literal);
    add(list, &partial);
    assert_plain(list, "a.b.c", &[&literal, &partial]);
}

go_test!(
    2971,
    "sublist_test",
    "TestSublistPartialWildcardAtEnd",
    partial_wildcard_at_end
);
fn partial_wildcard_at_end() {
    with_cache(check_partial_wildcard_at_end);
}

go_test!(
    2972,
    "sublist_test",
    "TestSublistPartialWildcardAtEndNoCache",
    partial_wildcard_at_end_no_cache
);
fn partial_wildcard_at_end_no_cache() {
    without_cache(check_partial_wildcard_at_end);
}

fn check_partial_wildcard_at_end(list: &List) {
    let (literal, partial) = (plain("a.b.c"), plain("a.b.*"));
    add(list, &literal);
    add(list, &partial);
    assert_plain(list, "a.b.c", &[&literal, &partial]);
}

go_test!(
    2973,
    "sublist_test",
    "TestSublistFullWildcard",
    full_wildcard
);
fn full_wildcard() {
    with_cache(check_full_wildcard);
}

go_test!(
    2974,
    "sublist_test",
    "TestSublistFullWildcardNoCache",
    full_wildcard_no_cache
);
fn full_wildcard_no_cache() {
    without_cache(check_full_wildcard);
}

fn check_full_wildcard(list: &List) {
    let (literal, full) = (plain("a.b.c"), plain("a.>"));
    add(list, &literal);
    add(list, &full);
    assert_plain(list, "a.b.c", &[&literal, &full]);
    assert_plain(list, "a.>", &[&full]);
}

go_test!(2975, "sublist_test", "TestSublistRemove", remove);
fn remove() {
    with_cache(check_remove);
}

go_test!(
    2976,
    "sublist_test",
    "TestSublistRemoveNoCache",
    remove_no_cache
);
fn remove_no_cache() {
    without_cache(check_remove);
}

fn check_remove(list: &List) {
    let sub = plain("a.b.c.d");
    add(list, &sub);
    assert_eq!(list.count(), 1);
    assert_plain(list, "a.b.c.d", &[&sub]);
    assert_eq!(take(list, &plain("a.b.c")), Err(SublistError::NotFound));
    assert_eq!(list.count(), 1);
    assert_eq!(take(list, &sub), Ok(()));
    assert_eq!(list.count(), 0);
    assert_plain(list, "a.b.c.d", &[]);
}

go_test!(
    2977,
    "sublist_test",
    "TestSublistRemoveWildcard",
    remove_wildcard
);
fn remove_wildcard() {
    with_cache(check_remove_wildcard);
}

go_test!(
    2978,
    "sublist_test",
    "TestSublistRemoveWildcardNoCache",
    remove_wildcard_no_cache
);
fn remove_wildcard_no_cache() {
    without_cache(check_remove_wildcard);
}

fn check_remove_wildcard(list: &List) {
    let subs = [plain("a.b.c.d"), plain("a.b.>"), plain("a.b.*.d")];
    for sub in &subs {
        add(list, sub);
    }
    assert_eq!(list.count(), 3);
    assert_plain(list, "a.b.c.d", &subs.each_ref());
    for (sub, left) in subs.iter().zip([2, 1, 0]) {
        assert_eq!(take(list, sub), Ok(()));
        assert_eq!(list.count(), left);
    }
    assert_plain(list, "a.b.c.d", &[]);
}

go_test!(
    2979,
    "sublist_test",
    "TestSublistRemoveCleanup",
    remove_cleanup
);
fn remove_cleanup() {
    with_cache(check_remove_cleanup);
}

go_test!(
    2980,
    "sublist_test",
    "TestSublistRemoveCleanupNoCache",
    remove_cleanup_no_cache
);
fn remove_cleanup_no_cache() {
    without_cache(check_remove_cleanup);
}

fn check_remove_cleanup(list: &List) {
    check_levels(list, "a.b.c.d.e.f");
}

go_test!(
    2981,
    "sublist_test",
    "TestSublistRemoveCleanupWildcards",
    remove_cleanup_wildcards
);
fn remove_cleanup_wildcards() {
    with_cache(check_remove_cleanup_wildcards);
}

go_test!(
    2982,
    "sublist_test",
    "TestSublistRemoveCleanupWildcardsNoCache",
    remove_cleanup_wildcards_no_cache
);
fn remove_cleanup_wildcards_no_cache() {
    without_cache(check_remove_cleanup_wildcards);
}

fn check_remove_cleanup_wildcards(list: &List) {
    check_levels(list, "a.b.*.d.e.>");
}

go_test!(
    2983,
    "sublist_test",
    "TestSublistRemoveWithLargeSubs",
    remove_with_large_subs
);
fn remove_with_large_subs() {
    with_cache(check_remove_with_large_subs);
}

go_test!(
    2984,
    "sublist_test",
    "TestSublistRemoveWithLargeSubsNoCache",
    remove_with_large_subs_no_cache
);
fn remove_with_large_subs_no_cache() {
    without_cache(check_remove_with_large_subs);
}

fn check_remove_with_large_subs(list: &List) {
    // Enough for whatever is done differently with many members.
    let count = 512;
    for _ in 0..count {
        add(list, &plain("foo"));
    }
    let matches = list.match_subject("foo");
    assert_eq!(matches.plain.len(), count);
    for at in [count / 2, 0, count - 1] {
        assert_eq!(take(list, &matches.plain[at]), Ok(()));
    }
    let left = list.match_subject("foo");
    assert_eq!(left.plain.len(), count - 3);
    let ids = |matches: &Matches<Arc<Sub>>| -> BTreeSet<u64> {
        matches.plain.iter().map(|sub| sub.id).collect()
    };
    let gone: BTreeSet<_> = ids(&matches).difference(&ids(&left)).copied().collect();
    assert_eq!(
        gone,
        [count / 2, 0, count - 1]
            .map(|at| matches.plain[at].id)
            .into()
    );
}

go_test!(
    2985,
    "sublist_test",
    "TestSublistInvalidSubjectsInsert",
    invalid_subjects_insert
);
fn invalid_subjects_insert() {
    with_cache(check_invalid_subjects_insert);
}

go_test!(
    2986,
    "sublist_test",
    "TestSublistInvalidSubjectsInsertNoCache",
    invalid_subjects_insert_no_cache
);
fn invalid_subjects_insert_no_cache() {
    without_cache(check_invalid_subjects_insert);
}

fn check_invalid_subjects_insert(list: &List) {
    for subject in [".foo", "foo.", "foo..bar", "foo.bar..baz", "foo.>.bar"] {
        let sub = plain(subject);
        let inserted = list.insert(subject, None, sub);
        assert_eq!(inserted, Err(SublistError::InvalidSubject), "{subject}");
    }
    assert_eq!((list.count(), list.num_levels()), (0, 0));
}

go_test!(
    2987,
    "sublist_test",
    "TestSublistNoCacheRemoveBatch",
    no_cache_remove_batch
);
fn no_cache_remove_batch() {
    let list = SharedSublist::without_cache();
    let (stays, goes) = (plain("foo"), plain("bar"));
    add(&list, &stays);
    add(&list, &goes);
    assert_eq!(list.remove_batch([entry(&goes)]), Ok(()));
    for _ in 0..10 {
        assert_plain(&list, "foo", &[&stays]);
    }
    assert!(!list.cache_enabled());
    assert_eq!(list.cache_count(), 0);
}

go_test!(
    2988,
    "sublist_test",
    "TestSublistRemoveBatchWithError",
    remove_batch_with_error
);
fn remove_batch_with_error() {
    let list = SharedSublist::without_cache();
    let subs = [plain("foo"), plain("bar"), plain("baz")];
    for sub in &subs {
        add(&list, sub);
    }
    let absent = plain("not.inserted");
    let batch = [entry(&absent), entry(&subs[0]), entry(&subs[2])];
    assert_eq!(list.remove_batch(batch), Err(SublistError::NotFound));
    assert_eq!(list.count(), 1);
    assert_plain(&list, "bar", &[&subs[1]]);
    assert_plain(&list, "foo", &[]);
    assert_plain(&list, "baz", &[]);
}

go_test!(2989, "sublist_test", "TestSublistCache", cache);
fn cache() {
    let list = SharedSublist::with_cache();
    let subs = [plain("a.b.c.d"), plain("a.b.>"), plain("a.b.*.d")];
    add(&list, &subs[0]);
    assert_plain(&list, "a.b.c.d", &[&subs[0]]);
    add(&list, &subs[1]);
    add(&list, &subs[2]);
    assert_eq!(list.count(), 3);
    assert_plain(&list, "a.b.c.d", &subs.each_ref());
    for (sub, left) in subs.iter().zip([2, 1, 0]) {
        assert_eq!(take(&list, sub), Ok(()));
        assert_eq!(list.count(), left);
    }
    assert_eq!(list.cache_count(), 0);
    assert_plain(&list, "a.b.c.d", &[]);

    for number in 0..2 * List::CACHE_MAX {
        list.match_subject(format!("foo-{number}"));
        assert!(list.cache_count() <= List::CACHE_MAX);
    }

    let list = SharedSublist::with_cache();
    let subs = [plain("foo.*"), plain("foo.bar"), plain("foo.>")];
    add(&list, &subs[0]);
    add(&list, &subs[1]);
    assert_plain(&list, "foo.baz", &[&subs[0]]);
    assert_plain(&list, "foo.bar", &[&subs[0], &subs[1]]);
    add(&list, &subs[2]);
    assert_plain(&list, "foo.bar", &subs.each_ref());
}

go_test!(
    2990,
    "sublist_test",
    "TestSublistBasicQueueResults",
    basic_queue_results
);
fn basic_queue_results() {
    with_cache(check_basic_queue_results);
}

go_test!(
    2991,
    "sublist_test",
    "TestSublistBasicQueueResultsNoCache",
    basic_queue_results_no_cache
);
fn basic_queue_results_no_cache() {
    without_cache(check_basic_queue_results);
}

fn check_basic_queue_results(list: &List) {
    let sub = plain("foo");
    let [bar1, bar2] = [queued("foo", "bar"), queued("foo", "bar")];
    let [baz1, baz2] = [queued("foo", "baz"), queued("foo", "baz")];
    add(list, &bar1);
    assert_all(list, "foo", &[], &[("bar", &[&bar1])]);
    add(list, &baz1);
    assert_all(list, "foo", &[], &[("bar", &[&bar1]), ("baz", &[&baz1])]);
    add(list, &sub);
    assert_all(
        list,
        "foo",
        &[&sub],
        &[("bar", &[&bar1]), ("baz", &[&baz1])],
    );
    add(list, &bar2);
    add(list, &baz2);
    let (bars, bazs) = ([&bar1, &bar2], [&baz1, &baz2]);
    let both = [("bar", bars.as_slice()), ("baz", bazs.as_slice())];
    assert_all(list, "foo", &[&sub], &both);

    take(list, &sub).unwrap();
    assert_all(list, "foo", &[], &both);
    take(list, &bar1).unwrap();
    assert_all(
        list,
        "foo",
        &[],
        &[("bar", &[&bar2]), ("baz", &[&baz1, &baz2])],
    );
    take(list, &bar2).unwrap();
    assert_all(list, "foo", &[], &[("baz", &[&baz1, &baz2])]);
    take(list, &baz1).unwrap();
    take(list, &baz2).unwrap();
    assert_all(list, "foo", &[], &[]);
}

go_test!(
    2998,
    "sublist_test",
    "TestSublistBadSubjectOnRemove",
    bad_subject_on_remove
);
fn bad_subject_on_remove() {
    with_cache(check_bad_subject_on_remove);
}

go_test!(
    2999,
    "sublist_test",
    "TestSublistBadSubjectOnRemoveNoCache",
    bad_subject_on_remove_no_cache
);
fn bad_subject_on_remove_no_cache() {
    without_cache(check_bad_subject_on_remove);
}

fn check_bad_subject_on_remove(list: &List) {
    let bad = plain("a.b..d");
    let inserted = list.insert("a.b..d", None, Arc::clone(&bad));
    assert_eq!(inserted, Err(SublistError::InvalidSubject));
    assert_eq!(take(list, &bad), Err(SublistError::InvalidSubject));
    assert_eq!(
        take(list, &plain("a.>.b")),
        Err(SublistError::InvalidSubject)
    );
}

go_test!(
    3000,
    "sublist_test",
    "TestSublistTwoTokenPubMatchSingleTokenSub",
    two_token_pub_match_single_token_sub
);
fn two_token_pub_match_single_token_sub() {
    with_cache(check_two_token_pub_match_single_token_sub);
}

go_test!(
    3001,
    "sublist_test",
    "TestSublistTwoTokenPubMatchSingleTokenSubNoCache",
    two_token_pub_match_single_token_sub_no_cache
);
fn two_token_pub_match_single_token_sub_no_cache() {
    without_cache(check_two_token_pub_match_single_token_sub);
}

fn check_two_token_pub_match_single_token_sub(list: &List) {
    let sub = plain("foo");
    add(list, &sub);
    assert_plain(list, "foo", &[&sub]);
    assert_plain(list, "foo.bar", &[]);
}

go_test!(
    3002,
    "sublist_test",
    "TestSublistInsertWithWildcardsAsLiterals",
    insert_with_wildcards_as_literals
);
fn insert_with_wildcards_as_literals() {
    with_cache(check_insert_with_wildcards_as_literals);
}

go_test!(
    3003,
    "sublist_test",
    "TestSublistInsertWithWildcardsAsLiteralsNoCache",
    insert_with_wildcards_as_literals_no_cache
);
fn insert_with_wildcards_as_literals_no_cache() {
    without_cache(check_insert_with_wildcards_as_literals);
}

fn check_insert_with_wildcards_as_literals(list: &List) {
    for subject in ["foo.*-", "foo.>-"] {
        let sub = plain(subject);
        add(list, &sub);
        assert_plain(list, "foo.bar", &[]);
        assert_plain(list, subject, &[&sub]);
    }
}

go_test!(
    3004,
    "sublist_test",
    "TestSublistRemoveWithWildcardsAsLiterals",
    remove_with_wildcards_as_literals
);
fn remove_with_wildcards_as_literals() {
    with_cache(check_remove_with_wildcards_as_literals);
}

go_test!(
    3005,
    "sublist_test",
    "TestSublistRemoveWithWildcardsAsLiteralsNoCache",
    remove_with_wildcards_as_literals_no_cache
);
fn remove_with_wildcards_as_literals_no_cache() {
    without_cache(check_remove_with_wildcards_as_literals);
}

fn check_remove_with_wildcards_as_literals(list: &List) {
    for subject in ["foo.*-", "foo.>-"] {
        let sub = plain(subject);
        add(list, &sub);
        assert_eq!(take(list, &plain("foo.bar")), Err(SublistError::NotFound));
        assert_eq!(list.count(), 1);
        assert_eq!(take(list, &sub), Ok(()));
        assert_eq!(list.count(), 0);
    }
}

go_test!(
    3006,
    "sublist_test",
    "TestSublistRaceOnRemove",
    race_on_remove
);
fn race_on_remove() {
    with_cache(check_race_on_remove);
}

go_test!(
    3007,
    "sublist_test",
    "TestSublistRaceOnRemoveNoCache",
    race_on_remove_no_cache
);
fn race_on_remove_no_cache() {
    without_cache(check_race_on_remove);
}

fn check_race_on_remove(list: &List) {
    for make in [|| queued("foo", "bar"), || plain("foo")] {
        let subs: Vec<_> = (0..100).map(|_| make()).collect();
        for from_cache in [false, true] {
            for sub in &subs {
                add(list, sub);
            }
            if from_cache {
                list.match_subject("foo");
            }
            let matches = list.match_subject("foo");
            thread::scope(|scope| {
                scope.spawn(|| {
                    for sub in &subs {
                        assert_eq!(take(list, sub), Ok(()));
                    }
                });
                // What was matched stays as it was, whatever happens meanwhile.
                let found = matches.queues.iter().flat_map(|queue| &queue.members);
                let found: Vec<_> = found.chain(&matches.plain).collect();
                assert_eq!(found.len(), 100);
                for sub in found {
                    assert_eq!((&*sub.subject, &sub.queue), ("foo", &subs[0].queue));
                }
            });
            assert_eq!(list.count(), 0);
        }
    }
}

go_test!(
    3008,
    "sublist_test",
    "TestSublistRaceOnInsert",
    race_on_insert
);
fn race_on_insert() {
    with_cache(check_race_on_insert);
}

go_test!(
    3009,
    "sublist_test",
    "TestSublistRaceOnInsertNoCache",
    race_on_insert_no_cache
);
fn race_on_insert_no_cache() {
    without_cache(check_race_on_insert);
}

fn check_race_on_insert(list: &List) {
    for make in [|| queued("foo", "bar"), || plain("foo")] {
        let subs: Vec<_> = (0..100).map(|_| make()).collect();
        thread::scope(|scope| {
            scope.spawn(|| {
                for sub in &subs {
                    add(list, sub);
                }
            });
            let mut seen = 0;
            for _ in 0..1_000 {
                let matches = list.match_subject("foo");
                let found = matches.queues.iter().flat_map(|queue| &queue.members);
                let ours = found
                    .chain(&matches.plain)
                    .filter(|sub| sub.queue == subs[0].queue);
                let count = ours.inspect(|sub| assert_eq!(&*sub.subject, "foo")).count();
                assert!(count >= seen, "nobody is lost");
                seen = count;
            }
        });
        assert_eq!(
            list.num_interest("foo").0 + list.num_interest("foo").1,
            list.count()
        );
    }
    assert_eq!(list.count(), 200);
}

go_test!(
    3010,
    "sublist_test",
    "TestSublistRaceOnMatch",
    race_on_match
);
fn race_on_match() {
    let list = SharedSublist::without_cache();
    let queues = [queued("foo.*", "workers"), queued("foo.bar", "workers")];
    let plains = [plain("foo.*"), plain("foo.bar")];
    for sub in queues.iter().chain(&plains) {
        add(&list, sub);
    }
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let matches = list.match_subject("foo.bar");
                    assert_eq!(matches.plain.len(), 2);
                    assert!(
                        matches
                            .plain
                            .iter()
                            .all(|sub| sub.subject.starts_with("foo."))
                    );
                    assert_eq!(
                        matches.queue(b"workers").map(|queue| queue.members.len()),
                        Some(2)
                    );
                    assert_eq!(matches.queues.len(), 1);
                }
            });
        }
    });
}

go_test!(
    3011,
    "sublist_test",
    "TestSublistRemoteQueueSubscriptions",
    remote_queue_subscriptions
);
fn remote_queue_subscriptions() {
    with_cache(check_remote_queue_subscriptions);
}

go_test!(
    3012,
    "sublist_test",
    "TestSublistRemoteQueueSubscriptionsNoCache",
    remote_queue_subscriptions_no_cache
);
fn remote_queue_subscriptions_no_cache() {
    without_cache(check_remote_queue_subscriptions);
}

fn check_remote_queue_subscriptions(list: &List) {
    let locals = [queued("foo", "bar"), queued("foo", "bar")];
    let remotes = [weighted("foo", "bar", 10), weighted("foo", "bar", 10)];
    for sub in locals.iter().chain(&remotes) {
        add(list, sub);
    }
    assert_eq!(list.count(), 4);
    assert_eq!(queue_places(list, "foo"), [22]);

    take(list, &locals[0]).unwrap();
    take(list, &remotes[0]).unwrap();
    assert_eq!(list.count(), 2);
    assert_eq!(queue_places(list, "foo"), [11]);

    remotes[1].set_weight(1);
    list.queue_weight_changed("foo");
    assert_eq!(queue_places(list, "foo"), [2]);
}

go_test!(
    3013,
    "sublist_test",
    "TestSublistSharedEmptyResult",
    shared_empty_result
);
fn shared_empty_result() {
    let list = SharedSublist::<Arc<Sub>>::with_cache();
    let (first, second) = (list.match_subject("foo"), list.match_subject("bar"));
    assert!(first.is_empty());
    assert!(second.is_empty());
    assert!(Arc::ptr_eq(&first, &second));
}

go_test!(
    3014,
    "sublist_test",
    "TestSublistNoCacheStats",
    no_cache_stats
);
fn no_cache_stats() {
    let list = SharedSublist::without_cache();
    for subject in ["foo", "bar", "baz", "foo.bar.baz"] {
        add(&list, &plain(subject));
    }
    list.match_subject("a.b.c");
    list.match_subject("bar");
    let stats = list.stats();
    assert_eq!(stats.num_cache, 0);
    assert_eq!(
        (stats.num_subs, stats.num_inserts, stats.num_matches),
        (4, 4, 2)
    );
}

go_test!(3015, "sublist_test", "TestSublistAll", all);
fn all() {
    let list = SharedSublist::without_cache();
    let subs = [plain("foo.bar.baz"), plain("foo"), queued("baz", "q")];
    for sub in &subs {
        add(&list, sub);
    }
    assert_same(&list.all(), &subs.each_ref());
    let short = list.collect_where(|sub| sub.subject.len() == 3);
    assert_same(&short, &[&subs[1], &subs[2]]);
}

go_test!(
    3018,
    "sublist_test",
    "TestSublistReverseMatch",
    reverse_match
);
fn reverse_match() {
    let list = SharedSublist::with_cache();
    let subs = ["foo", "bar", "foo.bar", "foo.baz", "foo.bar.baz"].map(plain);
    for sub in &subs {
        add(&list, sub);
    }
    for (pattern, expected) in [
        ("foo", &[0][..]),
        ("bar", &[1]),
        ("*", &[0, 1]),
        ("baz", &[]),
        ("foo.*", &[2, 3]),
        ("*.*", &[2, 3]),
        ("*.bar", &[2]),
        ("*.baz", &[3]),
        ("bar.*", &[]),
        ("*.bat", &[]),
        ("foo.>", &[2, 3, 4]),
        (">", &[0, 1, 2, 3, 4]),
    ] {
        let matches = list.reverse_match(pattern);
        let expected: Vec<_> = expected.iter().map(|at: &usize| &subs[*at]).collect();
        assert_same(&matches.plain, &expected);
        assert!(matches.queues.is_empty());
    }
}

go_test!(
    3019,
    "sublist_test",
    "TestSublistReverseMatchWider",
    reverse_match_wider
);
fn reverse_match_wider() {
    let list = SharedSublist::with_cache();
    let sub = plain("uplink.*.*.>");
    add(&list, &sub);
    for pattern in ["uplink.1.*.*.>", "uplink.1.2.3.>"] {
        assert_same(&list.reverse_match(pattern).plain, &[&sub]);
    }
}

go_test!(
    3020,
    "sublist_test",
    "TestSublistMatchWithEmptyTokens",
    match_with_empty_tokens
);
fn match_with_empty_tokens() {
    for cache in [true, false] {
        let list = SharedSublist::new(cache);
        let (sub, member) = (plain(">"), queued(">", "queue"));
        add(&list, &sub);
        add(&list, &member);
        for subject in [".foo", "..foo", "foo..", "foo.", "foo..bar", "foo...bar"] {
            assert_all(&list, subject, &[], &[]);
        }
        assert_all(&list, "foo.bar", &[&sub], &[("queue", &[&member])]);
    }
}

go_test!(
    3022,
    "sublist_test",
    "TestSublistAddCacheHitRate",
    add_cache_hit_rate
);
fn add_cache_hit_rate() {
    let mut sum = SublistStats::default();
    for subject in ["foo", "bar"] {
        let list = SharedSublist::with_cache();
        add(&list, &plain(subject));
        for _ in 0..4 {
            list.match_subject(subject);
        }
        let stats = list.stats();
        assert!((stats.cache_hit_rate - 0.75).abs() < f64::EPSILON);
        sum.add(&stats);
    }
    assert!((sum.cache_hit_rate - 0.75).abs() < f64::EPSILON);
    assert_eq!((sum.num_matches, sum.num_subs), (8, 2));
}

go_test!(
    3023,
    "sublist_test",
    "TestMain",
    main_makes_benchmark_fixture
);
fn main_makes_benchmark_fixture() {
    // Go prepares here what its benchmarks match against: every subject of up
    // to five tokens from eight words, and three wildcards.
    let subjects = benchmark_subjects();
    assert_eq!(subjects.len(), 8 + 64 + 512 + 4_096 + 32_768);
    let mut list = Sublist::new();
    for (id, subject) in (0_u32..).zip(&subjects) {
        assert_eq!(list.insert(subject, None, id), Ok(true));
    }
    for (id, subject) in (100_000..).zip(["cloud.>", "cloud.nats.component.>", "cloud.*.*.nkeys.*"])
    {
        assert_eq!(list.insert(subject, None, id), Ok(true));
    }
    assert_eq!(list.count(), subjects.len() + 3);
    assert_eq!(list.num_levels(), 5);
    let mut found = list.match_subject("cloud.nats.component.nkeys.x").plain;
    found.sort_unstable();
    assert_eq!(found, [100_000, 100_001, 100_002]);
}

go_test!(3024, "sublist_test", "TestSublistHasInterest", has_interest);
fn has_interest() {
    let list = SharedSublist::with_cache();
    let sub = plain("foo");
    add(&list, &sub);
    assert!(list.has_interest("foo"));
    assert!(!list.has_interest("bar"));
    assert_eq!(list.cache_hits(), 0);
    list.match_subject("foo");
    assert_eq!(list.cache_hits(), 0);
    for hits in 1..=5 {
        assert!(list.has_interest("foo"));
        assert_eq!(list.cache_hits(), hits);
    }
    list.match_subject("bar");
    assert!(!list.has_interest("bar"));
    take(&list, &sub).unwrap();
    assert!(!list.has_interest("foo"));

    for (pattern, with, without) in INTEREST {
        let check = |expected: bool| {
            for subject in with {
                assert_eq!(list.has_interest(subject), expected, "{pattern} {subject}");
            }
            for subject in without {
                assert!(!list.has_interest(subject), "{pattern} {subject}");
            }
        };
        let sub = plain(pattern);
        add(&list, &sub);
        check(true);
        take(&list, &sub).unwrap();
        check(false);
        let members = [queued(pattern, "bar"), queued(pattern, "baz")];
        for member in &members {
            add(&list, member);
            check(true);
        }
        take(&list, &members[0]).unwrap();
        check(true);
        take(&list, &members[1]).unwrap();
        check(false);
    }
}

go_test!(
    3025,
    "sublist_test",
    "TestSublistHasInterestOverlapping",
    has_interest_overlapping
);
fn has_interest_overlapping() {
    let list = SharedSublist::with_cache();
    add(&list, &plain("stream.A.child"));
    add(&list, &plain("stream.*"));
    assert!(list.has_interest("stream.A.child"));
    assert!(list.has_interest("stream.A"));
}

go_test!(3026, "sublist_test", "TestSublistNumInterest", num_interest);
fn num_interest() {
    let list = SharedSublist::with_cache();
    let sub = plain("foo");
    add(&list, &sub);
    assert_eq!(list.num_interest("foo"), (1, 0));
    assert_eq!(list.num_interest("bar"), (0, 0));
    assert_eq!(list.cache_hits(), 0);
    list.match_subject("foo");
    assert_eq!(list.cache_hits(), 0);
    for hits in 1..=5 {
        assert_eq!(list.num_interest("foo"), (1, 0));
        assert_eq!(list.cache_hits(), hits);
    }
    list.match_subject("bar");
    assert_eq!(list.num_interest("bar"), (0, 0));
    take(&list, &sub).unwrap();
    assert_eq!(list.num_interest("foo"), (0, 0));

    for (pattern, with, without) in INTEREST {
        let check = |expected: (usize, usize)| {
            for subject in with {
                assert_eq!(list.num_interest(subject), expected, "{pattern} {subject}");
            }
            for subject in without {
                assert_eq!(list.num_interest(subject), (0, 0), "{pattern} {subject}");
            }
        };
        let sub = plain(pattern);
        add(&list, &sub);
        check((1, 0));
        take(&list, &sub).unwrap();
        check((0, 0));
        let members = [
            queued(pattern, "bar"),
            queued(pattern, "baz"),
            queued(pattern, "baz"),
        ];
        for (count, member) in (1..).zip(&members) {
            add(&list, member);
            check((0, count));
        }
        for (left, member) in [2, 1, 0].into_iter().zip(&members) {
            take(&list, member).unwrap();
            check((0, left));
        }
    }
}

/// A pattern, subjects of interest to it, and others.
type Interest = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const INTEREST: [Interest; 6] = [
    ("foo", &["foo"], &["bar", "foo.bar"]),
    ("foo.*", &["foo.bar"], &["foo", "foo.bar.baz"]),
    ("foo.>", &["foo.bar", "foo.bar.baz"], &["foo"]),
    ("*.>", &["foo.bar", "foo.baz", "foo.bar.baz"], &["foo"]),
    ("*.bar", &["foo.bar"], &["foo", "foo.baz", "foo.bar.baz"]),
    ("*", &["foo"], &["foo.bar"]),
];

fn with_cache(check: fn(&List)) {
    let list = SharedSublist::with_cache();
    check(&list);
    assert!(list.cache_enabled());
}

fn without_cache(check: fn(&List)) {
    let list = SharedSublist::without_cache();
    check(&list);
    assert!(!list.cache_enabled());
    assert_eq!((list.cache_count(), list.cache_hits()), (0, 0));
}

fn check_levels(list: &List, subject: &str) {
    let sub = plain(subject);
    assert_eq!(list.num_levels(), 0);
    add(list, &sub);
    assert_eq!(list.num_levels(), 6);
    take(list, &sub).unwrap();
    assert_eq!(list.num_levels(), 0);
}

fn queue_places(list: &List, subject: &str) -> Vec<usize> {
    let matches = list.match_subject(subject);
    assert!(matches.plain.is_empty());
    matches
        .queues
        .iter()
        .map(|queue| queue.members.len())
        .collect()
}

#[track_caller]
fn assert_plain(list: &List, subject: &str, expected: &[&Arc<Sub>]) {
    assert_all(list, subject, expected, &[]);
}

#[track_caller]
fn assert_all(list: &List, subject: &str, expected: &[&Arc<Sub>], queues: &[(&str, &[&Arc<Sub>])]) {
    // Twice: the second result may come from the cache.
    for _ in 0..2 {
        let matches = list.match_subject(subject);
        assert_same(&matches.plain, expected);
        assert_eq!(matches.queues.len(), queues.len(), "{subject}");
        for (name, members) in queues {
            assert_same(&matches.queue(name.as_bytes()).unwrap().members, members);
        }
    }
}

/// The same subscriptions in any order.
#[track_caller]
fn assert_same(found: &[Arc<Sub>], expected: &[&Arc<Sub>]) {
    let mut found: Vec<_> = found.iter().map(|sub| sub.id).collect();
    let mut expected: Vec<_> = expected.iter().map(|sub| sub.id).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
