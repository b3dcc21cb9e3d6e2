//! Go: `server/gsl/gsl_test.go`.

use std::sync::RwLock;
use std::thread;

use conformance::go_test;
use nats_server::subject::sublist::{Sublist, SublistError, SublistValue};

go_test!(22, "gsl_test", "TestGenericSublistInit", init);
fn init() {
    let list = Sublist::<()>::new();
    assert_eq!(list.count(), 0);
    assert!(list.is_empty());
}

go_test!(
    23,
    "gsl_test",
    "TestGenericSublistInsertCount",
    insert_count
);
fn insert_count() {
    assert_eq!(list_of(&["foo", "bar", "foo.bar"]).count(), 3);
}

go_test!(24, "gsl_test", "TestGenericSublistSimple", simple);
fn simple() {
    assert_matches(&list_of(&["foo"]), "foo", 1);
}

go_test!(
    25,
    "gsl_test",
    "TestGenericSublistSimpleMultiTokens",
    simple_multi_tokens
);
fn simple_multi_tokens() {
    assert_matches(&list_of(&["foo.bar.baz"]), "foo.bar.baz", 1);
}

go_test!(
    26,
    "gsl_test",
    "TestGenericSublistPartialWildcard",
    partial_wildcard
);
fn partial_wildcard() {
    assert_matches(&list_of(&["a.b.c", "a.*.c"]), "a.b.c", 2);
}

go_test!(
    27,
    "gsl_test",
    "TestGenericSublistPartialWildcardAtEnd",
    partial_wildcard_at_end
);
fn partial_wildcard_at_end() {
    assert_matches(&list_of(&["a.b.c", "a.b.*"]), "a.b.c", 2);
}

go_test!(
    28,
    "gsl_test",
    "TestGenericSublistFullWildcard",
    full_wildcard
);
fn full_wildcard() {
    let list = list_of(&["a.b.c", "a.>"]);
    assert_matches(&list, "a.b.c", 2);
    assert_matches(&list, "a.>", 1);
}

go_test!(29, "gsl_test", "TestGenericSublistRemove", remove);
fn remove() {
    let mut list = list_of(&["a.b.c.d"]);
    assert_eq!(list.count(), 1);
    assert_matches(&list, "a.b.c.d", 1);
    assert_eq!(list.remove("a.b.c.d", None, &()), Ok(()));
    assert_eq!(list.count(), 0);
    assert_matches(&list, "a.b.c.d", 0);
}

go_test!(
    30,
    "gsl_test",
    "TestGenericSublistRemoveWildcard",
    remove_wildcard
);
fn remove_wildcard() {
    let mut list = Sublist::new();
    let entries = [("a.b.*.d", 22_u32), ("a.b.>", 33), ("a.b.c.d", 11)];
    for (subject, value) in entries {
        assert_eq!(list.insert(subject, None, value), Ok(true));
    }
    assert_eq!(list.count(), 3);
    assert_matches(&list, "a.b.c.d", 3);
    for ((subject, value), left) in entries.into_iter().zip([2, 1, 0]) {
        assert_eq!(list.remove(subject, None, &value), Ok(()));
        assert_eq!(list.count(), left);
        assert_matches(&list, "a.b.c.d", left);
    }
}

go_test!(
    31,
    "gsl_test",
    "TestGenericSublistRemoveCleanup",
    remove_cleanup
);
fn remove_cleanup() {
    check_levels("a.b.c.d.e.f");
}

go_test!(
    32,
    "gsl_test",
    "TestGenericSublistRemoveCleanupWildcards",
    remove_cleanup_wildcards
);
fn remove_cleanup_wildcards() {
    check_levels("a.b.*.d.e.>");
}

go_test!(
    33,
    "gsl_test",
    "TestGenericSublistInvalidSubjectsInsert",
    invalid_subjects_insert
);
fn invalid_subjects_insert() {
    let mut list = Sublist::new();
    for subject in [".foo", "foo.", "foo..bar", "foo.bar..baz", "foo.>.baz"] {
        assert_eq!(
            list.insert(subject, None, ()),
            Err(SublistError::InvalidSubject),
            "{subject}"
        );
    }
    assert_eq!(list.count(), 0);
}

