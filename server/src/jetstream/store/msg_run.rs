//! Messages that were read in one go.

use super::filter::Filter;
use super::message::StoredMsg;

/// Messages that follow each other under a filter, read in one go, and which of them
/// is looked at. Its memory is used again when it is filled again.
#[derive(Clone, Debug, Default)]
pub struct MsgRun {
    first: StoredMsg,
    /// Of all but the first, one after the other.
    bytes: Vec<u8>,
    rest: Vec<Entry>,
    /// How many were looked at, the present one among them; 0 for an empty run.
    at: usize,
}

/// How much of a store is read in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunLimits {
    /// Most messages; one is read even so.
    pub msgs: usize,
    /// No message is added to as many bytes, or more.
    pub bytes: usize,
}

/// A message where it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MsgRef<'a> {
    /// Its sequence.
    pub seq: u64,
    /// When it was stored, in nanoseconds since 1970.
    pub ts: i64,
    /// Its subject.
    pub subject: &'a [u8],
    /// Its header block; empty if it has none.
    pub header: &'a [u8],
    /// Its payload.
    pub payload: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    seq: u64,
    ts: i64,
    /// Where its bytes end.
    end: usize,
    subject_len: usize,
    header_len: usize,
}

/// As many bytes may stay for the next run when nothing is to be read now.
const KEEP_MAX: usize = 4 * 1024;
/// So many messages in a row that a filter does not match end a run.
const MISSES_MAX: usize = 32;

impl MsgRef<'_> {
    /// Makes `msg` a copy of it.
    pub fn copy_to(&self, msg: &mut StoredMsg) {
        msg.fill(self.seq, self.ts, [self.subject, self.header, self.payload]);
    }
}

impl MsgRun {
    /// An empty run.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all messages and looks at one that the caller has to fill in.
    pub fn begin(&mut self) -> &mut StoredMsg {
        self.clear();
        self.at = 1;
        &mut self.first
    }

