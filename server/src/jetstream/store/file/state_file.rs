//! `index.db`: what a stream holds, so that opening it does not need to read its
//! blocks.
//!
//! ```text
//! magic 11 | version 3 (1, 2 and 4 are read too)
//! varints: messages, bytes, first sequence, time of the first (zigzag),
//!          last sequence, time of the last (zigzag)
//! varint: number of subjects; for each of them
//!   varint length | subject | varints: messages, first block, and last block
//!                                      if there is more than one message, and
//!                                      always from version 4 on
//! varint: number of blocks; for each of them
//!   varints: number, bytes, first sequence, its time less that of the stream's
//!            first (zigzag), last sequence, its time likewise, number of deleted,
//!            messages with a TTL (from version 2), schedules (from version 3)
//!   encoded sequence set of the deleted ones, if there are any
//! varint: number of the last block | checksum of its last record (8 bytes)
//! checksum of all this (8 bytes)
//! ```
//!
//! In an encrypted stream all but the last checksum is sealed with the stream's
//! key, and the checksum is that of the sealed bytes. Times are nanoseconds since
//! 1970, or 0.

use super::block::record::EMPTY_LEN;
use super::checksum::{CHECKSUM_LEN, Checksum};
use super::config::BLOCK_SIZE_MAX;
use crate::collections::SequenceSet;
use crate::collections::varint::{put_varint, take_varint, unzigzag, zigzag};

const MAGIC: u8 = 11;
/// No sequence has more than 62 bits.
const SEQ_END: u64 = 1 << 62;
const VERSION: u8 = 3;
/// What the Go server 2.14.5 writes: from this version on the last block of a subject
/// is always there.
const VERSION_MAX: u8 = 4;
const VERSION_LAST_BLOCKS: u8 = 4;
/// From this version on the numbers of messages with a TTL are there.
const VERSION_TTLS: u8 = 2;
/// From this version on the numbers of schedules are there.
const VERSION_SCHEDULES: u8 = 3;

/// The figures of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) msgs: u64,
    pub(super) bytes: u64,
    pub(super) first_seq: u64,
    pub(super) first_ts: i64,
    pub(super) last_seq: u64,
    pub(super) last_ts: i64,
}

/// What is known of a block.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockEntry {
    pub(super) index: u32,
    pub(super) bytes: u64,
    pub(super) first_seq: u64,
    pub(super) first_ts: i64,
    pub(super) last_seq: u64,
    pub(super) last_ts: i64,
    pub(super) deleted: SequenceSet,
    pub(super) ttls: u64,
    pub(super) schedules: u64,
}

impl BlockEntry {
    /// How many messages it says there are.
    pub(super) fn msgs(&self) -> u64 {
        let span = (self.last_seq + 1).saturating_sub(self.first_seq);
        span.saturating_sub(self.deleted.len() as u64)
    }

    /// The sequences between `from` and `to` of the messages that it says there are.
    pub(super) fn live_between(&self, from: u64, to: u64) -> impl Iterator<Item = u64> {
        self.deleted
            .absent(self.first_seq.max(from), self.last_seq.min(to))
    }

    /// Whether there can be such a block: every message takes some bytes, of which a block
    /// has not many, unless it is one message that has them. How many its file has does not
    /// matter, for that may be damaged.
    fn is_possible(&self) -> bool {
        let most = self.bytes.min(BLOCK_SIZE_MAX) / EMPTY_LEN;
        let deleted = &self.deleted;
        let are_inside = deleted.count_between(self.first_seq, self.last_seq) == deleted.len();
        are_inside && self.last_seq < SEQ_END && (self.msgs() <= most || self.last_seq == 0)
    }
}

/// A subject: how many messages, and in which blocks the first and the last are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SubjectEntry<'a> {
    pub(super) subject: &'a [u8],
    pub(super) msgs: u64,
    pub(super) first_block: u32,
    pub(super) last_block: u32,
}

/// Puts a state together. The parts have to come in this order: totals, subjects,
/// blocks, end.
#[derive(Debug)]
pub(super) struct Writer {
    out: Vec<u8>,
    first_ts: i64,
}

impl Writer {
    /// Begins with the totals and how many subjects there will be.
    pub(super) fn new(totals: &Totals, subjects: usize, capacity: usize) -> Self {
        let mut out = Vec::with_capacity(capacity);
        out.extend([MAGIC, VERSION]);
        put_varint(&mut out, totals.msgs);
        put_varint(&mut out, totals.bytes);
        put_varint(&mut out, totals.first_seq);
        put_varint(&mut out, zigzag(totals.first_ts));
        put_varint(&mut out, totals.last_seq);
        put_varint(&mut out, zigzag(totals.last_ts));
        put_varint(&mut out, subjects as u64);
        Self {
            out,
            first_ts: totals.first_ts,
        }
    }

    pub(super) fn subject(&mut self, entry: &SubjectEntry<'_>) {
        put_varint(&mut self.out, entry.subject.len() as u64);
        self.out.extend_from_slice(entry.subject);
        put_varint(&mut self.out, entry.msgs);
        put_varint(&mut self.out, entry.first_block.into());
        if entry.msgs > 1 {
            put_varint(&mut self.out, entry.last_block.into());
        }
    }

