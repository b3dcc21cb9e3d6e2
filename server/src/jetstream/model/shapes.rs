//! What configurations and states look like in JSON, as the Go server declares them.

use super::json::{Choice, Field, Refusal, Shape, Struct};

const fn words(words: &'static [(&'static str, &'static str)]) -> Choice {
    Choice {
        words,
        any_case: false,
        refusal: Refusal::Quoted,
    }
}

static RETENTION: Choice = words(&[
    ("\"limits\"", "limits"),
    ("\"interest\"", "interest"),
    ("\"workqueue\"", "workqueue"),
]);
static DISCARD: Choice = Choice {
    words: &[("\"old\"", "old"), ("\"new\"", "new")],
    any_case: true,
    refusal: Refusal::Quoted,
};
static STORAGE: Choice = words(&[("\"memory\"", "memory"), ("\"file\"", "file")]);
static COMPRESSION: Choice = Choice {
    words: &[("\"none\"", "none"), ("\"s2\"", "s2")],
    any_case: false,
    refusal: Refusal::Plain("unknown compression algorithm"),
};
static PERSIST: Choice = words(&[
    ("\"default\"", "default"),
    ("\"\"", "default"),
    ("\"async\"", "async"),
]);
static ACK: Choice = words(&[
    ("\"none\"", "none"),
    ("\"all\"", "all"),
    ("\"explicit\"", "explicit"),
]);
static REPLAY: Choice = words(&[("\"instant\"", "instant"), ("\"original\"", "original")]);
static DELIVER: Choice = words(&[
    ("\"all\"", "all"),
    ("\"undefined\"", "all"),
    ("\"last\"", "last"),
    ("\"last_per_subject\"", "last_per_subject"),
    ("\"new\"", "new"),
    ("\"by_start_sequence\"", "by_start_sequence"),
    ("\"by_start_time\"", "by_start_time"),
]);
static PRIORITY: Choice = Choice {
    words: &[
        ("\"none\"", "none"),
        ("\"overflow\"", "overflow"),
        ("\"pinned_client\"", "pinned_client"),
        ("\"prioritized\"", "prioritized"),
    ],
    any_case: false,
    refusal: Refusal::Raw("unknown priority policy: "),
};

/// `StreamConfig`
pub static STREAM_CONFIG: Struct = Struct {
    name: "StreamConfig",
    embedded: None,
    fields: &[
        Field("name", Shape::Text),
        Field("description", Shape::Text),
        Field("subjects", Shape::Texts),
        Field("retention", Shape::Choice(&RETENTION)),
        Field("max_consumers", Shape::Int),
        Field("max_msgs", Shape::Int64),
        Field("max_bytes", Shape::Int64),
        Field("max_age", Shape::Duration),
        Field("max_msgs_per_subject", Shape::Int64),
        Field("max_msg_size", Shape::Int32),
        Field("discard", Shape::Choice(&DISCARD)),
        Field("storage", Shape::Choice(&STORAGE)),
        Field("num_replicas", Shape::Int),
        Field("no_ack", Shape::Flag),
        Field("duplicate_window", Shape::Duration),
        Field("placement", Shape::Optional(&PLACEMENT)),
        Field("mirror", Shape::Optional(&STREAM_SOURCE)),
        Field("sources", Shape::Optionals(&STREAM_SOURCE)),
        Field("compression", Shape::Choice(&COMPRESSION)),
        Field("first_seq", Shape::Uint64),
        Field("subject_transform", Shape::Optional(&SUBJECT_TRANSFORM)),
        Field("republish", Shape::Optional(&REPUBLISH)),
        Field("allow_direct", Shape::Flag),
        Field("mirror_direct", Shape::Flag),
        Field("discard_new_per_subject", Shape::Flag),
        Field("sealed", Shape::Flag),
        Field("deny_delete", Shape::Flag),
        Field("deny_purge", Shape::Flag),
        Field("allow_rollup_hdrs", Shape::Flag),
        Field("consumer_limits", Shape::Object(&CONSUMER_LIMITS)),
        Field("allow_msg_ttl", Shape::Flag),
        Field("subject_delete_marker_ttl", Shape::Duration),
        Field("allow_msg_counter", Shape::Flag),
        Field("allow_atomic", Shape::Flag),
        Field("allow_msg_schedules", Shape::Flag),
        Field("persist_mode", Shape::Choice(&PERSIST)),
        Field("metadata", Shape::TextMap),
    ],
};

