//! The number of every error, under its name.

use super::super::api_error::ErrorId;

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
