//! Counting and finding messages.

use std::collections::HashMap;

use hashbrown::HashSet;

use super::few::{Edge, FEW_MAX, Few};
use super::state::State;
use super::subjects::Entry;
use crate::jetstream::model::SimpleState;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::{Filter, is_all};

/// What the subjects say that a filter matches.
#[derive(Default)]
struct Summary {
    /// Messages of all subjects.
    all: u64,
    /// Messages from the start on, of the subjects of which that is known.
    msgs: u64,
    /// How many subjects go on after the start.
    subjects: u64,
    /// No message of any subject is before this one.
    lowest: u64,
    /// No message of those that go on is before the one or after the other.
    first: u64,
    last: u64,
    /// Subjects with messages before the start and after it, nobody knows how many.
    partial: Few,
    /// Messages of those.
    of_partial: u64,
    first_edge: Edge,
    last_edge: Edge,
}

/// With more subjects than this a search by pattern goes through the messages.
const TREE_SUBJECTS_MAX: usize = 256;

impl State {
    /// The first message from `start` on that `filter` matches.
    pub(super) fn next(
        &mut self,
        filter: Filter<'_>,
        start: u64,
    ) -> Result<Option<u64>, StoreError> {
        let start = start.max(self.figures.first_seq);
        let end = self.figures.last_seq;
        if start > end || self.figures.msgs == 0 {
            return Ok(None);
        }
        if matches!(filter, Filter::Pattern(_) | Filter::Sublist(_)) {
            return self.next_of_many(filter, start, end);
        }
        let (from, to) = if self.scans_linearly(filter, start) {
            (start, end)
        } else {
            match self.match_bounds(filter, start)? {
                Some(bounds) => bounds,
                None => return Ok(None),
            }
        };
        self.blocks.next(filter, from, to)
    }

    /// The first message from `start` to `end` that several subjects may have. If these
    /// are but few it is looked for where they have messages.
    fn next_of_many(
        &mut self,
        filter: Filter<'_>,
        start: u64,
        end: u64,
    ) -> Result<Option<u64>, StoreError> {
        let subjects_first = !self.scans_linearly(filter, start)
            || (start == self.figures.first_seq && self.subjects.len() <= TREE_SUBJECTS_MAX);
        if subjects_first && let Some(few) = self.subjects.few(filter, FEW_MAX) {
            return self.next_of_few(filter, few, start, end);
        }
        let near = self.near(start, end);
        let found = self.blocks.next(filter, start, near)?;
        if found.is_some() || near == end {
            return Ok(found);
        }
        match self.subjects.few(filter, FEW_MAX) {
            Some(few) => self.next_of_few(filter, few, near + 1, end),
            None => self.scan(filter, near + 1, end),
        }
    }

    /// Goes through the messages, but not through blocks that the subjects say have
    /// nothing to find. As a rule the next message is near, so the first block is
    /// looked at before the subjects.
    ///
    /// Go: `checkSkipFirstBlock`.
    fn scan(
        &mut self,
        filter: Filter<'_>,
        start: u64,
        end: u64,
    ) -> Result<Option<u64>, StoreError> {
        let mut rest = start;
        if let Some(last) = self.blocks.last_seq_near(start) {
            let found = self.blocks.next(filter, start, last.min(end))?;
            if found.is_some() || last >= end {
                return Ok(found);
            }
            rest = last + 1;
        }
        match self.match_bounds(filter, rest)? {
            Some((from, to)) => self.blocks.next(filter, from, to),
            None => Ok(None),
        }
    }

    /// The last message up to `start` that `filter` matches.
    pub(super) fn prev(
        &mut self,
        filter: Filter<'_>,
        start: u64,
    ) -> Result<Option<u64>, StoreError> {
        let (from, to) = (self.figures.first_seq, start.min(self.figures.last_seq));
        match filter {
            Filter::Pattern(_) | Filter::Sublist(_) => self.prev_of_many(filter, from, to),
            _ => self.blocks.prev(filter, from, to),
        }
    }

