//! Delivering a run of messages (`loopAndGatherMsgs` and `deliverMsg`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::groups::Turn;
use super::inner::{Inner, Mode, SkipList};
use super::lifecycle::Consumer;
use super::pull::{Served, status_with_rest};
use super::push::next_heartbeat;
use super::redeliver_queue::Attempt;
use crate::client::{InternalPublisher, Outgoing};
use crate::jetstream::host::nanos;
use crate::jetstream::model::{ConsumerConfig, Pending, PriorityPolicy, RetentionPolicy};
use crate::jetstream::store::{Lookup, MsgRef, MsgRun, RunLimits, StoreError, StoredMsg};
use crate::protocol::{generate_header, push_decimal};

/// Most messages and bytes of one run; then others get their turn.
const RUN_MSGS: usize = 512;
const RUN_BYTES: u64 = 512 * 1024;
/// Most messages and bytes that are read from the store in one go. Time stands still for
/// as long as they take.
const READ_MSGS: usize = 128;
const READ_BYTES: usize = 64 * 1024;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is more to deliver.
    More,
    /// There is nothing to deliver, or nobody to deliver it to.
    EndOfStream,
    /// Acknowledgements have to come first.
    Full,
    /// A receiver has to read first what it was sent.
    Ahead,
}

/// A message that is being delivered.
struct Next {
    count: u64,
}

/// The memory that a run uses again and again.
#[derive(Default)]
pub(super) struct Scratch {
    /// Messages that were read. None stay when the consumer's lock is released: they
    /// might be removed from the stream.
    run: MsgRun,
    /// Where in the stream the rest of them goes on.
    resume: u64,
    reply: Vec<u8>,
    header: Vec<u8>,
}

/// What does not change from one message to the next.
struct Pass<'a> {
    config: &'a ConsumerConfig,
    now: i64,
    publisher: &'a mut InternalPublisher,
}

impl Consumer {
    /// Delivers messages until there is nothing to do, or enough has been done.
    pub(super) fn deliver_run(
        &self,
        inner: &mut Inner,
        scratch: &mut Scratch,
        publisher: &mut InternalPublisher,
    ) -> Progress {
        if publisher.is_ahead() {
            return Progress::Ahead;
        }
        let config = Arc::clone(&inner.config);
        let mut pass = Pass {
            config: &config,
            now: 0,
            publisher,
        };
        let progress = self.deliver_msgs(inner, scratch, &mut pass);
        if progress == Progress::More {
            scratch.run.clear();
        } else {
            scratch.run.release();
        }
        progress
    }

    fn deliver_msgs(
        &self,
        inner: &mut Inner,
        scratch: &mut Scratch,
        pass: &mut Pass<'_>,
    ) -> Progress {
        let mut bytes = 0;
        for left in (1..=RUN_MSGS).rev() {
            if bytes >= RUN_BYTES {
                break;
            }
            if !scratch.run.has_more() {
                pass.now = self.now();
            }
            if !is_ready(inner, pass.now) {
                return Progress::EndOfStream;
            }
            let next = match self.next_message(inner, scratch, left) {
                Ok(Some(next)) => next,
                Ok(None) if inner.is_full() => return Progress::Full,
                Ok(None) => return Progress::EndOfStream,
                Err(error) => {
                    self.log_error("looking up message for", &error);
                    return Progress::EndOfStream;
                }
            };
            match self.deliver_one(inner, scratch, &next, pass) {
                Some(size) => bytes += size,
                None => return Progress::EndOfStream,
            }
        }
        Progress::More
    }

