//! What the checksums of a block's records leave out.
//!
//! A record's checksum is over subject, header block and payload as one, so that it
//! does not tell where one ends and the other begins. Beside the block stands a file
//! that does, `N.len`, of which the Go server takes no notice. It is a row of chunks,
//! each for some records that follow each other:
//!
//! ```text
//!  0  2  76, and the version 1
//!  2  4  bytes of the body
//!  6     body, sealed with the block's keys if it has any:
//!          8  where in the block the first record begins
//!          8  where the last one ends
//!          8  checksum of the last one
//!             for each record: its length (varint), its mark (2 bytes)
//!     8  checksum of all before, of the block's kind
//! ```
//!
//! A mark is made of the lengths of subject and header block and of the record's
//! checksum, such that no change to one of them leaves it as it is. A chunk whose last
//! record is not where it says is not of this block any more: the block was rewritten
//! by somebody who does not know of the file. It is of no use then, and does no harm.
//!
//! The file is never synced, and written when a block is full, with the state file,
//! and now and then between. Records that it does not know of, and those that the Go
//! server wrote, have to look like messages ([`is_plausible`]).

use super::record::{HEAD_LEN, Kind, Record};
use crate::collections::varint::{put_varint, take_varint};
use crate::jetstream::store::file::checksum::{CHECKSUM_LEN, Checksum, Checksummer};
use crate::jetstream::store::file::cipher::{AssetKeys, CipherError};

const MAGIC: u8 = 76;
const VERSION: u8 = 1;
/// Bytes before the body of a chunk.
const CHUNK_HEAD: usize = 6;

/// The marks of records that are not in the file yet.
#[derive(Debug, Default)]
pub(in super::super) struct Pending {
    begin: u64,
    end: u64,
    notes: Vec<u8>,
    last: Checksum,
    /// What it was before the last record.
    before: Option<(usize, u64, Checksum)>,
    /// Bytes of the file that are of use, if that is known.
    pub(in super::super) file_len: Option<u64>,
}

/// The marks of the records of a block.
#[derive(Debug, Default)]
pub(in super::super) struct Guard {
    /// By ascending offset.
    notes: Vec<Note>,
    /// The first note that is not before where it was looked last.
    next: usize,
    /// Whether it was asked about messages of which it knows nothing.
    pub(in super::super) is_incomplete: bool,
}

#[derive(Clone, Copy, Debug)]
struct Note {
    offset: u64,
    len: u64,
    mark: u16,
}

/// The chunks of a file.
#[derive(Debug, Default)]
pub(in super::super) struct Chunks {
    bodies: Vec<Vec<u8>>,
    /// Where the last good chunk ends.
    pub(in super::super) len: usize,
    /// Whether what follows is a chunk that was changed, rather than cut short.
    pub(in super::super) is_damaged: bool,
}

/// The mark of a record with these lengths.
pub(in super::super) fn mark(subject_len: usize, header_len: usize, sum: &Checksum) -> u16 {
    let [low, high, ..] = *sum;
    let (header_low, header_high) = (header_len as u16, (header_len >> 16) as u16);
    // With odd factors, so that every length makes another mark.
    subject_len as u16
        ^ header_low.wrapping_mul(0x9e37)
        ^ header_high.wrapping_mul(0x79b9)
        ^ u16::from_le_bytes([low, high])
}

/// Whether a record of which nothing else is known can be what somebody stored: a
/// subject has no empty tokens and nothing unprintable, a header block ends where it
/// says so itself.
pub(in super::super) fn is_plausible(record: &Record<'_>) -> bool {
    let subject = record.subject;
    if subject.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
        return false;
    }
    if !subject.is_empty() && subject.split(|byte| *byte == b'.').any(<[u8]>::is_empty) {
        return false;
    }
    if !record.has_header() {
        return true;
    }
    let header_and_payload = || record.header.iter().chain(record.payload);
    if !header_and_payload().take(START.len()).eq(START) {
        return true;
    }
    let mut last = [0; END.len()];
    for (at, byte) in header_and_payload().enumerate() {
        last.rotate_left(1);
        last[END.len() - 1] = *byte;
        if last == END {
            return at + 1 == record.header.len();
        }
    }
    true
}

/// What a header block begins with.
const START: &[u8] = b"NATS/1.0";
/// What it ends with.
const END: [u8; 4] = *b"\r\n\r\n";

