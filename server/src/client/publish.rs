//! PUB and HPUB.

use std::time::Instant;

use super::deliver::Message;
use super::session::Session;
use crate::conn::Input;
use crate::logging::Level;
use crate::protocol::{Publish, push_decimal};
use crate::subject::is_valid_literal_subject;

/// Most publish decisions that a session remembers (`maxPermCacheSize`).
const DECISIONS_MAX: usize = 128;

/// Prefixes of subjects that only servers use among themselves.
const GATEWAY_REPLY_PREFIX: &[u8] = b"_GR_.";
const RAFT_PREFIX: &[u8] = b"$NRG.";
const SERVICE_REPLY_PREFIX: &[u8] = b"_R_.";
const JETSTREAM_ACK_PREFIX: &[u8] = b"$JS.ACK.";

impl Session {
    #[inline]
    pub(super) fn publish(&mut self, publish: &Publish<'_>, input: &Input<'_>) {
        self.received.msgs += 1;
        self.received.bytes += publish.body.len() as u64;
        if self.pedantic && !is_valid_literal_subject(publish.subject) {
            self.send_error("Invalid Publish Subject");
        }
        if self.account.has_mappings() {
            let selected = self.account.mappings().select(publish.subject, "");
            if let Some(mapped) = selected {
                if self.trace {
                    self.client.log(
                        Level::Trace,
                        format_args!(
                            "<<- [MAPPING {} -> {}]",
                            publish.subject.escape_ascii(),
                            mapped.escape_ascii()
                        ),
                    );
                }
                self.publish_to(&mapped, publish, input);
                return;
            }
        }
        self.publish_to(publish.subject, publish, input);
    }

    fn publish_to(&mut self, subject: &[u8], publish: &Publish<'_>, input: &Input<'_>) {
        if is_reserved(subject) && !self.may_use_reserved(subject) || !self.can_publish(subject) {
            self.publish_violation(subject);
            return;
        }
        if let Some(reply) = publish.reply
            && is_reserved_reply(reply)
        {
            self.reply_violation(reply);
            return;
        }
        if self.verbose {
            self.send_ok();
        }
        let message = Message {
            subject,
            reply: publish.reply,
            header_len: publish.header_len,
            body: publish.body,
            input: Some(input),
        };
        let delivered = self.deliverer.deliver(&self.account, &message);
        if !delivered
            && self.no_responders
            && let Some(reply) = publish.reply
        {
            self.answer_no_responders(subject, reply);
        }
    }

    /// Subjects between Raft nodes may be used in the system account.
    fn may_use_reserved(&self, subject: &[u8]) -> bool {
        subject.starts_with(RAFT_PREFIX) && self.client.context.is_system_account(&self.account)
    }

    fn can_publish(&mut self, subject: &[u8]) -> bool {
        let Some(permissions) = &self.permissions else {
            return true;
        };
        if !permissions.restricts_publish() {
            return true;
        }
        let decided = match self.may_publish.get(subject) {
            Some(decided) => *decided,
            None => {
                let decided = permissions.can_publish(subject);
                if self.may_publish.len() >= DECISIONS_MAX {
                    self.may_publish.clear();
                }
                self.may_publish.insert(subject.into(), decided);
                decided
            }
        };
        decided || self.may_answer(subject)
    }

    /// Whether `subject` was the reply subject of a message received, and may
    /// still be answered (`allow_responses`).
    fn may_answer(&self, subject: &[u8]) -> bool {
        let Some(allowed) = self.permissions.as_ref().and_then(|all| all.responses()) else {
            return false;
        };
        let mut state = self.client.lock();
        let Some((since, answers)) = state.replies.get_mut(subject) else {
            return false;
        };
        *answers += 1;
        let too_many = allowed.max_msgs > 0 && *answers > allowed.max_msgs;
        let too_late =
            !allowed.expires.is_zero() && Instant::now().duration_since(*since) > allowed.expires;
        if too_many || too_late {
            state.replies.remove(subject);
            return false;
        }
        true
    }

    fn publish_violation(&mut self, subject: &[u8]) {
        let subject = String::from_utf8_lossy(subject).into_owned();
        self.send_error(&format!("Permissions Violation for Publish to {subject:?}"));
        self.client.log(
            Level::Error,
            format_args!("Publish Violation - Subject {subject:?}"),
        );
    }

    fn reply_violation(&mut self, reply: &[u8]) {
        let reply = String::from_utf8_lossy(reply).into_owned();
        self.send_error(&format!(
            "Permissions Violation for Publish with Reply of {reply:?}"
        ));
        self.client.log(
            Level::Error,
            format_args!("Publish Violation - Reply {reply:?}"),
        );
    }

    /// Tells a requester that nobody listens, on its own subscription to `reply`.
    fn answer_no_responders(&mut self, subject: &[u8], reply: &[u8]) {
        let own = self.client.link.id;
        let matches = self.account.subscriptions().match_subject(reply);
        let Some(subscription) = matches.plain.iter().find(|found| found.link.id == own) else {
            return;
        };
        let header_len = (NO_RESPONDERS.len() + subject.len() + 4) as u64;
        let out = self.deliverer.stage.own();
        out.extend_from_slice(b"HMSG ");
        out.extend_from_slice(reply);
        out.push(b' ');
        out.extend_from_slice(&subscription.sid);
        out.push(b' ');
        push_decimal(out, header_len);
        out.push(b' ');
        push_decimal(out, header_len);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(NO_RESPONDERS);
        out.extend_from_slice(subject);
        out.extend_from_slice(b"\r\n\r\n\r\n");
    }
}

const NO_RESPONDERS: &[u8] = b"NATS/1.0 503\r\nNats-Subject: ";

fn is_reserved(subject: &[u8]) -> bool {
    matches!(subject.first(), Some(b'_' | b'$'))
        && ((subject.starts_with(GATEWAY_REPLY_PREFIX)
            && subject.len() > GATEWAY_REPLY_PREFIX.len())
            || subject.starts_with(RAFT_PREFIX))
}

fn is_reserved_reply(reply: &[u8]) -> bool {
    matches!(reply.first(), Some(b'_' | b'$'))
        && (reply.starts_with(SERVICE_REPLY_PREFIX)
            || (reply.starts_with(JETSTREAM_ACK_PREFIX)
                && reply.len() > JETSTREAM_ACK_PREFIX.len())
            || (reply.starts_with(GATEWAY_REPLY_PREFIX)
                && reply.len() > GATEWAY_REPLY_PREFIX.len()))
}
