//! Inner nodes of different sizes.

use super::NO_PIVOT;
use super::node::Node;
use crate::collections::SmallBytes;

/// Up to `N` children, searched one by one.
#[derive(Debug)]
pub(super) struct Sparse<T, const N: usize> {
    pub(super) prefix: SmallBytes,
    len: u8,
    keys: [u8; N],
    children: [Option<Node<T>>; N],
}

/// Up to 48 children, with the place of each by key.
#[derive(Debug)]
pub(super) struct Indexed<T> {
    pub(super) prefix: SmallBytes,
    len: u8,
    /// Place plus one; zero for none.
    places: [u8; 256],
    children: [Option<Node<T>>; 48],
}

/// A child for every key.
#[derive(Debug)]
pub(super) struct Direct<T> {
    pub(super) prefix: SmallBytes,
    len: u16,
    children: [Option<Node<T>>; 256],
}

impl<T, const N: usize> Sparse<T, N> {
    pub(super) fn new(prefix: SmallBytes) -> Self {
        Self {
            prefix,
            len: 0,
            keys: [0; N],
            children: [const { None }; N],
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    /// The child back when the node is full.
    pub(super) fn add(&mut self, key: u8, child: Node<T>) -> Result<(), Node<T>> {
        let at = self.len();
        match (self.keys.get_mut(at), self.children.get_mut(at)) {
            (Some(slot_key), Some(slot)) => {
                *slot_key = key;
                *slot = Some(child);
                self.len += 1;
                Ok(())
            }
            _ => Err(child),
        }
    }

    fn place(&self, key: u8) -> Option<usize> {
        self.keys
            .iter()
            .take(self.len())
            .position(|&have| have == key)
    }

    pub(super) fn find(&self, key: u8) -> Option<&Node<T>> {
        self.children.get(self.place(key)?)?.as_ref()
    }

    pub(super) fn slot(&mut self, key: u8) -> Option<&mut Option<Node<T>>> {
        let at = self.place(key)?;
        self.children.get_mut(at)
    }

    pub(super) fn remove(&mut self, key: u8) -> Option<Node<T>> {
        let at = self.place(key)?;
        let last = self.len() - 1;
        self.keys.swap(at, last);
        self.children.swap(at, last);
        self.len -= 1;
        self.children.get_mut(last)?.take()
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = (u8, Node<T>)> {
        self.len = 0;
        let children = self.children.iter_mut().filter_map(Option::take);
        self.keys.iter().copied().zip(children)
    }

    pub(super) fn children(&self) -> &[Option<Node<T>>] {
        self.children.get(..self.len()).unwrap_or_default()
    }

    pub(super) fn children_mut(&mut self) -> &mut [Option<Node<T>>] {
        let len = self.len();
        self.children.get_mut(..len).unwrap_or_default()
    }

    /// The children in descending order of key, the end of a subject last.
    pub(super) fn descending<'a>(&'a self, mut each: impl FnMut(&'a Node<T>)) {
        let mut order: [u8; N] = std::array::from_fn(|at| at as u8);
        let keys = &self.keys;
        let used = order.get_mut(..self.len as usize).unwrap_or_default();
        used.sort_unstable_by_key(|&at| {
            std::cmp::Reverse(keys.get(usize::from(at)).copied().map(rank))
        });
        for &at in used.iter() {
            if let Some(Some(child)) = self.children.get(usize::from(at)) {
                each(child);
            }
        }
    }
}

impl<T> Indexed<T> {
    pub(super) fn new(prefix: SmallBytes) -> Self {
        Self {
            prefix,
            len: 0,
            places: [0; 256],
            children: [const { None }; 48],
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) fn add(&mut self, key: u8, child: Node<T>) -> Result<(), Node<T>> {
        let Some(slot) = self.children.get_mut(usize::from(self.len)) else {
            return Err(child);
        };
        *slot = Some(child);
        self.len += 1;
        self.places[usize::from(key)] = self.len;
        Ok(())
    }

    fn place(&self, key: u8) -> Option<usize> {
        usize::from(self.places[usize::from(key)]).checked_sub(1)
    }

    pub(super) fn find(&self, key: u8) -> Option<&Node<T>> {
        self.children.get(self.place(key)?)?.as_ref()
    }

    pub(super) fn slot(&mut self, key: u8) -> Option<&mut Option<Node<T>>> {
        let at = self.place(key)?;
        self.children.get_mut(at)
    }

    pub(super) fn remove(&mut self, key: u8) -> Option<Node<T>> {
        let at = self.place(key)?;
        let last = self.len() - 1;
        self.children.swap(at, last);
        if let Some(moved) = self
            .places
            .iter_mut()
            .find(|place| usize::from(**place) == last + 1)
        {
            *moved = at as u8 + 1;
        }
        self.places[usize::from(key)] = 0;
        self.len -= 1;
        self.children.get_mut(last)?.take()
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = (u8, Node<T>)> {
        self.len = 0;
        let Self {
            places, children, ..
        } = self;
        (0..=u8::MAX)
            .zip(places.iter_mut())
            .filter_map(|(key, place)| {
                let at = usize::from(std::mem::take(place)).checked_sub(1)?;
                Some((key, children.get_mut(at)?.take()?))
            })
    }

    pub(super) fn children(&self) -> &[Option<Node<T>>] {
        self.children.get(..self.len()).unwrap_or_default()
    }

    pub(super) fn children_mut(&mut self) -> &mut [Option<Node<T>>] {
        let len = self.len();
        self.children.get_mut(..len).unwrap_or_default()
    }

    pub(super) fn descending<'a>(&'a self, each: impl FnMut(&'a Node<T>)) {
        descending_keys()
            .filter_map(|key| self.find(key))
            .for_each(each);
    }
}

impl<T> Direct<T> {
    pub(super) fn new(prefix: SmallBytes) -> Self {
        Self {
            prefix,
            len: 0,
            children: [const { None }; 256],
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) fn add(&mut self, key: u8, child: Node<T>) {
        let slot = &mut self.children[usize::from(key)];
        self.len += u16::from(slot.is_none());
        *slot = Some(child);
    }

    pub(super) fn find(&self, key: u8) -> Option<&Node<T>> {
        self.children[usize::from(key)].as_ref()
    }

    pub(super) fn slot(&mut self, key: u8) -> Option<&mut Option<Node<T>>> {
        Some(&mut self.children[usize::from(key)]).filter(|slot| slot.is_some())
    }

    pub(super) fn remove(&mut self, key: u8) -> Option<Node<T>> {
        let child = self.children[usize::from(key)].take();
        self.len -= u16::from(child.is_some());
        child
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = (u8, Node<T>)> {
        self.len = 0;
        (0..=u8::MAX)
            .zip(&mut self.children)
            .filter_map(|(key, slot)| Some((key, slot.take()?)))
    }

    pub(super) fn children(&self) -> &[Option<Node<T>>] {
        &self.children
    }

    pub(super) fn children_mut(&mut self) -> &mut [Option<Node<T>>] {
        &mut self.children
    }

    pub(super) fn descending<'a>(&'a self, each: impl FnMut(&'a Node<T>)) {
        descending_keys()
            .filter_map(|key| self.find(key))
            .for_each(each);
    }
}

/// Where a key stands in lexical order of subjects: an end comes first.
fn rank(key: u8) -> u16 {
    if key == NO_PIVOT {
        0
    } else {
        u16::from(key) + 1
    }
}

fn descending_keys() -> impl Iterator<Item = u8> {
    (0..=u8::MAX)
        .rev()
        .filter(|&key| key != NO_PIVOT)
        .chain([NO_PIVOT])
}