go_test!(
    34,
    "gsl_test",
    "TestGenericSublistBadSubjectOnRemove",
    bad_subject_on_remove
);
fn bad_subject_on_remove() {
    let mut list = Sublist::new();
    assert_eq!(
        list.insert("a.b..d", None, ()),
        Err(SublistError::InvalidSubject)
    );
    assert_eq!(
        list.remove("a.b..d", None, &()),
        Err(SublistError::InvalidSubject)
    );
    assert_eq!(
        list.remove("a.>.b", None, &()),
        Err(SublistError::InvalidSubject)
    );
}

go_test!(
    35,
    "gsl_test",
    "TestGenericSublistTwoTokenPubMatchSingleTokenSub",
    two_token_pub_match_single_token_sub
);
fn two_token_pub_match_single_token_sub() {
    let list = list_of(&["foo"]);
    assert_matches(&list, "foo", 1);
    assert_matches(&list, "foo.bar", 0);
}

go_test!(
    36,
    "gsl_test",
    "TestGenericSublistInsertWithWildcardsAsLiterals",
    insert_with_wildcards_as_literals
);
fn insert_with_wildcards_as_literals() {
    let mut list = Sublist::new();
    for (value, subject) in (0_u32..).zip(["foo.*-", "foo.>-"]) {
        assert_eq!(list.insert(subject, None, value), Ok(true));
        assert_matches(&list, "foo.bar", 0);
        assert_matches(&list, subject, 1);
    }
}

go_test!(
    37,
    "gsl_test",
    "TestGenericSublistRemoveWithWildcardsAsLiterals",
    remove_with_wildcards_as_literals
);
fn remove_with_wildcards_as_literals() {
    let mut list = Sublist::new();
    for (value, subject) in (0_u32..).zip(["foo.*-", "foo.>-"]) {
        assert_eq!(list.insert(subject, None, value), Ok(true));
        assert_matches(&list, "foo.bar", 0);
        assert_matches(&list, subject, 1);
        assert_eq!(
            list.remove("foo.bar", None, &value),
            Err(SublistError::NotFound)
        );
        assert_eq!(list.count(), 1);
        assert_eq!(list.remove(subject, None, &value), Ok(()));
        assert_eq!(list.count(), 0);
    }
}

go_test!(
    38,
    "gsl_test",
    "TestGenericSublistMatchWithEmptyTokens",
    match_with_empty_tokens
);
fn match_with_empty_tokens() {
    let list = list_of(&[">"]);
    for subject in [".foo", "..foo", "foo..", "foo.", "foo..bar", "foo...bar"] {
        assert_matches(&list, subject, 0);
    }
    assert_matches(&list, "foo.bar", 1);
}

go_test!(
    39,
    "gsl_test",
    "TestGenericSublistHasInterest",
    has_interest
);
fn has_interest() {
    for (pattern, with, without) in INTEREST {
        let mut list = Sublist::new();
        assert_eq!(list.insert(pattern, None, 11_u32), Ok(true));
        for subject in with {
            assert!(list.has_interest(subject), "{pattern} {subject}");
        }
        for subject in without {
            assert!(!list.has_interest(subject), "{pattern} {subject}");
            assert_matches(&list, subject, 0);
            assert!(
                !list.has_interest(subject),
                "{pattern} {subject}, after a match"
            );
        }
        assert_eq!(list.remove(pattern, None, &11), Ok(()));
        for subject in with.iter().chain(without) {
            assert!(
                !list.has_interest(subject),
                "{pattern} {subject}, after removal"
            );
        }
    }
}

go_test!(
    40,
    "gsl_test",
    "TestGenericSublistHasInterestOverlapping",
    has_interest_overlapping
);
fn has_interest_overlapping() {
    let list = list_of(&["stream.A.child", "stream.*"]);
    assert!(list.has_interest("stream.A.child"));
    assert!(list.has_interest("stream.A"));
}

