//! From a message to the receivers' outbound queues.
//!
//! Matches are cached per session and tagged with the generation of the account's
//! subscriptions. What a read produces for one receiver is collected in a slot
//! and queued in one go when the read has been worked through. Messages that go on
//! to other accounts take the way of `service_import`.

mod routes;
mod service_import;
mod stage;

use std::sync::{Arc, Weak};

use bytes::Bytes;
use rand::Rng;

use self::routes::{RouteCache, ServiceTarget, Target};
use self::service_import::Journey;
pub(super) use self::stage::Stage;
use crate::account::{Account, Delivery, Requestor, TrafficCounts};
use crate::conn::{Input, Staged};
use crate::protocol::{MessageHead, constants};

/// A message on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) subject: &'a [u8],
    pub(super) reply: Option<&'a [u8]>,
    pub(super) header_len: Option<usize>,
    /// Header block and payload.
    pub(super) body: &'a [u8],
    /// Where it was read, if it comes from a connection.
    pub(super) input: Option<&'a Input<'a>>,
}

impl Message<'_> {
    /// Appends `part`, its body or the end of that, and the line end after it.
    #[inline]
    fn push(&self, part: &[u8], out: &mut Staged) {
        let read = Staged::should_refer(part.len())
            .then(|| self.input?.refer(part, constants::CR_LF))
            .flatten();
        match read {
            Some(read) => out.push_read(read),
            None => {
                out.buffer().extend_from_slice(part);
                out.buffer().extend_from_slice(constants::CR_LF);
            }
        }
    }
}

/// Delivers the messages of one session.
pub(super) struct Deliverer {
    routes: RouteCache,
    pub(super) stage: Stage,
    head: MessageHead,
    /// The head for receivers who know the message by another subject.
    mapped_head: MessageHead,
    /// Who sends the messages, as services may be told.
    requestor: Option<Weak<dyn Requestor>>,
    /// Whether deliveries are traced.
    pub(super) trace: bool,
}

/// Where the message that is delivered comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The account itself.
    Account,
    /// Another account's service import. Such a message is not exported again as
    /// part of a stream.
    Import,
}

impl Deliverer {
    pub(super) fn new(stage: Stage) -> Self {
        Self {
            routes: RouteCache::default(),
            stage,
            head: MessageHead::default(),
            mapped_head: MessageHead::default(),
            requestor: None,
            trace: false,
        }
    }

    /// Names who sends the messages.
    pub(super) fn set_requestor(&mut self, requestor: Weak<dyn Requestor>) {
        self.requestor = Some(requestor);
    }

    fn requestor(&self) -> Option<Arc<dyn Requestor>> {
        self.requestor.as_ref()?.upgrade()
    }

    /// Delivers `message` to everybody in `account` who wants it, and to the services
    /// of other accounts that it imports. Returns whether somebody got it.
    pub(super) fn deliver(&mut self, account: &Arc<Account>, message: &Message<'_>) -> bool {
        self.deliver_to(account, message.subject, message)
    }

    /// Delivers `message` to those who want `to`, whatever its own subject is.
    pub(super) fn deliver_to(
        &mut self,
        account: &Arc<Account>,
        to: &[u8],
        message: &Message<'_>,
    ) -> bool {
        let mut imports = None;
        let sent = self.deliver_here(account, to, message, Origin::Account, &mut imports);
        let delivered = sent.is_some();
        match imports {
            None => delivered,
            Some(targets) => {
                let mut journey = Journey::of(to, message);
                let message = Message {
                    subject: to,
                    ..*message
                };
                self.deliver_through(account, &message, &targets, &mut journey) || delivered
            }
        }
    }

    /// The same for a message that came to `account` through an import.
    fn deliver_imported(
        &mut self,
        account: &Arc<Account>,
        message: &Message<'_>,
        journey: &mut Journey,
    ) -> bool {
        let mut imports = None;
        let shown = Message {
            subject: journey.shown().unwrap_or(message.subject),
            ..*message
        };
        let to = message.subject;
        let sent = self.deliver_here(account, to, &shown, Origin::Import, &mut imports);
        if let Some(counts) = sent {
            account.stats().add_sent(counts);
            self.stage.note_sent_elsewhere(counts);
        }
        let delivered = sent.is_some();
        match imports {
            None => delivered,
            Some(targets) => self.deliver_through(account, message, &targets, journey) || delivered,
        }
    }