    /// Forgets all messages and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.rest.clear();
        self.at = 0;
    }

    /// Forgets all messages, and gives back memory that single ones do not need.
    pub fn release(&mut self) {
        self.clear();
        if self.bytes.capacity() > KEEP_MAX {
            (self.bytes, self.rest) = (Vec::new(), Vec::new());
        }
    }

    /// Adds what `filter` matches of the messages that follow the first, until the run is
    /// full or what it is about seems to be rare.
    pub(super) fn extend<'a>(
        &mut self,
        filter: Filter<'_>,
        limits: RunLimits,
        msgs: impl IntoIterator<Item = MsgRef<'a>>,
    ) {
        let mut msgs = msgs.into_iter();
        let mut misses = 0;
        while misses < MISSES_MAX && !self.is_full(limits) {
            let Some(msg) = msgs.next() else { return };
            if filter.matches(msg.subject) {
                self.push(&msg);
                misses = 0;
            } else {
                misses += 1;
            }
        }
    }

    fn push(&mut self, msg: &MsgRef<'_>) {
        for part in [msg.subject, msg.header, msg.payload] {
            self.bytes.extend_from_slice(part);
        }
        self.rest.push(Entry {
            seq: msg.seq,
            ts: msg.ts,
            end: self.bytes.len(),
            subject_len: msg.subject.len(),
            header_len: msg.header.len(),
        });
    }

    const fn is_full(&self, limits: RunLimits) -> bool {
        self.rest.len() + 1 >= limits.msgs
            || self.first.size() as usize + self.bytes.len() >= limits.bytes
    }

    /// How many messages there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        if self.at == 0 { 0 } else { self.rest.len() + 1 }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.at == 0
    }

    /// Whether there are messages that were not looked at.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.at < self.len()
    }

    /// Takes the last messages away that `keep` does not want. The first stays.
    pub fn cut(&mut self, keep: impl Fn(u64) -> bool) {
        while let Some(last) = self.rest.last()
            && !keep(last.seq)
        {
            self.rest.pop();
        }
    }

    /// Moves on to the next message, if there is one, and returns its sequence.
    pub fn advance(&mut self) -> Option<u64> {
        if self.at == 0 {
            return None;
        }
        let next = self.rest.get(self.at - 1)?;
        self.at += 1;
        Some(next.seq)
    }

    /// The message that is looked at; in an empty run one without anything.
    #[must_use]
    pub fn current(&self) -> MsgRef<'_> {
        let Some(at) = self.at.checked_sub(2) else {
            return match self.at {
                0 => MsgRef::default(),
                _ => self.first.as_ref(),
            };
        };
        let before = at.checked_sub(1).and_then(|before| self.rest.get(before));
        let start = before.map_or(0, |before| before.end);
        let Some(entry) = self.rest.get(at) else {
            return MsgRef::default();
        };
        let parts = self.bytes.get(start..entry.end).and_then(|bytes| {
            let (subject, rest) = bytes.split_at_checked(entry.subject_len)?;
            let (header, payload) = rest.split_at_checked(entry.header_len)?;
            Some((subject, header, payload))
        });
        let (subject, header, payload) = parts.unwrap_or_default();
        MsgRef {
            seq: entry.seq,
            ts: entry.ts,
            subject,
            header,
            payload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn msg(seq: u64) -> MsgRef<'static> {
        MsgRef {
            seq,
            ts: seq as i64 * 10,
            subject: b"a.b",
            header: b"NATS/1.0\r\n\r\n",
            payload: b"payload",
        }
    }

    fn run(last: u64) -> MsgRun {
        let mut run = MsgRun::new();
        let first = msg(1);
        run.begin()
            .fill(1, first.ts, [first.subject, first.header, first.payload]);
        (2..=last).for_each(|seq| run.push(&msg(seq)));
        run
    }

    #[test]
    fn messages_are_looked_at_one_after_the_other() {
        let mut run = run(4);
        assert_eq!((run.len(), run.current()), (4, msg(1)));
        for seq in 2..=4 {
            assert!(run.has_more());
            assert_eq!(run.advance(), Some(seq));
            assert_eq!(run.current(), msg(seq));
        }
        assert!(!run.has_more());
        assert_eq!(run.advance(), None);
        assert_eq!(run.current(), msg(4));
        run.clear();
        assert!(run.is_empty() && run.advance().is_none());
        assert_eq!(run.current(), MsgRef::default());
    }

    #[test]
    fn a_run_is_cut_off_but_for_its_first_message() {
        let mut run = run(4);
        run.cut(|seq| seq < 3);
        assert_eq!(
            (run.len(), run.advance(), run.advance()),
            (2, Some(2), None)
        );
        run.cut(|_| false);
        assert_eq!(run.len(), 1);
    }

    #[test]
    fn a_run_ends_where_its_subject_is_rare() {
        let limits = RunLimits {
            msgs: 100,
            bytes: 100_000,
        };
        let other = |seq| MsgRef {
            subject: b"other",
            ..msg(seq)
        };
        let gap = |length| (3..3 + length).map(other);
        for (length, expected) in [(MISSES_MAX as u64 - 1, 3), (MISSES_MAX as u64, 2)] {
            let mut run = run(1);
            let msgs = [msg(2)].into_iter().chain(gap(length));
            run.extend(Filter::Literal(b"a.b"), limits, msgs.chain([msg(90)]));
            assert_eq!(run.len(), expected, "{length}");
        }
        let mut run = run(1);
        run.extend(Filter::All, RunLimits { msgs: 5, ..limits }, gap(100));
        assert_eq!(run.len(), 5);
    }

    #[test]
    fn limits_leave_one_message() {
        let limits = |msgs, bytes| RunLimits { msgs, bytes };
        assert!(run(1).is_full(limits(0, 1000)));
        assert!(run(1).is_full(limits(1, 1000)));
        assert!(!run(1).is_full(limits(2, 1000)));
        assert!(run(3).is_full(limits(10, 66)), "22 bytes each");
        assert!(!run(3).is_full(limits(10, 67)));
    }
}
