//! An atomic batch of which a part was stored when the server stopped.

use crate::jetstream::model::{StreamConfig, StreamState};
use crate::jetstream::store::{StoreError, StoredMsg, StreamStore};
use crate::jetstream::stream::headers::{BATCH_COMMIT, BATCH_ID, BATCH_SEQ, value};

/// Removes the part, whose publisher was never told that it is there, and returns
/// how many messages it had. Only what was stored last can be a part: a batch whose
/// end was deleted is whole.
pub(in crate::jetstream::stream) fn undo_partial_batch(
    store: &dyn StreamStore,
    config: &StreamConfig,
) -> Result<u64, StoreError> {
    if !config.allow_atomic || config.mirror.is_some() || !config.sources.is_empty() {
        return Ok(0);
    }
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    let mut msg = StoredMsg::default();
    if state.msgs == 0 || store.load_msg(state.last_seq, &mut msg).is_err() {
        return Ok(0);
    }
    let Some(id) = value(BATCH_ID, msg.header()).map(<[u8]>::to_vec) else {
        return Ok(0);
    };
    if value(BATCH_COMMIT, msg.header()).is_some() {
        return Ok(0);
    }
    let mut keep = state.last_seq;
    loop {
        let first = value(BATCH_SEQ, msg.header()) == Some(b"1");
        keep -= 1;
        if first || keep < state.first_seq || store.load_msg(keep, &mut msg).is_err() {
            break;
        }
        if value(BATCH_ID, msg.header()) != Some(&id) {
            break;
        }
    }
    store.truncate(keep)?;
    Ok(state.last_seq - keep)
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
        assert_eq!(undo_partial_batch(&*store, &config).unwrap(), 0);
        add(&header("b", 1, ""));
        add(&header("b", 2, ""));
        assert_eq!(undo_partial_batch(&*store, &config).unwrap(), 2);
        let mut state = StreamState::default();
        store.fast_state(&mut state);
        assert_eq!((state.msgs, state.last_seq), (3, 3));
        // The end was stored and is gone since.
        store.remove_msg(3).unwrap();
        assert_eq!(undo_partial_batch(&*store, &config).unwrap(), 0);
    }
}
