//! What is known of a block.

use std::sync::Arc;

use super::cache::Cache;
use super::find::{indexed, matches};
use super::guard::{self, Pending};
use super::record::{Kind, NewRecord};
use super::subject_index::SubjectIndex;
use crate::collections::SequenceSet;
use crate::jetstream::store::disk::DiskFile;
use crate::jetstream::store::file::checksum::{Checksum, Checksummer};
use crate::jetstream::store::file::cipher::AssetKeys;
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::headers;
use crate::protocol::header_value;

/// A block (`msgBlock`). New records stand in the cache first; what is behind
/// `written` has not been written to the file yet, so the cache has to stay.
#[derive(Debug)]
pub(in super::super) struct Block {
    pub(in super::super) index: u32,
    pub(in super::super) tally: Tally,
    /// The lowest sequence of a message that stands in the file, deleted or not, if
    /// that is known.
    pub(in super::super) lowest: Option<u64>,
    /// Messages between first and last that are gone.
    pub(in super::super) deleted: SequenceSet,
    pub(in super::super) sums: Checksummer,
    /// Its keys, once they were needed.
    pub(in super::super) keys: Option<AssetKeys>,
    /// Whether it has to be written anew with other keys.
    pub(in super::super) has_outdated_keys: bool,
    /// Bytes of the file.
    pub(in super::super) disk_len: u64,
    /// Bytes of records that are in the file.
    pub(in super::super) written: u64,
    /// Whether the file is compressed; nothing can be appended then.
    pub(in super::super) is_compressed: bool,
    pub(in super::super) file: Option<Arc<dyn DiskFile>>,
    pub(in super::super) needs_sync: bool,
    pub(in super::super) cache: Option<Cache>,
    pub(in super::super) subjects: Option<SubjectIndex>,
    /// What the checksums leave out, of the records appended last.
    pub(in super::super) guard: Pending,
    /// Whether reading it anew was of no avail, so that damage found in it is believed.
    pub(in super::super) is_believed_damaged: bool,
    /// When it was read last, by the count of readings.
    pub(in super::super) used: u64,
    /// Whether it was read since it is in memory, and not only written.
    pub(in super::super) is_read: bool,
    /// Whether its files were being replaced when that failed.
    pub(in super::super) is_torn: bool,
    /// Whether compacting it again would save nothing.
    pub(in super::super) is_compact: bool,
    /// Bytes of messages when it was compacted last, or 0.
    pub(in super::super) compacted: u64,
}

/// The figures of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Tally {
    /// The first message, or without messages the one after the last.
    pub(in super::super) first_seq: u64,
    /// Its time, or 0.
    pub(in super::super) first_ts: i64,
    /// The last sequence, also of one without a message.
    pub(in super::super) last_seq: u64,
    pub(in super::super) last_ts: i64,
    pub(in super::super) msgs: u64,
    /// Bytes of messages.
    pub(in super::super) bytes: u64,
    /// Bytes of all records.
    pub(in super::super) len: u64,
    /// How many messages with a limit of their own were written.
    pub(in super::super) ttls: u64,
    /// How many schedules were written.
    pub(in super::super) schedules: u64,
    pub(in super::super) last_checksum: Checksum,
}

impl Block {
    /// A block without records, after the sequence `last_seq`.
    pub(in super::super) fn new(stream: &str, index: u32, last_seq: u64) -> Self {
        Self {
            index,
            tally: Tally {
                first_seq: last_seq + 1,
                last_seq,
                ..Tally::default()
            },
            lowest: Some(u64::MAX),
            deleted: SequenceSet::new(),
            sums: Checksummer::new(format!("{stream}-{index}").as_bytes()),
            keys: None,
            has_outdated_keys: false,
            disk_len: 0,
            written: 0,
            is_compressed: false,
            file: None,
            needs_sync: false,
            cache: None,
            subjects: None,
            guard: Pending::default(),
            is_believed_damaged: false,
            used: 0,
            is_read: false,
            is_torn: false,
            is_compact: false,
            compacted: 0,
        }
    }

    /// Whether there is a message with this sequence.
    pub(in super::super) fn contains(&self, seq: u64) -> bool {
        let tally = &self.tally;
        tally.msgs > 0
            && (tally.first_seq..=tally.last_seq).contains(&seq)
            && !self.deleted.contains(seq)
    }

    /// The sequences of its messages, of which there are some.
    pub(in super::super) fn live(&self) -> impl Iterator<Item = u64> {
        let Tally {
            first_seq,
            last_seq,
            ..
        } = self.tally;
        self.deleted.absent(first_seq, last_seq)
    }

    /// Bytes that are not in the file yet.
    pub(in super::super) const fn pending(&self) -> u64 {
        // More is written when cutting a block off has failed.
        self.tally.len.saturating_sub(self.written)
    }

