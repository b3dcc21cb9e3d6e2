//! The file store as a store of a stream's messages.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::remove::Removal;
use super::store::FileStore;
use crate::jetstream::model::{
    ConsumerConfig, LostStreamData, Nanos, SimpleState, StorageType, StreamConfig, StreamState,
};
use crate::jetstream::store::consumer_store::ConsumerStore;
use crate::jetstream::store::delete_block::DeleteBlock;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::Expiring;
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::handlers::{
    ProcessMsgHandler, RemoveMsgHandler, StorageUpdate, StorageUpdateHandler,
};
use crate::jetstream::store::message::{BatchMsg, Lookup, RawMsg, StoredMsg};
use crate::jetstream::store::msg_run::{MsgRun, RunLimits};
use crate::jetstream::store::stream_state_codec::{ReplicatedState, encode_stream_state};
use crate::jetstream::store::stream_store::{Snapshot, StreamStore};
use crate::subject::sublist::Sublist;

impl FileStore {
    fn load_next(
        &self,
        filter: Filter<'_>,
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError> {
        self.with(|state| {
            if state.closed {
                return Err(StoreError::Closed);
            }
            let found = state.next(filter, start)?;
            let end = state.figures.last_seq;
            state.look_up(found, into, end)
        })
    }

    fn pending(
        &self,
        seq: u64,
        filter: Filter<'_>,
        last_per_subject: bool,
    ) -> Result<(u64, u64), StoreError> {
        self.with(|state| {
            let pending = state.num_pending(seq, filter, last_per_subject)?;
            Ok((pending, state.figures.last_seq))
        })
    }

    /// Answers a question that cannot fail; if the disk fails, by nothing.
    fn ask<R: Default>(
        &self,
        what: &str,
        ask: impl FnOnce(&mut super::state::State) -> Result<R, StoreError>,
    ) -> R {
        self.with(|state| match ask(state) {
            Ok(answer) => answer,
            Err(error) => {
                state.report_failure(what, Err(error));
                R::default()
            }
        })
    }
}

impl StreamStore for FileStore {
    fn store_msg(
        &self,
        subject: &[u8],
        header: &[u8],
        payload: &[u8],
        ttl: i64,
    ) -> Result<(u64, i64), StoreError> {
        self.change(|state| self.append_now(state, subject, header, payload, ttl))
    }

    fn store_msg_in_run(
        &self,
        subject: &[u8],
        header: &[u8],
        payload: &[u8],
        ttl: i64,
    ) -> Result<(u64, i64), StoreError> {
        self.with(|state| {
            // All of the run is written out at its end.
            let held = std::mem::replace(&mut state.hold_flush, true);
            let result = self.append_now(state, subject, header, payload, ttl);
            state.hold_flush = held;
            result
        })
    }

    fn remove_msg_in_run(&self, seq: u64) -> Result<bool, StoreError> {
        self.with(|state| state.remove(seq, Removal::Wanted))
    }

    fn sync_run(&self) -> Result<(), StoreError> {
        if self.options().sync_always {
            return self.sync_pending();
        }
        self.with(|state| {
            if state.async_flush {
                Ok(())
            } else {
                state.blocks.flush()
            }
        })
    }

    fn keep_batch(&self, messages: &[BatchMsg]) -> Result<(), StoreError> {
        self.with(|state| state.keep_batch(messages))
    }

    fn kept_batch(&self) -> Result<Vec<BatchMsg>, StoreError> {
        self.with(|state| state.kept_batch())
    }

    fn forget_batch(&self) -> Result<(), StoreError> {
        self.with(|state| state.forget_batch())
    }

    fn store_raw_msg(&self, msg: RawMsg<'_>, discard_new_check: bool) -> Result<(), StoreError> {
        self.change(|state| {
            let result = self.append(state, msg, self.clock().now(), discard_new_check);
            self.check_raw(state, msg.ts);
            result.map(drop)
        })
    }

    fn skip_msg(&self, seq: u64) -> Result<u64, StoreError> {
        self.change(|state| state.skip(seq, 1, self.clock().now()))
    }

    fn skip_msgs(&self, seq: u64, num: u64) -> Result<(), StoreError> {
        self.change(|state| state.skip(seq, num, self.clock().now()).map(drop))
    }

    fn flush_all_pending(&self) {
        self.ask("writing messages", |state| state.blocks.flush());
    }

    fn load_msg(&self, seq: u64, into: &mut StoredMsg) -> Result<(), StoreError> {
        self.with(|state| {
            if state.closed {
                return Err(StoreError::Closed);
            }
            state.load_into(seq, into)
        })
    }

