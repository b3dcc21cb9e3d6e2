//! Messages from and to the server itself.
//!
//! What a part of the server publishes takes the same way as what a client does:
//! [`InternalPublisher`] is the sending half of a session without a socket. It
//! belongs to one task, which sends many messages and then flushes, so that each
//! receiver gets them in one write. [`InternalClient`] is for everybody else.
//!
//! Subscriptions inside the server run on the publisher's reader and must not
//! block it, so their handlers hand messages on; [`QueueHandler`] does that.
//!
//! Answers to `createInternalClient`, `sendq` and `systemSubscribe` in `server.go`
//! and `events.go`. Locks: the mutex of an [`InternalClient`] comes before all of
//! an account; handlers run under it and must not publish.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::context::ServerContext;
use super::deliver::{Deliverer, Message, Stage};
use crate::account::{Account, Delivery, MessageHandler, Subscription, SubscriptionOptions};
use crate::collections::ip_queue::IpQueue;
use crate::conn::{Kind, Link};
use crate::subject::sublist::SublistError;

/// A message that the server publishes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outgoing<'a> {
    /// The subject that receivers see.
    pub subject: &'a [u8],
    /// Whose subscribers get it; those of the subject if `None`.
    pub deliver_to: Option<&'a [u8]>,
    /// Where answers go.
    pub reply: Option<&'a [u8]>,
    /// Header block, or nothing.
    pub header: &'a [u8],
    /// Payload.
    pub payload: &'a [u8],
}

/// Publishes in one account, for one task.
pub struct InternalPublisher {
    context: Arc<ServerContext>,
    account: Arc<Account>,
    deliverer: Deliverer,
    body: Vec<u8>,
    /// A receiver that fell behind.
    slow: Option<Arc<Link>>,
}

impl InternalPublisher {
    /// A publisher in `account`.
    #[must_use]
    pub fn new(context: Arc<ServerContext>, account: Arc<Account>, kind: Kind) -> Self {
        let link = Arc::new(Link::new(context.next_id(), kind, 0));
        Self {
            context,
            account,
            deliverer: Deliverer::new(Stage::new(link)),
            body: Vec::new(),
            slow: None,
        }
    }

    /// Collects a message for its receivers; they get it with the next
    /// [`flush`](Self::flush). Returns whether there is anybody.
    pub fn publish(&mut self, message: &Outgoing<'_>) -> bool {
        let (header_len, body) = if message.header.is_empty() {
            (None, message.payload)
        } else {
            self.body.clear();
            self.body.extend_from_slice(message.header);
            self.body.extend_from_slice(message.payload);
            (Some(message.header.len()), self.body.as_slice())
        };
        let inner = Message {
            subject: message.subject,
            reply: message.reply,
            header_len,
            body,
            input: None,
        };
        self.deliverer.trace = self.context.logger.is_trace();
        let to = message.deliver_to.unwrap_or(message.subject);
        self.deliverer.deliver_to(&self.account, to, &inner)
    }

    /// Sends what was collected.
    pub fn flush(&mut self) {
        let stage = &mut self.deliverer.stage;
        stage.flush();
        let sent = stage.take_sent();
        if sent.msgs > 0 {
            let elsewhere = stage.take_sent_elsewhere();
            self.account.stats().add_sent(sent.without(elsewhere));
            self.context.counts.add_sent(sent);
        }
        // Nobody is held up by it who does not ask.
        if let Some(slow) = stage.take_stalled() {
            self.slow = Some(slow);
        }
    }

    /// Whether a receiver has fallen behind so far that it should get no more for now: it
    /// would be taken for a slow consumer.
    pub fn is_ahead(&mut self) -> bool {
        let is_ahead = self
            .slow
            .as_ref()
            .is_some_and(|slow| slow.outbound().is_behind());
        if !is_ahead {
            self.slow = None;
        }
        is_ahead
    }

