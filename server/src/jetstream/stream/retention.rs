//! Messages that go when nobody needs them any more.
//!
//! The retention lock is held while the consumers are asked, so that the last of
//! several acknowledgements that come at once removes the message.

use std::sync::PoisonError;

use super::lifecycle::Stream;
use crate::jetstream::model::{RetentionPolicy, StreamState};
use crate::jetstream::store::{Lookup, StoreError, StoredMsg};

impl Stream {
    /// Removes those of `seqs` that no consumer needs, as safely as the store is
    /// configured. Called by consumers with none of their locks held.
    ///
    /// # Errors
    /// Those of the disk: a message may still be there, or come back.
    pub fn release(&self, seqs: &[u64]) -> Result<(), StoreError> {
        if seqs.is_empty() || self.is_closed() || self.config().retention == RetentionPolicy::Limits
        {
            return Ok(());
        }
        let _deciding = self
            .retention
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut state = StreamState::default();
        self.store.fast_state(&mut state);
        let consumers = self.consumers().all();
        let (mut has_removed, mut result) = (false, Ok(()));
        for seq in seqs {
            if *seq < state.first_seq || *seq > state.last_seq {
                continue;
            }
            let mut subject: Option<Option<Vec<u8>>> = None;
            let needed = consumers.iter().any(|consumer| {
                let mut load = || {
                    subject
                        .get_or_insert_with(|| self.store.subject_for_seq(*seq).ok())
                        .clone()
                };
                consumer.needs_ack(*seq, &mut load)
            });
            if needed {
                continue;
            }
            match self.store.remove_msg_in_run(*seq) {
                Ok(removed) => has_removed |= removed,
                Err(StoreError::MsgNotFound | StoreError::Eof | StoreError::Closed) => {}
                Err(error) => {
                    self.log_store_error("remove a msg from", &error);
                    result = result.and(Err(error));
                }
            }
        }
        if has_removed {
            match self.store.sync_run() {
                Ok(()) | Err(StoreError::Closed) => {}
                Err(error) => {
                    self.log_store_error("sync", &error);
                    result = result.and(Err(error));
                }
            }
        }
        result
    }

    /// What only a consumer kept that is gone now goes too. A stream that hands each
    /// message out once keeps it for the next consumer.
    pub fn consumer_is_gone(&self) {
        if self.is_closed() || self.config().retention != RetentionPolicy::Interest {
            return;
        }
        if self.consumers().is_empty() {
            match self.purge(&super::PurgeRequest::default()) {
                Ok(_) | Err(StoreError::Closed) => {}
                Err(error) => self.log_store_error("purge", &error),
            }
        } else {
            self.release_unwanted();
        }
    }

    /// Removes what the consumers have acknowledged and is there all the same, as
    /// when the server stopped between the two (`checkForOrphanMsgs`).
    pub fn release_dangling(&self) {
        let floors = self.all_consumers().into_iter();
        let floor = floors.map(|consumer| consumer.ack_floor()).max();
        self.release_up_to(floor.unwrap_or(0));
    }

    /// Looks at all messages for those that no consumer needs, as after a consumer
    /// has gone or changed its filters.
    pub fn release_unwanted(&self) {
        self.release_up_to(u64::MAX);
    }

    fn release_up_to(&self, last: u64) {
        if self.config().retention == RetentionPolicy::Limits {
            return;
        }
        let mut state = StreamState::default();
        self.store.fast_state(&mut state);
        let last = last.min(state.last_seq);
        let mut first = state.first_seq;
        let mut msg = StoredMsg::new();
        while first <= last {
            // There may be next to nothing in a long stretch of sequences.
            match self.store.load_next_msg(b"", first, &mut msg) {
                Ok(Lookup::Found(seq)) if seq <= last => first = seq,
                Ok(_) | Err(StoreError::Closed) => return,
                Err(error) => return self.log_store_error("look through", &error),
            }
            let run: Vec<u64> = (first..=last).take(RUN).collect();
            if self.release(&run).is_err() {
                // It has been told; with the next run it would be no better.
                return;
            }
            first += RUN as u64;
        }
    }
}

/// Sequences looked at under one lock.
const RUN: usize = 1024;
