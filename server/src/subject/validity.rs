//! Which subjects are valid, and which are literal.

use super::tokens::{FULL_WILDCARD, PARTIAL_WILDCARD, SEPARATOR, TokenKind, tokens};

/// Whether `subject` can be subscribed to: no empty token, no white space,
/// and `>` only at the end (`IsValidSubject`).
pub fn is_valid_subject(subject: impl AsRef<[u8]>) -> bool {
    let subject = subject.as_ref();
    well_formed(subject) && !subject.iter().any(|byte| WHITE_SPACE.contains(byte))
}

/// As [`is_valid_subject`], and free of NUL bytes and of anything that is not
/// clean UTF-8 (`isValidSubject` with `checkRunes`). For subjects read from
/// disk, where such bytes are a sign of damage.
pub fn is_valid_subject_strict(subject: impl AsRef<[u8]>) -> bool {
    let subject = subject.as_ref();
    memchr::memchr(0, subject).is_none()
        && str::from_utf8(subject).is_ok_and(|text| !text.contains(char::REPLACEMENT_CHARACTER))
        && is_valid_subject(subject)
}

/// Whether `subject` is valid and literal (`IsValidPublishSubject`).
pub fn is_valid_publish_subject(subject: impl AsRef<[u8]>) -> bool {
    let subject = subject.as_ref();
    is_valid_subject(subject) && is_literal(subject)
}

/// Whether `subject` has neither empty nor wildcard tokens
/// (`IsValidLiteralSubject`). Leaves white space alone: the check is for
/// subjects that the protocol parser has already split at white space.
pub fn is_valid_literal_subject(subject: impl AsRef<[u8]>) -> bool {
    tokens(subject.as_ref()).all(|token| TokenKind::of(token) == TokenKind::Literal)
}

/// Whether any token of `subject` is a wildcard (`subjectHasWildcard`).
pub fn has_wildcard(subject: impl AsRef<[u8]>) -> bool {
    let subject = subject.as_ref();
    memchr::memchr2_iter(PARTIAL_WILDCARD, FULL_WILDCARD, subject).any(|at| {
        let starts = at == 0 || subject.get(at - 1) == Some(&SEPARATOR);
        let ends = subject.get(at + 1).is_none_or(|&next| next == SEPARATOR);
        starts && ends
    })
}

/// Whether no token of `subject` is a wildcard (`subjectIsLiteral`). Says
/// nothing about validity.
pub fn is_literal(subject: impl AsRef<[u8]>) -> bool {
    !has_wildcard(subject)
}

/// The rule an interest tree needs: no empty token, and `>` only at the end.
pub(super) fn well_formed(subject: &[u8]) -> bool {
    let mut ended = false;
    tokens(subject).all(|token| {
        let kind = TokenKind::of(token);
        let allowed = kind != TokenKind::Empty && !ended;
        ended = kind == TokenKind::Full;
        allowed
    })
}

/// Whether every token of `subject` has at least one byte.
pub(super) fn no_empty_tokens(subject: &[u8]) -> bool {
    let mut start = 0;
    for at in memchr::memchr_iter(SEPARATOR, subject) {
        if at == start {
            return false;
        }
        start = at + 1;
    }
    start < subject.len()
}

const WHITE_SPACE: &[u8] = b" \t\n\x0c\r";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_refused_in_any_token() {
        for subject in [" ", "foo. ", "foo.b ar", "f\too", "foo.\r", "foo\x0c.bar"] {
            assert!(!is_valid_subject(subject), "{subject:?}");
        }
        assert!(!is_valid_subject(""));
        assert!(is_valid_subject("foo.bar"));
    }

    #[test]
    fn wildcards_are_whole_tokens() {
        for (subject, expected) in [
            ("*", true),
            ("foo.*.bar", true),
            ("foo.>", true),
            ("foo", false),
            ("foo.b*r", false),
            ("foo*", false),
            ("foo.b>", false),
            ("*foo.>bar", false),
        ] {
            assert_eq!(has_wildcard(subject), expected, "{subject}");
        }
    }

    #[test]
    fn publish_subjects_are_valid_and_literal() {
        assert!(is_valid_publish_subject("foo.bar"));
        assert!(is_valid_publish_subject("foo*.>bar"));
        assert!(!is_valid_publish_subject("foo.*"));
        assert!(!is_valid_publish_subject("foo..bar"));
        assert!(!is_valid_publish_subject("foo bar"));
    }

    #[test]
    fn strict_refuses_broken_text() {
        assert!(is_valid_subject_strict("foo.bär"));
        assert!(!is_valid_subject_strict(b"foo.\xff"));
        assert!(!is_valid_subject_strict("foo.\u{fffd}"));
        assert!(!is_valid_subject_strict(b"foo.\0bar"));
    }

    #[test]
    fn empty_tokens_are_found_anywhere() {
        for subject in ["", ".", ".a", "a.", "a..b", "a.b.."] {
            assert!(!no_empty_tokens(subject.as_bytes()), "{subject:?}");
        }
        assert!(no_empty_tokens(b"a.b.c"));
    }
}
