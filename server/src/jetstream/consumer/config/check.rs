//! What contradicts itself or its stream.

use std::fmt::Display;

use super::{ConsumerContext, filters_of};
use crate::jetstream::model::{
    AckPolicy, ApiError, ConsumerConfig, DeliverPolicy, Nanos, PriorityPolicy, RetentionPolicy,
    StreamConfig,
};
use crate::subject::{is_literal, is_subset_match, is_valid_subject};

const DESCRIPTION_LEN_MAX: usize = 4 * 1024;
const METADATA_LEN_MAX: usize = 128 * 1024;

/// Checks a configuration with its defaults.
///
/// # Errors
/// What stands against it.
pub fn check_consumer(
    config: &ConsumerConfig,
    context: &ConsumerContext<'_>,
    recovering: bool,
) -> Result<(), ApiError> {
    let stream = context.stream;
    check_replicas(config, stream, recovering)?;
    check_acks(config)?;
    if config.description.len() > DESCRIPTION_LEN_MAX {
        return Err(ApiError::consumer_description_too_long(DESCRIPTION_LEN_MAX));
    }
    if config.deliver_subject.is_empty() {
        check_pull(config, context)?;
    } else {
        check_push(config, stream)?;
    }
    check_limits(config, context)?;
    if config.direct {
        if config.deliver_subject.is_empty() {
            return Err(ApiError::consumer_direct_requires_push());
        }
        if !config.durable_name.is_empty() {
            return Err(ApiError::consumer_direct_requires_ephemeral());
        }
    }
    check_filters(config)?;
    check_start(config)?;
    check_sampling(config)?;
    if config.flow_control && config.idle_heartbeat.is_zero() {
        return Err(ApiError::consumer_with_flow_control_needs_heartbeats());
    }
    let names = (&config.durable_name, &config.name);
    if !names.0.is_empty() && !names.1.is_empty() && names.0 != names.1 {
        return Err(ApiError::consumer_create_durable_and_name_mismatch());
    }
    let metadata: usize = config
        .metadata
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if metadata > METADATA_LEN_MAX {
        let limit = format!("{}KB", METADATA_LEN_MAX / 1024);
        return Err(ApiError::consumer_metadata_length(limit));
    }
    check_groups(config)
}

fn check_replicas(
    config: &ConsumerConfig,
    stream: &StreamConfig,
    recovering: bool,
) -> Result<(), ApiError> {
    if config.replicas > 0 && config.replicas > stream.replicas {
        return Err(ApiError::consumer_replicas_exceeds_stream());
    }
    if config.replicas < 0 {
        return Err(ApiError::replicas_count_cannot_be_negative());
    }
    if stream.retention != RetentionPolicy::Limits
        && !recovering
        && config.replicas != 0
        && config.replicas != stream.replicas
    {
        return Err(ApiError::consumer_replicas_should_match_stream());
    }
    Ok(())
}

fn check_acks(config: &ConsumerConfig) -> Result<(), ApiError> {
    if config.backoff.iter().any(|wait| *wait < Nanos::ZERO) {
        return Err(ApiError::consumer_back_off_negative());
    }
    if config.ack_wait < Nanos::ZERO {
        return Err(ApiError::consumer_ack_wait_negative());
    }
    check_backoff(config)
}

/// Each attempt but the last has a pause of its own.
pub(super) fn check_backoff(config: &ConsumerConfig) -> Result<(), ApiError> {
    let pauses = i64::try_from(config.backoff.len()).unwrap_or(i64::MAX);
    if pauses > 0 && config.max_deliver != -1 && pauses > config.max_deliver {
        return Err(ApiError::consumer_max_deliver_backoff());
    }
    Ok(())
}

fn check_push(config: &ConsumerConfig, stream: &StreamConfig) -> Result<(), ApiError> {
    let subject = &config.deliver_subject;
    if !is_literal(subject) {
        return Err(ApiError::consumer_deliver_to_wildcards());
    }
    if !is_valid_subject(subject) {
        return Err(ApiError::consumer_invalid_deliver_subject());
    }
    if stream
        .subjects
        .iter()
        .any(|taken| is_subset_match(subject, taken))
    {
        return Err(ApiError::consumer_deliver_cycle());
    }
    if config.max_waiting != 0 {
        return Err(ApiError::consumer_push_max_waiting());
    }
    if config.max_ack_pending > 0 && config.ack_policy == AckPolicy::None {
        return Err(ApiError::consumer_max_pending_ack_policy_required());
    }
    if config.idle_heartbeat > Nanos::ZERO && config.idle_heartbeat < Nanos::from_millis(100) {
        return Err(ApiError::consumer_small_heartbeat());
    }
    Ok(())
}

