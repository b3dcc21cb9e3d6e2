//! The end of a connection.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::handle::Client;
use crate::logging::Level;
use crate::protocol::ClosedState;
use crate::subject::sublist::Entry;

impl Client {
    /// Ends the connection for `reason`. What was queued for it before is still
    /// sent, unless the reason is that it can not be. The first reason counts.
    pub fn close(&self, reason: ClosedState) {
        if !self.link.close(reason) {
            return;
        }
        if reason == ClosedState::StaleConnection {
            self.context
                .counts
                .stale_connections
                .fetch_add(1, Ordering::Relaxed);
        }
        self.log(
            Level::Debug,
            format_args!("Client connection closed: {}", reason.as_str()),
        );
    }

    /// Cleans up after a connection whose reader has ended.
    pub(super) fn clean_up(self: &Arc<Self>) {
        let reason = self.link.closing().unwrap_or(ClosedState::ClientClosed);
        self.context.remove_client(self, reason);
        let (account, subscriptions, shadows) = {
            let mut state = self.lock();
            state.replies.clear();
            (
                state.account.clone(),
                std::mem::take(&mut state.subscriptions),
                std::mem::take(&mut state.shadows),
            )
        };
        let Some(account) = account else { return };
        for subscription in subscriptions.values() {
            subscription.close();
        }
        let batch = subscriptions.values().map(|subscription| Entry {
            subject: &subscription.subject,
            queue: subscription.queue(),
            value: subscription,
        });
        if account.subscriptions().remove_batch(batch).is_err() {
            self.log(
                Level::Debug,
                format_args!("a subscription was not in its account"),
            );
        }
        for shadow in shadows.values().flatten() {
            shadow.remove();
        }
        for subscription in subscriptions.values() {
            account.reply_interest_lost(&subscription.subject);
        }
        account.remove_client(self.link.id);
    }
}
