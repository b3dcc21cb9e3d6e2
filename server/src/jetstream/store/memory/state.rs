//! What the lock of a memory store guards.

use super::messages::Messages;
use super::subjects::Subjects;
use crate::collections::SequenceSet;
use crate::jetstream::model::{StreamConfig, StreamState};
use crate::jetstream::store::accounting::{Change, limit, timestamp};
use crate::jetstream::store::expiry::Expiry;
use crate::jetstream::store::handlers::{
    ProcessMsgHandler, RemoveMsgHandler, StorageUpdateHandler,
};

/// A stream in memory. Nothing in here locks, waits or calls a handler; changes
/// to tell of are collected in `changes`.
///
/// If there are messages, the first is `first_seq` and none is above `last_seq`;
/// what is missing in between is in `deleted`. If there are none, `first_seq` is
/// the one after `last_seq`.
#[derive(Default)]
pub(in super::super) struct State {
    pub(super) config: StreamConfig,
    pub(super) messages: Messages,
    pub(super) subjects: Subjects,
    pub(super) deleted: SequenceSet,
    pub(super) bytes: u64,
    pub(super) first_seq: u64,
    pub(super) first_time: Option<i64>,
    pub(super) last_seq: u64,
    pub(super) last_time: Option<i64>,
    pub(super) expiry: Expiry,
    pub(super) on_update: Option<StorageUpdateHandler>,
    pub(super) on_remove: Option<RemoveMsgHandler>,
    pub(super) on_process: Option<ProcessMsgHandler>,
    pub(super) changes: Vec<Change>,
    pub(super) closed: bool,
}

impl State {
    /// Notes a change, if anybody wants to know.
    pub(super) fn note(&mut self, msgs: i64, bytes: i64, seq: u64, subject: &[u8]) {
        if self.on_update.is_some() {
            self.changes.push(Change::new(msgs, bytes, seq, subject));
        }
    }

    /// The most messages of one subject, if there is a limit.
    pub(super) fn max_per_subject(&self) -> Option<u64> {
        limit(self.config.max_msgs_per_subject)
    }

    /// All but deleted sequences and subjects.
    pub(super) fn fast_state(&self, state: &mut StreamState, consumers: usize) {
        state.msgs = self.messages.len();
        state.bytes = self.bytes;
        state.first_seq = self.first_seq;
        state.first_time = self.first_time.and_then(timestamp);
        state.last_seq = self.last_seq;
        state.last_time = self.last_time.and_then(timestamp);
        state.num_deleted = usize::try_from(self.num_deleted()).unwrap_or(usize::MAX);
        state.consumers = consumers;
        state.num_subjects = self.subjects.len();
    }

    /// How many sequences between first and last are gone.
    pub(super) fn num_deleted(&self) -> u64 {
        let span = self.last_seq.wrapping_sub(self.first_seq).wrapping_add(1);
        // An empty store has a span of its own only before its first message.
        if self.last_seq <= self.first_seq {
            return 0;
        }
        span.saturating_sub(self.messages.len())
    }
}
