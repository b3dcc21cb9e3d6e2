//! Messages that wait in a stream to be published at their time.
//!
//! One schedule for a subject; a newer one takes the place of the older. The
//! snapshot: version 1, the number of schedules and a stamp as 64-bit
//! little-endian numbers, then for each the length of the subject as 16-bit
//! little-endian number, the subject, the time as zigzag varint and the sequence
//! as varint.

use hashbrown::{HashMap, HashSet};
use thiserror::Error;

use super::handlers::ProposedMsg;
use super::headers;
use super::message::StoredMsg;
use super::schedule_pattern::parse_schedule;
use crate::collections::HashWheel;
use crate::collections::varint::{put_varint, take_varint, unzigzag, zigzag};
use crate::protocol::{generate_header, remove_header, remove_headers_with_prefix};

/// The schedules of a stream (`MsgScheduling`). Whoever has them sets a timer by
/// [`next_run`](Self::next_run).
#[derive(Debug, Default)]
pub struct Schedules {
    wheel: HashWheel,
    by_subject: HashMap<Box<[u8]>, Schedule>,
    subjects: HashMap<u64, Box<[u8]>>,
    /// Subjects whose message was proposed and has not come back yet.
    inflight: HashSet<Box<[u8]>>,
}

#[derive(Clone, Copy, Debug)]
struct Schedule {
    seq: u64,
    at: i64,
}

/// Why a snapshot of schedules cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// A version not known here.
    #[error("msg scheduling: encoded version not known")]
    InvalidVersion,
    /// Too short for its header.
    #[error("short buffer")]
    ShortBuffer,
    /// It ends before its schedules do.
    #[error("unexpected EOF")]
    UnexpectedEof,
}

const VERSION: u8 = 1;
const HEADER_LEN: usize = 17;

impl Schedules {
    /// No schedules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Schedules the message `seq` for `at`, in nanoseconds since 1970, in the
    /// place of any other of its subject.
    pub fn add(&mut self, seq: u64, subject: &[u8], at: i64) {
        self.remove_subject(subject);
        self.wheel.add(seq, at);
        self.by_subject.insert(subject.into(), Schedule { seq, at });
        self.subjects.insert(seq, subject.into());
        self.inflight.remove(subject);
    }

    /// Sets a repeating schedule to its next time; false if there is none.
    pub fn update(&mut self, subject: &[u8], at: i64) -> bool {
        let Some(schedule) = self.by_subject.get_mut(subject) else {
            return false;
        };
        self.wheel.remove(schedule.seq, schedule.at).ok();
        self.wheel.add(schedule.seq, at);
        schedule.at = at;
        self.inflight.remove(subject);
        true
    }

    /// Notes that the message of a schedule was proposed.
    pub fn mark_inflight(&mut self, subject: &[u8]) {
        if self.by_subject.contains_key(subject) {
            self.inflight.insert(subject.into());
        }
    }

    /// Whether the message of a schedule was proposed and has not come back yet.
    #[must_use]
    pub fn is_inflight(&self, subject: &[u8]) -> bool {
        self.inflight.contains(subject)
    }

    /// Takes off the schedule that the message `seq` made, if it still stands.
    pub fn remove(&mut self, seq: u64) {
        if let Some(subject) = self.subjects.remove(&seq)
            && let Some(schedule) = self.by_subject.remove(&subject)
        {
            self.wheel.remove(seq, schedule.at).ok();
        }
    }

    /// Takes off the schedules that messages after `seq` made.
    pub(crate) fn remove_after(&mut self, seq: u64) {
        let later: Vec<u64> = self
            .subjects
            .keys()
            .copied()
            .filter(|at| *at > seq)
            .collect();
        for seq in later {
            self.remove(seq);
        }
    }

    /// Takes off the schedule of a subject.
    pub fn remove_subject(&mut self, subject: &[u8]) {
        if let Some(schedule) = self.by_subject.remove(subject) {
            self.wheel.remove(schedule.seq, schedule.at).ok();
            self.subjects.remove(&schedule.seq);
        }
    }

    /// Forgets what was proposed, as when another server leads now.
    pub fn clear_inflight(&mut self) {
        self.inflight.clear();
    }

