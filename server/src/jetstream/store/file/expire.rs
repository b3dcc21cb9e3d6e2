//! Messages whose time has come: to go, or to be published.

use super::append::expires;
use super::remove::Removal;
use super::state::State;
use super::store::FileStore;
use crate::collections::HashWheel;
use crate::jetstream::model::Nanos;
use crate::jetstream::store::accounting::limit;
use crate::jetstream::store::clock::Task;
use crate::jetstream::store::delete_marker::{delete_marker, is_subject_delete_marker};
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::handlers::{ProcessMsgHandler, ProposedMsg, RemoveMsgHandler};
use crate::jetstream::store::headers;
use crate::jetstream::store::message::StoredMsg;
use crate::jetstream::store::schedule_pattern;
use crate::jetstream::store::schedules::Schedules;

/// How many messages go before others get the lock.
const BATCH: usize = 1_024;
/// How soon to look again when proposed removals have not come back yet.
const RETRY_AFTER: i64 = 2_000_000_000;

/// Who removes messages, and who makes markers of the last of their subject.
struct Markers {
    on_remove: RemoveMsgHandler,
    on_process: ProcessMsgHandler,
    ttl_secs: i64,
}

/// What is to be done about an expired message.
struct Expired {
    seq: u64,
    subject: Vec<u8>,
    marker: bool,
}

/// How far the messages that are too old have been gone through.
struct AgeScan {
    from: u64,
    /// The time of the first message that is not too old.
    next: Option<i64>,
    is_done: bool,
}

impl FileStore {
    /// Removes what is too old or has outlived its own limit.
    pub(super) fn expire_msgs(&self) {
        let markers = {
            let mut state = self.lock();
            if state.closed {
                return;
            }
            let ttl_secs = state.config.subject_delete_marker_ttl.as_secs();
            let handlers = &state.handlers;
            let markers = match (ttl_secs > 0, &handlers.remove, &handlers.process) {
                (false, _, _) => None,
                (true, Some(on_remove), Some(on_process)) => Some(Markers {
                    on_remove: on_remove.clone(),
                    on_process: on_process.clone(),
                    ttl_secs,
                }),
                (true, _, _) => {
                    self.set_age_timer(&mut state, 0);
                    return;
                }
            };
            state.expiry.age_timer.begin();
            markers
        };
        let next = self.expire_by_age(markers.as_ref());
        self.expire_by_ttl(markers.as_ref());
        let mut state = self.lock();
        state.expiry.age_timer.end();
        if state.closed {
            return;
        }
        let nothing_waits = state
            .expiry
            .wheel
            .as_ref()
            .is_none_or(|wheel| wheel.count() == 0);
        if state.figures.msgs == 0 && nothing_waits {
            state.expiry.age_timer.clear(self.clock());
            return;
        }
        let delta = next.map_or(0, |ts| {
            let oldest = self.clock().now().saturating_sub(state.config.max_age.0);
            ts.saturating_sub(oldest)
        });
        self.set_age_timer(&mut state, delta);
    }

    /// Returns the time of the oldest message that stays.
    fn expire_by_age(&self, markers: Option<&Markers>) -> Option<i64> {
        let mut scan = AgeScan {
            from: 0,
            next: None,
            is_done: false,
        };
        while !scan.is_done {
            let now = self.clock().now();
            let expired = self.with(|state| {
                let (expired, result) = state.scan_aged(&mut scan, now, markers.is_some());
                if result.is_err() {
                    scan.is_done = true;
                }
                state.report_failure("expiring messages", result);
                expired
            });
            carry_out(expired, markers);
        }
        scan.next
    }

    fn expire_by_ttl(&self, markers: Option<&Markers>) {
        let now = self.clock().now();
        let expired = self.with(|state| {
            let (expired, result) = state.take_outlived(now, markers.is_some());
            state.report_failure("expiring messages", result);
            expired
        });
        carry_out(expired, markers);
    }

    /// Proposes the messages that are to be published now.
    pub(super) fn run_schedules(&self) {
        let mut state = self.lock();
        if state.closed || state.expiry.schedules.is_none() {
            return;
        }
        let Some(on_process) = state.handlers.process.clone() else {
            self.set_schedule_timer(&mut state);
            return;
        };
        state.expiry.schedule_timer.begin();
        let due = state.take_scheduled(self.clock().now());
        drop(state);
        for msg in due {
            on_process(msg);
        }
        let mut state = self.lock();
        state.expiry.schedule_timer.end();
        self.set_schedule_timer(&mut state);
    }

