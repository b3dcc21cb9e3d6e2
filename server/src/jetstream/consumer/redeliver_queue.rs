//! Messages that are due to be delivered again (`rdq` and `rdqi` in `consumer.go`).

use std::collections::VecDeque;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

/// Sequences in the order in which they are delivered again, each once.
#[derive(Debug, Default)]
pub(super) struct RedeliverQueue {
    /// May name sequences that were taken out of `queued` since, or that stand
    /// further ahead.
    order: VecDeque<u64>,
    queued: HashMap<u64, Attempt>,
}

/// Whether the next delivery of a message is one more, or the last once more, since
/// that reached nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    Next,
    Same,
}

impl RedeliverQueue {
    pub(super) fn len(&self) -> usize {
        self.queued.len()
    }

    pub(super) fn contains(&self, seq: u64) -> bool {
        self.queued.contains_key(&seq)
    }

    /// Adds a message, unless it is due already.
    pub(super) fn push(&mut self, seq: u64) {
        if let Entry::Vacant(entry) = self.queued.entry(seq) {
            entry.insert(Attempt::Next);
            self.order.push_back(seq);
        }
    }

    /// Puts a message in front that was about to be delivered and was not.
    pub(super) fn push_undelivered(&mut self, seq: u64) {
        if self.queued.insert(seq, Attempt::Same).is_none() {
            self.order.push_front(seq);
        }
    }

    /// Takes the message out that comes next.
    pub(super) fn pop(&mut self) -> Option<(u64, Attempt)> {
        while let Some(seq) = self.order.pop_front() {
            if let Some(attempt) = self.queued.remove(&seq) {
                return Some((seq, attempt));
            }
        }
        None
    }

    /// Does not deliver a message again.
    pub(super) fn remove(&mut self, seq: u64) {
        self.queued.remove(&seq);
        if self.queued.is_empty() {
            self.order.clear();
        }
    }

    /// Keeps the messages that `keep` is true for.
    pub(super) fn retain(&mut self, keep: impl Fn(u64) -> bool) {
        self.queued.retain(|seq, _| keep(*seq));
        if self.queued.is_empty() {
            self.order.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        self.order.clear();
        self.queued.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_due_once_and_the_undelivered_first() {
        let mut queue = RedeliverQueue::default();
        for seq in [3, 1, 3, 2] {
            queue.push(seq);
        }
        assert_eq!(queue.len(), 3);
        assert_eq!(queue.pop(), Some((3, Attempt::Next)));
        queue.push_undelivered(3);
        queue.remove(1);
        assert!(queue.contains(3) && !queue.contains(1));
        queue.push(1);
        let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        let expected = [(3, Attempt::Same), (1, Attempt::Next), (2, Attempt::Next)];
        assert_eq!(rest, expected);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn what_is_not_kept_is_not_due() {
        let mut queue = RedeliverQueue::default();
        for seq in 1..=4 {
            queue.push(seq);
        }
        queue.retain(|seq| seq > 2);
        assert_eq!(queue.pop(), Some((3, Attempt::Next)));
        queue.clear();
        assert_eq!(queue.pop(), None);
    }
}
