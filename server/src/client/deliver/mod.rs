//! From a message to the receivers' outbound queues.
//!
//! Matches are cached per session and tagged with the generation of the account's
//! subscriptions. What a read produces for one receiver is collected in a slot
//! and queued in one go when the read has been worked through.

mod routes;
mod stage;

use bytes::Bytes;
use rand::Rng;

use self::routes::{RouteCache, Target};
pub(super) use self::stage::Stage;
use crate::account::{Account, Delivery};
use crate::conn::Staged;
use crate::protocol::{MessageHead, constants};

/// A message on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) subject: &'a [u8],
    pub(super) reply: Option<&'a [u8]>,
    pub(super) header_len: Option<usize>,
    /// Header block and payload.
    pub(super) body: &'a [u8],
}

/// Delivers the messages of one session.
pub(super) struct Deliverer {
    routes: RouteCache,
    pub(super) stage: Stage,
    head: MessageHead,
    /// Whether deliveries are traced.
    pub(super) trace: bool,
}

impl Deliverer {
    pub(super) fn new(stage: Stage) -> Self {
        Self {
            routes: RouteCache::default(),
            stage,
            head: MessageHead::default(),
            trace: false,
        }
    }

    /// Delivers `message` to everybody in `account` who wants it. Returns whether
    /// somebody got it.
    pub(super) fn deliver(&mut self, account: &Account, message: &Message<'_>) -> bool {
        self.deliver_to(account, message.subject, message)
    }

    /// Delivers `message` to those who want `to`, whatever its own subject is.
    pub(super) fn deliver_to(
        &mut self,
        account: &Account,
        to: &[u8],
        message: &Message<'_>,
    ) -> bool {
        let route = self.routes.lookup(account, to, &mut self.stage);
        if route.is_empty() {
            return false;
        }
        self.head.render(
            message.subject,
            message.reply,
            message.header_len,
            message.body.len(),
        );
        let shared = (route.fanout() > 1 && Staged::should_share(message.body.len()))
            .then(|| shared_body(message.body));
        let mut one = One {
            message,
            head: &self.head,
            shared: shared.as_ref(),
            trace: self.trace,
        };
        let mut delivered = false;
        for target in &route.plain {
            delivered |= one.deliver(&mut self.stage, target);
        }
        for members in &route.queues {
            delivered |= one.deliver_to_one_of(&mut self.stage, members);
        }
        self.stage.end_subscriptions();
        delivered
    }
}

fn shared_body(body: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(body.len() + 2);
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(constants::CR_LF);
    Bytes::from(bytes)
}

/// One message, rendered for its receivers.
struct One<'a> {
    message: &'a Message<'a>,
    head: &'a MessageHead,
    shared: Option<&'a Bytes>,
    trace: bool,
}

impl One<'_> {
    /// Tries the members of a queue group from a random one on.
    fn deliver_to_one_of(&mut self, stage: &mut Stage, members: &[Target]) -> bool {
        let start = match members.len() {
            0 => return false,
            1 => 0,
            count => rand::rng().random_range(0..count),
        };
        let (before, from) = members.split_at(start);
        from.iter()
            .chain(before)
            .any(|target| self.deliver(stage, target))
    }

    #[inline]
    fn deliver(&mut self, stage: &mut Stage, target: &Target) -> bool {
        let subscription = &*target.subscription;
        let message = self.message;
        if subscription.is_closed() || subscription.denies(message.subject) {
            return false;
        }
        if let Some(handler) = subscription.handler() {
            subscription.count_delivery();
            return handler.handle(&Delivery {
                subject: message.subject,
                reply: message.reply,
                header_len: message.header_len,
                body: message.body,
            });
        }
        if stage.is_unwanted_echo(target.slot) {
            return false;
        }
        let count = subscription.count_delivery();
        let max = subscription.max();
        if max > 0 && count >= max {
            if count > max {
                return false;
            }
            stage.note_ended(&target.subscription);
        }
        if stage.is_dropped(target.slot) {
            return false;
        }
        let headers = stage.takes_headers(target.slot);
        let out = stage.buffer(target.slot);
        self.head.push(out.buffer(), &subscription.sid, headers);
        let size = match message.header_len {
            Some(header_len) if !headers => {
                let payload = message.body.get(header_len..).unwrap_or_default();
                out.buffer().extend_from_slice(payload);
                out.buffer().extend_from_slice(constants::CR_LF);
                payload.len()
            }
            _ => {
                match self.shared {
                    Some(shared) => out.push_shared(shared.clone()),
                    None => {
                        out.buffer().extend_from_slice(message.body);
                        out.buffer().extend_from_slice(constants::CR_LF);
                    }
                }
                message.body.len()
            }
        };
        stage.count(target.slot, size, message.reply);
        if self.trace {
            self.trace_delivery(target, headers);
        }
        true
    }

    #[cold]
    fn trace_delivery(&self, target: &Target, headers: bool) {
        let Some(owner) = target.subscription.link.owner() else {
            return;
        };
        let mut line = Vec::new();
        self.head.push(&mut line, &target.subscription.sid, headers);
        line.truncate(line.len() - constants::CR_LF.len());
        let (body, header_len) = match self.message.header_len {
            Some(length) if !headers => (self.message.body.get(length..).unwrap_or_default(), None),
            header_len => (self.message.body, header_len),
        };
        owner.trace_delivery(&line, body, header_len);
    }
}
