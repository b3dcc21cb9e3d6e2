//! honest; double; other
pub fn double(n: u64) -> u64 { n * 2 }
pub fn all(items: &[u64]) -> Vec<u64> { items.iter().copied().map(double).collect() }
//@ tests
