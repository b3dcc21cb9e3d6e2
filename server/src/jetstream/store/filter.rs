//! Which subjects are meant.

use crate::subject::sublist::Sublist;
use crate::subject::{has_wildcard, matches_literal};

/// One or several subjects.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Filter<'a> {
    /// Every subject.
    All,
    /// Just this one.
    Literal(&'a [u8]),
    /// Those that this pattern matches.
    Pattern(&'a [u8]),
    /// Those that one of several patterns matches.
    Sublist(&'a Sublist<()>),
}

impl<'a> Filter<'a> {
    /// What a filter of the API means; an empty one means everything.
    pub(crate) fn new(filter: &'a [u8]) -> Self {
        match filter {
            b"" | b">" => Self::All,
            _ if has_wildcard(filter) => Self::Pattern(filter),
            _ => Self::Literal(filter),
        }
    }

    pub(crate) fn matches(&self, subject: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Literal(literal) => subject == *literal,
            Self::Pattern(pattern) => matches_literal(subject, pattern),
            Self::Sublist(list) => list.has_interest(subject),
        }
    }
}
