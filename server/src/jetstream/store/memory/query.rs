//! Counting messages.

use std::collections::HashMap;

use hashbrown::HashSet;

use super::state::State;
use crate::jetstream::model::SimpleState;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::{Filter, is_all};

/// What the subjects say that a filter matches.
#[derive(Default)]
struct Summary {
    /// Messages of subjects that go on after the start.
    msgs: u64,
    /// Messages of subjects that end before it.
    before: u64,
    /// How many subjects go on after the start.
    subjects: u64,
    /// The first sequence of any subject.
    lowest: u64,
    /// The first and last sequence of those that go on.
    first: u64,
    last: u64,
    /// Whether some begin before the start, so that not all messages count.
    is_partial: bool,
}

impl State {
    /// What is stored from `seq` on.
    pub(super) fn filtered_state(&mut self, seq: u64, filter: Filter<'_>) -> SimpleState {
        let start = seq.max(self.first_seq);
        if start > self.last_seq {
            return SimpleState::default();
        }
        if matches!(filter, Filter::All) && start == self.first_seq {
            return SimpleState {
                msgs: self.messages.len(),
                first: self.first_seq,
                last: self.last_seq,
            };
        }
        let summary = self.summary(start, filter);
        let first = if summary.is_partial {
            let mut records = self.messages.range(start..=summary.last);
            let first = records.find(|record| filter.matches(record.subject));
            first.map_or(0, |record| record.seq)
        } else {
            summary.first
        };
        SimpleState {
            msgs: self.count(start, filter, &summary),
            first,
            last: summary.last,
        }
    }

    /// How many messages there are from `seq` on, or how many subjects have any.
    pub(super) fn num_pending(
        &mut self,
        seq: u64,
        filter: Filter<'_>,
        last_per_subject: bool,
    ) -> u64 {
        let start = seq.max(self.first_seq);
        if start > self.last_seq {
            return 0;
        }
        if matches!(filter, Filter::All) && !last_per_subject {
            return self.messages.count_from(start);
        }
        let summary = self.summary(start, filter);
        if last_per_subject {
            return summary.subjects;
        }
        self.count(start, filter, &summary)
    }

    /// What is stored under each subject.
    pub(super) fn subjects_state(&mut self, filter: Filter<'_>) -> HashMap<Vec<u8>, SimpleState> {
        let mut states = HashMap::new();
        self.subjects
            .for_each(&self.messages, filter, |subject, state| {
                states.insert(subject.to_vec(), state.into());
            });
        states
    }

    /// How many messages each subject has.
    pub(super) fn subjects_totals(&self, filter: &[u8]) -> HashMap<Vec<u8>, u64> {
        let filter = if filter.is_empty() { b">" } else { filter };
        let mut totals = HashMap::new();
        self.subjects.for_each_total(filter, |subject, msgs| {
            totals.insert(subject.to_vec(), msgs);
        });
        totals
    }

    /// The last sequence of every subject, ascending.
    pub(super) fn all_last_seqs(&mut self) -> Vec<u64> {
        let mut seqs = Vec::with_capacity(self.subjects.len());
        self.subjects
            .for_each(&self.messages, Filter::All, |_, state| {
                seqs.push(state.last)
            });
        seqs.sort_unstable();
        seqs
    }

    /// See [`multi_last_seqs`](crate::jetstream::store::StreamStore::multi_last_seqs).
    pub(super) fn multi_last_seqs(
        &mut self,
        filters: &[&[u8]],
        max_seq: u64,
        max_allowed: Option<usize>,
    ) -> Result<Vec<u64>, StoreError> {
        if self.messages.is_empty() {
            return Ok(Vec::new());
        }
        let max_allowed = max_allowed.filter(|max| *max > 0);
        if max_seq == 0 && max_allowed.is_none() && is_all(&self.config.subjects, filters) {
            return Ok(self.all_last_seqs());
        }
        let max_seq = if max_seq == 0 { self.last_seq } else { max_seq };
        let mut seqs = HashSet::new();
        let messages = &self.messages;
        for filter in filters {
            self.subjects
                .for_each(messages, Filter::new(filter), |subject, state| {
                    if state.last <= max_seq {
                        seqs.insert(state.last);
                    } else if let Some(last) = messages
                        .range_rev(state.first..=max_seq)
                        .find(|record| record.subject == subject)
                    {
                        seqs.insert(last.seq);
                    }
                });
            if max_allowed.is_some_and(|max| seqs.len() > max) {
                return Err(StoreError::TooManyResults);
            }
        }
        let mut seqs: Vec<u64> = seqs.into_iter().collect();
        seqs.sort_unstable();
        Ok(seqs)
    }

    fn summary(&mut self, start: u64, filter: Filter<'_>) -> Summary {
        let mut summary = Summary {
            lowest: u64::MAX,
            first: u64::MAX,
            ..Summary::default()
        };
        self.subjects.for_each(&self.messages, filter, |_, state| {
            summary.lowest = summary.lowest.min(state.first);
            if state.last < start {
                summary.before += state.msgs;
                return;
            }
            summary.msgs += state.msgs;
            summary.subjects += 1;
            summary.first = summary.first.min(state.first);
            summary.last = summary.last.max(state.last);
            summary.is_partial |= state.first < start;
        });
        if summary.subjects == 0 {
            summary.first = 0;
        }
        summary
    }

    /// How many messages from `start` on match: counted, or all less those before,
    /// whichever is the shorter way.
    fn count(&self, start: u64, filter: Filter<'_>, summary: &Summary) -> u64 {
        if !summary.is_partial {
            return summary.msgs;
        }
        let count = |from, to| {
            let records = self.messages.range(from..=to);
            records
                .filter(|record| filter.matches(record.subject))
                .count() as u64
        };
        if summary.last - start <= start - summary.lowest {
            count(start, summary.last)
        } else {
            let all = summary.msgs + summary.before;
            all.saturating_sub(count(summary.lowest, start - 1))
        }
    }
}