    /// Whether the cache has everything from a sequence on.
    pub(in super::super) fn is_cached_from(&self, seq: u64) -> bool {
        let cache = self.cache.as_ref();
        cache.is_some_and(|cache| cache.start() == 0 || seq >= cache.base())
    }

    /// Whether a record of `len` bytes for `seq` can be appended.
    pub(in super::super) fn has_room(&self, seq: u64, len: u64, block_size: u64) -> bool {
        let near = |base: u64| u32::try_from(seq.saturating_sub(base)).is_ok();
        !self.is_compressed
            && !self.is_far(seq)
            && (self.tally.len == 0 || self.tally.len + len <= block_size)
            && self.cache.as_ref().is_none_or(|cache| near(cache.base()))
    }

    /// Whether a sequence is so far from the messages in the file that whoever reads that
    /// anew would take it for damage.
    fn is_far(&self, seq: u64) -> bool {
        match self.lowest {
            Some(u64::MAX) => false,
            Some(lowest) => seq.saturating_sub(lowest) > FAR,
            None => seq.saturating_sub(self.tally.last_seq) > FAR_FROM_LAST,
        }
    }

    /// Appends a record to the cache.
    pub(in super::super) fn push(&mut self, record: &NewRecord<'_>) {
        let offset = self.tally.len;
        let cache = self
            .cache
            .get_or_insert_with(|| Cache::new(offset, self.tally.last_seq + 1, Vec::new()));
        self.tally.last_checksum = record.encode(cache.bytes_mut(), &self.sums);
        self.tally.len = cache.end();
        let len = self.tally.len - offset;
        let sum = self.tally.last_checksum;
        let mark = guard::mark(record.subject.len(), record.header.len(), &sum);
        self.guard.note(offset, len, mark, sum);
        let tally = &mut self.tally;
        let is_empty = tally.msgs == 0;
        match record.kind {
            Kind::Message => {
                // There is room, see `has_room`.
                cache.note(record.seq, offset, true);
                self.lowest = self.lowest.map(|lowest| lowest.min(record.seq));
                if is_empty {
                    (tally.first_seq, tally.first_ts) = (record.seq, record.ts);
                }
                (tally.last_seq, tally.last_ts) = (record.seq, record.ts);
                tally.msgs += 1;
                tally.bytes += len;
                tally.count_headers(record.header);
            }
            Kind::Erased => {
                if is_empty {
                    (tally.first_seq, tally.first_ts) = (record.seq + 1, 0);
                }
                (tally.last_seq, tally.last_ts) = (record.seq, record.ts);
            }
            Kind::Tombstone if is_empty && record.seq > tally.last_seq => {
                (tally.first_seq, tally.first_ts) = (record.seq + 1, 0);
                (tally.last_seq, tally.last_ts) = (record.seq, record.ts);
            }
            Kind::Tombstone => {}
        }
    }

    /// Takes back what was appended since the figures were these.
    pub(in super::super) fn take_back(&mut self, tally: Tally) {
        self.tally = tally;
        self.guard.take_back();
        if let Some(cache) = &mut self.cache {
            cache.cut(tally.len);
        }
    }

    /// Takes a message out of the figures; whoever does so sees to the first.
    pub(in super::super) fn discount(&mut self, seq: u64, len: u64) {
        let tally = &mut self.tally;
        tally.msgs = tally.msgs.saturating_sub(1);
        tally.bytes = tally.bytes.saturating_sub(len);
        self.is_compact = false;
        if let Some(cache) = &mut self.cache {
            cache.forget(seq);
        }
    }

    /// Whether rewriting it without what is deleted may save half of it or more.
    pub(in super::super) const fn is_wasteful(&self) -> bool {
        self.tally.bytes * 2 < self.tally.len && !self.is_compact
    }

    /// Whether that is worth the while at once. If compacting it did not help, for
    /// what it has are tombstones that are needed, much has to go before it is tried
    /// again.
    pub(in super::super) const fn is_very_wasteful(&self) -> bool {
        let Tally { bytes, len, .. } = self.tally;
        let has_shrunk = self.compacted == 0 || bytes * 2 < self.compacted;
        len > COMPACT_INLINE_MIN && bytes * 2 < len && has_shrunk
    }

    /// Moves the first message on after it was removed, to the next one or to the
    /// end. Its time is not known then, but 0.
    pub(in super::super) fn advance_first(&mut self) {
        let tally = &mut self.tally;
        tally.first_ts = 0;
        if tally.msgs == 0 {
            tally.first_seq = tally.last_seq + 1;
            self.deleted.clear();
            return;
        }
        tally.first_seq += 1;
        if self.deleted.contains(tally.first_seq) {
            let mut left = self.deleted.absent(tally.first_seq, tally.last_seq);
            tally.first_seq = left.next().unwrap_or(tally.last_seq + 1);
            drop(left);
            self.deleted.remove_below(tally.first_seq);
        }
    }

