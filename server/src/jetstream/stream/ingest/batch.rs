//! Messages that are published as one: all are stored or none (ADR-50).
//!
//! A batch waits in memory until its last message commits it. Then all its messages
//! are checked against the stream and each other, and stored without a pause.

use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hashbrown::{HashMap, HashSet};
use serde_json::json;

use super::counter::{self, Counter};
use super::message::{Ingest, Rollup};
use super::output::Output;
use super::run::transform;
use super::state::IngestState;
use super::{expected, rollup, schedule, size};
use crate::client::InternalMessage;
use crate::jetstream::advisory;
use crate::jetstream::host::Host;
use crate::jetstream::model::versioning::{REQUIRED_LEVEL_HEADER, asks_too_much};
use crate::jetstream::model::{ApiError, DiscardPolicy, StreamConfig, StreamState};
use crate::jetstream::store::headers::{MESSAGE_ID, message_ttl};
use crate::jetstream::store::memory::msg_size;
use crate::jetstream::store::{BatchMsg, StoreError};
use crate::jetstream::stream::headers::{self, number};
use crate::jetstream::stream::lifecycle::Stream;
use crate::protocol::{generate_header, header_value, remove_header};

/// Longest ID of a batch.
const ID_LEN_MAX: usize = 64;
/// Batches of one stream that may be on their way, unless configured otherwise.
pub const BATCHES_PER_STREAM_MAX: i64 = 50;
/// Batches of all streams that may be on their way, unless configured otherwise.
pub const BATCHES_MAX: i64 = 1000;
/// Messages of a batch, unless configured otherwise.
pub const BATCH_MSGS_MAX: i64 = 1000;
/// How long a batch may take, unless configured otherwise.
pub const BATCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The batches that are being published to a stream.
#[derive(Default)]
pub(in crate::jetstream::stream) struct Batches {
    groups: HashMap<Vec<u8>, Group>,
}

struct Group {
    messages: Vec<InternalMessage>,
    /// When it is given up.
    deadline: i64,
}

/// What the messages of a batch that were checked so far change.
#[derive(Default)]
struct Staged {
    ids: HashSet<Vec<u8>>,
    counters: HashMap<Vec<u8>, Counter>,
    /// Messages and bytes by subject.
    subjects: HashMap<Vec<u8>, (u64, u64)>,
    expected: HashMap<Vec<u8>, u64>,
}

impl Batches {
    /// How many there are.
    pub(in crate::jetstream::stream) fn len(&self) -> usize {
        self.groups.len()
    }

    /// Forgets all.
    pub(in crate::jetstream::stream) fn clear(&mut self, host: &Host) {
        let count = i64::try_from(self.groups.len()).unwrap_or(i64::MAX);
        host.batches.fetch_sub(count, Ordering::Relaxed);
        self.groups.clear();
    }

    /// When the next is given up.
    pub(in crate::jetstream::stream) fn deadline(&self) -> Option<i64> {
        self.groups.values().map(|group| group.deadline).min()
    }

    /// Gives up those that took too long, and returns their IDs.
    pub(in crate::jetstream::stream) fn expire(&mut self, host: &Host, now: i64) -> Vec<Vec<u8>> {
        let late: Vec<Vec<u8>> = self
            .groups
            .iter()
            .filter(|(_, group)| group.deadline <= now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in &late {
            self.remove(host, id);
        }
        late
    }

    fn remove(&mut self, host: &Host, id: &[u8]) -> Option<Group> {
        let group = self.groups.remove(id)?;
        host.batches.fetch_sub(1, Ordering::Relaxed);
        Some(group)
    }
}

/// Why a batch is given up, for its advisory.
#[derive(Clone, Copy)]
pub(in crate::jetstream::stream) enum Abandoned {
    Timeout,
    Large,
    Incomplete,
}

impl Stream {
    /// Takes in a message of a batch and answers it.
    pub(super) fn ingest_batch(
        &self,
        id: Vec<u8>,
        message: InternalMessage,
        config: &StreamConfig,
        state: &mut IngestState,
        out: &mut Output,
    ) {
        let reply = message
            .reply()
            .filter(|reply| !config.no_ack && !reply.is_empty())
            .map(<[u8]>::to_vec);
        match self.stage(&id, message, config, state) {
            Ok(Some(group)) => self.commit(&id, group, config, state, out, reply.as_deref()),
            // An empty answer says that the message has been received.
            Ok(None) => {
                if let Some(reply) = reply {
                    out.message(&reply, b"", b"");
                }
            }
            Err(error) => {
                if let Some(reply) = reply {
                    out.refuse(&reply, &config.name, &error);
                }
            }
        }
    }

