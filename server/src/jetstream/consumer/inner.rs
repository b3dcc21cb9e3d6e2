//! The state of a consumer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use hashbrown::HashMap;

use super::config::filters_of;
use super::groups::Pin;
use super::pull::WaitQueue;
use super::push::Push;
use super::redeliver_queue::RedeliverQueue;
use crate::jetstream::host::nanos;
use crate::jetstream::model::{
    AckPolicy, ConsumerConfig, ConsumerState, DeliverPolicy, Pending, ReplayPolicy,
    RetentionPolicy, SequencePair, StreamState,
};
use crate::jetstream::store::{ConsumerStore, Filter, StoreError, StreamStore};
use crate::subject::matches_literal;
use crate::subject::sublist::Sublist;

/// Everything that its lock protects.
pub(super) struct Inner {
    pub(super) config: Arc<ConsumerConfig>,
    /// Where the state is kept; a direct consumer has none.
    pub(super) store: Option<Arc<dyn ConsumerStore>>,
    pub(super) messages: Arc<dyn StreamStore>,
    pub(super) retention: RetentionPolicy,
    pub(super) filters: Vec<String>,
    /// The same for a search, if there are several.
    pub(super) filter_list: Option<Sublist<()>>,
    /// The next sequence to look at.
    pub(super) stream_seq: u64,
    /// The number of the next delivery.
    pub(super) delivery_seq: u64,
    /// Up to where everything is acknowledged, as delivery and in the stream.
    pub(super) floor: (u64, u64),
    pub(super) pending: BTreeMap<u64, Pending>,
    /// When the oldest pending message may be due.
    pub(super) pending_at: Option<i64>,
    pub(super) redeliver: RedeliverQueue,
    /// How often messages were delivered again.
    pub(super) redelivered: HashMap<u64, u64>,
    /// How many messages are to come, as counted from `counted_to` on.
    pub(super) to_come: i64,
    pub(super) counted_to: u64,
    /// The last sequences of subjects that are delivered first.
    pub(super) skip_list: Option<SkipList>,
    pub(super) mode: Mode,
    /// While messages of the past are played back with their pauses.
    pub(super) replay: Option<Replay>,
    /// No delivery before this time, for a rate limit or a replay.
    pub(super) not_before: i64,
    /// When a consumer that rests goes on, which is told.
    pub(super) resumes_at: Option<i64>,
    pub(super) last_delivered: Option<i64>,
    pub(super) last_acked: Option<i64>,
    /// When it is looked whether anybody still uses the consumer.
    pub(super) inactive_at: Option<i64>,
    /// How long nobody may use it, with some chance in it.
    pub(super) inactive_after: i64,
    pub(super) pin: Option<Pin>,
    /// Sequences that the stream may perhaps remove, collected under the lock.
    pub(super) to_release: Vec<u64>,
    /// Acknowledgements, as deliveries and sequences, that the store is told only when
    /// the stream has removed the messages: one that stays after a crash would never
    /// be delivered again nor removed.
    pub(super) to_note: Vec<(u64, u64)>,
    /// Who is to be told that an acknowledgement has been dealt with.
    pub(super) to_answer: Vec<Box<[u8]>>,
    pub(super) closed: bool,
}

/// How messages reach their receivers.
pub(super) enum Mode {
    Pull(WaitQueue),
    Push(Push),
}

/// Where delivery goes on after the last messages of subjects.
pub(super) struct SkipList {
    pub(super) resume: u64,
    pub(super) seqs: VecDeque<u64>,
}

/// The pauses of the past.
pub(super) struct Replay {
    /// It ends after this sequence.
    pub(super) until: u64,
    pub(super) last_ts: i64,
}

impl Inner {
    pub(super) fn set_filters(&mut self) {
        self.filters = filters_of(&self.config);
        self.filter_list = None;
        if self.filters.len() > 1 {
            let mut list = Sublist::new();
            for filter in &self.filters {
                // Filters were checked with the configuration.
                list.insert(filter, None, ()).ok();
            }
            self.filter_list = Some(list);
        }
    }

    /// Whether messages of a subject are delivered at all.
    pub(super) fn wants(&self, subject: &[u8]) -> bool {
        self.filters.is_empty()
            || self
                .filters
                .iter()
                .any(|filter| matches_literal(subject, filter))
    }

