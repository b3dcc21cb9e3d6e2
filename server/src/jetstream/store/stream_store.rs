//! What every store of a stream's messages does.

use std::any::Any;
use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;

use super::consumer_store::ConsumerStore;
use super::delete_block::DeleteBlock;
use super::error::StoreError;
use super::filter::Filter;
use super::handlers::{ProcessMsgHandler, RemoveMsgHandler, StorageUpdateHandler};
use super::message::{BatchMsg, Lookup, RawMsg, StoredMsg};
use super::msg_run::{MsgRun, RunLimits};
use crate::jetstream::model::{
    ConsumerConfig, SimpleState, StorageType, StreamConfig, StreamState,
};
use crate::subject::sublist::Sublist;

/// Keeps the messages of one stream (`StreamStore` in `store.go`).
///
/// Sequences begin at 1 and are never given out twice, except after
/// [`truncate`](Self::truncate). Times are nanoseconds since 1970. A filter may
/// have wildcards; an empty one stands for all subjects. Handlers are called with
/// no lock held.
pub trait StreamStore: Any + Send + Sync {
    /// Stores a message under the next sequence; `ttl` is in seconds, 0 for none.
    /// Returns its sequence and time.
    ///
    /// # Errors
    /// [`StoreError::Closed`], [`StoreError::MsgTooLarge`], or which limit refuses
    /// the message.
    fn store_msg(
        &self,
        subject: &[u8],
        header: &[u8],
        payload: &[u8],
        ttl: i64,
    ) -> Result<(u64, i64), StoreError>;

    /// Stores a message, whose publisher is told only after [`sync_run`](Self::sync_run).
    ///
    /// # Errors
    /// As [`store_msg`](Self::store_msg).
    fn store_msg_in_run(
        &self,
        subject: &[u8],
        header: &[u8],
        payload: &[u8],
        ttl: i64,
    ) -> Result<(u64, i64), StoreError> {
        self.store_msg(subject, header, payload, ttl)
    }

    /// Removes a message, as [`remove_msg`](Self::remove_msg) does, which is told only
    /// after [`sync_run`](Self::sync_run).
    ///
    /// # Errors
    /// As [`remove_msg`](Self::remove_msg).
    fn remove_msg_in_run(&self, seq: u64) -> Result<bool, StoreError> {
        self.remove_msg(seq)
    }

