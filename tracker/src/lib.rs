//! The porting ledger: what of the Go nats-server exists in Rust, proved by what.

pub mod batch_plan;
pub mod catalogue;
pub mod cli;
pub mod db;
pub mod doctor;
pub mod drift;
pub mod dump;
pub mod error;
pub mod evidence;
pub mod gates;
pub mod ids;
pub mod import;
pub mod mapping;
pub mod merge;
pub mod plan;
pub mod promote;
pub mod render;
pub mod runner;
pub mod status;
pub mod testing;
pub mod workspace;

pub(crate) use db::hex as db_hex;
