//! How large messages may be.

use super::message::Ingest;
use crate::jetstream::model::{ApiError, StreamConfig};

/// The length of a header block is stored in 16 bits.
pub(super) fn check_header(ingest: &Ingest<'_>) -> Result<(), ApiError> {
    if ingest.header.len() > usize::from(u16::MAX) {
        return Err(ApiError::stream_header_exceeds_maximum());
    }
    Ok(())
}

/// The stream's limit for one message.
pub(super) fn check_message(ingest: &Ingest<'_>, config: &StreamConfig) -> Result<(), ApiError> {
    match usize::try_from(config.max_msg_size) {
        Ok(max) if ingest.size() > max => Err(ApiError::stream_message_exceeds_maximum()),
        _ => Ok(()),
    }
}
