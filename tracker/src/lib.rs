//! The porting ledger: what of the Go nats-server exists in Rust, proved by what.

pub mod batch_plan;
pub mod catalogue;
pub mod cli;
pub mod db;
pub mod dump;
pub mod error;
pub mod ids;
pub mod import;
pub mod mapping;
pub mod plan;
pub mod promote;
pub mod render;
pub mod status;
pub mod workspace;

pub(crate) use db::hex as db_hex;
