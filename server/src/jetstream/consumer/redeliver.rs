//! Messages whose acknowledgement does not come.

use super::inner::Inner;
use super::lifecycle::Consumer;
use crate::jetstream::model::StreamState;

/// Added to every wait, so that what arrives in time counts.
const SLACK: i64 = 1_000_000;

impl Inner {
    /// How long an acknowledgement of a message is waited for.
    pub(super) fn ack_wait(&self, seq: u64) -> i64 {
        let config = &self.config;
        let times = self.redelivered.get(&seq).copied().unwrap_or(0);
        let at = usize::try_from(times).unwrap_or(usize::MAX);
        let wait = match config.backoff.get(at).or_else(|| config.backoff.last()) {
            Some(wait) => wait.0,
            None => config.ack_wait.0,
        };
        wait.saturating_add(SLACK)
    }
}

impl Consumer {
    /// Queues what has waited for too long (`checkPending`).
    pub(super) fn check_pending(&self, inner: &mut Inner, now: i64) {
        if inner.pending_at.is_none_or(|at| now < at) {
            return;
        }
        inner.pending_at = None;
        let mut state = StreamState::default();
        inner.messages.fast_state(&mut state);
        let gone: Vec<u64> = inner
            .pending
            .range(..state.first_seq.max(inner.floor.1 + 1))
            .map(|(seq, _)| *seq)
            .collect();
        for seq in &gone {
            let Some(pending) = inner.pending.remove(seq) else {
                continue;
            };
            inner.redelivered.remove(seq);
            inner.redeliver.remove(*seq);
            inner.floor.1 = inner.floor.1.max(*seq);
            inner.floor.0 = inner.floor.0.max(pending.sequence);
        }
        let mut expired = Vec::new();
        let mut next: Option<i64> = None;
        for (seq, pending) in &inner.pending {
            let wait = inner.ack_wait(*seq);
            let due = pending.timestamp.saturating_add(wait - SLACK);
            if now >= due {
                if !inner.redeliver.contains(*seq) {
                    expired.push(*seq);
                }
            } else {
                next = Some(next.map_or(due, |at| at.min(due)));
            }
        }
        self.expire(inner, expired, now, &mut next);
        if inner.pending.is_empty() {
            inner.redeliver.clear();
            inner.floor = (inner.delivery_seq - 1, inner.stream_seq - 1);
        } else {
            let most = now.saturating_add(inner.config.ack_wait.0.max(SLACK));
            inner.pending_at = Some(next.unwrap_or(most).max(now.saturating_add(SLACK)));
        }
        if !gone.is_empty()
            && let Err(error) = inner.write_state()
        {
            self.log_error("writing the state of", &error);
        }
    }

    /// Delivers everything again that waits for its acknowledgement
    /// (`forceExpirePending`).
    pub(super) fn redeliver_pending(&self, inner: &mut Inner, now: i64) {
        let pending = inner.pending.keys().copied();
        let expired = pending
            .filter(|seq| !inner.redeliver.contains(*seq))
            .collect();
        let mut next = None;
        self.expire(inner, expired, now, &mut next);
        inner.pending_at = next.or(inner.pending_at);
    }

    fn expire(&self, inner: &mut Inner, expired: Vec<u64>, now: i64, next: &mut Option<i64>) {
        for seq in expired {
            if self.has_max_deliveries(inner, seq) {
                continue;
            }
            inner.redeliver.push(seq);
            if let Some(pending) = inner.pending.get_mut(&seq) {
                pending.timestamp = now;
            }
            let due = now.saturating_add(inner.ack_wait(seq));
            *next = Some(next.map_or(due, |at| at.min(due)));
        }
    }

    /// Whether a message was delivered as often as it may; then nobody waits for its
    /// acknowledgement any more.
    fn has_max_deliveries(&self, inner: &mut Inner, seq: u64) -> bool {
        let max = inner.max_deliver();
        let count = inner.delivery_count(seq);
        if max == 0 || count < max {
            return false;
        }
        if count == max {
            self.advise_exceeded(seq, count);
        }
        if let Some(pending) = inner.pending.remove(&seq) {
            // One delivery more than there may be is none, to the store too.
            let (dseq, sent) = (pending.sequence, pending.timestamp);
            self.noted(inner.note_delivered(dseq, seq, count + 1, sent, self.now()));
        }
        // The message stays in a stream that keeps what is wanted.
        inner.redelivered.insert(seq, count);
        true
    }
}