    /// Ends the subjects; so many blocks will come.
    pub(super) fn blocks(&mut self, count: usize) {
        put_varint(&mut self.out, count as u64);
    }

    pub(super) fn block(&mut self, entry: &BlockEntry) {
        let out = &mut self.out;
        put_varint(out, entry.index.into());
        put_varint(out, entry.bytes);
        put_varint(out, entry.first_seq);
        put_varint(out, zigzag(entry.first_ts.wrapping_sub(self.first_ts)));
        put_varint(out, entry.last_seq);
        put_varint(out, zigzag(entry.last_ts.wrapping_sub(self.first_ts)));
        put_varint(out, entry.deleted.len() as u64);
        put_varint(out, entry.ttls);
        put_varint(out, entry.schedules);
        if !entry.deleted.is_empty() {
            entry.deleted.encode(out);
        }
    }

    /// The whole, without the checksum at its end.
    pub(super) fn end(mut self, last_block: u32, last_checksum: &Checksum) -> Vec<u8> {
        put_varint(&mut self.out, last_block.into());
        self.out.extend_from_slice(last_checksum);
        self.out
    }
}

/// A state that was read, but for its subjects.
#[derive(Clone, Debug, Default)]
pub(super) struct FullState {
    pub(super) totals: Totals,
    pub(super) blocks: Vec<BlockEntry>,
    pub(super) last_block: u32,
    pub(super) last_checksum: Checksum,
}

/// Reads a state. The subjects can be read only when the blocks are known, so
/// `subjects` gets them afterwards.
pub(super) struct Reader<'a> {
    pub(super) state: FullState,
    version: u8,
    count: u64,
    subjects: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads everything but the subjects; `None` if it makes no sense. The checksum
    /// is not part of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (&[magic, version], mut rest) = bytes.split_first_chunk::<2>()?;
        if magic != MAGIC || !(1..=VERSION_MAX).contains(&version) {
            return None;
        }
        let rest = &mut rest;
        let totals = Totals {
            msgs: take_varint(rest)?,
            bytes: take_varint(rest)?,
            first_seq: take_varint(rest)?,
            first_ts: unzigzag(take_varint(rest)?),
            last_seq: take_varint(rest)?,
            last_ts: unzigzag(take_varint(rest)?),
        };
        if totals.last_seq >= SEQ_END || totals.first_seq > SEQ_END {
            return None;
        }
        let count = take_varint(rest)?;
        let subjects = *rest;
        for _ in 0..count {
            take_subject(rest, version)?;
        }
        let mut blocks = Vec::new();
        for _ in 0..take_varint(rest)? {
            blocks.push(take_block(rest, version, totals.first_ts)?);
        }
        let last_block = u32::try_from(take_varint(rest)?).ok()?;
        let last_checksum = *rest.first_chunk::<CHECKSUM_LEN>()?;
        Some(Self {
            state: FullState {
                totals,
                blocks,
                last_block,
                last_checksum,
            },
            version,
            count,
            subjects,
        })
    }

    /// All subjects. An empty one stands for nothing.
    pub(super) fn subjects(&self) -> impl Iterator<Item = SubjectEntry<'a>> {
        let (mut rest, version) = (self.subjects, self.version);
        (0..self.count).map_while(move |_| take_subject(&mut rest, version))
    }
}

fn take_subject<'a>(rest: &mut &'a [u8], version: u8) -> Option<SubjectEntry<'a>> {
    let len = usize::try_from(take_varint(rest)?).ok()?;
    if len == 0 {
        return Some(SubjectEntry {
            subject: b"",
            msgs: 0,
            first_block: 0,
            last_block: 0,
        });
    }
    let (subject, after) = rest.split_at_checked(len)?;
    *rest = after;
    let msgs = take_varint(rest)?;
    let first_block = u32::try_from(take_varint(rest)?).ok()?;
    let last_block = if msgs > 1 || version >= VERSION_LAST_BLOCKS {
        u32::try_from(take_varint(rest)?).ok()?
    } else {
        first_block
    };
    Some(SubjectEntry {
        subject,
        msgs,
        first_block,
        last_block,
    })
}

