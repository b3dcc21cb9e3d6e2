//! Storing messages.

use super::block::record::{Kind, NewRecord, record_size};
use super::state::State;
use crate::jetstream::model::DiscardPolicy;
use crate::jetstream::store::accounting::{limit, signed};
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::headers;
use crate::jetstream::store::message::RawMsg;
use crate::jetstream::store::schedule_pattern;

const SECOND: i64 = 1_000_000_000;
/// With asynchronous writing, so much waits at the most.
const PENDING_MAX: u64 = 256 * 1024;
/// A last block with more deleted sequences than this is left to be.
const SKIPPED_MAX: u64 = 64 * 1024;

impl State {
    /// Stores a message and returns its sequence. `now` is the present time, which
    /// may be later than that of the message.
    pub(super) fn append(
        &mut self,
        msg: RawMsg<'_>,
        now: i64,
        discard_new_check: bool,
    ) -> Result<u64, StoreError> {
        self.check_open()?;
        let next = self.figures.last_seq + 1;
        let record = NewRecord {
            kind: Kind::Message,
            seq: next,
            ts: msg.ts,
            subject: msg.subject,
            header: msg.header,
            payload: msg.payload,
        };
        let size = record.len().ok_or(StoreError::MsgTooLarge)?;
        if discard_new_check && self.config.discard == DiscardPolicy::New {
            self.check_discard_new(&msg, size)?;
        }
        if msg.seq != 0 && msg.seq != next {
            return Err(StoreError::SequenceMismatch);
        }
        let flush = self.flushes();
        if !flush && self.waits(PENDING_MAX) {
            self.blocks.flush()?;
        }
        self.blocks.append(&record, self.figures.last_seq, flush)?;
        let figures = &mut self.figures;
        if figures.msgs == 0 {
            (figures.first_seq, figures.first_ts) = (next, msg.ts);
        }
        figures.msgs += 1;
        figures.bytes += size;
        (figures.last_seq, figures.last_ts) = (next, msg.ts);
        let of_subject = self.subjects.add(msg.subject, next);
        let per_subject = self.max_per_subject();
        if per_subject.is_some_and(|limit| of_subject > limit) {
            let enforced = self.enforce_subject_limit(msg.subject);
            self.report_failure("enforcing the limit per subject", enforced);
        }
        let enforced = self.enforce_limits();
        self.report_failure("enforcing limits", enforced);
        if msg.ttl > 0
            && let Some(wheel) = &mut self.expiry.wheel
        {
            wheel.add(next, expires(msg.ts, msg.ttl));
        }
        if self.expiry.schedules.is_some() {
            self.note_schedule(next, &msg, now);
        }
        self.note(1, signed(size), next, msg.subject);
        Ok(next)
    }

    /// Uses up `num` sequences from `seq` on, or with 0 from the next on; returns
    /// the first.
    pub(super) fn skip(&mut self, seq: u64, num: u64, now: i64) -> Result<u64, StoreError> {
        self.check_open()?;
        let next = self.figures.last_seq + 1;
        if seq != 0 && seq != next {
            return Err(StoreError::SequenceMismatch);
        }
        let last = self.figures.last_seq.checked_add(num);
        let last = last.filter(|last| *last < 1 << 62);
        let last = last.ok_or(StoreError::SequenceMismatch)?;
        if num == 0 {
            return Ok(next);
        }
        let is_full = self.blocks.list.back().is_none_or(|block| {
            let deleted = num.saturating_add(block.deleted.len() as u64);
            block.tally.msgs > 0 && deleted > SKIPPED_MAX
        });
        if is_full {
            self.blocks.start_block(self.figures.last_seq)?;
        }
        let record = NewRecord::empty(Kind::Erased, last, now);
        let flush = self.flushes();
        self.blocks.append(&record, self.figures.last_seq, flush)?;
        if let Some(block) = self.blocks.list.back_mut()
            && block.tally.msgs > 0
        {
            block.deleted.insert_range(next, last);
        }
        let figures = &mut self.figures;
        (figures.last_seq, figures.last_ts) = (last, now);
        if figures.msgs == 0 {
            (figures.first_seq, figures.first_ts) = (last + 1, 0);
        }
        self.touch();
        Ok(next)
    }

    /// Writes that a message is gone, or that its sequence was given out.
    pub(super) fn write_tombstone(&mut self, seq: u64, ts: i64) -> Result<(), StoreError> {
        let record = NewRecord::empty(Kind::Tombstone, seq, ts);
        let flush = self.flushes();
        self.blocks.append(&record, self.figures.last_seq, flush)?;
        self.touch();
        Ok(())
    }

    /// Whether so many bytes wait to be written.
    pub(super) fn waits(&self, bytes: u64) -> bool {
        let last = self.blocks.list.back();
        last.is_some_and(|block| block.pending() >= bytes)
    }

    /// Whether a limit refuses a new message. A message that replaces one of its
    /// subject is fine if it is not larger.
    fn check_discard_new(&mut self, msg: &RawMsg<'_>, size: u64) -> Result<(), StoreError> {
        let of_subject = self.subjects.msgs(msg.subject);
        let replaces = self
            .max_per_subject()
            .is_some_and(|limit| of_subject >= limit);
        if replaces && self.config.discard_new_per_subject {
            return Err(StoreError::MaxMsgsPerSubject);
        }
        let figures = self.figures;
        if !replaces && limit(self.config.max_msgs).is_some_and(|max| figures.msgs >= max) {
            return Err(StoreError::MaxMsgs);
        }
        if limit(self.config.max_bytes).is_some_and(|max| figures.bytes + size > max) {
            let room = if replaces {
                self.size_of_first(msg.subject)?
            } else {
                0
            };
            if room < size {
                return Err(StoreError::MaxBytes);
            }
        }
        Ok(())
    }

    fn size_of_first(&mut self, subject: &[u8]) -> Result<u64, StoreError> {
        let Some(first) = self.subjects.first(&mut self.blocks, subject)? else {
            return Ok(0);
        };
        let record = self.blocks.get(first)?;
        Ok(record.map_or(0, |record| {
            record_size(
                record.subject.len(),
                record.header.len(),
                record.payload.len(),
            )
        }))
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
