//! SUB and UNSUB.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::handle::Client;
use super::session::Session;
use super::shadow::Shadow;
use crate::account::{Account, Subscription, SubscriptionOptions};
use crate::logging::Level;
use crate::subject::token_count;

/// The queue group that only the server itself may use.
const SYSTEM_QUEUE: &[u8] = b"_sys_";

impl Session {
    pub(super) fn subscribe(&mut self, subject: &[u8], queue: Option<&[u8]>, sid: &[u8]) {
        self.active = true;
        if !self.may_subscribe(subject, queue) {
            self.subscribe_violation(subject, queue, sid);
            return;
        }
        let max_tokens = usize::from(self.client.context.options().max_subscription_tokens);
        if max_tokens > 0 && token_count(subject) > max_tokens {
            self.too_many_tokens(subject, sid);
            return;
        }
        let mut state = self.client.lock();
        if state.is_at_subscription_limit() {
            drop(state);
            self.too_many_subscriptions();
            return;
        }
        match state.subscriptions.entry(sid.into()) {
            // A subscription id that is in use keeps its subscription.
            Entry::Occupied(_) => {}
            Entry::Vacant(entry) => {
                let options = SubscriptionOptions {
                    queue: queue.map(Into::into),
                    deny: self
                        .permissions
                        .as_ref()
                        .and_then(|all| all.deny_filter(subject)),
                    ..SubscriptionOptions::default()
                };
                let link = Arc::clone(&self.client.link);
                let subscription = Arc::new(Subscription::new(link, subject, sid, options));
                let inserted =
                    self.account
                        .subscriptions()
                        .insert(subject, queue, Arc::clone(&subscription));
                if inserted.is_err() {
                    drop(state);
                    self.send_error("Invalid Subject");
                    return;
                }
                let mut shadows = Shadow::all_of(&self.account, &subscription);
                shadows.retain(Shadow::insert);
                entry.insert(subscription);
                if !shadows.is_empty() {
                    state.shadows.insert(sid.into(), shadows);
                }
            }
        }
        drop(state);
        if self.verbose {
            self.send_ok();
        }
    }

    pub(super) fn unsubscribe(&mut self, sid: &[u8], max: Option<usize>) {
        self.active = true;
        let client = Arc::clone(&self.client);
        let found = client.lock().subscriptions.get(sid).cloned();
        if self.verbose {
            self.send_ok();
        }
        let Some(subscription) = found else { return };
        match max {
            Some(max) if max as u64 > subscription.delivered() => {
                subscription.set_max(max as u64);
            }
            _ => client.end_subscription(&self.account, sid),
        }
    }

    fn may_subscribe(&self, subject: &[u8], queue: Option<&[u8]>) -> bool {
        queue != Some(SYSTEM_QUEUE)
            && self
                .permissions
                .as_ref()
                .is_none_or(|all| all.can_subscribe(subject, queue))
    }

    fn subscribe_violation(&mut self, subject: &[u8], queue: Option<&[u8]>, sid: &[u8]) {
        let subject = String::from_utf8_lossy(subject).into_owned();
        let sid = String::from_utf8_lossy(sid).into_owned();
        match queue {
            Some(queue) => {
                let queue = String::from_utf8_lossy(queue).into_owned();
                self.send_error(&format!(
                    "Permissions Violation for Subscription to {subject:?} using queue {queue:?}"
                ));
                self.client.log(
                    Level::Error,
                    format_args!(
                        "Subscription Violation - Subject {subject:?}, Queue: {queue:?}, SID {sid}"
                    ),
                );
            }
            None => {
                self.send_error(&format!(
                    "Permissions Violation for Subscription to {subject:?}"
                ));
                self.client.log(
                    Level::Error,
                    format_args!("Subscription Violation - Subject {subject:?}, SID {sid}"),
                );
            }
        }
    }

    fn too_many_tokens(&mut self, subject: &[u8], sid: &[u8]) {
        let subject = String::from_utf8_lossy(subject).into_owned();
        let sid = String::from_utf8_lossy(sid).into_owned();
        self.send_error(&format!(
            "Permissions Violation for Subscription to {subject:?}, too many tokens"
        ));
        self.client.log(
            Level::Error,
            format_args!("Subscription Violation Too Many Tokens - Subject {subject:?}, SID {sid}"),
        );
    }
}

impl Client {
    /// Takes a subscription out of the connection and its account.
    pub(super) fn end_subscription(&self, account: &Account, sid: &[u8]) {
        let (subscription, shadows) = {
            let mut state = self.lock();
            let Some(subscription) = state.remove_subscription(sid) else {
                return;
            };
            (subscription, state.shadows.remove(sid))
        };
        subscription.close();
        if self.context.logger.is_trace() {
            self.log(
                Level::Trace,
                format_args!("<-> [DELSUB {}]", sid.escape_ascii()),
            );
        }
        let removed = account.subscriptions().remove(
            &subscription.subject,
            subscription.queue(),
            &subscription,
        );
        if removed.is_err() {
            self.log(
                Level::Debug,
                format_args!("subscription {} was not in its account", sid.escape_ascii()),
            );
        }
        for shadow in shadows.into_iter().flatten() {
            shadow.remove();
        }
        account.reply_interest_lost(&subscription.subject);
    }
}
