//! Streams that this one copies (a mirror) or takes messages from (sources).
//!
//! Each has a consumer over there, made by request through the API like that of any
//! client, so that it may be in another account or domain. What it delivers goes
//! through the stream's own queue of events. Answers to the mirror and source parts
//! of `stream.go` and ADR-59.

mod link;
mod mirror;
mod reply;
mod setup;
mod source;

pub(super) use link::{OriginEvent, Origins};
