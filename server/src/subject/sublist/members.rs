//! The members that stand at one node.

use hashbrown::hash_table::HashTable;
use std::hash::{BuildHasher, Hash};

/// A set of members: most nodes have one, so one needs no allocation.
#[derive(Debug)]
pub(super) enum Members<T> {
    None,
    One(T),
    Many(Box<MemberSet<T>>),
}

/// Members in one row, so that a match copies them in one go. A big set also
/// has an index from member to place, for removal without a scan.
#[derive(Debug)]
pub(super) struct MemberSet<T> {
    list: Vec<T>,
    index: HashTable<u32>,
}

/// From this size on a set keeps an index.
const INDEX_MIN: usize = 32;

impl<T: Clone + Eq + Hash> Members<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(member) => std::slice::from_ref(member),
            Self::Many(set) => &set.list,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    pub(super) fn contains(&self, value: &T, hasher: &impl BuildHasher) -> bool {
        match self {
            Self::None => false,
            Self::One(member) => member == value,
            Self::Many(set) => set.find(value, hasher).is_some(),
        }
    }

    /// Adds `value`; false when it is a member already.
    pub(super) fn insert(&mut self, value: T, hasher: &impl BuildHasher) -> bool {
        match self {
            Self::None => *self = Self::One(value),
            Self::One(member) if *member == value => return false,
            Self::One(_) => {
                let Self::One(first) = std::mem::replace(self, Self::None) else {
                    return false;
                };
                let set = MemberSet {
                    list: vec![first, value],
                    index: HashTable::new(),
                };
                *self = Self::Many(Box::new(set));
            }
            Self::Many(set) => return set.insert(value, hasher),
        }
        true
    }

    /// Takes `value` out; false when it is not a member.
    pub(super) fn remove(&mut self, value: &T, hasher: &impl BuildHasher) -> bool {
        match self {
            Self::None => false,
            Self::One(member) => {
                let found = member == value;
                if found {
                    *self = Self::None;
                }
                found
            }
            Self::Many(set) => {
                let found = set.remove(value, hasher);
                match set.list.len() {
                    0 => *self = Self::None,
                    1 => {
                        if let Some(last) = set.list.pop() {
                            *self = Self::One(last);
                        }
                    }
                    _ => {}
                }
                found
            }
        }
    }
}

impl<T: Clone + Eq + Hash> MemberSet<T> {
    fn find(&self, value: &T, hasher: &impl BuildHasher) -> Option<usize> {
        if self.index.is_empty() {
            return self.list.iter().position(|member| member == value);
        }
        let at = self
            .index
            .find(hasher.hash_one(value), |&at| self.member(at) == Some(value))?;
        usize::try_from(*at).ok()
    }

    fn member(&self, at: u32) -> Option<&T> {
        self.list.get(usize::try_from(at).ok()?)
    }

    fn insert(&mut self, value: T, hasher: &impl BuildHasher) -> bool {
        if self.find(&value, hasher).is_some() {
            return false;
        }
        self.list.push(value);
        if !self.index.is_empty() {
            self.index_from(self.list.len() - 1, hasher);
        } else if self.list.len() >= INDEX_MIN {
            self.index_from(0, hasher);
        }
        true
    }

    fn index_from(&mut self, first: usize, hasher: &impl BuildHasher) {
        let Self { list, index } = self;
        for (at, member) in list.iter().enumerate().skip(first) {
            let Ok(at) = u32::try_from(at) else { return };
            index.insert_unique(hasher.hash_one(member), at, |&at| {
                list.get(at as usize)
                    .map_or(0, |member| hasher.hash_one(member))
            });
        }
    }

    fn remove(&mut self, value: &T, hasher: &impl BuildHasher) -> bool {
        let Some(at) = self.find(value, hasher) else {
            return false;
        };
        if !self.index.is_empty() {
            self.forget_place(at, hasher);
        }
        self.list.swap_remove(at);
        if self.list.len() < INDEX_MIN / 2 {
            self.index = HashTable::new();
        }
        true
    }

    /// Drops the index entry of place `at` and lets the last member's entry
    /// point there, as removal moves the last member into the gap.
    fn forget_place(&mut self, at: usize, hasher: &impl BuildHasher) {
        let Self { list, index } = self;
        let last = list.len() - 1;
        if let Ok(entry) =
            index.find_entry(hasher.hash_one(&list[at]), |&place| place as usize == at)
        {
            entry.remove();
        }
        if last != at
            && let Ok(to) = u32::try_from(at)
            && let Some(place) = index.find_mut(hasher.hash_one(&list[last]), |&place| {
                place as usize == last
            })
        {
            *place = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hashbrown::DefaultHashBuilder;

    #[test]
    fn grows_shrinks_and_finds() {
        let hasher = DefaultHashBuilder::default();
        let mut members = Members::None;
        for value in 0..200_u32 {
            assert!(members.insert(value, &hasher));
            assert!(!members.insert(value, &hasher));
        }
        assert_eq!(members.len(), 200);
        for value in (0..200)
            .step_by(3)
            .chain((0..200).filter(|value| value % 3 != 0))
        {
            assert!(members.contains(&value, &hasher));
            assert!(members.remove(&value, &hasher));
            assert!(!members.contains(&value, &hasher));
            assert!(!members.remove(&value, &hasher));
        }
        assert!(members.is_empty());
    }

    #[test]
    fn refills_after_losing_its_index() {
        let hasher = DefaultHashBuilder::default();
        let mut members = Members::None;
        for round in 0..3_u32 {
            for value in 0..64 {
                assert!(members.insert(round * 100 + value, &hasher));
            }
            for value in 4..64 {
                assert!(members.remove(&(round * 100 + value), &hasher));
            }
        }
        assert_eq!(members.len(), 12);
    }
}
