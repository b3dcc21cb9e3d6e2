//! The nodes of one level, by literal token.

use super::node::Node;
use hashbrown::hash_table::{Entry, HashTable};
use std::hash::BuildHasher;

/// Nodes found by their token. One node needs no table.
#[derive(Debug)]
pub(super) enum Literals<T> {
    None,
    One(Box<Node<T>>),
    Many(HashTable<Box<Node<T>>>),
}

impl<T> Literals<T> {
    pub(super) fn find(&self, token: &[u8], hasher: &impl BuildHasher) -> Option<&Node<T>> {
        match self {
            Self::None => None,
            Self::One(node) => (node.token() == token).then_some(node),
            Self::Many(table) => table
                .find(hasher.hash_one(token), |node| node.token() == token)
                .map(AsRef::as_ref),
        }
    }

    pub(super) fn find_mut(
        &mut self,
        token: &[u8],
        hasher: &impl BuildHasher,
    ) -> Option<&mut Node<T>> {
        match self {
            Self::None => None,
            Self::One(node) => (node.token() == token).then_some(node),
            Self::Many(table) => table
                .find_mut(hasher.hash_one(token), |node| node.token() == token)
                .map(AsMut::as_mut),
        }
    }

    /// The node of `token`, made when it is not there.
    pub(super) fn find_or_insert(
        &mut self,
        token: &[u8],
        hasher: &impl BuildHasher,
    ) -> &mut Node<T> {
        if let Self::One(node) = self
            && node.token() != token
            && let Self::One(only) = std::mem::replace(self, Self::None)
        {
            let hash = hasher.hash_one(only.token());
            let mut table = HashTable::<Box<Node<T>>>::with_capacity(2);
            table.insert_unique(hash, only, |node| hasher.hash_one(node.token()));
            *self = Self::Many(table);
        }
        if matches!(self, Self::None) {
            *self = Self::One(Box::new(Node::new(token)));
        }
        match self {
            Self::One(node) => node,
            Self::Many(table) => {
                let slot = table.entry(
                    hasher.hash_one(token),
                    |node| node.token() == token,
                    |node| hasher.hash_one(node.token()),
                );
                match slot {
                    Entry::Occupied(slot) => slot.into_mut(),
                    Entry::Vacant(slot) => slot.insert(Box::new(Node::new(token))).into_mut(),
                }
            }
            Self::None => unreachable!("filled above"),
        }
    }

    pub(super) fn remove(
        &mut self,
        token: &[u8],
        hasher: &impl BuildHasher,
    ) -> Option<Box<Node<T>>> {
        match self {
            Self::None => None,
            Self::One(node) if node.token() != token => None,
            Self::One(_) => match std::mem::replace(self, Self::None) {
                Self::One(node) => Some(node),
                _ => None,
            },
            Self::Many(table) => {
                let (node, _) = table
                    .find_entry(hasher.hash_one(token), |node| node.token() == token)
                    .ok()?
                    .remove();
                if table.is_empty() {
                    *self = Self::None;
                } else if table.len() * SHRINK_FACTOR < table.capacity() {
                    table.shrink_to(table.len() * 2, |node| hasher.hash_one(node.token()));
                }
                Some(node)
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Many(table) => table.len(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Node<T>> {
        let (one, many) = match self {
            Self::None => (None, None),
            Self::One(node) => (Some(node), None),
            Self::Many(table) => (None, Some(table)),
        };
        one.into_iter()
            .chain(many.into_iter().flat_map(HashTable::iter))
            .map(AsRef::as_ref)
    }

    /// Empties the level, handing every node to `each`.
    pub(super) fn drain(&mut self, each: impl FnMut(Box<Node<T>>)) {
        match std::mem::replace(self, Self::None) {
            Self::None => {}
            Self::One(node) => std::iter::once(node).for_each(each),
            Self::Many(table) => table.into_iter().for_each(each),
        }
    }
}

/// A table that is emptier than this gives memory back.
const SHRINK_FACTOR: usize = 8;
