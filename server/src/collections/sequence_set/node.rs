//! Nodes of the tree: a bit mask each.

use std::cmp::Ordering;

pub(super) const BITS_PER_BUCKET: u64 = 64;
pub(super) const BUCKET_COUNT: usize = 32;
pub(super) const ENTRY_COUNT: u64 = BITS_PER_BUCKET * BUCKET_COUNT as u64;

pub(super) type Link = Option<Box<Node>>;

/// The numbers from `base` up to `base + 2047`, and the nodes below and above.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) base: u64,
    pub(super) bits: [u64; BUCKET_COUNT],
    pub(super) left: Link,
    pub(super) right: Link,
    pub(super) height: u16,
}

impl Node {
    pub(super) fn new(base: u64) -> Box<Self> {
        Box::new(Self {
            base,
            bits: [0; BUCKET_COUNT],
            left: None,
            right: None,
            height: 1,
        })
    }

    /// Where `seq` lies: below, in or above this node.
    pub(super) const fn side(&self, seq: u64) -> Ordering {
        if seq < self.base {
            Ordering::Less
        } else if seq - self.base >= ENTRY_COUNT {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }

    /// Sets the bit; false when it was set. `seq` must lie in this node.
    pub(super) fn set(&mut self, seq: u64) -> bool {
        let (bucket, mask) = self.place(seq);
        let fresh = self.bits[bucket] & mask == 0;
        self.bits[bucket] |= mask;
        fresh
    }

    /// Sets the bits from `first` to `last`, which must lie in this node, and returns how
    /// many of them were clear.
    fn set_between(&mut self, first: u64, last: u64) -> usize {
        let before = self.len();
        let (low, high) = (first - self.base, last - self.base);
        for (bucket, bits) in (0..).zip(&mut self.bits) {
            let begin = low.max(bucket * BITS_PER_BUCKET);
            let end = high.min(bucket * BITS_PER_BUCKET + BITS_PER_BUCKET - 1);
            if begin <= end {
                let above = u64::MAX << (begin % BITS_PER_BUCKET);
                let below = u64::MAX >> (BITS_PER_BUCKET - 1 - end % BITS_PER_BUCKET);
                *bits |= above & below;
            }
        }
        self.len() - before
    }

    /// Clears the bit; false when it was clear. `seq` must lie in this node.
    pub(super) fn clear(&mut self, seq: u64) -> bool {
        let (bucket, mask) = self.place(seq);
        let present = self.bits[bucket] & mask != 0;
        self.bits[bucket] &= !mask;
        present
    }

    /// Whether the bit is set. `seq` must lie in this node.
    pub(super) fn contains(&self, seq: u64) -> bool {
        let (bucket, mask) = self.place(seq);
        self.bits[bucket] & mask != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bits.iter().all(|bits| *bits == 0)
    }

    pub(super) fn len(&self) -> usize {
        self.bits
            .iter()
            .map(|bits| bits.count_ones() as usize)
            .sum()
    }

    /// The numbers of this node alone, ascending.
    pub(super) fn own(&self) -> impl Iterator<Item = u64> {
        self.numbers(|bits| bits)
    }

    /// How many of the numbers from `first` to `last` are in this node alone.
    pub(super) fn count_between(&self, first: u64, last: u64) -> usize {
        if last < self.base || first > self.last() {
            return 0;
        }
        let mut part = Self::new(self.base);
        part.set_between(first.max(self.base), last.min(self.last()));
        let bits = self.bits.iter().zip(&part.bits);
        bits.map(|(own, part)| (own & part).count_ones() as usize)
            .sum()
    }

    /// The numbers that this node alone could have and has not, ascending.
    pub(super) fn absent(&self) -> impl Iterator<Item = u64> {
        self.numbers(|bits| !bits)
    }

    /// The numbers whose bits are set in what is made of each bucket, ascending.
    fn numbers(&self, of: impl Fn(u64) -> u64) -> impl Iterator<Item = u64> {
        let base = self.base;
        self.bits
            .iter()
            .enumerate()
            .flat_map(move |(bucket, bits)| {
                let first = base.wrapping_add(bucket as u64 * BITS_PER_BUCKET);
                set_bits(of(*bits)).map(move |bit| first.wrapping_add(bit))
            })
    }

    /// The last number that it can have.
    pub(super) const fn last(&self) -> u64 {
        self.base.saturating_add(ENTRY_COUNT - 1)
    }

    /// The lowest number of this node alone, zero if it has none.
    pub(super) fn min(&self) -> u64 {
        self.own().next().unwrap_or(0)
    }

    /// The highest number of this node alone, zero if it has none.
    pub(super) fn max(&self) -> u64 {
        let bucket = self.bits.iter().rposition(|bits| *bits != 0);
        bucket.map_or(0, |bucket| {
            let bit = self.bits[bucket].ilog2();
            self.base
                .wrapping_add(bucket as u64 * BITS_PER_BUCKET + u64::from(bit))
        })
    }

    fn place(&self, seq: u64) -> (usize, u64) {
        let offset = seq - self.base;
        debug_assert!(offset < ENTRY_COUNT, "the number belongs to this node");
        let bucket = (offset / BITS_PER_BUCKET) as usize;
        (bucket % BUCKET_COUNT, 1 << (offset % BITS_PER_BUCKET))
    }

    /// Height of the left less that of the right.
    pub(super) fn balance(&self) -> i32 {
        i32::from(height(&self.left)) - i32::from(height(&self.right))
    }

    pub(super) fn update_height(&mut self) {
        self.height = 1 + height(&self.left).max(height(&self.right));
    }
}

/// Places of the set bits, ascending.
pub(super) fn set_bits(mut bits: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| u64::from(bits.trailing_zeros()))?;
        bits &= bits - 1;
        Some(lowest)
    })
}