    /// Ends a run of messages that were stored or removed: they are now as safe as the configuration wants them.
    ///
    /// # Errors
    /// [`StoreError::SyncFailed`] if they may be lost, and those of the disk.
    fn sync_run(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Keeps the messages of an atomic batch that is about to be stored, as one, in
    /// the place of those kept before. A store that does not outlive the server has
    /// no need to.
    ///
    /// # Errors
    /// Those of the disk.
    fn keep_batch(&self, _messages: &[BatchMsg]) -> Result<(), StoreError> {
        Ok(())
    }

    /// The messages that were kept and not forgotten.
    ///
    /// # Errors
    /// Those of the disk.
    fn kept_batch(&self) -> Result<Vec<BatchMsg>, StoreError> {
        Ok(Vec::new())
    }

    /// Forgets the messages that were kept.
    ///
    /// # Errors
    /// Those of the disk.
    fn forget_batch(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Stores a message that has its place already. Limits refuse it only with
    /// `discard_new_check`: replicas have to take what their leader took.
    ///
    /// # Errors
    /// As [`store_msg`](Self::store_msg), and [`StoreError::SequenceMismatch`].
    fn store_raw_msg(&self, msg: RawMsg<'_>, discard_new_check: bool) -> Result<(), StoreError>;

    /// Uses up a sequence, the one given or with 0 the next, and returns it.
    ///
    /// # Errors
    /// [`StoreError::SequenceMismatch`].
    fn skip_msg(&self, seq: u64) -> Result<u64, StoreError>;

    /// Uses up `num` sequences from `seq` on, or with 0 from the next on.
    ///
    /// # Errors
    /// [`StoreError::SequenceMismatch`].
    fn skip_msgs(&self, seq: u64, num: u64) -> Result<(), StoreError>;

    /// Writes out what waits to be written.
    fn flush_all_pending(&self);

    /// Reads a message.
    ///
    /// # Errors
    /// [`StoreError::MsgNotFound`], or beyond the last [`StoreError::Eof`].
    fn load_msg(&self, seq: u64, into: &mut StoredMsg) -> Result<(), StoreError>;

    /// Reads the first message from `start` on whose subject `filter` matches.
    ///
    /// # Errors
    /// Those of the disk.
    fn load_next_msg(
        &self,
        filter: &[u8],
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError>;

    /// The same for several filters.
    ///
    /// # Errors
    /// Those of the disk.
    fn load_next_msg_multi(
        &self,
        filters: &Sublist<()>,
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError>;

    /// Reads the first message from `start` on that `filter` matches, and with it those
    /// that follow as long as they lie at hand: more of them may be in the store even if
    /// `limits` would allow them. As one was found when they are read, it may be removed
    /// while the run is looked at; so whoever reads runs does not hold on to them.
    ///
    /// Says where the first was found, or where the search ended.
    ///
    /// # Errors
    /// Those of the disk.
    fn load_run(
        &self,
        filter: Filter<'_>,
        start: u64,
        limits: RunLimits,
        into: &mut MsgRun,
    ) -> Result<Lookup, StoreError>;

    /// Reads the last message whose subject `filter` matches.
    ///
    /// # Errors
    /// [`StoreError::MsgNotFound`].
    fn load_last_msg(&self, filter: &[u8], into: &mut StoredMsg) -> Result<(), StoreError>;

    /// Reads the last message up to `start`.
    ///
    /// # Errors
    /// [`StoreError::Eof`] if there is none, and [`StoreError::Closed`].
    fn load_prev_msg(&self, start: u64, into: &mut StoredMsg) -> Result<(), StoreError>;

    /// Reads the last message up to `start` that one of several filters matches.
    ///
    /// # Errors
    /// Those of the disk.
    fn load_prev_msg_multi(
        &self,
        filters: &Sublist<()>,
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError>;

    /// Removes a message; false if it is not there.
    ///
    /// # Errors
    /// Those of the disk, and [`StoreError::SnapshotInProgress`].
    fn remove_msg(&self, seq: u64) -> Result<bool, StoreError>;

    /// Removes a message and overwrites its contents; false if it is not there.
    ///
    /// # Errors
    /// As [`remove_msg`](Self::remove_msg).
    fn erase_msg(&self, seq: u64) -> Result<bool, StoreError>;

    /// Removes all messages and returns how many there were.
    ///
    /// # Errors
    /// Those of the disk.
    fn purge(&self) -> Result<u64, StoreError>;

    /// Removes messages whose subject `filter` matches: those before `seq`, if it is
    /// not 0, and all but the last `keep`. Returns how many there were.
    ///
    /// For all subjects the memory store keeps the last `keep` sequences, also those
    /// of them that were deleted before, and the file store the last `keep` messages.
    /// For all subjects a `seq` of 1 says nothing to the memory store, and as much as
    /// 0 to the file store.
    ///
    /// # Errors
    /// Those of the disk.
    fn purge_ex(&self, filter: &[u8], seq: u64, keep: u64) -> Result<u64, StoreError>;

    /// Removes all messages before `seq`, also when that is beyond the last, and
    /// returns how many there were.
    ///
    /// # Errors
    /// Those of the disk.
    fn compact(&self, seq: u64) -> Result<u64, StoreError>;

    /// Removes all messages after `seq`, whose successor is the next to be given
    /// out. With 0 the store is as new.
    ///
    /// # Errors
    /// [`StoreError::SequenceMismatch`] beyond the last sequence.
    fn truncate(&self, seq: u64) -> Result<(), StoreError>;

    /// The first sequence not older than `time`, or the one after the last.
    fn seq_from_time(&self, time: i64) -> u64;

    /// What is stored from `seq` on under subjects that `filter` matches.
    fn filtered_state(&self, seq: u64, filter: &[u8]) -> SimpleState;

    /// What is stored under each subject that `filter` matches.
    fn subjects_state(&self, filter: &[u8]) -> HashMap<Vec<u8>, SimpleState>;

    /// How many messages each subject has that `filter` matches.
    fn subjects_totals(&self, filter: &[u8]) -> HashMap<Vec<u8>, u64>;

    /// The last sequence of every subject, ascending.
    ///
    /// # Errors
    /// Those of the disk.
    fn all_last_seqs(&self) -> Result<Vec<u64>, StoreError>;

    /// The last sequence, up to `max_seq` if that is not 0, of every subject that
    /// one of `filters` matches, ascending.
    ///
    /// # Errors
    /// [`StoreError::TooManyResults`] for more than `max_allowed`, if there is such
    /// a limit.
    fn multi_last_seqs(
        &self,
        filters: &[&[u8]],
        max_seq: u64,
        max_allowed: Option<usize>,
    ) -> Result<Vec<u64>, StoreError>;

    /// The subject of a message.
    ///
    /// # Errors
    /// [`StoreError::MsgNotFound`].
    fn subject_for_seq(&self, seq: u64) -> Result<Vec<u8>, StoreError>;

    /// How many messages from `seq` on `filter` matches, or with
    /// `last_per_subject` how many of them are the last of their subject; and the
    /// last sequence that was looked at.
    ///
    /// # Errors
    /// Those of the disk.
    fn num_pending(
        &self,
        seq: u64,
        filter: &[u8],
        last_per_subject: bool,
    ) -> Result<(u64, u64), StoreError>;

    /// The same for several filters; `None` stands for all subjects.
    ///
    /// # Errors
    /// Those of the disk.
    fn num_pending_multi(
        &self,
        seq: u64,
        filters: Option<&Sublist<()>>,
        last_per_subject: bool,
    ) -> Result<(u64, u64), StoreError>;

    /// What the store holds, with all deleted sequences.
    fn state(&self) -> StreamState;

    /// Fills in what the store holds, without deleted sequences and subjects.
    fn fast_state(&self, state: &mut StreamState);

    /// The state for replicas, with the number of failed proposals.
    ///
    /// # Errors
    /// Those of the disk.
    fn encoded_stream_state(&self, failed: u64) -> Result<Vec<u8>, StoreError>;

    /// Removes what `blocks` say is deleted.
    fn sync_deleted(&self, blocks: &[DeleteBlock]);

    /// Where messages are kept.
    fn storage_type(&self) -> StorageType;

    /// Sets who is told of changes.
    fn register_storage_updates(&self, handler: StorageUpdateHandler);

    /// Sets who is asked to remove messages.
    fn register_remove_msg(&self, handler: RemoveMsgHandler);

    /// Sets who takes in messages that the store wants in the stream.
    fn register_process_msg(&self, handler: ProcessMsgHandler);

    /// Takes another configuration and removes what its limits no longer allow. A
    /// limit per subject below -1 is set to that.
    ///
    /// # Errors
    /// [`StoreError::WrongType`].
    fn update_config(&self, config: &mut StreamConfig) -> Result<(), StoreError>;

    /// Stops and removes everything. With `inline` that is done on return.
    ///
    /// # Errors
    /// Those of the disk.
    fn delete(&self, inline: bool) -> Result<(), StoreError>;

    /// Stops. Nothing can be stored any more.
    ///
    /// # Errors
    /// Those of the disk.
    fn stop(&self) -> Result<(), StoreError>;

    /// A store for the state of a consumer.
    ///
    /// # Errors
    /// [`StoreError::Closed`], and [`StoreError::BadConsumerConfig`] without a name.
    fn consumer_store(
        &self,
        name: &str,
        created: Option<Timestamp>,
        config: &ConsumerConfig,
    ) -> Result<Arc<dyn ConsumerStore>, StoreError>;

    /// Counts a consumer in that was made elsewhere.
    ///
    /// # Errors
    /// Those of the disk.
    fn add_consumer(&self, consumer: &Arc<dyn ConsumerStore>) -> Result<(), StoreError>;

    /// Counts a consumer out.
    ///
    /// # Errors
    /// Those of the disk.
    fn remove_consumer(&self, consumer: &dyn ConsumerStore) -> Result<(), StoreError>;

    /// An archive of the stream.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] where messages are in memory.
    fn snapshot(
        &self,
        deadline: Duration,
        include_consumers: bool,
        check_msgs: bool,
    ) -> Result<Snapshot, StoreError>;

    /// Bytes that the store takes, and how many of them are messages.
    ///
    /// # Errors
    /// Those of the disk.
    fn utilization(&self) -> Result<(u64, u64), StoreError>;

    /// Forgets what is only of use to the leader that was.
    fn reset_state(&self);
}

/// An archive of a stream that is being written.
pub struct Snapshot {
    /// The archive.
    pub reader: Box<dyn Read + Send>,
    /// What the stream held when it began.
    pub state: StreamState,
    /// Why the archive is not whole, once that is known.
    pub failure: Arc<OnceLock<String>>,
}
