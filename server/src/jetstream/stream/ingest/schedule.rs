//! Messages that are to be published at their time.

use std::borrow::Cow;

use super::message::Ingest;
use crate::jetstream::model::{ApiError, StreamConfig};
use crate::jetstream::store::headers::{
    ROLLUP, ROLLUP_SUBJECT, SCHEDULE, SCHEDULE_SOURCE, SCHEDULE_TARGET, SCHEDULE_TTL,
    parse_message_ttl, text,
};
use crate::jetstream::store::parse_schedule;
use crate::protocol::generate_header;
use crate::subject::{is_valid_publish_subject, subjects_collide};

/// A schedule that makes sense, in a stream that has them. It replaces the one its
/// subject had, for which it gets a header.
pub(super) fn check(
    ingest: &mut Ingest<'_>,
    config: &StreamConfig,
    now: i64,
) -> Result<(), ApiError> {
    let Some(pattern) = ingest.value(SCHEDULE) else {
        return Ok(());
    };
    let pattern = std::str::from_utf8(pattern).unwrap_or_default();
    let schedule = parse_schedule(pattern, now, now);
    if !config.allow_msg_schedules {
        return Err(ApiError::message_schedules_disabled());
    }
    if schedule.is_none() {
        return Err(ApiError::message_schedules_pattern_invalid());
    }
    if let Some(ttl) = ingest.value(SCHEDULE_TTL) {
        parse_message_ttl(ttl).map_err(|_| ApiError::message_schedules_ttl_invalid())?;
        if !config.allow_msg_ttl {
            return Err(ApiError::message_ttl_disabled());
        }
    }
    let target = text(SCHEDULE_TARGET, &ingest.header).unwrap_or_default();
    if !is_valid_publish_subject(target) || subjects_collide(target, &ingest.subject) {
        return Err(ApiError::message_schedules_target_invalid());
    }
    if let Some(source) = ingest.value(SCHEDULE_SOURCE)
        && (source == target.as_bytes()
            || source == &*ingest.subject
            || !is_valid_publish_subject(source))
    {
        return Err(ApiError::message_schedules_source_invalid());
    }
    let stored = config
        .subjects
        .iter()
        .any(|subject| subjects_collide(subject, target));
    if !stored {
        return Err(ApiError::message_schedules_target_invalid());
    }
    match ingest.value(ROLLUP) {
        None => {
            let header = generate_header(Some(&ingest.header), ROLLUP, ROLLUP_SUBJECT);
            ingest.header = Cow::Owned(header);
            Ok(())
        }
        Some(rollup) if rollup == ROLLUP_SUBJECT => Ok(()),
        Some(_) => Err(ApiError::message_schedules_rollup_invalid()),
    }
}
