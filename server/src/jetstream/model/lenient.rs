//! Lists as lenient as Go reads them.

use serde::{Deserialize, Deserializer};

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
    use crate::jetstream::model::json::{read_exact, read_once};
    use crate::jetstream::model::shapes::STREAM_CONFIG;
    use crate::jetstream::model::{StreamConfig, StreamSource};

    #[test]
    fn null_is_nothing() {
        let text = br#"{"name":"S","subjects":["a",null],"sources":[null]}"#;
        let plain = serde_json::from_slice(text).unwrap();
        for value in [
            plain,
            read_exact(text, &STREAM_CONFIG).unwrap(),
            read_once(text, &STREAM_CONFIG).unwrap(),
        ] {
            let read: StreamConfig = serde_json::from_value(value).unwrap();
            assert_eq!(read.subjects, ["a", ""]);
            assert_eq!(read.sources, [StreamSource::default()]);
        }
    }
}
