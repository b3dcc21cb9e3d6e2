//! Go: `server/subject_transform_test.go`.

use conformance::go_test;
use nats_server::subject::transform::{
    MappingFunction, SubjectTransform, TransformError, placeholder, untokenize_placeholders,
};

go_test!(
    2958,
    "subject_transform_test",
    "TestPlaceHolderIndex",
    place_holder_index
);
fn place_holder_index() {
    let partition = MappingFunction::Partition {
        buckets: 10,
        positions: vec![1, 2, 3],
    };
    for (token, expected) in [
        ("$1", MappingFunction::Wildcard(1)),
        ("{{partition(10,1,2,3)}}", partition.clone()),
        ("{{ Partition (10,1,2,3) }}", partition),
        ("{{wildcard(2)}}", MappingFunction::Wildcard(2)),
        (
            "{{SplitFromLeft(2,1)}}",
            MappingFunction::SplitFromLeft { index: 2, at: 1 },
        ),
        (
            "{{SplitFromRight(3,2)}}",
            MappingFunction::SplitFromRight { index: 3, at: 2 },
        ),
        (
            "{{SliceFromLeft(2,2)}}",
            MappingFunction::SliceFromLeft { index: 2, size: 2 },
        ),
        ("{{Left(3,2)}}", MappingFunction::Left { index: 3, len: 2 }),
        (
            "{{Right(3,2)}}",
            MappingFunction::Right { index: 3, len: 2 },
        ),
    ] {
        assert_eq!(placeholder(token), Ok(Some(expected)), "{token}");
    }
}

go_test!(
    2959,
    "subject_transform_test",
    "TestSubjectTransformHelpers",
    helpers
);
fn helpers() {
    for (destination, pattern, placeholders) in [
        ("bar", "bar", vec![]),
        ("foo.$2.$1", "foo.*.*", vec!["$2", "$1"]),
        (
            "foo.{{wildcard(2)}}.{{wildcard(1)}}",
            "foo.*.*",
            vec!["{{wildcard(2)}}", "{{wildcard(1)}}"],
        ),
    ] {
        assert_eq!(
            untokenize_placeholders(destination),
            (pattern.to_owned(), placeholders)
        );
    }
    let transform = SubjectTransform::strict("foo.*.*", "bar.$2.{{Wildcard(1)}}")
        .unwrap()
        .unwrap();
    let transformed = transform.transform("foo.b.a");
    assert_eq!(transformed, b"bar.a.b");
    assert_eq!(
        transform.reverse().unwrap().transform(transformed),
        b"foo.b.a"
    );
}

go_test!(
    2960,
    "subject_transform_test",
    "TestSubjectTransforms",
    transforms
);
fn transforms() {
    let too_large = i64::from(i32::MAX) + 1;
    for (source, destination, strict) in [
        ("foo..", "bar", false),
        ("foo.*", "bar.*", false),
        ("foo.*", "bar.$2", false),
        ("foo.*", "bar.$1.>", false),
        ("foo.>", "bar.baz", false),
        ("foo.*.*", "bar.$2", true),
        ("foo.*", "foo.$foo", true),
        ("foo.*", "bar.{{Partition(2,1)}}", true),
        ("foo.*", "foo.{{wildcard(2)}}", false),
        ("foo.*", "foo.{{unimplemented(1)}}", false),
        ("foo.*", "foo.{{partition()}}", false),
        ("foo.*", "foo.{{random()}}", false),
        ("foo.*", "foo.{{wildcard(foo)}}", false),
        ("foo.*", "foo.{{wildcard()}}", false),
        ("foo.*", "foo.{{wildcard(1,2)}}", false),
        ("foo.*", "foo.{{ wildcard5) }}", false),
        ("foo.*", "foo.{{splitLeft(2,2}}", false),
        ("foo", "bla.{{wildcard(1)}}", false),
        (
            "foo.*",
            &format!("foo.{{{{partition({too_large})}}}}"),
            false,
        ),
        ("foo.*", &format!("foo.{{{{random({too_large})}}}}"), false),
    ] {
        let error = SubjectTransform::with_strict(source, destination, strict).unwrap_err();
        let expected = error == TransformError::BadSubject || error.is_invalid_destination();
        let blames_destination = error.to_string().starts_with("invalid mapping destination");
        assert_eq!(
            error.is_invalid_destination(),
            blames_destination,
            "{error}"
        );
        assert!(expected, "{source} {destination}: {error}");
    }

    let largest = i32::MAX;
    for (source, destination, strict) in [
        ("foo.*", "bar.{{Wildcard(1)}}", true),
        ("foo.*.*", "bar.$2", false),
        ("foo.*.*", "bar.{{wildcard(1)}}", false),
        ("foo.*.*", "bar.{{partition(1)}}", false),
        ("foo.*.*", "bar.{{random(5)}}", false),
        ("foo", "bar", false),
        ("foo.*.bar.*.baz", "req.$2.$1", false),
        ("baz.>", "mybaz.>", false),
        ("*", "{{splitfromleft(1,1)}}", false),
        ("", "prefix.>", false),
        ("*.*", "{{partition(10,1,2)}}", false),
        (
            "foo.*.*",
            "foo.{{wildcard(1)}}.{{wildcard(2)}}.{{partition(5,1,2)}}",
            false,
        ),
        ("foo.*", &format!("foo.{{{{partition({largest})}}}}"), false),
        ("foo.*", &format!("foo.{{{{random({largest})}}}}"), false),
        ("foo.bar", &format!("foo.{{{{random({largest})}}}}"), false),
        ("foo.bar", "baz.{{partition(10)}}", false),
    ] {
        let transform = SubjectTransform::with_strict(source, destination, strict);
        assert!(
            matches!(transform, Ok(Some(_))),
            "{source} {destination}: {transform:?}"
        );
    }

    // An empty destination is no transform.
    assert_eq!(SubjectTransform::new("foo", ""), Ok(None));
    for (source, destination, subject, expected) in MATCHES {
        assert_eq!(
            map(source, destination, subject),
            *expected,
            "{source} {destination}"
        );
    }
    for _ in 0..100 {
        let mapped = map("*", "bar.{{random(6)}}", "qux");
        let number: u32 = mapped.strip_prefix("bar.").unwrap().parse().unwrap();
        assert!(number < 6, "{mapped}");
    }
}

