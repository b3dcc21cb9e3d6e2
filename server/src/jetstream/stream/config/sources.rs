//! The streams that a stream takes messages from.

use std::collections::{HashSet, VecDeque};

use super::names::{is_valid_name, source_index_name};
use super::{ConfigContext, Seen, invalid};
use crate::jetstream::model::{ApiError, ExternalStream, StreamConfig, StreamSource};
use crate::subject::transform::validate_mapping;
use crate::subject::{is_subset_match, is_valid_subject, subjects_collide};

impl Seen {
    pub(super) fn note(&mut self, external: &ExternalStream) {
        if !external.deliver_prefix.is_empty() {
            self.deliver_prefixes.push(external.deliver_prefix.clone());
        }
        if !external.api_prefix.is_empty() {
            self.api_prefixes.push(external.api_prefix.clone());
        }
    }
}

pub(super) fn check(
    config: &StreamConfig,
    context: &ConfigContext<'_>,
    seen: &mut Seen,
) -> Result<(), ApiError> {
    if !config.sources.is_empty() && config.allow_msg_schedules {
        return Err(ApiError::source_with_msg_schedules());
    }
    let mut names = HashSet::new();
    for source in &config.sources {
        if !is_valid_name(&source.name) {
            return Err(ApiError::source_invalid_stream_name());
        }
        if !names.insert(source_index_name(source)) {
            return Err(ApiError::source_duplicate_detected());
        }
        if let Some(external) = &source.external {
            seen.note(external);
            continue;
        }
        if let Some(origin) = (context.stream)(&source.name) {
            seen.subjects.extend(origin.subjects);
            if config.max_msg_size > 0
                && origin.max_msg_size > 0
                && config.max_msg_size < origin.max_msg_size
            {
                return Err(ApiError::source_max_message_size_too_big());
            }
        }
        filters(source)?;
    }
    Ok(())
}

fn filters(source: &StreamSource) -> Result<(), ApiError> {
    let transforms = &source.subject_transforms;
    if !source.filter_subject.is_empty() && !transforms.is_empty() {
        return Err(ApiError::source_multiple_filters_not_allowed());
    }
    for transform in transforms {
        if !transform.source.is_empty() && !is_valid_subject(&transform.source) {
            return Err(ApiError::source_invalid_subject_filter(format_args!(
                "invalid subject {}",
                transform.source
            )));
        }
        validate_mapping(&transform.source, &transform.destination)
            .map_err(ApiError::source_invalid_transform_destination)?;
    }
    for (at, transform) in transforms.iter().enumerate() {
        let covered = transforms.iter().enumerate().any(|(other_at, other)| {
            other_at != at && is_subset_match(&transform.source, &other.source)
        });
        if covered {
            return Err(ApiError::source_overlapping_subject_filters());
        }
    }
    Ok(())
}

/// Messages must not come back to where they came from.
pub(super) fn check_cycles(
    config: &StreamConfig,
    context: &ConfigContext<'_>,
) -> Result<(), ApiError> {
    let cycle = || invalid("detected cycle");
    let mut to_visit = VecDeque::from([config.clone()]);
    let mut visited = HashSet::new();
    while let Some(stream) = to_visit.pop_front() {
        visited.insert(stream.name.clone());
        for source in stream
            .sources
            .iter()
            .filter(|source| source.external.is_none())
        {
            if visited.contains(&source.name) {
                if overlaps(&stream.subjects, &source.filter_subject) {
                    return Err(cycle());
                }
            } else if let Some(origin) = (context.stream)(&source.name) {
                to_visit.push_back(origin);
            }
        }
        if let Some(mirror) = &stream.mirror
            && mirror.external.is_none()
        {
            if visited.contains(&mirror.name) {
                return Err(cycle());
            }
            to_visit.extend((context.stream)(&mirror.name));
        }
    }
    Ok(())
}

fn overlaps(subjects: &[String], filter: &str) -> bool {
    filter.is_empty()
        || subjects
            .iter()
            .any(|subject| subjects_collide(subject, filter))
}
