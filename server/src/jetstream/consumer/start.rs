//! Where a new consumer begins (`selectStartingSeqNo`).

use super::inner::{Inner, SkipList};
use crate::jetstream::host::nanos;
use crate::jetstream::model::{DeliverPolicy, StreamConfig, StreamState};
use crate::jetstream::store::StoreError;

impl Inner {
    pub(super) fn select_start(&mut self, stream: &StreamConfig) -> Result<(), StoreError> {
        let mut state = StreamState::default();
        self.messages.fast_state(&mut state);
        let chosen = self.config.opt_start_seq;
        self.stream_seq = match self.config.deliver_policy {
            _ if chosen > 0 => chosen,
            DeliverPolicy::All => state.first_seq,
            DeliverPolicy::Last => self.last_of_filters(&state),
            DeliverPolicy::LastPerSubject => self.start_of_skip_list(stream, &state)?,
            DeliverPolicy::ByStartTime => self.start_of_time(&state),
            DeliverPolicy::New | DeliverPolicy::ByStartSequence => state.last_seq + 1,
        };
        // A sequence that the user chose may lie in the future.
        let clamp = self.config.direct || chosen == 0;
        if state.first_seq == 0 && clamp {
            self.stream_seq = 1;
        } else if self.stream_seq > state.last_seq && clamp {
            self.stream_seq = state.last_seq + 1;
        } else if self.stream_seq < state.first_seq {
            self.stream_seq = state.first_seq;
        }
        self.stream_seq = self.stream_seq.max(1);
        self.delivery_seq = 1;
        self.floor = (0, self.stream_seq - 1);
        if let Some(store) = &self.store {
            store.set_starting(self.stream_seq - 1)?;
        }
        Ok(())
    }

    fn last_of_filters(&self, state: &StreamState) -> u64 {
        if self.filters.is_empty() {
            return state.last_seq;
        }
        self.filters
            .iter()
            .map(|filter| self.messages.filtered_state(1, filter.as_bytes()).last)
            .max()
            .unwrap_or(0)
    }

    fn start_of_skip_list(
        &mut self,
        stream: &StreamConfig,
        state: &StreamState,
    ) -> Result<u64, StoreError> {
        // With one message for each subject all are last ones.
        if stream.max_msgs_per_subject == 1 {
            return Ok(state.first_seq);
        }
        let filters: Vec<&[u8]> = self.filters.iter().map(String::as_bytes).collect();
        let seqs = self.messages.multi_last_seqs(&filters, 0, None)?;
        let first = seqs.first().copied();
        self.skip_list = Some(SkipList {
            resume: state.last_seq,
            seqs: seqs.into(),
        });
        Ok(first.unwrap_or(state.last_seq))
    }

    fn start_of_time(&self, state: &StreamState) -> u64 {
        let Some(time) = self.config.opt_start_time else {
            return state.last_seq + 1;
        };
        let start = self.messages.seq_from_time(nanos(time));
        // What the filters do not match need not be walked through.
        let nearest = self
            .filters
            .iter()
            .map(|filter| {
                self.messages
                    .filtered_state(state.first_seq, filter.as_bytes())
                    .first
            })
            .filter(|first| *first >= start)
            .min();
        match nearest {
            Some(nearest) if nearest < state.last_seq => nearest,
            _ => start,
        }
    }
}
