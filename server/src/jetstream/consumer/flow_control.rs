//! Bytes on their way to a receiver that paces its consumer.

use std::sync::Arc;

use super::inner::{Inner, Mode};
use super::lifecycle::Consumer;
use crate::client::{InternalPublisher, Outgoing};
use crate::jetstream::host::random_name;

/// Most bytes on their way (`JsFlowControlMaxPending`).
const LIMIT: u64 = 32 * 1024 * 1024;

/// How much is on its way, and how much may be. That begins low and doubles with
/// each answer of the receiver.
#[derive(Debug)]
pub(super) struct FlowControl {
    max: u64,
    /// As far as that may grow.
    limit: u64,
    pending: u64,
    /// The request that was sent, and how much it stands for.
    asked: Option<(Arc<[u8]>, u64)>,
}

impl Default for FlowControl {
    fn default() -> Self {
        Self::new(LIMIT)
    }
}

impl FlowControl {
    fn new(limit: u64) -> Self {
        Self {
            max: (limit / 16).max(1),
            limit,
            pending: 0,
            asked: None,
        }
    }

    /// Whether nothing more may go before the receiver has answered.
    pub(super) const fn is_stalled(&self) -> bool {
        self.pending > self.max
    }

    /// The request that has not been answered.
    pub(super) fn waiting_for(&self) -> Option<&[u8]> {
        self.asked.as_ref().map(|(subject, _)| &**subject)
    }

    /// Counts a message; true if the receiver should be asked now.
    pub(super) fn sent(&mut self, bytes: u64) -> bool {
        self.pending += bytes;
        match &mut self.asked {
            None => self.pending > self.max / 2,
            Some((_, size)) => {
                if self.pending.saturating_sub(*size) >= self.max {
                    *size += bytes;
                }
                false
            }
        }
    }

    fn ask(&mut self, subject: Arc<[u8]>) {
        self.asked = Some((subject, self.pending));
    }

    /// The receiver has answered; false if it was not to the last request.
    pub(super) fn answered(&mut self, subject: &[u8]) -> bool {
        if self.waiting_for() != Some(subject) {
            return false;
        }
        self.max = (self.max * 2).min(self.limit);
        if let Some((_, size)) = self.asked.take() {
            self.pending = self.pending.saturating_sub(size);
        }
        true
    }
}

impl Consumer {
    /// Begins anew with a window that grows to `limit` bytes
    /// (`setMaxPendingBytes`). Without flow control it does nothing.
    pub fn set_max_pending_bytes(&self, limit: u64) {
        if let Mode::Push(push) = &mut self.lock().mode
            && let Some(flow) = &mut push.flow
        {
            *flow = FlowControl::new(limit);
        }
    }

    /// How many bytes may be on their way now, and how many at most; `None` without
    /// flow control.
    #[must_use]
    pub fn max_pending_bytes(&self) -> Option<(u64, u64)> {
        match &self.lock().mode {
            Mode::Push(push) => push.flow.as_ref().map(|flow| (flow.max, flow.limit)),
            Mode::Pull(_) => None,
        }
    }

    /// Counts bytes that were sent and asks the receiver whether it has them.
    pub(super) fn count_flow(
        &self,
        inner: &mut Inner,
        bytes: u64,
        publisher: &mut InternalPublisher,
    ) {
        let Inner { config, mode, .. } = inner;
        let Mode::Push(push) = mode else {
            return;
        };
        let Some(flow) = &mut push.flow else { return };
        if !flow.sent(bytes) {
            return;
        }
        let reply = format!(
            "$JS.FC.{}.{}.{}",
            self.stream().name(),
            self.name_str(),
            random_name(4)
        );
        publisher.publish(&Outgoing {
            subject: config.deliver_subject.as_bytes(),
            reply: Some(reply.as_bytes()),
            header: b"NATS/1.0 100 FlowControl Request\r\n\r\n",
            ..Outgoing::default()
        });
        flow.ask(reply.into_bytes().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_grows_with_answers() {
        let mut flow = FlowControl::default();
        let first = LIMIT / 16;
        assert!(!flow.sent(first / 2));
        assert!(flow.sent(1), "more than half of the window");
        flow.ask(b"a".as_slice().into());
        assert!(!flow.sent(first));
        assert!(flow.is_stalled());
        assert!(!flow.answered(b"b"));
        assert!(flow.answered(b"a"));
        assert!(!flow.is_stalled() && flow.waiting_for().is_none());
        assert_eq!(flow.max, first * 2);
    }
}