go_test!(
    41,
    "gsl_test",
    "TestGenericSublistHasInterestStartingInRace",
    has_interest_starting_in_race
);
fn has_interest_starting_in_race() {
    // The tree has no lock of its own; those who share one bring it.
    let list = RwLock::new(Sublist::new());
    for value in 0..10_u32 {
        let mut list = list.write().unwrap();
        list.insert("foo.bar.baz", None, value).unwrap();
        list.insert("foo.*.baz", None, value + 10).unwrap();
        list.insert("foo.>", None, value + 20).unwrap();
    }
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..1_000 {
                for prefix in ["foo", "foo.bar", "foo.bar.baz"] {
                    assert!(list.read().unwrap().has_interest_starting_in(prefix));
                }
                assert!(
                    !list
                        .read()
                        .unwrap()
                        .has_interest_starting_in("other.subject")
                );
            }
        });
        scope.spawn(|| {
            for round in 0..1_000_u32 {
                let letter = char::from(b'a' + (round % 26) as u8);
                let subject = format!("test.subject.{letter}");
                let mut list = list.write().unwrap();
                assert_eq!(list.insert(&subject, None, round + 1_000), Ok(true));
                assert_eq!(list.insert("foo.*.test", None, round + 1_000), Ok(true));
                assert_eq!(list.remove(&subject, None, &(round + 1_000)), Ok(()));
                assert_eq!(list.remove("foo.*.test", None, &(round + 1_000)), Ok(()));
            }
        });
        scope.spawn(|| {
            for _ in 0..1_000 {
                assert!(list.read().unwrap().has_interest("foo.bar.baz"));
                assert!(list.read().unwrap().has_interest("foo.something.baz"));
            }
        });
    });
    assert_eq!(list.read().unwrap().count(), 30);
}

go_test!(
    42,
    "gsl_test",
    "TestGenericSublistNumInterest",
    num_interest
);
fn num_interest() {
    for (pattern, with, without) in INTEREST {
        let mut list = Sublist::new();
        assert_eq!(list.insert(pattern, None, 11_u32), Ok(true));
        for (subjects, count) in [(with, 1), (without, 0)] {
            for subject in subjects {
                assert_matches(&list, subject, count);
                assert_eq!(
                    list.num_interest(subject),
                    (count, 0),
                    "{pattern} {subject}"
                );
            }
        }
        assert_eq!(list.remove(pattern, None, &11), Ok(()));
        for subject in with.iter().chain(without) {
            assert_matches(&list, subject, 0);
            assert_eq!(
                list.num_interest(subject),
                (0, 0),
                "{pattern} {subject}, after removal"
            );
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
    ("foo", &["foo"], &["bar"]),
    ("foo.*", &["foo.bar"], &["foo", "foo.bar.baz"]),
    ("foo.>", &["foo.bar", "foo.bar.baz"], &["foo"]),
    ("*.>", &["foo.bar", "foo.baz", "foo.bar.baz"], &["foo"]),
    ("*.bar", &["foo.bar"], &["foo", "foo.baz", "foo.bar.baz"]),
    ("*", &["foo"], &["foo.bar"]),
];

fn list_of(subjects: &[&str]) -> Sublist<()> {
    let mut list = Sublist::new();
    for subject in subjects {
        assert_eq!(list.insert(subject, None, ()), Ok(true));
    }
    list
}

fn check_levels(subject: &str) {
    let mut list = Sublist::new();
    assert_eq!(list.num_levels(), 0);
    assert_eq!(list.insert(subject, None, ()), Ok(true));
    assert_eq!(list.num_levels(), 6);
    assert_eq!(list.remove(subject, None, &()), Ok(()));
    assert_eq!(list.num_levels(), 0);
}

fn assert_matches<T: SublistValue>(list: &Sublist<T>, subject: &str, expected: usize) {
    let mut matches = 0;
    list.for_each_match(subject, |_| matches += 1);
    assert_eq!(matches, expected, "{subject}");
    assert_eq!(
        list.match_subject(subject).plain.len(),
        expected,
        "{subject}"
    );
}
