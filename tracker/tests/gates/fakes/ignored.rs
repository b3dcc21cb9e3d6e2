//! fake ignored-parameter; purge; other
pub fn purge(msgs: &mut Vec<u64>, keep: usize) -> usize { let n = msgs.len(); msgs.clear(); n }
