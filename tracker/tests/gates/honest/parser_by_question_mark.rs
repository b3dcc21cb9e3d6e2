//! honest; parse_pair; other
pub fn parse_pair(text: &str) -> Result<(u64, u64), Error> { let (a, b) = text.split_once(':').ok_or(Error::Pair)?; Ok((a.parse()?, b.parse()?)) }
