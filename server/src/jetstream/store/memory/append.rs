//! Storing messages.

use super::block::Lengths;
use super::messages::Record;
use super::state::State;
use crate::collections::HashWheel;
use crate::jetstream::model::DiscardPolicy;
use crate::jetstream::store::accounting::{limit, signed};
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::headers;
use crate::jetstream::store::message::RawMsg;
use crate::jetstream::store::schedule_pattern;
use crate::jetstream::store::schedules::Schedules;

const SECOND: i64 = 1_000_000_000;

impl State {
    /// Stores a message and returns its sequence. `now` is the present time, which
    /// may be later than that of the message.
    pub(super) fn append(
        &mut self,
        msg: RawMsg<'_>,
        now: i64,
        discard_new_check: bool,
    ) -> Result<u64, StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        let next = self.last_seq + 1;
        let record = Record {
            seq: next,
            ts: msg.ts,
            subject: msg.subject,
            header: msg.header,
            payload: msg.payload,
        };
        let lengths = Lengths::of(&record).ok_or(StoreError::MsgTooLarge)?;
        if discard_new_check && self.config.discard == DiscardPolicy::New {
            self.check_discard_new(&record)?;
        }
        if msg.seq != 0 && msg.seq != next {
            return Err(StoreError::SequenceMismatch);
        }
        if self.messages.is_empty() {
            self.first_seq = next;
            self.first_time = Some(msg.ts);
        }
        self.messages.push(lengths, &record);
        self.bytes += record.size();
        self.last_seq = next;
        self.last_time = Some(msg.ts);
        let of_subject = self.subjects.add(msg.subject, next);
        if self
            .max_per_subject()
            .is_some_and(|limit| of_subject > limit)
        {
            self.enforce_subject_limit(msg.subject);
        }
        self.enforce_msg_limit();
        self.enforce_bytes_limit();
        if msg.ttl > 0
            && let Some(wheel) = &mut self.expiry.wheel
        {
            wheel.add(next, expires(msg.ts, msg.ttl));
        }
        self.note_schedule(next, &msg, now);
        self.note(1, signed(record.size()), next, msg.subject);
        Ok(next)
    }

    /// Uses up `num` sequences from `seq` on, or with 0 from the next on; returns
    /// the first.
    pub(super) fn skip(&mut self, seq: u64, num: u64, now: i64) -> Result<u64, StoreError> {
        let next = self.last_seq + 1;
        if seq != 0 && seq != next {
            return Err(StoreError::SequenceMismatch);
        }
        let last = self
            .last_seq
            .checked_add(num)
            .filter(|last| *last < u64::MAX);
        let last = last.ok_or(StoreError::SequenceMismatch)?;
        self.last_seq = last;
        self.last_time = Some(now);
        if self.messages.is_empty() {
            self.first_seq = last + 1;
            self.first_time = None;
        } else {
            self.deleted.extend(next..=last);
        }
        Ok(next)
    }

    /// Reads from the messages when they expire, after that was switched on.
    pub(super) fn recover_ttls(&mut self) {
        let mut wheel = HashWheel::new();
        for record in self.messages.range(0..=u64::MAX) {
            if let Ok(ttl) = headers::message_ttl(record.header)
                && ttl > 0
            {
                wheel.add(record.seq, expires(record.ts, ttl));
            }
        }
        self.expiry.wheel = Some(wheel);
    }

    /// Reads from the messages when they are to be published, after that was
    /// switched on.
    pub(super) fn recover_schedules(&mut self, now: i64) {
        let mut schedules = Schedules::new();
        for record in self.messages.range(0..=u64::MAX) {
            if let Some(run) = schedule_pattern::next_run(record.header, record.ts, now) {
                schedules.add(record.seq, record.subject, run.at);
            }
        }
        self.expiry.schedules = Some(schedules);
    }

    /// Whether a limit refuses a new message. A message that replaces one of its
    /// subject is fine if it is not larger.
    fn check_discard_new(&mut self, record: &Record<'_>) -> Result<(), StoreError> {
        let of_subject = self.subjects.msgs(record.subject);
        let replaces = self
            .max_per_subject()
            .is_some_and(|limit| of_subject >= limit);
        if replaces && self.config.discard_new_per_subject {
            return Err(StoreError::MaxMsgsPerSubject);
        }
        if !replaces && limit(self.config.max_msgs).is_some_and(|max| self.messages.len() >= max) {
            return Err(StoreError::MaxMsgs);
        }
        let size = record.size();
        if limit(self.config.max_bytes).is_some_and(|max| self.bytes + size > max) {
            let first = replaces
                .then(|| self.subjects.state(&self.messages, record.subject))
                .flatten()
                .and_then(|state| self.messages.get(state.first));
            if first.is_none_or(|first| first.size() < size) {
                return Err(StoreError::MaxBytes);
            }
        }
        Ok(())
    }

    fn note_schedule(&mut self, seq: u64, msg: &RawMsg<'_>, now: i64) {
        let Some(schedules) = &mut self.expiry.schedules else {
            return;
        };
        match schedule_pattern::next_run(msg.header, msg.ts, now) {
            Some(run) => schedules.add(seq, msg.subject, run.at),
            None => schedules.remove_subject(msg.subject),
        }
        if let Some(next) = headers::text(headers::SCHEDULE_NEXT, msg.header)
            && let Some(scheduler) = headers::text(headers::SCHEDULER, msg.header)
            && let Some(at) = schedule_pattern::parse_time(next)
        {
            schedules.update(scheduler.as_bytes(), at);
        }
    }
}

/// When a message of the time `ts` expires, in nanoseconds since 1970.
pub(super) const fn expires(ts: i64, ttl: i64) -> i64 {
    ts.saturating_add(ttl.saturating_mul(SECOND))
}
