//! Streams that are on disk and that this server can not serve: somebody newer made
//! them, or one of their consumers. They stay where they are, can be listed and
//! deleted, and refuse everything else.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::account::AccountAssets;
use crate::jetstream::model::versioning::{REQUIRED_LEVEL, is_supported};
use crate::jetstream::model::{ApiError, StreamConfig};
use crate::jetstream::stream::Stream;
use crate::protocol::constants::JS_API_LEVEL;
use crate::subject::subjects_collide;

/// A stream that is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineStream {
    /// Its configuration, as far as it is understood.
    pub config: StreamConfig,
    /// Why it is not served.
    pub reason: String,
    /// Its consumers by name, and why they would not be served either; `None` for those
    /// that only share the fate of their stream.
    pub consumers: BTreeMap<String, Option<String>>,
}

/// A stream, served or not.
#[derive(Clone, Debug)]
pub enum Listed {
    /// It is served.
    Online(Arc<Stream>),
    /// It is not.
    Offline(Arc<OfflineStream>),
}

impl Listed {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Online(stream) => stream.name(),
            Self::Offline(stream) => &stream.config.name,
        }
    }
}

/// Why an asset with such metadata, in whose description `mistake` was found, can not be
/// served; `None` if it can.
#[must_use]
pub fn offline_reason(
    metadata: &BTreeMap<String, String>,
    mistake: Option<&str>,
) -> Option<String> {
    match (is_supported(metadata), mistake) {
        (true, None) => None,
        (true, Some(mistake)) => Some(format!("decoding error: {mistake}")),
        (false, Some(mistake)) => {
            let mistake = mistake.trim_start_matches("json: ");
            Some(format!("unsupported - config error: {mistake}"))
        }
        (false, None) => {
            let level = metadata.get(REQUIRED_LEVEL).map_or("", String::as_str);
            Some(format!(
                "unsupported - required API level: {level}, current API level: {JS_API_LEVEL}"
            ))
        }
    }
}

impl AccountAssets {
    /// Notes that a stream is there and not served.
    pub fn set_offline(&self, stream: OfflineStream) {
        let mut offline = self.offline.write().unwrap_or_else(PoisonError::into_inner);
        offline.insert(stream.config.name.clone(), Arc::new(stream));
    }

    /// The stream called `name`, if it is not served.
    #[must_use]
    pub fn offline_stream(&self, name: &str) -> Option<Arc<OfflineStream>> {
        let offline = self.offline.read().unwrap_or_else(PoisonError::into_inner);
        offline.get(name).cloned()
    }

    /// The streams that are not served, by name.
    #[must_use]
    pub fn offline_streams(&self) -> Vec<Arc<OfflineStream>> {
        let offline = self.offline.read().unwrap_or_else(PoisonError::into_inner);
        offline.values().cloned().collect()
    }

    /// All streams by name, only those with a subject that overlaps with `filter` if
    /// that is not empty.
    #[must_use]
    pub fn listed(&self, filter: &str) -> Vec<Listed> {
        let is_wanted = |stream: &Arc<OfflineStream>| {
            let subjects = &stream.config.subjects;
            filter.is_empty() || subjects.iter().any(|own| subjects_collide(filter, own))
        };
        let online = self.streams(filter).into_iter().map(Listed::Online);
        let offline = self.offline_streams().into_iter().filter(is_wanted);
        let mut all: Vec<Listed> = online.chain(offline.map(Listed::Offline)).collect();
        all.sort_by(|one, other| one.name().cmp(other.name()));
        all
    }

    /// Removes the files of a stream that is not served; false if there is none.
    pub(super) fn delete_offline(&self, name: &str) -> bool {
        let removed = {
            let mut offline = self.offline.write().unwrap_or_else(PoisonError::into_inner);
            offline.remove(name)
        };
        if removed.is_some() {
            self.host.stores.discard(self.account.name(), name);
        }
        removed.is_some()
    }

    /// The error for a stream that is not served, or not there at all.
    pub(super) fn no_stream(&self, name: &str) -> ApiError {
        match self.offline_stream(name) {
            Some(stream) => ApiError::stream_offline_reason(&stream.reason),
            None => ApiError::stream_not_found(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_those_of_the_go_server() {
        let level = |level: &str| BTreeMap::from([(REQUIRED_LEVEL.to_owned(), level.to_owned())]);
        let unknown = Some(r#"json: unknown field "x""#);
        assert_eq!(offline_reason(&level("1"), None), None);
        assert_eq!(
            offline_reason(&level("99"), None).unwrap(),
            format!("unsupported - required API level: 99, current API level: {JS_API_LEVEL}")
        );
        assert_eq!(
            offline_reason(&level("99"), unknown).unwrap(),
            r#"unsupported - config error: unknown field "x""#
        );
        assert_eq!(
            offline_reason(&level("0"), unknown).unwrap(),
            r#"decoding error: json: unknown field "x""#
        );
    }
}
