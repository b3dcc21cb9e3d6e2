//! Where in a block a subject is.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::cache::Cache;

/// A sorted list of (hash of the subject, message), so that searching for one
/// subject does not go through all messages. It may name messages of other
/// subjects, and some that were removed.
#[derive(Debug)]
pub(in super::super) struct SubjectIndex {
    hasher: DefaultHashBuilder,
    /// The sequence that messages count from.
    base: u64,
    /// Hash in the upper half, sequence over `base` in the lower.
    entries: Vec<u64>,
    /// Messages from here on are not in the list.
    end: u64,
}

/// With fewer messages than this it is quicker to look at each.
const WORTH_IT: usize = 64;

impl SubjectIndex {
    /// The list of all messages of a block whose bytes are all there.
    pub(in super::super) fn new(cache: &Cache) -> Self {
        let mut index = Self {
            hasher: DefaultHashBuilder::default(),
            base: cache.base(),
            entries: Vec::with_capacity(cache.len()),
            end: cache.base(),
        };
        index.extend(cache);
        index
    }

    /// Takes in what was appended, if it is much.
    pub(in super::super) fn catch_up(&mut self, cache: &Cache) {
        let missing = cache.len().saturating_sub(self.entries.len());
        if missing > WORTH_IT.max(self.entries.len() / 4) {
            self.extend(cache);
        }
    }

    /// From which sequence on messages are not in the list.
    pub(in super::super) const fn end(&self) -> u64 {
        self.end
    }

    /// Messages from `from` to `to` that may have the subject, ascending.
    pub(in super::super) fn candidates(
        &self,
        subject: &[u8],
        from: u64,
        to: u64,
    ) -> impl DoubleEndedIterator<Item = u64> {
        let hash = u64::from(self.hash(subject)) << 32;
        let base = self.base;
        // Nothing is before the base; what is far behind it is behind all.
        let near = |seq: u64| seq.saturating_sub(base).min(u64::from(u32::MAX));
        let low = self
            .entries
            .partition_point(|entry| *entry < hash | near(from));
        let entries = self.entries.get(low..).unwrap_or_default();
        let high = if to < base.max(from) {
            0
        } else {
            entries.partition_point(|entry| *entry <= hash | near(to))
        };
        let entries = entries.get(..high).unwrap_or_default();
        entries
            .iter()
            .map(move |entry| base + (entry & u64::from(u32::MAX)))
    }

    /// Forgets messages after `seq`.
    pub(in super::super) fn truncate(&mut self, seq: u64) {
        let (base, end) = (self.base, seq.saturating_add(1));
        self.entries
            .retain(|entry| base + (entry & u64::from(u32::MAX)) < end);
        self.end = self.end.min(end);
    }

    /// The heap memory in bytes.
    pub(in super::super) const fn memory(&self) -> usize {
        self.entries.capacity() * size_of::<u64>()
    }

    fn extend(&mut self, cache: &Cache) {
        let mut end = self.end;
        let mut added = Vec::new();
        for (seq, subject) in cache.subjects(self.end) {
            // As near as the slots of the cache.
            let delta = (seq - self.base) & u64::from(u32::MAX);
            added.push(u64::from(self.hash(subject)) << 32 | delta);
            end = seq + 1;
        }
        self.entries.append(&mut added);
        self.entries.sort_unstable();
        self.end = end;
    }

    fn hash(&self, subject: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(subject);
        (hash >> 32) as u32 ^ hash as u32
    }
}