    /// Sets the timer of expiry; `delta` is the time until the oldest message is too
    /// old, or 0 if that is not known.
    pub(super) fn set_age_timer(&self, state: &mut State, delta: i64) {
        if state.closed || state.expiry.age_timer.is_running() {
            return;
        }
        let max_age = limit(state.config.max_age.0).map(|_| state.config.max_age.0);
        let wheel = state.expiry.wheel.as_ref();
        let wheel = wheel.filter(|wheel| wheel.count() > 0);
        let next = wheel.map(|wheel| wheel.next_expiration(i64::MAX));
        let now = self.clock().now();
        let until_next = next.map(|next| next.saturating_sub(now));
        if max_age.is_none() && until_next.is_none() {
            state.expiry.age_timer.clear(self.clock());
            return;
        }
        let waits = delta == 0 && state.figures.msgs > 0 && max_age.is_some();
        let retry = waits.then_some(RETRY_AFTER);
        let delta = Some(delta).filter(|delta| *delta > 0);
        let delay = [max_age, until_next, retry, delta]
            .into_iter()
            .flatten()
            .min();
        let task = || self.expiry_task();
        state
            .expiry
            .age_timer
            .set(self.clock(), delay.unwrap_or(0), task);
    }

    /// Starts the timer of expiry when the first message comes.
    pub(super) fn start_age_timer(&self, state: &mut State) {
        if !state.expiry.age_timer.is_set() && state.config.max_age > Nanos::ZERO {
            let delay = state.config.max_age.0;
            let task = self.expiry_task();
            state.expiry.age_timer.start(self.clock(), delay, task);
        }
    }

    /// Sets the timer of schedules to the next that is due.
    pub(super) fn set_schedule_timer(&self, state: &mut State) {
        if state.closed || state.expiry.schedule_timer.is_running() {
            return;
        }
        let schedules = state.expiry.schedules.as_ref();
        match schedules.and_then(Schedules::next_run) {
            None => state.expiry.schedule_timer.clear(self.clock()),
            Some(at) => {
                let delay = at.saturating_sub(self.clock().now());
                let this = self.handle();
                state.expiry.schedule_timer.set(self.clock(), delay, || {
                    Box::new(move || {
                        if let Some(store) = this.upgrade() {
                            store.run_schedules();
                        }
                    })
                });
            }
        }
    }

    fn expiry_task(&self) -> Task {
        let this = self.handle();
        Box::new(move || {
            if let Some(store) = this.upgrade() {
                store.expire_msgs();
            }
        })
    }
}

impl State {
    /// Goes through some of the messages that are too old at `now`. Without markers
    /// it removes them, otherwise it says what to do about them.
    fn scan_aged(
        &mut self,
        scan: &mut AgeScan,
        now: i64,
        markers: bool,
    ) -> (Vec<Expired>, Result<(), StoreError>) {
        let mut expired = Vec::new();
        let result = self.scan_aged_into(scan, now, markers, &mut expired);
        (expired, result)
    }

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

    /// The messages that have outlived their own limit at `now`. Without markers it
    /// removes them.
    fn take_outlived(&mut self, now: i64, markers: bool) -> (Vec<Expired>, Result<(), StoreError>) {
        let mut outlived = Vec::new();
        if let Some(wheel) = &mut self.expiry.wheel {
            wheel.expire_tasks_at(now, |seq, expires| {
                outlived.push((seq, expires));
                false
            });
        }
        outlived.sort_unstable();
        let mut expired = Vec::new();
        for (seq, expires) in outlived {
            if markers && self.blocks.contains(seq) {
                match self.propose(seq, now) {
                    Ok(proposal) => expired.extend(proposal),
                    Err(error) => return (expired, Err(error)),
                }
                continue;
            }
            if let Err(error) = self.remove(seq, Removal::Wanted) {
                return (expired, Err(error));
            }
            // The header may say another time than the one it was stored with.
            if let Some(wheel) = &mut self.expiry.wheel {
                wheel.remove(seq, expires).ok();
            }
        }
        (expired, Ok(()))
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

fn carry_out(expired: Vec<Expired>, markers: Option<&Markers>) {
    let Some(markers) = markers else { return };
    for Expired {
        seq,
        subject,
        marker,
    } in expired
    {
        if marker {
            (markers.on_process)(delete_marker(subject, markers.ttl_secs));
        } else {
            (markers.on_remove)(seq);
        }
    }
}
