//! What new options mean for a client that is connected (`reloadAuthorization`).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::handle::Client;
use super::session::Session;
use crate::account::{Account, Subscription, SubscriptionOptions};
use crate::auth::{ClientPermissions, DenyFilter, Identity};
use crate::config::options::PinnedCerts;
use crate::conn::tls::is_pinned;
use crate::logging::Level;
use crate::protocol::ClosedState;

impl Client {
    /// Lets the client's reader look up its limits and permissions again before it works
    /// on.
    pub(crate) fn note_new_options(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }

    /// Tells the client what is wrong and closes it.
    pub(crate) fn refuse(&self, text: &str, reason: ClosedState) {
        self.log(Level::Error, format_args!("{text}"));
        self.link
            .send_bytes(format!("-ERR '{text}'\r\n").as_bytes());
        self.close(reason);
    }

    /// Whether the client's certificate is one of `pinned`.
    pub(crate) fn is_pinned(&self, pinned: &PinnedCerts) -> bool {
        self.tls().is_none_or(|tls| {
            let leaf = tls.peer_certificates.first().map(AsRef::as_ref);
            is_pinned(pinned, leaf)
        })
    }

    /// Asks again who the client is. Whoever is nobody now is closed, and so is whoever
    /// belongs to another account; others get the permissions that they have now.
    pub(crate) fn check_again(&self) {
        let (connect, waits) = {
            let state = self.lock();
            (state.connect.clone(), state.auth_deadline.is_some())
        };
        // A client that has yet to say who it is will be asked with the new users.
        if waits {
            return;
        }
        let no_auth = || {
            let auth = self.context.auth();
            let identity = auth.no_auth_identity(self.connection)?;
            let name = identity.user.as_deref()?;
            (connect.user == name && connect.pass.is_empty()).then_some(identity)
        };
        let Ok(identity) = self
            .authenticate(&connect)
            .or_else(|refusal| no_auth().ok_or(refusal))
        else {
            self.log(Level::Error, format_args!("authentication error"));
            self.link.send_bytes(b"-ERR 'Authorization Violation'\r\n");
            self.close(ClosedState::AuthenticationViolation);
            return;
        };
        let accounts = self.context.accounts();
        let account = identity
            .account
            .as_deref()
            .unwrap_or_else(|| accounts.global().name());
        if self.account_name().is_some_and(|name| name != account) {
            self.close(ClosedState::ClientClosed);
            return;
        }
        self.change_permissions(&identity);
    }

    fn change_permissions(&self, identity: &Identity) {
        let source = {
            let state = self.lock();
            let compiled = state.permissions.as_ref();
            compiled.map(|permissions| permissions.source().clone())
        };
        if source.as_ref() == identity.permissions.as_deref() {
            return;
        }
        let permissions = identity
            .permissions
            .as_deref()
            .map(ClientPermissions::new)
            .transpose();
        let Ok(permissions) = permissions else {
            self.close(ClosedState::AuthenticationViolation);
            return;
        };
        let permissions = permissions.map(Arc::new);
        let tracks = permissions
            .as_ref()
            .is_some_and(|all| all.responses().is_some());
        self.link.set_tracks_replies(tracks);
        let (account, subscriptions) = {
            let mut state = self.lock();
            state.permissions.clone_from(&permissions);
            let subscriptions: Vec<_> = state.subscriptions.values().cloned().collect();
            (state.account.clone(), subscriptions)
        };
        self.note_new_options();
        let Some(account) = account else { return };
        for subscription in subscriptions {
            let (subject, queue) = (&subscription.subject, subscription.queue());
            let allowed = permissions
                .as_ref()
                .is_none_or(|all| all.can_subscribe(subject, queue));
            if allowed {
                let deny = permissions
                    .as_ref()
                    .and_then(|all| all.deny_filter(subject));
                if deny.is_some() || subscription.is_filtered() {
                    self.replace(&account, &subscription, deny);
                }
            } else {
                let shown = String::from_utf8_lossy(subject).into_owned();
                self.log(
                    Level::Notice,
                    format_args!("Removed sub {shown:?} - not authorized anymore"),
                );
                self.link.send_bytes(
                    format!("-ERR 'Permissions Violation for Subscription to \"{shown}\"'\r\n")
                        .as_bytes(),
                );
                self.end_subscription(&account, &subscription.sid);
            }
        }
    }
}

impl Client {
    /// Makes a subscription anew: what it leaves out is fixed when it is made.
    fn replace(&self, account: &Account, old: &Subscription, deny: Option<DenyFilter>) {
        let queue = old.queue();
        let options = SubscriptionOptions {
            queue: queue.map(Into::into),
            deny,
            ..SubscriptionOptions::default()
        };
        let link = Arc::clone(&old.link);
        let new = Arc::new(Subscription::new(link, &old.subject, &old.sid, options));
        if old.max() > 0 {
            new.set_max(old.max().saturating_sub(old.delivered()).max(1));
        }
        self.end_subscription(account, &old.sid);
        let inserted = account
            .subscriptions()
            .insert(&old.subject, queue, Arc::clone(&new));
        if inserted.is_ok() {
            self.lock().subscriptions.insert(old.sid.clone(), new);
            self.renew_shadows();
        }
    }
}

impl Session {
    /// Takes over what a reload changed for the client.
    pub(super) fn take_new_options(&mut self) {
        let epoch = self.client.epoch.load(Ordering::Acquire);
        if epoch == self.seen_epoch {
            return;
        }
        self.seen_epoch = epoch;
        let (permissions, known) = {
            let state = self.client.lock();
            (state.permissions.clone(), state.account.is_some())
        };
        self.permissions = permissions;
        self.may_publish.clear();
        let options = self.client.context.options();
        self.parser.limits.max_control_line = options.max_control_line;
        if known {
            let account = Arc::clone(&self.account);
            self.apply_limits(&account, false);
        } else {
            self.parser.limits.max_payload = Some(options.max_payload);
        }
    }
}
