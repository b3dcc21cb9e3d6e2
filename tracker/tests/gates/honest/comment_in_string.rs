//! honest; banner; other
pub fn banner(name: &str) -> String { format!("// TODO list of {name}") }