go_test!(
    2961,
    "subject_transform_test",
    "TestSubjectTransformDoesntPanicTransformingMissingToken",
    missing_token
);
fn missing_token() {
    let transform = SubjectTransform::new("foo.*", "one.two.{{wildcard(1)}}")
        .unwrap()
        .unwrap();
    assert_eq!(transform.transform_tokens(&[b"foo"]), b"one.two.");
}

/// Source, destination, subject, and what becomes of it.
const MATCHES: &[(&str, &str, &str, &str)] = &[
    ("", "prefix.>", "foo", "prefix.foo"),
    ("foo", "bar", "foo", "bar"),
    ("foo.*.bar.*.baz", "req.$2.$1", "foo.A.bar.B.baz", "req.B.A"),
    (
        "foo.*.bar.*.baz",
        "req.{{wildcard(2)}}.{{wildcard(1)}}",
        "foo.A.bar.B.baz",
        "req.B.A",
    ),
    ("baz.>", "my.pre.>", "baz.1.2.3", "my.pre.1.2.3"),
    ("baz.>", "foo.bar.>", "baz.1.2.3", "foo.bar.1.2.3"),
    ("*", "foo.bar.$1", "foo", "foo.bar.foo"),
    ("*", "{{splitfromleft(1,3)}}", "12345", "123.45"),
    ("*", "{{SplitFromRight(1,3)}}", "12345", "12.345"),
    ("*", "{{SliceFromLeft(1,3)}}", "1234567890", "123.456.789.0"),
    (
        "*",
        "{{SliceFromRight(1,3)}}",
        "1234567890",
        "1.234.567.890",
    ),
    ("*", "{{split(1,-)}}", "-abc-def--ghi-", "abc.def.ghi"),
    ("*", "{{split(1,-)}}", "abc-def--ghi-", "abc.def.ghi"),
    (
        "*.*",
        "{{split(2,-)}}.{{splitfromleft(1,2)}}",
        "foo.-abc-def--ghij-",
        "abc.def.ghij.fo.o",
    ),
    ("*", "{{right(1,1)}}", "1234", "4"),
    ("*", "{{right(1,3)}}", "1234", "234"),
    ("*", "{{right(1,6)}}", "1234", "1234"),
    ("*", "{{left(1,1)}}", "1234", "1"),
    ("*", "{{left(1,3)}}", "1234", "123"),
    ("*", "{{left(1,6)}}", "1234", "1234"),
    ("*", "bar.{{partition(0)}}", "baz", "bar.0"),
    ("*", "bar.{{partition(10, 0)}}", "foo", "bar.3"),
    ("*.*", "bar.{{partition(10)}}", "foo.bar", "bar.6"),
    ("*", "bar.{{partition(10)}}", "foo", "bar.3"),
    ("*", "bar.{{partition(10)}}", "baz", "bar.0"),
    ("*", "bar.{{partition(10)}}", "qux", "bar.9"),
    ("*", "bar.{{random(0)}}", "qux", "bar.0"),
    ("foo.bar", "baz.{{partition(10)}}", "foo.bar", "baz.6"),
    ("foo.baz", "qux.{{partition(10)}}", "foo.baz", "qux.4"),
    (
        "test.subject",
        "result.{{partition(5)}}",
        "test.subject",
        "result.0",
    ),
];

fn map(source: &str, destination: &str, subject: &str) -> String {
    let transform = SubjectTransform::new(source, destination).unwrap().unwrap();
    String::from_utf8(transform.apply(subject).unwrap()).unwrap()
}