    /// Adds a message to its batch; returns the batch if the message ends it.
    fn stage(
        &self,
        id: &[u8],
        message: InternalMessage,
        config: &StreamConfig,
        state: &mut IngestState,
    ) -> Result<Option<Vec<InternalMessage>>, ApiError> {
        let host = &*self.host;
        self.check_before_batch(id, &message, config)?;
        let header = message.header();
        let seq =
            number(headers::BATCH_SEQ, header).ok_or_else(ApiError::atomic_publish_missing_seq)?;
        self.open_batch(id, seq, state)?;
        // A header without a value is there as well.
        let commit = match header_value(headers::BATCH_COMMIT, header) {
            None => None,
            Some(b"1") => Some(false),
            Some(b"eob") => Some(true),
            Some(_) => {
                state.batches.remove(host, id);
                return Err(ApiError::atomic_publish_invalid_batch_commit());
            }
        };
        if asks_too_much(header) {
            state.batches.remove(host, id);
            return Err(ApiError::required_api_level());
        }
        let max = self.batch_size_max();
        let Some(group) = state.batches.groups.get_mut(id) else {
            return Err(ApiError::atomic_publish_incomplete_batch());
        };
        if group.messages.len() as u64 + 1 != seq {
            state.batches.remove(host, id);
            self.advise_abandoned(id, Abandoned::Incomplete);
            return Err(ApiError::atomic_publish_incomplete_batch());
        }
        if seq > max {
            state.batches.remove(host, id);
            self.advise_abandoned(id, Abandoned::Large);
            return Err(ApiError::atomic_publish_too_large_batch(max));
        }
        let Some(end_only) = commit else {
            group.messages.push(message);
            return Ok(None);
        };
        if !end_only {
            group.messages.push(message);
        }
        let group = state.batches.remove(host, id);
        Ok(group.map(|group| group.messages))
    }

    fn check_before_batch(
        &self,
        id: &[u8],
        message: &InternalMessage,
        config: &StreamConfig,
    ) -> Result<(), ApiError> {
        if config.sealed {
            return Err(ApiError::stream_sealed());
        }
        if self.host.usage.is_exceeded(config.storage) {
            self.log_short_of_resources(config.storage);
            return Err(ApiError::insufficient_resources());
        }
        let (header, payload) = (message.header(), message.payload());
        let bytes = msg_size(message.subject().len(), header.len(), payload.len());
        self.usage
            .check_message(&self.tier(), config.storage, config.replicas, bytes)?;
        size::check_message(&Ingest::published(message), config)?;
        if !config.allow_atomic {
            return Err(ApiError::atomic_publish_disabled());
        }
        if id.len() > ID_LEN_MAX {
            return Err(ApiError::atomic_publish_invalid_batch_id());
        }
        Ok(())
    }

    /// Begins a batch with its first message, if there is room for one more.
    fn open_batch(&self, id: &[u8], seq: u64, state: &mut IngestState) -> Result<(), ApiError> {
        if state.batches.groups.contains_key(id) {
            return Ok(());
        }
        let max = self.batch_size_max();
        if seq != 1 {
            return Err(if seq > max {
                ApiError::atomic_publish_too_large_batch(max)
            } else {
                ApiError::atomic_publish_incomplete_batch()
            });
        }
        let limits = &self.host.config.limits;
        let or = |limit: i64, default: i64| if limit > 0 { limit } else { default };
        let per_stream = or(limits.max_batch_inflight_per_stream, BATCHES_PER_STREAM_MAX);
        let in_all = or(limits.max_batch_inflight_total, BATCHES_MAX);
        let inflight = i64::try_from(state.batches.groups.len()).unwrap_or(i64::MAX);
        if inflight >= per_stream {
            return Err(ApiError::atomic_publish_incomplete_batch());
        }
        if self.host.batches.fetch_add(1, Ordering::Relaxed) >= in_all {
            self.host.batches.fetch_sub(1, Ordering::Relaxed);
            return Err(ApiError::atomic_publish_incomplete_batch());
        }
        let timeout = match limits.max_batch_timeout {
            Duration::ZERO => BATCH_TIMEOUT,
            configured => configured,
        };
        let timeout = i64::try_from(timeout.as_nanos()).unwrap_or(i64::MAX);
        let group = Group {
            messages: Vec::new(),
            deadline: self.host.clock.now().saturating_add(timeout),
        };
        state.batches.groups.insert(id.to_vec(), group);
        Ok(())
    }

    fn batch_size_max(&self) -> u64 {
        let limit = self.host.config.limits.max_batch_size;
        let max = if limit > 0 { limit } else { BATCH_MSGS_MAX };
        max.unsigned_abs()
    }

