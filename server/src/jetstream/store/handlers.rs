//! How a store calls those above it.

use std::sync::Arc;

/// Messages and bytes came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageUpdate<'a> {
    /// How many messages more, or fewer if negative.
    pub msgs: i64,
    /// How many bytes more, or fewer if negative.
    pub bytes: i64,
    /// Its sequence, if it is about a single message; otherwise 0.
    pub seq: u64,
    /// Its subject, if it is about a single message; otherwise empty.
    pub subject: &'a [u8],
}

/// Called after every change, with no lock of the store held.
pub type StorageUpdateHandler = Arc<dyn Fn(StorageUpdate<'_>) + Send + Sync>;

/// Called with the sequence of a message that has to go. A replicated stream
/// proposes the removal, any other removes the message at once.
pub type RemoveMsgHandler = Arc<dyn Fn(u64) + Send + Sync>;

/// Called with a message that the stream should take in as if it had come from
/// a client.
pub type ProcessMsgHandler = Arc<dyn Fn(ProposedMsg) + Send + Sync>;

/// A message that a store wants in its stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProposedMsg {
    /// The message that gave rise to it, or 0.
    pub seq: u64,
    /// Its subject.
    pub subject: Vec<u8>,
    /// Its header block.
    pub header: Vec<u8>,
    /// Its payload.
    pub payload: Vec<u8>,
}