    fn load_next_msg(
        &self,
        filter: &[u8],
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError> {
        self.load_next(Filter::new(filter), start, into)
    }

    fn load_next_msg_multi(
        &self,
        filters: &Sublist<()>,
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError> {
        self.load_next(Filter::Sublist(filters), start, into)
    }

    fn load_run(
        &self,
        filter: Filter<'_>,
        start: u64,
        limits: RunLimits,
        into: &mut MsgRun,
    ) -> Result<Lookup, StoreError> {
        self.with(|state| {
            if state.closed {
                return Err(StoreError::Closed);
            }
            state.load_run(filter, start, limits, into)
        })
    }

    fn load_last_msg(&self, filter: &[u8], into: &mut StoredMsg) -> Result<(), StoreError> {
        self.with(|state| {
            if state.closed {
                return Err(StoreError::Closed);
            }
            let found = state.last(Filter::new(filter))?;
            let seq = found.filter(|seq| *seq > 0);
            match state.load_into(seq.ok_or(StoreError::MsgNotFound)?, into) {
                Err(StoreError::Eof) => Err(StoreError::MsgNotFound),
                result => result,
            }
        })
    }

    fn load_prev_msg(&self, start: u64, into: &mut StoredMsg) -> Result<(), StoreError> {
        self.with(|state| {
            if state.closed {
                return Err(StoreError::Closed);
            }
            let found = state.prev(Filter::All, start)?;
            state.load_into(found.ok_or(StoreError::Eof)?, into)
        })
    }

    fn load_prev_msg_multi(
        &self,
        filters: &Sublist<()>,
        start: u64,
        into: &mut StoredMsg,
    ) -> Result<Lookup, StoreError> {
        self.with(|state| {
            if state.closed {
                return Err(StoreError::Closed);
            }
            let found = state.prev(Filter::Sublist(filters), start)?;
            let end = state.figures.first_seq;
            state.look_up(found, into, end)
        })
    }

    fn remove_msg(&self, seq: u64) -> Result<bool, StoreError> {
        self.change(|state| state.remove(seq, Removal::Wanted))
    }

    fn erase_msg(&self, seq: u64) -> Result<bool, StoreError> {
        self.change(|state| state.remove(seq, Removal::Erase))
    }

    fn purge(&self) -> Result<u64, StoreError> {
        self.change_and_write(|state| state.purge(0))
    }

    fn purge_ex(&self, filter: &[u8], seq: u64, keep: u64) -> Result<u64, StoreError> {
        match (Filter::new(filter), seq, keep) {
            (Filter::All, 0, 0) => self.purge(),
            (Filter::All, 2.., _) => self.compact(seq),
            (filter, ..) => self.change(|state| state.purge_matching(filter, seq, keep)),
        }
    }

    fn compact(&self, seq: u64) -> Result<u64, StoreError> {
        self.change_and_write(|state| state.compact(seq))
    }

    fn truncate(&self, seq: u64) -> Result<(), StoreError> {
        self.change_and_write(|state| state.truncate(seq, self.clock().now()))
    }

    fn seq_from_time(&self, time: i64) -> u64 {
        self.ask("finding a time", |state| {
            if state.closed {
                return Ok(0);
            }
            state.seq_from_time(time)
        })
    }

    fn filtered_state(&self, seq: u64, filter: &[u8]) -> SimpleState {
        let filter = Filter::new(filter);
        self.ask("counting messages", |state| {
            state.filtered_state(seq, filter)
        })
    }

    fn subjects_state(&self, filter: &[u8]) -> HashMap<Vec<u8>, SimpleState> {
        let filter = Filter::new(filter);
        self.ask("counting messages", |state| state.subjects_state(filter))
    }

    fn subjects_totals(&self, filter: &[u8]) -> HashMap<Vec<u8>, u64> {
        self.lock().subjects_totals(filter)
    }

    fn all_last_seqs(&self) -> Result<Vec<u64>, StoreError> {
        self.with(super::state::State::all_last_seqs)
    }

    fn multi_last_seqs(
        &self,
        filters: &[&[u8]],
        max_seq: u64,
        max_allowed: Option<usize>,
    ) -> Result<Vec<u64>, StoreError> {
        self.with(|state| state.multi_last_seqs(filters, max_seq, max_allowed))
    }

    fn subject_for_seq(&self, seq: u64) -> Result<Vec<u8>, StoreError> {
        self.with(|state| {
            let record = state.blocks.get(seq)?.ok_or(StoreError::MsgNotFound)?;
            Ok(record.subject.to_vec())
        })
    }

    fn num_pending(
        &self,
        seq: u64,
        filter: &[u8],
        last_per_subject: bool,
    ) -> Result<(u64, u64), StoreError> {
        self.pending(seq, Filter::new(filter), last_per_subject)
    }

    fn num_pending_multi(
        &self,
        seq: u64,
        filters: Option<&Sublist<()>>,
        last_per_subject: bool,
    ) -> Result<(u64, u64), StoreError> {
        let filter = filters.map_or(Filter::All, Filter::Sublist);
        self.pending(seq, filter, last_per_subject)
    }

    fn state(&self) -> StreamState {
        let consumers = self.consumer_count();
        let state = self.lock();
        let mut full = StreamState::default();
        state.fast_state(&mut full, consumers);
        full.deleted = state.deleted();
        full.num_deleted = full.deleted.len();
        if state.lost != LostStreamData::default() {
            full.lost = Some(state.lost.clone());
        }
        full
    }

    fn fast_state(&self, state: &mut StreamState) {
        let consumers = self.consumer_count();
        self.lock().fast_state(state, consumers);
    }

    fn encoded_stream_state(&self, failed: u64) -> Result<Vec<u8>, StoreError> {
        let state = self.lock();
        let figures = state.figures;
        let replicated = ReplicatedState {
            msgs: figures.msgs,
            bytes: figures.bytes,
            first_seq: figures.first_seq,
            last_seq: figures.last_seq,
            failed,
            deleted: state.delete_blocks(),
        };
        drop(state);
        Ok(encode_stream_state(&replicated, figures.num_deleted()))
    }

    fn sync_deleted(&self, blocks: &[DeleteBlock]) {
        self.ask("removing messages", |state| state.sync_deleted(blocks));
    }

    fn storage_type(&self) -> StorageType {
        StorageType::File
    }

    fn register_storage_updates(&self, handler: StorageUpdateHandler) {
        let bytes = {
            let mut state = self.lock();
            state.handlers.update = Some(Arc::clone(&handler));
            state.figures.bytes
        };
        if bytes > 0 {
            handler(StorageUpdate {
                msgs: 0,
                bytes: crate::jetstream::store::accounting::signed(bytes),
                seq: 0,
                subject: b"",
            });
        }
    }

    fn register_remove_msg(&self, handler: RemoveMsgHandler) {
        self.lock().handlers.remove = Some(handler);
    }

    fn register_process_msg(&self, handler: ProcessMsgHandler) {
        self.lock().handlers.process = Some(handler);
    }

    fn update_config(&self, config: &mut StreamConfig) -> Result<(), StoreError> {
        if config.name.is_empty() {
            return Err(StoreError::NameRequired);
        }
        if config.storage != StorageType::File {
            return Err(StoreError::WrongType);
        }
        config.max_msgs_per_subject = config.max_msgs_per_subject.max(-1);
        self.with(|state| {
            state.apply_config(config, self.clock().now())?;
            if state.config.max_age > Nanos::ZERO {
                self.start_age_timer(state);
            } else {
                state.expiry.age_timer.clear(self.clock());
                self.set_age_timer(state, 0);
            }
            Ok::<_, StoreError>(())
        })?;
        if config.max_age > Nanos::ZERO || config.allow_msg_ttl {
            self.expire_msgs();
        }
        if config.allow_msg_schedules {
            self.run_schedules();
        }
        Ok(())
    }

    fn delete(&self, inline: bool) -> Result<(), StoreError> {
        self.delete_store(inline)
    }

    fn stop(&self) -> Result<(), StoreError> {
        self.stop_store()
    }

    fn consumer_store(
        &self,
        name: &str,
        created: Option<Timestamp>,
        config: &ConsumerConfig,
    ) -> Result<Arc<dyn ConsumerStore>, StoreError> {
        self.open_consumer(name, created, config)
    }

    fn add_consumer(&self, consumer: &Arc<dyn ConsumerStore>) -> Result<(), StoreError> {
        self.add_other_consumer(consumer);
        Ok(())
    }

    fn remove_consumer(&self, consumer: &dyn ConsumerStore) -> Result<(), StoreError> {
        self.drop_consumer(consumer);
        Ok(())
    }

    fn snapshot(
        &self,
        deadline: Duration,
        include_consumers: bool,
        check_msgs: bool,
    ) -> Result<Snapshot, StoreError> {
        self.take_snapshot(deadline, include_consumers, check_msgs)
    }

    fn utilization(&self) -> Result<(u64, u64), StoreError> {
        let state = self.lock();
        let blocks = state.blocks.list.iter();
        Ok(blocks.fold((0, 0), |(total, reported), block| {
            let len = block.disk_len + block.pending();
            (total + len, reported + block.tally.bytes)
        }))
    }

    fn reset_state(&self) {
        if let Some(schedules) = &mut self.lock().expiry.schedules {
            schedules.clear_inflight();
        }
    }
}
