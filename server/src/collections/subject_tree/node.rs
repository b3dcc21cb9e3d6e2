//! The nodes of the tree.

use super::branch::{Direct, Indexed, Sparse};
use crate::collections::SmallBytes;
use std::fmt;
use thiserror::Error;

/// A leaf or an inner node. Public to look at; the tree alone changes it.
#[derive(Debug)]
pub struct Node<T>(Repr<T>);

#[derive(Debug)]
enum Repr<T> {
    Leaf(Box<Leaf<T>>),
    Four(Box<Sparse<T, 4>>),
    Ten(Box<Sparse<T, 10>>),
    Sixteen(Box<Sparse<T, 16>>),
    FortyEight(Box<Indexed<T>>),
    TwoFiftySix(Box<Direct<T>>),
}

/// A value and the end of its subject.
#[derive(Debug)]
pub struct Leaf<T> {
    pub(super) value: T,
    pub(super) suffix: SmallBytes,
}

/// How much a node can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A value.
    Leaf,
    /// 4 children.
    Four,
    /// 10 children.
    Ten,
    /// 16 children.
    Sixteen,
    /// 48 children.
    FortyEight,
    /// 256 children.
    TwoFiftySix,
}

/// A change that a node of this kind does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NodeError {
    /// No room for another child.
    #[error("{0} full!")]
    Full(NodeKind),
    /// Leaves have neither prefix nor children.
    #[error("{0} called on leaf")]
    OnLeaf(&'static str),
    /// There is no larger kind.
    #[error("grow can not be called on node256")]
    Largest,
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Leaf => "leaf",
            Self::Four => "node4",
            Self::Ten => "node10",
            Self::Sixteen => "node16",
            Self::FortyEight => "node48",
            Self::TwoFiftySix => "node256",
        })
    }
}

/// Runs `$on_branch` with the inner node bound to `$branch`.
macro_rules! dispatch {
    ($node:expr, leaf $leaf:pat => $on_leaf:expr, $branch:ident => $on_branch:expr) => {
        match $node {
            Repr::Leaf($leaf) => $on_leaf,
            Repr::Four($branch) => $on_branch,
            Repr::Ten($branch) => $on_branch,
            Repr::Sixteen($branch) => $on_branch,
            Repr::FortyEight($branch) => $on_branch,
            Repr::TwoFiftySix($branch) => $on_branch,
        }
    };
}

impl<T> Node<T> {
    /// A leaf with `suffix`.
    pub fn leaf(suffix: &[u8], value: T) -> Self {
        Self(Repr::Leaf(Box::new(Leaf {
            value,
            suffix: SmallBytes::new(suffix),
        })))
    }

    /// An inner node of the given kind without children.
    ///
    /// # Errors
    /// [`NodeError::OnLeaf`]: a leaf is not an inner node.
    pub fn branch(kind: NodeKind, prefix: &[u8]) -> Result<Self, NodeError> {
        Self::empty(kind, SmallBytes::new(prefix)).ok_or(NodeError::OnLeaf("branch"))
    }

    fn empty(kind: NodeKind, prefix: SmallBytes) -> Option<Self> {
        Some(Self(match kind {
            NodeKind::Leaf => return None,
            NodeKind::Four => Repr::Four(Box::new(Sparse::new(prefix))),
            NodeKind::Ten => Repr::Ten(Box::new(Sparse::new(prefix))),
            NodeKind::Sixteen => Repr::Sixteen(Box::new(Sparse::new(prefix))),
            NodeKind::FortyEight => Repr::FortyEight(Box::new(Indexed::new(prefix))),
            NodeKind::TwoFiftySix => Repr::TwoFiftySix(Box::new(Direct::new(prefix))),
        }))
    }

    /// A node of 4 with room for the two that made it necessary.
    pub(super) fn four(prefix: &[u8], children: [(u8, Self); 2]) -> Self {
        let mut four = Sparse::new(SmallBytes::new(prefix));
        for (key, child) in children {
            assert!(
                four.add(key, child).is_ok(),
                "two children fit into a node of four"
            );
        }
        Self(Repr::Four(Box::new(four)))
    }

    /// Which kind it is.
    pub const fn kind(&self) -> NodeKind {
        match &self.0 {
            Repr::Leaf(_) => NodeKind::Leaf,
            Repr::Four(_) => NodeKind::Four,
            Repr::Ten(_) => NodeKind::Ten,
            Repr::Sixteen(_) => NodeKind::Sixteen,
            Repr::FortyEight(_) => NodeKind::FortyEight,
            Repr::TwoFiftySix(_) => NodeKind::TwoFiftySix,
        }
    }

