//! Every error of the JetStream API: its number, a constructor, and a row of a
//! flat table.
//!
//! The facts are those that the Go server publishes in `server/errors.json`.
//! Constants and constructors carry the Go constant's name without `JS` and
//! `Err`. The table is ordered by code and checked when it is compiled.

mod consumer;
mod ids;
mod server;
mod stream;

use super::api_error::{ErrorFacts, ErrorId as Id, check_duplicates, check_increments};

/// What is known of every error, by code.
pub(super) static TABLE: [ErrorFacts; 203] = FACTS;

const fn row(id: Id, code: u16, constant: &'static str, description: &'static str) -> ErrorFacts {
    ErrorFacts {
        id,
        code,
        constant,
        description,
        help: "",
        deprecates: "",
    }
}

impl ErrorFacts {
    /// The row with more about the error.
    const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// The row with the Go variable that the error replaced.
    const fn instead_of(self, deprecates: &'static str) -> Self {
        Self { deprecates, ..self }
    }
}

// A row a line, which is how a table is read.
#[rustfmt::skip]
const FACTS: [ErrorFacts; 203] = [
    row(Id::ACCOUNT_RESOURCES_EXCEEDED, 400, "JSAccountResourcesExceededErr", "resource limits exceeded for account"),
    row(Id::BAD_REQUEST, 400, "JSBadRequestErr", "bad request"),
    row(Id::CLUSTER_INCOMPLETE, 503, "JSClusterIncompleteErr", "incomplete results"),
    row(Id::CLUSTER_NO_PEERS, 400, "JSClusterNoPeersErrF", "{err}"),
    row(Id::CLUSTER_NOT_ACTIVE, 500, "JSClusterNotActiveErr", "JetStream not in clustered mode")
        .instead_of("ErrJetStreamNotClustered"),
    row(Id::CLUSTER_NOT_ASSIGNED, 500, "JSClusterNotAssignedErr", "JetStream cluster not assigned to this server")
        .instead_of("ErrJetStreamNotAssigned"),
    row(Id::CLUSTER_NOT_AVAIL, 503, "JSClusterNotAvailErr", "JetStream system temporarily unavailable"),
    row(Id::CLUSTER_NOT_LEADER, 500, "JSClusterNotLeaderErr", "JetStream cluster can not handle request")
        .instead_of("ErrJetStreamNotLeader"),
    row(Id::CLUSTER_REQUIRED, 503, "JSClusterRequiredErr", "JetStream clustering support required"),
    row(Id::CLUSTER_TAGS, 400, "JSClusterTagsErr", "tags placement not supported for operation"),
    row(Id::CONSUMER_CREATE, 500, "JSConsumerCreateErrF", "{err}"),
    row(Id::CONSUMER_NAME_EXIST, 400, "JSConsumerNameExistErr", "consumer name already in use")
        .instead_of("ErrJetStreamConsumerAlreadyUsed"),
    row(Id::CONSUMER_NOT_FOUND, 404, "JSConsumerNotFoundErr", "consumer not found"),
    row(Id::SNAPSHOT_DELIVER_SUBJECT_INVALID, 400, "JSSnapshotDeliverSubjectInvalidErr", "deliver subject not valid"),
    row(Id::CONSUMER_DURABLE_NAME_NOT_IN_SUBJECT, 400, "JSConsumerDurableNameNotInSubjectErr", "consumer expected to be durable but no durable name set in subject"),
    row(Id::CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT, 400, "JSConsumerDurableNameNotMatchSubjectErr", "consumer name in subject does not match durable name in request"),
    row(Id::CONSUMER_DURABLE_NAME_NOT_SET, 400, "JSConsumerDurableNameNotSetErr", "consumer expected to be durable but a durable name was not set"),
    row(Id::CONSUMER_EPHEMERAL_WITH_DURABLE_IN_SUBJECT, 400, "JSConsumerEphemeralWithDurableInSubjectErr", "consumer expected to be ephemeral but detected a durable name set in subject"),
    row(Id::CONSUMER_EPHEMERAL_WITH_DURABLE_NAME, 400, "JSConsumerEphemeralWithDurableNameErr", "consumer expected to be ephemeral but a durable name was set in request"),
    row(Id::STREAM_EXTERNAL_API_OVERLAP, 400, "JSStreamExternalApiOverlapErrF", "stream external api prefix {prefix} must not overlap with {subject}"),
    row(Id::STREAM_EXTERNAL_DEL_PREFIX_OVERLAPS, 400, "JSStreamExternalDelPrefixOverlapsErrF", "stream external delivery prefix {prefix} overlaps with stream subject {subject}"),
    row(Id::INSUFFICIENT_RESOURCES, 503, "JSInsufficientResourcesErr", "insufficient resources")
        .instead_of("ErrJetStreamResourcesExceeded"),
    row(Id::STREAM_INVALID_EXTERNAL_DELIVERY_SUBJ, 400, "JSStreamInvalidExternalDeliverySubjErrF", "stream external delivery prefix {prefix} must not contain wildcards"),
    row(Id::INVALID_JSON, 400, "JSInvalidJSONErr", "invalid JSON: {err}"),
    row(Id::MAXIMUM_CONSUMERS_LIMIT, 400, "JSMaximumConsumersLimitErr", "maximum consumers limit reached"),
    row(Id::MAXIMUM_STREAMS_LIMIT, 400, "JSMaximumStreamsLimitErr", "maximum number of streams reached"),
    row(Id::MEMORY_RESOURCES_EXCEEDED, 500, "JSMemoryResourcesExceededErr", "insufficient memory resources available")
        .instead_of("ErrMemoryResourcesExceeded"),
    row(Id::MIRROR_CONSUMER_SETUP_FAILED, 500, "JSMirrorConsumerSetupFailedErrF", "{err}"),
    row(Id::MIRROR_MAX_MESSAGE_SIZE_TOO_BIG, 400, "JSMirrorMaxMessageSizeTooBigErr", "stream mirror must have max message size >= source"),
    row(Id::MIRROR_WITH_SOURCES, 400, "JSMirrorWithSourcesErr", "stream mirrors can not also contain other sources"),
    row(Id::MIRROR_WITH_START_SEQ_AND_TIME, 400, "JSMirrorWithStartSeqAndTimeErr", "stream mirrors can not have both start seq and start time configured"),
    row(Id::MIRROR_WITH_SUBJECT_FILTERS, 400, "JSMirrorWithSubjectFiltersErr", "stream mirrors can not contain filtered subjects"),
    row(Id::MIRROR_WITH_SUBJECTS, 400, "JSMirrorWithSubjectsErr", "stream mirrors can not contain subjects"),
    row(Id::NO_ACCOUNT, 503, "JSNoAccountErr", "account not found"),
    row(Id::CLUSTER_UN_SUPPORT_FEATURE, 503, "JSClusterUnSupportFeatureErr", "not currently supported in clustered mode"),
    row(Id::NO_MESSAGE_FOUND, 404, "JSNoMessageFoundErr", "no message found"),
    row(Id::NOT_EMPTY_REQUEST, 400, "JSNotEmptyRequestErr", "expected an empty request payload"),
    row(Id::NOT_ENABLED_FOR_ACCOUNT, 503, "JSNotEnabledForAccountErr", "JetStream not enabled for account")
        .help("This error indicates that JetStream is not enabled for an account account level"),
    row(Id::CLUSTER_PEER_NOT_MEMBER, 400, "JSClusterPeerNotMemberErr", "peer not a member"),
    row(Id::RAFT_GENERAL, 500, "JSRaftGeneralErrF", "{err}"),
    row(Id::RESTORE_SUBSCRIBE_FAILED, 500, "JSRestoreSubscribeFailedErrF", "JetStream unable to subscribe to restore snapshot {subject}: {err}"),
    row(Id::SEQUENCE_NOT_FOUND, 400, "JSSequenceNotFoundErrF", "sequence {seq} not found"),
    row(Id::CLUSTER_SERVER_NOT_MEMBER, 400, "JSClusterServerNotMemberErr", "server is not a member of the cluster"),
    row(Id::SOURCE_CONSUMER_SETUP_FAILED, 500, "JSSourceConsumerSetupFailedErrF", "{err}"),
    row(Id::SOURCE_MAX_MESSAGE_SIZE_TOO_BIG, 400, "JSSourceMaxMessageSizeTooBigErr", "stream source must have max message size >= target"),
    row(Id::STORAGE_RESOURCES_EXCEEDED, 500, "JSStorageResourcesExceededErr", "insufficient storage resources available")
        .instead_of("ErrStorageResourcesExceeded"),
    row(Id::STREAM_ASSIGNMENT, 500, "JSStreamAssignmentErrF", "{err}"),
    row(Id::STREAM_CREATE, 500, "JSStreamCreateErrF", "{err}"),
    row(Id::STREAM_DELETE, 500, "JSStreamDeleteErrF", "{err}"),
    row(Id::STREAM_GENERAL, 500, "JSStreamGeneralErrorF", "{err}"),
    row(Id::STREAM_INVALID_CONFIG, 500, "JSStreamInvalidConfigF", "{err}"),
    row(Id::STREAM_LIMITS, 500, "JSStreamLimitsErrF", "{err}"),
    row(Id::STREAM_MESSAGE_EXCEEDS_MAXIMUM, 400, "JSStreamMessageExceedsMaximumErr", "message size exceeds maximum allowed"),
    row(Id::STREAM_MIRROR_NOT_UPDATABLE, 400, "JSStreamMirrorNotUpdatableErr", "stream mirror configuration can not be updated"),
    row(Id::STREAM_MISMATCH, 400, "JSStreamMismatchErr", "stream name in subject does not match request"),
    row(Id::STREAM_MSG_DELETE_FAILED, 500, "JSStreamMsgDeleteFailedF", "{err}"),
    row(Id::STREAM_NAME_EXIST, 400, "JSStreamNameExistErr", "stream name already in use with a different configuration")
        .instead_of("ErrJetStreamStreamAlreadyUsed"),
    row(Id::STREAM_NOT_FOUND, 404, "JSStreamNotFoundErr", "stream not found")
        .instead_of("ErrJetStreamStreamNotFound"),
    row(Id::STREAM_NOT_MATCH, 400, "JSStreamNotMatchErr", "expected stream does not match"),
    row(Id::STREAM_REPLICAS_NOT_UPDATABLE, 400, "JSStreamReplicasNotUpdatableErr", "Replicas configuration can not be updated"),
    row(Id::STREAM_RESTORE, 500, "JSStreamRestoreErrF", "restore failed: {err}"),
    row(Id::STREAM_SEQUENCE_NOT_MATCH, 503, "JSStreamSequenceNotMatchErr", "expected stream sequence does not match"),
    row(Id::STREAM_SNAPSHOT, 500, "JSStreamSnapshotErrF", "snapshot failed: {err}"),
    row(Id::STREAM_SUBJECT_OVERLAP, 400, "JSStreamSubjectOverlapErr", "subjects overlap with an existing stream"),
    row(Id::STREAM_TEMPLATE_CREATE, 500, "JSStreamTemplateCreateErrF", "{err}"),
    row(Id::STREAM_TEMPLATE_DELETE, 500, "JSStreamTemplateDeleteErrF", "{err}"),
    row(Id::STREAM_TEMPLATE_NOT_FOUND, 404, "JSStreamTemplateNotFoundErr", "template not found"),
    row(Id::STREAM_UPDATE, 500, "JSStreamUpdateErrF", "{err}"),
    row(Id::STREAM_WRONG_LAST_MSG_ID, 400, "JSStreamWrongLastMsgIDErrF", "wrong last msg ID: {id}"),
    row(Id::STREAM_WRONG_LAST_SEQUENCE, 400, "JSStreamWrongLastSequenceErrF", "wrong last sequence: {seq}"),
    row(Id::TEMP_STORAGE_FAILED, 500, "JSTempStorageFailedErr", "JetStream unable to open temp storage for restore"),
    row(Id::TEMPLATE_NAME_NOT_MATCH_SUBJECT, 400, "JSTemplateNameNotMatchSubjectErr", "template name in subject does not match request"),
    row(Id::STREAM_REPLICAS_NOT_SUPPORTED, 500, "JSStreamReplicasNotSupportedErr", "replicas > 1 not supported in non-clustered mode")
        .instead_of("ErrReplicasNotSupported"),
    row(Id::PEER_REMAP, 503, "JSPeerRemapErr", "peer remap failed"),
    row(Id::NOT_ENABLED, 503, "JSNotEnabledErr", "JetStream not enabled")
        .help("This error indicates that JetStream is not enabled at a global level")
        .instead_of("ErrJetStreamNotEnabled"),
    row(Id::STREAM_STORE_FAILED, 503, "JSStreamStoreFailedF", "{err}"),
    row(Id::CONSUMER_CONFIG_REQUIRED, 400, "JSConsumerConfigRequiredErr", "consumer config required"),
    row(Id::CONSUMER_DELIVER_TO_WILDCARDS, 400, "JSConsumerDeliverToWildcardsErr", "consumer deliver subject has wildcards"),
    row(Id::CONSUMER_PUSH_MAX_WAITING, 400, "JSConsumerPushMaxWaitingErr", "consumer in push mode can not set max waiting"),
    row(Id::CONSUMER_DELIVER_CYCLE, 400, "JSConsumerDeliverCycleErr", "consumer deliver subject forms a cycle"),
    row(Id::CONSUMER_MAX_PENDING_ACK_POLICY_REQUIRED, 400, "JSConsumerMaxPendingAckPolicyRequiredErr", "consumer requires ack policy for max ack pending"),
    row(Id::CONSUMER_SMALL_HEARTBEAT, 400, "JSConsumerSmallHeartbeatErr", "consumer idle heartbeat needs to be >= 100ms"),
    row(Id::CONSUMER_PULL_REQUIRES_ACK, 400, "JSConsumerPullRequiresAckErr", "consumer in pull mode requires explicit ack policy on workqueue stream"),
    row(Id::CONSUMER_PULL_NOT_DURABLE, 400, "JSConsumerPullNotDurableErr", "consumer in pull mode requires a durable name"),
    row(Id::CONSUMER_PULL_WITH_RATE_LIMIT, 400, "JSConsumerPullWithRateLimitErr", "consumer in pull mode can not have rate limit set"),
    row(Id::CONSUMER_MAX_WAITING_NEGATIVE, 400, "JSConsumerMaxWaitingNegativeErr", "consumer max waiting needs to be positive"),
    row(Id::CONSUMER_HB_REQUIRES_PUSH, 400, "JSConsumerHBRequiresPushErr", "consumer idle heartbeat requires a push based consumer"),
    row(Id::CONSUMER_FC_REQUIRES_PUSH, 400, "JSConsumerFCRequiresPushErr", "consumer flow control requires a push based consumer"),
    row(Id::CONSUMER_DIRECT_REQUIRES_PUSH, 400, "JSConsumerDirectRequiresPushErr", "consumer direct requires a push based consumer"),
    row(Id::CONSUMER_DIRECT_REQUIRES_EPHEMERAL, 400, "JSConsumerDirectRequiresEphemeralErr", "consumer direct requires an ephemeral consumer"),
    row(Id::CONSUMER_ON_MAPPED, 400, "JSConsumerOnMappedErr", "consumer direct on a mapped consumer"),
    row(Id::CONSUMER_FILTER_NOT_SUBSET, 400, "JSConsumerFilterNotSubsetErr", "consumer filter subject is not a valid subset of the interest subjects"),
    row(Id::CONSUMER_INVALID_POLICY, 400, "JSConsumerInvalidPolicyErrF", "{err}")
        .help("Error returned for impossible deliver policies when combined with start sequences etc"),
    row(Id::CONSUMER_INVALID_SAMPLING, 400, "JSConsumerInvalidSamplingErrF", "failed to parse consumer sampling configuration: {err}"),
    row(Id::STREAM_INVALID, 500, "JSStreamInvalidErr", "stream not valid"),
    row(Id::STREAM_HEADER_EXCEEDS_MAXIMUM, 400, "JSStreamHeaderExceedsMaximumErr", "header size exceeds maximum allowed of 64k"),
    row(Id::CONSUMER_WQ_REQUIRES_EXPLICIT_ACK, 400, "JSConsumerWQRequiresExplicitAckErr", "workqueue stream requires explicit ack"),
    row(Id::CONSUMER_WQ_MULTIPLE_UNFILTERED, 400, "JSConsumerWQMultipleUnfilteredErr", "multiple non-filtered consumers not allowed on workqueue stream"),
    row(Id::CONSUMER_WQ_CONSUMER_NOT_UNIQUE, 400, "JSConsumerWQConsumerNotUniqueErr", "filtered consumer not unique on workqueue stream"),
    row(Id::CONSUMER_WQ_CONSUMER_NOT_DELIVER_ALL, 400, "JSConsumerWQConsumerNotDeliverAllErr", "consumer must be deliver all on workqueue stream"),
    row(Id::CONSUMER_NAME_TOO_LONG, 400, "JSConsumerNameTooLongErrF", "consumer name is too long, maximum allowed is {max}"),
    row(Id::CONSUMER_BAD_DURABLE_NAME, 400, "JSConsumerBadDurableNameErr", "durable name can not contain '.', '*', '>'"),
    row(Id::CONSUMER_STORE_FAILED, 500, "JSConsumerStoreFailedErrF", "error creating store for consumer: {err}"),
    row(Id::CONSUMER_EXISTING_ACTIVE, 400, "JSConsumerExistingActiveErr", "consumer already exists and is still active"),
    row(Id::CONSUMER_REPLACEMENT_WITH_DIFFERENT_NAME, 400, "JSConsumerReplacementWithDifferentNameErr", "consumer replacement durable config not the same"),
    row(Id::CONSUMER_DESCRIPTION_TOO_LONG, 400, "JSConsumerDescriptionTooLongErrF", "consumer description is too long, maximum allowed is {max}"),
    row(Id::CONSUMER_WITH_FLOW_CONTROL_NEEDS_HEARTBEATS, 400, "JSConsumerWithFlowControlNeedsHeartbeats", "consumer with flow control also needs heartbeats"),
    row(Id::STREAM_SEALED, 400, "JSStreamSealedErr", "invalid operation on sealed stream"),
    row(Id::STREAM_PURGE_FAILED, 500, "JSStreamPurgeFailedF", "{err}"),
    row(Id::STREAM_ROLLUP_FAILED, 500, "JSStreamRollupFailedF", "{err}"),
    row(Id::CONSUMER_INVALID_DELIVER_SUBJECT, 400, "JSConsumerInvalidDeliverSubject", "invalid push consumer deliver subject")
        .help("Returned when the delivery subject on a Push Consumer is not a valid NATS Subject"),
    row(Id::STREAM_MAX_BYTES_REQUIRED, 400, "JSStreamMaxBytesRequired", "account requires a stream config to have max bytes set"),
    row(Id::CONSUMER_MAX_REQUEST_BATCH_NEGATIVE, 400, "JSConsumerMaxRequestBatchNegativeErr", "consumer max request batch needs to be > 0"),
    row(Id::CONSUMER_MAX_REQUEST_EXPIRES_TOO_SMALL, 400, "JSConsumerMaxRequestExpiresTooSmall", "consumer max request expires needs to be >= 1ms"),
    row(Id::CONSUMER_MAX_DELIVER_BACKOFF, 400, "JSConsumerMaxDeliverBackoffErr", "max deliver is required to be > length of backoff values"),
    row(Id::STREAM_INFO_MAX_SUBJECTS, 500, "JSStreamInfoMaxSubjectsErr", "subject details would exceed maximum allowed"),
    row(Id::STREAM_OFFLINE, 500, "JSStreamOfflineErr", "stream is offline"),
    row(Id::CONSUMER_OFFLINE, 500, "JSConsumerOfflineErr", "consumer is offline"),
    row(Id::NO_LIMITS, 400, "JSNoLimitsErr", "no JetStream default or applicable tiered limit present"),
    row(Id::CONSUMER_MAX_PENDING_ACK_EXCESS, 400, "JSConsumerMaxPendingAckExcessErrF", "consumer max ack pending exceeds system limit of {limit}"),
    row(Id::STREAM_MAX_STREAM_BYTES_EXCEEDED, 400, "JSStreamMaxStreamBytesExceeded", "stream max bytes exceeds account limit max stream bytes"),
    row(Id::STREAM_MOVE_AND_SCALE, 400, "JSStreamMoveAndScaleErr", "can not move and scale a stream in a single update"),
    row(Id::STREAM_MOVE_IN_PROGRESS, 400, "JSStreamMoveInProgressF", "stream move already in progress: {msg}"),
    row(Id::CONSUMER_MAX_REQUEST_BATCH_EXCEEDED, 400, "JSConsumerMaxRequestBatchExceededF", "consumer max request batch exceeds server limit of {limit}"),
    row(Id::CONSUMER_REPLICAS_EXCEEDS_STREAM, 400, "JSConsumerReplicasExceedsStream", "consumer config replica count exceeds parent stream"),
    row(Id::CONSUMER_NAME_CONTAINS_PATH_SEPARATORS, 400, "JSConsumerNameContainsPathSeparatorsErr", "Consumer name can not contain path separators"),
    row(Id::STREAM_NAME_CONTAINS_PATH_SEPARATORS, 400, "JSStreamNameContainsPathSeparatorsErr", "Stream name can not contain path separators"),
    row(Id::STREAM_MOVE_NOT_IN_PROGRESS, 400, "JSStreamMoveNotInProgress", "stream move not in progress"),
    row(Id::STREAM_NAME_EXIST_RESTORE_FAILED, 400, "JSStreamNameExistRestoreFailedErr", "stream name already in use, cannot restore"),
    row(Id::CONSUMER_CREATE_FILTER_SUBJECT_MISMATCH, 400, "JSConsumerCreateFilterSubjectMismatchErr", "Consumer create request did not match filtered subject from create subject"),
    row(Id::CONSUMER_CREATE_DURABLE_AND_NAME_MISMATCH, 400, "JSConsumerCreateDurableAndNameMismatch", "Consumer Durable and Name have to be equal if both are provided"),
    row(Id::REPLICAS_COUNT_CANNOT_BE_NEGATIVE, 400, "JSReplicasCountCannotBeNegative", "replicas count cannot be negative"),
    row(Id::CONSUMER_REPLICAS_SHOULD_MATCH_STREAM, 400, "JSConsumerReplicasShouldMatchStream", "consumer config replicas must match interest retention stream's replicas"),
    row(Id::CONSUMER_METADATA_LENGTH, 400, "JSConsumerMetadataLengthErrF", "consumer metadata exceeds maximum size of {limit}"),
    row(Id::CONSUMER_DUPLICATE_FILTER_SUBJECTS, 400, "JSConsumerDuplicateFilterSubjects", "consumer cannot have both FilterSubject and FilterSubjects specified"),
    row(Id::CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED, 400, "JSConsumerMultipleFiltersNotAllowed", "consumer with multiple subject filters cannot use subject based API"),
    row(Id::CONSUMER_OVERLAPPING_SUBJECT_FILTERS, 400, "JSConsumerOverlappingSubjectFilters", "consumer subject filters cannot overlap"),
    row(Id::CONSUMER_EMPTY_FILTER, 400, "JSConsumerEmptyFilter", "consumer filter in FilterSubjects cannot be empty"),
    row(Id::SOURCE_DUPLICATE_DETECTED, 400, "JSSourceDuplicateDetected", "duplicate source configuration detected"),
    row(Id::SOURCE_INVALID_STREAM_NAME, 400, "JSSourceInvalidStreamName", "sourced stream name is invalid"),
    row(Id::MIRROR_INVALID_STREAM_NAME, 400, "JSMirrorInvalidStreamName", "mirrored stream name is invalid"),
    row(Id::MIRROR_WITH_FIRST_SEQ, 400, "JSMirrorWithFirstSeqErr", "stream mirrors can not have first sequence configured"),
    row(Id::SOURCE_MULTIPLE_FILTERS_NOT_ALLOWED, 400, "JSSourceMultipleFiltersNotAllowed", "source with multiple subject transforms cannot also have a single subject filter"),
    row(Id::SOURCE_INVALID_SUBJECT_FILTER, 400, "JSSourceInvalidSubjectFilter", "source transform source: {err}"),
    row(Id::SOURCE_INVALID_TRANSFORM_DESTINATION, 400, "JSSourceInvalidTransformDestination", "source transform: {err}"),
    row(Id::SOURCE_OVERLAPPING_SUBJECT_FILTERS, 400, "JSSourceOverlappingSubjectFilters", "source filters can not overlap"),
    row(Id::CONSUMER_ALREADY_EXISTS, 400, "JSConsumerAlreadyExists", "consumer already exists"),
    row(Id::CONSUMER_DOES_NOT_EXIST, 400, "JSConsumerDoesNotExist", "consumer does not exist"),
    row(Id::MIRROR_MULTIPLE_FILTERS_NOT_ALLOWED, 400, "JSMirrorMultipleFiltersNotAllowed", "mirror with multiple subject transforms cannot also have a single subject filter"),
    row(Id::MIRROR_INVALID_SUBJECT_FILTER, 400, "JSMirrorInvalidSubjectFilter", "mirror transform source: {err}"),
    row(Id::MIRROR_OVERLAPPING_SUBJECT_FILTERS, 400, "JSMirrorOverlappingSubjectFilters", "mirror subject filters can not overlap"),
    row(Id::CONSUMER_INACTIVE_THRESHOLD_EXCESS, 400, "JSConsumerInactiveThresholdExcess", "consumer inactive threshold exceeds system limit of {limit}"),
    row(Id::MIRROR_INVALID_TRANSFORM_DESTINATION, 400, "JSMirrorInvalidTransformDestination", "mirror transform: {err}"),
    row(Id::STREAM_TRANSFORM_INVALID_SOURCE, 400, "JSStreamTransformInvalidSource", "stream transform source: {err}"),
    row(Id::STREAM_TRANSFORM_INVALID_DESTINATION, 400, "JSStreamTransformInvalidDestination", "stream transform: {err}"),
    row(Id::PEDANTIC, 400, "JSPedanticErrF", "pedantic mode: {err}"),
    row(Id::STREAM_DUPLICATE_MESSAGE_CONFLICT, 409, "JSStreamDuplicateMessageConflict", "duplicate message id is in process"),
    row(Id::CONSUMER_PRIORITY_POLICY_WITHOUT_GROUP, 400, "JSConsumerPriorityPolicyWithoutGroup", "Setting PriorityPolicy requires at least one PriorityGroup to be set"),
    row(Id::CONSUMER_INVALID_PRIORITY_GROUP, 400, "JSConsumerInvalidPriorityGroupErr", "Provided priority group does not exist for this consumer"),
    row(Id::CONSUMER_EMPTY_GROUP_NAME, 400, "JSConsumerEmptyGroupName", "Group name cannot be an empty string"),
    row(Id::CONSUMER_INVALID_GROUP_NAME, 400, "JSConsumerInvalidGroupNameErr", "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters"),
    row(Id::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY, 503, "JSStreamExpectedLastSeqPerSubjectNotReady", "expected last sequence per subject temporarily unavailable"),
    row(Id::STREAM_WRONG_LAST_SEQUENCE_CONSTANT, 400, "JSStreamWrongLastSequenceConstantErr", "wrong last sequence"),
    row(Id::MESSAGE_TTL_INVALID, 400, "JSMessageTTLInvalidErr", "invalid per-message TTL"),
    row(Id::MESSAGE_TTL_DISABLED, 400, "JSMessageTTLDisabledErr", "per-message TTL is disabled"),
    row(Id::STREAM_TOO_MANY_REQUESTS, 429, "JSStreamTooManyRequests", "too many requests"),
    row(Id::MESSAGE_INCR_DISABLED, 400, "JSMessageIncrDisabledErr", "message counters is disabled"),
    row(Id::MESSAGE_INCR_MISSING, 400, "JSMessageIncrMissingErr", "message counter increment is missing"),
    row(Id::MESSAGE_INCR_PAYLOAD, 400, "JSMessageIncrPayloadErr", "message counter has payload"),
    row(Id::MESSAGE_INCR_INVALID, 400, "JSMessageIncrInvalidErr", "message counter increment is invalid"),
    row(Id::MESSAGE_COUNTER_BROKEN, 400, "JSMessageCounterBrokenErr", "message counter is broken"),
    row(Id::MIRROR_WITH_COUNTERS, 400, "JSMirrorWithCountersErr", "stream mirrors can not also calculate counters"),
    row(Id::ATOMIC_PUBLISH_DISABLED, 400, "JSAtomicPublishDisabledErr", "atomic publish is disabled"),
    row(Id::ATOMIC_PUBLISH_MISSING_SEQ, 400, "JSAtomicPublishMissingSeqErr", "atomic publish sequence is missing"),
    row(Id::ATOMIC_PUBLISH_INCOMPLETE_BATCH, 400, "JSAtomicPublishIncompleteBatchErr", "atomic publish batch is incomplete"),
    row(Id::ATOMIC_PUBLISH_UNSUPPORTED_HEADER_BATCH, 400, "JSAtomicPublishUnsupportedHeaderBatchErr", "atomic publish unsupported header used: {header}"),
    row(Id::CONSUMER_PUSH_WITH_PRIORITY_GROUP, 400, "JSConsumerPushWithPriorityGroupErr", "priority groups can not be used with push consumers"),
    row(Id::ATOMIC_PUBLISH_INVALID_BATCH_ID, 400, "JSAtomicPublishInvalidBatchIDErr", "atomic publish batch ID is invalid"),
    row(Id::STREAM_MIN_LAST_SEQ, 412, "JSStreamMinLastSeqErr", "min last sequence"),
    row(Id::CONSUMER_ACK_POLICY_INVALID, 400, "JSConsumerAckPolicyInvalidErr", "consumer ack policy invalid"),
    row(Id::CONSUMER_REPLAY_POLICY_INVALID, 400, "JSConsumerReplayPolicyInvalidErr", "consumer replay policy invalid"),
    row(Id::CONSUMER_ACK_WAIT_NEGATIVE, 400, "JSConsumerAckWaitNegativeErr", "consumer ack wait needs to be positive"),
    row(Id::CONSUMER_BACK_OFF_NEGATIVE, 400, "JSConsumerBackOffNegativeErr", "consumer backoff needs to be positive"),
    row(Id::REQUIRED_API_LEVEL, 412, "JSRequiredApiLevelErr", "JetStream minimum api level required"),
    row(Id::MIRROR_WITH_MSG_SCHEDULES, 400, "JSMirrorWithMsgSchedulesErr", "stream mirrors can not also schedule messages"),
    row(Id::SOURCE_WITH_MSG_SCHEDULES, 400, "JSSourceWithMsgSchedulesErr", "stream source can not also schedule messages"),
    row(Id::MESSAGE_SCHEDULES_DISABLED, 400, "JSMessageSchedulesDisabledErr", "message schedules is disabled"),
    row(Id::MESSAGE_SCHEDULES_PATTERN_INVALID, 400, "JSMessageSchedulesPatternInvalidErr", "message schedules pattern is invalid"),
    row(Id::MESSAGE_SCHEDULES_TARGET_INVALID, 400, "JSMessageSchedulesTargetInvalidErr", "message schedules target is invalid"),
    row(Id::MESSAGE_SCHEDULES_TTL_INVALID, 400, "JSMessageSchedulesTTLInvalidErr", "message schedules invalid per-message TTL"),
    row(Id::MESSAGE_SCHEDULES_ROLLUP_INVALID, 400, "JSMessageSchedulesRollupInvalidErr", "message schedules invalid rollup"),
    row(Id::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_INVALID, 400, "JSStreamExpectedLastSeqPerSubjectInvalid", "missing sequence for expected last sequence per subject"),
    row(Id::STREAM_OFFLINE_REASON, 500, "JSStreamOfflineReasonErrF", "stream is offline: {err}"),
    row(Id::CONSUMER_OFFLINE_REASON, 500, "JSConsumerOfflineReasonErrF", "consumer is offline: {err}"),
    row(Id::CONSUMER_PRIORITY_GROUP_WITH_POLICY_NONE, 400, "JSConsumerPriorityGroupWithPolicyNone", "consumer can not have priority groups when policy is none"),
    row(Id::CONSUMER_PINNED_TTL_WITHOUT_PRIORITY_POLICY_NONE, 400, "JSConsumerPinnedTTLWithoutPriorityPolicyNone", "PinnedTTL cannot be set when PriorityPolicy is none"),
    row(Id::MIRROR_WITH_ATOMIC_PUBLISH, 400, "JSMirrorWithAtomicPublishErr", "stream mirrors can not also use atomic publishing"),
    row(Id::ATOMIC_PUBLISH_TOO_LARGE_BATCH, 400, "JSAtomicPublishTooLargeBatchErrF", "atomic publish batch is too large: {size}"),
    row(Id::ATOMIC_PUBLISH_INVALID_BATCH_COMMIT, 400, "JSAtomicPublishInvalidBatchCommitErr", "atomic publish batch commit is invalid"),
    row(Id::ATOMIC_PUBLISH_CONTAINS_DUPLICATE_MESSAGE, 400, "JSAtomicPublishContainsDuplicateMessageErr", "atomic publish batch contains duplicate message id"),
    row(Id::CLUSTER_SERVER_MEMBER_CHANGE_INFLIGHT, 400, "JSClusterServerMemberChangeInflightErr", "cluster member change is in progress"),
    row(Id::MESSAGE_SCHEDULES_SOURCE_INVALID, 400, "JSMessageSchedulesSourceInvalidErr", "message schedules source is invalid"),
    row(Id::CONSUMER_INVALID_RESET, 400, "JSConsumerInvalidResetErr", "invalid reset: {err}"),
];

const _: () = assert!(check_duplicates(&FACTS).is_none(), "a code is there twice");
const _: () = assert!(check_increments(&FACTS).is_none(), "a code is missing");
