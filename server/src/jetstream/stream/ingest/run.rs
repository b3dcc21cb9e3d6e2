//! The checks in their order, for single messages.

use std::borrow::Cow;

use super::message::{Ingest, Refusal};
use super::output::Output;
use super::state::IngestState;
use super::{counter, dedupe, expected, rollup, schedule, size};
use crate::client::InternalMessage;
use crate::jetstream::model::{ApiError, StreamConfig};
use crate::jetstream::store::StoreError;
use crate::jetstream::stream::headers;
use crate::jetstream::stream::lifecycle::Stream;
use crate::logging::Level;

/// What became of a message of another stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::jetstream::stream) enum Sourced {
    /// It is stored, or was before.
    Taken,
    /// There is no room for it.
    Full,
    /// It never will be.
    Refused,
}

impl Stream {
    /// Checks and stores published messages and collects the answers.
    pub(in crate::jetstream::stream) fn ingest(
        &self,
        messages: impl Iterator<Item = InternalMessage>,
        out: &mut Output,
    ) {
        let config = self.config();
        let mut state = self.lock();
        for message in messages {
            self.ingest_one(message, &config, &mut state, out);
        }
    }

    fn ingest_one(
        &self,
        message: InternalMessage,
        config: &StreamConfig,
        state: &mut IngestState,
        out: &mut Output,
    ) {
        if let Some(id) = headers::value(headers::BATCH_ID, message.header()) {
            let id = id.to_vec();
            self.ingest_batch(id, message, config, state, out);
            return;
        }
        let mut ingest = Ingest::published(&message);
        self.take(&mut ingest, config, state, out);
    }

    /// Checks and stores one message and collects its answer.
    pub(in crate::jetstream::stream) fn take(
        &self,
        ingest: &mut Ingest<'_>,
        config: &StreamConfig,
        state: &mut IngestState,
        out: &mut Output,
    ) {
        let reply = ingest
            .reply
            .filter(|reply| !config.no_ack && !reply.is_empty());
        let result = self
            .check(ingest, config, state)
            .and_then(|()| self.store_checked(ingest, config, state, out));
        let domain = &self.host.config.domain;
        match (result, reply) {
            (Ok(seq), Some(reply)) => {
                out.ack(reply, &config.name, domain, seq, &ack_details(ingest));
            }
            (Err(Refusal::Duplicate(seq)), Some(reply)) => {
                out.ack(reply, &config.name, domain, seq, ",\"duplicate\": true");
            }
            (Err(Refusal::Error(error)), Some(reply)) => {
                out.refuse(reply, &config.name, &error);
            }
            (Err(Refusal::Silent), _) | (_, None) => {}
        }
    }

    /// Checks and stores a message that was taken from another stream.
    pub(in crate::jetstream::stream) fn take_from_source(
        &self,
        ingest: &mut Ingest<'_>,
        config: &StreamConfig,
        state: &mut IngestState,
        out: &mut Output,
    ) -> Sourced {
        let result = self
            .check(ingest, config, state)
            .and_then(|()| self.store_checked(ingest, config, state, out));
        match result {
            Ok(_) | Err(Refusal::Duplicate(_)) => Sourced::Taken,
            Err(Refusal::Error(error)) => {
                let full = [StoreError::MaxMsgs, StoreError::MaxBytes]
                    .into_iter()
                    .any(|limit| error == ApiError::stream_store_failed(limit))
                    || error == ApiError::insufficient_resources()
                    || error == ApiError::account_resources_exceeded();
                if full {
                    return Sourced::Full;
                }
                self.host.context.logger.limited(
                    Level::Warn,
                    "js-source",
                    format_args!(
                        "Error processing inbound source for '{}' > '{}': {error}",
                        self.account().name(),
                        self.name()
                    ),
                );
                Sourced::Refused
            }
            Err(Refusal::Silent) => Sourced::Refused,
        }
    }

    /// Stores a copy of a message under the sequence and time of the original, after
    /// `skipped` sequences that the original has no messages for.
    pub(in crate::jetstream::stream) fn store_copy(
        &self,
        ingest: &mut Ingest<'_>,
        seq: u64,
        ts: i64,
        skipped: u64,
        out: &mut Output,
    ) -> Result<(), StoreError> {
        let config = self.config();
        let mut state = self.lock();
        transform(ingest, &state);
        if skipped > 0 && seq > state.last_seq + 1 {
            self.store
                .skip_msgs(state.last_seq + 1, seq - state.last_seq - 1)?;
            state.last_seq = seq - 1;
        }
        self.store_mirrored(ingest, &config, &mut state, (seq, ts), out)
    }

    /// The checks of `processJetStreamMsg` up to the store.
    fn check(
        &self,
        ingest: &mut Ingest<'_>,
        config: &StreamConfig,
        state: &IngestState,
    ) -> Result<(), Refusal> {
        transform(ingest, state);
        let store = &*self.store;
        // What is part of a batch was checked with it.
        let checked = ingest.batch.is_some();
        if !checked {
            if config.sealed {
                return Err(ApiError::stream_sealed().into());
            }
            if !ingest.header.is_empty() {
                counter::check_increment(ingest, config)?;
                expected::check_stream(ingest, config)?;
                expected::check_ttl(ingest, config)?;
                expected::check_last_of_subject(ingest, store)?;
                expected::check_last(ingest, state.last_seq)?;
                schedule::check(ingest, config, self.host.clock.now())?;
                dedupe::check(ingest, state)?;
            }
        }
        if !ingest.header.is_empty() {
            expected::check_last_msg_id(ingest, state)?;
            rollup::check(ingest, config)?;
        }
        if !checked {
            counter::check_missing(ingest, config)?;
            let max_payload = self.host.context.options().max_payload;
            counter::apply(ingest, config, store, None, max_payload)?;
            size::check_message(ingest, config)?;
            size::check_header(ingest)?;
        }
        if self.host.usage.is_exceeded(config.storage) {
            self.log_short_of_resources(config.storage);
            return Err(ApiError::insufficient_resources().into());
        }
        Ok(())
    }

    /// Says, not too often, that the server has no room left (`resourcesExceededError`).
    pub(super) fn log_short_of_resources(&self, storage: crate::jetstream::model::StorageType) {
        let kind = storage.to_string().to_lowercase();
        self.host.context.logger.limited(
            Level::Error,
            "js-limits",
            format_args!("JetStream {kind} resource limits exceeded for server"),
        );
    }
}

/// Changes the subject as the stream wants it; one that the pattern does not match
/// stays.
pub(super) fn transform(ingest: &mut Ingest<'_>, state: &IngestState) {
    if let Some(transform) = &state.transform
        && let Ok(subject) = transform.apply(&ingest.subject)
    {
        ingest.subject = Cow::Owned(subject);
    }
}

fn ack_details(ingest: &Ingest<'_>) -> String {
    if let Some((id, count)) = &ingest.batch {
        let id = String::from_utf8_lossy(id);
        let id = serde_json::to_string(&id).unwrap_or_default();
        return format!(",\"batch\":{id},\"count\":{count}");
    }
    match &ingest.counter {
        Some(total) => format!(",\"val\":\"{total}\""),
        None => String::new(),
    }
}
