//! What a session has collected for its receivers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::account::{Subscription, TrafficCounts};
use crate::conn::{Link, Queued, Staged};

/// Output of one receiver is queued before the end of the read if it exceeds this.
const FLUSH_AT: usize = 512 * 1024;

/// The session's own connection always has the first slot.
const OWN: usize = 0;

#[derive(Debug)]
struct Slot {
    link: Arc<Link>,
    staged: Staged,
    counts: TrafficCounts,
    headers: bool,
    dirty: bool,
    /// See [`FLUSH_AT`]; less if the receiver may not have that much waiting.
    flush_at: usize,
}

impl Slot {
    fn new(link: Arc<Link>) -> Self {
        let headers = link.headers();
        let half = usize::try_from(link.outbound().max_pending() / 2).unwrap_or(usize::MAX);
        let flush_at = half.min(FLUSH_AT);
        Self {
            link,
            staged: Staged::default(),
            counts: TrafficCounts::default(),
            headers,
            dirty: false,
            flush_at,
        }
    }
}

/// Output by receiver.
#[derive(Debug)]
pub(in super::super) struct Stage {
    slots: Vec<Slot>,
    by_link: HashMap<u64, usize>,
    dirty: Vec<usize>,
    own_echo: bool,
    drops_when_behind: bool,
    sent: TrafficCounts,
    /// What of that was sent for other accounts, which are told at once.
    sent_elsewhere: TrafficCounts,
    ended: Vec<Arc<Subscription>>,
    stalled: Option<Arc<Link>>,
    backlog: bool,
}

impl Stage {
    pub(in super::super) fn new(own: Arc<Link>) -> Self {
        let by_link = HashMap::from([(own.id, OWN)]);
        Self {
            slots: vec![Slot::new(own)],
            by_link,
            dirty: Vec::new(),
            own_echo: true,
            drops_when_behind: false,
            sent: TrafficCounts::default(),
            sent_elsewhere: TrafficCounts::default(),
            ended: Vec::new(),
            stalled: None,
            backlog: false,
        }
    }

    /// Output for the session's own connection.
    pub(in super::super) fn own(&mut self) -> &mut Vec<u8> {
        self.buffer(OWN).buffer()
    }

    /// Whether the session's connection wants its own messages back.
    pub(in super::super) fn set_own_echo(&mut self, echo: bool) {
        self.own_echo = echo;
    }

    /// Drops messages to receivers that have fallen behind, instead of letting the
    /// session wait for them.
    pub(in super::super) fn set_drops_when_behind(&mut self, drops: bool) {
        self.drops_when_behind = drops;
    }

    /// Whether a message to the receiver is to be dropped because it has fallen
    /// behind (`no_fast_producer_stall`).
    #[inline]
    pub(super) fn is_dropped(&self, slot: usize) -> bool {
        self.drops_when_behind
            && self
                .slots
                .get(slot)
                .is_some_and(|slot| slot.link.outbound().is_behind())
    }

    /// Looks up again what the session's connection can take.
    pub(in super::super) fn refresh_own(&mut self) {
        if let Some(slot) = self.slots.get_mut(OWN) {
            slot.headers = slot.link.headers();
        }
    }

    pub(super) fn slot_of(&mut self, link: &Arc<Link>) -> usize {
        if let Some(slot) = self.by_link.get(&link.id) {
            return *slot;
        }
        let slot = self.slots.len();
        self.slots.push(Slot::new(Arc::clone(link)));
        self.by_link.insert(link.id, slot);
        slot
    }

    /// Queues everything and forgets all receivers but the session's own.
    pub(super) fn release_slots(&mut self) {
        if self.slots.len() > 1 {
            self.flush();
            self.slots.truncate(1);
            self.by_link.retain(|_, slot| *slot == OWN);
        }
    }

    #[inline]
    pub(super) fn is_unwanted_echo(&self, slot: usize) -> bool {
        slot == OWN && !self.own_echo
    }

    #[inline]
    pub(super) fn takes_headers(&self, slot: usize) -> bool {
        self.slots.get(slot).is_some_and(|slot| slot.headers)
    }

