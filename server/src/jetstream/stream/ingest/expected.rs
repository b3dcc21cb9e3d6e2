//! What a publisher expects the stream to be like.

use super::message::{Ingest, Refusal};
use super::state::IngestState;
use crate::jetstream::model::{ApiError, StreamConfig};
use crate::jetstream::store::headers::message_ttl;
use crate::jetstream::store::{StoreError, StoredMsg, StreamStore};
use crate::jetstream::stream::headers::{self, number};

/// It is this stream.
pub(super) fn check_stream(ingest: &Ingest<'_>, config: &StreamConfig) -> Result<(), ApiError> {
    match ingest.value(headers::EXPECTED_STREAM) {
        Some(name) if name != config.name.as_bytes() => Err(ApiError::stream_not_match()),
        _ => Ok(()),
    }
}

/// Messages may have a limit of their own.
pub(super) fn check_ttl(ingest: &Ingest<'_>, config: &StreamConfig) -> Result<(), ApiError> {
    let limited = message_ttl(&ingest.header).is_ok_and(|ttl| ttl != 0);
    if limited && !ingest.sourced && !config.allow_msg_ttl {
        return Err(ApiError::message_ttl_disabled());
    }
    Ok(())
}

/// The last message of a subject is the one expected; of another subject than the
/// message's own if a header names it.
pub(super) fn check_last_of_subject(
    ingest: &Ingest<'_>,
    store: &dyn StreamStore,
) -> Result<(), ApiError> {
    let other = ingest.value(headers::EXPECTED_LAST_SUBJECT_SEQ_SUBJECT);
    let Some(expected) = number(headers::EXPECTED_LAST_SUBJECT_SEQ, &ingest.header) else {
        return match other {
            Some(_) => Err(ApiError::stream_expected_last_seq_per_subject_invalid()),
            None => Ok(()),
        };
    };
    let last = last_of_subject(other.unwrap_or(&ingest.subject), store);
    match last {
        Ok(last) if last == expected => Ok(()),
        Ok(last) => Err(ApiError::stream_wrong_last_sequence(last)),
        Err(_) => Err(ApiError::stream_wrong_last_sequence(0)),
    }
}

/// The last sequence of a subject, which may have wildcards; 0 if there is none.
pub(super) fn last_of_subject(subject: &[u8], store: &dyn StreamStore) -> Result<u64, StoreError> {
    let mut msg = StoredMsg::new();
    match store.load_last_msg(subject, &mut msg) {
        Ok(()) => Ok(msg.seq),
        Err(StoreError::MsgNotFound) => Ok(0),
        Err(error) => Err(error),
    }
}

/// The last message is the one expected.
pub(super) fn check_last(ingest: &Ingest<'_>, last: u64) -> Result<(), ApiError> {
    match number(headers::EXPECTED_LAST_SEQ, &ingest.header) {
        Some(expected) if expected != last => Err(ApiError::stream_wrong_last_sequence(last)),
        _ => Ok(()),
    }
}

/// The last message has the ID expected.
pub(super) fn check_last_msg_id(ingest: &Ingest<'_>, state: &IngestState) -> Result<(), Refusal> {
    match ingest.value(headers::EXPECTED_LAST_MSG_ID) {
        Some(id) if id != state.last_msg_id => {
            let last = String::from_utf8_lossy(&state.last_msg_id);
            Err(ApiError::stream_wrong_last_msg_id(last).into())
        }
        _ => Ok(()),
    }
}
