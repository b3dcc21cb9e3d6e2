//! Every error of the JetStream API: a flat table and a constructor for each.
//!
//! The facts are those that the Go server publishes in `server/errors.json`.
//! Constants and constructors carry the Go constant's name without `JS` and
//! `Err`. The table is ordered by code and checked when it is compiled.

use std::fmt::Display;

use super::api_error::{ApiError, ErrorFacts, ErrorId, check_duplicates, check_increments};

impl ErrorId {
    /// JSAccountResourcesExceededErr: `resource limits exceeded for account`.
    pub const ACCOUNT_RESOURCES_EXCEEDED: Self = Self(10002);
    /// JSAtomicPublishContainsDuplicateMessageErr: `atomic publish batch contains duplicate message id`.
    pub const ATOMIC_PUBLISH_CONTAINS_DUPLICATE_MESSAGE: Self = Self(10201);
    /// JSAtomicPublishDisabledErr: `atomic publish is disabled`.
    pub const ATOMIC_PUBLISH_DISABLED: Self = Self(10174);
    /// JSAtomicPublishIncompleteBatchErr: `atomic publish batch is incomplete`.
    pub const ATOMIC_PUBLISH_INCOMPLETE_BATCH: Self = Self(10176);
    /// JSAtomicPublishInvalidBatchCommitErr: `atomic publish batch commit is invalid`.
    pub const ATOMIC_PUBLISH_INVALID_BATCH_COMMIT: Self = Self(10200);
    /// JSAtomicPublishInvalidBatchIDErr: `atomic publish batch ID is invalid`.
    pub const ATOMIC_PUBLISH_INVALID_BATCH_ID: Self = Self(10179);
    /// JSAtomicPublishMissingSeqErr: `atomic publish sequence is missing`.
    pub const ATOMIC_PUBLISH_MISSING_SEQ: Self = Self(10175);
    /// JSAtomicPublishTooLargeBatchErrF: `atomic publish batch is too large: {size}`.
    pub const ATOMIC_PUBLISH_TOO_LARGE_BATCH: Self = Self(10199);
    /// JSAtomicPublishUnsupportedHeaderBatchErr: `atomic publish unsupported header used: {header}`.
    pub const ATOMIC_PUBLISH_UNSUPPORTED_HEADER_BATCH: Self = Self(10177);
    /// JSBadRequestErr: `bad request`.
    pub const BAD_REQUEST: Self = Self(10003);
    /// JSClusterIncompleteErr: `incomplete results`.
    pub const CLUSTER_INCOMPLETE: Self = Self(10004);
    /// JSClusterNoPeersErrF: `{err}`.
    pub const CLUSTER_NO_PEERS: Self = Self(10005);
    /// JSClusterNotActiveErr: `JetStream not in clustered mode`.
    pub const CLUSTER_NOT_ACTIVE: Self = Self(10006);
    /// JSClusterNotAssignedErr: `JetStream cluster not assigned to this server`.
    pub const CLUSTER_NOT_ASSIGNED: Self = Self(10007);
    /// JSClusterNotAvailErr: `JetStream system temporarily unavailable`.
    pub const CLUSTER_NOT_AVAIL: Self = Self(10008);
    /// JSClusterNotLeaderErr: `JetStream cluster can not handle request`.
    pub const CLUSTER_NOT_LEADER: Self = Self(10009);
    /// JSClusterPeerNotMemberErr: `peer not a member`.
    pub const CLUSTER_PEER_NOT_MEMBER: Self = Self(10040);
    /// JSClusterRequiredErr: `JetStream clustering support required`.
    pub const CLUSTER_REQUIRED: Self = Self(10010);
    /// JSClusterServerMemberChangeInflightErr: `cluster member change is in progress`.
    pub const CLUSTER_SERVER_MEMBER_CHANGE_INFLIGHT: Self = Self(10202);
    /// JSClusterServerNotMemberErr: `server is not a member of the cluster`.
    pub const CLUSTER_SERVER_NOT_MEMBER: Self = Self(10044);
    /// JSClusterTagsErr: `tags placement not supported for operation`.
    pub const CLUSTER_TAGS: Self = Self(10011);
    /// JSClusterUnSupportFeatureErr: `not currently supported in clustered mode`.
    pub const CLUSTER_UN_SUPPORT_FEATURE: Self = Self(10036);
    /// JSConsumerAckPolicyInvalidErr: `consumer ack policy invalid`.
    pub const CONSUMER_ACK_POLICY_INVALID: Self = Self(10181);
    /// JSConsumerAckWaitNegativeErr: `consumer ack wait needs to be positive`.
    pub const CONSUMER_ACK_WAIT_NEGATIVE: Self = Self(10183);
    /// JSConsumerAlreadyExists: `consumer already exists`.
    pub const CONSUMER_ALREADY_EXISTS: Self = Self(10148);
    /// JSConsumerBackOffNegativeErr: `consumer backoff needs to be positive`.
    pub const CONSUMER_BACK_OFF_NEGATIVE: Self = Self(10184);
    /// JSConsumerBadDurableNameErr: `durable name can not contain '.', '*', '>'`.
    pub const CONSUMER_BAD_DURABLE_NAME: Self = Self(10103);
    /// JSConsumerConfigRequiredErr: `consumer config required`.
    pub const CONSUMER_CONFIG_REQUIRED: Self = Self(10078);
    /// JSConsumerCreateDurableAndNameMismatch: `Consumer Durable and Name have to be equal if both are provided`.
    pub const CONSUMER_CREATE_DURABLE_AND_NAME_MISMATCH: Self = Self(10132);
    /// JSConsumerCreateErrF: `{err}`.
    pub const CONSUMER_CREATE: Self = Self(10012);
    /// JSConsumerCreateFilterSubjectMismatchErr: `Consumer create request did not match filtered subject from create subject`.
    pub const CONSUMER_CREATE_FILTER_SUBJECT_MISMATCH: Self = Self(10131);
    /// JSConsumerDeliverCycleErr: `consumer deliver subject forms a cycle`.
    pub const CONSUMER_DELIVER_CYCLE: Self = Self(10081);
    /// JSConsumerDeliverToWildcardsErr: `consumer deliver subject has wildcards`.
    pub const CONSUMER_DELIVER_TO_WILDCARDS: Self = Self(10079);
    /// JSConsumerDescriptionTooLongErrF: `consumer description is too long, maximum allowed is {max}`.
    pub const CONSUMER_DESCRIPTION_TOO_LONG: Self = Self(10107);
    /// JSConsumerDirectRequiresEphemeralErr: `consumer direct requires an ephemeral consumer`.
    pub const CONSUMER_DIRECT_REQUIRES_EPHEMERAL: Self = Self(10091);
    /// JSConsumerDirectRequiresPushErr: `consumer direct requires a push based consumer`.
    pub const CONSUMER_DIRECT_REQUIRES_PUSH: Self = Self(10090);
    /// JSConsumerDoesNotExist: `consumer does not exist`.
    pub const CONSUMER_DOES_NOT_EXIST: Self = Self(10149);
    /// JSConsumerDuplicateFilterSubjects: `consumer cannot have both FilterSubject and FilterSubjects specified`.
    pub const CONSUMER_DUPLICATE_FILTER_SUBJECTS: Self = Self(10136);
    /// JSConsumerDurableNameNotInSubjectErr: `consumer expected to be durable but no durable name set in subject`.
    pub const CONSUMER_DURABLE_NAME_NOT_IN_SUBJECT: Self = Self(10016);
    /// JSConsumerDurableNameNotMatchSubjectErr: `consumer name in subject does not match durable name in request`.
    pub const CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT: Self = Self(10017);
    /// JSConsumerDurableNameNotSetErr: `consumer expected to be durable but a durable name was not set`.
    pub const CONSUMER_DURABLE_NAME_NOT_SET: Self = Self(10018);
    /// JSConsumerEmptyFilter: `consumer filter in FilterSubjects cannot be empty`.
    pub const CONSUMER_EMPTY_FILTER: Self = Self(10139);
    /// JSConsumerEmptyGroupName: `Group name cannot be an empty string`.
    pub const CONSUMER_EMPTY_GROUP_NAME: Self = Self(10161);
    /// JSConsumerEphemeralWithDurableInSubjectErr: `consumer expected to be ephemeral but detected a durable name set in subject`.
    pub const CONSUMER_EPHEMERAL_WITH_DURABLE_IN_SUBJECT: Self = Self(10019);
    /// JSConsumerEphemeralWithDurableNameErr: `consumer expected to be ephemeral but a durable name was set in request`.
    pub const CONSUMER_EPHEMERAL_WITH_DURABLE_NAME: Self = Self(10020);
    /// JSConsumerExistingActiveErr: `consumer already exists and is still active`.
    pub const CONSUMER_EXISTING_ACTIVE: Self = Self(10105);
    /// JSConsumerFCRequiresPushErr: `consumer flow control requires a push based consumer`.
    pub const CONSUMER_FC_REQUIRES_PUSH: Self = Self(10089);
    /// JSConsumerFilterNotSubsetErr: `consumer filter subject is not a valid subset of the interest subjects`.
    pub const CONSUMER_FILTER_NOT_SUBSET: Self = Self(10093);
    /// JSConsumerHBRequiresPushErr: `consumer idle heartbeat requires a push based consumer`.
    pub const CONSUMER_HB_REQUIRES_PUSH: Self = Self(10088);
    /// JSConsumerInactiveThresholdExcess: `consumer inactive threshold exceeds system limit of {limit}`.
    pub const CONSUMER_INACTIVE_THRESHOLD_EXCESS: Self = Self(10153);
    /// JSConsumerInvalidDeliverSubject: `invalid push consumer deliver subject`.
    pub const CONSUMER_INVALID_DELIVER_SUBJECT: Self = Self(10112);
    /// JSConsumerInvalidGroupNameErr: `Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters`.
    pub const CONSUMER_INVALID_GROUP_NAME: Self = Self(10162);
    /// JSConsumerInvalidPolicyErrF: `{err}`.
    pub const CONSUMER_INVALID_POLICY: Self = Self(10094);
    /// JSConsumerInvalidPriorityGroupErr: `Provided priority group does not exist for this consumer`.
    pub const CONSUMER_INVALID_PRIORITY_GROUP: Self = Self(10160);
    /// JSConsumerInvalidResetErr: `invalid reset: {err}`.
    pub const CONSUMER_INVALID_RESET: Self = Self(10204);
    /// JSConsumerInvalidSamplingErrF: `failed to parse consumer sampling configuration: {err}`.
    pub const CONSUMER_INVALID_SAMPLING: Self = Self(10095);
    /// JSConsumerMaxDeliverBackoffErr: `max deliver is required to be > length of backoff values`.
    pub const CONSUMER_MAX_DELIVER_BACKOFF: Self = Self(10116);
    /// JSConsumerMaxPendingAckExcessErrF: `consumer max ack pending exceeds system limit of {limit}`.
    pub const CONSUMER_MAX_PENDING_ACK_EXCESS: Self = Self(10121);
    /// JSConsumerMaxPendingAckPolicyRequiredErr: `consumer requires ack policy for max ack pending`.
    pub const CONSUMER_MAX_PENDING_ACK_POLICY_REQUIRED: Self = Self(10082);
    /// JSConsumerMaxRequestBatchExceededF: `consumer max request batch exceeds server limit of {limit}`.
    pub const CONSUMER_MAX_REQUEST_BATCH_EXCEEDED: Self = Self(10125);
    /// JSConsumerMaxRequestBatchNegativeErr: `consumer max request batch needs to be > 0`.
    pub const CONSUMER_MAX_REQUEST_BATCH_NEGATIVE: Self = Self(10114);
    /// JSConsumerMaxRequestExpiresTooSmall: `consumer max request expires needs to be >= 1ms`.
    pub const CONSUMER_MAX_REQUEST_EXPIRES_TOO_SMALL: Self = Self(10115);
    /// JSConsumerMaxWaitingNegativeErr: `consumer max waiting needs to be positive`.
    pub const CONSUMER_MAX_WAITING_NEGATIVE: Self = Self(10087);
    /// JSConsumerMetadataLengthErrF: `consumer metadata exceeds maximum size of {limit}`.
    pub const CONSUMER_METADATA_LENGTH: Self = Self(10135);
    /// JSConsumerMultipleFiltersNotAllowed: `consumer with multiple subject filters cannot use subject based API`.
    pub const CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED: Self = Self(10137);
    /// JSConsumerNameContainsPathSeparatorsErr: `Consumer name can not contain path separators`.
    pub const CONSUMER_NAME_CONTAINS_PATH_SEPARATORS: Self = Self(10127);
    /// JSConsumerNameExistErr: `consumer name already in use`.
    pub const CONSUMER_NAME_EXIST: Self = Self(10013);
    /// JSConsumerNameTooLongErrF: `consumer name is too long, maximum allowed is {max}`.
    pub const CONSUMER_NAME_TOO_LONG: Self = Self(10102);
    /// JSConsumerNotFoundErr: `consumer not found`.
    pub const CONSUMER_NOT_FOUND: Self = Self(10014);
    /// JSConsumerOfflineErr: `consumer is offline`.
    pub const CONSUMER_OFFLINE: Self = Self(10119);
    /// JSConsumerOfflineReasonErrF: `consumer is offline: {err}`.
    pub const CONSUMER_OFFLINE_REASON: Self = Self(10195);
    /// JSConsumerOnMappedErr: `consumer direct on a mapped consumer`.
    pub const CONSUMER_ON_MAPPED: Self = Self(10092);
    /// JSConsumerOverlappingSubjectFilters: `consumer subject filters cannot overlap`.
    pub const CONSUMER_OVERLAPPING_SUBJECT_FILTERS: Self = Self(10138);
    /// JSConsumerPinnedTTLWithoutPriorityPolicyNone: `PinnedTTL cannot be set when PriorityPolicy is none`.
    pub const CONSUMER_PINNED_TTL_WITHOUT_PRIORITY_POLICY_NONE: Self = Self(10197);
    /// JSConsumerPriorityGroupWithPolicyNone: `consumer can not have priority groups when policy is none`.
    pub const CONSUMER_PRIORITY_GROUP_WITH_POLICY_NONE: Self = Self(10196);
    /// JSConsumerPriorityPolicyWithoutGroup: `Setting PriorityPolicy requires at least one PriorityGroup to be set`.
    pub const CONSUMER_PRIORITY_POLICY_WITHOUT_GROUP: Self = Self(10159);
    /// JSConsumerPullNotDurableErr: `consumer in pull mode requires a durable name`.
    pub const CONSUMER_PULL_NOT_DURABLE: Self = Self(10085);
    /// JSConsumerPullRequiresAckErr: `consumer in pull mode requires explicit ack policy on workqueue stream`.
    pub const CONSUMER_PULL_REQUIRES_ACK: Self = Self(10084);
    /// JSConsumerPullWithRateLimitErr: `consumer in pull mode can not have rate limit set`.
    pub const CONSUMER_PULL_WITH_RATE_LIMIT: Self = Self(10086);
    /// JSConsumerPushMaxWaitingErr: `consumer in push mode can not set max waiting`.
    pub const CONSUMER_PUSH_MAX_WAITING: Self = Self(10080);
    /// JSConsumerPushWithPriorityGroupErr: `priority groups can not be used with push consumers`.
    pub const CONSUMER_PUSH_WITH_PRIORITY_GROUP: Self = Self(10178);
    /// JSConsumerReplacementWithDifferentNameErr: `consumer replacement durable config not the same`.
    pub const CONSUMER_REPLACEMENT_WITH_DIFFERENT_NAME: Self = Self(10106);
    /// JSConsumerReplayPolicyInvalidErr: `consumer replay policy invalid`.
    pub const CONSUMER_REPLAY_POLICY_INVALID: Self = Self(10182);
    /// JSConsumerReplicasExceedsStream: `consumer config replica count exceeds parent stream`.
    pub const CONSUMER_REPLICAS_EXCEEDS_STREAM: Self = Self(10126);
    /// JSConsumerReplicasShouldMatchStream: `consumer config replicas must match interest retention stream's replicas`.
    pub const CONSUMER_REPLICAS_SHOULD_MATCH_STREAM: Self = Self(10134);
    /// JSConsumerSmallHeartbeatErr: `consumer idle heartbeat needs to be >= 100ms`.
    pub const CONSUMER_SMALL_HEARTBEAT: Self = Self(10083);
    /// JSConsumerStoreFailedErrF: `error creating store for consumer: {err}`.
    pub const CONSUMER_STORE_FAILED: Self = Self(10104);
    /// JSConsumerWQConsumerNotDeliverAllErr: `consumer must be deliver all on workqueue stream`.
    pub const CONSUMER_WQ_CONSUMER_NOT_DELIVER_ALL: Self = Self(10101);
    /// JSConsumerWQConsumerNotUniqueErr: `filtered consumer not unique on workqueue stream`.
    pub const CONSUMER_WQ_CONSUMER_NOT_UNIQUE: Self = Self(10100);
    /// JSConsumerWQMultipleUnfilteredErr: `multiple non-filtered consumers not allowed on workqueue stream`.
    pub const CONSUMER_WQ_MULTIPLE_UNFILTERED: Self = Self(10099);
    /// JSConsumerWQRequiresExplicitAckErr: `workqueue stream requires explicit ack`.
    pub const CONSUMER_WQ_REQUIRES_EXPLICIT_ACK: Self = Self(10098);
    /// JSConsumerWithFlowControlNeedsHeartbeats: `consumer with flow control also needs heartbeats`.
    pub const CONSUMER_WITH_FLOW_CONTROL_NEEDS_HEARTBEATS: Self = Self(10108);
    /// JSInsufficientResourcesErr: `insufficient resources`.
    pub const INSUFFICIENT_RESOURCES: Self = Self(10023);
    /// JSInvalidJSONErr: `invalid JSON: {err}`.
    pub const INVALID_JSON: Self = Self(10025);
    /// JSMaximumConsumersLimitErr: `maximum consumers limit reached`.
    pub const MAXIMUM_CONSUMERS_LIMIT: Self = Self(10026);
    /// JSMaximumStreamsLimitErr: `maximum number of streams reached`.
    pub const MAXIMUM_STREAMS_LIMIT: Self = Self(10027);
    /// JSMemoryResourcesExceededErr: `insufficient memory resources available`.
    pub const MEMORY_RESOURCES_EXCEEDED: Self = Self(10028);
    /// JSMessageCounterBrokenErr: `message counter is broken`.
    pub const MESSAGE_COUNTER_BROKEN: Self = Self(10172);
    /// JSMessageIncrDisabledErr: `message counters is disabled`.
    pub const MESSAGE_INCR_DISABLED: Self = Self(10168);
    /// JSMessageIncrInvalidErr: `message counter increment is invalid`.
    pub const MESSAGE_INCR_INVALID: Self = Self(10171);
    /// JSMessageIncrMissingErr: `message counter increment is missing`.
    pub const MESSAGE_INCR_MISSING: Self = Self(10169);
    /// JSMessageIncrPayloadErr: `message counter has payload`.
    pub const MESSAGE_INCR_PAYLOAD: Self = Self(10170);
    /// JSMessageSchedulesDisabledErr: `message schedules is disabled`.
    pub const MESSAGE_SCHEDULES_DISABLED: Self = Self(10188);
    /// JSMessageSchedulesPatternInvalidErr: `message schedules pattern is invalid`.
    pub const MESSAGE_SCHEDULES_PATTERN_INVALID: Self = Self(10189);
    /// JSMessageSchedulesRollupInvalidErr: `message schedules invalid rollup`.
    pub const MESSAGE_SCHEDULES_ROLLUP_INVALID: Self = Self(10192);
    /// JSMessageSchedulesSourceInvalidErr: `message schedules source is invalid`.
    pub const MESSAGE_SCHEDULES_SOURCE_INVALID: Self = Self(10203);
    /// JSMessageSchedulesTTLInvalidErr: `message schedules invalid per-message TTL`.
    pub const MESSAGE_SCHEDULES_TTL_INVALID: Self = Self(10191);
    /// JSMessageSchedulesTargetInvalidErr: `message schedules target is invalid`.
    pub const MESSAGE_SCHEDULES_TARGET_INVALID: Self = Self(10190);
    /// JSMessageTTLDisabledErr: `per-message TTL is disabled`.
    pub const MESSAGE_TTL_DISABLED: Self = Self(10166);
    /// JSMessageTTLInvalidErr: `invalid per-message TTL`.
    pub const MESSAGE_TTL_INVALID: Self = Self(10165);
    /// JSMirrorConsumerSetupFailedErrF: `{err}`.
    pub const MIRROR_CONSUMER_SETUP_FAILED: Self = Self(10029);
    /// JSMirrorInvalidStreamName: `mirrored stream name is invalid`.
    pub const MIRROR_INVALID_STREAM_NAME: Self = Self(10142);
    /// JSMirrorInvalidSubjectFilter: `mirror transform source: {err}`.
    pub const MIRROR_INVALID_SUBJECT_FILTER: Self = Self(10151);
    /// JSMirrorInvalidTransformDestination: `mirror transform: {err}`.
    pub const MIRROR_INVALID_TRANSFORM_DESTINATION: Self = Self(10154);
    /// JSMirrorMaxMessageSizeTooBigErr: `stream mirror must have max message size >= source`.
    pub const MIRROR_MAX_MESSAGE_SIZE_TOO_BIG: Self = Self(10030);
    /// JSMirrorMultipleFiltersNotAllowed: `mirror with multiple subject transforms cannot also have a single subject filter`.
    pub const MIRROR_MULTIPLE_FILTERS_NOT_ALLOWED: Self = Self(10150);
    /// JSMirrorOverlappingSubjectFilters: `mirror subject filters can not overlap`.
    pub const MIRROR_OVERLAPPING_SUBJECT_FILTERS: Self = Self(10152);
    /// JSMirrorWithAtomicPublishErr: `stream mirrors can not also use atomic publishing`.
    pub const MIRROR_WITH_ATOMIC_PUBLISH: Self = Self(10198);
    /// JSMirrorWithCountersErr: `stream mirrors can not also calculate counters`.
    pub const MIRROR_WITH_COUNTERS: Self = Self(10173);
    /// JSMirrorWithFirstSeqErr: `stream mirrors can not have first sequence configured`.
    pub const MIRROR_WITH_FIRST_SEQ: Self = Self(10143);
    /// JSMirrorWithMsgSchedulesErr: `stream mirrors can not also schedule messages`.
    pub const MIRROR_WITH_MSG_SCHEDULES: Self = Self(10186);
    /// JSMirrorWithSourcesErr: `stream mirrors can not also contain other sources`.
    pub const MIRROR_WITH_SOURCES: Self = Self(10031);
    /// JSMirrorWithStartSeqAndTimeErr: `stream mirrors can not have both start seq and start time configured`.
    pub const MIRROR_WITH_START_SEQ_AND_TIME: Self = Self(10032);
    /// JSMirrorWithSubjectFiltersErr: `stream mirrors can not contain filtered subjects`.
    pub const MIRROR_WITH_SUBJECT_FILTERS: Self = Self(10033);
    /// JSMirrorWithSubjectsErr: `stream mirrors can not contain subjects`.
    pub const MIRROR_WITH_SUBJECTS: Self = Self(10034);
    /// JSNoAccountErr: `account not found`.
    pub const NO_ACCOUNT: Self = Self(10035);
    /// JSNoLimitsErr: `no JetStream default or applicable tiered limit present`.
    pub const NO_LIMITS: Self = Self(10120);
    /// JSNoMessageFoundErr: `no message found`.
    pub const NO_MESSAGE_FOUND: Self = Self(10037);
    /// JSNotEmptyRequestErr: `expected an empty request payload`.
    pub const NOT_EMPTY_REQUEST: Self = Self(10038);
    /// JSNotEnabledErr: `JetStream not enabled`.
    pub const NOT_ENABLED: Self = Self(10076);
    /// JSNotEnabledForAccountErr: `JetStream not enabled for account`.
    pub const NOT_ENABLED_FOR_ACCOUNT: Self = Self(10039);
    /// JSPedanticErrF: `pedantic mode: {err}`.
    pub const PEDANTIC: Self = Self(10157);
    /// JSPeerRemapErr: `peer remap failed`.
    pub const PEER_REMAP: Self = Self(10075);
    /// JSRaftGeneralErrF: `{err}`.
    pub const RAFT_GENERAL: Self = Self(10041);
    /// JSReplicasCountCannotBeNegative: `replicas count cannot be negative`.
    pub const REPLICAS_COUNT_CANNOT_BE_NEGATIVE: Self = Self(10133);
    /// JSRequiredApiLevelErr: `JetStream minimum api level required`.
    pub const REQUIRED_API_LEVEL: Self = Self(10185);
    /// JSRestoreSubscribeFailedErrF: `JetStream unable to subscribe to restore snapshot {subject}: {err}`.
    pub const RESTORE_SUBSCRIBE_FAILED: Self = Self(10042);
    /// JSSequenceNotFoundErrF: `sequence {seq} not found`.
    pub const SEQUENCE_NOT_FOUND: Self = Self(10043);
    /// JSSnapshotDeliverSubjectInvalidErr: `deliver subject not valid`.
    pub const SNAPSHOT_DELIVER_SUBJECT_INVALID: Self = Self(10015);
    /// JSSourceConsumerSetupFailedErrF: `{err}`.
    pub const SOURCE_CONSUMER_SETUP_FAILED: Self = Self(10045);
    /// JSSourceDuplicateDetected: `duplicate source configuration detected`.
    pub const SOURCE_DUPLICATE_DETECTED: Self = Self(10140);
    /// JSSourceInvalidStreamName: `sourced stream name is invalid`.
    pub const SOURCE_INVALID_STREAM_NAME: Self = Self(10141);
    /// JSSourceInvalidSubjectFilter: `source transform source: {err}`.
    pub const SOURCE_INVALID_SUBJECT_FILTER: Self = Self(10145);
    /// JSSourceInvalidTransformDestination: `source transform: {err}`.
    pub const SOURCE_INVALID_TRANSFORM_DESTINATION: Self = Self(10146);
    /// JSSourceMaxMessageSizeTooBigErr: `stream source must have max message size >= target`.
    pub const SOURCE_MAX_MESSAGE_SIZE_TOO_BIG: Self = Self(10046);
    /// JSSourceMultipleFiltersNotAllowed: `source with multiple subject transforms cannot also have a single subject filter`.
    pub const SOURCE_MULTIPLE_FILTERS_NOT_ALLOWED: Self = Self(10144);
    /// JSSourceOverlappingSubjectFilters: `source filters can not overlap`.
    pub const SOURCE_OVERLAPPING_SUBJECT_FILTERS: Self = Self(10147);
    /// JSSourceWithMsgSchedulesErr: `stream source can not also schedule messages`.
    pub const SOURCE_WITH_MSG_SCHEDULES: Self = Self(10187);
    /// JSStorageResourcesExceededErr: `insufficient storage resources available`.
    pub const STORAGE_RESOURCES_EXCEEDED: Self = Self(10047);
    /// JSStreamAssignmentErrF: `{err}`.
    pub const STREAM_ASSIGNMENT: Self = Self(10048);
    /// JSStreamCreateErrF: `{err}`.
    pub const STREAM_CREATE: Self = Self(10049);
    /// JSStreamDeleteErrF: `{err}`.
    pub const STREAM_DELETE: Self = Self(10050);
    /// JSStreamDuplicateMessageConflict: `duplicate message id is in process`.
    pub const STREAM_DUPLICATE_MESSAGE_CONFLICT: Self = Self(10158);
    /// JSStreamExpectedLastSeqPerSubjectInvalid: `missing sequence for expected last sequence per subject`.
    pub const STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_INVALID: Self = Self(10193);
    /// JSStreamExpectedLastSeqPerSubjectNotReady: `expected last sequence per subject temporarily unavailable`.
    pub const STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY: Self = Self(10163);
    /// JSStreamExternalApiOverlapErrF: `stream external api prefix {prefix} must not overlap with {subject}`.
    pub const STREAM_EXTERNAL_API_OVERLAP: Self = Self(10021);
    /// JSStreamExternalDelPrefixOverlapsErrF: `stream external delivery prefix {prefix} overlaps with stream subject {subject}`.
    pub const STREAM_EXTERNAL_DEL_PREFIX_OVERLAPS: Self = Self(10022);
    /// JSStreamGeneralErrorF: `{err}`.
    pub const STREAM_GENERAL: Self = Self(10051);
    /// JSStreamHeaderExceedsMaximumErr: `header size exceeds maximum allowed of 64k`.
    pub const STREAM_HEADER_EXCEEDS_MAXIMUM: Self = Self(10097);
    /// JSStreamInfoMaxSubjectsErr: `subject details would exceed maximum allowed`.
    pub const STREAM_INFO_MAX_SUBJECTS: Self = Self(10117);
    /// JSStreamInvalidConfigF: `{err}`.
    pub const STREAM_INVALID_CONFIG: Self = Self(10052);
    /// JSStreamInvalidErr: `stream not valid`.
    pub const STREAM_INVALID: Self = Self(10096);
    /// JSStreamInvalidExternalDeliverySubjErrF: `stream external delivery prefix {prefix} must not contain wildcards`.
    pub const STREAM_INVALID_EXTERNAL_DELIVERY_SUBJ: Self = Self(10024);
    /// JSStreamLimitsErrF: `{err}`.
    pub const STREAM_LIMITS: Self = Self(10053);
    /// JSStreamMaxBytesRequired: `account requires a stream config to have max bytes set`.
    pub const STREAM_MAX_BYTES_REQUIRED: Self = Self(10113);
    /// JSStreamMaxStreamBytesExceeded: `stream max bytes exceeds account limit max stream bytes`.
    pub const STREAM_MAX_STREAM_BYTES_EXCEEDED: Self = Self(10122);
    /// JSStreamMessageExceedsMaximumErr: `message size exceeds maximum allowed`.
    pub const STREAM_MESSAGE_EXCEEDS_MAXIMUM: Self = Self(10054);
    /// JSStreamMinLastSeqErr: `min last sequence`.
    pub const STREAM_MIN_LAST_SEQ: Self = Self(10180);
    /// JSStreamMirrorNotUpdatableErr: `stream mirror configuration can not be updated`.
    pub const STREAM_MIRROR_NOT_UPDATABLE: Self = Self(10055);
    /// JSStreamMismatchErr: `stream name in subject does not match request`.
    pub const STREAM_MISMATCH: Self = Self(10056);
    /// JSStreamMoveAndScaleErr: `can not move and scale a stream in a single update`.
    pub const STREAM_MOVE_AND_SCALE: Self = Self(10123);
    /// JSStreamMoveInProgressF: `stream move already in progress: {msg}`.
    pub const STREAM_MOVE_IN_PROGRESS: Self = Self(10124);
    /// JSStreamMoveNotInProgress: `stream move not in progress`.
    pub const STREAM_MOVE_NOT_IN_PROGRESS: Self = Self(10129);
    /// JSStreamMsgDeleteFailedF: `{err}`.
    pub const STREAM_MSG_DELETE_FAILED: Self = Self(10057);
    /// JSStreamNameContainsPathSeparatorsErr: `Stream name can not contain path separators`.
    pub const STREAM_NAME_CONTAINS_PATH_SEPARATORS: Self = Self(10128);
    /// JSStreamNameExistErr: `stream name already in use with a different configuration`.
    pub const STREAM_NAME_EXIST: Self = Self(10058);
    /// JSStreamNameExistRestoreFailedErr: `stream name already in use, cannot restore`.
    pub const STREAM_NAME_EXIST_RESTORE_FAILED: Self = Self(10130);
    /// JSStreamNotFoundErr: `stream not found`.
    pub const STREAM_NOT_FOUND: Self = Self(10059);
    /// JSStreamNotMatchErr: `expected stream does not match`.
    pub const STREAM_NOT_MATCH: Self = Self(10060);
    /// JSStreamOfflineErr: `stream is offline`.
    pub const STREAM_OFFLINE: Self = Self(10118);
    /// JSStreamOfflineReasonErrF: `stream is offline: {err}`.
    pub const STREAM_OFFLINE_REASON: Self = Self(10194);
    /// JSStreamPurgeFailedF: `{err}`.
    pub const STREAM_PURGE_FAILED: Self = Self(10110);
    /// JSStreamReplicasNotSupportedErr: `replicas > 1 not supported in non-clustered mode`.
    pub const STREAM_REPLICAS_NOT_SUPPORTED: Self = Self(10074);
    /// JSStreamReplicasNotUpdatableErr: `Replicas configuration can not be updated`.
    pub const STREAM_REPLICAS_NOT_UPDATABLE: Self = Self(10061);
    /// JSStreamRestoreErrF: `restore failed: {err}`.
    pub const STREAM_RESTORE: Self = Self(10062);
    /// JSStreamRollupFailedF: `{err}`.
    pub const STREAM_ROLLUP_FAILED: Self = Self(10111);
    /// JSStreamSealedErr: `invalid operation on sealed stream`.
    pub const STREAM_SEALED: Self = Self(10109);
    /// JSStreamSequenceNotMatchErr: `expected stream sequence does not match`.
    pub const STREAM_SEQUENCE_NOT_MATCH: Self = Self(10063);
    /// JSStreamSnapshotErrF: `snapshot failed: {err}`.
    pub const STREAM_SNAPSHOT: Self = Self(10064);
    /// JSStreamStoreFailedF: `{err}`.
    pub const STREAM_STORE_FAILED: Self = Self(10077);
    /// JSStreamSubjectOverlapErr: `subjects overlap with an existing stream`.
    pub const STREAM_SUBJECT_OVERLAP: Self = Self(10065);
    /// JSStreamTemplateCreateErrF: `{err}`.
    pub const STREAM_TEMPLATE_CREATE: Self = Self(10066);
    /// JSStreamTemplateDeleteErrF: `{err}`.
    pub const STREAM_TEMPLATE_DELETE: Self = Self(10067);
    /// JSStreamTemplateNotFoundErr: `template not found`.
    pub const STREAM_TEMPLATE_NOT_FOUND: Self = Self(10068);
    /// JSStreamTooManyRequests: `too many requests`.
    pub const STREAM_TOO_MANY_REQUESTS: Self = Self(10167);
    /// JSStreamTransformInvalidDestination: `stream transform: {err}`.
    pub const STREAM_TRANSFORM_INVALID_DESTINATION: Self = Self(10156);
    /// JSStreamTransformInvalidSource: `stream transform source: {err}`.
    pub const STREAM_TRANSFORM_INVALID_SOURCE: Self = Self(10155);
    /// JSStreamUpdateErrF: `{err}`.
    pub const STREAM_UPDATE: Self = Self(10069);
    /// JSStreamWrongLastMsgIDErrF: `wrong last msg ID: {id}`.
    pub const STREAM_WRONG_LAST_MSG_ID: Self = Self(10070);
    /// JSStreamWrongLastSequenceConstantErr: `wrong last sequence`.
    pub const STREAM_WRONG_LAST_SEQUENCE_CONSTANT: Self = Self(10164);
    /// JSStreamWrongLastSequenceErrF: `wrong last sequence: {seq}`.
    pub const STREAM_WRONG_LAST_SEQUENCE: Self = Self(10071);
    /// JSTempStorageFailedErr: `JetStream unable to open temp storage for restore`.
    pub const TEMP_STORAGE_FAILED: Self = Self(10072);
    /// JSTemplateNameNotMatchSubjectErr: `template name in subject does not match request`.
    pub const TEMPLATE_NAME_NOT_MATCH_SUBJECT: Self = Self(10073);
}