fn take_block(rest: &mut &[u8], version: u8, first_ts: i64) -> Option<BlockEntry> {
    let mut entry = BlockEntry {
        index: u32::try_from(take_varint(rest)?).ok()?,
        bytes: take_varint(rest)?,
        first_seq: take_varint(rest)?,
        first_ts: unzigzag(take_varint(rest)?).wrapping_add(first_ts),
        last_seq: take_varint(rest)?,
        last_ts: unzigzag(take_varint(rest)?).wrapping_add(first_ts),
        ..BlockEntry::default()
    };
    let deleted = take_varint(rest)?;
    if version >= VERSION_TTLS {
        entry.ttls = take_varint(rest)?;
    }
    if version >= VERSION_SCHEDULES {
        entry.schedules = take_varint(rest)?;
    }
    if deleted > 0 {
        let (set, used) = SequenceSet::decode(rest).ok()?;
        if set.len() as u64 != deleted {
            return None;
        }
        entry.deleted = set;
        *rest = rest.get(used..)?;
    }
    entry.is_possible().then_some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded() -> Vec<u8> {
        let totals = Totals {
            msgs: 300,
            bytes: 9_000,
            first_seq: 2,
            first_ts: 1_000,
            last_seq: 302,
            last_ts: 2_000,
        };
        let mut writer = Writer::new(&totals, 2, 0);
        for (subject, msgs) in [(&b"a"[..], 1), (b"b.c", 299)] {
            writer.subject(&SubjectEntry {
                subject,
                msgs,
                first_block: 1,
                last_block: if msgs == 1 { 1 } else { 2 },
            });
        }
        writer.blocks(2);
        for index in 1..=2 {
            writer.block(&BlockEntry {
                index,
                bytes: 4_500,
                first_seq: 2,
                first_ts: 1_000,
                last_seq: 150,
                last_ts: 0,
                deleted: if index == 1 {
                    [7].into_iter().collect()
                } else {
                    SequenceSet::new()
                },
                ttls: 3,
                schedules: 4,
            });
        }
        writer.end(2, &[1, 2, 3, 4, 5, 6, 7, 8])
    }

    #[test]
    fn survives_a_round_trip() {
        let bytes = encoded();
        let reader = Reader::new(&bytes).unwrap();
        assert_eq!(reader.state.totals.msgs, 300);
        assert_eq!(reader.state.totals.last_ts, 2_000);
        assert_eq!(reader.state.last_block, 2);
        assert_eq!(reader.state.last_checksum, [1, 2, 3, 4, 5, 6, 7, 8]);
        let block = &reader.state.blocks[0];
        assert_eq!((block.index, block.bytes, block.first_seq), (1, 4_500, 2));
        assert_eq!((block.first_ts, block.last_ts), (1_000, 0));
        assert_eq!((block.ttls, block.schedules), (3, 4));
        assert_eq!(block.deleted.iter().collect::<Vec<_>>(), [7]);
        let subjects: Vec<_> = reader.subjects().collect();
        assert_eq!(subjects[0].subject, b"a");
        assert_eq!((subjects[0].msgs, subjects[0].last_block), (1, 1));
        assert_eq!((subjects[1].msgs, subjects[1].last_block), (299, 2));
    }

    #[test]
    fn later_versions_tell_every_last_block() {
        let mut bytes = encoded();
        bytes[1] = 4;
        // The first subject, `a` with one message, has its last block too.
        bytes.insert(18, 1);
        let reader = Reader::new(&bytes).unwrap();
        let subjects: Vec<_> = reader.subjects().collect();
        assert_eq!((subjects[0].msgs, subjects[0].last_block), (1, 1));
        assert_eq!((subjects[1].msgs, subjects[1].last_block), (299, 2));
        assert_eq!(reader.state.blocks.len(), 2);
        assert_eq!(reader.state.last_block, 2);
    }

    #[test]
    fn bytes_are_fixed() {
        let expected = [
            11, 3, 0xac, 2, 0xa8, 0x46, 2, 0xd0, 0x0f, 0xae, 2, 0xa0, 0x1f, 2,
        ];
        assert_eq!(encoded()[..14], expected);
        assert_eq!(encoded()[14..18], [1, b'a', 1, 1]);
    }

    /// As the Go server 2.14.5 writes it.
    #[test]
    fn version_4_names_the_last_block_of_every_subject() {
        let mut bytes = encoded();
        bytes[1] = 4;
        // Behind the one message of the first subject and its block.
        bytes.insert(18, 2);
        let reader = Reader::new(&bytes).unwrap();
        assert_eq!(reader.state.last_block, 2);
        let subjects: Vec<_> = reader.subjects().collect();
        assert_eq!((subjects[0].msgs, subjects[0].last_block), (1, 2));
        assert_eq!((subjects[1].msgs, subjects[1].last_block), (299, 2));
    }

    #[test]
    fn what_is_deleted_lies_in_its_block() {
        let entry = |deleted: &[u64]| BlockEntry {
            bytes: 300,
            first_seq: 5,
            last_seq: 14,
            deleted: deleted.iter().copied().collect(),
            ..BlockEntry::default()
        };
        assert!(entry(&[6, 14]).is_possible());
        for deleted in [4, 15, 1 << 40] {
            assert!(!entry(&[6, deleted]).is_possible(), "{deleted}");
        }
    }

    #[test]
    fn broken_bytes_are_refused() {
        let bytes = encoded();
        for len in 0..bytes.len() {
            assert!(Reader::new(&bytes[..len]).is_none(), "{len}");
        }
        for wrong in [[10, 3], [11, 0], [11, 5]] {
            let mut bytes = bytes.clone();
            bytes[..2].copy_from_slice(&wrong);
            assert!(Reader::new(&bytes).is_none());
        }
    }
}
