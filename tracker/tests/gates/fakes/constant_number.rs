//! fake constant-return; pending; other
pub fn pending(subject: &str) -> u64 { 0 }
