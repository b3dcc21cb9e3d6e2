//! The tree.

use super::filter::{Expects, Filter, FilterState};
use super::node::Node;
use super::{NO_PIVOT, pivot};
use std::fmt;
use thiserror::Error;

/// Values by literal subject; see the [module](super).
#[derive(Debug)]
pub struct SubjectTree<T> {
    root: Option<Node<T>>,
    len: usize,
}

/// The subject contains the byte 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("subject contains the byte 127")]
pub struct InvalidSubject;

impl<T> SubjectTree<T> {
    /// An empty tree.
    pub const fn new() -> Self {
        Self { root: None, len: 0 }
    }

    /// How many subjects it holds.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds nothing.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// The top node, to look at.
    pub const fn root(&self) -> Option<&Node<T>> {
        self.root.as_ref()
    }

    /// Sets the value of `subject` and returns the one it had.
    ///
    /// # Errors
    /// [`InvalidSubject`] when the subject contains the byte 127.
    pub fn insert(&mut self, subject: &[u8], value: T) -> Result<Option<T>, InvalidSubject> {
        if memchr::memchr(NO_PIVOT, subject).is_some() {
            return Err(InvalidSubject);
        }
        let mut slot = &mut self.root;
        let mut rest = subject;
        loop {
            let Some(node) = slot else {
                *slot = Some(Node::leaf(rest, value));
                break;
            };
            if let Some(leaf) = node.as_leaf_mut()
                && leaf.suffix.as_bytes() == rest
            {
                return Ok(Some(std::mem::replace(&mut leaf.value, value)));
            }
            let shared = shared_prefix(node.path(), rest);
            let (common, tail) = rest.split_at(shared);
            if node.is_leaf() || shared < node.path().len() {
                split(slot, common, Node::leaf(tail, value), pivot(tail));
                break;
            }
            rest = tail;
            let key = pivot(rest);
            if node.find_child(key).is_none() {
                node.add_growing(key, Node::leaf(rest, value));
                break;
            }
            let Some(next) = slot.as_mut().and_then(|node| node.child_slot(key)) else {
                break;
            };
            slot = next;
        }
        self.len += 1;
        Ok(None)
    }

    /// The value of `subject`.
    pub fn get(&self, subject: &[u8]) -> Option<&T> {
        let mut node = self.root.as_ref()?;
        let mut rest = subject;
        loop {
            if let Some(leaf) = node.as_leaf() {
                return (leaf.suffix.as_bytes() == rest).then_some(&leaf.value);
            }
            rest = rest.strip_prefix(node.path())?;
            node = node.find_child(pivot(rest))?;
        }
    }

    /// The value of `subject`, to change.
    pub fn get_mut(&mut self, subject: &[u8]) -> Option<&mut T> {
        let mut slot = &mut self.root;
        let mut rest = subject;
        loop {
            let node = slot.as_mut()?;
            if node.is_leaf() {
                return node
                    .as_leaf_mut()
                    .filter(|leaf| leaf.suffix.as_bytes() == rest)
                    .map(|leaf| &mut leaf.value);
            }
            rest = rest.strip_prefix(node.path())?;
            slot = node.child_slot(pivot(rest))?;
        }
    }

    /// Takes `subject` out and returns its value.
    pub fn remove(&mut self, subject: &[u8]) -> Option<T> {
        let value = self.take(subject)?;
        self.len -= 1;
        Some(value)
    }

    fn take(&mut self, subject: &[u8]) -> Option<T> {
        if self
            .root
            .as_ref()?
            .as_leaf()
            .is_some_and(|leaf| leaf.suffix.as_bytes() == subject)
        {
            return self.root.take()?.into_value();
        }
        let mut slot = &mut self.root;
        let mut rest = subject;
        loop {
            let node = slot.as_mut()?;
            rest = rest.strip_prefix(node.path()).filter(|_| !node.is_leaf())?;
            let key = pivot(rest);
            let child = node.find_child(key)?;
            if child.is_leaf() {
                if child.path() != rest {
                    return None;
                }
                let leaf = node.delete_child(key).ok()??;
                node.shrink().ok()?;
                return leaf.into_value();
            }
            slot = node.child_slot(key)?;
        }
    }

