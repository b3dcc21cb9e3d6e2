//! Interest of one connection in one subject.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::client_info::{CLIENT_INFO_HEADER, ClientInfo};
use super::host::Requestor;
use super::imports::{ServiceImport, StreamImport};
use crate::auth::DenyFilter;
use crate::conn::Link;
use crate::protocol::header_value;
use crate::subject::sublist::SublistValue;

/// A message on its way to a handler inside the server.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The subject it was published to.
    pub subject: &'a [u8],
    /// Where answers go.
    pub reply: Option<&'a [u8]>,
    /// Length of the header block at the start of `body`, if there is one.
    pub header_len: Option<usize>,
    /// Header block and payload.
    pub body: &'a [u8],
    /// Who sent it, if that can be told.
    pub from: Option<&'a Weak<dyn Requestor>>,
    /// Whether it came through a service import, so that its header says who asks.
    pub is_imported: bool,
}

impl Delivery<'_> {
    /// Who asks, in full (`getRequestInfo`). What a client of the account itself
    /// wrote into the header does not count.
    #[must_use]
    pub fn asker(&self) -> Option<ClientInfo> {
        if !self.is_imported {
            return Some(self.from?.upgrade()?.client_info(true));
        }
        let header = self.body.get(..self.header_len?)?;
        let info = header_value(CLIENT_INFO_HEADER.as_bytes(), header)?;
        serde_json::from_slice(info).ok()
    }
}

/// Takes messages for a subscription inside the server. Called by the reader of
/// the publishing connection, so it must not block.
pub trait MessageHandler: Send + Sync {
    /// Handles one message; returns whether somebody got it.
    fn handle(&self, message: &Delivery<'_>) -> bool;
}

/// What happens to the messages of a subscription.
#[derive(Debug, Default)]
pub enum Role {
    /// The connection gets them, or a handler.
    #[default]
    Ordinary,
    /// It stands in the exporting account for `of`, a subscription in an account
    /// that imports the stream.
    Shadow {
        /// The import.
        import: Arc<StreamImport>,
        /// The subscription that gets the messages.
        of: Arc<Subscription>,
    },
    /// They go through a service import to another account.
    ServiceImport(Arc<ServiceImport>),
    /// They are answers to requests from other accounts.
    ServiceResponses,
}

/// What is optional in a subscription.
#[derive(Default)]
pub struct SubscriptionOptions {
    /// What happens to the messages.
    pub role: Role,
    /// The queue group.
    pub queue: Option<Box<[u8]>>,
    /// Subjects that must not be delivered although the subscription covers them.
    pub deny: Option<DenyFilter>,
    /// Who takes the messages instead of the connection.
    pub handler: Option<Arc<dyn MessageHandler>>,
}

/// A subscription (`subscription` in `client.go`). Equal only to itself.
pub struct Subscription {
    /// The subscribing connection.
    pub link: Arc<Link>,
    /// The subject, which may have wildcards.
    pub subject: Box<[u8]>,
    /// The id that the connection chose.
    pub sid: Box<[u8]>,
    options: SubscriptionOptions,
    delivered: AtomicU64,
    /// After how many messages the subscription ends; 0 is never.
    max: AtomicU64,
    closed: AtomicBool,
}

impl Subscription {
    /// A subscription of `link` to `subject`.
    #[must_use]
    pub fn new(link: Arc<Link>, subject: &[u8], sid: &[u8], options: SubscriptionOptions) -> Self {
        Self {
            link,
            subject: subject.into(),
            sid: sid.into(),
            options,
            delivered: AtomicU64::new(0),
            max: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        }
    }

    /// The queue group.
    #[must_use]
    pub fn queue(&self) -> Option<&[u8]> {
        self.options.queue.as_deref()
    }

    /// What happens to the messages.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.options.role
    }

    /// Who takes the messages, if it is not the connection.
    #[must_use]
    pub fn handler(&self) -> Option<&Arc<dyn MessageHandler>> {
        self.options.handler.as_ref()
    }

    /// Whether messages on `subject` must not be delivered.
    #[must_use]
    #[inline]
    pub fn denies(&self, subject: &[u8]) -> bool {
        self.options
            .deny
            .as_ref()
            .is_some_and(|filter| filter.denies(subject))
    }

    /// Whether there are subjects that it leaves out.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.options.deny.is_some()
    }

    /// Messages delivered so far.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Counts a delivery and returns how many there were with it.
    #[inline]
    pub fn count_delivery(&self) -> u64 {
        self.delivered.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// After how many messages the subscription ends; 0 is never.
    #[must_use]
    #[inline]
    pub fn max(&self) -> u64 {
        self.max.load(Ordering::Relaxed)
    }

    /// Sets after how many messages the subscription ends.
    pub fn set_max(&self, max: u64) {
        self.max.store(max, Ordering::Relaxed);
    }

    /// Ends the subscription; cached matches still name it.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Whether the subscription has ended.
    #[must_use]
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// A subscription as monitoring tells of it, which keeps nothing else alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionDetails {
    /// The subject, which may have wildcards.
    pub subject: Box<[u8]>,
    /// The queue group.
    pub queue: Option<Box<[u8]>>,
    /// The id that the connection chose.
    pub sid: Box<[u8]>,
    /// Messages delivered.
    pub delivered: u64,
    /// After how many messages the subscription ends; 0 is never.
    pub max: u64,
    /// The subscribing connection.
    pub connection: u64,
}

impl Subscription {
    /// What monitoring tells of it.
    #[must_use]
    pub fn details(&self) -> SubscriptionDetails {
        SubscriptionDetails {
            subject: self.subject.clone(),
            queue: self.queue().map(Into::into),
            sid: self.sid.clone(),
            delivered: self.delivered(),
            max: self.max(),
            connection: self.link.id,
        }
    }
}

impl PartialEq for Subscription {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Subscription {}

impl Hash for Subscription {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self).addr().hash(state);
    }
}

impl SublistValue for Arc<Subscription> {}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("link", &self.link)
            .field("subject", &self.subject.escape_ascii().to_string())
            .field("sid", &self.sid.escape_ascii().to_string())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::Kind;

    #[test]
    fn subscriptions_end_and_count() {
        let link = Arc::new(Link::new(1, Kind::Client, 1024));
        let subscription = Subscription::new(link, b"foo", b"1", SubscriptionOptions::default());
        assert!(!subscription.is_closed());
        assert_eq!(
            (subscription.count_delivery(), subscription.delivered()),
            (1, 1)
        );
        subscription.close();
        assert!(subscription.is_closed());
    }
}
