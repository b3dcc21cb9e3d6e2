//! JetStream: streams that keep messages, and their consumers.
//!
//! [`service`] starts it; [`api`] answers requests; [`assets`] knows the accounts
//! with their streams and consumers; [`stream`] and [`consumer`] are what one of
//! them does; [`store`] keeps it; [`model`] is what the API speaks of.

pub mod advisory;
pub mod api;
pub mod assets;
pub mod consumer;
pub mod host;
pub mod limits;
pub mod model;
pub mod service;
pub mod store;
pub mod stream;
