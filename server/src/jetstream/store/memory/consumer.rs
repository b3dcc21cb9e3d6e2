//! The state of a consumer in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::jetstream::model::{
    AckPolicy, ConsumerConfig, ConsumerState, Pending, SequencePair, StorageType,
};
use crate::jetstream::store::clock::Clock;
use crate::jetstream::store::consumer_state_codec::encode_consumer_state;
use crate::jetstream::store::consumer_store::ConsumerStore;
use crate::jetstream::store::error::StoreError;

/// Keeps the state of a consumer in memory (`consumerMemStore`).
#[derive(Debug)]
pub struct MemoryConsumerStore {
    inner: Mutex<Inner>,
    clock: Arc<dyn Clock>,
    /// How many consumers the stream has.
    consumers: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Inner {
    config: ConsumerConfig,
    state: ConsumerState,
    closed: bool,
}

impl MemoryConsumerStore {
    pub(super) fn new(
        config: ConsumerConfig,
        clock: Arc<dyn Clock>,
        consumers: Arc<AtomicUsize>,
    ) -> Self {
        consumers.fetch_add(1, Ordering::Relaxed);
        Self {
            inner: Mutex::new(Inner {
                config,
                state: ConsumerState::default(),
                closed: false,
            }),
            clock,
            consumers,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let inner = self.lock();
        if inner.closed {
            return Err(StoreError::Closed);
        }
        Ok(inner)
    }
}

impl ConsumerStore for MemoryConsumerStore {
    fn set_starting(&self, sseq: u64) -> Result<(), StoreError> {
        let state = &mut self.lock().state;
        state.delivered.stream = sseq;
        state.ack_floor.stream = sseq;
        Ok(())
    }

    fn update_starting(&self, sseq: u64) {
        let mut inner = self.lock();
        if sseq > inner.state.delivered.stream {
            inner.state.delivered.stream = sseq;
            if inner.config.ack_policy == AckPolicy::None {
                inner.state.ack_floor.stream = sseq;
            }
        }
    }

    fn reset(&self, sseq: u64) -> Result<(), StoreError> {
        let start = SequencePair {
            consumer: 0,
            stream: sseq,
        };
        self.lock().state = ConsumerState {
            delivered: start,
            ack_floor: start,
            ..ConsumerState::default()
        };
        Ok(())
    }

    fn has_state(&self) -> bool {
        self.lock().state.delivered != SequencePair::default()
    }

    fn update_delivered(&self, dseq: u64, sseq: u64, dc: u64, ts: i64) -> Result<(), StoreError> {
        self.lock().deliver(dseq, sseq, dc, ts)
    }

    fn update_acks(&self, dseq: u64, sseq: u64) -> Result<(), StoreError> {
        self.lock().acknowledge(dseq, sseq)
    }

    fn update_config(&self, config: &ConsumerConfig) -> Result<(), StoreError> {
        self.lock().config = config.clone();
        Ok(())
    }

    fn update(&self, state: &ConsumerState) -> Result<(), StoreError> {
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
        let mut inner = self.lock();
        let own = &mut inner.state;
        if delivered.consumer < own.delivered.consumer || floor.stream < own.ack_floor.stream {
            return Err(StoreError::OldUpdate);
        }
        *own = state.clone();
        Ok(())
    }

    fn state(&self) -> Result<ConsumerState, StoreError> {
        Ok(self.open()?.state.clone())
    }

    fn borrow_state(&self, read: &mut dyn FnMut(&ConsumerState)) -> Result<(), StoreError> {
        read(&self.open()?.state);
        Ok(())
    }

    fn encoded_state(&self) -> Result<Vec<u8>, StoreError> {
        let now = self.clock.now();
        Ok(encode_consumer_state(&self.open()?.state, now))
    }

    fn storage_type(&self) -> StorageType {
        StorageType::Memory
    }

    fn stop(&self) -> Result<(), StoreError> {
        let mut inner = self.lock();
        if !inner.closed {
            inner.closed = true;
            count_out(&self.consumers);
        }
        Ok(())
    }

    fn delete(&self) -> Result<(), StoreError> {
        self.stop()
    }

    fn stream_delete(&self) -> Result<(), StoreError> {
        self.stop()
    }
}

impl Inner {
    fn deliver(&mut self, dseq: u64, sseq: u64, dc: u64, ts: i64) -> Result<(), StoreError> {
        let Self { config, state, .. } = self;
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

    fn acknowledge(&mut self, dseq: u64, sseq: u64) -> Result<(), StoreError> {
        let Self { config, state, .. } = self;
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

/// One consumer fewer, if there is one.
pub(super) fn count_out(consumers: &AtomicUsize) {
    // It fails only at zero, where there is nothing to count out.
    consumers
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
            count.checked_sub(1)
        })
        .ok();
}
