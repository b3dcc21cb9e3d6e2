//! honest; version; constant
pub fn version() -> &'static str { "2.14.0" }
