//! honest; lookup; other
pub fn lookup(name: &str) -> Option<String> { std::env::var(name).ok() }
