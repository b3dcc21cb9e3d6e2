//! What a stream remembers between messages.

use thiserror::Error;

use super::batch::Batches;
use super::dedupe::Dedupe;
use crate::jetstream::model::{StreamConfig, StreamState};
use crate::jetstream::store::headers::MESSAGE_ID;
use crate::jetstream::store::{StoredMsg, StreamStore};
use crate::jetstream::stream::headers;
use crate::subject::transform::{SubjectTransform, TransformError};

/// The part of a stream that its lock protects.
#[derive(Default)]
pub(in crate::jetstream::stream) struct IngestState {
    pub(in crate::jetstream::stream) last_seq: u64,
    pub(super) last_msg_id: Vec<u8>,
    pub(in crate::jetstream::stream) dedupe: Dedupe,
    pub(in crate::jetstream::stream) batches: Batches,
    pub(super) transform: Option<SubjectTransform>,
    pub(super) republish: Option<SubjectTransform>,
}

/// A transform of the configuration that makes no sense.
#[derive(Debug, Error)]
#[error("stream {what} transform from '{from}' to '{to}': {source}")]
pub struct BadTransform {
    what: &'static str,
    from: String,
    to: String,
    source: TransformError,
}

impl IngestState {
    pub(in crate::jetstream::stream) fn new(config: &StreamConfig) -> Result<Self, BadTransform> {
        let mut state = Self::default();
        state.configure(config)?;
        Ok(state)
    }

    /// Takes another configuration.
    pub(in crate::jetstream::stream) fn configure(
        &mut self,
        config: &StreamConfig,
    ) -> Result<(), BadTransform> {
        let transform = match &config.subject_transform {
            Some(transform) => make("subject", &transform.source, &transform.destination)?,
            None => None,
        };
        let republish = match &config.republish {
            Some(republish) => make("republish", &republish.source, &republish.destination)?,
            None => None,
        };
        self.transform = transform;
        self.republish = republish;
        self.dedupe.set_window(config.duplicate_window);
        Ok(())
    }

    /// Looks up what the store holds.
    pub(in crate::jetstream::stream) fn recover(
        &mut self,
        store: &dyn StreamStore,
        config: &StreamConfig,
        now: i64,
    ) {
        let mut state = StreamState::default();
        store.fast_state(&mut state);
        self.last_seq = state.last_seq;
        let window = config.duplicate_window.0;
        if window <= 0 || state.msgs == 0 {
            return;
        }
        let start = store.seq_from_time(now.saturating_sub(window));
        let mut msg = StoredMsg::new();
        for seq in start.max(state.first_seq)..=state.last_seq {
            if store.load_msg(seq, &mut msg).is_err() {
                continue;
            }
            let id = headers::value(MESSAGE_ID, msg.header());
            if let Some(id) = id {
                self.dedupe.insert(id, seq, msg.ts);
            }
            if seq == state.last_seq {
                self.last_msg_id = id.unwrap_or_default().to_vec();
            }
        }
    }
}

fn make(
    what: &'static str,
    from: &str,
    to: &str,
) -> Result<Option<SubjectTransform>, BadTransform> {
    SubjectTransform::new(from, to).map_err(|source| BadTransform {
        what,
        from: from.to_owned(),
        to: to.to_owned(),
        source,
    })
}
