//! honest; sequence; other
pub fn sequence(text: &str) -> Result<u64, Error> { match text.parse() { Ok(seq) => Ok(seq), Err(_) => Err(Error::Sequence) } }
