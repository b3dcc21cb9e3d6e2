//! The state of a consumer in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::jetstream::model::{ConsumerConfig, ConsumerState, StorageType};
use crate::jetstream::store::clock::Clock;
use crate::jetstream::store::consumer_progress::ConsumerProgress;
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
    progress: ConsumerProgress,
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
                progress: ConsumerProgress::new(config),
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
        self.lock().progress.set_starting(sseq);
        Ok(())
    }

    fn update_starting(&self, sseq: u64) {
        self.lock().progress.update_starting(sseq);
    }

    fn reset(&self, sseq: u64) -> Result<(), StoreError> {
        self.lock().progress.reset(sseq);
        Ok(())
    }

    fn has_state(&self) -> bool {
        self.lock().progress.has_state()
    }

    fn update_delivered(&self, dseq: u64, sseq: u64, dc: u64, ts: i64) -> Result<(), StoreError> {
        self.lock().progress.deliver(dseq, sseq, dc, ts)
    }

    fn update_acks(&self, dseq: u64, sseq: u64) -> Result<(), StoreError> {
        self.lock().progress.acknowledge(dseq, sseq)
    }

    fn sync_run(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn update_config(&self, config: &ConsumerConfig) -> Result<(), StoreError> {
        self.lock().progress.config = config.clone();
        Ok(())
    }

    fn update(&self, state: &ConsumerState) -> Result<(), StoreError> {
        self.lock().progress.update(state)
    }

    fn state(&self) -> Result<ConsumerState, StoreError> {
        Ok(self.open()?.progress.state.clone())
    }

    fn borrow_state(&self, read: &mut dyn FnMut(&ConsumerState)) -> Result<(), StoreError> {
        read(&self.open()?.progress.state);
        Ok(())
    }

    fn encoded_state(&self) -> Result<Vec<u8>, StoreError> {
        let now = self.clock.now();
        Ok(encode_consumer_state(&self.open()?.progress.state, now))
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

/// One consumer fewer, if there is one.
pub(super) fn count_out(consumers: &AtomicUsize) {
    // It fails only at zero, where there is nothing to count out.
    consumers
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
            count.checked_sub(1)
        })
        .ok();
}