    /// The next message to deliver: one that has to be delivered again, one of the
    /// last of their subjects, or the next of the stream.
    fn next_message(
        &self,
        inner: &mut Inner,
        scratch: &mut Scratch,
        left: usize,
    ) -> Result<Option<Next>, StoreError> {
        if let Some(next) = self.next_redelivery(inner, scratch)? {
            return Ok(Some(next));
        }
        if inner.is_full() {
            return Ok(None);
        }
        if let Some(list) = &mut inner.skip_list
            && let Some(seq) = list.seqs.front().copied()
        {
            if !self.stream().is_safe(seq) {
                return Ok(None);
            }
            list.seqs.pop_front();
            inner.stream_seq = seq + 1;
            if list.seqs.is_empty() {
                inner.stream_seq = list.resume + 1;
                inner.skip_list = None;
            }
            return match inner.messages.load_msg(seq, scratch.run.begin()) {
                Ok(()) => Ok(Some(Next { count: 1 })),
                Err(StoreError::MsgNotFound) => self.next_message(inner, scratch, left),
                Err(StoreError::Eof) => Ok(None),
                Err(error) => Err(error),
            };
        }
        let start = inner.stream_seq;
        if scratch.resume == start
            && let Some(seq) = scratch.run.advance()
        {
            inner.stream_seq = seq + 1;
            scratch.resume = seq + 1;
            return Ok(Some(Next { count: 1 }));
        }
        let (limits, run) = (read_limits(inner, left), &mut scratch.run);
        let found = inner
            .messages
            .load_run(inner.filter(), start, limits, run)?;
        match found {
            // The stream tells when it is.
            Lookup::Found(seq) if !self.stream().is_safe(seq) => {
                run.clear();
                Ok(None)
            }
            Lookup::Found(seq) => {
                run.cut(|seq| self.stream().is_safe(seq));
                inner.stream_seq = inner.stream_seq.max(seq + 1);
                scratch.resume = inner.stream_seq;
                Ok(Some(Next { count: 1 }))
            }
            Lookup::End(last) => {
                if last >= start {
                    inner.stream_seq = last + 1;
                }
                Ok(None)
            }
        }
    }

