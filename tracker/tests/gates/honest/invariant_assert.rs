//! honest; split; other
pub fn split(index: usize) -> usize { assert!(index > 0, "the root is never split"); index / 2 }
