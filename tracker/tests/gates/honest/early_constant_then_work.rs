//! honest; ratio; other
pub fn ratio(part: u64, whole: u64) -> f64 { if whole == 0 { return 0.0; } part as f64 / whole as f64 }
