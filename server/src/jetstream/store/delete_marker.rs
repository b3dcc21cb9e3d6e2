//! Removals and markers that were proposed and have not come back yet.
//!
//! When the last message of a subject expires, a marker takes its place. In a
//! replicated stream both are proposals, so the store remembers what it proposed.
//! Answers to `sdm.go`.

use hashbrown::HashMap;

use super::handlers::ProposedMsg;
use super::headers::{
    KV_OPERATION, KV_OPERATION_PURGE, MARKER_REASON, MARKER_REASON_MAX_AGE, MESSAGE_TTL, ROLLUP,
    ROLLUP_SUBJECT,
};
use crate::protocol::{generate_header, header_value};

/// What was proposed (`SDMMeta`).
#[derive(Debug, Default)]
pub struct DeleteMarkers {
    totals: HashMap<Box<[u8]>, u64>,
    pending: HashMap<u64, Proposal>,
}

#[derive(Clone, Copy, Debug)]
struct Proposal {
    /// Whether the message was the last of its subject.
    last: bool,
    /// When it was proposed last, in nanoseconds since 1970.
    ts: i64,
}

/// How long a proposal is waited for before it is made again.
const AGAIN_AFTER: i64 = 2_000_000_000;

/// Whether a message with this header block stands for a removed subject.
#[must_use]
pub fn is_subject_delete_marker(header: &[u8]) -> bool {
    header_value(MARKER_REASON, header).is_some_and(|reason| !reason.is_empty())
        || header_value(KV_OPERATION, header) == Some(KV_OPERATION_PURGE)
}

impl DeleteMarkers {
    /// Nothing proposed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.totals.clear();
        self.pending.clear();
    }

    /// How many messages have a proposal.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether none has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// What to do about an expired message, of whose subject there are `msgs`.
    /// `None` if it was proposed a moment ago; otherwise whether it is the last of
    /// its subject.
    pub fn propose(&mut self, seq: u64, subject: &[u8], msgs: u64, now: i64) -> Option<bool> {
        let others = self.totals.get(subject).copied().unwrap_or(0);
        if let Some(proposal) = self.pending.get_mut(&seq) {
            if now.saturating_sub(proposal.ts) < AGAIN_AFTER {
                return None;
            }
            // Later data may have come, which the marker must not hide.
            if msgs > others {
                proposal.last = false;
            }
            proposal.ts = now;
            return Some(proposal.last);
        }
        if msgs == 0 {
            return Some(false);
        }
        Some(self.track(seq, subject, msgs.saturating_sub(others) == 1, now))
    }

    /// Notes a proposal, if there is none yet, and says whether the message is the
    /// last of its subject.
    pub fn track(&mut self, seq: u64, subject: &[u8], last: bool, now: i64) -> bool {
        if let Some(proposal) = self.pending.get(&seq) {
            return proposal.last;
        }
        self.pending.insert(seq, Proposal { last, ts: now });
        *self.totals.entry(subject.into()).or_insert(0) += 1;
        last
    }

    /// Notes that a message is gone.
    pub fn remove(&mut self, seq: u64, subject: &[u8]) {
        if self.pending.remove(&seq).is_none() {
            return;
        }
        if let Some(total) = self.totals.get_mut(subject) {
            *total -= 1;
            if *total == 0 {
                self.totals.remove(subject);
            }
        }
    }
}

/// The message that stands for a subject whose last message grew too old.
pub(crate) fn delete_marker(subject: Vec<u8>, ttl_secs: i64) -> ProposedMsg {
    let lines = [
        (MARKER_REASON, MARKER_REASON_MAX_AGE.to_vec()),
        (MESSAGE_TTL, go_seconds(ttl_secs).into_bytes()),
        (ROLLUP, ROLLUP_SUBJECT.to_vec()),
    ];
    let header = lines
        .iter()
        .fold(None, |header: Option<Vec<u8>>, (key, value)| {
            Some(generate_header(header.as_deref(), key, value))
        });
    ProposedMsg {
        seq: 0,
        subject,
        header: header.unwrap_or_default(),
        payload: Vec::new(),
    }
}

/// Whole seconds as Go shows a duration: `1h0m5s`.
fn go_seconds(secs: i64) -> String {
    let (hours, minutes, seconds) = (secs / 3_600, secs / 60 % 60, secs % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_known_by_their_headers() {
        assert!(is_subject_delete_marker(
            b"NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\n\r\n"
        ));
        assert!(is_subject_delete_marker(
            b"NATS/1.0\r\nKV-Operation: PURGE\r\n\r\n"
        ));
        assert!(!is_subject_delete_marker(
            b"NATS/1.0\r\nKV-Operation: DEL\r\n\r\n"
        ));
        assert!(!is_subject_delete_marker(
            b"NATS/1.0\r\nNats-Marker-Reason: \r\n\r\n"
        ));
        assert!(!is_subject_delete_marker(b""));
    }

    #[test]
    fn only_the_last_of_a_subject_gets_a_marker() {
        let mut markers = DeleteMarkers::new();
        assert_eq!(markers.propose(1, b"a", 3, 0), Some(false));
        assert_eq!(markers.propose(2, b"a", 3, 0), Some(false));
        assert_eq!(markers.propose(3, b"a", 3, 0), Some(true));
        assert_eq!(
            markers.propose(4, b"b", 0, 0),
            Some(false),
            "it is gone already"
        );
        assert_eq!(markers.len(), 3);
        assert!(markers.track(3, b"a", false, 9), "the first word stands");
    }

    #[test]
    fn proposals_are_repeated_after_a_while() {
        let mut markers = DeleteMarkers::new();
        assert_eq!(markers.propose(1, b"a", 1, 0), Some(true));
        assert_eq!(markers.propose(1, b"a", 1, AGAIN_AFTER - 1), None);
        assert_eq!(markers.propose(1, b"a", 1, AGAIN_AFTER), Some(true));
        assert_eq!(markers.propose(1, b"a", 1, AGAIN_AFTER + 1), None);
        let later = 2 * AGAIN_AFTER;
        assert_eq!(
            markers.propose(1, b"a", 2, later),
            Some(false),
            "more has come"
        );
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let mut markers = DeleteMarkers::new();
        markers.track(1, b"a", false, 0);
        markers.track(2, b"a", true, 0);
        markers.remove(1, b"a");
        markers.remove(1, b"a");
        assert_eq!(markers.totals[&b"a"[..]], 1);
        markers.remove(2, b"a");
        assert!(markers.is_empty() && markers.totals.is_empty());
        markers.track(3, b"a", true, 0);
        markers.clear();
        assert!(markers.is_empty() && markers.totals.is_empty());
    }
}
