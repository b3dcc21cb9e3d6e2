//! What is stored under each subject.

use super::blocks::Blocks;
use crate::collections::SubjectTree;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;

/// The messages of one subject. The first and last sequence are looked up only
/// when somebody needs them: messages often go in an order that would make that a
/// search every time, and the state file knows only in which block they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) msgs: u64,
    /// The first sequence; with [`STALE`] none is before it.
    first: u64,
    /// The last sequence; with [`STALE`] none is after it.
    last: u64,
}

/// The state of every subject that has messages.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    tree: SubjectTree<Entry>,
    /// Whether what is noted turned out not to be what is stored.
    pub(super) are_skewed: bool,
    /// Whether there are subjects that the tree cannot hold.
    are_incomplete: bool,
}

/// So many nodes of the tree are looked at before a search is given up.
const VISITS_MAX: usize = 4_096;
/// Sequences have 62 bits.
const STALE: u64 = 1 << 63;

impl Entry {
    /// A sequence that no message is before.
    pub(super) const fn lowest(&self) -> u64 {
        self.first & !STALE
    }

    /// A sequence that no message is after.
    pub(super) const fn highest(&self) -> u64 {
        self.last & !STALE
    }

    /// The first sequence, if it is known.
    pub(super) const fn first(&self) -> Option<u64> {
        if self.first & STALE == 0 {
            Some(self.first)
        } else {
            None
        }
    }

    /// The last sequence, if it is known.
    pub(super) const fn last(&self) -> Option<u64> {
        if self.last & STALE == 0 {
            Some(self.last)
        } else {
            None
        }
    }

    const fn is_stale(&self) -> bool {
        (self.first | self.last) & STALE != 0
    }

    /// Whether all messages are from `start` on; `None` if only the true first
    /// sequence can tell.
    pub(super) const fn begins_from(&self, start: u64) -> Option<bool> {
        if self.lowest() >= start {
            Some(true)
        } else if self.first & STALE == 0 || self.highest() < start {
            Some(false)
        } else {
            None
        }
    }

    /// Whether all messages are before `start`; `None` if only the true last
    /// sequence can tell.
    pub(super) const fn ends_before(&self, start: u64) -> Option<bool> {
        if self.highest() < start {
            Some(true)
        } else if self.last & STALE == 0 || self.lowest() >= start {
            Some(false)
        } else {
            None
        }
    }

    /// Looks up the first and last sequence; false if there are no such messages.
    pub(super) fn refresh(
        &mut self,
        blocks: &mut Blocks,
        subject: &[u8],
    ) -> Result<bool, StoreError> {
        Ok(self.refresh_first(blocks, subject)? && self.refresh_last(blocks, subject)?)
    }

    /// Looks up the first sequence.
    pub(super) fn refresh_first(
        &mut self,
        blocks: &mut Blocks,
        subject: &[u8],
    ) -> Result<bool, StoreError> {
        if self.first & STALE == 0 {
            return Ok(true);
        }
        let filter = Filter::Literal(subject);
        let Some(first) = blocks.next(filter, self.lowest(), self.highest())? else {
            return Ok(false);
        };
        self.first = first;
        if self.msgs == 1 {
            self.last = first;
        }
        Ok(true)
    }

    /// Looks up the last sequence.
    pub(super) fn refresh_last(
        &mut self,
        blocks: &mut Blocks,
        subject: &[u8],
    ) -> Result<bool, StoreError> {
        if self.last & STALE == 0 {
            return Ok(true);
        }
        let filter = Filter::Literal(subject);
        let Some(last) = blocks.prev(filter, self.lowest(), self.highest())? else {
            return Ok(false);
        };
        self.last = last;
        if self.msgs == 1 {
            self.first = last;
        }
        Ok(true)
    }
}

impl Subjects {
    pub(super) const fn len(&self) -> usize {
        self.tree.len()
    }

