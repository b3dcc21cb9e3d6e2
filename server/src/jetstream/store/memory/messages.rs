//! All messages of a stream by sequence.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::block::{Block, Erase, Lengths};
use crate::jetstream::store::msg_run::MsgRef;

/// The messages, in blocks by the first sequence each can hold. Sequences that
/// are not there cost nothing, so that searches step over gaps of any size.
#[derive(Debug, Default)]
pub(super) struct Messages {
    blocks: BTreeMap<u64, Block>,
    len: usize,
}

/// A message where it lies.
pub(super) type Record<'a> = MsgRef<'a>;

impl Record<'_> {
    /// What the message counts for in a stream's bytes.
    pub(super) const fn size(&self) -> u64 {
        super::store::msg_size(self.subject.len(), self.header.len(), self.payload.len())
    }
}

impl Messages {
    pub(super) const fn len(&self) -> u64 {
        self.len as u64
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a message, whose sequence is above all others.
    pub(super) fn push(&mut self, lengths: Lengths, record: &Record<'_>) {
        if let Some(mut last) = self.blocks.last_entry() {
            let offset = record.seq - last.key();
            if last.get_mut().push(offset, lengths, record) {
                self.len += 1;
                return;
            }
            last.get_mut().seal();
        }
        let mut block = Block::new(lengths);
        block.push(0, lengths, record);
        self.blocks.insert(record.seq, block);
        self.len += 1;
    }

    pub(super) fn get(&self, seq: u64) -> Option<Record<'_>> {
        let (base, block) = self.blocks.range(..=seq).next_back()?;
        block.get(*base, seq - base)
    }

    /// Removes a message; `erase` overwrites its bytes before.
    pub(super) fn remove(&mut self, seq: u64, erase: Option<Erase<'_>>) -> bool {
        let Some((base, block)) = self.blocks.range_mut(..=seq).next_back() else {
            return false;
        };
        let base = *base;
        if !block.remove(seq - base, erase) {
            return false;
        }
        if block.live() == 0 {
            self.blocks.remove(&base);
        }
        self.len -= 1;
        true
    }

