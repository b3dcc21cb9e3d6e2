//! Removing many messages at once.

use super::ingest::IngestState;
use super::lifecycle::Stream;
use crate::jetstream::model::StreamState;
use crate::jetstream::store::StoreError;

/// Which messages go (`JSApiStreamPurgeRequest`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PurgeRequest {
    /// Those with subjects that this matches; all if empty.
    pub subject: Vec<u8>,
    /// Those before this sequence; all if 0.
    pub seq: u64,
    /// All but the last so many.
    pub keep: u64,
}

impl Stream {
    /// Removes messages and returns how many there were.
    ///
    /// # Errors
    /// Those of the store.
    pub fn purge(&self, request: &PurgeRequest) -> Result<u64, StoreError> {
        if self.is_closed() {
            return Err(StoreError::Closed);
        }
        let mut state = self.lock();
        self.purge_locked(request, &mut state)
    }

    pub(super) fn purge_locked(
        &self,
        request: &PurgeRequest,
        state: &mut IngestState,
    ) -> Result<u64, StoreError> {
        let purged = self
            .store
            .purge_ex(&request.subject, request.seq, request.keep)?;
        let mut held = StreamState::default();
        self.store.fast_state(&mut held);
        state.last_seq = state.last_seq.max(held.last_seq);
        let consumers = self.consumers();
        if consumers.is_empty() {
            return Ok(purged);
        }
        let subject_first = if request.subject.is_empty() {
            held.first_seq
        } else {
            self.store
                .filtered_state(held.first_seq, &request.subject)
                .first
        };
        for consumer in consumers.all() {
            consumer.purged(request, &held, subject_first);
        }
        Ok(purged)
    }

    /// Removes one message, with `erase` also its traces; false if it is not there.
    ///
    /// # Errors
    /// Those of the store.
    pub fn remove(&self, seq: u64, erase: bool) -> Result<bool, StoreError> {
        if self.is_closed() {
            return Err(StoreError::Closed);
        }
        if erase {
            self.store.erase_msg(seq)
        } else {
            self.store.remove_msg(seq)
        }
    }
}
