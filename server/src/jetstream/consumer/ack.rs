//! Acknowledgements: done, later, not, never, still at it, and next.

use rand::Rng as _;
use serde::Deserialize;

use super::advisories::Delivered;
use super::inner::{Inner, Mode};
use super::lifecycle::Consumer;
use crate::client::{InternalMessage, InternalPublisher};
use crate::jetstream::model::json::{Described, Field, Shape, Struct, from_json};
use crate::jetstream::model::{AckPolicy, Nanos, RetentionPolicy};
use crate::jetstream::store::headers::parse_duration;
use crate::platform::decimal;

/// Reason of a message that is gone from the stream.
pub(super) const DELETED: &str = "Unacknowledged message was deleted";

/// Which delivery is acknowledged.
#[derive(Clone, Copy)]
struct AckOf {
    count: u64,
    seq: u64,
    dseq: u64,
}

/// `-NAK {"delay": ...}`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct NakOptions {
    delay: Nanos,
}

impl Described for NakOptions {
    const SHAPE: &'static Struct = &Struct {
        name: "ConsumerNakOptions",
        embedded: None,
        fields: &[Field("delay", Shape::Duration)],
    };
}

impl Consumer {
    /// Takes in an acknowledgement.
    pub(super) fn on_ack(
        &self,
        inner: &mut Inner,
        message: &InternalMessage,
        publisher: &mut InternalPublisher,
    ) {
        let Some(of) = parse(message.subject()) else {
            return;
        };
        let now = self.now();
        inner.note_used(now);
        let payload = message.payload();
        let mut answers = true;
        match payload {
            b"" | b"+ACK" | b"+OK" => answers = self.ack(inner, of, true, now),
            b"+WPI" => progress(inner, of.seq, now),
            _ if payload.starts_with(b"+NXT") => {
                self.ack(inner, of, true, now);
                if let Some(reply) = message.reply() {
                    let wanted = payload.get(4..).unwrap_or_default();
                    self.on_next_request(inner, reply, b"", wanted, publisher);
                }
                return;
            }
            _ if payload.starts_with(b"-NAK") => {
                let argument = payload.get(4..).unwrap_or_default().trim_ascii();
                self.nak(inner, of, argument, now);
            }
            _ if payload.starts_with(b"+TERM") => {
                let reason = payload.get(5..).unwrap_or_default().trim_ascii();
                answers = self.ack(inner, of, false, now);
                let reason = String::from_utf8_lossy(reason);
                self.advise_term(of.delivered(), &reason);
            }
            // What is none of these is not acted on, but answered.
            _ => {}
        }
        if let Some(reply) = message.reply()
            && answers
            && !reply.is_empty()
        {
            inner.to_answer.push(reply.into());
        }
    }

    /// A message is done with; false if that can not be, and is not answered.
    fn ack(&self, inner: &mut Inner, of: AckOf, sample: bool, now: i64) -> bool {
        if of.seq >= inner.stream_seq {
            self.warn_of_ack(inner, of.seq);
            return false;
        }
        let releases = inner.retention != RetentionPolicy::Limits;
        let mut dseq = of.dseq;
        match inner.config.ack_policy {
            AckPolicy::None => return false,
            AckPolicy::Explicit => {
                if let Some(pending) = inner.pending.remove(&of.seq) {
                    if sample && self.is_sampled(inner) {
                        self.sample(of.delivered(), now - pending.timestamp);
                    }
                    dseq = pending.sequence;
                    inner.move_floor(dseq, of.seq);
                }
                inner.redelivered.remove(&of.seq);
                inner.redeliver.remove(of.seq);
                if releases {
                    inner.to_release.push(of.seq);
                }
            }
            AckPolicy::All => {
                if of.dseq <= inner.floor.0 || of.seq <= inner.floor.1 {
                    return true;
                }
                inner.floor = (of.dseq, of.seq);
                let later = inner.pending.split_off(&(of.seq + 1));
                for seq in std::mem::replace(&mut inner.pending, later).into_keys() {
                    inner.redelivered.remove(&seq);
                    inner.redeliver.remove(seq);
                    if releases {
                        inner.to_release.push(seq);
                    }
                }
            }
        }
        inner.last_acked = Some(now);
        if releases {
            inner.to_note.push((dseq, of.seq));
        } else {
            inner.note_acked(dseq, of.seq);
        }
        true
    }

    fn warn_of_ack(&self, inner: &Inner, seq: u64) {
        let mut state = crate::jetstream::model::StreamState::default();
        inner.messages.fast_state(&mut state);
        if seq > state.last_seq {
            self.stream().host().context.logger.warn(format_args!(
                "JetStream consumer '{} > {} > {}' ACK sequence {seq} past last stream sequence of {}",
                self.stream().account().name(),
                self.stream().name(),
                self.name_str(),
                state.last_seq
            ));
        }
    }

