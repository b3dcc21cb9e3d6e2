//! One record of a block.
//!
//! All numbers have their lowest byte first.
//!
//! ```text
//!  0  4  length of the whole record; bit 31: it has a header block
//!  4  8  sequence; bit 63: erased or skipped, bit 62: tombstone
//! 12  8  time, in nanoseconds since 1970
//! 20  2  length of the subject
//! 22     subject
//!     4  length of the header block, if it has one
//!        header block, if it has one
//!        payload
//!     8  checksum of bytes 4 to 19, subject, header block and payload
//! ```
//!
//! An erased record has no subject and noise for a payload; a skipped sequence has
//! a record of the same kind with nothing in it. A tombstone has no parts either:
//! it says that the message with its sequence, in a block before, was removed, or
//! that sequences up to its own were given out.

use crate::jetstream::store::file::checksum::{CHECKSUM_LEN, Checksum, Checksummer};
use crate::jetstream::store::msg_run::MsgRef;

/// Bytes before the subject.
pub(in super::super) const HEAD_LEN: usize = 22;
/// Bytes of a record with no parts.
pub(in super::super) const EMPTY_LEN: u64 = (HEAD_LEN + CHECKSUM_LEN) as u64;
/// No record is longer.
pub(in super::super) const RECORD_LEN_MAX: u64 = 32 * 1024 * 1024;

const HAS_HEADER: u32 = 1 << 31;
const ERASED: u64 = 1 << 63;
const TOMBSTONE: u64 = 1 << 62;
/// Bytes of the length of a header block.
const HEADER_LEN_LEN: usize = 4;

/// What a record stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// A message.
    Message,
    /// A sequence without one.
    Erased,
    /// The removal of a message that was written before.
    Tombstone,
}

/// A record where it lies.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Record<'a> {
    pub(in super::super) kind: Kind,
    pub(in super::super) seq: u64,
    pub(in super::super) ts: i64,
    pub(in super::super) subject: &'a [u8],
    pub(in super::super) header: &'a [u8],
    pub(in super::super) payload: &'a [u8],
    /// All its bytes.
    whole: &'a [u8],
}

/// What a message takes in a block, and counts for in a stream's bytes.
///
/// Go: `fileStoreMsgSize`.
#[must_use]
pub const fn record_size(subject_len: usize, header_len: usize, payload_len: usize) -> u64 {
    let header_len = match header_len {
        0 => 0,
        len => HEADER_LEN_LEN + len,
    };
    (subject_len + header_len + payload_len) as u64 + EMPTY_LEN
}

