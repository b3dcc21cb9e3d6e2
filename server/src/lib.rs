//! A NATS server: the library behind the `nats-server` binary.
//!
//! Modules stand in the order in which they may import each other: a module
//! uses only modules above it (`tests/layering.rs` checks this).

pub mod account;
pub mod auth;
pub mod client;
pub mod collections;
pub mod config;
pub mod conn;
pub mod jetstream;
pub mod logging;
pub mod monitor;
pub mod platform;
pub mod protocol;
pub mod server;
pub mod subject;

pub use config::Options;
pub use server::Server;