    /// The bytes of the subject that this node adds: a leaf's suffix, or the
    /// prefix that all children share.
    pub fn path(&self) -> &[u8] {
        dispatch!(&self.0, leaf leaf => leaf.suffix.as_bytes(), branch => branch.prefix.as_bytes())
    }

    /// Whether it is a leaf.
    pub const fn is_leaf(&self) -> bool {
        matches!(self.0, Repr::Leaf(_))
    }

    pub(super) fn as_leaf(&self) -> Option<&Leaf<T>> {
        match &self.0 {
            Repr::Leaf(leaf) => Some(leaf),
            _ => None,
        }
    }

    pub(super) fn as_leaf_mut(&mut self) -> Option<&mut Leaf<T>> {
        match &mut self.0 {
            Repr::Leaf(leaf) => Some(leaf),
            _ => None,
        }
    }

    pub(super) fn into_value(self) -> Option<T> {
        match self.0 {
            Repr::Leaf(leaf) => Some(leaf.value),
            _ => None,
        }
    }

    /// The value of a leaf.
    pub fn value(&self) -> Option<&T> {
        self.as_leaf().map(|leaf| &leaf.value)
    }

    /// How many children it has.
    pub fn child_count(&self) -> usize {
        dispatch!(&self.0, leaf _ => 0, branch => branch.len())
    }

    /// Whether another child needs a larger kind first.
    pub fn is_full(&self) -> bool {
        let room = match self.kind() {
            NodeKind::Leaf => 0,
            NodeKind::Four => 4,
            NodeKind::Ten => 10,
            NodeKind::Sixteen => 16,
            NodeKind::FortyEight => 48,
            NodeKind::TwoFiftySix => return false,
        };
        self.child_count() >= room
    }

    /// The child filed under `key`.
    pub fn find_child(&self, key: u8) -> Option<&Self> {
        dispatch!(&self.0, leaf _ => None, branch => branch.find(key))
    }

    pub(super) fn child_slot(&mut self, key: u8) -> Option<&mut Option<Self>> {
        dispatch!(&mut self.0, leaf _ => None, branch => branch.slot(key))
    }

