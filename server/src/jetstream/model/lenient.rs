//! JSON as lenient as Go reads it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads JSON in which a null stands for a field that is not there.
///
/// # Errors
/// Why it can not be read.
pub fn read_lenient<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(text).or_else(|_| {
        let mut value: Value = serde_json::from_slice(text)?;
        strip_nulls(&mut value);
        serde_json::from_value(value)
    })
}

/// Removes the fields that are null.
pub fn strip_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            for value in fields.values_mut() {
                strip_nulls(value);
            }
        }
        Value::Array(values) => {
            for value in values {
                strip_nulls(value);
            }
        }
        _ => {}
    }
}

/// Reads a list in which a null stands for an element of which nothing is said.
pub(super) fn nulls_as_default<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    let list = Option::<Vec<Option<T>>>::deserialize(deserializer)?;
    let elements = list.into_iter().flatten();
    Ok(elements.map(Option::unwrap_or_default).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jetstream::model::{ConsumerConfig, StreamConfig, StreamSource};

    #[test]
    fn null_is_nothing() {
        let text = br#"{"max_deliver":null,"backoff":null,"description":"d"}"#;
        let read: ConsumerConfig = read_lenient(text).unwrap();
        assert_eq!(read.description, "d");
        assert!(read_lenient::<ConsumerConfig>(br#"{"max_deliver":"x"}"#).is_err());
        assert!(read_lenient::<ConsumerConfig>(b"null").is_err());
        assert!(read_lenient::<ConsumerConfig>(b"{").is_err());
        let text = br#"{"name":"S","subjects":["a",null],"sources":[null]}"#;
        let read: StreamConfig = read_lenient(text).unwrap();
        assert_eq!(read.subjects, ["a", ""]);
        assert_eq!(read.sources, [StreamSource::default()]);
    }
}
