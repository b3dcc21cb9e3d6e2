//! Go: the tests of `server/sublist_test.go` on subjects alone.

use conformance::go_test;
use nats_server::subject::transform::{MappingDestinationError, TransformError, validate_mapping};
use nats_server::subject::{
    is_literal, is_subset_match, is_valid_literal_subject, is_valid_subject,
    is_valid_subject_strict, matches_literal, subjects_collide, token_at,
};

go_test!(
    2992,
    "sublist_test",
    "TestSublistValidLiteralSubjects",
    valid_literal_subjects
);
fn valid_literal_subjects() {
    for subject in [
        ".foo",
        "foo.",
        "foo..bar",
        "foo.bar.*",
        "foo.bar.>",
        "*",
        ">",
    ] {
        assert!(!is_valid_literal_subject(subject), "{subject}");
    }
    for subject in [
        "foo", "foo*", "foo**", "foo.**", "foo*bar", "foo.*bar", "foo*.bar", "*bar", "foo>",
        "foo>>", "foo.>>", "foo>bar", "foo.>bar", "foo>.bar", ">bar",
    ] {
        assert!(is_valid_literal_subject(subject), "{subject}");
    }
}

go_test!(
    2993,
    "sublist_test",
    "TestSublistValidSubjects",
    valid_subjects
);
fn valid_subjects() {
    for subject in [".", ".foo", "foo.", "foo..bar", ">.bar", "foo.>.bar"] {
        assert!(!is_valid_subject(subject), "{subject}");
    }
    for subject in [
        "foo",
        "foo.bar.*",
        "foo.bar.>",
        "*",
        ">",
        "foo*",
        "foo**",
        "foo.**",
        "foo*bar",
        "foo.*bar",
        "foo*.bar",
        "*bar",
        "foo>",
        "foo.>>",
        "foo>bar",
        "foo.>bar",
        "foo>.bar",
        ">bar",
    ] {
        assert!(is_valid_subject(subject), "{subject}");
    }
    assert!(!is_valid_subject_strict("foo.bar.baz.\0"));
    assert!(is_valid_subject_strict("foo.bar.baz"));
}

go_test!(
    2994,
    "sublist_test",
    "TestSublistMatchLiterals",
    match_literals
);
fn match_literals() {
    for (literal, pattern, expected) in [
        ("foo", "foo", true),
        ("foo", "bar", false),
        ("foo", "*", true),
        ("foo", ">", true),
        ("foo.bar", ">", true),
        ("foo.bar", "foo.>", true),
        ("foo.bar", "bar.>", false),
        ("stats.test.22", "stats.>", true),
        ("stats.test.22", "stats.*.*", true),
        ("foo.bar", "foo", false),
        ("stats.test.foos", "stats.test.foos", true),
        ("stats.test.foos", "stats.test.foo", false),
        ("stats.test", "stats.test.*", false),
        ("stats.test.foos", "stats.*", false),
        ("stats.test.foos", "stats.*.*.foos", false),
        ("*bar", "*bar", true),
        ("foo*", "foo*", true),
        ("foo*bar", "foo*bar", true),
        ("foo.***.bar", "foo.***.bar", true),
        (">bar", ">bar", true),
        ("foo>", "foo>", true),
        ("foo>bar", "foo>bar", true),
        ("foo.>>>.bar", "foo.>>>.bar", true),
    ] {
        assert_eq!(
            matches_literal(literal, pattern),
            expected,
            "{literal} {pattern}"
        );
    }
}

go_test!(
    2995,
    "sublist_test",
    "TestSubjectIsLiteral",
    subject_is_literal
);
fn subject_is_literal() {
    for subject in ["foo", "foo.bar", "foo*.bar"] {
        assert!(is_literal(subject), "{subject}");
    }
    for subject in [
        "*",
        ">",
        "foo.*",
        "foo.>",
        "foo.*.>",
        "foo.*.bar",
        "foo.bar.>",
    ] {
        assert!(!is_literal(subject), "{subject}");
    }
}

go_test!(
    2996,
    "sublist_test",
    "TestValidateDestinationSubject",
    validate_destination_subject
);
fn validate_destination_subject() {
    for (source, destination) in [
        ("bar", "foo"),
        ("foo", "foo.bar"),
        ("*", "{{wildcard(1)}}"),
        ("foo.>", ">"),
        ("foo.*", "bar.{{wildcard(1)}}"),
        ("foo.>", "bar.>"),
        ("foo.*.>", "bar.{{wildcard(1)}}.>"),
        ("foo.*.bar", "bar.{{wildcard(1)}}.foo"),
        ("foo.bar.>", "foo.bar.foo.>"),
        ("*", "foo.{{wildcard(1)}}"),
        ("*", "foo.{{ wildcard(1) }}"),
        ("*", "foo.{{wildcard( 1 )}}"),
        ("*", "foo.{{partition(2,1)}}"),
        ("*.*", "foo.{{SplitFromLeft(2,1)}}"),
        ("*.*", "foo.{{SplitFromRight(2,1)}}"),
    ] {
        assert_eq!(
            validate_mapping(source, destination),
            Ok(()),
            "{source} {destination}"
        );
    }
    for (source, destination) in [("*", "foo.{{unknown(1)}}"), ("foo", "foo..}")] {
        let error = validate_mapping(source, destination).unwrap_err();
        assert!(error.is_invalid_destination(), "{error}");
    }
    let invalid = TransformError::Destination(MappingDestinationError::InvalidSubject);
    assert_eq!(validate_mapping("foo", "foo. bar}"), Err(invalid));
}

go_test!(2997, "sublist_test", "TestSubjectToken", subject_token);
fn subject_token() {
    for (index, token) in ["", "foo", "bar", "baz", "*", ""].into_iter().enumerate() {
        assert_eq!(
            token_at(b"foo.bar.baz.*", index),
            token.as_bytes(),
            "{index}"
        );
    }
}

go_test!(3016, "sublist_test", "TestIsSubsetMatch", subset_match);
fn subset_match() {
    for (subject, test, expected) in [
        ("foo.bar", "foo.bar", true),
        ("foo.*", ">", true),
        ("foo.*", "*.*", true),
        ("foo.*", "foo.*", true),
        ("foo.*", "foo.bar", false),
        ("foo.>", ">", true),
        ("foo.>", "*.>", true),
        ("foo.>", "foo.>", true),
        ("foo.>", "foo.bar", false),
        ("foo..bar", "foo.*", false),
        ("foo.*", "foo..bar", false),
    ] {
        assert_eq!(is_subset_match(subject, test), expected, "{subject} {test}");
    }
}

go_test!(
    3021,
    "sublist_test",
    "TestSublistSubjectCollide",
    subject_collide
);
fn subject_collide() {
    for (left, right, expected) in [
        ("foo.*", "foo.*.bar.>", false),
        ("foo.*.bar.>", "foo.*", false),
        ("foo.*", "foo.foo", true),
        ("foo.*", "*.foo", true),
        ("foo.bar.>", "*.bar.foo", true),
    ] {
        assert_eq!(subjects_collide(left, right), expected, "{left} {right}");
    }
}
