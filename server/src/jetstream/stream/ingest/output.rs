//! What a run of messages gives rise to.

use std::fmt::Write as _;
use std::ops::Range;

use serde::Serialize;

use crate::client::{InternalPublisher, Outgoing};
use crate::jetstream::model::ApiError;

/// Answers and messages published again, in the order of what they answer to, and
/// the subjects of what was stored. All bytes lie in one buffer, which is used again.
#[derive(Default)]
pub(in crate::jetstream::stream) struct Output {
    bytes: Vec<u8>,
    messages: Vec<Parts>,
    stored: Vec<(u64, Range<usize>)>,
    /// Whether the store keeps a batch until the run has ended.
    pub(in crate::jetstream::stream) keeps_batch: bool,
}

struct Parts {
    subject: Range<usize>,
    header: Range<usize>,
    payload: Range<usize>,
}

/// A refusal as publishers get it.
#[derive(Serialize)]
struct Refused<'a> {
    error: &'a ApiError,
    stream: &'a str,
    seq: u64,
}

impl Output {
    fn push(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// A message to publish.
    pub(super) fn message(&mut self, subject: &[u8], header: &[u8], payload: &[u8]) {
        let parts = Parts {
            subject: self.push(subject),
            header: self.push(header),
            payload: self.push(payload),
        };
        self.messages.push(parts);
    }

    /// An acknowledgement; `more` is what follows the sequence in the JSON.
    pub(super) fn ack(&mut self, reply: &[u8], name: &str, domain: &str, seq: u64, more: &str) {
        let mut text = String::with_capacity(48 + name.len() + more.len());
        // Names of streams need no escapes but in rare cases, where JSON knows how.
        text.push_str("{\"stream\":");
        push_json(&mut text, name);
        if !domain.is_empty() {
            text.push_str(",\"domain\":");
            push_json(&mut text, domain);
        }
        // Writing to a string does not fail.
        write!(text, ",\"seq\":{seq}{more}}}").ok();
        self.message(reply, b"", text.as_bytes());
    }

    /// A refusal. One of too many messages has a status too, for those who do not
    /// read it.
    pub(in crate::jetstream::stream) fn refuse(
        &mut self,
        reply: &[u8],
        name: &str,
        error: &ApiError,
    ) {
        let refused = Refused {
            error,
            stream: name,
            seq: 0,
        };
        let json = serde_json::to_vec(&refused).unwrap_or_default();
        let header = match error.code {
            429 => b"NATS/1.0 429 Too Many Requests\r\n\r\n".as_slice(),
            _ => b"",
        };
        self.message(reply, header, &json);
    }

    /// Notes that a message was stored.
    pub(super) fn stored(&mut self, seq: u64, subject: &[u8]) {
        let range = self.push(subject);
        self.stored.push((seq, range));
    }

    /// What was stored, by sequence and subject.
    pub(in crate::jetstream::stream) fn all_stored(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.stored
            .iter()
            .map(|(seq, range)| (*seq, self.slice(range)))
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// Publishes everything and forgets it.
    pub(in crate::jetstream::stream) fn send(&mut self, publisher: &mut InternalPublisher) {
        for parts in &self.messages {
            publisher.publish(&Outgoing {
                subject: self.slice(&parts.subject),
                header: self.slice(&parts.header),
                payload: self.slice(&parts.payload),
                ..Outgoing::default()
            });
        }
        publisher.flush();
        self.clear();
    }

    /// Forgets everything.
    pub(in crate::jetstream::stream) fn clear(&mut self) {
        self.messages.clear();
        self.stored.clear();
        self.keeps_batch = false;
        self.bytes.clear();
        if self.bytes.capacity() > KEEP_MAX {
            self.bytes = Vec::new();
        }
    }
}

/// Memory that is kept for the next run.
const KEEP_MAX: usize = 256 * 1024;

fn push_json(text: &mut String, value: &str) {
    let plain = value
        .bytes()
        .all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
    if plain {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(&serde_json::to_string(value).unwrap_or_default());
    }
}