impl Pending {
    /// Nothing, after so many bytes of the file.
    pub(in super::super) fn after(file_len: u64) -> Self {
        Self {
            file_len: Some(file_len),
            ..Self::default()
        }
    }

    /// Notes a record that is appended at `offset`.
    pub(in super::super) fn note(&mut self, offset: u64, len: u64, mark: u16, sum: Checksum) {
        if self.notes.is_empty() {
            self.begin = offset;
        }
        self.before = Some((self.notes.len(), self.end, self.last));
        put_varint(&mut self.notes, len);
        self.notes.extend_from_slice(&mark.to_le_bytes());
        self.end = offset + len;
        self.last = sum;
    }

    /// Takes back the last record that was noted.
    pub(in super::super) fn take_back(&mut self) {
        if let Some((len, end, last)) = self.before.take() {
            self.notes.truncate(len);
            (self.end, self.last) = (end, last);
        }
    }

    /// Bytes of the notes.
    pub(in super::super) const fn len(&self) -> usize {
        self.notes.len()
    }

    /// Forgets the notes, because they are in the file or of no use.
    pub(in super::super) fn clear(&mut self) {
        self.notes.clear();
        self.before = None;
    }

    /// The body of a chunk with the notes.
    fn body(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.notes.len() + 24);
        body.extend_from_slice(&self.begin.to_le_bytes());
        body.extend_from_slice(&self.end.to_le_bytes());
        body.extend_from_slice(&self.last);
        body.extend_from_slice(&self.notes);
        body
    }

    /// A chunk with the notes.
    pub(in super::super) fn chunk(
        &self,
        sums: &Checksummer,
        keys: Option<&AssetKeys>,
    ) -> Result<Vec<u8>, CipherError> {
        let mut body = self.body();
        if let Some(keys) = keys {
            body = keys.seal(&body)?;
        }
        let mut chunk = Vec::with_capacity(CHUNK_HEAD + body.len() + CHECKSUM_LEN);
        chunk.extend([MAGIC, VERSION]);
        chunk.extend_from_slice(&(body.len() as u32).to_le_bytes());
        chunk.extend_from_slice(&body);
        let sum = sums.sum(&[&chunk]);
        chunk.extend_from_slice(&sum);
        Ok(chunk)
    }

    /// The notes of all records of a block, but wrong ones for those at the offsets
    /// that `is_broken` names.
    pub(in super::super) fn of(records: &[u8], mut is_broken: impl FnMut(u64) -> bool) -> Self {
        let mut pending = Self::after(0);
        let mut offset = 0;
        while let Some(record) = records.get(offset..).and_then(Record::parse) {
            let sum = record.checksum();
            let mut mark = mark(record.subject.len(), record.header.len(), &sum);
            if is_broken(offset as u64) {
                mark = !mark;
            }
            pending.note(offset as u64, record.len() as u64, mark, sum);
            offset += record.len();
        }
        pending
    }
}

impl Chunks {
    /// The chunks in the bytes of a file.
    pub(in super::super) fn decode(
        bytes: &[u8],
        sums: &Checksummer,
        keys: Option<&AssetKeys>,
    ) -> Self {
        let mut chunks = Self::default();
        while let Some(rest) = bytes.get(chunks.len..).filter(|rest| !rest.is_empty()) {
            let Some((body, len)) = take_chunk(rest, sums) else {
                chunks.is_damaged = !is_cut_short(rest);
                break;
            };
            let body = match keys {
                Some(keys) => keys.unseal(body),
                None => Ok(body.to_vec()),
            };
            // Sealed with other keys it is of no use either.
            chunks.bodies.extend(body);
            chunks.len += len;
        }
        chunks
    }
}

fn take_chunk<'a>(bytes: &'a [u8], sums: &Checksummer) -> Option<(&'a [u8], usize)> {
    let (head, rest) = bytes.split_first_chunk::<CHUNK_HEAD>()?;
    let [MAGIC, VERSION, len @ ..] = *head else {
        return None;
    };
    let len = u32::from_le_bytes(len) as usize;
    let (body, rest) = rest.split_at_checked(len)?;
    let sum = rest.first_chunk::<CHECKSUM_LEN>()?;
    (sums.sum(&[head, body]) == *sum).then_some((body, CHUNK_HEAD + len + CHECKSUM_LEN))
}

