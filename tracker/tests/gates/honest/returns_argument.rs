//! honest; identity; other
pub fn identity(seq: u64) -> u64 { seq }
