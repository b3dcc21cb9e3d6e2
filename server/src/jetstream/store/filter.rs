//! Which subjects are meant.

use crate::subject::sublist::Sublist;
use crate::subject::{has_wildcard, is_subset_match, matches_literal};

/// One or several subjects.
#[derive(Clone, Copy, Debug)]
pub enum Filter<'a> {
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
    #[must_use]
    pub fn new(filter: &'a [u8]) -> Self {
        match filter {
            b"" | b">" => Self::All,
            _ if has_wildcard(filter) => Self::Pattern(filter),
            _ => Self::Literal(filter),
        }
    }

    /// Whether a subject is meant.
    #[must_use]
    pub fn matches(&self, subject: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Literal(literal) => subject == *literal,
            Self::Pattern(pattern) => matches_literal(subject, pattern),
            Self::Sublist(list) => list.has_interest(subject),
        }
    }
}

/// Whether `filters` take in all `subjects` that a stream listens on, in whatever
/// order they are (`filterIsAll`).
#[must_use]
pub fn is_all(subjects: &[String], filters: &[&[u8]]) -> bool {
    if subjects.len() != filters.len() {
        return false;
    }
    let mut own: Vec<&[u8]> = subjects.iter().map(String::as_bytes).collect();
    let mut filters = filters.to_vec();
    own.sort_unstable();
    filters.sort_unstable();
    own.iter()
        .zip(filters)
        .all(|(own, filter)| is_subset_match(own, filter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_that_take_in_all_subjects_are_known() {
        let subjects = ["a.*".to_owned(), "b".to_owned()];
        let is_all = |filters: &[&[u8]]| is_all(&subjects, filters);
        assert!(is_all(&[b"b", b"a.>"]));
        assert!(!is_all(&[b"b", b"a.1"]));
        assert!(!is_all(&[b"b"]));
        assert!(!is_all(&[b"b", b"a.*", b"c"]));
    }
}
