//! Every constructor against the codes and texts that the Go server is built
//! with and that `schemas/server/errors.json` of `jsm.go` publishes for client
//! tools; both agree in all rows.

use super::*;

type Row = (fn() -> ApiError, u16, u16, &'static str);

#[test]
fn consumer_errors_are_as_published() {
    check(CONSUMER);
}

#[test]
fn stream_errors_are_as_published() {
    check(STREAM);
}

#[test]
fn other_errors_are_as_published() {
    check(OTHER);
}

fn check(rows: &[Row]) {
    for (make, code, err_code, text) in rows {
        let error = make();
        assert_eq!(
            (error.code, error.err_code, &*error.description),
            (*code, *err_code, *text)
        );
        assert!(error.is(&[ErrorId(*err_code)]));
    }
}

#[test]
fn the_rows_cover_the_table() {
    let mut codes: Vec<u16> = [CONSUMER, STREAM, OTHER]
        .concat()
        .iter()
        .map(|row| row.2)
        .collect();
    codes.sort_unstable();
    assert!(codes.iter().copied().eq(10_002..=10_204));
}

#[rustfmt::skip]
const CONSUMER: &[Row] = &[
    (|| ApiError::consumer_ack_policy_invalid(), 400, 10181, "consumer ack policy invalid"),
    (|| ApiError::consumer_ack_wait_negative(), 400, 10183, "consumer ack wait needs to be positive"),
    (|| ApiError::consumer_already_exists(), 400, 10148, "consumer already exists"),
    (|| ApiError::consumer_back_off_negative(), 400, 10184, "consumer backoff needs to be positive"),
    (|| ApiError::consumer_bad_durable_name(), 400, 10103, "durable name can not contain '.', '*', '>'"),
    (|| ApiError::consumer_config_required(), 400, 10078, "consumer config required"),
    (|| ApiError::consumer_create_durable_and_name_mismatch(), 400, 10132, "Consumer Durable and Name have to be equal if both are provided"),
    (|| ApiError::consumer_create("some cause"), 500, 10012, "some cause"),
    (|| ApiError::consumer_create_filter_subject_mismatch(), 400, 10131, "Consumer create request did not match filtered subject from create subject"),
    (|| ApiError::consumer_deliver_cycle(), 400, 10081, "consumer deliver subject forms a cycle"),
    (|| ApiError::consumer_deliver_to_wildcards(), 400, 10079, "consumer deliver subject has wildcards"),
    (|| ApiError::consumer_description_too_long("9"), 400, 10107, "consumer description is too long, maximum allowed is 9"),
    (|| ApiError::consumer_direct_requires_ephemeral(), 400, 10091, "consumer direct requires an ephemeral consumer"),
    (|| ApiError::consumer_direct_requires_push(), 400, 10090, "consumer direct requires a push based consumer"),
    (|| ApiError::consumer_does_not_exist(), 400, 10149, "consumer does not exist"),
    (|| ApiError::consumer_duplicate_filter_subjects(), 400, 10136, "consumer cannot have both FilterSubject and FilterSubjects specified"),
    (|| ApiError::consumer_durable_name_not_in_subject(), 400, 10016, "consumer expected to be durable but no durable name set in subject"),
    (|| ApiError::consumer_durable_name_not_match_subject(), 400, 10017, "consumer name in subject does not match durable name in request"),
    (|| ApiError::consumer_durable_name_not_set(), 400, 10018, "consumer expected to be durable but a durable name was not set"),
    (|| ApiError::consumer_empty_filter(), 400, 10139, "consumer filter in FilterSubjects cannot be empty"),
    (|| ApiError::consumer_empty_group_name(), 400, 10161, "Group name cannot be an empty string"),
    (|| ApiError::consumer_ephemeral_with_durable_in_subject(), 400, 10019, "consumer expected to be ephemeral but detected a durable name set in subject"),
    (|| ApiError::consumer_ephemeral_with_durable_name(), 400, 10020, "consumer expected to be ephemeral but a durable name was set in request"),
    (|| ApiError::consumer_existing_active(), 400, 10105, "consumer already exists and is still active"),
    (|| ApiError::consumer_fc_requires_push(), 400, 10089, "consumer flow control requires a push based consumer"),
    (|| ApiError::consumer_filter_not_subset(), 400, 10093, "consumer filter subject is not a valid subset of the interest subjects"),
    (|| ApiError::consumer_hb_requires_push(), 400, 10088, "consumer idle heartbeat requires a push based consumer"),
    (|| ApiError::consumer_inactive_threshold_excess("7"), 400, 10153, "consumer inactive threshold exceeds system limit of 7"),
    (|| ApiError::consumer_invalid_deliver_subject(), 400, 10112, "invalid push consumer deliver subject"),
    (|| ApiError::consumer_invalid_group_name(), 400, 10162, "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters"),
    (|| ApiError::consumer_invalid_policy("some cause"), 400, 10094, "some cause"),
    (|| ApiError::consumer_invalid_priority_group(), 400, 10160, "Provided priority group does not exist for this consumer"),
    (|| ApiError::consumer_invalid_reset("some cause"), 400, 10204, "invalid reset: some cause"),
    (|| ApiError::consumer_invalid_sampling("some cause"), 400, 10095, "failed to parse consumer sampling configuration: some cause"),
    (|| ApiError::consumer_max_deliver_backoff(), 400, 10116, "max deliver is required to be > length of backoff values"),
    (|| ApiError::consumer_max_pending_ack_excess("7"), 400, 10121, "consumer max ack pending exceeds system limit of 7"),
    (|| ApiError::consumer_max_pending_ack_policy_required(), 400, 10082, "consumer requires ack policy for max ack pending"),
    (|| ApiError::consumer_max_request_batch_exceeded("7"), 400, 10125, "consumer max request batch exceeds server limit of 7"),
    (|| ApiError::consumer_max_request_batch_negative(), 400, 10114, "consumer max request batch needs to be > 0"),
    (|| ApiError::consumer_max_request_expires_too_small(), 400, 10115, "consumer max request expires needs to be >= 1ms"),
    (|| ApiError::consumer_max_waiting_negative(), 400, 10087, "consumer max waiting needs to be positive"),
    (|| ApiError::consumer_metadata_length("7"), 400, 10135, "consumer metadata exceeds maximum size of 7"),
    (|| ApiError::consumer_multiple_filters_not_allowed(), 400, 10137, "consumer with multiple subject filters cannot use subject based API"),
    (|| ApiError::consumer_name_contains_path_separators(), 400, 10127, "Consumer name can not contain path separators"),
    (|| ApiError::consumer_name_exist(), 400, 10013, "consumer name already in use"),
    (|| ApiError::consumer_name_too_long("9"), 400, 10102, "consumer name is too long, maximum allowed is 9"),
    (|| ApiError::consumer_not_found(), 404, 10014, "consumer not found"),
    (|| ApiError::consumer_offline(), 500, 10119, "consumer is offline"),
    (|| ApiError::consumer_offline_reason("some cause"), 500, 10195, "consumer is offline: some cause"),
    (|| ApiError::consumer_on_mapped(), 400, 10092, "consumer direct on a mapped consumer"),
    (|| ApiError::consumer_overlapping_subject_filters(), 400, 10138, "consumer subject filters cannot overlap"),
    (|| ApiError::consumer_pinned_ttl_without_priority_policy_none(), 400, 10197, "PinnedTTL cannot be set when PriorityPolicy is none"),
    (|| ApiError::consumer_priority_group_with_policy_none(), 400, 10196, "consumer can not have priority groups when policy is none"),
    (|| ApiError::consumer_priority_policy_without_group(), 400, 10159, "Setting PriorityPolicy requires at least one PriorityGroup to be set"),
    (|| ApiError::consumer_pull_not_durable(), 400, 10085, "consumer in pull mode requires a durable name"),
    (|| ApiError::consumer_pull_requires_ack(), 400, 10084, "consumer in pull mode requires explicit ack policy on workqueue stream"),
    (|| ApiError::consumer_pull_with_rate_limit(), 400, 10086, "consumer in pull mode can not have rate limit set"),
    (|| ApiError::consumer_push_max_waiting(), 400, 10080, "consumer in push mode can not set max waiting"),
    (|| ApiError::consumer_push_with_priority_group(), 400, 10178, "priority groups can not be used with push consumers"),
    (|| ApiError::consumer_replacement_with_different_name(), 400, 10106, "consumer replacement durable config not the same"),
    (|| ApiError::consumer_replay_policy_invalid(), 400, 10182, "consumer replay policy invalid"),
    (|| ApiError::consumer_replicas_exceeds_stream(), 400, 10126, "consumer config replica count exceeds parent stream"),
    (|| ApiError::consumer_replicas_should_match_stream(), 400, 10134, "consumer config replicas must match interest retention stream's replicas"),
    (|| ApiError::consumer_small_heartbeat(), 400, 10083, "consumer idle heartbeat needs to be >= 100ms"),
    (|| ApiError::consumer_store_failed("some cause"), 500, 10104, "error creating store for consumer: some cause"),
    (|| ApiError::consumer_wq_consumer_not_deliver_all(), 400, 10101, "consumer must be deliver all on workqueue stream"),
    (|| ApiError::consumer_wq_consumer_not_unique(), 400, 10100, "filtered consumer not unique on workqueue stream"),
    (|| ApiError::consumer_wq_multiple_unfiltered(), 400, 10099, "multiple non-filtered consumers not allowed on workqueue stream"),
    (|| ApiError::consumer_wq_requires_explicit_ack(), 400, 10098, "workqueue stream requires explicit ack"),
    (|| ApiError::consumer_with_flow_control_needs_heartbeats(), 400, 10108, "consumer with flow control also needs heartbeats"),
];

#[rustfmt::skip]
const STREAM: &[Row] = &[
    (|| ApiError::stream_assignment("some cause"), 500, 10048, "some cause"),
    (|| ApiError::stream_create("some cause"), 500, 10049, "some cause"),
    (|| ApiError::stream_delete("some cause"), 500, 10050, "some cause"),
    (|| ApiError::stream_duplicate_message_conflict(), 409, 10158, "duplicate message id is in process"),
    (|| ApiError::stream_expected_last_seq_per_subject_invalid(), 400, 10193, "missing sequence for expected last sequence per subject"),
    (|| ApiError::stream_expected_last_seq_per_subject_not_ready(), 503, 10163, "expected last sequence per subject temporarily unavailable"),
    (|| ApiError::stream_external_api_overlap("a.prefix", "the.subject"), 400, 10021, "stream external api prefix a.prefix must not overlap with the.subject"),
    (|| ApiError::stream_external_del_prefix_overlaps("a.prefix", "the.subject"), 400, 10022, "stream external delivery prefix a.prefix overlaps with stream subject the.subject"),
    (|| ApiError::stream_general("some cause"), 500, 10051, "some cause"),
    (|| ApiError::stream_header_exceeds_maximum(), 400, 10097, "header size exceeds maximum allowed of 64k"),
    (|| ApiError::stream_info_max_subjects(), 500, 10117, "subject details would exceed maximum allowed"),
    (|| ApiError::stream_invalid_config("some cause"), 500, 10052, "some cause"),
    (|| ApiError::stream_invalid(), 500, 10096, "stream not valid"),
    (|| ApiError::stream_invalid_external_delivery_subj("a.prefix"), 400, 10024, "stream external delivery prefix a.prefix must not contain wildcards"),
    (|| ApiError::stream_limits("some cause"), 500, 10053, "some cause"),
    (|| ApiError::stream_max_bytes_required(), 400, 10113, "account requires a stream config to have max bytes set"),
    (|| ApiError::stream_max_stream_bytes_exceeded(), 400, 10122, "stream max bytes exceeds account limit max stream bytes"),
    (|| ApiError::stream_message_exceeds_maximum(), 400, 10054, "message size exceeds maximum allowed"),
    (|| ApiError::stream_min_last_seq(), 412, 10180, "min last sequence"),
    (|| ApiError::stream_mirror_not_updatable(), 400, 10055, "stream mirror configuration can not be updated"),
    (|| ApiError::stream_mismatch(), 400, 10056, "stream name in subject does not match request"),
    (|| ApiError::stream_move_and_scale(), 400, 10123, "can not move and scale a stream in a single update"),
    (|| ApiError::stream_move_in_progress("a message"), 400, 10124, "stream move already in progress: a message"),
    (|| ApiError::stream_move_not_in_progress(), 400, 10129, "stream move not in progress"),
    (|| ApiError::stream_msg_delete_failed("some cause"), 500, 10057, "some cause"),
    (|| ApiError::stream_name_contains_path_separators(), 400, 10128, "Stream name can not contain path separators"),
    (|| ApiError::stream_name_exist(), 400, 10058, "stream name already in use with a different configuration"),
    (|| ApiError::stream_name_exist_restore_failed(), 400, 10130, "stream name already in use, cannot restore"),
    (|| ApiError::stream_not_found(), 404, 10059, "stream not found"),
    (|| ApiError::stream_not_match(), 400, 10060, "expected stream does not match"),
    (|| ApiError::stream_offline(), 500, 10118, "stream is offline"),
    (|| ApiError::stream_offline_reason("some cause"), 500, 10194, "stream is offline: some cause"),
    (|| ApiError::stream_purge_failed("some cause"), 500, 10110, "some cause"),
    (|| ApiError::stream_replicas_not_supported(), 500, 10074, "replicas > 1 not supported in non-clustered mode"),
    (|| ApiError::stream_replicas_not_updatable(), 400, 10061, "Replicas configuration can not be updated"),
    (|| ApiError::stream_restore("some cause"), 500, 10062, "restore failed: some cause"),
    (|| ApiError::stream_rollup_failed("some cause"), 500, 10111, "some cause"),
    (|| ApiError::stream_sealed(), 400, 10109, "invalid operation on sealed stream"),
    (|| ApiError::stream_sequence_not_match(), 503, 10063, "expected stream sequence does not match"),
    (|| ApiError::stream_snapshot("some cause"), 500, 10064, "snapshot failed: some cause"),
    (|| ApiError::stream_store_failed("some cause"), 503, 10077, "some cause"),
    (|| ApiError::stream_subject_overlap(), 400, 10065, "subjects overlap with an existing stream"),
    (|| ApiError::stream_template_create("some cause"), 500, 10066, "some cause"),
    (|| ApiError::stream_template_delete("some cause"), 500, 10067, "some cause"),
    (|| ApiError::stream_template_not_found(), 404, 10068, "template not found"),
    (|| ApiError::stream_too_many_requests(), 429, 10167, "too many requests"),
    (|| ApiError::stream_transform_invalid_destination("some cause"), 400, 10156, "stream transform: some cause"),
    (|| ApiError::stream_transform_invalid_source("some cause"), 400, 10155, "stream transform source: some cause"),
    (|| ApiError::stream_update("some cause"), 500, 10069, "some cause"),
    (|| ApiError::stream_wrong_last_msg_id("id-1"), 400, 10070, "wrong last msg ID: id-1"),
    (|| ApiError::stream_wrong_last_sequence_constant(), 400, 10164, "wrong last sequence"),
    (|| ApiError::stream_wrong_last_sequence(42), 400, 10071, "wrong last sequence: 42"),
];

#[rustfmt::skip]
const OTHER: &[Row] = &[
    (|| ApiError::account_resources_exceeded(), 400, 10002, "resource limits exceeded for account"),
    (|| ApiError::atomic_publish_contains_duplicate_message(), 400, 10201, "atomic publish batch contains duplicate message id"),
    (|| ApiError::atomic_publish_disabled(), 400, 10174, "atomic publish is disabled"),
    (|| ApiError::atomic_publish_incomplete_batch(), 400, 10176, "atomic publish batch is incomplete"),
    (|| ApiError::atomic_publish_invalid_batch_commit(), 400, 10200, "atomic publish batch commit is invalid"),
    (|| ApiError::atomic_publish_invalid_batch_id(), 400, 10179, "atomic publish batch ID is invalid"),
    (|| ApiError::atomic_publish_missing_seq(), 400, 10175, "atomic publish sequence is missing"),
    (|| ApiError::atomic_publish_too_large_batch("1000"), 400, 10199, "atomic publish batch is too large: 1000"),
    (|| ApiError::atomic_publish_unsupported_header_batch("Nats-X"), 400, 10177, "atomic publish unsupported header used: Nats-X"),
    (|| ApiError::bad_request(), 400, 10003, "bad request"),
    (|| ApiError::cluster_incomplete(), 503, 10004, "incomplete results"),
    (|| ApiError::cluster_no_peers("some cause"), 400, 10005, "some cause"),
    (|| ApiError::cluster_not_active(), 500, 10006, "JetStream not in clustered mode"),
    (|| ApiError::cluster_not_assigned(), 500, 10007, "JetStream cluster not assigned to this server"),
    (|| ApiError::cluster_not_avail(), 503, 10008, "JetStream system temporarily unavailable"),
    (|| ApiError::cluster_not_leader(), 500, 10009, "JetStream cluster can not handle request"),
    (|| ApiError::cluster_peer_not_member(), 400, 10040, "peer not a member"),
    (|| ApiError::cluster_required(), 503, 10010, "JetStream clustering support required"),
    (|| ApiError::cluster_server_member_change_inflight(), 400, 10202, "cluster member change is in progress"),
    (|| ApiError::cluster_server_not_member(), 400, 10044, "server is not a member of the cluster"),
    (|| ApiError::cluster_tags(), 400, 10011, "tags placement not supported for operation"),
    (|| ApiError::cluster_un_support_feature(), 503, 10036, "not currently supported in clustered mode"),
    (|| ApiError::insufficient_resources(), 503, 10023, "insufficient resources"),
    (|| ApiError::invalid_json("some cause"), 400, 10025, "invalid JSON: some cause"),
    (|| ApiError::maximum_consumers_limit(), 400, 10026, "maximum consumers limit reached"),
    (|| ApiError::maximum_streams_limit(), 400, 10027, "maximum number of streams reached"),
    (|| ApiError::memory_resources_exceeded(), 500, 10028, "insufficient memory resources available"),
    (|| ApiError::message_counter_broken(), 400, 10172, "message counter is broken"),
    (|| ApiError::message_incr_disabled(), 400, 10168, "message counters is disabled"),
    (|| ApiError::message_incr_invalid(), 400, 10171, "message counter increment is invalid"),
    (|| ApiError::message_incr_missing(), 400, 10169, "message counter increment is missing"),
    (|| ApiError::message_incr_payload(), 400, 10170, "message counter has payload"),
    (|| ApiError::message_schedules_disabled(), 400, 10188, "message schedules is disabled"),
    (|| ApiError::message_schedules_pattern_invalid(), 400, 10189, "message schedules pattern is invalid"),
    (|| ApiError::message_schedules_rollup_invalid(), 400, 10192, "message schedules invalid rollup"),
    (|| ApiError::message_schedules_source_invalid(), 400, 10203, "message schedules source is invalid"),
    (|| ApiError::message_schedules_ttl_invalid(), 400, 10191, "message schedules invalid per-message TTL"),
    (|| ApiError::message_schedules_target_invalid(), 400, 10190, "message schedules target is invalid"),
    (|| ApiError::message_ttl_disabled(), 400, 10166, "per-message TTL is disabled"),
    (|| ApiError::message_ttl_invalid(), 400, 10165, "invalid per-message TTL"),
    (|| ApiError::mirror_consumer_setup_failed("some cause"), 500, 10029, "some cause"),
    (|| ApiError::mirror_invalid_stream_name(), 400, 10142, "mirrored stream name is invalid"),
    (|| ApiError::mirror_invalid_subject_filter("some cause"), 400, 10151, "mirror transform source: some cause"),
    (|| ApiError::mirror_invalid_transform_destination("some cause"), 400, 10154, "mirror transform: some cause"),
    (|| ApiError::mirror_max_message_size_too_big(), 400, 10030, "stream mirror must have max message size >= source"),
    (|| ApiError::mirror_multiple_filters_not_allowed(), 400, 10150, "mirror with multiple subject transforms cannot also have a single subject filter"),
    (|| ApiError::mirror_overlapping_subject_filters(), 400, 10152, "mirror subject filters can not overlap"),
    (|| ApiError::mirror_with_atomic_publish(), 400, 10198, "stream mirrors can not also use atomic publishing"),
    (|| ApiError::mirror_with_counters(), 400, 10173, "stream mirrors can not also calculate counters"),
    (|| ApiError::mirror_with_first_seq(), 400, 10143, "stream mirrors can not have first sequence configured"),
    (|| ApiError::mirror_with_msg_schedules(), 400, 10186, "stream mirrors can not also schedule messages"),
    (|| ApiError::mirror_with_sources(), 400, 10031, "stream mirrors can not also contain other sources"),
    (|| ApiError::mirror_with_start_seq_and_time(), 400, 10032, "stream mirrors can not have both start seq and start time configured"),
    (|| ApiError::mirror_with_subject_filters(), 400, 10033, "stream mirrors can not contain filtered subjects"),
    (|| ApiError::mirror_with_subjects(), 400, 10034, "stream mirrors can not contain subjects"),
    (|| ApiError::no_account(), 503, 10035, "account not found"),
    (|| ApiError::no_limits(), 400, 10120, "no JetStream default or applicable tiered limit present"),
    (|| ApiError::no_message_found(), 404, 10037, "no message found"),
    (|| ApiError::not_empty_request(), 400, 10038, "expected an empty request payload"),
    (|| ApiError::not_enabled(), 503, 10076, "JetStream not enabled"),
    (|| ApiError::not_enabled_for_account(), 503, 10039, "JetStream not enabled for account"),
    (|| ApiError::pedantic("some cause"), 400, 10157, "pedantic mode: some cause"),
    (|| ApiError::peer_remap(), 503, 10075, "peer remap failed"),
    (|| ApiError::raft_general("some cause"), 500, 10041, "some cause"),
    (|| ApiError::replicas_count_cannot_be_negative(), 400, 10133, "replicas count cannot be negative"),
    (|| ApiError::required_api_level(), 412, 10185, "JetStream minimum api level required"),
    (|| ApiError::restore_subscribe_failed("some cause", "the.subject"), 500, 10042, "JetStream unable to subscribe to restore snapshot the.subject: some cause"),
    (|| ApiError::sequence_not_found(42), 400, 10043, "sequence 42 not found"),
    (|| ApiError::snapshot_deliver_subject_invalid(), 400, 10015, "deliver subject not valid"),
    (|| ApiError::source_consumer_setup_failed("some cause"), 500, 10045, "some cause"),
    (|| ApiError::source_duplicate_detected(), 400, 10140, "duplicate source configuration detected"),
    (|| ApiError::source_invalid_stream_name(), 400, 10141, "sourced stream name is invalid"),
    (|| ApiError::source_invalid_subject_filter("some cause"), 400, 10145, "source transform source: some cause"),
    (|| ApiError::source_invalid_transform_destination("some cause"), 400, 10146, "source transform: some cause"),
    (|| ApiError::source_max_message_size_too_big(), 400, 10046, "stream source must have max message size >= target"),
    (|| ApiError::source_multiple_filters_not_allowed(), 400, 10144, "source with multiple subject transforms cannot also have a single subject filter"),
    (|| ApiError::source_overlapping_subject_filters(), 400, 10147, "source filters can not overlap"),
    (|| ApiError::source_with_msg_schedules(), 400, 10187, "stream source can not also schedule messages"),
    (|| ApiError::storage_resources_exceeded(), 500, 10047, "insufficient storage resources available"),
    (|| ApiError::temp_storage_failed(), 500, 10072, "JetStream unable to open temp storage for restore"),
    (|| ApiError::template_name_not_match_subject(), 400, 10073, "template name in subject does not match request"),
];
