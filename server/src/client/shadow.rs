//! What stands for a client's subscriptions in accounts whose streams are imported
//! (`addShadowSubscriptions` in `client.go`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::handle::Client;
use crate::account::{Account, Role, StreamImport, Subscription, SubscriptionOptions};

/// What stands for a subscription in an exporting account.
#[derive(Debug)]
pub(super) struct Shadow {
    account: Arc<Account>,
    import: Arc<StreamImport>,
    subscription: Arc<Subscription>,
    of: Arc<Subscription>,
}

impl Shadow {
    /// All shadows that `of` needs, which `account` has. None is inserted.
    pub(super) fn all_of(account: &Account, of: &Arc<Subscription>) -> Vec<Self> {
        let imports = account.stream_imports().into_iter();
        imports
            .filter_map(|import| {
                let subject = import.shadow_subject(&of.subject)?;
                let account = import.account()?;
                let options = SubscriptionOptions {
                    queue: of.queue().map(Into::into),
                    role: Role::Shadow {
                        import: Arc::clone(&import),
                        of: Arc::clone(of),
                    },
                    ..SubscriptionOptions::default()
                };
                let link = Arc::clone(&of.link);
                let subscription = Subscription::new(link, &subject, &of.sid, options);
                Some(Self {
                    account,
                    import,
                    subscription: Arc::new(subscription),
                    of: Arc::clone(of),
                })
            })
            .collect()
    }

    /// Puts it into the exporting account; false if the subject is none there.
    pub(super) fn insert(&self) -> bool {
        let subscriptions = self.account.subscriptions();
        let (subject, queue) = (&self.subscription.subject, self.subscription.queue());
        subscriptions
            .insert(subject, queue, Arc::clone(&self.subscription))
            .is_ok()
    }

    /// Takes it out of the exporting account.
    pub(super) fn remove(&self) {
        // It was inserted under the same subject, so it is found.
        let _ = self.account.subscriptions().remove(
            &self.subscription.subject,
            self.subscription.queue(),
            &self.subscription,
        );
    }

    /// Whether it does what `other` would do.
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.account, &other.account)
            && Arc::ptr_eq(&self.of, &other.of)
            && self.subscription.subject == other.subscription.subject
            && self.import.is_same(&other.import)
    }
}

/// The shadows that a subscription needs now, of which `known` are there. Those that
/// stay the same are not touched, so that no message is lost or comes twice.
fn renewed(account: &Account, of: &Arc<Subscription>, mut known: Vec<Shadow>) -> Vec<Shadow> {
    let mut shadows = Vec::new();
    for wanted in Shadow::all_of(account, of) {
        match known.iter().position(|shadow| shadow.is_same(&wanted)) {
            Some(at) => shadows.push(known.swap_remove(at)),
            None if wanted.insert() => shadows.push(wanted),
            None => {}
        }
    }
    known.iter().for_each(Shadow::remove);
    shadows
}

/// The shadows of subscriptions inside the server, by the address of those.
#[derive(Debug, Default)]
pub(super) struct InternalShadows {
    of: Mutex<HashMap<usize, Vec<Shadow>>>,
}

impl InternalShadows {
    fn lock(&self) -> MutexGuard<'_, HashMap<usize, Vec<Shadow>>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the shadows of a new subscription.
    pub(super) fn add(&self, account: &Account, subscription: &Arc<Subscription>) {
        let shadows = renewed(account, subscription, Vec::new());
        if !shadows.is_empty() {
            self.lock()
                .insert(Arc::as_ptr(subscription).addr(), shadows);
        }
    }

    /// Makes the shadows of a subscription fit what its account imports now.
    fn renew(&self, account: &Account, subscription: &Arc<Subscription>) {
        let key = Arc::as_ptr(subscription).addr();
        let mut of = self.lock();
        let known = of.remove(&key).unwrap_or_default();
        let shadows = renewed(account, subscription, known);
        if !shadows.is_empty() {
            of.insert(key, shadows);
        }
    }

    /// The same for all subscriptions of an account.
    pub(super) fn renew_all(&self, account: &Account) {
        let inside = |subscription: &Arc<Subscription>| {
            subscription.handler().is_some() && matches!(subscription.role(), Role::Ordinary)
        };
        for subscription in account.subscriptions().collect_where(inside) {
            if !subscription.is_closed() {
                self.renew(account, &subscription);
            }
        }
    }

    /// Takes out the shadows of a subscription that has ended.
    pub(super) fn remove(&self, subscription: &Arc<Subscription>) {
        let key = Arc::as_ptr(subscription).addr();
        let shadows = self.lock().remove(&key);
        shadows.iter().flatten().for_each(Shadow::remove);
    }
}

impl Client {
    /// Makes the shadows of the client's subscriptions fit what its account imports now
    /// (`processSubsOnConfigReload`).
    pub(crate) fn renew_shadows(&self) {
        let mut state = self.lock();
        let Some(account) = state.account.clone() else {
            return;
        };
        let mut old = std::mem::take(&mut state.shadows);
        let subscriptions: Vec<_> = state.subscriptions.values().cloned().collect();
        for subscription in subscriptions {
            let known = old.remove(&subscription.sid).unwrap_or_default();
            let shadows = renewed(&account, &subscription, known);
            if !shadows.is_empty() {
                state.shadows.insert(subscription.sid.clone(), shadows);
            }
        }
        old.values().flatten().for_each(Shadow::remove);
    }
}