static PLACEMENT: Struct = Struct {
    name: "Placement",
    embedded: None,
    fields: &[
        Field("cluster", Shape::Text),
        Field("tags", Shape::Texts),
        Field("preferred", Shape::Text),
    ],
};

static STREAM_SOURCE: Struct = Struct {
    name: "StreamSource",
    embedded: None,
    fields: &[
        Field("name", Shape::Text),
        Field("opt_start_seq", Shape::Uint64),
        Field("opt_start_time", Shape::OptionalTime),
        Field("filter_subject", Shape::Text),
        Field("subject_transforms", Shape::Objects(&SUBJECT_TRANSFORM)),
        Field("external", Shape::Optional(&EXTERNAL)),
    ],
};

static EXTERNAL: Struct = Struct {
    name: "ExternalStream",
    embedded: None,
    fields: &[Field("api", Shape::Text), Field("deliver", Shape::Text)],
};

static SUBJECT_TRANSFORM: Struct = Struct {
    name: "SubjectTransformConfig",
    embedded: None,
    fields: &[Field("src", Shape::Text), Field("dest", Shape::Text)],
};

static REPUBLISH: Struct = Struct {
    name: "RePublish",
    embedded: None,
    fields: &[
        Field("src", Shape::Text),
        Field("dest", Shape::Text),
        Field("headers_only", Shape::Flag),
    ],
};

static CONSUMER_LIMITS: Struct = Struct {
    name: "StreamConsumerLimits",
    embedded: None,
    fields: &[
        Field("inactive_threshold", Shape::Duration),
        Field("max_ack_pending", Shape::Int),
    ],
};

/// `ConsumerConfig`
pub static CONSUMER_CONFIG: Struct = Struct {
    name: "ConsumerConfig",
    embedded: None,
    fields: &[
        Field("durable_name", Shape::Text),
        Field("name", Shape::Text),
        Field("description", Shape::Text),
        Field("deliver_policy", Shape::Choice(&DELIVER)),
        Field("opt_start_seq", Shape::Uint64),
        Field("opt_start_time", Shape::OptionalTime),
        Field("ack_policy", Shape::Choice(&ACK)),
        Field("ack_wait", Shape::Duration),
        Field("max_deliver", Shape::Int),
        Field("backoff", Shape::Durations),
        Field("filter_subject", Shape::Text),
        Field("filter_subjects", Shape::Texts),
        Field("replay_policy", Shape::Choice(&REPLAY)),
        Field("rate_limit_bps", Shape::Uint64),
        Field("sample_freq", Shape::Text),
        Field("max_waiting", Shape::Int),
        Field("max_ack_pending", Shape::Int),
        Field("flow_control", Shape::Flag),
        Field("headers_only", Shape::Flag),
        Field("max_batch", Shape::Int),
        Field("max_expires", Shape::Duration),
        Field("max_bytes", Shape::Int),
        Field("deliver_subject", Shape::Text),
        Field("deliver_group", Shape::Text),
        Field("idle_heartbeat", Shape::Duration),
        Field("inactive_threshold", Shape::Duration),
        Field("num_replicas", Shape::Int),
        Field("mem_storage", Shape::Flag),
        Field("direct", Shape::Flag),
        Field("metadata", Shape::TextMap),
        Field("pause_until", Shape::OptionalTime),
        Field("priority_groups", Shape::Texts),
        Field("priority_policy", Shape::Choice(&PRIORITY)),
        Field("priority_timeout", Shape::Duration),
    ],
};

/// `StreamState`
pub static STREAM_STATE: Struct = Struct {
    name: "StreamState",
    embedded: None,
    fields: &[
        Field("messages", Shape::Uint64),
        Field("bytes", Shape::Uint64),
        Field("first_seq", Shape::Uint64),
        Field("first_ts", Shape::Time),
        Field("last_seq", Shape::Uint64),
        Field("last_ts", Shape::Time),
        Field("num_subjects", Shape::Int),
        Field("subjects", Shape::Uint64Map),
        Field("num_deleted", Shape::Int),
        Field("deleted", Shape::Uint64s),
        Field("lost", Shape::Optional(&LOST)),
        Field("consumer_count", Shape::Int),
    ],
};

static LOST: Struct = Struct {
    name: "LostStreamData",
    embedded: None,
    fields: &[Field("msgs", Shape::Uint64s), Field("bytes", Shape::Uint64)],
};
