//! honest; scale; other
pub fn scale(n: u64) -> u64 { n * 10 & 0xff }
