//! Messages whose time has come: how they are found here.

use std::sync::Weak;

use super::append::expires;
use super::remove::Removal;
use super::state::State;
use super::store::FileStore;
use crate::collections::HashWheel;
use crate::jetstream::model::{Nanos, StreamConfig};
use crate::jetstream::store::clock::Clock;
use crate::jetstream::store::delete_marker::is_subject_delete_marker;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::{AgeScan, BATCH, Expired, Expiring, ExpiringState, Expiry};
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::handlers::{ProcessMsgHandler, ProposedMsg, RemoveMsgHandler};
use crate::jetstream::store::headers;
use crate::jetstream::store::message::StoredMsg;
use crate::jetstream::store::schedule_pattern;
use crate::jetstream::store::schedules::Schedules;

impl Expiring for FileStore {
    type State = State;

    fn locked<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        self.with(act)
    }

    fn clock(&self) -> &dyn Clock {
        &*self.config.clock
    }

    fn handle(&self) -> Weak<Self> {
        self.this.clone()
    }
}

impl ExpiringState for State {
    fn config(&self) -> &StreamConfig {
        &self.config
    }

    fn msgs(&self) -> u64 {
        self.figures.msgs
    }

    fn is_closed(&self) -> bool {
        self.closed
    }

    fn expiry(&mut self) -> &mut Expiry {
        &mut self.expiry
    }

    fn handlers(&self) -> (Option<RemoveMsgHandler>, Option<ProcessMsgHandler>) {
        (self.handlers.remove.clone(), self.handlers.process.clone())
    }

    fn scan_aged(&mut self, scan: &mut AgeScan, now: i64, markers: bool) -> Vec<Expired> {
        let mut expired = Vec::new();
        let result = self.scan_aged_into(scan, now, markers, &mut expired);
        scan.is_done |= result.is_err();
        self.report_failure("expiring messages", result);
        expired
    }

    fn take_outlived(&mut self, now: i64, markers: bool) -> Vec<Expired> {
        let mut expired = Vec::new();
        let result = self.take_outlived_into(now, markers, &mut expired);
        self.report_failure("expiring messages", result);
        expired
    }

    fn take_scheduled(&mut self, now: i64) -> Vec<ProposedMsg> {
        let Some(mut schedules) = self.expiry.schedules.take() else {
            return Vec::new();
        };
        let state = std::cell::RefCell::new(&mut *self);
        let load = |seq, msg: &mut StoredMsg| state.borrow_mut().load_for_schedule(seq, msg);
        let load_last = |subject: &[u8], msg: &mut StoredMsg| {
            let mut state = state.borrow_mut();
            let last = state.last(Filter::new(subject));
            match last {
                Ok(Some(seq)) => state.load_for_schedule(seq, msg),
                Ok(None) => false,
                Err(error) => {
                    state.report_failure("running a schedule", Err(error));
                    false
                }
            }
        };
        let due = schedules.due(now, load, load_last);
        self.expiry.schedules = Some(schedules);
        due
    }
}

impl State {
    fn scan_aged_into(
        &mut self,
        scan: &mut AgeScan,
        now: i64,
        markers: bool,
        expired: &mut Vec<Expired>,
    ) -> Result<(), StoreError> {
        if self.config.max_age <= Nanos::ZERO {
            scan.is_done = true;
            return Ok(());
        }
        let oldest = now.saturating_sub(self.config.max_age.0);
        for _ in 0..BATCH {
            let seq = self.next(Filter::All, scan.from)?;
            let record = match seq {
                Some(seq) => self.blocks.get(seq)?,
                None => None,
            };
            let Some(record) = record else {
                scan.is_done = true;
                break;
            };
            if record.ts > oldest {
                scan.next = Some(record.ts);
                scan.is_done = true;
                break;
            }
            let seq = record.seq;
            let never = headers::message_ttl(record.header).is_ok_and(|ttl| ttl < 0);
            scan.from = seq + 1;
            if never {
                continue;
            }
            if markers {
                expired.extend(self.propose(seq, now)?);
            } else {
                self.remove(seq, Removal::Limit)?;
            }
        }
        Ok(())
    }