    /// Delivers `message` to those in `account` who want `to`. Returns what was sent
    /// to connections, if anybody got it. Puts what imports it into `imports`.
    #[inline]
    fn deliver_here(
        &mut self,
        account: &Account,
        to: &[u8],
        message: &Message<'_>,
        origin: Origin,
        imports: &mut Option<Arc<[ServiceTarget]>>,
    ) -> Option<TrafficCounts> {
        let route = self.routes.lookup(account, to, &mut self.stage);
        if route.services.is_some() {
            imports.clone_from(&route.services);
        }
        if route.is_empty() {
            return None;
        }
        self.head.render(
            message.subject,
            message.reply,
            message.header_len,
            message.body.len(),
        );
        let shared = (route.fanout() > 1 && Staged::should_refer(message.body.len()))
            .then(|| shared_body(message.body));
        let mut one = One {
            message,
            head: &self.head,
            mapped_head: &mut self.mapped_head,
            shared: shared.as_ref(),
            origin,
            renamed: to != message.subject,
            requestor: self.requestor.as_ref(),
            counts: TrafficCounts::default(),
            trace: self.trace,
        };
        let mut delivered = false;
        for target in &route.plain {
            delivered |= one.deliver(&mut self.stage, target);
        }
        for members in &route.queues {
            delivered |= one.deliver_to_one_of(&mut self.stage, members);
        }
        let counts = one.counts;
        self.stage.end_subscriptions();
        delivered.then_some(counts)
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
    mapped_head: &'a mut MessageHead,
    shared: Option<&'a Bytes>,
    origin: Origin,
    /// Whether receivers see another subject than the one they are found by.
    renamed: bool,
    /// Who sends it.
    requestor: Option<&'a Weak<dyn Requestor>>,
    /// What went to connections.
    counts: TrafficCounts,
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
        let subject = match &target.subject {
            Some(subject) if !self.renamed => subject,
            _ => message.subject,
        };
        if subscription.is_closed()
            || subscription.denies(subject)
            || (target.imported && self.origin == Origin::Import)
        {
            return false;
        }
        if let Some(handler) = subscription.handler() {
            subscription.count_delivery();
            return handler.handle(&Delivery {
                subject,
                reply: message.reply,
                header_len: message.header_len,
                body: message.body,
                from: self.requestor,
                is_imported: self.origin == Origin::Import,
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
        let head = self.head_for(subject, target);
        head.push(out.buffer(), &subscription.sid, headers);
        let size = match message.header_len {
            Some(header_len) if !headers => {
                let payload = message.body.get(header_len..).unwrap_or_default();
                message.push(payload, out);
                payload.len()
            }
            _ => {
                match self.shared {
                    Some(shared) => out.push_shared(shared.clone()),
                    None => message.push(message.body, out),
                }
                message.body.len()
            }
        };
        stage.count(target.slot, size, message.reply);
        self.counts.msgs += 1;
        self.counts.bytes += size as u64;
        if self.trace {
            self.trace_delivery(target, subject, headers);
        }
        true
    }

    /// The head as `target` sees it.
    #[inline]
    fn head_for(&mut self, subject: &[u8], target: &Target) -> &MessageHead {
        if target.subject.is_none() || self.renamed {
            return self.head;
        }
        let message = self.message;
        self.mapped_head.render(
            subject,
            message.reply,
            message.header_len,
            message.body.len(),
        );
        self.mapped_head
    }

    #[cold]
    fn trace_delivery(&mut self, target: &Target, subject: &[u8], headers: bool) {
        let Some(owner) = target.subscription.link.owner() else {
            return;
        };
        let mut line = Vec::new();
        let head = self.head_for(subject, target);
        head.push(&mut line, &target.subscription.sid, headers);
        line.truncate(line.len() - constants::CR_LF.len());
        let (body, header_len) = match self.message.header_len {
            Some(length) if !headers => (self.message.body.get(length..).unwrap_or_default(), None),
            header_len => (self.message.body, header_len),
        };
        owner.trace_delivery(&line, body, header_len);
    }
}
