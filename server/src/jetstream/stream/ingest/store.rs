//! A checked message into the store, and what follows from that.

use std::borrow::Cow;

use super::expected::last_of_subject;
use super::message::{Ingest, Refusal, Rollup};
use super::output::Output;
use super::republish::Republish;
use super::state::IngestState;
use crate::jetstream::model::{ApiError, Nanos, RetentionPolicy, StreamConfig};
use crate::jetstream::store::headers::{
    MESSAGE_ID, MESSAGE_TTL, SCHEDULE_NEXT, SCHEDULE_NEXT_PURGE, SCHEDULER, message_ttl,
};
use crate::jetstream::store::memory::msg_size;
use crate::jetstream::store::{RawMsg, StoreError};
use crate::jetstream::stream::lifecycle::Stream;
use crate::jetstream::stream::purge::PurgeRequest;
use crate::logging::Level;
use crate::protocol::set_header;

impl Stream {
    /// Stores a message that nothing stands against, and returns its sequence.
    pub(super) fn store_checked(
        &self,
        ingest: &mut Ingest<'_>,
        config: &StreamConfig,
        state: &mut IngestState,
        out: &mut Output,
    ) -> Result<u64, Refusal> {
        let id = ingest.value(MESSAGE_ID).map(<[u8]>::to_vec);
        // Nobody will ever ask for it.
        if config.retention == RetentionPolicy::Interest && !self.consumers().wants(&ingest.subject)
        {
            let seq = self
                .store
                .skip_msg(0)
                .map_err(|error| self.failed(&error))?;
            self.note(state, seq, self.host.clock.now(), id);
            return Ok(seq);
        }
        let republish = self.republish_of(ingest, state);
        let size = msg_size(
            ingest.subject.len(),
            ingest.header.len(),
            ingest.payload.len(),
        );
        let tier = self.tier();
        let room = self
            .usage
            .check_message(&tier, config.storage, config.replicas, size);
        if let Err(error) = room {
            let kind = config.storage.to_string().to_lowercase();
            self.host.context.logger.limited(
                Level::Warn,
                "js-limits",
                format_args!(
                    "JetStream {kind} resource limits exceeded for account: {:?}",
                    self.account().name()
                ),
            );
            return Err(error.into());
        }
        let ttl = ttl_of(ingest, config)?;
        let (seq, ts) = self
            .store
            .store_msg_in_run(&ingest.subject, &ingest.header, &ingest.payload, ttl)
            .map_err(|error| self.failed(&error))?;
        self.note(state, seq, ts, id);
        self.purge_after(ingest, state);
        if let Some(republish) = republish {
            republish.send(ingest, config, (seq, ts), out);
        }
        out.stored(seq, &ingest.subject);
        Ok(seq)
    }

    /// Stores a copy of a message, which keeps its place and time.
    pub(super) fn store_mirrored(
        &self,
        ingest: &mut Ingest<'_>,
        config: &StreamConfig,
        state: &mut IngestState,
        (seq, ts): (u64, i64),
        out: &mut Output,
    ) -> Result<(), StoreError> {
        let id = ingest.value(MESSAGE_ID).map(<[u8]>::to_vec);
        let republish = self.republish_of(ingest, state);
        // Whoever published it was told if its limit made no sense.
        let ttl = ttl_of(ingest, config).unwrap_or(0);
        let msg = RawMsg {
            subject: &ingest.subject,
            header: &ingest.header,
            payload: &ingest.payload,
            seq,
            ts,
            ttl,
        };
        self.store.store_raw_msg(msg, true)?;
        self.note(state, seq, ts, id);
        if let Some(republish) = republish {
            republish.send(ingest, config, (seq, ts), out);
        }
        out.stored(seq, &ingest.subject);
        Ok(())
    }

    fn note(&self, state: &mut IngestState, seq: u64, ts: i64, id: Option<Vec<u8>>) {
        state.last_seq = seq;
        if let Some(id) = &id {
            state.dedupe.insert(id, seq, ts);
        }
        state.last_msg_id = id.unwrap_or_default();
    }

    fn republish_of(&self, ingest: &Ingest<'_>, state: &IngestState) -> Option<Republish> {
        let transform = state.republish.as_ref()?;
        let subject = transform.apply(&ingest.subject).ok()?;
        // A subject that was never stored has no last message.
        let last = last_of_subject(&ingest.subject, &*self.store).unwrap_or(0);
        Some(Republish::new(subject, last))
    }

    /// Removes what the message replaces.
    fn purge_after(&self, ingest: &Ingest<'_>, state: &mut IngestState) {
        let request = match ingest.rollup {
            Some(Rollup::Subject) => PurgeRequest {
                subject: ingest.subject.to_vec(),
                keep: 1,
                ..PurgeRequest::default()
            },
            Some(Rollup::All) => PurgeRequest {
                keep: 1,
                ..PurgeRequest::default()
            },
            None => {
                if ingest.value(SCHEDULE_NEXT) != Some(SCHEDULE_NEXT_PURGE) {
                    return;
                }
                let Some(scheduler) = ingest.value(SCHEDULER) else {
                    return;
                };
                PurgeRequest {
                    subject: scheduler.to_vec(),
                    ..PurgeRequest::default()
                }
            }
        };
        if let Err(error) = self.purge_locked(&request, state) {
            self.log_store_error("purge", &error);
        }
    }

    fn failed(&self, error: &StoreError) -> Refusal {
        match error {
            StoreError::Closed => return Refusal::Silent,
            StoreError::MaxMsgs
            | StoreError::MaxBytes
            | StoreError::MaxMsgsPerSubject
            | StoreError::MsgTooLarge => {}
            _ => self.log_store_error("store a msg on", error),
        }
        ApiError::stream_store_failed(error).into()
    }

    pub(in crate::jetstream::stream) fn log_store_error(&self, what: &str, error: &StoreError) {
        self.host.context.logger.error(format_args!(
            "JetStream failed to {what} stream '{} > {}': {error}",
            self.account().name(),
            self.name()
        ));
    }
}

/// Seconds that the message lives: at least as long as markers of its subject, or
/// the marker would go first.
fn ttl_of(ingest: &mut Ingest<'_>, config: &StreamConfig) -> Result<i64, ApiError> {
    if ingest.header.is_empty() {
        return Ok(0);
    }
    let ttl = message_ttl(&ingest.header)?;
    let marker = config.subject_delete_marker_ttl;
    let shortest = marker.as_secs();
    if ttl > 0 && marker > Nanos::ZERO && config.max_msgs_per_subject != 1 && ttl < shortest {
        let text = shortest.to_string();
        ingest.header = Cow::Owned(set_header(MESSAGE_TTL, text.as_bytes(), &ingest.header));
        return Ok(shortest);
    }
    Ok(ttl)
}
