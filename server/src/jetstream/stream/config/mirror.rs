//! The stream that a mirror copies.

use super::names::is_valid_name;
use super::{ConfigContext, Seen, invalid};
use crate::jetstream::model::{ApiError, Nanos, StreamConfig, StreamSource};
use crate::subject::transform::validate_mapping;
use crate::subject::{is_valid_subject, subjects_collide};

pub(super) fn check(
    config: &mut StreamConfig,
    context: &ConfigContext<'_>,
    seen: &mut Seen,
) -> Result<(), ApiError> {
    let Some(mirror) = &config.mirror else {
        return Ok(());
    };
    conflicts(config, mirror)?;
    filters(mirror)?;
    if let Some(external) = &mirror.external {
        seen.note(external);
        return Ok(());
    }
    if !is_valid_name(&mirror.name) {
        return Err(ApiError::mirror_invalid_stream_name());
    }
    let Some(origin) = (context.stream)(&mirror.name) else {
        return Ok(());
    };
    if config.max_msg_size > 0
        && origin.max_msg_size > 0
        && config.max_msg_size < origin.max_msg_size
    {
        return Err(ApiError::mirror_max_message_size_too_big());
    }
    if context.pedantic && config.mirror_direct != origin.allow_direct {
        return Err(ApiError::pedantic(
            "origin stream has direct get set, mirror has it disabled",
        ));
    }
    config.mirror_direct = origin.allow_direct;
    seen.subjects.extend(origin.subjects);
    Ok(())
}

fn conflicts(config: &StreamConfig, mirror: &StreamSource) -> Result<(), ApiError> {
    if config.first_seq > 0 {
        return Err(ApiError::mirror_with_first_seq());
    }
    if !config.subjects.is_empty() {
        return Err(ApiError::mirror_with_subjects());
    }
    if !config.sources.is_empty() {
        return Err(ApiError::mirror_with_sources());
    }
    if config.allow_msg_counter {
        return Err(ApiError::mirror_with_counters());
    }
    if config.allow_atomic {
        return Err(ApiError::mirror_with_atomic_publish());
    }
    if config.allow_msg_schedules {
        return Err(ApiError::mirror_with_msg_schedules());
    }
    if !mirror.filter_subject.is_empty() && !mirror.subject_transforms.is_empty() {
        return Err(ApiError::mirror_multiple_filters_not_allowed());
    }
    // Markers would use up sequences that the origin has for other messages.
    if config.subject_delete_marker_ttl > Nanos::ZERO {
        return Err(invalid("subject delete markers forbidden on mirrors"));
    }
    Ok(())
}

fn filters(mirror: &StreamSource) -> Result<(), ApiError> {
    let transforms = &mirror.subject_transforms;
    for (at, transform) in transforms.iter().enumerate() {
        if !transform.source.is_empty() && !is_valid_subject(&transform.source) {
            return Err(ApiError::mirror_invalid_subject_filter(format_args!(
                "invalid subject {}",
                transform.source
            )));
        }
        validate_mapping(&transform.source, &transform.destination)
            .map_err(ApiError::mirror_invalid_transform_destination)?;
        let collides = transforms.iter().enumerate().any(|(other_at, other)| {
            other_at != at && subjects_collide(&transform.source, &other.source)
        });
        if collides {
            return Err(ApiError::mirror_overlapping_subject_filters());
        }
    }
    Ok(())
}
