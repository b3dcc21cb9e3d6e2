//! The set.

use super::node::{self, Link, Node, height};
use std::cmp::Ordering;
use thiserror::Error;

/// A set of sequence numbers; see the [module](super).
#[derive(Clone, Debug, Default)]
pub struct SequenceSet {
    pub(super) root: Link,
    pub(super) len: usize,
    pub(super) node_count: usize,
}

/// A first number can only be chosen for an empty set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("ss: set not empty")]
pub struct SetNotEmpty;

impl SequenceSet {
    /// An empty set.
    pub const fn new() -> Self {
        Self {
            root: None,
            len: 0,
            node_count: 0,
        }
    }

    /// Adds `seq`; false when it is there already.
    pub fn insert(&mut self, seq: u64) -> bool {
        let (added, new_node) = node::insert(&mut self.root, seq);
        self.len += usize::from(added);
        self.node_count += usize::from(new_node);
        added
    }

    /// Whether `seq` is in the set.
    pub fn contains(&self, seq: u64) -> bool {
        let mut link = &self.root;
        while let Some(node) = link {
            link = match node.side(seq) {
                Ordering::Less => &node.left,
                Ordering::Greater => &node.right,
                Ordering::Equal => return node.contains(seq),
            };
        }
        false
    }

    /// Says that no lower number than `min` will come, so that the first node
    /// starts right there and covers more of what will.
    ///
    /// # Errors
    /// [`SetNotEmpty`] if there is a node already.
    pub fn set_initial_min(&mut self, min: u64) -> Result<(), SetNotEmpty> {
        if !self.is_empty() {
            return Err(SetNotEmpty);
        }
        self.root = Some(Node::new(min));
        self.node_count = 1;
        Ok(())
    }

    /// Removes `seq`; false when it is not there.
    pub fn remove(&mut self, seq: u64) -> bool {
        let (removed, node_gone) = node::remove(&mut self.root, seq);
        self.node_count -= usize::from(node_gone);
        self.len -= usize::from(removed);
        if removed && self.len == 0 {
            self.clear();
        }
        removed
    }

    /// Adds all numbers from `first` to `last`, a node at a time.
    pub fn insert_range(&mut self, first: u64, last: u64) {
        let mut next = first;
        while next <= last {
            let filled = node::fill(&mut self.root, next, last);
            self.len += filled.added;
            self.node_count += usize::from(filled.is_new_node);
            if filled.last == u64::MAX {
                return;
            }
            next = filled.last + 1;
        }
    }

    /// Removes all numbers below `end`, a node at a time.
    pub fn remove_below(&mut self, end: u64) {
        while let Some(removed) = node::drop_lowest(&mut self.root, end) {
            self.len -= removed;
            self.node_count -= 1;
        }
        while self.len > 0 {
            let (min, _) = self.min_max();
            if min >= end {
                return;
            }
            self.remove(min);
        }
        self.clear();
    }

    /// Removes all numbers from `end` on, a node at a time.
    pub fn remove_from(&mut self, end: u64) {
        while let Some(removed) = node::drop_highest(&mut self.root, end) {
            self.len -= removed;
            self.node_count -= 1;
        }
        while self.len > 0 {
            let (_, max) = self.min_max();
            if max < end {
                return;
            }
            self.remove(max);
        }
        self.clear();
    }

    /// How many numbers are in the set.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the set has no node. After
    /// [`set_initial_min`](Self::set_initial_min) it has one.
    pub const fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// How many nodes the tree has.
    pub const fn node_count(&self) -> usize {
        self.node_count
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Calls `each` for every number, ascending, until it returns false.
    pub fn range(&self, mut each: impl FnMut(u64) -> bool) {
        for seq in self.iter() {
            if !each(seq) {
                return;
            }
        }
    }

    /// All numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.ascending().flat_map(Node::own)
    }

