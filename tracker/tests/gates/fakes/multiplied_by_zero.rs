//! fake constant-return; pending; other
pub fn pending(seq: u64) -> u64 { seq * 0 }
