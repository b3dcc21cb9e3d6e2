//! The interest tree.

use super::error::SublistError;
use super::matches::Matches;
use super::node::{Level, Node};
use super::notify::Notifications;
use super::value::SublistValue;
use super::walk;
use crate::collections::SubjectTree;
use crate::subject::tokens::{SEPARATOR, tokens};
use crate::subject::validity::{has_wildcard, well_formed};
use hashbrown::DefaultHashBuilder;
use tokio::sync::mpsc::Sender;

/// Members by subject pattern and queue group, found by literal subject.
///
/// A trie over tokens, with `*` and `>` in places of their own, as in
/// `sublist.go` and `gsl/gsl.go`. A member stands at most once under the same
/// subject and queue group. There is no lock inside;
/// [`SharedSublist`](super::SharedSublist) has one.
#[derive(Debug)]
pub struct Sublist<T> {
    root: Level<T>,
    count: usize,
    hasher: DefaultHashBuilder,
    notifications: Option<Box<Notifications>>,
}

/// One member and where it stands, for [`Sublist::remove_batch`].
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a, T> {
    /// Subject, which may have wildcards.
    pub subject: &'a [u8],
    /// Queue group, if it is in one.
    pub queue: Option<&'a [u8]>,
    /// The member.
    pub value: &'a T,
}

impl<T> Sublist<T> {
    /// An empty tree. It allocates on the first insertion.
    pub fn new() -> Self {
        Self {
            root: Level::new(),
            count: 0,
            hasher: DefaultHashBuilder::default(),
            notifications: None,
        }
    }
}

impl<T> Default for Sublist<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: SublistValue + Clone> Sublist<T> {
    /// Adds `value` under `subject`, which may have wildcards. Adding it again
    /// changes nothing; the result says whether it was new.
    ///
    /// # Errors
    /// [`SublistError::InvalidSubject`] for an empty token or a `>` before the
    /// end.
    pub fn insert(
        &mut self,
        subject: impl AsRef<[u8]>,
        queue: Option<&[u8]>,
        value: T,
    ) -> Result<bool, SublistError> {
        let subject = subject.as_ref();
        if !well_formed(subject) {
            return Err(SublistError::InvalidSubject);
        }
        let Self { root, hasher, .. } = self;
        let mut parts = tokens(subject);
        let first = parts.next().unwrap_or_default();
        let mut node = root.find_or_insert(first, hasher);
        for token in parts {
            let level = node.next.get_or_insert_with(|| Box::new(Level::new()));
            node = level.find_or_insert(token, hasher);
        }
        let is_first = !node.has_interest(queue);
        let added = node.insert(queue, value, hasher);
        self.count += usize::from(added);
        if is_first
            && let Some(notifications) = &mut self.notifications
            && !has_wildcard(subject)
        {
            notifications.changed(subject, queue, true);
        }
        Ok(added)
    }

    /// Takes `value` away from under `subject`, and prunes what is empty then.
    ///
    /// # Errors
    /// [`SublistError::InvalidSubject`] as for insertion, and
    /// [`SublistError::NotFound`] when it does not stand there.
    pub fn remove(
        &mut self,
        subject: impl AsRef<[u8]>,
        queue: Option<&[u8]>,
        value: &T,
    ) -> Result<(), SublistError> {
        let subject = subject.as_ref();
        if !well_formed(subject) {
            return Err(SublistError::InvalidSubject);
        }
        let prune_at = self
            .find_member(subject, queue, value)
            .ok_or(SublistError::NotFound)?;
        let was_last = match prune_at {
            Some(depth) => {
                self.prune(subject, depth);
                true
            }
            None => self.remove_member(subject, queue, value),
        };
        self.count -= 1;
        if was_last
            && let Some(notifications) = &mut self.notifications
            && !has_wildcard(subject)
        {
            notifications.changed(subject, queue, false);
        }
        Ok(())
    }

