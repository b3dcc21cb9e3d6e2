//! What every store of a consumer's state does.

use super::error::StoreError;
use crate::jetstream::model::{ConsumerConfig, ConsumerState, StorageType};

/// Keeps the state of one consumer (`ConsumerStore` in `store.go`). Sequences are
/// those of the consumer (`dseq`) and of the stream (`sseq`); times are
/// nanoseconds since 1970.
pub trait ConsumerStore: Send + Sync {
    /// Sets where the consumer starts: everything up to `sseq` counts as delivered
    /// and acknowledged.
    ///
    /// # Errors
    /// Those of the disk.
    fn set_starting(&self, sseq: u64) -> Result<(), StoreError>;

    /// Moves the start forward, never back.
    fn update_starting(&self, sseq: u64);

    /// Forgets everything and starts at `sseq`.
    ///
    /// # Errors
    /// As [`set_starting`](Self::set_starting).
    fn reset(&self, sseq: u64) -> Result<(), StoreError>;

    /// Whether there is anything to remember yet.
    fn has_state(&self) -> bool;

    /// Notes the delivery number `dc` of a message at the time `ts`.
    ///
    /// # Errors
    /// [`StoreError::NoAckPolicy`] for a second delivery without acknowledgements.
    fn update_delivered(&self, dseq: u64, sseq: u64, dc: u64, ts: i64) -> Result<(), StoreError>;

    /// Notes an acknowledgement.
    ///
    /// # Errors
    /// [`StoreError::NoAckPolicy`], or [`StoreError::MsgNotFound`] when none is
    /// expected for the message.
    fn update_acks(&self, dseq: u64, sseq: u64) -> Result<(), StoreError>;

    /// Ends a run of notes: deliveries and acknowledgements so far are now as safe as
    /// the configuration wants them. Until then they may wait in memory.
    ///
    /// # Errors
    /// Those of the disk.
    fn sync_run(&self) -> Result<(), StoreError>;

    /// Takes another configuration, which is not checked.
    ///
    /// # Errors
    /// Those of the disk.
    fn update_config(&self, config: &ConsumerConfig) -> Result<(), StoreError>;

    /// Takes another state.
    ///
    /// # Errors
    /// When it contradicts itself or is older than the one at hand.
    fn update(&self, state: &ConsumerState) -> Result<(), StoreError>;

    /// A copy of the state.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    fn state(&self) -> Result<ConsumerState, StoreError>;

    /// Lets `read` see the state, which is not copied but locked meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    fn borrow_state(&self, read: &mut dyn FnMut(&ConsumerState)) -> Result<(), StoreError>;

    /// The state as [`encode_consumer_state`](super::encode_consumer_state) has it.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    fn encoded_state(&self) -> Result<Vec<u8>, StoreError>;

    /// Where the state is kept.
    fn storage_type(&self) -> StorageType;

    /// Stops using it.
    ///
    /// # Errors
    /// Those of the disk.
    fn stop(&self) -> Result<(), StoreError>;

    /// Stops using it and removes what it left.
    ///
    /// # Errors
    /// Those of the disk.
    fn delete(&self) -> Result<(), StoreError>;

    /// As [`delete`](Self::delete), when the whole stream is being deleted.
    ///
    /// # Errors
    /// Those of the disk.
    fn stream_delete(&self) -> Result<(), StoreError>;
}
