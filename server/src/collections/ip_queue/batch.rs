//! All elements taken from a queue at once.

use super::queue::Recycler;
use std::collections::VecDeque;
use std::sync::Arc;

/// Elements taken with [`IpQueue::pop`](super::IpQueue::pop), oldest first.
/// They count as in progress until this is dropped; the memory then goes back
/// to the queue (`recycle`).
#[derive(Debug)]
pub struct Batch<T> {
    elements: VecDeque<T>,
    taken: usize,
    recycler: Arc<Recycler<T>>,
}

impl<T> Batch<T> {
    pub(super) fn new(elements: VecDeque<T>, recycler: Arc<Recycler<T>>) -> Self {
        let taken = elements.len();
        recycler.started(taken);
        Self {
            elements,
            taken,
            recycler,
        }
    }

    /// The elements not yet drained.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.elements.iter()
    }

    /// Takes the elements out one by one.
    pub fn drain(&mut self) -> impl ExactSizeIterator<Item = T> {
        self.elements.drain(..)
    }

    /// How many elements are not yet drained.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether all are drained. A fresh batch is never empty.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// How many elements the memory holds without growing.
    pub fn capacity(&self) -> usize {
        self.elements.capacity()
    }
}

impl<T> Drop for Batch<T> {
    fn drop(&mut self) {
        self.recycler
            .finished(self.taken, std::mem::take(&mut self.elements));
    }
}
