//! The porting ledger: what of the Go nats-server exists in Rust, proved by what.
//!
//! `db` holds the file and all SQL; `import` fills it from the Go source;
//! `status`, `promote` and `evidence` are the rules; `source` and `gate` look at
//! the Rust side; `cli` is a thin skin over all of it.

pub mod audit;
pub mod batch_plan;
pub mod catalogue;
pub mod cli;
pub mod db;
pub mod doctor;
pub mod drift;
pub mod dump;
pub mod error;
pub mod evidence;
pub mod gate;
pub mod gates;
pub mod ids;
pub mod import;
pub mod mapping;
pub mod merge;
pub mod mutation;
pub mod overview;
pub mod plan;
pub mod promote;
pub mod proof_target;
pub mod render;
pub mod report;
pub mod runner;
pub mod source;
pub mod status;
pub mod testing;
pub mod workspace;

pub(crate) use db::hex as db_hex;