    /// Waits while that is so; without end if it is not.
    pub async fn caught_up(&self) {
        match &self.slow {
            Some(slow) => slow.outbound().caught_up().await,
            None => std::future::pending().await,
        }
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> &Arc<Account> {
        &self.account
    }
}

impl std::fmt::Debug for InternalPublisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InternalPublisher")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// A client inside the server: it publishes from any thread and subscribes.
pub struct InternalClient {
    context: Arc<ServerContext>,
    account: Arc<Account>,
    link: Arc<Link>,
    next_sid: AtomicU64,
    publisher: Mutex<InternalPublisher>,
}

impl InternalClient {
    /// A client in `account`.
    #[must_use]
    pub fn new(context: Arc<ServerContext>, account: Arc<Account>, kind: Kind) -> Self {
        let publisher = InternalPublisher::new(Arc::clone(&context), Arc::clone(&account), kind);
        Self {
            link: Arc::new(Link::new(context.next_id(), kind, 0)),
            context,
            account,
            next_sid: AtomicU64::new(0),
            publisher: Mutex::new(publisher),
        }
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// What it shares with all others.
    #[must_use]
    pub const fn context(&self) -> &Arc<ServerContext> {
        &self.context
    }

    /// Publishes a message and returns whether somebody got it.
    pub fn publish(&self, message: &Outgoing<'_>) -> bool {
        let mut publisher = self
            .publisher
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let delivered = publisher.publish(message);
        publisher.flush();
        delivered
    }

    /// Publishes messages in one go and returns how many had a receiver.
    pub fn publish_all<'a>(&self, messages: impl IntoIterator<Item = Outgoing<'a>>) -> usize {
        let mut publisher = self
            .publisher
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let delivered = messages
            .into_iter()
            .filter(|message| publisher.publish(message))
            .count();
        publisher.flush();
        delivered
    }

    /// Subscribes, also to what the account imports, until the subscription is
    /// dropped.
    ///
    /// # Errors
    ///
    /// [`SublistError`] for a subject that can not be subscribed to.
    pub fn subscribe(
        &self,
        subject: &[u8],
        queue: Option<&[u8]>,
        handler: Arc<dyn MessageHandler>,
    ) -> Result<InternalSubscription, SublistError> {
        let sid = self.next_sid.fetch_add(1, Ordering::Relaxed) + 1;
        let options = SubscriptionOptions {
            queue: queue.map(Into::into),
            handler: Some(handler),
            ..SubscriptionOptions::default()
        };
        let subscription = Arc::new(Subscription::new(
            Arc::clone(&self.link),
            subject,
            sid.to_string().as_bytes(),
            options,
        ));
        self.account
            .subscriptions()
            .insert(subject, queue, Arc::clone(&subscription))?;
        let shadows = &self.context.internal_shadows;
        shadows.add(&self.account, &subscription);
        Ok(InternalSubscription {
            context: Arc::clone(&self.context),
            account: Arc::clone(&self.account),
            subscription,
        })
    }
}

impl std::fmt::Debug for InternalClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InternalClient")
            .field("account", &self.account)
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

/// A subscription inside the server. It ends when this is dropped.
pub struct InternalSubscription {
    context: Arc<ServerContext>,
    account: Arc<Account>,
    subscription: Arc<Subscription>,
}

impl InternalSubscription {
    /// The subscription itself.
    #[must_use]
    pub const fn subscription(&self) -> &Arc<Subscription> {
        &self.subscription
    }
}

impl std::fmt::Debug for InternalSubscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InternalSubscription")
            .field("account", &self.account)
            .field("subscription", &self.subscription)
            .finish_non_exhaustive()
    }
}

impl Drop for InternalSubscription {
    fn drop(&mut self) {
        let subscription = &self.subscription;
        subscription.close();
        self.context.internal_shadows.remove(subscription);
        // It is missing only if the account has been emptied, which is as well.
        self.account
            .subscriptions()
            .remove(&subscription.subject, subscription.queue(), subscription)
            .ok();
    }
}

/// A message that was taken from its publisher's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalMessage {
    bytes: Box<[u8]>,
    subject_len: usize,
    /// Length of the reply subject, if there is one.
    reply_len: Option<usize>,
    header_len: usize,
}

