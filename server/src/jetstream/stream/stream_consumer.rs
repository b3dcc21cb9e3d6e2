//! What a stream needs of its consumers, which it does not know otherwise.

use std::any::Any;
use std::sync::Arc;

use super::purge::PurgeRequest;
use crate::jetstream::model::{ConsumerConfig, RetentionPolicy, StreamState};

/// Messages that a consumer may deliver, by their sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMessages {
    /// How many.
    pub count: u64,
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// A consumer as its stream sees it. No method but
/// [`needs_ack`](Self::needs_ack) and those that stop it may block.
pub trait StreamConsumer: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// Itself, for those who know what it is.
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;

    /// Its configuration.
    fn config(&self) -> Arc<ConsumerConfig>;

    /// Messages have come that its filters match.
    fn stored(&self, messages: NewMessages);

    /// A message that its filters may match is gone.
    fn removed(&self, seq: u64, subject: &[u8]);

    /// Many messages are gone.
    fn recount(&self);

    /// The stream was purged; `first` and `last` are its sequences now, and
    /// `subject_first` the first of the purged subject.
    fn purged(&self, request: &PurgeRequest, state: &StreamState, subject_first: u64);

    /// Whether it still has to deliver or get an acknowledgement for a message.
    /// `subject` is asked for if its filters need it.
    fn needs_ack(&self, seq: u64, subject: &mut dyn FnMut() -> Option<Vec<u8>>) -> bool;

    /// The sequence up to which everything is acknowledged.
    fn ack_floor(&self) -> u64;

    /// The stream keeps messages for other reasons now.
    fn retention_changed(&self, retention: RetentionPolicy);

    /// Stops it; with `delete` for good.
    fn stop(&self, delete: bool);
}
