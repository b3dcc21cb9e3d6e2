//! Receivers that do not keep up (`queueOutbound`, `handleWriteTimeout`).

use std::sync::atomic::Ordering;

use super::handle::Client;
use crate::conn::SlowConsumer;
use crate::logging::Level;

impl Client {
    /// Counts and logs that the client does not keep up.
    pub(super) fn slow_consumer(&self, slow: SlowConsumer) {
        let (unidentified, known, account) = {
            let mut state = self.lock();
            let unidentified = state.auth_deadline.is_some() && !state.connected;
            let known = state.is_slow;
            if let SlowConsumer::WriteDeadline { closing: false, .. } = slow {
                state.is_slow = true;
            }
            (unidentified, known, state.account.clone())
        };
        if unidentified && matches!(slow, SlowConsumer::WriteDeadline { .. }) {
            // Whoever has not even said who he is would only mislead.
            return;
        }
        let counts = &self.context.counts;
        counts.slow_consumers.fetch_add(1, Ordering::Relaxed);
        if let Some(account) = account {
            account.stats().add_slow_consumer();
        }
        let options = self.context.options();
        match slow {
            SlowConsumer::WriteDeadline { pieces, bytes, .. } => self.log(
                Level::Notice,
                format_args!(
                    "Slow Consumer {}: WriteDeadline of {:?} exceeded with {pieces} chunks of {bytes} total bytes.",
                    if known { "State" } else { "Detected" },
                    options.write_deadline
                ),
            ),
            SlowConsumer::PendingBytes => self.log(
                Level::Notice,
                format_args!(
                    "Slow Consumer Detected: MaxPending of {} Exceeded",
                    options.max_pending
                ),
            ),
        }
    }
}