pub(super) fn height(link: &Link) -> u16 {
    link.as_ref().map_or(0, |node| node.height)
}

/// Sets `seq` at or below `link`. Returns whether it is new and whether it
/// took a new node.
pub(super) fn insert(link: &mut Link, seq: u64) -> (bool, bool) {
    let Some(node) = link else {
        let mut node = Node::new(seq / ENTRY_COUNT * ENTRY_COUNT);
        node.set(seq);
        *link = Some(node);
        return (true, true);
    };
    let added = match node.side(seq) {
        Ordering::Less => insert(&mut node.left, seq),
        Ordering::Greater => insert(&mut node.right, seq),
        Ordering::Equal => return (node.set(seq), false),
    };
    if added.1 {
        rebalance(link);
    }
    added
}

/// What filling a part of one node has done.
pub(super) struct Filled {
    /// The last number that lies in it.
    pub(super) last: u64,
    pub(super) added: usize,
    pub(super) is_new_node: bool,
}

/// Sets all numbers from `first` to `last` that lie in the node of the first.
pub(super) fn fill(link: &mut Link, first: u64, last: u64) -> Filled {
    let (is_new, is_new_node) = insert(link, first);
    let mut filled = Filled {
        last: first,
        added: usize::from(is_new),
        is_new_node,
    };
    let mut at = link.as_deref_mut();
    while let Some(node) = at {
        // With a first number that was chosen nodes may overlap.
        if node.base % ENTRY_COUNT != 0 {
            break;
        }
        at = match node.side(first) {
            Ordering::Less => node.left.as_deref_mut(),
            Ordering::Greater => node.right.as_deref_mut(),
            Ordering::Equal => {
                filled.last = last.min(node.last());
                filled.added += node.set_between(first, filled.last);
                return filled;
            }
        };
    }
    filled
}

/// Takes the lowest node out if all that it can hold is below `end`, and returns how many
/// numbers it had.
pub(super) fn drop_lowest(link: &mut Link, end: u64) -> Option<usize> {
    let mut lowest = link.as_deref()?;
    while let Some(left) = lowest.left.as_deref() {
        lowest = left;
    }
    if lowest.base.checked_add(ENTRY_COUNT)? > end {
        return None;
    }
    let lowest = take_lowest(link)?;
    rebalance(link);
    Some(lowest.len())
}

/// Clears `seq` at or below `link`. Returns whether it was set and whether a
/// node went with it.
pub(super) fn remove(link: &mut Link, seq: u64) -> (bool, bool) {
    let Some(node) = link else {
        return (false, false);
    };
    let removed = match node.side(seq) {
        Ordering::Less => remove(&mut node.left, seq),
        Ordering::Greater => remove(&mut node.right, seq),
        Ordering::Equal => {
            let present = node.clear(seq);
            let emptied = node.is_empty();
            if emptied {
                remove_root(link);
            }
            (present, emptied)
        }
    };
    if removed.1 {
        rebalance(link);
    }
    removed
}

/// Takes the top node out; the next higher one takes its place.
fn remove_root(link: &mut Link) {
    let Some(mut node) = link.take() else { return };
    *link = match (node.left.take(), node.right.take()) {
        (left, None) => left,
        (None, right) => right,
        (left, mut right) => {
            let next = take_lowest(&mut right);
            next.map(|mut next| {
                next.left = left;
                next.right = right;
                next
            })
        }
    };
}

/// Takes the highest node out if all that it can hold is `end` or above, and returns how
/// many numbers it had.
pub(super) fn drop_highest(link: &mut Link, end: u64) -> Option<usize> {
    let mut highest = link.as_deref()?;
    while let Some(right) = highest.right.as_deref() {
        highest = right;
    }
    if highest.base < end {
        return None;
    }
    let highest = take_highest(link)?;
    rebalance(link);
    Some(highest.len())
}

fn take_highest(link: &mut Link) -> Link {
    let node = link.as_mut()?;
    if node.right.is_some() {
        let highest = take_highest(&mut node.right);
        rebalance(link);
        return highest;
    }
    let mut highest = link.take()?;
    *link = highest.left.take();
    Some(highest)
}

fn take_lowest(link: &mut Link) -> Link {
    let node = link.as_mut()?;
    if node.left.is_some() {
        let lowest = take_lowest(&mut node.left);
        rebalance(link);
        return lowest;
    }
    let mut lowest = link.take()?;
    *link = lowest.right.take();
    Some(lowest)
}

fn rebalance(link: &mut Link) {
    let Some(node) = link else { return };
    node.update_height();
    let balance = node.balance();
    if balance > 1 {
        if node.left.as_ref().is_some_and(|left| left.balance() < 0) {
            rotate_left(&mut node.left);
        }
        rotate_right(link);
    } else if balance < -1 {
        if node.right.as_ref().is_some_and(|right| right.balance() > 0) {
            rotate_right(&mut node.right);
        }
        rotate_left(link);
    }
}

fn rotate_left(link: &mut Link) {
    let Some(mut node) = link.take() else { return };
    let Some(mut right) = node.right.take() else {
        *link = Some(node);
        return;
    };
    node.right = right.left.take();
    node.update_height();
    right.left = Some(node);
    right.update_height();
    *link = Some(right);
}

fn rotate_right(link: &mut Link) {
    let Some(mut node) = link.take() else { return };
    let Some(mut left) = node.left.take() else {
        *link = Some(node);
        return;
    };
    node.left = left.right.take();
    node.update_height();
    left.right = Some(node);
    left.update_height();
    *link = Some(left);
}