    /// The first message from `from` to `to` that `filter` matches, and those that
    /// turned out to be damaged. The cache has to reach back to `from`.
    pub(in super::super) fn find_up(
        &mut self,
        filter: Filter<'_>,
        from: u64,
        to: u64,
        damaged: &mut Vec<u64>,
    ) -> Option<u64> {
        let Some(cache) = &self.cache else {
            return None;
        };
        let start = from.max(self.tally.first_seq);
        let mut next = start;
        if let Filter::Literal(subject) = filter {
            for (at, (seq, found)) in cache.up(start, &self.sums).enumerate() {
                next = seq;
                if seq > to {
                    return None;
                }
                if at > NEAR {
                    break;
                }
                next = seq + 1;
                if matches(&found, seq, filter, damaged) {
                    return Some(seq);
                }
            }
            if let Some(index) = indexed(&mut self.subjects, cache) {
                for seq in index.candidates(subject, next, to) {
                    if matches(&cache.get(seq, &self.sums), seq, filter, damaged) {
                        return Some(seq);
                    }
                }
                next = next.max(index.end());
            }
        }
        for (seq, found) in cache.up(next, &self.sums) {
            if seq > to {
                return None;
            }
            if matches(&found, seq, filter, damaged) {
                return Some(seq);
            }
        }
        None
    }

    /// The last message from `from` to `to` that `filter` matches. The cache has to
    /// reach back to `from`.
    pub(in super::super) fn find_down(
        &mut self,
        filter: Filter<'_>,
        from: u64,
        to: u64,
        damaged: &mut Vec<u64>,
    ) -> Option<u64> {
        let Some(cache) = &self.cache else {
            return None;
        };
        let from = from.max(self.tally.first_seq);
        let mut first_looked_at = to.saturating_add(1);
        for (at, (seq, found)) in cache.down(to, &self.sums).enumerate() {
            if seq < from {
                return None;
            }
            let is_indexed = self.subjects.as_ref().is_none_or(|index| seq < index.end());
            if at > NEAR && is_indexed && matches!(filter, Filter::Literal(_)) {
                break;
            }
            first_looked_at = seq;
            if matches(&found, seq, filter, damaged) {
                return Some(seq);
            }
        }
        let Filter::Literal(subject) = filter else {
            return None;
        };
        let index = indexed(&mut self.subjects, cache)?;
        let to = first_looked_at.saturating_sub(1);
        let mut candidates = index.candidates(subject, from, to).rev();
        candidates.find(|seq| matches(&cache.get(*seq, &self.sums), *seq, filter, damaged))
    }

    /// How many messages from `from` to `to` match. The cache has to reach back to
    /// `from`.
    pub(in super::super) fn count(
        &self,
        filter: Filter<'_>,
        from: u64,
        to: u64,
        damaged: &mut Vec<u64>,
    ) -> u64 {
        let Some(cache) = &self.cache else { return 0 };
        let found = cache.up(from.max(self.tally.first_seq), &self.sums);
        found
            .take_while(|(seq, _)| *seq <= to)
            .filter(|(seq, found)| matches(found, *seq, filter, damaged))
            .count() as u64
    }

    /// The memory that a cache of all its records takes, in bytes.
    pub(in super::super) fn memory_when_read(&self) -> usize {
        let Tally { len, msgs, .. } = self.tally;
        Cache::memory_of(len.max(self.disk_len), msgs)
    }

    /// The memory of what is cached, in bytes.
    pub(in super::super) fn memory(&self) -> usize {
        let cache = self.cache.as_ref().map_or(0, Cache::memory);
        cache + self.subjects.as_ref().map_or(0, SubjectIndex::memory)
    }
}

impl Tally {
    /// Counts a new message with this header block.
    pub(in super::super) fn count_headers(&mut self, header: &[u8]) {
        if !header.is_empty() {
            let (ttl, schedule) = counted_headers(header);
            self.ttls += u64::from(ttl);
            self.schedules += u64::from(schedule);
        }
    }
}

/// A sequence further than this from the first message in its block is damage. The Go
/// server notes every sequence that a mirror skips, so that it cannot skip many more.
pub(in super::super) const FAR: u64 = 1 << 28;
/// The same where nobody knows which is the first.
const FAR_FROM_LAST: u64 = 1 << 16;
/// So many bytes have to be in a block before it is compacted on the spot.
const COMPACT_INLINE_MIN: u64 = 2 * 1024 * 1024;
/// So many messages are looked at one by one before the list of subjects is used.
const NEAR: usize = 32;

/// Whether a message has a limit of its own, and whether it is a schedule.
fn counted_headers(header: &[u8]) -> (bool, bool) {
    let has = |key| header_value(key, header).is_some_and(|value| !value.is_empty());
    (has(headers::MESSAGE_TTL), has(headers::SCHEDULE))
}