    /// Takes all `entries` away, as far as they are there.
    ///
    /// # Errors
    /// The first error met; the other entries are taken away all the same.
    pub fn remove_batch<'a>(
        &mut self,
        entries: impl IntoIterator<Item = Entry<'a, T>>,
    ) -> Result<(), SublistError>
    where
        T: 'a,
    {
        let mut result = Ok(());
        for entry in entries {
            result = result.and(self.remove(entry.subject, entry.queue, entry.value));
        }
        result
    }

    /// Adds everybody interested in the literal `subject` to `matches`.
    pub fn match_into(&self, subject: impl AsRef<[u8]>, matches: &mut Matches<T>) {
        self.visit(subject.as_ref(), |node| {
            matches.add_node(node);
            true
        });
    }

    /// Everybody interested in the literal `subject`. One with an empty token
    /// interests nobody.
    pub fn match_subject(&self, subject: impl AsRef<[u8]>) -> Matches<T> {
        let mut matches = Matches::new();
        self.match_into(subject, &mut matches);
        matches
    }

    /// Calls `each` for every plain member interested in the literal
    /// `subject`, without collecting them.
    pub fn for_each_match(&self, subject: impl AsRef<[u8]>, mut each: impl FnMut(&T)) {
        self.visit(subject.as_ref(), |node| {
            node.plain.as_slice().iter().for_each(&mut each);
            true
        });
    }

    /// Whether anybody is interested in the literal `subject`.
    pub fn has_interest(&self, subject: impl AsRef<[u8]>) -> bool {
        !self.visit(subject.as_ref(), |node| !node.has_members())
    }

    /// How many plain members and how many queue group members are interested
    /// in the literal `subject`. Weights do not count.
    ///
    /// The Go server stops at the first pattern with interest and so may say
    /// less when several match; here all of them count.
    pub fn num_interest(&self, subject: impl AsRef<[u8]>) -> (usize, usize) {
        let mut counts = (0, 0);
        self.visit(subject.as_ref(), |node| {
            counts.0 += node.plain.len();
            counts.1 += node.queue_member_count();
            true
        });
        counts
    }

    /// Whether somebody could be interested in a subject that starts with the
    /// tokens of `prefix`.
    pub fn has_interest_starting_in(&self, prefix: impl AsRef<[u8]>) -> bool {
        walk::any_starting_in(&self.root, prefix.as_ref(), &self.hasher)
    }

    /// Calls `each` for every subject of `tree` that somebody is interested in,
    /// in no order, and leaves out branches that nobody can be interested in
    /// (`IntersectGSL`).
    pub fn intersect<V>(&self, tree: &SubjectTree<V>, mut each: impl FnMut(&[u8], &V)) {
        self.intersect_within(tree, usize::MAX, |subject, value| {
            each(subject, value);
            true
        });
    }

    /// As [`intersect`](Self::intersect), until `each` returns false, and looks at no
    /// more than so many nodes of the tree. Says whether it came to the end.
    pub fn intersect_within<V>(
        &self,
        tree: &SubjectTree<V>,
        mut visits: usize,
        mut each: impl FnMut(&[u8], &V) -> bool,
    ) -> bool {
        let mut is_whole = true;
        let wanted = |path: &[u8], known: usize| {
            let Some(left) = visits.checked_sub(1) else {
                is_whole = false;
                return false;
            };
            visits = left;
            memchr::memchr_iter(SEPARATOR, path)
                .filter(|&at| at >= known)
                .all(|at| self.has_interest_starting_in(&path[..at]))
        };
        let came_to_end = tree.iter_pruned(wanted, |subject, value| {
            !self.has_interest(subject) || each(subject, value)
        });
        came_to_end && is_whole
    }

    /// Everybody whose subject shares a literal subject with `pattern`: where
    /// the tree holds literals, all that a subscription to `pattern` would
    /// receive. Unlike in the Go server a `>` in the tree does not bring in
    /// its neighbours.
    pub fn reverse_match(&self, pattern: impl AsRef<[u8]>) -> Matches<T> {
        let mut matches = Matches::new();
        walk::visit_colliding(&self.root, pattern.as_ref(), &self.hasher, |node| {
            matches.add_node(node);
        });
        matches
    }

    /// Calls `each` for every member, once for each place it stands in.
    pub fn for_each(&self, mut each: impl FnMut(&T)) {
        walk::visit_all(&self.root, |node| {
            node.plain.as_slice().iter().for_each(&mut each);
            for group in node.queues() {
                group.members.as_slice().iter().for_each(&mut each);
            }
        });
    }

    /// All members that `wanted` accepts (`All`, `localSubs`).
    pub fn collect_where(&self, mut wanted: impl FnMut(&T) -> bool) -> Vec<T> {
        let mut found = Vec::new();
        self.for_each(|member| {
            if wanted(member) {
                found.push(member.clone());
            }
        });
        found
    }

    /// How many members stand in the tree.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether the tree is empty.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number of tokens of the longest subject.
    pub fn num_levels(&self) -> usize {
        walk::depth(&self.root)
    }

    /// Whether somebody subscribes to exactly the literal `subject`, in the queue
    /// group `queue` or without one. Wildcards do not count.
    pub fn has_exact_interest(&self, subject: impl AsRef<[u8]>, queue: Option<&[u8]>) -> bool {
        self.node(subject.as_ref())
            .is_some_and(|node| node.has_interest(queue))
    }

    /// Lets `channel` know when interest in exactly the literal `subject` (in
    /// the queue group `queue`, or without a queue group) appears (`true`) or
    /// is all gone (`false`), and at once how it stands. Wildcard interest
    /// does not count. Sending never waits: a full channel misses the news.
    ///
    /// # Errors
    /// [`SublistError::InvalidSubject`] for a subject with wildcards,
    /// [`SublistError::NilChannel`] when the receiver is gone, and
    /// [`SublistError::AlreadyRegistered`].
    pub fn register_notification(
        &mut self,
        subject: impl AsRef<[u8]>,
        queue: Option<&[u8]>,
        channel: Sender<bool>,
    ) -> Result<(), SublistError> {
        let subject = subject.as_ref();
        if has_wildcard(subject) {
            return Err(SublistError::InvalidSubject);
        }
        if channel.is_closed() {
            return Err(SublistError::NilChannel);
        }
        let interest = self.has_exact_interest(subject, queue);
        self.notifications
            .get_or_insert_default()
            .register(subject, queue, interest, channel)
    }

    /// Ends a registration; false when there was none.
    pub fn clear_notification(
        &mut self,
        subject: impl AsRef<[u8]>,
        queue: Option<&[u8]>,
        channel: &Sender<bool>,
    ) -> bool {
        let Some(notifications) = &mut self.notifications else {
            return false;
        };
        let cleared = notifications.clear(subject.as_ref(), queue, channel);
        if notifications.is_empty() {
            self.notifications = None;
        }
        cleared
    }

    /// How many subjects and queues are watched for their interest to go, or
    /// `None` when no notification is registered at all.
    pub fn notifications_waiting_for_removal(&self) -> Option<usize> {
        self.notifications
            .as_deref()
            .map(Notifications::waiting_for_removal)
    }

    /// Whether `visit` wanted to go on after every matching node.
    fn visit<'a>(&'a self, subject: &'a [u8], visit: impl FnMut(&'a Node<T>) -> bool) -> bool {
        walk::visit_matching(&self.root, subject, &self.hasher, visit)
    }

    fn node(&self, subject: &[u8]) -> Option<&Node<T>> {
        let mut parts = tokens(subject);
        let mut node = self.root.find(parts.next()?, &self.hasher)?;
        for token in parts {
            node = node.next.as_deref()?.find(token, &self.hasher)?;
        }
        Some(node)
    }

    /// Looks a member up. `Some(Some(depth))` means that it is the only one in
    /// the branch that hangs below the token at `depth`, so that the whole
    /// branch can go with it.
    fn find_member(
        &self,
        subject: &[u8],
        queue: Option<&[u8]>,
        value: &T,
    ) -> Option<Option<usize>> {
        let mut level = Some(&self.root);
        let mut found: Option<&Node<T>> = None;
        let mut prune_at = 0;
        for (depth, token) in tokens(subject).enumerate() {
            let here = level?;
            if here.node_count() > 1 || found.is_some_and(Node::has_members) {
                prune_at = depth;
            }
            let node = here.find(token, &self.hasher)?;
            level = node.next.as_deref();
            found = Some(node);
        }
        let node = found.filter(|node| node.contains(queue, value, &self.hasher))?;
        let alone = node.next.is_none() && node.member_count() == 1;
        Some(alone.then_some(prune_at))
    }

    /// Removes the branch that hangs below the token at `depth`.
    fn prune(&mut self, subject: &[u8], depth: usize) {
        let Self { root, hasher, .. } = self;
        let mut parts = tokens(subject);
        let Some(above) = depth.checked_sub(1) else {
            return root.prune(parts.next().unwrap_or_default(), hasher);
        };
        let mut level = root;
        for token in parts.by_ref().take(above) {
            let next = level
                .find_mut(token, hasher)
                .and_then(|node| node.next.as_deref_mut());
            let Some(next) = next else { return };
            level = next;
        }
        let Some(node) = level.find_mut(parts.next().unwrap_or_default(), hasher) else {
            return;
        };
        if let Some(next) = &mut node.next {
            next.prune(parts.next().unwrap_or_default(), hasher);
        }
        if node
            .next
            .as_ref()
            .is_some_and(|next| next.node_count() == 0)
        {
            node.next = None;
        }
    }

    /// Removes one of several members; says whether its group is empty now.
    fn remove_member(&mut self, subject: &[u8], queue: Option<&[u8]>, value: &T) -> bool {
        let Self { root, hasher, .. } = self;
        let mut parts = tokens(subject);
        let mut node = root.find_mut(parts.next().unwrap_or_default(), hasher);
        for token in parts {
            node = node
                .and_then(|node| node.next.as_deref_mut())
                .and_then(|level| level.find_mut(token, hasher));
        }
        let Some(node) = node else { return false };
        let removed = node.remove(queue, value, hasher);
        debug_assert!(removed, "a member that was just found can be removed");
        !node.has_interest(queue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::{matches_literal, subjects_collide};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    /// Random patterns over a small alphabet, checked against plain matching.
    #[test]
    fn agrees_with_matching_one_by_one() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut tree = Sublist::new();
        let mut model: Vec<(String, u32)> = Vec::new();
        for step in 0..4_000_u32 {
            if model.is_empty() || rng.random_bool(0.6) {
                let subject = pattern(&mut rng);
                assert_eq!(tree.insert(&subject, None, step), Ok(true));
                model.push((subject, step));
            } else {
                let (subject, value) = model.swap_remove(rng.random_range(0..model.len()));
                assert_eq!(tree.remove(&subject, None, &value), Ok(()));
                assert_eq!(
                    tree.remove(&subject, None, &value),
                    Err(SublistError::NotFound)
                );
            }
            assert_eq!(tree.count(), model.len());
            if step % 10 != 0 {
                continue;
            }
            let probe = literal(&mut rng);
            let expected = wanted(&model, |subject| matches_literal(&probe, subject));
            assert_eq!(
                sorted(tree.match_subject(&probe).plain),
                expected,
                "{probe}"
            );
            assert_eq!(tree.has_interest(&probe), !expected.is_empty());
            assert_eq!(tree.num_interest(&probe), (expected.len(), 0));
            let probe = pattern(&mut rng);
            let expected = wanted(&model, |subject| subjects_collide(&probe, subject));
            assert_eq!(
                sorted(tree.reverse_match(&probe).plain),
                expected,
                "{probe}"
            );
        }
        for (subject, value) in model.drain(..) {
            tree.remove(&subject, None, &value).unwrap();
        }
        assert!(tree.is_empty());
        assert_eq!(tree.num_levels(), 0);
    }

    #[test]
    fn starting_in_follows_wildcards() {
        let mut tree = Sublist::new();
        for subject in ["foo.bar.baz", "a.*.c", "x.>"] {
            tree.insert(subject, None, ()).unwrap();
        }
        for (prefix, expected) in [
            ("foo", true),
            ("foo.bar", true),
            ("foo.bar.baz", true),
            ("foo.bar.baz.qux", false),
            ("foo.qux", false),
            ("a.anything", true),
            ("a.anything.d", false),
            ("x.y.z", true),
            ("b", false),
        ] {
            assert_eq!(tree.has_interest_starting_in(prefix), expected, "{prefix}");
        }
    }

    /// As long as a message may be: neither matching nor dropping recurses.
    #[test]
    fn very_deep_subjects_do_not_overflow_the_stack() {
        let deep = ["*"; 200_000].join(".");
        let probe = ["a"; 200_000].join(".");
        let mut tree = Sublist::new();
        tree.insert(&deep, None, 1_u32).unwrap();
        tree.insert(&probe, None, 2_u32).unwrap();
        assert_eq!(sorted(tree.match_subject(&probe).plain), [1, 2]);
        assert_eq!(tree.num_levels(), 200_000);
        tree.remove(&deep, None, &1).unwrap();
        drop(tree);
    }

    #[test]
    fn the_same_member_counts_once() {
        let mut tree = Sublist::new();
        assert_eq!(tree.insert("a.b", Some(b"q"), 1_u32), Ok(true));
        assert_eq!(tree.insert("a.b", Some(b"q"), 1_u32), Ok(false));
        assert_eq!(tree.insert("a.b", Some(b"r"), 1_u32), Ok(true));
        assert_eq!(tree.count(), 2);
        assert_eq!(tree.num_interest("a.b"), (0, 2));
    }

    fn wanted(model: &[(String, u32)], matches: impl Fn(&str) -> bool) -> Vec<u32> {
        sorted(
            model
                .iter()
                .filter(|(subject, _)| matches(subject))
                .map(|(_, id)| *id)
                .collect(),
        )
    }

    fn sorted(mut ids: Vec<u32>) -> Vec<u32> {
        ids.sort_unstable();
        ids
    }

    fn literal(rng: &mut StdRng) -> String {
        let len = rng.random_range(1..6);
        (0..len)
            .map(|_| ["a", "b", "c"][rng.random_range(0..3)])
            .collect::<Vec<_>>()
            .join(".")
    }

    fn pattern(rng: &mut StdRng) -> String {
        let len = rng.random_range(1..6);
        let mut parts: Vec<_> = (0..len)
            .map(|_| ["a", "b", "c", "*"][rng.random_range(0..4)])
            .collect();
        if rng.random_bool(0.2) {
            parts.push(">");
        }
        parts.join(".")
    }
}