    /// Whether this acknowledgement is one of the share that is reported.
    fn is_sampled(&self, inner: &Inner) -> bool {
        let text = &inner.config.sample_freq;
        let share: u32 = text.strip_suffix('%').unwrap_or(text).parse().unwrap_or(0);
        share > 0 && (share >= 100 || rand::rng().random_range(0..100) <= share)
    }

    /// A message is to be delivered again, at once or after a while.
    fn nak(&self, inner: &mut Inner, of: AckOf, argument: &[u8], now: i64) {
        if of.dseq <= inner.floor.0
            || of.dseq > inner.delivery_seq
            || !inner.pending.contains_key(&of.seq)
        {
            return;
        }
        self.advise_nak(of.delivered());
        if !argument.is_empty() {
            if let Some(delay) = read_delay(argument) {
                inner.redeliver.remove(of.seq);
                // Waits are counted from when it would have been delivered.
                let wait = inner.ack_wait(of.seq);
                let ts = now.saturating_add(delay).saturating_sub(wait);
                if let Some(pending) = inner.pending.get_mut(&of.seq) {
                    pending.timestamp = ts;
                    let dseq = pending.sequence;
                    inner.note_delivered(dseq, of.seq, of.count, ts, now);
                }
                let due = now.saturating_add(delay);
                inner.pending_at = Some(inner.pending_at.map_or(due, |at| at.min(due)));
                return;
            }
            self.stream().host().context.logger.warn(format_args!(
                "JetStream consumer '{} > {} > {}' bad NAK delay value: {:?}",
                self.stream().account().name(),
                self.stream().name(),
                self.name_str(),
                String::from_utf8_lossy(argument)
            ));
        }
        inner.redeliver.push(of.seq);
    }

    /// A pending message is gone from the stream: it is as if it had been ended.
    pub(super) fn end_removed(&self, inner: &mut Inner, seq: u64) {
        let Some(pending) = inner.pending.get(&seq) else {
            return;
        };
        let of = AckOf {
            count: inner.delivery_count(seq),
            seq,
            dseq: pending.sequence,
        };
        let now = self.now();
        self.ack(inner, of, false, now);
        inner.to_release.retain(|other| *other != seq);
        for (dseq, seq) in std::mem::take(&mut inner.to_note) {
            inner.note_acked(dseq, seq);
        }
        self.advise_term(of.delivered(), DELETED);
    }
}

/// Somebody is still at work on a message.
fn progress(inner: &mut Inner, seq: u64, now: i64) {
    if let Some(pending) = inner.pending.get_mut(&seq) {
        pending.timestamp = now;
        let dseq = pending.sequence;
        inner.note_delivered(dseq, seq, 1, now, now);
    }
}

impl AckOf {
    const fn delivered(self) -> Delivered {
        Delivered {
            seq: self.seq,
            dseq: Some(self.dseq),
            count: self.count,
        }
    }
}

impl Inner {
    /// Somebody is at work with the consumer (`suppressDeletion`).
    fn note_used(&mut self, now: i64) {
        match &mut self.mode {
            Mode::Pull(waiting) => waiting.last_used = now,
            Mode::Push(_) => {
                let after = self.inactive_after;
                self.inactive_at = self.inactive_at.map(|_| now.saturating_add(after));
            }
        }
    }

    /// Moves the floor up after the acknowledgement of one message.
    fn move_floor(&mut self, dseq: u64, seq: u64) {
        if self.pending.is_empty() {
            self.floor = (self.delivery_seq - 1, self.stream_seq - 1);
        } else if dseq == self.floor.0 + 1 {
            self.floor = (dseq, seq);
            if let Some((next, pending)) = self.pending.range(seq + 1..).next()
                && pending.sequence > 0
            {
                self.floor = (pending.sequence - 1, next - 1);
            }
        }
    }
}

/// `$JS.ACK.<stream>.<consumer>.<count>.<seq>.<delivery>.<time>.<pending>`
fn parse(subject: &[u8]) -> Option<AckOf> {
    let mut tokens = subject.split(|byte| *byte == b'.').skip(4);
    let mut number = || u64::try_from(decimal::parse_i64(tokens.next()?)?).ok();
    let (count, seq, dseq) = (number()?, number()?, number()?);
    (tokens.count() == 2).then_some(AckOf { count, seq, dseq })
}

fn read_delay(argument: &[u8]) -> Option<i64> {
    if argument.starts_with(b"{") {
        let options: NakOptions = from_json(argument).ok()?;
        return Some(options.delay.0);
    }
    parse_duration(std::str::from_utf8(argument).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_and_delays_are_read() {
        let of = parse(b"$JS.ACK.S.C.1.22.333.4444.5").unwrap();
        assert_eq!((of.count, of.seq, of.dseq), (1, 22, 333));
        assert!(parse(b"$JS.ACK.S.C.1.22.333.4444").is_none());
        assert!(parse(b"$JS.ACK.S.C.1.x.333.4444.5").is_none());
        assert_eq!(read_delay(b"1.5s"), Some(1_500_000_000));
        assert_eq!(read_delay(b"{\"delay\": 7}"), Some(7));
        assert_eq!(read_delay(b"soon"), None);
    }
}
