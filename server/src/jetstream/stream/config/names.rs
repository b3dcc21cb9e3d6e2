//! Names, descriptions and metadata.

use super::{DESCRIPTION_LEN_MAX, METADATA_LEN_MAX, NAME_LEN_MAX, invalid};
use crate::jetstream::model::{ApiError, StreamConfig, StreamSource};

/// Whether a stream or consumer may have this name.
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    !name.is_empty() && !name.contains([' ', '\t', '\r', '\n', '\x0c', '.', '*', '>'])
}

/// What tells a source from all others of its stream (`composeIName`): the stream's
/// name and API prefix, what is filtered, and what becomes of it.
#[must_use]
pub fn source_index_name(source: &StreamSource) -> String {
    const ALL: &str = ">";
    let or_all = |text: &str| {
        if text.is_empty() {
            ALL.to_owned()
        } else {
            text.to_owned()
        }
    };
    let mut name = source.name.clone();
    if let Some(external) = &source.external {
        name.push(':');
        name.push_str(&short_hash::of(&external.api_prefix));
    }
    let (filter, destination) = if source.subject_transforms.is_empty() {
        (or_all(&source.filter_subject), ALL.to_owned())
    } else {
        let join = |of: fn(&crate::jetstream::model::SubjectTransformConfig) -> &str| {
            let parts: Vec<String> = source
                .subject_transforms
                .iter()
                .map(|transform| or_all(of(transform)))
                .collect();
            parts.join("\x0c")
        };
        (
            join(|transform| &transform.source),
            join(|transform| &transform.destination),
        )
    };
    format!("{name} {filter} {destination}")
}

pub(super) fn check(config: &StreamConfig) -> Result<(), ApiError> {
    if !is_valid_name(&config.name) {
        return Err(invalid(
            r"stream name is required and can not contain '.', '*', '>', '\', '/'",
        ));
    }
    if config.name.len() > NAME_LEN_MAX {
        return Err(invalid(format_args!(
            "stream name is too long, maximum allowed is {NAME_LEN_MAX}"
        )));
    }
    if config.description.len() > DESCRIPTION_LEN_MAX {
        return Err(invalid(format_args!(
            "stream description is too long, maximum allowed is {DESCRIPTION_LEN_MAX}"
        )));
    }
    let metadata: usize = config
        .metadata
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if metadata > METADATA_LEN_MAX {
        return Err(invalid(format_args!(
            "stream metadata exceeds maximum size of {METADATA_LEN_MAX} bytes"
        )));
    }
    Ok(())
}

/// Hashes of names, as short as servers use them in subjects (`getHash`).
mod short_hash {
    use sha2::{Digest as _, Sha256};

    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const LEN: usize = 8;

    pub(super) fn of(name: &str) -> String {
        Sha256::digest(name)
            .iter()
            .take(LEN)
            .filter_map(|byte| DIGITS.get(usize::from(byte % 62)))
            .map(|digit| char::from(*digit))
            .collect()
    }
}