    /// The same as what the store is asked for.
    pub(super) fn filter(&self) -> Filter<'_> {
        match (&self.filter_list, self.filters.first()) {
            (Some(list), _) => Filter::Sublist(list),
            (None, Some(filter)) => Filter::new(filter.as_bytes()),
            (None, None) => Filter::All,
        }
    }

    pub(super) fn acks(&self) -> bool {
        self.config.ack_policy != AckPolicy::None
    }

    pub(super) fn is_push(&self) -> bool {
        matches!(self.mode, Mode::Push(_))
    }

    /// How many messages are to come.
    pub(super) fn num_pending(&self) -> u64 {
        u64::try_from(self.to_come).unwrap_or(0)
    }

    /// Counts anew how many messages are to come.
    pub(super) fn recount(&mut self) -> Result<(), StoreError> {
        let last = self.config.deliver_policy == DeliverPolicy::LastPerSubject;
        let (count, through) = match (&self.filter_list, self.filters.first()) {
            (Some(list), _) => {
                self.messages
                    .num_pending_multi(self.stream_seq, Some(list), last)?
            }
            (None, Some(filter)) => {
                self.messages
                    .num_pending(self.stream_seq, filter.as_bytes(), last)?
            }
            (None, None) => self.messages.num_pending(self.stream_seq, b"", last)?,
        };
        self.to_come = i64::try_from(count).unwrap_or(i64::MAX);
        self.counted_to = through;
        Ok(())
    }

    /// How often a message was delivered.
    pub(super) fn delivery_count(&self, seq: u64) -> u64 {
        self.redelivered.get(&seq).copied().unwrap_or(0) + 1
    }

    /// As many deliveries as there may be of a message; 0 is any number.
    pub(super) fn max_deliver(&self) -> u64 {
        u64::try_from(self.config.max_deliver).unwrap_or(0)
    }

    /// Whether no more may be delivered before something is acknowledged.
    pub(super) fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// How many more may be delivered before something is acknowledged.
    pub(super) fn room(&self) -> usize {
        match usize::try_from(self.config.max_ack_pending) {
            Ok(max) if max > 0 => max.saturating_sub(self.pending.len()),
            _ => usize::MAX,
        }
    }

    pub(super) fn starts_replay(&mut self, last: u64) {
        if self.config.replay_policy == ReplayPolicy::Original {
            self.replay = Some(Replay {
                until: last,
                last_ts: 0,
            });
        }
    }

    /// Notes a delivery in the store, from which on `ts` its acknowledgement is waited
    /// for.
    pub(super) fn note_delivered(
        &mut self,
        dseq: u64,
        seq: u64,
        count: u64,
        ts: i64,
        now: i64,
    ) -> Result<(), StoreError> {
        self.last_delivered = Some(now);
        match &self.store {
            Some(store) => store.update_delivered(dseq, seq, count, ts),
            None => Ok(()),
        }
    }

    /// Notes an acknowledgement in the store.
    pub(super) fn note_acked(&self, dseq: u64, seq: u64) -> Result<(), StoreError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        match store.update_acks(dseq, seq) {
            // Acknowledged before, which is as well.
            Err(StoreError::MsgNotFound | StoreError::NoAckPolicy) => Ok(()),
            noted => noted,
        }
    }

    /// Takes over what the store remembers, as far as the stream remembers it too.
    pub(super) fn read_state(&mut self, now: i64) -> Result<(), StoreError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let mut state = store.state()?;
        if self.fit_to_stream(&mut state)? {
            match store.update(&state) {
                // The floor goes back.
                Err(StoreError::OldUpdate) => {
                    store.reset(state.ack_floor.stream)?;
                    store.update(&state)?;
                }
                result => result?,
            }
        }
        self.stream_seq = state.delivered.stream + 1;
        self.delivery_seq = state.delivered.consumer + 1;
        self.floor = (state.ack_floor.consumer, state.ack_floor.stream);
        self.pending = state.pending;
        // Counts of what is acknowledged are left over from a fault of old servers.
        let floor = self.floor.1;
        self.redelivered = state
            .redelivered
            .into_iter()
            .filter(|(seq, _)| *seq > floor)
            .collect();
        if !self.pending.is_empty() {
            let wait = self.config.ack_wait.0.min(RECOVERY_WAIT);
            self.pending_at = Some(now.saturating_add(wait));
        }
        Ok(())
    }

    /// After a crash the stream may not have all that a consumer got: messages at its
    /// end that were not safe yet, whose sequences others get, and messages that were
    /// removed just before the state of the consumer was written. Takes them out of a
    /// state; true if there were any.
    fn fit_to_stream(&self, state: &mut ConsumerState) -> Result<bool, StoreError> {
        let mut held = StreamState::default();
        self.messages.fast_state(&mut held);
        let before = state.pending.len();
        // Without a delivery it is a start in the future that the user chose.
        let is_ahead = state.delivered.consumer > 0 && state.delivered.stream > held.last_seq;
        if is_ahead {
            state.delivered.stream = held.last_seq;
            state.ack_floor.stream = state.ack_floor.stream.min(held.last_seq);
            state.pending.retain(|seq, _| *seq <= held.last_seq);
            state.redelivered.retain(|seq, _| *seq <= held.last_seq);
        }
        let mut gone = Vec::new();
        for seq in state.pending.keys() {
            match self.messages.subject_for_seq(*seq) {
                Ok(_) => {}
                Err(StoreError::MsgNotFound | StoreError::Eof) => gone.push(*seq),
                Err(error) => return Err(error),
            }
        }
        for seq in gone {
            state.pending.remove(&seq);
            state.redelivered.remove(&seq);
        }
        let is_changed = is_ahead || state.pending.len() != before;
        if is_changed {
            state.ack_floor = match state.pending.iter().next() {
                Some((seq, first)) if first.sequence > 0 => SequencePair {
                    consumer: state.ack_floor.consumer.max(first.sequence - 1),
                    stream: state.ack_floor.stream.max(seq - 1),
                },
                Some(_) => state.ack_floor,
                None => state.delivered,
            };
        }
        Ok(is_changed)
    }

    /// Writes the whole state to the store.
    pub(super) fn write_state(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let state = ConsumerState {
            delivered: SequencePair {
                consumer: self.delivery_seq - 1,
                stream: self.stream_seq - 1,
            },
            ack_floor: SequencePair {
                consumer: self.floor.0,
                stream: self.floor.1,
            },
            pending: self.pending.clone(),
            redelivered: self
                .redelivered
                .iter()
                .map(|(seq, count)| (*seq, *count))
                .collect(),
        };
        store.update(&state)
    }
}

/// When a consumer goes on that rests now.
pub(super) fn resumes_at(config: &ConsumerConfig, now: i64) -> Option<i64> {
    config.pause_until.map(nanos).filter(|until| now < *until)
}

/// After a start, pending messages are looked at sooner.
const RECOVERY_WAIT: i64 = 1_000_000_000;