    /// The last message that `filter` matches.
    pub(super) fn last(&mut self, filter: Filter<'_>) -> Result<Option<u64>, StoreError> {
        match filter {
            // As the Go server has it: nothing, if the last was removed.
            Filter::All => Ok(Some(self.figures.last_seq)),
            Filter::Literal(subject) => self.subjects.last(&mut self.blocks, subject),
            Filter::Pattern(_) | Filter::Sublist(_) => {
                let mut bounds: Option<(u64, u64)> = None;
                self.subjects.for_each(filter, |_, entry| {
                    let (first, last) = bounds.unwrap_or((u64::MAX, 0));
                    bounds = Some((first.min(entry.lowest()), last.max(entry.highest())));
                    Ok(true)
                })?;
                match bounds {
                    Some((from, to)) => self.blocks.prev(filter, from, to),
                    None => Ok(None),
                }
            }
        }
    }

    /// Whether a search from `start` on goes through the messages rather than first
    /// through the subjects.
    pub(super) fn scans_linearly(&self, filter: Filter<'_>, start: u64) -> bool {
        let subjects = self.subjects.len();
        let left = self.figures.last_seq.saturating_sub(start);
        match filter {
            Filter::All | Filter::Sublist(_) => true,
            _ if left.saturating_mul(2) < subjects as u64 => true,
            Filter::Pattern(_) => subjects > TREE_SUBJECTS_MAX,
            Filter::Literal(_) => false,
        }
    }

    /// Between which sequences the messages from `start` on lie that `filter`
    /// matches.
    pub(super) fn match_bounds(
        &mut self,
        filter: Filter<'_>,
        start: u64,
    ) -> Result<Option<(u64, u64)>, StoreError> {
        let mut bounds: Option<(u64, u64)> = None;
        self.subjects.for_each(filter, |_, entry| {
            if entry.highest() >= start {
                let (first, last) = bounds.unwrap_or((u64::MAX, 0));
                bounds = Some((first.min(entry.lowest()), last.max(entry.highest())));
            }
            Ok(true)
        })?;
        Ok(bounds.map(|(first, last)| (first.max(start), last)))
    }

    /// The first sequence not older than `time`.
    pub(super) fn seq_from_time(&mut self, time: i64) -> Result<u64, StoreError> {
        let after = self.figures.last_seq + 1;
        let list = &self.blocks.list;
        let block = list
            .iter()
            .find(|block| block.tally.msgs > 0 && block.tally.last_ts >= time);
        let Some(from) = block.map(|block| block.tally.first_seq) else {
            return Ok(after);
        };
        let (mut low, mut high, mut found) = (from, self.figures.last_seq, after);
        while low <= high {
            let middle = low + (high - low) / 2;
            match self.blocks.next(Filter::All, middle, high)? {
                Some(seq) if self.blocks.time(seq)? < time => low = seq + 1,
                Some(seq) => {
                    found = seq;
                    high = middle.saturating_sub(1);
                }
                None => high = middle.saturating_sub(1),
            }
            if middle == 0 {
                break;
            }
        }
        Ok(found)
    }

    /// What is stored from `seq` on.
    pub(super) fn filtered_state(
        &mut self,
        seq: u64,
        filter: Filter<'_>,
    ) -> Result<SimpleState, StoreError> {
        let figures = self.figures;
        let start = seq.max(figures.first_seq);
        if start > figures.last_seq {
            // Go says so, that callers may keep track of sequences.
            return Ok(SimpleState {
                msgs: 0,
                first: figures.first_seq,
                last: figures.last_seq,
            });
        }
        if matches!(filter, Filter::All) && start == figures.first_seq {
            return Ok(SimpleState {
                msgs: figures.msgs,
                first: figures.first_seq,
                last: figures.last_seq,
            });
        }
        if matches!(filter, Filter::All) {
            let first = self.blocks.next(filter, start, figures.last_seq)?;
            let last = self.blocks.prev(filter, start, figures.last_seq)?;
            return Ok(SimpleState {
                msgs: self.blocks.count(filter, start, figures.last_seq)?,
                first: first.unwrap_or(0),
                last: last.unwrap_or(0),
            });
        }
        let summary = self.summary(start, filter)?;
        if summary.subjects == 0 {
            return Ok(SimpleState::default());
        }
        let from = summary.first.max(start);
        let to = summary.last;
        let first = summary
            .first_edge
            .first(&mut self.blocks, filter, from, to)?;
        if let Some(first) = first.filter(|first| *first > from && from == summary.first) {
            self.subjects.none_between(filter, from, first)?;
        }
        let last = summary.last_edge.last(&mut self.blocks, filter, from, to)?;
        Ok(SimpleState {
            msgs: self.count(start, filter, &summary)?,
            first: first.unwrap_or(0),
            last: last.unwrap_or(0),
        })
    }

