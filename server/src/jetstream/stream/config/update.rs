//! What may change in a stream that is there already.

use super::values::discard_new_per_subject;
use super::{ConfigContext, check_config, invalid};
use crate::jetstream::model::{ApiError, DiscardPolicy, Nanos, RetentionPolicy, StreamConfig};

/// The configuration that a stream gets in the place of `old`, with its defaults
/// (`configUpdateCheck`, but for the limits of the account).
///
/// # Errors
/// What stands against it.
pub fn check_update(
    old: &StreamConfig,
    new: &StreamConfig,
    context: &ConfigContext<'_>,
) -> Result<StreamConfig, ApiError> {
    let mut config = check_config(new, context)?;
    if config.name != old.name {
        return Err(invalid("stream configuration name must match original"));
    }
    if config.storage != old.storage {
        return Err(invalid(
            "stream configuration update can not change storage type",
        ));
    }
    let work_queue = RetentionPolicy::WorkQueue;
    if config.retention != old.retention
        && (old.retention == work_queue || config.retention == work_queue)
    {
        return Err(invalid(
            "stream configuration update can not change retention policy to/from workqueue",
        ));
    }
    if !config.sealed && old.sealed {
        return Err(invalid(
            "stream configuration update can not unseal a sealed stream",
        ));
    }
    if !config.deny_delete && old.deny_delete {
        return Err(invalid(
            "stream configuration update can not cancel deny message deletes",
        ));
    }
    if !config.deny_purge && old.deny_purge {
        return Err(invalid(
            "stream configuration update can not cancel deny purge",
        ));
    }
    // Without its mirror a stream goes on as an ordinary one.
    if config.mirror.is_some() && config.mirror != old.mirror {
        return Err(ApiError::stream_mirror_not_updatable());
    }
    discard_new_per_subject(&config)?;
    check_switches(old, &config)?;
    if config.sealed {
        config.max_age = Nanos::ZERO;
        config.discard = DiscardPolicy::New;
        config.deny_delete = true;
        config.deny_purge = true;
        config.allow_rollup_hdrs = false;
    }
    Ok(config)
}

fn check_switches(old: &StreamConfig, config: &StreamConfig) -> Result<(), ApiError> {
    if old.allow_msg_ttl && !config.allow_msg_ttl {
        return Err(invalid("message TTL status can not be disabled"));
    }
    if config.allow_msg_counter != old.allow_msg_counter {
        return Err(invalid(
            "stream configuration update can not change message counter setting",
        ));
    }
    if old.allow_msg_schedules && !config.allow_msg_schedules {
        return Err(invalid("message schedules can not be disabled"));
    }
    if old.persist_mode != config.persist_mode {
        return Err(invalid(
            "stream configuration update can not change persist mode",
        ));
    }
    Ok(())
}
