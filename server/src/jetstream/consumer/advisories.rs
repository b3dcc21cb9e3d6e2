//! What a consumer tells the account of itself and its messages.

use std::borrow::Cow;

use serde_json::json;

use super::lifecycle::Consumer;
use crate::jetstream::advisory::{self, Action, ConsumerAction, DeliveryEvent, TypedEvent};
use crate::jetstream::host::timestamp;
use crate::jetstream::model::ConsumerConfig;

/// A message that was delivered, and the how manieth delivery it was.
#[derive(Clone, Copy)]
pub(super) struct Delivered {
    pub(super) seq: u64,
    pub(super) dseq: Option<u64>,
    pub(super) count: u64,
}

impl Consumer {
    fn subject(&self, kind: &str) -> String {
        format!(
            "$JS.EVENT.{kind}.{}.{}",
            self.stream().name(),
            self.name_str()
        )
    }

    /// Tells that the consumer was created or deleted.
    pub(super) fn advise(&self, action: Action) {
        let verb = if action == Action::Delete {
            "DELETED"
        } else {
            "CREATED"
        };
        let host = self.stream().host();
        let event = ConsumerAction {
            event: TypedEvent::new(host, "io.nats.jetstream.advisory.v1.consumer_action"),
            stream: self.stream().name(),
            consumer: self.name_str(),
            action,
            domain: &host.config.domain,
        };
        let subject = self.subject(&format!("ADVISORY.CONSUMER.{verb}"));
        advisory::publish(self.stream().client(), &subject, &event);
    }

    fn advise_delivery(
        &self,
        subject: &str,
        kind: &'static str,
        delivered: Delivered,
        reason: &str,
    ) {
        let host = self.stream().host();
        let event = DeliveryEvent {
            event: TypedEvent::new(host, kind),
            stream: self.stream().name(),
            consumer: self.name_str(),
            consumer_seq: delivered.dseq,
            stream_seq: delivered.seq,
            deliveries: delivered.count,
            reason: Cow::Borrowed(reason),
            domain: &host.config.domain,
        };
        let subject = self.subject(subject);
        advisory::publish(self.stream().client(), &subject, &event);
    }

    /// Tells that a message was refused.
    pub(super) fn advise_nak(&self, delivered: Delivered) {
        self.advise_delivery(
            "ADVISORY.CONSUMER.MSG_NAKED",
            "io.nats.jetstream.advisory.v1.nak",
            delivered,
            "",
        );
    }

    /// Tells that a message is not delivered any more.
    pub(super) fn advise_term(&self, delivered: Delivered, reason: &str) {
        self.advise_delivery(
            "ADVISORY.CONSUMER.MSG_TERMINATED",
            "io.nats.jetstream.advisory.v1.terminated",
            delivered,
            reason,
        );
    }

    /// Tells that a message was delivered as often as it may.
    pub(super) fn advise_exceeded(&self, seq: u64, count: u64) {
        let delivered = Delivered {
            seq,
            dseq: None,
            count,
        };
        self.advise_delivery(
            "ADVISORY.CONSUMER.MAX_DELIVERIES",
            "io.nats.jetstream.advisory.v1.max_deliver",
            delivered,
            "",
        );
    }

    fn publish_event(&self, subject: &str, kind: &'static str, fields: serde_json::Value) {
        let event = advisory::event(self.stream().host(), kind, fields);
        let subject = self.subject(subject);
        advisory::publish(self.stream().client(), &subject, &event);
    }

    /// Tells how long an acknowledgement took, for a share of them.
    pub(super) fn sample(&self, delivered: Delivered, delay: i64) {
        self.publish_event(
            "METRIC.CONSUMER.ACK",
            "io.nats.jetstream.metric.v1.consumer_ack",
            json!({
                "stream": self.stream().name(),
                "consumer": self.name_str(),
                "consumer_seq": delivered.dseq,
                "stream_seq": delivered.seq,
                "ack_time": delay,
                "deliveries": delivered.count,
            }),
        );
    }

    /// Tells that the consumer rests, or no longer.
    pub(super) fn advise_pause(&self, config: &ConsumerConfig, now: i64) {
        let now = timestamp(now);
        let until = config.pause_until;
        self.publish_event(
            "ADVISORY.CONSUMER.PAUSE",
            "io.nats.jetstream.advisory.v1.consumer_pause",
            json!({
                "stream": self.stream().name(),
                "consumer": self.name_str(),
                "paused": until.is_some_and(|until| now < until),
                "pause_until": until.map(|until| until.to_string()),
            }),
        );
    }

    /// Tells that a client of a group gets all messages.
    pub(super) fn advise_pinned(&self, group: &str, id: &str) {
        self.publish_event(
            "ADVISORY.CONSUMER.PINNED",
            "io.nats.jetstream.advisory.v1.consumer_group_pinned",
            json!({
                "account": self.stream().account().name(),
                "stream": self.stream().name(),
                "consumer": self.name_str(),
                "group": group,
                "pinned_id": id,
            }),
        );
    }

    /// Tells that it no longer does.
    pub(super) fn advise_unpinned(&self, group: &str, reason: &str) {
        self.publish_event(
            "ADVISORY.CONSUMER.UNPINNED",
            "io.nats.jetstream.advisory.v1.consumer_group_unpinned",
            json!({
                "account": self.stream().account().name(),
                "stream": self.stream().name(),
                "consumer": self.name_str(),
                "group": group,
                "reason": reason,
            }),
        );
    }
}
