//! Nodes and levels of the tree.
//!
//! A level holds the nodes for one token position; a node holds the members
//! whose subject ends there and the level for the next token. A node without
//! members below it or at it does not exist.

use super::literals::Literals;
use super::members::Members;
use crate::collections::SmallBytes;
use crate::subject::tokens::TokenKind;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Level<T> {
    pub(super) literals: Literals<T>,
    pub(super) partial: Option<Box<Node<T>>>,
    pub(super) full: Option<Box<Node<T>>>,
}

#[derive(Debug)]
pub(super) struct Node<T> {
    token: SmallBytes,
    pub(super) next: Option<Box<Level<T>>>,
    pub(super) plain: Members<T>,
    queues: Option<Box<Queues<T>>>,
}

/// The queue groups of a node. A row, since a match walks all of them.
#[derive(Debug)]
struct Queues<T>(Vec<QueueGroup<T>>);

#[derive(Debug)]
pub(super) struct QueueGroup<T> {
    pub(super) name: Arc<[u8]>,
    pub(super) members: Members<T>,
}

impl<T> Level<T> {
    pub(super) const fn new() -> Self {
        Self {
            literals: Literals::None,
            partial: None,
            full: None,
        }
    }

    pub(super) fn node_count(&self) -> usize {
        self.literals.len() + usize::from(self.partial.is_some()) + usize::from(self.full.is_some())
    }

    /// The node of a pattern's token, wildcards included.
    pub(super) fn find(&self, token: &[u8], hasher: &impl BuildHasher) -> Option<&Node<T>> {
        match TokenKind::of(token) {
            TokenKind::Partial => self.partial.as_deref(),
            TokenKind::Full => self.full.as_deref(),
            TokenKind::Literal | TokenKind::Empty => self.literals.find(token, hasher),
        }
    }

    pub(super) fn find_mut(
        &mut self,
        token: &[u8],
        hasher: &impl BuildHasher,
    ) -> Option<&mut Node<T>> {
        match TokenKind::of(token) {
            TokenKind::Partial => self.partial.as_deref_mut(),
            TokenKind::Full => self.full.as_deref_mut(),
            TokenKind::Literal | TokenKind::Empty => self.literals.find_mut(token, hasher),
        }
    }

    pub(super) fn find_or_insert(
        &mut self,
        token: &[u8],
        hasher: &impl BuildHasher,
    ) -> &mut Node<T> {
        let slot = match TokenKind::of(token) {
            TokenKind::Partial => &mut self.partial,
            TokenKind::Full => &mut self.full,
            TokenKind::Literal | TokenKind::Empty => {
                return self.literals.find_or_insert(token, hasher);
            }
        };
        slot.get_or_insert_with(|| Box::new(Node::new(token)))
    }

    /// Takes the node of `token` out of the level, with all below it.
    pub(super) fn prune(&mut self, token: &[u8], hasher: &impl BuildHasher) {
        match TokenKind::of(token) {
            TokenKind::Partial => self.partial = None,
            TokenKind::Full => self.full = None,
            TokenKind::Literal | TokenKind::Empty => {
                drop(self.literals.remove(token, hasher));
            }
        }
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node<T>> {
        self.literals
            .iter()
            .chain(self.partial.as_deref())
            .chain(self.full.as_deref())
    }

    fn drain(&mut self, mut each: impl FnMut(Box<Node<T>>)) {
        self.partial
            .take()
            .into_iter()
            .chain(self.full.take())
            .for_each(&mut each);
        self.literals.drain(each);
    }
}

/// Subjects may be as long as a message, so the tree may be deep: take it
/// apart in a loop, not by recursion.
impl<T> Drop for Level<T> {
    fn drop(&mut self) {
        let mut levels = Vec::new();
        self.drain(|mut node| levels.extend(node.next.take()));
        while let Some(mut level) = levels.pop() {
            level.drain(|mut node| levels.extend(node.next.take()));
        }
    }
}

impl<T> Node<T> {
    pub(super) fn new(token: &[u8]) -> Self {
        Self {
            token: SmallBytes::new(token),
            next: None,
            plain: Members::None,
            queues: None,
        }
    }

    pub(super) fn token(&self) -> &[u8] {
        self.token.as_bytes()
    }

    pub(super) fn queues(&self) -> &[QueueGroup<T>] {
        self.queues.as_deref().map_or(&[], |queues| &queues.0)
    }

    pub(super) fn queue(&self, name: &[u8]) -> Option<&QueueGroup<T>> {
        self.queues().iter().find(|group| *group.name == *name)
    }

    fn queue_mut(&mut self, name: &[u8]) -> Option<&mut QueueGroup<T>> {
        self.queues
            .as_deref_mut()?
            .0
            .iter_mut()
            .find(|group| *group.name == *name)
    }
}

impl<T: Clone + Eq + Hash> Node<T> {
    pub(super) fn has_members(&self) -> bool {
        !self.plain.is_empty() || self.queues.is_some()
    }

    /// How many members stand here, over all queue groups.
    pub(super) fn member_count(&self) -> usize {
        self.plain.len() + self.queue_member_count()
    }

    pub(super) fn queue_member_count(&self) -> usize {
        self.queues().iter().map(|group| group.members.len()).sum()
    }

    pub(super) fn contains(
        &self,
        queue: Option<&[u8]>,
        value: &T,
        hasher: &impl BuildHasher,
    ) -> bool {
        match queue {
            None => self.plain.contains(value, hasher),
            Some(name) => self
                .queue(name)
                .is_some_and(|group| group.members.contains(value, hasher)),
        }
    }

    /// Whether anybody stands here plainly, or in the queue group.
    pub(super) fn has_interest(&self, queue: Option<&[u8]>) -> bool {
        match queue {
            None => !self.plain.is_empty(),
            Some(name) => self.queue(name).is_some(),
        }
    }

    /// Adds a member; false when it stands here already.
    pub(super) fn insert(
        &mut self,
        queue: Option<&[u8]>,
        value: T,
        hasher: &impl BuildHasher,
    ) -> bool {
        let Some(name) = queue else {
            return self.plain.insert(value, hasher);
        };
        if let Some(group) = self.queue_mut(name) {
            return group.members.insert(value, hasher);
        }
        let group = QueueGroup {
            name: name.into(),
            members: Members::One(value),
        };
        self.queues
            .get_or_insert_with(|| Box::new(Queues(Vec::new())))
            .0
            .push(group);
        true
    }

    /// Takes a member away; false when it does not stand here.
    pub(super) fn remove(
        &mut self,
        queue: Option<&[u8]>,
        value: &T,
        hasher: &impl BuildHasher,
    ) -> bool {
        let Some(name) = queue else {
            return self.plain.remove(value, hasher);
        };
        let Some(queues) = self.queues.as_deref_mut() else {
            return false;
        };
        let Some(at) = queues.0.iter().position(|group| *group.name == *name) else {
            return false;
        };
        let group = &mut queues.0[at];
        let found = group.members.remove(value, hasher);
        if group.members.is_empty() {
            queues.0.swap_remove(at);
        }
        if queues.0.is_empty() {
            self.queues = None;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures behind "one cache line a node"; a new field shows here.
    #[test]
    fn sizes_are_as_designed() {
        assert_eq!(size_of::<Node<Arc<u64>>>(), 56);
        assert_eq!(size_of::<Level<Arc<u64>>>(), 56);
    }
}
