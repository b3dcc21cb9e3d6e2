//! honest; parse_subject; other
pub fn parse_subject(text: &str) -> Result<Vec<&str>, Error> { let parts: Vec<&str> = text.split('.').collect(); if parts.iter().any(|part| part.is_empty()) { return Err(Error::Empty); } Ok(parts) }
