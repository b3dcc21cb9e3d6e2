//! Errors about streams: their configuration, messages, mirrors and sources.

use std::fmt::Display;

use super::super::api_error::{ApiError, ErrorId};

impl ApiError {
    /// `atomic publish batch contains duplicate message id`
    /// (JSAtomicPublishContainsDuplicateMessageErr, 10201).
    pub fn atomic_publish_contains_duplicate_message() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_CONTAINS_DUPLICATE_MESSAGE)
    }

    /// `atomic publish is disabled`
    /// (JSAtomicPublishDisabledErr, 10174).
    pub fn atomic_publish_disabled() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_DISABLED)
    }

    /// `atomic publish batch is incomplete`
    /// (JSAtomicPublishIncompleteBatchErr, 10176).
    pub fn atomic_publish_incomplete_batch() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_INCOMPLETE_BATCH)
    }

    /// `atomic publish batch commit is invalid`
    /// (JSAtomicPublishInvalidBatchCommitErr, 10200).
    pub fn atomic_publish_invalid_batch_commit() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_INVALID_BATCH_COMMIT)
    }

    /// `atomic publish batch ID is invalid`
    /// (JSAtomicPublishInvalidBatchIDErr, 10179).
    pub fn atomic_publish_invalid_batch_id() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_INVALID_BATCH_ID)
    }

    /// `atomic publish sequence is missing`
    /// (JSAtomicPublishMissingSeqErr, 10175).
    pub fn atomic_publish_missing_seq() -> Self {
        Self::known(ErrorId::ATOMIC_PUBLISH_MISSING_SEQ)
    }

    /// `atomic publish batch is too large: {size}`
    /// (JSAtomicPublishTooLargeBatchErrF, 10199).
    pub fn atomic_publish_too_large_batch(size: impl Display) -> Self {
        Self::filled(ErrorId::ATOMIC_PUBLISH_TOO_LARGE_BATCH, &[("size", &size)])
    }

    /// `atomic publish unsupported header used: {header}`
    /// (JSAtomicPublishUnsupportedHeaderBatchErr, 10177).
    pub fn atomic_publish_unsupported_header_batch(header: impl Display) -> Self {
        Self::filled(
            ErrorId::ATOMIC_PUBLISH_UNSUPPORTED_HEADER_BATCH,
            &[("header", &header)],
        )
    }

    /// `message counter is broken`
    /// (JSMessageCounterBrokenErr, 10172).
    pub fn message_counter_broken() -> Self {
        Self::known(ErrorId::MESSAGE_COUNTER_BROKEN)
    }

    /// `message counters is disabled`
    /// (JSMessageIncrDisabledErr, 10168).
    pub fn message_incr_disabled() -> Self {
        Self::known(ErrorId::MESSAGE_INCR_DISABLED)
    }

    /// `message counter increment is invalid`
    /// (JSMessageIncrInvalidErr, 10171).
    pub fn message_incr_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_INCR_INVALID)
    }

    /// `message counter increment is missing`
    /// (JSMessageIncrMissingErr, 10169).
    pub fn message_incr_missing() -> Self {
        Self::known(ErrorId::MESSAGE_INCR_MISSING)
    }

    /// `message counter has payload`
    /// (JSMessageIncrPayloadErr, 10170).
    pub fn message_incr_payload() -> Self {
        Self::known(ErrorId::MESSAGE_INCR_PAYLOAD)
    }

    /// `message schedules is disabled`
    /// (JSMessageSchedulesDisabledErr, 10188).
    pub fn message_schedules_disabled() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_DISABLED)
    }

    /// `message schedules pattern is invalid`
    /// (JSMessageSchedulesPatternInvalidErr, 10189).
    pub fn message_schedules_pattern_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_PATTERN_INVALID)
    }

    /// `message schedules invalid rollup`
    /// (JSMessageSchedulesRollupInvalidErr, 10192).
    pub fn message_schedules_rollup_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_ROLLUP_INVALID)
    }

    /// `message schedules source is invalid`
    /// (JSMessageSchedulesSourceInvalidErr, 10203).
    pub fn message_schedules_source_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_SOURCE_INVALID)
    }

    /// `message schedules invalid per-message TTL`
    /// (JSMessageSchedulesTTLInvalidErr, 10191).
    pub fn message_schedules_ttl_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_TTL_INVALID)
    }

    /// `message schedules target is invalid`
    /// (JSMessageSchedulesTargetInvalidErr, 10190).
    pub fn message_schedules_target_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_SCHEDULES_TARGET_INVALID)
    }

    /// `per-message TTL is disabled`
    /// (JSMessageTTLDisabledErr, 10166).
    pub fn message_ttl_disabled() -> Self {
        Self::known(ErrorId::MESSAGE_TTL_DISABLED)
    }

    /// `invalid per-message TTL`
    /// (JSMessageTTLInvalidErr, 10165).
    pub fn message_ttl_invalid() -> Self {
        Self::known(ErrorId::MESSAGE_TTL_INVALID)
    }

    /// `{err}`
    /// (JSMirrorConsumerSetupFailedErrF, 10029).
    pub fn mirror_consumer_setup_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::MIRROR_CONSUMER_SETUP_FAILED, &[("err", &err)])
    }

    /// `mirrored stream name is invalid`
    /// (JSMirrorInvalidStreamName, 10142).
    pub fn mirror_invalid_stream_name() -> Self {
        Self::known(ErrorId::MIRROR_INVALID_STREAM_NAME)
    }

    /// `mirror transform source: {err}`
    /// (JSMirrorInvalidSubjectFilter, 10151).
    pub fn mirror_invalid_subject_filter(err: impl Display) -> Self {
        Self::filled(ErrorId::MIRROR_INVALID_SUBJECT_FILTER, &[("err", &err)])
    }

    /// `mirror transform: {err}`
    /// (JSMirrorInvalidTransformDestination, 10154).
    pub fn mirror_invalid_transform_destination(err: impl Display) -> Self {
        Self::filled(
            ErrorId::MIRROR_INVALID_TRANSFORM_DESTINATION,
            &[("err", &err)],
        )
    }

    /// `stream mirror must have max message size >= source`
    /// (JSMirrorMaxMessageSizeTooBigErr, 10030).
    pub fn mirror_max_message_size_too_big() -> Self {
        Self::known(ErrorId::MIRROR_MAX_MESSAGE_SIZE_TOO_BIG)
    }

    /// `mirror with multiple subject transforms cannot also have a single subject filter`
    /// (JSMirrorMultipleFiltersNotAllowed, 10150).
    pub fn mirror_multiple_filters_not_allowed() -> Self {
        Self::known(ErrorId::MIRROR_MULTIPLE_FILTERS_NOT_ALLOWED)
    }

    /// `mirror subject filters can not overlap`
    /// (JSMirrorOverlappingSubjectFilters, 10152).
    pub fn mirror_overlapping_subject_filters() -> Self {
        Self::known(ErrorId::MIRROR_OVERLAPPING_SUBJECT_FILTERS)
    }

    /// `stream mirrors can not also use atomic publishing`
    /// (JSMirrorWithAtomicPublishErr, 10198).
    pub fn mirror_with_atomic_publish() -> Self {
        Self::known(ErrorId::MIRROR_WITH_ATOMIC_PUBLISH)
    }

    /// `stream mirrors can not also calculate counters`
    /// (JSMirrorWithCountersErr, 10173).
    pub fn mirror_with_counters() -> Self {
        Self::known(ErrorId::MIRROR_WITH_COUNTERS)
    }

    /// `stream mirrors can not have first sequence configured`
    /// (JSMirrorWithFirstSeqErr, 10143).
    pub fn mirror_with_first_seq() -> Self {
        Self::known(ErrorId::MIRROR_WITH_FIRST_SEQ)
    }

    /// `stream mirrors can not also schedule messages`
    /// (JSMirrorWithMsgSchedulesErr, 10186).
    pub fn mirror_with_msg_schedules() -> Self {
        Self::known(ErrorId::MIRROR_WITH_MSG_SCHEDULES)
    }

    /// `stream mirrors can not also contain other sources`
    /// (JSMirrorWithSourcesErr, 10031).
    pub fn mirror_with_sources() -> Self {
        Self::known(ErrorId::MIRROR_WITH_SOURCES)
    }

    /// `stream mirrors can not have both start seq and start time configured`
    /// (JSMirrorWithStartSeqAndTimeErr, 10032).
    pub fn mirror_with_start_seq_and_time() -> Self {
        Self::known(ErrorId::MIRROR_WITH_START_SEQ_AND_TIME)
    }

    /// `stream mirrors can not contain filtered subjects`
    /// (JSMirrorWithSubjectFiltersErr, 10033).
    pub fn mirror_with_subject_filters() -> Self {
        Self::known(ErrorId::MIRROR_WITH_SUBJECT_FILTERS)
    }

    /// `stream mirrors can not contain subjects`
    /// (JSMirrorWithSubjectsErr, 10034).
    pub fn mirror_with_subjects() -> Self {
        Self::known(ErrorId::MIRROR_WITH_SUBJECTS)
    }

    /// `JetStream unable to subscribe to restore snapshot {subject}: {err}`
    /// (JSRestoreSubscribeFailedErrF, 10042).
    pub fn restore_subscribe_failed(err: impl Display, subject: impl Display) -> Self {
        Self::filled(
            ErrorId::RESTORE_SUBSCRIBE_FAILED,
            &[("err", &err), ("subject", &subject)],
        )
    }

    /// `sequence {seq} not found`
    /// (JSSequenceNotFoundErrF, 10043).
    pub fn sequence_not_found(seq: u64) -> Self {
        Self::filled(ErrorId::SEQUENCE_NOT_FOUND, &[("seq", &seq)])
    }

    /// `deliver subject not valid`
    /// (JSSnapshotDeliverSubjectInvalidErr, 10015).
    pub fn snapshot_deliver_subject_invalid() -> Self {
        Self::known(ErrorId::SNAPSHOT_DELIVER_SUBJECT_INVALID)
    }

    /// `{err}`
    /// (JSSourceConsumerSetupFailedErrF, 10045).
    pub fn source_consumer_setup_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::SOURCE_CONSUMER_SETUP_FAILED, &[("err", &err)])
    }

    /// `duplicate source configuration detected`: source stream, filter and transform (plus external if present) must form a unique combination
    /// (JSSourceDuplicateDetected, 10140).
    pub fn source_duplicate_detected() -> Self {
        Self::known(ErrorId::SOURCE_DUPLICATE_DETECTED)
    }

    /// `sourced stream name is invalid`
    /// (JSSourceInvalidStreamName, 10141).
    pub fn source_invalid_stream_name() -> Self {
        Self::known(ErrorId::SOURCE_INVALID_STREAM_NAME)
    }

    /// `source transform source: {err}`
    /// (JSSourceInvalidSubjectFilter, 10145).
    pub fn source_invalid_subject_filter(err: impl Display) -> Self {
        Self::filled(ErrorId::SOURCE_INVALID_SUBJECT_FILTER, &[("err", &err)])
    }

    /// `source transform: {err}`
    /// (JSSourceInvalidTransformDestination, 10146).
    pub fn source_invalid_transform_destination(err: impl Display) -> Self {
        Self::filled(
            ErrorId::SOURCE_INVALID_TRANSFORM_DESTINATION,
            &[("err", &err)],
        )
    }

    /// `stream source must have max message size >= target`
    /// (JSSourceMaxMessageSizeTooBigErr, 10046).
    pub fn source_max_message_size_too_big() -> Self {
        Self::known(ErrorId::SOURCE_MAX_MESSAGE_SIZE_TOO_BIG)
    }

    /// `source with multiple subject transforms cannot also have a single subject filter`
    /// (JSSourceMultipleFiltersNotAllowed, 10144).
    pub fn source_multiple_filters_not_allowed() -> Self {
        Self::known(ErrorId::SOURCE_MULTIPLE_FILTERS_NOT_ALLOWED)
    }

    /// `source filters can not overlap`
    /// (JSSourceOverlappingSubjectFilters, 10147).
    pub fn source_overlapping_subject_filters() -> Self {
        Self::known(ErrorId::SOURCE_OVERLAPPING_SUBJECT_FILTERS)
    }

    /// `stream source can not also schedule messages`
    /// (JSSourceWithMsgSchedulesErr, 10187).
    pub fn source_with_msg_schedules() -> Self {
        Self::known(ErrorId::SOURCE_WITH_MSG_SCHEDULES)
    }

    /// `{err}`
    /// (JSStreamAssignmentErrF, 10048).
    pub fn stream_assignment(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_ASSIGNMENT, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamCreateErrF, 10049).
    pub fn stream_create(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_CREATE, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamDeleteErrF, 10050).
    pub fn stream_delete(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_DELETE, &[("err", &err)])
    }

    /// `duplicate message id is in process`
    /// (JSStreamDuplicateMessageConflict, 10158).
    pub fn stream_duplicate_message_conflict() -> Self {
        Self::known(ErrorId::STREAM_DUPLICATE_MESSAGE_CONFLICT)
    }

    /// `missing sequence for expected last sequence per subject`
    /// (JSStreamExpectedLastSeqPerSubjectInvalid, 10193).
    pub fn stream_expected_last_seq_per_subject_invalid() -> Self {
        Self::known(ErrorId::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_INVALID)
    }

    /// `expected last sequence per subject temporarily unavailable`
    /// (JSStreamExpectedLastSeqPerSubjectNotReady, 10163).
    pub fn stream_expected_last_seq_per_subject_not_ready() -> Self {
        Self::known(ErrorId::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY)
    }

    /// `stream external api prefix {prefix} must not overlap with {subject}`
    /// (JSStreamExternalApiOverlapErrF, 10021).
    pub fn stream_external_api_overlap(prefix: impl Display, subject: impl Display) -> Self {
        Self::filled(
            ErrorId::STREAM_EXTERNAL_API_OVERLAP,
            &[("prefix", &prefix), ("subject", &subject)],
        )
    }

    /// `stream external delivery prefix {prefix} overlaps with stream subject {subject}`
    /// (JSStreamExternalDelPrefixOverlapsErrF, 10022).
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
    pub fn stream_general(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_GENERAL, &[("err", &err)])
    }

    /// `header size exceeds maximum allowed of 64k`
    /// (JSStreamHeaderExceedsMaximumErr, 10097).
    pub fn stream_header_exceeds_maximum() -> Self {
        Self::known(ErrorId::STREAM_HEADER_EXCEEDS_MAXIMUM)
    }

    /// `subject details would exceed maximum allowed`
    /// (JSStreamInfoMaxSubjectsErr, 10117).
    pub fn stream_info_max_subjects() -> Self {
        Self::known(ErrorId::STREAM_INFO_MAX_SUBJECTS)
    }

    /// `{err}`: Stream configuration validation error string
    /// (JSStreamInvalidConfigF, 10052).
    pub fn stream_invalid_config(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_INVALID_CONFIG, &[("err", &err)])
    }

    /// `stream not valid`
    /// (JSStreamInvalidErr, 10096).
    pub fn stream_invalid() -> Self {
        Self::known(ErrorId::STREAM_INVALID)
    }

    /// `stream external delivery prefix {prefix} must not contain wildcards`
    /// (JSStreamInvalidExternalDeliverySubjErrF, 10024).
    pub fn stream_invalid_external_delivery_subj(prefix: impl Display) -> Self {
        Self::filled(
            ErrorId::STREAM_INVALID_EXTERNAL_DELIVERY_SUBJ,
            &[("prefix", &prefix)],
        )
    }

    /// `{err}`
    /// (JSStreamLimitsErrF, 10053).
    pub fn stream_limits(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_LIMITS, &[("err", &err)])
    }

    /// `account requires a stream config to have max bytes set`
    /// (JSStreamMaxBytesRequired, 10113).
    pub fn stream_max_bytes_required() -> Self {
        Self::known(ErrorId::STREAM_MAX_BYTES_REQUIRED)
    }

    /// `stream max bytes exceeds account limit max stream bytes`
    /// (JSStreamMaxStreamBytesExceeded, 10122).
    pub fn stream_max_stream_bytes_exceeded() -> Self {
        Self::known(ErrorId::STREAM_MAX_STREAM_BYTES_EXCEEDED)
    }

    /// `message size exceeds maximum allowed`
    /// (JSStreamMessageExceedsMaximumErr, 10054).
    pub fn stream_message_exceeds_maximum() -> Self {
        Self::known(ErrorId::STREAM_MESSAGE_EXCEEDS_MAXIMUM)
    }

    /// `min last sequence`
    /// (JSStreamMinLastSeqErr, 10180).
    pub fn stream_min_last_seq() -> Self {
        Self::known(ErrorId::STREAM_MIN_LAST_SEQ)
    }

    /// `stream mirror configuration can not be updated`
    /// (JSStreamMirrorNotUpdatableErr, 10055).
    pub fn stream_mirror_not_updatable() -> Self {
        Self::known(ErrorId::STREAM_MIRROR_NOT_UPDATABLE)
    }

    /// `stream name in subject does not match request`
    /// (JSStreamMismatchErr, 10056).
    pub fn stream_mismatch() -> Self {
        Self::known(ErrorId::STREAM_MISMATCH)
    }

    /// `can not move and scale a stream in a single update`
    /// (JSStreamMoveAndScaleErr, 10123).
    pub fn stream_move_and_scale() -> Self {
        Self::known(ErrorId::STREAM_MOVE_AND_SCALE)
    }

    /// `stream move already in progress: {msg}`
    /// (JSStreamMoveInProgressF, 10124).
    pub fn stream_move_in_progress(msg: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_MOVE_IN_PROGRESS, &[("msg", &msg)])
    }

    /// `stream move not in progress`
    /// (JSStreamMoveNotInProgress, 10129).
    pub fn stream_move_not_in_progress() -> Self {
        Self::known(ErrorId::STREAM_MOVE_NOT_IN_PROGRESS)
    }

    /// `{err}`
    /// (JSStreamMsgDeleteFailedF, 10057).
    pub fn stream_msg_delete_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_MSG_DELETE_FAILED, &[("err", &err)])
    }

    /// `Stream name can not contain path separators`
    /// (JSStreamNameContainsPathSeparatorsErr, 10128).
    pub fn stream_name_contains_path_separators() -> Self {
        Self::known(ErrorId::STREAM_NAME_CONTAINS_PATH_SEPARATORS)
    }

    /// `stream name already in use with a different configuration`
    /// (JSStreamNameExistErr, 10058).
    pub fn stream_name_exist() -> Self {
        Self::known(ErrorId::STREAM_NAME_EXIST)
    }

    /// `stream name already in use, cannot restore`
    /// (JSStreamNameExistRestoreFailedErr, 10130).
    pub fn stream_name_exist_restore_failed() -> Self {
        Self::known(ErrorId::STREAM_NAME_EXIST_RESTORE_FAILED)
    }

    /// `stream not found`
    /// (JSStreamNotFoundErr, 10059).
    pub fn stream_not_found() -> Self {
        Self::known(ErrorId::STREAM_NOT_FOUND)
    }

    /// `expected stream does not match`
    /// (JSStreamNotMatchErr, 10060).
    pub fn stream_not_match() -> Self {
        Self::known(ErrorId::STREAM_NOT_MATCH)
    }

    /// `stream is offline`
    /// (JSStreamOfflineErr, 10118).
    pub fn stream_offline() -> Self {
        Self::known(ErrorId::STREAM_OFFLINE)
    }

    /// `stream is offline: {err}`
    /// (JSStreamOfflineReasonErrF, 10194).
    pub fn stream_offline_reason(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_OFFLINE_REASON, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamPurgeFailedF, 10110).
    pub fn stream_purge_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_PURGE_FAILED, &[("err", &err)])
    }

    /// `replicas > 1 not supported in non-clustered mode`
    /// (JSStreamReplicasNotSupportedErr, 10074).
    pub fn stream_replicas_not_supported() -> Self {
        Self::known(ErrorId::STREAM_REPLICAS_NOT_SUPPORTED)
    }

    /// `Replicas configuration can not be updated`
    /// (JSStreamReplicasNotUpdatableErr, 10061).
    pub fn stream_replicas_not_updatable() -> Self {
        Self::known(ErrorId::STREAM_REPLICAS_NOT_UPDATABLE)
    }

    /// `restore failed: {err}`
    /// (JSStreamRestoreErrF, 10062).
    pub fn stream_restore(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_RESTORE, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamRollupFailedF, 10111).
    pub fn stream_rollup_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_ROLLUP_FAILED, &[("err", &err)])
    }

    /// `invalid operation on sealed stream`
    /// (JSStreamSealedErr, 10109).
    pub fn stream_sealed() -> Self {
        Self::known(ErrorId::STREAM_SEALED)
    }

    /// `expected stream sequence does not match`
    /// (JSStreamSequenceNotMatchErr, 10063).
    pub fn stream_sequence_not_match() -> Self {
        Self::known(ErrorId::STREAM_SEQUENCE_NOT_MATCH)
    }

    /// `snapshot failed: {err}`
    /// (JSStreamSnapshotErrF, 10064).
    pub fn stream_snapshot(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_SNAPSHOT, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamStoreFailedF, 10077).
    pub fn stream_store_failed(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_STORE_FAILED, &[("err", &err)])
    }

    /// `subjects overlap with an existing stream`
    /// (JSStreamSubjectOverlapErr, 10065).
    pub fn stream_subject_overlap() -> Self {
        Self::known(ErrorId::STREAM_SUBJECT_OVERLAP)
    }

    /// `{err}`
    /// (JSStreamTemplateCreateErrF, 10066).
    pub fn stream_template_create(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_TEMPLATE_CREATE, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamTemplateDeleteErrF, 10067).
    pub fn stream_template_delete(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_TEMPLATE_DELETE, &[("err", &err)])
    }

    /// `template not found`
    /// (JSStreamTemplateNotFoundErr, 10068).
    pub fn stream_template_not_found() -> Self {
        Self::known(ErrorId::STREAM_TEMPLATE_NOT_FOUND)
    }

    /// `too many requests`
    /// (JSStreamTooManyRequests, 10167).
    pub fn stream_too_many_requests() -> Self {
        Self::known(ErrorId::STREAM_TOO_MANY_REQUESTS)
    }

    /// `stream transform: {err}`
    /// (JSStreamTransformInvalidDestination, 10156).
    pub fn stream_transform_invalid_destination(err: impl Display) -> Self {
        Self::filled(
            ErrorId::STREAM_TRANSFORM_INVALID_DESTINATION,
            &[("err", &err)],
        )
    }

    /// `stream transform source: {err}`
    /// (JSStreamTransformInvalidSource, 10155).
    pub fn stream_transform_invalid_source(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_TRANSFORM_INVALID_SOURCE, &[("err", &err)])
    }

    /// `{err}`
    /// (JSStreamUpdateErrF, 10069).
    pub fn stream_update(err: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_UPDATE, &[("err", &err)])
    }

    /// `wrong last msg ID: {id}`
    /// (JSStreamWrongLastMsgIDErrF, 10070).
    pub fn stream_wrong_last_msg_id(id: impl Display) -> Self {
        Self::filled(ErrorId::STREAM_WRONG_LAST_MSG_ID, &[("id", &id)])
    }

    /// `wrong last sequence`
    /// (JSStreamWrongLastSequenceConstantErr, 10164).
    pub fn stream_wrong_last_sequence_constant() -> Self {
        Self::known(ErrorId::STREAM_WRONG_LAST_SEQUENCE_CONSTANT)
    }

    /// `wrong last sequence: {seq}`
    /// (JSStreamWrongLastSequenceErrF, 10071).
    pub fn stream_wrong_last_sequence(seq: u64) -> Self {
        Self::filled(ErrorId::STREAM_WRONG_LAST_SEQUENCE, &[("seq", &seq)])
    }

    /// `template name in subject does not match request`
    /// (JSTemplateNameNotMatchSubjectErr, 10073).
    pub fn template_name_not_match_subject() -> Self {
        Self::known(ErrorId::TEMPLATE_NAME_NOT_MATCH_SUBJECT)
    }
}
