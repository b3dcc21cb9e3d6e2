//! One pull request: reading it, and whether the consumer takes it.

use std::sync::Arc;

use serde::Deserialize;

use super::listener::Listener;
use crate::client::{InternalPublisher, Outgoing};
use crate::jetstream::consumer::inner::{Inner, Mode};
use crate::jetstream::consumer::lifecycle::Consumer;
use crate::jetstream::model::json::{Described, Field, Shape, Struct, from_json};
use crate::jetstream::model::versioning::asks_too_much;
use crate::jetstream::model::{Nanos, PriorityPolicy};

/// A request that waits for messages. Times are nanoseconds since 1970.
#[derive(Debug)]
pub(in crate::jetstream::consumer) struct Request {
    pub(in crate::jetstream::consumer) reply: Arc<[u8]>,
    /// Messages that it still wants.
    pub(in crate::jetstream::consumer) left: i64,
    pub(in crate::jetstream::consumer) delivered: u64,
    /// Bytes that it still takes; 0 for any number.
    pub(in crate::jetstream::consumer) bytes_left: i64,
    pub(in crate::jetstream::consumer) no_wait: bool,
    pub(in crate::jetstream::consumer) received: i64,
    pub(in crate::jetstream::consumer) expires: Option<i64>,
    pub(in crate::jetstream::consumer) heartbeat: i64,
    pub(in crate::jetstream::consumer) heartbeat_at: Option<i64>,
    pub(in crate::jetstream::consumer) group: PriorityGroup,
    pub(in crate::jetstream::consumer) listener: Listener,
}

/// The group that the requester belongs to, and when it wants messages.
#[derive(Clone, Debug, Default)]
pub(in crate::jetstream::consumer) struct PriorityGroup {
    pub(in crate::jetstream::consumer) group: String,
    pub(in crate::jetstream::consumer) min_pending: i64,
    pub(in crate::jetstream::consumer) min_ack_pending: i64,
    pub(in crate::jetstream::consumer) id: String,
    pub(in crate::jetstream::consumer) priority: i64,
}

/// A request as JSON (`JSApiConsumerGetNextRequest`).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NextRequest {
    expires: Nanos,
    batch: i64,
    max_bytes: i64,
    no_wait: bool,
    idle_heartbeat: Nanos,
    group: String,
    min_pending: i64,
    min_ack_pending: i64,
    id: String,
    priority: i64,
}

/// `PriorityGroup`
static PRIORITY_GROUP: Struct = Struct {
    name: "PriorityGroup",
    embedded: None,
    fields: &[
        Field("group", Shape::Text),
        Field("min_pending", Shape::Int64),
        Field("min_ack_pending", Shape::Int64),
        Field("id", Shape::Text),
        Field("priority", Shape::Int),
    ],
};

impl Described for NextRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiConsumerGetNextRequest",
        embedded: Some(("PriorityGroup", &PRIORITY_GROUP)),
        fields: &[
            Field("expires", Shape::Duration),
            Field("batch", Shape::Int),
            Field("max_bytes", Shape::Int),
            Field("no_wait", Shape::Flag),
            Field("idle_heartbeat", Shape::Duration),
        ],
    };
}

impl NextRequest {
    fn group(&self) -> PriorityGroup {
        PriorityGroup {
            group: self.group.clone(),
            min_pending: self.min_pending,
            min_ack_pending: self.min_ack_pending,
            id: self.id.clone(),
            priority: self.priority,
        }
    }
}

impl Request {
    pub(in crate::jetstream::consumer) const fn priority(&self) -> i64 {
        self.group.priority
    }

    /// A header block that says what is left of the request.
    pub(in crate::jetstream::consumer) fn status(&self, status: &str) -> Vec<u8> {
        status_with_rest(status, self.left, self.bytes_left)
    }
}

/// A status with how many messages and bytes a request still wanted.
pub(in crate::jetstream::consumer) fn status_with_rest(
    status: &str,
    msgs: i64,
    bytes: i64,
) -> Vec<u8> {
    format!(
        "NATS/1.0 {status}\r\nNats-Pending-Messages: {msgs}\r\nNats-Pending-Bytes: {bytes}\r\n\r\n"
    )
    .into_bytes()
}

