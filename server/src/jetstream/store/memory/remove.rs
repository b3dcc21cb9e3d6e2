//! Removing messages, one at a time.

use rand::RngCore;

use super::append::expires;
use super::state::State;
use crate::jetstream::model::DiscardPolicy;
use crate::jetstream::store::accounting::{limit, signed};
use crate::jetstream::store::headers;

impl State {
    /// Removes a message; false if it is not there. `erase` overwrites its bytes.
    pub(super) fn remove(&mut self, seq: u64, erase: bool) -> bool {
        let Some(size) = self.forget(seq) else {
            return false;
        };
        if self.on_update.is_some()
            && let Some(record) = self.messages.get(seq)
        {
            let subject = record.subject.to_vec();
            self.note(-1, -signed(size), seq, &subject);
        }
        self.bytes = self.bytes.saturating_sub(size);
        let mut noise = |bytes: &mut [u8]| rand::rng().fill_bytes(bytes);
        self.messages.remove(seq, erase.then_some(&mut noise));
        if seq == self.first_seq {
            self.advance_first();
        } else {
            self.deleted.insert(seq);
        }
        true
    }

    /// Takes a message that is about to go out of all that refers to it. Returns
    /// its size, or `None` if it is not there.
    pub(super) fn forget(&mut self, seq: u64) -> Option<u64> {
        let record = self.messages.get(seq)?;
        self.subjects.remove(record.subject, seq);
        self.expiry.markers.remove(seq, record.subject);
        if let Some(wheel) = &mut self.expiry.wheel
            && let Ok(ttl) = headers::message_ttl(record.header)
            && ttl > 0
        {
            // One stored before that was switched on has no entry.
            wheel.remove(seq, expires(record.ts, ttl)).ok();
        }
        if let Some(schedules) = &mut self.expiry.schedules {
            schedules.remove(seq);
        }
        Some(record.size())
    }

    /// Removes the oldest messages of a subject that are beyond its limit.
    pub(super) fn enforce_subject_limit(&mut self, subject: &[u8]) {
        let Some(limit) = self.max_per_subject() else {
            return;
        };
        while let Some(state) = self.subjects.noted(subject)
            && state.msgs > limit
        {
            let first = self.subjects.state(&self.messages, subject);
            if !first.is_some_and(|state| self.remove(state.first, false)) {
                break;
            }
        }
    }

    /// Removes the oldest messages that are beyond the limit of messages.
    pub(super) fn enforce_msg_limit(&mut self) {
        if self.config.discard == DiscardPolicy::Old
            && let Some(max) = limit(self.config.max_msgs)
        {
            while self.messages.len() > max {
                self.remove_first();
            }
        }
    }

    /// Removes the oldest messages that are beyond the limit of bytes.
    pub(super) fn enforce_bytes_limit(&mut self) {
        if self.config.discard == DiscardPolicy::Old
            && let Some(max) = limit(self.config.max_bytes)
        {
            while self.bytes > max && !self.messages.is_empty() {
                self.remove_first();
            }
        }
    }

    fn remove_first(&mut self) {
        let removed = self.remove(self.first_seq, false);
        assert!(removed, "the first message of a memory store is missing");
    }

    /// Moves to the next message that is there, after the first has gone.
    pub(super) fn advance_first(&mut self) {
        let next = self.messages.next(self.first_seq);
        let next = next.map(|record| (record.seq, record.ts));
        self.first_seq = next.map_or(self.last_seq + 1, |(seq, _)| seq);
        self.first_time = next.map(|(_, ts)| ts);
        self.drop_deleted_before(self.first_seq);
    }

    pub(super) fn drop_deleted_before(&mut self, seq: u64) {
        if self.deleted.is_empty() || self.deleted.min_max().0 >= seq {
            return;
        }
        let below: Vec<u64> = self.deleted.iter().take_while(|gone| *gone < seq).collect();
        for gone in below {
            self.deleted.remove(gone);
        }
    }
}
