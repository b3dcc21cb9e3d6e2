//! fake ignored-parameter; purge; other
pub fn purge(msgs: &mut Vec<u64>, keep: usize) -> usize { let _ = keep; let n = msgs.len(); msgs.clear(); n }
