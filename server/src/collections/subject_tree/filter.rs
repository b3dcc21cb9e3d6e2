//! Matching a subject piece by piece against a filter with wildcards.

/// A filter: a subject in which `*` matches one token and a last `>` all the
/// rest. Wildcard characters elsewhere stand for themselves.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a>(&'a [u8]);

/// How far into a [`Filter`] the beginning of a subject reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterState {
    /// The filter is used up to this byte; on a `*` its token may go on.
    At(usize),
    /// Whatever follows matches.
    Rest,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expects {
    Any,
    Byte(u8),
    End,
}

impl<'a> Filter<'a> {
    /// Takes `filter` as it is; a filter that is not valid may match nothing.
    pub const fn new(filter: &'a [u8]) -> Self {
        Self(filter)
    }

    /// Before the first byte.
    pub fn start(self) -> FilterState {
        FilterState::At(0)
    }

    /// Whether it has no wildcard.
    pub fn is_literal(self) -> bool {
        memchr::memchr2_iter(b'*', b'>', self.0).all(|at| !self.is_partial(at) && !self.is_full(at))
    }

    /// Moves on by the bytes of `piece`, or `None` when they do not match.
    pub fn advance(self, state: FilterState, mut piece: &[u8]) -> Option<FilterState> {
        let FilterState::At(mut at) = state else {
            return Some(state);
        };
        while let Some((&byte, rest)) = piece.split_first() {
            if self.is_partial(at) {
                let Some(end) = memchr::memchr(b'.', piece) else {
                    break;
                };
                piece = &piece[end..];
                at += 1;
                // What follows a partial wildcard is a dot, or the end.
                if at >= self.0.len() {
                    return None;
                }
                piece = piece.get(1..)?;
                at += 1;
            } else if self.is_full(at) {
                return Some(FilterState::Rest);
            } else {
                if self.0.get(at) != Some(&byte) {
                    return None;
                }
                at += 1;
                piece = rest;
            }
        }
        Some(FilterState::At(at))
    }

    /// Whether a subject that ends here matches.
    pub fn is_complete(self, state: FilterState) -> bool {
        match state {
            FilterState::Rest => true,
            FilterState::At(at) if self.is_partial(at) => at + 1 == self.0.len(),
            FilterState::At(at) => at == self.0.len(),
        }
    }

    pub(super) fn expects(self, state: FilterState) -> Expects {
        match state {
            FilterState::Rest => Expects::Any,
            FilterState::At(at) if self.is_partial(at) || self.is_full(at) => Expects::Any,
            FilterState::At(at) => self
                .0
                .get(at)
                .map_or(Expects::End, |&byte| Expects::Byte(byte)),
        }
    }

    fn is_partial(self, at: usize) -> bool {
        self.0.get(at) == Some(&b'*')
            && self.starts_token(at)
            && self.0.get(at + 1).is_none_or(|&next| next == b'.')
    }

    fn is_full(self, at: usize) -> bool {
        self.0.get(at) == Some(&b'>') && self.starts_token(at) && at + 1 == self.0.len()
    }

    fn starts_token(self, at: usize) -> bool {
        at.checked_sub(1)
            .is_none_or(|before| self.0.get(before) == Some(&b'.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(filter: &str, pieces: &[&str]) -> bool {
        let filter = Filter::new(filter.as_bytes());
        let end = pieces.iter().try_fold(filter.start(), |state, piece| {
            filter.advance(state, piece.as_bytes())
        });
        end.is_some_and(|state| filter.is_complete(state))
    }

    #[test]
    fn pieces_may_break_anywhere() {
        let subject = "foo.bar.baz";
        for (filter, expected) in [
            ("foo.bar.baz", true),
            ("foo.*.baz", true),
            ("*.*.*", true),
            ("foo.>", true),
            (">", true),
            ("*.>", true),
            ("foo.*", false),
            ("*.*", false),
            ("*.*.*.*", false),
            ("foo.bar.baz.>", false),
            ("foo.bar.baz.*", false),
            ("foo.ba", false),
            ("foo.>.baz", false),
            ("foo.b*.baz", false),
        ] {
            for first in 0..=subject.len() {
                for second in first..=subject.len() {
                    let pieces = [
                        &subject[..first],
                        &subject[first..second],
                        &subject[second..],
                    ];
                    assert_eq!(matches(filter, &pieces), expected, "{filter} {pieces:?}");
                }
            }
        }
    }

    #[test]
    fn literal_filters_are_recognised() {
        assert!(Filter::new(b"a.b*.>c").is_literal());
        assert!(Filter::new(b"a.>.c").is_literal());
        assert!(!Filter::new(b"a.*").is_literal());
        assert!(!Filter::new(b">").is_literal());
    }
}
