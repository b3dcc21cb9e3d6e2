//! Searching a block for messages of a few subjects.

use hashbrown::HashSet;

use super::block::Block;
use super::cache::{Cache, Found};
use super::subject_index::SubjectIndex;
use crate::jetstream::store::filter::Filter;

/// A subject, and between which sequences its messages lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Span {
    pub(in super::super) subject: Vec<u8>,
    pub(in super::super) lowest: u64,
    pub(in super::super) highest: u64,
}

impl Span {
    /// Whether there may be messages from `from` to `to`.
    pub(in super::super) const fn overlaps(&self, from: u64, to: u64) -> bool {
        self.lowest <= to && self.highest >= from
    }
}

/// The messages of a few subjects between two sequences.
#[derive(Debug)]
pub(in super::super) struct Part<'a> {
    pub(in super::super) spans: &'a [Span],
    /// The cache of the block has to reach back to this one.
    pub(in super::super) from: u64,
    pub(in super::super) to: u64,
    /// Takes those that turn out to be damaged.
    pub(in super::super) damaged: &'a mut Vec<u64>,
}

impl Block {
    /// The first message of one of these subjects.
    pub(in super::super) fn first_of(&mut self, part: Part<'_>) -> Option<u64> {
        let (spans, damaged, to) = (part.spans, part.damaged, part.to);
        let cache = self.cache.as_ref()?;
        let from = part.from.max(self.tally.first_seq);
        let (mut rest, mut best) = (from, None);
        if let Some(index) = indexed(&mut self.subjects, cache) {
            let mut to = to;
            for span in spans {
                let (low, high) = (from.max(span.lowest), to.min(span.highest));
                let filter = Filter::Literal(&span.subject);
                let first = index
                    .candidates(&span.subject, low, high)
                    .find(|seq| matches(&cache.get(*seq, &self.sums), *seq, filter, damaged));
                if let Some(first) = first {
                    best = Some(first);
                    to = first.saturating_sub(1);
                }
            }
            rest = rest.max(index.end());
        }
        if best.is_some() || rest > to {
            return best;
        }
        let wanted = Wanted::new(spans);
        cache
            .up(rest, &self.sums)
            .take_while(|(seq, _)| *seq <= to)
            .find(|(seq, found)| wanted.contains(found, *seq, damaged))
            .map(|(seq, _)| seq)
    }

    /// The last message of one of these subjects.
    pub(in super::super) fn last_of(&mut self, part: Part<'_>) -> Option<u64> {
        let (spans, damaged, to) = (part.spans, part.damaged, part.to);
        let cache = self.cache.as_ref()?;
        let from = part.from.max(self.tally.first_seq);
        let index = indexed(&mut self.subjects, cache);
        let end = index.as_ref().map_or(from, |index| index.end().max(from));
        if end <= to {
            let wanted = Wanted::new(spans);
            let last = cache
                .down(to, &self.sums)
                .take_while(|(seq, _)| *seq >= end)
                .find(|(seq, found)| wanted.contains(found, *seq, damaged));
            if let Some((last, _)) = last {
                return Some(last);
            }
        }
        let (mut from, mut best) = (from, None);
        for span in spans {
            let (low, high) = (from.max(span.lowest), to.min(span.highest));
            let filter = Filter::Literal(&span.subject);
            let last = index.and_then(|index| {
                let mut candidates = index.candidates(&span.subject, low, high).rev();
                candidates.find(|seq| matches(&cache.get(*seq, &self.sums), *seq, filter, damaged))
            });
            if let Some(last) = last {
                best = Some(last);
                from = last + 1;
            }
        }
        best
    }

    /// How many messages have one of these subjects.
    pub(in super::super) fn count_of(&mut self, part: Part<'_>) -> u64 {
        let (spans, damaged, to) = (part.spans, part.damaged, part.to);
        let Some(cache) = &self.cache else { return 0 };
        let from = part.from.max(self.tally.first_seq);
        let (mut rest, mut count) = (from, 0);
        if let Some(index) = indexed(&mut self.subjects, cache) {
            for span in spans {
                let (low, high) = (from.max(span.lowest), to.min(span.highest));
                let filter = Filter::Literal(&span.subject);
                count += index
                    .candidates(&span.subject, low, high)
                    .filter(|seq| matches(&cache.get(*seq, &self.sums), *seq, filter, damaged))
                    .count();
            }
            rest = rest.max(index.end());
        }
        if rest <= to {
            let wanted = Wanted::new(spans);
            count += cache
                .up(rest, &self.sums)
                .take_while(|(seq, _)| *seq <= to)
                .filter(|(seq, found)| wanted.contains(found, *seq, damaged))
                .count();
        }
        count as u64
    }
}

/// The subjects that are looked for.
struct Wanted<'a>(HashSet<&'a [u8]>);

impl<'a> Wanted<'a> {
    fn new(spans: &'a [Span]) -> Self {
        Self(spans.iter().map(|span| &*span.subject).collect())
    }

    fn contains(&self, found: &Found<'_>, seq: u64, damaged: &mut Vec<u64>) -> bool {
        match found {
            Found::Message(record) => self.0.contains(record.subject),
            _ => matches(found, seq, Filter::All, damaged),
        }
    }
}

/// The list of a block's subjects; `None` if the cache does not have all of it.
pub(super) fn indexed<'a>(
    subjects: &'a mut Option<SubjectIndex>,
    cache: &Cache,
) -> Option<&'a SubjectIndex> {
    if cache.start() > 0 {
        return None;
    }
    let index = subjects.get_or_insert_with(|| SubjectIndex::new(cache));
    index.catch_up(cache);
    Some(index)
}

pub(super) fn matches(
    found: &Found<'_>,
    seq: u64,
    filter: Filter<'_>,
    damaged: &mut Vec<u64>,
) -> bool {
    match found {
        Found::Message(record) => filter.matches(record.subject),
        Found::Damaged => {
            damaged.push(seq);
            false
        }
        Found::Nothing => false,
    }
}