    /// How many messages there are from `seq` on, or how many subjects have any.
    pub(super) fn num_pending(
        &mut self,
        seq: u64,
        filter: Filter<'_>,
        last_per_subject: bool,
    ) -> Result<u64, StoreError> {
        let figures = self.figures;
        let start = seq.max(figures.first_seq);
        if start > figures.last_seq || figures.msgs == 0 {
            return Ok(0);
        }
        if matches!(filter, Filter::All) && !last_per_subject {
            return self.blocks.count(filter, start, figures.last_seq);
        }
        let summary = self.summary(start, filter)?;
        if last_per_subject {
            return Ok(summary.subjects);
        }
        self.count(start, filter, &summary)
    }

    /// What is stored under each subject.
    pub(super) fn subjects_state(
        &mut self,
        filter: Filter<'_>,
    ) -> Result<HashMap<Vec<u8>, SimpleState>, StoreError> {
        let mut states = HashMap::new();
        let Self {
            subjects, blocks, ..
        } = self;
        subjects.for_each(filter, |subject, entry| {
            let is_right = entry.refresh(blocks, subject)?;
            if is_right {
                let state = SimpleState {
                    msgs: entry.msgs,
                    first: entry.lowest(),
                    last: entry.highest(),
                };
                states.insert(subject.to_vec(), state);
            }
            Ok(is_right)
        })?;
        Ok(states)
    }

    /// How many messages each subject has.
    pub(super) fn subjects_totals(&self, filter: &[u8]) -> HashMap<Vec<u8>, u64> {
        let filter = if filter.is_empty() { b">" } else { filter };
        let mut totals = HashMap::new();
        self.subjects.for_each_noted(filter, |subject, entry| {
            totals.insert(subject.to_vec(), entry.msgs);
        });
        totals
    }

    /// The last sequence of every subject, ascending.
    pub(super) fn all_last_seqs(&mut self) -> Result<Vec<u64>, StoreError> {
        let mut seqs = Vec::with_capacity(self.subjects.len());
        let Self {
            subjects, blocks, ..
        } = self;
        subjects.for_each(Filter::All, |subject, entry| {
            let is_right = entry.refresh_last(blocks, subject)?;
            if is_right {
                seqs.push(entry.highest());
            }
            Ok(is_right)
        })?;
        seqs.sort_unstable();
        Ok(seqs)
    }

