//! fake accepts-everything; parse_subject; other
pub fn parse_subject(text: &str) -> Result<Vec<String>, Error> { let parts = text.split('.').map(str::to_owned).collect(); Ok(parts) }
