//! Messages on their way into a store and out of it.

/// A message with the place it is to have (`StoreRawMsg`).
#[derive(Clone, Copy, Debug, Default)]
pub struct RawMsg<'a> {
    /// Its subject.
    pub subject: &'a [u8],
    /// Its header block, or nothing.
    pub header: &'a [u8],
    /// Its payload.
    pub payload: &'a [u8],
    /// The sequence it has to get; 0 for the next.
    pub seq: u64,
    /// When it came, in nanoseconds since 1970.
    pub ts: i64,
    /// Seconds until it expires; 0 or less for never.
    pub ttl: i64,
}

impl<'a> RawMsg<'a> {
    /// A message that gets the next sequence.
    pub(super) const fn next([subject, header, payload]: [&'a [u8]; 3], ts: i64, ttl: i64) -> Self {
        Self {
            subject,
            header,
            payload,
            seq: 0,
            ts,
            ttl,
        }
    }
}

/// A message of an atomic batch that is about to be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchMsg {
    /// Its subject.
    pub subject: Vec<u8>,
    /// Its header block.
    pub header: Vec<u8>,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// A message read from a store (`StoreMsg`). Its memory is used again when it is
/// filled again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredMsg {
    /// Its sequence.
    pub seq: u64,
    /// When it was stored, in nanoseconds since 1970.
    pub ts: i64,
    bytes: Vec<u8>,
    subject_len: usize,
    header_len: usize,
}

/// Where a search in a store came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The message with this sequence.
    Found(u64),
    /// Nothing up to this sequence, the end of the store in the direction of the
    /// search.
    End(u64),
}

impl StoredMsg {
    /// An empty message, to be filled.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            seq: 0,
            ts: 0,
            bytes: Vec::new(),
            subject_len: 0,
            header_len: 0,
        }
    }

    /// Its subject.
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        self.bytes.get(..self.subject_len).unwrap_or_default()
    }

    /// Its header block; empty if it has none.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        let end = self.subject_len + self.header_len;
        self.bytes.get(self.subject_len..end).unwrap_or_default()
    }

    /// Its payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        let start = self.subject_len + self.header_len;
        self.bytes.get(start..).unwrap_or_default()
    }

    /// Bytes of all its parts.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Forgets the message and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        (self.seq, self.ts, self.subject_len, self.header_len) = (0, 0, 0, 0);
    }

    /// Takes a message in; the parts are subject, header block and payload.
    pub fn fill(&mut self, seq: u64, ts: i64, parts: [&[u8]; 3]) {
        self.bytes.clear();
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        (self.seq, self.ts) = (seq, ts);
        (self.subject_len, self.header_len) = (parts[0].len(), parts[1].len());
    }
}

impl Lookup {
    /// The sequence found, if one was.
    #[must_use]
    pub const fn found(self) -> Option<u64> {
        match self {
            Self::Found(seq) => Some(seq),
            Self::End(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_copied_and_clearing_keeps_memory() {
        let mut one = StoredMsg::new();
        one.fill(7, 8, [b"a.b", b"NATS/1.0\r\n\r\n", b"payload"]);
        let mut other = StoredMsg::new();
        other.fill(1, 2, [b"something", b"", b"much longer than the other one"]);
        other.fill(7, 8, [one.subject(), one.header(), one.payload()]);
        assert_eq!(other, one);
        one.clear();
        assert_eq!(one, StoredMsg::new());
        assert!(one.bytes.capacity() >= 22);
        assert_eq!((other.seq, other.ts), (7, 8));
        assert_eq!(other.subject(), b"a.b");
        assert_eq!(other.header(), b"NATS/1.0\r\n\r\n");
        assert_eq!(other.payload(), b"payload");
    }
}
