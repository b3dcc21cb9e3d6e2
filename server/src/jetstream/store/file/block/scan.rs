//! Going through all records of a block.

use super::record::{HEAD_LEN, Record};
use crate::jetstream::store::file::checksum::Checksummer;

/// What comes next in a block.
#[derive(Debug)]
pub(in super::super) enum Item<'a> {
    /// A record at an offset.
    Record(usize, Record<'a>),
    /// Bytes that are no record.
    Damage(&'a [u8]),
}

/// Goes through the records of a block.
///
/// With checksums looked at, it steps over what is damaged to the next record that
/// is right. Without, it ends where records no longer follow each other.
#[derive(Debug)]
pub(in super::super) struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    sums: Option<&'a Checksummer>,
}

impl<'a> Scan<'a> {
    pub(in super::super) const fn checked(bytes: &'a [u8], sums: &'a Checksummer) -> Self {
        Self {
            bytes,
            at: 0,
            sums: Some(sums),
        }
    }

    pub(in super::super) const fn unchecked(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            sums: None,
        }
    }

    fn intact_at(&self, at: usize) -> Option<Record<'a>> {
        let record = Record::parse(self.bytes.get(at..)?)?;
        let is_intact = self.sums.is_none_or(|sums| record.is_intact(sums));
        is_intact.then_some(record)
    }

    /// Where the next record begins that is right, after one that is not.
    fn resume_after(&self, at: usize) -> usize {
        let end = self.bytes.len();
        if self.sums.is_none() {
            return end;
        }
        // Often only a part in the middle is wrong, but not the length.
        if let Some(record) = self.bytes.get(at..).and_then(Record::parse) {
            let next = at + record.len();
            if next == end || self.intact_at(next).is_some() {
                return next;
            }
        }
        (at + 1..end.saturating_sub(HEAD_LEN))
            .find(|next| self.intact_at(*next).is_some())
            .unwrap_or(end)
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let at = self.at;
        if at >= self.bytes.len() {
            return None;
        }
        if let Some(record) = self.intact_at(at) {
            self.at = at + record.len();
            return Some(Item::Record(at, record));
        }
        self.at = self.resume_after(at);
        let damaged = self.bytes.get(at..self.at).unwrap_or_default();
        Some(Item::Damage(damaged))
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Kind, NewRecord};
    use super::*;

    fn sums() -> Checksummer {
        Checksummer::new(b"S-1")
    }

    fn block(count: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        for seq in 1..=count {
            let record = NewRecord {
                subject: b"a",
                payload: b"some payload",
                ..NewRecord::empty(Kind::Message, seq, 1)
            };
            record.encode(&mut bytes, &sums());
        }
        bytes
    }

    /// Sequences of the records, 0 for damage.
    fn seqs(bytes: &[u8]) -> Vec<u64> {
        let sums = sums();
        let items = Scan::checked(bytes, &sums);
        items
            .map(|item| match item {
                Item::Record(_, record) => record.seq,
                Item::Damage(..) => 0,
            })
            .collect()
    }

    #[test]
    fn only_the_damaged_record_is_lost() {
        let whole = block(3);
        assert_eq!(seqs(&whole), [1, 2, 3]);
        let len = whole.len() / 3;
        for at in len..2 * len {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            // The length of the subject is not in the checksum.
            if (len + 20..len + 22).contains(&at) {
                continue;
            }
            assert_eq!(seqs(&bytes), [1, 0, 3], "{at}");
        }
    }

    #[test]
    fn a_block_that_is_cut_off_keeps_its_whole_records() {
        let whole = block(3);
        let len = whole.len() / 3;
        for end in 0..whole.len() {
            let full = end / len;
            let mut expected: Vec<u64> = (1..=full as u64).collect();
            if end % len != 0 {
                expected.push(0);
            }
            assert_eq!(seqs(&whole[..end]), expected, "{end}");
        }
    }
}