    /// The messages of a range of sequences, ascending.
    pub(super) fn range(&self, seqs: RangeInclusive<u64>) -> impl Iterator<Item = Record<'_>> {
        let (from, to) = seqs.into_inner();
        // The block before may reach into the range.
        let start = self.base_of(from).unwrap_or(from);
        let blocks = (from <= to).then(|| self.blocks.range(start..=to));
        blocks
            .into_iter()
            .flatten()
            .flat_map(move |(base, block)| block.from(*base, from.saturating_sub(*base)))
            .take_while(move |record| record.seq <= to)
    }

    /// The messages of a range of sequences, descending.
    pub(super) fn range_rev(&self, seqs: RangeInclusive<u64>) -> impl Iterator<Item = Record<'_>> {
        let (from, to) = seqs.into_inner();
        let start = self.base_of(from).unwrap_or(from);
        let blocks = (from <= to).then(|| self.blocks.range(start..=to).rev());
        blocks
            .into_iter()
            .flatten()
            .flat_map(move |(base, block)| block.up_to(*base, to - base).rev())
            .take_while(move |record| record.seq >= from)
    }

    /// The first message from `seq` on.
    pub(super) fn next(&self, seq: u64) -> Option<Record<'_>> {
        self.range(seq..=u64::MAX).next()
    }

    /// The last message.
    pub(super) fn last(&self) -> Option<Record<'_>> {
        self.range_rev(0..=u64::MAX).next()
    }

    /// How many messages there are from `seq` on.
    pub(super) fn count_from(&self, seq: u64) -> u64 {
        let partial = self.base_of(seq).and_then(|base| {
            let block = self.blocks.get(&base)?;
            Some((base, block.from(base, seq - base).count()))
        });
        let after = partial.map_or(seq, |(base, _)| base + 1);
        let whole: usize = self
            .blocks
            .range(after..)
            .map(|(_, block)| block.live())
            .sum();
        (whole + partial.map_or(0, |(_, count)| count)) as u64
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The heap memory of all messages in bytes.
    pub(super) fn memory(&self) -> usize {
        let per_entry = size_of::<u64>() + size_of::<Block>();
        let blocks = self.blocks.values();
        blocks.map(|block| block.memory() + per_entry).sum()
    }

    fn base_of(&self, seq: u64) -> Option<u64> {
        self.blocks.range(..=seq).next_back().map(|(base, _)| *base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn push(messages: &mut Messages, seq: u64, payload: &[u8]) {
        let record = Record {
            seq,
            ts: seq as i64,
            subject: b"a",
            header: b"h",
            payload,
        };
        messages.push(Lengths::of(&record).unwrap(), &record);
    }

    /// Random changes, checked against a map.
    #[test]
    fn agrees_with_a_map() {
        for seed in 0..40 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut messages = Messages::default();
            let mut map = BTreeMap::new();
            let mut seq = 0;
            for _ in 0..2_000 {
                if rng.random_bool(0.6) {
                    seq += if rng.random_bool(0.01) {
                        rng.random_range(1..200_000)
                    } else {
                        1
                    };
                    let len = if rng.random_bool(0.01) {
                        70_000
                    } else {
                        rng.random_range(0..600)
                    };
                    let payload = vec![seq as u8; len];
                    push(&mut messages, seq, &payload);
                    map.insert(seq, payload);
                } else {
                    let at = rng.random_range(0..=seq);
                    let found = map.range(at..).next().map_or(at, |(seq, _)| *seq);
                    assert_eq!(messages.remove(found, None), map.remove(&found).is_some());
                }
                let from = rng.random_range(0..=seq);
                let next = messages.next(from).map(|record| record.seq);
                assert_eq!(next, map.range(from..).next().map(|(seq, _)| *seq));
                assert_eq!(messages.len(), map.len() as u64);
            }
            let (from, to) = (seq / 4, seq / 4 * 3);
            let wanted: Vec<_> = map.range(from..=to).collect();
            let up: Vec<_> = messages.range(from..=to).collect();
            assert!(
                up.iter()
                    .map(|r| r.seq)
                    .eq(wanted.iter().map(|(seq, _)| **seq))
            );
            assert!(
                up.iter()
                    .all(|r| r.payload == map[&r.seq] && r.header == b"h" && r.ts == r.seq as i64)
            );
            let down = messages.range_rev(from..=to).map(|r| r.seq);
            assert!(down.eq(wanted.iter().rev().map(|(seq, _)| **seq)));
            assert_eq!(messages.count_from(from), map.range(from..).count() as u64);
            assert_eq!(
                messages.last().map(|r| r.seq),
                map.last_key_value().map(|(seq, _)| *seq)
            );
        }
    }

    #[test]
    fn removed_messages_give_their_memory_back() {
        let mut messages = Messages::default();
        for seq in 1..=25_600 {
            push(&mut messages, seq, &[7; 100]);
        }
        let full = messages.memory();
        assert!(full < 25_600 * (102 + 24 + 2), "{full}");
        for seq in (1..=25_600).filter(|seq| seq % 256 != 0) {
            messages.remove(seq, None);
        }
        assert_eq!(messages.len(), 100);
        // A block closes its holes when half of it is gone, at the latest.
        assert!(messages.memory() < full / 10, "{}", messages.memory());
        for seq in (1..=25_600).filter(|seq| seq % 256 == 0) {
            assert!(messages.remove(seq, None));
        }
        assert_eq!(messages.memory(), 0);
    }

    #[test]
    fn sequences_that_come_again_stand_in_order() {
        let mut messages = Messages::default();
        for seq in 1..=5 {
            push(&mut messages, seq, b"old");
        }
        for seq in 3..=5 {
            messages.remove(seq, None);
        }
        for seq in 3..=6 {
            push(&mut messages, seq, b"new");
        }
        assert!(messages.range(0..=9).map(|record| record.seq).eq(1..=6));
        assert_eq!(messages.next(4).unwrap().payload, b"new");
    }

    #[test]
    fn erased_messages_are_overwritten() {
        let mut messages = Messages::default();
        push(&mut messages, 1, b"secret");
        push(&mut messages, 2, b"other");
        let mut seen = Vec::new();
        let mut erase = |bytes: &mut [u8]| {
            seen = bytes.to_vec();
            bytes.fill(0);
        };
        assert!(messages.remove(1, Some(&mut erase)));
        assert_eq!(seen, b"ahsecret");
        assert!(!messages.remove(1, None));
        assert_eq!(messages.get(2).unwrap().payload, b"other");
    }
}
