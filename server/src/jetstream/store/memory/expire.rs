//! Messages whose time has come: how they are found here.

use std::sync::Weak;

use super::state::State;
use super::store::MemoryStore;
use crate::jetstream::model::{Nanos, StreamConfig};
use crate::jetstream::store::clock::Clock;
use crate::jetstream::store::delete_marker::is_subject_delete_marker;
use crate::jetstream::store::expiry::{AgeScan, BATCH, Expired, Expiring, ExpiringState, Expiry};
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::handlers::{ProcessMsgHandler, ProposedMsg, RemoveMsgHandler};
use crate::jetstream::store::headers;

impl Expiring for MemoryStore {
    type State = State;

    fn locked<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        self.with(act)
    }

    fn clock(&self) -> &dyn Clock {
        &*self.clock
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
        self.messages.len()
    }

    fn is_closed(&self) -> bool {
        self.closed
    }

    fn expiry(&mut self) -> &mut Expiry {
        &mut self.expiry
    }

    fn handlers(&self) -> (Option<RemoveMsgHandler>, Option<ProcessMsgHandler>) {
        (self.on_remove.clone(), self.on_process.clone())
    }

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

    fn take_outlived(&mut self, now: i64, markers: bool) -> Vec<Expired> {
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
            if markers && self.messages.get(seq).is_some() {
                expired.extend(self.propose(seq, now));
                continue;
            }
            self.remove(seq, false);
            // The header may say another time than the one it was stored with.
            if let Some(wheel) = &mut self.expiry.wheel {
                wheel.remove(seq, expires).ok();
            }
        }
        expired
    }

    fn take_scheduled(&mut self, now: i64) -> Vec<ProposedMsg> {
        let Self {
            expiry,
            messages,
            subjects,
            ..
        } = self;
        let Some(schedules) = &mut expiry.schedules else {
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

impl State {
    /// What to do about an expired message; `None` if that was said a moment ago.
    fn propose(&mut self, seq: u64, now: i64) -> Option<Expired> {
        let record = self.messages.get(seq)?;
        let msgs = self.subjects.msgs(record.subject);
        let last = self
            .expiry
            .markers
            .propose(seq, record.subject, msgs, now)?;
        Some(Expired {
            seq,
            subject: record.subject.to_vec(),
            marker: last && !is_subject_delete_marker(record.header),
        })
    }
}
