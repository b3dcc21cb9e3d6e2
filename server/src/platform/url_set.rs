//! URLs learnt from several servers (`refCountedUrlSet`).

use std::collections::BTreeMap;

/// URLs with how often each was added, for gossip such as `connect_urls`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlSet(BTreeMap<String, usize>);

impl UrlSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `url` once more; true when it is new.
    pub fn add(&mut self, url: &str) -> bool {
        let count = self.0.entry(url.to_owned()).or_default();
        *count += 1;
        *count == 1
    }

    /// Takes `url` away once; true when that was the last time.
    pub fn remove(&mut self, url: &str) -> bool {
        let Some(count) = self.0.get_mut(url) else {
            return false;
        };
        *count -= 1;
        let gone = *count == 0;
        if gone {
            self.0.remove(url);
        }
        gone
    }

    /// Every URL once (`getAsStringSlice`).
    pub fn to_vec(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// How many different URLs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_addition() {
        let mut set = UrlSet::new();
        assert!(set.add("b:1"));
        assert!(!set.add("b:1"));
        assert!(set.add("a:1"));
        assert_eq!(
            (set.to_vec(), set.len()),
            (vec!["a:1".into(), "b:1".into()], 2)
        );
        assert!(!set.remove("b:1"));
        assert!(set.remove("b:1"));
        assert!(!set.remove("b:1"), "it is gone");
        assert!(set.remove("a:1"));
        assert!(set.is_empty());
    }
}
