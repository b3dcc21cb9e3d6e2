//! Who waits for the messages of a pull request (`trackDownAccountAndInterest`).

use std::sync::Arc;

use crate::account::{Account, SERVICE_REPLY_PREFIX};

/// Where the requestor listens. A request that came through a service import names a
/// reply subject that leads to another account, and who listens is known there.
#[derive(Debug)]
pub(in crate::jetstream::consumer) struct Listener {
    account: Arc<Account>,
    subject: Box<[u8]>,
    is_elsewhere: bool,
    /// Whether the answer was no longer expected when the request was looked at, so
    /// that nothing comes to anybody.
    is_lost: bool,
    /// The state of the account's interest in which somebody listened.
    seen: Option<u64>,
}

impl Listener {
    /// Follows `reply` from the account of a stream to where it leads.
    pub(super) fn track_down(account: &Arc<Account>, reply: &[u8]) -> Self {
        let mut listener = Self {
            account: Arc::clone(account),
            subject: reply.into(),
            is_elsewhere: false,
            is_lost: false,
            seen: None,
        };
        while listener
            .subject
            .starts_with(SERVICE_REPLY_PREFIX.as_bytes())
        {
            let Some(response) = listener.account.pending_response(&listener.subject) else {
                // Only the account that has made it knows; it may be on another server.
                listener.is_lost = listener.account.is_service_reply(&listener.subject);
                break;
            };
            let Some(account) = response.account() else {
                listener.is_lost = true;
                break;
            };
            listener.account = account;
            listener.subject = response.to().into();
            listener.is_elsewhere = true;
        }
        listener
    }

    /// Whether the requestor belongs to another account.
    pub(in crate::jetstream::consumer) const fn is_elsewhere(&self) -> bool {
        self.is_elsewhere
    }

    /// Whether somebody listens. It is looked up again when the account's
    /// subscriptions have changed.
    pub(in crate::jetstream::consumer) fn is_there(&mut self) -> bool {
        if self.is_lost {
            return false;
        }
        let interest = self.account.subscriptions();
        let generation = interest.generation();
        if self.seen == Some(generation) {
            return true;
        }
        let there = interest.has_interest(&self.subject);
        self.seen = there.then_some(generation);
        there
    }
}
