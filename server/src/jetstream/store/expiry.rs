//! Messages whose time has come: to go, or to be published. What is the same for
//! every store; how messages are found and removed is up to each.

use std::sync::Weak;

use super::accounting::limit;
use super::clock::{Clock, Task};
use super::delete_marker::{DeleteMarkers, delete_marker};
use super::handlers::{ProcessMsgHandler, ProposedMsg, RemoveMsgHandler};
use super::run_timer::RunTimer;
use super::schedules::Schedules;
use crate::collections::HashWheel;
use crate::jetstream::model::{Nanos, StreamConfig};

/// How many messages go before others get the lock.
pub(super) const BATCH: usize = 1_024;
/// How soon to look again when proposed removals have not come back yet.
const RETRY_AFTER: i64 = 2_000_000_000;
/// After the first message that comes with a time of its own, for it may be old.
const FIRST_RAW_CHECK: i64 = 50_000_000;

/// What a store knows of its messages' times.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    /// Messages by when they expire, if any may.
    pub(super) wheel: Option<HashWheel>,
    /// Messages to publish at their time, if there may be any.
    pub(super) schedules: Option<Schedules>,
    pub(super) markers: DeleteMarkers,
    pub(super) age_timer: RunTimer,
    pub(super) schedule_timer: RunTimer,
    /// Whether a message with a time of its own has come, which may be old.
    pub(super) received_raw: bool,
}

/// Who removes messages, and who makes markers of the last of their subject.
pub(super) struct Markers {
    on_remove: RemoveMsgHandler,
    on_process: ProcessMsgHandler,
    ttl_secs: i64,
}

/// What is to be done about an expired message.
pub(super) struct Expired {
    pub(super) seq: u64,
    pub(super) subject: Vec<u8>,
    /// Whether a marker takes its place.
    pub(super) marker: bool,
}

/// How far the messages that are too old have been gone through.
#[derive(Debug, Default)]
pub(super) struct AgeScan {
    pub(super) from: u64,
    /// The time of the first message that is not too old.
    pub(super) next: Option<i64>,
    pub(super) is_done: bool,
}

/// What the lock of a store guards, as far as this goes.
pub(super) trait ExpiringState {
    fn config(&self) -> &StreamConfig;
    /// How many messages there are.
    fn msgs(&self) -> u64;
    fn is_closed(&self) -> bool;
    fn expiry(&mut self) -> &mut Expiry;
    /// Who removes messages, and who publishes them.
    fn handlers(&self) -> (Option<RemoveMsgHandler>, Option<ProcessMsgHandler>);

    /// Goes through some of the messages that are too old at `now`. Without markers
    /// it removes them, otherwise it says what to do about them.
    fn scan_aged(&mut self, scan: &mut AgeScan, now: i64, markers: bool) -> Vec<Expired>;

    /// The messages that have outlived their own limit at `now`. Without markers it
    /// removes them.
    fn take_outlived(&mut self, now: i64, markers: bool) -> Vec<Expired>;

    /// The messages that are to be published now.
    fn take_scheduled(&mut self, now: i64) -> Vec<ProposedMsg>;
}

