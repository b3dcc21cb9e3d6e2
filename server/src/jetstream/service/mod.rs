//! JetStream from the start of the server to its end.
//!
//! Answers to `EnableJetStream` and its like in `jetstream.go`.

mod accounts;
mod banner;
mod recover;
mod setup;
mod start;
mod stores;

pub use start::{Service, ServiceError};
pub use stores::ServerStores;