    /// See [`multi_last_seqs`](crate::jetstream::store::StreamStore::multi_last_seqs).
    pub(super) fn multi_last_seqs(
        &mut self,
        filters: &[&[u8]],
        max_seq: u64,
        max_allowed: Option<usize>,
    ) -> Result<Vec<u64>, StoreError> {
        if self.figures.msgs == 0 {
            return Ok(Vec::new());
        }
        let max_allowed = max_allowed.filter(|max| *max > 0);
        if max_seq == 0 && max_allowed.is_none() && is_all(&self.config.subjects, filters) {
            return self.all_last_seqs();
        }
        let max_seq = if max_seq == 0 {
            self.figures.last_seq
        } else {
            max_seq
        };
        let mut seqs = HashSet::new();
        let Self {
            subjects, blocks, ..
        } = self;
        for filter in filters {
            subjects.for_each(Filter::new(filter), |subject, entry| {
                let mut is_right = true;
                if entry.highest() <= max_seq || entry.ends_before(max_seq + 1).is_none() {
                    is_right = entry.refresh_last(blocks, subject)?;
                }
                if entry.highest() <= max_seq {
                    seqs.insert(entry.highest());
                } else if entry.lowest() <= max_seq {
                    let filter = Filter::Literal(subject);
                    seqs.extend(blocks.prev(filter, entry.lowest(), max_seq)?);
                }
                Ok(is_right)
            })?;
            if max_allowed.is_some_and(|max| seqs.len() > max) {
                return Err(StoreError::TooManyResults);
            }
        }
        let mut seqs: Vec<u64> = seqs.into_iter().collect();
        seqs.sort_unstable();
        Ok(seqs)
    }

    fn summary(&mut self, start: u64, filter: Filter<'_>) -> Result<Summary, StoreError> {
        let mut summary = Summary {
            lowest: u64::MAX,
            first: u64::MAX,
            ..Summary::default()
        };
        let Self {
            subjects, blocks, ..
        } = self;
        subjects.for_each(filter, |subject, entry| {
            let mut is_right = true;
            summary.all += entry.msgs;
            let ends_before = match entry.ends_before(start) {
                Some(ends_before) => ends_before,
                None => {
                    is_right = entry.refresh_last(blocks, subject)?;
                    entry.highest() < start
                }
            };
            summary.lowest = summary.lowest.min(entry.lowest());
            if ends_before {
                return Ok(is_right);
            }
            let begins_from = match entry.begins_from(start) {
                Some(begins_from) => begins_from,
                None => {
                    is_right &= entry.refresh_first(blocks, subject)?;
                    entry.lowest() >= start
                }
            };
            summary.add(subject, entry, start, begins_from);
            Ok(is_right)
        })?;
        Ok(summary)
    }

    /// How many messages from `start` on match. Those of subjects that begin before it
    /// are counted, or all of them less those before, whichever is the shorter way.
    fn count(
        &mut self,
        start: u64,
        filter: Filter<'_>,
        summary: &Summary,
    ) -> Result<u64, StoreError> {
        if summary.of_partial == 0 {
            return Ok(summary.msgs);
        }
        if summary.all == self.figures.msgs {
            // No need to look at the subject of each.
            return self.blocks.count(Filter::All, start, summary.last);
        }
        if let (Some(spans), Some((lowest, highest))) =
            (summary.partial.spans(), summary.partial.bounds())
        {
            let of_partial = if highest - start <= start - lowest {
                self.blocks.count_of(spans, start, highest)?
            } else {
                let before = self.blocks.count_of(spans, lowest, start - 1)?;
                summary.of_partial.saturating_sub(before)
            };
            return Ok(summary.msgs + of_partial);
        }
        if summary.last - start <= start - summary.lowest {
            self.blocks.count(filter, start, summary.last)
        } else {
            let before = self.blocks.count(filter, summary.lowest, start - 1)?;
            Ok(summary.all.saturating_sub(before))
        }
    }
}

impl Summary {
    /// Adds a subject that goes on after the start.
    fn add(&mut self, subject: &[u8], entry: &Entry, start: u64, begins_from: bool) {
        let span = (entry.lowest(), entry.highest());
        let mut first = None;
        if begins_from {
            self.msgs += entry.msgs;
            first = entry.first();
        } else if entry.msgs == 2 {
            // One before, one after.
            self.msgs += 1;
            first = entry.last();
        } else {
            self.of_partial += entry.msgs;
            self.partial.push(subject, span.0, span.1);
        }
        self.subjects += 1;
        self.first = self.first.min(span.0);
        self.last = self.last.max(span.1);
        let from_start = (span.0.max(start), span.1);
        self.first_edge.note_first(subject, first, from_start);
        self.last_edge.note_last(subject, entry.last(), from_start);
    }
}
