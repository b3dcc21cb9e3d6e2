//! honest; is_valid_name; other
pub fn is_valid_name(name: &str) -> bool { !name.is_empty() && !name.contains(['.', '*', '>']) }
