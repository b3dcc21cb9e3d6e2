//! What the API tells of a consumer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::inner::Mode;
use super::lifecycle::Consumer;
use crate::jetstream::host::timestamp;
use crate::jetstream::model::versioning::add_dynamic;
use crate::jetstream::model::{ConsumerConfig, StreamState, go_time};

/// A message by its place in the deliveries and in the stream, and when something
/// happened to it last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct SequenceInfo {
    pub consumer_seq: u64,
    pub stream_seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_active: Option<Timestamp>,
}

/// The client that a priority group is pinned to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct PriorityGroupState {
    pub group: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pinned_client_id: String,
    #[serde(default, with = "go_time")]
    pub pinned_ts: Option<Timestamp>,
}

/// A consumer, what it is and how far (`ConsumerInfo`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct ConsumerInfo {
    pub stream_name: String,
    pub name: String,
    pub created: Timestamp,
    pub config: ConsumerConfig,
    pub delivered: SequenceInfo,
    pub ack_floor: SequenceInfo,
    pub num_ack_pending: usize,
    pub num_redelivered: usize,
    pub num_waiting: usize,
    pub num_pending: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub push_bound: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_remaining: Option<i64>,
    pub ts: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priority_groups: Vec<PriorityGroupState>,
}

impl Consumer {
    /// Everything about the consumer; `None` if it has ended.
    #[must_use]
    pub fn info(&self) -> Option<ConsumerInfo> {
        let mut inner = self.lock();
        if inner.closed {
            return None;
        }
        inner.absorb(self.signal());
        let now = self.now();
        let mut state = StreamState::default();
        inner.messages.fast_state(&mut state);
        // There can not be more to come than there is.
        if inner.stream_seq > state.last_seq {
            inner.to_come = 0;
        } else {
            let most = state.msgs.min(state.last_seq - inner.stream_seq + 1);
            inner.to_come = inner.to_come.min(i64::try_from(most).unwrap_or(i64::MAX));
        }
        let mut config = (*inner.config).clone();
        add_dynamic(&mut config.metadata);
        let mut delivered = (inner.delivery_seq - 1, inner.stream_seq - 1);
        let mut floor = inner.floor;
        if let Some(store) = &inner.store {
            let has_state = store.has_state();
            let read = store.borrow_state(&mut |state| {
                if has_state {
                    delivered = (state.delivered.consumer, state.delivered.stream);
                }
                floor = (state.ack_floor.consumer, state.ack_floor.stream);
            });
            if let Err(error) = read {
                // What is here is as good.
                self.log_error("reading the state of", &error);
            }
        }
        let sequences = |(consumer_seq, stream_seq), last: Option<i64>| SequenceInfo {
            consumer_seq,
            stream_seq,
            last_active: last.map(timestamp),
        };
        let redelivered = if config.max_deliver == 1 {
            0
        } else {
            inner.redelivered.len()
        };
        let paused = config
            .pause_until
            .map(|until| crate::jetstream::host::nanos(until) - now)
            .filter(|left| *left > 0);
        let groups = config.priority_groups.first().map(|group| {
            let pin = inner.pin.as_ref();
            PriorityGroupState {
                group: group.clone(),
                pinned_client_id: pin.map(|pin| pin.id.clone()).unwrap_or_default(),
                pinned_ts: pin.map(|pin| timestamp(pin.since)),
            }
        });
        let (num_waiting, push_bound) = match &mut inner.mode {
            Mode::Pull(waiting) => {
                waiting.retain(|request| request.listener.is_there());
                (waiting.len(), false)
            }
            Mode::Push(push) => (0, push.active),
        };
        Some(ConsumerInfo {
            stream_name: self.stream().name().to_owned(),
            name: self.name_str().to_owned(),
            created: self.created(),
            delivered: sequences(delivered, inner.last_delivered),
            ack_floor: sequences(floor, inner.last_acked),
            num_ack_pending: inner.pending.len(),
            num_redelivered: redelivered,
            num_waiting,
            num_pending: inner.num_pending(),
            push_bound,
            paused: paused.is_some(),
            pause_remaining: paused,
            ts: timestamp(now),
            priority_groups: groups.into_iter().collect(),
            config,
        })
    }
}
