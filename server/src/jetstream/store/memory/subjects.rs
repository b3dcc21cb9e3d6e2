//! What is stored under each subject.

use super::messages::Messages;
use crate::collections::SubjectTree;
use crate::jetstream::model::SimpleState;
use crate::jetstream::store::filter::Filter;

/// The messages of one subject. First and last are looked up again only when
/// somebody asks, because messages often go in an order that would make that a
/// search every time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubjectState {
    /// How many messages.
    pub msgs: u64,
    /// The first sequence, or one before it.
    pub first: u64,
    /// The last sequence, or one after it.
    pub last: u64,
    /// Whether `first` was removed.
    pub first_is_stale: bool,
    /// Whether `last` was removed.
    pub last_is_stale: bool,
}

/// The state of every subject that has messages.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    tree: SubjectTree<SubjectState>,
}

impl Subjects {
    pub(super) const fn len(&self) -> usize {
        self.tree.len()
    }

    pub(super) fn clear(&mut self) {
        self.tree.clear();
    }

    /// How many messages a subject has.
    pub(super) fn msgs(&self, subject: &[u8]) -> u64 {
        self.tree.get(subject).map_or(0, |state| state.msgs)
    }

    /// The state as it is noted, perhaps stale.
    pub(super) fn noted(&self, subject: &[u8]) -> Option<SubjectState> {
        self.tree.get(subject).copied()
    }

    /// The true state of a subject.
    pub(super) fn state(&mut self, messages: &Messages, subject: &[u8]) -> Option<SubjectState> {
        let state = self.tree.get_mut(subject)?;
        state.refresh(messages, subject);
        Some(*state)
    }

    /// Notes a new last message and returns how many the subject has.
    ///
    /// A subject that the tree cannot hold, with a byte 127 in it, is not tracked.
    pub(super) fn add(&mut self, subject: &[u8], seq: u64) -> u64 {
        if subject.is_empty() {
            return 0;
        }
        if let Some(state) = self.tree.get_mut(subject) {
            state.msgs += 1;
            state.last = seq;
            state.last_is_stale = false;
            return state.msgs;
        }
        let state = SubjectState {
            msgs: 1,
            first: seq,
            last: seq,
            ..SubjectState::default()
        };
        u64::from(self.tree.insert(subject, state).is_ok())
    }

    /// Notes that a message goes.
    pub(super) fn remove(&mut self, subject: &[u8], seq: u64) {
        let Some(state) = self.tree.get_mut(subject) else {
            return;
        };
        if state.msgs <= 1 {
            self.tree.remove(subject);
            return;
        }
        state.msgs -= 1;
        if state.msgs == 1 {
            if !state.last_is_stale && seq != state.last {
                state.first = state.last;
                state.first_is_stale = false;
                return;
            }
            if !state.first_is_stale && seq != state.first {
                state.last = state.first;
                state.last_is_stale = false;
                return;
            }
        }
        state.first_is_stale |= seq == state.first;
        state.last_is_stale |= seq == state.last;
    }

    /// Calls `each` with the true state of every subject that `filter` matches, in
    /// no order.
    pub(super) fn for_each(
        &mut self,
        messages: &Messages,
        filter: Filter<'_>,
        mut each: impl FnMut(&[u8], SubjectState),
    ) {
        let pattern = match filter {
            Filter::All => b">",
            Filter::Literal(pattern) | Filter::Pattern(pattern) => pattern,
            Filter::Sublist(list) => {
                let mut refreshed = Vec::new();
                list.intersect(&self.tree, |subject, noted| {
                    let mut state = *noted;
                    if state.refresh(messages, subject) {
                        refreshed.push((subject.to_vec(), state));
                    }
                    each(subject, state);
                });
                for (subject, state) in refreshed {
                    if let Some(noted) = self.tree.get_mut(&subject) {
                        *noted = state;
                    }
                }
                return;
            }
        };
        self.tree.for_each_match_mut(pattern, |subject, state| {
            state.refresh(messages, subject);
            each(subject, *state);
        });
    }

    /// Calls `each` with the number of messages of every subject that `filter`
    /// matches, in no order.
    pub(super) fn for_each_total(&self, filter: &[u8], mut each: impl FnMut(&[u8], u64)) {
        self.tree
            .for_each_match(filter, |subject, state| each(subject, state.msgs));
    }
}

impl SubjectState {
    /// Looks first and last up if they are stale; says whether they were.
    pub(super) fn refresh(&mut self, messages: &Messages, subject: &[u8]) -> bool {
        let was_stale = self.first_is_stale || self.last_is_stale;
        if self.first_is_stale
            && let Some(first) = messages
                .range(self.first.saturating_add(1)..=self.last)
                .find(|record| record.subject == subject)
        {
            self.first = first.seq;
            self.first_is_stale = false;
            if self.msgs == 1 {
                self.last = first.seq;
                self.last_is_stale = false;
            }
        }
        if self.last_is_stale
            && let Some(last) = messages
                .range_rev(self.first..=self.last.saturating_sub(1))
                .find(|record| record.subject == subject)
        {
            self.last = last.seq;
            self.last_is_stale = false;
            if self.msgs == 1 {
                self.first = last.seq;
                self.first_is_stale = false;
            }
        }
        was_stale
    }
}

impl From<SubjectState> for SimpleState {
    fn from(state: SubjectState) -> Self {
        Self {
            msgs: state.msgs,
            first: state.first,
            last: state.last,
        }
    }
}
