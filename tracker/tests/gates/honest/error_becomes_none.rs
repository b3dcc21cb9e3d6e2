//! honest; sequence; other
pub fn sequence(text: &str) -> Option<u64> { match text.parse() { Ok(seq) => Some(seq), Err(_) => None } }
