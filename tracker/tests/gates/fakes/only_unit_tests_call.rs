//! fake uncalled; rebuild_index; other
pub fn rebuild_index(msgs: &[u64]) -> u64 { msgs.iter().sum() }
#[cfg(test)]
mod tests { #[test] fn sums() { assert_eq!(super::rebuild_index(&[1, 2]), 3); } }
//@ tests
