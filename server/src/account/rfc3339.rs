//! Points in time as they stand in JSON: RFC 3339 in UTC, with as many digits of
//! the second as are needed.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(
    time: &SystemTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let timestamp = Timestamp::try_from(*time).map_err(S::Error::custom)?;
    serializer.collect_str(&timestamp)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    let timestamp: Timestamp = text.parse().map_err(D::Error::custom)?;
    Ok(timestamp.into())
}

/// The same for what may be missing.
pub(super) mod optional {
    use super::{Deserialize, Deserializer, Serializer, SystemTime, Timestamp};
    use serde::de::Error as _;

    pub(in super::super) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        let timestamp: Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Some(timestamp.into()))
    }
}