    /// Calls `each` for every subject that `filter` matches, in no order.
    pub fn for_each_match(&self, filter: &[u8], mut each: impl FnMut(&[u8], &T)) {
        self.match_until(filter, |subject, value| {
            each(subject, value);
            true
        });
    }

    /// As [`for_each_match`](Self::for_each_match), until `each` returns
    /// false. Says whether it came to the end.
    pub fn match_until(&self, filter: &[u8], each: impl FnMut(&[u8], &T) -> bool) -> bool {
        self.match_within(filter, usize::MAX, each)
    }

    /// As [`match_until`](Self::match_until), but looks at no more than so many
    /// nodes.
    pub fn match_within(
        &self,
        filter: &[u8],
        mut visits: usize,
        mut each: impl FnMut(&[u8], &T) -> bool,
    ) -> bool {
        let pattern = Filter::new(filter);
        if pattern.is_literal() {
            return self.get(filter).is_none_or(|value| each(filter, value));
        }
        let Some(root) = &self.root else { return true };
        let mut path = Vec::with_capacity(PATH_CAPACITY);
        let mut waiting = vec![(root, 0, pattern.start())];
        while let Some((node, depth, state)) = waiting.pop() {
            let Some(left) = visits.checked_sub(1) else {
                return false;
            };
            visits = left;
            path.truncate(depth);
            path.extend_from_slice(node.path());
            let Some(state) = pattern.advance(state, node.path()) else {
                continue;
            };
            if let Some(leaf) = node.as_leaf() {
                if pattern.is_complete(state) && !each(&path, &leaf.value) {
                    return false;
                }
                continue;
            }
            match wanted_key(pattern, state) {
                None => waiting.extend(node.children().map(|child| (child, path.len(), state))),
                Some(key) => {
                    waiting.extend(node.find_child(key).map(|child| (child, path.len(), state)));
                }
            }
        }
        true
    }

    /// As [`for_each_match`](Self::for_each_match), with values to change.
    pub fn for_each_match_mut(&mut self, filter: &[u8], mut each: impl FnMut(&[u8], &mut T)) {
        let pattern = Filter::new(filter);
        if pattern.is_literal() {
            if let Some(value) = self.get_mut(filter) {
                each(filter, value);
            }
            return;
        }
        let Some(root) = &mut self.root else { return };
        let mut path = Vec::with_capacity(PATH_CAPACITY);
        let mut waiting = vec![(root, 0, pattern.start())];
        while let Some((node, depth, state)) = waiting.pop() {
            path.truncate(depth);
            path.extend_from_slice(node.path());
            let Some(state) = pattern.advance(state, node.path()) else {
                continue;
            };
            if node.is_leaf() {
                if let Some(leaf) = node.as_leaf_mut()
                    && pattern.is_complete(state)
                {
                    each(&path, &mut leaf.value);
                }
                continue;
            }
            match wanted_key(pattern, state) {
                None => waiting.extend(node.children_mut().map(|child| (child, path.len(), state))),
                Some(key) => {
                    let child = node.child_slot(key).and_then(Option::as_mut);
                    waiting.extend(child.map(|child| (child, path.len(), state)));
                }
            }
        }
    }

    /// Calls `each` for every subject in lexical order, until it returns
    /// false. Says whether it came to the end.
    pub fn iter_ordered(&self, mut each: impl FnMut(&[u8], &T) -> bool) -> bool {
        self.walk(true, |_, _| true, &mut each)
    }

    /// Calls `each` for every subject in no order, until it returns false.
    /// Says whether it came to the end.
    pub fn iter_fast(&self, mut each: impl FnMut(&[u8], &T) -> bool) -> bool {
        self.walk(false, |_, _| true, &mut each)
    }

