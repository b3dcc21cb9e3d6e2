//! The porting ledger of the Rust NATS server.

pub mod gate;
pub mod source;
