//! The porting ledger: what of the Go nats-server exists in Rust, proved by what.

pub mod cli;
pub mod db;
pub mod dump;
pub mod error;
pub mod ids;
pub mod import;
pub mod plan;

pub(crate) use db::hex as db_hex;
