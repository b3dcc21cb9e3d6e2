//! The last connections that were closed (`ring.go`).

use std::collections::VecDeque;

/// Keeps the last items appended, and counts all.
#[derive(Clone, Debug)]
pub struct ClosedRing<T> {
    items: VecDeque<T>,
    max: usize,
    total: u64,
}

impl<T> ClosedRing<T> {
    /// Keeps at most `max` items; with zero it only counts.
    pub const fn new(max: usize) -> Self {
        Self {
            items: VecDeque::new(),
            max,
            total: 0,
        }
    }

    /// Adds an item, in place of the oldest one if there is no room.
    pub fn append(&mut self, item: T) {
        self.total += 1;
        if self.items.len() == self.max {
            self.items.pop_front();
        }
        if self.max > 0 {
            self.items.push_back(item);
        }
    }

    /// How many items are kept.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items were ever appended (`totalConns`).
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The items kept, oldest first (`closedClients`).
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.items.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_room_it_only_counts() {
        let mut ring = ClosedRing::new(0);
        ring.append("a");
        ring.append("b");
        assert_eq!((ring.len(), ring.total()), (0, 2));
    }
}
