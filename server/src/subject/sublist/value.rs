//! What a [`Sublist`](super::Sublist) can hold.

use std::hash::Hash;
use std::sync::Arc;

/// A member of a [`Sublist`](super::Sublist), equal only to itself. Trees hold
/// what is cheap to clone: a key, or an [`Arc`] of a subscription.
pub trait SublistValue: Eq + Hash {
    /// How many places this member takes in a queue group's match. A queue
    /// subscription of a route or leafnode stands for all members on the
    /// remote side and carries their number; it is read at every match, so
    /// after a change the caches must be told
    /// ([`SharedSublist::queue_weight_changed`](super::SharedSublist::queue_weight_changed)).
    fn queue_weight(&self) -> usize {
        1
    }
}

impl<T: SublistValue> SublistValue for Arc<T> {
    fn queue_weight(&self) -> usize {
        T::queue_weight(self)
    }
}

impl SublistValue for () {}
impl SublistValue for u32 {}
impl SublistValue for u64 {}
impl SublistValue for usize {}
impl SublistValue for String {}
impl SublistValue for Arc<str> {}