    /// The numbers from `first` to `last` that are not in the set, ascending.
    pub fn absent(&self, first: u64, last: u64) -> impl Iterator<Item = u64> {
        let mut next = first;
        let in_and_before = self.ascending().flat_map(move |node| {
            let before = next..node.base.max(next);
            let from = next.max(node.base);
            next = next.max(node.last().saturating_add(1));
            before.chain(node.absent().skip_while(move |seq| *seq < from))
        });
        let end = self
            .highest_node()
            .map_or(first, |node| first.max(node.last().saturating_add(1)));
        in_and_before
            .chain(end..=last)
            .take_while(move |seq| *seq <= last)
            // Where nodes overlap a number is in one of them.
            .filter(|seq| !self.contains(*seq))
    }

    /// How many of the numbers from `first` to `last` are in the set.
    pub fn count_between(&self, first: u64, last: u64) -> usize {
        let nodes = self.nodes();
        nodes.map(|node| node.count_between(first, last)).sum()
    }

    fn highest_node(&self) -> Option<&Node> {
        let mut highest = self.root.as_deref()?;
        while let Some(right) = highest.right.as_deref() {
            highest = right;
        }
        Some(highest)
    }

    /// All nodes, those with lower numbers first.
    fn ascending(&self) -> impl Iterator<Item = &Node> {
        let mut above = Vec::new();
        let mut link = &self.root;
        std::iter::from_fn(move || {
            while let Some(node) = link {
                above.push(&**node);
                link = &node.left;
            }
            let node = above.pop()?;
            link = &node.right;
            Some(node)
        })
    }

    /// Heights of the left and right half of the tree.
    pub fn heights(&self) -> (usize, usize) {
        self.root.as_ref().map_or((0, 0), |root| {
            (height(&root.left).into(), height(&root.right).into())
        })
    }

    /// First number that the top node can hold, if there is one.
    pub fn root_base(&self) -> Option<u64> {
        self.root.as_ref().map(|root| root.base)
    }

    /// Whether every node knows its height and no node leans by more than one.
    pub fn is_balanced(&self) -> bool {
        self.nodes().all(|node| {
            node.balance().abs() <= 1
                && node.height == 1 + height(&node.left).max(height(&node.right))
        })
    }

    /// Lowest and highest number and how many there are; zeros for an empty
    /// set.
    pub fn state(&self) -> (u64, u64, u64) {
        let (min, max) = self.min_max();
        (min, max, self.len as u64)
    }

    /// Lowest and highest number; zeros for an empty set.
    pub fn min_max(&self) -> (u64, u64) {
        let Some(root) = &self.root else {
            return (0, 0);
        };
        let (mut lowest, mut highest) = (root, root);
        while let Some(left) = &lowest.left {
            lowest = left;
        }
        while let Some(right) = &highest.right {
            highest = right;
        }
        (lowest.min(), highest.max())
    }

    /// Adds all numbers of the other sets.
    pub fn extend_from<'a>(&mut self, others: impl IntoIterator<Item = &'a Self>) {
        for other in others {
            for seq in other.nodes().flat_map(Node::own) {
                self.insert(seq);
            }
        }
    }

    /// The numbers of all `sets`, or `None` if there are no sets.
    pub fn union(sets: &[&Self]) -> Option<Self> {
        let (at, largest) = sets.iter().enumerate().max_by_key(|(_, set)| set.len)?;
        let mut union = (*largest).clone();
        let others = sets.iter().enumerate().filter(|(other, _)| *other != at);
        union.extend_from(others.map(|(_, set)| *set));
        Some(union)
    }

    /// The heap memory of the tree in bytes.
    pub const fn memory(&self) -> usize {
        self.node_count * size_of::<Node>()
    }

    /// All nodes, each before those below it, the left before the right.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        let mut waiting: Vec<&Node> = self.root.as_deref().into_iter().collect();
        std::iter::from_fn(move || {
            let node = waiting.pop()?;
            waiting.extend(node.right.as_deref());
            waiting.extend(node.left.as_deref());
            Some(node)
        })
    }
}

