//! The JetStream API: requests on `$JS.API.>` and their answers.
//!
//! Requests wait in one queue for a few workers; what is one family of requests is
//! one file. Answers to `jetstream_api.go`.

mod account;
mod audit;
mod cluster;
mod consumers;
mod dispatch;
mod messages;
mod queue;
mod request;
mod responder;
mod restore;
mod routes;
mod snapshot;
mod streams;

pub use queue::ApiQueue;
pub use request::is_json_object_or_array;
pub use routes::patterns;
