//! Pull requests that wait, in the order in which they are served.

use std::collections::VecDeque;

use super::request::Request;
use crate::jetstream::model::PriorityPolicy;

/// Requests that wait. Each message goes to the one in front, which then goes to
/// the back if it wants more; with priorities, to the back of its priority.
#[derive(Default)]
pub(in crate::jetstream::consumer) struct WaitQueue {
    requests: VecDeque<Request>,
    max: usize,
    /// When the last request came or was served.
    pub(in crate::jetstream::consumer) last_used: i64,
    /// When requests were last looked through for those that are over.
    pub(in crate::jetstream::consumer) last_checked: i64,
}

impl WaitQueue {
    pub(in crate::jetstream::consumer) fn new(max: i64, now: i64) -> Self {
        Self {
            requests: VecDeque::new(),
            max: usize::try_from(max).unwrap_or(0),
            last_used: now,
            last_checked: 0,
        }
    }

    pub(in crate::jetstream::consumer) fn len(&self) -> usize {
        self.requests.len()
    }

    pub(in crate::jetstream::consumer) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// How many messages are waited for, as far as that is below `max`.
    pub(in crate::jetstream::consumer) fn wanted(&self, max: usize) -> usize {
        let mut wanted = 0;
        for request in &self.requests {
            wanted += usize::try_from(request.left).unwrap_or(0);
            if wanted >= max {
                return max;
            }
        }
        wanted
    }

    pub(in crate::jetstream::consumer) fn is_full(&self) -> bool {
        self.requests.len() >= self.max
    }

    /// Adds a request, unless there are as many as there may be.
    pub(in crate::jetstream::consumer) fn add(
        &mut self,
        request: Request,
        policy: PriorityPolicy,
    ) -> bool {
        if self.is_full() {
            return false;
        }
        self.last_used = request.received;
        self.insert(request, policy);
        true
    }

    fn insert(&mut self, request: Request, policy: PriorityPolicy) {
        if policy != PriorityPolicy::Prioritized {
            self.requests.push_back(request);
            return;
        }
        let priority = request.priority();
        let at = self
            .requests
            .partition_point(|other| other.priority() <= priority);
        self.requests.insert(at, request);
    }

    pub(in crate::jetstream::consumer) fn front_mut(&mut self) -> Option<&mut Request> {
        self.requests.front_mut()
    }

    pub(in crate::jetstream::consumer) fn pop_front(&mut self) -> Option<Request> {
        self.requests.pop_front()
    }

    /// Puts the one in front to the back.
    pub(in crate::jetstream::consumer) fn cycle(&mut self) {
        if let Some(request) = self.requests.pop_front() {
            self.requests.push_back(request);
        }
    }

    /// Counts a message for the request in front and returns what is left of the
    /// request. It stays, in its new place, if it wants more.
    pub(in crate::jetstream::consumer) fn serve(
        &mut self,
        policy: PriorityPolicy,
    ) -> Option<Served> {
        let mut request = self.requests.pop_front()?;
        request.delivered += 1;
        request.left -= 1;
        let served = Served {
            reply: request.reply.clone(),
            left: request.left,
            bytes_left: request.bytes_left,
        };
        if request.left > 0 {
            self.insert(request, policy);
        }
        Some(served)
    }

    /// The request that a message went to is served one less. Returns whether it still
    /// waits.
    pub(in crate::jetstream::consumer) fn credit(&mut self, reply: &[u8]) -> bool {
        let mut requests = self.requests.iter_mut();
        let Some(request) = requests.find(|request| &*request.reply == reply) else {
            return false;
        };
        request.left += 1;
        request.delivered = request.delivered.saturating_sub(1);
        true
    }

    /// The next heartbeat to a request that got a message comes later.
    pub(in crate::jetstream::consumer) fn delay_heartbeat(&mut self, reply: &[u8], now: i64) {
        if let Some(request) = self
            .requests
            .iter_mut()
            .find(|request| &*request.reply == reply)
        {
            request.heartbeat_at = request.heartbeat_at.map(|_| now + request.heartbeat);
        }
    }

    /// Keeps the requests that `keep` is true for.
    pub(in crate::jetstream::consumer) fn retain(
        &mut self,
        keep: impl FnMut(&mut Request) -> bool,
    ) {
        self.requests.retain_mut(keep);
    }

    /// When the next request expires or gets a heartbeat.
    pub(in crate::jetstream::consumer) fn deadline(&self) -> Option<i64> {
        self.requests
            .iter()
            .flat_map(|request| request.expires.into_iter().chain(request.heartbeat_at))
            .min()
    }

    /// Takes all out.
    pub(in crate::jetstream::consumer) fn drain(&mut self) -> impl Iterator<Item = Request> + '_ {
        self.requests.drain(..)
    }
}

/// A request that gets a message.
pub(in crate::jetstream::consumer) struct Served {
    pub(in crate::jetstream::consumer) reply: std::sync::Arc<[u8]>,
    /// Messages that it still wants.
    pub(in crate::jetstream::consumer) left: i64,
    /// Bytes that it still takes; 0 if it has no limit or has reached it.
    pub(in crate::jetstream::consumer) bytes_left: i64,
}
