//! A stream that is a copy: sequences and times are those of the original.

use std::sync::PoisonError;

use super::super::ingest::{Ingest, Output};
use super::super::lifecycle::Stream;
use super::link::OriginEvent;
use super::reply::Delivered;
use crate::client::Outgoing;
use crate::jetstream::model::StreamState;
use crate::jetstream::store::StoreError;
use crate::jetstream::stream::headers;
use crate::protocol::remove_headers_with_prefix;

/// What a delivery means for where the copy is.
pub(super) enum Progress {
    /// It comes next.
    Next,
    /// It was there before.
    Known,
    /// Something is missing.
    Gap,
}

impl Stream {
    /// Takes in what came from an origin.
    pub(in crate::jetstream::stream) fn on_origin(&self, event: &OriginEvent, out: &mut Output) {
        let now = self.host.clock.now();
        let is_mirror = {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(origin) = origins.list.get_mut(&event.origin) else {
                return;
            };
            if origin.attempt != event.attempt {
                return;
            }
            origin.heard = Some(now);
            origin.is_mirror
        };
        if event.is_answer {
            self.on_consumer_answer(event);
            return;
        }
        let message = &event.message;
        if message.payload().is_empty() && message.header().starts_with(b"NATS/1.0 100 ") {
            self.on_control(event);
            return;
        }
        let Some(delivered) = message.reply().and_then(Delivered::parse) else {
            return;
        };
        if delivered.count > 1 {
            return;
        }
        if is_mirror {
            self.copy(event, delivered, out);
        } else {
            self.take_sourced(event, delivered, out);
        }
    }

    /// A heartbeat, or a question whether everything has arrived.
    fn on_control(&self, event: &OriginEvent) {
        let message = &event.message;
        let answer = |subject: &[u8]| {
            self.client.publish(&Outgoing {
                subject,
                ..Outgoing::default()
            });
        };
        if let Some(reply) = message.reply() {
            answer(reply);
            return;
        }
        let last = headers::number(b"Nats-Last-Consumer", message.header());
        let delivery = {
            let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            origins
                .list
                .get(&event.origin)
                .map(|origin| origin.delivery)
        };
        if last.is_some_and(|last| last > 0 && Some(last) != delivery) {
            self.restart_origin(event.origin);
        } else if let Some(stalled) = headers::value(b"Nats-Consumer-Stalled", message.header()) {
            answer(stalled);
        }
    }

    /// The copy begins where the consumer does.
    pub(super) fn align_mirror(&self, delivered: u64) {
        let mut held = StreamState::default();
        self.store.fast_state(&mut held);
        let result = if delivered <= held.last_seq {
            Ok(())
        } else if held.msgs == 0 {
            self.store.compact(delivered + 1).map(drop)
        } else {
            self.store
                .skip_msgs(held.last_seq + 1, delivered - held.last_seq)
        };
        if let Err(error) = result {
            self.log_store_error("skip messages of", &error);
        }
        self.store.fast_state(&mut held);
        self.lock().last_seq = held.last_seq;
    }

    fn copy(&self, event: &OriginEvent, delivered: Delivered, out: &mut Output) {
        let (progress, skipped, subject) = {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(origin) = origins.list.get_mut(&event.origin) else {
                return;
            };
            let progress = if delivered.seq <= origin.seq {
                Progress::Known
            } else if delivered.delivery == origin.delivery + 1 {
                Progress::Next
            } else {
                Progress::Gap
            };
            let skipped = delivered.seq.saturating_sub(origin.seq + 1);
            if matches!(progress, Progress::Next) {
                origin.delivery = delivered.delivery;
                origin.seq = delivered.seq;
                origin.lag = delivered.pending.saturating_sub(1);
            }
            let subject = origin.subject(event.message.subject());
            (progress, skipped, subject)
        };
        match progress {
            Progress::Known => return,
            Progress::Gap => return self.restart_origin(event.origin),
            Progress::Next => {}
        }
        let header = without_expectations(event.message.header());
        let subject = subject.as_deref().unwrap_or(event.message.subject());
        let mut ingest = Ingest::new(subject, &header, event.message.payload(), None);
        ingest.sourced = true;
        let stored = self.store_copy(&mut ingest, delivered.seq, delivered.ts, skipped, out);
        match stored {
            Ok(()) => {}
            Err(StoreError::SequenceMismatch) => self.restart_origin(event.origin),
            Err(error) => self.log_store_error("copy a msg to", &error),
        }
    }
}

/// What publishers wanted of the original stream is no business of another one.
pub(super) fn without_expectations(header: &[u8]) -> Vec<u8> {
    if header.is_empty() {
        return Vec::new();
    }
    remove_headers_with_prefix(b"Nats-Expected-", header)
        .and_then(|header| remove_headers_with_prefix(b"Nats-Batch-", &header))
        .unwrap_or_default()
}