    /// How many schedules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_subject.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_subject.is_empty()
    }

    /// The message that made the schedule of a subject, and when it is due, in
    /// nanoseconds since 1970.
    #[must_use]
    pub fn of_subject(&self, subject: &[u8]) -> Option<(u64, i64)> {
        let schedule = self.by_subject.get(subject)?;
        Some((schedule.seq, schedule.at))
    }

    /// The subject of the schedule that the message `seq` made.
    #[must_use]
    pub fn subject_of(&self, seq: u64) -> Option<&[u8]> {
        self.subjects.get(&seq).map(AsRef::as_ref)
    }

    /// When the next schedule is due, in nanoseconds since 1970. It may be too
    /// early after removals.
    #[must_use]
    pub const fn next_run(&self) -> Option<i64> {
        match self.wheel.count() {
            0 => None,
            _ => Some(self.wheel.next_expiration(i64::MAX)),
        }
    }

    /// The messages to publish by `now`, by sequence. `load` fills in the message
    /// with a sequence and `load_last` the last of a subject; false if there is
    /// none. Schedules that make no sense or whose message is gone are taken off.
    pub fn due(
        &mut self,
        now: i64,
        mut load: impl FnMut(u64, &mut StoredMsg) -> bool,
        mut load_last: impl FnMut(&[u8], &mut StoredMsg) -> bool,
    ) -> Vec<ProposedMsg> {
        let mut due = Vec::new();
        self.wheel.expire_tasks_at(now, |seq, at| {
            due.push((seq, at));
            false
        });
        due.sort_unstable();
        let (mut msgs, mut msg) = (Vec::new(), StoredMsg::new());
        for (seq, at) in due {
            let loaded = load(seq, &mut msg);
            if loaded && self.is_inflight(msg.subject()) {
                continue;
            }
            let made = loaded
                .then(|| publish(&mut msg, at, now, &mut load_last))
                .flatten();
            match made {
                Some((scheduler, made)) => {
                    self.mark_inflight(&scheduler);
                    msgs.push(made);
                }
                None => {
                    self.remove(seq);
                    self.wheel.remove(seq, at).ok();
                }
            }
        }
        msgs
    }

    /// A snapshot, with `high_seq` for the one who will read it.
    #[must_use]
    pub fn encode(&self, high_seq: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_LEN + self.len() * 32);
        out.push(VERSION);
        out.extend_from_slice(&(self.len() as u64).to_le_bytes());
        out.extend_from_slice(&high_seq.to_le_bytes());
        for (subject, schedule) in &self.by_subject {
            let len = u16::try_from(subject.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&len.to_le_bytes());
            out.extend(subject.iter().take(len.into()));
            put_varint(&mut out, zigzag(schedule.at));
            put_varint(&mut out, schedule.seq);
        }
        out
    }

    /// Takes the contents of a snapshot and returns its stamp.
    ///
    /// # Errors
    /// [`ScheduleError`]; nothing has changed then.
    pub fn decode(&mut self, snapshot: &[u8]) -> Result<u64, ScheduleError> {
        let (header, mut rest) = snapshot
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(ScheduleError::ShortBuffer)?;
        let [version, numbers @ ..] = header;
        if *version != VERSION {
            return Err(ScheduleError::InvalidVersion);
        }
        let (count, stamp) = numbers.split_at(8);
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
        let mut read = Self::new();
        for _ in 0..number(count) {
            let (subject, at, seq) =
                take_schedule(&mut rest).ok_or(ScheduleError::UnexpectedEof)?;
            read.add(seq, subject, at);
        }
        *self = read;
        Ok(number(stamp))
    }
}

fn take_schedule<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], i64, u64)> {
    let (len, after) = rest.split_first_chunk::<2>()?;
    let (subject, after) = after.split_at_checked(u16::from_le_bytes(*len).into())?;
    *rest = after;
    Some((subject, unzigzag(take_varint(rest)?), take_varint(rest)?))
}

/// The subject of the schedule in `msg` and what it says to publish.
fn publish(
    msg: &mut StoredMsg,
    at: i64,
    now: i64,
    load_last: &mut impl FnMut(&[u8], &mut StoredMsg) -> bool,
) -> Option<(Vec<u8>, ProposedMsg)> {
    let (seq, scheduler) = (msg.seq, msg.subject().to_vec());
    let header = msg.header();
    let run = parse_schedule(headers::text(headers::SCHEDULE, header)?, at, now)?;
    let ttl = headers::text(headers::SCHEDULE_TTL, header).map(str::to_owned);
    if let Some(ttl) = &ttl {
        headers::parse_message_ttl(ttl.as_bytes()).ok()?;
    }
    let target = headers::text(headers::SCHEDULE_TARGET, header)?.to_owned();
    let source = headers::text(headers::SCHEDULE_SOURCE, header).map(str::to_owned);
    if let Some(source) = source
        && !load_last(source.as_bytes(), msg)
    {
        return None;
    }
    let mut header = without_own_headers(msg.header());
    let mut add = |key, value: &[u8]| {
        header = Some(generate_header(header.as_deref(), key, value));
    };
    add(headers::SCHEDULER, &scheduler);
    if run.repeats {
        add(headers::SCHEDULE_NEXT, rfc3339_seconds(run.at)?.as_bytes());
    } else {
        add(headers::SCHEDULE_NEXT, headers::SCHEDULE_NEXT_PURGE);
    }
    if let Some(ttl) = ttl {
        add(headers::MESSAGE_TTL, ttl.as_bytes());
    }
    let made = ProposedMsg {
        seq,
        subject: target.into_bytes(),
        header: header.unwrap_or_default(),
        payload: msg.payload().to_vec(),
    };
    Some((scheduler, made))
}

/// The headers that are passed on.
fn without_own_headers(header: &[u8]) -> Option<Vec<u8>> {
    if header.is_empty() {
        return None;
    }
    let header = remove_header(headers::SCHEDULE, header)?;
    let header = remove_headers_with_prefix(b"Nats-Schedule-", &header)?;
    let header = remove_headers_with_prefix(b"Nats-Expected-", &header)?;
    let header = remove_header(headers::MESSAGE_ID, &header)?;
    let header = remove_header(headers::MESSAGE_TTL, &header)?;
    remove_header(headers::ROLLUP, &header)
}

/// A time without its fraction of a second.
fn rfc3339_seconds(nanos: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(nanos.div_euclid(1_000_000_000)).ok()?;
    Some(time.to_string())
}

#[cfg(test)]
mod tests;