/// Reads a request: nothing, a number of messages, or JSON.
fn read(payload: &[u8]) -> Result<NextRequest, String> {
    let one = NextRequest {
        batch: 1,
        ..NextRequest::default()
    };
    let text = payload.trim_ascii();
    if !text.starts_with(b"{") {
        let number = std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok());
        return Ok(match number {
            Some(batch) => NextRequest { batch, ..one },
            None => one,
        });
    }
    let request: NextRequest = from_json(text)?;
    if request.idle_heartbeat > Nanos::ZERO
        && request.idle_heartbeat.0.saturating_mul(2) > request.expires.0
    {
        return Err("heartbeat value too large".to_owned());
    }
    Ok(request)
}

impl Consumer {
    /// Takes in a pull request, or tells why not.
    pub(in crate::jetstream::consumer) fn on_next_request(
        &self,
        inner: &mut Inner,
        reply: &[u8],
        header: &[u8],
        payload: &[u8],
        publisher: &mut InternalPublisher,
    ) {
        let refusal = if asks_too_much(header) {
            Err("412 Required Api Level".to_owned())
        } else {
            self.take_request(inner, reply, payload, publisher)
        };
        if let Err(status) = refusal
            && !status.is_empty()
        {
            let header = format!("NATS/1.0 {status}\r\n\r\n");
            publisher.publish(&Outgoing {
                subject: reply,
                header: header.as_bytes(),
                ..Outgoing::default()
            });
        }
    }

    /// The error is the status to answer with; an empty one for no answer.
    fn take_request(
        &self,
        inner: &mut Inner,
        reply: &[u8],
        payload: &[u8],
        publisher: &mut InternalPublisher,
    ) -> Result<(), String> {
        if inner.is_push() {
            return Err("409 Consumer is push based".to_owned());
        }
        let now = self.now();
        let wanted = read(payload).map_err(|error| format!("400 Bad Request - {error}"))?;
        let config = Arc::clone(&inner.config);
        if config.max_batch > 0 && wanted.batch > config.max_batch {
            return Err(format!(
                "409 Exceeded MaxRequestBatch of {}",
                config.max_batch
            ));
        }
        if config.max_expires > Nanos::ZERO && wanted.expires > config.max_expires {
            return Err(format!(
                "409 Exceeded MaxRequestExpires of {}",
                config.max_expires
            ));
        }
        if config.max_bytes > 0 && wanted.max_bytes > config.max_bytes {
            return Err(format!(
                "409 Exceeded MaxRequestMaxBytes of {}",
                config.max_bytes
            ));
        }
        let group = wanted.group();
        // A mere number says nothing of groups.
        if payload.trim_ascii_start().starts_with(b"{") {
            self.check_group(inner, &group, now)?;
        }
        let second = 1_000_000_000;
        if let Mode::Pull(waiting) = &inner.mode
            && waiting.is_full()
            && now - waiting.last_checked > second
        {
            self.check_waiting(inner, false, publisher);
        }
        if wanted.no_wait {
            self.check_no_wait(inner, &wanted, now, publisher)?;
        }
        let heartbeat = wanted.idle_heartbeat.0.max(0);
        let request = Request {
            reply: reply.into(),
            left: wanted.batch,
            delivered: 0,
            bytes_left: wanted.max_bytes.max(0),
            no_wait: wanted.no_wait,
            received: now,
            expires: (wanted.expires > Nanos::ZERO).then(|| now.saturating_add(wanted.expires.0)),
            heartbeat,
            heartbeat_at: (heartbeat > 0).then(|| now + heartbeat),
            group,
            listener: Listener::track_down(self.stream().account(), reply),
        };
        let Mode::Pull(waiting) = &mut inner.mode else {
            return Ok(());
        };
        if waiting.add(request, config.priority_policy) {
            return Ok(());
        }
        // Whoever expects heartbeats finds out, and does not ask in a hot loop.
        Err(if heartbeat > 0 {
            String::new()
        } else {
            "409 Exceeded MaxWaiting".to_owned()
        })
    }