    fn take_outlived_into(
        &mut self,
        now: i64,
        markers: bool,
        expired: &mut Vec<Expired>,
    ) -> Result<(), StoreError> {
        let mut outlived = Vec::new();
        if let Some(wheel) = &mut self.expiry.wheel {
            wheel.expire_tasks_at(now, |seq, expires| {
                outlived.push((seq, expires));
                false
            });
        }
        outlived.sort_unstable();
        for (seq, expires) in outlived {
            if markers && self.blocks.contains(seq) {
                expired.extend(self.propose(seq, now)?);
                continue;
            }
            self.remove(seq, Removal::Wanted)?;
            // The header may say another time than the one it was stored with.
            if let Some(wheel) = &mut self.expiry.wheel {
                wheel.remove(seq, expires).ok();
            }
        }
        Ok(())
    }

    /// What to do about an expired message; `None` if that was said a moment ago.
    fn propose(&mut self, seq: u64, now: i64) -> Result<Option<Expired>, StoreError> {
        let Some(record) = self.blocks.get(seq)? else {
            return Ok(None);
        };
        let msgs = self.subjects.msgs(record.subject);
        let markers = &mut self.expiry.markers;
        let Some(last) = markers.propose(seq, record.subject, msgs, now) else {
            return Ok(None);
        };
        Ok(Some(Expired {
            seq,
            subject: record.subject.to_vec(),
            marker: last && !is_subject_delete_marker(record.header),
        }))
    }

    /// Removes the messages up to a time that may not stay for ever.
    pub(super) fn expire_older_than(&mut self, oldest: i64) -> Result<(), StoreError> {
        let mut from = 0;
        while let Some(seq) = self.next(Filter::All, from)? {
            let Some(record) = self.blocks.get(seq)? else {
                break;
            };
            if record.ts > oldest {
                break;
            }
            from = seq + 1;
            if !headers::message_ttl(record.header).is_ok_and(|ttl| ttl < 0) {
                self.remove(seq, Removal::Limit)?;
            }
        }
        Ok(())
    }

    fn load_for_schedule(&mut self, seq: u64, msg: &mut StoredMsg) -> bool {
        match self.load_into(seq, msg) {
            Ok(()) => true,
            Err(StoreError::MsgNotFound | StoreError::Eof) => false,
            Err(error) => {
                self.report_failure("running a schedule", Err(error));
                false
            }
        }
    }

    /// Reads from the messages from `from` on when they expire.
    pub(super) fn read_ttls(&mut self, wheel: &mut HashWheel, from: u64) -> Result<(), StoreError> {
        for at in 0..self.blocks.list.len() {
            let tally = self.blocks.list.get(at).map(|block| block.tally);
            let is_of_use = |tally: &super::block::Tally| {
                tally.msgs > 0 && tally.ttls > 0 && tally.last_seq >= from
            };
            if !tally.as_ref().is_some_and(is_of_use) {
                continue;
            }
            self.blocks.for_each_in(at, from, u64::MAX, |record| {
                if let Ok(ttl) = headers::message_ttl(record.header)
                    && ttl > 0
                {
                    wheel.add(record.seq, expires(record.ts, ttl));
                }
            })?;
        }
        Ok(())
    }

    /// Reads from the messages from `from` on when they are to be published.
    pub(super) fn read_schedules(
        &mut self,
        schedules: &mut Schedules,
        from: u64,
        now: i64,
    ) -> Result<(), StoreError> {
        for at in 0..self.blocks.list.len() {
            let tally = self.blocks.list.get(at).map(|block| block.tally);
            let is_of_use = |tally: &super::block::Tally| {
                tally.msgs > 0 && tally.schedules > 0 && tally.last_seq >= from
            };
            if !tally.as_ref().is_some_and(is_of_use) {
                continue;
            }
            self.blocks.for_each_in(at, from, u64::MAX, |record| {
                if let Some(run) = schedule_pattern::next_run(record.header, record.ts, now) {
                    schedules.add(record.seq, record.subject, run.at);
                }
            })?;
        }
        Ok(())
    }
}
