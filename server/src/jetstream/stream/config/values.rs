//! Numbers and switches.

use super::{ConfigContext, invalid};
use crate::jetstream::model::{
    ApiError, DiscardPolicy, Nanos, PersistMode, RetentionPolicy, StorageType, StreamConfig,
};

/// Most servers that keep a stream (`StreamMaxReplicas`).
const REPLICAS_MAX: i64 = 5;
/// Default time that message IDs are remembered (`StreamDefaultDuplicatesWindow`).
const DUPLICATES_WINDOW: Nanos = Nanos::from_secs(120);
const TENTH_OF_SECOND: Nanos = Nanos::from_millis(100);

pub(super) fn check(
    config: &mut StreamConfig,
    context: &ConfigContext<'_>,
) -> Result<(), ApiError> {
    if config.replicas == 0 {
        config.replicas = 1;
    }
    if config.replicas > REPLICAS_MAX {
        return Err(invalid(format_args!("maximum replicas is {REPLICAS_MAX}")));
    }
    if config.replicas < 0 {
        return Err(ApiError::replicas_count_cannot_be_negative());
    }
    unlimited(&mut config.max_msgs, "max_msgs", context)?;
    unlimited(
        &mut config.max_msgs_per_subject,
        "max_msgs_per_subject",
        context,
    )?;
    unlimited(&mut config.max_bytes, "max_bytes", context)?;
    let mut size = i64::from(config.max_msg_size);
    unlimited(&mut size, "max_msg_size", context)?;
    config.max_msg_size = i32::try_from(size).unwrap_or(-1);
    unlimited(&mut config.max_consumers, "max_consumers", context)?;
    if config.max_age < Nanos::ZERO {
        return Err(invalid("max age can not be negative"));
    }
    if !config.max_age.is_zero() && config.max_age < TENTH_OF_SECOND {
        return Err(invalid("max age needs to be >= 100ms"));
    }
    duplicates(config, context)?;
    if config.deny_purge && config.allow_rollup_hdrs {
        return Err(invalid("roll-ups require the purge permission"));
    }
    counters(config)?;
    discard_new_per_subject(config)?;
    delete_markers(config, context)?;
    schedules(config, context)?;
    persist_mode(config)
}

fn schedules(config: &mut StreamConfig, context: &ConfigContext<'_>) -> Result<(), ApiError> {
    if !config.allow_msg_schedules {
        return Ok(());
    }
    if config.discard == DiscardPolicy::New {
        return Err(invalid("message scheduling cannot use discard new"));
    }
    if !config.allow_rollup_hdrs {
        if context.pedantic {
            return Err(invalid(
                "message scheduling cannot be set if roll-ups are disabled",
            ));
        }
        allow_rollup(config);
    }
    Ok(())
}

/// Anything but a positive number is no limit, which is written -1.
fn unlimited(value: &mut i64, name: &str, context: &ConfigContext<'_>) -> Result<(), ApiError> {
    if *value == 0 || *value < -1 {
        if context.pedantic && *value < -1 {
            return Err(ApiError::pedantic(format_args!("{name} must be set to -1")));
        }
        *value = -1;
    }
    Ok(())
}

fn duplicates(config: &mut StreamConfig, context: &ConfigContext<'_>) -> Result<(), ApiError> {
    let limit =
        Nanos(i64::try_from(context.limits.duplicate_window.as_nanos()).unwrap_or(i64::MAX));
    if config.duplicate_window.is_zero() && config.mirror.is_none() && config.sources.is_empty() {
        let mut window = DUPLICATES_WINDOW;
        if limit > Nanos::ZERO && window > limit {
            if context.pedantic {
                return Err(ApiError::pedantic(
                    "duplicate window limits are higher than current limits",
                ));
            }
            window = limit;
        }
        if !config.max_age.is_zero() && config.max_age < window {
            if context.pedantic {
                return Err(ApiError::pedantic(
                    "duplicate window cannot be bigger than max age",
                ));
            }
            window = config.max_age;
        }
        config.duplicate_window = window;
    }
    let window = config.duplicate_window;
    if window < Nanos::ZERO {
        return Err(invalid("duplicates window can not be negative"));
    }
    if !config.max_age.is_zero() && window > config.max_age {
        return Err(invalid("duplicates window can not be larger then max age"));
    }
    if limit > Nanos::ZERO && window > limit {
        return Err(invalid(format_args!(
            "duplicates window can not be larger then server limit of {limit}"
        )));
    }
    if window > Nanos::ZERO && window < TENTH_OF_SECOND {
        return Err(invalid("duplicates window needs to be >= 100ms"));
    }
    Ok(())
}

fn counters(config: &StreamConfig) -> Result<(), ApiError> {
    if !config.allow_msg_counter {
        return Ok(());
    }
    if config.discard == DiscardPolicy::New {
        return Err(invalid("counter stream cannot use discard new"));
    }
    if config.allow_msg_ttl {
        return Err(invalid("counter stream cannot use message TTLs"));
    }
    if config.allow_msg_schedules {
        return Err(invalid("counter stream cannot use message schedules"));
    }
    if config.retention != RetentionPolicy::Limits {
        return Err(invalid("counter stream can only use limits retention"));
    }
    Ok(())
}

pub(super) fn discard_new_per_subject(config: &StreamConfig) -> Result<(), ApiError> {
    if !config.discard_new_per_subject {
        return Ok(());
    }
    if config.discard != DiscardPolicy::New {
        return Err(invalid(
            "discard new per subject requires discard new policy to be set",
        ));
    }
    if config.max_msgs_per_subject <= 0 {
        return Err(invalid(
            "discard new per subject requires max msgs per subject > 0",
        ));
    }
    Ok(())
}

fn delete_markers(config: &mut StreamConfig, context: &ConfigContext<'_>) -> Result<(), ApiError> {
    let ttl = config.subject_delete_marker_ttl;
    if ttl < Nanos::ZERO {
        return Err(invalid("subject delete marker TTL must not be negative"));
    }
    if ttl.is_zero() {
        return Ok(());
    }
    if ttl < Nanos::from_secs(1) {
        return Err(invalid(
            "subject delete marker TTL must be at least 1 second",
        ));
    }
    if !config.allow_msg_ttl {
        if context.pedantic {
            return Err(invalid(
                "subject delete marker cannot be set if message TTLs are disabled",
            ));
        }
        config.allow_msg_ttl = true;
    }
    if !config.allow_rollup_hdrs {
        if context.pedantic {
            return Err(invalid(
                "subject delete marker cannot be set if roll-ups are disabled",
            ));
        }
        allow_rollup(config);
    }
    Ok(())
}

const fn allow_rollup(config: &mut StreamConfig) {
    config.allow_rollup_hdrs = true;
    config.deny_purge = false;
}

fn persist_mode(config: &StreamConfig) -> Result<(), ApiError> {
    if config.persist_mode != PersistMode::Async {
        return Ok(());
    }
    if config.storage != StorageType::File {
        return Err(invalid(
            "async persist mode is only supported on file storage",
        ));
    }
    if config.replicas > 1 {
        return Err(invalid(
            "async persist mode is not supported on replicated streams",
        ));
    }
    if config.allow_atomic {
        return Err(invalid(
            "async persist mode is not supported with atomic batch publish",
        ));
    }
    Ok(())
}