/// Whether bytes that are no chunk are the beginning of one.
fn is_cut_short(bytes: &[u8]) -> bool {
    let Some((head, rest)) = bytes.split_first_chunk::<CHUNK_HEAD>() else {
        return true;
    };
    let [MAGIC, VERSION, len @ ..] = *head else {
        return false;
    };
    rest.len() < (u32::from_le_bytes(len) as usize).saturating_add(CHECKSUM_LEN)
}

impl Guard {
    /// What `chunks` and `pending` say of a block with these records.
    pub(in super::super) fn new(chunks: &Chunks, pending: &Pending, records: &[u8]) -> Self {
        let mut guard = Self::default();
        for body in &chunks.bodies {
            // One that is of another time says nothing of this block.
            guard.add(body, records);
        }
        if pending.len() > 0 {
            guard.add(&pending.body(), records);
        }
        if !guard.notes.is_sorted_by_key(|note| note.offset) {
            guard.notes.sort_by_key(|note| note.offset);
        }
        guard
    }

    fn add(&mut self, body: &[u8], records: &[u8]) -> Option<()> {
        let (begin, rest) = body.split_first_chunk::<8>()?;
        let (end, rest) = rest.split_first_chunk::<8>()?;
        let (last, mut rest) = rest.split_first_chunk::<CHECKSUM_LEN>()?;
        let (begin, end) = (u64::from_le_bytes(*begin), u64::from_le_bytes(*end));
        let covered = records.get(..usize::try_from(end).ok()?)?;
        let known = self.notes.len();
        let mut offset = begin;
        while !rest.is_empty() {
            let len = take_varint(&mut rest)?;
            let (mark, after) = rest.split_first_chunk::<2>()?;
            rest = after;
            let mark = u16::from_le_bytes(*mark);
            self.notes.push(Note { offset, len, mark });
            offset = offset.checked_add(len)?;
        }
        let is_right =
            offset == end && (covered.ends_with(last) || self.ends_with_erased(covered, known));
        if !is_right {
            self.notes.truncate(known);
        }
        Some(())
    }

    /// Whether the last record noted was erased since, and so has another checksum.
    fn ends_with_erased(&self, covered: &[u8], known: usize) -> bool {
        let note = self.notes.get(known..).and_then(<[Note]>::last);
        let record = note
            .and_then(|note| usize::try_from(note.offset).ok())
            .and_then(|offset| Record::parse(covered.get(offset..)?));
        record.is_some_and(|record| record.kind == Kind::Erased)
    }

    /// Whether the parts of a record at an offset end where they did when it was
    /// written, as far as that is known. Records have to be asked about in order.
    pub(in super::super) fn allows(&mut self, offset: usize, record: &Record<'_>) -> bool {
        if record.kind != Kind::Message {
            return true;
        }
        match self.note_at(offset as u64) {
            Some(note) => {
                let sum = record.checksum();
                note.len == record.len() as u64
                    && note.mark == mark(record.subject.len(), record.header.len(), &sum)
            }
            None => {
                self.is_incomplete = true;
                is_plausible(record)
            }
        }
    }

    /// Lets records be asked about from the first on again.
    pub(in super::super) const fn rewind(&mut self) {
        (self.next, self.is_incomplete) = (0, false);
    }

    fn note_at(&mut self, offset: u64) -> Option<Note> {
        while let Some(note) = self.notes.get(self.next) {
            if note.offset >= offset {
                return (note.offset == offset).then_some(*note);
            }
            self.next += 1;
        }
        None
    }
}

/// Where else a subject may end in a record, were one byte of its length changed.
pub(in super::super) fn other_subjects<'a>(
    record: &Record<'a>,
) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let parts = record.whole().get(HEAD_LEN..).unwrap_or_default();
    let parts = parts.get(..parts.len().saturating_sub(CHECKSUM_LEN));
    let parts = parts.unwrap_or_default();
    let [low, high] = (record.subject.len() as u16).to_le_bytes();
    let lows = (0..=u8::MAX).filter(move |byte| *byte != low);
    let highs = (0..=u8::MAX).filter(move |byte| *byte != high);
    let lens = lows
        .map(move |low| [low, high])
        .chain(highs.map(move |high| [low, high]));
    lens.filter_map(move |len| parts.get(..u16::from_le_bytes(len).into()))
}

#[cfg(test)]
mod tests {
    use super::super::record::NewRecord;
    use super::*;

    fn sums() -> Checksummer {
        Checksummer::new(b"S-1")
    }

