//! Priority groups (ADR-42): who of several pulling clients gets messages.

use super::inner::{Inner, Mode};
use super::lifecycle::Consumer;
use super::pull::status_with_rest;
use crate::client::{InternalPublisher, Outgoing};
use crate::jetstream::host::random_name;
use crate::jetstream::model::{Nanos, PriorityPolicy};

/// The client that gets all messages.
pub(super) struct Pin {
    pub(super) id: String,
    pub(super) group: String,
    pub(super) since: i64,
    /// When it has been silent for too long.
    pub(super) expires: i64,
}

impl Pin {
    pub(super) const fn renew(&mut self, now: i64, timeout: Nanos) {
        self.expires = now.saturating_add(timeout.0);
    }
}

/// What becomes of the request in front.
pub(super) enum Turn {
    /// It gets the message.
    Serve,
    /// It does not want it now; the next one's turn.
    Cycle,
    /// It is over.
    Drop,
}

impl Consumer {
    /// Whether the request in front gets a message, as far as groups go.
    pub(super) fn group_turn(
        &self,
        inner: &mut Inner,
        now: i64,
        publisher: &mut InternalPublisher,
    ) -> Turn {
        match inner.config.priority_policy {
            PriorityPolicy::PinnedClient => self.pinned_turn(inner, now, publisher),
            PriorityPolicy::Overflow => overflow_turn(inner),
            PriorityPolicy::None | PriorityPolicy::Prioritized => Turn::Serve,
        }
    }

    fn pinned_turn(&self, inner: &mut Inner, now: i64, publisher: &mut InternalPublisher) -> Turn {
        let timeout = inner.config.priority_timeout;
        let Mode::Pull(waiting) = &mut inner.mode else {
            return Turn::Serve;
        };
        let Some(request) = waiting.front_mut() else {
            return Turn::Serve;
        };
        let asks = &request.group;
        match &inner.pin {
            None if asks.id.is_empty() => {
                if asks.group.is_empty() {
                    return Turn::Serve;
                }
                let pin = Pin {
                    id: random_name(22),
                    group: asks.group.clone(),
                    since: now,
                    expires: now.saturating_add(timeout.0),
                };
                request.group.id.clone_from(&pin.id);
                self.advise_pinned(&pin.group, &pin.id);
                inner.pin = Some(pin);
                Turn::Serve
            }
            Some(pin) if asks.id == pin.id => Turn::Serve,
            Some(_) if asks.id.is_empty() => Turn::Cycle,
            // Perhaps the client that was pinned before.
            _ => {
                let status =
                    status_with_rest("423 Nats-Wrong-Pin-Id", request.left, request.bytes_left);
                publisher.publish(&Outgoing {
                    subject: &request.reply,
                    header: &status,
                    ..Outgoing::default()
                });
                Turn::Drop
            }
        }
    }

    /// Nobody is pinned any more.
    pub(super) fn unpin(&self, inner: &mut Inner, reason: &str) {
        if let Some(pin) = inner.pin.take() {
            self.advise_unpinned(&pin.group, reason);
        }
    }

    /// The pinned client has been silent for too long.
    pub(super) fn check_pin(&self, inner: &mut Inner, now: i64) {
        if inner.pin.as_ref().is_some_and(|pin| now >= pin.expires) {
            self.unpin(inner, "timeout");
        }
    }
}

/// A request that only wants messages when there are many.
fn overflow_turn(inner: &mut Inner) -> Turn {
    // The message at hand is one of those to come.
    let to_come = inner.to_come + 1;
    let pending = i64::try_from(inner.pending.len()).unwrap_or(i64::MAX);
    let Mode::Pull(waiting) = &mut inner.mode else {
        return Turn::Serve;
    };
    let Some(request) = waiting.front_mut() else {
        return Turn::Serve;
    };
    let (min_pending, min_ack) = (request.group.min_pending, request.group.min_ack_pending);
    if min_pending <= 0 && min_ack <= 0 {
        return Turn::Serve;
    }
    let reached = min_pending > 0 && min_pending <= to_come || min_ack > 0 && min_ack <= pending;
    if reached { Turn::Serve } else { Turn::Cycle }
}