impl InternalMessage {
    /// A copy of a message that is being delivered.
    #[must_use]
    pub fn new(delivery: &Delivery<'_>) -> Self {
        let reply = delivery.reply.unwrap_or_default();
        let size = delivery.subject.len() + reply.len() + delivery.body.len();
        let mut bytes = Vec::with_capacity(size);
        bytes.extend_from_slice(delivery.subject);
        bytes.extend_from_slice(reply);
        bytes.extend_from_slice(delivery.body);
        Self {
            bytes: bytes.into_boxed_slice(),
            subject_len: delivery.subject.len(),
            reply_len: delivery.reply.map(<[u8]>::len),
            header_len: delivery.header_len.unwrap_or(0).min(delivery.body.len()),
        }
    }

    /// Its subject.
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        self.bytes.get(..self.subject_len).unwrap_or_default()
    }

    /// Where answers go.
    #[must_use]
    pub fn reply(&self) -> Option<&[u8]> {
        let end = self.subject_len + self.reply_len?;
        self.bytes.get(self.subject_len..end)
    }

    /// Its header block; empty if it has none.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        let start = self.body_start();
        self.bytes
            .get(start..start + self.header_len)
            .unwrap_or_default()
    }

    /// Its payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.bytes
            .get(self.body_start() + self.header_len..)
            .unwrap_or_default()
    }

    /// Bytes of all its parts.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }

    fn body_start(&self) -> usize {
        self.subject_len + self.reply_len.unwrap_or(0)
    }
}

/// Puts messages into a queue for the task that works on them. A message that
/// finds the queue full is dropped and counts as not delivered.
#[derive(Debug)]
pub struct QueueHandler {
    queue: Arc<IpQueue<InternalMessage>>,
}

impl QueueHandler {
    /// A handler that fills `queue`.
    #[must_use]
    pub const fn new(queue: Arc<IpQueue<InternalMessage>>) -> Self {
        Self { queue }
    }
}

impl MessageHandler for QueueHandler {
    fn handle(&self, message: &Delivery<'_>) -> bool {
        self.queue.push(InternalMessage::new(message)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Accounts;
    use crate::collections::ip_queue::IpQueueOptions;
    use crate::config::Options;
    use crate::protocol::Info;

    fn client() -> InternalClient {
        let accounts = Accounts::configure(&Options::default()).unwrap();
        let account = Arc::clone(accounts.global());
        let context = ServerContext::new(Arc::new(Options::default()), Info::default(), accounts);
        InternalClient::new(Arc::new(context), account, Kind::System)
    }

    #[test]
    fn messages_reach_queues_until_the_subscription_is_dropped() {
        let client = client();
        let queue = Arc::new(IpQueue::new("test", IpQueueOptions::default()));
        let handler = Arc::new(QueueHandler::new(Arc::clone(&queue)));
        let subscription = client.subscribe(b"a.*", None, handler).unwrap();
        let message = Outgoing {
            subject: b"a.b",
            reply: Some(b"r"),
            header: b"NATS/1.0\r\n\r\n",
            payload: b"hello",
            ..Outgoing::default()
        };
        let elsewhere = Outgoing {
            deliver_to: Some(b"c"),
            ..message
        };
        assert!(client.publish(&message));
        assert_eq!(client.publish_all([message, elsewhere, message]), 2);
        let taken = queue.pop().unwrap();
        let first: Vec<_> = taken.iter().collect();
        assert_eq!(first.len(), 3);
        assert_eq!(first[0].subject(), b"a.b");
        assert_eq!(first[0].reply(), Some(&b"r"[..]));
        assert_eq!(first[0].header(), b"NATS/1.0\r\n\r\n");
        assert_eq!(first[0].payload(), b"hello");
        assert_eq!(first[0].size(), 3 + 1 + 12 + 5);
        drop(subscription);
        assert!(!client.publish(&message));
        assert_eq!(client.account().subscriptions().count(), 0);
    }

    #[test]
    fn a_full_queue_takes_no_more() {
        let client = client();
        let options = IpQueueOptions {
            len_max: Some(1),
            ..IpQueueOptions::default()
        };
        let queue = Arc::new(IpQueue::new("test", options));
        let handler = Arc::new(QueueHandler::new(Arc::clone(&queue)));
        let _subscription = client.subscribe(b">", None, handler).unwrap();
        let message = Outgoing {
            subject: b"a",
            ..Outgoing::default()
        };
        assert!(client.publish(&message));
        assert!(!client.publish(&message));
        assert_eq!(queue.len(), 1);
    }
}