    /// Checks all messages of a batch and, if nothing stands against them, stores
    /// them. The last one's answer is the batch's.
    fn commit(
        &self,
        id: &[u8],
        messages: Vec<InternalMessage>,
        config: &StreamConfig,
        state: &mut IngestState,
        out: &mut Output,
        reply: Option<&[u8]>,
    ) {
        let mut checked = Vec::with_capacity(messages.len());
        let mut staged = Staged::default();
        for message in &messages {
            match self.check_staged(message, config, state, &mut staged) {
                Ok(ingest) => checked.push(ingest),
                Err(error) => {
                    if let Some(reply) = reply {
                        out.refuse(reply, &config.name, &error);
                    }
                    return;
                }
            }
        }
        if let Some(last) = checked.last_mut() {
            last.reply = reply;
            if last.value(headers::BATCH_COMMIT).is_none() {
                let header = generate_header(Some(&last.header), headers::BATCH_COMMIT, b"1");
                last.header = Cow::Owned(header);
            }
        }
        if let Err(error) = self.keep_batch(&checked, out) {
            self.log_store_error("keep a batch of", &error);
            if let Some(reply) = reply {
                out.refuse(reply, &config.name, &ApiError::stream_store_failed(error));
            }
            return;
        }
        for (seq, ingest) in (1..).zip(&mut checked) {
            ingest.batch = Some((id.to_vec(), seq));
            self.take(ingest, config, state, out);
        }
    }

    /// Makes sure that all messages of a batch are stored even if the server stops
    /// after the first.
    fn keep_batch(&self, checked: &[Ingest<'_>], out: &mut Output) -> Result<(), StoreError> {
        if checked.len() < 2 {
            return Ok(());
        }
        if out.keeps_batch {
            // The one before in this run takes the same place.
            self.store.sync_run()?;
        }
        let messages: Vec<BatchMsg> = checked
            .iter()
            .map(|ingest| BatchMsg {
                subject: ingest.subject.to_vec(),
                header: ingest.header.to_vec(),
                payload: ingest.payload.to_vec(),
            })
            .collect();
        self.store.keep_batch(&messages)?;
        out.keeps_batch = true;
        Ok(())
    }

    /// The checks of `checkMsgHeadersPreClusteredProposal` in their order.
    fn check_staged<'a>(
        &self,
        message: &'a InternalMessage,
        config: &StreamConfig,
        state: &IngestState,
        staged: &mut Staged,
    ) -> Result<Ingest<'a>, ApiError> {
        let mut ingest = Ingest::published(message);
        ingest.reply = None;
        if ingest.value(headers::EXPECTED_LAST_MSG_ID).is_some() {
            let header = String::from_utf8_lossy(headers::EXPECTED_LAST_MSG_ID);
            return Err(ApiError::atomic_publish_unsupported_header_batch(header));
        }
        if ingest.value(REQUIRED_LEVEL_HEADER).is_some() {
            let header = remove_header(REQUIRED_LEVEL_HEADER, &ingest.header);
            ingest.header = Cow::Owned(header.unwrap_or_default());
        }
        let mut subject = Ingest::new(message.subject(), b"", b"", None);
        transform(&mut subject, state);
        let subject = subject.subject.into_owned();
        if !ingest.header.is_empty() {
            size::check_header(&ingest)?;
            counter::check_increment(&mut ingest, config)?;
            expected::check_stream(&ingest, config)?;
            check_ttl(&ingest, config)?;
            staged.check_id(&ingest, state)?;
        }
        counter::check_missing(&ingest, config)?;
        let known = staged.counters.get(&subject).cloned();
        let max_payload = self.host.context.options().max_payload;
        let counted = counter::apply(&mut ingest, config, &*self.store, known, max_payload)?;
        if let Some(counter) = counted {
            size::check_message(&ingest, config)?;
            staged.counters.insert(subject.clone(), counter);
        }
        if !ingest.header.is_empty() {
            if number(headers::EXPECTED_LAST_SEQ, &ingest.header).is_some() {
                let before: u64 = staged.subjects.values().map(|own| own.0).sum();
                expected::check_last(&ingest, state.last_seq + before)?;
                if before > 0 {
                    return Err(ApiError::stream_wrong_last_sequence_constant());
                }
            }
            staged.check_last_of_subject(&ingest, &subject, self)?;
            schedule::check(&mut ingest, config, self.host.clock.now())?;
            rollup::check(&mut ingest, config)?;
            staged.check_rollup(&ingest, &subject)?;
        }
        let size = msg_size(subject.len(), ingest.header.len(), ingest.payload.len());
        let own = staged.subjects.entry(subject.clone()).or_default();
        own.0 += 1;
        own.1 += size;
        self.check_discard_new(config, staged, &subject)?;
        Ok(ingest)
    }