    fn block() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (seq, header) in (1..).zip([&b""[..], b"NATS/1.0\r\nA: b\r\n\r\n", b""]) {
            let record = NewRecord {
                subject: b"orders.7",
                header,
                payload: b"7.1.2.3",
                ..NewRecord::empty(Kind::Message, seq, 1)
            };
            record.encode(&mut bytes, &sums());
        }
        bytes
    }

    /// Which records are allowed, and how many there are of which that can be said.
    fn allowed(guard: &mut Guard, records: &[u8]) -> Vec<bool> {
        let mut offset = 0;
        let mut allowed = Vec::new();
        while let Some(record) = records.get(offset..).and_then(Record::parse) {
            allowed.push(guard.allows(offset, &record));
            offset += record.len();
        }
        allowed
    }

    fn guard(records: &[u8], of: &[u8]) -> Guard {
        let chunk = Pending::of(of, |_| false).chunk(&sums(), None).unwrap();
        let chunks = Chunks::decode(&chunk, &sums(), None);
        assert!(!chunks.is_damaged);
        assert_eq!(chunks.len, chunk.len());
        Guard::new(&chunks, &Pending::default(), records)
    }

    #[test]
    fn every_other_length_is_noticed() {
        let whole = block();
        assert_eq!(allowed(&mut guard(&whole, &whole), &whole), [true; 3]);
        for len in (0..=u16::MAX).filter(|len| *len != 8) {
            let mut wrong = whole.clone();
            wrong[20..22].copy_from_slice(&len.to_le_bytes());
            let Some(record) = Record::parse(&wrong) else {
                continue;
            };
            assert!(record.is_intact(&sums()), "or nothing is proved");
            assert_eq!(
                allowed(&mut guard(&wrong, &whole), &wrong),
                [false, true, true]
            );
        }
    }

    #[test]
    fn every_other_header_length_is_noticed() {
        let whole = block();
        let at = Record::parse(&whole).unwrap().len() + HEAD_LEN + 8;
        for len in 0..24_u32 {
            let mut wrong = whole.clone();
            wrong[at..at + 4].copy_from_slice(&len.to_le_bytes());
            for mut guard in [guard(&wrong, &whole), Guard::default()] {
                let allowed = allowed(&mut guard, &wrong);
                assert_eq!(allowed, [true, len == 18, true], "{len}");
            }
        }
    }

    #[test]
    fn a_guard_of_another_block_says_nothing() {
        let whole = block();
        let mut other = whole.clone();
        let len = other.len();
        other[len - 1] ^= 1;
        assert!(guard(&other, &whole).notes.is_empty());
        assert!(guard(&whole[..60], &whole).notes.is_empty());
    }

    #[test]
    fn broken_files_are_noticed() {
        let chunk = Pending::of(&block(), |_| false)
            .chunk(&sums(), None)
            .unwrap();
        let two = [chunk.clone(), chunk.clone()].concat();
        for at in 0..two.len() {
            let mut wrong = two.clone();
            wrong[at] ^= 0x40;
            let chunks = Chunks::decode(&wrong, &sums(), None);
            assert_eq!(chunks.bodies.len(), at / chunk.len(), "{at}");
            let is_of_len = (2..CHUNK_HEAD).contains(&(at % chunk.len()));
            assert!(chunks.is_damaged || is_of_len, "{at}");
            let cut = Chunks::decode(&two[..at], &sums(), None);
            assert_eq!(
                (cut.bodies.len(), cut.is_damaged),
                (at / chunk.len(), false)
            );
        }
    }

    #[test]
    fn what_was_taken_back_leaves_no_trace() {
        let whole = block();
        let mut pending = Pending::of(&whole, |_| false);
        let before = pending.body();
        pending.note(whole.len() as u64, 40, 7, [1; 8]);
        pending.take_back();
        assert_eq!(pending.body(), before);
    }

    #[test]
    fn subjects_look_like_subjects() {
        let looks = |subject: &[u8]| {
            let mut bytes = Vec::new();
            let record = NewRecord {
                subject,
                ..NewRecord::empty(Kind::Message, 1, 1)
            };
            record.encode(&mut bytes, &sums());
            is_plausible(&Record::parse(&bytes).unwrap())
        };
        for good in [&b"a"[..], b"a.b", b"a.*.>", b"", "ä.ö".as_bytes()] {
            assert!(looks(good), "{good:?}");
        }
        for bad in [&b"a."[..], b".a", b"a..b", b"a b", b"a\0", b"a\x7f", b"a\n"] {
            assert!(!looks(bad), "{bad:?}");
        }
    }
}