impl ApiError {
    /// `resource limits exceeded for account`
    /// (JSAccountResourcesExceededErr, 10002).
    #[must_use]
    pub fn account_resources_exceeded() -> Self {
        Self::known(ErrorId::ACCOUNT_RESOURCES_EXCEEDED)
    }

    /// `atomic publish batch contains duplicate message id`
    /// (JSAtomicPublishContainsDuplicateMessageErr, 10201).
    #[must_use]
    pub fn atomic_publish_contains_duplicate_message() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_CONTAINS_DUPLICATE_MESSAGE)
    }

    /// `atomic publish is disabled`
    /// (JSAtomicPublishDisabledErr, 10174).
    #[must_use]
    pub fn atomic_publish_disabled() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_DISABLED)
    }

    /// `atomic publish batch is incomplete`
    /// (JSAtomicPublishIncompleteBatchErr, 10176).
    #[must_use]
    pub fn atomic_publish_incomplete_batch() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_INCOMPLETE_BATCH)
    }

    /// `atomic publish batch commit is invalid`
    /// (JSAtomicPublishInvalidBatchCommitErr, 10200).
    #[must_use]
    pub fn atomic_publish_invalid_batch_commit() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_INVALID_BATCH_COMMIT)
    }

    /// `atomic publish batch ID is invalid`
    /// (JSAtomicPublishInvalidBatchIDErr, 10179).
    #[must_use]
    pub fn atomic_publish_invalid_batch_id() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_INVALID_BATCH_ID)
    }

    /// `atomic publish sequence is missing`
    /// (JSAtomicPublishMissingSeqErr, 10175).
    #[must_use]
    pub fn atomic_publish_missing_seq() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_MISSING_SEQ)
    }

    /// `atomic publish batch is too large: {size}`
    /// (JSAtomicPublishTooLargeBatchErrF, 10199).
    #[must_use]
    pub fn atomic_publish_too_large_batch(size: impl Display) -> Self {
        Self::filled(ErrorId::ATOMIC_PUBLISH_TOO_LARGE_BATCH, &[("size", &size)])
    }

    /// `atomic publish unsupported header used: {header}`
    /// (JSAtomicPublishUnsupportedHeaderBatchErr, 10177).
    #[must_use]
    pub fn atomic_publish_unsupported_header_batch(header: impl Display) -> Self {
        Self::filled(
            ErrorId::ATOMIC_PUBLISH_UNSUPPORTED_HEADER_BATCH,
            &[("header", &header)],
        )
    }

    /// `bad request`
    /// (JSBadRequestErr, 10003).
    #[must_use]
    pub fn bad_request() -> Self {
        Self::known(ErrorId::BAD_REQUEST)
    }

    /// `incomplete results`
    /// (JSClusterIncompleteErr, 10004).
    #[must_use]
    pub fn cluster_incomplete() -> Self {
        Self::known(ErrorId::CLUSTER_INCOMPLETE)
    }

    /// `{err}`: Error causing no peers to be available
    /// (JSClusterNoPeersErrF, 10005).
    #[must_use]
    pub fn cluster_no_peers(err: impl Display) -> Self {
        Self::filled(ErrorId::CLUSTER_NO_PEERS, &[("err", &err)])
    }

    /// `JetStream not in clustered mode`
    /// (JSClusterNotActiveErr, 10006).
    #[must_use]
    pub fn cluster_not_active() -> Self {
        Self::known(ErrorId::CLUSTER_NOT_ACTIVE)
    }

    /// `JetStream cluster not assigned to this server`
    /// (JSClusterNotAssignedErr, 10007).
    #[must_use]
    pub fn cluster_not_assigned() -> Self {
        Self::known(ErrorId::CLUSTER_NOT_ASSIGNED)
    }

    /// `JetStream system temporarily unavailable`
    /// (JSClusterNotAvailErr, 10008).
    #[must_use]
    pub fn cluster_not_avail() -> Self {
        Self::known(ErrorId::CLUSTER_NOT_AVAIL)
    }

    /// `JetStream cluster can not handle request`
    /// (JSClusterNotLeaderErr, 10009).
    #[must_use]
    pub fn cluster_not_leader() -> Self {
        Self::known(ErrorId::CLUSTER_NOT_LEADER)
    }

    /// `peer not a member`
    /// (JSClusterPeerNotMemberErr, 10040).
    #[must_use]
    pub fn cluster_peer_not_member() -> Self {
        Self::known(ErrorId::CLUSTER_PEER_NOT_MEMBER)
    }

    /// `JetStream clustering support required`
    /// (JSClusterRequiredErr, 10010).
    #[must_use]
    pub fn cluster_required() -> Self {
        Self::known(ErrorId::CLUSTER_REQUIRED)
    }

    /// `cluster member change is in progress`
    /// (JSClusterServerMemberChangeInflightErr, 10202).
    #[must_use]
    pub fn cluster_server_member_change_inflight() -> Self {
        Self::known(ErrorId::CLUSTER_SERVER_MEMBER_CHANGE_INFLIGHT)
    }

    /// `server is not a member of the cluster`
    /// (JSClusterServerNotMemberErr, 10044).
    #[must_use]
    pub fn cluster_server_not_member() -> Self {
        Self::known(ErrorId::CLUSTER_SERVER_NOT_MEMBER)
    }

    /// `tags placement not supported for operation`
    /// (JSClusterTagsErr, 10011).
    #[must_use]
    pub fn cluster_tags() -> Self {
        Self::known(ErrorId::CLUSTER_TAGS)
    }

    /// `not currently supported in clustered mode`
    /// (JSClusterUnSupportFeatureErr, 10036).
    #[must_use]
    pub fn cluster_un_support_feature() -> Self {
        Self::known(ErrorId::CLUSTER_UN_SUPPORT_FEATURE)
    }

    /// `consumer ack policy invalid`
    /// (JSConsumerAckPolicyInvalidErr, 10181).
    #[must_use]
    pub fn consumer_ack_policy_invalid() -> Self {
        Self::known(ErrorId::CONSUMER_ACK_POLICY_INVALID)
    }

    /// `consumer ack wait needs to be positive`
    /// (JSConsumerAckWaitNegativeErr, 10183).
    #[must_use]
    pub fn consumer_ack_wait_negative() -> Self {
        Self::known(ErrorId::CONSUMER_ACK_WAIT_NEGATIVE)
    }

    /// `consumer already exists`: action CREATE is used for a existing consumer with a different config
    /// (JSConsumerAlreadyExists, 10148).
    #[must_use]
    pub fn consumer_already_exists() -> Self {
        Self::known(ErrorId::CONSUMER_ALREADY_EXISTS)
    }

    /// `consumer backoff needs to be positive`
    /// (JSConsumerBackOffNegativeErr, 10184).
    #[must_use]
    pub fn consumer_back_off_negative() -> Self {
        Self::known(ErrorId::CONSUMER_BACK_OFF_NEGATIVE)
    }

    /// `durable name can not contain '.', '*', '>'`
    /// (JSConsumerBadDurableNameErr, 10103).
    #[must_use]
    pub fn consumer_bad_durable_name() -> Self {
        Self::known(ErrorId::CONSUMER_BAD_DURABLE_NAME)
    }

    /// `consumer config required`
    /// (JSConsumerConfigRequiredErr, 10078).
    #[must_use]
    pub fn consumer_config_required() -> Self {
        Self::known(ErrorId::CONSUMER_CONFIG_REQUIRED)
    }

    /// `Consumer Durable and Name have to be equal if both are provided`
    /// (JSConsumerCreateDurableAndNameMismatch, 10132).
    #[must_use]
    pub fn consumer_create_durable_and_name_mismatch() -> Self {
        Self::known(ErrorId::CONSUMER_CREATE_DURABLE_AND_NAME_MISMATCH)
    }

    /// `{err}`
    /// (JSConsumerCreateErrF, 10012).
    #[must_use]
    pub fn consumer_create(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_CREATE, &[("err", &err)])
    }

    /// `Consumer create request did not match filtered subject from create subject`
    /// (JSConsumerCreateFilterSubjectMismatchErr, 10131).
    #[must_use]
    pub fn consumer_create_filter_subject_mismatch() -> Self {
        Self::known(ErrorId::CONSUMER_CREATE_FILTER_SUBJECT_MISMATCH)
    }

    /// `consumer deliver subject forms a cycle`
    /// (JSConsumerDeliverCycleErr, 10081).
    #[must_use]
    pub fn consumer_deliver_cycle() -> Self {
        Self::known(ErrorId::CONSUMER_DELIVER_CYCLE)
    }

    /// `consumer deliver subject has wildcards`
    /// (JSConsumerDeliverToWildcardsErr, 10079).
    #[must_use]
    pub fn consumer_deliver_to_wildcards() -> Self {
        Self::known(ErrorId::CONSUMER_DELIVER_TO_WILDCARDS)
    }

    /// `consumer description is too long, maximum allowed is {max}`
    /// (JSConsumerDescriptionTooLongErrF, 10107).
    #[must_use]
    pub fn consumer_description_too_long(max: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_DESCRIPTION_TOO_LONG, &[("max", &max)])
    }

    /// `consumer direct requires an ephemeral consumer`
    /// (JSConsumerDirectRequiresEphemeralErr, 10091).
    #[must_use]
    pub fn consumer_direct_requires_ephemeral() -> Self {
        Self::known(ErrorId::CONSUMER_DIRECT_REQUIRES_EPHEMERAL)
    }

    /// `consumer direct requires a push based consumer`
    /// (JSConsumerDirectRequiresPushErr, 10090).
    #[must_use]
    pub fn consumer_direct_requires_push() -> Self {
        Self::known(ErrorId::CONSUMER_DIRECT_REQUIRES_PUSH)
    }

    /// `consumer does not exist`: action UPDATE is used for a nonexisting consumer
    /// (JSConsumerDoesNotExist, 10149).
    #[must_use]
    pub fn consumer_does_not_exist() -> Self {
        Self::known(ErrorId::CONSUMER_DOES_NOT_EXIST)
    }

    /// `consumer cannot have both FilterSubject and FilterSubjects specified`
    /// (JSConsumerDuplicateFilterSubjects, 10136).
    #[must_use]
    pub fn consumer_duplicate_filter_subjects() -> Self {
        Self::known(ErrorId::CONSUMER_DUPLICATE_FILTER_SUBJECTS)
    }

    /// `consumer expected to be durable but no durable name set in subject`
    /// (JSConsumerDurableNameNotInSubjectErr, 10016).
    #[must_use]
    pub fn consumer_durable_name_not_in_subject() -> Self {
        Self::known(ErrorId::CONSUMER_DURABLE_NAME_NOT_IN_SUBJECT)
    }

    /// `consumer name in subject does not match durable name in request`
    /// (JSConsumerDurableNameNotMatchSubjectErr, 10017).
    #[must_use]
    pub fn consumer_durable_name_not_match_subject() -> Self {
        Self::known(ErrorId::CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT)
    }

    /// `consumer expected to be durable but a durable name was not set`
    /// (JSConsumerDurableNameNotSetErr, 10018).
    #[must_use]
    pub fn consumer_durable_name_not_set() -> Self {
        Self::known(ErrorId::CONSUMER_DURABLE_NAME_NOT_SET)
    }

    /// `consumer filter in FilterSubjects cannot be empty`
    /// (JSConsumerEmptyFilter, 10139).
    #[must_use]
    pub fn consumer_empty_filter() -> Self {
        Self::known(ErrorId::CONSUMER_EMPTY_FILTER)
    }

    /// `Group name cannot be an empty string`
    /// (JSConsumerEmptyGroupName, 10161).
    #[must_use]
    pub fn consumer_empty_group_name() -> Self {
        Self::known(ErrorId::CONSUMER_EMPTY_GROUP_NAME)
    }

    /// `consumer expected to be ephemeral but detected a durable name set in subject`
    /// (JSConsumerEphemeralWithDurableInSubjectErr, 10019).
    #[must_use]
    pub fn consumer_ephemeral_with_durable_in_subject() -> Self {
        Self::known(ErrorId::CONSUMER_EPHEMERAL_WITH_DURABLE_IN_SUBJECT)
    }

    /// `consumer expected to be ephemeral but a durable name was set in request`
    /// (JSConsumerEphemeralWithDurableNameErr, 10020).
    #[must_use]
    pub fn consumer_ephemeral_with_durable_name() -> Self {
        Self::known(ErrorId::CONSUMER_EPHEMERAL_WITH_DURABLE_NAME)
    }

    /// `consumer already exists and is still active`
    /// (JSConsumerExistingActiveErr, 10105).
    #[must_use]
    pub fn consumer_existing_active() -> Self {
        Self::known(ErrorId::CONSUMER_EXISTING_ACTIVE)
    }

    /// `consumer flow control requires a push based consumer`
    /// (JSConsumerFCRequiresPushErr, 10089).
    #[must_use]
    pub fn consumer_fc_requires_push() -> Self {
        Self::known(ErrorId::CONSUMER_FC_REQUIRES_PUSH)
    }

    /// `consumer filter subject is not a valid subset of the interest subjects`
    /// (JSConsumerFilterNotSubsetErr, 10093).
    #[must_use]
    pub fn consumer_filter_not_subset() -> Self {
        Self::known(ErrorId::CONSUMER_FILTER_NOT_SUBSET)
    }

    /// `consumer idle heartbeat requires a push based consumer`
    /// (JSConsumerHBRequiresPushErr, 10088).
    #[must_use]
    pub fn consumer_hb_requires_push() -> Self {
        Self::known(ErrorId::CONSUMER_HB_REQUIRES_PUSH)
    }

    /// `consumer inactive threshold exceeds system limit of {limit}`
    /// (JSConsumerInactiveThresholdExcess, 10153).
    #[must_use]
    pub fn consumer_inactive_threshold_excess(limit: impl Display) -> Self {
        Self::filled(
            ErrorId::CONSUMER_INACTIVE_THRESHOLD_EXCESS,
            &[("limit", &limit)],
        )
    }

    /// `invalid push consumer deliver subject`
    /// (JSConsumerInvalidDeliverSubject, 10112).
    #[must_use]
    pub fn consumer_invalid_deliver_subject() -> Self {
        Self::known(ErrorId::CONSUMER_INVALID_DELIVER_SUBJECT)
    }

    /// `Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters`
    /// (JSConsumerInvalidGroupNameErr, 10162).
    #[must_use]
    pub fn consumer_invalid_group_name() -> Self {
        Self::known(ErrorId::CONSUMER_INVALID_GROUP_NAME)
    }

    /// `{err}`
    /// (JSConsumerInvalidPolicyErrF, 10094).
    #[must_use]
    pub fn consumer_invalid_policy(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_INVALID_POLICY, &[("err", &err)])
    }

    /// `Provided priority group does not exist for this consumer`
    /// (JSConsumerInvalidPriorityGroupErr, 10160).
    #[must_use]
    pub fn consumer_invalid_priority_group() -> Self {
        Self::known(ErrorId::CONSUMER_INVALID_PRIORITY_GROUP)
    }

    /// `invalid reset: {err}`
    /// (JSConsumerInvalidResetErr, 10204).
    #[must_use]
    pub fn consumer_invalid_reset(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_INVALID_RESET, &[("err", &err)])
    }

    /// `failed to parse consumer sampling configuration: {err}`
    /// (JSConsumerInvalidSamplingErrF, 10095).
    #[must_use]
    pub fn consumer_invalid_sampling(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_INVALID_SAMPLING, &[("err", &err)])
    }

    /// `max deliver is required to be > length of backoff values`
    /// (JSConsumerMaxDeliverBackoffErr, 10116).
    #[must_use]
    pub fn consumer_max_deliver_backoff() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_DELIVER_BACKOFF)
    }

    /// `consumer max ack pending exceeds system limit of {limit}`
    /// (JSConsumerMaxPendingAckExcessErrF, 10121).
    #[must_use]
    pub fn consumer_max_pending_ack_excess(limit: impl Display) -> Self {
        Self::filled(
            ErrorId::CONSUMER_MAX_PENDING_ACK_EXCESS,
            &[("limit", &limit)],
        )
    }

    /// `consumer requires ack policy for max ack pending`
    /// (JSConsumerMaxPendingAckPolicyRequiredErr, 10082).
    #[must_use]
    pub fn consumer_max_pending_ack_policy_required() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_PENDING_ACK_POLICY_REQUIRED)
    }

    /// `consumer max request batch exceeds server limit of {limit}`
    /// (JSConsumerMaxRequestBatchExceededF, 10125).
    #[must_use]
    pub fn consumer_max_request_batch_exceeded(limit: impl Display) -> Self {
        Self::filled(
            ErrorId::CONSUMER_MAX_REQUEST_BATCH_EXCEEDED,
            &[("limit", &limit)],
        )
    }

    /// `consumer max request batch needs to be > 0`
    /// (JSConsumerMaxRequestBatchNegativeErr, 10114).
    #[must_use]
    pub fn consumer_max_request_batch_negative() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_REQUEST_BATCH_NEGATIVE)
    }

    /// `consumer max request expires needs to be >= 1ms`
    /// (JSConsumerMaxRequestExpiresTooSmall, 10115).
    #[must_use]
    pub fn consumer_max_request_expires_too_small() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_REQUEST_EXPIRES_TOO_SMALL)
    }

    /// `consumer max waiting needs to be positive`
    /// (JSConsumerMaxWaitingNegativeErr, 10087).
    #[must_use]
    pub fn consumer_max_waiting_negative() -> Self {
        Self::known(ErrorId::CONSUMER_MAX_WAITING_NEGATIVE)
    }

    /// `consumer metadata exceeds maximum size of {limit}`
    /// (JSConsumerMetadataLengthErrF, 10135).
    #[must_use]
    pub fn consumer_metadata_length(limit: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_METADATA_LENGTH, &[("limit", &limit)])
    }

    /// `consumer with multiple subject filters cannot use subject based API`
    /// (JSConsumerMultipleFiltersNotAllowed, 10137).
    #[must_use]
    pub fn consumer_multiple_filters_not_allowed() -> Self {
        Self::known(ErrorId::CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED)
    }

    /// `Consumer name can not contain path separators`
    /// (JSConsumerNameContainsPathSeparatorsErr, 10127).
    #[must_use]
    pub fn consumer_name_contains_path_separators() -> Self {
        Self::known(ErrorId::CONSUMER_NAME_CONTAINS_PATH_SEPARATORS)
    }

    /// `consumer name already in use`
    /// (JSConsumerNameExistErr, 10013).
    #[must_use]
    pub fn consumer_name_exist() -> Self {
        Self::known(ErrorId::CONSUMER_NAME_EXIST)
    }

    /// `consumer name is too long, maximum allowed is {max}`
    /// (JSConsumerNameTooLongErrF, 10102).
    #[must_use]
    pub fn consumer_name_too_long(max: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_NAME_TOO_LONG, &[("max", &max)])
    }

    /// `consumer not found`
    /// (JSConsumerNotFoundErr, 10014).
    #[must_use]
    pub fn consumer_not_found() -> Self {
        Self::known(ErrorId::CONSUMER_NOT_FOUND)
    }

    /// `consumer is offline`
    /// (JSConsumerOfflineErr, 10119).
    #[must_use]
    pub fn consumer_offline() -> Self {
        Self::known(ErrorId::CONSUMER_OFFLINE)
    }

    /// `consumer is offline: {err}`
    /// (JSConsumerOfflineReasonErrF, 10195).
    #[must_use]
    pub fn consumer_offline_reason(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_OFFLINE_REASON, &[("err", &err)])
    }

    /// `consumer direct on a mapped consumer`
    /// (JSConsumerOnMappedErr, 10092).
    #[must_use]
    pub fn consumer_on_mapped() -> Self {
        Self::known(ErrorId::CONSUMER_ON_MAPPED)
    }

    /// `consumer subject filters cannot overlap`
    /// (JSConsumerOverlappingSubjectFilters, 10138).
    #[must_use]
    pub fn consumer_overlapping_subject_filters() -> Self {
        Self::known(ErrorId::CONSUMER_OVERLAPPING_SUBJECT_FILTERS)
    }

    /// `PinnedTTL cannot be set when PriorityPolicy is none`
    /// (JSConsumerPinnedTTLWithoutPriorityPolicyNone, 10197).
    #[must_use]
    pub fn consumer_pinned_ttl_without_priority_policy_none() -> Self {
        Self::known(ErrorId::CONSUMER_PINNED_TTL_WITHOUT_PRIORITY_POLICY_NONE)
    }

    /// `consumer can not have priority groups when policy is none`
    /// (JSConsumerPriorityGroupWithPolicyNone, 10196).
    #[must_use]
    pub fn consumer_priority_group_with_policy_none() -> Self {
        Self::known(ErrorId::CONSUMER_PRIORITY_GROUP_WITH_POLICY_NONE)
    }

    /// `Setting PriorityPolicy requires at least one PriorityGroup to be set`
    /// (JSConsumerPriorityPolicyWithoutGroup, 10159).
    #[must_use]
    pub fn consumer_priority_policy_without_group() -> Self {
        Self::known(ErrorId::CONSUMER_PRIORITY_POLICY_WITHOUT_GROUP)
    }

    /// `consumer in pull mode requires a durable name`
    /// (JSConsumerPullNotDurableErr, 10085).
    #[must_use]
    pub fn consumer_pull_not_durable() -> Self {
        Self::known(ErrorId::CONSUMER_PULL_NOT_DURABLE)
    }

    /// `consumer in pull mode requires explicit ack policy on workqueue stream`
    /// (JSConsumerPullRequiresAckErr, 10084).
    #[must_use]
    pub fn consumer_pull_requires_ack() -> Self {
        Self::known(ErrorId::CONSUMER_PULL_REQUIRES_ACK)
    }

    /// `consumer in pull mode can not have rate limit set`
    /// (JSConsumerPullWithRateLimitErr, 10086).
    #[must_use]
    pub fn consumer_pull_with_rate_limit() -> Self {
        Self::known(ErrorId::CONSUMER_PULL_WITH_RATE_LIMIT)
    }

    /// `consumer in push mode can not set max waiting`
    /// (JSConsumerPushMaxWaitingErr, 10080).
    #[must_use]
    pub fn consumer_push_max_waiting() -> Self {
        Self::known(ErrorId::CONSUMER_PUSH_MAX_WAITING)
    }

    /// `priority groups can not be used with push consumers`
    /// (JSConsumerPushWithPriorityGroupErr, 10178).
    #[must_use]
    pub fn consumer_push_with_priority_group() -> Self {
        Self::known(ErrorId::CONSUMER_PUSH_WITH_PRIORITY_GROUP)
    }

    /// `consumer replacement durable config not the same`
    /// (JSConsumerReplacementWithDifferentNameErr, 10106).
    #[must_use]
    pub fn consumer_replacement_with_different_name() -> Self {
        Self::known(ErrorId::CONSUMER_REPLACEMENT_WITH_DIFFERENT_NAME)
    }

    /// `consumer replay policy invalid`
    /// (JSConsumerReplayPolicyInvalidErr, 10182).
    #[must_use]
    pub fn consumer_replay_policy_invalid() -> Self {
        Self::known(ErrorId::CONSUMER_REPLAY_POLICY_INVALID)
    }

    /// `consumer config replica count exceeds parent stream`
    /// (JSConsumerReplicasExceedsStream, 10126).
    #[must_use]
    pub fn consumer_replicas_exceeds_stream() -> Self {
        Self::known(ErrorId::CONSUMER_REPLICAS_EXCEEDS_STREAM)
    }

    /// `consumer config replicas must match interest retention stream's replicas`
    /// (JSConsumerReplicasShouldMatchStream, 10134).
    #[must_use]
    pub fn consumer_replicas_should_match_stream() -> Self {
        Self::known(ErrorId::CONSUMER_REPLICAS_SHOULD_MATCH_STREAM)
    }

    /// `consumer idle heartbeat needs to be >= 100ms`
    /// (JSConsumerSmallHeartbeatErr, 10083).
    #[must_use]
    pub fn consumer_small_heartbeat() -> Self {
        Self::known(ErrorId::CONSUMER_SMALL_HEARTBEAT)
    }

    /// `error creating store for consumer: {err}`
    /// (JSConsumerStoreFailedErrF, 10104).
    #[must_use]
    pub fn consumer_store_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::CONSUMER_STORE_FAILED, &[("err", &err)])
    }

    /// `consumer must be deliver all on workqueue stream`
    /// (JSConsumerWQConsumerNotDeliverAllErr, 10101).
    #[must_use]
    pub fn consumer_wq_consumer_not_deliver_all() -> Self {
        Self::known(ErrorId::CONSUMER_WQ_CONSUMER_NOT_DELIVER_ALL)
    }

    /// `filtered consumer not unique on workqueue stream`
    /// (JSConsumerWQConsumerNotUniqueErr, 10100).
    #[must_use]
    pub fn consumer_wq_consumer_not_unique() -> Self {
        Self::known(ErrorId::CONSUMER_WQ_CONSUMER_NOT_UNIQUE)
    }

    /// `multiple non-filtered consumers not allowed on workqueue stream`
    /// (JSConsumerWQMultipleUnfilteredErr, 10099).
    #[must_use]
    pub fn consumer_wq_multiple_unfiltered() -> Self {
        Self::known(ErrorId::CONSUMER_WQ_MULTIPLE_UNFILTERED)
    }

    /// `workqueue stream requires explicit ack`
    /// (JSConsumerWQRequiresExplicitAckErr, 10098).
    #[must_use]
    pub fn consumer_wq_requires_explicit_ack() -> Self {
        Self::known(ErrorId::CONSUMER_WQ_REQUIRES_EXPLICIT_ACK)
    }

    /// `consumer with flow control also needs heartbeats`
    /// (JSConsumerWithFlowControlNeedsHeartbeats, 10108).
    #[must_use]
    pub fn consumer_with_flow_control_needs_heartbeats() -> Self {
        Self::known(ErrorId::CONSUMER_WITH_FLOW_CONTROL_NEEDS_HEARTBEATS)
    }

    /// `insufficient resources`
    /// (JSInsufficientResourcesErr, 10023).
    #[must_use]
    pub fn insufficient_resources() -> Self {
        Self::known(ErrorId::INSUFFICIENT_RESOURCES)
    }

    /// `invalid JSON: {err}`
    /// (JSInvalidJSONErr, 10025).
    #[must_use]
    pub fn invalid_json(err: impl Display) -> Self {
        Self::filled(ErrorId::INVALID_JSON, &[("err", &err)])
    }

    /// `maximum consumers limit reached`
    /// (JSMaximumConsumersLimitErr, 10026).
    #[must_use]
    pub fn maximum_consumers_limit() -> Self {
        Self::known(ErrorId::MAXIMUM_CONSUMERS_LIMIT)
    }

    /// `maximum number of streams reached`
    /// (JSMaximumStreamsLimitErr, 10027).
    #[must_use]
    pub fn maximum_streams_limit() -> Self {
        Self::known(ErrorId::MAXIMUM_STREAMS_LIMIT)
    }

    /// `insufficient memory resources available`
    /// (JSMemoryResourcesExceededErr, 10028).
    #[must_use]
    pub fn memory_resources_exceeded() -> Self {
        Self::known(ErrorId::MEMORY_RESOURCES_EXCEEDED)
    }

    /// `message counter is broken`
    /// (JSMessageCounterBrokenErr, 10172).
    #[must_use]
    pub fn message_counter_broken() -> Self {
        Self::known(ErrorId::MESSAGE_COUNTER_BROKEN)
    }

    /// `message counters is disabled`
    /// (JSMessageIncrDisabledErr, 10168).
    #[must_use]
    pub fn message_incr_disabled() -> Self {
        Self::known(ErrorId::MESSAGE_INCR_DISABLED)
    }

    /// `message counter increment is invalid`
    /// (JSMessageIncrInvalidErr, 10171).
    #[must_use]
    pub fn message_incr_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_INCR_INVALID)
    }

    /// `message counter increment is missing`
    /// (JSMessageIncrMissingErr, 10169).
    #[must_use]
    pub fn message_incr_missing() -> Self {
        Self::known(ErrorId::MESSAGE_INCR_MISSING)
    }

    /// `message counter has payload`
    /// (JSMessageIncrPayloadErr, 10170).
    #[must_use]
    pub fn message_incr_payload() -> Self {
        Self::known(ErrorId::MESSAGE_INCR_PAYLOAD)
    }

    /// `message schedules is disabled`
    /// (JSMessageSchedulesDisabledErr, 10188).
    #[must_use]
    pub fn message_schedules_disabled() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_DISABLED)
    }

    /// `message schedules pattern is invalid`
    /// (JSMessageSchedulesPatternInvalidErr, 10189).
    #[must_use]
    pub fn message_schedules_pattern_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_PATTERN_INVALID)
    }

    /// `message schedules invalid rollup`
    /// (JSMessageSchedulesRollupInvalidErr, 10192).
    #[must_use]
    pub fn message_schedules_rollup_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_ROLLUP_INVALID)
    }

    /// `message schedules source is invalid`
    /// (JSMessageSchedulesSourceInvalidErr, 10203).
    #[must_use]
    pub fn message_schedules_source_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_SOURCE_INVALID)
    }

    /// `message schedules invalid per-message TTL`
    /// (JSMessageSchedulesTTLInvalidErr, 10191).
    #[must_use]
    pub fn message_schedules_ttl_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_TTL_INVALID)
    }

    /// `message schedules target is invalid`
    /// (JSMessageSchedulesTargetInvalidErr, 10190).
    #[must_use]
    pub fn message_schedules_target_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_TARGET_INVALID)
    }

    /// `per-message TTL is disabled`
    /// (JSMessageTTLDisabledErr, 10166).
    #[must_use]
    pub fn message_ttl_disabled() -> Self {
        Self::known(ErrorId::MESSAGE_TTL_DISABLED)
    }

    /// `invalid per-message TTL`
    /// (JSMessageTTLInvalidErr, 10165).
    #[must_use]
    pub fn message_ttl_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_TTL_INVALID)
    }

    /// `{err}`
    /// (JSMirrorConsumerSetupFailedErrF, 10029).
    #[must_use]
    pub fn mirror_consumer_setup_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::MIRROR_CONSUMER_SETUP_FAILED, &[("err", &err)])
    }

    /// `mirrored stream name is invalid`
    /// (JSMirrorInvalidStreamName, 10142).
    #[must_use]
    pub fn mirror_invalid_stream_name() -> Self {
        Self::known(ErrorId::MIRROR_INVALID_STREAM_NAME)
    }

    /// `mirror transform source: {err}`
    /// (JSMirrorInvalidSubjectFilter, 10151).
    #[must_use]
    pub fn mirror_invalid_subject_filter(err: impl Display) -> Self {
        Self::filled(ErrorId::MIRROR_INVALID_SUBJECT_FILTER, &[("err", &err)])
    }

    /// `mirror transform: {err}`
    /// (JSMirrorInvalidTransformDestination, 10154).
    #[must_use]
    pub fn mirror_invalid_transform_destination(err: impl Display) -> Self {
        Self::filled(
            ErrorId::MIRROR_INVALID_TRANSFORM_DESTINATION,
            &[("err", &err)],
        )
    }

    /// `stream mirror must have max message size >= source`
    /// (JSMirrorMaxMessageSizeTooBigErr, 10030).
    #[must_use]
    pub fn mirror_max_message_size_too_big() -> Self {
        Self::known(ErrorId::MIRROR_MAX_MESSAGE_SIZE_TOO_BIG)
    }

    /// `mirror with multiple subject transforms cannot also have a single subject filter`
    /// (JSMirrorMultipleFiltersNotAllowed, 10150).
    #[must_use]
    pub fn mirror_multiple_filters_not_allowed() -> Self {
        Self::known(ErrorId::MIRROR_MULTIPLE_FILTERS_NOT_ALLOWED)
    }

    /// `mirror subject filters can not overlap`
    /// (JSMirrorOverlappingSubjectFilters, 10152).
    #[must_use]
    pub fn mirror_overlapping_subject_filters() -> Self {
        Self::known(ErrorId::MIRROR_OVERLAPPING_SUBJECT_FILTERS)
    }

    /// `stream mirrors can not also use atomic publishing`
    /// (JSMirrorWithAtomicPublishErr, 10198).
    #[must_use]
    pub fn mirror_with_atomic_publish() -> Self {
        Self::known(ErrorId::MIRROR_WITH_ATOMIC_PUBLISH)
    }

    /// `stream mirrors can not also calculate counters`
    /// (JSMirrorWithCountersErr, 10173).
    #[must_use]
    pub fn mirror_with_counters() -> Self {
        Self::known(ErrorId::MIRROR_WITH_COUNTERS)
    }

    /// `stream mirrors can not have first sequence configured`
    /// (JSMirrorWithFirstSeqErr, 10143).
    #[must_use]
    pub fn mirror_with_first_seq() -> Self {
        Self::known(ErrorId::MIRROR_WITH_FIRST_SEQ)
    }

    /// `stream mirrors can not also schedule messages`
    /// (JSMirrorWithMsgSchedulesErr, 10186).
    #[must_use]
    pub fn mirror_with_msg_schedules() -> Self {
        Self::known(ErrorId::MIRROR_WITH_MSG_SCHEDULES)
    }

    /// `stream mirrors can not also contain other sources`
    /// (JSMirrorWithSourcesErr, 10031).
    #[must_use]
    pub fn mirror_with_sources() -> Self {
        Self::known(ErrorId::MIRROR_WITH_SOURCES)
    }

    /// `stream mirrors can not have both start seq and start time configured`
    /// (JSMirrorWithStartSeqAndTimeErr, 10032).
    #[must_use]
    pub fn mirror_with_start_seq_and_time() -> Self {
        Self::known(ErrorId::MIRROR_WITH_START_SEQ_AND_TIME)
    }

    /// `stream mirrors can not contain filtered subjects`
    /// (JSMirrorWithSubjectFiltersErr, 10033).
    #[must_use]
    pub fn mirror_with_subject_filters() -> Self {
        Self::known(ErrorId::MIRROR_WITH_SUBJECT_FILTERS)
    }

    /// `stream mirrors can not contain subjects`
    /// (JSMirrorWithSubjectsErr, 10034).
    #[must_use]
    pub fn mirror_with_subjects() -> Self {
        Self::known(ErrorId::MIRROR_WITH_SUBJECTS)
    }

    /// `account not found`
    /// (JSNoAccountErr, 10035).
    #[must_use]
    pub fn no_account() -> Self {
        Self::known(ErrorId::NO_ACCOUNT)
    }

    /// `no JetStream default or applicable tiered limit present`
    /// (JSNoLimitsErr, 10120).
    #[must_use]
    pub fn no_limits() -> Self {
        Self::known(ErrorId::NO_LIMITS)
    }

    /// `no message found`
    /// (JSNoMessageFoundErr, 10037).
    #[must_use]
    pub fn no_message_found() -> Self {
        Self::known(ErrorId::NO_MESSAGE_FOUND)
    }

    /// `expected an empty request payload`
    /// (JSNotEmptyRequestErr, 10038).
    #[must_use]
    pub fn not_empty_request() -> Self {
        Self::known(ErrorId::NOT_EMPTY_REQUEST)
    }

    /// `JetStream not enabled`
    /// (JSNotEnabledErr, 10076).
    #[must_use]
    pub fn not_enabled() -> Self {
        Self::known(ErrorId::NOT_ENABLED)
    }

    /// `JetStream not enabled for account`
    /// (JSNotEnabledForAccountErr, 10039).
    #[must_use]
    pub fn not_enabled_for_account() -> Self {
        Self::known(ErrorId::NOT_ENABLED_FOR_ACCOUNT)
    }

    /// `pedantic mode: {err}`
    /// (JSPedanticErrF, 10157).
    #[must_use]
    pub fn pedantic(err: impl Display) -> Self {
        Self::filled(ErrorId::PEDANTIC, &[("err", &err)])
    }

    /// `peer remap failed`
    /// (JSPeerRemapErr, 10075).
    #[must_use]
    pub fn peer_remap() -> Self {
        Self::known(ErrorId::PEER_REMAP)
    }

    /// `{err}`
    /// (JSRaftGeneralErrF, 10041).
    #[must_use]
    pub fn raft_general(err: impl Display) -> Self {
        Self::filled(ErrorId::RAFT_GENERAL, &[("err", &err)])
    }

    /// `replicas count cannot be negative`
    /// (JSReplicasCountCannotBeNegative, 10133).
    #[must_use]
    pub fn replicas_count_cannot_be_negative() -> Self {
        Self::known(ErrorId::REPLICAS_COUNT_CANNOT_BE_NEGATIVE)
    }

    /// `JetStream minimum api level required`
    /// (JSRequiredApiLevelErr, 10185).
    #[must_use]
    pub fn required_api_level() -> Self {
        Self::known(ErrorId::REQUIRED_API_LEVEL)
    }

    /// `JetStream unable to subscribe to restore snapshot {subject}: {err}`
    /// (JSRestoreSubscribeFailedErrF, 10042).
    #[must_use]
    pub fn restore_subscribe_failed(err: impl Display, subject: impl Display) -> Self {
        Self::filled(
            ErrorId::RESTORE_SUBSCRIBE_FAILED,
            &[("err", &err), ("subject", &subject)],
        )
    }

    /// `sequence {seq} not found`
    /// (JSSequenceNotFoundErrF, 10043).
    #[must_use]
    pub fn sequence_not_found(seq: u64) -> Self {
        Self::filled(ErrorId::SEQUENCE_NOT_FOUND, &[("seq", &seq)])
    }

    /// `deliver subject not valid`
    /// (JSSnapshotDeliverSubjectInvalidErr, 10015).
    #[must_use]
    pub fn snapshot_deliver_subject_invalid() -> Self {
        Self::known(ErrorId::SNAPSHOT_DELIVER_SUBJECT_INVALID)
    }

    /// `{err}`
    /// (JSSourceConsumerSetupFailedErrF, 10045).
    #[must_use]
    pub fn source_consumer_setup_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::SOURCE_CONSUMER_SETUP_FAILED, &[("err", &err)])
    }

    /// `duplicate source configuration detected`: source stream, filter and transform (plus external if present) must form a unique combination
    /// (JSSourceDuplicateDetected, 10140).
    #[must_use]
    pub fn source_duplicate_detected() -> Self {
        Self::known(ErrorId::SOURCE_DUPLICATE_DETECTED)
    }

    /// `sourced stream name is invalid`
    /// (JSSourceInvalidStreamName, 10141).
    #[must_use]
    pub fn source_invalid_stream_name() -> Self {
        Self::known(ErrorId::SOURCE_INVALID_STREAM_NAME)
    }

    /// `source transform source: {err}`
    /// (JSSourceInvalidSubjectFilter, 10145).
    #[must_use]
    pub fn source_invalid_subject_filter(err: impl Display) -> Self {
        Self::filled(ErrorId::SOURCE_INVALID_SUBJECT_FILTER, &[("err", &err)])
    }

    /// `source transform: {err}`
    /// (JSSourceInvalidTransformDestination, 10146).
    #[must_use]
    pub fn source_invalid_transform_destination(err: impl Display) -> Self {
        Self::filled(
            ErrorId::SOURCE_INVALID_TRANSFORM_DESTINATION,
            &[("err", &err)],
        )
    }

    /// `stream source must have max message size >= target`
    /// (JSSourceMaxMessageSizeTooBigErr, 10046).
    #[must_use]
    pub fn source_max_message_size_too_big() -> Self {
        Self::known(ErrorId::SOURCE_MAX_MESSAGE_SIZE_TOO_BIG)
    }

    /// `source with multiple subject transforms cannot also have a single subject filter`
    /// (JSSourceMultipleFiltersNotAllowed, 10144).
    #[must_use]
    pub fn source_multiple_filters_not_allowed() -> Self {
        Self::known(ErrorId::SOURCE_MULTIPLE_FILTERS_NOT_ALLOWED)
    }

    /// `source filters can not overlap`
    /// (JSSourceOverlappingSubjectFilters, 10147).
    #[must_use]
    pub fn source_overlapping_subject_filters() -> Self {
        Self::known(ErrorId::SOURCE_OVERLAPPING_SUBJECT_FILTERS)
    }

    /// `stream source can not also schedule messages`
    /// (JSSourceWithMsgSchedulesErr, 10187).
    #[must_use]
    pub fn source_with_msg_schedules() -> Self {
        Self::known(ErrorId::SOURCE_WITH_MSG_SCHEDULES)
    }

    /// `insufficient storage resources available`
    /// (JSStorageResourcesExceededErr, 10047).
    #[must_use]
    pub fn storage_resources_exceeded() -> Self {
        Self::known(ErrorId::STORAGE_RESOURCES_EXCEEDED)
    }

    /// `{err}`
    /// (JSStreamAssignmentErrF, 10048).
    #[must_use]
    pub fn stream_assignment(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_ASSIGNMENT, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamCreateErrF, 10049).
    #[must_use]
    pub fn stream_create(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_CREATE, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamDeleteErrF, 10050).
    #[must_use]
    pub fn stream_delete(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_DELETE, &[("err", &err)])
    }

    /// `duplicate message id is in process`
    /// (JSStreamDuplicateMessageConflict, 10158).
    #[must_use]
    pub fn stream_duplicate_message_conflict() -> Self {
        Self::known(ErrorId::STREAM_DUPLICATE_MESSAGE_CONFLICT)
    }

    /// `missing sequence for expected last sequence per subject`
    /// (JSStreamExpectedLastSeqPerSubjectInvalid, 10193).
    #[must_use]
    pub fn stream_expected_last_seq_per_subject_invalid() -> Self {
        Self::known(ErrorId::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_INVALID)
    }

    /// `expected last sequence per subject temporarily unavailable`
    /// (JSStreamExpectedLastSeqPerSubjectNotReady, 10163).
    #[must_use]
    pub fn stream_expected_last_seq_per_subject_not_ready() -> Self {
        Self::known(ErrorId::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY)
    }

    /// `stream external api prefix {prefix} must not overlap with {subject}`
    /// (JSStreamExternalApiOverlapErrF, 10021).
    #[must_use]
    pub fn stream_external_api_overlap(prefix: impl Display, subject: impl Display) -> Self {
        Self::filled(
            ErrorId::STREAM_EXTERNAL_API_OVERLAP,
            &[("prefix", &prefix), ("subject", &subject)],
        )
    }

    /// `stream external delivery prefix {prefix} overlaps with stream subject {subject}`
    /// (JSStreamExternalDelPrefixOverlapsErrF, 10022).
    #[must_use]
    pub fn stream_external_del_prefix_overlaps(
        prefix: impl Display,
        subject: impl Display,
    ) -> Self {
        Self::filled(
            ErrorId::STREAM_EXTERNAL_DEL_PREFIX_OVERLAPS,
            &[("prefix", &prefix), ("subject", &subject)],
        )
    }

    /// `{err}`
    /// (JSStreamGeneralErrorF, 10051).
    #[must_use]
    pub fn stream_general(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_GENERAL, &[("err", &err)])
    }

    /// `header size exceeds maximum allowed of 64k`
    /// (JSStreamHeaderExceedsMaximumErr, 10097).
    #[must_use]
    pub fn stream_header_exceeds_maximum() -> Self {
        Self::known(ErrorId::STREAM_HEADER_EXCEEDS_MAXIMUM)
    }

    /// `subject details would exceed maximum allowed`
    /// (JSStreamInfoMaxSubjectsErr, 10117).
    #[must_use]
    pub fn stream_info_max_subjects() -> Self {
        Self::known(ErrorId::STREAM_INFO_MAX_SUBJECTS)
    }

    /// `{err}`: Stream configuration validation error string
    /// (JSStreamInvalidConfigF, 10052).
    #[must_use]
    pub fn stream_invalid_config(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_INVALID_CONFIG, &[("err", &err)])
    }

    /// `stream not valid`
    /// (JSStreamInvalidErr, 10096).
    #[must_use]
    pub fn stream_invalid() -> Self {
        Self::known(ErrorId::STREAM_INVALID)
    }

    /// `stream external delivery prefix {prefix} must not contain wildcards`
    /// (JSStreamInvalidExternalDeliverySubjErrF, 10024).
    #[must_use]
    pub fn stream_invalid_external_delivery_subj(prefix: impl Display) -> Self {
        Self::filled(
            ErrorId::STREAM_INVALID_EXTERNAL_DELIVERY_SUBJ,
            &[("prefix", &prefix)],
        )
    }

    /// `{err}`
    /// (JSStreamLimitsErrF, 10053).
    #[must_use]
    pub fn stream_limits(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_LIMITS, &[("err", &err)])
    }

    /// `account requires a stream config to have max bytes set`
    /// (JSStreamMaxBytesRequired, 10113).
    #[must_use]
    pub fn stream_max_bytes_required() -> Self {
        Self::known(ErrorId::STREAM_MAX_BYTES_REQUIRED)
    }

    /// `stream max bytes exceeds account limit max stream bytes`
    /// (JSStreamMaxStreamBytesExceeded, 10122).
    #[must_use]
    pub fn stream_max_stream_bytes_exceeded() -> Self {
        Self::known(ErrorId::STREAM_MAX_STREAM_BYTES_EXCEEDED)
    }

    /// `message size exceeds maximum allowed`
    /// (JSStreamMessageExceedsMaximumErr, 10054).
    #[must_use]
    pub fn stream_message_exceeds_maximum() -> Self {
        Self::known(ErrorId::STREAM_MESSAGE_EXCEEDS_MAXIMUM)
    }

    /// `min last sequence`
    /// (JSStreamMinLastSeqErr, 10180).
    #[must_use]
    pub fn stream_min_last_seq() -> Self {
        Self::known(ErrorId::STREAM_MIN_LAST_SEQ)
    }

    /// `stream mirror configuration can not be updated`
    /// (JSStreamMirrorNotUpdatableErr, 10055).
    #[must_use]
    pub fn stream_mirror_not_updatable() -> Self {
        Self::known(ErrorId::STREAM_MIRROR_NOT_UPDATABLE)
    }

    /// `stream name in subject does not match request`
    /// (JSStreamMismatchErr, 10056).
    #[must_use]
    pub fn stream_mismatch() -> Self {
        Self::known(ErrorId::STREAM_MISMATCH)
    }

    /// `can not move and scale a stream in a single update`
    /// (JSStreamMoveAndScaleErr, 10123).
    #[must_use]
    pub fn stream_move_and_scale() -> Self {
        Self::known(ErrorId::STREAM_MOVE_AND_SCALE)
    }

    /// `stream move already in progress: {msg}`
    /// (JSStreamMoveInProgressF, 10124).
    #[must_use]
    pub fn stream_move_in_progress(msg: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_MOVE_IN_PROGRESS, &[("msg", &msg)])
    }

    /// `stream move not in progress`
    /// (JSStreamMoveNotInProgress, 10129).
    #[must_use]
    pub fn stream_move_not_in_progress() -> Self {
        Self::known(ErrorId::STREAM_MOVE_NOT_IN_PROGRESS)
    }

    /// `{err}`
    /// (JSStreamMsgDeleteFailedF, 10057).
    #[must_use]
    pub fn stream_msg_delete_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_MSG_DELETE_FAILED, &[("err", &err)])
    }

    /// `Stream name can not contain path separators`
    /// (JSStreamNameContainsPathSeparatorsErr, 10128).
    #[must_use]
    pub fn stream_name_contains_path_separators() -> Self {
        Self::known(ErrorId::STREAM_NAME_CONTAINS_PATH_SEPARATORS)
    }

    /// `stream name already in use with a different configuration`
    /// (JSStreamNameExistErr, 10058).
    #[must_use]
    pub fn stream_name_exist() -> Self {
        Self::known(ErrorId::STREAM_NAME_EXIST)
    }

    /// `stream name already in use, cannot restore`
    /// (JSStreamNameExistRestoreFailedErr, 10130).
    #[must_use]
    pub fn stream_name_exist_restore_failed() -> Self {
        Self::known(ErrorId::STREAM_NAME_EXIST_RESTORE_FAILED)
    }

    /// `stream not found`
    /// (JSStreamNotFoundErr, 10059).
    #[must_use]
    pub fn stream_not_found() -> Self {
        Self::known(ErrorId::STREAM_NOT_FOUND)
    }

    /// `expected stream does not match`
    /// (JSStreamNotMatchErr, 10060).
    #[must_use]
    pub fn stream_not_match() -> Self {
        Self::known(ErrorId::STREAM_NOT_MATCH)
    }

    /// `stream is offline`
    /// (JSStreamOfflineErr, 10118).
    #[must_use]
    pub fn stream_offline() -> Self {
        Self::known(ErrorId::STREAM_OFFLINE)
    }

    /// `stream is offline: {err}`
    /// (JSStreamOfflineReasonErrF, 10194).
    #[must_use]
    pub fn stream_offline_reason(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_OFFLINE_REASON, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamPurgeFailedF, 10110).
    #[must_use]
    pub fn stream_purge_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_PURGE_FAILED, &[("err", &err)])
    }

    /// `replicas > 1 not supported in non-clustered mode`
    /// (JSStreamReplicasNotSupportedErr, 10074).
    #[must_use]
    pub fn stream_replicas_not_supported() -> Self {
        Self::known(ErrorId::STREAM_REPLICAS_NOT_SUPPORTED)
    }

    /// `Replicas configuration can not be updated`
    /// (JSStreamReplicasNotUpdatableErr, 10061).
    #[must_use]
    pub fn stream_replicas_not_updatable() -> Self {
        Self::known(ErrorId::STREAM_REPLICAS_NOT_UPDATABLE)
    }

    /// `restore failed: {err}`
    /// (JSStreamRestoreErrF, 10062).
    #[must_use]
    pub fn stream_restore(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_RESTORE, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamRollupFailedF, 10111).
    #[must_use]
    pub fn stream_rollup_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_ROLLUP_FAILED, &[("err", &err)])
    }

    /// `invalid operation on sealed stream`
    /// (JSStreamSealedErr, 10109).
    #[must_use]
    pub fn stream_sealed() -> Self {
        Self::known(ErrorId::STREAM_SEALED)
    }

    /// `expected stream sequence does not match`
    /// (JSStreamSequenceNotMatchErr, 10063).
    #[must_use]
    pub fn stream_sequence_not_match() -> Self {
        Self::known(ErrorId::STREAM_SEQUENCE_NOT_MATCH)
    }

    /// `snapshot failed: {err}`
    /// (JSStreamSnapshotErrF, 10064).
    #[must_use]
    pub fn stream_snapshot(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_SNAPSHOT, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamStoreFailedF, 10077).
    #[must_use]
    pub fn stream_store_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_STORE_FAILED, &[("err", &err)])
    }

    /// `subjects overlap with an existing stream`
    /// (JSStreamSubjectOverlapErr, 10065).
    #[must_use]
    pub fn stream_subject_overlap() -> Self {
        Self::known(ErrorId::STREAM_SUBJECT_OVERLAP)
    }

    /// `{err}`
    /// (JSStreamTemplateCreateErrF, 10066).
    #[must_use]
    pub fn stream_template_create(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_TEMPLATE_CREATE, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamTemplateDeleteErrF, 10067).
    #[must_use]
    pub fn stream_template_delete(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_TEMPLATE_DELETE, &[("err", &err)])
    }

    /// `template not found`
    /// (JSStreamTemplateNotFoundErr, 10068).
    #[must_use]
    pub fn stream_template_not_found() -> Self {
        Self::known(ErrorId::STREAM_TEMPLATE_NOT_FOUND)
    }

    /// `too many requests`
    /// (JSStreamTooManyRequests, 10167).
    #[must_use]
    pub fn stream_too_many_requests() -> Self {
        Self::known(ErrorId::STREAM_TOO_MANY_REQUESTS)
    }

    /// `stream transform: {err}`
    /// (JSStreamTransformInvalidDestination, 10156).
    #[must_use]
    pub fn stream_transform_invalid_destination(err: impl Display) -> Self {
        Self::filled(
            ErrorId::STREAM_TRANSFORM_INVALID_DESTINATION,
            &[("err", &err)],
        )
    }

    /// `stream transform source: {err}`
    /// (JSStreamTransformInvalidSource, 10155).
    #[must_use]
    pub fn stream_transform_invalid_source(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_TRANSFORM_INVALID_SOURCE, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamUpdateErrF, 10069).
    #[must_use]
    pub fn stream_update(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_UPDATE, &[("err", &err)])
    }

    /// `wrong last msg ID: {id}`
    /// (JSStreamWrongLastMsgIDErrF, 10070).
    #[must_use]
    pub fn stream_wrong_last_msg_id(id: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_WRONG_LAST_MSG_ID, &[("id", &id)])
    }

    /// `wrong last sequence`
    /// (JSStreamWrongLastSequenceConstantErr, 10164).
    #[must_use]
    pub fn stream_wrong_last_sequence_constant() -> Self {
        Self::known(ErrorId::STREAM_WRONG_LAST_SEQUENCE_CONSTANT)
    }

    /// `wrong last sequence: {seq}`
    /// (JSStreamWrongLastSequenceErrF, 10071).
    #[must_use]
    pub fn stream_wrong_last_sequence(seq: u64) -> Self {
        Self::filled(ErrorId::STREAM_WRONG_LAST_SEQUENCE, &[("seq", &seq)])
    }

    /// `JetStream unable to open temp storage for restore`
    /// (JSTempStorageFailedErr, 10072).
    #[must_use]
    pub fn temp_storage_failed() -> Self {
        Self::known(ErrorId::TEMP_STORAGE_FAILED)
    }

    /// `template name in subject does not match request`
    /// (JSTemplateNameNotMatchSubjectErr, 10073).
    #[must_use]
    pub fn template_name_not_match_subject() -> Self {
        Self::known(ErrorId::TEMPLATE_NAME_NOT_MATCH_SUBJECT)
    }
}