    /// As [`iter_fast`](Self::iter_fast), but looks only where `descend`
    /// agrees. It is given the beginning of the subjects to come and how many
    /// bytes of it are known from the call before.
    pub fn iter_pruned(
        &self,
        descend: impl FnMut(&[u8], usize) -> bool,
        mut each: impl FnMut(&[u8], &T) -> bool,
    ) -> bool {
        self.walk(false, descend, &mut each)
    }

    fn walk(
        &self,
        ordered: bool,
        mut descend: impl FnMut(&[u8], usize) -> bool,
        each: &mut impl FnMut(&[u8], &T) -> bool,
    ) -> bool {
        let mut path = Vec::with_capacity(PATH_CAPACITY);
        let mut waiting: Vec<_> = self.root.iter().map(|root| (root, 0)).collect();
        while let Some((node, depth)) = waiting.pop() {
            path.truncate(depth);
            path.extend_from_slice(node.path());
            if !descend(&path, depth) {
                continue;
            }
            if let Some(leaf) = node.as_leaf() {
                if !each(&path, &leaf.value) {
                    return false;
                }
            } else if ordered {
                node.descending(|child| waiting.push((child, path.len())));
            } else {
                waiting.extend(node.children().map(|child| (child, path.len())));
            }
        }
        true
    }

    /// Writes the structure of the tree as text, for debugging.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn dump(&self, out: &mut impl fmt::Write) -> fmt::Result
    where
        T: fmt::Debug,
    {
        let mut waiting: Vec<_> = self.root.iter().map(|root| (root, 0)).collect();
        if waiting.is_empty() {
            writeln!(out, "EMPTY")?;
        }
        while let Some((node, depth)) = waiting.pop() {
            match depth {
                0 => out.write_str("-- ")?,
                depth => write!(out, "{:1$}|__ ", "", depth * 2)?,
            }
            let path = node.path().escape_ascii();
            match node.value() {
                Some(value) => writeln!(out, " LEAF: Suffix: \"{path}\" Value: {value:?}")?,
                None => {
                    let kind = node.kind().to_string().to_uppercase();
                    writeln!(out, " {kind} Prefix: \"{path}\"")?;
                }
            }
            waiting.extend(node.children().rev().map(|child| (child, depth + 1)));
        }
        writeln!(out)
    }
}

impl<T> Default for SubjectTree<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for SubjectTree<T> {
    fn drop(&mut self) {
        let mut waiting: Vec<_> = self.root.take().into_iter().collect();
        while let Some(mut node) = waiting.pop() {
            node.take_children(&mut waiting);
        }
    }
}

/// Most subjects fit, so that the path is allocated once.
const PATH_CAPACITY: usize = 256;

/// The one child to look at, or `None` for all of them.
fn wanted_key(pattern: Filter<'_>, state: FilterState) -> Option<u8> {
    match pattern.expects(state) {
        Expects::Any => None,
        Expects::Byte(key) => Some(key),
        Expects::End => Some(NO_PIVOT),
    }
}

fn shared_prefix(left: &[u8], right: &[u8]) -> usize {
    left.iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count()
}

