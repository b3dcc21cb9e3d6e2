//! What can go wrong in a store.

use std::io;

use thiserror::Error;

use super::file::cipher::CipherError;

/// Errors of the stores. The texts are those of the Go server.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The store was stopped.
    #[error("store is closed")]
    Closed,
    /// The message is not there.
    #[error("no message found")]
    MsgNotFound,
    /// The sequence is beyond the last.
    #[error("stream store EOF")]
    Eof,
    /// New messages are refused: as many as there may be.
    #[error("maximum messages exceeded")]
    MaxMsgs,
    /// New messages are refused: as many bytes as there may be.
    #[error("maximum bytes exceeded")]
    MaxBytes,
    /// New messages are refused: as many of the subject as there may be.
    #[error("maximum messages per subject exceeded")]
    MaxMsgsPerSubject,
    /// Nothing can be removed while a snapshot is taken.
    #[error("snapshot in progress")]
    SnapshotInProgress,
    /// The message is larger than a store can hold.
    #[error("message too large")]
    MsgTooLarge,
    /// The configuration names another kind of store.
    #[error("wrong storage type")]
    WrongType,
    /// An acknowledgement for a consumer that wants none.
    #[error("ack policy is none")]
    NoAckPolicy,
    /// The sequence is not the next one.
    #[error("expected sequence does not match store")]
    SequenceMismatch,
    /// An encoded stream state ends too early or has unknown parts.
    #[error("stream state snapshot is corrupt")]
    CorruptStreamState,
    /// Not an encoded stream state at all.
    #[error("bad stream state encoding")]
    BadStreamStateEncoding,
    /// An encoded consumer state that makes no sense.
    #[error("corrupt state file")]
    CorruptConsumerState,
    /// More results than were asked for.
    #[error("too many matching results for request")]
    TooManyResults,
    /// Only all messages can be purged to a sequence of choice.
    #[error("partial purges not supported on memory store")]
    PartialPurge,
    /// This kind of store cannot do it.
    #[error("no impl")]
    Unsupported,
    /// A consumer needs a name.
    #[error("bad consumer config")]
    BadConsumerConfig,
    /// A consumer state whose floor lies beyond what was delivered.
    #[error("bad ack floor for consumer")]
    BadConsumerAckFloor,
    /// The same for the stream's sequences.
    #[error("bad ack floor for stream")]
    BadStreamAckFloor,
    /// A pending message outside of what was delivered and not acknowledged.
    #[error("bad pending entry, sequence [{0}] out of range")]
    BadPendingEntry(u64),
    /// A consumer state older than the one at hand.
    #[error("old update ignored")]
    OldUpdate,
    /// A record that is not what was written.
    #[error("malformed or corrupt message in {block}.blk: {detail}")]
    BadMsg {
        /// The number of its block.
        block: u32,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// Messages that an archive should hold are damaged.
    #[error("snapshot check detected {0} bad messages")]
    BadMsgs(usize),
    /// What the disk was asked to keep for good may be lost. The store takes no
    /// more messages until it is opened anew.
    #[error("store could not be synced: {0}")]
    SyncFailed(String),
    /// A store needs a name.
    #[error("name required")]
    NameRequired,
    /// Blocks cannot be so large.
    #[error("filestore max block size is 8.00 MB")]
    BlockSize,
    /// The directory cannot be used.
    #[error("{0}")]
    StoreDir(String),
    /// There is a key file, but no key to open it with.
    #[error("encrypted store encountered with no main key")]
    NoMainKey,
    /// A consumer's metadata is not what was written.
    #[error("corrupt consumer metafile: {0}")]
    CorruptConsumerMeta(&'static str),
    /// Something cannot be encrypted or decrypted.
    #[error(transparent)]
    Cipher(#[from] CipherError),
    /// The disk refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl StoreError {
    /// Whether the disk is full.
    #[must_use]
    pub fn is_out_of_space(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::StorageFull)
    }

    /// Whether the operating system forbids it.
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::PermissionDenied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_disk_are_told_apart() {
        let full = StoreError::from(io::Error::from_raw_os_error(libc::ENOSPC));
        let forbidden = StoreError::from(io::Error::from_raw_os_error(libc::EACCES));
        assert!(full.is_out_of_space() && !full.is_permission_denied());
        assert!(forbidden.is_permission_denied() && !forbidden.is_out_of_space());
        assert!(!StoreError::Closed.is_out_of_space());
        assert!(!StoreError::Closed.is_permission_denied());
    }
}