fn check_pull(config: &ConsumerConfig, context: &ConsumerContext<'_>) -> Result<(), ApiError> {
    if config.ack_policy == AckPolicy::None
        && context.stream.retention == RetentionPolicy::WorkQueue
    {
        return Err(ApiError::consumer_pull_requires_ack());
    }
    if config.rate_limit_bps > 0 {
        return Err(ApiError::consumer_pull_with_rate_limit());
    }
    if config.max_waiting < 0 {
        return Err(ApiError::consumer_max_waiting_negative());
    }
    if config.idle_heartbeat > Nanos::ZERO {
        return Err(ApiError::consumer_hb_requires_push());
    }
    if config.flow_control {
        return Err(ApiError::consumer_fc_requires_push());
    }
    if config.max_batch < 0 {
        return Err(ApiError::consumer_max_request_batch_negative());
    }
    if !config.max_expires.is_zero() && config.max_expires < Nanos::from_millis(1) {
        return Err(ApiError::consumer_max_request_expires_too_small());
    }
    let max_batch = context.server.max_request_batch;
    if max_batch > 0 && config.max_batch > max_batch {
        return Err(ApiError::consumer_max_request_batch_exceeded(max_batch));
    }
    Ok(())
}

fn check_limits(config: &ConsumerConfig, context: &ConsumerContext<'_>) -> Result<(), ApiError> {
    let own = &context.stream.consumer_limits;
    let limits = [
        context.server.max_ack_pending,
        context.account.max_ack_pending,
        own.max_ack_pending,
    ];
    for limit in limits {
        if limit > 0 && config.max_ack_pending > limit {
            return Err(ApiError::consumer_max_pending_ack_excess(limit));
        }
    }
    let threshold = own.inactive_threshold;
    if threshold > Nanos::ZERO && config.inactive_threshold > threshold {
        return Err(ApiError::consumer_inactive_threshold_excess(threshold));
    }
    Ok(())
}

fn check_filters(config: &ConsumerConfig) -> Result<(), ApiError> {
    let bad = || ApiError::stream_invalid_config("invalid subject");
    if !config.filter_subject.is_empty() && !config.filter_subjects.is_empty() {
        return Err(ApiError::consumer_duplicate_filter_subjects());
    }
    if !config.filter_subject.is_empty() && !is_valid_subject(&config.filter_subject) {
        return Err(bad());
    }
    if config.filter_subjects.iter().any(String::is_empty) {
        return Err(ApiError::consumer_empty_filter());
    }
    let filters = filters_of(config);
    for (at, filter) in filters.iter().enumerate() {
        if !is_valid_subject(filter) {
            return Err(bad());
        }
        let covered = filters
            .iter()
            .enumerate()
            .any(|(other_at, other)| other_at != at && is_subset_match(filter, other));
        if covered {
            return Err(ApiError::consumer_overlapping_subject_filters());
        }
    }
    Ok(())
}

fn check_start(config: &ConsumerConfig) -> Result<(), ApiError> {
    let (seq, time) = (config.opt_start_seq > 0, config.opt_start_time.is_some());
    let set = |policy: &str, what: &str| {
        Err(ApiError::consumer_invalid_policy(format_args!(
            "consumer delivery policy is deliver {policy}, but optional start {what} is also set"
        )))
    };
    let missing = |policy: &str, what: &str| {
        Err(ApiError::consumer_invalid_policy(format_args!(
            "consumer delivery policy is deliver {policy}, but optional {what} is not set"
        )))
    };
    let name = match config.deliver_policy {
        DeliverPolicy::All => "all",
        DeliverPolicy::Last => "last",
        DeliverPolicy::LastPerSubject => "last per subject",
        DeliverPolicy::New => "new",
        DeliverPolicy::ByStartSequence => {
            if !seq {
                return missing("by start sequence", "start sequence");
            }
            if time {
                return set("by start sequence", "time");
            }
            return Ok(());
        }
        DeliverPolicy::ByStartTime => {
            if !time {
                return missing("by start time", "start time");
            }
            if seq {
                return set("by start time", "start sequence");
            }
            return Ok(());
        }
    };
    if seq {
        return set(name, "sequence");
    }
    if time {
        return set(name, "time");
    }
    let unfiltered = config.filter_subject.is_empty() && config.filter_subjects.is_empty();
    if config.deliver_policy == DeliverPolicy::LastPerSubject && unfiltered {
        return missing(name, "filter subject");
    }
    Ok(())
}