    fn next_redelivery(
        &self,
        inner: &mut Inner,
        scratch: &mut Scratch,
    ) -> Result<Option<Next>, StoreError> {
        while let Some((seq, attempt)) = inner.redeliver.pop() {
            if attempt == Attempt::Next {
                *inner.redelivered.entry(seq).or_insert(0) += 1;
            }
            let count = inner.delivery_count(seq);
            let max = inner.max_deliver();
            if max > 0 && count > max {
                if count == max + 1 {
                    self.advise_exceeded(seq, count - 1);
                }
                if let Some(pending) = inner.pending.remove(&seq) {
                    let (dseq, sent) = (pending.sequence, pending.timestamp);
                    self.noted(inner.note_delivered(dseq, seq, count, sent, self.now()));
                }
                continue;
            }
            match inner.messages.load_msg(seq, scratch.run.begin()) {
                Ok(()) => return Ok(Some(Next { count })),
                Err(error) => {
                    if attempt == Attempt::Next {
                        inner.take_back_delivery(seq);
                    }
                    // It was removed meanwhile; that is dealt with elsewhere.
                    if !matches!(error, StoreError::MsgNotFound | StoreError::Eof) {
                        return Err(error);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Delivers the message in `scratch`; returns its size, or `None` if nobody
    /// takes it now.
    fn deliver_one(
        &self,
        inner: &mut Inner,
        scratch: &mut Scratch,
        next: &Next,
        pass: &mut Pass<'_>,
    ) -> Option<u64> {
        let now = pass.now;
        let Scratch {
            run, reply, header, ..
        } = scratch;
        let msg = run.current();
        let (seq, ts) = (msg.seq, msg.ts);
        let first = next.count == 1;
        if first {
            inner.to_come -= 1;
        }
        reply.clear();
        self.ack_reply(inner, seq, next.count, ts, reply);
        let headers_only = pass.config.headers_only;
        set_header(header, &msg, headers_only);
        let payload = if headers_only { b"" } else { msg.payload };
        let size_without_header = msg.subject.len() + reply.len() + payload.len();
        let mut size = (size_without_header + header.len()) as u64;
        let served = if inner.is_push() {
            None
        } else {
            match self.next_waiting(inner, size, now, pass.publisher) {
                Some(served) => Some(served),
                None => {
                    inner.put_back(seq, first);
                    return None;
                }
            }
        };
        if let Some(pin) = &inner.pin
            && pass.config.priority_policy == PriorityPolicy::PinnedClient
        {
            let own = (!header.is_empty()).then_some(&**header);
            *header = generate_header(own, b"Nats-Pin-Id", pin.id.as_bytes());
            size = (size_without_header + header.len()) as u64;
        }
        let to: &[u8] = match &served {
            Some(served) => &served.reply,
            None => pass.config.deliver_subject.as_bytes(),
        };
        let dseq = inner.delivery_seq;
        inner.delivery_seq += 1;
        self.noted(inner.note_delivered(dseq, seq, next.count, now, now));
        if inner.acks() {
            inner.track(seq, dseq, now);
        } else {
            inner.floor = (dseq, seq);
        }
        let delivered = pass.publisher.publish(&Outgoing {
            subject: msg.subject,
            deliver_to: Some(to),
            reply: Some(reply),
            header,
            payload,
        });
        self.after_delivery(inner, served.as_ref(), size, pass);
        if delivered {
            if !inner.acks() && inner.retention != RetentionPolicy::Limits {
                inner.to_release.push(seq);
            }
            self.pace(inner, ts, size, now);
            return Some(size);
        }
        self.did_not_deliver(inner, seq, to, now, pass.publisher)
            .then_some(0)
    }

    fn after_delivery(
        &self,
        inner: &mut Inner,
        served: Option<&Served>,
        size: u64,
        pass: &mut Pass<'_>,
    ) {
        let (now, publisher) = (pass.now, &mut *pass.publisher);
        match (&mut inner.mode, served) {
            (Mode::Pull(waiting), Some(served)) => {
                waiting.last_used = now;
                waiting.delay_heartbeat(&served.reply, now);
                if served.left <= 0 && served.bytes_left > 0 {
                    let status =
                        status_with_rest("409 Batch Completed", served.left, served.bytes_left);
                    publisher.publish(&Outgoing {
                        subject: &served.reply,
                        header: &status,
                        ..Outgoing::default()
                    });
                }
            }
            (Mode::Push(push), _) => {
                push.heartbeat_at = next_heartbeat(pass.config, now);
                self.count_flow(inner, size, publisher);
            }
            (Mode::Pull(_), None) => {}
        }
    }

    /// Nobody got a message that somebody should have got. Returns whether others wait
    /// for it.
    fn did_not_deliver(
        &self,
        inner: &mut Inner,
        seq: u64,
        to: &[u8],
        now: i64,
        publisher: &mut InternalPublisher,
    ) -> bool {
        let mut others_wait = false;
        if inner.is_push() {
            self.on_interest(inner, now);
            if !inner.acks() {
                return false;
            }
        } else {
            self.check_waiting(inner, false, publisher);
            if let Mode::Pull(waiting) = &mut inner.mode {
                // A request that did not get it and still waits would not get it now.
                others_wait = !waiting.credit(to) && !waiting.is_empty();
            }
        }
        if inner.pending.contains_key(&seq) {
            inner.redeliver.push_undelivered(seq);
        }
        others_wait
    }

    /// The request that gets a message of `size` bytes.
    fn next_waiting(
        &self,
        inner: &mut Inner,
        size: u64,
        now: i64,
        publisher: &mut InternalPublisher,
    ) -> Option<Served> {
        let policy = inner.config.priority_policy;
        let mut cycled = 0;
        loop {
            let Mode::Pull(waiting) = &mut inner.mode else {
                return None;
            };
            let count = waiting.len();
            let request = waiting.front_mut()?;
            let over = if request.expires.is_some_and(|expires| now >= expires) {
                Some(request.status("408 Request Timeout"))
            } else if request.bytes_left > 0 && size > request.bytes_left.unsigned_abs() {
                Some(request.status("409 Message Size Exceeds MaxBytes"))
            } else {
                None
            };
            if let Some(status) = over {
                publisher.publish(&Outgoing {
                    subject: &request.reply,
                    header: &status,
                    ..Outgoing::default()
                });
                waiting.pop_front();
                continue;
            }
            if !request.listener.is_there() {
                if request.listener.is_elsewhere() {
                    publisher.publish(&Outgoing {
                        subject: &request.reply,
                        header: &request.status("408 Interest Expired"),
                        ..Outgoing::default()
                    });
                }
                waiting.pop_front();
                continue;
            }
            match self.group_turn(inner, now, publisher) {
                Turn::Serve => {}
                Turn::Cycle => {
                    cycled += 1;
                    if let Mode::Pull(waiting) = &mut inner.mode {
                        waiting.cycle();
                    }
                    if cycled >= count {
                        return None;
                    }
                    continue;
                }
                Turn::Drop => {
                    if let Mode::Pull(waiting) = &mut inner.mode {
                        waiting.pop_front();
                    }
                    continue;
                }
            }
            let Mode::Pull(waiting) = &mut inner.mode else {
                return None;
            };
            if let Some(request) = waiting.front_mut()
                && request.bytes_left > 0
            {
                request.bytes_left -= i64::try_from(size).unwrap_or(i64::MAX);
                // This one still fits, and no other.
                if request.bytes_left == 0 {
                    request.left = 1;
                }
            }
            return waiting.serve(policy);
        }
    }

    /// Where the receiver acknowledges, which also tells what it has got.
    fn ack_reply(&self, inner: &Inner, seq: u64, count: u64, ts: i64, out: &mut Vec<u8>) {
        out.extend_from_slice(self.ack_prefix());
        for number in [
            count,
            seq,
            inner.delivery_seq,
            ts.unsigned_abs(),
            inner.num_pending(),
        ] {
            out.push(b'.');
            push_decimal(out, number);
        }
    }

    /// Holds up the next message as a rate limit or a replay wants it.
    fn pace(&self, inner: &mut Inner, ts: i64, size: u64, now: i64) {
        if let Mode::Push(push) = &mut inner.mode
            && let Some(rate) = &mut push.rate
        {
            let wait = rate.take(size, now);
            inner.not_before = inner.not_before.max(now.saturating_add(wait));
        }
        if let Some(replay) = &mut inner.replay {
            replay.last_ts = ts;
            if inner.stream_seq > replay.until {
                inner.replay = None;
            } else {
                self.pace_replay(inner, now);
            }
        }
    }

    /// The next message comes as long after this one as it was stored after it.
    fn pace_replay(&self, inner: &mut Inner, now: i64) {
        let Some(replay) = &inner.replay else { return };
        let (start, mut msg) = (inner.stream_seq, StoredMsg::new());
        let found = match (&inner.filter_list, inner.filters.first()) {
            (Some(list), _) => inner.messages.load_next_msg_multi(list, start, &mut msg),
            (None, filter) => {
                let filter = filter.map_or("", String::as_str).as_bytes();
                inner.messages.load_next_msg(filter, start, &mut msg)
            }
        };
        if let Ok(Lookup::Found(_)) = found {
            let pause = msg.ts.saturating_sub(replay.last_ts);
            if pause > 1_000_000 {
                inner.not_before = inner.not_before.max(now.saturating_add(pause));
            }
        }
    }
}

/// Whether anything may be delivered now.
fn is_ready(inner: &Inner, now: i64) -> bool {
    if inner.closed || now < inner.not_before {
        return false;
    }
    if inner
        .config
        .pause_until
        .is_some_and(|until| now < nanos(until))
    {
        return false;
    }
    match &inner.mode {
        Mode::Pull(waiting) => !waiting.is_empty(),
        Mode::Push(push) => {
            push.active && !push.flow.as_ref().is_some_and(|flow| flow.is_stalled())
        }
    }
}

/// How much to read from the store for a run that has `left` messages to go: no more than
/// can be delivered, as far as that is known.
fn read_limits(inner: &Inner, left: usize) -> RunLimits {
    let wanted = match &inner.mode {
        Mode::Pull(waiting) => waiting.wanted(left),
        // After each message it may have to wait for the next.
        Mode::Push(push) if push.rate.is_some() => 1,
        Mode::Push(_) => left,
    };
    let is_paced = inner.replay.is_some();
    let msgs = if is_paced { 1 } else { wanted };
    RunLimits {
        msgs: msgs.min(inner.room()).min(READ_MSGS),
        bytes: READ_BYTES,
    }
}

/// The header block to deliver: the message's own, and its size if the payload is
/// left out.
fn set_header(header: &mut Vec<u8>, msg: &MsgRef<'_>, headers_only: bool) {
    header.clear();
    if headers_only {
        let own = (!msg.header.is_empty()).then_some(msg.header);
        let size = msg.payload.len().to_string();
        *header = generate_header(own, b"Nats-Msg-Size", size.as_bytes());
    } else {
        header.extend_from_slice(msg.header);
    }
}

impl Inner {
    /// Notes that an acknowledgement is waited for.
    fn track(&mut self, seq: u64, dseq: u64, now: i64) {
        self.pending
            .entry(seq)
            .and_modify(|pending| pending.timestamp = now)
            .or_insert(Pending {
                sequence: dseq,
                timestamp: now,
            });
        let wait = self.ack_wait(seq);
        let due = now.saturating_add(wait);
        if self.pending_at.is_none_or(|at| at > due) {
            self.pending_at = Some(due);
        }
    }

    /// A message that was to be delivered again is not there any more.
    fn take_back_delivery(&mut self, seq: u64) {
        if let Some(times) = self.redelivered.get_mut(&seq) {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.redelivered.remove(&seq);
            }
        }
    }

    /// A message that nobody takes now is taken again later.
    fn put_back(&mut self, seq: u64, first: bool) {
        if !first {
            self.redeliver.push_undelivered(seq);
            return;
        }
        self.to_come += 1;
        match &mut self.skip_list {
            Some(list) => list.seqs.push_front(seq),
            None if seq + 1 == self.stream_seq => self.stream_seq -= 1,
            // The last of the last ones of their subjects.
            None => {
                let resume = self.stream_seq - 1;
                let seqs = VecDeque::from([seq]);
                self.skip_list = Some(SkipList { resume, seqs });
            }
        }
    }
}
