//! A pointer that can be held or let go (`elastic` package).

use std::sync::{Arc, Weak};

/// A reference to a shared value that holds it only while strengthened.
/// Caches use it: strong while the cache is in use, weak when memory may be
/// given back. A weak one keeps finding the value for as long as somebody else
/// holds it.
#[derive(Debug)]
pub struct ElasticPointer<T> {
    weak: Weak<T>,
    strong: Option<Arc<T>>,
}

impl<T> ElasticPointer<T> {
    /// A weak pointer to `value`.
    pub fn new(value: &Arc<T>) -> Self {
        Self {
            weak: Arc::downgrade(value),
            strong: None,
        }
    }

    /// Points to another value, as strongly as before.
    pub fn set(&mut self, value: &Arc<T>) {
        self.weak = Arc::downgrade(value);
        if let Some(strong) = &mut self.strong {
            *strong = Arc::clone(value);
        }
    }

    /// Holds the value from now on, if it is still there.
    pub fn strengthen(&mut self) {
        if self.strong.is_none() {
            self.strong = self.weak.upgrade();
        }
    }

    /// Lets go of the value.
    pub fn weaken(&mut self) {
        self.strong = None;
    }

    /// The value, if it is still there.
    pub fn value(&self) -> Option<Arc<T>> {
        self.strong.clone().or_else(|| self.weak.upgrade())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_only_while_strong() {
        let first = Arc::new(1);
        let mut pointer = ElasticPointer::new(&first);
        assert_eq!(pointer.value().as_deref(), Some(&1));
        pointer.strengthen();
        pointer.strengthen();
        drop(first);
        assert_eq!(pointer.value().as_deref(), Some(&1));
        let second = Arc::new(2);
        pointer.set(&second);
        drop(second);
        assert_eq!(
            pointer.value().as_deref(),
            Some(&2),
            "set keeps the strength"
        );
        pointer.weaken();
        assert_eq!(pointer.value(), None);
        pointer.strengthen();
        assert_eq!(pointer.value(), None, "what is gone stays gone");
    }

    #[test]
    fn a_weak_pointer_stays_weak_when_set() {
        let first = Arc::new(1);
        let second = Arc::new(2);
        let mut pointer = ElasticPointer::new(&first);
        pointer.set(&second);
        assert_eq!(pointer.value().as_deref(), Some(&2));
        assert_eq!(Arc::strong_count(&second), 1);
    }
}
