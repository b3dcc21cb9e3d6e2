//! Reading messages.

use super::messages::Record;
use super::state::State;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::message::Lookup;
use crate::jetstream::store::msg_run::{MsgRun, RunLimits};

/// With more subjects than this a search by pattern goes through the messages.
const TREE_SUBJECTS_MAX: usize = 256;

impl State {
    pub(super) fn load(&self, seq: u64) -> Result<Record<'_>, StoreError> {
        self.messages.get(seq).ok_or(if seq <= self.last_seq {
            StoreError::MsgNotFound
        } else {
            StoreError::Eof
        })
    }

    /// The first message from `start` on that `filter` matches.
    pub(super) fn next(&mut self, filter: Filter<'_>, start: u64) -> Option<Record<'_>> {
        let start = start.max(self.first_seq);
        if start > self.last_seq || self.messages.is_empty() {
            return None;
        }
        let (from, to) = if self.scans_linearly(filter, start) {
            (start, self.last_seq)
        } else {
            self.match_bounds(filter, start)?
        };
        let mut records = self.messages.range(from..=to);
        records.find(|record| filter.matches(record.subject))
    }

    /// Reads the first message from `start` on that `filter` matches, and those after it.
    pub(super) fn load_run(
        &mut self,
        filter: Filter<'_>,
        start: u64,
        limits: RunLimits,
        into: &mut MsgRun,
    ) -> Lookup {
        into.clear();
        let last = self.last_seq;
        let Some(record) = self.next(filter, start) else {
            return Lookup::End(last);
        };
        let found = record.seq;
        record.copy_to(into.begin());
        if found < last {
            let rest = self.messages.range(found + 1..=last);
            into.extend(filter, limits, rest);
        }
        Lookup::Found(found)
    }

    /// The last message up to `start` that `filter` matches.
    pub(super) fn prev(&self, filter: Filter<'_>, start: u64) -> Option<Record<'_>> {
        let mut records = self
            .messages
            .range_rev(self.first_seq..=start.min(self.last_seq));
        records.find(|record| filter.matches(record.subject))
    }

    /// The last message that `filter` matches.
    pub(super) fn last(&mut self, filter: Filter<'_>) -> Option<Record<'_>> {
        match filter {
            // As the Go server has it: nothing, if the last was removed.
            Filter::All => self.messages.get(self.last_seq),
            Filter::Literal(subject) => {
                let state = self.subjects.state(&self.messages, subject)?;
                self.messages.get(state.last)
            }
            Filter::Pattern(_) | Filter::Sublist(_) => {
                let mut last = 0;
                self.subjects.for_each(&self.messages, filter, |_, state| {
                    last = last.max(state.last);
                });
                self.messages.get(last)
            }
        }
    }

    /// Whether a search from `start` on goes through the messages rather than
    /// first through the subjects.
    pub(super) fn scans_linearly(&self, filter: Filter<'_>, start: u64) -> bool {
        let subjects = self.subjects.len();
        match filter {
            Filter::All | Filter::Sublist(_) => true,
            _ if self.last_seq.saturating_sub(start).saturating_mul(2) < subjects as u64 => true,
            Filter::Pattern(_) => subjects > TREE_SUBJECTS_MAX,
            Filter::Literal(_) => false,
        }
    }

    /// Between which sequences the messages from `start` on lie that `filter`
    /// matches.
    pub(super) fn match_bounds(&mut self, filter: Filter<'_>, start: u64) -> Option<(u64, u64)> {
        let mut bounds: Option<(u64, u64)> = None;
        self.subjects.for_each(&self.messages, filter, |_, state| {
            if state.last >= start {
                let (first, last) = bounds.unwrap_or((u64::MAX, 0));
                bounds = Some((first.min(state.first), last.max(state.last)));
            }
        });
        bounds.map(|(first, last)| (first.max(start), last))
    }

    /// The first sequence not older than `time`.
    pub(super) fn seq_from_time(&self, time: i64) -> u64 {
        let after = self.last_seq + 1;
        let (Some(first), Some(last)) = (self.messages.next(0), self.messages.last()) else {
            return after;
        };
        if time <= first.ts {
            return first.seq;
        }
        let (mut low, mut high, mut found) = (first.seq, last.seq, after);
        while low <= high {
            let middle = low + (high - low) / 2;
            match self
                .messages
                .next(middle)
                .filter(|record| record.seq <= high)
            {
                Some(record) if record.ts < time => low = record.seq + 1,
                Some(record) => {
                    found = record.seq;
                    high = middle - 1;
                }
                None => high = middle - 1,
            }
        }
        found
    }
}

/// Copies a message that was found, and says where a search ended.
pub(super) fn lookup(
    found: Option<Record<'_>>,
    into: &mut crate::jetstream::store::message::StoredMsg,
    end: u64,
) -> Lookup {
    match found {
        Some(record) => {
            record.copy_to(into);
            Lookup::Found(record.seq)
        }
        None => Lookup::End(end),
    }
}