/// Puts a node of 4 with the prefix `common` in the place of `slot`, over what
/// was there and the `new` leaf.
fn split<T>(slot: &mut Option<Node<T>>, common: &[u8], new: Node<T>, key: u8) {
    if let Some(mut old) = slot.take() {
        old.shorten_path(common.len());
        let old_key = pivot(old.path());
        *slot = Some(Node::four(common, [(old_key, old), (key, new)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use std::collections::BTreeMap;

    /// Random changes, checked against a map.
    #[test]
    fn agrees_with_a_map() {
        let mut rng = StdRng::seed_from_u64(3);
        let mut tree = SubjectTree::new();
        let mut map = BTreeMap::new();
        for step in 0..20_000_u32 {
            let subject = subject(&mut rng);
            if rng.random_bool(0.6) {
                assert_eq!(tree.insert(&subject, step), Ok(map.insert(subject, step)));
            } else {
                assert_eq!(tree.remove(&subject), map.remove(&subject));
                assert_eq!(tree.get(&subject), None);
            }
            assert_eq!(tree.len(), map.len());
        }
        let mut ordered = Vec::new();
        tree.iter_ordered(|subject, value| {
            ordered.push((subject.to_vec(), *value));
            true
        });
        assert!(ordered.into_iter().eq(map.clone()));
        for (subject, value) in &mut map {
            assert_eq!(tree.get_mut(subject), Some(value));
        }
        while let Some((subject, value)) = map.pop_first() {
            assert_eq!(tree.remove(&subject), Some(value));
        }
        assert!(tree.root().is_none());
    }

    #[test]
    fn mutable_matches_see_the_same_subjects() {
        let mut rng = StdRng::seed_from_u64(4);
        let mut tree = SubjectTree::new();
        for _ in 0..2_000 {
            tree.insert(&subject(&mut rng), 0_u32).unwrap();
        }
        for filter in ["*.b.>", "a.*", ">", "a.b.c", "*.*.*", "b.b.>"] {
            let mut expected = Vec::new();
            tree.for_each_match(filter.as_bytes(), |subject, _| {
                expected.push(subject.to_vec())
            });
            let mut seen = Vec::new();
            tree.for_each_match_mut(filter.as_bytes(), |subject, value| {
                *value += 1;
                seen.push(subject.to_vec());
            });
            expected.sort();
            seen.sort();
            assert!(!seen.is_empty(), "{filter}");
            assert_eq!(seen, expected, "{filter}");
        }
        assert!(tree.get(b"a.b.c").is_some_and(|hits| *hits >= 4));
    }

    #[test]
    fn a_search_looks_at_no_more_than_it_may() {
        let mut tree = SubjectTree::new();
        for number in 0..1_000 {
            tree.insert(format!("a.{number}.b").as_bytes(), number)
                .unwrap();
        }
        let mut found = 0;
        let mut count = |filter: &[u8], visits| {
            found = 0;
            let is_whole = tree.match_within(filter, visits, |_, _| {
                found += 1;
                true
            });
            (is_whole, found)
        };
        assert_eq!(count(b"a.*.b", 10_000), (true, 1_000));
        assert_eq!(count(b"a.*.c", 10_000), (true, 0));
        assert_eq!(count(b"a.*.c", 100), (false, 0));
        assert_eq!(count(b"a.*.c", 0), (false, 0));
        assert_eq!(count(b"a.7.b", 0), (true, 1));
    }

    /// Every subject is the beginning of the next: as deep as a tree can be.
    #[test]
    fn deep_trees_do_not_overflow_the_stack() {
        let mut tree = SubjectTree::new();
        let mut subject = Vec::new();
        for number in 0..5_000_u32 {
            subject.extend_from_slice(b".a");
            tree.insert(&subject, number).unwrap();
        }
        let mut seen = 0;
        tree.for_each_match(b">", |_, _| seen += 1);
        assert_eq!(seen, 5_000);
        assert!(tree.iter_ordered(|_, _| true));
    }

    #[test]
    fn dump_shows_nodes_and_leaves() {
        let mut tree = SubjectTree::new();
        let mut text = String::new();
        tree.dump(&mut text).unwrap();
        assert_eq!(text, "EMPTY\n\n");
        tree.insert(b"foo.bar", 1).unwrap();
        tree.insert(b"foo.baz", 2).unwrap();
        text.clear();
        tree.dump(&mut text).unwrap();
        assert_eq!(
            text,
            "--  NODE4 Prefix: \"foo.ba\"\n  |__  LEAF: Suffix: \"r\" Value: 1\n  |__  LEAF: \
             Suffix: \"z\" Value: 2\n\n"
        );
    }

    fn subject(rng: &mut StdRng) -> Vec<u8> {
        let len = rng.random_range(1..5);
        let tokens = (0..len).map(|_| ["a", "b", "c", "ab", "abc"][rng.random_range(0..5)]);
        tokens.collect::<Vec<_>>().join(".").into_bytes()
    }
}