impl<'a> Record<'a> {
    /// The record that `bytes` begin with, its checksum not looked at; `None` if
    /// they cannot be one.
    pub(in super::super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, _) = bytes.split_first_chunk::<HEAD_LEN>()?;
        let len = number32(head, 0)?;
        let has_header = len & HAS_HEADER != 0;
        let len = (len & !HAS_HEADER) as usize;
        if len as u64 > RECORD_LEN_MAX {
            return None;
        }
        let whole = bytes.get(..len)?;
        let parts = whole.get(HEAD_LEN..len.checked_sub(CHECKSUM_LEN)?)?;
        let seq = number64(head, 4)?;
        let subject_len = u16::from_le_bytes(*head.last_chunk::<2>()?);
        let (subject, rest) = parts.split_at_checked(subject_len.into())?;
        let (header, payload) = if has_header {
            let (len, rest) = rest.split_first_chunk::<HEADER_LEN_LEN>()?;
            rest.split_at_checked(u32::from_le_bytes(*len) as usize)?
        } else {
            (&[][..], rest)
        };
        let kind = match (seq & ERASED, seq & TOMBSTONE) {
            (0, 0) => Kind::Message,
            (0, _) => Kind::Tombstone,
            _ => Kind::Erased,
        };
        Some(Self {
            // An old server erased by setting the sequence to 0.
            kind: if seq == 0 { Kind::Erased } else { kind },
            seq: seq & !(ERASED | TOMBSTONE),
            ts: number64(head, 12)?.cast_signed(),
            subject,
            header,
            payload,
            whole,
        })
    }

    /// The message that it holds.
    pub(in super::super) const fn as_msg(&self) -> MsgRef<'a> {
        MsgRef {
            seq: self.seq,
            ts: self.ts,
            subject: self.subject,
            header: self.header,
            payload: self.payload,
        }
    }

    /// Bytes that it takes.
    pub(in super::super) const fn len(&self) -> usize {
        self.whole.len()
    }

    /// Whether it says that it has a header block.
    pub(in super::super) const fn has_header(&self) -> bool {
        let parts = self.subject.len() + self.header.len() + self.payload.len();
        self.whole.len() > parts + EMPTY_LEN as usize
    }

    /// All its bytes.
    pub(in super::super) const fn whole(&self) -> &'a [u8] {
        self.whole
    }

    /// The checksum that it ends with.
    pub(in super::super) fn checksum(&self) -> Checksum {
        self.whole.last_chunk().copied().unwrap_or_default()
    }

    /// Whether the checksum is right.
    pub(in super::super) fn is_intact(&self, sums: &Checksummer) -> bool {
        let hashed = self.whole.get(4..20).unwrap_or_default();
        let end = self.whole.len() - CHECKSUM_LEN;
        let sum = if self.has_header() {
            let after = HEAD_LEN + self.subject.len() + HEADER_LEN_LEN;
            let header_and_payload = self.whole.get(after..end).unwrap_or_default();
            sums.sum(&[hashed, self.subject, header_and_payload])
        } else {
            // What follows the head is hashed as it stands.
            sums.sum(&[hashed, self.whole.get(HEAD_LEN..end).unwrap_or_default()])
        };
        sum == self.checksum()
    }
}

/// A record to be written.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct NewRecord<'a> {
    pub(in super::super) kind: Kind,
    pub(in super::super) seq: u64,
    pub(in super::super) ts: i64,
    pub(in super::super) subject: &'a [u8],
    pub(in super::super) header: &'a [u8],
    pub(in super::super) payload: &'a [u8],
}

impl NewRecord<'_> {
    /// A record without parts.
    pub(in super::super) const fn empty(kind: Kind, seq: u64, ts: i64) -> Self {
        Self {
            kind,
            seq,
            ts,
            subject: b"",
            header: b"",
            payload: b"",
        }
    }

    /// Bytes that it takes; `None` if it is too long for a record.
    pub(in super::super) fn len(&self) -> Option<u64> {
        u16::try_from(self.subject.len()).ok()?;
        let len = record_size(self.subject.len(), self.header.len(), self.payload.len());
        (len <= RECORD_LEN_MAX).then_some(len)
    }

    /// Appends the record to `out`, whose lengths [`len`](Self::len) has checked,
    /// and returns its checksum.
    pub(in super::super) fn encode(&self, out: &mut Vec<u8>, sums: &Checksummer) -> Checksum {
        let len = record_size(self.subject.len(), self.header.len(), self.payload.len());
        let has_header = if self.header.is_empty() {
            0
        } else {
            HAS_HEADER
        };
        let bits = match self.kind {
            Kind::Message => 0,
            Kind::Erased => ERASED,
            Kind::Tombstone => TOMBSTONE,
        };
        let mut head = [0; HEAD_LEN];
        head[..4].copy_from_slice(&(len as u32 | has_header).to_le_bytes());
        head[4..12].copy_from_slice(&(self.seq | bits).to_le_bytes());
        head[12..20].copy_from_slice(&self.ts.to_le_bytes());
        head[20..].copy_from_slice(&(self.subject.len() as u16).to_le_bytes());
        let sum = sums.sum(&[&head[4..20], self.subject, self.header, self.payload]);
        out.extend_from_slice(&head);
        out.extend_from_slice(self.subject);
        if !self.header.is_empty() {
            out.extend_from_slice(&(self.header.len() as u32).to_le_bytes());
            out.extend_from_slice(self.header);
        }
        out.extend_from_slice(self.payload);
        out.extend_from_slice(&sum);
        sum
    }
}