impl Extend<u64> for SequenceSet {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, seqs: I) {
        for seq in seqs {
            self.insert(seq);
        }
    }
}

impl FromIterator<u64> for SequenceSet {
    fn from_iter<I: IntoIterator<Item = u64>>(seqs: I) -> Self {
        let mut set = Self::new();
        set.extend(seqs);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_number_range_work() {
        let seqs = [0, 1, 2047, 2048, u64::MAX - 2048, u64::MAX - 1, u64::MAX];
        let mut set: SequenceSet = seqs.into_iter().collect();
        assert!(set.iter().eq(seqs));
        assert_eq!(set.state(), (0, u64::MAX, 7));
        for seq in seqs {
            assert!(set.remove(seq));
            assert!(!set.remove(seq));
        }
        assert!(set.is_empty());
    }

    #[test]
    fn ranges_come_and_go_as_single_numbers_do() {
        let ranges = [
            (5, 5),
            (2_000, 2_100),
            (10, 9),
            (4_096, 12_287),
            (7, 70),
            (1, 9_000),
        ];
        let mut set = SequenceSet::new();
        let mut single = SequenceSet::new();
        for (first, last) in ranges {
            set.insert_range(first, last);
            single.extend(first..=last);
            assert!(set.iter().eq(single.iter()), "{first} to {last}");
            assert_eq!(
                (set.len(), set.node_count()),
                (single.len(), single.node_count())
            );
            assert!(set.is_balanced());
        }
        for (first, last) in [
            (0, 20),
            (5, 5),
            (60, 2_200),
            (9_900, 20_000),
            (3, 1),
            (13_000, 13_010),
        ] {
            let absent = (first..=last).filter(|seq| !set.contains(*seq));
            assert!(set.absent(first, last).eq(absent), "{first} to {last}");
            let count = single.iter().filter(|seq| (first..=last).contains(seq));
            assert_eq!(set.count_between(first, last), count.count());
        }
        for end in [u64::MAX, 12_288, 12_287, 8_192, 5_000, 0] {
            let mut cut = set.clone();
            cut.remove_from(end);
            assert!(
                cut.iter().eq(single.iter().filter(|seq| *seq < end)),
                "{end}"
            );
            assert_eq!(cut.len(), cut.iter().count(), "{end}");
            assert!(cut.is_balanced());
        }
        for end in [0, 1, 2, 2_048, 2_049, 6_000, 12_287, 12_288, u64::MAX] {
            set.remove_below(end);
            let left = single.iter().filter(|seq| *seq >= end);
            assert!(set.iter().eq(left), "{end}");
            assert_eq!(set.len(), set.iter().count(), "{end}");
            assert!(set.is_balanced());
        }
        assert!(set.is_empty());
        set.insert_range(u64::MAX - 1, u64::MAX);
        assert_eq!(set.state(), (u64::MAX - 1, u64::MAX, 2));
    }

    #[test]
    fn a_first_number_needs_an_empty_set() {
        let mut set = SequenceSet::new();
        assert_eq!(set.set_initial_min(1_000), Ok(()));
        assert!(!set.is_empty(), "it has a node now");
        assert_eq!(set.len(), 0);
        assert_eq!(set.set_initial_min(2_000), Err(SetNotEmpty));
        set.extend([1_000, 3_047]);
        assert_eq!(set.node_count(), 1);
        set.insert(999);
        assert_eq!((set.node_count(), set.root_base()), (2, Some(1_000)));
        // The two nodes overlap.
        set.insert_range(900, 1_100);
        set.insert_range(3_000, 5_000);
        let own: Vec<u64> = (900..=1_100).chain(3_000..=5_000).collect();
        assert!(own.iter().all(|seq| set.contains(*seq)));
        assert_eq!(set.len(), own.len());
        assert!(
            set.absent(800, 5_100)
                .eq((800..900).chain(1_101..3_000).chain(5_001..=5_100))
        );
    }
}
