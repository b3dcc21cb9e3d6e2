//! What an account has sent and received.

use std::sync::atomic::{AtomicU64, Ordering};

/// Messages and bytes counted together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrafficCounts {
    /// Messages.
    pub msgs: u64,
    /// Bytes of their headers and payloads.
    pub bytes: u64,
}

impl TrafficCounts {
    /// What is left without `part`.
    #[must_use]
    pub fn without(self, part: Self) -> Self {
        Self {
            msgs: self.msgs.saturating_sub(part.msgs),
            bytes: self.bytes.saturating_sub(part.bytes),
        }
    }
}

/// Counts of one account. They are updated once for a batch of messages.
#[derive(Debug, Default)]
pub struct AccountStats {
    in_msgs: AtomicU64,
    in_bytes: AtomicU64,
    out_msgs: AtomicU64,
    out_bytes: AtomicU64,
    slow_consumers: AtomicU64,
}

impl AccountStats {
    /// Counts messages received from clients.
    pub fn add_received(&self, counts: TrafficCounts) {
        self.in_msgs.fetch_add(counts.msgs, Ordering::Relaxed);
        self.in_bytes.fetch_add(counts.bytes, Ordering::Relaxed);
    }

    /// Counts messages sent to subscribers.
    pub fn add_sent(&self, counts: TrafficCounts) {
        self.out_msgs.fetch_add(counts.msgs, Ordering::Relaxed);
        self.out_bytes.fetch_add(counts.bytes, Ordering::Relaxed);
    }

    /// Counts a subscriber that could not keep up.
    pub fn add_slow_consumer(&self) {
        self.slow_consumers.fetch_add(1, Ordering::Relaxed);
    }

    /// What was received from clients.
    #[must_use]
    pub fn received(&self) -> TrafficCounts {
        TrafficCounts {
            msgs: self.in_msgs.load(Ordering::Relaxed),
            bytes: self.in_bytes.load(Ordering::Relaxed),
        }
    }

    /// What was sent to subscribers.
    #[must_use]
    pub fn sent(&self) -> TrafficCounts {
        TrafficCounts {
            msgs: self.out_msgs.load(Ordering::Relaxed),
            bytes: self.out_bytes.load(Ordering::Relaxed),
        }
    }

    /// Subscribers that could not keep up.
    #[must_use]
    pub fn slow_consumers(&self) -> u64 {
        self.slow_consumers.load(Ordering::Relaxed)
    }
}
