//! Messages whose time has come: to go, or to be published.

use super::state::State;
use super::store::MemoryStore;
use crate::jetstream::model::Nanos;
use crate::jetstream::store::accounting::limit;
use crate::jetstream::store::clock::Task;
use crate::jetstream::store::delete_marker::{delete_marker, is_subject_delete_marker};
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::handlers::{ProcessMsgHandler, ProposedMsg, RemoveMsgHandler};
use crate::jetstream::store::headers;

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

impl MemoryStore {
    /// Removes what is too old or has outlived its own limit.
    pub(super) fn expire_msgs(&self) {
        let markers = {
            let mut state = self.lock();
            if state.closed {
                return;
            }
            let ttl_secs = state.config.subject_delete_marker_ttl.as_secs();
            let markers = match (ttl_secs > 0, &state.on_remove, &state.on_process) {
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
            state.age_timer.begin();
            markers
        };
        let next = self.expire_by_age(markers.as_ref());
        self.expire_by_ttl(markers.as_ref());
        let mut state = self.lock();
        state.age_timer.end();
        if state.closed {
            return;
        }
        let nothing_waits = state.wheel.as_ref().is_none_or(|wheel| wheel.count() == 0);
        if state.messages.is_empty() && nothing_waits {
            state.age_timer.clear(self.clock());
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
            let expired = self.with(|state| state.scan_aged(&mut scan, now, markers.is_some()));
            carry_out(expired, markers);
        }
        scan.next
    }

    fn expire_by_ttl(&self, markers: Option<&Markers>) {
        let now = self.clock().now();
        let expired = self.with(|state| state.take_outlived(now, markers.is_some()));
        carry_out(expired, markers);
    }

    /// Proposes the messages that are to be published now.
    pub(super) fn run_schedules(&self) {
        let mut state = self.lock();
        if state.closed || state.schedules.is_none() {
            return;
        }
        let Some(on_process) = state.on_process.clone() else {
            self.set_schedule_timer(&mut state);
            return;
        };
        state.schedule_timer.begin();
        let due = state.take_scheduled(self.clock().now());
        drop(state);
        for msg in due {
            on_process(msg);
        }
        let mut state = self.lock();
        state.schedule_timer.end();
        self.set_schedule_timer(&mut state);
    }

    /// Sets the timer of expiry; `delta` is the time until the oldest message is
    /// too old, or 0 if that is not known.
    pub(super) fn set_age_timer(&self, state: &mut State, delta: i64) {
        if state.closed || state.age_timer.is_running() {
            return;
        }
        let max_age = limit(state.config.max_age.0).map(|_| state.config.max_age.0);
        let wheel = state.wheel.as_ref().filter(|wheel| wheel.count() > 0);
        let next = wheel.map(|wheel| wheel.next_expiration(i64::MAX));
        let now = self.clock().now();
        let until_next = next.map(|next| next.saturating_sub(now));
        if max_age.is_none() && until_next.is_none() {
            state.age_timer.clear(self.clock());
            return;
        }
        let retry =
            (delta == 0 && !state.messages.is_empty() && max_age.is_some()).then_some(RETRY_AFTER);
        let delta = Some(delta).filter(|delta| *delta > 0);
        let delay = [max_age, until_next, retry, delta]
            .into_iter()
            .flatten()
            .min();
        state
            .age_timer
            .set(self.clock(), delay.unwrap_or(0), || self.expiry_task());
    }

    /// Starts the timer of expiry when the first message comes.
    pub(super) fn start_age_timer(&self, state: &mut State) {
        if !state.age_timer.is_set() && state.config.max_age > Nanos::ZERO {
            let delay = state.config.max_age.0;
            state
                .age_timer
                .start(self.clock(), delay, self.expiry_task());
        }
    }

    /// Sets the timer of schedules to the next that is due.
    pub(super) fn set_schedule_timer(&self, state: &mut State) {
        if state.closed || state.schedule_timer.is_running() {
            return;
        }
        let next = state
            .schedules
            .as_ref()
            .and_then(|schedules| schedules.next_run());
        match next {
            None => state.schedule_timer.clear(self.clock()),
            Some(at) => {
                let delay = at.saturating_sub(self.clock().now());
                let this = self.handle();
                state.schedule_timer.set(self.clock(), delay, || {
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
    /// Goes through some of the messages that are too old at `now`. Without
    /// markers it removes them, otherwise it says what to do about them.
    fn scan_aged(&mut self, scan: &mut AgeScan, now: i64, markers: bool) -> Vec<Expired> {
        let mut expired = Vec::new();
        if self.config.max_age <= Nanos::ZERO {
            scan.is_done = true;
            return expired;
        }
        let oldest = now.saturating_sub(self.config.max_age.0);
        for _ in 0..BATCH {
            let Some(record) = self.messages.next(scan.from) else {
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
                expired.extend(self.propose(seq, now));
            } else {
                self.remove(seq, false);
            }
        }
        expired
    }

    /// The messages that have outlived their own limit at `now`. Without markers it
    /// removes them.
    fn take_outlived(&mut self, now: i64, markers: bool) -> Vec<Expired> {
        let mut outlived = Vec::new();
        if let Some(wheel) = &mut self.wheel {
            wheel.expire_tasks_at(now, |seq, expires| {
                outlived.push((seq, expires));
                false
            });
        }
        outlived.sort_unstable();
        let mut expired = Vec::new();
        for (seq, expires) in outlived {
            if markers && self.messages.get(seq).is_some() {
                expired.extend(self.propose(seq, now));
                continue;
            }
            self.remove(seq, false);
            // The header may say another time than the one it was stored with.
            if let Some(wheel) = &mut self.wheel {
                wheel.remove(seq, expires).ok();
            }
        }
        expired
    }

    /// What to do about an expired message; `None` if that was said a moment ago.
    fn propose(&mut self, seq: u64, now: i64) -> Option<Expired> {
        let record = self.messages.get(seq)?;
        let msgs = self.subjects.msgs(record.subject);
        let last = self.markers.propose(seq, record.subject, msgs, now)?;
        Some(Expired {
            seq,
            subject: record.subject.to_vec(),
            marker: last && !is_subject_delete_marker(record.header),
        })
    }

    fn take_scheduled(&mut self, now: i64) -> Vec<ProposedMsg> {
        let Self {
            schedules,
            messages,
            subjects,
            ..
        } = self;
        let Some(schedules) = schedules else {
            return Vec::new();
        };
        let load = |seq, msg: &mut _| {
            let record = messages.get(seq);
            record.inspect(|record| record.copy_to(msg)).is_some()
        };
        let load_last = |subject: &[u8], msg: &mut _| {
            let mut last = 0;
            subjects.for_each(messages, Filter::new(subject), |_, state| {
                last = last.max(state.last);
            });
            let record = messages.get(last);
            record.inspect(|record| record.copy_to(msg)).is_some()
        };
        schedules.due(now, load, load_last)
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