    /// All children, in no order.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = &Self> {
        dispatch!(&self.0, leaf _ => [].as_slice(), branch => branch.children())
            .iter()
            .flatten()
    }

    pub(super) fn children_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Self> {
        dispatch!(&mut self.0, leaf _ => [].as_mut_slice(), branch => branch.children_mut())
            .iter_mut()
            .flatten()
    }

    /// All children in descending order of their subjects.
    pub(super) fn descending<'a>(&'a self, each: impl FnMut(&'a Self)) {
        dispatch!(&self.0, leaf _ => {}, branch => branch.descending(each));
    }

    /// Files a child under `key`, which must be free.
    ///
    /// # Errors
    /// [`NodeError::Full`], and [`NodeError::OnLeaf`] for a leaf.
    pub fn add_child(&mut self, key: u8, child: Self) -> Result<(), NodeError> {
        let kind = self.kind();
        let added = match &mut self.0 {
            Repr::Leaf(_) => return Err(NodeError::OnLeaf("addChild")),
            Repr::Four(node) => node.add(key, child),
            Repr::Ten(node) => node.add(key, child),
            Repr::Sixteen(node) => node.add(key, child),
            Repr::FortyEight(node) => node.add(key, child),
            Repr::TwoFiftySix(node) => {
                node.add(key, child);
                Ok(())
            }
        };
        added.map_err(|_| NodeError::Full(kind))
    }

    /// Files a child, in a larger kind of node if need be.
    pub(super) fn add_growing(&mut self, key: u8, child: Self) {
        if self.is_full() {
            let grown = self.grow();
            debug_assert!(grown.is_ok(), "only a leaf or the largest kind cannot grow");
        }
        let added = self.add_child(key, child);
        debug_assert!(added.is_ok(), "a node that has grown has room");
    }

    /// Takes the child under `key` away.
    ///
    /// # Errors
    /// [`NodeError::OnLeaf`] for a leaf.
    pub fn delete_child(&mut self, key: u8) -> Result<Option<Self>, NodeError> {
        dispatch!(
            &mut self.0,
            leaf _ => Err(NodeError::OnLeaf("deleteChild")),
            branch => Ok(branch.remove(key))
        )
    }

    /// Changes the prefix that the children share.
    ///
    /// # Errors
    /// [`NodeError::OnLeaf`] for a leaf.
    pub fn set_prefix(&mut self, prefix: &[u8]) -> Result<(), NodeError> {
        dispatch!(
            &mut self.0,
            leaf _ => return Err(NodeError::OnLeaf("setPrefix")),
            branch => branch.prefix = SmallBytes::new(prefix)
        );
        Ok(())
    }

    /// Drops the first `count` bytes of the path.
    pub(super) fn shorten_path(&mut self, count: usize) {
        let rest = SmallBytes::new(self.path().get(count..).unwrap_or_default());
        self.replace_path(rest);
    }

    fn replace_path(&mut self, path: SmallBytes) {
        dispatch!(&mut self.0, leaf leaf => leaf.suffix = path, branch => branch.prefix = path);
    }

    /// Becomes the next larger kind.
    ///
    /// # Errors
    /// [`NodeError::Largest`] for 256, [`NodeError::OnLeaf`] for a leaf.
    pub fn grow(&mut self) -> Result<(), NodeError> {
        let larger = match self.kind() {
            NodeKind::Leaf => return Err(NodeError::OnLeaf("grow")),
            NodeKind::Four => NodeKind::Ten,
            NodeKind::Ten => NodeKind::Sixteen,
            NodeKind::Sixteen => NodeKind::FortyEight,
            NodeKind::FortyEight => NodeKind::TwoFiftySix,
            NodeKind::TwoFiftySix => return Err(NodeError::Largest),
        };
        self.become_kind(larger);
        Ok(())
    }

    /// Becomes the next smaller kind if the children fit; a node of 4 with a
    /// single child becomes that child. Says whether it did.
    ///
    /// # Errors
    /// [`NodeError::OnLeaf`] for a leaf.
    pub fn shrink(&mut self) -> Result<bool, NodeError> {
        let (smaller, room) = match self.kind() {
            NodeKind::Leaf => return Err(NodeError::OnLeaf("shrink")),
            NodeKind::Four => return Ok(self.become_only_child()),
            NodeKind::Ten => (NodeKind::Four, 4),
            NodeKind::Sixteen => (NodeKind::Ten, 10),
            NodeKind::FortyEight => (NodeKind::Sixteen, 16),
            NodeKind::TwoFiftySix => (NodeKind::FortyEight, 48),
        };
        let fits = self.child_count() <= room;
        if fits {
            self.become_kind(smaller);
        }
        Ok(fits)
    }

    fn become_only_child(&mut self) -> bool {
        let Repr::Four(node) = &mut self.0 else {
            return false;
        };
        if node.len() != 1 {
            return false;
        }
        let prefix = std::mem::replace(&mut node.prefix, SmallBytes::new(&[]));
        let only = node.drain().next();
        let Some((_, mut child)) = only else {
            return false;
        };
        child.replace_path(SmallBytes::concat(prefix.as_bytes(), child.path()));
        *self = child;
        true
    }

    fn become_kind(&mut self, kind: NodeKind) {
        let prefix = SmallBytes::new(self.path());
        let Some(mut other) = Self::empty(kind, prefix) else {
            return;
        };
        dispatch!(&mut self.0, leaf _ => {}, branch => {
            for (key, child) in branch.drain() {
                let moved = other.add_child(key, child);
                debug_assert!(moved.is_ok(), "the children fit, the caller has seen to it");
            }
        });
        *self = other;
    }

    /// Takes all children out.
    pub(super) fn take_children(&mut self, into: &mut Vec<Self>) {
        dispatch!(
            &mut self.0,
            leaf _ => {},
            branch => into.extend(branch.drain().map(|(_, child)| child))
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_found_in_nodes_of_every_kind() {
        for (kind, count) in [
            (NodeKind::Four, 4_u8),
            (NodeKind::Ten, 10),
            (NodeKind::Sixteen, 16),
            (NodeKind::FortyEight, 48),
            (NodeKind::TwoFiftySix, 100),
        ] {
            let mut node = Node::branch(kind, b"foo").unwrap();
            for key in 0..count {
                node.add_child(key, Node::leaf(&[key], key)).unwrap();
            }
            for key in 0..count {
                let child = node.find_child(key).expect("it was added");
                assert_eq!((child.path(), child.value()), (&[key][..], Some(&key)));
            }
            assert!(node.find_child(count).is_none());
            assert_eq!((node.kind(), node.path()), (kind, &b"foo"[..]));
            node.set_prefix(b"other").unwrap();
            assert_eq!(node.path(), b"other");
        }
    }
}
