//! Errors about consumers.

use std::fmt::Display;

use super::super::api_error::{ApiError, ErrorId};

impl ApiError {
    /// `consumer ack policy invalid`
    /// (JSConsumerAckPolicyInvalidErr, 10181).
    pub fn consumer_ack_policy_invalid() -> Self {
        Self::known(ErrorId::CONSUMER_ACK_POLICY_INVALID)
    }

    /// `consumer ack wait needs to be positive`
    /// (JSConsumerAckWaitNegativeErr, 10183).
    pub fn consumer_ack_wait_negative() -> Self {
        Self::known(ErrorId::CONSUMER_ACK_WAIT_NEGATIVE)
    }

    /// `consumer already exists`: action CREATE is used for a existing consumer with a different config
    /// (JSConsumerAlreadyExists, 10148).
    pub fn consumer_already_exists() -> Self {
        Self::known(ErrorId::CONSUMER_ALREADY_EXISTS)
    }

    /// `consumer backoff needs to be positive`
    /// (JSConsumerBackOffNegativeErr, 10184).
    pub fn consumer_back_off_negative() -> Self {
        Self::known(ErrorId::CONSUMER_BACK_OFF_NEGATIVE)
    }

    /// `durable name can not contain '.', '*', '>'`
    /// (JSConsumerBadDurableNameErr, 10103).
    pub fn consumer_bad_durable_name() -> Self {
        Self::known(ErrorId::CONSUMER_BAD_DURABLE_NAME)
    }

    /// `consumer config required`
    /// (JSConsumerConfigRequiredErr, 10078).
    pub fn consumer_config_required() -> Self {
        Self::known(ErrorId::CONSUMER_CONFIG_REQUIRED)
    }

    /// `Consumer Durable and Name have to be equal if both are provided`
    /// (JSConsumerCreateDurableAndNameMismatch, 10132).
    pub fn consumer_create_durable_and_name_mismatch() -> Self {
        Self::known(ErrorId::CONSUMER_CREATE_DURABLE_AND_NAME_MISMATCH)
    }