/// A store whose messages expire and are published at their time.
pub(super) trait Expiring: Send + Sync + Sized + 'static {
    type State: ExpiringState;

    /// Does something under the lock and then tells what has changed.
    fn locked<R>(&self, act: impl FnOnce(&mut Self::State) -> R) -> R;
    fn clock(&self) -> &dyn Clock;
    fn handle(&self) -> Weak<Self>;

    /// Removes what is too old or has outlived its own limit.
    fn expire_msgs(&self) {
        let Some(markers) = self.locked(|state| self.begin_expiry(state)) else {
            return;
        };
        let next = self.expire_by_age(markers.as_ref());
        let now = self.clock().now();
        let expired = self.locked(|state| state.take_outlived(now, markers.is_some()));
        carry_out(expired, markers.as_ref());
        self.locked(|state| self.end_expiry(state, next));
    }

    /// Proposes the messages that are to be published now.
    fn run_schedules(&self) {
        let due = self.locked(|state| {
            if state.is_closed() || state.expiry().schedules.is_none() {
                return None;
            }
            let Some(on_process) = state.handlers().1 else {
                self.set_schedule_timer(state);
                return None;
            };
            state.expiry().schedule_timer.begin();
            Some((on_process, state.take_scheduled(self.clock().now())))
        });
        let Some((on_process, due)) = due else { return };
        for msg in due {
            on_process(msg);
        }
        self.locked(|state| {
            state.expiry().schedule_timer.end();
            self.set_schedule_timer(state);
        });
    }

    /// Sets the timers that a new message makes necessary.
    fn set_timers_for_new(&self, state: &mut Self::State, ttl: i64, has_header: bool) {
        if ttl > 0 && state.expiry().wheel.is_some() {
            self.set_age_timer(state, 0);
        } else {
            self.start_age_timer(state);
        }
        if has_header && state.expiry().schedules.is_some() {
            self.set_schedule_timer(state);
        }
    }

    /// After the first message with a time of its own.
    fn check_raw(&self, state: &mut Self::State, ts: i64) {
        let max_age = state.config().max_age;
        if !state.expiry().received_raw && max_age > Nanos::ZERO && ts > 0 {
            state.expiry().received_raw = true;
            self.set_age_timer(state, FIRST_RAW_CHECK);
        }
    }

    /// Sets the timer of expiry; `delta` is the time until the oldest message is too
    /// old, or 0 if that is not known.
    fn set_age_timer(&self, state: &mut Self::State, delta: i64) {
        if state.is_closed() || state.expiry().age_timer.is_running() {
            return;
        }
        let max_age = limit(state.config().max_age.0).map(|_| state.config().max_age.0);
        let wheel = state.expiry().wheel.as_ref();
        let wheel = wheel.filter(|wheel| wheel.count() > 0);
        let next = wheel.map(|wheel| wheel.next_expiration(i64::MAX));
        let now = self.clock().now();
        let until_next = next.map(|next| next.saturating_sub(now));
        if max_age.is_none() && until_next.is_none() {
            state.expiry().age_timer.clear(self.clock());
            return;
        }
        let waits = delta == 0 && state.msgs() > 0 && max_age.is_some();
        let retry = waits.then_some(RETRY_AFTER);
        let delta = Some(delta).filter(|delta| *delta > 0);
        let delays = [max_age, until_next, retry, delta].into_iter().flatten();
        let delay = delays.min().unwrap_or(0);
        let task = || self.expiry_task();
        state.expiry().age_timer.set(self.clock(), delay, task);
    }

    /// Starts the timer of expiry when the first message comes.
    fn start_age_timer(&self, state: &mut Self::State) {
        let max_age = state.config().max_age;
        if max_age > Nanos::ZERO && !state.expiry().age_timer.is_set() {
            let task = self.expiry_task();
            let timer = &mut state.expiry().age_timer;
            timer.start(self.clock(), max_age.0, task);
        }
    }

    /// Sets the timer of schedules to the next that is due.
    fn set_schedule_timer(&self, state: &mut Self::State) {
        if state.is_closed() || state.expiry().schedule_timer.is_running() {
            return;
        }
        let schedules = state.expiry().schedules.as_ref();
        let Some(at) = schedules.and_then(Schedules::next_run) else {
            state.expiry().schedule_timer.clear(self.clock());
            return;
        };
        let delay = at.saturating_sub(self.clock().now());
        let this = self.handle();
        let timer = &mut state.expiry().schedule_timer;
        timer.set(self.clock(), delay, || {
            Box::new(move || {
                if let Some(store) = this.upgrade() {
                    store.run_schedules();
                }
            })
        });
    }

    /// Who is to be asked about what expires, if anybody; `None` if nothing can be
    /// done about it now.
    fn begin_expiry(&self, state: &mut Self::State) -> Option<Option<Markers>> {
        if state.is_closed() {
            return None;
        }
        let ttl_secs = state.config().subject_delete_marker_ttl.as_secs();
        let markers = match (ttl_secs > 0, state.handlers()) {
            (false, _) => None,
            (true, (Some(on_remove), Some(on_process))) => Some(Markers {
                on_remove,
                on_process,
                ttl_secs,
            }),
            (true, _) => {
                self.set_age_timer(state, 0);
                return None;
            }
        };
        state.expiry().age_timer.begin();
        Some(markers)
    }

    /// Sets the timer again; `next` is the time of the oldest message that stays.
    fn end_expiry(&self, state: &mut Self::State, next: Option<i64>) {
        state.expiry().age_timer.end();
        if state.is_closed() {
            return;
        }
        let is_empty = state.msgs() == 0;
        let wheel = state.expiry().wheel.as_ref();
        if is_empty && wheel.is_none_or(|wheel| wheel.count() == 0) {
            state.expiry().age_timer.clear(self.clock());
            return;
        }
        let oldest = self.clock().now().saturating_sub(state.config().max_age.0);
        let delta = next.map_or(0, |ts| ts.saturating_sub(oldest));
        self.set_age_timer(state, delta);
    }

    /// Returns the time of the oldest message that stays.
    fn expire_by_age(&self, markers: Option<&Markers>) -> Option<i64> {
        let mut scan = AgeScan::default();
        while !scan.is_done {
            let now = self.clock().now();
            let expired = self.locked(|state| state.scan_aged(&mut scan, now, markers.is_some()));
            carry_out(expired, markers);
        }
        scan.next
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
