//! What all stores need for their figures.

use jiff::Timestamp;

use super::handlers::{StorageUpdate, StorageUpdateHandler};

/// Messages that came or went, to be told when the lock is free.
#[derive(Debug)]
pub(crate) struct Change {
    msgs: i64,
    bytes: i64,
    seq: u64,
    subject: Vec<u8>,
}

impl Change {
    pub(crate) fn new(msgs: i64, bytes: i64, seq: u64, subject: &[u8]) -> Self {
        Self {
            msgs,
            bytes,
            seq,
            subject: subject.to_vec(),
        }
    }

    pub(crate) fn tell(&self, handler: &StorageUpdateHandler) {
        handler(StorageUpdate {
            msgs: self.msgs,
            bytes: self.bytes,
            seq: self.seq,
            subject: &self.subject,
        });
    }
}

/// A limit of a configuration, where 0 and -1 stand for none.
pub(crate) fn limit(value: i64) -> Option<u64> {
    u64::try_from(value).ok().filter(|limit| *limit > 0)
}

/// A change in messages or bytes as the handlers want it.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Nanoseconds since 1970 as a time.
pub(crate) fn timestamp(nanos: i64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(nanos.into()).ok()
}
