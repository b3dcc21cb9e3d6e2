//! Push consumers: messages for whoever listens on the deliver subject.

use tokio::sync::mpsc;

use super::flow_control::FlowControl;
use super::inner::{Inner, Mode};
use super::lifecycle::Consumer;
use super::pull::idle_heartbeat;
use crate::client::{InternalPublisher, Outgoing};
use crate::jetstream::model::ConsumerConfig;

/// What only push consumers have.
pub(super) struct Push {
    /// Whether somebody listens.
    pub(super) active: bool,
    pub(super) flow: Option<FlowControl>,
    /// When the receiver is told next that there is nothing.
    pub(super) heartbeat_at: Option<i64>,
    pub(super) rate: Option<RateLimit>,
}

/// A limit of bytes per second, with some that may go at once.
pub(super) struct RateLimit {
    bytes_per_second: u64,
    burst: u64,
    /// Bytes that may go now, as of `at`.
    room: f64,
    at: i64,
}

impl RateLimit {
    pub(super) const fn new(bits_per_second: u64, burst: u64, now: i64) -> Option<Self> {
        if bits_per_second == 0 {
            return None;
        }
        Some(Self {
            bytes_per_second: bits_per_second / 8,
            burst,
            room: burst as f64,
            at: now,
        })
    }

    /// Takes `bytes` and returns how many nanoseconds they have to wait.
    pub(super) fn take(&mut self, bytes: u64, now: i64) -> i64 {
        let passed = now.saturating_sub(self.at).max(0) as f64 / 1e9;
        self.at = now;
        self.room = (self.room + passed * self.bytes_per_second as f64).min(self.burst as f64);
        self.room -= bytes as f64;
        if self.room >= 0.0 {
            return 0;
        }
        let seconds = -self.room / (self.bytes_per_second.max(1)) as f64;
        (seconds * 1e9) as i64
    }
}

impl Push {
    pub(super) fn new(config: &ConsumerConfig, burst: u64, now: i64) -> Self {
        Self {
            active: false,
            flow: config.flow_control.then(FlowControl::default),
            heartbeat_at: next_heartbeat(config, now),
            rate: RateLimit::new(config.rate_limit_bps, burst, now),
        }
    }
}

/// When the next heartbeat is due.
pub(super) fn next_heartbeat(config: &ConsumerConfig, now: i64) -> Option<i64> {
    let pause = config.idle_heartbeat.0;
    (pause > 0).then(|| now.saturating_add(pause))
}

impl Consumer {
    /// Watches whether somebody listens on the deliver subject.
    pub(super) fn watch_interest(&self, config: &ConsumerConfig) -> Option<mpsc::Receiver<bool>> {
        if config.deliver_subject.is_empty() {
            return None;
        }
        let (sender, receiver) = mpsc::channel(INTEREST_CHANGES_MAX);
        let watched = self
            .stream()
            .account()
            .subscriptions()
            .register_notification(&config.deliver_subject, group_of(config), sender);
        // The subject is literal, as was checked.
        watched.is_ok().then_some(receiver)
    }

    /// Whether somebody listens on the deliver subject now, in the consumer's queue
    /// group if it has one. A wildcard does not count: who watches many subjects
    /// did not ask for the messages of this consumer.
    fn has_interest(&self, config: &ConsumerConfig) -> bool {
        self.stream()
            .account()
            .subscriptions()
            .has_exact_interest(&config.deliver_subject, group_of(config))
    }

    /// Somebody listens now, or nobody any more.
    pub(super) fn on_interest(&self, inner: &mut Inner, now: i64) {
        let Mode::Push(push) = &mut inner.mode else {
            return;
        };
        let interest = self.has_interest(&inner.config);
        push.active = interest;
        if interest {
            inner.inactive_at = None;
        } else if inner.inactive_after > 0 && inner.inactive_at.is_none() {
            inner.inactive_at = Some(now.saturating_add(inner.inactive_after));
        }
    }

    /// Tells the receiver that there is nothing, if it is time to.
    pub(super) fn check_heartbeat(
        &self,
        inner: &mut Inner,
        now: i64,
        publisher: &mut InternalPublisher,
    ) {
        let (sseq, dseq) = (inner.stream_seq - 1, inner.delivery_seq - 1);
        let config = inner.config.clone();
        let Mode::Push(push) = &mut inner.mode else {
            return;
        };
        if push.heartbeat_at.is_none_or(|at| now < at) {
            return;
        }
        push.heartbeat_at = next_heartbeat(&config, now);
        if !push.active {
            return;
        }
        let mut header = idle_heartbeat(sseq, dseq);
        if let Some(stalled) = push.flow.as_ref().and_then(FlowControl::waiting_for) {
            header.truncate(header.len() - 2);
            header.extend_from_slice(b"Nats-Consumer-Stalled: ");
            header.extend_from_slice(stalled);
            header.extend_from_slice(b"\r\n\r\n");
        }
        publisher.publish(&Outgoing {
            subject: config.deliver_subject.as_bytes(),
            header: &header,
            ..Outgoing::default()
        });
    }
}

fn group_of(config: &ConsumerConfig) -> Option<&[u8]> {
    (!config.deliver_group.is_empty()).then_some(config.deliver_group.as_bytes())
}

/// Changes of interest that may wait; only that there were some counts.
const INTEREST_CHANGES_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_limit_spreads_bytes_over_time() {
        let second = 1_000_000_000;
        let mut rate = RateLimit::new(8_000, 500, 0).unwrap();
        assert_eq!(rate.take(500, 0), 0, "that many may go at once");
        assert_eq!(rate.take(1_000, 0), second);
        assert_eq!(rate.take(500, second), second / 2);
        assert_eq!(rate.take(100, 10 * second), 0);
        assert!(RateLimit::new(0, 1, 0).is_none());
    }
}
