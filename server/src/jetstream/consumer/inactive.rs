//! Consumers that nobody uses any more.

use rand::Rng as _;

use super::inner::{Inner, Mode};
use super::lifecycle::Consumer;
use crate::client::InternalPublisher;
use crate::jetstream::model::{ConsumerConfig, Nanos};

/// How long a consumer without a name of its own is kept.
const EPHEMERAL: Nanos = Nanos::from_secs(5);

/// How long nobody may use the consumer; 0 is for ever. What an ephemeral consumer
/// leaves open is filled in (`updateInactiveThreshold`).
pub(super) fn inactive_after(config: &mut ConsumerConfig) -> i64 {
    // Not all consumers of a client that went away go at once.
    let jitter = rand::rng().random_range(100..1000) * 1_000_000;
    if config.durable_name.is_empty() && config.inactive_threshold <= Nanos::ZERO {
        config.inactive_threshold = EPHEMERAL;
        return EPHEMERAL.0 + jitter;
    }
    if config.inactive_threshold <= Nanos::ZERO {
        return 0;
    }
    if config.deliver_subject.is_empty() {
        config.inactive_threshold.0.saturating_add(jitter)
    } else {
        config.inactive_threshold.0
    }
}

impl Consumer {
    /// Whether nobody has used the consumer for too long (`deleteNotActive`).
    pub(super) fn is_abandoned(
        &self,
        inner: &mut Inner,
        now: i64,
        publisher: &mut InternalPublisher,
    ) -> bool {
        if inner.inactive_at.is_none_or(|at| now < at) {
            return false;
        }
        let after = inner.inactive_after;
        let next = match &inner.mode {
            Mode::Push(push) => {
                if push.active {
                    inner.inactive_at = None;
                    return false;
                }
                return true;
            }
            Mode::Pull(waiting) => waiting.last_used.saturating_add(after),
        };
        if next > now {
            inner.inactive_at = Some(next);
            return false;
        }
        self.check_waiting(inner, true, publisher);
        if matches!(&inner.mode, Mode::Pull(waiting) if !waiting.is_empty()) {
            inner.inactive_at = Some(now.saturating_add(after));
            return false;
        }
        // Somebody may be at work on what was delivered last.
        let busy = inner
            .pending
            .iter()
            .map(|(seq, pending)| {
                pending
                    .timestamp
                    .saturating_add(inner.ack_wait(*seq))
                    .saturating_add(after)
            })
            .max();
        match busy {
            Some(until) if until > now => {
                inner.inactive_at = Some(until);
                false
            }
            _ => true,
        }
    }
}