    /// `{err}`
    /// (JSConsumerCreateErrF, 10012).
    pub fn consumer_create(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_CREATE, &[("err", &err)])
    }

    /// `Consumer create request did not match filtered subject from create subject`
    /// (JSConsumerCreateFilterSubjectMismatchErr, 10131).
    pub fn consumer_create_filter_subject_mismatch() -> Self {
        Self::known(ErrorId::CONSUMER_CREATE_FILTER_SUBJECT_MISMATCH)
    }

    /// `consumer deliver subject forms a cycle`
    /// (JSConsumerDeliverCycleErr, 10081).
    pub fn consumer_deliver_cycle() -> Self {
        Self::known(ErrorId::CONSUMER_DELIVER_CYCLE)
    }

    /// `consumer deliver subject has wildcards`
    /// (JSConsumerDeliverToWildcardsErr, 10079).
    pub fn consumer_deliver_to_wildcards() -> Self {
        Self::known(ErrorId::CONSUMER_DELIVER_TO_WILDCARDS)
    }

    /// `consumer description is too long, maximum allowed is {max}`
    /// (JSConsumerDescriptionTooLongErrF, 10107).
    pub fn consumer_description_too_long(max: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_DESCRIPTION_TOO_LONG, &[("max", &max)])
    }

    /// `consumer direct requires an ephemeral consumer`
    /// (JSConsumerDirectRequiresEphemeralErr, 10091).
    pub fn consumer_direct_requires_ephemeral() -> Self {
        Self::known(ErrorId::CONSUMER_DIRECT_REQUIRES_EPHEMERAL)
    }

    /// `consumer direct requires a push based consumer`
    /// (JSConsumerDirectRequiresPushErr, 10090).
    pub fn consumer_direct_requires_push() -> Self {
        Self::known(ErrorId::CONSUMER_DIRECT_REQUIRES_PUSH)
    }

    /// `consumer does not exist`: action UPDATE is used for a nonexisting consumer
    /// (JSConsumerDoesNotExist, 10149).
    pub fn consumer_does_not_exist() -> Self {
        Self::known(ErrorId::CONSUMER_DOES_NOT_EXIST)
    }

    /// `consumer cannot have both FilterSubject and FilterSubjects specified`
    /// (JSConsumerDuplicateFilterSubjects, 10136).
    pub fn consumer_duplicate_filter_subjects() -> Self {
        Self::known(ErrorId::CONSUMER_DUPLICATE_FILTER_SUBJECTS)
    }

    /// `consumer expected to be durable but no durable name set in subject`
    /// (JSConsumerDurableNameNotInSubjectErr, 10016).
    pub fn consumer_durable_name_not_in_subject() -> Self {
        Self::known(ErrorId::CONSUMER_DURABLE_NAME_NOT_IN_SUBJECT)
    }

    /// `consumer name in subject does not match durable name in request`
    /// (JSConsumerDurableNameNotMatchSubjectErr, 10017).
    pub fn consumer_durable_name_not_match_subject() -> Self {
        Self::known(ErrorId::CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT)
    }

    /// `consumer expected to be durable but a durable name was not set`
    /// (JSConsumerDurableNameNotSetErr, 10018).
    pub fn consumer_durable_name_not_set() -> Self {
        Self::known(ErrorId::CONSUMER_DURABLE_NAME_NOT_SET)
    }

    /// `consumer filter in FilterSubjects cannot be empty`
    /// (JSConsumerEmptyFilter, 10139).
    pub fn consumer_empty_filter() -> Self {
        Self::known(ErrorId::CONSUMER_EMPTY_FILTER)
    }

    /// `Group name cannot be an empty string`
    /// (JSConsumerEmptyGroupName, 10161).
    pub fn consumer_empty_group_name() -> Self {
        Self::known(ErrorId::CONSUMER_EMPTY_GROUP_NAME)
    }

    /// `consumer expected to be ephemeral but detected a durable name set in subject`
    /// (JSConsumerEphemeralWithDurableInSubjectErr, 10019).
    pub fn consumer_ephemeral_with_durable_in_subject() -> Self {
        Self::known(ErrorId::CONSUMER_EPHEMERAL_WITH_DURABLE_IN_SUBJECT)
    }

    /// `consumer expected to be ephemeral but a durable name was set in request`
    /// (JSConsumerEphemeralWithDurableNameErr, 10020).
    pub fn consumer_ephemeral_with_durable_name() -> Self {
        Self::known(ErrorId::CONSUMER_EPHEMERAL_WITH_DURABLE_NAME)
    }

    /// `consumer already exists and is still active`
    /// (JSConsumerExistingActiveErr, 10105).
    pub fn consumer_existing_active() -> Self {
        Self::known(ErrorId::CONSUMER_EXISTING_ACTIVE)
    }

    /// `consumer flow control requires a push based consumer`
    /// (JSConsumerFCRequiresPushErr, 10089).
    pub fn consumer_fc_requires_push() -> Self {
        Self::known(ErrorId::CONSUMER_FC_REQUIRES_PUSH)
    }

    /// `consumer filter subject is not a valid subset of the interest subjects`
    /// (JSConsumerFilterNotSubsetErr, 10093).
    pub fn consumer_filter_not_subset() -> Self {
        Self::known(ErrorId::CONSUMER_FILTER_NOT_SUBSET)
    }

    /// `consumer idle heartbeat requires a push based consumer`
    /// (JSConsumerHBRequiresPushErr, 10088).
    pub fn consumer_hb_requires_push() -> Self {
        Self::known(ErrorId::CONSUMER_HB_REQUIRES_PUSH)
    }

    /// `consumer inactive threshold exceeds system limit of {limit}`
    /// (JSConsumerInactiveThresholdExcess, 10153).
    pub fn consumer_inactive_threshold_excess(limit: impl Display) -> Self {
        Self::filled(
            ErrorId::CONSUMER_INACTIVE_THRESHOLD_EXCESS,
            &[("limit", &limit)],
        )
    }

    /// `invalid push consumer deliver subject`
    /// (JSConsumerInvalidDeliverSubject, 10112).
    pub fn consumer_invalid_deliver_subject() -> Self {
        Self::known(ErrorId::CONSUMER_INVALID_DELIVER_SUBJECT)
    }

    /// `Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters`
    /// (JSConsumerInvalidGroupNameErr, 10162).
    pub fn consumer_invalid_group_name() -> Self {
        Self::known(ErrorId::CONSUMER_INVALID_GROUP_NAME)
    }

    /// `{err}`
    /// (JSConsumerInvalidPolicyErrF, 10094).
    pub fn consumer_invalid_policy(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_INVALID_POLICY, &[("err", &err)])
    }

    /// `Provided priority group does not exist for this consumer`
    /// (JSConsumerInvalidPriorityGroupErr, 10160).
    pub fn consumer_invalid_priority_group() -> Self {
        Self::known(ErrorId::CONSUMER_INVALID_PRIORITY_GROUP)
    }

    /// `invalid reset: {err}`
    /// (JSConsumerInvalidResetErr, 10204).
    pub fn consumer_invalid_reset(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_INVALID_RESET, &[("err", &err)])
    }

    /// `failed to parse consumer sampling configuration: {err}`
    /// (JSConsumerInvalidSamplingErrF, 10095).
    pub fn consumer_invalid_sampling(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_INVALID_SAMPLING, &[("err", &err)])
    }

    /// `max deliver is required to be > length of backoff values`
    /// (JSConsumerMaxDeliverBackoffErr, 10116).
    pub fn consumer_max_deliver_backoff() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_DELIVER_BACKOFF)
    }

    /// `consumer max ack pending exceeds system limit of {limit}`
    /// (JSConsumerMaxPendingAckExcessErrF, 10121).
    pub fn consumer_max_pending_ack_excess(limit: impl Display) -> Self {
        Self::filled(
            ErrorId::CONSUMER_MAX_PENDING_ACK_EXCESS,
            &[("limit", &limit)],
        )
    }

    /// `consumer requires ack policy for max ack pending`
    /// (JSConsumerMaxPendingAckPolicyRequiredErr, 10082).
    pub fn consumer_max_pending_ack_policy_required() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_PENDING_ACK_POLICY_REQUIRED)
    }

    /// `consumer max request batch exceeds server limit of {limit}`
    /// (JSConsumerMaxRequestBatchExceededF, 10125).
    pub fn consumer_max_request_batch_exceeded(limit: impl Display) -> Self {
        Self::filled(
            ErrorId::CONSUMER_MAX_REQUEST_BATCH_EXCEEDED,
            &[("limit", &limit)],
        )
    }

    /// `consumer max request batch needs to be > 0`
    /// (JSConsumerMaxRequestBatchNegativeErr, 10114).
    pub fn consumer_max_request_batch_negative() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_REQUEST_BATCH_NEGATIVE)
    }

    /// `consumer max request expires needs to be >= 1ms`
    /// (JSConsumerMaxRequestExpiresTooSmall, 10115).
    pub fn consumer_max_request_expires_too_small() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_REQUEST_EXPIRES_TOO_SMALL)
    }

    /// `consumer max waiting needs to be positive`
    /// (JSConsumerMaxWaitingNegativeErr, 10087).
    pub fn consumer_max_waiting_negative() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_WAITING_NEGATIVE)
    }

    /// `consumer metadata exceeds maximum size of {limit}`
    /// (JSConsumerMetadataLengthErrF, 10135).
    pub fn consumer_metadata_length(limit: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_METADATA_LENGTH, &[("limit", &limit)])
    }

    /// `consumer with multiple subject filters cannot use subject based API`
    /// (JSConsumerMultipleFiltersNotAllowed, 10137).
    pub fn consumer_multiple_filters_not_allowed() -> Self {
        Self::known(ErrorId::CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED)
    }

    /// `Consumer name can not contain path separators`
    /// (JSConsumerNameContainsPathSeparatorsErr, 10127).
    pub fn consumer_name_contains_path_separators() -> Self {
        Self::known(ErrorId::CONSUMER_NAME_CONTAINS_PATH_SEPARATORS)
    }

    /// `consumer name already in use`
    /// (JSConsumerNameExistErr, 10013).
    pub fn consumer_name_exist() -> Self {
        Self::known(ErrorId::CONSUMER_NAME_EXIST)
    }

    /// `consumer name is too long, maximum allowed is {max}`
    /// (JSConsumerNameTooLongErrF, 10102).
    pub fn consumer_name_too_long(max: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_NAME_TOO_LONG, &[("max", &max)])
    }

    /// `consumer not found`
    /// (JSConsumerNotFoundErr, 10014).
    pub fn consumer_not_found() -> Self {
        Self::known(ErrorId::CONSUMER_NOT_FOUND)
    }

    /// `consumer is offline`
    /// (JSConsumerOfflineErr, 10119).
    pub fn consumer_offline() -> Self {
        Self::known(ErrorId::CONSUMER_OFFLINE)
    }

    /// `consumer is offline: {err}`
    /// (JSConsumerOfflineReasonErrF, 10195).
    pub fn consumer_offline_reason(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_OFFLINE_REASON, &[("err", &err)])
    }

    /// `consumer direct on a mapped consumer`
    /// (JSConsumerOnMappedErr, 10092).
    pub fn consumer_on_mapped() -> Self {
        Self::known(ErrorId::CONSUMER_ON_MAPPED)
    }

    /// `consumer subject filters cannot overlap`
    /// (JSConsumerOverlappingSubjectFilters, 10138).
    pub fn consumer_overlapping_subject_filters() -> Self {
        Self::known(ErrorId::CONSUMER_OVERLAPPING_SUBJECT_FILTERS)
    }

    /// `PinnedTTL cannot be set when PriorityPolicy is none`
    /// (JSConsumerPinnedTTLWithoutPriorityPolicyNone, 10197).
    pub fn consumer_pinned_ttl_without_priority_policy_none() -> Self {
        Self::known(ErrorId::CONSUMER_PINNED_TTL_WITHOUT_PRIORITY_POLICY_NONE)
    }

    /// `consumer can not have priority groups when policy is none`
    /// (JSConsumerPriorityGroupWithPolicyNone, 10196).
    pub fn consumer_priority_group_with_policy_none() -> Self {
        Self::known(ErrorId::CONSUMER_PRIORITY_GROUP_WITH_POLICY_NONE)
    }

    /// `Setting PriorityPolicy requires at least one PriorityGroup to be set`
    /// (JSConsumerPriorityPolicyWithoutGroup, 10159).
    pub fn consumer_priority_policy_without_group() -> Self {
        Self::known(ErrorId::CONSUMER_PRIORITY_POLICY_WITHOUT_GROUP)
    }

    /// `consumer in pull mode requires a durable name`
    /// (JSConsumerPullNotDurableErr, 10085).
    pub fn consumer_pull_not_durable() -> Self {
        Self::known(ErrorId::CONSUMER_PULL_NOT_DURABLE)
    }

    /// `consumer in pull mode requires explicit ack policy on workqueue stream`
    /// (JSConsumerPullRequiresAckErr, 10084).
    pub fn consumer_pull_requires_ack() -> Self {
        Self::known(ErrorId::CONSUMER_PULL_REQUIRES_ACK)
    }

    /// `consumer in pull mode can not have rate limit set`
    /// (JSConsumerPullWithRateLimitErr, 10086).
    pub fn consumer_pull_with_rate_limit() -> Self {
        Self::known(ErrorId::CONSUMER_PULL_WITH_RATE_LIMIT)
    }

    /// `consumer in push mode can not set max waiting`
    /// (JSConsumerPushMaxWaitingErr, 10080).
    pub fn consumer_push_max_waiting() -> Self {
        Self::known(ErrorId::CONSUMER_PUSH_MAX_WAITING)
    }

    /// `priority groups can not be used with push consumers`
    /// (JSConsumerPushWithPriorityGroupErr, 10178).
    pub fn consumer_push_with_priority_group() -> Self {
        Self::known(ErrorId::CONSUMER_PUSH_WITH_PRIORITY_GROUP)
    }

    /// `consumer replacement durable config not the same`
    /// (JSConsumerReplacementWithDifferentNameErr, 10106).
    pub fn consumer_replacement_with_different_name() -> Self {
        Self::known(ErrorId::CONSUMER_REPLACEMENT_WITH_DIFFERENT_NAME)
    }

    /// `consumer replay policy invalid`
    /// (JSConsumerReplayPolicyInvalidErr, 10182).
    pub fn consumer_replay_policy_invalid() -> Self {
        Self::known(ErrorId::CONSUMER_REPLAY_POLICY_INVALID)
    }

    /// `consumer config replica count exceeds parent stream`
    /// (JSConsumerReplicasExceedsStream, 10126).
    pub fn consumer_replicas_exceeds_stream() -> Self {
        Self::known(ErrorId::CONSUMER_REPLICAS_EXCEEDS_STREAM)
    }

    /// `consumer config replicas must match interest retention stream's replicas`
    /// (JSConsumerReplicasShouldMatchStream, 10134).
    pub fn consumer_replicas_should_match_stream() -> Self {
        Self::known(ErrorId::CONSUMER_REPLICAS_SHOULD_MATCH_STREAM)
    }

    /// `consumer idle heartbeat needs to be >= 100ms`
    /// (JSConsumerSmallHeartbeatErr, 10083).
    pub fn consumer_small_heartbeat() -> Self {
        Self::known(ErrorId::CONSUMER_SMALL_HEARTBEAT)
    }

    /// `error creating store for consumer: {err}`
    /// (JSConsumerStoreFailedErrF, 10104).
    pub fn consumer_store_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_STORE_FAILED, &[("err", &err)])
    }

    /// `consumer must be deliver all on workqueue stream`
    /// (JSConsumerWQConsumerNotDeliverAllErr, 10101).
    pub fn consumer_wq_consumer_not_deliver_all() -> Self {
        Self::known(ErrorId::CONSUMER_WQ_CONSUMER_NOT_DELIVER_ALL)
    }

    /// `filtered consumer not unique on workqueue stream`
    /// (JSConsumerWQConsumerNotUniqueErr, 10100).
    pub fn consumer_wq_consumer_not_unique() -> Self {
        Self::known(ErrorId::CONSUMER_WQ_CONSUMER_NOT_UNIQUE)
    }

    /// `multiple non-filtered consumers not allowed on workqueue stream`
    /// (JSConsumerWQMultipleUnfilteredErr, 10099).
    pub fn consumer_wq_multiple_unfiltered() -> Self {
        Self::known(ErrorId::CONSUMER_WQ_MULTIPLE_UNFILTERED)
    }

    /// `workqueue stream requires explicit ack`
    /// (JSConsumerWQRequiresExplicitAckErr, 10098).
    pub fn consumer_wq_requires_explicit_ack() -> Self {
        Self::known(ErrorId::CONSUMER_WQ_REQUIRES_EXPLICIT_ACK)
    }

    /// `consumer with flow control also needs heartbeats`
    /// (JSConsumerWithFlowControlNeedsHeartbeats, 10108).
    pub fn consumer_with_flow_control_needs_heartbeats() -> Self {
        Self::known(ErrorId::CONSUMER_WITH_FLOW_CONTROL_NEEDS_HEARTBEATS)
    }
}
