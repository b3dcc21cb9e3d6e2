//! Stored messages that are published again, for those who only listen.

use super::message::Ingest;
use super::output::Output;
use crate::jetstream::host::timestamp;
use crate::jetstream::model::StreamConfig;

/// What has to be known before the message is stored.
pub(super) struct Republish {
    subject: Vec<u8>,
    /// The last sequence of the message's subject before it.
    last: u64,
}

impl Republish {
    pub(super) const fn new(subject: Vec<u8>, last: u64) -> Self {
        Self { subject, last }
    }

    /// Adds the message that was stored as `seq` to what is published.
    pub(super) fn send(
        &self,
        ingest: &Ingest<'_>,
        config: &StreamConfig,
        (seq, ts): (u64, i64),
        out: &mut Output,
    ) {
        let headers_only = config
            .republish
            .as_ref()
            .is_some_and(|republish| republish.headers_only);
        let mut header = match ingest.header.strip_suffix(b"\r\n") {
            Some(header) if !ingest.header.is_empty() => header.to_vec(),
            _ => b"NATS/1.0\r\n".to_vec(),
        };
        let mut line = |key: &str, value: &[u8]| {
            header.extend_from_slice(key.as_bytes());
            header.extend_from_slice(b": ");
            header.extend_from_slice(value);
            header.extend_from_slice(b"\r\n");
        };
        line("Nats-Stream", config.name.as_bytes());
        line("Nats-Subject", &ingest.subject);
        line("Nats-Sequence", seq.to_string().as_bytes());
        line("Nats-Time-Stamp", timestamp(ts).to_string().as_bytes());
        line("Nats-Last-Sequence", self.last.to_string().as_bytes());
        if headers_only {
            line("Nats-Msg-Size", ingest.payload.len().to_string().as_bytes());
        }
        header.extend_from_slice(b"\r\n");
        let payload: &[u8] = if headers_only { b"" } else { &ingest.payload };
        out.message(&self.subject, &header, payload);
    }
}