fn check_sampling(config: &ConsumerConfig) -> Result<(), ApiError> {
    let text = &config.sample_freq;
    if text.is_empty() {
        return Ok(());
    }
    let digits = text.strip_suffix('%').unwrap_or(text);
    let invalid = |reason: &dyn Display| Err(ApiError::consumer_invalid_sampling(reason));
    match digits.parse::<i64>() {
        Ok(share) if share >= 0 => Ok(()),
        Ok(_) => invalid(&"<nil>"),
        Err(_) => invalid(&format_args!(
            "strconv.Atoi: parsing {digits:?}: invalid syntax"
        )),
    }
}

fn check_groups(config: &ConsumerConfig) -> Result<(), ApiError> {
    let groups = &config.priority_groups;
    if config.priority_policy == PriorityPolicy::None {
        if !groups.is_empty() {
            return Err(ApiError::consumer_priority_group_with_policy_none());
        }
        if config.priority_timeout > Nanos::ZERO {
            return Err(ApiError::consumer_pinned_ttl_without_priority_policy_none());
        }
        return Ok(());
    }
    if !config.deliver_subject.is_empty() {
        return Err(ApiError::consumer_push_with_priority_group());
    }
    if groups.is_empty() {
        return Err(ApiError::consumer_priority_policy_without_group());
    }
    for group in groups {
        if group.is_empty() {
            return Err(ApiError::consumer_empty_group_name());
        }
        if !is_valid_group(group) {
            return Err(ApiError::consumer_invalid_group_name());
        }
    }
    Ok(())
}

/// Whether a priority group may have this name.
#[must_use]
pub fn is_valid_group(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_=-".contains(&byte);
    (1..=16).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::super::set_consumer_defaults;
    use super::*;
    use crate::config::options::{JetStreamAccountLimits, JetStreamRequestLimits};

    fn check(change: impl FnOnce(&mut ConsumerConfig)) -> Result<ConsumerConfig, String> {
        let stream = StreamConfig {
            subjects: vec!["in.>".into()],
            replicas: 1,
            ..StreamConfig::default()
        };
        let context = ConsumerContext {
            stream: &stream,
            server: &JetStreamRequestLimits::default(),
            account: &JetStreamAccountLimits::UNLIMITED,
        };
        let mut config = ConsumerConfig::default();
        change(&mut config);
        set_consumer_defaults(&mut config, &context, false)
            .and_then(|()| check_consumer(&config, &context, false))
            .map(|()| config)
            .map_err(|error| error.description.into_owned())
    }

    #[test]
    fn pull_and_push_have_their_defaults() {
        let pull = check(|c| c.ack_policy = AckPolicy::Explicit).unwrap();
        assert_eq!((pull.max_waiting, pull.max_ack_pending), (512, 1000));
        assert_eq!(pull.ack_wait, Nanos::from_secs(30));
        let push = check(|c| c.deliver_subject = "out".into()).unwrap();
        assert_eq!((push.max_waiting, push.max_ack_pending), (0, 0));
        assert_eq!((push.max_deliver, push.ack_wait), (-1, Nanos::ZERO));
    }

    #[test]
    fn contradictions_are_named() {
        let error = |change: fn(&mut ConsumerConfig)| check(change).unwrap_err();
        assert_eq!(
            error(|c| c.deliver_subject = "in.x".into()),
            "consumer deliver subject forms a cycle"
        );
        assert_eq!(
            error(|c| c.opt_start_seq = 1),
            "consumer delivery policy is deliver all, but optional start sequence is also set"
        );
        assert_eq!(
            error(|c| c.filter_subjects = vec!["a.*".into(), "a.b".into()]),
            "consumer subject filters cannot overlap"
        );
        assert!(error(|c| c.sample_freq = "x%".into()).contains("parsing \"x\""));
        assert_eq!(
            error(|c| {
                c.priority_policy = PriorityPolicy::Overflow;
                c.priority_groups = vec!["a b".into()];
            }),
            ApiError::consumer_invalid_group_name().description
        );
    }
}
