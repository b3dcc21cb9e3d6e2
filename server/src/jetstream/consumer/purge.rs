//! What a purge of the stream means for a consumer.

use super::inner::Inner;
use super::lifecycle::Consumer;
use crate::jetstream::model::StreamState;
use crate::jetstream::store::{StoreError, StoredMsg};
use crate::jetstream::stream::PurgeRequest;
use crate::subject::{is_subset_match, subjects_collide};

impl Consumer {
    pub(super) fn on_purge(
        &self,
        inner: &mut Inner,
        request: &PurgeRequest,
        state: &StreamState,
        subject_first: u64,
    ) {
        let subject = &request.subject;
        let all_of_ours = subject.is_empty()
            || !inner.filters.is_empty()
                && inner
                    .filters
                    .iter()
                    .all(|filter| is_subset_match(filter, subject));
        let some_of_ours = inner.filters.is_empty()
            || inner
                .filters
                .iter()
                .any(|filter| subjects_collide(filter, subject));
        if !all_of_ours && !some_of_ours {
            return;
        }
        let wider = !all_of_ours;
        let mut start = if wider {
            state.first_seq
        } else {
            subject_first
        };
        if start == 0 && !wider {
            start = state.last_seq + 1;
        }
        inner.stream_seq = inner.stream_seq.max(start);
        if inner.floor.1 < start {
            inner.floor.1 = start.saturating_sub(1);
            inner.forget_purged(wider);
        }
        if inner.pending.is_empty() {
            inner.redelivered.clear();
            inner.floor = (inner.delivery_seq - 1, inner.stream_seq - 1);
        }
        let Inner {
            redeliver, pending, ..
        } = inner;
        redeliver.retain(|seq| pending.contains_key(&seq));
        if let Err(error) = inner.recount() {
            self.log_error("counting messages of", &error);
        }
        if let Err(error) = inner.write_state() {
            self.log_error("writing the state of", &error);
        }
    }
}

impl Inner {
    /// Nobody waits any more for what is gone.
    fn forget_purged(&mut self, wider: bool) {
        let mut msg = StoredMsg::new();
        let floor = self.floor.1;
        let gone: Vec<u64> = self
            .pending
            .keys()
            .copied()
            .filter(|seq| {
                *seq <= floor
                    || wider
                        && matches!(
                            self.messages.load_msg(*seq, &mut msg),
                            Err(StoreError::MsgNotFound | StoreError::Eof)
                        )
            })
            .collect();
        for seq in gone {
            if let Some(pending) = self.pending.remove(&seq) {
                self.floor.0 = self.floor.0.max(pending.sequence);
                self.delivery_seq = self.delivery_seq.max(self.floor.0);
            }
            self.redelivered.remove(&seq);
        }
    }
}