    pub(super) fn clear(&mut self) {
        self.tree.clear();
        self.are_incomplete = false;
        self.are_skewed = false;
    }

    /// How many messages a subject has.
    pub(super) fn msgs(&self, subject: &[u8]) -> u64 {
        self.tree.get(subject).map_or(0, |entry| entry.msgs)
    }

    /// What is noted of a subject.
    pub(super) fn noted(&self, subject: &[u8]) -> Option<Entry> {
        self.tree.get(subject).copied()
    }

    /// Notes a new last message and returns how many the subject has. A subject that
    /// the tree cannot hold, with a byte 127 in it, is not tracked.
    pub(super) fn add(&mut self, subject: &[u8], seq: u64) -> u64 {
        if subject.is_empty() {
            return 0;
        }
        if let Some(entry) = self.tree.get_mut(subject) {
            entry.msgs += 1;
            entry.last = seq;
            return entry.msgs;
        }
        self.insert(subject, 1, seq, seq)
    }

    /// Notes a message that is before all that are noted of its subject.
    pub(super) fn add_before(&mut self, subject: &[u8], seq: u64) {
        if subject.is_empty() {
            return;
        }
        match self.tree.get_mut(subject) {
            Some(entry) => {
                entry.msgs += 1;
                entry.first = seq;
            }
            None => {
                self.insert(subject, 1, seq, seq);
            }
        }
    }

    /// Notes a subject of whose messages only is known that they are between these
    /// sequences.
    pub(super) fn add_between(&mut self, subject: &[u8], msgs: u64, lowest: u64, highest: u64) {
        if lowest == highest {
            self.insert(subject, msgs, lowest, highest);
        } else {
            self.insert(subject, msgs, lowest | STALE, highest | STALE);
        }
    }

    fn insert(&mut self, subject: &[u8], msgs: u64, first: u64, last: u64) -> u64 {
        let entry = Entry { msgs, first, last };
        match self.tree.insert(subject, entry) {
            Ok(_) => msgs,
            Err(_) => {
                self.are_incomplete = true;
                0
            }
        }
    }

    /// Notes that a message goes, and returns how many the subject has then.
    pub(super) fn remove(&mut self, subject: &[u8], seq: u64) -> u64 {
        let Some(entry) = self.tree.get_mut(subject) else {
            return 0;
        };
        if entry.msgs <= 1 {
            self.tree.remove(subject);
            return 0;
        }
        entry.msgs -= 1;
        if entry.msgs == 1 {
            if entry.last & STALE == 0 && seq != entry.last {
                entry.first = entry.last;
                return 1;
            }
            if entry.first & STALE == 0 && seq != entry.first {
                entry.last = entry.first;
                return 1;
            }
        }
        if seq == entry.first {
            entry.first = (seq + 1) | STALE;
        }
        if seq == entry.last {
            entry.last = (seq - 1) | STALE;
        }
        entry.msgs
    }

    /// The first sequence of a subject.
    pub(super) fn first(
        &mut self,
        blocks: &mut Blocks,
        subject: &[u8],
    ) -> Result<Option<u64>, StoreError> {
        let entry = self.refreshed(subject, |entry| entry.refresh_first(blocks, subject))?;
        Ok(entry.map(|entry| entry.lowest()))
    }

    /// The last sequence of a subject.
    pub(super) fn last(
        &mut self,
        blocks: &mut Blocks,
        subject: &[u8],
    ) -> Result<Option<u64>, StoreError> {
        let entry = self.refreshed(subject, |entry| entry.refresh_last(blocks, subject))?;
        Ok(entry.map(|entry| entry.highest()))
    }

    fn refreshed(
        &mut self,
        subject: &[u8],
        refresh: impl FnOnce(&mut Entry) -> Result<bool, StoreError>,
    ) -> Result<Option<Entry>, StoreError> {
        let Some(entry) = self.tree.get_mut(subject) else {
            return Ok(None);
        };
        if !refresh(entry)? {
            self.are_skewed = true;
            return Ok(None);
        }
        Ok(Some(*entry))
    }

