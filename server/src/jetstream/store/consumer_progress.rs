//! How deliveries and acknowledgements move the state of a consumer. All stores
//! share it; they differ in what becomes of the state.

use super::error::StoreError;
use crate::jetstream::model::{AckPolicy, ConsumerConfig, ConsumerState, Pending, SequencePair};

/// A consumer's configuration and how far it is.
#[derive(Clone, Debug, Default)]
pub(super) struct ConsumerProgress {
    pub(super) config: ConsumerConfig,
    pub(super) state: ConsumerState,
}

impl ConsumerProgress {
    pub(super) fn new(config: ConsumerConfig) -> Self {
        Self {
            config,
            state: ConsumerState::default(),
        }
    }

    /// Counts everything up to `sseq` as delivered and acknowledged.
    pub(super) const fn set_starting(&mut self, sseq: u64) {
        self.state.delivered.stream = sseq;
        self.state.ack_floor.stream = sseq;
    }

    /// Moves the start forward, never back.
    pub(super) fn update_starting(&mut self, sseq: u64) {
        if sseq > self.state.delivered.stream {
            self.state.delivered.stream = sseq;
            if self.config.ack_policy == AckPolicy::None {
                self.state.ack_floor.stream = sseq;
            }
        }
    }

    /// Forgets everything and starts at `sseq`.
    pub(super) fn reset(&mut self, sseq: u64) {
        self.state = ConsumerState::default();
        self.set_starting(sseq);
    }

    /// Whether anything was delivered, or a start was set.
    pub(super) fn has_state(&self) -> bool {
        self.state.delivered != SequencePair::default()
    }

    /// Takes another state, if it is neither older nor contradicts itself.
    pub(super) fn update(&mut self, state: &ConsumerState) -> Result<(), StoreError> {
        let (delivered, floor) = (state.delivered, state.ack_floor);
        if floor.consumer > delivered.consumer {
            return Err(StoreError::BadConsumerAckFloor);
        }
        if floor.stream > delivered.stream {
            return Err(StoreError::BadStreamAckFloor);
        }
        let outside = |seq: &&u64| **seq <= floor.stream || **seq > delivered.stream;
        if let Some(seq) = state.pending.keys().find(outside) {
            return Err(StoreError::BadPendingEntry(*seq));
        }
        let own = &mut self.state;
        if delivered.consumer < own.delivered.consumer || floor.stream < own.ack_floor.stream {
            return Err(StoreError::OldUpdate);
        }
        *own = state.clone();
        Ok(())
    }

    /// Notes the delivery number `dc` of a message.
    pub(super) fn deliver(
        &mut self,
        dseq: u64,
        sseq: u64,
        dc: u64,
        ts: i64,
    ) -> Result<(), StoreError> {
        let Self { config, state } = self;
        let wants_acks = config.ack_policy != AckPolicy::None;
        if dc != 1 && !wants_acks {
            return Err(StoreError::NoAckPolicy);
        }
        // A new leader may see old deliveries again in its log.
        if dseq <= state.ack_floor.consumer {
            return Ok(());
        }
        if !wants_acks {
            if dseq > state.delivered.consumer {
                state.delivered.consumer = dseq;
                state.ack_floor.consumer = dseq;
            }
            if sseq > state.delivered.stream {
                state.delivered.stream = sseq;
                state.ack_floor.stream = sseq;
            }
            return Ok(());
        }
        if sseq > state.delivered.stream {
            let pending = Pending {
                sequence: dseq,
                timestamp: ts,
            };
            state.pending.insert(sseq, pending);
        } else if let Some(pending) = state.pending.get_mut(&sseq) {
            // The sequence stays that of the first delivery.
            pending.timestamp = ts;
        }
        state.delivered.consumer = state.delivered.consumer.max(dseq);
        state.delivered.stream = state.delivered.stream.max(sseq);
        if dc > 1 {
            let max = u64::try_from(config.max_deliver).unwrap_or(u64::MAX);
            if max > 0 && dc > max {
                state.pending.remove(&sseq);
            }
            let count = state.redelivered.entry(sseq).or_insert(0);
            *count = (*count).max(dc - 1);
        }
        Ok(())
    }

    /// Notes an acknowledgement.
    pub(super) fn acknowledge(&mut self, dseq: u64, sseq: u64) -> Result<(), StoreError> {
        let Self { config, state } = self;
        if config.ack_policy == AckPolicy::None {
            return Err(StoreError::NoAckPolicy);
        }
        // A new leader may see old acknowledgements again in its log.
        if dseq <= state.ack_floor.consumer {
            return Ok(());
        }
        let Some(pending) = state.pending.get(&sseq).copied() else {
            state.redelivered.remove(&sseq);
            return Err(StoreError::MsgNotFound);
        };
        if config.ack_policy == AckPolicy::All {
            let floor = state.ack_floor.stream;
            state.ack_floor = SequencePair {
                consumer: dseq,
                stream: sseq,
            };
            // What is below the old floor was acknowledged one by one.
            state.pending.retain(|seq, _| *seq > sseq);
            state
                .redelivered
                .retain(|seq, _| *seq > sseq || *seq <= floor);
            return Ok(());
        }
        state.pending.remove(&sseq);
        let dseq = match pending.sequence {
            0 => dseq,
            original => dseq.min(original),
        };
        if state.pending.is_empty() {
            state.ack_floor = state.delivered;
        } else if dseq == state.ack_floor.consumer + 1 {
            state.ack_floor = SequencePair {
                consumer: dseq,
                stream: sseq,
            };
            if state.delivered.consumer > dseq
                && let Some((seq, next)) = state.pending.range(sseq + 1..).next()
                && *seq <= state.delivered.stream
                && next.sequence > 0
            {
                state.ack_floor = SequencePair {
                    consumer: next.sequence - 1,
                    stream: seq - 1,
                };
            }
        }
        state.redelivered.remove(&sseq);
        Ok(())
    }
}
