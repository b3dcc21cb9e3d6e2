//! Beginning anew, by request.

use super::lifecycle::Consumer;
use crate::jetstream::host::nanos;
use crate::jetstream::model::{ApiError, DeliverPolicy, RetentionPolicy};

impl Consumer {
    /// Goes back, or on, to a sequence; with 0 to the first that is not
    /// acknowledged (`resetStartingSeq`). Returns the sequence.
    ///
    /// # Errors
    /// [`ApiError::consumer_invalid_reset`] where the consumer may not begin.
    pub fn reset(&self, seq: u64) -> Result<u64, ApiError> {
        let mut inner = self.lock();
        let refuse = |reason: &str| Err(ApiError::consumer_invalid_reset(reason));
        let seq = if seq == 0 {
            inner.floor.1 + 1
        } else {
            match inner.config.deliver_policy {
                DeliverPolicy::All => {}
                DeliverPolicy::ByStartSequence if seq >= inner.config.opt_start_seq => {}
                DeliverPolicy::ByStartSequence => return refuse("below start seq"),
                DeliverPolicy::ByStartTime => {
                    let start = inner.config.opt_start_time.map_or(0, nanos);
                    if seq < inner.messages.seq_from_time(start) {
                        return refuse("below start time");
                    }
                }
                _ => return refuse("not allowed"),
            }
            seq
        };
        inner.stream_seq = seq;
        inner.delivery_seq = 1;
        inner.floor = (0, seq - 1);
        inner.pending.clear();
        inner.pending_at = None;
        inner.redelivered.clear();
        inner.redeliver.clear();
        inner.skip_list = None;
        inner.last_delivered = None;
        inner.last_acked = None;
        if let Some(store) = &inner.store {
            store
                .reset(seq - 1)
                .map_err(ApiError::consumer_invalid_reset)?;
        }
        inner.recount().map_err(ApiError::consumer_invalid_reset)?;
        let retention = inner.retention;
        drop(inner);
        self.signal().wake();
        if retention == RetentionPolicy::Interest {
            self.stream().release_unwanted();
        }
        Ok(seq)
    }
}
