//! Searches for what only a few subjects have: their messages are looked up by subject,
//! not among all others.

use super::block::Span;
use super::blocks::Blocks;
use super::state::State;
use super::subjects::Entry;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;

/// More subjects than this are not looked up one by one.
pub(super) const FEW_MAX: usize = 256;
/// So many messages are looked at before the subjects are.
const NEAR_MSGS: u64 = 4_096;

/// Subjects that have to be looked up, as long as they are few.
#[derive(Debug, Default)]
pub(super) struct Few {
    spans: Vec<Span>,
    are_many: bool,
}

/// The first message, or the last, of some subjects.
#[derive(Debug, Default)]
pub(super) struct Edge {
    /// The outermost of those that are known.
    known: Option<u64>,
    /// Subjects that may have one further out.
    vague: Few,
}

impl Few {
    pub(super) fn push(&mut self, subject: &[u8], lowest: u64, highest: u64) {
        if self.spans.len() < FEW_MAX {
            self.spans.push(Span {
                subject: subject.to_vec(),
                lowest,
                highest,
            });
        } else {
            self.are_many = true;
        }
    }

    /// The subjects, unless they are too many.
    pub(super) fn spans(&self) -> Option<&[Span]> {
        (!self.are_many).then_some(&self.spans)
    }

    /// Between which sequences their messages lie, if they are few.
    pub(super) fn bounds(&self) -> Option<(u64, u64)> {
        let spans = self.spans()?;
        let lowest = spans.iter().map(|span| span.lowest).min()?;
        let highest = spans.iter().map(|span| span.highest).max()?;
        Some((lowest, highest))
    }
}

impl Edge {
    /// Notes a subject for the first message: where it is, or no message is before
    /// `lowest`.
    pub(super) fn note_first(&mut self, subject: &[u8], first: Option<u64>, span: (u64, u64)) {
        match first {
            Some(first) => self.known = Some(self.known.map_or(first, |known| known.min(first))),
            None if self.known.is_some_and(|known| known <= span.0) => {}
            None => self.vague.push(subject, span.0, span.1),
        }
    }

    /// Notes a subject for the last message.
    pub(super) fn note_last(&mut self, subject: &[u8], last: Option<u64>, span: (u64, u64)) {
        match last {
            Some(last) => self.known = self.known.max(Some(last)),
            None if self.known.is_some_and(|known| known >= span.1) => {}
            None => self.vague.push(subject, span.0, span.1),
        }
    }

    /// The first message, which is one from `from` to `to` that `filter` matches.
    pub(super) fn first(
        &self,
        blocks: &mut Blocks,
        filter: Filter<'_>,
        from: u64,
        to: u64,
    ) -> Result<Option<u64>, StoreError> {
        let to = self.known.map_or(to, |known| known.saturating_sub(1));
        let found = match self.vague.spans() {
            Some(spans) => blocks.next_of(spans, from, to)?,
            None => blocks.next(filter, from, to)?,
        };
        Ok(found.or(self.known))
    }

    /// The last message, which is one from `from` to `to` that `filter` matches.
    pub(super) fn last(
        &self,
        blocks: &mut Blocks,
        filter: Filter<'_>,
        from: u64,
        to: u64,
    ) -> Result<Option<u64>, StoreError> {
        let from = self.known.map_or(from, |known| known + 1);
        let found = match self.vague.spans() {
            Some(spans) => blocks.prev_of(spans, from, to)?,
            None => blocks.prev(filter, from, to)?,
        };
        Ok(found.or(self.known))
    }
}

impl State {
    /// The first message from `from` to `to` that `filter` matches, where only these
    /// subjects are matched.
    pub(super) fn next_of_few(
        &mut self,
        filter: Filter<'_>,
        few: Vec<(Vec<u8>, Entry)>,
        from: u64,
        to: u64,
    ) -> Result<Option<u64>, StoreError> {
        let (mut edge, mut lowest) = (Edge::default(), u64::MAX);
        for (subject, entry) in few {
            if entry.highest() < from || entry.lowest() > to {
                continue;
            }
            let first = entry.first().filter(|first| *first >= from);
            lowest = lowest.min(entry.lowest());
            edge.note_first(&subject, first, (entry.lowest(), entry.highest()));
        }
        if lowest == u64::MAX {
            return Ok(None);
        }
        if edge.vague.spans.is_empty() {
            return Ok(edge.known);
        }
        // Often the next one is near.
        let from = from.max(lowest);
        let near = self.near(from, to);
        if let Some(found) = self.blocks.next(filter, from, near)? {
            return Ok(Some(found));
        }
        if near == to {
            return Ok(None);
        }
        edge.first(&mut self.blocks, filter, near + 1, to)
    }

    /// How far up a search looks before it looks at the subjects: no further than the
    /// block that it begins in.
    pub(super) fn near(&self, from: u64, to: u64) -> u64 {
        let near = to.min(from.saturating_add(NEAR_MSGS));
        let last = self.blocks.last_seq_near(from).unwrap_or(near);
        near.min(last.max(from))
    }

    /// The last message from `from` to `to` that `filter` matches: looked for nearby,
    /// then, if there are but few such subjects, where those have messages.
    pub(super) fn prev_of_many(
        &mut self,
        filter: Filter<'_>,
        from: u64,
        to: u64,
    ) -> Result<Option<u64>, StoreError> {
        let near = from.max(to.saturating_sub(NEAR_MSGS));
        let found = self.blocks.prev(filter, near, to)?;
        if found.is_some() || near <= from {
            return Ok(found);
        }
        let to = near - 1;
        let Some(few) = self.subjects.few(filter, FEW_MAX) else {
            return self.blocks.prev(filter, from, to);
        };
        let mut edge = Edge::default();
        for (subject, entry) in few {
            if entry.highest() < from || entry.lowest() > to {
                continue;
            }
            let last = entry.last().filter(|last| *last <= to);
            let span = (entry.lowest(), entry.highest().min(to));
            edge.note_last(&subject, last, span);
        }
        edge.last(&mut self.blocks, filter, from, to)
    }
}
