//! The tokens of a subject.

/// What separates tokens.
pub const SEPARATOR: u8 = b'.';

/// As a token of its own: matches exactly one token.
pub const PARTIAL_WILDCARD: u8 = b'*';

/// As the last token: matches one or more tokens.
pub const FULL_WILDCARD: u8 = b'>';

/// Iterates over the tokens of `subject` without allocating. As many tokens
/// come out as there are separators plus one, so an empty subject has one
/// empty token.
pub fn tokens(subject: &[u8]) -> Tokens<'_> {
    Tokens {
        rest: Some(subject),
    }
}

/// Iterator returned by [`tokens`].
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (token, rest) = split_first(self.rest?);
        self.rest = rest;
        Some(token)
    }
}

/// The number of tokens in `subject`; none in an empty one (`numTokens`).
pub fn token_count(subject: impl AsRef<[u8]>) -> usize {
    match subject.as_ref() {
        [] => 0,
        subject => tokens(subject).count(),
    }
}

/// The token at `index`, counted from one, or an empty slice when there is
/// none (`tokenAt`).
pub fn token_at(subject: &[u8], index: usize) -> &[u8] {
    index
        .checked_sub(1)
        .and_then(|skip| tokens(subject).nth(skip))
        .unwrap_or_default()
}

/// Splits off the first token; the rest is `None` after the last one.
pub(super) fn split_first(subject: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(SEPARATOR, subject) {
        Some(at) => (&subject[..at], Some(&subject[at + 1..])),
        None => (subject, None),
    }
}

/// What a token means in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Empty,
    Literal,
    Partial,
    Full,
}

impl TokenKind {
    pub(super) fn of(token: &[u8]) -> Self {
        match token {
            [] => Self::Empty,
            [PARTIAL_WILDCARD] => Self::Partial,
            [FULL_WILDCARD] => Self::Full,
            _ => Self::Literal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_splits() {
        assert_eq!(token_count(""), 0);
        assert_eq!(token_count("foo"), 1);
        assert_eq!(token_count("foo.bar."), 3);
        assert_eq!(
            tokens(b"a..b").collect::<Vec<_>>(),
            [b"a".as_slice(), b"", b"b"]
        );
        assert_eq!(token_at(b"a.b", 2), b"b");
        assert_eq!(token_at(b"a.b", 3), b"");
    }
}
