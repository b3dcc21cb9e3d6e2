//! fake accepts-everything; is_valid_name; other
pub fn is_valid_name(name: &str) -> bool { if name.is_empty() { log(name); } true }