    /// Calls `each` with what is noted of every subject that `filter` matches, in no
    /// order. What it looks up is noted.
    pub(super) fn for_each(
        &mut self,
        filter: Filter<'_>,
        mut each: impl FnMut(&[u8], &mut Entry) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let mut result = Ok(());
        let mut are_skewed = false;
        let mut visit = |subject: &[u8], entry: &mut Entry| {
            if result.is_ok() {
                match each(subject, entry) {
                    Ok(is_right) => are_skewed |= !is_right,
                    Err(error) => result = Err(error),
                }
            }
        };
        match filter {
            Filter::All => self.tree.for_each_match_mut(b">", visit),
            Filter::Literal(subject) => {
                if let Some(entry) = self.tree.get_mut(subject) {
                    visit(subject, entry);
                }
            }
            Filter::Pattern(pattern) => self.tree.for_each_match_mut(pattern, visit),
            Filter::Sublist(list) => {
                let mut refreshed = Vec::new();
                list.intersect(&self.tree, |subject, noted| {
                    let mut entry = *noted;
                    visit(subject, &mut entry);
                    if entry != *noted {
                        refreshed.push((subject.to_vec(), entry));
                    }
                });
                for (subject, entry) in refreshed {
                    if let Some(noted) = self.tree.get_mut(&subject) {
                        *noted = entry;
                    }
                }
            }
        }
        self.are_skewed |= are_skewed;
        result
    }

    /// Notes that no message that `filter` matches is between `from` and `first`, which
    /// is one of them, so that it is not searched for again from where it was noted to
    /// begin.
    pub(super) fn none_between(
        &mut self,
        filter: Filter<'_>,
        from: u64,
        first: u64,
    ) -> Result<(), StoreError> {
        let is_exact = matches!(filter, Filter::Literal(_));
        self.for_each(filter, |_, entry| {
            if entry.first & STALE != 0 && (from..first).contains(&entry.lowest()) {
                entry.first = if is_exact { first } else { first | STALE };
            }
            Ok(true)
        })
    }

    /// What is noted of the subjects that `filter` matches; `None` if there are more of
    /// them than `max`, or nobody knows, or finding out takes too long.
    pub(super) fn few(&self, filter: Filter<'_>, max: usize) -> Option<Vec<(Vec<u8>, Entry)>> {
        if self.are_incomplete {
            return None;
        }
        let mut few = Vec::new();
        let mut each = |subject: &[u8], entry: &Entry| {
            few.push((subject.to_vec(), *entry));
            few.len() <= max
        };
        let is_whole = match filter {
            Filter::All => self.tree.match_within(b">", VISITS_MAX, each),
            Filter::Literal(subject) => self
                .tree
                .get(subject)
                .is_none_or(|entry| each(subject, entry)),
            Filter::Pattern(pattern) => self.tree.match_within(pattern, VISITS_MAX, each),
            Filter::Sublist(list) => list.intersect_within(&self.tree, VISITS_MAX, each),
        };
        is_whole.then_some(few)
    }

    /// Calls `each` with what is noted of every subject that `filter` matches, in no
    /// order.
    pub(super) fn for_each_noted(&self, filter: &[u8], mut each: impl FnMut(&[u8], &Entry)) {
        self.tree
            .for_each_match(filter, |subject, entry| each(subject, entry));
    }

    /// Looks up subjects with one message of which only is known that it is in one of
    /// several blocks.
    pub(super) fn settle_single(&mut self, blocks: &mut Blocks) -> Result<(), StoreError> {
        self.for_each(Filter::All, |subject, entry| {
            let is_vague = entry.msgs == 1
                && entry.is_stale()
                && blocks.position(entry.lowest()) != blocks.position(entry.highest());
            if is_vague {
                entry.refresh(blocks, subject)
            } else {
                Ok(true)
            }
        })
    }
}
