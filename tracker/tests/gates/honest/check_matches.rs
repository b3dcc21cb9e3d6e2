//! honest; is_reserved; other
pub fn is_reserved(name: &str) -> bool { matches!(name, "$SYS" | "$G" | "_INBOX") }
