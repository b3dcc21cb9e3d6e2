//! Streams in memory.
//!
//! [`MemoryStore`] is a lock around `State`; it calls the handlers when it has
//! released the lock. `State` is split by what is done: append, remove, purge,
//! load, query, expire. Messages lie in blocks of some kilobytes
//! ([`messages`](self)), so that none needs an allocation of its own.
//! Answers to `memstore.go`.

mod append;
mod block;
mod consumer;
mod expire;
mod load;
mod messages;
mod purge;
mod query;
mod remove;
mod state;
mod store;
mod subjects;

pub use consumer::MemoryConsumerStore;
pub use store::{MemoryStore, msg_size};
pub use subjects::SubjectState;

#[cfg(test)]
mod tests;
