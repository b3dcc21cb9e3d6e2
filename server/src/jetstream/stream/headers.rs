//! Headers by which publishers say what they want.

use crate::platform::decimal;
use crate::protocol::header_value;

/// The stream that should get the message.
pub(super) const EXPECTED_STREAM: &[u8] = b"Nats-Expected-Stream";
/// The last sequence that the stream should have.
pub(super) const EXPECTED_LAST_SEQ: &[u8] = b"Nats-Expected-Last-Sequence";
/// The last sequence that the subject should have.
pub(super) const EXPECTED_LAST_SUBJECT_SEQ: &[u8] = b"Nats-Expected-Last-Subject-Sequence";
/// Another subject for that check.
pub(super) const EXPECTED_LAST_SUBJECT_SEQ_SUBJECT: &[u8] =
    b"Nats-Expected-Last-Subject-Sequence-Subject";
/// The ID that the last message should have.
pub(super) const EXPECTED_LAST_MSG_ID: &[u8] = b"Nats-Expected-Last-Msg-Id";
/// Value of the rollup header: all messages.
pub(super) const ROLLUP_ALL: &[u8] = b"all";
/// By how much a counter changes.
pub(super) const INCREMENT: &[u8] = b"Nats-Incr";
/// What a counter's sources have counted.
pub(super) const COUNTER_SOURCES: &[u8] = b"Nats-Counter-Sources";
/// Where a message was taken from.
pub(super) const STREAM_SOURCE: &[u8] = b"Nats-Stream-Source";
/// The atomic batch of a message.
pub(super) const BATCH_ID: &[u8] = b"Nats-Batch-Id";
/// The message's place in it.
pub(super) const BATCH_SEQ: &[u8] = b"Nats-Batch-Sequence";
/// Whether it ends the batch.
pub(super) const BATCH_COMMIT: &[u8] = b"Nats-Batch-Commit";
/// Who asked, added when a request goes from one account to another.
pub(super) const CLIENT_INFO: &[u8] = b"Nats-Request-Info";

/// Headers of answers and of messages published again.
pub(super) const STREAM: &[u8] = b"Nats-Stream";
pub(super) const SUBJECT: &[u8] = b"Nats-Subject";
pub(super) const SEQUENCE: &[u8] = b"Nats-Sequence";
pub(super) const TIME_STAMP: &[u8] = b"Nats-Time-Stamp";
pub(super) const NUM_PENDING: &[u8] = b"Nats-Num-Pending";
pub(super) const LAST_SEQUENCE: &[u8] = b"Nats-Last-Sequence";

/// A header's value, unless it is empty.
pub(super) fn value<'a>(key: &[u8], header: &'a [u8]) -> Option<&'a [u8]> {
    if header.is_empty() {
        return None;
    }
    header_value(key, header).filter(|value| !value.is_empty())
}

/// A header's number. One that is none is read as a number that nothing has.
pub(super) fn number(key: &[u8], header: &[u8]) -> Option<u64> {
    let text = value(key, header)?;
    let number = decimal::parse_i64(text).and_then(|number| u64::try_from(number).ok());
    Some(number.unwrap_or(u64::MAX))
}
