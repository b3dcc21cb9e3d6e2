//! Whether a stream can be as its user wants it, and the defaults for what the
//! user left open.
//!
//! Answers to `checkStreamCfg` and `configUpdateCheck` in `stream.go`; the order
//! of the checks is theirs, so that the first error found is the same.

mod mirror;
mod names;
mod publish;
mod sources;
mod subjects;
mod update;
mod values;

pub use names::{is_valid_name, source_index_name};
pub use update::check_update;

use crate::config::options::JetStreamRequestLimits;
use crate::jetstream::model::{ApiError, StreamConfig};

/// Longest name of a stream or consumer (`JSMaxNameLen`).
pub const NAME_LEN_MAX: usize = 255;
/// Longest description.
pub const DESCRIPTION_LEN_MAX: usize = 4 * 1024;
/// Most bytes of metadata.
pub const METADATA_LEN_MAX: usize = 128 * 1024;

/// What a configuration is checked against.
pub struct ConfigContext<'a> {
    /// The configuration of another stream of the account.
    pub stream: &'a dyn Fn(&str) -> Option<StreamConfig>,
    /// Whether streams of the account need a limit of bytes, and the highest such
    /// limit, by configuration.
    pub max_bytes: &'a dyn Fn(&StreamConfig) -> (bool, i64),
    /// Limits of the server.
    pub limits: JetStreamRequestLimits,
    /// Whether values are refused rather than corrected.
    pub pedantic: bool,
}

/// The configuration with its defaults (`checkStreamCfg`).
///
/// # Errors
/// What stands against it.
pub fn check_config(
    config: &StreamConfig,
    context: &ConfigContext<'_>,
) -> Result<StreamConfig, ApiError> {
    names::check(config)?;
    let mut config = config.clone();
    values::check(&mut config, context)?;
    let mut seen = Seen::default();
    mirror::check(&mut config, context, &mut seen)?;
    sources::check(&config, context, &mut seen)?;
    seen.check()?;
    sources::check_cycles(&config, context)?;
    subjects::check(&mut config)?;
    let (required, max) = (context.max_bytes)(&config);
    if required && config.max_bytes <= 0 {
        return Err(ApiError::stream_max_bytes_required());
    }
    if max > 0 && config.max_bytes > max {
        return Err(ApiError::stream_max_stream_bytes_exceeded());
    }
    subjects::check_overlap(&config.subjects)?;
    publish::check(&mut config, context)?;
    if let Some(placement) = &config.placement {
        if *placement == Default::default() {
            config.placement = None;
        } else if !placement.preferred.is_empty() {
            return Err(invalid("preferred server not permitted in placement"));
        }
    }
    Ok(config)
}

/// Subjects and prefixes of mirrored and sourced streams.
#[derive(Default)]
struct Seen {
    subjects: Vec<String>,
    deliver_prefixes: Vec<String>,
    api_prefixes: Vec<String>,
}

impl Seen {
    fn check(&self) -> Result<(), ApiError> {
        use crate::subject::{is_valid_publish_subject, subjects_collide};
        for prefix in &self.deliver_prefixes {
            if !is_valid_publish_subject(prefix) {
                return Err(ApiError::stream_invalid_external_delivery_subj(prefix));
            }
            for subject in &self.subjects {
                if subjects_collide(subject, format!("{prefix}.{subject}")) {
                    return Err(ApiError::stream_external_del_prefix_overlaps(
                        prefix, subject,
                    ));
                }
            }
        }
        for prefix in &self.api_prefixes {
            if !is_valid_publish_subject(prefix) {
                return Err(invalid(format_args!(
                    "stream external api prefix {prefix:?} must be a valid subject without wildcards"
                )));
            }
            if subjects_collide(prefix, API_PREFIX) {
                return Err(ApiError::stream_external_api_overlap(prefix, API_PREFIX));
            }
        }
        Ok(())
    }
}

const API_PREFIX: &str = "$JS.API";

fn invalid(reason: impl std::fmt::Display) -> ApiError {
    ApiError::stream_invalid_config(reason)
}

#[cfg(test)]
mod tests;