    #[inline]
    #[expect(
        clippy::indexing_slicing,
        reason = "slots are numbered by `slot_of` alone"
    )]
    pub(super) fn buffer(&mut self, slot: usize) -> &mut Staged {
        let entry = &mut self.slots[slot];
        if !entry.dirty {
            entry.dirty = true;
            entry.staged.prepare();
            self.dirty.push(slot);
        }
        &mut entry.staged
    }

    #[inline]
    pub(super) fn count(&mut self, slot: usize, bytes: usize, reply: Option<&[u8]>) {
        let Some(entry) = self.slots.get_mut(slot) else {
            return;
        };
        entry.counts.msgs += 1;
        entry.counts.bytes += bytes as u64;
        if let Some(reply) = reply
            && entry.link.tracks_replies()
            && let Some(owner) = entry.link.owner()
        {
            owner.track_reply(reply);
        }
        if entry.staged.len() >= entry.flush_at {
            self.flush_slot(slot);
        }
    }

    pub(super) fn note_ended(&mut self, subscription: &Arc<Subscription>) {
        self.ended.push(Arc::clone(subscription));
    }

    /// Ends the subscriptions that have received all they may.
    #[inline]
    pub(super) fn end_subscriptions(&mut self) {
        if self.ended.is_empty() {
            return;
        }
        for subscription in std::mem::take(&mut self.ended) {
            if let Some(owner) = subscription.link.owner() {
                owner.subscription_is_done(&subscription.sid);
            }
        }
    }

    /// Queues what was collected, the session's own output last, so that nobody
    /// is told of an effect before the others can see it.
    pub(in super::super) fn flush(&mut self) {
        let mut own_is_dirty = false;
        while let Some(slot) = self.dirty.pop() {
            if slot == OWN {
                own_is_dirty = true;
            } else {
                self.flush_slot(slot);
            }
        }
        if own_is_dirty {
            self.flush_slot(OWN);
        }
        self.dirty.clear();
    }

    fn flush_slot(&mut self, slot: usize) {
        let Some(entry) = self.slots.get_mut(slot) else {
            return;
        };
        entry.dirty = false;
        if entry.staged.is_empty() {
            return;
        }
        let counts = std::mem::take(&mut entry.counts);
        if counts.msgs > 0 {
            entry
                .link
                .out_msgs
                .fetch_add(counts.msgs, Ordering::Relaxed);
            entry
                .link
                .out_bytes
                .fetch_add(counts.bytes, Ordering::Relaxed);
            self.sent.msgs += counts.msgs;
            self.sent.bytes += counts.bytes;
        }
        if entry.link.send(&mut entry.staged) == Queued::Stalled && slot != OWN {
            self.stalled = Some(Arc::clone(&entry.link));
        }
        self.backlog |= entry.link.outbound().has_backlog();
    }

    /// What was sent since this was last asked.
    pub(in super::super) fn take_sent(&mut self) -> TrafficCounts {
        std::mem::take(&mut self.sent)
    }

    /// The receivers that messages went to, for their time of activity.
    pub(in super::super) fn touch_receivers(&self, now_ns: i64) {
        for slot in &self.dirty {
            if let Some(entry) = self.slots.get(*slot)
                && entry.counts.msgs > 0
            {
                entry.link.touch(now_ns);
            }
        }
    }

    /// Notes what was sent for another account.
    pub(super) fn note_sent_elsewhere(&mut self, counts: TrafficCounts) {
        self.sent_elsewhere.msgs += counts.msgs;
        self.sent_elsewhere.bytes += counts.bytes;
    }

    /// What was sent for other accounts since this was last asked.
    pub(in super::super) fn take_sent_elsewhere(&mut self) -> TrafficCounts {
        std::mem::take(&mut self.sent_elsewhere)
    }

    /// A receiver that is falling behind, if there is one.
    pub(in super::super) fn take_stalled(&mut self) -> Option<Arc<Link>> {
        self.stalled.take()
    }

    /// Whether much waits for a receiver since this was last asked.
    pub(in super::super) fn take_backlog(&mut self) -> bool {
        std::mem::take(&mut self.backlog)
    }
}
