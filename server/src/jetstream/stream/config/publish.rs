//! Transforms of subjects and messages that are published again.

use super::{ConfigContext, invalid};
use crate::jetstream::model::{ApiError, StreamConfig};
use crate::subject::transform::{SubjectTransform, validate_mapping};
use crate::subject::{is_valid_subject, subjects_collide};

const ALL: &str = ">";

pub(super) fn check(
    config: &mut StreamConfig,
    context: &ConfigContext<'_>,
) -> Result<(), ApiError> {
    if let Some(transform) = &config.subject_transform {
        if !transform.source.is_empty() && !is_valid_subject(&transform.source) {
            return Err(ApiError::stream_transform_invalid_source(format_args!(
                "invalid subject {}",
                transform.source
            )));
        }
        validate_mapping(&transform.source, &transform.destination)
            .map_err(ApiError::stream_transform_invalid_destination)?;
    }
    let Some(republish) = &mut config.republish else {
        return Ok(());
    };
    if republish.source.is_empty() {
        if context.pedantic {
            return Err(ApiError::pedantic("republish source can not be empty"));
        }
        republish.source = ALL.to_owned();
    }
    // All to all would come back, unless a transform of all there is lies between.
    if republish.destination == ALL
        && republish.source == ALL
        && let Some(transform) = &config.subject_transform
        && config.subjects.as_slice() == [transform.source.clone()]
    {
        if context.pedantic {
            return Err(ApiError::pedantic(
                "implicit republish based on subject transform",
            ));
        }
        republish.source.clone_from(&transform.destination);
        republish.destination.clone_from(&transform.destination);
    }
    if config
        .subjects
        .iter()
        .any(|subject| subjects_collide(&republish.destination, subject))
    {
        return Err(invalid(
            "stream configuration for republish destination forms a cycle",
        ));
    }
    if SubjectTransform::new(&republish.source, &republish.destination).is_err() {
        return Err(invalid(format_args!(
            "stream configuration for republish with transform from '{}' to '{}' not valid",
            republish.source, republish.destination
        )));
    }
    Ok(())
}
