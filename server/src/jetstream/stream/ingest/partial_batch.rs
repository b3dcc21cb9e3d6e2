//! An atomic batch of which a part was stored when the server stopped.

use super::message::Ingest;
use super::output::Output;
use crate::jetstream::model::{StreamConfig, StreamState};
use crate::jetstream::store::{BatchMsg, StoreError, StoredMsg, StreamStore};
use crate::jetstream::stream::headers::{BATCH_COMMIT, BATCH_ID, BATCH_SEQ, number, value};
use crate::jetstream::stream::lifecycle::Stream;

/// What is to be done about the last messages of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::jetstream::stream) enum Unfinished {
    /// Nothing.
    Nothing,
    /// They were part of a batch whose rest is lost, and are gone; so many.
    Undone(u64),
    /// They are part of a batch; this is the rest.
    Rest(Vec<BatchMsg>),
}

/// Looks whether the last messages are part of a batch. Only what was stored last can
/// be: a batch whose end was deleted is whole. Where the rest is not known the part
/// is removed, for its publisher was never told that it is there.
pub(in crate::jetstream::stream) fn look_for_partial_batch(
    store: &dyn StreamStore,
    config: &StreamConfig,
) -> Result<Unfinished, StoreError> {
    let kept = store.kept_batch()?;
    let found = match last_of_partial_batch(store, config) {
        None => Unfinished::Nothing,
        Some(last) => {
            let rest = rest_of(&last, &kept);
            if rest.is_empty() {
                Unfinished::Undone(undo(store, last)?)
            } else {
                return Ok(Unfinished::Rest(rest));
            }
        }
    };
    // Also what is of no use, which nobody is told of twice.
    store.forget_batch()?;
    Ok(found)
}

/// The last message of the stream, if it is part of a batch and not its end.
fn last_of_partial_batch(store: &dyn StreamStore, config: &StreamConfig) -> Option<StoredMsg> {
    if !config.allow_atomic || config.mirror.is_some() || !config.sources.is_empty() {
        return None;
    }
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    let mut msg = StoredMsg::default();
    if state.msgs == 0 || store.load_msg(state.last_seq, &mut msg).is_err() {
        return None;
    }
    let is_part =
        value(BATCH_ID, msg.header()).is_some() && value(BATCH_COMMIT, msg.header()).is_none();
    is_part.then_some(msg)
}

/// What of the messages that were kept comes after `last`.
fn rest_of(last: &StoredMsg, kept: &[BatchMsg]) -> Vec<BatchMsg> {
    let is_same = kept
        .first()
        .is_some_and(|first| value(BATCH_ID, &first.header) == value(BATCH_ID, last.header()));
    let stored = number(BATCH_SEQ, last.header())
        .and_then(|seq| usize::try_from(seq).ok())
        .filter(|_| is_same);
    stored
        .and_then(|stored| kept.get(stored..))
        .unwrap_or_default()
        .to_vec()
}

/// Removes a part of a batch and returns how many messages it had.
fn undo(store: &dyn StreamStore, last: StoredMsg) -> Result<u64, StoreError> {
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    let id = value(BATCH_ID, last.header()).map(<[u8]>::to_vec);
    let mut msg = last;
    let mut keep = state.last_seq;
    loop {
        let first = value(BATCH_SEQ, msg.header()) == Some(b"1");
        keep -= 1;
        if first || keep < state.first_seq || store.load_msg(keep, &mut msg).is_err() {
            break;
        }
        if value(BATCH_ID, msg.header()) != id.as_deref() {
            break;
        }
    }
    store.truncate(keep)?;
    Ok(state.last_seq - keep)
}

impl Stream {
    /// Stores the rest of a batch, whose publisher may ask for it again and be told
    /// that it is there.
    pub(in crate::jetstream::stream) fn store_rest(&self, rest: &[BatchMsg]) {
        let config = self.config();
        let mut state = self.lock();
        let mut out = Output::default();
        for msg in rest {
            let mut ingest = Ingest::new(&msg.subject, &msg.header, &msg.payload, None);
            let seq = number(BATCH_SEQ, &msg.header).unwrap_or(0);
            let id = value(BATCH_ID, &msg.header).unwrap_or_default();
            ingest.batch = Some((id.to_vec(), seq));
            self.take(&mut ingest, &config, &mut state, &mut out);
        }
        drop(state);
        let settled = self
            .store
            .sync_run()
            .and_then(|()| self.store.forget_batch());
        if let Err(error) = settled {
            self.log_store_error("finish a batch of", &error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::jetstream::store::{MemoryStore, SystemClock};

    fn header(id: &str, seq: u32, more: &str) -> Vec<u8> {
        format!("NATS/1.0\r\nNats-Batch-Id: {id}\r\nNats-Batch-Sequence: {seq}\r\n{more}\r\n")
            .into_bytes()
    }

    #[test]
    fn only_what_was_not_finished_goes() {
        let config = StreamConfig {
            name: "S".to_owned(),
            subjects: vec!["s".to_owned()],
            storage: crate::jetstream::model::StorageType::Memory,
            allow_atomic: true,
            ..StreamConfig::default()
        };
        let store = MemoryStore::new(&config, Arc::new(SystemClock)).unwrap();
        let add = |header: &[u8]| store.store_msg(b"s", header, b"", 0).unwrap();
        add(b"");
        add(&header("a", 1, ""));
        add(&header("a", 2, "Nats-Batch-Commit: 1\r\n"));
        let look = || look_for_partial_batch(&*store, &config).unwrap();
        assert_eq!(look(), Unfinished::Nothing);
        add(&header("b", 1, ""));
        add(&header("b", 2, ""));
        assert_eq!(look(), Unfinished::Undone(2));
        let mut state = StreamState::default();
        store.fast_state(&mut state);
        assert_eq!((state.msgs, state.last_seq), (3, 3));
        // The end was stored and is gone since.
        store.remove_msg(3).unwrap();
        assert_eq!(look(), Unfinished::Nothing);
    }
}