    /// A request that does not wait is only taken if there is something for it.
    fn check_no_wait(
        &self,
        inner: &mut Inner,
        wanted: &NextRequest,
        now: i64,
        publisher: &mut InternalPublisher,
    ) -> Result<(), String> {
        let there = inner.num_pending() + inner.redeliver.len() as u64;
        let refused = if there == 0 {
            (wanted.expires.is_zero()).then_some("404 No Messages")
        } else {
            let asked = self.check_waiting(inner, false, publisher);
            (there < asked).then_some("408 Requests Pending")
        };
        let Some(refused) = refused else {
            return Ok(());
        };
        if let Mode::Pull(waiting) = &mut inner.mode {
            waiting.last_used = now;
        }
        Err(refused.to_owned())
    }

    fn check_group(
        &self,
        inner: &mut Inner,
        group: &PriorityGroup,
        now: i64,
    ) -> Result<(), String> {
        let config = Arc::clone(&inner.config);
        let policy = config.priority_policy;
        let bad = |reason: &str| Err(format!("400 Bad Request - {reason}"));
        if (group.min_pending != 0 || group.min_ack_pending != 0)
            && policy != PriorityPolicy::Overflow
        {
            return bad("Not a Overflow Priority consumer");
        }
        if !group.id.is_empty() && policy != PriorityPolicy::PinnedClient {
            return bad("Not a Pinned Client Priority consumer");
        }
        if !(0..=9).contains(&group.priority) {
            return bad("Priority must be between 0 and 9");
        }
        if policy == PriorityPolicy::None {
            return Ok(());
        }
        if group.group.is_empty() {
            return bad("Priority Group missing");
        }
        if !config.priority_groups.contains(&group.group) {
            return bad("Invalid Priority Group");
        }
        if let Some(pin) = &mut inner.pin {
            if group.id == pin.id {
                pin.renew(now, config.priority_timeout);
            } else if !group.id.is_empty() {
                return Err("423 Nats-Pin-Id mismatch".to_owned());
            }
        }
        Ok(())
    }

    /// Ends requests that are over: too old, of nobody, or with `end_of_stream` those
    /// that do not wait. Sends heartbeats that are due. Returns how many messages
    /// the others want.
    pub(in crate::jetstream::consumer) fn check_waiting(
        &self,
        inner: &mut Inner,
        end_of_stream: bool,
        publisher: &mut InternalPublisher,
    ) -> u64 {
        let now = self.now();
        let (sseq, dseq) = (inner.stream_seq - 1, inner.delivery_seq - 1);
        let Mode::Pull(waiting) = &mut inner.mode else {
            return 0;
        };
        waiting.last_checked = now;
        let mut wanted: u64 = 0;
        waiting.retain(|request| {
            let expired = request.expires.is_some_and(|expires| now > expires);
            let mut end = |header: &[u8]| {
                publisher.publish(&Outgoing {
                    subject: &request.reply,
                    header,
                    ..Outgoing::default()
                });
            };
            if expired {
                end(&request.status("408 Request Timeout"));
                return false;
            }
            let served = request.expires.is_none() || request.delivered > 0;
            if end_of_stream && request.no_wait && served {
                end(b"NATS/1.0 404 No Messages\r\n\r\n");
                return false;
            }
            if !request.listener.is_there() {
                return false;
            }
            wanted += u64::try_from(request.left).unwrap_or(0);
            if request.heartbeat_at.is_some_and(|at| now >= at) {
                end(&idle_heartbeat(sseq, dseq));
                request.heartbeat_at = Some(now + request.heartbeat);
            }
            true
        });
        wanted
    }
}

/// What tells a receiver that there is nothing, with the last sequences.
pub(in crate::jetstream::consumer) fn idle_heartbeat(sseq: u64, dseq: u64) -> Vec<u8> {
    format!(
        "NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: {dseq}\r\nNats-Last-Stream: {sseq}\r\n\r\n"
    )
    .into_bytes()
}
