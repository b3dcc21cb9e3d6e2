//! What is left open.

use super::ConsumerContext;
use crate::jetstream::model::{AckPolicy, ApiError, ConsumerConfig, Nanos, PriorityPolicy};

const ACK_WAIT: Nanos = Nanos::from_secs(30);
const MAX_ACK_PENDING: i64 = 1000;
const MAX_WAITING: i64 = 512;
const PINNED_TTL: Nanos = Nanos::from_secs(120);

/// Fills in what the user left open; with `pedantic` it is refused if that would
/// change something the user said.
///
/// # Errors
/// [`ApiError::pedantic`].
pub fn set_consumer_defaults(
    config: &mut ConsumerConfig,
    context: &ConsumerContext<'_>,
    pedantic: bool,
) -> Result<(), ApiError> {
    let refuse = |wrong: bool, reason: &str| {
        if wrong && pedantic {
            Err(ApiError::pedantic(reason))
        } else {
            Ok(())
        }
    };
    if config.max_deliver == 0 || config.max_deliver < -1 {
        refuse(config.max_deliver < -1, "max_deliver must be set to -1")?;
        config.max_deliver = -1;
    }
    let at_least = |value: &mut i64, least: i64, reason: &str| {
        if *value < least {
            refuse(true, reason)?;
            *value = least;
        }
        Ok::<(), ApiError>(())
    };
    let waiting = &mut config.max_waiting;
    at_least(waiting, 0, "max_waiting must not be negative")?;
    at_least(
        &mut config.max_ack_pending,
        -1,
        "max_ack_pending must be set to -1",
    )?;
    at_least(&mut config.max_batch, 0, "max_batch must not be negative")?;
    at_least(
        &mut config.max_expires.0,
        0,
        "max_expires must not be negative",
    )?;
    at_least(&mut config.max_bytes, 0, "max_bytes must not be negative")?;
    at_least(
        &mut config.idle_heartbeat.0,
        0,
        "idle_heartbeat must not be negative",
    )?;
    at_least(
        &mut config.inactive_threshold.0,
        0,
        "inactive_threshold must not be negative",
    )?;
    at_least(
        &mut config.priority_timeout.0,
        0,
        "priority_timeout must not be negative",
    )?;
    let pulls = config.deliver_subject.is_empty();
    if pulls && config.max_waiting == 0 {
        config.max_waiting = MAX_WAITING;
    }
    let acks = config.ack_policy != AckPolicy::None;
    if config.ack_wait.is_zero() && acks {
        config.ack_wait = ACK_WAIT;
    }
    if let Some(first) = config.backoff.first().copied() {
        refuse(
            config.ack_wait != first,
            "first backoff value has to equal batch AckWait",
        )?;
        config.ack_wait = first;
    }
    let limits = &context.stream.consumer_limits;
    if config.max_ack_pending == 0 {
        refuse(
            limits.max_ack_pending > 0,
            "max_ack_pending must be set if it's configured in stream limits",
        )?;
        config.max_ack_pending = limits.max_ack_pending;
    }
    if config.inactive_threshold.is_zero() {
        refuse(
            limits.inactive_threshold > Nanos::ZERO,
            "inactive_threshold must be set if it's configured in stream limits",
        )?;
        config.inactive_threshold = limits.inactive_threshold;
    }
    if acks && config.max_ack_pending == 0 {
        config.max_ack_pending = default_max_ack_pending(context);
    }
    let max_batch = context.server.max_request_batch;
    if pulls && config.max_batch == 0 && max_batch > 0 {
        refuse(
            true,
            "max_request_batch must be set if it's JetStream limits are set",
        )?;
        config.max_batch = max_batch;
    }
    if config.priority_policy == PriorityPolicy::PinnedClient && config.priority_timeout.is_zero() {
        config.priority_timeout = PINNED_TTL;
    }
    Ok(())
}

fn default_max_ack_pending(context: &ConsumerContext<'_>) -> i64 {
    [
        context.server.max_ack_pending,
        context.account.max_ack_pending,
    ]
    .into_iter()
    .filter(|limit| *limit > 0)
    .fold(MAX_ACK_PENDING, i64::min)
}
