//! Wildcard matching between subjects and patterns.

use super::tokens::{FULL_WILDCARD, PARTIAL_WILDCARD, SEPARATOR, TokenKind, split_first, tokens};

/// Whether `pattern` matches the literal subject `literal` (`matchLiteral`).
/// Neither is checked for validity; wildcard characters that are not tokens
/// of their own stand for themselves.
pub fn matches_literal(literal: impl AsRef<[u8]>, pattern: impl AsRef<[u8]>) -> bool {
    let mut literal = Some(literal.as_ref());
    let mut pattern = pattern.as_ref();
    loop {
        let Some(subject) = literal else { return false };
        let (wanted, more) = split_first(pattern);
        let (token, rest) = split_first(subject);
        match (TokenKind::of(wanted), more) {
            (TokenKind::Full, None) => return true,
            (TokenKind::Partial, _) => {}
            _ if wanted == token => {}
            _ => return false,
        }
        literal = rest;
        match more {
            Some(more) => pattern = more,
            None => return literal.is_none(),
        }
    }
}

/// Whether every subject that `subject` matches is matched by `test` as well
/// (`subjectIsSubsetMatch`): `foo.*` is a subset of `>`, `*.*` and `foo.*`,
/// but not of `foo.bar`. An empty token makes it false. For a literal
/// `subject` this asks whether the filter `test` matches it
/// (`SubjectMatchesFilter`).
pub fn is_subset_match(subject: impl AsRef<[u8]>, test: impl AsRef<[u8]>) -> bool {
    let mut have = tokens(subject.as_ref());
    for wanted in tokens(test.as_ref()) {
        let Some(token) = have.next() else {
            return false;
        };
        match (TokenKind::of(wanted), TokenKind::of(token)) {
            (TokenKind::Empty, _) => return false,
            (TokenKind::Full, _) => return true,
            (_, TokenKind::Empty | TokenKind::Full) => return false,
            (wanted_kind, TokenKind::Partial) => {
                if wanted_kind != TokenKind::Partial {
                    return false;
                }
            }
            (TokenKind::Partial, TokenKind::Literal) => {}
            (TokenKind::Literal, TokenKind::Literal) => {
                // The Go server takes any token that merely starts with `*`
                // as the wildcard here; a token like `*x` is a literal.
                if wanted != token {
                    return false;
                }
            }
        }
    }
    have.next().is_none()
}

/// Whether some literal subject is matched by both patterns
/// (`SubjectsCollide`).
pub fn subjects_collide(left: impl AsRef<[u8]>, right: impl AsRef<[u8]>) -> bool {
    let (left, right) = (left.as_ref(), right.as_ref());
    if left == right {
        return true;
    }
    let (mut left, mut right) = (tokens(left), tokens(right));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) => {
                if a == [FULL_WILDCARD] || b == [FULL_WILDCARD] {
                    return !a.is_empty() && !b.is_empty();
                }
                if !tokens_can_match(a, b) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

/// The pattern of the literal subjects that both patterns match; `None` if there
/// are none.
pub fn intersection(left: impl AsRef<[u8]>, right: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let mut common = Vec::new();
    let (mut left, mut right) = (Some(left.as_ref()), Some(right.as_ref()));
    while let (Some(ours), Some(theirs)) = (left, right) {
        let (a, rest_of_ours) = split_first(ours);
        let (b, rest_of_theirs) = split_first(theirs);
        let (a_kind, b_kind) = (TokenKind::of(a), TokenKind::of(b));
        if !common.is_empty() {
            common.push(SEPARATOR);
        }
        match (a_kind, b_kind) {
            (TokenKind::Empty, _) | (_, TokenKind::Empty) => return None,
            (TokenKind::Full, _) => {
                common.extend_from_slice(theirs);
                return Some(common);
            }
            (_, TokenKind::Full) => {
                common.extend_from_slice(ours);
                return Some(common);
            }
            (TokenKind::Partial, _) => common.extend_from_slice(b),
            (_, TokenKind::Partial) => common.extend_from_slice(a),
            (TokenKind::Literal, TokenKind::Literal) if a == b => common.extend_from_slice(a),
            (TokenKind::Literal, TokenKind::Literal) => return None,
        }
        (left, right) = (rest_of_ours, rest_of_theirs);
    }
    (left.is_none() && right.is_none()).then_some(common)
}

/// Whether two tokens, neither of them `>`, can stand at the same place.
fn tokens_can_match(left: &[u8], right: &[u8]) -> bool {
    if left.is_empty() || right.is_empty() {
        return false;
    }
    left == [PARTIAL_WILDCARD] || right == [PARTIAL_WILDCARD] || left == right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colliding_patterns() {
        let cases = [
            ("foo", "foo", true),
            ("foo", "bar", false),
            ("foo.*", "foo.>", true),
            ("foo", "foo.>", false),
            ("foo.*.baz", "*.bar.>", true),
            ("foo.*.baz", "*.bar.qux", false),
            (">", "a.b.c", true),
            ("a..b", "a.*.b", false),
            ("*x.a", "y.*", false),
        ];
        for (left, right, expected) in cases {
            assert_eq!(subjects_collide(left, right), expected, "{left} {right}");
            assert_eq!(subjects_collide(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn intersections() {
        let cases = [
            ("foo", "foo", Some("foo")),
            ("foo", "bar", None),
            ("foo.*", "foo.>", Some("foo.*")),
            ("foo.>", "*.bar.>", Some("foo.bar.>")),
            ("foo.*.baz", "*.bar.*", Some("foo.bar.baz")),
            ("foo", "foo.>", None),
            ("a.b", "a", None),
            (">", "*.*", Some("*.*")),
            ("a.2.>", "a.*.*.>", Some("a.2.*.>")),
        ];
        for (left, right, expected) in cases {
            let expected = expected.map(|text| text.as_bytes().to_vec());
            assert_eq!(intersection(left, right), expected, "{left} {right}");
            assert_eq!(intersection(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn starred_tokens_are_literals() {
        assert!(!is_subset_match("foo.bar", "foo.*bar"));
        assert!(is_subset_match("foo.*bar", "foo.*bar"));
    }

    #[test]
    fn wildcards_are_within_wildcards_alone() {
        for (subject, test, expected) in [
            ("foo.*", "foo.*", true),
            ("foo.*", "*.*", true),
            ("foo.*", "foo.>", true),
            ("foo.*", "foo.bar", false),
            ("foo.bar", "foo.*", true),
            ("foo.>", "foo.*", false),
            ("foo.>", "foo.>", true),
        ] {
            let is_subset = is_subset_match(subject, test);
            assert_eq!(is_subset, expected, "{subject} in {test}");
        }
    }

    #[test]
    fn shorter_and_longer() {
        assert!(!matches_literal("foo", "foo.>"));
        assert!(!matches_literal("foo", "foo.*"));
        assert!(!is_subset_match("foo", "foo.>"));
        assert!(!is_subset_match("foo.bar", "foo"));
    }
}
