//! Times as JetStream's JSON has them: RFC 3339 with as many digits of the
//! second as it takes. Go's zero time, the beginning of year 1, is `None` here.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer, de};

const ZERO: &str = "0001-01-01T00:00:00Z";

/// Serialises with `#[serde(with = "go_time")]`.
pub(crate) fn serialize<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_str(ZERO),
    }
}

/// The way back. Any offset is accepted; a missing or null field is `None`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let time: Timestamp = text.parse().map_err(de::Error::custom)?;
    Ok((time.to_string() != ZERO).then_some(time))
}