/// What is known of every error, by code.
pub(super) static TABLE: [ErrorFacts; 203] = FACTS;

const FACTS: [ErrorFacts; 203] = [
    ErrorFacts {
        id: ErrorId::ACCOUNT_RESOURCES_EXCEEDED,
        code: 400,
        constant: "JSAccountResourcesExceededErr",
        description: "resource limits exceeded for account",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::BAD_REQUEST,
        code: 400,
        constant: "JSBadRequestErr",
        description: "bad request",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_INCOMPLETE,
        code: 503,
        constant: "JSClusterIncompleteErr",
        description: "incomplete results",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_NO_PEERS,
        code: 400,
        constant: "JSClusterNoPeersErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_NOT_ACTIVE,
        code: 500,
        constant: "JSClusterNotActiveErr",
        description: "JetStream not in clustered mode",
        help: "",
        deprecates: "ErrJetStreamNotClustered",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_NOT_ASSIGNED,
        code: 500,
        constant: "JSClusterNotAssignedErr",
        description: "JetStream cluster not assigned to this server",
        help: "",
        deprecates: "ErrJetStreamNotAssigned",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_NOT_AVAIL,
        code: 503,
        constant: "JSClusterNotAvailErr",
        description: "JetStream system temporarily unavailable",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_NOT_LEADER,
        code: 500,
        constant: "JSClusterNotLeaderErr",
        description: "JetStream cluster can not handle request",
        help: "",
        deprecates: "ErrJetStreamNotLeader",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_REQUIRED,
        code: 503,
        constant: "JSClusterRequiredErr",
        description: "JetStream clustering support required",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_TAGS,
        code: 400,
        constant: "JSClusterTagsErr",
        description: "tags placement not supported for operation",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_CREATE,
        code: 500,
        constant: "JSConsumerCreateErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_NAME_EXIST,
        code: 400,
        constant: "JSConsumerNameExistErr",
        description: "consumer name already in use",
        help: "",
        deprecates: "ErrJetStreamConsumerAlreadyUsed",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_NOT_FOUND,
        code: 404,
        constant: "JSConsumerNotFoundErr",
        description: "consumer not found",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SNAPSHOT_DELIVER_SUBJECT_INVALID,
        code: 400,
        constant: "JSSnapshotDeliverSubjectInvalidErr",
        description: "deliver subject not valid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DURABLE_NAME_NOT_IN_SUBJECT,
        code: 400,
        constant: "JSConsumerDurableNameNotInSubjectErr",
        description: "consumer expected to be durable but no durable name set in subject",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT,
        code: 400,
        constant: "JSConsumerDurableNameNotMatchSubjectErr",
        description: "consumer name in subject does not match durable name in request",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DURABLE_NAME_NOT_SET,
        code: 400,
        constant: "JSConsumerDurableNameNotSetErr",
        description: "consumer expected to be durable but a durable name was not set",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_EPHEMERAL_WITH_DURABLE_IN_SUBJECT,
        code: 400,
        constant: "JSConsumerEphemeralWithDurableInSubjectErr",
        description: "consumer expected to be ephemeral but detected a durable name set in subject",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_EPHEMERAL_WITH_DURABLE_NAME,
        code: 400,
        constant: "JSConsumerEphemeralWithDurableNameErr",
        description: "consumer expected to be ephemeral but a durable name was set in request",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_EXTERNAL_API_OVERLAP,
        code: 400,
        constant: "JSStreamExternalApiOverlapErrF",
        description: "stream external api prefix {prefix} must not overlap with {subject}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_EXTERNAL_DEL_PREFIX_OVERLAPS,
        code: 400,
        constant: "JSStreamExternalDelPrefixOverlapsErrF",
        description: "stream external delivery prefix {prefix} overlaps with stream subject {subject}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::INSUFFICIENT_RESOURCES,
        code: 503,
        constant: "JSInsufficientResourcesErr",
        description: "insufficient resources",
        help: "",
        deprecates: "ErrJetStreamResourcesExceeded",
    },
    ErrorFacts {
        id: ErrorId::STREAM_INVALID_EXTERNAL_DELIVERY_SUBJ,
        code: 400,
        constant: "JSStreamInvalidExternalDeliverySubjErrF",
        description: "stream external delivery prefix {prefix} must not contain wildcards",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::INVALID_JSON,
        code: 400,
        constant: "JSInvalidJSONErr",
        description: "invalid JSON: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MAXIMUM_CONSUMERS_LIMIT,
        code: 400,
        constant: "JSMaximumConsumersLimitErr",
        description: "maximum consumers limit reached",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MAXIMUM_STREAMS_LIMIT,
        code: 400,
        constant: "JSMaximumStreamsLimitErr",
        description: "maximum number of streams reached",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MEMORY_RESOURCES_EXCEEDED,
        code: 500,
        constant: "JSMemoryResourcesExceededErr",
        description: "insufficient memory resources available",
        help: "",
        deprecates: "ErrMemoryResourcesExceeded",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_CONSUMER_SETUP_FAILED,
        code: 500,
        constant: "JSMirrorConsumerSetupFailedErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_MAX_MESSAGE_SIZE_TOO_BIG,
        code: 400,
        constant: "JSMirrorMaxMessageSizeTooBigErr",
        description: "stream mirror must have max message size >= source",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_WITH_SOURCES,
        code: 400,
        constant: "JSMirrorWithSourcesErr",
        description: "stream mirrors can not also contain other sources",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_WITH_START_SEQ_AND_TIME,
        code: 400,
        constant: "JSMirrorWithStartSeqAndTimeErr",
        description: "stream mirrors can not have both start seq and start time configured",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_WITH_SUBJECT_FILTERS,
        code: 400,
        constant: "JSMirrorWithSubjectFiltersErr",
        description: "stream mirrors can not contain filtered subjects",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_WITH_SUBJECTS,
        code: 400,
        constant: "JSMirrorWithSubjectsErr",
        description: "stream mirrors can not contain subjects",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::NO_ACCOUNT,
        code: 503,
        constant: "JSNoAccountErr",
        description: "account not found",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_UN_SUPPORT_FEATURE,
        code: 503,
        constant: "JSClusterUnSupportFeatureErr",
        description: "not currently supported in clustered mode",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::NO_MESSAGE_FOUND,
        code: 404,
        constant: "JSNoMessageFoundErr",
        description: "no message found",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::NOT_EMPTY_REQUEST,
        code: 400,
        constant: "JSNotEmptyRequestErr",
        description: "expected an empty request payload",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::NOT_ENABLED_FOR_ACCOUNT,
        code: 503,
        constant: "JSNotEnabledForAccountErr",
        description: "JetStream not enabled for account",
        help: "This error indicates that JetStream is not enabled for an account account level",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_PEER_NOT_MEMBER,
        code: 400,
        constant: "JSClusterPeerNotMemberErr",
        description: "peer not a member",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::RAFT_GENERAL,
        code: 500,
        constant: "JSRaftGeneralErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::RESTORE_SUBSCRIBE_FAILED,
        code: 500,
        constant: "JSRestoreSubscribeFailedErrF",
        description: "JetStream unable to subscribe to restore snapshot {subject}: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SEQUENCE_NOT_FOUND,
        code: 400,
        constant: "JSSequenceNotFoundErrF",
        description: "sequence {seq} not found",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_SERVER_NOT_MEMBER,
        code: 400,
        constant: "JSClusterServerNotMemberErr",
        description: "server is not a member of the cluster",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SOURCE_CONSUMER_SETUP_FAILED,
        code: 500,
        constant: "JSSourceConsumerSetupFailedErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SOURCE_MAX_MESSAGE_SIZE_TOO_BIG,
        code: 400,
        constant: "JSSourceMaxMessageSizeTooBigErr",
        description: "stream source must have max message size >= target",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STORAGE_RESOURCES_EXCEEDED,
        code: 500,
        constant: "JSStorageResourcesExceededErr",
        description: "insufficient storage resources available",
        help: "",
        deprecates: "ErrStorageResourcesExceeded",
    },
    ErrorFacts {
        id: ErrorId::STREAM_ASSIGNMENT,
        code: 500,
        constant: "JSStreamAssignmentErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_CREATE,
        code: 500,
        constant: "JSStreamCreateErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_DELETE,
        code: 500,
        constant: "JSStreamDeleteErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_GENERAL,
        code: 500,
        constant: "JSStreamGeneralErrorF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_INVALID_CONFIG,
        code: 500,
        constant: "JSStreamInvalidConfigF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_LIMITS,
        code: 500,
        constant: "JSStreamLimitsErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MESSAGE_EXCEEDS_MAXIMUM,
        code: 400,
        constant: "JSStreamMessageExceedsMaximumErr",
        description: "message size exceeds maximum allowed",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MIRROR_NOT_UPDATABLE,
        code: 400,
        constant: "JSStreamMirrorNotUpdatableErr",
        description: "stream mirror configuration can not be updated",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MISMATCH,
        code: 400,
        constant: "JSStreamMismatchErr",
        description: "stream name in subject does not match request",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MSG_DELETE_FAILED,
        code: 500,
        constant: "JSStreamMsgDeleteFailedF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_NAME_EXIST,
        code: 400,
        constant: "JSStreamNameExistErr",
        description: "stream name already in use with a different configuration",
        help: "",
        deprecates: "ErrJetStreamStreamAlreadyUsed",
    },
    ErrorFacts {
        id: ErrorId::STREAM_NOT_FOUND,
        code: 404,
        constant: "JSStreamNotFoundErr",
        description: "stream not found",
        help: "",
        deprecates: "ErrJetStreamStreamNotFound",
    },
    ErrorFacts {
        id: ErrorId::STREAM_NOT_MATCH,
        code: 400,
        constant: "JSStreamNotMatchErr",
        description: "expected stream does not match",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_REPLICAS_NOT_UPDATABLE,
        code: 400,
        constant: "JSStreamReplicasNotUpdatableErr",
        description: "Replicas configuration can not be updated",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_RESTORE,
        code: 500,
        constant: "JSStreamRestoreErrF",
        description: "restore failed: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_SEQUENCE_NOT_MATCH,
        code: 503,
        constant: "JSStreamSequenceNotMatchErr",
        description: "expected stream sequence does not match",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_SNAPSHOT,
        code: 500,
        constant: "JSStreamSnapshotErrF",
        description: "snapshot failed: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_SUBJECT_OVERLAP,
        code: 400,
        constant: "JSStreamSubjectOverlapErr",
        description: "subjects overlap with an existing stream",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_TEMPLATE_CREATE,
        code: 500,
        constant: "JSStreamTemplateCreateErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_TEMPLATE_DELETE,
        code: 500,
        constant: "JSStreamTemplateDeleteErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_TEMPLATE_NOT_FOUND,
        code: 404,
        constant: "JSStreamTemplateNotFoundErr",
        description: "template not found",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_UPDATE,
        code: 500,
        constant: "JSStreamUpdateErrF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_WRONG_LAST_MSG_ID,
        code: 400,
        constant: "JSStreamWrongLastMsgIDErrF",
        description: "wrong last msg ID: {id}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_WRONG_LAST_SEQUENCE,
        code: 400,
        constant: "JSStreamWrongLastSequenceErrF",
        description: "wrong last sequence: {seq}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::TEMP_STORAGE_FAILED,
        code: 500,
        constant: "JSTempStorageFailedErr",
        description: "JetStream unable to open temp storage for restore",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::TEMPLATE_NAME_NOT_MATCH_SUBJECT,
        code: 400,
        constant: "JSTemplateNameNotMatchSubjectErr",
        description: "template name in subject does not match request",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_REPLICAS_NOT_SUPPORTED,
        code: 500,
        constant: "JSStreamReplicasNotSupportedErr",
        description: "replicas > 1 not supported in non-clustered mode",
        help: "",
        deprecates: "ErrReplicasNotSupported",
    },
    ErrorFacts {
        id: ErrorId::PEER_REMAP,
        code: 503,
        constant: "JSPeerRemapErr",
        description: "peer remap failed",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::NOT_ENABLED,
        code: 503,
        constant: "JSNotEnabledErr",
        description: "JetStream not enabled",
        help: "This error indicates that JetStream is not enabled at a global level",
        deprecates: "ErrJetStreamNotEnabled",
    },
    ErrorFacts {
        id: ErrorId::STREAM_STORE_FAILED,
        code: 503,
        constant: "JSStreamStoreFailedF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_CONFIG_REQUIRED,
        code: 400,
        constant: "JSConsumerConfigRequiredErr",
        description: "consumer config required",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DELIVER_TO_WILDCARDS,
        code: 400,
        constant: "JSConsumerDeliverToWildcardsErr",
        description: "consumer deliver subject has wildcards",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_PUSH_MAX_WAITING,
        code: 400,
        constant: "JSConsumerPushMaxWaitingErr",
        description: "consumer in push mode can not set max waiting",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DELIVER_CYCLE,
        code: 400,
        constant: "JSConsumerDeliverCycleErr",
        description: "consumer deliver subject forms a cycle",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_MAX_PENDING_ACK_POLICY_REQUIRED,
        code: 400,
        constant: "JSConsumerMaxPendingAckPolicyRequiredErr",
        description: "consumer requires ack policy for max ack pending",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_SMALL_HEARTBEAT,
        code: 400,
        constant: "JSConsumerSmallHeartbeatErr",
        description: "consumer idle heartbeat needs to be >= 100ms",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_PULL_REQUIRES_ACK,
        code: 400,
        constant: "JSConsumerPullRequiresAckErr",
        description: "consumer in pull mode requires explicit ack policy on workqueue stream",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_PULL_NOT_DURABLE,
        code: 400,
        constant: "JSConsumerPullNotDurableErr",
        description: "consumer in pull mode requires a durable name",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_PULL_WITH_RATE_LIMIT,
        code: 400,
        constant: "JSConsumerPullWithRateLimitErr",
        description: "consumer in pull mode can not have rate limit set",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_MAX_WAITING_NEGATIVE,
        code: 400,
        constant: "JSConsumerMaxWaitingNegativeErr",
        description: "consumer max waiting needs to be positive",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_HB_REQUIRES_PUSH,
        code: 400,
        constant: "JSConsumerHBRequiresPushErr",
        description: "consumer idle heartbeat requires a push based consumer",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_FC_REQUIRES_PUSH,
        code: 400,
        constant: "JSConsumerFCRequiresPushErr",
        description: "consumer flow control requires a push based consumer",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DIRECT_REQUIRES_PUSH,
        code: 400,
        constant: "JSConsumerDirectRequiresPushErr",
        description: "consumer direct requires a push based consumer",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DIRECT_REQUIRES_EPHEMERAL,
        code: 400,
        constant: "JSConsumerDirectRequiresEphemeralErr",
        description: "consumer direct requires an ephemeral consumer",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_ON_MAPPED,
        code: 400,
        constant: "JSConsumerOnMappedErr",
        description: "consumer direct on a mapped consumer",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_FILTER_NOT_SUBSET,
        code: 400,
        constant: "JSConsumerFilterNotSubsetErr",
        description: "consumer filter subject is not a valid subset of the interest subjects",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_INVALID_POLICY,
        code: 400,
        constant: "JSConsumerInvalidPolicyErrF",
        description: "{err}",
        help: "Error returned for impossible deliver policies when combined with start sequences etc",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_INVALID_SAMPLING,
        code: 400,
        constant: "JSConsumerInvalidSamplingErrF",
        description: "failed to parse consumer sampling configuration: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_INVALID,
        code: 500,
        constant: "JSStreamInvalidErr",
        description: "stream not valid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_HEADER_EXCEEDS_MAXIMUM,
        code: 400,
        constant: "JSStreamHeaderExceedsMaximumErr",
        description: "header size exceeds maximum allowed of 64k",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_WQ_REQUIRES_EXPLICIT_ACK,
        code: 400,
        constant: "JSConsumerWQRequiresExplicitAckErr",
        description: "workqueue stream requires explicit ack",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_WQ_MULTIPLE_UNFILTERED,
        code: 400,
        constant: "JSConsumerWQMultipleUnfilteredErr",
        description: "multiple non-filtered consumers not allowed on workqueue stream",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_WQ_CONSUMER_NOT_UNIQUE,
        code: 400,
        constant: "JSConsumerWQConsumerNotUniqueErr",
        description: "filtered consumer not unique on workqueue stream",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_WQ_CONSUMER_NOT_DELIVER_ALL,
        code: 400,
        constant: "JSConsumerWQConsumerNotDeliverAllErr",
        description: "consumer must be deliver all on workqueue stream",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_NAME_TOO_LONG,
        code: 400,
        constant: "JSConsumerNameTooLongErrF",
        description: "consumer name is too long, maximum allowed is {max}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_BAD_DURABLE_NAME,
        code: 400,
        constant: "JSConsumerBadDurableNameErr",
        description: "durable name can not contain '.', '*', '>'",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_STORE_FAILED,
        code: 500,
        constant: "JSConsumerStoreFailedErrF",
        description: "error creating store for consumer: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_EXISTING_ACTIVE,
        code: 400,
        constant: "JSConsumerExistingActiveErr",
        description: "consumer already exists and is still active",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_REPLACEMENT_WITH_DIFFERENT_NAME,
        code: 400,
        constant: "JSConsumerReplacementWithDifferentNameErr",
        description: "consumer replacement durable config not the same",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DESCRIPTION_TOO_LONG,
        code: 400,
        constant: "JSConsumerDescriptionTooLongErrF",
        description: "consumer description is too long, maximum allowed is {max}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_WITH_FLOW_CONTROL_NEEDS_HEARTBEATS,
        code: 400,
        constant: "JSConsumerWithFlowControlNeedsHeartbeats",
        description: "consumer with flow control also needs heartbeats",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_SEALED,
        code: 400,
        constant: "JSStreamSealedErr",
        description: "invalid operation on sealed stream",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_PURGE_FAILED,
        code: 500,
        constant: "JSStreamPurgeFailedF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_ROLLUP_FAILED,
        code: 500,
        constant: "JSStreamRollupFailedF",
        description: "{err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_INVALID_DELIVER_SUBJECT,
        code: 400,
        constant: "JSConsumerInvalidDeliverSubject",
        description: "invalid push consumer deliver subject",
        help: "Returned when the delivery subject on a Push Consumer is not a valid NATS Subject",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MAX_BYTES_REQUIRED,
        code: 400,
        constant: "JSStreamMaxBytesRequired",
        description: "account requires a stream config to have max bytes set",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_MAX_REQUEST_BATCH_NEGATIVE,
        code: 400,
        constant: "JSConsumerMaxRequestBatchNegativeErr",
        description: "consumer max request batch needs to be > 0",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_MAX_REQUEST_EXPIRES_TOO_SMALL,
        code: 400,
        constant: "JSConsumerMaxRequestExpiresTooSmall",
        description: "consumer max request expires needs to be >= 1ms",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_MAX_DELIVER_BACKOFF,
        code: 400,
        constant: "JSConsumerMaxDeliverBackoffErr",
        description: "max deliver is required to be > length of backoff values",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_INFO_MAX_SUBJECTS,
        code: 500,
        constant: "JSStreamInfoMaxSubjectsErr",
        description: "subject details would exceed maximum allowed",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_OFFLINE,
        code: 500,
        constant: "JSStreamOfflineErr",
        description: "stream is offline",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_OFFLINE,
        code: 500,
        constant: "JSConsumerOfflineErr",
        description: "consumer is offline",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::NO_LIMITS,
        code: 400,
        constant: "JSNoLimitsErr",
        description: "no JetStream default or applicable tiered limit present",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_MAX_PENDING_ACK_EXCESS,
        code: 400,
        constant: "JSConsumerMaxPendingAckExcessErrF",
        description: "consumer max ack pending exceeds system limit of {limit}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MAX_STREAM_BYTES_EXCEEDED,
        code: 400,
        constant: "JSStreamMaxStreamBytesExceeded",
        description: "stream max bytes exceeds account limit max stream bytes",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MOVE_AND_SCALE,
        code: 400,
        constant: "JSStreamMoveAndScaleErr",
        description: "can not move and scale a stream in a single update",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MOVE_IN_PROGRESS,
        code: 400,
        constant: "JSStreamMoveInProgressF",
        description: "stream move already in progress: {msg}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_MAX_REQUEST_BATCH_EXCEEDED,
        code: 400,
        constant: "JSConsumerMaxRequestBatchExceededF",
        description: "consumer max request batch exceeds server limit of {limit}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_REPLICAS_EXCEEDS_STREAM,
        code: 400,
        constant: "JSConsumerReplicasExceedsStream",
        description: "consumer config replica count exceeds parent stream",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_NAME_CONTAINS_PATH_SEPARATORS,
        code: 400,
        constant: "JSConsumerNameContainsPathSeparatorsErr",
        description: "Consumer name can not contain path separators",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_NAME_CONTAINS_PATH_SEPARATORS,
        code: 400,
        constant: "JSStreamNameContainsPathSeparatorsErr",
        description: "Stream name can not contain path separators",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MOVE_NOT_IN_PROGRESS,
        code: 400,
        constant: "JSStreamMoveNotInProgress",
        description: "stream move not in progress",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_NAME_EXIST_RESTORE_FAILED,
        code: 400,
        constant: "JSStreamNameExistRestoreFailedErr",
        description: "stream name already in use, cannot restore",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_CREATE_FILTER_SUBJECT_MISMATCH,
        code: 400,
        constant: "JSConsumerCreateFilterSubjectMismatchErr",
        description: "Consumer create request did not match filtered subject from create subject",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_CREATE_DURABLE_AND_NAME_MISMATCH,
        code: 400,
        constant: "JSConsumerCreateDurableAndNameMismatch",
        description: "Consumer Durable and Name have to be equal if both are provided",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::REPLICAS_COUNT_CANNOT_BE_NEGATIVE,
        code: 400,
        constant: "JSReplicasCountCannotBeNegative",
        description: "replicas count cannot be negative",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_REPLICAS_SHOULD_MATCH_STREAM,
        code: 400,
        constant: "JSConsumerReplicasShouldMatchStream",
        description: "consumer config replicas must match interest retention stream's replicas",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_METADATA_LENGTH,
        code: 400,
        constant: "JSConsumerMetadataLengthErrF",
        description: "consumer metadata exceeds maximum size of {limit}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DUPLICATE_FILTER_SUBJECTS,
        code: 400,
        constant: "JSConsumerDuplicateFilterSubjects",
        description: "consumer cannot have both FilterSubject and FilterSubjects specified",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED,
        code: 400,
        constant: "JSConsumerMultipleFiltersNotAllowed",
        description: "consumer with multiple subject filters cannot use subject based API",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_OVERLAPPING_SUBJECT_FILTERS,
        code: 400,
        constant: "JSConsumerOverlappingSubjectFilters",
        description: "consumer subject filters cannot overlap",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_EMPTY_FILTER,
        code: 400,
        constant: "JSConsumerEmptyFilter",
        description: "consumer filter in FilterSubjects cannot be empty",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SOURCE_DUPLICATE_DETECTED,
        code: 400,
        constant: "JSSourceDuplicateDetected",
        description: "duplicate source configuration detected",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SOURCE_INVALID_STREAM_NAME,
        code: 400,
        constant: "JSSourceInvalidStreamName",
        description: "sourced stream name is invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_INVALID_STREAM_NAME,
        code: 400,
        constant: "JSMirrorInvalidStreamName",
        description: "mirrored stream name is invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_WITH_FIRST_SEQ,
        code: 400,
        constant: "JSMirrorWithFirstSeqErr",
        description: "stream mirrors can not have first sequence configured",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SOURCE_MULTIPLE_FILTERS_NOT_ALLOWED,
        code: 400,
        constant: "JSSourceMultipleFiltersNotAllowed",
        description: "source with multiple subject transforms cannot also have a single subject filter",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SOURCE_INVALID_SUBJECT_FILTER,
        code: 400,
        constant: "JSSourceInvalidSubjectFilter",
        description: "source transform source: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SOURCE_INVALID_TRANSFORM_DESTINATION,
        code: 400,
        constant: "JSSourceInvalidTransformDestination",
        description: "source transform: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SOURCE_OVERLAPPING_SUBJECT_FILTERS,
        code: 400,
        constant: "JSSourceOverlappingSubjectFilters",
        description: "source filters can not overlap",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_ALREADY_EXISTS,
        code: 400,
        constant: "JSConsumerAlreadyExists",
        description: "consumer already exists",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_DOES_NOT_EXIST,
        code: 400,
        constant: "JSConsumerDoesNotExist",
        description: "consumer does not exist",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_MULTIPLE_FILTERS_NOT_ALLOWED,
        code: 400,
        constant: "JSMirrorMultipleFiltersNotAllowed",
        description: "mirror with multiple subject transforms cannot also have a single subject filter",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_INVALID_SUBJECT_FILTER,
        code: 400,
        constant: "JSMirrorInvalidSubjectFilter",
        description: "mirror transform source: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_OVERLAPPING_SUBJECT_FILTERS,
        code: 400,
        constant: "JSMirrorOverlappingSubjectFilters",
        description: "mirror subject filters can not overlap",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_INACTIVE_THRESHOLD_EXCESS,
        code: 400,
        constant: "JSConsumerInactiveThresholdExcess",
        description: "consumer inactive threshold exceeds system limit of {limit}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_INVALID_TRANSFORM_DESTINATION,
        code: 400,
        constant: "JSMirrorInvalidTransformDestination",
        description: "mirror transform: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_TRANSFORM_INVALID_SOURCE,
        code: 400,
        constant: "JSStreamTransformInvalidSource",
        description: "stream transform source: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_TRANSFORM_INVALID_DESTINATION,
        code: 400,
        constant: "JSStreamTransformInvalidDestination",
        description: "stream transform: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::PEDANTIC,
        code: 400,
        constant: "JSPedanticErrF",
        description: "pedantic mode: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_DUPLICATE_MESSAGE_CONFLICT,
        code: 409,
        constant: "JSStreamDuplicateMessageConflict",
        description: "duplicate message id is in process",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_PRIORITY_POLICY_WITHOUT_GROUP,
        code: 400,
        constant: "JSConsumerPriorityPolicyWithoutGroup",
        description: "Setting PriorityPolicy requires at least one PriorityGroup to be set",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_INVALID_PRIORITY_GROUP,
        code: 400,
        constant: "JSConsumerInvalidPriorityGroupErr",
        description: "Provided priority group does not exist for this consumer",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_EMPTY_GROUP_NAME,
        code: 400,
        constant: "JSConsumerEmptyGroupName",
        description: "Group name cannot be an empty string",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_INVALID_GROUP_NAME,
        code: 400,
        constant: "JSConsumerInvalidGroupNameErr",
        description: "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY,
        code: 503,
        constant: "JSStreamExpectedLastSeqPerSubjectNotReady",
        description: "expected last sequence per subject temporarily unavailable",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_WRONG_LAST_SEQUENCE_CONSTANT,
        code: 400,
        constant: "JSStreamWrongLastSequenceConstantErr",
        description: "wrong last sequence",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_TTL_INVALID,
        code: 400,
        constant: "JSMessageTTLInvalidErr",
        description: "invalid per-message TTL",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_TTL_DISABLED,
        code: 400,
        constant: "JSMessageTTLDisabledErr",
        description: "per-message TTL is disabled",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_TOO_MANY_REQUESTS,
        code: 429,
        constant: "JSStreamTooManyRequests",
        description: "too many requests",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_INCR_DISABLED,
        code: 400,
        constant: "JSMessageIncrDisabledErr",
        description: "message counters is disabled",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_INCR_MISSING,
        code: 400,
        constant: "JSMessageIncrMissingErr",
        description: "message counter increment is missing",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_INCR_PAYLOAD,
        code: 400,
        constant: "JSMessageIncrPayloadErr",
        description: "message counter has payload",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_INCR_INVALID,
        code: 400,
        constant: "JSMessageIncrInvalidErr",
        description: "message counter increment is invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_COUNTER_BROKEN,
        code: 400,
        constant: "JSMessageCounterBrokenErr",
        description: "message counter is broken",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_WITH_COUNTERS,
        code: 400,
        constant: "JSMirrorWithCountersErr",
        description: "stream mirrors can not also calculate counters",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::ATOMIC_PUBLISH_DISABLED,
        code: 400,
        constant: "JSAtomicPublishDisabledErr",
        description: "atomic publish is disabled",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::ATOMIC_PUBLISH_MISSING_SEQ,
        code: 400,
        constant: "JSAtomicPublishMissingSeqErr",
        description: "atomic publish sequence is missing",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::ATOMIC_PUBLISH_INCOMPLETE_BATCH,
        code: 400,
        constant: "JSAtomicPublishIncompleteBatchErr",
        description: "atomic publish batch is incomplete",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::ATOMIC_PUBLISH_UNSUPPORTED_HEADER_BATCH,
        code: 400,
        constant: "JSAtomicPublishUnsupportedHeaderBatchErr",
        description: "atomic publish unsupported header used: {header}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_PUSH_WITH_PRIORITY_GROUP,
        code: 400,
        constant: "JSConsumerPushWithPriorityGroupErr",
        description: "priority groups can not be used with push consumers",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::ATOMIC_PUBLISH_INVALID_BATCH_ID,
        code: 400,
        constant: "JSAtomicPublishInvalidBatchIDErr",
        description: "atomic publish batch ID is invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_MIN_LAST_SEQ,
        code: 412,
        constant: "JSStreamMinLastSeqErr",
        description: "min last sequence",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_ACK_POLICY_INVALID,
        code: 400,
        constant: "JSConsumerAckPolicyInvalidErr",
        description: "consumer ack policy invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_REPLAY_POLICY_INVALID,
        code: 400,
        constant: "JSConsumerReplayPolicyInvalidErr",
        description: "consumer replay policy invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_ACK_WAIT_NEGATIVE,
        code: 400,
        constant: "JSConsumerAckWaitNegativeErr",
        description: "consumer ack wait needs to be positive",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_BACK_OFF_NEGATIVE,
        code: 400,
        constant: "JSConsumerBackOffNegativeErr",
        description: "consumer backoff needs to be positive",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::REQUIRED_API_LEVEL,
        code: 412,
        constant: "JSRequiredApiLevelErr",
        description: "JetStream minimum api level required",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_WITH_MSG_SCHEDULES,
        code: 400,
        constant: "JSMirrorWithMsgSchedulesErr",
        description: "stream mirrors can not also schedule messages",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::SOURCE_WITH_MSG_SCHEDULES,
        code: 400,
        constant: "JSSourceWithMsgSchedulesErr",
        description: "stream source can not also schedule messages",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_SCHEDULES_DISABLED,
        code: 400,
        constant: "JSMessageSchedulesDisabledErr",
        description: "message schedules is disabled",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_SCHEDULES_PATTERN_INVALID,
        code: 400,
        constant: "JSMessageSchedulesPatternInvalidErr",
        description: "message schedules pattern is invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_SCHEDULES_TARGET_INVALID,
        code: 400,
        constant: "JSMessageSchedulesTargetInvalidErr",
        description: "message schedules target is invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_SCHEDULES_TTL_INVALID,
        code: 400,
        constant: "JSMessageSchedulesTTLInvalidErr",
        description: "message schedules invalid per-message TTL",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_SCHEDULES_ROLLUP_INVALID,
        code: 400,
        constant: "JSMessageSchedulesRollupInvalidErr",
        description: "message schedules invalid rollup",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_INVALID,
        code: 400,
        constant: "JSStreamExpectedLastSeqPerSubjectInvalid",
        description: "missing sequence for expected last sequence per subject",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::STREAM_OFFLINE_REASON,
        code: 500,
        constant: "JSStreamOfflineReasonErrF",
        description: "stream is offline: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_OFFLINE_REASON,
        code: 500,
        constant: "JSConsumerOfflineReasonErrF",
        description: "consumer is offline: {err}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_PRIORITY_GROUP_WITH_POLICY_NONE,
        code: 400,
        constant: "JSConsumerPriorityGroupWithPolicyNone",
        description: "consumer can not have priority groups when policy is none",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_PINNED_TTL_WITHOUT_PRIORITY_POLICY_NONE,
        code: 400,
        constant: "JSConsumerPinnedTTLWithoutPriorityPolicyNone",
        description: "PinnedTTL cannot be set when PriorityPolicy is none",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MIRROR_WITH_ATOMIC_PUBLISH,
        code: 400,
        constant: "JSMirrorWithAtomicPublishErr",
        description: "stream mirrors can not also use atomic publishing",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::ATOMIC_PUBLISH_TOO_LARGE_BATCH,
        code: 400,
        constant: "JSAtomicPublishTooLargeBatchErrF",
        description: "atomic publish batch is too large: {size}",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::ATOMIC_PUBLISH_INVALID_BATCH_COMMIT,
        code: 400,
        constant: "JSAtomicPublishInvalidBatchCommitErr",
        description: "atomic publish batch commit is invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::ATOMIC_PUBLISH_CONTAINS_DUPLICATE_MESSAGE,
        code: 400,
        constant: "JSAtomicPublishContainsDuplicateMessageErr",
        description: "atomic publish batch contains duplicate message id",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CLUSTER_SERVER_MEMBER_CHANGE_INFLIGHT,
        code: 400,
        constant: "JSClusterServerMemberChangeInflightErr",
        description: "cluster member change is in progress",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::MESSAGE_SCHEDULES_SOURCE_INVALID,
        code: 400,
        constant: "JSMessageSchedulesSourceInvalidErr",
        description: "message schedules source is invalid",
        help: "",
        deprecates: "",
    },
    ErrorFacts {
        id: ErrorId::CONSUMER_INVALID_RESET,
        code: 400,
        constant: "JSConsumerInvalidResetErr",
        description: "invalid reset: {err}",
        help: "",
        deprecates: "",
    },
];

const _: () = assert!(check_duplicates(&FACTS).is_none(), "a code is there twice");
const _: () = assert!(check_increments(&FACTS).is_none(), "a code is missing");