    /// A stream that refuses messages at its limits refuses the whole batch.
    fn check_discard_new(
        &self,
        config: &StreamConfig,
        staged: &Staged,
        subject: &[u8],
    ) -> Result<(), ApiError> {
        if config.discard != DiscardPolicy::New {
            return Ok(());
        }
        let exceeds =
            |limit: i64, total: u64| u64::try_from(limit).is_ok_and(|max| max > 0 && total > max);
        let mut held = StreamState::default();
        self.store.fast_state(&mut held);
        let (msgs, bytes) = staged
            .subjects
            .values()
            .fold((held.msgs, held.bytes), |sum, own| {
                (sum.0 + own.0, sum.1 + own.1)
            });
        if exceeds(config.max_msgs, msgs) {
            return Err(ApiError::stream_store_failed(StoreError::MaxMsgs));
        }
        if exceeds(config.max_bytes, bytes) {
            return Err(ApiError::stream_store_failed(StoreError::MaxBytes));
        }
        if config.discard_new_per_subject {
            let held = self.store.subjects_totals(subject);
            let held = held.get(subject).copied().unwrap_or(0);
            let more = staged.subjects.get(subject).map_or(0, |own| own.0);
            if exceeds(config.max_msgs_per_subject, held + more) {
                return Err(ApiError::stream_store_failed(StoreError::MaxMsgsPerSubject));
            }
        }
        Ok(())
    }

    /// Tells the account and the system account that a batch was given up.
    pub(in crate::jetstream::stream) fn advise_abandoned(&self, id: &[u8], reason: Abandoned) {
        let reason = match reason {
            Abandoned::Timeout => "timeout",
            Abandoned::Large => "large",
            Abandoned::Incomplete => "incomplete",
        };
        let event = advisory::event(
            &self.host,
            "io.nats.jetstream.advisory.v1.stream_batch_abandoned",
            json!({
                "stream": self.name(),
                "batch": String::from_utf8_lossy(id),
                "reason": reason,
            }),
        );
        let subject = format!("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.{}", self.name());
        advisory::publish(&self.client, &subject, &event);
    }
}

fn check_ttl(ingest: &Ingest<'_>, config: &StreamConfig) -> Result<(), ApiError> {
    match message_ttl(&ingest.header) {
        Ok(0) => Ok(()),
        _ if !config.allow_msg_ttl => Err(ApiError::message_ttl_disabled()),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Staged {
    /// No ID of the batch was there before or is in it twice.
    fn check_id(&mut self, ingest: &Ingest<'_>, state: &IngestState) -> Result<(), ApiError> {
        let Some(id) = ingest.value(MESSAGE_ID) else {
            return Ok(());
        };
        if state.dedupe.find(id).is_some() || !self.ids.insert(id.to_vec()) {
            return Err(ApiError::atomic_publish_contains_duplicate_message());
        }
        Ok(())
    }

    /// What is expected of a subject is checked against the stream as it was before
    /// the batch, so the batch must not have written to it.
    fn check_last_of_subject(
        &mut self,
        ingest: &Ingest<'_>,
        subject: &[u8],
        stream: &Stream,
    ) -> Result<(), ApiError> {
        let other = ingest.value(headers::EXPECTED_LAST_SUBJECT_SEQ_SUBJECT);
        let Some(seq) = number(headers::EXPECTED_LAST_SUBJECT_SEQ, &ingest.header) else {
            return match other {
                Some(_) => Err(ApiError::stream_expected_last_seq_per_subject_invalid()),
                None => Ok(()),
            };
        };
        let subject = other.unwrap_or(subject);
        if self.subjects.contains_key(subject) {
            return Err(ApiError::stream_wrong_last_sequence_constant());
        }
        let last = match self.expected.get(subject) {
            Some(last) => *last,
            None => {
                let last = expected::last_of_subject(subject, &*stream.store).unwrap_or(0);
                self.expected.insert(subject.to_vec(), last);
                last
            }
        };
        if last != seq {
            return Err(ApiError::stream_wrong_last_sequence(last));
        }
        Ok(())
    }

    /// A rollup must not remove messages of its own batch.
    fn check_rollup(&self, ingest: &Ingest<'_>, subject: &[u8]) -> Result<(), ApiError> {
        match ingest.rollup {
            Some(Rollup::Subject) if self.subjects.contains_key(subject) => {
                Err(ApiError::stream_rollup_failed("batch rollup sub invalid"))
            }
            Some(Rollup::All) if !self.subjects.is_empty() => {
                Err(ApiError::stream_rollup_failed("batch rollup all invalid"))
            }
            _ => Ok(()),
        }
    }
}
