//! Which message is asked for (`JSApiMsgGetRequest`).

use jiff::Timestamp;
use serde::Deserialize;

use super::json::{Described, Field, Shape, Struct};

/// Which message is asked for, or which several.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MsgGetRequest {
    /// That of this sequence.
    pub seq: u64,
    /// The last of this subject.
    pub last_by_subj: String,
    /// The next of this subject.
    pub next_by_subj: String,
    /// Most messages.
    pub batch: i64,
    /// Most bytes.
    pub max_bytes: i64,
    /// The first not older than this.
    pub start_time: Option<Timestamp>,
    /// The last of each of these subjects.
    pub multi_last: Vec<String>,
    /// None after this sequence.
    pub up_to_seq: u64,
    /// None after this time.
    pub up_to_time: Option<Timestamp>,
    /// Whether headers are left out.
    pub no_hdr: bool,
}

impl Described for MsgGetRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiMsgGetRequest",
        embedded: None,
        fields: &[
            Field("seq", Shape::Uint64),
            Field("last_by_subj", Shape::Text),
            Field("next_by_subj", Shape::Text),
            Field("batch", Shape::Int),
            Field("max_bytes", Shape::Int),
            Field("start_time", Shape::OptionalTime),
            Field("multi_last", Shape::Texts),
            Field("up_to_seq", Shape::Uint64),
            Field("up_to_time", Shape::OptionalTime),
            Field("no_hdr", Shape::Flag),
        ],
    };
}
