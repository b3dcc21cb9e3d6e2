//! JetStream: streams that keep messages, and their consumers.

pub mod model;
pub mod store;