/// A record of `len` bytes that erases the message with this sequence by `noise`,
/// which is as long as all but head and checksum.
pub(in super::super) fn erased(seq: u64, noise: &[u8], sums: &Checksummer) -> Vec<u8> {
    let mut out = Vec::with_capacity(noise.len() + EMPTY_LEN as usize);
    let record = NewRecord {
        payload: noise,
        ..NewRecord::empty(Kind::Erased, seq, 0)
    };
    record.encode(&mut out, sums);
    out
}

fn number32(head: &[u8; HEAD_LEN], at: usize) -> Option<u32> {
    let bytes = head.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

fn number64(head: &[u8; HEAD_LEN], at: usize) -> Option<u64> {
    let bytes = head.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums() -> Checksummer {
        Checksummer::new(b"S-1")
    }

    #[test]
    fn bytes_are_those_of_the_go_server() {
        let record = NewRecord {
            kind: Kind::Message,
            seq: 7,
            ts: 0x0102_0304,
            subject: b"a.b",
            header: b"H",
            payload: b"xy",
        };
        let mut bytes = Vec::new();
        let sum = record.encode(&mut bytes, &sums());
        let mut expected = vec![40, 0, 0, 0x80];
        expected.extend([7, 0, 0, 0, 0, 0, 0, 0, 4, 3, 2, 1, 0, 0, 0, 0, 3, 0]);
        expected.extend(b"a.b\x01\0\0\0Hxy");
        assert_eq!(bytes[..32], expected);
        assert_eq!(bytes[32..], sum);
        assert_eq!(record.len(), Some(40));
    }

    #[test]
    fn survives_a_round_trip() {
        for (kind, header) in [
            (Kind::Message, &b"NATS/1.0\r\n\r\n"[..]),
            (Kind::Message, b""),
            (Kind::Erased, b""),
            (Kind::Tombstone, b""),
        ] {
            let record = NewRecord {
                subject: b"s",
                header,
                payload: b"p",
                ..NewRecord::empty(kind, 5, -9)
            };
            let mut bytes = Vec::new();
            record.encode(&mut bytes, &sums());
            let len = bytes.len();
            bytes.extend(b"more");
            let read = Record::parse(&bytes).unwrap();
            assert_eq!((read.kind, read.seq, read.ts), (kind, 5, -9));
            assert_eq!(
                (read.subject, read.header, read.payload),
                (&b"s"[..], header, &b"p"[..])
            );
            assert_eq!(read.len(), len);
            assert!(read.is_intact(&sums()));
            assert!(!read.is_intact(&Checksummer::new(b"S-2")));
        }
    }

    #[test]
    fn broken_bytes_are_refused() {
        let mut bytes = Vec::new();
        let record = NewRecord {
            subject: b"abc",
            header: b"h",
            ..NewRecord::empty(Kind::Message, 1, 1)
        };
        record.encode(&mut bytes, &sums());
        for len in 0..bytes.len() {
            assert!(Record::parse(&bytes[..len]).is_none(), "{len}");
        }
        for at in 4..20 {
            let mut wrong = bytes.clone();
            wrong[at] ^= 1;
            assert!(!Record::parse(&wrong).unwrap().is_intact(&sums()), "{at}");
        }
        let too_long = NewRecord {
            payload: &vec![0; RECORD_LEN_MAX as usize],
            ..record
        };
        assert_eq!(too_long.len(), None);
        let long_subject = NewRecord {
            subject: &[b'a'; 70_000],
            ..record
        };
        assert_eq!(long_subject.len(), None);
    }

    #[test]
    fn erased_records_keep_their_length() {
        let bytes = erased(9, &[1; 12], &sums());
        let record = Record::parse(&bytes).unwrap();
        assert_eq!(
            (record.kind, record.seq, record.len()),
            (Kind::Erased, 9, 42)
        );
        assert!(record.is_intact(&sums()));
    }
}
