//! Streams: what happens to a message from its publisher to the store, and what
//! else can be done to the messages there.
//!
//! A stream has one task that drains its queue: it checks a run of messages, stores
//! them, answers all of them and then tells the consumers. Answers to `stream.go`
//! and `jetstream_batching.go`.
//!
//! Locks, first to last: `inner` (ingest), the retention lock, the list of
//! consumers, a consumer's own lock, the store's. A consumer never calls its stream
//! with its own lock held, except to read the store.

pub mod config;
mod consumer_set;
mod direct_get;
mod headers;
mod info;
mod ingest;
mod lifecycle;
mod origin;
mod purge;
mod retention;
mod stream_consumer;
mod subscribe;
mod task;
mod update;

pub use consumer_set::ConsumerSet;
pub use info::{ClusterInfo, StreamInfo, StreamSourceInfo};
pub use ingest::{BATCH_MSGS_MAX, BATCH_TIMEOUT, BATCHES_MAX, BATCHES_PER_STREAM_MAX};
pub use lifecycle::{Stream, StreamParts};
pub use purge::PurgeRequest;
pub use stream_consumer::{NewMessages, StreamConsumer};
