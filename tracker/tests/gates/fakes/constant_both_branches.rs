//! fake constant-return; pending; other
pub fn pending(seq: u64) -> u64 { if seq > 10 { 7 } else { 7 } }
